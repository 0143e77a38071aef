"""uvicorn as it is run here: without an access log, with `Date` (RFC 9110, 6.6.1), and with limits for connections."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import uvicorn

from understudy.mock_server.api.forced_replies import STOPPING
from understudy.mock_server.http.responses import App
from understudy.mock_server.serving.protocol.connections import Connection
from understudy.mock_server.serving.server import Server
from understudy.mock_server.serving.workers import ParentLink, supervise
from understudy.mock_server.store.freed_memory import give_back

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]


#: Thresholds of the garbage collector. A request leaves some thirty objects in the journal that live for five hundred
#: further requests; with Python's defaults the collector takes a tenth of the server's time.
GC_THRESHOLDS = 10_000, 20, 20

#: Seconds that a connection may be idle between two requests: longer than clients keep one, so that the client closes
#: it. If the server closes first, this may coincide with a new request, which then fails.
KEEP_ALIVE = 75

#: The share of the time for a graceful shutdown after which connections that are still open are cut.
CUT = 0.8


def run(app: Server, listening: socket.socket, workers: int, ready: Callable[[], None]) -> int:
    """Serve on a socket until SIGTERM or Ctrl-C, and return the exit code.

    `ready` is called once all workers accept connections.
    """
    _raise_file_limit()
    # The objects made so far live until the end, so the collector can ignore them.
    gc.collect()
    gc.freeze()
    # Reading a document the first time takes more than serving it: GitHub's leaves 70 megabytes free.
    give_back()
    gc.set_threshold(*GC_THRESHOLDS)
    if workers == 1:
        _Serving(app, ready).run(sockets=[listening])
        return 0
    # Open connections cannot be shared across a fork; each worker opens the store itself.
    asyncio.run(app.sessions.scenario_stores.close())
    app.sessions.workers = workers
    return supervise(workers, partial(_work, app, listening), ready)


def _work(app: Server, listening: socket.socket, link: ParentLink) -> None:
    """Run a worker until it ends."""
    _Serving(app, link.announce, link.parent).run(sockets=[listening])


def configured(app: App, **options: Any) -> uvicorn.Config:
    """uvicorn's configuration for an ASGI application of ours; `options` are further ones of uvicorn's."""
    return uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=True,
        lifespan="on",
        timeout_keep_alive=KEEP_ALIVE,
        **options,
    )


class StoppingServer(uvicorn.Server):
    """A server whose end does not wait for replies that are delayed on purpose, nor for clients that do not read."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let every request end, and cut the connections that do not."""
        stopping: asyncio.Event | None = self.lifespan.state.get(STOPPING)
        if stopping is not None:
            stopping.set()
        patience = CUT * (self.config.timeout_graceful_shutdown or 0)
        cutting = asyncio.get_running_loop().call_later(patience, self._cut)
        try:
            await super().shutdown(sockets)
        finally:
            cutting.cancel()

    def _cut(self) -> None:
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()


class _Serving(StoppingServer):
    """A server that calls `ready` when it accepts connections, and stops when its parent process ends."""

    def __init__(self, app: Server, ready: Callable[[], None], parent: int | None = None) -> None:
        super().__init__(configured(app, log_config=None, log_level="warning", timeout_graceful_shutdown=5))
        self._ready = ready
        self._parent = parent

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until a signal stops the server."""
        # uvicorn raises the signal that stopped it again, for the handler installed before it; here that does nothing.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _ignore)
        super().run(sockets)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Stop at a signal."""
        # A worker gets Ctrl-C twice, from the terminal and from its parent. uvicorn would take the second one as a
        # request to stop at once, and abort running requests.
        if self._parent is None or not self.should_exit:
            super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept connections."""
        await super().startup(sockets)
        if self._parent is not None:
            asyncio.get_running_loop().add_reader(self._parent, self._orphaned)
        if self.started:
            try:
                self._ready()
            except BrokenPipeError:
                self.should_exit = True

    def _orphaned(self) -> None:
        """The parent process has ended, so nothing else would stop this one."""
        assert self._parent is not None
        asyncio.get_running_loop().remove_reader(self._parent)
        self.should_exit = True


def _ignore(signum: int, frame: Any) -> None:
    """Do nothing: the server has already stopped."""


def _raise_file_limit() -> None:
    """Allow as many connections as the system does: each is an open file, and the default is usually 1024."""
    if resource is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
