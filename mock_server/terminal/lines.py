"""Lines for a stream that may be slow, full or closed: a thread writes them, so that no request waits for a reader."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TextIO

#: Lines that wait to be written at most; further ones are counted and left out.
LIMIT = 10_000

#: Seconds for which lines are collected before they are written together.
MOMENT = 0.02

#: Seconds that the end waits for the lines that are left.
PATIENCE = 1.0

#: Letters after which lines are written: a pipe takes so much as a whole, unmixed with what other processes write.
PIECE = 2000

#: What makes a line, when it is written.
Line = Callable[[], str]


class Lines:
    """Writes lines to a stream; `closed` is called once when nobody reads it any longer."""

    def __init__(self, stream: TextIO, closed: Callable[[], None]) -> None:
        self._stream = stream
        self._closed = closed
        self._waiting: deque[Line] = deque()
        self._lost = 0
        self._wanted = threading.Event()
        self._ending = threading.Event()
        #: Started by the first line: a process that was forked before it has a thread of its own.
        self._thread: threading.Thread | None = None

    def add(self, line: Line) -> None:
        """Have a line written."""
        if len(self._waiting) >= LIMIT:
            self._lost += 1
            return
        self._waiting.append(line)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="understudy log", daemon=True)
            self._thread.start()
        self._wanted.set()

    def end(self) -> None:
        """Write what is left, unless nobody reads it."""
        if self._thread is not None:
            self._ending.set()
            self._wanted.set()
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        try:
            while not self._ending.is_set():
                self._wanted.wait()
                self._ending.wait(MOMENT)
                self._wanted.clear()
                self._write()
        except BrokenPipeError:
            self._closed()
        except (OSError, ValueError):
            pass  # a mock goes on without a log that cannot be written

    def _write(self) -> None:
        while self._waiting:
            piece = f"{self._waiting.popleft()()}\n"
            while self._waiting and len(piece) < PIECE:
                piece += f"{self._waiting.popleft()()}\n"
            self._put(piece)
        if self._lost:
            lost, self._lost = self._lost, 0
            self._put(f"({lost} requests are not listed: nobody read the log)\n")

    def _put(self, piece: str) -> None:
        self._stream.write(piece)
        self._stream.flush()
