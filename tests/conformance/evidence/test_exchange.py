"""An exchange as checks read it."""

from __future__ import annotations

import pytest

from understudy.conformance.evidence.body import read
from understudy.conformance.evidence.errors import PrerequisiteError, UnexpectedReplyError
from understudy.conformance.evidence.exchange import NOTHING, Exchange, Reply, Request, find, path_of, shorten


def exchange(body: bytes, *headers: tuple[str, str], status: int = 200) -> Exchange:
    return Exchange(1, Request("GET", "http://h/v1/x?a=1", ()), Reply(status, headers, body))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the body is empty"),
        (b"{", "the body is not valid JSON"),
        (b"\xff", "the body is not valid UTF-8: invalid start byte at byte 0"),
        (b"[NaN]", "NaN is not a JSON value"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_body_that_is_not_json_has_a_reason(body: bytes, words: str) -> None:
    value, problem, _ = read(body)

    assert value is NOTHING
    assert words in str(problem)


def test_null_is_json() -> None:
    assert read(b"null") == (None, None, ())


def test_a_value_is_found_along_names_and_indexes() -> None:
    assert exchange(b'{"data": [{"id": "a"}, {"id": "b"}]}').at("data", -1, "id") == "b"


def test_a_missing_value_stops_a_check_and_shows_the_reply() -> None:
    seen = exchange(b'{"data": {}}')
    with pytest.raises(UnexpectedReplyError, match=r"the reply to GET /v1/x\?a=1 has no value at data/id") as raised:
        seen.at("data", "id")

    assert raised.value.exchanges == (seen,)


@pytest.mark.parametrize("steps", [("data", 0), ("data", 0, "id"), ("data", -1, "id", "x")])
def test_an_empty_list_is_a_missing_prerequisite_and_not_an_unexpected_reply(steps: tuple[str | int, ...]) -> None:
    seen = exchange(b'{"data": []}')
    with pytest.raises(
        PrerequisiteError, match=r"the reply to GET /v1/x\?a=1 has an empty list, so there is no data/"
    ) as raised:
        seen.at(*steps)

    assert type(raised.value) is PrerequisiteError
    assert raised.value.exchanges == (seen,)


def test_nothing_is_distinguished_from_null() -> None:
    assert find({"a": None}, "a") is None
    assert find({"a": None}, "b") is NOTHING


def test_a_header_that_comes_twice_is_joined() -> None:
    assert exchange(b"", ("allow", "GET"), ("allow", "HEAD")).header("Allow") == "GET, HEAD"


def test_a_media_type_comes_without_its_parameters() -> None:
    assert exchange(b"", ("content-type", "Application/JSON; charset=utf-8")).media_type == "application/json"


def test_a_long_text_is_cut_to_one_line() -> None:
    assert shorten("a\n  b" + "c" * 20, 8) == "a bcccc…"


def test_an_address_loses_scheme_and_host() -> None:
    assert path_of("https://h:1/v1/x?a=1") == "/v1/x?a=1"
