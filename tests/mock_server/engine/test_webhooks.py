"""Deliveries in the background: where they may go, in which order, how much may wait, how it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from receiver import Receiver

from understudy.mock_server.engine.webhooks import Failure, Job, Outbox, Post, Webhooks
from understudy.mock_server.store import StoreError


class JobLog:
    """The results of jobs, in the order in which they were settled."""

    def __init__(self) -> None:
        self.settled: list[tuple[str, bool]] = []

    def job(self, url: str, name: str = "job", post: Callable[[], Post | None] | None = None) -> Job:
        async def prepare() -> Post | None:
            return post() if post else Post(name.encode(), {"Content-Type": "text/plain"})

        async def settle(failure: Failure | None) -> None:
            self.settled.append((name, failure is None))

        return Job(url, prepare, settle)


def _run(webhooks: Webhooks, *jobs: Job) -> None:
    """Submit jobs and end, as a server does."""

    async def main() -> None:
        outbox = webhooks.outbox()
        for job in jobs:
            outbox.submit(job)
        await webhooks.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8000/x", True),
        ("http://127.8.8.8/", True),
        ("http://[::1]:8000/", True),
        ("http://localhost:3000/", True),
        ("http://hooks.localhost/", True),
        ("https://LAB.example/", True),
        ("http://[2001:db8::1]/", True),
        ("http://lab.example.evil.example/", False),
        ("http://example.com/", False),
        ("http://10.0.0.1/", False),
        ("http://0.0.0.0/", False),
        ("http://127.0.0.1@example.com/", False),
        ("http://localhost.example.com/", False),
        ("http://127.0.0.1.example.com/", False),
        ("ftp://127.0.0.1/", False),
        ("file:///etc/passwd", False),
        ("http://[::1/", False),
        ("http://127.0.0.1:port/", False),
        ("nonsense", False),
    ],
)
def test_posts_go_to_the_loopback_interface_and_to_hosts_that_were_named(url: str, allowed: bool) -> None:
    assert Webhooks(["lab.example", "[2001:db8::1]"]).allows(url) is allowed


@pytest.mark.parametrize("url", ["http://example.com/", "http://[::1/"])
def test_a_host_that_is_not_allowed_is_settled_without_a_call(url: str) -> None:
    jobs = JobLog()
    _run(Webhooks(), jobs.job(url, post=lambda: pytest.fail("it was prepared")))

    assert jobs.settled == [("job", False)]


def test_jobs_for_one_origin_are_done_in_order() -> None:
    jobs, receiver = JobLog(), Receiver()
    names = [str(number) for number in range(20)]
    _run(Webhooks(), *(jobs.job(receiver.url, name) for name in names))
    receiver.close()

    assert jobs.settled == [(name, True) for name in names]
    assert [body.decode() for _, body in receiver.received] == names


def test_a_slow_receiver_delays_its_own_jobs_only() -> None:
    jobs, slow, fast = JobLog(), Receiver(), Receiver()
    slow.delay = 0.3
    _run(Webhooks(), jobs.job(slow.url, "slow"), jobs.job(fast.url, "fast"))
    slow.close()
    fast.close()

    assert jobs.settled == [("fast", True), ("slow", True)]


def test_a_receiver_that_takes_too_long_has_failed() -> None:
    jobs, receiver = JobLog(), Receiver()
    receiver.delay = 1.0
    started = time.monotonic()
    _run(Webhooks(timeout=0.1), jobs.job(receiver.url))
    took = time.monotonic() - started
    receiver.close()

    assert jobs.settled == [("job", False)]
    assert took < 0.9


def test_a_redirect_is_not_followed() -> None:
    jobs, receiver, other = JobLog(), Receiver(), Receiver()
    receiver.status, receiver.location = 307, other.url
    _run(Webhooks(), jobs.job(receiver.url))
    receiver.close()
    other.close()

    assert jobs.settled == [("job", False)]
    assert other.received == []


def test_what_has_no_room_fails_at_once() -> None:
    jobs, receiver = JobLog(), Receiver()
    webhooks = Webhooks(room=2)
    _run(webhooks, *(jobs.job(receiver.url, str(number)) for number in range(4)))
    receiver.close()

    assert sorted(jobs.settled) == [("0", True), ("1", True), ("2", False), ("3", False)]
    assert webhooks.has_room


def test_at_the_end_waiting_jobs_are_delivered_and_the_rest_is_settled_as_failed() -> None:
    jobs, receiver = JobLog(), Receiver()
    receiver.delay = 0.2
    _run(Webhooks(grace=0.3), *(jobs.job(receiver.url, str(number)) for number in range(8)))
    receiver.close()

    assert sorted(name for name, _ in jobs.settled) == [str(number) for number in range(8)]
    assert dict(jobs.settled)["0"]
    assert not dict(jobs.settled)["7"]


@pytest.mark.parametrize("field_error", [lambda: None, lambda: 1 / 0])
def test_a_job_that_cannot_be_prepared_has_failed_and_the_next_one_goes_out(
    field_error: Callable[[], Post | None],
) -> None:
    jobs, receiver = JobLog(), Receiver()
    _run(Webhooks(), jobs.job(receiver.url, "first", field_error), jobs.job(receiver.url, "second"))
    receiver.close()

    assert jobs.settled == [("first", False), ("second", True)]


def test_a_job_that_cannot_be_settled_does_not_stop_the_others() -> None:
    jobs, receiver = JobLog(), Receiver()

    async def unsettled(failure: Failure | None) -> None:
        raise RuntimeError("the store is gone")

    first = jobs.job(receiver.url)
    _run(Webhooks(), Job(first.url, first.prepare, unsettled), jobs.job(receiver.url, "second"))
    receiver.close()

    assert jobs.settled == [("second", True)]


def test_a_hold_ends_what_is_under_way_without_a_result_and_later_jobs_wait_for_its_end() -> None:
    jobs, receiver = JobLog(), Receiver()
    receiver.delay = 0.2

    async def main() -> None:
        webhooks = Webhooks()
        outbox, other = webhooks.outbox(), webhooks.outbox()
        for name in ("first", "second"):
            outbox.submit(jobs.job(receiver.url, name))
        other.submit(jobs.job(receiver.url, "of another session"))
        await asyncio.to_thread(receiver.wait_for_arrivals, 2)
        async with outbox.held(), outbox.held():
            receiver.delay = 0.0
            outbox.submit(jobs.job(receiver.url, "third"))
            await asyncio.sleep(0.05)
            assert receiver.arrived == 2
        await webhooks.close()
        assert webhooks.waiting == 0

    asyncio.run(main())
    receiver.close()

    assert sorted(jobs.settled) == [("of another session", True), ("third", True)]


def test_after_a_hold_that_fails_everything_begins_again_in_order() -> None:
    jobs, receiver = JobLog(), Receiver()
    receiver.delay = 0.1

    async def failing(outbox: Outbox) -> None:
        async with outbox.held():
            outbox.submit(jobs.job(receiver.url, "third"))
            raise StoreError("the store is gone")

    async def main() -> None:
        webhooks = Webhooks()
        outbox = webhooks.outbox()
        outbox.submit(jobs.job(receiver.url, "first"))
        outbox.submit(jobs.job(receiver.url, "second"))
        await asyncio.to_thread(receiver.wait_for_arrivals, 1)
        with pytest.raises(StoreError):
            await failing(outbox)
        await webhooks.close()

    asyncio.run(main())
    receiver.close()

    assert jobs.settled == [("first", True), ("second", True), ("third", True)]


def test_an_outbox_that_has_ended_ignores_jobs() -> None:
    jobs, receiver = JobLog(), Receiver()

    async def main() -> None:
        webhooks = Webhooks()
        outbox = webhooks.outbox()
        outbox.submit(jobs.job(receiver.url, "first"))
        await outbox.end()
        outbox.submit(jobs.job(receiver.url, "second"))
        await webhooks.close()
        assert webhooks.waiting == 0

    asyncio.run(main())
    receiver.close()

    assert (jobs.settled, receiver.arrived) == ([], 0)


def test_abandoned_work_is_looked_up_again_as_often_as_it_asks_and_after_a_store_that_failed() -> None:
    results: list[float | Exception | None] = [0.01, StoreError("the store is gone"), 0.01, None]

    async def recover() -> float | None:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    async def main() -> None:
        webhooks = Webhooks()
        webhooks.retry = 0.01
        webhooks.outbox(recover).watch()
        while webhooks.watches:
            await asyncio.wait(webhooks.watches)
        await webhooks.close()

    asyncio.run(main())

    assert results == []


def test_the_end_of_the_server_does_not_wait_for_abandoned_work() -> None:
    async def recover() -> float | None:
        return 60.0

    async def main() -> None:
        webhooks = Webhooks()
        webhooks.outbox(recover).watch()
        await asyncio.sleep(0.01)
        await asyncio.wait_for(webhooks.close(), 1)

    asyncio.run(main())


def test_each_failure_has_a_reason() -> None:
    reasons: list[str | None] = []
    receiver = Receiver()
    receiver.status = 500

    async def nothing() -> None:
        return None

    async def post() -> Post:
        return Post(b"", {})

    async def settle(failure: Failure | None) -> None:
        reasons.append(failure and failure.reason)

    _run(
        Webhooks(),
        Job(receiver.url, post, settle),
        Job(receiver.url, nothing, settle),
    )
    _run(Webhooks(), Job("http://example.com/", post, settle))
    _run(Webhooks(room=0), Job(receiver.url, post, settle))
    receiver.close()

    assert reasons == [
        "the receiver answered with 500",
        "there is nothing to send any more",
        "its host is not allowed (--allow-webhooks HOST)",
        "0 others are waiting already",
    ]
