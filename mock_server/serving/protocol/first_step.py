"""Runs a coroutine at once, as far as it goes without waiting: most requests are answered in that one step.

Python 3.12 calls this an eager task. In that first step there is no current task, so that what it calls must not ask
for one, as `asyncio.timeout` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any


def begin(work: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> asyncio.Task[None] | None:
    """Run until the first thing that has to be waited for; the task that does the rest, None if there is none."""
    try:
        awaited = work.send(None)
    except StopIteration:
        return None
    return loop.create_task(_rest(work, awaited))


async def _rest(work: Coroutine[Any, Any, None], awaited: Any) -> None:
    await _resumed(work, awaited)


@coroutine
def _resumed(work: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    """Wait for what a coroutine waits for, and hand it the outcome."""
    try:
        while True:
            try:
                outcome = yield awaited
            except BaseException as error:  # a cancellation, too
                awaited = work.throw(error)
            else:
                awaited = work.send(outcome)
    except StopIteration:
        return
