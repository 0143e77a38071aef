"""Pages on this machine call the mock with credentials, other pages without; both read every reply."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from live import Serve, served

from understudy.mock_server.http import bodies
from understudy.mock_server.serving.protocol import connections

ORIGIN = "http://localhost:5173"
ASKED = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization,content-type,x-mock-session",
}


def test_a_preflight_needs_no_credential(serve: Serve) -> None:
    assert serve("participant-kit", token=None).options("/v1/studies", headers=ASKED).status_code == 204


def test_a_preflight_allows_the_headers_that_it_names(serve: Serve) -> None:
    reply = serve("participant-kit").options("/v1/studies", headers=ASKED)

    assert reply.headers["Access-Control-Allow-Headers"] == ASKED["Access-Control-Request-Headers"]


def test_a_preflight_allows_every_method(serve: Serve) -> None:
    reply = serve("participant-kit").options("/v1/studies", headers=ASKED)

    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(reply.headers["Access-Control-Allow-Methods"].split(", "))


def test_a_preflight_from_a_public_page_to_this_machine_is_allowed(serve: Serve) -> None:
    asked = {**ASKED, "Access-Control-Request-Private-Network": "true"}

    reply = serve("participant-kit").options("/v1/studies", headers=asked)

    assert reply.headers["Access-Control-Allow-Private-Network"] == "true"


def test_options_without_an_origin_stays_an_operation(serve: Serve) -> None:
    assert "GET" in serve("participant-kit").options("/v1/studies").headers["Allow"]


LOOPBACK = [
    ORIGIN,
    "https://localhost",
    "http://127.0.0.1:5173",
    "https://127.8.9.10",
    "http://[::1]:3000",
    "http://app.localhost:8080",
]
FOREIGN = [
    "https://app.example.com",
    "null",
    "file://",
    "http://localhost.example",
    "http://127.0.0.1.example",
    "http://example-localhost",
    "http://localhost@evil.example",
    "http://192.168.1.5:5173",
    "chrome-extension://localhost",
]


@pytest.mark.parametrize("origin", LOOPBACK)
def test_the_origin_is_echoed_for_credentials(serve: Serve, origin: str) -> None:
    reply = serve("participant-kit", Origin=origin).get("/v1/projects")

    assert (
        reply.headers["Access-Control-Allow-Origin"],
        reply.headers["Access-Control-Allow-Credentials"],
        reply.headers["Vary"],
    ) == (origin, "true", "Origin, Prefer, X-Mock-Session")


@pytest.mark.parametrize("origin", FOREIGN)
def test_pages_of_other_origins_call_without_credentials(serve: Serve, origin: str) -> None:
    reply = serve("participant-kit", Origin=origin).get("/v1/projects")

    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in reply.headers
    assert "Retry-After" in reply.headers["Access-Control-Expose-Headers"]
    assert reply.headers["Vary"] == "Origin, Prefer, X-Mock-Session"


def test_a_preflight_of_another_origin_opens_neither_credentials_nor_a_private_network(serve: Serve) -> None:
    asked = {**ASKED, "Origin": "https://app.example.com", "Access-Control-Request-Private-Network": "true"}

    reply = serve("participant-kit").options("/v1/studies", headers=asked)

    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert reply.headers["Access-Control-Allow-Headers"] == ASKED["Access-Control-Request-Headers"]
    assert not {"access-control-allow-credentials", "access-control-allow-private-network"} & set(reply.headers)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/projects", {"Authorization": "Bearer nobody"}, 401),
        ("/v1/projects/none", {}, 404),
        ("/v1/projects", {"Prefer": "code=503"}, 503),
        ("/v1/projects", {"Prefer": "code=418, wait=99"}, 400),
        ("/_mock/nothing", {}, 404),
        ("/v1/projects", {"X-Mock-Session": "no name"}, 400),
        ("/nothing/is/here", {}, 404),
    ],
)
def test_refusals_can_be_read_too(serve: Serve, path: str, headers: dict[str, str], status: int) -> None:
    reply = serve("participant-kit", Origin=ORIGIN).get(path, headers=headers)

    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (status, ORIGIN)


def test_a_body_that_is_too_long_is_refused_so_that_it_can_be_read(serve: Serve) -> None:
    reply = serve("participant-kit", Origin=ORIGIN).post("/v1/studies", content=b" " * (bodies.LIMIT + 1))

    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (413, ORIGIN)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of a server that reads its connections as `understudy serve` does."""
    with served("participant-kit") as server:
        yield urlsplit(server.address).port or 0


@pytest.mark.parametrize(
    ("head", "origin"),
    [
        (f"GET / HTTP/1.1\r\nOrigin: {ORIGIN}\r\nX-Long: {'x' * connections.HEAD_LIMIT}\r\n\r\n", ORIGIN),
        (f"GET /{'x' * connections.HEAD_LIMIT} HTTP/1.1\r\nOrigin: {ORIGIN}\r\n\r\n", ORIGIN),
        (f"GET /{'x' * connections.HEAD_LIMIT}", "*"),
        (f"GET / HTTP/1.1\r\nOrigin: {ORIGIN}\r\nAccept: */*\r\nthis is not a header\r\n\r\n", ORIGIN),
    ],
)
def test_what_never_becomes_a_request_is_refused_so_that_it_can_be_read(port: int, head: str, origin: str) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall(head.encode())

        assert f"access-control-allow-origin: {origin}\r\n" in wire.recv(4096).decode()


def test_exposed_headers_are_named_because_a_star_means_nothing_with_credentials(serve: Serve) -> None:
    reply = serve("participant-kit", Origin=ORIGIN).get("/v1/projects", headers={"Prefer": "code=429"})

    exposed = reply.headers["Access-Control-Expose-Headers"]
    assert {"Retry-After", "Preference-Applied", "WWW-Authenticate", "Location"} <= set(exposed.split(", "))


def test_a_header_of_a_forced_reply_is_exposed_as_well(serve: Serve) -> None:
    client = serve("participant-kit", Origin=ORIGIN)
    client.post("/_mock/replies", json={"status": 429, "headers": {"X-Rate-Limit": "5"}})

    assert "x-rate-limit" in client.get("/v1/projects").headers["Access-Control-Expose-Headers"]


def test_without_an_origin_nothing_is_added(serve: Serve) -> None:
    reply = serve("participant-kit").get("/v1/projects")

    assert not [name for name in reply.headers if name.startswith("access-control")]
    assert reply.headers["Vary"] == "Origin, Prefer, X-Mock-Session"  # a cache must not give it to a page
