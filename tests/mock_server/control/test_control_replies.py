"""Forced replies: what HTTP cannot carry, and what nobody serves, is refused by name."""

from __future__ import annotations

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


@pytest.mark.parametrize("status", [420, 512, 599])
def test_a_bad_network_may_fail_with_any_failure(serve: Serve, status: int) -> None:
    client = serve("participant-kit")
    client.put("/_mock/network", json={"failure_rate": 1, "failure_status": status})

    assert client.get("/v1/projects").status_code == status
