"""Requests that end before they are complete: the reply says why, and the connection is closed."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from understudy.mock_server.serving import connections
from understudy.mock_server.serving.connections import HEAD_LIMIT, LINE_LIMIT, Connection

#: Seconds within which the server has said something or hung up.
PATIENCE = 20.0

START = b"GET / HTTP/1.1\r\nHost: x\r\n"
GET = START + b"\r\n"
LAST = START + b"Connection: close\r\n\r\n"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the length of the body; at `/at-once` without waiting for one."""
    length, more = 0, scope["path"] != "/at-once"
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    body = str(length).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@contextlib.contextmanager
def listening() -> Iterator[int]:
    """The port of a server that reads its connections as ours does."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        server = uvicorn.Server(uvicorn.Config(echo, http=Connection, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([opened],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield int(opened.getsockname()[1])
        server.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of a server with all its patience."""
    with listening() as port:
        yield port


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of one that looks often; what it waits for is for a test to say."""
    monkeypatch.setattr(connections, "CHECK_INTERVAL", 0.02)
    with listening() as port:
        yield port


@contextlib.contextmanager
def wire(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as opened:
        yield opened


def heard(opened: socket.socket) -> bytes:
    """Whatever comes until the other side hangs up."""
    pieces = []
    with contextlib.suppress(ConnectionError):
        while piece := opened.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def said(port: int, *raw: bytes) -> bytes:
    """What the server says to this until it hangs up."""
    with wire(port) as opened:
        # A server that closes in the middle of the request has answered.
        with contextlib.suppress(ConnectionError):
            for piece in raw:
                opened.sendall(piece)
        return heard(opened)


def answered(opened: socket.socket) -> bytes:
    """The reply to a request without a body; its own may come after its head."""
    received = b""
    while not received.endswith(b"\r\n\r\n0"):
        piece = opened.recv(65536)
        assert piece, received
        received += piece
    return received


def bodies(raw: bytes) -> list[bytes]:
    """The bodies of all replies in what was read."""
    return re.findall(rb"content-length: \d+.*?\r\n\r\n([^H]*)", raw, re.DOTALL)


@pytest.mark.parametrize(
    ("raw", "status", "reason"),
    [
        (b"nonsense\r\n\r\n", 400, b"Bad Request"),
        (START + b"no header\r\n\r\n", 400, b"Bad Request"),
        (b"GET /" + b"x" * HEAD_LIMIT, 414, b"Request-URI Too Long"),
        (b"GET /" + b"x" * LINE_LIMIT + b" HTTP/1.1\r\n\r\n", 414, b"Request-URI Too Long"),
        (START + b"X: " + b"x" * HEAD_LIMIT, 431, b"Request Header Fields Too Large"),
    ],
    ids=["no request", "no header", "an address without an end", "an address", "a header"],
)
def test_what_cannot_be_read_is_refused_with_the_reason(port: int, raw: bytes, status: int, reason: bytes) -> None:
    head, _, body = said(port, raw).partition(b"\r\n\r\n")

    assert (head.split(b"\r\n")[0], body) == (b"HTTP/1.1 %d %s" % (status, reason), reason)


def test_a_refusal_announces_its_length_and_the_end_of_the_connection(port: int) -> None:
    assert {b"content-length: 11", b"connection: close", b"content-type: text/plain"} <= set(
        said(port, b"nonsense\r\n\r\n").split(b"\r\n")
    )


def test_an_origin_that_was_named_may_read_it_with_credentials(port: int) -> None:
    lines = said(port, b"GET / HTTP/1.1\r\nOrigin: http://a.example\r\nX: y\r\nno header\r\n\r\n").split(b"\r\n")

    assert {b"access-control-allow-origin: http://a.example", b"access-control-allow-credentials: true"} <= set(lines)


def test_a_refusal_is_said_once_however_much_comes_after_it(port: int) -> None:
    assert said(port, START + b"X: " + b"x" * HEAD_LIMIT, b"x").count(b"HTTP/1.1 ") == 1


def test_what_was_asked_before_is_answered_before_the_refusal(port: int) -> None:
    with wire(port) as opened:
        opened.sendall(GET)
        first = answered(opened)
        opened.sendall(b"nonsense\r\n\r\n")

        assert (first[:12], heard(opened)[:12]) == (b"HTTP/1.1 200", b"HTTP/1.1 400")


def test_a_head_may_come_in_pieces(port: int) -> None:
    pieces = [LAST[place : place + 1] for place in range(len(LAST))]

    assert said(port, *pieces).startswith(b"HTTP/1.1 200")


def test_a_head_just_below_the_limit_is_read(port: int) -> None:
    assert (
        said(port, START + b"Connection: close\r\nX: " + b"x" * (HEAD_LIMIT - 100) + b"\r\n\r\n")[:12]
        == b"HTTP/1.1 200"
    )


def test_each_request_has_the_whole_limit_for_its_own_head(port: int) -> None:
    large = b"X: " + b"x" * (HEAD_LIMIT - 1000) + b"\r\n"
    with wire(port) as opened:
        for _ in range(3):
            opened.sendall(START + large + b"\r\n")
            assert answered(opened).startswith(b"HTTP/1.1 200")
        opened.sendall(START + large + b"Connection: close\r\n\r\n")

        assert heard(opened).startswith(b"HTTP/1.1 200")


def test_a_body_is_not_counted_as_head(port: int) -> None:
    length = 4 * HEAD_LIMIT
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % length

    assert bodies(said(port, head + b"x" * length)) == [b"%d" % length]


def test_requests_that_come_together_are_read_one_by_one(port: int) -> None:
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"

    assert bodies(said(port, post + GET + post + LAST)) == [b"3", b"0", b"3", b"0"]


# Late.


def test_who_says_nothing_is_told_nothing(monkeypatch: pytest.MonkeyPatch, watchful: int) -> None:
    monkeypatch.setattr(connections, "HEAD_TIME", 0.05)

    assert said(watchful) == b""


@pytest.mark.parametrize(
    "raw",
    [b"G", START + b"X: ", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc"],
    ids=["a letter", "half a head", "half a body"],
)
def test_who_does_not_go_on_is_told_that_it_took_too_long(
    monkeypatch: pytest.MonkeyPatch, watchful: int, raw: bytes
) -> None:
    with wire(watchful) as opened:
        opened.sendall(GET)
        answered(opened)
        monkeypatch.setattr(connections, "HEAD_TIME", 0.05)
        monkeypatch.setattr(connections, "BODY_TIME", 0.05)
        opened.sendall(raw)

        head, _, body = heard(opened).partition(b"\r\n\r\n")

    assert (head.split(b"\r\n")[0], body) == (b"HTTP/1.1 408 Request Timeout", b"Request Timeout")


def test_the_rest_of_a_body_that_nobody_reads_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, watchful: int) -> None:
    monkeypatch.setattr(connections, "LINGER", 0.05)

    raw = said(watchful, b"POST /at-once HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc")

    assert re.findall(rb"HTTP/1.1 (\d+)", raw) == [b"200"]
