"""uvicorn as this server runs it: silent, without headers of its own, with connections that end."""

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

from understudy.mock_server.serving.connections import Connection
from understudy.mock_server.serving.server import Server
from understudy.mock_server.serving.workers import Ties, supervise

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]


#: When the collector looks at what is new. A request leaves some thirty objects in the journal that live for five
#: hundred more; looking at them as often as Python does by default takes a tenth of the server's time.
COLLECT = 10_000, 20, 20

#: Seconds that a connection may be silent between two requests: longer than clients keep one, so that it is they who
#: close it. A server that is first may close it in the moment in which it is used again, and that request fails.
KEEP_ALIVE = 75


def run(app: Server, listening: socket.socket, workers: int, ready: Callable[[], None]) -> int:
    """Serve on a socket until SIGTERM or Ctrl-C; the exit code. `ready` is called once all workers accept."""
    _lift_limit()
    # What the start has made lives to the end: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
    if workers == 1:
        _Serving(app, ready).run(sockets=[listening])
        return 0
    # What is open cannot be shared by a fork; each worker opens the store for itself.
    asyncio.run(app.sessions.scenes.close())
    app.sessions.workers = workers
    return supervise(workers, partial(_work, app, listening), ready)


def _work(app: Server, listening: socket.socket, ties: Ties) -> None:
    """A worker's whole life."""
    _Serving(app, ties.announce, ties.parent).run(sockets=[listening])


class _Serving(uvicorn.Server):
    """Says when it accepts connections, and ends with its parent if it has one."""

    def __init__(self, app: Server, ready: Callable[[], None], parent: int | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                ws="none",
                log_level="warning",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                lifespan="on",
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=5,
            )
        )
        self._ready = ready
        self._parent = parent

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until a signal asks for the end."""
        # uvicorn raises the signal that ended it a second time, for whoever stood before it: here that is nobody.
        for asked in (signal.SIGINT, signal.SIGTERM):
            signal.signal(asked, _ended)
        super().run(sockets)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Take a signal as the wish to end."""
        # Of Ctrl-C a worker hears twice, from the terminal and from its parent. uvicorn takes the second for impatience
        # and drops what is going on.
        if self._parent is None or not self.should_exit:
            super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept."""
        await super().startup(sockets)
        if self._parent is not None:
            asyncio.get_running_loop().add_reader(self._parent, self._orphaned)
        if self.started:
            self._ready()

    def _orphaned(self) -> None:
        """The parent is gone, with whoever would have ended this process."""
        assert self._parent is not None
        asyncio.get_running_loop().remove_reader(self._parent)
        self.should_exit = True


def _ended(signum: int, frame: Any) -> None:
    """The server has ended as it was asked to."""


def _lift_limit() -> None:
    """Take as many connections as the system allows: each is an open file, of which there are usually 1024."""
    if resource is not None:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
