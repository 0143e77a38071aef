"""A server in a thread: it starts, it ends with its block, and it says quickly why it does neither."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from understudy.mock_server.http.responses import Receive, Scope, Send
from understudy.mock_server.serving.background import ServerStoppedError, running


class Application:
    """Answers 204. `start` is raised when it starts; a request for /end ends the server."""

    def __init__(self, start: Exception | None = None) -> None:
        self._start = start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            if self._start is not None:
                raise self._start
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["path"] == "/end":
            asyncio.get_running_loop().stop()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


def get(address: str) -> Any:
    return httpx.get(address, trust_env=False, timeout=5).status_code


def test_an_application_is_served_until_the_block_ends() -> None:
    with running(Application()) as address:
        assert get(address) == 204

    with pytest.raises(httpx.ConnectError):
        get(address)


def test_an_application_that_does_not_start_is_reported_with_its_error_at_once() -> None:
    begun = time.monotonic()
    with (
        pytest.raises(ServerStoppedError, match="the server did not start: OSError: no room") as caught,
        running(Application(OSError("no room"))),
    ):
        pass

    assert isinstance(caught.value.__cause__, OSError)
    assert time.monotonic() - begun < 10


def use_after_end(address: str) -> None:
    get(f"{address}/end")
    get(address)


def serve_to_the_end(block: Callable[[str], None]) -> None:
    with running(Application()) as address:
        block(address)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_server_that_stops_within_the_block_is_reported_at_once() -> None:
    begun = time.monotonic()
    with pytest.raises(ServerStoppedError, match="stopped unexpectedly: RuntimeError: Event loop stopped"):
        serve_to_the_end(use_after_end)

    assert time.monotonic() - begun < 10


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_server_that_has_stopped_is_reported_even_if_the_block_catches_its_errors() -> None:
    def block(address: str) -> None:
        with pytest.raises(httpx.TransportError):
            use_after_end(address)

    with pytest.raises(ServerStoppedError, match="stopped unexpectedly"):
        serve_to_the_end(block)


def test_an_error_of_the_block_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), running(Application()):
        _ = 1 / 0
