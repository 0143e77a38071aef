"""Names of members in any form."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.http.bodies import renamed, underscored


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("exp_data", "exp_data"),
        ("expData", "exp_data"),
        ("exp-data", "exp_data"),
        ("Comment", "comment"),
        ("globalEventTimings", "global_event_timings"),
        ("XMLHttpRequest", "xml_http_request"),
        ("page2Name", "page2_name"),
    ],
)
def test_words_are_put_together_with_underscores(sent: str, expected: str) -> None:
    assert underscored(sent) == expected


@given(st.text())
def test_a_name_with_underscores_stays_as_it_is(name: str) -> None:
    assert underscored(underscored(name)) == underscored(name)


@given(st.lists(st.from_regex(re.compile("[a-z]{2}[a-z0-9]*", re.ASCII), fullmatch=True), min_size=1))
def test_words_mean_the_same_apart_and_together(words: list[str]) -> None:
    apart = "-".join(words)
    together = words[0] + "".join(word.capitalize() for word in words[1:])

    assert underscored(apart) == underscored(together) == "_".join(words)


def test_only_the_named_object_is_read_so_and_what_is_inside_it_is_left() -> None:
    body = {"dataType": 1, "data": {"idNumber": 2, "attributes": {"expData": {"napTime": 3}, "x": 4}}}

    assert renamed(body, [("data", "attributes")]) == {
        "dataType": 1,
        "data": {"idNumber": 2, "attributes": {"exp_data": {"napTime": 3}, "x": 4}},
    }


@pytest.mark.parametrize("body", [None, 5, [], "x", {}, {"data": None}, {"data": {"attributes": [1]}}])
def test_a_body_without_the_object_is_left_as_it_is(body: object) -> None:
    assert renamed(body, [("data", "attributes")]) == body


def test_the_form_with_underscores_wins() -> None:
    assert (
        renamed({"exp_data": 1, "expData": 2}, [()]) == renamed({"expData": 2, "exp_data": 1}, [()]) == {"exp_data": 1}
    )
