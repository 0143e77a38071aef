"""Real servers for tests: an application in a thread of this process, or `understudy serve` as its own process."""

from __future__ import annotations

import os
import queue
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
from forking import Forked

from understudy.mock_server.serving.background import running

__all__ = ["COMMAND", "PATIENCE", "TLS", "Serve", "Served", "await_reply", "running", "served", "understudy"]

#: Runs the command without relying on where its console script was put.
COMMAND = (sys.executable, "-c", "from understudy.cli import main; main()")

PATIENCE = 30

#: Clients share it: making one takes longer than most tests, and nearly all servers here speak plain HTTP.
TLS = ssl.create_default_context()

#: What the fixture `serve` gives: `serve("prolific")` is a client with a session of its own.
Serve = Callable[..., httpx.Client]


def await_reply(process: subprocess.Popen[Any], address: str, patience: float = PATIENCE) -> None:
    """Wait until a server that is not a command of ours answers; fails at once if it ends before that."""
    deadline = time.monotonic() + patience
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(address, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    said = process.stderr.read() if process.stderr is not None and process.poll() is not None else ""
    raise AssertionError(f"no reply of {address}; {process.args!r} ended with {process.poll()} {said}")


class Served:
    """`understudy serve …` (or another command that serves) as a process of its own.

    `anew` has it import all that it needs itself.
    """

    def __init__(self, *arguments: str, anew: bool = False, command: Sequence[str] = ("serve",)) -> None:
        asked = [*command, *arguments, "--port", "0"]
        self.process: Forked | subprocess.Popen[str] = (
            subprocess.Popen([*COMMAND, *asked], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            if anew
            else Forked(*asked)
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._said: list[str] = []
        self._complained: list[str] = []
        self._readers = [
            threading.Thread(target=self._read_out, daemon=True),
            threading.Thread(target=self._read_err, daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        line = self._lines.get(timeout=PATIENCE)
        if line is None or not line.startswith("ready "):
            self.end(signal.SIGKILL)
            raise AssertionError(f"the server did not start: {self.stderr}")
        self.address = line.split()[1]

    def client(self, token: str = "mock-token", **headers: str) -> httpx.Client:
        """A client of this server."""
        sent = {"Authorization": f"Bearer {token}", **headers}
        return httpx.Client(base_url=self.address, headers=sent, timeout=PATIENCE, verify=TLS)

    def end(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        if self.process.poll() is None:
            os.kill(self.process.pid, sent)
        code = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code

    def logged(self, text: str) -> str:
        """All that was logged, once a text is in it: what a process writes takes a moment to be read here."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.stderr and time.monotonic() < deadline:
            time.sleep(0.005)
        return self.stderr

    @property
    def stdout(self) -> str:
        """All that was said so far."""
        return "".join(self._said)

    @property
    def stderr(self) -> str:
        """All that was logged so far."""
        return "".join(self._complained)

    def _read_out(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._said.append(line)
            self._lines.put(line)
        self._lines.put(None)

    def _read_err(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._complained.append(line)


@contextmanager
def served(*arguments: str, anew: bool = False, command: Sequence[str] = ("serve",)) -> Iterator[Served]:
    """Run `understudy serve` with these arguments on a free port; yields it once it is ready."""
    server = Served(*arguments, anew=anew, command=command)
    try:
        yield server
    finally:
        server.end(signal.SIGTERM)


def understudy(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `understudy` to its end."""
    process = Forked(*arguments)
    with process.stdout as out, process.stderr as err, ThreadPoolExecutor(1) as aside:
        complained, said = aside.submit(err.read), out.read()
        return subprocess.CompletedProcess(arguments, process.wait(PATIENCE), said, complained.result())
