"""Several processes that accept from one listening socket: ready together, watched, ended together.

The parent compiles everything and then forks, so a worker starts within milliseconds and shares what was compiled. It
answers no request itself and has no connections open when it forks.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from understudy.mock_server.clock import ticks

log = logging.getLogger("understudy")

#: What asks a server to end: a supervisor's signal, and Ctrl-C, which a terminal sends to parent and workers alike.
ENDING = {signal.SIGTERM, signal.SIGINT}

#: Seconds after which workers that were asked to end are ended.
GRACE = 20.0

#: Seconds that a worker has to live for the next one to follow at once.
SETTLED = 1.0


@dataclass(frozen=True, slots=True)
class Ties:
    """What binds a worker to its parent: to be told `ready`, and a descriptor that ends with the parent."""

    ready: int
    parent: int

    def announce(self) -> None:
        """Tell the parent that connections are accepted."""
        os.write(self.ready, b"r")
        os.close(self.ready)


@dataclass(slots=True, eq=False)
class _Worker:
    """A process, the descriptor on which it says that it is ready until it has said so, and since when it runs."""

    pid: int
    ready: int | None
    born: float = field(default_factory=ticks)
    accepts: bool = False


def supervise(count: int, serve: Callable[[Ties], None], announce: Callable[[], None]) -> int:
    """Keep workers running until SIGTERM or SIGINT; the exit code.

    `serve` is a worker's whole life; `announce` is called once when all of them accept connections. A worker that ends
    by itself is replaced, unless it ends before that.
    """
    return _Supervisor(count, serve, announce).run()


class _Supervisor:
    def __init__(self, count: int, serve: Callable[[Ties], None], announce: Callable[[], None]) -> None:
        self._count = count
        self._serve = serve
        self._announce = announce
        self._announced = False
        self._stopping = False
        self._failed = False
        self._workers: dict[int, _Worker] = {}
        self._due: list[float] = []
        # Written by nobody: workers notice its end when the parent is gone, however it went.
        self._alive, self._life = os.pipe()
        self._woken, self._wake = socket.socketpair()
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Start, watch, end."""
        self._woken.setblocking(False)
        self._wake.setblocking(False)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        for each in ENDING:
            signal.signal(each, self._stop)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self._selector.register(self._woken, selectors.EVENT_READ)
        gc.collect()
        gc.freeze()  # so that the collector writes to none of the pages that are shared
        for _ in range(self._count):
            if not self._stopping:
                self._start()
        while self._workers or self._due:
            for key, _ in self._selector.select(self._patience()):
                if key.fileobj is self._woken:
                    with contextlib.suppress(BlockingIOError):
                        self._woken.recv(4096)
                else:
                    self._told(key.data)
            self._bury()
            self._replace()
        return 1 if self._failed else 0

    def _start(self) -> None:
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal that comes while there are two of us and one is not known yet would reach only one.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        pid = os.fork()
        if not pid:
            os.close(reading)
            self._live(Ties(writing, self._alive))
        worker = self._workers[pid] = _Worker(pid, reading)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        os.close(writing)
        self._selector.register(reading, selectors.EVENT_READ, worker)

    def _live(self, ties: Ties) -> NoReturn:
        """A worker's life, which ends here and not in the parent's program."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for each in ENDING:
                signal.signal(each, _leave)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
            os.close(self._life)
            self._selector.close()
            self._woken.close()
            self._wake.close()
            for worker in self._workers.values():
                if worker.ready is not None:
                    os.close(worker.ready)
            self._serve(ties)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _told(self, worker: _Worker) -> None:
        """A worker is ready, or has let go of its descriptor because it ended."""
        assert worker.ready is not None
        worker.accepts = bool(os.read(worker.ready, 1))
        self._forget(worker)
        if not self._announced and not self._stopping and all(each.accepts for each in self._workers.values()):
            self._announced = True
            self._announce()

    def _forget(self, worker: _Worker) -> None:
        if worker.ready is not None:
            self._selector.unregister(worker.ready)
            os.close(worker.ready)
            worker.ready = None

    def _bury(self) -> None:
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            worker = self._workers.pop(pid, None)
            if worker is None:
                continue
            self._forget(worker)
            code = os.waitstatus_to_exitcode(status)
            if self._stopping:
                self._failed = self._failed or code != 0
            elif not self._announced:
                log.error("a worker ended (%s) before it accepted connections", _cause(code))
                self._failed = True
                self._stop()
            else:
                log.warning("worker %d ended (%s); another one takes its place", pid, _cause(code))
                now = ticks()
                self._due.append(now if now - worker.born > SETTLED else now + SETTLED)

    def _replace(self) -> None:
        now = ticks()
        for due in [due for due in self._due if due <= now]:
            self._due.remove(due)
            self._start()

    def _patience(self) -> float | None:
        return max(0.0, min(self._due) - ticks()) if self._due else None

    def _stop(self, number: int = 0, frame: object = None) -> None:
        """Ask all workers to end; who does not is ended."""
        if not self._stopping:
            self._stopping = True
            signal.signal(signal.SIGALRM, self._kill)
            signal.setitimer(signal.ITIMER_REAL, GRACE)
        self._due.clear()
        self._send(signal.SIGTERM)

    def _kill(self, number: int, frame: object) -> None:
        self._failed = True
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        for pid in list(self._workers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def _leave(number: int, frame: object) -> NoReturn:
    raise SystemExit(0)


def _cause(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
