"""Conditions that are put together: a record fits all of them or is not found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.engine.conditions import conjoined, matches

VALUES = st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from([0.5, 1.0, "", "1", "a"])
WANTED = VALUES | st.lists(VALUES, max_size=3) | st.frozensets(VALUES, max_size=3)
CONDITIONS = st.dictionaries(st.sampled_from("abc"), WANTED, max_size=3)
RECORDS = st.dictionaries(st.sampled_from("abc"), VALUES, min_size=3)


@given(RECORDS, st.lists(CONDITIONS | st.none(), max_size=4))
def test_a_record_fits_all_conditions_or_not_what_they_make(record: dict[str, Any], conditions: list[Any]) -> None:
    together = conjoined(*conditions)

    assert matches(record, together) == all(matches(record, each or {}) for each in conditions)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("x", "x", "x"),
        ("x", "y", []),
        ("x", ["x", "y"], "x"),
        (["x", "y"], "y", "y"),
        (["x", "y"], ["y", "z"], ["y"]),
        (["x"], ["y"], []),
        ("x", [], []),
        (None, "x", []),
        (None, ["x", None], []),
        (True, 1, True),
        (False, True, []),
    ],
)
def test_two_conditions_on_a_property_allow_what_both_do(one: Any, other: Any, both: Any) -> None:
    assert conjoined({"kind": one}, {"kind": other}) == {"kind": both}


def test_conditions_on_other_properties_are_kept() -> None:
    assert conjoined({"a": 1}, None, {"b": [2, 3]}, {"a": 1}) == {"a": 1, "b": [2, 3]}
