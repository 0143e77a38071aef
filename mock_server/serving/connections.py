"""Limits for slow or silent clients, whose connections are closed, and the refusal of what is not HTTP.

uvicorn reads the head of a request without a limit of time or size. Here a head has to be complete within a time and
a size, a body has to arrive at a minimum rate, and a reply has to be read. The application says why a request is
refused (`refusals.py`): one without a complete head reaches it with the error in its scope, one without a complete body
gets the error from `receive`.
"""

from __future__ import annotations

import asyncio
import re
import sys
from functools import partial
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from understudy.mock_server.http.errors import ApiError, BadRequestError, ServiceUnavailableError
from understudy.mock_server.http.responses import App, Message, Receive, Scope, Send
from understudy.mock_server.serving.refusals import (
    REFUSAL,
    HeadersTooLargeError,
    RequestTimeoutError,
    UriTooLongError,
    fault,
    read_head,
    without_upgrade,
)

#: Bytes of a request line with its headers, at most.
HEAD_LIMIT = 64 * 1024

#: Bytes of a URL that the parser can handle.
LINE_LIMIT = 65_535

#: Seconds for the head of a request, counted from its first byte, or from the connection before the first request.
HEAD_TIME = 10.0

#: Seconds for a body, and the number of bytes that extends the time by one second.
BODY_TIME = 20.0
BODY_RATE = 16 * 1024

#: Seconds in which a client may go on sending a request that was refused, so that it gets to read the reply.
LINGER = 2.0

#: Seconds for which a client may leave a reply unread.
REPLY_TIME = 30.0

#: Seconds between two checks of a connection.
CHECK_INTERVAL = 1.0


#: The host of an address that is more than a path.
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)", re.IGNORECASE)


class Connection(HttpToolsProtocol):
    """One connection with a client."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url = b""
        self._head = 0
        self._fields = 0
        self._in_head = False
        self._in_body = False
        #: The head as it came, as long as it is incomplete; None when it began in the middle of what was read.
        self._raw: bytes | None = None
        #: What the parser reads, and what another one is to read after it.
        self._read = b""
        self._unread: bytes | None = None
        self._refused: ApiError | None = None
        self._client_done = False
        self._stopping = False
        self._lingering = False
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
            self._answering.message_event.set()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn lets the connection be closed
        """The client sends no more; a refusal is answered all the same."""
        self._client_done = True
        return self._refused is not None and not self.cycle.response_complete

    def shutdown(self) -> None:
        """The server stops: end after the current reply, and do not wait for the rest of a body."""
        self._stopping = True
        if self._answering is not None:
            self._answering.keep_alive = False
        if self._in_body and not self.cycle.response_complete:
            self._refuse(ServiceUnavailableError("The mock is shutting down."))
        super().shutdown()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: App) -> None:  # type: ignore[override]  # scopes of ours
        """Remember the current request: uvicorn reports a disconnect only to the latest of several pipelined ones."""
        self._answering = cycle
        super()._start_asgi_task(cycle, partial(self._call, app, cycle))

    async def _call(self, app: App, cycle: RequestResponseCycle, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the application, with an eye on the end of its body."""

        async def receiving() -> Message:
            message = await receive()
            if self._refused is not None and cycle is self.cycle and not cycle.disconnected:
                raise self._refused
            return message

        if cycle.waiting_for_100_continue or not cycle.keep_alive:
            send = _Framed(self, cycle, send).send
        await app(scope, receiving, send)

    def data_received(self, data: bytes) -> None:
        """Read within the limits; what comes after a refusal is thrown away."""
        if self._refused is not None or self._lingering:
            return
        size = len(data)
        if self._in_body:
            if self._deadline is not None:
                self._deadline += size / BODY_RATE
        else:
            if not self._head:
                self._deadline = self.loop.time() + HEAD_TIME
            if not self._in_head:
                self._raw = data
            elif self._raw is not None:
                self._raw += data
            self._head += size
        pending: bytes | None = data
        while pending is not None and self._refused is None:
            self._read, self._unread = pending, None
            super().data_received(pending)
            pending = self._unread
        if self._head > HEAD_LIMIT and not self._in_body:
            self._refuse(self._too_large())

    def _unsupported_upgrade_warning(self) -> None:
        """Read a request that asks for another protocol like any other (RFC 9110, 7.8).

        The parser has stopped after the head and left the body to the other protocol, so a new one begins with the same
        head without the request for it.
        """
        stopped = sys.exception()
        assert stopped is not None
        line = b"%s %s HTTP/%s\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._unread = line + without_upgrade(self.headers) + b"\r\n" + self._read[stopped.args[0] :]

    def _upgrades(self) -> bool:
        """Whether the parser leaves what follows to another protocol; CONNECT is refused like any unknown address."""
        return bool(self.parser.should_upgrade()) and self.parser.get_method() != b"CONNECT"

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser cannot read, or what was found to be too large while it was read."""
        error = sys.exception()
        reason = error.__context__ if error is not None and isinstance(error.__context__, ApiError) else None
        if reason is None and len(self.url) > LINE_LIMIT:
            reason = self._too_large()
        elif reason is None and self._in_body:
            reason = BadRequestError(f"The body of the request is not valid HTTP: {error}.")
        self._refuse(reason or fault(self._raw, str(error)))

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._in_head = True
        self._fields = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of the address. Raises UriTooLongError."""
        super().on_url(url)
        if len(self.url) > LINE_LIMIT:
            raise self._too_large()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field, or a field of the trailer, which is ignored (RFC 9110, 6.5). Raises HeadersTooLargeError."""
        self._fields += len(name) + len(value) + 4  # a colon, a blank and the end of the line
        if len(self.url) + self._fields > HEAD_LIMIT:
            raise self._too_large()
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is complete; the body follows."""
        if self._upgrades():
            return
        if not self.url.startswith(b"/"):
            self._take_host()
        super().on_headers_complete()
        if self.expect_100_continue and self.scope["http_version"] == "1.0":
            self.cycle.waiting_for_100_continue = False
        self._in_head = False
        self._in_body = True
        self._raw = None
        self._head = self._fields = 0
        self._deadline = self.loop.time() + BODY_TIME

    def on_message_complete(self) -> None:
        """The request is complete; there is no limit for the time of the answer."""
        if self._upgrades():
            return
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

    def awaits_body(self, cycle: RequestResponseCycle) -> bool:
        """Whether more of a request's body is to come."""
        return self._in_body and cycle is self.cycle

    def linger(self) -> None:
        """Close the connection once the client has had the time to read why it was refused.

        Closing at once, with data of the client unread, would reset the connection, and the reply might be lost.
        """
        if self._client_done or self._stopping or self.transport.is_closing():
            self.transport.close()
            return
        self._lingering = True
        self.transport.write_eof()
        self.flow.resume_reading()
        self._deadline = self.loop.time() + LINGER

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
        if self._refused is not None or (self._in_body and self.cycle.response_complete):
            self.transport.abort()
        elif self._in_body and self.flow.read_paused:
            self._deadline = now + BODY_TIME  # the server has paused reading
        elif self._in_body and self.cycle.response_started:
            self.transport.abort()
        elif self._in_body or self._head:
            self._refuse(RequestTimeoutError("The request did not arrive in time."))
        else:
            self.transport.close()

    def _take_host(self) -> None:
        """Replace the Host header by the host of an address that is more than a path (RFC 9112, 3.2.2)."""
        found = _ABSOLUTE.match(self.url)
        if found is not None:
            self.headers[:] = [(name, found[1] if name == b"host" else value) for name, value in self.headers]

    def _too_large(self) -> ApiError:
        """The error for a head over the limit, by whether its first line was complete."""
        complete = bool(self.headers) if self._raw is None else b"\n" in self._raw.lstrip(b"\r\n")
        if complete and len(self.url) <= LINE_LIMIT:
            return HeadersTooLargeError(f"The head of the request is larger than {HEAD_LIMIT} bytes.")
        return UriTooLongError(f"The address of the request is longer than {LINE_LIMIT} bytes.")

    def _refuse(self, error: ApiError) -> None:
        """Have the application answer with an error, and close the connection."""
        if self._refused is not None or self.transport.is_closing():
            return
        self._refused = error
        self._deadline = None
        if not self._in_body:
            self._refuse_head(error)
        elif self.cycle.response_started:
            self.transport.close()
        else:
            self.cycle.keep_alive = False
            self.cycle.transport = _Lingering(self)
            self.cycle.message_event.set()

    def _refuse_head(self, error: ApiError) -> None:
        """A request of what was understood of it, answered after those that came before."""
        if self._raw is not None:
            method, target, headers = read_head(self._raw)
        else:
            method, target, headers = "GET", self.url or b"/", self.headers or []
        path, _, query = target.partition(b"?")
        scope: Scope = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
            "path": unquote(path.decode("latin-1")),
            "raw_path": path,
            "query_string": query,
            "headers": headers,
            "state": self.app_state.copy(),
            REFUSAL: error,
        }
        before = self.cycle
        self.cycle = RequestResponseCycle(
            scope=scope,  # type: ignore[arg-type]  # it holds the error besides
            transport=_Lingering(self),
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))


class _Framed:
    """Sends a reply so that its client can tell its end, and the beginning of what comes next.

    HTTP/1.0 knows no chunks: a stream ends with the connection (RFC 9112, 6.1). A client that still waits with its body
    may send it or not, so that the connection is of no further use (RFC 9110, 10.1.1). One that is still sending when
    its last reply is written gets to read it.
    """

    def __init__(self, connection: Connection, cycle: RequestResponseCycle, send: Send) -> None:
        self._connection = connection
        self._cycle = cycle
        self._send = send
        self._until_close = False

    @property
    def transport(self) -> asyncio.Transport:
        """The transport of the connection, like that of uvicorn's cycle."""
        return self._cycle.transport

    async def send(self, message: Message) -> None:
        """Send a message of the application."""
        cycle = self._cycle
        if message["type"] == "http.response.start":
            if cycle.waiting_for_100_continue:
                cycle.keep_alive = False
            if not cycle.keep_alive and self._connection.awaits_body(cycle):
                cycle.transport = _Lingering(self._connection)
            named = any(name.lower() == b"content-length" for name, _ in message["headers"])
            self._until_close = cycle.scope["http_version"] == "1.0" and not named
            if self._until_close:
                cycle.chunked_encoding = False
        elif self._until_close:
            cycle.expected_content_length = len(message.get("body", b""))
        await self._send(message)


class _Lingering(asyncio.Transport):
    """The transport of a connection for the reply to a refused request: closing it lets the client read the reply."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def write(self, data: Any) -> None:
        self._connection.transport.write(data)

    def is_closing(self) -> bool:
        return self._connection.transport.is_closing()

    def abort(self) -> None:
        self._connection.transport.abort()

    def close(self) -> None:
        self._connection.linger()
