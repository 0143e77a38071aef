"""Which requests a path fits: every character stands for itself, except the asterisk."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.sessions.request_match import Match


@dataclass(frozen=True)
class ControlRequest:
    """A GET of an API that is served under a name of its own."""

    below: str
    api: str | None = "things"
    method: str = "GET"
    operation: str | None = "list_things"
    slash_or_not: bool = False

    @property
    def path(self) -> str:
        return f"/things{self.below}"


@pytest.mark.parametrize(
    ("wanted", "below", "fits"),
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
def test_a_path_fits_with_or_without_the_prefix_of_its_api(wanted: str, below: str, fits: bool) -> None:
    assert Match(path=wanted).fits(ControlRequest(below)) == fits


@pytest.mark.parametrize("wanted", ["/v1/a", "/v1/a/", "/things/v1/a", "/things/v1/a/"])
@pytest.mark.parametrize("below", ["/v1/a", "/v1/a/"])
def test_a_final_slash_does_not_matter_where_the_api_answers_both(wanted: str, below: str) -> None:
    asked = [ControlRequest(below, slash_or_not=both) for both in (True, False)]

    assert [Match(path=wanted).fits(each) for each in asked] == [True, wanted.endswith("/") == below.endswith("/")]


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
    assert match.fits(ControlRequest("/v1/things")) == fits


@given(st.text("ab/*", max_size=12), st.text("ab/", max_size=12))
def test_an_asterisk_stands_for_any_text(wanted: str, below: str) -> None:
    expected = re.compile(".*".join(map(re.escape, wanted.split("*"))))
    paths = (below, f"/things{below}")

    assert Match(path=wanted).fits(ControlRequest(below)) == any(map(expected.fullmatch, paths))
