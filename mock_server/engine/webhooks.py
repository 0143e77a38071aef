"""POST requests to addresses that clients registered, sent in the background and only to allowed hosts.

A request submits a `Job` and does not wait for it. The jobs for one origin are done in order, one after the other, so
that a receiver sees changes in the order in which they happened; a slow receiver delays only its own jobs, and those
of one session only. Each job is settled exactly once, as delivered or as failed, also when the server stops, unless the
state that it belongs to is replaced: then it ends, and nothing more is sent or stored for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from understudy.mock_server.http.hosts import is_loopback
from understudy.mock_server.store import StoreError

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("understudy")

#: Settles what other processes have abandoned; returns after how many seconds to look again, None for never.
Recover = Callable[[], Awaitable[float | None]]

#: Seconds that a store that does not answer is left alone.
RETRY = 5.0


@dataclass(frozen=True, slots=True)
class Post:
    """The request to send: a body and its headers, including the media type."""

    body: bytes
    headers: Mapping[str, str]


class Failure(NamedTuple):
    """Why a delivery failed, and whether the receiver may accept the same one later."""

    reason: str
    may_pass: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery.

    `prepare` makes the request when its turn has come, or None if there is no longer anything to send. `settle` gets
    the reason why it failed, None when the receiver answered with a 2xx status.
    """

    url: str
    prepare: Callable[[], Awaitable[Post | None]]
    settle: Callable[[Failure | None], Awaitable[None]]


class Webhooks:
    """The deliveries of one server; each session has an outbox of its own.

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
        self._client: httpx.AsyncClient | None = None
        self._ending = False
        #: Seconds until the next look at abandoned work when the store does not answer.
        self.retry = RETRY
        #: Jobs that were accepted and are not settled, in all outboxes.
        self.waiting = 0
        #: What delivers and settles; the end of the server waits for it.
        self.deliveries: set[asyncio.Task[None]] = set()
        #: What looks after abandoned work; the end of the server ends it.
        self.watches: set[asyncio.Task[None]] = set()

    def outbox(self, recover: Recover | None = None) -> Outbox:
        """A new outbox; `recover` settles work that another process has abandoned."""
        return Outbox(self, recover)

    @property
    def has_room(self) -> bool:
        """Whether another job would be accepted."""
        return self.waiting < self._room

    def allows(self, url: str) -> bool:
        """Whether a host may be called; decided by its name, since the address that a name resolves to can change."""
        try:
            parts = urlsplit(url)
            host, _ = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        return parts.scheme in {"http", "https"} and (host in self._allowed or is_loopback(host))

    async def close(self) -> None:
        """Deliver waiting jobs for a while, then settle the rest as failed."""
        if self.deliveries:
            await asyncio.wait(self.deliveries, timeout=self._grace)
        self._ending = True
        while self.deliveries:
            await asyncio.wait(self.deliveries)
        for watch in self.watches:
            watch.cancel()
        if self.watches:
            await asyncio.wait(self.watches)
        if self._client is not None:
            await self._client.aclose()

    async def deliver(self, job: Job) -> Failure | None:
        """Do a job; returns why it failed, None if it did not."""
        failure = await self._attempt(job)
        if failure is not None:
            log.warning("a webhook to %s failed: %s", job.url, failure.reason)
        return failure

    async def _attempt(self, job: Job) -> Failure | None:
        if self._ending:
            return Failure("the server stopped first")
        if not self.allows(job.url):
            return Failure("its host is not allowed (--allow-webhooks HOST)")
        try:
            post = await job.prepare()
        except Exception as error:
            return Failure(_described(error))
        if post is None:
            return Failure("there is nothing to send any more")
        try:
            return await self._post(job.url, post)
        except Exception as error:
            return Failure(_described(error), may_pass=True)

    async def _post(self, url: str, post: Post) -> Failure | None:
        client = self._client = self._client or _client(self._timeout)
        async with (
            asyncio.timeout(self._timeout),
            client.stream("POST", url, content=post.body, headers=dict(post.headers)) as response,
        ):
            if response.is_success:
                return None
            return Failure(f"the receiver answered with {response.status_code}", may_pass=response.is_server_error)


class Outbox:
    """The deliveries of one session.

    While its state is replaced the outbox is held: what is under way is ended, and what is submitted waits. Afterwards
    each job finds out by its own record whether it still belongs to the state.
    """

    def __init__(self, webhooks: Webhooks, recover: Recover | None = None) -> None:
        self._webhooks = webhooks
        self._recover = recover
        self._lanes: dict[str, deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None
        self._holds = 0
        self._ended = False

    def submit(self, job: Job) -> None:
        """Accept a job, which is done later; if too many wait already, it fails at once."""
        if self._ended:
            return
        if not self._webhooks.has_room:
            failure = Failure(f"{self._webhooks.waiting} others are waiting already")
            log.warning("a webhook to %s failed: %s", job.url, failure.reason)
            self._spawn(self._settle(job, failure))
            return
        self._webhooks.waiting += 1
        origin = _origin(job.url)
        lane = self._lanes.setdefault(origin, deque())
        lane.append(job)
        if len(lane) == 1 and not self._holds:
            self._spawn(self._work(origin))

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Hold the outbox while the state is replaced; if the block fails, the jobs that were ended begin again."""
        self._holds += 1
        ended: list[Job] = []
        try:
            ended = await self._stop()
            yield
        except BaseException:
            self._release(ended)
            raise
        else:
            self._release(())

    async def end(self) -> None:
        """End everything without a result; what is submitted later is ignored."""
        self._ended = True
        await self._stop()

    def watch(self) -> None:
        """Settle what other processes have abandoned, now or once that is certain."""
        if self._recover is not None and self._watch is None and not self._ended:
            self._watch = asyncio.ensure_future(self._look(self._recover))
            self._webhooks.watches.add(self._watch)
            self._watch.add_done_callback(self._unwatch)

    def _unwatch(self, task: asyncio.Task[None]) -> None:
        self._webhooks.watches.discard(task)
        if self._watch is task:
            self._watch = None

    async def _look(self, recover: Recover) -> None:
        again: float | None = 0.0
        while again is not None:
            await asyncio.sleep(again)
            try:
                again = await recover()
            except StoreError as error:
                log.warning("webhooks that were under way could not be looked up: %s", error)
                again = self._webhooks.retry

    async def _stop(self) -> list[Job]:
        """End all tasks; returns the jobs that are not done."""
        stopped = {*self._tasks, *filter(None, [self._watch])}
        for task in stopped:
            task.cancel()
        if stopped:
            await asyncio.wait(stopped)
        return self._unload()

    def _unload(self) -> list[Job]:
        jobs = [job for lane in self._lanes.values() for job in lane]
        self._lanes.clear()
        self._webhooks.waiting -= len(jobs)
        return jobs

    def _release(self, jobs: Iterable[Job]) -> None:
        self._holds -= 1
        for job in [*jobs, *self._unload()]:
            self.submit(job)
        self.watch()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        for tasks in (self._tasks, self._webhooks.deliveries):
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def _work(self, origin: str) -> None:
        lane = self._lanes[origin]
        while lane:
            # A job stays in its lane until it is settled, so that a hold finds it there.
            await self._settle(lane[0], await self._webhooks.deliver(lane[0]))
            lane.popleft()
            self._webhooks.waiting -= 1
        del self._lanes[origin]

    async def _settle(self, job: Job, failure: Failure | None) -> None:
        try:
            await job.settle(failure)
        except Exception:
            log.exception("the result of a webhook to %s could not be saved", job.url)
            self.watch()


def _described(error: Exception) -> str:
    return str(error) or type(error).__name__


def _client(timeout: float) -> httpx.AsyncClient:
    """A client that follows no redirects, which could lead anywhere, and ignores proxy settings."""
    import httpx  # imported late: many servers send no webhooks

    return httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False)


def _origin(url: str) -> str:
    """The scheme, host and port of an address; an invalid one, which will not be called, is its own."""
    try:
        return "{0.scheme}://{0.netloc}".format(urlsplit(url))
    except ValueError:
        return url
