"""Templates of JSON values."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.http.template import compile_template
from understudy.specs.reading.template_names import names_in

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from("ab ")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, min_size=1, max_size=3),
    max_leaves=6,
)


@given(JSON)
def test_a_template_without_names_is_its_own_value(value: Any) -> None:
    assert compile_template(value)({}) == value
    assert names_in(value) == frozenset()


@given(JSON)
def test_a_text_that_is_one_name_becomes_the_value_in_its_own_type(value: Any) -> None:
    assert compile_template("{a}")({"a": value}) == value
    assert compile_template({"m": ["{a}"]})({"a": value}) == {"m": [value]}


@given(st.integers(), st.text())
def test_in_a_longer_text_values_are_put_in_as_text(number: int, text: str) -> None:
    assert compile_template("{n}/{t}!")({"n": number, "t": text}) == f"{number}/{text}!"


def test_a_name_without_value_is_null() -> None:
    assert compile_template({"a": "{a}"})({}) == {"a": None}


def test_an_optional_name_without_value_drops_its_member() -> None:
    template = compile_template({"a": "{a?}", "b": "{b}"})

    assert template({"b": 1}) == {"b": 1}
    assert template({"a": None, "b": 1}) == {"b": 1}
    assert template({"a": False, "b": 1}) == {"a": False, "b": 1}


def test_an_object_that_loses_all_its_members_is_dropped_too() -> None:
    template = compile_template({"source": {"pointer": {"at": "{p?}"}}, "detail": "{d}"})

    assert template({"d": "x"}) == {"detail": "x"}
    assert template({"d": "x", "p": "/a"}) == {"source": {"pointer": {"at": "/a"}}, "detail": "x"}


def test_an_object_that_never_had_members_stays() -> None:
    assert compile_template({"meta": {}})({}) == {"meta": {}}


def test_all_names_are_listed() -> None:
    assert names_in({"a": ["{b}", {"c": "{d?}/{e.f}"}], "g": 1}) == {"b", "d", "e.f"}
