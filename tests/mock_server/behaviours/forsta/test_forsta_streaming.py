"""The stream: which one is chosen, what it holds, and that it is made while it is sent."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from forsta_client import STREAM, Forsta

from understudy.mock_server import create_app

JSON = "application/json; charset=utf-8"
LINES = "application/x-ndjson; charset=utf-8"


@pytest.mark.clauses("FO-017", "FO-018", "FO-019", "FO-022")
@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/json", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/x-ndjson", LINES),
        ("APPLICATION/X-NDJSON", LINES),
        ("application/json;q=0.1, application/x-ndjson", LINES),
        ("application/x-ndjson;q=0.5, */*;q=0.4", LINES),
        ("application/x-ndjson;q=0.4, application/json;q=0.5", JSON),
        ("application/x-ndjson;q=0, */*", JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
    ],
)
def test_accept_chooses_between_page_and_stream(forsta: Forsta, accept: str, media_type: str) -> None:
    reply = forsta.read(accept=accept)

    assert reply.status_code == 200
    assert reply.headers["content-type"] == media_type


@pytest.mark.clauses("FO-017")
def test_without_accept_a_page_is_sent(forsta: Forsta) -> None:
    del forsta.http.headers["accept"]

    assert "itemCount" in forsta.call("GET", "data").json()


@pytest.mark.clauses("FO-022")
@pytest.mark.parametrize("accept", ["text/csv", "application/xml", "application/json;q=0", "nonsense"])
def test_any_other_accept_is_not_acceptable(forsta: Forsta, accept: str) -> None:
    reply = forsta.read(accept=accept)

    assert reply.status_code == 406
    assert reply.json()["message"]


@pytest.mark.clauses("FO-018", "FO-020", "FO-024")
def test_the_stream_has_a_line_for_each_respondent_and_nothing_else(forsta: Forsta) -> None:
    text = forsta.read(accept=STREAM).text

    assert text.endswith("\n")
    assert [json.loads(line) for line in text.splitlines()] == forsta.items()


@pytest.mark.clauses("FO-021", "FO-035", "FO-175")
@pytest.mark.parametrize(
    "query", [{"pageSize": "10001"}, {"pageSize": "2", "page": "3"}, {"pageSize": "x", "page": "-1"}]
)
def test_the_stream_ignores_the_paging_parameters(forsta: Forsta, query: dict[str, str]) -> None:
    assert len(forsta.lines(**query)) == 200


@pytest.mark.clauses("FO-023")
def test_a_stream_of_nobody_is_empty(forsta: Forsta) -> None:
    reply = forsta.read(accept=STREAM, filterExpression="respondent:city='nowhere'")

    assert (reply.status_code, reply.content) == (200, b"")


@pytest.mark.clauses("FO-018")
def test_what_is_refused_for_a_page_is_refused_for_a_stream_in_the_one_shape(forsta: Forsta) -> None:
    reply = forsta.read(accept=STREAM, filterExpression="city")

    assert reply.status_code == 400
    assert reply.headers["content-type"] == JSON


def test_the_stream_begins_before_its_last_row_is_read_and_goes_on_in_bounded_pieces() -> None:
    app = create_app(["forsta"], size=20)
    pieces: list[int] = []

    async def scenario() -> None:
        async def send(message: dict[str, Any]) -> None:
            if message.get("body"):
                pieces.append(message["body"].count(b"\n"))
                if len(pieces) == 1:
                    await _request(app, "POST", b'{"data": [{"city": "late"}]}')

        await _request(app, "GET", b"", send)

    asyncio.run(scenario())
    assert sum(pieces) == 4001
    assert max(pieces) <= 2_000


def test_others_are_answered_while_a_stream_is_sent() -> None:
    app = create_app(["forsta"], size=20)
    ended: list[str] = []

    async def run(method: str, body: bytes) -> None:
        await _request(app, method, body)
        ended.append(method)

    async def scenario() -> None:
        await asyncio.gather(run("GET", b""), run("POST", b'{"data": [{"city": "oslo"}]}'))

    asyncio.run(scenario())
    assert ended == ["POST", "GET"]


async def _request(app: Any, method: str, body: bytes, send: Any = None) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def ignore(message: dict[str, Any]) -> None:
        assert message.get("status", 200) == 200

    path = "/v1/surveys/p1231234/respondents/data"
    headers = [(b"host", b"mock"), (b"authorization", b"Bearer mock-token"), (b"content-length", b"%d" % len(body))]
    if method == "GET":
        headers[2] = (b"accept", STREAM.encode())
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
    await app({**scope, "scheme": "http", "root_path": "", "headers": headers}, receive, send or ignore)
