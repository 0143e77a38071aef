"""A real server for each API, started once; every test gets a session of its own in it."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from live import TLS, Serve, running

from understudy.mock_server import create_app

# The same cases on every machine and no files left behind; how long a case takes is for the benchmarks.
settings.register_profile(
    "understudy",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("understudy")

# No test is to depend on the proxies of the machine that it runs on; what understudy itself does about them is tested.
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost,::1"

_NUMBERS = itertools.count(1)


def pytest_collection_finish() -> None:
    """Leave what was imported and collected, which stays to the end, out of every search for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


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
        opened.append(httpx.Client(base_url=addresses(api), headers=sent, timeout=30, verify=TLS))
        return opened[-1]

    yield client
    for address in {each.base_url: each for each in opened}.values():
        address.delete(f"{str(address.base_url).rstrip('/')}/_mock/sessions/{name}")
    for each in opened:
        each.close()
