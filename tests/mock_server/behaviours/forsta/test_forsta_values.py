"""What the types of variables take, over all values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.behaviours.forsta import values
from understudy.mock_server.behaviours.forsta.values import InvalidValueError
from understudy.mock_server.behaviours.forsta.variables import Variable

JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"])),
    ),
    lambda below: st.one_of(st.lists(below, max_size=2), st.dictionaries(st.text(max_size=3), below, max_size=2)),
    max_leaves=4,
)
VARIABLES = [
    Variable("v", "numeric"),
    Variable("v", "numeric", precision=5),
    Variable("v", "numeric", scale=2),
    Variable("v", "text", length=3),
    Variable("v", "text"),
    Variable("v", "date"),
    Variable("v", "boolean"),
]


@given(JSON, st.sampled_from(VARIABLES))
def test_any_value_is_refused_or_stored_so_that_it_stores_the_same_again(value: Any, variable: Variable) -> None:
    read = variable.read()
    try:
        stored = read(value)
    except InvalidValueError:
        return

    assert type(stored) in ({int, float} if variable.type in {"numeric", "boolean"} else {str})
    assert read(orjson.loads(orjson.dumps(stored))) == stored


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**14), max_value=10**14))
def test_a_number_in_text_is_stored_exactly_or_refused(value: Decimal) -> None:
    try:
        stored = values.number(f"{value:f}")
    except InvalidValueError:
        assert Decimal(repr(float(value))) != value
        return

    assert Decimal(repr(stored)) == value


@given(st.integers(0, 8), st.integers(0, 6), st.booleans())
def test_precision_and_scale_count_as_a_person_would(whole: int, decimals: int, negative: bool) -> None:
    text = ("-" if negative else "") + ("7" * whole or "0") + ("." + "3" * decimals if decimals else "")
    fits = whole + decimals <= 8 and decimals <= 4

    try:
        values.bounded_number(8, 4)(text)
    except InvalidValueError:
        assert not fits
    else:
        assert fits
