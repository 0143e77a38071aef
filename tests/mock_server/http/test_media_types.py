"""Media types: what a client accepts, what it likes best."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.http.media_types import bare, choose, is_json

TYPES = st.sampled_from(["application/json", "application/x-ndjson", "text/csv", "application/vnd.api+json"])
RANGES = st.one_of(TYPES, st.sampled_from(["*/*", "application/*", "text/*", "image/png"]))
ACCEPTED = st.lists(st.tuples(RANGES, st.integers(0, 10)), min_size=1, max_size=5)


def header(accepted: list[tuple[str, int]]) -> str:
    return ", ".join(f"{media_range};q={q / 10}" for media_range, q in accepted)


@given(ACCEPTED, st.lists(TYPES, min_size=1, max_size=4, unique=True))
def test_what_is_chosen_is_offered_and_wanted(accepted: list[tuple[str, int]], offered: list[str]) -> None:
    chosen = choose(header(accepted), offered)

    assert chosen is None or chosen in offered
    assert (
        chosen is not None
        or all(q == 0 or m not in [*offered, "*/*"] for m, q in accepted)
        or any(q == 0 for _, q in accepted)
    )


@given(st.lists(TYPES, min_size=1, max_size=4, unique=True))
def test_whoever_takes_anything_gets_the_first_offer(offered: list[str]) -> None:
    assert choose("*/*", offered) == offered[0]


@given(TYPES, st.lists(TYPES, min_size=1, max_size=4, unique=True), st.integers(1, 10))
def test_a_type_that_is_offered_and_alone_accepted_is_chosen(wanted: str, offered: list[str], q: int) -> None:
    assert choose(header([(wanted, q)]), offered) == (wanted if wanted in offered else None)


@given(st.text(max_size=60), st.lists(TYPES, min_size=1, max_size=3, unique=True))
def test_no_header_breaks_anything(accept: str, offered: list[str]) -> None:
    assert choose(accept, offered) in [None, *offered]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("text/csv, application/json;q=0.5", "text/csv"),
        ("text/csv;q=0.4, application/json;q=0.5", "application/json"),
        ("application/*, text/csv", "text/csv"),
        ("application/*;q=0.9, */*;q=0.1", "application/json"),
        ("*/*, application/json;q=0", "text/csv"),
        ("APPLICATION/JSON", "application/json"),
        ("application/json; charset=utf-8; q=0.2, text/*;q=0.1", "application/json"),
        ("application/json;q=abc", None),
        ("image/png", None),
        ("", None),
    ],
)
def test_the_highest_quality_wins_then_the_more_specific_range_then_the_order_of_the_offer(
    accept: str, chosen: str | None
) -> None:
    assert choose(accept, ["application/json", "text/csv"]) == chosen


def test_a_type_is_offered_with_its_parameters_and_compared_without() -> None:
    assert choose("application/json", ["application/json; charset=utf-8"]) == "application/json; charset=utf-8"
    assert bare(" Application/JSON ; charset=utf-8") == "application/json"


def test_json_is_recognised_by_its_older_name_and_its_suffix_too() -> None:
    assert [
        is_json(t) for t in ("application/json", "text/json", "application/vnd.api+json", "application/x-ndjson")
    ] == [
        True,
        True,
        True,
        False,
    ]
