"""A real server for each API, started once; every test gets a session of its own in it."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from live import TLS, Serve, running
from random_order.config import Config as RandomOrder

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

TESTS = Path(__file__).parent

# No test is to depend on the proxies of the machine that it runs on; what understudy itself does about them is tested.
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost,::1"

_NUMBERS = itertools.count(1)

#: Files and folders whose tests take long for their number, by how their paths begin; they are dealt to the workers.
SLOW = (
    *("mock_server/dashboard/", "conformance/frontends/", "test_scale.py", "conformance/test_"),
    *("docs/", "conformance/unprepared/", "mock_server/behaviours/prolific/test_prolific_deliveries.py"),
    *("conformance/http/", "packaging/", "conformance/judging/", "examples/", "conformance/evidence/"),
    *("test_robustness.py", "conformance/independent/", "test_durability.py", "conformance/report/"),
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each worker begin with what takes long, so that at the end short tests are left to share.

    A worker first gets as many tests as any other, in their order, and later takes over what others have at their end.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1 or RandomOrder(config).is_enabled:
        return
    slow: dict[str, list[pytest.Item]] = {place: [] for place in SLOW}
    others: list[pytest.Item] = []
    for item in items:
        path = item.path.relative_to(TESTS).as_posix()
        slow.get(next(filter(path.startswith, SLOW), ""), others).append(item)
    left = len(items)
    items.clear()
    for number in range(workers):
        share = [item for place in SLOW[number::workers] for item in slow[place]]
        size = left // (workers - number)
        room = max(size - len(share), 0)
        items += [*share, *others[:room]]
        del others[:room]
        left -= size
    items += others


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
