"""What is kept in memory is found as SQLite would find it, whatever is done to it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from stores import TABLES, THINGS, Seeds, row

from understudy.mock_server.store import Row, Store, Transaction
from understudy.mock_server.store.memory import MemoryStore
from understudy.mock_server.store.sqlite import SqliteStore

T = TypeVar("T")

OWNERS = st.sampled_from(["owner0", "owner1", "new"])
KINDS = st.sampled_from(["a", "b", "é", "", None, 1, 1.0, True, 10, -2.5, [1, "a"]])
RANKS = st.none() | st.integers(-3, 9) | st.sampled_from([1.5, 3.0, "7"])
ORDERS = st.sampled_from(["created", "-created", "owner", "-kind", "rank", "-rank", "id"])
PLACES = st.integers(0, 12)


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What a column is compared with: one value or any of several."""
    return values.filter(lambda value: not isinstance(value, list)) | st.lists(values, max_size=3)


WHERES = st.fixed_dictionaries(
    {}, optional={"owner": some(OWNERS), "kind": some(KINDS), "rank": some(RANKS), "id": some(st.just("id1"))}
)


class Regret(Exception):
    """A change of mind in the middle of a transaction."""


class Alike(RuleBasedStateMachine):
    """The same steps in memory and in a file."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.Runner()
        file = Path(self.folder.name) / "state.db"
        self.stores: list[Store] = [MemoryStore(TABLES, Seeds()), SqliteStore(TABLES, Seeds(), file)]

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            for store in self.stores:
                self.loop.run(store.close())
            self.loop.close()
            self.folder.cleanup()

    def both(self, work: Callable[[Transaction], Awaitable[T]], write: bool = False) -> T:
        async def run(store: Store) -> T | type[Regret]:
            try:
                async with (await store.session("")).transaction(write) as tx:
                    return await work(tx)
            except Regret:
                return Regret

        here, there = (self.loop.run(run(store)) for store in self.stores)
        assert here == there
        return here  # type: ignore[return-value]

    @invariant()
    def the_page_that_is_read_all_the_time_is_the_same(self) -> None:
        self.both(lambda tx: tx.joined(THINGS, {}, "-created", 4))

    @rule(where=WHERES, order=ORDERS, limit=st.none() | st.integers(0, 4), offset=st.integers(0, 4))
    def page(self, where: dict[str, Any], order: str, limit: int | None, offset: int) -> None:
        self.both(lambda tx: tx.rows(THINGS, where, order, limit, offset))
        self.both(lambda tx: tx.bodies(THINGS, where, order, limit, offset))
        self.both(lambda tx: tx.joined(THINGS, where, order, limit, offset))
        self.both(lambda tx: tx.bodies_with(THINGS, ["seq", "id", "kind"], where, order, limit, offset))

    @rule(where=WHERES, after=PLACES, limit=st.integers(0, 4))
    def go_on(self, where: dict[str, Any], after: int, limit: int) -> None:
        self.both(lambda tx: tx.rows(THINGS, where, "created", limit, 0, after))

    @rule(where=WHERES, id=PLACES)
    def ask(self, where: dict[str, Any], id: int) -> None:
        self.both(lambda tx: tx.count(THINGS, where))
        self.both(lambda tx: tx.distinct(THINGS, "kind", where))
        self.both(lambda tx: tx.tally(THINGS, ["owner", "rank"], where))
        self.both(lambda tx: tx.get(THINGS, f"id{id}"))
        self.both(lambda tx: tx.body(THINGS, f"id{id}", {name: where[name] for name in where if name != "id"}))

    @rule(rows=st.lists(st.tuples(PLACES, OWNERS, KINDS, RANKS), max_size=3), regret=st.booleans())
    def put(self, rows: list[tuple[int, Any, Any, Any]], regret: bool) -> None:
        async def change(tx: Transaction) -> int:
            number = await tx.take(THINGS.name, 2)
            await tx.put(THINGS, [row(n, f"id{n}", *columns, body=b"%d" % number) for n, *columns in rows])
            if regret:
                raise Regret
            return number

        self.both(change, write=True)

    @rule(places=st.lists(PLACES, max_size=4), regret=st.booleans())
    def remove(self, places: list[int], regret: bool) -> None:
        async def change(tx: Transaction) -> tuple[int, list[Row]]:
            removed = await tx.remove(THINGS, [f"id{place}" for place in dict.fromkeys(places)])
            if regret:
                raise Regret
            return removed, await tx.rows(THINGS, {})

        self.both(change, write=True)

    @rule(label=st.sampled_from(["one", "two"]), keep=st.booleans())
    def snapshot(self, label: str, keep: bool) -> None:
        results = []
        for store in self.stores:
            session = self.loop.run(store.session(""))
            results.append(self.loop.run(session.save_snapshot(label) if keep else session.restore_snapshot(label)))
        assert results[0] == results[1]

    @rule()
    def reset(self) -> None:
        for store in self.stores:
            self.loop.run(self.loop.run(store.session("")).reset())


Alike.TestCase.settings = settings(
    max_examples=20, stateful_step_count=15, deadline=None, database=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
TestAlike = Alike.TestCase
