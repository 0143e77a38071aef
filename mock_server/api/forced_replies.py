"""Overrides the replies of an API: by `Prefer`, forced replies and network conditions."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import orjson

from understudy.mock_server.api.messages import BufferedSend, applying, read_ahead, replaced, replacing
from understudy.mock_server.http.errors import (
    ApiError,
    BadRequestError,
    ErrorRenderer,
    Header,
    ServiceUnavailableError,
    phrase_of,
)
from understudy.mock_server.http.media_types import VARY_ACCEPT, bare, is_json
from understudy.mock_server.http.preferences import NONE, Preferences, parse
from understudy.mock_server.http.responses import Receive, Scope, Send, answer, cut
from understudy.mock_server.http.validation_errors import Schemas, SchemaValidator
from understudy.mock_server.sessions.journal import ENTRY, JournalEntry
from understudy.mock_server.sessions.overrides import UNSET, Effect, ForcedReply, Overrides
from understudy.mock_server.sessions.request_match import ANY
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.values.examples import Examples, preferred
from understudy.mock_server.values.schema_faker import SchemaFaker
from understudy.specs import Operation
from understudy.specs.promised import without_write_only

log = logging.getLogger("understudy")

#: Seconds in the Retry-After of a forced 429 or 503; short, so that tests of retries are short, too.
RETRY_AFTER = b"1"

#: The key in the state of a scope under which an event says that the server stops.
STOPPING = "understudy.stopping"

#: Attempts to generate a body that fits its schema; after these an example is sent.
ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class PreparedReply:
    """A reply that does not come from the API's state."""

    status: int
    headers: list[Header]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Negotiation:
    """What of a request a prepared reply depends on: its Accept header, and its number in the session."""

    accept: str | None
    number: int


class ForcedReplies:
    """Applies `Prefer`, forced replies and network conditions to the requests of one API."""

    def __init__(self, served_api: ServedApi, seed: int, locales: tuple[str, ...]) -> None:
        contract = served_api.contract
        self._served_api = served_api
        self._errors = ErrorRenderer(contract.errors)
        self._reasons = contract.errors.reasons
        self._examples = Examples(contract)
        #: By operation, status and media type.
        self._validators: dict[tuple[str, int, str], SchemaValidator] = {}
        self._seed = seed
        self._locales = locales
        schemes = [scheme for each in contract.schemes.values() for scheme in each]
        self._challenge = (schemes[0].capitalize() if schemes else "Bearer").encode()

    @cached_property
    def _schemas(self) -> Schemas:
        """Those of replies, made for the first one that is forced: they take as much memory as the contract's own."""
        contract = self._served_api.contract
        return Schemas(contract.uri, without_write_only(contract.schemas))

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        overrides: Overrides,
        prefer: Sequence[str],
        abort: Callable[[], None] | None,
    ) -> None:
        """Answer one request; the API itself answers if no reply is forced."""
        entry: JournalEntry = scope[ENTRY]
        operation = self._served_api.operation(entry.method, entry.api_path)
        reading, body = receive, ANY
        try:
            if overrides.needs_body(entry):
                reading, body = await read_ahead(entry, receive, operation)
            forced = overrides.take(entry, body)
            effect, applied, prepared = self._plan(entry, overrides, operation, forced, parse(prefer), _accept(scope))
        except ApiError as refusal:
            await self.refuse(entry, send, refusal)
            return
        delay, failure = overrides.draw()
        if failure is not None:
            prepared = self._status_reply(failure, operation)
        delay += effect.preferences.wait or 0.0
        entry.forced = ", ".join(filter(None, [str(effect), f"failure={failure}" if failure else ""])) or None
        if delay and await _stops_within(scope, delay):
            await self.refuse(entry, send, ServiceUnavailableError("The mock is shutting down."))
            return
        if effect.drop == "before":
            await cut(receive, abort)
            return
        send = applying(send, applied) if applied else send
        if effect.malformed or effect.drop:
            send = buffered = BufferedSend(send)
        else:
            buffered = None
        if prepared is not None:
            await self._send(send, entry.method, prepared)
        else:
            if effect.headers:
                send = replacing(send, _fields(effect))
            await self._served_api.app(scope, reading, send)
        if buffered is None:
            return
        if effect.drop:
            await cut(receive, abort)
        else:
            await buffered.send_half()

    async def refuse(self, entry: JournalEntry, send: Send, refusal: ApiError) -> None:
        """Answer with an error in the API's own form, even if the contract gives no reason for the status."""
        entry.refuse(refusal)
        await self._send(send, entry.method, self._refusal(refusal))

    def _plan(
        self,
        entry: JournalEntry,
        overrides: Overrides,
        operation: Operation | None,
        forced: ForcedReply | None,
        requested: Preferences,
        accept: str | None,
    ) -> tuple[Effect, str, PreparedReply | None]:
        """The effect on a reply, the part of it that the request's `Prefer` header asked for, and the prepared reply.

        Standing preferences are ignored for operations that cannot meet them. Raises BadRequestError for others.
        """
        if operation is None:
            requested = Preferences(wait=requested.wait)
        effect, applied = _requested(forced, requested)
        standing = overrides.preferred(self._served_api.contract.api)
        delayed = _completed(effect, Preferences(wait=standing.wait))
        if operation is None:
            return delayed, applied, None
        negotiation = _Negotiation(accept, entry.number)
        if standing.replies and not effect.replies:
            completed = _completed(effect, standing)
            with contextlib.suppress(BadRequestError):
                return completed, applied, self._prepare(operation, completed, negotiation)
        return delayed, applied, self._prepare(operation, delayed, negotiation)

    def _prepare(self, operation: Operation, effect: Effect, negotiation: _Negotiation) -> PreparedReply | None:
        """The reply that an effect asks for, None when the API itself is to answer. Raises BadRequestError."""
        preferences = effect.preferences
        if effect.body is not UNSET:
            prepared = self._from_body(
                operation, preferences.code or operation.success, effect.body, negotiation.accept
            )
        elif preferences.replies:
            prepared = self._from_preferences(operation, preferences, negotiation)
        else:
            return None
        if not effect.headers:
            return prepared
        return PreparedReply(prepared.status, replaced(prepared.headers, _fields(effect)), prepared.body)

    def _from_preferences(
        self, operation: Operation, preferences: Preferences, negotiation: _Negotiation
    ) -> PreparedReply:
        examples = self._examples.of(operation)
        status = preferences.code if preferences.code is not None else self._status(operation, preferences)
        declared = str(status) in operation.responses
        if not declared and status < 400:
            statuses = ", ".join(operation.responses)
            raise BadRequestError(
                f"Prefer: code={status} is not possible: {operation.id} declares {statuses}; "
                "any status from 400 to 599 is possible, too."
            )
        named = examples.get(status, {})
        if preferences.example is not None:
            if preferences.example not in named:
                raise BadRequestError(_no_example(operation, preferences, examples))
            return self._from_example(operation, status, named[preferences.example], negotiation.accept)
        if named and not preferences.dynamic:
            return self._from_example(operation, status, next(iter(named.values())), negotiation.accept)
        if status >= 400:
            return self._status_reply(status, operation)
        return self._from_schema(operation, status, named, negotiation)

    def _status(self, operation: Operation, preferences: Preferences) -> int:
        """The status that has the named example, preferably the success; the success when no example is named."""
        if preferences.example is None:
            return operation.success
        examples = self._examples.of(operation)
        for status in sorted(examples, key=lambda each: each != operation.success):
            if preferences.example in examples[status]:
                return status
        raise BadRequestError(_no_example(operation, preferences, examples))

    def _from_example(
        self, operation: Operation, status: int, example: Mapping[str, Any], accept: str | None
    ) -> PreparedReply:
        media_type = preferred(list(example), accept)
        return self._with_headers(operation, status, media_type, _encoded(example[media_type], media_type))

    def _from_body(self, operation: Operation, status: int, body: Any, accept: str | None) -> PreparedReply:
        content = list(self._examples.content(operation, status))
        media_type = preferred(content, accept) if content else self._errors.media_type.decode()
        return self._with_headers(operation, status, media_type, _encoded(body, media_type))

    def _from_schema(
        self, operation: Operation, status: int, named: Mapping[str, Any], negotiation: _Negotiation
    ) -> PreparedReply:
        content = self._examples.schema(operation, status, negotiation.accept)
        if content is None:
            return self._with_headers(operation, status, None, b"")
        media_type, schema = content
        validator = self._validator(operation, status, media_type)
        for attempt in range(ATTEMPTS):
            key = f"{self._seed}/{operation.id}/{negotiation.number}/{attempt}"
            faker = SchemaFaker(key, self._examples.resolve, self._locales)
            body = faker.value(schema)
            if validator.is_valid(body):
                return self._with_headers(operation, status, media_type, _encoded(body, media_type))
        if not named:
            raise BadRequestError(f"Prefer: dynamic is not possible: no generated body fits {operation.id} {status}.")
        log.info("%s %s: no generated body fits the schema, an example is sent", operation.id, status)
        return self._from_example(operation, status, next(iter(named.values())), negotiation.accept)

    def _validator(self, operation: Operation, status: int, media_type: str) -> SchemaValidator:
        key = operation.id, status, media_type
        known = self._validators.get(key)
        if known is None:
            known = self._validators[key] = self._schemas.compile(
                without_write_only(operation.responses[str(status)][media_type])
            )
        return known

    def _status_reply(self, status: int, operation: Operation | None) -> PreparedReply:
        """An error in the API's own form, even if the contract gives no reason for the status."""
        prepared = self._error_reply(status, ApiError(f"{phrase_of(status)}.", reason=self._reason(status)))
        if operation is None:
            return PreparedReply(status, [*_later(status), *prepared.headers], prepared.body)
        return self._with_headers(operation, status, self._errors.media_type.decode(), prepared.body)

    def _error_reply(self, status: int, refusal: ApiError) -> PreparedReply:
        return PreparedReply(status, [(b"content-type", self._errors.media_type)], self._errors.body(status, refusal))

    def _refusal(self, refusal: ApiError) -> PreparedReply:
        reason = {**self._reason(refusal.status), **refusal.reason}
        error = ApiError(refusal.message, field_errors=refusal.field_errors, reason=reason)
        prepared = self._error_reply(refusal.status, error)
        return PreparedReply(prepared.status, [*refusal.headers, *prepared.headers], prepared.body)

    def _reason(self, status: int) -> dict[str, Any]:
        """A reason in the form of those that the contract gives for other statuses; empty if it gives one for this."""
        if status in self._reasons:
            return {}
        similar = self._reasons.get(400 if status < 500 else 500) or next(iter(self._reasons.values()), {})
        phrase = phrase_of(status)
        slug = re.sub(r"[^a-z]+", "_", phrase.lower())
        return {
            name: (slug if value == value.lower() else phrase) if isinstance(value, str) else value
            for name, value in similar.items()
            if not isinstance(value, Mapping)
        }

    def _with_headers(self, operation: Operation, status: int, media_type: str | None, body: bytes) -> PreparedReply:
        headers: list[Header] = []
        if status == 401:
            headers.append((b"www-authenticate", self._challenge))
        elif status == 405:
            route, _ = self._served_api.routes.find(operation.path)
            headers.append((b"allow", route.allow.encode() if route else operation.method.encode()))
        headers += _later(status)
        if media_type is not None:
            headers.append((b"content-type", media_type.encode()))
        if operation.varies:
            headers.append(VARY_ACCEPT)
        return PreparedReply(status, headers, body)

    async def _send(self, send: Send, method: str, prepared: PreparedReply) -> None:
        await answer(send, method, prepared.status, prepared.headers, prepared.body)


def _later(status: int) -> list[Header]:
    """When to try again, where a reply asks for it."""
    return [(b"retry-after", RETRY_AFTER)] if status in {429, 503} else []


def _requested(forced: ForcedReply | None, requested: Preferences) -> tuple[Effect, str]:
    """The effect of a forced reply and of a request's own preferences, and what of the latter it contains."""
    if forced is None:
        return Effect(requested), str(requested)
    effect = forced.effect
    if not effect.replies:
        return _completed(effect, requested), str(requested)
    wait = Preferences(wait=requested.wait)
    return _completed(effect, wait), str(wait if effect.preferences.wait is None else NONE)


def _completed(effect: Effect, preferences: Preferences) -> Effect:
    return replace(effect, preferences=effect.preferences.over(preferences))


def _fields(effect: Effect) -> list[Header]:
    """The header fields that an effect sets."""
    return [(name.lower().encode(), value.encode()) for name, value in effect.headers.items()]


async def _stops_within(scope: Scope, seconds: float) -> bool:
    """Wait; whether the server is stopped meanwhile."""
    stopping: asyncio.Event | None = scope.get("state", {}).get(STOPPING)
    if stopping is None:
        await asyncio.sleep(seconds)
        return False
    stopped = asyncio.ensure_future(stopping.wait())
    await asyncio.wait({stopped}, timeout=seconds)
    stopped.cancel()
    return stopping.is_set()


def _accept(scope: Scope) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"), None)


def _no_example(operation: Operation, preferences: Preferences, examples: Mapping[int, Mapping[str, Any]]) -> str:
    known = [f"{status} {name}" for status, named in examples.items() for name in named]
    under = f" under {preferences.code}" if preferences.code is not None else ""
    return f"Prefer: example={preferences.example} is not possible: {operation.id} has no such example{under}. " + (
        f"The examples are {', '.join(known)}." if known else "It has no examples."
    )


def _encoded(value: Any, media_type: str) -> bytes:
    if not is_json(bare(media_type)) and isinstance(value, str):
        return value.encode()
    if bare(media_type).endswith("ndjson") and isinstance(value, list):
        return b"".join(orjson.dumps(each) + b"\n" for each in value)
    return orjson.dumps(value)
