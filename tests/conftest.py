"""A real server for each API, started once; every test gets a session of its own in it."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from mock_server import create_app

_NUMBERS = itertools.count(1)

Serve = Callable[..., httpx.Client]


@contextmanager
def running(app: Any) -> Iterator[str]:
    """Run an ASGI application on a free port of the loopback interface; yields its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()


@pytest.fixture(scope="session")
def addresses() -> Iterator[Callable[[str], str]]:
    """The address of a server for an API; `all` serves every API under its own name."""
    started: dict[str, tuple[Any, str]] = {}

    def address(api: str) -> str:
        if api not in started:
            context = running(create_app([] if api == "all" else [api]))
            started[api] = context, context.__enter__()
        return started[api][1]

    yield address
    for context, _ in started.values():
        context.__exit__(None, None, None)


@pytest.fixture
def serve(addresses: Callable[[str], str]) -> Iterator[Serve]:
    """`serve("prolific")` is an HTTP client with a session of its own and the credential of a role.

    `token` None sends no credential; `scheme` is the word before it.
    """
    opened: list[httpx.Client] = []
    name = f"test-{next(_NUMBERS)}"

    def client(api: str, token: str | None = "mock-token", scheme: str = "Bearer", **headers: str) -> httpx.Client:
        sent = {"X-Mock-Session": name, **headers}
        if token is not None:
            sent["Authorization"] = f"{scheme} {token}"
        opened.append(httpx.Client(base_url=addresses(api), headers=sent, timeout=30))
        return opened[-1]

    yield client
    for each in opened:
        each.close()
