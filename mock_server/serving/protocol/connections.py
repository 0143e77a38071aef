"""The door of `understudy serve`: a connection is read within limits, and each request on it is answered in order.

A request goes to the application once what has arrived of it is read. Most of them are whole by then, and are answered
at once with a single write; whatever has to be waited for becomes a task. The head of a request has to be complete
within a time and a size, a body has to arrive at a minimum rate, and a reply has to be read. The application says why a
request is refused (`refusals.py`): one without a complete head reaches it with the error in its scope, one without a
complete body gets the error from `receive`.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import Any
from urllib.parse import unquote

import httptools
import uvicorn
from uvicorn.server import ServerState

from understudy.mock_server.http.errors import ApiError, BadRequestError, Header, ServiceUnavailableError
from understudy.mock_server.http.responses import App, Scope
from understudy.mock_server.serving.protocol.exchange import Exchange, lines_of
from understudy.mock_server.serving.protocol.first_step import begin
from understudy.mock_server.serving.protocol.repeats import LONGEST, Repeat, Repeats
from understudy.mock_server.serving.refusals import (
    REFUSAL,
    HeadersTooLargeError,
    RequestTimeoutError,
    UriTooLongError,
    fault,
    read_head,
    without_upgrade,
)
from understudy.mock_server.sessions.repetition import REPEAT

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

#: Names of header fields in lower case, as they were sent: most clients send few. Longer ones are not remembered.
_NAMES: dict[bytes, bytes] = {}
NAMES, NAME_LENGTH = 512, 64

_ASGI = {"version": "3.0", "spec_version": "2.3"}


class Connection(asyncio.Protocol):
    """One connection with a client, as uvicorn makes them."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._app: App = config.loaded_app
        #: Whether the application need not wait for anything before it answers most requests.
        self._at_once: bool = getattr(self._app, "at_once", False)
        #: Replies that may be given again.
        self._repeats: Repeats | None = getattr(self._app, "repeats", None)
        self._root_path = config.root_path
        self._root_bytes = config.root_path.encode("ascii")
        self._keep_alive: float = config.timeout_keep_alive
        self._server_state = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_event_loop()
        self.transport: asyncio.Transport = None  # type: ignore[assignment]  # until the connection is made
        self._origin: Scope = {}
        self._parser = _parser(self)
        self._url = b""
        self._headers: list[Header] = []
        self._awaits_continue = False
        self._head = 0
        self._fields = 0
        self._in_head = False
        self._in_body = False
        #: The head as it came, as long as it is incomplete; None when it began in the middle of what was read.
        self._raw: bytes | None = None
        #: What the parser reads, and what another one is to read after it.
        self._read = b""
        self._unread: bytes | None = None
        #: The request that is read, the one that is answered, and those that wait for their turn.
        self._reading: Exchange | None = None
        self._answering: Exchange | None = None
        self._waiting: deque[Exchange] = deque()
        self._refused: ApiError | None = None
        #: Whether nothing is read and nothing is answered.
        self._idle = True
        #: Whether what is read came before, and its reply may be given again.
        self.is_repeated = False
        self._client_done = False
        self._stopping = False
        self._lingering = False
        self._deadline: float | None = None
        self._write_deadline: float | None = None
        self._next_check: asyncio.TimerHandle | None = None
        self._reading_paused = False
        self.write_paused = False
        self._writable: asyncio.Event | None = None

    @property
    def default_headers(self) -> list[Header]:
        """The header fields of every reply."""
        return self._server_state.default_headers

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it reads and writes
        """Start to wait for the first request."""
        self._server_state.connections.add(self)  # type: ignore[arg-type]  # uvicorn calls `shutdown` alone
        self.transport = transport
        self._origin = {
            "type": "http",
            "asgi": _ASGI,
            "server": _address(transport.get_extra_info("sockname")),
            "client": _address(transport.get_extra_info("peername")),
            "scheme": "https" if transport.get_extra_info("sslcontext") else "http",
            "root_path": self._root_path,
        }
        self._deadline = self._loop.time() + HEAD_TIME
        self._next_check = self._loop.call_later(CHECK_INTERVAL, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all checks, and tell the application."""
        self._server_state.connections.discard(self)
        if self._next_check is not None:
            self._next_check.cancel()
        self._waiting.clear()
        if self._answering is not None:
            self._answering.disconnect()
        self.resume_writing()
        self.transport.close()
        # They know the connection: it would stay in memory until the garbage collector looks for circles.
        self._parser = self._reading = self._answering = None  # type: ignore[assignment]  # nothing more is read

    def eof_received(self) -> bool:
        """The client sends no more; a refusal is answered all the same."""
        self._client_done = True
        return self._refused is not None and self._is_busy()

    def shutdown(self) -> None:
        """The server stops: end after the current reply, and do not wait for the rest of a body."""
        self._stopping = True
        if self._answering is not None:
            self._answering.keep_alive = False
        if self._in_body and self._is_busy():
            self._refuse(ServiceUnavailableError("The mock is shutting down."))
        if self._is_busy():
            assert self._reading is not None
            self._reading.keep_alive = False
        else:
            self.transport.close()

    def _is_busy(self) -> bool:
        """Whether a request waits for its reply."""
        return self._reading is not None and not self._reading.complete

    def data_received(self, data: bytes) -> None:
        """Answer what was answered before, and read everything else."""
        repeats = self._repeats
        if repeats is None or not self._idle or self.write_paused or len(data) > LONGEST:
            self._read_within_limits(data)
            return
        repeat = repeats.find(data)
        if repeat is not None:
            self._server_state.total_requests += 1
            self._deadline = self._loop.time() + self._keep_alive
            self.transport.write(b"".join((repeat.start, lines_of(self.default_headers), repeat.rest)))
            return
        if not repeats.came_before(data):
            self._read_within_limits(data)
            return
        self.is_repeated = True
        self._read_within_limits(data)
        self.is_repeated = False
        exchange = self._answering
        if exchange is None:
            return
        if self._idle and (holds := exchange.scope["state"].get(REPEAT)):
            repeats.keep(data, Repeat(*exchange.parts(), holds))
        # An idle connection would keep it in memory.
        exchange.written = b""

    def _read_within_limits(self, data: bytes) -> None:
        """Read a piece of a request, or of several; what comes after a refusal is thrown away."""
        if self._refused is not None or self._lingering:
            return
        self._idle = False
        size = len(data)
        if self._in_body:
            if self._deadline is not None:
                self._deadline += size / BODY_RATE
        else:
            if not self._in_head:
                self._raw = data
            elif self._raw is not None:
                self._raw += data
            self._head += size
        pending: bytes | None = data
        while pending is not None and self._refused is None:
            self._read, self._unread = pending, None
            self._feed(pending)
            pending = self._unread
        if self._head > HEAD_LIMIT and not self._in_body:
            self._refuse(self._too_large())
        self._answer_next()

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as stopped:
            self._read_on(stopped.args[0])
        except httptools.HttpParserError as error:
            self._refuse_unread(error)

    def _read_on(self, offset: int) -> None:
        """Read a request that asks for another protocol like any other (RFC 9110, 7.8).

        The parser has stopped after the head and left the body to the other protocol, so a new one begins with the same
        head without the request for it.
        """
        line = b"%s %s HTTP/%s\r\n" % (self._parser.get_method(), self._url, self._parser.get_http_version().encode())
        self._parser = _parser(self)
        self._unread = line + without_upgrade(self._headers) + b"\r\n" + self._read[offset:]

    def _upgrades(self) -> bool:
        """Whether the parser leaves what follows to another protocol; CONNECT is refused like any unknown address."""
        return bool(self._parser.should_upgrade()) and self._parser.get_method() != b"CONNECT"

    def _refuse_unread(self, error: httptools.HttpParserError) -> None:
        """Refuse what the parser cannot read, or what was found to be too large while it was read."""
        reason = error.__context__ if isinstance(error.__context__, ApiError) else None
        if reason is None and len(self._url) > LINE_LIMIT:
            reason = self._too_large()
        elif isinstance(error.__context__, httptools.HttpParserInvalidURLError):
            reason = BadRequestError("The address of the request is not valid.")
        elif reason is None and self._in_body:
            reason = BadRequestError(f"The body of the request is not valid HTTP: {error}.")
        self._refuse(reason or fault(self._raw, str(error)))

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._in_head = True
        self._deadline = self._loop.time() + HEAD_TIME
        self._fields = 0
        self._url = b""
        self._headers = []
        self._awaits_continue = False

    def on_url(self, url: bytes) -> None:
        """A piece of the address. Raises UriTooLongError."""
        self._url += url
        if len(self._url) > LINE_LIMIT:
            raise self._too_large()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field, or a field of the trailer, which is ignored (RFC 9110, 6.5). Raises HeadersTooLargeError."""
        self._fields += len(name) + len(value) + 4  # a colon, a blank and the end of the line
        if len(self._url) + self._fields > HEAD_LIMIT:
            raise self._too_large()
        if not self._in_body:
            name = _NAMES.get(name) or _lower(name)
            if name == b"expect" and value.lower() == b"100-continue":
                self._awaits_continue = True
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is complete; the body follows."""
        if self._upgrades():
            return
        parser = self._parser
        if not self._url.startswith(b"/"):
            self._take_host()
        address = httptools.parse_url(self._url)
        path = address.path.decode("ascii")
        version = parser.get_http_version()
        scope = self._scope(parser.get_method().decode("ascii"), path, address.path, address.query or b"", version)
        keep_alive = version != "1.0" and parser.should_keep_alive() and not self._stopping
        awaits_continue = self._awaits_continue and version != "1.0"
        self._reading = Exchange(self, scope, keep_alive, awaits_continue)
        self._waiting.append(self._reading)
        self._in_head = False
        self._in_body = True
        self._raw = None
        self._head = self._fields = 0
        self._deadline = self._loop.time() + BODY_TIME

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if self._reading is not None and not self._reading.complete:
            self._reading.feed(body)

    def on_message_complete(self) -> None:
        """The request is complete; there is no limit for the time of the answer."""
        if self._upgrades() or self._reading is None:
            return
        self._in_body = False
        self._reading.feed_end()
        self._deadline = self._loop.time() + self._keep_alive if self._reading.complete else None

    def _answer_next(self) -> None:
        """Have the next request answered, once the last one is; read no more while others wait for their turn."""
        if self._waiting and (self._answering is None or self._answering.complete):
            self._answer(self._waiting.popleft())
        if self._waiting:
            self.pause_reading()

    def _answer(self, exchange: Exchange) -> None:
        self._answering = exchange
        work = exchange.run(self._app)
        task = begin(work, self._loop) if self._at_once else self._loop.create_task(work)
        if task is not None:
            exchange.release()
            self._server_state.tasks.add(task)
            task.add_done_callback(self._server_state.tasks.discard)

    def replied(self, exchange: Exchange) -> None:
        """A reply is written; the next request has its turn."""
        self._server_state.total_requests += 1
        if not exchange.keep_alive:
            if exchange.lingers:
                self._linger()
            else:
                self.transport.close()
        if self.transport.is_closing():
            return
        if self._in_body and exchange is self._reading:
            # The rest of a body that nobody reads is waited for only briefly.
            self._deadline = self._loop.time() + LINGER
        elif not (self._lingering or self._waiting or self._in_head or self._in_body):
            self._deadline = self._loop.time() + self._keep_alive
            self._idle = True
        if self._waiting:
            self._loop.call_soon(self._answer_next)
        else:
            self.resume_reading()

    def pause_reading(self) -> None:
        """Read no more for now."""
        if not self._reading_paused:
            self._reading_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        if self._reading_paused:
            self._reading_paused = False
            self.transport.resume_reading()

    def pause_writing(self) -> None:
        """The client reads more slowly than the reply is written."""
        self._write_deadline = self._loop.time() + REPLY_TIME
        self.write_paused = True

    def resume_writing(self) -> None:
        """The client has caught up, or is gone."""
        self._write_deadline = None
        self.write_paused = False
        if self._writable is not None:
            self._writable.set()

    async def drained(self) -> None:
        """Wait until the client has caught up."""
        self._writable = self._writable or asyncio.Event()
        while self.write_paused:
            self._writable.clear()
            await self._writable.wait()

    def awaits_body(self, exchange: Exchange) -> bool:
        """Whether more of a request's body is to come."""
        return self._in_body and exchange is self._reading

    def _linger(self) -> None:
        """Close the connection once the client has had the time to read why it was refused.

        Closing at once, with data of the client unread, would reset the connection, and the reply might be lost.
        """
        if self._client_done or self._stopping or self.transport.is_closing():
            self.transport.close()
            return
        self._lingering = True
        self.transport.write_eof()
        self.resume_reading()
        self._deadline = self._loop.time() + LINGER

    def _check(self) -> None:
        """Close the connection if the client is late, else check again later."""
        self._next_check = self._loop.call_later(CHECK_INTERVAL, self._check)
        now = self._loop.time()
        if self.transport.is_closing():
            # What was written before closing may still wait for a client that reads nothing.
            self._write_deadline = self._write_deadline or now + REPLY_TIME
        if self._write_deadline is not None and now > self._write_deadline:
            self.transport.abort()
        elif self._deadline is not None and now > self._deadline and not self.transport.is_closing():
            self._time_out(now)

    def _time_out(self, now: float) -> None:
        reading = self._reading
        if self._refused is not None or self._lingering or (self._in_body and not self._is_busy()):
            self.transport.abort()
        elif self._reading_paused:
            self._deadline = now + BODY_TIME  # the server has paused reading
        elif self._in_body and reading is not None and reading.started:
            self.transport.abort()
        elif self._in_body or self._in_head:
            self._refuse(RequestTimeoutError("The request did not arrive in time."))
            self._answer_next()
        else:
            self.transport.close()

    def _take_host(self) -> None:
        """Replace the Host header by the host of an address that is more than a path (RFC 9112, 3.2.2)."""
        found = _ABSOLUTE.match(self._url)
        if found is not None:
            self._headers[:] = [(name, found[1] if name == b"host" else value) for name, value in self._headers]

    def _too_large(self) -> ApiError:
        """The error for a head over the limit, by whether its first line was complete."""
        complete = bool(self._headers) if self._raw is None else b"\n" in self._raw.lstrip(b"\r\n")
        if complete and len(self._url) <= LINE_LIMIT:
            return HeadersTooLargeError(f"The head of the request is larger than {HEAD_LIMIT} bytes.")
        return UriTooLongError(f"The address of the request is longer than {LINE_LIMIT} bytes.")

    def _refuse(self, error: ApiError) -> None:
        """Have the application answer with an error, after the requests that came before, and close the connection."""
        if self._refused is not None or self.transport.is_closing():
            return
        self._refused = error
        self._deadline = None
        reading = self._reading
        if not self._in_body:
            self._waiting.append(self._headless(error))
        elif reading is None or reading.started:
            self.transport.close()
        else:
            reading.refuse(error)

    def _headless(self, error: ApiError) -> Exchange:
        """A request of what was understood of it."""
        if self._raw is not None:
            method, target, headers = read_head(self._raw)
        else:
            method, target, headers = "GET", self._url or b"/", self._headers
        path, _, query = target.partition(b"?")
        self._headers = headers
        scope = self._scope(method, path.decode("latin-1"), path, query, "1.1")
        scope[REFUSAL] = error
        exchange = self._reading = Exchange(self, scope, False, False)
        exchange.lingers = True
        exchange.feed_end()
        return exchange

    def _scope(self, method: str, path: str, raw_path: bytes, query: bytes, version: str) -> Scope:
        return {
            **self._origin,
            "http_version": version,
            "method": method,
            "path": self._root_path + (unquote(path) if "%" in path else path),
            "raw_path": self._root_bytes + raw_path,
            "query_string": query,
            "headers": self._headers,
            "state": {**self._app_state, REPEAT: None} if self.is_repeated else self._app_state.copy(),
        }


def _lower(name: bytes) -> bytes:
    lower = name.lower()
    if len(_NAMES) < NAMES and len(name) <= NAME_LENGTH:
        _NAMES[name] = lower
    return lower


def _parser(connection: Connection) -> httptools.HttpRequestParser:
    """A parser that reports to a connection; it reads on after a request that is the last one."""
    parser = httptools.HttpRequestParser(connection)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


def _address(name: Any) -> tuple[str, int | None] | None:
    """A host and a port, the path of a socket and None, or None if that is not known."""
    if isinstance(name, str):
        return name, None
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else None
