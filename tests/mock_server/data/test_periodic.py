"""What repeats with the index can be found by arithmetic."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.data.generators import OMIT, RecordDraft, Source, compile_generator, fill
from understudy.mock_server.data.periodic import SOMETHING, Progression, Selection, pattern, select

PROGRESSIONS = st.integers(1, 12).flatmap(
    lambda period: st.builds(
        Progression,
        first=st.integers(0, 50),
        count=st.integers(0, 60),
        period=st.just(period),
        residues=st.lists(st.integers(0, period - 1), min_size=1, unique=True).map(lambda found: tuple(sorted(found))),
    )
)

PLAIN: st.SearchStrategy[Any] = st.one_of(st.none(), st.booleans(), st.sampled_from(["a", "b"]))


def telling(*earlier: Any) -> st.SearchStrategy[Any]:
    """Generators that look at properties made before."""
    return st.recursive(
        st.one_of(
            PLAIN, st.builds(lambda v: {"const": v}, PLAIN), st.just({"integer": [0, 3]}), *map(st.just, earlier)
        ),
        lambda inner: st.builds(lambda entries: {"cycle": entries}, st.lists(inner, min_size=1, max_size=4)),
        max_leaves=6,
    )


AFTER = {"after": {"property": "a", "seconds": [1, 9]}}
HOLDS = {"holds": {"present": ["a"], "absent": ["b"]}}
#: Times, so that `after` has something to come after.
TIMES = st.builds(
    lambda entries: {"cycle": entries},
    st.lists(st.sampled_from([None, "2025-01-01T00:00:00Z"]), min_size=1, max_size=5),
)


def members(progression: Progression) -> list[int]:
    return [progression.first + i for i in range(progression.count) if i % progression.period in progression.residues]


@given(PROGRESSIONS)
def test_a_progression_has_exactly_its_members_in_order(progression: Progression) -> None:
    wanted = members(progression)

    assert len(progression) == len(wanted)
    assert list(progression.between(0, len(wanted))) == wanted
    assert list(progression.between(1, len(wanted) - 1)) == wanted[1:-1]
    assert [n for n in range(120) if n in progression] == wanted
    assert [progression.rank(n) for n in range(120)] == [sum(m < n for m in wanted) for n in range(120)]


@given(st.lists(PROGRESSIONS, max_size=4))
def test_a_selection_is_its_parts_one_behind_the_other(parts: list[Progression]) -> None:
    placed = [Progression(p.first + 200 * i, p.count, p.period, p.residues) for i, p in enumerate(parts)]
    wanted = [n for part in placed for n in members(part)]
    selection = Selection(placed)

    assert list(selection.between(0, len(wanted))) == wanted
    assert list(selection.between(1, len(wanted) - 1)) == wanted[1:-1]
    assert all(n in selection for n in wanted)
    assert [selection.rank(n) for n in wanted] == list(range(len(wanted)))


@given(TIMES, telling(AFTER), telling(AFTER, HOLDS))
def test_a_pattern_is_what_the_generator_makes(a: Any, b: Any, c: Any) -> None:
    recipe = {"a": a, "b": b, "c": c}
    source = Source("k", 1, datetime(2025, 1, 1, tzinfo=UTC), ("en_GB",))
    generators = {name: compile_generator(spec, name, source) for name, spec in recipe.items()}

    found = pattern(recipe["c"], recipe)

    for index in range(40) if found is not None else ():
        made = fill(generators, RecordDraft(index, {}, "")).get("c", OMIT)
        expected = found[index % len(found)] if found is not None else None
        assert (made is not None) if expected is SOMETHING else made == expected


@given(
    st.integers(0, 20),
    st.integers(0, 40),
    st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=5),
    st.lists(st.booleans(), min_size=1, max_size=4),
    st.sampled_from(["a", "b", "c", None, ["a", "b"], []]),
    st.booleans(),
)
def test_a_condition_selects_the_numbers_whose_values_fit(
    first: int, count: int, status: list[Any], shown: list[bool], wanted: Any, seen: bool
) -> None:
    selected = select(first, count, {"status": tuple(status), "shown": tuple(shown)}, {"status": wanted, "shown": seen})

    fitting = [
        first + i
        for i in range(count)
        if (status[i % len(status)] in wanted if isinstance(wanted, list) else status[i % len(status)] == wanted)
        and not (isinstance(wanted, list) and status[i % len(status)] is None)
        and shown[i % len(shown)] == seen
    ]
    assert selected is not None
    assert list(selected.between(0, len(selected))) == fitting


def test_random_values_have_no_pattern() -> None:
    assert select(0, 9, {"a": (SOMETHING,)}, {"a": 1}) is None
    assert select(0, 9, {}, {"a": 1}) is None
    assert pattern({"input": "a"}, {}) is None
