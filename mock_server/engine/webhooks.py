"""POST requests to addresses that clients registered, sent in the background and only to allowed hosts.

A request submits a `Job` and does not wait for it. The jobs for one origin are done in order, one after the other, so
that a receiver sees changes in the order in which they happened; a slow receiver delays only its own jobs. Each job is
settled exactly once, as delivered or as failed, also when the server stops.
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
    """The request to send: a body and its headers, including the media type."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery.

    `prepare` makes the request when its turn has come, or None if there is no longer anything to send. `settle` gets
    whether the receiver answered with a 2xx status.
    """

    url: str
    prepare: Callable[[], Awaitable[Post | None]]
    settle: Callable[[bool], Awaitable[None]]


class Webhooks:
    """The deliveries of one server.

    `allowed` are host names besides those of the loopback interface; `timeout` is the time for one delivery in
    seconds; `room` is how many jobs may wait; `grace` is the time in seconds in which waiting jobs may still be
    delivered when the server stops.
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
        """Whether another job would be accepted."""
        return self._waiting < self._room

    def allows(self, url: str) -> bool:
        """Whether a host may be called; decided by its name, since the address that a name resolves to can change."""
        try:
            parts = urlsplit(url)
            host, _ = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        return parts.scheme in {"http", "https"} and (host in self._allowed or _is_loopback(host))

    def submit(self, job: Job) -> None:
        """Accept a job, which is done later; if too many wait already, it fails at once."""
        if not self.has_room:
            log.warning("a webhook to %s failed: %d are waiting already", job.url, self._waiting)
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
        """Deliver waiting jobs for a while, then settle the rest as failed."""
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
            log.warning("a webhook to %s was not sent: its host is not allowed (--allow-webhooks HOST)", job.url)
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
        log.exception("the result of a webhook to %s could not be saved", job.url)


def _client(timeout: float) -> httpx.AsyncClient:
    """A client that follows no redirects, which could lead anywhere, and ignores proxy settings."""
    import httpx  # imported late: many servers send no webhooks

    return httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
