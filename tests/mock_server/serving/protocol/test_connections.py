"""Requests that end before they are complete: the reply says why, and the connection is closed."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from understudy.mock_server.http.errors import ApiError
from understudy.mock_server.http.responses import refuse
from understudy.mock_server.serving.protocol import connections
from understudy.mock_server.serving.protocol.connections import HEAD_LIMIT, LINE_LIMIT, Connection
from understudy.mock_server.serving.refusals import REFUSAL

#: Seconds within which the server has said something or hung up.
PATIENCE = 20.0

START = b"GET / HTTP/1.1\r\nHost: x\r\n"
GET = START + b"\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = START + b"Connection: close\r\n\r\n"

#: Set when what was asked at `/later` is to be answered.
LATER = threading.Event()


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the length of the body, at `/at-once` without waiting for one; refuses what it is to refuse."""
    try:
        if REFUSAL in scope:
            raise scope[REFUSAL]
        await count(scope, receive, send)
    except ApiError as error:
        await refuse(send, scope["method"], error)


async def count(scope: Any, receive: Any, send: Any) -> None:
    length, more = 0, scope["path"] != "/at-once"
    if scope["path"] == "/later":
        await asyncio.get_running_loop().run_in_executor(None, LATER.wait, PATIENCE)
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    body = str(length).encode()
    seen = b" ".join(name for name, _ in scope["headers"])
    headers = [(b"x-seen", seen), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Echo:
    """The same, begun at once or in a task."""

    def __init__(self, at_once: bool) -> None:
        self.at_once = at_once

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await echo(scope, receive, send)


@contextlib.contextmanager
def listening(at_once: bool) -> Iterator[int]:
    """The port of a server that reads its connections as ours does."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        server = uvicorn.Server(uvicorn.Config(Echo(at_once), http=Connection, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([opened],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield int(opened.getsockname()[1])
        server.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture(scope="module", params=[True, False], ids=["at once", "in a task"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Of a server with all its patience."""
    with listening(request.param) as port:
        yield port


@pytest.fixture(params=[True, False], ids=["at once", "in a task"])
def watchful(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of one that looks often; what it waits for is for a test to say."""
    monkeypatch.setattr(connections, "CHECK_INTERVAL", 0.02)
    with listening(request.param) as port:
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


def is_cut(opened: socket.socket) -> bool:
    """Whether the server takes no more of what a client goes on sending."""
    deadline = time.monotonic() + PATIENCE
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < deadline:
            opened.sendall(b"x")
            time.sleep(0.02)
        return False
    return True


def bodies(raw: bytes) -> list[bytes]:
    """The bodies of all replies in what was read."""
    return re.findall(rb"content-length: \d+.*?\r\n\r\n([^H]*)", raw, re.DOTALL)


def message(raw: bytes) -> tuple[int, str]:
    """The status and the message of a refusal."""
    head, _, body = raw.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["error"]["message"]


@pytest.mark.parametrize(
    ("raw", "status", "reason"),
    [
        (b"nonsense\r\n\r\n", 400, "The request is not valid HTTP: invalid method encountered."),
        (b"patch / HTTP/1.1\r\nHost: x\r\n\r\n", 405, "The method 'patch' is not known; methods are case-sensitive."),
        (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 405, "The method 'BREW' is not known."),
        ("GET /?city=Tromsø HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 400, "must be percent-encoded"),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "The address of the request is not valid."),
        (START + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "HTTP: duplicate Content-Length."),
        (START + b"Content-Length: 99999999999999999999\r\n\r\n", 400, "HTTP: Content-Length overflow."),
        (START + b"no header\r\n\r\n", 400, "The request is not valid HTTP: invalid header token."),
        (b"GET /" + b"x" * HEAD_LIMIT, 414, "longer than 65535 bytes"),
        (b"GET /" + b"x" * LINE_LIMIT + b" HTTP/1.1\r\n\r\n", 414, "longer than 65535 bytes"),
        (START + b"X: " + b"x" * HEAD_LIMIT, 431, "larger than 65536 bytes"),
        (START + b"X: " + b"x" * HEAD_LIMIT + b"\r\n\r\n", 431, "larger than 65536 bytes"),
        (START + b"X: y\r\n" * 20_000 + b"\r\n", 431, "larger than 65536 bytes"),
        (GET + START + b"X: y\r\n" * 20_000 + b"\r\n", 431, "larger than 65536 bytes"),
        (CHUNKED + b"no size\r\n", 400, "The body of the request is not valid HTTP: Invalid character in chunk size."),
        (CHUNKED + b"0\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", 431, "larger than 65536 bytes"),
    ],
    ids=[
        "no request",
        "a method in lower case",
        "a method of another protocol",
        "an address that is not encoded",
        "an address without a path",
        "two lengths",
        "a length of twenty digits",
        "no header",
        "an address without an end",
        "an address",
        "a header without an end",
        "a header",
        "headers",
        "headers of a second request",
        "a body without chunks",
        "a trailer",
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(port: int, raw: bytes, status: int, reason: str) -> None:
    heard = said(port, raw)
    refusal = heard[heard.rindex(b"HTTP/1.1 ") :]
    code, text = message(refusal)

    assert (code, reason in text) == (status, True), text
    assert b"\r\nconnection: close\r\n" in refusal


def test_a_refusal_is_read_by_a_client_that_goes_on_sending(port: int) -> None:
    """A reset of the connection would take the reply with it."""
    with wire(port) as opened:
        opened.sendall(START + b"X: y\r\n" * 20_000)
        time.sleep(0.05)
        for _ in range(20):
            opened.sendall(b"X: y\r\n" * 10_000)

        assert heard(opened).startswith(b"HTTP/1.1 431 ")


def test_a_client_that_says_that_it_has_sent_all_reads_the_refusal(port: int) -> None:
    with wire(port) as opened:
        opened.sendall(b"nonsense\r\n\r\n")
        opened.shutdown(socket.SHUT_WR)

        assert heard(opened).startswith(b"HTTP/1.1 400 ")


def test_the_fields_of_a_trailer_are_no_headers(port: int) -> None:
    trailer = b"Authorization: Bearer x\r\nX-Mock-Session: other\r\nHost: y\r\n"

    raw = said(port, CHUNKED + b"2\r\nab\r\n0\r\n" + trailer + b"\r\n" + LAST)

    assert bodies(raw) == [b"2", b"0"]
    assert re.findall(rb"x-seen: (.*)\r\n", raw) == [b"host transfer-encoding", b"host connection"]


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


def test_no_more_is_read_than_can_be_answered(port: int) -> None:
    """What a client sends behind a request that takes long waits in the network, and none of it is lost."""
    LATER.clear()
    large = START + b"X: " + b"x" * (HEAD_LIMIT - 1000) + b"\r\n\r\n"
    raw = large * 500 + LAST
    with wire(port) as opened:
        opened.sendall(GET.replace(b"/", b"/later", 1))
        time.sleep(0.05)
        opened.settimeout(0.3)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < len(raw):
                sent += opened.send(memoryview(raw)[sent:])
        assert sent < len(raw)
        LATER.set()
        opened.settimeout(PATIENCE)
        sending = threading.Thread(target=opened.sendall, args=(memoryview(raw)[sent:],))
        sending.start()

        assert heard(opened).count(b"HTTP/1.1 200 OK") == 502
        sending.join()


def test_a_connection_leaves_memory_when_it_ends(port: int) -> None:
    """Without the garbage collector, which looks for circles only now and then."""

    def alive() -> int:
        return sum(isinstance(each, Connection) for each in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = alive()
        for _ in range(5):
            said(port, GET + LAST)
        deadline = time.monotonic() + PATIENCE
        while alive() > before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert alive() <= before
    finally:
        gc.enable()


UPGRADE = b"Connection: Upgrade, HTTP2-Settings%s\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"


@pytest.mark.parametrize(
    "body",
    [b"Content-Length: 3\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"],
    ids=["length", "chunks"],
)
def test_a_request_for_another_protocol_is_answered_in_this_one(port: int, body: bytes) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\n"
    raw = head + UPGRADE % b"" + body
    last = head + UPGRADE % b", close" + body

    assert bodies(said(port, raw * 3 + last)) == [b"3"] * 4
    for cut in range(1, len(last)):
        with wire(port) as opened:
            opened.sendall(last[:cut])
            time.sleep(0.001)
            opened.sendall(last[cut:])
            assert bodies(heard(opened)) == [b"3"], cut


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

        assert message(heard(opened)) == (408, "The request did not arrive in time.")


@pytest.mark.parametrize("path", [b"/", b"/later"], ids=["was answered", "is being answered"])
def test_who_begins_another_request_together_with_one_and_does_not_go_on_is_told_so(
    monkeypatch: pytest.MonkeyPatch, watchful: int, path: bytes
) -> None:
    monkeypatch.setattr(connections, "HEAD_TIME", 0.05)
    LATER.clear()
    with wire(watchful) as opened:
        opened.sendall(GET.replace(b"/", path, 1) + b"GET /x HT")
        time.sleep(0.2)
        LATER.set()

        assert re.findall(rb"HTTP/1.1 (\d+)", heard(opened)) == [b"200", b"408"]


def test_the_rest_of_a_body_that_nobody_reads_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, watchful: int) -> None:
    monkeypatch.setattr(connections, "LINGER", 0.05)

    raw = said(watchful, b"POST /at-once HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc")

    assert re.findall(rb"HTTP/1.1 (\d+)", raw) == [b"200"]


@pytest.mark.parametrize(
    "head",
    [
        b"POST /at-once HTTP/1.0\r\nHost: x\r\n",
        b"POST /at-once HTTP/1.1\r\nHost: x\r\nConnection: close\r\n",
    ],
    ids=["HTTP/1.0", "a last request"],
)
@pytest.mark.parametrize("ends", [True, False], ids=["to the end", "and stops"])
def test_the_last_reply_is_read_by_a_client_that_goes_on_sending(port: int, head: bytes, ends: bool) -> None:
    """As nginx does, which sends each request as the only one of its connection."""
    piece = b"x" * 100_000
    with wire(port) as opened:
        opened.sendall(head + b"Content-Length: %d\r\n\r\n" % (len(piece) * (20 if ends else 21)))
        time.sleep(0.05)
        for _ in range(20):
            opened.sendall(piece)

        raw = heard(opened)

    assert raw.startswith(b"HTTP/1.1 200 ")
    assert raw.endswith(b"\r\n\r\n0")


@pytest.mark.parametrize("rest", [b"cde", b""], ids=["to the end", "and stops"])
def test_a_client_that_never_hangs_up_after_its_last_reply_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, watchful: int, rest: bytes
) -> None:
    monkeypatch.setattr(connections, "LINGER", 0.1)
    with wire(watchful) as opened:
        opened.sendall(b"POST /at-once HTTP/1.0\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
        assert heard(opened).endswith(b"\r\n\r\n0")
        opened.sendall(rest)
        assert is_cut(opened)
