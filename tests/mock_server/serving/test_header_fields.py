"""Fields on several lines mean what they mean on one, and a field that has one value is refused when it has two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live import Serve

from understudy.mock_server.serving.header_fields import joined, repeated

NAMES = st.sampled_from([b"accept", b"prefer", b"x", b"cookie", b"authorization", b"host"])


@given(st.lists(st.tuples(NAMES, st.binary(max_size=3)), max_size=8))
def test_nothing_is_lost_and_each_list_is_on_one_line(headers: list[tuple[bytes, bytes]]) -> None:
    found = joined(headers)

    for name in {name for name, _ in headers}:
        values = [value for other, value in headers if other == name]
        if name in {b"authorization", b"host"}:
            assert [value for other, value in found if other == name] == values
        else:
            separator = b"; " if name == b"cookie" else b", "
            assert [value for other, value in found if other == name] == [separator.join(values)]
    assert (repeated(found) is None) == (len(dict(found)) == len(found))


def test_two_lines_that_say_what_is_accepted_are_one_list(serve: Serve) -> None:
    client = serve("lookit", "mock-admin-token", scheme="Token")
    lines = [("Accept", "application/vnd.api+json"), ("Accept", "text/html")]

    assert client.get("/api/v1/studies/", headers=lines).status_code == 200
    assert client.get("/api/v1/studies/", headers=lines[::-1]).status_code == 200
    assert client.get("/api/v1/studies/", headers=[lines[1], lines[1]]).status_code == 406


def test_two_lines_of_preferences_are_one_list(serve: Serve) -> None:
    reply = serve("participant-kit").get("/v1/projects", headers=[("Prefer", "wait=0"), ("Prefer", "code=404")])

    assert (reply.status_code, reply.headers["preference-applied"]) == (404, "code=404, wait=0")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer mock-token"),
        ("Content-Type", "application/json"),
        ("Origin", "http://localhost"),
        ("X-Mock-Session", "mine"),
    ],
)
def test_a_field_that_has_one_value_is_refused_when_it_has_two(serve: Serve, name: str, value: str) -> None:
    client = serve("participant-kit")
    # Not through the client's own headers, which would be replaced.
    del client.headers["X-Mock-Session"]

    reply = client.post("/v1/studies", content=b"{}", headers=[(name, value), (name, value)])

    assert reply.status_code == 400
    assert reply.json()["error"]["message"] == f"The request has 2 {name} headers; it can have only one."
