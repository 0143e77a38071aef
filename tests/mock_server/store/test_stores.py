"""What every store promises, whatever stands behind it."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgresql import Postgres, running
from stores import LONG, LONGER, TABLES, THINGS, Bench, Seeds, row

from understudy.mock_server.store import Row, StoreError, TooManySessionsError, memory
from understudy.mock_server.store.opening import open_store

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all of them; each test has a schema of its own."""
    with running() as server:
        yield server


def _bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    kind = request.param
    if kind == "derived":
        monkeypatch.setattr(memory, "WRITTEN_OUT", 0)
    address = None
    if kind == "file":
        address = f"sqlite:///{tmp_path / 'state.db'}"
    elif kind == "postgres":
        address = request.getfixturevalue("postgres").address(f"store{next(_NUMBERS)}")
    with asyncio.Runner() as runner:
        tested = Bench(lambda seeds: open_store(address, TABLES, seeds), runner)
        yield tested
        tested.close()


#: A store of each kind.
bench = pytest.fixture(params=["memory", "derived", "file", "postgres"], name="bench")(_bench)

#: Those that others may open as well, and write while somebody reads.
lasting = pytest.fixture(params=["file", "postgres"], name="lasting")(_bench)


#: One store serves all examples of a property; each begins with an empty session.
shared_store = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(max_size=8) | st.sampled_from(["", "\0", "a\0b", "'", '"', "%", "_", "é", "\U0001f600", "x" * 3000])
numbers = (
    st.integers(-(2**63), 2**63 - 1)
    | st.sampled_from([2**53, 2**53 + 1, 2**53 + 2, -(2**53) - 1, 0, 1])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
)
values = st.none() | texts | numbers


def rank(value: Any) -> tuple[int, Any]:
    """Nothing before numbers before text."""
    if value is None:
        return 0, 0
    return (2, value) if isinstance(value, str) else (1, value)


# Rows.


def test_a_row_comes_back_as_it_was_put(bench: Bench) -> None:
    kept = row(7, "seven", "o", 1.5, None, document=b'{"a":"\x00\xff"}', body=b"\x00")
    bench.put(bench.session(), kept)

    assert bench.read(bench.session(), lambda tx: tx.get(THINGS, "seven")) == kept


def test_a_row_that_is_not_there_is_none(bench: Bench) -> None:
    assert bench.read(bench.session(), lambda tx: tx.get(THINGS, "nobody")) is None


def test_a_row_put_again_is_replaced(bench: Bench) -> None:
    session = bench.session()
    bench.put(session, row(0, "id0", "x", body=b"new"))

    found = bench.read(session, lambda tx: tx.rows(THINGS, {"id": ["id0"]}))
    assert [(kept.body, kept.columns) for kept in found] == [(b"new", ("x", None, None))]


def test_a_row_is_replaced_by_number_with_its_id(bench: Bench) -> None:
    session = bench.session()
    bench.put(session, row(5, "five"))
    bench.put(session, row(1, "new", "x"), row(5, "newer"))

    assert bench.ids(session) == ["id0", "new", "id2", "id3", "id4", "newer"]
    assert bench.read(session, lambda tx: tx.get(THINGS, "id1")) is None
    assert bench.read(session, lambda tx: tx.get(THINGS, "new")) == row(1, "new", "x")
    bench.put(session, row(6, "id1"), row(7, "five"))
    assert bench.ids(session, {"id": ["id1", "new", "five"]}) == ["new", "id1", "five"]


@pytest.mark.parametrize("number", [3, 9], ids=["a row that is there", "a new row"])
@pytest.mark.parametrize("taken", ["id1", "five"], ids=["of the seed", "of an added row"])
@pytest.mark.parametrize("further", [[], [row(6, "six")]], ids=["alone", "behind another"])
def test_an_id_of_another_number_undoes_the_transaction(
    bench: Bench, number: int, taken: str, further: list[Row]
) -> None:
    session = bench.session()
    bench.put(session, row(5, "five", "mine"))
    before = bench.read(session, lambda tx: tx.rows(THINGS, {}))

    async def change(tx: Any) -> None:
        await tx.take(THINGS.name)
        await tx.put(THINGS, [row(0, "id0", "changed")])
        await tx.put(THINGS, [*further, row(number, taken, "other")])

    with pytest.raises(StoreError):
        bench.write(session, change)

    assert bench.read(session, lambda tx: tx.rows(THINGS, {})) == before
    assert bench.write(session, lambda tx: tx.take(THINGS.name)) == 5


def test_a_removed_id_may_be_put_under_another_number(bench: Bench) -> None:
    session = bench.session()
    bench.write(session, lambda tx: tx.remove(THINGS, ["id1"]))
    bench.put(session, row(5, "id1", "again"))

    assert bench.ids(session) == ["id0", "id2", "id3", "id4", "id1"]
    with pytest.raises(StoreError):
        bench.put(session, row(1, "id1"))


def test_of_rows_put_together_under_one_number_the_last_counts(bench: Bench) -> None:
    session = bench.session()
    bench.put(session, row(9, "nine", "first"), row(9, "nine", "second"))

    assert bench.read(session, lambda tx: tx.get(THINGS, "nine")).columns[0] == "second"


def test_putting_no_rows_changes_nothing(bench: Bench) -> None:
    bench.put(bench.session())

    assert bench.ids(bench.session()) == ["id0", "id1", "id2", "id3", "id4"]


def test_many_rows_are_put_at_once(bench: Bench) -> None:
    session = bench.session()
    bench.put(session, *(row(n, f"many{n}", "many") for n in range(10, 2010)))

    assert bench.read(session, lambda tx: tx.count(THINGS, {"owner": "many"})) == 2000


@shared_store
@given(st.lists(texts, unique=True, max_size=5))
def test_ids_may_hold_anything(bench: Bench, ids: list[str]) -> None:
    session = bench.empty(bench.session())
    bench.put(session, *(row(100 + n, id) for n, id in enumerate(ids)))

    assert bench.ids(session) == ids
    assert [bench.read(session, lambda tx, id=id: tx.get(THINGS, id)).id for id in ids] == ids


def test_tables_and_columns_may_have_long_names(bench: Bench) -> None:
    session = bench.session()
    bench.put(session, row(0, "one", "x", table=LONG), table=LONG)

    column = LONG.columns[0]
    assert bench.read(session, lambda tx: tx.count(LONG, {column: "x"})) == 1
    assert bench.read(session, lambda tx: tx.count(LONGER, {})) == 0


def test_rows_are_removed_by_id_and_counted(bench: Bench) -> None:
    session = bench.session()

    assert bench.write(session, lambda tx: tx.remove(THINGS, ["id1", "id4", "nobody"])) == 2
    assert bench.ids(session) == ["id0", "id2", "id3"]


# Conditions and orders.


@shared_store
@given(st.lists(values, max_size=8), values)
def test_a_condition_finds_equal_values(bench: Bench, kept: list[Any], wanted: Any) -> None:
    session = bench.empty(bench.session())
    bench.put(session, *(row(n, f"n{n}", value) for n, value in enumerate(kept, 100)))

    fitting = [f"n{n}" for n, value in enumerate(kept, 100) if value == wanted]
    assert bench.ids(session, {"owner": wanted}) == fitting
    assert bench.read(session, lambda tx: tx.count(THINGS, {"owner": wanted})) == len(fitting)


@shared_store
@given(st.lists(values, max_size=8), st.lists(values, max_size=4))
def test_a_list_finds_any_of_its_values(bench: Bench, kept: list[Any], wanted: list[Any]) -> None:
    session = bench.empty(bench.session())
    bench.put(session, *(row(n, f"n{n}", value) for n, value in enumerate(kept, 100)))

    fitting = [f"n{n}" for n, value in enumerate(kept, 100) if value is not None and value in wanted]
    assert bench.ids(session, {"owner": wanted}) == fitting


@shared_store
@given(st.lists(values, max_size=8), st.booleans())
def test_rows_are_sorted_nothing_before_numbers_before_text(bench: Bench, kept: list[Any], down: bool) -> None:
    session = bench.empty(bench.session())
    bench.put(session, *(row(n, f"n{n}", value) for n, value in enumerate(kept, 100)))

    # Texts are distinguished by their first kilobyte; no example has two longer ones that differ.
    ordered = sorted(enumerate(kept, 100), key=lambda pair: (rank(pair[1]), pair[0]), reverse=down)
    assert bench.ids(session, order="-owner" if down else "owner") == [f"n{n}" for n, _ in ordered]


@shared_store
@given(st.lists(values, max_size=8))
def test_different_values_come_once_and_sorted(bench: Bench, kept: list[Any]) -> None:
    session = bench.empty(bench.session())
    bench.put(session, *(row(n, f"n{n}", value) for n, value in enumerate(kept, 100)))

    different = sorted({value for value in kept if value is not None}, key=rank)
    assert bench.read(session, lambda tx: tx.distinct(THINGS, "owner", {})) == different


@shared_store
@given(st.lists(values, max_size=8))
def test_combinations_of_values_are_counted(bench: Bench, kept: list[Any]) -> None:
    session = bench.empty(bench.session())
    bench.put(session, *(row(n, f"n{n}", value, n % 2) for n, value in enumerate(kept, 100)))

    counted = Counter((value, n % 2) for n, value in enumerate(kept, 100))
    assert bench.read(session, lambda tx: tx.tally(THINGS, ["owner", "kind"], {})) == counted
    even = {(value,): count for (value, odd), count in counted.items() if not odd}
    assert bench.read(session, lambda tx: tx.tally(THINGS, ["owner"], {"kind": 0})) == even


@shared_store
@given(
    st.sampled_from(["created", "-created", "kind", "-kind", "rank"]),
    st.none() | st.integers(0, 6),
    st.integers(0, 6),
    st.sampled_from([{}, {"owner": "owner0"}, {"kind": ["a", "b"]}, {"kind": None}, {"id": ["id3", "id1"]}]),
)
def test_pages_are_cut_out_of_the_whole(
    bench: Bench, order: str, limit: int | None, offset: int, where: dict[str, Any]
) -> None:
    session = bench.session()
    whole = bench.ids(session, where, order=order)

    page = bench.ids(session, where, order=order, limit=limit, offset=offset)
    assert page == whole[offset:][:limit]
    bodies = bench.read(session, lambda tx: tx.bodies(THINGS, where, order, limit, offset))
    assert bodies == [id[2:].encode() for id in page]
    found = bench.read(session, lambda tx: tx.bodies_with(THINGS, ["rank", "seq"], where, order, limit, offset))
    assert found == [(body, int(body) * 1.5, int(body)) for body in bodies]
    joined = bench.read(session, lambda tx: tx.joined(THINGS, where, order, limit, offset))
    assert joined == (len(bodies), b",".join(bodies))


def test_a_page_that_was_read_is_read_as_it_is_now(bench: Bench) -> None:
    session = bench.session()

    def page() -> bytes:
        return bench.read(session, lambda tx: tx.joined(THINGS, {}, "-created", 3)).text

    async def regretted(tx: Any) -> None:
        await tx.put(THINGS, [row(6, "id6", body=b"6")])
        assert (await tx.joined(THINGS, {}, "-created", 3)).text == b"6,5,4"
        raise ZeroDivisionError

    assert page() == b"4,3,2"
    bench.put(session, row(5, "id5", body=b"5"))
    assert page() == b"5,4,3"
    with pytest.raises(ZeroDivisionError):
        bench.write(session, regretted)
    assert page() == b"5,4,3"
    bench.write(session, lambda tx: tx.remove(THINGS, ["id4"]))
    assert page() == b"5,3,2"


def test_a_scan_goes_on_behind_a_row(bench: Bench) -> None:
    assert bench.ids(bench.session(), {"owner": "owner0"}, after=0, limit=1) == ["id2"]


def test_a_view_is_given_only_where_its_row_fits(bench: Bench) -> None:
    session = bench.session()

    assert bench.read(session, lambda tx: tx.body(THINGS, "id1", {"owner": "owner1"})) == b"1"
    assert bench.read(session, lambda tx: tx.body(THINGS, "id1", {"owner": "owner0"})) is None


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        ({}, True),
        ({"id": "id1"}, True),
        ({"id": ["id0", "id1"], "owner": "owner1"}, True),
        ({"id": "id0"}, False),
        ({"id": ["id0", "id2"]}, False),
        ({"id": "id0", "owner": ["owner0", "owner1"]}, False),
        ({"seq": 1, "rank": 1.5}, True),
        ({"seq": 0}, False),
        ({"kind": None}, False),
    ],
)
def test_a_condition_on_the_id_does_not_replace_the_id_asked_for(
    bench: Bench, where: dict[str, Any], fits: bool
) -> None:
    found = bench.read(bench.session(), lambda tx: tx.body(THINGS, "id1", where))

    assert found == (b"1" if fits else None)


def test_a_column_that_is_not_kept_is_named(bench: Bench) -> None:
    with pytest.raises(KeyError, match="colour"):
        bench.read(bench.session(), lambda tx: tx.rows(THINGS, {"colour": "red"}))


# Counters.


def test_a_counter_goes_on_behind_the_seed(bench: Bench) -> None:
    assert bench.write(bench.session(), lambda tx: tx.take(THINGS.name)) == 5


def test_numbers_taken_together_are_nobody_elses(bench: Bench) -> None:
    session = bench.session()

    assert bench.write(session, lambda tx: tx.take("new", 10)) == 0
    assert bench.write(session, lambda tx: tx.take("new")) == 10


def test_sessions_count_for_themselves(bench: Bench) -> None:
    bench.write(bench.session("a"), lambda tx: tx.take("new", 10))

    assert bench.write(bench.session("b"), lambda tx: tx.take("new")) == 0


# Transactions.


class Regret(Exception):
    """A change of mind in the middle of a transaction."""


def test_an_exception_undoes_everything(bench: Bench) -> None:
    session = bench.session()

    async def change(tx: Any) -> None:
        await tx.take(THINGS.name)
        await tx.put(THINGS, [row(5, "new"), row(0, "id0", "changed")])
        await tx.remove(THINGS, ["id1"])
        raise Regret

    with pytest.raises(Regret):
        bench.write(session, change)
    assert bench.read(session, lambda tx: tx.rows(THINGS, {})) == list(Seeds().rows(THINGS))
    assert bench.write(session, lambda tx: tx.take(THINGS.name)) == 5


def test_a_transaction_sees_what_it_wrote(bench: Bench) -> None:
    async def change(tx: Any) -> Row | None:
        await tx.put(THINGS, [row(5, "new", "o")])
        return await tx.get(THINGS, "new")

    assert bench.write(bench.session(), change) == row(5, "new", "o")


def test_a_reader_sees_one_moment(lasting: Bench) -> None:
    other = lasting.session("s", lasting.another())

    async def read(tx: Any) -> tuple[int, int]:
        before = await tx.count(THINGS, {})
        async with other.transaction(write=True) as writing:
            await writing.put(THINGS, [row(5, "new")])
        return before, await tx.count(THINGS, {})

    assert lasting.read(lasting.session("s"), read) == (5, 5)


# Sessions.


def test_a_session_begins_with_the_seed(bench: Bench) -> None:
    assert bench.read(bench.session("new"), lambda tx: tx.rows(THINGS, {})) == list(Seeds().rows(THINGS))


def test_sessions_do_not_see_each_other(bench: Bench) -> None:
    bench.put(bench.session("a"), row(5, "new"))
    bench.write(bench.session("b"), lambda tx: tx.remove(THINGS, ["id0"]))

    assert "new" in bench.ids(bench.session("a"))
    assert bench.ids(bench.session("b")) == ["id1", "id2", "id3", "id4"]
    assert bench.ids(bench.session()) == ["id0", "id1", "id2", "id3", "id4"]


def test_sessions_are_listed_the_default_one_first(bench: Bench) -> None:
    for name in ("b", "", "a"):
        bench.session(name)

    assert bench.run(bench.store.sessions()) == ["", "a", "b"]


def test_a_dropped_session_is_made_anew(bench: Bench) -> None:
    bench.put(bench.session("s"), row(5, "new"))

    assert bench.run(bench.store.drop("s"))
    assert not bench.run(bench.store.drop("s"))
    assert bench.run(bench.store.sessions()) == [""]
    assert bench.ids(bench.session("s")) == ["id0", "id1", "id2", "id3", "id4"]


def test_the_default_session_cannot_be_dropped(bench: Bench) -> None:
    bench.put(bench.session(), row(5, "new"))

    assert not bench.run(bench.store.drop(""))
    assert "new" in bench.ids(bench.session())


def test_a_reset_goes_back_to_the_seed(bench: Bench) -> None:
    session = bench.session("s")
    bench.put(session, row(5, "new"), row(0, "id0", "changed"))
    bench.write(session, lambda tx: tx.take(THINGS.name, 3))
    bench.run(session.reset())

    assert bench.read(session, lambda tx: tx.rows(THINGS, {})) == list(Seeds().rows(THINGS))
    assert bench.write(session, lambda tx: tx.take(THINGS.name)) == 5


# Snapshots.


def test_a_snapshot_is_what_was_there(bench: Bench) -> None:
    session = bench.session("s")
    bench.put(session, row(5, "new"))
    bench.run(session.save_snapshot("mine"))
    bench.write(session, lambda tx: tx.remove(THINGS, ["id0", "new"]))

    assert bench.run(session.restore_snapshot("mine"))
    assert bench.ids(session) == ["id0", "id1", "id2", "id3", "id4", "new"]


def test_a_snapshot_survives_a_reset_and_being_restored(bench: Bench) -> None:
    session = bench.session("s")
    bench.put(session, row(5, "new"))
    bench.run(session.save_snapshot("mine"))
    for _ in range(2):
        bench.run(session.reset())
        bench.run(session.restore_snapshot("mine"))

    assert "new" in bench.ids(session)


def test_a_snapshot_of_a_known_label_is_replaced(bench: Bench) -> None:
    session = bench.session("s")
    bench.run(session.save_snapshot("mine"))
    bench.put(session, row(5, "new"))
    bench.run(session.save_snapshot("mine"))
    bench.run(session.reset())
    bench.run(session.restore_snapshot("mine"))

    assert bench.run(session.snapshots()) == ["mine"]
    assert "new" in bench.ids(session)


def test_snapshots_are_listed_and_forgotten(bench: Bench) -> None:
    session = bench.session("s")
    for label in ("b", "a", "\0é"):
        bench.run(session.save_snapshot(label))

    assert bench.run(session.snapshots()) == ["\0é", "a", "b"]
    assert bench.run(session.drop_snapshot("a"))
    assert not bench.run(session.drop_snapshot("a"))
    assert not bench.run(session.restore_snapshot("a"))
    assert bench.run(bench.session("t").snapshots()) == []


def test_a_snapshot_is_read_where_it_lies(bench: Bench) -> None:
    session = bench.session("s")
    bench.put(session, row(5, "new"))
    bench.run(session.save_snapshot("mine"))
    bench.write(session, lambda tx: tx.remove(THINGS, ["id0", "new"]))
    bench.write(session, lambda tx: tx.take(THINGS.name, 7))

    async def both() -> list[Any]:
        async with session.snapshot("mine") as kept:
            assert kept is not None
            there = [each.id for each in await kept.rows(THINGS, {})], await kept.following(THINGS.name)
            async with session.transaction(write=False) as tx:
                return [there, ([each.id for each in await tx.rows(THINGS, {})], await tx.following(THINGS.name))]

    assert bench.run(both()) == [
        (["id0", "id1", "id2", "id3", "id4", "new"], 5),
        (["id1", "id2", "id3", "id4"], 12),
    ]


def test_a_snapshot_that_is_not_there_is_read_as_nothing(bench: Bench) -> None:
    async def read() -> Any:
        async with bench_session.snapshot("none") as kept:
            return kept

    bench_session = bench.session("s")
    assert bench.run(read()) is None


def test_a_draft_is_seen_by_nobody_until_it_is_a_snapshot(bench: Bench) -> None:
    session = bench.session("s")
    bench.put(session, row(5, "new"))

    async def draft() -> list[Any]:
        async with session.draft("drawn") as tx:
            await tx.remove(THINGS, ["id0"])
            await tx.put(THINGS, [row(6, "drafted")])
            await tx.take(THINGS.name, 3)
            async with session.transaction(write=True) as live:
                await live.put(THINGS, [row(7, "live")])
            return [await session.snapshots(), [each.id for each in await tx.rows(THINGS, {})]]

    during = bench.run(draft())
    now = bench.ids(session)
    bench.run(session.restore_snapshot("drawn"))

    assert during == [[], ["id1", "id2", "id3", "id4", "new", "drafted"]]
    assert now == ["id0", "id1", "id2", "id3", "id4", "new", "live"]
    assert bench.ids(session) == ["id1", "id2", "id3", "id4", "new", "drafted"]
    assert bench.read(session, lambda tx: tx.following(THINGS.name)) == 8


def test_a_draft_replaces_a_snapshot_of_its_label(bench: Bench) -> None:
    session = bench.session("s")
    bench.run(session.save_snapshot("mine"))

    async def draft() -> None:
        async with session.draft("mine") as tx:
            await tx.remove(THINGS, ["id0"])

    bench.run(draft())
    bench.run(session.restore_snapshot("mine"))

    assert bench.run(session.snapshots()) == ["mine"]
    assert bench.ids(session) == ["id1", "id2", "id3", "id4"]


def test_a_draft_that_fails_leaves_no_trace(bench: Bench) -> None:
    session = bench.session("s")

    async def draft() -> None:
        async with session.draft("mine") as tx:
            await tx.remove(THINGS, ["id0"])
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        bench.run(draft())

    assert bench.run(session.snapshots()) == []
    bench.put(session, row(5, "new"))
    assert bench.ids(session) == ["id0", "id1", "id2", "id3", "id4", "new"]


# The same place opened twice.


def test_what_one_process_writes_another_reads(lasting: Bench) -> None:
    other = lasting.session("s", lasting.another())
    lasting.put(lasting.session("s"), row(5, "new"))

    assert lasting.ids(other) == ["id0", "id1", "id2", "id3", "id4", "new"]
    assert lasting.write(other, lambda tx: tx.take(THINGS.name)) == 5
    assert lasting.write(lasting.session("s"), lambda tx: tx.take(THINGS.name)) == 6


def test_a_session_dropped_by_one_process_is_anew_for_another(lasting: Bench) -> None:
    store = lasting.another()
    other = lasting.session("s", store)
    lasting.put(other, row(5, "new"))
    lasting.session("s")
    lasting.run(lasting.store.drop("s"))

    assert lasting.run(store.sessions()) == [""]
    assert lasting.ids(other) == ["id0", "id1", "id2", "id3", "id4"]
    lasting.put(other, row(6, "newer"))
    assert lasting.ids(lasting.session("s")) == ["id0", "id1", "id2", "id3", "id4", "newer"]


def test_a_reset_and_a_snapshot_hold_for_every_process(lasting: Bench) -> None:
    other = lasting.session("s", lasting.another())
    session = lasting.session("s")
    lasting.put(other, row(5, "new"))
    lasting.run(session.save_snapshot("mine"))
    lasting.run(other.reset())

    assert lasting.ids(session) == ["id0", "id1", "id2", "id3", "id4"]
    assert lasting.run(other.restore_snapshot("mine"))
    assert "new" in lasting.ids(session)


def test_no_session_is_created_beyond_the_limit(bench: Bench) -> None:
    store = bench.store
    bench.run(store.session("", 1))
    bench.run(store.session("a", 1))

    for _ in range(2):
        with pytest.raises(TooManySessionsError):
            bench.run(store.session("b", 1))
    assert bench.run(store.sessions()) == ["", "a"]
    assert bench.run(bench.run(store.session("a", 1)).snapshots()) == []
    bench.run(store.drop("a"))
    bench.run(store.session("b", 1))
    assert bench.run(store.sessions()) == ["", "b"]


def test_what_was_written_is_there_when_it_is_opened_again(lasting: Bench) -> None:
    for name in ("", "s"):
        lasting.put(lasting.session(name), row(5, f"new{name}"))
    lasting.run(lasting.store.close())
    again = lasting.another()

    assert "new" in lasting.ids(lasting.session("", again))
    assert "news" in lasting.ids(lasting.session("s", again))


def test_a_closed_store_opens_when_it_is_used(lasting: Bench) -> None:
    lasting.put(lasting.session("s"), row(5, "new"))
    lasting.run(lasting.store.close())

    assert lasting.run(lasting.store.sessions()) == ["", "s"]
    assert "new" in lasting.ids(lasting.session("s"))


def test_another_seed_is_refused_by_name(lasting: Bench) -> None:
    with pytest.raises(StoreError, match=r"five things, here .*another seed"):
        lasting.another(Seeds("another seed"))


def test_the_least_value_of_a_column_ignores_rows_without_one(bench: Bench) -> None:
    session = bench.session()
    assert bench.read(session, lambda tx: tx.least(THINGS, "rank")) == 0
    assert bench.read(session, lambda tx: tx.least(THINGS, "kind")) == "a"
    assert bench.read(session, lambda tx: tx.least(LONG, LONG.columns[0])) is None

    bench.write(session, lambda tx: tx.remove(THINGS, ["id0", "id2"]))
    bench.put(session, row(9, "id9", "owner1", None, -0.5))
    assert bench.read(session, lambda tx: tx.least(THINGS, "rank")) == -0.5
    assert bench.read(session, lambda tx: tx.least(THINGS, "kind")) == "b"
