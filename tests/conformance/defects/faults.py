"""Changes of a request and its reply, from which the catalogue builds its defects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from defects.messages import Answer, Json, Sent
from defects.spoiler import Act, Defect, Deliver, Mock

Change = Callable[[Json], Json]
Condition = Callable[[Sent], bool]


def planting(api: str, into: list[Defect]) -> Callable[..., None]:
    """A function that enters defects of one API: name, what is wrong, the clauses broken, where, and what is done."""

    def plant(name: str, about: str, breaks: str, on: str, act: Act, deliver: Deliver | None = None) -> None:
        into.append(Defect(api, name, about, tuple(breaks.split()), on, act, deliver))

    return plant


# --- requests ---------------------------------------------------------------------------------------------------------


def changed_request(change: Callable[[Sent], Sent], when: Condition = lambda _: True) -> Act:
    """The mock gets another request."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        return await mock.ask(change(sent) if when(sent) else sent)

    return act


def query(when: Condition = lambda _: True, **parameters: Any) -> Act:
    """The mock gets these query parameters; None removes one, `page__size` stands for `page[size]`."""
    return changed_request(lambda sent: sent.with_query(**parameters), when)


def unless_given(**parameters: Any) -> Act:
    """Query parameters that the caller left out have another default."""

    def change(sent: Sent) -> Sent:
        return sent.with_query(**{name: value for name, value in parameters.items() if sent.parameter(name) is None})

    return changed_request(change)


def reworded(name: str, change: Callable[[str], Any]) -> Act:
    """The mock gets another value of a query parameter, if the caller sent one."""

    def changed(sent: Sent) -> Sent:
        value = sent.parameter(name)
        return sent if value is None else sent.with_query(**{name: change(value)})

    return changed_request(changed)


def request_body(change: Change, when: Condition = lambda _: True) -> Act:
    """The mock gets another body; one that is not a JSON object is left as it is. A change in place may return None."""

    def changed(sent: Sent) -> Sent:
        body = sent.json
        return sent.with_json(_changed(change, body)) if isinstance(body, dict) else sent

    return changed_request(changed, when)


def filled_in(**members: Any) -> Act:
    """Members that are missing or blank in the body get a value, so that the mock does not refuse them."""

    def change(body: Json) -> None:
        for name, value in members.items():
            if body.get(name) in (None, ""):
                body[name] = value

    return request_body(change)


def calling_as(credential: str, when: Condition = lambda _: True) -> Act:
    """The mock gets the credential of one caller, such as `Bearer mock-token`, with every request."""
    return changed_request(lambda sent: sent.like(headers={**sent.headers, "authorization": credential}), when)


def with_header(name: str, value: str | None, when: Condition = lambda _: True) -> Act:
    """The mock gets a request header, or does not get it with None."""

    def change(sent: Sent) -> Sent:
        kept = {key: given for key, given in sent.headers.items() if key != name}
        return sent.like(headers=kept if value is None else {**kept, name: value})

    return changed_request(change, when)


# --- replies ----------------------------------------------------------------------------------------------------------


def replied(change: Callable[[Sent, Answer], Answer], when: Condition = lambda _: True) -> Act:
    """The reply is changed by a function that sees the request as well."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        return change(sent, answer) if when(sent) else answer

    return act


def body(change: Change, status: int = 200, when: Condition = lambda _: True) -> Act:
    """The JSON of replies with a status (200 stands for every success) is changed, in place or by returning it."""

    def changed(_: Sent, answer: Answer) -> Answer:
        meant = answer.ok if status == 200 else answer.status == status
        value = answer.json
        return answer.with_json(_changed(change, value)) if meant and value is not None else answer

    return replied(changed, when)


def items(change: Change, when: Condition = lambda _: True) -> Act:
    """Every object is changed, on a page, in a stream or by itself; None removes it from its list."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        return spoiled(mock, sent, answer, change) if answer.ok and when(sent) else answer

    return act


def members(name: str, change: Callable[[Json], Json], when: Condition = lambda _: True) -> Act:
    """The value of a member of every object, or of its JSON:API attributes, becomes another; absent ones stay so."""

    def changed(item: Json) -> None:
        place = item.get("attributes", item)
        if name in place:
            place[name] = change(place[name])

    return items(changed, when)


def without(*names: str) -> Act:
    """Members are removed from every object, or of its JSON:API attributes."""

    def changed(item: Json) -> None:
        for name in names:
            item.pop(name, None)
            _members(item).pop(name, None)

    return items(changed)


def extra(**more: Any) -> Act:
    """Every object, or its JSON:API attributes, has additional members; a function as a value gets the object."""

    def changed(item: Json) -> None:
        place = item.get("attributes", item)
        for name, value in more.items():
            place[name] = value(item) if callable(value) else value

    return items(changed)


def _members(item: Json) -> Any:
    """Where the members of an object are: in its JSON:API attributes, if it has any."""
    attributes = item.get("attributes")
    return attributes if isinstance(attributes, dict) else item


def status(to: int, of: int = 200, value: Json = None) -> Act:
    """Replies with a status (200 stands for every success) have another one, and another body where one is given."""

    def changed(_: Sent, answer: Answer) -> Answer:
        if not (answer.ok if of == 200 else answer.status == of):
            return answer
        spoiled = answer if value is None else answer.with_json(value)
        spoiled.status = to
        return spoiled

    return replied(changed)


def headers(of: int = 200, **changes: str | None) -> Act:
    """Replies with a status (200 stands for every success) have other headers; None removes one."""
    return replied(
        lambda _, answer: (
            answer.with_headers(**changes) if (answer.ok if of == 200 else answer.status == of) else answer
        )
    )


def rewritten(old: str, new: str, when: Condition = lambda _: True) -> Act:
    """A text in the body of replies is another."""

    def changed(_: Sent, answer: Answer) -> Answer:
        answer.body = answer.body.replace(old.encode(), new.encode())
        return answer

    return replied(changed, when)


def instead(code: int, value: Json = None, when: Condition = lambda _: True, media: str = "application/json") -> Act:
    """The mock is not called at all; this is the reply."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        return Answer.of(code, value, media) if when(sent) else await mock.ask(sent)

    return act


def forgives(of: int, code: int, value: Json, when: Condition = lambda _: True) -> Act:
    """A refusal with a status becomes a success."""

    def changed(_: Sent, answer: Answer) -> Answer:
        return Answer.of(code, value) if answer.status == of else answer

    return replied(changed, when)


# --- lists ------------------------------------------------------------------------------------------------------------


def pages(cut: Callable[[list[Json], int, int], list[Json]], default: int = 20, largest: int = 100) -> Act:
    """Pages are cut by a function of all items, the page and the size; the rest of the page stays."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        operation = mock.operation(sent)
        assert operation is not None
        if not answer.ok or operation.pagination is None or operation.pagination.page is None:
            return answer
        page = number(sent, operation.pagination.page.parameters[0], 1)
        size = min(number(sent, operation.pagination.size.parameters[0], default), largest)
        return put(mock, sent, answer, cut(await mock.everything(sent), page, size))

    return act


def number(sent: Sent, name: str, default: int) -> int:
    """A query parameter as a whole number from 1."""
    value = sent.parameter(name) or ""
    return int(value) if value.isdecimal() and int(value) > 0 and len(value) < 10 else default


def put(mock: Mock, sent: Sent, answer: Answer, found: list[Json]) -> Answer:
    """A page with other items."""
    if answer.streamed:
        return answer.with_records(found)
    value = answer.json
    place = value
    steps = _steps(mock, sent)
    for step in steps[:-1]:
        place = place[step]
    if not steps:
        return answer.with_json(found)
    place[steps[-1]] = found
    return answer.with_json(value)


def listed(mock: Mock, sent: Sent, answer: Answer) -> list[Json] | None:
    """The items of a page or a stream, or None if the reply is not a list."""
    if answer.streamed:
        return answer.lines
    value = answer.json
    for step in _steps(mock, sent) or ("",):
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, list) else None


def spoiled(mock: Mock, sent: Sent, answer: Answer, change: Change) -> Answer:
    """A reply with a change made to each of its objects."""
    value = answer.json
    found = listed(mock, sent, answer)
    if found is None and isinstance(value, list):
        return answer.with_json([_changed(change, each) for each in value])
    if found is not None:
        changed = [_changed(change, each) for each in found]
        return put(mock, sent, answer, [each for each in changed if each is not GONE])
    if isinstance(value, dict) and isinstance(value.get("data"), dict):
        value["data"] = _changed(change, value["data"])
        return answer.with_json(value)
    if not isinstance(value, dict):
        return answer
    changed_value = _changed(change, value)
    return answer if changed_value is GONE else answer.with_json(changed_value)


#: What a change returns for an item that is to be left out of its list.
GONE = object()


def _steps(mock: Mock, sent: Sent) -> tuple[str, ...]:
    operation = mock.operation(sent)
    pagination = operation.pagination if operation is not None else None
    return tuple(str(step) for step in pagination.items_at()) if pagination else ()


def _changed(change: Change, value: Json) -> Json:
    result = change(value)
    return value if result is None else result


async def unstable(sent: Sent, mock: Mock) -> Answer:
    """The items of a list are in another order at each reading."""
    answer = await mock.ask(sent)
    mock.memory["turn"] = mock.memory.get("turn", -1) + 1
    found = listed(mock, sent, answer) if answer.ok else None
    if not found:
        return answer
    first = mock.memory["turn"] % len(found)
    return put(mock, sent, answer, found[first:] + found[:first])


# --- state ------------------------------------------------------------------------------------------------------------


def again(of: int = 404) -> Act:
    """A request that succeeded once and is refused when it is repeated gets its first answer again."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        key = f"{sent.method} {sent.path} {sent.body!r}"
        if answer.ok:
            mock.memory.setdefault(key, answer)
        return mock.memory[key] if answer.status == of and key in mock.memory else answer

    return act


def ghosts(*, deleting: str, lists: bool = False, single: bool = False) -> Act:
    """A deleted object is still in its list, or can still be read at its path."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        operation = mock.operation(sent)
        kept: dict[str, Json] = mock.memory.setdefault("ghosts", {})
        if operation is not None and operation.id == deleting:
            found = await _found(sent, mock)
            answer = await mock.ask(sent)
            if answer.ok and found is not None:
                kept[sent.path.rstrip("/")] = found
            return answer
        answer = await mock.ask(sent)
        if single and answer.status == 404 and sent.method == "GET" and sent.path.rstrip("/") in kept:
            return Answer.of(200, kept[sent.path.rstrip("/")])
        page = listed(mock, sent, answer) if lists and answer.ok else None
        if page is None:
            return answer
        return put(mock, sent, answer, page + [each for each in kept.values() if each not in page])

    return act


async def _found(sent: Sent, mock: Mock) -> Json:
    """The object that a deletion names, read at its path or, if it has none, in its list."""
    alone = await mock.ask(sent.like(method="GET", body=b"", query=[]))
    if alone.ok:
        return alone.json
    parent = sent.like(method="GET", body=b"", query=[], path=sent.path.rstrip("/").rpartition("/")[0])
    return next((each for each in await mock.everything(parent) if each.get("id") == sent.last), None)


def forgotten(code: int, value: Json) -> Act:
    """A write is answered as if it had been made, but is not made."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        refused = (await mock.ask(sent.like(method="GET", body=b"", query=[]))).status == 404
        return await mock.ask(sent) if refused else Answer.of(code, value)

    return act


# --- conditions -------------------------------------------------------------------------------------------------------


def given(name: str) -> Condition:
    """The caller sent a query parameter."""
    return lambda sent: sent.parameter(name) is not None


def saying(*names: str) -> Condition:
    """The body has every one of these members."""
    return lambda sent: isinstance(sent.json, dict) and all(name in sent.json for name in names)


def called(*methods: str) -> Condition:
    """The method is one of these."""
    return lambda sent: sent.method in methods


def both(*conditions: Condition) -> Condition:
    """Every one of these holds."""
    return lambda sent: all(each(sent) for each in conditions)


# --- chains -----------------------------------------------------------------------------------------------------------


def every(change: Callable[[Mapping[str, Any]], None]) -> Change:
    """A change made in every object at any depth."""

    def changed(value: Json) -> None:
        if isinstance(value, dict):
            change(value)
            for part in value.values():
                changed(part)
        elif isinstance(value, list):
            for part in value:
                changed(part)

    return changed
