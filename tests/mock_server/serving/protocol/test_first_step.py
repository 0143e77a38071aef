"""What runs at once, what a task does of it, and how the task hears of what it waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from understudy.mock_server.serving.protocol.first_step import begin


def test_what_need_not_wait_is_done_without_a_task() -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("all")

    async def run() -> None:
        assert begin(work(), asyncio.get_running_loop()) is None
        assert done == ["all"]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("settle", "heard"),
    [
        (lambda future, task: future.set_result("result"), ["result", "rest"]),
        (lambda future, task: future.set_exception(OSError("gone")), ["OSError", "rest"]),
        (lambda future, task: task.cancel(), ["CancelledError"]),
    ],
    ids=["a result", "an error", "the end of the task"],
)
def test_the_rest_hears_of_what_it_waits_for(settle: Callable[[Any, Any], None], heard: list[str]) -> None:
    done: list[str] = []

    async def run() -> None:
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def work() -> None:
            try:
                done.append(await future)
            except OSError as error:
                done.append(type(error).__name__)
            except asyncio.CancelledError:
                done.append("CancelledError")
                raise
            await asyncio.sleep(0)
            done.append("rest")

        task = begin(work(), asyncio.get_running_loop())
        assert task is not None
        await asyncio.sleep(0)
        assert done == []
        settle(future, task)
        await asyncio.wait({task})
        assert task.cancelled() is (heard == ["CancelledError"])
        assert future.done()

    asyncio.run(run())

    assert done == heard


def test_what_fails_after_waiting_fails_its_task() -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        raise OSError("gone")

    async def run() -> None:
        task = begin(work(), asyncio.get_running_loop())
        assert task is not None
        with pytest.raises(OSError, match="gone"):
            await task

    asyncio.run(run())


def test_what_is_ended_before_its_task_begins_still_tidies_up() -> None:
    done: list[str] = []

    async def work() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            done.append("tidied")

    async def run() -> None:
        task = begin(work(), asyncio.get_running_loop())
        assert task is not None
        task.cancel()
        await asyncio.wait({task})

    asyncio.run(run())

    assert done == ["tidied"]
