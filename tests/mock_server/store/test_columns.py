"""Keys compare as the values do that they stand for."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from understudy.mock_server.store.columns import LONGEST, key, plain

numbers = st.integers(-(2**65), 2**65) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()


@given(numbers, numbers)
@example(2**53, 2**53 + 1)
@example(2**53 + 1, float(2**53))
@example(-(2**63), -(2**63) + 1)
@example(0.0, -0.0)
@example(1, True)
def test_numbers_compare_by_value(one: Any, other: Any) -> None:
    one, other = plain(one), plain(other)

    assert (key(one) < key(other), key(one) == key(other)) == (one < other, one == other)


@given(st.text(), st.text())
@example("a", "a\0")
@example("\ud7ff", "\U00010000")
def test_texts_compare_by_code_point(one: str, other: str) -> None:
    assert (key(one) < key(other), key(one) == key(other)) == (one < other, one == other)


@given(numbers, st.text())
def test_numbers_come_before_texts(number: Any, text: str) -> None:
    assert key(number) < key(text)


def test_long_texts_have_bounded_keys_that_differ() -> None:
    long = "é" * LONGEST

    assert len(key(long) or b"") < 2 * LONGEST
    assert key(long) != key(long + "x")
    assert key(long[: LONGEST // 2]) != key(long)


def test_nothing_has_no_key() -> None:
    assert key(None) is None


def test_what_is_neither_number_nor_text_compares_as_its_json() -> None:
    assert key(["a", 1]) == key('["a",1]')
