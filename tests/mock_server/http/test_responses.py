"""Whole answers as ASGI has them, and what a connection without an answer is."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from understudy.mock_server.http.errors import BadRequestError, FieldError, ServiceUnavailableError
from understudy.mock_server.http.responses import (
    ConnectionCutError,
    InternalServerError,
    abort_function,
    answer,
    cut,
    refuse,
)


class Client:
    """Takes what is sent, behind a connection that can be cut as uvicorn's can."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.transport = self
        self.asked = 0
        self.aborted = False

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def receive(self) -> dict[str, str]:
        self.asked += 1
        return {"type": "http.request" if self.asked < 3 else "http.disconnect"}

    def abort(self) -> None:
        self.aborted = True

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


@pytest.fixture
def client() -> Client:
    return Client()


def test_an_answer_is_a_head_with_the_length_and_a_body(client: Client) -> None:
    asyncio.run(answer(client.send, "GET", 200, [(b"x", b"y")], b"hello"))

    assert client.sent == [
        {"type": "http.response.start", "status": 200, "headers": [(b"x", b"y"), (b"content-length", b"5")]},
        {"type": "http.response.body", "body": b"hello"},
    ]


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_neither_body_nor_length(client: Client, status: int) -> None:
    asyncio.run(answer(client.send, "GET", status, (), b"hello"))

    assert (client.headers, client.body) == ({}, b"")


def test_head_gets_the_length_and_no_body(client: Client) -> None:
    asyncio.run(answer(client.send, "HEAD", 200, (), b"hello"))

    assert (client.headers, client.body) == ({b"content-length": b"5"}, b"")


def test_an_answer_without_a_body_is_of_length_zero(client: Client) -> None:
    asyncio.run(answer(client.send, "POST", 202))

    assert (client.headers, client.body) == ({b"content-length": b"0"}, b"")


def test_a_refusal_says_its_status_and_why(client: Client) -> None:
    asyncio.run(refuse(client.send, "GET", InternalServerError("Out of order.")))

    assert (client.status, client.headers[b"content-type"]) == (500, b"application/json")
    assert json.loads(client.body) == {"error": {"status": 500, "message": "Out of order."}}


def test_a_refusal_names_what_is_wrong(client: Client) -> None:
    asyncio.run(
        refuse(
            client.send, "GET", BadRequestError(field_errors=[FieldError("a", "is odd"), FieldError("b", "is even")])
        )
    )

    assert json.loads(client.body)["error"] == {
        "status": 400,
        "message": "a: is odd; b: is even",
        "faults": [{"name": "a", "message": "is odd"}, {"name": "b", "message": "is even"}],
    }


def test_a_refusal_keeps_its_own_headers(client: Client) -> None:
    asyncio.run(refuse(client.send, "GET", ServiceUnavailableError("Later.", headers=[(b"retry-after", b"1")])))

    assert client.headers[b"retry-after"] == b"1"


def test_a_connection_is_cut_and_waited_for_until_it_is_gone(client: Client) -> None:
    asyncio.run(cut(client.receive, abort_function(client.send)))

    assert client.aborted
    assert client.asked == 3
    assert client.sent == []


def test_where_nothing_can_be_cut_an_error_says_so(client: Client) -> None:
    async def send(message: Any) -> None:
        raise AssertionError("nothing is sent")

    with pytest.raises(ConnectionCutError, match="on purpose"):
        asyncio.run(cut(client.receive, abort_function(send)))
