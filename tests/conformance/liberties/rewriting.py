"""Changes of a request and its reply that leave a server correct, from which the catalogue builds its liberties."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from defects.faults import Condition, replied
from defects.messages import Answer, Json, Sent
from defects.spoiler import Act, Mock


def chained(*acts: Act) -> Act:
    """Several liberties at once: each sees the mock through those after it."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        return await _through(acts, sent, mock)

    return act


async def _through(acts: tuple[Act, ...], sent: Sent, mock: Mock) -> Answer:
    if not acts:
        return await mock.ask(sent)
    first, *rest = acts

    class Behind(Mock):
        async def ask(self, sent: Sent) -> Answer:
            return await _through(tuple(rest), sent, mock)

    return await first(sent, Behind(mock.application, mock.contract, mock.scope, mock.memory))


def everywhere(change: Callable[[dict[str, Any]], None]) -> Act:
    """Every object at any depth of a successful reply is changed in place."""

    def changed(_: Sent, answer: Answer) -> Answer:
        value = answer.json
        if not answer.ok or value is None:
            return answer
        _visit(value, change)
        return answer.with_json(value)

    return replied(changed)


def _visit(value: Json, change: Callable[[dict[str, Any]], None]) -> None:
    if isinstance(value, dict):
        change(value)
        for part in value.values():
            _visit(part, change)
    elif isinstance(value, list):
        for part in value:
            _visit(part, change)


def times(write: Callable[[datetime], Json]) -> Act:
    """Every timestamp at any depth is written otherwise."""

    def change(value: dict[str, Any]) -> None:
        for name, part in value.items():
            if name.endswith("_at") and isinstance(part, str):
                value[name] = write(datetime.fromisoformat(part).astimezone(UTC))

    return everywhere(change)


def nested(*keep: str) -> Act:
    """Objects within objects have these members alone."""

    def change(value: dict[str, Any]) -> None:
        for name in ("study", "event", "project", "participant"):
            if isinstance(value.get(name), dict):
                value[name] = {member: value[name][member] for member in keep}

    return everywhere(change)


def absent_if_null(*names: str) -> Act:
    """Members that are null are left out."""

    def change(value: dict[str, Any]) -> None:
        for name in names:
            if name in value and value[name] is None:
                del value[name]

    return everywhere(change)


def failing(shape: Callable[[Answer], Json], media_type: str = "application/json") -> Act:
    """Failures have a body of another shape."""

    def changed(_: Sent, answer: Answer) -> Answer:
        if answer.status < 400:
            return answer
        return answer.with_json(shape(answer)).with_headers(content_type=media_type)

    return replied(changed)


def refusing(status: int, about: Callable[[Json], bool]) -> Act:
    """A 400 for some bodies has another status."""

    def changed(sent: Sent, answer: Answer) -> Answer:
        if answer.status == 400 and isinstance(sent.json, dict) and about(sent.json):
            answer.status = status
        return answer

    return replied(changed)


def labelled(media_type: str) -> Act:
    """Successes have another media type."""
    return replied(lambda _, answer: answer.with_headers(content_type=media_type) if answer.ok else answer)


def listing(change: Callable[[dict[str, Any]], Json]) -> Act:
    """The object around the items of a page is another."""

    def changed(_: Sent, answer: Answer) -> Answer:
        value = answer.json
        is_list = answer.ok and isinstance(value, dict) and isinstance(value.get("data"), list)
        return answer.with_json(change(value)) if is_list else answer

    return replied(changed)


def respelt(spellings: Mapping[str, str]) -> Act:
    """Texts such as prefixes of ids are others, on the way there and back; the contract's own ones are unknown."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        path, body, query = sent.path, sent.body.decode("utf-8", "surrogateescape"), list(sent.query)
        for own, other in spellings.items():
            path, body = path.replace(own, "unknown_").replace(other, own), body.replace(other, own)
            query = [(name, value.replace(other, own)) for name, value in query]
        answer = await mock.ask(sent.like(path=path, body=body.encode("utf-8", "surrogateescape"), query=query))
        text = answer.body.decode("utf-8", "surrogateescape")
        for own, other in spellings.items():
            text = text.replace(own, other)
        answer.body = text.encode("utf-8", "surrogateescape")
        return answer

    return act


def moved(step: str, other: str) -> Act:
    """A step of paths is spelt otherwise, and unknown as it was."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        steps = sent.path.split("/")
        asked = "understudy-nothing" if step in steps else ""
        path = "/".join(asked or part if part == step else part for part in steps) if asked else sent.path
        path = "/".join(step if part == other else part for part in path.split("/"))
        return await mock.ask(sent.like(path=path))

    return act


def forgiving(change: Callable[[Json], Json], when: Condition = lambda _: True) -> Act:
    """A body that would be refused is understood in some way."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        if answer.status != 400 or not isinstance(sent.json, dict) or not when(sent):
            return answer
        return await mock.ask(sent.with_json(change(sent.json)))

    return act


def ascii_json(_: Sent, answer: Answer) -> Answer:
    """JSON in which every letter beyond ASCII is escaped."""
    value = answer.json
    return answer if value is None else Answer(answer.status, answer.headers, json.dumps(value, indent=2).encode())
