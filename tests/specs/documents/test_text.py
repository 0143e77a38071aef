"""JSON and YAML as OpenAPI asks for them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.specs.documents.text import TextError, read_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("off", "off"),
        ("12:30", "12:30"),
        ("2020-01-01", "2020-01-01"),
        ("0777", 777),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.10", 1.1),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("+7", 7),
        ("~", None),
        ("", None),
        ("True", True),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ("!!int '7'", 7),
        (".inf", ".inf"),
        ("123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_scalars_of_yaml_are_read_by_the_core_schema(text: str, value: Any) -> None:
    assert read_text(f"a: {text}".encode()).value == {"a": value}


def test_every_key_is_a_text() -> None:
    assert read_text(b"404: a\nno: b\ntrue: c\n1.10: d\n~: e").value == {
        "404": "a",
        "no": "b",
        "true": "c",
        "1.10": "d",
        "~": "e",
    }


def test_anchors_and_merge_keys_are_followed() -> None:
    assert read_text(b"a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: *x").value == {
        "a": {"p": 1, "q": 2},
        "b": {"p": 1, "q": 3},
        "c": {"p": 1, "q": 2},
    }


@pytest.mark.parametrize("text", [b'{"a": 1, "a": 2}', b"a: 1\na: 2"])
def test_of_a_key_that_stands_twice_the_last_counts_and_it_is_reported(text: bytes) -> None:
    read = read_text(text)

    assert read.value == {"a": 2}
    assert [each.partition(" ")[0] for each in read.twice] == ["a"]


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_taken(coding: str) -> None:
    assert read_text("a: é\r\nb: 1\r\n".encode(coding)).value == {"a": "é", "b": 1}


def test_lone_surrogates_of_json_are_taken() -> None:
    assert read_text(rb'{"a": "\ud83d\ude00", "b": "\ud800"}').value == {"a": "😀", "b": "\ud800"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b'{"a": 1,,}', "line 1, column 9"),
        (b"a: b: c", "line 1, column 5"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b"a: !!binary xx", "JSON has no form for !!binary"),
        (b"a: !!int x", "'x' is not a valid int"),
        (b"a: 1\n\xff", "line 2: byte 0xff is not valid UTF-8"),
        (b"a: &a [*a]", "it holds itself"),
        (b"? [a]\n: b", "a key is a text"),
        (b"[" * 100_000, "nested too deeply"),
        (b"a: " + b"[" * 100_000, "nested too deeply"),
        (b"a: " + b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b"a: \x00", "line 1"),
    ],
)
def test_what_cannot_be_read_is_reported_with_its_place(text: bytes, problem: str) -> None:
    with pytest.raises(TextError, match=problem):
        read_text(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values) | st.lists(json_values))
def test_json_is_read_as_json_has_it(value: Any) -> None:
    assert read_text(json.dumps(value).encode()).value == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = read_text(data).value
    except TextError:
        return
    json.dumps(value, default=math.isfinite)
