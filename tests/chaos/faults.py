"""What goes wrong meanwhile: processes killed and stopped, a full disk, a database that restarts, busy neighbours."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence

import httpx
from postgresql import Postgres

COMMAND = (sys.executable, "-c", "from understudy.cli import main; main()")


class Process:
    """One `understudy serve` on a port of its own, started again after each kill."""

    def __init__(self, arguments: Sequence[str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = int(probe.getsockname()[1])
        self._arguments = arguments
        self.address = f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Start, and wait until it is ready. Tries again while the store cannot be reached."""
        for _ in range(50):
            if await asyncio.to_thread(self._is_ready):
                return
            self.end(signal.SIGKILL)
            await asyncio.sleep(0.2)
        raise RuntimeError("the server does not start")

    def _is_ready(self) -> bool:
        command = [*COMMAND, "serve", *self._arguments, "--port", str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        return self._process.stdout.readline().startswith("ready")

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal and wait for the end."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
        self._process.wait(30)
        if self._process.stdout is not None:
            self._process.stdout.close()


class Faults:
    """Draws one fault after the other."""

    def __init__(self, processes: Sequence[Process], database: Postgres | None, seed: int) -> None:
        self.counted: Counter[str] = Counter()
        self._drawn = random.Random(f"{seed}/faults")
        self._processes = processes
        self._database = database
        self._kinds: list[Callable[[], object]] = [self._kill, self._stop]
        self._kinds.append(self._restart_database if database else self._fill_disk)

    async def run(self) -> None:
        """One after the other until cancelled."""
        while True:
            await asyncio.sleep(self._drawn.uniform(0.3, 1.5))
            await asyncio.shield(asyncio.ensure_future(self._one()))

    async def _one(self) -> None:
        await self._drawn.choice(self._kinds)()  # type: ignore[misc]

    async def _kill(self) -> None:
        self.counted["kill -9 and start again"] += 1
        process = self._drawn.choice(self._processes)
        await asyncio.to_thread(process.end, signal.SIGKILL)
        await process.start()

    async def _stop(self) -> None:
        self.counted["stopped for a second"] += 1
        process = self._drawn.choice(self._processes)
        os.kill(process.pid, signal.SIGSTOP)
        await asyncio.sleep(1)
        os.kill(process.pid, signal.SIGCONT)

    async def _fill_disk(self) -> None:
        self.counted["disk full for a second"] += 1
        pid = self._drawn.choice(self._processes).pid
        soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
        await asyncio.sleep(1)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))

    async def _restart_database(self) -> None:
        assert self._database is not None
        self.counted["database restarted"] += 1
        await asyncio.to_thread(self._database.stop)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(self._database.start)


class Neighbour:
    """Reads, uploads and restores snapshots, and resets sessions, beside the clients."""

    def __init__(self, addresses: Sequence[str], seed: int) -> None:
        self.counted: Counter[str] = Counter()
        self.broken: list[str] = []
        self._drawn = random.Random(f"{seed}/neighbour")
        self._addresses = addresses
        self._file: bytes | None = None

    async def run(self) -> None:
        """One thing after the other until cancelled."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            while True:
                deed = self._drawn.choice([self._save, self._read, self._upload, self._other_session])
                with contextlib.suppress(httpx.TransportError):
                    await deed(http)
                await asyncio.sleep(self._drawn.uniform(0.05, 0.4))

    async def _save(self, http: httpx.AsyncClient) -> None:
        await self._ask(http, "saved a snapshot", "PUT", "/_mock/snapshots/one")

    async def _read(self, http: httpx.AsyncClient) -> None:
        reply = await self._ask(http, "read a snapshot", "GET", "/_mock/snapshots/one")
        if reply.is_success:
            self._file = reply.content

    async def _upload(self, http: httpx.AsyncClient) -> None:
        if self._file is not None:
            await self._ask(http, "uploaded a snapshot", "PUT", "/_mock/snapshots/two", content=self._file)

    async def _other_session(self, http: httpx.AsyncClient) -> None:
        name = f"neighbour-{self._drawn.randrange(4)}"
        method, path = self._drawn.choice([("POST", "/_mock/reset"), ("DELETE", f"/_mock/sessions/{name}")])
        headers = {"X-Mock-Session": name} if path == "/_mock/reset" else {}
        await self._ask(http, "reset or deleted another session", method, path, headers=headers)

    async def _ask(
        self, http: httpx.AsyncClient, deed: str, method: str, path: str, content: bytes | None = None, **more: object
    ) -> httpx.Response:
        base = self._drawn.choice(self._addresses)
        headers = {"Content-Type": "application/json"} if content else {}
        headers |= more.get("headers", {})  # type: ignore[operator]
        reply = await http.request(method, base + path, content=content, headers=headers)
        self.counted[deed] += reply.is_success
        if reply.status_code >= 500 and reply.status_code not in {503, 507}:
            self.broken.append(f"{method} {path}: {reply.status_code} {reply.text[:200]}")
        return reply
