"""What is written of a reply that goes wrong, and what a body costs that comes in many pieces."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from understudy.mock_server.serving.protocol.connections import Connection
from understudy.mock_server.serving.protocol.exchange import Exchange

PATIENCE = 20.0

PLAIN = (b"content-length", b"2")


class Failing:
    """Begins a reply by the path of a request, fails, and answers once more, as the mock does when something fails."""

    def __init__(self, at_once: bool) -> None:
        self.at_once = at_once

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self._begin(scope["path"], send)
        except RuntimeError:
            pass
        else:
            if scope["path"] == "/whole":
                return
        await send({"type": "http.response.start", "status": 500, "headers": [PLAIN]})
        await send({"type": "http.response.body", "body": b"no"})

    async def _begin(self, path: str, send: Any) -> None:
        headers = {"/split": [PLAIN, (b"x-note", b"a\r\nb")], "/whole": [(b"transfer-encoding", b"chunked")]}
        await send({"type": "http.response.start", "status": 200, "headers": headers.get(path, [])})
        await send({"type": "http.response.body", "body": b"part", "more_body": path == "/stream"})


@pytest.fixture(scope="module", params=[True, False], ids=["at once", "in a task"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        config = uvicorn.Config(Failing(request.param), http=Connection, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([opened],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield int(opened.getsockname()[1])
        server.should_exit = True
        thread.join(PATIENCE)


def said(port: int, method: bytes, path: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as opened:
        opened.sendall(b"%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % (method, path))
        pieces = []
        with contextlib.suppress(ConnectionError):
            while piece := opened.recv(65536):
                pieces.append(piece)
        return b"".join(pieces)


def test_a_stream_that_fails_does_not_look_complete(port: int) -> None:
    raw = said(port, b"GET", b"/stream")

    assert raw.startswith(b"HTTP/1.1 200 ")
    assert raw.endswith(b"4\r\npart\r\n")


def test_another_reply_is_sent_instead_of_one_whose_headers_cannot_be(port: int) -> None:
    raw = said(port, b"GET", b"/split")

    assert raw.startswith(b"HTTP/1.1 500 ")
    assert raw.endswith(b"\r\n\r\nno")


def test_a_reply_to_head_has_no_chunks(port: int) -> None:
    raw = said(port, b"HEAD", b"/whole")

    assert raw.startswith(b"HTTP/1.1 200 ")
    assert raw.endswith(b"\r\n\r\n")
    assert raw.count(b"\r\n\r\n") == 1


class Counted(bytes):
    """A piece of a body that counts how often it is looked at."""

    looks = 0

    def __len__(self) -> int:
        Counted.looks += 1
        return super().__len__()


class Paused:
    """The connection of an exchange whose application reads nothing yet."""

    transport: Any = None
    write_paused = False
    is_repeated = False
    default_headers: Any = ()
    pauses = 0

    def pause_reading(self) -> None:
        self.pauses += 1

    def resume_reading(self) -> None: ...

    async def drained(self) -> None: ...

    def awaits_body(self, exchange: Exchange) -> bool:
        return True

    def replied(self, exchange: Exchange) -> None: ...


def test_each_piece_of_a_body_is_counted_once() -> None:
    """Chunks of one byte are five times as many as a connection reads at once: looking at all for each takes seconds."""
    exchange = Exchange(Paused(), {}, True, False)
    Counted.looks = 0

    for _ in range(1000):
        exchange.feed(Counted(b"x"))

    assert Counted.looks <= 2000


def test_a_body_that_nobody_reads_pauses_the_client_until_it_is_read() -> None:
    connection = Paused()
    exchange = Exchange(connection, {}, True, False)
    exchange.feed(b"x" * 40_000)
    assert not connection.pauses
    exchange.feed(b"x" * 40_000)
    assert connection.pauses == 1

    assert len(asyncio.run(exchange.receive())["body"]) == 80_000
    exchange.feed(b"x" * 40_000)

    assert connection.pauses == 1
