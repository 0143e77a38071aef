"""Several processes that accept from one listening socket: they become ready together, are restarted and end together.

The parent compiles everything and then forks, so a worker starts within milliseconds and shares what was compiled. The
parent answers no requests itself and has no connections open when it forks.
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

#: Signals that stop a server: that of a supervisor, and Ctrl-C, which a terminal sends to the parent and the workers.
STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}

#: Seconds after which workers that were asked to stop are killed.
GRACE = 20.0

#: Seconds that a worker has to run for its replacement to start at once.
MIN_UPTIME = 1.0


@dataclass(frozen=True, slots=True)
class ParentLink:
    """A worker's file descriptors to its parent: `ready` to write to, and `parent`, which closes when the parent ends."""

    ready: int
    parent: int

    def announce(self) -> None:
        """Report to the parent that connections are accepted."""
        os.write(self.ready, b"r")
        os.close(self.ready)


@dataclass(slots=True, eq=False)
class _Worker:
    """A process, the descriptor on which it reports that it is ready (None once it has), and when it started."""

    pid: int
    ready: int | None
    started_at: float = field(default_factory=ticks)
    accepts: bool = False


def supervise(count: int, serve: Callable[[ParentLink], None], announce: Callable[[], None]) -> int:
    """Keep workers running until SIGTERM or SIGINT, and return the exit code.

    `serve` runs a worker until it ends; `announce` is called once, when all of them accept connections. A worker that
    ends by itself after that is replaced; one that ends before stops everything.
    """
    return _Supervisor(count, serve, announce).run()


class _Supervisor:
    def __init__(self, count: int, serve: Callable[[ParentLink], None], announce: Callable[[], None]) -> None:
        self._count = count
        self._serve = serve
        self._announce = announce
        self._announced = False
        self._stopping = False
        self._failed = False
        self._workers: dict[int, _Worker] = {}
        self._restarts: list[float] = []
        # Nothing is written to this pipe: it closes when the parent ends in any way, which workers notice.
        self._parent_alive, self._parent_end = os.pipe()
        self._wakeup_read, self._wakeup_write = socket.socketpair()
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Start the workers, and supervise them until all have ended."""
        self._wakeup_read.setblocking(False)
        self._wakeup_write.setblocking(False)
        signal.set_wakeup_fd(self._wakeup_write.fileno(), warn_on_full_buffer=False)
        for each in STOP_SIGNALS:
            signal.signal(each, self._stop)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self._selector.register(self._wakeup_read, selectors.EVENT_READ)
        gc.collect()
        gc.freeze()  # so that the collector does not write to the shared memory pages
        for _ in range(self._count):
            if not self._stopping:
                self._start()
        while self._workers or self._restarts:
            for key, _ in self._selector.select(self._timeout()):
                if key.fileobj is self._wakeup_read:
                    with contextlib.suppress(BlockingIOError):
                        self._wakeup_read.recv(4096)
                else:
                    self._on_readable(key.data)
            self._reap()
            self._replace()
        return 1 if self._failed else 0

    def _start(self) -> None:
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal between the fork and the registration of the worker would reach only the parent.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        pid = os.fork()
        if not pid:
            os.close(reading)
            self._run_worker(ParentLink(writing, self._parent_alive))
        worker = self._workers[pid] = _Worker(pid, reading)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        os.close(writing)
        self._selector.register(reading, selectors.EVENT_READ, worker)

    def _run_worker(self, link: ParentLink) -> NoReturn:
        """Run a worker and exit, without returning to the parent's program."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for each in STOP_SIGNALS:
                signal.signal(each, _leave)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
            os.close(self._parent_end)
            self._selector.close()
            self._wakeup_read.close()
            self._wakeup_write.close()
            for worker in self._workers.values():
                if worker.ready is not None:
                    os.close(worker.ready)
            self._serve(link)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _on_readable(self, worker: _Worker) -> None:
        """A worker is ready, or its descriptor closed because it ended."""
        assert worker.ready is not None
        worker.accepts = bool(os.read(worker.ready, 1))
        self._forget(worker)
        if not self._announced and not self._stopping and all(each.accepts for each in self._workers.values()):
            self._announced = True
            try:
                self._announce()
            except BrokenPipeError:
                self._stop()

    def _forget(self, worker: _Worker) -> None:
        if worker.ready is not None:
            self._selector.unregister(worker.ready)
            os.close(worker.ready)
            worker.ready = None

    def _reap(self) -> None:
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
                log.error("a worker ended with %s before it accepted connections", _cause(code))
                self._failed = True
                self._stop()
            else:
                log.warning("worker %d ended with %s; another one is started", pid, _cause(code))
                now = ticks()
                self._restarts.append(now if now - worker.started_at > MIN_UPTIME else now + MIN_UPTIME)

    def _replace(self) -> None:
        now = ticks()
        for due in [due for due in self._restarts if due <= now]:
            self._restarts.remove(due)
            self._start()

    def _timeout(self) -> float | None:
        return max(0.0, min(self._restarts) - ticks()) if self._restarts else None

    def _stop(self, number: int = 0, frame: object = None) -> None:
        """Ask all workers to stop, and kill those that do not within the grace period."""
        if not self._stopping:
            self._stopping = True
            signal.signal(signal.SIGALRM, self._kill)
            signal.setitimer(signal.ITIMER_REAL, GRACE)
        self._restarts.clear()
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
