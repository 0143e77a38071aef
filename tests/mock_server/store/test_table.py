"""A table in memory keeps its look-ups as its rows are, and a fork of it is its own."""

from __future__ import annotations

import pytest
from stores import THINGS, Seeds, row

from understudy.mock_server.store import StoreError
from understudy.mock_server.store.table import MemoryTable


@pytest.fixture
def heap() -> MemoryTable:
    """Five things, all look-ups made."""
    made = MemoryTable(THINGS, Seeds().rows(THINGS))
    made.page({"owner": "owner0", "kind": "a"}, "-rank")
    return made


def ids(heap: MemoryTable, where: dict[str, object], order: str = "created") -> list[str]:
    return [kept.id for kept in heap.page(where, order)]


def test_a_changed_row_is_found_under_its_new_values_alone(heap: MemoryTable) -> None:
    heap.put(row(1, "id1", "owner0", "z", 100))

    assert ids(heap, {"owner": "owner1"}) == ["id3"]
    assert ids(heap, {"kind": "z"}) == ["id1"]
    assert ids(heap, {"owner": "owner0"}, "-rank") == ["id1", "id4", "id2", "id0"]


def test_a_dropped_row_is_found_nowhere(heap: MemoryTable) -> None:
    assert heap.drop("id0") is not None

    assert heap.get("id0") is None
    assert ids(heap, {"kind": "a"}) == ["id2"]
    assert ids(heap, {}, "rank") == ["id1", "id2", "id3", "id4"]
    assert heap.drop("id0") is None


def test_what_is_done_to_a_fork_is_not_done_to_its_origin(heap: MemoryTable) -> None:
    fork = heap.fork()
    fork.put(row(0, "id0", "owner1", "z", -1))
    fork.put(row(9, "id9", "owner0", "a", 0.5))
    fork.drop("id2")

    assert ids(heap, {"kind": "a"}, "rank") == ["id0", "id2"]
    assert ids(heap, {"owner": "owner0"}) == ["id0", "id2", "id4"]
    assert ids(fork, {"owner": "owner0"}) == ["id4", "id9"]
    assert ids(fork, {}, "rank") == ["id0", "id9", "id1", "id3", "id4"]


def test_a_row_keeps_its_id(heap: MemoryTable) -> None:
    heap.put(row(0, "another", "owner0"))

    assert ids(heap, {})[0] == "id0"
    assert heap.get("another") is None


def test_no_two_rows_have_one_id(heap: MemoryTable) -> None:
    with pytest.raises(StoreError, match="'id0' twice"):
        heap.put(row(7, "id0"))

    assert heap.at(7) is None


def test_rows_that_come_out_of_turn_are_kept_in_order(heap: MemoryTable) -> None:
    heap.put(row(20, "late", "owner0", "a"))
    heap.put(row(10, "early", "owner0", "a"))

    assert ids(heap, {"owner": "owner0", "kind": "a"}) == ["id0", "id2", "early", "late"]


def test_a_column_that_is_not_kept_is_named(heap: MemoryTable) -> None:
    with pytest.raises(KeyError, match="colour"):
        heap.count({"colour": "red"})
