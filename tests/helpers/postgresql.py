"""A PostgreSQL server of our own for tests: on a free port, in a temporary directory, stopped and started at will."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ports import free_port

PATIENCE = 180

#: Who runs the server when the tests run as root, which PostgreSQL refuses to be run by.
OWNER = "postgres"


class Postgres:
    """A server with one empty database; one that is `durable` waits for the disk, which tests need not."""

    def __init__(self, directory: Path, durable: bool = False) -> None:
        self._directory = directory
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        _run(program("initdb"), "--pgdata", str(directory), "--auth", "trust", "--username", OWNER, "--no-sync")

    def address(self, schema: str) -> str:
        """The address of a store of its own in this server."""
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/postgres?schema={schema}"

    def start(self) -> None:
        """Start, and wait until connections are accepted."""
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "on" if self._durable else "off",
            "max_connections": "60",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = _as_owner(program("postgres"), "-D", str(self._directory), *options)
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        deadline = time.monotonic() + PATIENCE
        while not self._accepts():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise AssertionError("PostgreSQL did not start")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop at once; whoever is connected is thrown out."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE)
            self._process = None

    @property
    def pid(self) -> int:
        """The process under which all others of the server run."""
        assert self._process is not None
        return self._process.pid

    def run(self, statement: str) -> str:
        """What `psql` answers to a statement."""
        return _run(program("psql"), "-qAtX", f"postgresql://{OWNER}@127.0.0.1:{self.port}/postgres", "-c", statement)

    def _accepts(self) -> bool:
        with contextlib.suppress(subprocess.CalledProcessError):
            return self.run("SELECT 1").strip() == "1"
        return False


def program(name: str) -> str:
    """A program of PostgreSQL. Debian keeps those of the server out of PATH."""
    found = shutil.which(name)
    if found is None:
        candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        found = str(candidates[-1]) if candidates else None
    if found is None:
        pytest.fail("PostgreSQL is not installed; `make packages` installs it")
    return found


@contextlib.contextmanager
def running(durable: bool = False) -> Iterator[Postgres]:
    """A server until the block ends."""
    directory = Path(tempfile.mkdtemp(prefix="understudy-postgres-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam(OWNER)
        os.chown(directory, owner.pw_uid, owner.pw_gid)
    try:
        server = Postgres(directory, durable)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _run(*command: str) -> str:
    done = subprocess.run(_as_owner(*command), capture_output=True, text=True, timeout=PATIENCE, check=True, cwd="/")
    return done.stdout


def _as_owner(*command: str) -> list[str]:
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", *command]
