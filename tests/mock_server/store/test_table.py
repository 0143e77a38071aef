"""A table in memory keeps its look-ups as its rows are, and a fork of it is its own."""

from __future__ import annotations

import pytest
from stores import THINGS, Seeds, row

from understudy.mock_server.store import StoreError
from understudy.mock_server.store.table import MemoryTable


@pytest.fixture
def table() -> MemoryTable:
    """Five things, all look-ups made."""
    made = MemoryTable(THINGS, Seeds().rows(THINGS))
    made.page({"owner": "owner0", "kind": "a"}, "-rank")
    return made


def ids(table: MemoryTable, where: dict[str, object], order: str = "created") -> list[str]:
    return [kept.id for kept in table.page(where, order)]


def test_a_changed_row_is_found_under_its_new_values_alone(table: MemoryTable) -> None:
    table.put(row(1, "id1", "owner0", "z", 100))

    assert ids(table, {"owner": "owner1"}) == ["id3"]
    assert ids(table, {"kind": "z"}) == ["id1"]
    assert ids(table, {"owner": "owner0"}, "-rank") == ["id1", "id4", "id2", "id0"]


def test_a_dropped_row_is_found_nowhere(table: MemoryTable) -> None:
    assert table.drop("id0") is not None

    assert table.get("id0") is None
    assert ids(table, {"kind": "a"}) == ["id2"]
    assert ids(table, {}, "rank") == ["id1", "id2", "id3", "id4"]
    assert table.drop("id0") is None


def test_what_is_done_to_a_fork_is_not_done_to_its_origin(table: MemoryTable) -> None:
    fork = table.fork()
    fork.put(row(0, "id0", "owner1", "z", -1))
    fork.put(row(9, "id9", "owner0", "a", 0.5))
    fork.drop("id2")

    assert ids(table, {"kind": "a"}, "rank") == ["id0", "id2"]
    assert ids(table, {"owner": "owner0"}) == ["id0", "id2", "id4"]
    assert ids(fork, {"owner": "owner0"}) == ["id4", "id9"]
    assert ids(fork, {}, "rank") == ["id0", "id9", "id1", "id3", "id4"]


def test_a_row_is_replaced_by_number_with_its_id(table: MemoryTable) -> None:
    table.put(row(0, "another", "owner0"))

    assert ids(table, {})[0] == "another"
    assert table.get("id0") is None


def test_no_two_rows_have_one_id(table: MemoryTable) -> None:
    with pytest.raises(StoreError, match="'id0' twice"):
        table.put(row(7, "id0"))

    assert table.at(7) is None


def test_rows_that_come_out_of_turn_are_kept_in_order(table: MemoryTable) -> None:
    table.put(row(20, "late", "owner0", "a"))
    table.put(row(10, "early", "owner0", "a"))

    assert ids(table, {"owner": "owner0", "kind": "a"}) == ["id0", "id2", "early", "late"]


def test_a_column_that_is_not_kept_is_named(table: MemoryTable) -> None:
    with pytest.raises(KeyError, match="colour"):
        table.count({"colour": "red"})
