"""What goes wrong meanwhile: processes killed and stopped, a full disk, a database that restarts, busy neighbours."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import httpx
from ports import free_port
from postgresql import Postgres

from chaos.clients import REFUSED, UPLOADED, Kind, everything

COMMAND = (sys.executable, "-c", "from understudy.cli import main; main()")


class Process:
    """One `understudy serve` on a port of its own, started again after each kill."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._port = free_port()
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
        self._kinds: list[Callable[[], Awaitable[None]]] = [self._kill, self._stop]
        self._kinds.append(self._restart_database if database else self._fill_disk)

    async def run(self, until: float) -> None:
        """One after the other until a moment; each ends before the next begins."""
        while time.monotonic() < until:
            await asyncio.sleep(self._drawn.uniform(0.3, 1.5))
            await self._drawn.choice(self._kinds)()

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
    """Reads and uploads snapshots beside the clients, restores and resets sessions of its own, and watches the lists."""

    def __init__(self, addresses: Sequence[str], seed: int, kind: Kind, seeded: Collection[str]) -> None:
        self.counted: Counter[str] = Counter()
        self.broken: list[str] = []
        self._drawn = random.Random(f"{seed}/neighbour")
        self._addresses = addresses
        self._kind = kind
        self._seeded = set(seeded)
        self._file: bytes | None = None

    async def run(self, until: float) -> None:
        """One thing after the other until a moment."""
        deeds = [self._save, self._read, self._upload, self._drop, self._other_session, self._look, self._look]
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            while time.monotonic() < until:
                with contextlib.suppress(httpx.TransportError):
                    await self._drawn.choice(deeds)(http)
                await asyncio.sleep(self._drawn.uniform(0.02, 0.2))

    async def _save(self, http: httpx.AsyncClient) -> None:
        await self._ask(http, "saved a snapshot", "PUT", "/_mock/snapshots/one")

    async def _read(self, http: httpx.AsyncClient) -> None:
        reply = await self._ask(http, "read a snapshot", "GET", "/_mock/snapshots/one")
        if reply.is_success:
            self._file = _renamed(reply.json())

    async def _upload(self, http: httpx.AsyncClient) -> None:
        """A file in which every study has another name."""
        if self._file is not None:
            await self._ask(http, "uploaded a snapshot", "PUT", "/_mock/snapshots/two", content=self._file)

    async def _drop(self, http: httpx.AsyncClient) -> None:
        await self._ask(http, "deleted a snapshot", "DELETE", "/_mock/snapshots/two")

    async def _other_session(self, http: httpx.AsyncClient) -> None:
        name = f"neighbour-{self._drawn.randrange(4)}"
        inside = {"X-Mock-Session": name}
        await self._drawn.choice(
            [
                partial(self._ask, http, "reset another session", "POST", "/_mock/reset", headers=inside),
                partial(self._ask, http, "saved another session", "PUT", "/_mock/snapshots/own", headers=inside),
                partial(
                    self._ask, http, "restored another session", "POST", "/_mock/snapshots/own/restore", headers=inside
                ),
                partial(self._ask, http, "deleted another session", "DELETE", f"/_mock/sessions/{name}"),
            ]
        )()

    async def _look(self, http: httpx.AsyncClient) -> None:
        """What was seeded is there all the time, and what was only uploaded never is."""
        try:
            listed = await everything(http, self._drawn.choice(self._addresses), self._kind)
        except httpx.HTTPStatusError as error:
            self._judge(error.response)
            return
        self.counted["looked at a list"] += 1
        missing = self._seeded - {id for id, _ in listed}
        self.broken += [f"the seeded {id} was missing from a list" for id in missing]
        self.broken += [f"{id} was seen as {name!r}" for id, name in listed if name.startswith(UPLOADED)]

    async def _ask(
        self,
        http: httpx.AsyncClient,
        deed: str,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        base = self._drawn.choice(self._addresses)
        typed = {"Content-Type": "application/json"} if content else {}
        reply = await http.request(method, base + path, content=content, headers={**typed, **(headers or {})})
        self.counted[deed] += reply.is_success
        self._judge(reply)
        return reply

    def _judge(self, reply: httpx.Response) -> None:
        if reply.status_code >= 500 and reply.status_code not in REFUSED:
            request = reply.request
            self.broken.append(f"{request.method} {request.url.path}: {reply.status_code} {reply.text[:200]}")


def _renamed(snapshot: Any) -> bytes:
    """A snapshot with another name for each study."""
    for number, record in snapshot["apis"]["participant-kit"]["study"]["records"].items():
        record["name"] = f"{UPLOADED} {number}"
    return json.dumps(snapshot).encode()
