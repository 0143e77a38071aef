"""Servers of a document that are wrong in one thing: the mock, with something between it and the kit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from defects.messages import Answer, Json, Sent
from defects.spoiler import Mock, route

from understudy.conformance.evidence.exchange import NOTHING, find
from understudy.conformance.http.auth import Ways
from understudy.conformance.http.cleanup import ids
from understudy.mock_server.app import create_app
from understudy.specs import Contract, Operation

#: Answers a request in the place of the mock.
Act = Callable[[Sent, "Spoiled", Mock], Awaitable[Answer]]
PARENTS = 3


@dataclass
class Spoiled:
    """The application. `act` answers the requests to one operation, or to all of them if it is None."""

    contract: Contract
    act: Act
    operation: Operation | None = None
    memory: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.application = create_app(contracts=[self.contract])

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        sent = Sent.received(scope, body)
        mock = Mock(self.application, self.contract, scope)
        called = self.called(sent)
        mine = called is not None and (self.operation is None or called.id == self.operation.id)
        answer = await self.act(sent, self, mock) if mine else await mock.ask(sent)
        bare = sent.method == "HEAD" or answer.status in {204, 304}
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        if not bare:
            headers["content-length"] = str(len(answer.body))
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        await send({"type": "http.response.body", "body": b"" if bare else answer.body})

    def called(self, sent: Sent) -> Operation | None:
        """The operation that a request calls."""
        return route(self.contract, sent.method, sent.path.removeprefix(self.contract.prefix))


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: with which operations, what it does, and which clauses of theirs say so."""

    name: str
    topic: str
    on: Callable[[Contract, Operation], bool]
    act: Act
    #: Whether it is done to every operation, not to the one alone whose clause is judged.
    everywhere: bool = False
    #: The documents in which it is not found, for want of such an operation or of one that the kit reaches, and because
    #: `default` declares every status; it is found in all others.
    but: str = ""


def shown(answer: Answer, operation: Operation) -> Json:
    """The record that a reply shows."""
    return find(answer.json, *operation.item_at)


def with_record(answer: Answer, operation: Operation, record: Json) -> Answer:
    """A reply that shows another record."""
    return answer.with_json(_put(answer.json, operation.item_at, record))


def items(answer: Answer, operation: Operation) -> list[Json] | None:
    """The records that a list shows."""
    found = find(answer.json, *(operation.pagination.items_at() if operation.pagination else ()))
    return None if found is NOTHING or not answer.ok else found


def with_items(answer: Answer, operation: Operation, records: list[Json]) -> Answer:
    """A list that shows other records."""
    assert operation.pagination is not None
    return answer.with_json(_put(answer.json, operation.pagination.items_at(), records))


def _put(value: Json, way: tuple[str, ...], part: Json) -> Json:
    return {**value, way[0]: _put(value[way[0]], way[1:], part)} if way else part


def _required(contract: Contract, operation: Operation) -> Iterator[str]:
    """The members that a record of a read must have."""
    schema: Any = next(iter(operation.responses[str(operation.success)].values()), {})
    for step in operation.item_at:
        schema = next(each["properties"][step] for each in contract.parts(schema) if step in each.get("properties", {}))
    own = contract.resources[operation.resource or ""].identity.property
    for name in sorted(contract.required(schema)):
        member = next(
            (each["properties"][name] for each in contract.parts(schema) if name in each.get("properties", {})), {}
        )
        if name != own and member.get("writeOnly") is not True:
            yield name


async def _another_status(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    answer = await mock.ask(sent)
    return Answer(226, answer.headers, answer.body) if answer.ok else answer


async def _a_member_less(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    answer, operation = await mock.ask(sent), server.called(sent)
    assert operation is not None
    record = shown(answer, operation)
    if not answer.ok or not isinstance(record, dict):
        return answer
    name = next(_required(server.contract, operation))
    return with_record(answer, operation, {key: value for key, value in record.items() if key != name})


async def _another_type(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    answer, operation = await mock.ask(sent), server.called(sent)
    assert operation is not None
    record = shown(answer, operation)
    if not answer.ok or not isinstance(record, dict):
        return answer
    return with_record(answer, operation, {**record, next(_required(server.contract, operation)): [[{"odd": 1}]]})


async def _anybody(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    operation = server.called(sent)
    assert operation is not None
    for way in Ways(server.contract).of(operation.id):
        value = way.value("known")
        if way.place == "query":
            sent = sent.with_query(**{way.name: value})
        else:
            sent.headers[way.name.lower()] = value
    return await mock.ask(sent)


async def _a_mere_nod(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    """A deletion that is answered and not done."""
    operation = server.called(sent)
    assert operation is not None
    read = await mock.ask(sent.like(method="GET", body=b""))
    if not read.ok or not all(not each for each in operation.responses[str(operation.success)].values()):
        return await mock.ask(sent)
    return Answer(operation.success, {})


async def _the_first_again(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    answer, operation = await mock.ask(sent), server.called(sent)
    assert operation is not None
    records = items(answer, operation)
    if not records:
        return answer
    first = server.memory.setdefault(sent.path, records[0])
    return with_items(answer, operation, [first, *records[1:]])


async def _everything(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    operation = server.called(sent)
    assert operation is not None
    return await mock.ask(sent.with_query(**dict.fromkeys(operation.filters)))


async def _nothing_new(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    answer, operation = await mock.ask(sent), server.called(sent)
    assert operation is not None
    new: set[str] = server.memory.setdefault("new", set())
    if operation.action == "create" and answer.ok:
        new |= _made(server.contract, operation, answer)
    records = items(answer, operation) if operation.action == "list" else None
    if records is None:
        return answer
    own = server.contract.resources[operation.resource or ""].identity.property
    return with_items(answer, operation, [each for each in records if str(each.get(own)) not in new])


def _made(contract: Contract, operation: Operation, answer: Answer) -> set[str]:
    from understudy.conformance.evidence.exchange import Exchange, Reply, Request

    headers = tuple((name.lower(), value) for name, value in answer.headers.items())
    exchange = Exchange(0, Request("POST", "", ()), Reply(answer.status, headers, answer.body))
    return set(ids(contract, operation, exchange))


async def _as_a_page(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    answer = await mock.ask(sent)
    return answer.with_headers(content_type="text/html") if answer.ok and answer.body else answer


async def _another_value(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    """A read that shows other texts than were sent."""
    answer, operation = await mock.ask(sent), server.called(sent)
    assert operation is not None
    if operation.action != "read" or not answer.ok:
        return answer
    record = shown(answer, operation)
    own = server.contract.resources[operation.resource or ""].identity.property
    return with_record(
        answer,
        operation,
        {name: "spoiled" if isinstance(value, str) and name != own else value for name, value in record.items()},
    )


async def _whatever_comes(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    """A refusal of a body that is answered like a success, without a body."""
    answer = await mock.ask(sent)
    return Answer(200, {}) if answer.status in {400, 422} else answer


async def _an_empty_find(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    """What does not exist is answered with the first record that was shown."""
    answer = await mock.ask(sent)
    if answer.ok:
        server.memory["seen"] = answer
    return server.memory.get("seen", Answer(200, {})) if answer.status == 404 else answer


async def _as_many_as_it_likes(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    operation = server.called(sent)
    assert operation is not None
    assert operation.pagination is not None
    return await mock.ask(sent.with_query(**dict.fromkeys(operation.pagination.size.parameters)))


async def _deaf(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    """A change that is answered and not done."""
    operation = server.called(sent)
    assert operation is not None
    read = await mock.ask(sent.like(method="GET", body=b""))
    return Answer(operation.success, read.headers, read.body) if read.ok else await mock.ask(sent)


async def _the_same_for_all(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    """The children of the first parent, whose ever are asked for."""
    answer, operation = await mock.ask(sent), server.called(sent)
    assert operation is not None
    filled = answer.ok and bool(items(answer, operation))
    return server.memory.setdefault("first", answer) if filled else answer


async def _without_headers(sent: Sent, server: Spoiled, mock: Mock) -> Answer:
    answer = await mock.ask(sent)
    return Answer(answer.status, {"content-type": answer.headers.get("content-type", "")}, answer.body)


def _owned(contract: Contract, operation: Operation) -> bool:
    """Whether a list shows children that are made at the same path."""
    made = any(each.action == "create" and each.route == operation.route for each in contract.operations.values())
    return operation.action == "list" and bool(operation.within) and made


def _lists(contract: Contract, operation: Operation) -> bool:
    return (
        operation.action == "list"
        and not operation.path_parameters
        and not any(p.required for p in operation.parameters)
    )


def _pages(contract: Contract, operation: Operation) -> bool:
    paging = operation.pagination
    return (
        _lists(contract, operation)
        and paging is not None
        and bool(paging.size.parameters)
        and bool(paging.page or paging.offset or paging.cursor)
    )


def _reads(contract: Contract, operation: Operation) -> bool:
    declared = operation.responses[str(operation.success)]
    return (
        operation.action == "read" and any("json" in each for each in declared) and any(_required(contract, operation))
    )


FAULTS = (
    Fault(
        "another status",
        "status",
        lambda c, o: _lists(c, o) or o.action == "read",
        _another_status,
        but="box digitalocean",
    ),
    Fault("a member less", "schema", _reads, _a_member_less, but="box resend"),
    Fault("another type", "schema", _reads, _another_type, but="box resend"),
    Fault("no credential asked for", "credential", _lists, _anybody),
    Fault("kept after its deletion", "gone", lambda c, o: o.action == "delete", _a_mere_nod, but="jatos resend"),
    Fault("pages that overlap", "pages", _pages, _the_first_again, but="jatos prolific"),
    Fault(
        "a filter that is ignored",
        "filter",
        lambda c, o: _lists(c, o) and bool(o.filters),
        _everything,
        but="jatos museum studio",
    ),
    Fault("created and not listed", "listed", lambda c, o: o.action == "create", _nothing_new, everywhere=True),
    Fault("another media type", "media-type", lambda c, o: _lists(c, o) or o.action == "read", _as_a_page, but="box"),
    Fault("other values than were sent", "kept", lambda c, o: o.action == "create", _another_value, everywhere=True),
    Fault("any body accepted", "body", lambda c, o: o.action == "create", _whatever_comes),
    Fault("an unknown id found", "unknown", lambda c, o: o.action == "read", _an_empty_find, but="resend"),
    Fault("larger pages than asked for", "size", _pages, _as_many_as_it_likes, but="jatos prolific"),
    Fault("a change that is not done", "changed", lambda c, o: o.action == "update", _deaf),
    Fault("the children of one parent for all", "parent", _owned, _the_same_for_all, but="museum orders resend todo"),
    Fault(
        "no headers",
        "headers",
        lambda c, o: bool(o.headers) and not o.writes,
        _without_headers,
        but="box digitalocean jatos library museum orders prolific resend",
    ),
)
