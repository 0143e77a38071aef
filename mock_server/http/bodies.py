"""Request bodies: read up to a size limit, decoded by media type, validated against the contract."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

import orjson

from understudy.mock_server.http.errors import (
    BadRequestError,
    ContentTooLargeError,
    FieldError,
    UnsupportedMediaTypeError,
)
from understudy.mock_server.http.forms import form_value, is_kept, multipart, urlencoded
from understudy.mock_server.http.media_types import bare, is_json
from understudy.mock_server.http.responses import Message, Receive
from understudy.mock_server.http.validation_errors import (
    MAX_FIELD_ERRORS,
    SchemaValidator,
    field_error_at,
    field_errors_in,
)
from understudy.specs import Operation

#: Bytes that are accepted unless the contract says otherwise (`x-body-limit`).
LIMIT = 4 * 1024 * 1024

#: Members that one object may have; the time to describe what is wrong with it grows with them.
MAX_MEMBERS = 5_000

#: Levels of nesting that orjson writes; it reads 1024.
WRITABLE = 254
#: Levels of nesting that are accepted: a record is wrapped before it is written.
MAX_DEPTH = 200

#: How many Content-Type headers are remembered for each operation, and of which length at most.
MEMO, MEMO_LENGTH = 64, 256

#: What stands in every body with an integer of more than 64 bits, once all its digits are zeros.
_LONG, _AS_ZERO = b"0" * 19, bytes.maketrans(b"123456789", b"0" * 9)

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

#: The end of a run of capitals before a word, and the beginning of a word after a small letter or a digit.
_RUN = re.compile(r"([A-Z]+)([A-Z][a-z])")
_WORD = re.compile(r"([a-z\d])([A-Z])")


class ClientDisconnectedError(Exception):
    """The client closed the connection before its body was complete."""


class InvalidBodyError(BadRequestError):
    """A body that does not fit its schema; `value` is the decoded body."""

    def __init__(self, value: Any, field_errors: Iterable[FieldError]) -> None:
        super().__init__(field_errors=field_errors)
        self.value = value


class InexactError(BadRequestError):
    """A body with integers that would become others when they are stored, since JSON is read into 64 bits."""


class Bodies:
    """Reads the request bodies of one operation."""

    def __init__(self, operation: Operation, compiler: Callable[[Any], SchemaValidator]) -> None:
        self._validators = {
            bare(media_type): compiler(schema) if schema else None for media_type, schema in operation.body.items()
        }
        self._limit = operation.body_limit or LIMIT
        self._required = operation.body_required
        self._holders = operation.holders
        self._aliases = operation.aliases
        self._lists = operation.lists
        self._underscored = operation.underscored
        self._checks_late = operation.checks_late
        self._json = "application/json" in self._validators
        self._known: dict[bytes, str] = {}

    def media_type(self, headers: Mapping[bytes, bytes]) -> str | None:
        """The body's media type, None if there is no body. Raises UnsupportedMediaTypeError."""
        if not has_body(headers):
            return None
        coding = headers.get(b"content-encoding")
        if coding is not None and coding.strip().lower() != b"identity":
            raise UnsupportedMediaTypeError(
                f"The content encoding {coding.decode('latin-1').strip()} is not supported; send the body without one.",
                headers=[(b"accept-encoding", b"identity")],
            )
        sent = headers.get(b"content-type")
        if sent is None and self._json:
            return "application/json"
        return self._known.get(sent or b"") or self._declared(sent or b"")

    def _declared(self, sent: bytes) -> str:
        """The media type that a header names, remembered. Raises UnsupportedMediaTypeError if it is not declared."""
        name = bare(sent.decode("latin-1"))
        if self._key(name) not in self._validators:
            accepted = " or ".join(self._validators)
            problem = f"The media type {name} is not supported" if name else "The request has no Content-Type"
            raise UnsupportedMediaTypeError(
                f"{problem}; send {accepted}.", headers=[(b"accept", ", ".join(self._validators).encode())]
            )
        if len(self._known) < MEMO and len(sent) <= MEMO_LENGTH:
            self._known[sent] = name
        return name

    def _key(self, media_type: str) -> str:
        """The declared media type, or range of media types, to which one belongs."""
        if media_type in self._validators:
            return media_type
        kind, _, rest = media_type.partition("/")
        # HTTP has no such range as `application/*+json`, but frameworks write it for all types with that suffix.
        ranges = (f"{kind}/*+{rest.rpartition('+')[2]}", f"{kind}/*", "*/*")
        return next((each for each in ranges if each in self._validators), media_type)

    async def read(
        self, receive: Receive, headers: Mapping[bytes, bytes], media_type: str | None
    ) -> tuple[Any, BadRequestError | None]:
        """The decoded body, and what is wrong with it if the operation itself refuses it.

        Raises BadRequestError for any other body that does not fit, and ContentTooLargeError.
        """
        raw = await read(receive, headers, self._limit) if media_type is not None else b""
        if not raw or media_type is None:
            return self._absent(), None
        value = self._decode(raw, media_type, headers)
        if self._aliases and isinstance(value, dict) and not self._aliases.keys().isdisjoint(value):
            value = self._rename(value)
        if self._underscored:
            value = renamed(value, self._underscored)
        validator = self._validators[self._key(media_type)]
        if validator is not None and not _is_file(media_type):
            if not validator.is_valid(value):
                fault = InvalidBodyError(value, field_errors_in(validator, value, holders=self._holders))
                if self._checks_late:
                    return value, fault
                raise fault
            value = validator.read_only.removed(value)
        if media_type in {FORM, MULTIPART}:
            _check_exact(value)
        elif is_json(media_type):
            check_exact(raw)
        return value, None

    def _absent(self) -> Any:
        """None if the body is optional. Else raises BadRequestError, which lists every required member."""
        if not self._required:
            return None
        validator = next(iter(self._validators.values()))
        field_errors = field_errors_in(validator, {}, holders=self._holders) if validator is not None else []
        raise BadRequestError("A body is required.", field_errors=field_errors)

    def _decode(self, raw: bytes, media_type: str, headers: Mapping[bytes, bytes]) -> Any:
        if is_json(media_type):
            return _within_limits(raw)
        if media_type in {FORM, MULTIPART}:
            content_type = headers.get(b"content-type", b"").decode("latin-1")
            fields = urlencoded(raw) if media_type == FORM else multipart(raw, content_type)
            validator = self._validators[self._key(media_type)]
            value = (
                form_value(fields, validator.schema, validator.member, self._lists)
                if validator is not None
                else dict(fields)
            )
            if _too_deep(value, MAX_DEPTH):
                raise BadRequestError("The body is nested too deeply.", reason={"malformed": True})
            return value
        return raw.decode("utf-8", "replace") if _is_file(media_type) else _text(raw)

    def _rename(self, value: dict[str, Any]) -> dict[str, Any]:
        sent_as = {self._aliases[name]: name for name in value if name in self._aliases}
        extra = {name: value[other] for name, other in sent_as.items() if name not in value}
        return {**value, **extra} if extra else value


@lru_cache(256)
def _is_file(media_type: str) -> bool:
    """Whether a body is neither JSON, nor a form, nor plain text: what it says is not looked at."""
    return not (is_json(media_type) or media_type in {FORM, MULTIPART} or media_type.startswith("text/"))


def _within_limits(raw: bytes) -> Any:
    """The JSON value of a body. Raises BadRequestError for one that is nested too deeply or has too many members."""
    value = decoded_json(raw, MAX_DEPTH)
    if raw.count(b":") > MAX_MEMBERS and _has_too_many_members(value):
        raise BadRequestError(f"An object in the body has more than {MAX_MEMBERS} members, the most that are accepted.")
    return value


def decoded_json(raw: bytes, levels: int) -> Any:
    """The JSON value of a body with at most so many levels. Raises BadRequestError."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        _text(raw)  # what is not text is not JSON either, for a plainer reason
        if "depth" in error.msg:
            raise BadRequestError("The body is nested too deeply.", reason={"malformed": True}) from error
        raise BadRequestError(
            f"The body is not valid JSON: {error.msg} at line {error.lineno} column {error.colno}.",
            reason={"malformed": True},
        ) from error
    if raw.count(b"[") + raw.count(b"{") > levels and _too_deep(value, levels):
        raise BadRequestError("The body is nested too deeply.", reason={"malformed": True})
    return value


def check_exact(raw: bytes) -> None:
    """Raises InexactError for JSON with an integer that orjson rounds; only one of many digits can be such."""
    if _LONG in raw.translate(_AS_ZERO):
        _check_exact(json.loads(raw))


def _check_exact(value: Any) -> None:
    field_errors = [
        field_error_at(steps, "is an integer of more than 64 bits, which would not be kept exactly")
        for steps in islice(_rounded(value), MAX_FIELD_ERRORS)
    ]
    if field_errors:
        raise InexactError(field_errors=field_errors)


def _rounded(value: Any) -> Iterator[tuple[str | int, ...]]:
    """The ways to the integers of a value that would be rounded."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), [value])]
    while waiting:
        steps, container = waiting.pop()
        for step, part in container.items() if isinstance(container, dict) else enumerate(container):
            if isinstance(part, dict | list):
                waiting.append(((*steps, step), part))
            elif isinstance(part, int) and not is_kept(part):
                yield (*steps, step)[1:]


def _too_deep(value: Any, levels: int) -> bool:
    """Whether a value has more levels of objects and arrays."""
    level = [value]
    for _ in range(levels):
        level = [part for container in level if isinstance(container, dict | list) for part in _parts(container)]
        if not level:
            return False
    return any(isinstance(part, dict | list) for part in level)


def _parts(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


def _has_too_many_members(value: Any) -> bool:
    waiting = [value] if isinstance(value, dict | list) else []
    while waiting:
        container = waiting.pop()
        if isinstance(container, dict) and len(container) > MAX_MEMBERS:
            return True
        waiting += [part for part in _parts(container) if isinstance(part, dict | list)]
    return False


def has_body(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the headers announce a body."""
    length = headers.get(b"content-length")
    return (length is not None and length != b"0") or b"transfer-encoding" in headers


async def read(receive: Receive, headers: Mapping[bytes, bytes], limit: int = LIMIT) -> bytes:
    """The whole body. Raises ContentTooLargeError, before reading it all, and ClientDisconnectedError."""
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > limit:
        raise ContentTooLargeError(f"The body is longer than {limit} bytes, the most that is accepted.")
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnectedError
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise ContentTooLargeError(f"The body is longer than {limit} bytes, the most that is accepted.")
        pieces.append(piece)
        if not message.get("more_body"):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def unread(body: bytes, receive: Receive) -> Receive:
    """What receives a body that was read once more, and then what follows it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BadRequestError("The body is not valid UTF-8.", reason={"malformed": True}) from error


def underscored(name: str) -> str:
    """A name in lower case with underscores between its words."""
    if name.islower() and "-" not in name:
        return name
    return _WORD.sub(r"\1_\2", _RUN.sub(r"\1_\2", name)).replace("-", "_").lower()


def renamed(body: Any, places: Sequence[tuple[str, ...]]) -> Any:
    """A body with the members of the objects at `places` underscored; what is inside them is left as it is.

    A member that is sent in several forms has the value of the one with underscores, else of the last one.
    """
    for place in places:
        body = _renamed(body, place)
    return body


def _renamed(value: Any, place: tuple[str, ...]) -> Any:
    if not isinstance(value, dict):
        return value
    if place:
        name = place[0]
        return {**value, name: _renamed(value[name], place[1:])} if name in value else value
    out = {underscored(name): member for name, member in value.items()}
    return {**out, **{name: member for name, member in value.items() if name in out}}
