"""Long work on records that nobody else sees: other requests are served between two statements."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from understudy.mock_server.clock import ticks

T = TypeVar("T")

#: Seconds of work after which others come first.
TURN = 0.01


def unhurried(transaction: T) -> T:
    """The same transaction, which pauses between statements. Only for a copy, since it lets others in."""
    return cast(T, _Unhurried(transaction))


class _Unhurried:
    __slots__ = ("_due", "_transaction")

    def __init__(self, transaction: Any) -> None:
        self._transaction = transaction
        self._due = ticks() + TURN

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        statement = getattr(self._transaction, name)

        async def pause(*arguments: Any, **more: Any) -> Any:
            if ticks() > self._due:
                await asyncio.sleep(0)
                self._due = ticks() + TURN
            return await statement(*arguments, **more)

        return pause
