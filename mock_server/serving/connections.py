"""Limits for slow or silent clients, whose connections are closed.

uvicorn reads the head of a request without a limit of time or size. Here a head has to be complete within a time and
a size, a body has to arrive at a minimum rate, and a reply has to be read.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

#: Bytes of a request line with its headers, at most.
HEAD_LIMIT = 64 * 1024

#: Bytes of a URL that the parser can handle.
LINE_LIMIT = 65_535

#: Seconds for the head of a request, counted from its first byte, or from the connection before the first request.
HEAD_TIME = 10.0

#: Seconds for a body, and the number of bytes that extends the time by one second.
BODY_TIME = 20.0
BODY_RATE = 16 * 1024

#: Seconds in which a client may go on sending a body that was refused, so that it gets to read the reply.
LINGER = 2.0

#: Seconds for which a client may leave a reply unread.
REPLY_TIME = 30.0

#: Seconds between two checks of a connection.
CHECK_INTERVAL = 1.0


class Connection(HttpToolsProtocol):
    """One connection with a client."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = 0
        self._in_body = False
        self._deadline: float | None = None
        self._write_deadline: float | None = None
        self._next_check: asyncio.TimerHandle | None = None
        self._answering: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start to wait for the first request."""
        super().connection_made(transport)
        self._deadline = self.loop.time() + HEAD_TIME
        self._next_check = self.loop.call_later(CHECK_INTERVAL, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all checks."""
        if self._next_check is not None:
            self._next_check.cancel()
        if self._answering is not None:
            self._answering.disconnected = True
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Remember the current request: uvicorn reports a disconnect only to the latest of several pipelined ones."""
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        """Read within the limits."""
        size = len(data)
        if self._in_body:
            if self._deadline is not None:
                self._deadline += size / BODY_RATE
        else:
            if not self._head:
                self._deadline = self.loop.time() + HEAD_TIME
            self._head += size
        super().data_received(data)
        if self._head > HEAD_LIMIT and not self._in_body:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if self.headers else HTTPStatus.REQUEST_URI_TOO_LONG
            )

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser cannot read; its length of a request line has sixteen bits."""
        self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG if len(self.url or b"") > LINE_LIMIT else HTTPStatus.BAD_REQUEST)

    def on_headers_complete(self) -> None:
        """The head is complete; the body follows."""
        self._in_body = True
        self._head = 0
        self._deadline = self.loop.time() + BODY_TIME
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete; there is no limit for the time of the answer."""
        self._in_body = False
        self._deadline = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The reply is written; wait only briefly for the rest of a body that was refused."""
        if self._in_body:
            self._deadline = self.loop.time() + LINGER
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client reads more slowly than the reply is written."""
        self._write_deadline = self.loop.time() + REPLY_TIME
        super().pause_writing()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._write_deadline = None
        super().resume_writing()

    def _check(self) -> None:
        """Close the connection if the client is late, else check again later."""
        self._next_check = self.loop.call_later(CHECK_INTERVAL, self._check)
        now = self.loop.time()
        if self.transport.is_closing():
            # What was written before closing may still wait for a client that reads nothing.
            self._write_deadline = self._write_deadline or now + REPLY_TIME
        if self._write_deadline is not None and now > self._write_deadline:
            self.transport.abort()
        elif self._deadline is not None and now > self._deadline and not self.transport.is_closing():
            self._time_out(now)

    def _time_out(self, now: float) -> None:
        if self._in_body and self.cycle.response_complete:
            self.transport.abort()
        elif self._in_body and self.flow.read_paused:
            self._deadline = now + BODY_TIME  # the server has paused reading
        elif self._in_body and self.cycle.response_started:
            self.transport.abort()
        elif self._in_body or self._head:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer an incomplete or unreadable request, and close the connection."""
        if self.transport.is_closing():
            return
        text = status.phrase.encode()
        # Pages may read this, too; their origin is known only if its header arrived before the limit.
        origin = next((value for name, value in self.headers or () if name == b"origin"), b"*")
        headers = [
            (b"content-type", b"text/plain"),
            (b"content-length", b"%d" % len(text)),
            (b"access-control-allow-origin", origin),
            (b"connection", b"close"),
        ]
        if origin != b"*":
            headers.append((b"access-control-allow-credentials", b"true"))
        head = b"".join(b"%s: %s\r\n" % each for each in headers)
        self.transport.write(b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status, text, head, text))
        self.transport.close()
