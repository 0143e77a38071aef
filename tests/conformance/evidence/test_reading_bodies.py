"""A body that bends the rules of JSON is read as far as it can be understood, and what is odd about it is noted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.conformance.evidence.body import NOTHING, read, text_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_plain_json_is_read_as_it_is(value: Any) -> None:
    assert read(json.dumps(value).encode()) == (value, None, ())
    assert read(json.dumps(value, ensure_ascii=False).encode()) == (value, None, ())


@pytest.mark.parametrize(
    ("body", "value", "kind", "words"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}, "mark", "bytes EF BB BF"),
        (b'{"a": 1, "b": 2, "a": 3}', {"a": 3, "b": 2}, "twice", 'the member "a" more than once'),
        (b'[{"deep": {"a": 1, "a": 1}}]', [{"deep": {"a": 1}}], "twice", '"a"'),
        (b'{"a": "x\\ud800"}', {"a": "x\\ud800"}, "surrogate", "half of a character (\\ud800)"),
        (b'{"a": "x\\uDC00y"}', {"a": "x\\udc00y"}, "surrogate", "\\udc00"),
        (b'{"\\ud800": 1}', {"\\ud800": 1}, "surrogate", "\\ud800"),
        (b'{"a": "caf\xe9"}', {"a": "caf\\xe9"}, "bytes", "at byte 10 (E9 22 7D"),
    ],
)
def test_what_is_odd_is_noted_and_the_rest_is_read(body: bytes, value: Any, kind: str, words: str) -> None:
    reading = read(body)

    assert (reading.value, reading.problem) == (value, None)
    assert [oddity.kind for oddity in reading.oddities] == [kind]
    assert words in reading.oddities[0].text


def test_both_halves_of_a_character_are_not_odd() -> None:
    assert read(b'"\\ud83d\\ude00"') == ("\U0001f600", None, ())


def test_a_text_that_only_looks_like_a_half_is_not_odd() -> None:
    assert read(b'"\\\\ud800"') == ("\\ud800", None, ())


@given(st.binary(max_size=60))
def test_whatever_is_read_can_be_written_again(body: bytes) -> None:
    reading = read(body)

    assert (reading.value is NOTHING) is (reading.problem is not None)
    if reading.value is not NOTHING:
        json.dumps(reading.value, ensure_ascii=False).encode()


def test_bytes_that_are_no_text_are_visible() -> None:
    assert text_of(b"\xef\xbb\xbfcaf\xe9") == "\\ufeffcaf\\xe9"
