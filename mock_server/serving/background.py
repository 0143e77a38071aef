"""An ASGI application in a thread of this process, on a free port of the loopback interface."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from understudy.mock_server.clock import ticks
from understudy.mock_server.http.responses import App, Receive, Scope, Send
from understudy.mock_server.serving.uvicorn_server import StoppingServer, configured

#: Seconds to wait for the server to start, and to end.
PATIENCE = 30.0

#: Seconds between two looks at a server that starts.
LOOK = 0.005

#: Seconds between the end of a server's connections and its own.
MOMENT = 0.1


class ServerStoppedError(RuntimeError):
    """The server did not start, or stopped before it was asked to; the cause is what it raised, if anything."""


@contextmanager
def running(app: App) -> Iterator[str]:
    """Serve an application until the block ends; yields the server's address, `http://127.0.0.1:PORT`.

    Raises ServerStoppedError when the server does not start, and at the end of the block when it stopped within it.
    """
    server = _Background(app)
    server.start()
    try:
        yield server.address
    except Exception as error:
        # A block that fails as the server stops has most likely lost its connection.
        if not server.lasts():
            raise server.stopped() from (server.error or error)
        raise
    finally:
        unexpected = not server.alive
        server.stop()
    if unexpected or server.error is not None:
        raise server.stopped() from server.error


class _Background:
    """A server and its thread."""

    def __init__(self, app: App) -> None:
        self._app = _Watched(app)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._ended_by: BaseException | None = None
        self._server = StoppingServer(
            # Logging belongs to the program that this server runs in.
            configured(
                self._app,
                interface="asgi3",
                log_config=None,
                log_level="error",
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self._run, name="understudy", daemon=True)

    @property
    def error(self) -> BaseException | None:
        """What ended it, if that was an error."""
        return self._ended_by or self._app.error

    @property
    def alive(self) -> bool:
        """Whether the server runs."""
        return self._thread.is_alive()

    def lasts(self) -> bool:
        """Whether the server runs and goes on running for a moment: connections end a little before it does."""
        self._thread.join(MOMENT)
        return self.alive

    def start(self) -> None:
        """Start the server and wait until it accepts connections. Raises ServerStoppedError."""
        self._thread.start()
        deadline = ticks() + PATIENCE
        while not self._server.started and self.alive and ticks() < deadline:
            time.sleep(LOOK)
        if not self._server.started:
            self._server.should_exit = True
            cause = "" if self.error is None else f": {_described(self.error)}"
            raise ServerStoppedError(f"the server did not start{cause}") from self.error

    def stop(self) -> None:
        """End the server and wait for its end."""
        self._server.should_exit = True
        self._thread.join(PATIENCE)

    def stopped(self) -> ServerStoppedError:
        """The error that says that the server stopped too early, and why."""
        cause = "" if self.error is None else f": {_described(self.error)}"
        return ServerStoppedError(f"the server at {self.address} stopped unexpectedly{cause}")

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listening])
        except SystemExit:
            pass  # uvicorn's way out when the application does not start; the reason is known
        except BaseException as error:
            self._ended_by = error
        finally:
            # An open socket would take connections that nobody answers.
            self._listening.close()


class _Watched:
    """An application, with an eye on why it does not start."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.error: BaseException | None = None
        # What our connections ask of an application.
        self.at_once = getattr(app, "at_once", False)
        self.repeats = getattr(app, "repeats", None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the start and the end of the server."""
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            if scope["type"] == "lifespan":
                self.error = error
            raise


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
