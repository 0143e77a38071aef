"""The mock behind our connections, where a request is answered at once, and behind uvicorn's own: the same replies."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy.mock_server import create_app
from understudy.mock_server.serving.protocol.connections import Connection

#: Header fields that a server adds, whatever it serves.
OF_SERVERS = frozenset(["date", "connection", "transfer-encoding"])
TOKEN = ("Authorization", "Bearer mock-token")

methods = st.sampled_from(["GET", "GET", "POST", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"])
paths = st.sampled_from(
    [
        "/v1/participants",
        "/v1/participants?limit=3&page=2",
        "/v1/participants?limit=x",
        "/v1/participants/par_000000000001",
        "/v1/studies",
        "/v1/studies/",
        "/v1/nothing%20here",
        "/_session/a/v1/studies",
        "/_mock/health",
        "/_mock/records/participant-kit/study?limit=2",
        "/openapi.json",
        "/nowhere#fragment",
    ]
)
headers = st.lists(
    st.sampled_from(
        [
            TOKEN,
            TOKEN,
            ("Accept", "text/csv"),
            ("Prefer", "code=404"),
            ("Prefer", "wait=0.01"),
            ("Prefer", "dynamic=true"),
            ("Origin", "http://localhost:5173"),
            ("Origin", "https://elsewhere.example"),
            ("X-Mock-Session", "b"),
            ("Expect", "100-continue"),
            ("Content-Encoding", "gzip"),
        ]
    ),
    max_size=4,
    unique_by=lambda field: field[0],
)
bodies = st.one_of(
    st.none(),
    st.just(b""),
    st.binary(max_size=40),
    st.fixed_dictionaries(
        {"name": st.text(max_size=5) | st.integers()}, optional={"email": st.just("a@example.org")}
    ).map(lambda body: json.dumps(body).encode()),
)


@contextmanager
def served(http: Any) -> Iterator[httpx.Client]:
    """A client of a mock whose clock stands still."""
    app = create_app(["participant-kit"])
    app.at_once = http is Connection
    server = uvicorn.Server(uvicorn.Config(app, http=http, port=0, log_level="error", proxy_headers=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        for session in ("", "a", "b"):
            fields = {"X-Mock-Session": session} if session else {}
            client.post("/_mock/clock/freeze", json={"at": "2030-01-01T00:00:00Z"}, headers=fields).raise_for_status()
        yield client
    server.should_exit = True
    thread.join(20)


@pytest.fixture(scope="module")
def doors() -> Iterator[tuple[httpx.Client, ...]]:
    with ExitStack() as stack:
        yield tuple(stack.enter_context(served(http)) for http in (Connection, "httptools"))


def reply(client: httpx.Client, method: str, path: str, fields: list[tuple[str, str]], body: bytes | None) -> Any:
    """What one door answers, without what every server adds in its own way."""
    sent = [*fields, ("Content-Type", "application/json")] if body else fields
    answered = client.request(method, path, headers=[("Host", "mock.localhost"), *sent], content=body or None)
    head = {name: value for name, value in answered.headers.items() if name not in OF_SERVERS}
    return answered.status_code, head, answered.content


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(methods, paths, headers, bodies), min_size=1, max_size=4))
def test_a_request_gets_the_same_reply_at_both_doors(doors: tuple[httpx.Client, ...], requests: Any) -> None:
    for request in requests * 3:  # the third time, ours may give the same reply again
        ours, theirs = (reply(client, *request) for client in doors)
        assert ours == theirs, request
