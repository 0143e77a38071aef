"""`understudy` as a process of its own that starts at once: forked from one that has imported the command and waits.

Imports and contracts take more than a second to load, and the tests start a hundred processes. Everything after that is
the command's own: its arguments, environment, folder, output, signals and exit code.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import cache
from typing import IO

#: Bytes of a request: arguments, folder and environment.
_LARGEST = 1 << 17

#: Bytes of each number that is reported of a process: its id, then its exit code.
_NUMBER = 4


class Forked:
    """A running `understudy`, with what subprocess.Popen offers of it."""

    def __init__(self, *arguments: str) -> None:
        message = json.dumps({"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)})
        self._status, status = socket.socketpair()
        out, into_out = os.pipe()
        err, into_err = os.pipe()
        try:
            socket.send_fds(_parent(), [message.encode()], [into_out, into_err, status.fileno()])
        finally:
            os.close(into_out)
            os.close(into_err)
            status.close()
        self.stdout: IO[str] = os.fdopen(out)
        self.stderr: IO[str] = os.fdopen(err)
        self.pid = self._receive_number()
        self._code: int | None = None

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        try:
            return self.wait(0)
        except BlockingIOError:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, minus a signal's number where one ended it; TimeoutError when it goes on for longer."""
        if self._code is None:
            self._status.settimeout(timeout)
            self._code = self._receive_number()
            self._status.close()
        return self._code

    def _receive_number(self) -> int:
        message = self._status.recv(_NUMBER)
        if not message:
            raise RuntimeError("the process that others are forked from has failed")
        return int.from_bytes(message, "big", signed=True)


_ONCE = threading.Lock()


def _parent() -> socket.socket:
    with _ONCE:
        return _started()


@cache
def _started() -> socket.socket:
    """Where the process listens that all others are forked from; it ends with this one."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # `-P` keeps this folder, which has folders named like the packages, off the path.
    process = subprocess.Popen(
        [sys.executable, "-P", __file__, str(there.fileno())],
        pass_fds=[there.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    there.close()

    def end() -> None:
        here.close()
        process.wait()

    atexit.register(end)
    return here


# --- in the process that is forked ------------------------------------------------------------------------------------


def _fork_on_demand(asked: socket.socket) -> list[str] | None:
    """Fork until nobody asks any more; returns the arguments in a process that is to be the command, else None."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        message, fds, _, _ = socket.recv_fds(asked, _LARGEST, 3)
        if not message:
            break
        if not os.fork():
            # Who waits for the command, and tells how it ended.
            asked.close()
            return _fork_one(json.loads(message), *fds)
        for fd in fds:
            os.close(fd)
        _bury()
    _bury()
    return None


def _fork_one(message: dict[str, object], out: int, err: int, status: int) -> list[str]:
    pid = os.fork()
    if not pid:
        os.close(status)
        return _become(message, out, err)
    os.close(out)
    os.close(err)
    with socket.socket(fileno=status) as teller:
        teller.sendall(pid.to_bytes(_NUMBER, "big", signed=True))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        teller.sendall(code.to_bytes(_NUMBER, "big", signed=True))
    os._exit(0)


def _become(message: dict[str, object], out: int, err: int) -> list[str]:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for given, number in ((out, 1), (err, 2)):
        os.dup2(given, number)
        os.close(given)
    # What the parent wrote to could be wound back, and a pipe cannot.
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - it stays open
    os.chdir(str(message["folder"]))
    os.environ.clear()
    os.environ.update(message["environment"])  # type: ignore[call-overload]
    return list(message["arguments"])  # type: ignore[call-overload]


def _end(command: Callable[[], None]) -> None:
    """Call the command and end as Python does, but leave out the last step where nothing depends on it.

    To take everything apart that was imported would first copy it, as it is shared with the process that was forked.
    """
    code = 0
    try:
        command()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            raise
        code = int(ended.code or 0)
    threading._shutdown()  # type: ignore[attr-defined] # the two steps before the last one have no other names
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        # What Python does about an output that nobody reads is its own.
        sys.exit(code)
    os._exit(code)


def _bury() -> None:
    """Let go of those that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _rehearse() -> None:
    """Load what every call loads: the modules, also those that come with the first call, and the contracts."""
    for arguments in (["nothing"], ["serve", "nothing"], ["check", "nothing"]):
        sys.argv = ["understudy", *arguments]
        with contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
            main()
    create_app([])
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    from understudy.cli import main
    from understudy.mock_server import create_app

    _asked = socket.socket(fileno=int(sys.argv[1]))
    _rehearse()
    _arguments = _fork_on_demand(_asked)
    if _arguments is not None:
        sys.argv = ["understudy", *_arguments]
        _end(main)
