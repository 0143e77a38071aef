"""The pytest fixture `understudy`: a mock on a free port, with a new session for each test.

Settings in the configuration of pytest: `understudy_apis` (all APIs if it is empty), `understudy_seed`,
`understudy_scenario`. The marker `understudy(scenario=...)` gives one test another scenario.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from understudy.mock_server.client import Understudy

# pytest loads this module in every run of every project that has understudy installed: everything else is imported by
# the fixtures that need it.


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings."""
    parser.addini("understudy_apis", "APIs that the mock serves; all of them if empty", type="args", default=[])
    parser.addini("understudy_seed", "the seed of the mock's records", default="42")
    parser.addini("understudy_scenario", "the scenario that every test begins with", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker."""
    config.addinivalue_line("markers", "understudy(scenario): the scenario that a test with a mock begins with")


@pytest.fixture(scope="session")
def understudy_server(pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of a mock, started when a test first needs one; with pytest-xdist each worker has its own."""
    from understudy.mock_server.app import create_app
    from understudy.mock_server.client import without_proxies
    from understudy.mock_server.serving.background import running

    app = create_app(
        pytestconfig.getini("understudy_apis"),
        seed=int(pytestconfig.getini("understudy_seed")),
        scenario=pytestconfig.getini("understudy_scenario"),
    )
    with without_proxies(), running(app) as address:
        yield address


@pytest.fixture
def understudy(understudy_server: str, request: pytest.FixtureRequest) -> Iterator[Understudy]:
    """The mock, in a session that begins with the seed, belongs to this test alone and ends with it."""
    from understudy.mock_server.client import Understudy

    name = re.sub(r"[^A-Za-z0-9._~-]+", "-", request.node.name)[:80] + f"-{secrets.token_hex(4)}"
    marker = request.node.get_closest_marker("understudy")
    mock = Understudy(understudy_server, name)
    try:
        mock.control("PUT", f"sessions/{name}", marker.kwargs if marker is not None else {})
        yield mock
        with contextlib.suppress(AssertionError):  # the test may have removed it
            mock.control("DELETE", f"sessions/{name}")
    finally:
        mock.close()
