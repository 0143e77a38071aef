"""Answers a request as somebody wished instead of as the state says: `Prefer`, forced replies, a bad network."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import orjson

from understudy.mock_server.http.errors import ApiError, BadRequestError, ErrorRenderer, Header, phrase_of
from understudy.mock_server.http.media_types import bare, is_json
from understudy.mock_server.http.preferences import Preferences, parse
from understudy.mock_server.http.responses import Message, Send, answer, cut
from understudy.mock_server.sessions.journal import Entry
from understudy.mock_server.sessions.overrides import UNSET, Effect, Overrides, Rule
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.values.examples import Examples, preferred
from understudy.mock_server.values.schema_faker import SchemaFaker
from understudy.specs import Operation

log = logging.getLogger("understudy")

#: Seconds in the Retry-After of a forced 429 or 503: short, so that a test of the retry is short too.
RETRY_AFTER = b"1"

#: How often a drawn body may miss its schema before an example is sent instead.
DRAWS = 8


@dataclass(frozen=True, slots=True)
class Made:
    """A reply that was made up."""

    status: int
    headers: list[Header]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of a request decides how a reply looks: its Accept header, and its number in the session."""

    accept: str | None
    number: int


class ForcedReplies:
    """Forces the replies of one API."""

    def __init__(self, mounted: ServedApi, seed: int, locales: tuple[str, ...]) -> None:
        contract = mounted.contract
        self._mounted = mounted
        self._errors = ErrorRenderer(contract.errors)
        self._reasons = contract.errors.reasons
        self._examples = Examples(contract)
        self._registry = jsonschema_rs.Registry([(contract.uri, contract.schemas)])
        self._seed = seed
        self._locales = locales
        schemes = [scheme for each in contract.schemes.values() for scheme in each]
        self._challenge = (schemes[0].capitalize() if schemes else "Bearer").encode()

    async def __call__(
        self,
        scope: Any,
        entry: Entry,
        script: Overrides,
        sent: Sequence[str],
        abort: Callable[[], None] | None,
    ) -> None:
        """Answer one request; whatever is not forced goes to the API itself."""
        operation = self._mounted.operation(entry.method, entry.below)
        try:
            effect, applied = self._effect(entry, script, operation, parse(sent))
            made = self._made(operation, effect, _Asked(_accept(scope), entry.number)) if operation else None
        except ApiError as refusal:
            made = self._refused(400, refusal)
            await self._send(entry.send, entry.method, made)
            return
        delay, failure = script.draw()
        if failure is not None:
            made = self._error(failure, operation)
        delay += effect.wishes.wait or 0.0
        entry.forced = ", ".join(filter(None, [str(effect), f"failure={failure}" if failure else ""])) or None
        if delay:
            await asyncio.sleep(delay)
        if effect.drop == "before":
            await cut(entry.receive, abort)
            return
        send = _applying(entry.send, applied) if applied else entry.send
        if effect.malformed or effect.drop:
            send = held = _Held(send)
        else:
            held = None
        if made is not None:
            await self._send(send, entry.method, made)
        else:
            await self._mounted.app(scope, entry.receive, send)
        if held is None:
            return
        if effect.drop:
            await cut(entry.receive, abort)
        else:
            await held.send_half()

    def _effect(
        self, entry: Entry, script: Overrides, operation: Operation | None, asked: Preferences
    ) -> tuple[Effect, str]:
        """What is to happen, and what of it the request's own `Prefer` asked for."""
        if operation is None:
            asked = Preferences(wait=asked.wait)
        rule: Rule | None = script.take(entry)
        standing = script.preferred(self._mounted.contract.api)
        if standing.replies and not self._suits(operation, standing):
            standing = Preferences(wait=standing.wait)
        if rule is None:
            return Effect(asked.over(standing)), str(asked)
        own = rule.effect
        made = own.wishes.replies or own.body is not UNSET
        if made:
            wishes = own.wishes.over(Preferences(wait=asked.over(standing).wait))
            applied = Preferences(wait=asked.wait if own.wishes.wait is None else None)
        else:
            wishes = own.wishes.over(asked).over(standing)
            applied = asked
        return Effect(wishes, own.drop, own.malformed, own.headers, own.body), str(applied)

    def _suits(self, operation: Operation | None, wishes: Preferences) -> bool:
        """Whether standing preferences can be met here; those for one kind of operation leave the others alone."""
        try:
            return operation is not None and self._made(operation, Effect(wishes), _Asked(None, 0)) is not None
        except BadRequestError:
            return False

    def _made(self, operation: Operation, effect: Effect, asked: _Asked) -> Made | None:
        """The reply that is wished for, None when the API itself is to answer. Raises BadRequestError."""
        wishes = effect.wishes
        if effect.body is not UNSET:
            made = self._given(operation, wishes.code or operation.success, effect.body, asked.accept)
        elif wishes.replies:
            made = self._wished(operation, wishes, asked)
        else:
            return None
        if not effect.headers:
            return made
        given = [(name.lower().encode(), value.encode()) for name, value in effect.headers.items()]
        names = {name for name, _ in given}
        return Made(made.status, [*(each for each in made.headers if each[0] not in names), *given], made.body)

    def _wished(self, operation: Operation, wishes: Preferences, asked: _Asked) -> Made:
        examples = self._examples.of(operation)
        status = wishes.code if wishes.code is not None else self._status(operation, wishes)
        declared = str(status) in operation.responses
        if not declared and status < 400:
            told = ", ".join(operation.responses)
            raise BadRequestError(
                f"Prefer: code={status} is not possible: {operation.id} declares {told}; "
                "any status from 400 to 599 can be asked for too."
            )
        named = examples.get(status, {})
        if wishes.example is not None:
            if wishes.example not in named:
                raise BadRequestError(_no_example(operation, wishes, examples))
            return self._shown(operation, status, named[wishes.example], asked.accept)
        if named and not wishes.dynamic:
            return self._shown(operation, status, next(iter(named.values())), asked.accept)
        if status >= 400:
            return self._error(status, operation)
        return self._draw(operation, status, named, asked)

    def _status(self, operation: Operation, wishes: Preferences) -> int:
        """The status that a named example stands under, the success first; the success when none is named."""
        if wishes.example is None:
            return operation.success
        examples = self._examples.of(operation)
        for status in sorted(examples, key=lambda each: each != operation.success):
            if wishes.example in examples[status]:
                return status
        raise BadRequestError(_no_example(operation, wishes, examples))

    def _shown(self, operation: Operation, status: int, example: Mapping[str, Any], accept: str | None) -> Made:
        media_type = preferred(list(example), accept)
        return self._dressed(operation, status, media_type, _encoded(example[media_type], media_type))

    def _given(self, operation: Operation, status: int, body: Any, accept: str | None) -> Made:
        content = list(self._examples.content(operation, status))
        media_type = preferred(content, accept) if content else self._errors.media_type.decode()
        return self._dressed(operation, status, media_type, _encoded(body, media_type))

    def _draw(self, operation: Operation, status: int, named: Mapping[str, Any], asked: _Asked) -> Made:
        told = self._examples.schema(operation, status, asked.accept)
        if told is None:
            return self._dressed(operation, status, None, b"")
        media_type, schema = told
        validator = jsonschema_rs.Draft202012Validator(
            dict(operation.responses[str(status)][media_type]), registry=self._registry, validate_formats=True
        )
        for attempt in range(DRAWS):
            key = f"{self._seed}/{operation.id}/{asked.number}/{attempt}"
            faker = SchemaFaker(key, self._examples.resolve, self._locales)
            body = faker.value(schema)
            if validator.is_valid(body):
                return self._dressed(operation, status, media_type, _encoded(body, media_type))
        if not named:
            raise BadRequestError(f"Prefer: dynamic is not possible: nothing drawn fits {operation.id} {status}.")
        log.info("%s %s: nothing drawn fits the schema, an example is sent", operation.id, status)
        return self._shown(operation, status, next(iter(named.values())), asked.accept)

    def _error(self, status: int, operation: Operation | None) -> Made:
        """A refusal in the API's own shape, whether or not the contract gives a reason for the status."""
        reason = {} if status in self._reasons else self._reason(status)
        made = self._refused(status, ApiError(f"{phrase_of(status)}.", reason=reason))
        if operation is None:
            return made
        return self._dressed(operation, status, self._errors.media_type.decode(), made.body)

    def _refused(self, status: int, refusal: ApiError) -> Made:
        return Made(status, [(b"content-type", self._errors.media_type)], self._errors.body(status, refusal))

    def _reason(self, status: int) -> dict[str, Any]:
        """A reason like those that the contract gives for its other statuses."""
        near = self._reasons.get(400 if status < 500 else 500) or next(iter(self._reasons.values()), {})
        phrase = phrase_of(status)
        slug = re.sub(r"[^a-z]+", "_", phrase.lower())
        return {
            name: (slug if value == value.lower() else phrase) if isinstance(value, str) else value
            for name, value in near.items()
            if not isinstance(value, Mapping)
        }

    def _dressed(self, operation: Operation, status: int, media_type: str | None, body: bytes) -> Made:
        headers: list[Header] = []
        if status == 401:
            headers.append((b"www-authenticate", self._challenge))
        elif status == 405:
            route, _ = self._mounted.routes.find(operation.path)
            headers.append((b"allow", route.allow.encode() if route else operation.method.encode()))
        elif status in {429, 503}:
            headers.append((b"retry-after", RETRY_AFTER))
        if media_type is not None:
            headers.append((b"content-type", media_type.encode()))
        return Made(status, headers, body)

    async def _send(self, send: Send, method: str, made: Made) -> None:
        await answer(send, method, made.status, made.headers, made.body)


class _Held:
    """Keeps a reply back until it is whole."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        else:
            self._body += message.get("body", b"")

    async def send_half(self) -> None:
        """Send the first half, well-formed as HTTP and broken as whatever it is."""
        half = self._body[: len(self._body) // 2]
        headers = [each for each in self._start["headers"] if each[0] != b"content-length"]
        headers.append((b"content-length", b"%d" % len(half)))
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": half})


def _applying(send: Send, applied: str) -> Send:
    """A `send` that tells the client which of its preferences were met (RFC 7240, 3)."""

    async def applying(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"preference-applied", applied.encode("latin-1", "replace"))]
        await send(message)

    return applying


def _accept(scope: Any) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"), None)


def _no_example(operation: Operation, wishes: Preferences, examples: Mapping[int, Mapping[str, Any]]) -> str:
    known = [f"{status} {name}" for status, named in examples.items() for name in named]
    under = f" under {wishes.code}" if wishes.code is not None else ""
    return (
        f"Prefer: example={wishes.example} is not possible: {operation.id} has no such example{under}; "
        f"it has {', '.join(known) or 'none'}."
    )


def _encoded(value: Any, media_type: str) -> bytes:
    if not is_json(bare(media_type)) and isinstance(value, str):
        return value.encode()
    if bare(media_type).endswith("ndjson") and isinstance(value, list):
        return b"".join(orjson.dumps(each) + b"\n" for each in value)
    return orjson.dumps(value)
