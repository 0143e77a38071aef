"""Which requests a path fits: every character stands for itself, except the asterisk."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.sessions.request_match import ANY, Match, contains


@dataclass(frozen=True)
class Request:
    """A GET of an API that is served under a name of its own."""

    api_path: str
    api: str | None = "things"
    method: str = "GET"
    operation: str | None = "list_things"
    ignores_trailing_slash: bool = False
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def path(self) -> str:
        return f"/things{self.api_path}"


@pytest.mark.parametrize(
    ("pattern", "api_path", "fits"),
    [
        ("/v1/a", "/v1/a", True),
        ("/things/v1/a", "/v1/a", True),
        ("/v1/*", "/v1/a/b", True),
        ("*", "/v1/a", True),
        ("/v1/*/b", "/v1/a/b", True),
        ("/v1/a", "/v1/ab", False),
        ("/v1/[ab]", "/v1/a", False),
        ("/v1/[ab]", "/v1/[ab]", True),
        ("/v1/?", "/v1/a", False),
        ("/v1.a", "/v1/a", False),
    ],
)
def test_a_path_fits_with_or_without_the_prefix_of_its_api(pattern: str, api_path: str, fits: bool) -> None:
    assert Match(path=pattern).fits(Request(api_path)) == fits


@pytest.mark.parametrize("pattern", ["/v1/a", "/v1/a/", "/things/v1/a", "/things/v1/a/"])
@pytest.mark.parametrize("api_path", ["/v1/a", "/v1/a/"])
def test_a_final_slash_does_not_matter_where_the_api_answers_both(pattern: str, api_path: str) -> None:
    requests = [Request(api_path, ignores_trailing_slash=both) for both in (True, False)]

    assert [Match(path=pattern).fits(each) for each in requests] == [
        True,
        pattern.endswith("/") == api_path.endswith("/"),
    ]


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        (Match(), True),
        (Match(method="get"), True),
        (Match(method="POST"), False),
        (Match(api="things", operation="list_things"), True),
        (Match(api="others"), False),
        (Match(operation="make_thing"), False),
    ],
)
def test_every_condition_counts(match: Match, fits: bool) -> None:
    assert match.fits(Request("/v1/things")) == fits


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        (b"page=2", True),
        (b"a=1&page=2&b=", True),
        (b"page=1&page=2", True),
        (b"page=%32", True),
        (b"page=20", False),
        (b"", False),
    ],
)
def test_a_parameter_has_the_value_that_is_asked_for(query: bytes, fits: bool) -> None:
    assert Match(query={"page": "2"}).fits(Request("/v1/things", query=query)) == fits


@pytest.mark.parametrize("given", ["X-Trace", "x-trace", "X-TRACE"])
def test_the_name_of_a_header_may_be_written_in_any_case(given: str) -> None:
    request = Request("/v1/things", headers=((b"x-trace", b"seven"), (b"accept", b"*/*")))

    assert Match(request_headers={given: "seven"}).fits(request)
    assert Match(request_headers={given: "seven", "Accept": "*/*"}).fits(request)
    assert not Match(request_headers={given: "Seven"}).fits(request)
    assert not Match(request_headers={given: "seven", "X-Other": ""}).fits(request)


@pytest.mark.parametrize(
    ("part", "fits"),
    [
        ({}, True),
        ({"a": 1}, True),
        ({"a": 1.0, "c": {"e": [True, None]}}, True),
        ({"c": {"d": "x"}}, True),
        ({"f": [{"g": 1}, {}]}, True),
        ({"a": True}, False),
        ({"a": "1"}, False),
        ({"b": None}, False),
        ({"c": {"e": [1, None]}}, False),
        ({"c": {"e": [True]}}, False),
        ([], False),
        (None, False),
    ],
)
def test_a_body_is_compared_member_by_member(part: object, fits: bool) -> None:
    body = {"a": 1, "c": {"d": "x", "e": [True, None]}, "f": [{"g": 1, "h": 2}, {"i": 3}]}

    assert Match(request_body=part).fits_body(body) == fits


def test_a_body_that_is_no_json_fits_only_where_none_is_asked_for() -> None:
    assert Match().fits_body(ANY)
    assert not Match(request_body={}).fits_body(ANY)
    assert not Match(request_body=None).fits_body(ANY)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text("ab", max_size=2),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text("ab", max_size=2), parts, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_every_value_contains_itself(value: object) -> None:
    assert contains(value, value)


@given(st.dictionaries(st.text("ab", max_size=2), JSON, max_size=3), st.sets(st.text("ab", max_size=2)))
def test_every_object_contains_some_of_its_members(value: dict[str, object], left: set[str]) -> None:
    assert contains(value, {name: each for name, each in value.items() if name not in left})


@given(st.text("ab/*", max_size=12), st.text("ab/", max_size=12))
def test_an_asterisk_stands_for_any_text(wanted: str, below: str) -> None:
    expected = re.compile(".*".join(map(re.escape, wanted.split("*"))))
    paths = (below, f"/things{below}")

    assert Match(path=wanted).fits(Request(below)) == any(map(expected.fullmatch, paths))
