"""What a session was asked and what it answered, newest last, bounded, without its secrets."""

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
from understudy.mock_server.http.responses import Message, Receive, Send
from understudy.mock_server.sessions.request_match import Match

if TYPE_CHECKING:
    from understudy.mock_server.sessions.served_api import ServedApi

#: Requests that a session remembers.
LIMIT = 500

#: Bytes of a body that are kept; more than a page of twenty records.
KEPT = 16 * 1024

REDACTED = "[redacted]"

_SECRET = re.compile(r"authorization|cookie|password|secret|token|api[-_]?key", re.IGNORECASE)
_IN_TEXT = re.compile(
    r"""(?P<name>(?:password|secret|token|api[-_]?key)[\w-]{0,40}["']?\s{0,4}[:=]\s{0,4})("[^"]*"?|[^\s&,}]+)""",
    re.IGNORECASE,
)


class Entry:
    """One request and its reply, taken down while they pass."""

    __slots__ = (
        "_receive",
        "_send",
        "body",
        "ended",
        "forced",
        "headers",
        "method",
        "mounted",
        "number",
        "path",
        "query",
        "reply",
        "reply_headers",
        "started",
        "status",
    )

    def __init__(self, number: int, scope: Any, path: str, mounted: ServedApi | None, receive: Receive, send: Send):
        self.number = number
        self.method: str = scope["method"]
        self.path = path
        self.query: bytes = scope["query_string"]
        self.headers: list[Header] = scope["headers"]
        self.mounted = mounted
        self.started = ticks()
        self.ended: float | None = None
        self.status: int | None = None
        self.reply_headers: list[Header] = []
        self.body = b""
        self.reply = b""
        #: What was done to the reply on purpose, in words.
        self.forced: str | None = None
        self._receive: Receive | None = receive
        self._send: Send | None = send

    async def receive(self) -> Message:
        """Pass on what the client sends."""
        assert self._receive is not None
        message = await self._receive()
        piece = message.get("body")
        if piece and len(self.body) <= KEPT:
            self.body += piece[: KEPT + 1]
        return message

    async def send(self, message: Message) -> None:
        """Pass on what the client is sent."""
        assert self._send is not None
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.reply_headers = message["headers"]
        else:
            piece = message.get("body")
            if piece and len(self.reply) <= KEPT:
                self.reply += piece[: KEPT + 1]
        await self._send(message)

    def close(self) -> None:
        """Note the end, and let go of the connection."""
        self.ended = ticks()
        self._receive = self._send = None

    @property
    def api(self) -> str | None:
        """The API that was asked."""
        return self.mounted.contract.api if self.mounted else None

    @property
    def below(self) -> str:
        """The path without the API's own prefix."""
        return self.path[len(self.mounted.prefix) :] if self.mounted else self.path

    @property
    def slash_or_not(self) -> bool:
        """Whether the API answers the same with and without a final slash."""
        return self.mounted is not None and self.mounted.contract.trailing_slash == "either"

    @property
    def operation(self) -> str | None:
        """The operation that was asked for, None when the contract has none there."""
        found = self.mounted.operation(self.method, self.below) if self.mounted else None
        return found.id if found else None

    def as_dict(self, session: str) -> dict[str, Any]:
        """The entry as JSON, secrets replaced."""
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
        self._entries: deque[Entry] = deque(maxlen=LIMIT)
        self._number = 0

    def open(self, scope: Any, path: str, mounted: ServedApi | None, receive: Receive, send: Send) -> Entry:
        """Begin to take down a request."""
        self._number += 1
        entry = Entry(self._number, scope, path, mounted, receive, send)
        self._entries.append(entry)
        return entry

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def total(self) -> int:
        """How many requests there were since the session was made, forgotten ones included."""
        return self._number

    def find(self, match: Match, status: str | None = None, since: int = 0) -> Iterator[Entry]:
        """Entries that fit. `status` is a code or a class (`404`, `4xx`); `since` an entry's number."""
        for entry in self:
            if entry.number > since and _has_status(entry, status) and match.fits(entry):
                yield entry

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()


def _has_status(entry: Entry, wanted: str | None) -> bool:
    if wanted is None:
        return True
    told = str(entry.status)
    return told == wanted or (wanted.endswith("xx") and told[:1] == wanted[:1])


def _message(headers: Iterable[Header], body: bytes) -> dict[str, Any]:
    read = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
    media_type = next((value for name, value in read if name == "content-type"), "")
    return {"headers": _members(read), "body": _body(body, bare(media_type)), "truncated": len(body) > KEPT}


def _members(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names and values as an object, repeated names joined by a comma."""
    out: dict[str, str] = {}
    for name, value in pairs:
        told = _hidden(value) if _SECRET.search(name) else value
        out[name] = f"{out[name]}, {told}" if name in out else told
    return out


def _hidden(value: str) -> str:
    """A credential keeps its scheme, which is often what is wrong with it."""
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} {REDACTED}" if blank and scheme.isalpha() else REDACTED


def _body(body: bytes, media_type: str) -> Any:
    if not body:
        return None
    if is_json(media_type) and len(body) <= KEPT:
        try:
            return _without_secrets(orjson.loads(body))
        except orjson.JSONDecodeError:
            pass
    text = body[:KEPT].decode("utf-8", "replace")
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
