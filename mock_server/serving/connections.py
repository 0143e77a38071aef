"""Connections that end: a client that is slow, silent or endless is let go, whatever it waits for.

uvicorn reads a request's head without any limit of time or size. Here a head has to be whole within seconds and
kilobytes, a body has to come at a least pace, and a reply has to be taken.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

#: Bytes of a request line with its headers.
HEAD_LIMIT = 64 * 1024

#: Bytes of an address that the parser can take apart.
LINE_LIMIT = 65_535

#: Seconds for the head of a request, counted from its first byte, or from the connection before the first request.
HEAD_TIME = 10.0

#: Seconds for a body, and bytes that buy one second more.
BODY_TIME = 20.0
BODY_PACE = 16 * 1024

#: Seconds in which a client may still send what nobody will read, so that it comes to read its answer.
LINGER = 2.0

#: Seconds that a reply may lie untaken.
REPLY_TIME = 30.0

#: Seconds between two looks at a connection.
LOOK = 1.0


class Connection(HttpToolsProtocol):
    """One connection with a client."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = 0
        self._in_body = False
        self._due: float | None = None
        self._stuck: float | None = None
        self._look: asyncio.TimerHandle | None = None
        self._answering: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a first request."""
        super().connection_made(transport)
        self._due = self.loop.time() + HEAD_TIME
        self._look = self.loop.call_later(LOOK, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        if self._look is not None:
            self._look.cancel()
        if self._answering is not None:
            self._answering.disconnected = True
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Remember whose turn it is: uvicorn tells the latest of several requests alone that the client is gone."""
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        """Read on, within the limits."""
        size = len(data)
        if self._in_body:
            if self._due is not None:
                self._due += size / BODY_PACE
        else:
            if not self._head:
                self._due = self.loop.time() + HEAD_TIME
            self._head += size
        super().data_received(data)
        if self._head > HEAD_LIMIT and not self._in_body:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if self.headers else HTTPStatus.REQUEST_URI_TOO_LONG
            )

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser cannot read; it counts a request line in sixteen bits."""
        self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG if len(self.url or b"") > LINE_LIMIT else HTTPStatus.BAD_REQUEST)

    def on_headers_complete(self) -> None:
        """The head is whole; what follows is the body."""
        self._in_body = True
        self._head = 0
        self._due = self.loop.time() + BODY_TIME
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole; how long the answer takes is nobody's fault."""
        self._in_body = False
        self._due = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is out; the rest of a body that was refused is not waited for."""
        if self._in_body:
            self._due = self.loop.time() + LINGER
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client takes less than it is sent."""
        self._stuck = self.loop.time() + REPLY_TIME
        super().pause_writing()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._stuck = None
        super().resume_writing()

    def _check(self) -> None:
        """Look whether the client is late, and look again later."""
        self._look = self.loop.call_later(LOOK, self._check)
        now = self.loop.time()
        if self.transport.is_closing():
            # What was written before the end may be waiting for a client that takes nothing.
            self._stuck = self._stuck or now + REPLY_TIME
        if self._stuck is not None and now > self._stuck:
            self.transport.abort()
        elif self._due is not None and now > self._due and not self.transport.is_closing():
            self._late(now)

    def _late(self, now: float) -> None:
        if self._in_body and self.cycle.response_complete:
            self.transport.abort()
        elif self._in_body and self.flow.read_paused:
            self._due = now + BODY_TIME  # it is we who do not read
        elif self._in_body and self.cycle.response_started:
            self.transport.abort()
        elif self._in_body or self._head:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer what never became a request, and end the connection."""
        if self.transport.is_closing():
            return
        text = status.phrase.encode()
        # A page may read this as well; whose page it is, is known only when that header came before the end.
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
