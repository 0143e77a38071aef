"""A contract, a real server of it, and mocks beside that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from live import running
from real import DOCUMENT, Mock, RealServer, Reply, client_of

from understudy.mock_server.upstream.server import Upstream
from understudy.specs import Contract
from understudy.specs.unprepared.any_contract import any_contract


@pytest.fixture(scope="session")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract that tests use, read once."""
    path = tmp_path_factory.mktemp("shelf") / "shelf.yaml"
    path.write_text(DOCUMENT)
    return any_contract("shelf", str(path))


@pytest.fixture(scope="session")
def standing() -> Iterator[RealServer]:
    """A real server for all tests: to end one takes longer than most of them."""
    server = RealServer()
    with running(server) as server.address:
        yield server


@pytest.fixture
def real(standing: RealServer) -> RealServer:
    """A real server that was not asked yet."""
    standing.asked.clear()
    standing.reply = Reply()
    return standing


@pytest.fixture
def mock(contract: Contract, real: RealServer) -> Iterator[Mock]:
    """Starts a mock beside the real server."""
    with ExitStack() as stack:

        def start(*passed: str, url: str = "", **settings: Any) -> httpx.Client:
            upstream = Upstream(url or real.address, passed, **settings)
            return stack.enter_context(client_of(contract, upstream=upstream))

        yield start
