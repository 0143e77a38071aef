"""The SQL of a session: names that nobody can break out of, conditions that mean the same in all their forms."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import TABLES, THINGS, Seeds

from understudy.mock_server.store import Table
from understudy.mock_server.store.sqlite import SqliteStore
from understudy.mock_server.store.sqlite.statements import (
    among,
    column_of,
    condition,
    insertion,
    limit_of,
    order_of,
    quoted,
    selection,
)

names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """To a database with the tables of the seed."""
    store = SqliteStore(TABLES, Seeds(), Path(tmp_path_factory.mktemp("store")) / "state.db")
    yield asyncio.run(asyncio.run(store.session("")).opened()).connection
    asyncio.run(store.close())


def plan(connection: sqlite3.Connection, where: dict[str, Any], order: str, after: int | None = None) -> str:
    """How SQLite goes about a page of this condition and order."""
    clause, bound = condition(THINGS, where, after)
    text = f"EXPLAIN QUERY PLAN {selection(THINGS, '*', clause, order)}"
    return "; ".join(row[3] for row in connection.execute(text, (*bound, 20, 0)))


@given(names)
def test_any_name_is_one_name(name: str) -> None:
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.execute(f"CREATE TABLE {quoted(name)} (x)")

        assert memory.execute("SELECT name FROM sqlite_master").fetchall() == [(name,)]


def test_a_column_of_a_record_is_kept_apart_from_the_stores_own() -> None:
    assert column_of(Table("t", ("body",)), "body") == '"c_body"'


@pytest.mark.parametrize("name", ["id", "seq"])
def test_id_and_number_are_columns_of_every_table(name: str) -> None:
    assert column_of(Table("t", ()), name) == name


@pytest.mark.parametrize("name", ["colour", "body", "document", "", "c_owner"])
def test_a_column_that_is_not_kept_is_named_with_what_to_do(name: str) -> None:
    with pytest.raises(KeyError, match=r"api\.thing has no column .* add it to the resource's indexes"):
        column_of(THINGS, name)


@pytest.mark.parametrize(
    ("order", "text"),
    [
        ("created", " ORDER BY seq"),
        ("-created", " ORDER BY seq DESC"),
        ("rank", ' ORDER BY "c_rank", seq'),
        ("-rank", ' ORDER BY "c_rank" DESC, seq DESC'),
        ("id", " ORDER BY id, seq"),
    ],
)
def test_an_order_ends_with_the_order_of_making(order: str, text: str) -> None:
    assert order_of(THINGS, order) == text


@pytest.mark.parametrize(("limit", "bound"), [(None, -1), (0, 0), (7, 7)])
def test_no_limit_is_a_negative_one(limit: int | None, bound: int) -> None:
    assert limit_of(limit) == bound


def test_without_a_condition_there_is_no_clause() -> None:
    assert condition(THINGS, {}, None) == ("", ())


def test_every_part_of_a_condition_has_to_be_met() -> None:
    clause, bound = condition(THINGS, {"owner": "o", "kind": None, "rank": ["a", "b"]}, 7)

    assert clause == (
        ' WHERE "c_owner" = ? AND "c_kind" IS NULL AND "c_rank" IN (SELECT value FROM json_each(?)) AND seq > ?'
    )
    assert bound == ("o", '["a","b"]', 7)


@pytest.mark.parametrize("several", [["a"], ("a",), {"a"}, frozenset({"a"})])
def test_one_of_several_is_equality(several: Any) -> None:
    assert condition(THINGS, {"kind": several}, None) == (' WHERE "c_kind" = ?', ("a",))


@pytest.mark.parametrize(("wanted", "bound"), [(True, 1), (1.5, 1.5), (2**70, float(2**70)), ({"a": [1]}, '{"a":[1]}')])
def test_a_value_is_compared_as_it_is_kept(wanted: Any, bound: Any) -> None:
    ((found,), (listed,)) = (condition(THINGS, {"rank": each}, None)[1] for each in (wanted, [wanted]))

    assert found == listed == bound


@given(st.lists(texts | st.integers(-(2**63), 2**63 - 1), max_size=5), texts)
def test_any_values_are_found_among_themselves(values: list[Any], other: str) -> None:
    members, bound = among(values)
    with closing(sqlite3.connect(":memory:")) as memory:
        found = [memory.execute(f"SELECT ? IN {members}", (each, *bound)).fetchone()[0] for each in [*values, other]]

    assert found == [*[1] * len(values), int(other in values)]


@pytest.mark.parametrize(
    ("where", "order"),
    [
        ({}, "created"),
        ({}, "-created"),
        ({}, "rank"),
        ({}, "-rank"),
        ({"owner": "owner1"}, "created"),
        ({"owner": "owner1"}, "-created"),
        ({"owner": ["owner1"]}, "created"),
        ({"owner": None}, "created"),
        ({"id": "id1"}, "created"),
    ],
)
def test_a_page_is_read_from_an_index_and_nothing_is_sorted(
    connection: sqlite3.Connection, where: dict[str, Any], order: str
) -> None:
    assert "TEMP B-TREE" not in plan(connection, where, order)


def test_a_scan_starts_where_the_last_one_ended(connection: sqlite3.Connection) -> None:
    used = plan(connection, {"owner": "owner1"}, "created", after=3)

    assert re.search(r"\(c_owner=\? AND (seq|rowid)>\?\)", used)


def test_what_fits_one_of_several_values_is_sorted_by_number_alone(connection: sqlite3.Connection) -> None:
    clause, _ = condition(THINGS, {"kind": ["a", "b"]}, None)

    assert selection(THINGS, "body", clause, "created").startswith(
        'SELECT body FROM "api.thing" WHERE seq IN (SELECT seq '
    )


def test_a_row_that_is_put_again_is_replaced_by_number_with_its_id(connection: sqlite3.Connection) -> None:
    again = (1, "other", b"{}", b"new", "owner1", "z", 9)
    try:
        connection.execute("BEGIN")
        connection.execute(insertion(THINGS), again)

        assert connection.execute('SELECT id, body, c_kind FROM "api.thing" WHERE seq = 1').fetchall() == [
            ("other", b"new", "z")
        ]
    finally:
        connection.execute("ROLLBACK")


def test_an_id_under_another_number_is_refused(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(insertion(THINGS), (77, "id1", b"{}", b"[]", None, None, None))
