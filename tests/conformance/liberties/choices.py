"""Acts of liberties beyond those of defects: several at once, replies with nothing that they need not have, other ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from defects.messages import Answer, Json, Sent
from defects.spoiler import Act, Mock

from understudy.specs import promised
from understudy.specs.reading.references import look_up

#: The control operations of the mock do not belong to the API.
CONTROL = "/_mock/"


@dataclass(slots=True)
class Behind(Mock):
    """The mock with some acts before it."""

    acts: tuple[Act, ...] = ()

    async def ask(self, sent: Sent) -> Answer:
        """The answer of the next act, or of the mock."""
        if not self.acts:
            return await Mock.ask(self, sent)
        return await self.acts[0](sent, _behind(self, self.acts[1:]))


def _behind(mock: Mock, acts: tuple[Act, ...]) -> Behind:
    return Behind(mock.application, mock.contract, mock.scope, mock.memory, acts)


def together(*acts: Act) -> Act:
    """Several acts, the first one nearest to the caller."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        return await _behind(mock, acts).ask(sent)

    return act


def at(operations: str, what: Act) -> Act:
    """An act for some operations alone (ids or shell patterns)."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        operation = mock.operation(sent)
        meant = operation is not None and any(fnmatchcase(operation.id, each) for each in operations.split())
        return await what(sent, mock) if meant else await mock.ask(sent)

    return act


def api_alone(what: Act) -> Act:
    """An act for every request but those of the mock's control operations."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        return await mock.ask(sent) if CONTROL in sent.path else await what(sent, mock)

    return act


def bare(*kept: str) -> Act:
    """Objects have only the members that the source requires, and those of some names."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        operation, value = mock.operation(sent), answer.json
        if operation is None or not answer.ok or value is None:
            return answer
        said = promised(mock.contract)
        schema = said.responses[operation.id].get(str(answer.status), {}).get("application/json")
        return answer.with_json(_needed(said.schemas, schema, value, frozenset(kept))) if schema else answer

    return act


def _needed(schemas: Mapping[str, Any], schema: Any, value: Json, kept: frozenset[str]) -> Json:
    parts = list(_parts(schemas, schema))
    properties = {name: part for each in parts for name, part in each.get("properties", {}).items()}
    if isinstance(value, list):
        inner = next((each["items"] for each in parts if isinstance(each.get("items"), Mapping)), {})
        return [_needed(schemas, inner, each, kept) for each in value]
    if not isinstance(value, dict) or not properties:
        return value
    needed = {name for each in parts for name in each.get("required", ())} | kept
    return {
        name: _needed(schemas, properties.get(name, {}), part, kept) for name, part in value.items() if name in needed
    }


def _parts(schemas: Mapping[str, Any], schema: Any) -> Any:
    """A schema and all that it is composed of."""
    if "$ref" in schema:
        schema = look_up(schemas, schema["$ref"])
    yield schema
    for name in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(name, ()):
            yield from _parts(schemas, each)


def texts(change: Callable[[str], str]) -> Act:
    """Every text of a reply is written otherwise."""

    def changed(value: Json) -> Json:
        if isinstance(value, dict):
            return {name: changed(part) for name, part in value.items()}
        if isinstance(value, list):
            return [changed(part) for part in value]
        return change(value) if isinstance(value, str) else value

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        return answer.with_json(changed(answer.json)) if answer.json is not None else answer

    return act


def longer_ids(tail: str) -> Act:
    """Ids of 24 hexadecimal digits have a tail, which is needed to find their objects."""
    stated = re.compile(rb"(?<![0-9a-f])([0-9a-f]{24})(?![0-9a-z])")
    sent_back = re.compile(r"(?<![0-9a-f])([0-9a-f]{24})" + tail)

    async def act(sent: Sent, mock: Mock) -> Answer:
        short = sent_back.sub(r"\1", sent.body.decode("latin-1")).encode("latin-1")
        query = [(name, sent_back.sub(r"\1", value)) for name, value in sent.query]
        headers = {**sent.headers, "content-length": str(len(short))} if short else sent.headers
        asked = sent.like(path=sent_back.sub(r"\1", sent.path), query=query, headers=headers, body=short)
        answer = await mock.ask(asked)
        if "json" in answer.headers.get("content-type", ""):
            answer.body = stated.sub(rb"\1" + tail.encode(), answer.body)
        return answer

    return act
