"""The pytest fixture `understudy`: a mock on a free port, a session of its own for each test.

Settings in the configuration of pytest: `understudy_apis` (all without), `understudy_seed`, `understudy_scenario`.
The marker `understudy(scenario=...)` gives one test another scenario.
"""

from __future__ import annotations

import re
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

#: Seconds to wait for the server to start, and for a reply.
PATIENCE = 30.0


class Control:
    """The control operations, for one session. Raises AssertionError with the mock's own words when one is refused."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def __call__(self, method: str, path: str, json: Any = None, /, **params: Any) -> Any:
        """Any operation of the control document: `control("PUT", "network", {"latency": 0.2})`."""
        reply = self._client.request(method, f"/_mock/{path}", json=json, params=params)
        if not reply.is_success:
            raise AssertionError(reply.json()["error"]["message"])
        return reply.json() if reply.content else None

    def reset(self) -> None:
        """Back to the beginning."""
        self("POST", "reset")

    def scenario(self, name: str) -> None:
        """Start anew in a scenario."""
        self("PUT", "scenario", {"name": name})

    def force(self, **reply: Any) -> None:
        """Force the reply to the next requests that match: `force(path="/v1/studies", status=503, times=2)`."""
        self("POST", "replies", reply)

    def prefer(self, preferences: str) -> None:
        """Give every later request a `Prefer` header."""
        self("PUT", "preferences", {"prefer": preferences})

    def network(self, **network: Any) -> None:
        """Slow replies down, let some fail: `network(latency=0.2, failure_rate=0.1, seed=1)`."""
        self("PUT", "network", network)

    def requests(self, **match: Any) -> list[dict[str, Any]]:
        """The requests of this test, newest last: `requests(method="POST", status="4xx")`."""
        found: list[dict[str, Any]] = self("GET", "requests", **match)["requests"]
        return found

    def assert_requests(self, count: int, **match: Any) -> None:
        """Exactly so many requests match."""
        self("GET", "requests/count", exactly=count, **match)

    def snapshot(self, name: str) -> None:
        """Keep the present records under a name."""
        self("PUT", f"snapshots/{name}")

    def restore(self, name: str) -> None:
        """Back to a snapshot."""
        self("POST", f"snapshots/{name}/restore")

    def advance(self, seconds: float) -> None:
        """Move the session's clock on."""
        self("POST", "clock/advance", {"seconds": seconds})


class Understudy:
    """The mock as one test sees it. `session` is the session's name, `root` the address of the server."""

    def __init__(self, root: str, session: str, clients: list[httpx.Client]) -> None:
        self.root = root
        self.session = session
        self._clients = clients
        self.control = Control(self._open(""))
        self._served = {each["name"]: each for each in self.control("GET", "apis")["apis"]}

    def url(self, api: str | None = None) -> str:
        """The address of an API in this session, for code that cannot be told to send a header."""
        return f"{self.root}/_session/{self.session}{self._path(api)}"

    def client(self, api: str | None = None, role: str | None = None) -> httpx.Client:
        """An HTTP client of an API with the credential of a role, by default the first one; "" sends none."""
        told = self._told(api)
        tokens = {each["role"]: each["token"] for each in told["tokens"]}
        headers = {}
        if role != "":
            token = tokens[role] if role is not None else told["tokens"][0]["token"]
            headers["Authorization"] = f"{told['scheme']} {token}"
        return self._open(self._path(api), **headers)

    def _open(self, path: str, **headers: str) -> httpx.Client:
        import httpx

        sent = {"X-Mock-Session": self.session, **headers}
        self._clients.append(httpx.Client(base_url=self.root + path, headers=sent, timeout=PATIENCE, verify=_tls()))
        return self._clients[-1]

    def _path(self, api: str | None) -> str:
        return str(self._told(api)["path"]).rstrip("/")

    def _told(self, api: str | None) -> dict[str, Any]:
        if api is None and len(self._served) == 1:
            return next(iter(self._served.values()))
        if api not in self._served:
            raise LookupError(f"{api or 'no API'}: served are {', '.join(self._served)}")
        found: dict[str, Any] = self._served[api]
        return found


@cache
def _tls() -> ssl.SSLContext:
    """Clients share it: making one takes longer than most tests."""
    return ssl.create_default_context()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings."""
    parser.addini("understudy_apis", "APIs that the mock serves; all without", type="args", default=[])
    parser.addini("understudy_seed", "the mock's seed", default="42")
    parser.addini("understudy_scenario", "what every test begins with", default="")


def pytest_configure(config: pytest.Config) -> None:
    """The marker."""
    config.addinivalue_line("markers", "understudy(scenario): what a test with a mock begins with")


@pytest.fixture(scope="session")
def understudy_server(pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of a mock, started when a test first needs one; with pytest-xdist each worker has its own."""
    import uvicorn

    from understudy.mock_server.app import create_app
    from understudy.mock_server.clock import ticks
    from understudy.mock_server.serving.uvicorn_server import KEEP_ALIVE

    app = create_app(
        pytestconfig.getini("understudy_apis"),
        seed=int(pytestconfig.getini("understudy_seed")),
        scenario=pytestconfig.getini("understudy_scenario"),
    )
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level="error", lifespan="on", timeout_keep_alive=KEEP_ALIVE, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    deadline = ticks() + PATIENCE
    while not server.started and thread.is_alive() and ticks() < deadline:
        time.sleep(0.005)
    if not server.started:
        raise RuntimeError("the mock did not start")
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(PATIENCE)
    listening.close()


@pytest.fixture
def understudy(understudy_server: str, request: pytest.FixtureRequest) -> Iterator[Understudy]:
    """The mock, in a session of this test's own that begins with the seed and ends with the test."""
    clients: list[httpx.Client] = []
    name = re.sub(r"[^A-Za-z0-9._~-]+", "-", request.node.name)[:80] + f"-{secrets.token_hex(4)}"
    mock = Understudy(understudy_server, name, clients)
    marker = request.node.get_closest_marker("understudy")
    mock.control("PUT", f"sessions/{name}", marker.kwargs if marker is not None else {})
    yield mock
    clients[0].delete(f"/_mock/sessions/{name}")
    for client in clients:
        client.close()
