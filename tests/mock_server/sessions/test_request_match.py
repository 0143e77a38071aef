"""Which requests a path fits: every character stands for itself, except the asterisk."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.sessions.request_match import Match


@dataclass(frozen=True)
class Request:
    """A GET of an API that is served under a name of its own."""

    api_path: str
    api: str | None = "things"
    method: str = "GET"
    operation: str | None = "list_things"
    ignores_trailing_slash: bool = False

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


@given(st.text("ab/*", max_size=12), st.text("ab/", max_size=12))
def test_an_asterisk_stands_for_any_text(wanted: str, below: str) -> None:
    expected = re.compile(".*".join(map(re.escape, wanted.split("*"))))
    paths = (below, f"/things{below}")

    assert Match(path=wanted).fits(Request(below)) == any(map(expected.fullmatch, paths))
