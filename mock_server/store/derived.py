"""Large seeded tables that are not held in memory: their rows are generated when they are needed."""

from __future__ import annotations

import logging
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from typing import Any

from understudy.mock_server.store.columns import plain
from understudy.mock_server.store.interface import JoinedViews, NumberSet, Row, SeedData, Table, Where
from understudy.mock_server.store.pages import JoinedPages
from understudy.mock_server.store.table import MEMO, MemoryTable, check_id, key_of, rank

#: A table up to this size is loaded into memory when it is read completely, since it will be read again; a larger one
#: would need too much memory.
SCANNED = 200_000

log = logging.getLogger("understudy")


class SeedTable:
    """The rows of one table in the seed."""

    def __init__(self, seed_data: SeedData, table: Table) -> None:
        self.table = table
        self.total = seed_data.total(table)
        self._seed_data = seed_data
        self._in_memory: MemoryTable | None = None
        #: What was selected by conditions.
        self._selected: dict[Any, NumberSet | None] = {}

    def row(self, number: int) -> Row:
        """The row with a number."""
        return self._seed_data.row(self.table, number)

    def number(self, id: str) -> int | None:
        """The number of the row with an id."""
        return self._seed_data.number(self.table, id)

    def least(self, column: str) -> tuple[bool, Any]:
        """Whether the least value of a column is known without generating the rows, and that value."""
        return self._seed_data.least(self.table, column)

    def select(self, where: Where) -> NumberSet | None:
        """The numbers of the rows that match a condition, None if that is known only after generating them."""
        key = key_of(where)
        if key not in self._selected:
            if len(self._selected) >= MEMO:
                self._selected.clear()
            self._selected[key] = self._seed_data.select(self.table, where)
        return self._selected[key]

    def in_memory(self) -> MemoryTable:
        """All rows in memory, generated once for all sessions; not to be changed."""
        if self._in_memory is None:
            log.info("loading %s rows of %s into memory", self.total, self.table.name)
            self._in_memory = MemoryTable(self.table, self._seed_data.rows(self.table))
        return self._in_memory


class DerivedTable:
    """The differences from a large seeded table: rows that were changed or added, and numbers of deleted ones.

    Pages and counts are computed if the condition repeats with the number; for any other condition the whole table is
    loaded into memory.
    """

    __slots__ = ("_changed", "_gone", "_joined", "_seed_table", "_whole", "table")

    def __init__(self, seeded: SeedTable) -> None:
        self.table = seeded.table
        self._seed_table = seeded
        self._changed = MemoryTable(seeded.table)
        self._gone: list[int] = []
        self._whole: MemoryTable | None = None
        self._joined = JoinedPages()

    def fork(self) -> DerivedTable:
        """A copy that can be changed independently."""
        other = DerivedTable(self._seed_table)
        other._changed = self._changed.fork()
        other._gone = self._gone.copy()
        other._whole = self._whole.fork() if self._whole is not None else None
        return other

    def get(self, id: str) -> Row | None:
        """The row with an id."""
        if self._whole is not None:
            return self._whole.get(id)
        number = self._number(id)
        return None if number is None else self._changed.at(number) or self._seed_table.row(number)

    def page(
        self, where: Where, order: str = "created", limit: int | None = None, offset: int = 0, after: int | None = None
    ) -> list[Row]:
        """The rows that match a condition, in an order."""
        if self._whole is None and "id" in where:
            return self._by_ids(where).page(where, order, limit, offset, after)
        numbers = self._numbers(where) if order in {"created", "-created"} else None
        if (limit is None or after is not None) and self._seed_table.total <= SCANNED:
            numbers = None
        if numbers is None:
            return self._loaded().page(where, order, limit, offset, after)
        if order == "created":
            return self._oldest(numbers, where, limit, offset, after)
        return self._newest(numbers, where, limit, offset)

    def joined(self, where: Where, order: str, limit: int | None, offset: int) -> JoinedViews:
        """The default views of such rows, joined."""
        key = key_of(where), order, limit, offset
        return self._joined.get(key) or self._joined.join(key, self.page(where, order, limit, offset))

    def count(self, where: Where) -> int:
        """How many rows match a condition."""
        if self._whole is None and "id" in where:
            return self._by_ids(where).count(where)
        numbers = self._numbers(where)
        if numbers is None:
            return self._loaded().count(where)
        return len(numbers) - len(self._gaps(numbers)) + self._changed.count(where, self._seed_table.total - 1)

    def distinct(self, column: str, where: Where) -> list[Any]:
        """The distinct values of a column, ascending, without None."""
        return self._loaded().distinct(column, where)

    def least(self, column: str) -> Any:
        """The least value of a column, None if no row has one."""
        known, seeded = self._seed_table.least(column) if self._whole is None else (False, None)
        # Where some of the seeded rows are gone, the one with that value may be among them.
        if not known or (seeded is not None and self._gone):
            return self._loaded().least(column)
        values = [value for value in (seeded, self._changed.least(column)) if value is not None]
        return min(values, key=rank, default=None)

    def tally(self, columns: Sequence[str], where: Where) -> dict[tuple[Any, ...], int]:
        """How many rows have each combination of values."""
        return self._loaded().tally(columns, where)

    def put(self, row: Row) -> Row | None:
        """Insert a row or replace the one with its number; returns the row before.

        Raises StoreError, and changes nothing, if a row of another number has its id.
        """
        self._joined.clear()
        if self._whole is not None:
            return self._whole.put(row)
        check_id(self.table, row, self._number(row.id))
        if row.seq >= self._seed_table.total:
            return self._changed.put(row)
        seeded = self._seed_table.row(row.seq)
        if row.id != seeded.id or any(plain(a) != plain(b) for a, b in zip(row.columns, seeded.columns, strict=True)):
            # A changed id or column breaks the arithmetic, so the whole table is loaded from now on.
            return self._loaded().put(row)
        gone = self._is_gone(row.seq)
        if gone:
            self._gone.remove(row.seq)
        changed = self._changed.put(row)
        return None if gone else changed or seeded

    def drop(self, id: str) -> Row | None:
        """Delete the row with an id; returns that row."""
        self._joined.clear()
        if self._whole is not None:
            return self._whole.drop(id)
        old = self.get(id)
        self._changed.drop(id)
        if old is not None and old.seq < self._seed_table.total:
            insort(self._gone, old.seq)
        return old

    def _number(self, id: str) -> int | None:
        """The number of the row with an id."""
        changed = self._changed.get(id)
        if changed is not None:
            return changed.seq
        number = self._seed_table.number(id)
        return None if number is None or self._is_gone(number) else number

    def _numbers(self, where: Where) -> NumberSet | None:
        """The numbers of the seeded rows that match, None if the rows themselves have to be examined."""
        return self._seed_table.select(where) if self._whole is None else None

    def _loaded(self) -> MemoryTable:
        if self._whole is None:
            whole = self._seed_table.in_memory().fork()
            for number in self._gone:
                whole.drop(self._seed_table.row(number).id)
            for row in self._changed:
                whole.put(row)
            self._whole = whole
        return self._whole

    def _by_ids(self, where: Where) -> MemoryTable:
        """Only the rows with the ids in a condition."""
        wanted = where["id"]
        ids = wanted if isinstance(wanted, list | tuple | set | frozenset) else [wanted]
        found = (self.get(str(id)) for id in dict.fromkeys(ids))
        return MemoryTable(self.table, (row for row in found if row is not None))

    def _is_gone(self, number: int) -> bool:
        place = bisect_left(self._gone, number)
        return place < len(self._gone) and self._gone[place] == number

    def _gaps(self, numbers: NumberSet) -> list[int]:
        """The positions of deleted rows within a selection, ascending."""
        return [numbers.rank(number) for number in self._gone if number in numbers]

    def _oldest(self, numbers: NumberSet, where: Where, limit: int | None, offset: int, after: int | None) -> list[Row]:
        """A range of the remaining seeded rows, followed by rows that were added later."""
        gaps = self._gaps(numbers)
        first = 0 if after is None else numbers.rank(after + 1)
        alive = len(numbers) - first - (len(gaps) - bisect_left(gaps, first))
        count = max(0, alive - offset if limit is None else min(alive - offset, limit))
        seeded = self._stretch(numbers, gaps, first, offset, count)
        rest = None if limit is None else limit - count
        behind = max(self._seed_table.total - 1, -1 if after is None else after)
        return [*seeded, *self._changed.page(where, "created", rest, max(0, offset - alive), behind)]

    def _newest(self, numbers: NumberSet, where: Where, limit: int | None, offset: int) -> list[Row]:
        """The same in descending order: rows that were added later come first."""
        behind = self._seed_table.total - 1
        count = self._changed.count(where, behind)
        first = max(0, count - offset if limit is None else min(count - offset, limit))
        made = self._changed.page(where, "created", first, count - offset - first, behind) if first else []
        gaps = self._gaps(numbers)
        alive = len(numbers) - len(gaps)
        start = max(0, offset - count)
        wanted = max(0, min(alive if limit is None else limit - first, alive - start))
        return [*reversed(made), *reversed(self._stretch(numbers, gaps, 0, alive - start - wanted, wanted))]

    def _stretch(self, numbers: NumberSet, gaps: Sequence[int], first: int, offset: int, count: int) -> list[Row]:
        """`count` of the remaining seeded rows, from the `offset`-th after position `first`."""
        if count <= 0:
            return []
        position = _skip(gaps, first, offset)
        behind = _skip(gaps, first, offset + count - 1) + 1
        missing = set(gaps)
        changed, seeded = self._changed.at, self._seed_table.row
        return [
            changed(number) or seeded(number)
            for place, number in enumerate(numbers.between(position, behind), position)
            if place not in missing
        ]


def _skip(gaps: Sequence[int], first: int, offset: int) -> int:
    """The position of the `offset`-th remaining row, counted from position `first`."""
    position = first + offset
    before = bisect_left(gaps, first)
    while True:
        moved = first + offset + bisect_right(gaps, position) - before
        if moved == position:
            return position
        position = moved
