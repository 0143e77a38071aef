"""One table in memory: its rows by number, and indexes by id and by column that are created at first use.

A table that several sessions share is never changed: a session that writes first takes a fork, which copies the indexes
and shares the rows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from understudy.mock_server.store.columns import Plain, plain
from understudy.mock_server.store.interface import JoinedViews, Row, StoreError, Table, Where
from understudy.mock_server.store.pages import JoinedPages

#: A place in an order by column: no value before numbers before text, then the order of creation.
Place = tuple[int, Any, int]

_NOTHING: list[int] = []
_MANY = frozenset({list, tuple, set, frozenset})

#: The types of values that are compared as they are.
_COMPARED = frozenset({str, type(None)})

#: How many conditions a table remembers with their rows until a row changes: a list needs its rows and their count.
MEMO = 256


class MemoryTable:
    """The rows of one table."""

    __slots__ = ("_by", "_found", "_ids", "_joined", "_orders", "_owned", "_rows", "_seqs", "table")

    def __init__(self, table: Table, rows: Iterable[Row] = ()) -> None:
        self.table = table
        self._rows: dict[int, Row] = {}
        self._ids: dict[str, int] = {}
        #: The numbers of all rows, ascending.
        self._seqs: list[int] = []
        #: Column -> value -> numbers, ascending.
        self._by: dict[str, dict[Plain, list[int]]] = {}
        #: Which of those lists are not shared with another table.
        self._owned: set[tuple[str, Plain]] = set()
        self._orders: dict[str, list[Place]] = {}
        #: The rows of a condition and an order, until a row changes.
        self._found: dict[Any, list[Any]] = {}
        self._joined = JoinedPages()
        for row in rows:
            self.put(row)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return map(self._rows.__getitem__, self._seqs)

    def fork(self) -> MemoryTable:
        """A copy that can be changed independently."""
        other = MemoryTable(self.table)
        other._rows = self._rows.copy()
        other._ids = self._ids.copy()
        other._seqs = self._seqs.copy()
        other._by = {column: by.copy() for column, by in self._by.items()}
        other._orders = {column: places.copy() for column, places in self._orders.items()}
        return other

    def at(self, seq: int) -> Row | None:
        """The row with a number."""
        return self._rows.get(seq)

    def get(self, id: str) -> Row | None:
        """The row with an id."""
        seq = self._ids.get(id)
        return None if seq is None else self._rows[seq]

    def page(
        self, where: Where, order: str = "created", limit: int | None = None, offset: int = 0, after: int | None = None
    ) -> list[Row]:
        """The rows that match a condition, in an order."""
        rows = self._rows
        column, down = (order[1:], True) if order[0] == "-" else (order, False)
        if column == "created":
            seqs = self.matching(where)
            if after is not None:
                offset += bisect_right(seqs, after)
            return [rows[seq] for seq in _stretch(seqs, down, limit, offset)]
        return [rows[place[2]] for place in _stretch(self._ordered(column, where), down, limit, offset)]

    def joined(self, where: Where, order: str, limit: int | None, offset: int) -> JoinedViews:
        """The default views of such rows, joined."""
        key = key_of(where), order, limit, offset
        return self._joined.get(key) or self._joined.join(key, self.page(where, order, limit, offset))

    def count(self, where: Where, after: int | None = None) -> int:
        """How many rows match a condition; with `after` only those with greater numbers."""
        seqs = self.matching(where)
        return len(seqs) if after is None else len(seqs) - bisect_right(seqs, after)

    def distinct(self, column: str, where: Where) -> list[Any]:
        """The distinct values of a column, ascending, without None."""
        if where:
            found = set(self._values(self.matching(where), column))
        else:
            found = {value for value, seqs in self._lookup(column).items() if seqs}
        return sorted(found - {None}, key=rank)

    def least(self, column: str) -> Any:
        """The least value of a column, None if no row has one."""
        values = (value for value, seqs in self._lookup(column).items() if seqs and value is not None)
        return min(values, key=rank, default=None)

    def tally(self, columns: Sequence[str], where: Where) -> dict[tuple[Any, ...], int]:
        """How many rows have each combination of values."""
        seqs = self.matching(where)
        return dict(Counter(zip(*(self._values(seqs, column) for column in columns), strict=True)))

    def put(self, row: Row) -> Row | None:
        """Insert a row or replace the one with its number; returns the row before.

        Raises StoreError, and changes nothing, if a row of another number has its id.
        """
        if not _COMPARED.issuperset(map(type, row.columns)):
            row = row._replace(columns=tuple(map(plain, row.columns)))
        check_id(self.table, row, self._ids.get(row.id))
        self._forget()
        old = self._rows.get(row.seq)
        if old is None:
            _enter(self._seqs, row.seq)
        elif old.id != row.id:
            del self._ids[old.id]
        self._ids[row.id] = row.seq
        self._rows[row.seq] = row
        for column in self._by:
            self._move(column, old, row)
        for column in self._orders:
            self._reorder(column, old, row)
        return old

    def drop(self, id: str) -> Row | None:
        """Delete the row with an id; returns that row."""
        seq = self._ids.pop(id, None)
        if seq is None:
            return None
        self._forget()
        old = self._rows.pop(seq)
        del self._seqs[bisect_left(self._seqs, seq)]
        for column in self._by:
            self._move(column, old, None)
        for column in self._orders:
            self._reorder(column, old, None)
        return old

    def matching(self, where: Where) -> list[int]:
        """The numbers of the rows that match a condition, ascending; not to be changed."""
        if not where:
            return self._seqs
        key = key_of(where)
        known = self._found.get(key)
        if known is None:
            known = self._match(where)
            self._remember(key, known)
        return known

    def _match(self, where: Where) -> list[int]:
        least = self._seqs
        tests = []
        for column, wanted in where.items():
            many = type(wanted) in _MANY
            found = self._any(column, wanted) if many else self._equal(column, wanted)
            if len(found) == len(self._seqs):
                continue
            tests.append((column, wanted, many, found))
            if len(found) < len(least):
                least = found
        for column, wanted, many, found in tests:
            if found is least:
                continue
            values = {plain(value) for value in wanted} - {None} if many else {plain(wanted)}
            least = [seq for seq, value in zip(least, self._values(least, column), strict=True) if value in values]
        return least

    def _remember(self, key: Any, found: list[Any]) -> None:
        if len(self._found) >= MEMO:
            self._found.clear()
        self._found[key] = found

    def _forget(self) -> None:
        """A row changes."""
        self._found.clear()
        self._joined.clear()

    def _equal(self, column: str, wanted: Any) -> list[int]:
        if column == "id":
            seq = self._ids.get(wanted)
            return _NOTHING if seq is None else [seq]
        if column == "seq":
            return [wanted] if wanted in self._rows else _NOTHING
        return self._lookup(column).get(wanted if type(wanted) is str else plain(wanted), _NOTHING)

    def _any(self, column: str, wanted: Iterable[Any]) -> list[int]:
        """The numbers of the rows whose value is one of several; None is ignored."""
        values = {plain(value) for value in wanted} - {None}
        if len(values) == 1:
            return self._equal(column, values.pop())
        return sorted(chain.from_iterable(self._equal(column, value) for value in values))

    def _values(self, seqs: list[int], column: str) -> list[Any]:
        """Numbers, ids, or values of a column. Raises KeyError for an unknown column."""
        rows = self._rows
        if column == "seq":
            return seqs
        if column == "id":
            return [rows[seq][1] for seq in seqs]
        index = _index(self.table, column)
        return [rows[seq][4][index] for seq in seqs]

    def _lookup(self, column: str) -> dict[Plain, list[int]]:
        by = self._by.get(column)
        if by is None:
            by = {}
            index = _index(self.table, column)
            for seq in self._seqs:
                by.setdefault(self._rows[seq].columns[index], []).append(seq)
            self._by[column] = by
            self._owned.update((column, value) for value in by)
        return by

    def _move(self, column: str, old: Row | None, new: Row | None) -> None:
        """Update an index by column."""
        index = _index(self.table, column)
        if old is not None:
            before = old.columns[index]
            if new is not None and new.columns[index] == before:
                return
            left = self._own(column, before)
            del left[bisect_left(left, old.seq)]
        if new is not None:
            _enter(self._own(column, new.columns[index]), new.seq)

    def _own(self, column: str, value: Plain) -> list[int]:
        """The numbers of a value as a list that is not shared."""
        by = self._by[column]
        if (column, value) not in self._owned:
            by[value] = list(by.get(value, ()))
            self._owned.add((column, value))
        return by[value]

    def _ordered(self, column: str, where: Where) -> list[Place]:
        """The places of the rows that match a condition, ordered by a column."""
        places = self._orders.get(column)
        if places is None:
            places = self._orders[column] = self._places(self._seqs, column)
        seqs = self.matching(where)
        if len(seqs) == len(places):
            return places
        key = column, key_of(where)
        found = self._found.get(key)
        if found is None:
            found = self._places(seqs, column)
            self._remember(key, found)
        return found

    def _places(self, seqs: list[int], column: str) -> list[Place]:
        values = self._values(seqs, column)
        return sorted((*rank(value), seq) for value, seq in zip(values, seqs, strict=True))

    def _reorder(self, column: str, old: Row | None, new: Row | None) -> None:
        """Update an order by column."""
        places = self._orders[column]
        if old is not None:
            place = _place(self.table, column, old)
            if new is not None and _place(self.table, column, new) == place:
                return
            del places[bisect_left(places, place)]
        if new is not None:
            insort(places, _place(self.table, column, new))


def check_id(table: Table, row: Row, holder: int | None) -> None:
    """Raises StoreError if another number than a row's holds its id."""
    if holder is not None and holder != row.seq:
        raise StoreError(f"{table.name} has the id {row.id!r} twice, with the numbers {holder} and {row.seq}")


def _index(table: Table, column: str) -> int:
    try:
        return table.columns.index(column)
    except ValueError:
        raise KeyError(f"{table.name} has no column {column!r}; add it to the resource's indexes") from None


def key_of(where: Where) -> Any:
    """The key under which a condition is remembered."""
    return tuple([(column, wanted if type(wanted) is str else _key_part(wanted)) for column, wanted in where.items()])


def _key_part(wanted: Any) -> Any:
    return tuple(map(plain, wanted)) if type(wanted) in _MANY else plain(wanted)


def _place(table: Table, column: str, row: Row) -> Place:
    value = row.id if column == "id" else row.seq if column == "seq" else row.columns[_index(table, column)]
    return (*rank(value), row.seq)


def rank(value: Plain) -> tuple[int, Any]:
    """The sort key of values of different types."""
    if value is None:
        return 0, 0
    return (2, value) if isinstance(value, str) else (1, value)


def _enter(seqs: list[int], seq: int) -> None:
    if not seqs or seq > seqs[-1]:
        seqs.append(seq)
    else:
        insort(seqs, seq)


def _stretch(ordered: list[Any], down: bool, limit: int | None, offset: int) -> list[Any]:
    """A range of a list, with `down` counted from its end."""
    if not down:
        return ordered[offset:] if limit is None else ordered[offset : offset + limit]
    stop = max(0, len(ordered) - offset)
    part = ordered[0 if limit is None else max(0, stop - limit) : stop]
    part.reverse()
    return part
