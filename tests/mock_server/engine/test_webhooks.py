"""Deliveries in the background: where they may go, in which order, how much may wait, how it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from receiver import Receiver

from understudy.mock_server.engine.webhooks import Job, Post, Webhooks


class ResourceType:
    """What became of some jobs, in the order in which they were settled."""

    def __init__(self) -> None:
        self.settled: list[tuple[str, bool]] = []

    def job(self, url: str, name: str = "job", post: Callable[[], Post | None] | None = None) -> Job:
        async def prepare() -> Post | None:
            return post() if post else Post(name.encode(), {"Content-Type": "text/plain"})

        async def settle(succeeded: bool) -> None:
            self.settled.append((name, succeeded))

        return Job(url, prepare, settle)


def _run(webhooks: Webhooks, *jobs: Job) -> None:
    """Submit jobs and end, as a server does."""

    async def main() -> None:
        for job in jobs:
            webhooks.submit(job)
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


def test_a_host_that_is_not_allowed_is_settled_without_a_call() -> None:
    kept = ResourceType()
    _run(Webhooks(), kept.job("http://example.com/", post=lambda: pytest.fail("it was prepared")))

    assert kept.settled == [("job", False)]


def test_jobs_for_one_origin_are_done_in_order() -> None:
    kept, receiver = ResourceType(), Receiver()
    names = [str(number) for number in range(20)]
    _run(Webhooks(), *(kept.job(receiver.url, name) for name in names))
    receiver.close()

    assert kept.settled == [(name, True) for name in names]
    assert [body.decode() for _, body in receiver.received] == names


def test_a_slow_receiver_delays_its_own_jobs_only() -> None:
    kept, slow, fast = ResourceType(), Receiver(), Receiver()
    slow.delay = 0.3
    _run(Webhooks(), kept.job(slow.url, "slow"), kept.job(fast.url, "fast"))
    slow.close()
    fast.close()

    assert kept.settled == [("fast", True), ("slow", True)]


def test_a_receiver_that_takes_too_long_has_failed() -> None:
    kept, receiver = ResourceType(), Receiver()
    receiver.delay = 1.0
    started = time.monotonic()
    _run(Webhooks(timeout=0.1), kept.job(receiver.url))
    took = time.monotonic() - started
    receiver.close()

    assert kept.settled == [("job", False)]
    assert took < 0.9


def test_a_redirect_is_not_followed() -> None:
    kept, receiver, other = ResourceType(), Receiver(), Receiver()
    receiver.status, receiver.location = 307, other.url
    _run(Webhooks(), kept.job(receiver.url))
    receiver.close()
    other.close()

    assert kept.settled == [("job", False)]
    assert other.received == []


def test_what_has_no_room_fails_at_once() -> None:
    kept, receiver = ResourceType(), Receiver()
    webhooks = Webhooks(room=2)
    _run(webhooks, *(kept.job(receiver.url, str(number)) for number in range(4)))
    receiver.close()

    assert sorted(kept.settled) == [("0", True), ("1", True), ("2", False), ("3", False)]
    assert webhooks.has_room


def test_at_the_end_waiting_jobs_go_out_and_the_rest_is_told_that_it_failed() -> None:
    kept, receiver = ResourceType(), Receiver()
    receiver.delay = 0.2
    _run(Webhooks(grace=0.3), *(kept.job(receiver.url, str(number)) for number in range(8)))
    receiver.close()

    assert sorted(name for name, _ in kept.settled) == [str(number) for number in range(8)]
    assert dict(kept.settled)["0"]
    assert not dict(kept.settled)["7"]


@pytest.mark.parametrize("field_error", [lambda: None, lambda: 1 / 0])
def test_a_job_that_cannot_be_prepared_has_failed_and_the_next_one_goes_out(
    field_error: Callable[[], Post | None],
) -> None:
    kept, receiver = ResourceType(), Receiver()
    _run(Webhooks(), kept.job(receiver.url, "first", field_error), kept.job(receiver.url, "second"))
    receiver.close()

    assert kept.settled == [("first", False), ("second", True)]


def test_a_job_that_cannot_be_settled_does_not_stop_the_others() -> None:
    kept, receiver = ResourceType(), Receiver()

    async def unsettled(succeeded: bool) -> None:
        raise RuntimeError("the store is gone")

    first = kept.job(receiver.url)
    _run(Webhooks(), Job(first.url, first.prepare, unsettled), kept.job(receiver.url, "second"))
    receiver.close()

    assert kept.settled == [("second", True)]
