"""One request of a connection and its reply, as an ASGI application receives the one and sends the other."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple, Protocol

from understudy.mock_server.http.errors import ApiError, Header
from understudy.mock_server.http.responses import App, Message, Scope, is_field

log = logging.getLogger("understudy")

#: Bytes of a body that wait for the application, before the client has to wait.
HIGH_WATER = 64 * 1024

#: Header lines that are remembered at most, and the bytes of one: most replies consist of few.
MEMO, MEMO_LENGTH = 1024, 256

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CLOSE = re.compile(rb"(?:^|,)\s*close\s*(?:,|$)", re.IGNORECASE)
_STATUS_LINES = {each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n".encode() for each in HTTPStatus}


class _Line(NamedTuple):
    """A header field as it is written, and what it says about the message."""

    raw: bytes
    length: int | None = None
    is_chunked: bool = False
    closes: bool = False


_lines: dict[Header, _Line] = {}


class Link(Protocol):
    """The connection of an exchange."""

    transport: asyncio.Transport
    #: Whether the client has to catch up before more is written.
    write_paused: bool
    #: Whether a reply that is written now may be given again.
    is_repeated: bool

    @property
    def default_headers(self) -> list[Header]:
        """The header fields of every reply."""

    def pause_reading(self) -> None:
        """Read no more for now."""

    def resume_reading(self) -> None:
        """Read on."""

    async def drained(self) -> None:
        """Wait until the client has caught up."""

    def awaits_body(self, exchange: Exchange) -> bool:
        """Whether more of a request's body is to come."""

    def replied(self, exchange: Exchange) -> None:
        """The reply is written."""


class Exchange:
    """A request and its reply."""

    __slots__ = (
        "_awaits_continue",
        "_body",
        "_chunked",
        "_connection",
        "_due",
        "_event",
        "_held",
        "_is_complete",
        "_is_delivered",
        "_size",
        "complete",
        "disconnected",
        "fault",
        "keep_alive",
        "lingers",
        "scope",
        "started",
        "written",
    )

    def __init__(self, connection: Link, scope: Scope, keep_alive: bool, awaits_continue: bool) -> None:
        self.scope = scope
        #: Whether another request may follow on the connection.
        self.keep_alive = keep_alive
        #: Whether the client gets the time to read the reply before the connection is closed.
        self.lingers = False
        #: Why the request is refused after all, while its body is read.
        self.fault: ApiError | None = None
        self.disconnected = False
        #: The reply as it was written, if it may be given again and was written in one piece.
        self.written = b""
        #: Whether the head of the reply, and all of it, was written.
        self.started = self.complete = False
        self._connection = connection
        self._awaits_continue = awaits_continue
        self._body: list[bytes] = []
        #: Bytes of the body that wait for the application.
        self._size = 0
        self._is_complete = self._is_delivered = False
        self._event: asyncio.Event | None = None
        #: The head of the reply, while it waits for a body to be written with; None when it is written by itself.
        self._held: bytes | None = b""
        self._chunked = False
        #: Bytes of the reply's body that are still to come, None if nobody knows.
        self._due: int | None = 0

    @property
    def transport(self) -> asyncio.Transport:
        """The transport of the connection."""
        return self._connection.transport

    async def run(self, app: App) -> None:
        """Have an application answer. One that fails, or does not answer, costs the client its connection."""
        try:
            await app(self.scope, self.receive, self.send)
            if not self.complete and not self.disconnected:
                log.error("%s %s was not answered", self.scope["method"], self.scope["path"])
        except Exception:
            log.exception("%s %s failed", self.scope["method"], self.scope["path"])
        finally:
            self.release()
            if not self.complete and not self.disconnected:
                self.transport.close()

    def parts(self) -> tuple[bytes, bytes]:
        """The reply as it was written without the fields of every reply: the line before them, and what follows them."""
        start = self.written.index(b"\r\n") + 2
        return self.written[:start], self.written[start + len(lines_of(self._connection.default_headers)) :]

    def feed(self, piece: bytes) -> None:
        """Take a piece of the request's body."""
        self._body.append(piece)
        self._size += len(piece)
        if self._size > HIGH_WATER:
            self._connection.pause_reading()
        self.wake()

    def feed_end(self) -> None:
        """The request is complete."""
        self._is_complete = True
        self.wake()

    def refuse(self, error: ApiError) -> None:
        """Have the application answer with an error, and close the connection after that."""
        self.fault = error
        self.keep_alive = False
        self.lingers = True
        self.wake()

    def disconnect(self) -> None:
        """The client is gone."""
        self.disconnected = True
        self.wake()

    def wake(self) -> None:
        """Tell who receives that something has changed."""
        if self._event is not None:
            self._event.set()

    def release(self) -> None:
        """Write the head that waits for a body, and from now on everything by itself: the application waits."""
        held, self._held = self._held, None
        if held:
            self.transport.write(held)

    async def receive(self) -> Message:
        """The next message for the application. Raises ApiError for a request that is refused after all."""
        if self._awaits_continue and not self.transport.is_closing():
            self._awaits_continue = False
            self.transport.write(CONTINUE)
        while True:
            if self.disconnected or self.complete:
                return {"type": "http.disconnect"}
            if self.fault is not None:
                raise self.fault
            if self._body or (self._is_complete and not self._is_delivered):
                body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
                self._body, self._size = [], 0
                self._is_delivered = self._is_complete
                return {"type": "http.request", "body": body, "more_body": not self._is_complete}
            self._event = self._event or asyncio.Event()
            self._event.clear()
            self._connection.resume_reading()
            await self._event.wait()

    async def send(self, message: Message) -> None:
        """Write a message of the application."""
        if self._connection.write_paused and not self.disconnected:
            await self._connection.drained()
        if self.disconnected:
            return
        if self.complete:
            raise RuntimeError("a reply goes on after its end")
        if not self.started:
            self._send_head(message["status"], message["headers"])
        elif message["type"] == "http.response.start":
            raise RuntimeError("a reply begins twice")
        else:
            self._send_body(message.get("body", b""), message.get("more_body", False))

    def _send_head(self, status: int, headers: Iterable[Header]) -> None:
        """Write the head, so that the client can tell where the body ends."""
        connection = self._connection
        pieces = [_STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status]
        length: int | None = None
        chunked = closes = False
        for header in (*connection.default_headers, *headers):
            line = _lines.get(header) or _line(header)
            pieces.append(line.raw)
            length = length if line.length is None else line.length
            chunked = chunked or line.is_chunked
            closes = closes or line.closes
        # Only now: one that cannot be sent has been refused, and another reply may be sent instead.
        self.started = True
        if self._awaits_continue:
            # The client may send its body or not, so that the connection is of no further use (RFC 9110, 10.1.1).
            self._awaits_continue = self.keep_alive = False
        if status in {204, 304} or self.scope["method"] == "HEAD":
            length, chunked = 0, False
        elif length is None and not chunked:
            # HTTP/1.0 knows no chunks: the body ends with the connection (RFC 9112, 6.3).
            chunked = self.scope["http_version"] != "1.0"
            if chunked:
                pieces.append(b"transfer-encoding: chunked\r\n")
            else:
                self.keep_alive = False
        self._due, self._chunked = length, chunked
        self.keep_alive = self.keep_alive and not closes
        if not self.keep_alive:
            if not closes:
                pieces.append(b"connection: close\r\n")
            self.lingers = self.lingers or connection.awaits_body(self)
        pieces.append(b"\r\n")
        head = b"".join(pieces)
        if self._held is None:
            self.transport.write(head)
        else:
            self._held = head

    def _send_body(self, body: bytes, more: bool) -> None:
        """Write a piece of the body. Raises RuntimeError when it is not as long as the head says."""
        if self._chunked:
            body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + (b"" if more else b"0\r\n\r\n")
        elif self.scope["method"] == "HEAD":
            body = b""
        elif self._due is not None:
            self._due -= len(body)
            if self._due < 0 or (self._due and not more):
                raise RuntimeError("a body is not as long as its Content-Length says")
        if self._held:
            body, self._held = self._held + body, None if more else b""
            if not more and self._connection.is_repeated:
                self.written = body
        if body:
            self._connection.transport.write(body)
        if not more:
            self.complete = True
            self.wake()
            self._connection.replied(self)


def lines_of(headers: Iterable[Header]) -> bytes:
    """Header fields as they are written."""
    return b"".join([(_lines.get(header) or _line(header)).raw for header in headers])


def _line(header: Header) -> _Line:
    """A header field as it is written. Raises RuntimeError for one that HTTP does not allow."""
    name, value = header
    known = name.lower()
    if known == b"content-length":
        line = _Line(b"content-length: %d\r\n" % int(value), length=int(value))
    elif is_field(name, value):
        line = _Line(
            b"%b: %b\r\n" % (name, value),
            is_chunked=known == b"transfer-encoding" and value.lower() == b"chunked",
            closes=known == b"connection" and _CLOSE.search(value) is not None,
        )
    else:
        raise RuntimeError(f"the header {name!r} cannot be sent")
    if len(line.raw) <= MEMO_LENGTH:
        if len(_lines) == MEMO:
            _lines.clear()
        _lines[name, value] = line
    return line
