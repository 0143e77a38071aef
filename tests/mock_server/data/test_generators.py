"""The generators of a seed recipe: the same draw for the same key, and values within what the recipe says."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.data.generators import (
    OMIT,
    JoinedSequence,
    RecordDraft,
    Source,
    UnknownGeneratorError,
    as_timestamp,
    compile_generator,
    fill,
    slug,
)

EPOCH = datetime(2025, 1, 6, 9, tzinfo=UTC)
INDEXES = st.integers(0, 10**6)
SEEDS = st.integers(-(2**40), 2**40)


def source(seed: int = 42, **options: Any) -> Source:
    return Source("api/people", seed, EPOCH, options.get("locales", ("en_GB",)), options.get("members", {}))


def value(spec: Any, index: int = 0, name: str = "a", seed: int = 42, record: Any = None, **more: Any) -> Any:
    draft = RecordDraft(index, dict(record or {}), "2026-01-01T00:00:00.000Z", more.pop("inputs", {}))
    return compile_generator(spec, name, source(seed, **more))(draft)


DRAWN: list[Any] = [
    {"integer": [1, 1000]},
    {"decimal": [0, 10, 4]},
    {"date": ["1950-01-01", "2005-12-31"]},
    {"time": {"start": 0, "step": 60, "jitter": 50}},
    {"token": {"form": "hex", "length": 24}},
    {"pool": "last_name"},
    {"sample": {"of": list("abcdefgh"), "count": [2, 5]}},
    {"list": {"of": {"integer": [0, 99]}, "count": [0, 4]}},
    {"object": {"x": {"integer": [0, 99]}, "y": {"choice": ["p", "q"]}}},
    {"maybe": {"chance": 0.5, "of": {"integer": [0, 99]}}},
    {"code": {"length": 5}},
]


@given(st.sampled_from(DRAWN), INDEXES, SEEDS)
def test_the_same_seed_name_and_index_give_the_same_value(spec: Any, index: int, seed: int) -> None:
    assert value(spec, index, seed=seed) == value(spec, index, seed=seed)


@pytest.mark.parametrize("spec", DRAWN, ids=lambda spec: next(iter(spec)))
def test_another_seed_or_name_gives_other_values(spec: Any) -> None:
    values = [value(spec, n) for n in range(40)]

    assert values != [value(spec, n, seed=43) for n in range(40)]
    assert values != [value(spec, n, name="b") for n in range(40)]


@given(INDEXES, st.integers(-1000, 1000), st.integers(0, 1000))
def test_a_drawn_integer_lies_within_its_bounds(index: int, low: int, span: int) -> None:
    assert low <= value({"integer": [low, low + span]}, index) <= low + span


def test_every_integer_within_the_bounds_is_drawn() -> None:
    assert {value({"integer": [3, 7]}, n) for n in range(200)} == {3, 4, 5, 6, 7}


@given(INDEXES, st.integers(0, 4))
def test_a_drawn_decimal_lies_within_its_bounds_and_has_its_places(index: int, places: int) -> None:
    drawn = value({"decimal": [1, 5, places]}, index)

    assert 1 <= drawn <= 5
    assert drawn == round(drawn, places)


@given(INDEXES)
def test_a_drawn_date_lies_within_its_bounds(index: int) -> None:
    drawn = value({"date": ["1950-01-01", "1950-03-01"]}, index)

    assert date(1950, 1, 1) <= date.fromisoformat(drawn) <= date(1950, 3, 1)


@given(st.floats(0.05, 0.95))
def test_chances_are_met(chance: float) -> None:
    drawn = [value({"chance": chance}, n) for n in range(2000)]

    assert abs(sum(drawn) / 2000 - chance) < 0.06
    assert set(drawn) == {True, False}


@given(INDEXES)
def test_times_rise_with_the_index_while_the_jitter_is_less_than_the_step(index: int) -> None:
    spec = {"time": {"start": 3600, "step": 60, "jitter": 60}}

    assert EPOCH + timedelta(hours=1) <= datetime.fromisoformat(value(spec, 0)) < EPOCH + timedelta(hours=1, minutes=1)
    assert value(spec, index) <= value(spec, index + 1)


@given(INDEXES)
def test_a_time_after_another_one_is_that_much_later(index: int) -> None:
    spec = {"after": {"property": "t", "seconds": [60, 90]}}
    later = value(spec, index, record={"t": "2025-01-01T00:00:00.000Z"})

    assert "2025-01-01T00:01:00.000Z" <= later <= "2025-01-01T00:01:30.000Z"
    assert value(spec, index, record={"t": None}) is None
    assert value(spec, index) is None


@given(INDEXES, st.lists(st.integers(), min_size=1, max_size=5))
def test_a_cycle_goes_round_by_index_and_a_choice_takes_one(index: int, entries: list[int]) -> None:
    assert value({"cycle": entries}, index) == entries[index % len(entries)]
    assert value({"choice": entries}, index) in entries


def test_entries_may_be_generators() -> None:
    spec = {"cycle": [{"const": {"k": 1}}, {"template": "n{number}"}, None]}

    assert [value(spec, n) for n in range(4)] == [{"k": 1}, "n2", None, {"k": 1}]


@given(INDEXES, st.integers(0, 4), st.integers(0, 4))
def test_a_sample_is_some_different_entries_in_their_order(index: int, low: int, more: int) -> None:
    sample = value({"sample": {"of": list("abcdefgh"), "count": [low, low + more]}}, index)

    assert low <= len(sample) <= low + more
    assert sample == sorted(set(sample))


@given(INDEXES, st.integers(0, 3), st.integers(0, 3))
def test_a_list_has_as_many_items_as_it_says(index: int, low: int, more: int) -> None:
    assert low <= len(value({"list": {"of": {"integer": [0, 9]}, "count": [low, low + more]}}, index)) <= low + more


@given(st.lists(INDEXES, unique=True, max_size=40))
def test_codes_are_never_given_twice(indexes: list[int]) -> None:
    assert len({value({"code": {"length": 6}}, n) for n in indexes}) == len(indexes)


@pytest.mark.parametrize(
    ("spec", "form"),
    [
        ({"token": {"form": "hex", "length": 24}}, r"[0-9a-f]{24}"),
        ({"token": {"form": "base36", "length": 10}}, r"[0-9a-z]{10}"),
        ({"token": {"form": "digits", "length": 3}}, r"[0-9]{3}"),
        ({"token": {"form": "uuid"}}, r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    ],
)
def test_a_token_has_its_form(spec: Any, form: str) -> None:
    drawn = [value(spec, n) for n in range(50)]

    assert all(re.fullmatch(form, token) for token in drawn)
    assert len(set(drawn)) > 45


def test_a_template_puts_in_what_the_record_has() -> None:
    record = {"first": "Zoë", "last": "Núñez Ólafsdóttir", "n": 7}

    assert value({"template": "{first} {last}"}, record=record) == "Zoë Núñez Ólafsdóttir"
    assert (
        value({"template": "{first:slug}.{last:slug}@example.org"}, record=record)
        == "zoe.nunez.olafsdottir@example.org"
    )
    assert value({"template": "{last:first}"}, record=record) == "Núñez"
    assert value({"template": "{n}"}, record=record) == 7
    assert value({"template": "{n}{missing}"}, record=record) == "7"
    assert value({"template": "{index}/{number}"}, 4) == "4/5"


@given(st.text(max_size=30))
def test_a_slug_is_ascii_and_never_empty(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(\.[a-z0-9]+)*", slug(text))


def test_first_word_input_and_what_is_left_out() -> None:
    assert value({"first_word": "name"}, inputs={"name": "  Ada  King "}) == "Ada"
    assert value({"input": "size"}, inputs={"size": 3}) == 3
    assert value({"input": "size"}) is OMIT
    assert value({"omit": {}}) is OMIT
    assert value(None) is None
    assert value([1, {"two": 3}]) == [1, {"two": 3}]


def test_holds_looks_at_what_is_set_and_what_is_not() -> None:
    spec = {"holds": {"present": ["a"], "absent": ["b"]}}

    assert [
        value(spec, record=record) for record in ({"a": 1}, {"a": 1, "b": None}, {"a": 1, "b": 2}, {"a": None}, {})
    ] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2025-03-04", "2025-03-04T00:00:00.000Z"),
        ("2025-03-04T10:00:00", "2025-03-04T10:00:00.000Z"),
        ("2025-03-04T10:00:00+02:00", "2025-03-04T08:00:00.000Z"),
        ("2025-03-04t10:00:00z", "2025-03-04T10:00:00.000Z"),
    ],
)
def test_a_date_or_moment_becomes_a_timestamp_in_utc(text: str, meant: str) -> None:
    assert as_timestamp(text) == meant


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"population": "p"}, [0, 1, 2, 0, 1, 2]),
        ({"population": "p", "by": "block", "run": 2}, [0, 0, 1, 1, 2, 2]),
        ({"population": "p", "by": "index", "at": 2}, [2] * 6),
        ({"populations": ["p", "q"]}, [0, 1, 2, 7, 8, 0]),
    ],
)
def test_a_reference_spreads_over_those_who_were_made_before(options: Any, wanted: list[int]) -> None:
    members = {"p": [0, 1, 2], "q": [7, 8]}

    assert [value({"reference": options}, n, members=members) for n in range(6)] == wanted


def test_a_drawn_reference_reaches_everybody() -> None:
    spec = {"reference": {"population": "p", "by": "drawn"}}

    assert {value(spec, n, members={"p": [1, 2, 3]}) for n in range(60)} == {1, 2, 3}


def test_a_reference_to_a_place_that_nobody_has_is_refused_by_name() -> None:
    with pytest.raises(UnknownGeneratorError, match="owner: there is no record at 2; the population has 2"):
        value({"reference": {"population": "p", "by": "index", "at": 2}}, name="owner", members={"p": [1, 2]})


@given(st.lists(st.lists(st.integers(), max_size=4), max_size=5))
def test_what_is_joined_is_one_behind_the_other(parts: list[list[int]]) -> None:
    assert list(JoinedSequence(parts)) == [entry for part in parts for entry in part]


def test_a_reference_to_nobody_is_refused_by_name() -> None:
    with pytest.raises(UnknownGeneratorError, match="owner: there is no population 'q' before this one"):
        value({"reference": {"population": "q"}}, name="owner")


@pytest.mark.parametrize("spec", [{"integr": [1, 2]}, {"integer": [1, 2], "chance": 1}, {}])
def test_an_unknown_generator_is_refused_by_name(spec: Any) -> None:
    with pytest.raises(UnknownGeneratorError, match="age: "):
        value(spec, name="age")


def test_values_are_filled_in_order_and_what_is_omitted_is_left_out() -> None:
    specs = {"first": "Ada", "name": {"template": "{first} King"}, "none": {"omit": {}}}
    generators = {name: compile_generator(spec, name, source()) for name, spec in specs.items()}

    assert fill(generators, RecordDraft(0, {}, "")) == {"first": "Ada", "name": "Ada King"}
