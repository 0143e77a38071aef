"""Rows that are derived on demand are the rows that are written out, whatever is done to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from understudy.mock_server.data.population import Population, Populations
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.store import Row, Table, Transaction, memory
from understudy.mock_server.store.memory import MemoryStore
from understudy.specs import load

T = TypeVar("T")

KIT = load("participant-kit")
RESOURCES = ResourceTypes(KIT, 42, ("en_GB",))
POPULATION = Populations([Population(RESOURCES, 42, 1, ("en_GB",))])
CONSENTS = RESOURCES["consent"].table
PANELLISTS = RESOURCES["panellist"].table
TABLES = (CONSENTS, PANELLISTS)
SEEDED = {table.name: list(POPULATION.rows(table)) for table in TABLES}

#: Conditions that repeat with the number, ones that do not, and ones that nothing meets.
WHERES: dict[str, list[dict[str, Any]]] = {
    CONSENTS.name: [
        {},
        {"organisation": "org_main"},
        {"status": "agreed"},
        {"status": ["agreed", "refused"], "organisation": "org_main"},
        {"status": "refused", "organisation": "org_other"},
        {"status": "nothing"},
        {"status": None},
        {"participant_id": [row.columns[1] for row in SEEDED[CONSENTS.name][:5]]},
    ],
    PANELLISTS.name: [
        {},
        {"organisation": "org_main", "subscribed": True},
        {"subscribed": False},
        {"opted_in_at": None},
        {"panel_id": SEEDED[PANELLISTS.name][0].columns[1], "subscribed": True, "organisation": "org_main"},
        {"organisation": ["org_other", "org_third"]},
    ],
}
ORDERS = st.sampled_from(["created", "-created", "organisation", "-organisation"])
PLACES = st.integers(0, 260)


def opened(written_out: int) -> MemoryStore:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "WRITTEN_OUT", written_out)
        return MemoryStore(RESOURCES.tables, POPULATION)


class Alike(RuleBasedStateMachine):
    """The same steps on a store that derives its rows and on one that has written them out."""

    stores = (opened(0), opened(10**9))
    made = 0

    @initialize()
    def begin(self) -> None:
        type(self).made += 1
        self.name = f"run{self.made}"
        self.loop = asyncio.Runner()

    def teardown(self) -> None:
        for store in self.stores:
            self.loop.run(store.drop(self.name))
        self.loop.close()

    def both(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        async def run(store: MemoryStore) -> T:
            async with (await store.session(self.name)).transaction(True) as tx:
                return await work(tx)

        derived, written = (self.loop.run(run(store)) for store in self.stores)
        assert derived == written
        return derived

    @rule(
        table=st.sampled_from(TABLES), data=st.data(), order=ORDERS, limit=st.none() | st.integers(0, 30), offset=PLACES
    )
    def page(self, table: Table, data: st.DataObject, order: str, limit: int | None, offset: int) -> None:
        where = data.draw(st.sampled_from(WHERES[table.name]))
        self.both(lambda tx: tx.rows(table, where, order, limit, offset))
        self.both(lambda tx: tx.bodies(table, where, order, limit, offset))
        self.both(lambda tx: tx.joined(table, where, order, limit, offset))
        self.both(lambda tx: tx.count(table, where))

    @invariant()
    def the_page_that_is_read_all_the_time_is_the_same(self) -> None:
        for table in TABLES:
            self.both(lambda tx, table=table: tx.joined(table, {}, "-created", 4))  # type: ignore[misc]

    @rule(table=st.sampled_from(TABLES), data=st.data(), after=PLACES, limit=st.integers(1, 50))
    def scan(self, table: Table, data: st.DataObject, after: int, limit: int) -> None:
        where = data.draw(st.sampled_from(WHERES[table.name]))
        self.both(lambda tx: tx.rows(table, where, "created", limit, 0, after))

    @rule(table=st.sampled_from(TABLES), places=st.lists(PLACES, max_size=6))
    def remove(self, table: Table, places: list[int]) -> None:
        seeded = SEEDED[table.name]
        self.both(lambda tx: tx.remove(table, [seeded[place % len(seeded)].id for place in places]))

    @rule(table=st.sampled_from(TABLES), place=PLACES)
    def look(self, table: Table, place: int) -> None:
        id = SEEDED[table.name][place % len(SEEDED[table.name])].id
        self.both(lambda tx: tx.get(table, id))
        self.both(lambda tx: tx.body(table, id, {"organisation": "org_main"}))
        self.both(lambda tx: tx.rows(table, {"id": [id, "nothing"]}))

    @rule(table=st.sampled_from(TABLES), place=PLACES, moved=st.booleans())
    def change(self, table: Table, place: int, moved: bool) -> None:
        """A row that is there gets another body, or another owner too."""
        seeded = SEEDED[table.name]
        row = seeded[place % len(seeded)]
        owner = "org_third" if moved else row.columns[0]

        async def put(tx: Transaction) -> bool:
            found = await tx.get(table, row.id)
            if found is not None:
                kept = found.columns[0] if not moved else owner
                await tx.put(table, [Row(found.seq, row.id, b"{}", b'{"changed": 1}', (kept, *found.columns[1:]))])
            return found is not None

        self.both(put)

    @rule(
        table=st.sampled_from(TABLES),
        owner=st.sampled_from(["org_main", "org_other"]),
        status=st.sampled_from(["agreed", True]),
    )
    def make(self, table: Table, owner: str, status: Any) -> None:
        async def put(tx: Transaction) -> int:
            number = await tx.take(table.name)
            columns = (owner, f"new{number}", status, None)[: len(table.columns)]
            await tx.put(table, [Row(number, f"made{number}", b"{}", b"%d" % number, columns)])
            return number

        self.both(put)

    @rule()
    def reset(self) -> None:
        for store in self.stores:
            self.loop.run(self._reset(store))

    async def _reset(self, store: MemoryStore) -> None:
        await (await store.session(self.name)).reset()

    @invariant()
    def as_many(self) -> None:
        if hasattr(self, "loop"):
            for table in TABLES:
                self.both(lambda tx, table=table: tx.count(table, {}))


Alike.TestCase.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None, database=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
TestAlike = Alike.TestCase
