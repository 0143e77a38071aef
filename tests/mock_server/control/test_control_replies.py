"""Forced replies: what HTTP cannot carry, and what nobody serves, is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from live import Serve


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"ab": "c\r\nd: e"}, "headers.ab"),
        ({"ab": "c\u0000"}, "headers.ab"),
        ({"ab": " c"}, "headers.ab"),
        ({"a\nb": "c"}, "headers.a\nb"),
        ({"a b": "c"}, "headers.a b"),
        ({"": "c"}, "headers."),
        ({"Content-Length": "3"}, "headers.Content-Length"),
        ({"transfer-encoding": "chunked"}, "headers.transfer-encoding"),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused_by_name(serve: Serve, headers: dict[str, str], name: str) -> None:
    client = serve("participant-kit")

    reply = client.post("/_mock/replies", json={"headers": headers, "status": 500, "body": "abc"})

    assert (reply.status_code, [field_error["name"] for field_error in reply.json()["error"]["faults"]]) == (
        400,
        [name],
    )
    assert client.get("/_mock/replies").json() == {"replies": []}


def test_headers_that_can_be_sent_are(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/_mock/replies", json={"headers": {"X-List": "a\tb, c", "X-None": ""}, "status": 500, "body": "abc"})

    reply = client.get("/v1/projects")

    assert (reply.headers["X-List"], reply.headers["X-None"], reply.json()) == ("a\tb, c", "", "abc")


def test_a_status_may_be_written_with_a_point(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/_mock/replies", content='{"status": 503.0}')

    assert client.get("/v1/projects").status_code == 503


@pytest.mark.parametrize("match", [{"api": "nope"}, {"operation": "nope"}, {"method": "GTE"}])
def test_what_nobody_serves_is_refused(serve: Serve, match: dict[str, str]) -> None:
    reply = serve("participant-kit").post("/_mock/replies", json={**match, "status": 500})

    assert reply.status_code == 400
    assert next(iter(match.values())) in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    "reply", [{}, {"times": 2}, {"path": "/v1/*", "method": "GET"}, {"dynamic": False, "malformed": False}]
)
def test_one_that_forces_nothing_is_refused(serve: Serve, reply: dict[str, Any]) -> None:
    client = serve("participant-kit")

    refused = client.post("/_mock/replies", json=reply)

    assert refused.status_code == 400
    assert refused.json()["error"]["message"] == (
        "The body forces nothing; give at least one of body, delay, drop, dynamic, example, headers, malformed, status."
    )
    assert client.get("/_mock/replies").json() == {"replies": []}


def test_one_that_forces_something_wrong_is_told_only_what_is_wrong(serve: Serve) -> None:
    refused = serve("participant-kit").post("/_mock/replies", json={"status": "503"})

    assert refused.json()["error"]["message"] == "status: must be an integer"


def test_every_fault_is_told_at_once(serve: Serve) -> None:
    reply = {
        "api": "nope",
        "method": "GTE",
        "operation": "nope",
        "path": "v1/studies",
        "status": 999,
        "headers": {"a b": "c", "Content-Length": "3"},
        "query": {"page": 2},
        "request_body": [[]] * 1,
        "bogus": 1,
    }

    faults = serve("participant-kit").post("/_mock/replies", json=reply).json()["error"]["faults"]

    assert {fault["name"] for fault in faults} == {
        *["api", "method", "operation", "path", "status", "headers.a b", "headers.Content-Length", "query.page"],
        "bogus",
    }


def test_an_operation_that_several_apis_have_needs_one_of_them(serve: Serve) -> None:
    client = serve("all")
    reply = {"operation": "list_projects", "status": 503}

    refused = client.post("/_mock/replies", json=reply)
    made = client.post("/_mock/replies", json={**reply, "api": "consent-kit"})

    assert refused.status_code == 400
    assert refused.json()["error"]["message"].startswith("api: is required: consent-kit, participant-kit")
    assert made.status_code == 201
    assert client.get("/participant-kit/v1/projects").status_code == 200
    assert client.get("/consent-kit/v1/projects").status_code == 503


def test_a_query_in_the_path_is_one_to_match(serve: Serve) -> None:
    client = serve("participant-kit")
    made = client.post("/_mock/replies", json={"path": "/v1/projects?page=2", "query": {"limit": "5"}, "status": 500})

    statuses = [
        client.get("/v1/projects", params=query).status_code
        for query in ({}, {"page": 2}, {"limit": 5}, {"page": 2, "limit": 5}, {"page": 2, "limit": 5})
    ]

    assert made.json()["match"] == {"path": "/v1/projects", "query": {"page": "2", "limit": "5"}}
    assert statuses == [200, 200, 200, 500, 200]


@pytest.mark.parametrize(
    ("match", "name"),
    [
        ({"path": "/v1/projects?page=*"}, "path"),
        ({"path": "/v1/projects?page=2", "query": {"page": "3"}}, "query.page"),
        ({"path": "http://127.0.0.1/v1/projects"}, "path"),
    ],
)
def test_a_path_that_would_never_match_is_refused(serve: Serve, match: dict[str, Any], name: str) -> None:
    refused = serve("participant-kit").post("/_mock/replies", json={**match, "status": 500})

    assert [fault["name"] for fault in refused.json()["error"]["faults"]] == [name]


def test_a_header_chooses_the_request(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/_mock/replies", json={"request_headers": {"X-Trace": "seven"}, "status": 503, "times": None})

    statuses = [client.get("/v1/projects", headers=each).status_code for each in ({}, {"x-trace": "seven"})]

    assert statuses == [200, 503]


def test_a_part_of_the_body_chooses_the_request(serve: Serve) -> None:
    client = serve("participant-kit")
    project = client.get("/v1/projects").json()["data"][0]["id"]
    client.post("/_mock/replies", json={"request_body": {"name": "Twice"}, "status": 409, "times": None})

    made = {name: client.post("/v1/studies", json={"name": name, "project_id": project}) for name in ("Once", "Twice")}

    assert {name: reply.status_code for name, reply in made.items()} == {"Once": 201, "Twice": 409}
    assert made["Once"].json()["name"] == "Once"
    assert client.get("/v1/projects").status_code == 200
    bodies = [entry["request"]["body"] for entry in client.get("/_mock/requests?method=POST").json()["requests"]]
    assert bodies == [{"name": name, "project_id": project} for name in ("Once", "Twice")]


def test_a_body_that_is_read_ahead_may_be_anything(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/_mock/replies", json={"request_body": {}, "status": 409, "times": None})
    json = {"Content-Type": "application/json"}

    def pieces() -> Iterator[bytes]:
        yield b'{"na'
        yield b'me": "x"}'

    sent = [b"", b"{", b"\xff", b"[]", b"{}", pieces(), b" " * (5 * 1024 * 1024)]
    statuses = [client.post("/v1/studies", content=each, headers=json).status_code for each in sent]

    assert statuses == [400, 400, 400, 400, 409, 409, 413]


def test_conditions_are_shown_without_secrets(serve: Serve) -> None:
    client = serve("participant-kit")
    headers = {"Authorization": "Bearer mock-token", "X-Trace": "seven"}
    body = {"password": "hidden", "name": "x"}
    client.post("/_mock/replies", json={"request_headers": headers, "request_body": body, "status": 503})

    (listed,) = client.get("/_mock/replies").json()["replies"]

    assert listed["match"] == {
        "request_headers": {"Authorization": "Bearer [redacted]", "X-Trace": "seven"},
        "request_body": {"password": "[redacted]", "name": "x"},
    }


def test_headers_alone_are_set_on_the_reply_of_the_api(serve: Serve) -> None:
    client = serve("participant-kit")
    client.post("/_mock/replies", json={"headers": {"Content-Type": "text/html", "X-More": "1"}})

    reply = client.get("/v1/projects")

    assert reply.status_code == 200
    assert reply.json()["object"] == "list"
    assert (reply.headers.get_list("content-type"), reply.headers["x-more"]) == (["text/html"], "1")


@pytest.mark.parametrize("status", [420, 512, 599])
def test_a_bad_network_may_fail_with_any_failure(serve: Serve, status: int) -> None:
    client = serve("participant-kit")
    client.put("/_mock/network", json={"failure_rate": 1, "failure_status": status})

    assert client.get("/v1/projects").status_code == status


def test_an_integer_that_would_be_answered_rounded_is_refused_by_name(serve: Serve) -> None:
    content = b'{"path": "/v1/*", "body": {"n": 12345678901234567890123}}'
    reply = serve("participant-kit").post(
        "/_mock/replies", content=content, headers={"Content-Type": "application/json"}
    )

    assert reply.status_code == 400
    assert [each["name"] for each in reply.json()["error"]["faults"]] == ["body.n"]
