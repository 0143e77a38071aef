"""Posts to addresses that clients named, in the background and to allowed hosts alone.

A request hands over a `Job` and goes on at once. Jobs for one origin are done in order, one after the other, so that
a receiver sees changes as they happened; a slow receiver delays its own only. Each job is settled exactly once, also
when the server ends: until then it is delivered, or told that it failed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("understudy")


@dataclass(frozen=True, slots=True)
class Post:
    """What is sent: a body with its headers, the media type among them."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery.

    `prepare` makes the post when its turn has come, or None when there is nothing to send any more. `settle` is told
    whether the receiver answered with a 2xx.
    """

    url: str
    prepare: Callable[[], Awaitable[Post | None]]
    settle: Callable[[bool], Awaitable[None]]


class Webhooks:
    """The deliveries of one server.

    `allowed` are host names beside those of the loopback interface, `timeout` the seconds for one delivery in all,
    `room` how many may wait, `grace` the seconds in which waiting ones may still go out when the server ends.
    """

    def __init__(
        self, allowed: Sequence[str] = (), *, timeout: float = 5.0, room: int = 1000, grace: float = 10.0
    ) -> None:
        self._allowed = frozenset(host.lower().strip("[]") for host in allowed)
        self._timeout = timeout
        self._room = room
        self._grace = grace
        self._lanes: dict[str, deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._client: httpx.AsyncClient | None = None
        self._ending = False

    @property
    def has_room(self) -> bool:
        """Whether another job would be taken."""
        return self._waiting < self._room

    def allows(self, url: str) -> bool:
        """Whether posts may go to an address: by its name alone, since what a name resolves to can change."""
        try:
            parts = urlsplit(url)
            host, _ = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        return parts.scheme in {"http", "https"} and (host in self._allowed or _is_loopback(host))

    def submit(self, job: Job) -> None:
        """Take a job; it is done later. Without room it fails at once."""
        if not self.has_room:
            log.warning("a webhook to %s failed: %d wait already", job.url, self._waiting)
            self._spawn(_settle(job, False))
            return
        self._waiting += 1
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(job.url))
        lane = self._lanes.get(origin)
        if lane is not None:
            lane.append(job)
            return
        self._lanes[origin] = deque([job])
        self._spawn(self._work(origin))

    async def close(self) -> None:
        """Let waiting jobs go out for a while, then settle the rest as failed."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._grace)
        self._ending = True
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self._client is not None:
            await self._client.aclose()

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, origin: str) -> None:
        lane = self._lanes[origin]
        while lane:
            job = lane.popleft()
            try:
                await _settle(job, await self._deliver(job))
            finally:
                self._waiting -= 1
        del self._lanes[origin]

    async def _deliver(self, job: Job) -> bool:
        if self._ending:
            return False
        if not self.allows(job.url):
            log.warning("no webhook to %s: its host is not allowed (--allow-webhooks HOST)", job.url)
            return False
        try:
            post = await job.prepare()
            return post is not None and await self._post(job.url, post)
        except Exception as error:
            log.warning("a webhook to %s failed: %s", job.url, error or type(error).__name__)
            return False

    async def _post(self, url: str, post: Post) -> bool:
        client = self._client = self._client or _client(self._timeout)
        async with (
            asyncio.timeout(self._timeout),
            client.stream("POST", url, content=post.body, headers=dict(post.headers)) as response,
        ):
            if not response.is_success:
                log.warning("a webhook to %s was answered with %d", url, response.status_code)
            return response.is_success


async def _settle(job: Job, succeeded: bool) -> None:
    try:
        await job.settle(succeeded)
    except Exception:
        log.exception("what became of a webhook to %s could not be kept", job.url)


def _client(timeout: float) -> httpx.AsyncClient:
    """Follows no redirect, which could lead anywhere, and obeys no proxy settings."""
    import httpx  # a server that calls nobody starts without it

    return httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
