"""A document on disk and a real server for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import running
from real import DOCUMENT, RealServer, beside

from understudy.mock_server.upstream.server import Upstream

#: What the fixture `mock` gives: a client of a mock; its keyword arguments are those of `Upstream`.
Mock = Callable[..., httpx.Client]


@pytest.fixture
def document(tmp_path: Path) -> str:
    """The path of the document that tests use."""
    path = tmp_path / "shelf.yaml"
    path.write_text(DOCUMENT)
    return str(path)


@pytest.fixture
def real() -> Iterator[RealServer]:
    """A real server."""
    server = RealServer()
    with running(server) as server.address:
        yield server


@pytest.fixture
def mock(document: str, real: RealServer) -> Iterator[Mock]:
    """Starts a mock beside the real server."""
    with ExitStack() as stack:

        def start(*passed: str, url: str = "", options: dict[str, Any] | None = None, **settings: Any) -> httpx.Client:
            upstream = Upstream(url or real.address, passed, **settings)
            return stack.enter_context(beside(document, real, upstream, **(options or {})))

        yield start


def last(client: httpx.Client) -> dict[str, Any]:
    """The latest entry of the journal."""
    entry: dict[str, Any] = client.get("/_mock/requests").json()["requests"][-1]
    return entry
