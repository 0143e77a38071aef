"""The engine without HTTP: one session of one contract in memory, used as behaviours use it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from understudy.mock_server.clock import Clock
from understudy.mock_server.data.population import Population, Populations
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.engine.state import State
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.http.security.tokens import NOBODY, Caller
from understudy.mock_server.store.opening import open_store
from understudy.specs import Contract

T = TypeVar("T")

#: When new records are made, unless a test moves the clock.
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Engine:
    """A session of a contract; each `run` is one transaction."""

    def __init__(
        self, contract: Contract, seed: int = 42, size: int = 1, locales: tuple[str, ...] = ("en_GB",)
    ) -> None:
        self.resources = ResourceTypes(contract, seed, locales)
        self.population = Population(self.resources, seed, size, locales)
        self.store = open_store(None, self.resources.tables, Populations([self.population]))
        self.clock = Clock()
        self.clock.freeze(NOON)

    def run(self, work: Callable[[State], Awaitable[T]], caller: Caller = NOBODY, session: str = "") -> T:
        """The result of the work; an exception rolls it back."""

        async def transacted() -> T:
            stored = await self.store.session(session)
            async with stored.transaction(True) as tx:
                return await work(
                    State(tx, self.resources, caller, self.clock.now, stored.transaction, Webhooks().outbox())
                )

        return asyncio.run(transacted())

    def every(self, resource: str, **where: Any) -> list[dict[str, Any]]:
        """All records of a resource that match a condition."""
        return self.run(lambda state: state.find(resource, where))


def caller(contract: Contract, role: str = "default") -> Caller:
    """The caller of the seed with a role."""
    entry = next(raw for raw in contract.seed["callers"] if raw["role"] == role)
    return Caller(entry["role"], entry.get("values", {}))
