"""Sessions: isolated, bounded, forgotten when nobody uses them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from live import Serve, running

from understudy.mock_server import create_app

TOKEN = {"Authorization": "Bearer mock-token"}


@contextmanager
def serving(app: Any) -> Iterator[httpx.Client]:
    """A server of its own, for what all sessions share."""
    with running(app) as address, httpx.Client(base_url=address) as client:
        yield client


def test_a_session_is_made_from_the_seed_at_first_use(serve: Serve) -> None:
    client = serve("participant-kit")
    study = client.get("/v1/studies?limit=1").json()["data"][0]["id"]
    client.delete(f"/v1/studies/{study}")

    fresh = {"X-Mock-Session": f"{client.headers['X-Mock-Session']}-b"}
    assert client.get(f"/v1/studies/{study}", headers=fresh).status_code == 200


def test_a_path_names_a_session_as_a_header_does(serve: Serve) -> None:
    client = serve("participant-kit")
    name = client.headers["X-Mock-Session"]
    study = client.get("/v1/studies?limit=1").json()["data"][0]["id"]

    httpx.delete(f"{str(client.base_url).rstrip('/')}/_session/{name}/v1/studies/{study}", headers=TOKEN)

    assert client.get(f"/v1/studies/{study}").status_code == 404


def test_addresses_in_replies_stay_in_the_session_of_the_path(serve: Serve) -> None:
    base = f"{str(serve('lookit').base_url).rstrip('/')}/_session/linked"

    body = httpx.get(f"{base}/api/v1/users/", headers={"Authorization": "Token mock-admin-token"}).json()

    assert body["links"]["first"].startswith(f"{base}/api/v1/users/")


def test_script_clock_and_journal_are_each_sessions_own(serve: Serve) -> None:
    client = serve("participant-kit")
    client.put("/_mock/preferences", json={"prefer": "code=503"})
    client.post("/_mock/clock/freeze")
    other = {"X-Mock-Session": f"{client.headers['X-Mock-Session']}-b"}

    outcome = client.get("/v1/projects", headers=other).status_code, client.get("/_mock/clock", headers=other).json()
    assert outcome[0] == 200
    assert not outcome[1]["frozen"]


@pytest.mark.parametrize("path", ["/v1/projects", "/_mock/health", "/_mock/resources"])
@pytest.mark.parametrize("name", ["with blank", "a/b", "x" * 129, "ü"])
def test_what_is_no_name_is_refused(serve: Serve, path: str, name: str) -> None:
    client = serve("participant-kit")

    reply = client.get(path, headers={"X-Mock-Session": name.encode()})

    assert reply.status_code == 400


def test_reset_brings_everything_back(serve: Serve) -> None:
    client = serve("participant-kit")
    study = client.get("/v1/studies?limit=1").json()["data"][0]["id"]
    client.delete(f"/v1/studies/{study}")
    client.put("/_mock/preferences", json={"prefer": "code=503"})
    client.post("/_mock/clock/freeze")

    client.post("/_mock/reset")

    journal = client.get("/_mock/requests").json()["requests"]
    outcome = client.get("/_mock/clock").json()["frozen"], client.get(f"/v1/studies/{study}").status_code, journal
    assert outcome == (False, 200, [])


def test_a_named_session_is_reset_and_deleted(serve: Serve) -> None:
    client = serve("participant-kit")
    name = f"{client.headers['X-Mock-Session']}-b"
    client.put(f"/_mock/sessions/{name}", json={"scenario": "empty"})
    reset = client.post(f"/_mock/sessions/{name}/reset").status_code
    deleted = client.delete(f"/_mock/sessions/{name}").status_code

    assert (reset, deleted, client.get(f"/_mock/sessions/{name}").status_code) == (204, 204, 404)


def test_the_default_session_cannot_be_deleted(serve: Serve) -> None:
    reply = serve("participant-kit").delete("/_mock/sessions/%20")

    assert reply.status_code == 404


def test_there_are_only_so_many_and_the_refusal_says_what_to_do() -> None:
    with serving(create_app(["participant-kit"], max_sessions=2)) as client:
        replies = [client.get("/v1/projects", headers={**TOKEN, "X-Mock-Session": name}) for name in ("a", "b", "c")]

    outcome = [each.status_code for each in replies], "--max-sessions" in replies[-1].json()["error"]["message"]
    assert outcome == ([200, 200, 503], True)


def test_a_deleted_session_makes_room() -> None:
    with serving(create_app(["participant-kit"], max_sessions=1)) as client:
        client.get("/_mock/clock", headers={"X-Mock-Session": "a"})
        client.delete("/_mock/sessions/a")

        assert client.get("/_mock/clock", headers={"X-Mock-Session": "b"}).status_code == 200


def test_a_session_that_nobody_uses_is_forgotten() -> None:
    with serving(create_app(["participant-kit"], session_idle=0.1)) as client:
        client.get("/_mock/clock", headers={"X-Mock-Session": "a"})
        time.sleep(0.2)

        assert [each["name"] for each in client.get("/_mock/sessions").json()["sessions"]] == [""]


def test_a_forgotten_session_begins_anew_when_its_name_is_used_again() -> None:
    with serving(create_app(["participant-kit"], session_idle=0.1)) as client:
        headers = {**TOKEN, "X-Mock-Session": "a"}
        study = client.get("/v1/studies?limit=1", headers=headers).json()["data"][0]["id"]
        client.delete(f"/v1/studies/{study}", headers=headers)
        time.sleep(0.2)

        assert client.get(f"/v1/studies/{study}", headers=headers).status_code == 200
