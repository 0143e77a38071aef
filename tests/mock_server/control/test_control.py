"""What holds for every control operation: bodies that are refused, and bytes that are not text."""

from __future__ import annotations

import pytest
from live import Serve

WITHOUT_BODY = [("POST", "reset"), ("POST", "clock/resume"), ("DELETE", "requests"), ("PUT", "snapshots/a")]


@pytest.mark.parametrize(("method", "path"), WITHOUT_BODY[:3])
def test_a_body_that_is_not_taken_is_refused_with_what_it_holds(serve: Serve, method: str, path: str) -> None:
    reply = serve("participant-kit").request(method, f"/_mock/{path}", json={"scenario": "empty"})

    assert reply.status_code == 400
    assert "contains scenario" in reply.json()["error"]["message"]


@pytest.mark.parametrize("body", [b"", b"{}", b" {} ", b"null"])
def test_an_empty_body_is_none(serve: Serve, body: bytes) -> None:
    assert serve("participant-kit").post("/_mock/reset", content=body).status_code == 204


@pytest.mark.parametrize(("method", "path"), WITHOUT_BODY)
def test_a_body_that_is_no_text_is_said_to_be_none(serve: Serve, method: str, path: str) -> None:
    reply = serve("participant-kit").request(method, f"/_mock/{path}", content=b"\xff\xfe{}")

    assert (reply.status_code, reply.json()["error"]["message"]) == (400, "The body is not valid UTF-8.")
