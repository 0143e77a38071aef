"""Each matcher accepts what it should, and describes a mismatch in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from understudy.conformance.evidence import matchers
from understudy.conformance.evidence.exchange import NOTHING, Exchange, Reply, Request
from understudy.conformance.evidence.matchers import Matcher, Mismatch


def got(body: Any, status: int = 200, **headers: str) -> Exchange:
    raw_headers = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Exchange(1, Request("GET", "http://h/x", ()), Reply(status, raw_headers, json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("matcher", "likes", "dislikes"),
    [
        (matchers.succeeds, got({}, 204), got({}, 302)),
        (matchers.answers(200, 201), got({}, 201), got({}, 202)),
        (matchers.refuses(), got({}, 400), got({}, 422)),
        (matchers.refuses(400, naming="email"), got({"fields": {"email": "no"}}, 400), got({"message": "no"}, 400)),
        (matchers.refuses_somehow, got({}, 418), got({}, 500)),
        (matchers.shows(id="a"), got({"id": "a"}), got({"id": "b"})),
        (matchers.shows({"id": "a"}, "data", 0), got({"data": [{"id": "a"}]}), got({"data": []})),
        (matchers.shows(count=1), got({"count": 1}), got({"count": True})),
        (matchers.shows(id=matchers.absent), got({}), got({"id": None})),
        (matchers.lacks("email"), got({"a": [{"b": 1}]}), got({"a": [{"email": 1}]})),
        (matchers.both(matchers.succeeds, matchers.lacks("x")), got({}), got({"x": 1})),
        (matchers.header("Allow", "get"), got({}, allow="GET, HEAD"), got({})),
    ],
)
def test_a_matcher_distinguishes_right_from_wrong(matcher: Matcher, likes: Exchange, dislikes: Exchange) -> None:
    assert matcher(likes) is None
    assert isinstance(matcher(dislikes), Mismatch)


def test_a_mismatch_says_what_was_expected_and_what_was_found() -> None:
    assert matchers.shows(id=matchers.filled)(got({"id": ""})) == Mismatch(
        "id to be text that is not empty", 'id is ""'
    )


@pytest.mark.parametrize(
    ("predicate", "likes", "dislikes"),
    [
        (matchers.text, "", 1),
        (matchers.filled, "a", " "),
        (matchers.integer, 1, True),
        (matchers.number, 1.5, False),
        (matchers.boolean, False, 0),
        (matchers.mapping, {}, []),
        (matchers.array, [], {}),
        (matchers.absent, NOTHING, None),
        (matchers.empty, None, ""),
        (matchers.timestamp, "2025-01-06T09:00:00Z", "2025-01-06T09:00:00"),
        (matchers.calendar_date, "2025-01-06", "20250106"),
        (matchers.address, "https://a.example/x", "/x"),
    ],
)
def test_a_predicate_distinguishes_right_from_wrong(predicate: Any, likes: Any, dislikes: Any) -> None:
    assert predicate(likes)
    assert not predicate(dislikes)


def test_names_and_leaves_are_found_at_any_depth() -> None:
    value = {"a": [{"b": 1}, {"c": {"d": "x"}}]}

    assert matchers.names_in(value) == {"a", "b", "c", "d"}
    assert matchers.leaves(value) == [1, "x"]
