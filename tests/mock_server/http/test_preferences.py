"""The header `Prefer` as RFC 7240 writes it, with the mock's own preferences."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live import Serve

from understudy.mock_server.http.errors import BadRequestError
from understudy.mock_server.http.preferences import Preferences, parse


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        (["code=404"], Preferences(code=404)),
        (["CODE = 404"], Preferences(code=404)),
        (['example="first page"'], Preferences(example="first page")),
        (['example="a \\"quoted\\" one"'], Preferences(example='a "quoted" one')),
        (["code=404, wait=2"], Preferences(code=404, wait=2)),
        (["code=404; wait=2"], Preferences(code=404, wait=2)),
        (["code=404", "wait=0.5"], Preferences(code=404, wait=0.5)),
        (["code=404, code=500"], Preferences(code=404)),
        (["dynamic"], Preferences(dynamic=True)),
        (["dynamic=true"], Preferences(dynamic=True)),
        (["dynamic=false"], Preferences()),
        (["return=minimal, respond-async"], Preferences()),
        (["=, ;;, code=404"], Preferences(code=404)),
        (["a b, (code=500, code=404"], Preferences(code=404)),
        (['example="a, code=500", code=404'], Preferences(code=404, example="a, code=500")),
        (['foo "code=500, wait=1", code=404'], Preferences(code=404)),
        (['code=404, example="never ends, wait=1'], Preferences(code=404)),
        ([], Preferences()),
    ],
)
def test_fields_are_read(fields: list[str], read: Preferences) -> None:
    assert parse(fields) == read


@given(st.lists(st.text(), max_size=3))
def test_any_text_is_read_or_refused(fields: list[str]) -> None:
    with suppress(BadRequestError):
        assert isinstance(parse(fields), Preferences)


@given(
    st.builds(
        Preferences,
        st.sampled_from([None, 200, 404, 503]),
        st.none() | st.text('abc "\\,;=', min_size=1),
        st.booleans(),
        st.sampled_from([None, 0.0, 0.25, 60.0]),
    )
)
def test_what_is_written_is_read_again(preferences: Preferences) -> None:
    assert parse([str(preferences)]) == preferences


@pytest.mark.parametrize(
    ("prefer", "reason"),
    [
        ("code=nine", "HTTP status"),
        ("code=100", "HTTP status"),
        ("code=299", "HTTP status"),
        ("code=600", "HTTP status"),
        ("code=201", "list_projects declares 200, 401"),
        ("example=nothing", "200 first_page"),
        ("code=401, example=first_page", "no such example under 401"),
        ("wait=61", "from 0 to 60"),
        ("wait=soon", "from 0 to 60"),
        ("wait=-1", "from 0 to 60"),
        ("wait=nan", "from 0 to 60"),
    ],
)
def test_what_is_impossible_is_refused_in_the_shape_of_the_api(serve: Serve, prefer: str, reason: str) -> None:
    reply = serve("participant-kit").get("/v1/projects", headers={"Prefer": prefer})

    assert reply.status_code == 400
    assert reason in reply.json()["error"]["message"]


def test_a_wait_delays_the_reply(serve: Serve) -> None:
    client = serve("participant-kit")
    began = time.monotonic()

    client.get("/v1/projects", headers={"Prefer": "wait=0.3"})

    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("prefer", ["code=404", "example=first_page", "dynamic", "wait=0.01", "code=500, wait=0.01"])
def test_what_was_applied_is_echoed(serve: Serve, prefer: str) -> None:
    reply = serve("participant-kit").get("/v1/projects", headers={"Prefer": prefer})

    assert reply.headers["Preference-Applied"] == prefer


@pytest.mark.parametrize("headers", [{}, {"Prefer": "code=503"}, {"Prefer": "code=x"}])
@pytest.mark.parametrize("path", ["/v1/projects", "/v1/nothing"])
def test_a_cache_keeps_what_was_preferred_apart_from_the_reply_of_the_api(
    serve: Serve, path: str, headers: dict[str, str]
) -> None:
    client = serve("participant-kit")
    listed = [each.strip() for each in client.get(path, headers=headers).headers["Vary"].split(",")]

    assert listed.count("Prefer") == 1
    assert "Prefer" not in client.get("/_mock/health", headers=headers).headers["Vary"]


def test_a_forced_vary_is_completed(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/_mock/replies", json={"status": 429, "headers": {"Vary": "Accept-Language"}})

    assert client.get("/v1/projects").headers.get_list("Vary") == ["Accept-Language, Origin, Prefer, X-Mock-Session"]


def test_what_was_ignored_is_not_echoed(serve: Serve) -> None:
    reply = serve("participant-kit").get("/v1/projects", headers={"Prefer": "return=minimal"})

    assert "Preference-Applied" not in reply.headers


def test_standing_preferences_reach_a_client_that_sends_no_header(serve: Serve) -> None:
    client = serve("participant-kit")
    client.put("/_mock/preferences", json={"prefer": "code=404"})

    assert client.get("/v1/projects").status_code == 404


def test_a_request_prefers_over_what_stands(serve: Serve) -> None:
    client = serve("participant-kit")
    client.put("/_mock/preferences", json={"prefer": "code=404"})

    assert client.get("/v1/projects", headers={"Prefer": "code=503"}).status_code == 503


def test_what_stands_leaves_operations_alone_that_cannot_answer_so(serve: Serve) -> None:
    client = serve("participant-kit")
    client.put("/_mock/preferences", json={"prefer": "example=first_page"})

    assert client.get("/v1/studies/none").status_code == 404


def test_what_stands_gives_way_to_a_forced_body_and_excuses_no_wish_of_a_request(serve: Serve) -> None:
    client = serve("participant-kit")
    client.put("/_mock/preferences", json={"prefer": "code=404"})
    client.post("/_mock/replies", json={"body": {"mine": True}})
    client.post("/_mock/replies", json={"malformed": True})

    forced, half = client.get("/v1/projects"), client.get("/v1/projects")
    wrong = client.get("/v1/projects", headers={"Prefer": "example=nothing"})

    assert (forced.status_code, forced.json()) == (200, {"mine": True})
    assert half.status_code == 404
    assert (wrong.status_code, "example=nothing" in wrong.text) == (400, True)


def test_what_is_drawn_under_standing_preferences_is_what_the_request_itself_would_draw(serve: Serve) -> None:
    client = serve("participant-kit")
    name = client.headers["X-Mock-Session"]
    client.put("/_mock/preferences", json={"prefer": "dynamic"})
    standing = [client.get("/v1/projects").json() for _ in range(2)]

    client.headers["X-Mock-Session"] = f"{name}-b"
    asked = [client.get("/v1/projects", headers={"Prefer": "dynamic"}).json() for _ in range(2)]

    assert standing == asked
    assert standing[0] != standing[1]


def test_preferences_that_ask_for_nothing_are_refused(serve: Serve) -> None:
    assert serve("participant-kit").put("/_mock/preferences", json={"prefer": "colour=red"}).status_code == 400


def test_cleared_preferences_are_over(serve: Serve) -> None:
    client = serve("participant-kit")
    client.put("/_mock/preferences", json={"prefer": "code=404"})

    client.delete("/_mock/preferences")

    assert client.get("/v1/projects").status_code == 200
