"""The latest requests of a session and their replies, newest last, with secrets redacted."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from understudy.mock_server.clock import ticks, timestamp, wall
from understudy.mock_server.http.errors import Header
from understudy.mock_server.http.media_types import bare, is_json
from understudy.mock_server.http.responses import Message, Receive, Scope, Send
from understudy.mock_server.sessions.request_match import Match

if TYPE_CHECKING:
    from understudy.mock_server.sessions.served_api import ServedApi

#: Requests that a journal holds at most.
LIMIT = 500

#: Bytes of a body that are recorded at most; more than a page of twenty records.
BODY_LIMIT = 16 * 1024

REDACTED = "[redacted]"

_SECRET = re.compile(r"authorization|cookie|password|secret|token|api[-_]?key", re.IGNORECASE)
_IN_TEXT = re.compile(
    r"""(?P<name>(?:password|secret|token|api[-_]?key)[\w-]{0,40}["']?\s{0,4}[:=]\s{0,4})("[^"]*"?|[^\s&,}]+)""",
    re.IGNORECASE,
)


class JournalEntry:
    """One request and its reply, recorded while they pass."""

    __slots__ = (
        "_receive",
        "_send",
        "body",
        "ended",
        "forced",
        "headers",
        "method",
        "number",
        "path",
        "query",
        "reply",
        "reply_headers",
        "served_api",
        "started",
        "status",
    )

    def __init__(
        self, number: int, scope: Scope, path: str, served_api: ServedApi | None, receive: Receive, send: Send
    ) -> None:
        self.number = number
        self.method: str = scope["method"]
        self.path = path
        self.query: bytes = scope["query_string"]
        self.headers: list[Header] = scope["headers"]
        self.served_api = served_api
        self.started = ticks()
        self.ended: float | None = None
        self.status: int | None = None
        self.reply_headers: list[Header] = []
        self.body = b""
        self.reply = b""
        #: What the mock changed about the reply on purpose, in words.
        self.forced: str | None = None
        self._receive: Receive | None = receive
        self._send: Send | None = send

    async def receive(self) -> Message:
        """Pass on a message from the client, and record its body."""
        assert self._receive is not None
        message = await self._receive()
        piece = message.get("body")
        if piece and len(self.body) <= BODY_LIMIT:
            self.body += piece[: BODY_LIMIT + 1]
        return message

    async def send(self, message: Message) -> None:
        """Pass on a message to the client, and record it."""
        assert self._send is not None
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.reply_headers = message["headers"]
        else:
            piece = message.get("body")
            if piece and len(self.reply) <= BODY_LIMIT:
                self.reply += piece[: BODY_LIMIT + 1]
        await self._send(message)

    def close(self) -> None:
        """Record the end, and release the connection."""
        self.ended = ticks()
        self._receive = self._send = None

    @property
    def api(self) -> str | None:
        """The name of the API that was called, if any."""
        return self.served_api.contract.api if self.served_api else None

    @property
    def api_path(self) -> str:
        """The path without the API's prefix."""
        return self.path[len(self.served_api.prefix) :] if self.served_api else self.path

    @property
    def ignores_trailing_slash(self) -> bool:
        """Whether the API treats paths with and without a trailing slash alike."""
        return self.served_api is not None and self.served_api.contract.trailing_slash == "either"

    @property
    def operation(self) -> str | None:
        """The id of the operation that was called, None when the contract has none for the request."""
        operation = self.served_api.operation(self.method, self.api_path) if self.served_api else None
        return operation.id if operation else None

    def as_dict(self, session: str) -> dict[str, Any]:
        """The entry as a JSON value, secrets redacted."""
        return {
            "id": self.number,
            "time": timestamp(wall(self.started)),
            "session": session,
            "api": self.api,
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "query": _members(parse_qsl(self.query.decode("latin-1"), keep_blank_values=True)),
            "request": _message(self.headers, self.body),
            "status": self.status,
            "reply": _message(self.reply_headers, self.reply),
            "seconds": None if self.ended is None else round(self.ended - self.started, 6),
            "forced": self.forced,
        }


class Journal:
    """The latest requests of one session."""

    __slots__ = ("_entries", "_number")

    def __init__(self) -> None:
        self._entries: deque[JournalEntry] = deque(maxlen=LIMIT)
        self._number = 0

    def open(self, scope: Scope, path: str, served_api: ServedApi | None, receive: Receive, send: Send) -> JournalEntry:
        """Begin to record a request."""
        self._number += 1
        entry = JournalEntry(self._number, scope, path, served_api, receive, send)
        self._entries.append(entry)
        return entry

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def total(self) -> int:
        """The number of requests since the session was created, including those no longer in the journal."""
        return self._number

    def find(self, match: Match, status: str | None = None, since: int = 0) -> Iterator[JournalEntry]:
        """Entries that match. `status` is a code or a class (`404`, `4xx`); only entries after number `since`."""
        for entry in self:
            if entry.number > since and _has_status(entry, status) and match.fits(entry):
                yield entry

    def clear(self) -> None:
        """Remove all entries."""
        self._entries.clear()


def _has_status(entry: JournalEntry, status: str | None) -> bool:
    if status is None:
        return True
    actual = str(entry.status)
    return actual == status or (status.endswith("xx") and actual[:1] == status[:1])


def _message(headers: Iterable[Header], body: bytes) -> dict[str, Any]:
    decoded = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
    media_type = next((value for name, value in decoded if name == "content-type"), "")
    return {"headers": _members(decoded), "body": _body(body, bare(media_type)), "truncated": len(body) > BODY_LIMIT}


def _members(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names and values as an object, secrets redacted and repeated names joined by a comma."""
    out: dict[str, str] = {}
    for name, value in pairs:
        shown = _redacted(value) if _SECRET.search(name) else value
        out[name] = f"{out[name]}, {shown}" if name in out else shown
    return out


def _redacted(value: str) -> str:
    """A redacted credential; it keeps its scheme, which is a frequent cause of errors."""
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} {REDACTED}" if blank and scheme.isalpha() else REDACTED


def _body(body: bytes, media_type: str) -> Any:
    if not body:
        return None
    if is_json(media_type) and len(body) <= BODY_LIMIT:
        try:
            return _without_secrets(orjson.loads(body))
        except orjson.JSONDecodeError:
            pass
    text = body[:BODY_LIMIT].decode("utf-8", "replace")
    return _IN_TEXT.sub(rf"\g<name>{REDACTED}", text)


def _without_secrets(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            name: REDACTED if isinstance(value, str) and _SECRET.search(name) else _without_secrets(value)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [_without_secrets(part) for part in node]
    return node
