"""What was asked and answered, newest last, without secrets."""

from __future__ import annotations

from typing import Any

import pytest
from live import Serve

from understudy.mock_server.sessions.journal import BODY_LIMIT, LIMIT


def test_requests_are_listed_newest_last(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects")
    client.get("/v1/panels")

    assert [each["path"] for each in _requests(client)] == ["/v1/projects", "/v1/panels"]


def test_an_entry_tells_the_operation_the_status_and_both_bodies(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/v1/studies", json={"name": "", "project_id": "none"})

    entry = _requests(client)[0]
    listed = (
        entry["operation"],
        entry["status"],
        entry["request"]["body"]["name"],
        entry["reply"]["body"]["error"]["type"],
    )
    assert listed == ("create_study", 400, "", "invalid_request")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("method=get", 3),
        ("method=POST", 1),
        ("path=/v1/projects", 1),
        ("path=/v1/p*", 2),
        ("status=4xx", 2),
        ("status=404", 1),
        ("operation=create_study", 1),
        ("api=participant-kit", 4),
        ("method=GET&status=2xx", 2),
        ("limit=2", 2),
    ],
)
def test_requests_are_found_by_what_they_were(serve: Serve, query: str, found: int) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects")
    client.get("/v1/panels")
    client.get("/v1/studies/none")
    client.post("/v1/studies", json={})

    assert len(_requests(client, query)) == found


def test_only_what_came_after_an_entry_is_listed(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects")
    known = _requests(client)[-1]["id"]
    client.get("/v1/panels")

    assert [each["path"] for each in _requests(client, f"since={known}")] == ["/v1/panels"]


def test_an_unknown_filter_is_refused_by_name(serve: Serve) -> None:
    reply = serve("participant-kit").get("/_mock/requests?stauts=404")

    assert "stauts" in reply.json()["error"]["message"]


def test_a_forgotten_journal_is_empty(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects")

    client.delete("/_mock/requests")

    assert _requests(client) == []


def test_control_requests_and_preflights_are_not_in_it(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/_mock/health")
    client.options("/v1/projects", headers={"Origin": "http://a.test", "Access-Control-Request-Method": "GET"})

    assert _requests(client) == []


def test_another_session_has_another_journal(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects", headers={"X-Mock-Session": f"{client.headers['X-Mock-Session']}-b"})

    assert _requests(client) == []


def test_a_session_can_look_into_another_one(serve: Serve) -> None:
    client = serve("participant-kit")
    other = f"{client.headers['X-Mock-Session']}-b"
    client.get("/v1/projects", headers={"X-Mock-Session": other})

    assert [each["session"] for each in _requests(client, f"session={other}")] == [other]


def test_credentials_are_replaced_and_their_scheme_stays(serve: Serve) -> None:
    client = serve("participant-kit", token="mock-token", scheme="Bearer")
    client.get("/v1/projects?access_token=s3cret", headers={"Cookie": "id=s3cret"})

    entry = _requests(client)[0]
    headers = entry["request"]["headers"]
    assert (headers["authorization"], headers["cookie"], entry["query"]) == (
        "Bearer [redacted]",
        "[redacted]",
        {"access_token": "[redacted]"},
    )


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ('{"password": "s3cret", "deep": [{"api_key": "s3cret"}]}', "application/json"),
        ('{"password": "s3cret"', "application/json"),
        ("password=s3cret&name=x", "application/x-www-form-urlencoded"),
    ],
)
def test_secrets_in_bodies_are_replaced(serve: Serve, body: str, media_type: str) -> None:
    client = serve("participant-kit")
    client.post("/v1/studies", content=body, headers={"Content-Type": media_type})

    assert "s3cret" not in str(_requests(client)[0]["request"]["body"])


def test_long_bodies_are_cut_and_say_so(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/v1/studies", json={"name": "x" * (BODY_LIMIT + 10)})

    assert _requests(client)[0]["request"]["truncated"] is True


def test_only_the_latest_requests_are_kept_and_all_are_counted(serve: Serve) -> None:
    client = serve("participant-kit")
    for _ in range(LIMIT + 5):
        client.head("/v1/projects/none")

    listed = client.get("/_mock/requests").json()
    assert (len(listed["requests"]), listed["total"]) == (LIMIT, LIMIT + 5)


def test_a_path_that_nothing_serves_is_noted(serve: Serve) -> None:
    client = serve("all")
    client.get("/v1/projects")

    assert [(each["api"], each["status"]) for each in _requests(client)] == [(None, 404)]


def test_a_path_is_found_with_and_without_the_prefix_of_its_api(serve: Serve) -> None:
    client = serve("all")
    client.get("/participant-kit/v1/projects")

    counts = [len(_requests(client, f"path={path}")) for path in ("/participant-kit/v1/projects", "/v1/projects")]
    assert counts == [1, 1]


def test_a_count_within_its_bounds_is_told(serve: Serve) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects")

    assert client.get("/_mock/requests/count?method=GET&exactly=1&at_least=1&at_most=1").json() == {"count": 1}


@pytest.mark.parametrize("bound", ["exactly=2", "at_least=2", "at_most=0"])
def test_a_count_outside_of_its_bounds_tells_what_was_asked(serve: Serve, bound: str) -> None:
    client = serve("participant-kit")
    client.get("/v1/projects")

    reply = client.get(f"/_mock/requests/count?{bound}")
    assert reply.status_code == 409
    assert "GET /v1/projects 200" in reply.json()["error"]["message"]


def _requests(client: Any, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/_mock/requests?{query}").json()["requests"]
    return found
