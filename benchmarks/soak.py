"""Minutes of mixed traffic, errors and sessions that come and go, with regular notes of memory and open files.

Run: `python benchmarks/soak.py [MINUTES [STORE]]`. STORE is `memory` (the default), `file`, or an address. The exit
code is 1 if a reply was a 5xx that was not forced, or if the memory at rest grew. During traffic the memory depends on
the number of sessions, so all clients stop four times and the memory at rest is noted.
"""

from __future__ import annotations

import asyncio
import collections
import itertools
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from load import memory, server, understudy
from ports import free_port

CLIENTS = 12
#: Seconds between two notes.
NOTE = 10
#: How often all clients stop.
RESTS = 4
#: Growth at rest, from the first stop to the last, that counts as a leak, in megabytes.
GROWTH = 8.0

KIT = {"Authorization": "Bearer mock-token"}
TOKEN = {"Authorization": "Token mock-token"}


class Traffic:
    """What clients send, and the replies they get."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.statuses: collections.Counter[int] = collections.Counter()
        self.wrong: list[str] = []
        self.lost = 0
        self._sessions = itertools.count(1)

    async def client(self, number: int, until: float) -> None:
        """One client: mostly reads, some writes, some invalid requests, now and then a new session."""
        drawn = random.Random(number)
        while time.monotonic() < until:
            session = f"soak-{next(self._sessions)}" if drawn.random() < 0.3 else ""
            headers = {"X-Mock-Session": session} if session else {}
            async with httpx.AsyncClient(base_url=self.address, headers=headers, timeout=60, trust_env=False) as http:
                for _ in range(drawn.randint(5, 60)):
                    await drawn.choice([self.read, self.read, self.write, self.bulk, self.err, self.force, self.hang])(
                        http, drawn
                    )
                if session:
                    await self.ask(http, "DELETE", f"/_mock/sessions/{session}")
                elif drawn.random() < 0.2:
                    await self.ask(http, "POST", "/_mock/reset")

    async def read(self, http: httpx.AsyncClient, drawn: random.Random) -> None:
        """Lists and items of every API."""
        page = drawn.randint(1, 9)
        await self.ask(http, "GET", f"/participant-kit/v1/participants?limit=20&page={page}", headers=KIT)
        await self.ask(http, "GET", f"/consent-kit/v1/consents?limit=50&page={page}", headers=KIT)
        await self.ask(http, "GET", f"/prolific/api/v1/studies/?page_size=10&page={page}", headers=TOKEN)
        admin = {"Authorization": "Token mock-admin-token", "Accept": "application/vnd.api+json"}
        await self.ask(http, "GET", f"/lookit/api/v1/children/?page={page}", headers=admin)
        await self.ask(http, "GET", "/forsta/v1/surveys/p1231234/respondents/data?pageSize=50", headers=KIT)

    async def write(self, http: httpx.AsyncClient, drawn: random.Random) -> None:
        """Create and delete a record."""
        path = "/participant-kit/v1/projects"
        made = await self.ask(http, "POST", path, headers=KIT, json={"name": f"Project {drawn.random()}"})
        if made is not None and made.status_code == 201:
            await self.ask(http, "DELETE", f"{path}/{made.json()['id']}", headers=KIT)

    async def bulk(self, http: httpx.AsyncClient, drawn: random.Random) -> None:
        """Add respondents in bulk and delete them again."""
        path = "/forsta/v1/surveys/p1231234/respondents/data"
        rows = [{"email": f"{drawn.random()}@example.com", "city": "oslo"} for _ in range(drawn.randint(1, 200))]
        made = await self.ask(http, "POST", path, headers=KIT, json={"data": rows})
        if made is not None and made.status_code < 300:
            keys = {"dataSchema": {"keys": ["respid"]}, "data": [{"respid": id} for id in made.json()["insertedIds"]]}
            await self.ask(http, "DELETE", path, headers=KIT, json=keys)

    async def err(self, http: httpx.AsyncClient, drawn: random.Random) -> None:
        """Requests that are refused."""
        await self.ask(http, "GET", f"/participant-kit/v1/nowhere/{drawn.random()}", headers=KIT)
        await self.ask(http, "POST", "/consent-kit/v1/consents", headers=KIT, content=b"{" * drawn.randint(1, 500))
        await self.ask(http, "GET", "/prolific/api/v1/studies/", headers={"Authorization": f"Token {drawn.random()}"})
        await self.ask(http, "PATCH", "/lookit/api/v1/feedback/x/", headers=TOKEN, json={"data": None})

    async def force(self, http: httpx.AsyncClient, drawn: random.Random) -> None:
        """A forced failure, which is not counted against the mock."""
        code = drawn.choice([404, 429, 500, 503])
        headers = {**KIT, "Prefer": f"code={code}"}
        await self.ask(http, "GET", "/participant-kit/v1/participants", headers=headers, forced=True)

    async def hang(self, http: httpx.AsyncClient, drawn: random.Random) -> None:
        """A client that disconnects in the middle of a body."""
        url = httpx.URL(self.address)
        _, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(b"POST /participant-kit/v1/projects HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        await writer.drain()
        writer.close()

    async def ask(
        self, http: httpx.AsyncClient, method: str, path: str, forced: bool = False, **sent: Any
    ) -> httpx.Response | None:
        """Send one request and count its reply."""
        try:
            reply = await http.request(method, path, **sent)
        except httpx.HTTPError:
            self.lost += 1
            return None
        self.statuses[reply.status_code] += 1
        if reply.status_code >= 500 and not forced:
            self.wrong.append(f"{method} {path}: {reply.status_code} {reply.text[:200]}")
        return reply


@asynccontextmanager
async def noting(pid: int, traffic: Traffic) -> AsyncIterator[None]:
    """Note memory and open files every few seconds."""

    async def note() -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(NOTE)
            files = len(os.listdir(f"/proc/{pid}/fd"))
            done = sum(traffic.statuses.values())
            print(
                f"{time.monotonic() - began:6.0f} s {memory(pid):7.1f} MB {files:5} files {done:8} replies", flush=True
            )

    task = asyncio.create_task(note())
    try:
        yield
    finally:
        task.cancel()


async def soak(pid: int, address: str, minutes: float) -> int:
    """Run all clients; return the exit code."""
    traffic = Traffic(address)
    rests: list[float] = []
    async with noting(pid, traffic), httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as http:
        for turn in range(RESTS):
            until = time.monotonic() + minutes * 60 / RESTS
            await asyncio.gather(*(traffic.client(turn * CLIENTS + number, until) for number in range(CLIENTS)))
            await traffic.ask(http, "POST", "/_mock/reset")
            await asyncio.sleep(1)
            rests.append(memory(pid))
            print(f"at rest  {rests[-1]:6.1f} MB", flush=True)
    print(f"replies by status: {dict(sorted(traffic.statuses.items()))}; without a reply: {traffic.lost}")
    for wrong in traffic.wrong[:20]:
        print(wrong)
    return 1 if traffic.wrong or rests[-1] - rests[0] > GROWTH else 0


def main(minutes: float = 10.0, store: str = "memory") -> None:
    """Start a server with all APIs and soak it."""
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        address = f"sqlite:///{directory}/state.db" if store == "file" else store
        options = [] if store == "memory" else ["--store", address]
        with server([understudy(), "serve", "--port", str(port), *options], "/", port) as process:
            code = asyncio.run(soak(process.pid, f"http://127.0.0.1:{port}", minutes))
    raise SystemExit(code)


if __name__ == "__main__":
    main(*(kind(word) for kind, word in zip((float, str), sys.argv[1:], strict=False)))
