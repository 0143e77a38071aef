"""Clients that are slow, silent, endless or talk nonsense: each is answered or let go, nobody else notices."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live import Served, served

from understudy.mock_server.http import bodies
from understudy.mock_server.serving.protocol import connections

TOKEN = "Authorization: Bearer mock-token"
GET = f"GET /v1/studies?limit=1 HTTP/1.1\r\nHost: x\r\n{TOKEN}\r\n\r\n".encode()

#: Seconds within which the server has said something or hung up.
PATIENCE = 10.0


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """A server whose patience is short, so that tests need not have much."""
    with served("participant-kit") as started:
        yield started


class Wire(contextlib.AbstractContextManager["Wire"]):
    """A raw connection."""

    def __init__(self, server: Served) -> None:
        address = urlsplit(server.address)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=PATIENCE)

    def send(self, raw: bytes) -> None:
        # A server that closes in the middle of the request has answered.
        with contextlib.suppress(ConnectionError):
            self.socket.sendall(raw)

    def read(self, seconds: float = PATIENCE) -> bytes:
        """Whatever comes until the other side hangs up. Raises TimeoutError."""
        self.socket.settimeout(seconds)
        pieces = []
        try:
            while piece := self.socket.recv(65536):
                pieces.append(piece)
        except ConnectionError:
            pass
        return b"".join(pieces)

    def answer(self) -> bytes:
        """One reply, head and body; less where the other side hangs up in the middle."""
        heard = b""
        with contextlib.suppress(ConnectionError):
            while missing(heard) and (piece := self.socket.recv(65536)):
                heard += piece
        return heard

    def __exit__(self, *error: object) -> None:
        self.socket.close()


def missing(heard: bytes) -> bool:
    """Whether more of a reply is to come: a body may arrive later than its head."""
    head, end, body = heard.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    return not end or (length is not None and len(body) < int(length[1]))


def statuses(raw: bytes) -> list[int]:
    """The statuses of all replies in what was read."""
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", raw)]


def post(body: bytes, *headers: str) -> bytes:
    head = "\r\n".join(["POST /v1/participants HTTP/1.1", "Host: x", TOKEN, "Content-Type: application/json", *headers])
    return head.encode() + b"\r\n\r\n" + body


def talk(server: Served, raw: bytes) -> list[int]:
    """Say something, hang up our half, and hear the statuses; whatever it was, the server ends the connection."""
    with Wire(server) as wire:
        wire.send(raw)
        with contextlib.suppress(OSError):
            wire.socket.shutdown(socket.SHUT_WR)
        return statuses(wire.read())


def alive(server: Served) -> bool:
    """Whether the next client is served as if nothing had been."""
    with Wire(server) as wire:
        wire.send(GET)
        return statuses(wire.answer()) == [200]


def open_connections(server: Served) -> int:
    """How many connections the server's process holds, whatever their state."""
    port = urlsplit(server.address).port or 0
    held = set()
    for link in Path(f"/proc/{server.process.pid}/fd").iterdir():
        # The process may have closed it since the folder was listed.
        with contextlib.suppress(FileNotFoundError):
            held.add(link.readlink().name)
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(1 for row in rows if row[1].endswith(f":{port:04X}") and row[3] != "0A" and f"socket:[{row[9]}]" in held)


# Nonsense.

NONSENSE = {
    "empty": b"",
    "a blank line": b"\r\n",
    "HTTP/0.9": b"GET /v1/studies\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/3.7": b"GET / HTTP/3.7\r\nHost: x\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "zeros": bytes(1000),
    "a zero in the path": b"GET /v1/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a zero in a header": b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    "an escaped zero": f"GET /v1/studies/%00 HTTP/1.1\r\nHost: x\r\n{TOKEN}\r\n\r\n".encode(),
    "a broken escape": f"GET /v1/studies/%zz%f HTTP/1.1\r\nHost: x\r\n{TOKEN}\r\n\r\n".encode(),
    "bytes above 127 in the path": b"GET /\xff\xfe\xc3 HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes above 127 in a header": b"GET /v1/studies HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
    "no host": b"GET /v1/studies HTTP/1.1\r\n\r\n",
    "a strange host": b"GET /v1/studies HTTP/1.1\r\nHost: <x>\"'\r\n\r\n",
    "a method nobody knows": b"FROB /v1/studies HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method in lower case": b"get /v1/studies HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT": b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "TRACE": b"TRACE /v1/studies HTTP/1.1\r\nHost: x\r\n\r\n",
    "an absolute address": f"GET http://x/v1/studies HTTP/1.1\r\nHost: x\r\n{TOKEN}\r\n\r\n".encode(),
    "an asterisk": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "bare line feeds": b"GET /v1/studies HTTP/1.1\nHost: x\n\n",
    "a head that stops": b"GET /v1/studies HTTP/1.1\r\nHost: x\r\nAuthor",
    "a body that stops": post(b'{"name":', "Content-Length: 1000"),
    "a negative length": post(b"{}", "Content-Length: -1"),
    "a length in words": post(b"{}", "Content-Length: two"),
    "two lengths": post(b"{}", "Content-Length: 2", "Content-Length: 3"),
    "a length and chunks": post(b"0\r\n\r\n", "Content-Length: 5", "Transfer-Encoding: chunked"),
    "a huge length": post(b"{}", "Content-Length: 99999999999999999999999"),
    "chunks of no size": post(b"zz\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    "a chunk that is too long": post(b"ffffffffffffffffff\r\n{}\r\n", "Transfer-Encoding: chunked"),
    "a chunk without its end": post(b"2\r\n{}garbage\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    "chunks with trailers": post(b"2\r\n{}\r\n0\r\nX: y\r\n\r\n", "Transfer-Encoding: chunked"),
    "an encoding nobody knows": post(b"{}", "Transfer-Encoding: rot13"),
    "a compressed body": post(b"\x1f\x8b\x08", "Content-Encoding: gzip", "Content-Length: 3"),
    "no JSON": post(b"\xff\xfe{", "Content-Length: 3"),
    "deep JSON": post(b"[" * 100_000, "Content-Length: 100000"),
    "a lone surrogate": post(b'{"name": "\\ud800"}', "Content-Length: 18"),
    "a number without an end": post(b"1" * 5000, "Content-Length: 5000"),
    "an upgrade": b"GET /v1/studies HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "an expectation": post(b"{}", "Content-Length: 2", "Expect: 100-continue"),
    "an expectation nobody knows": post(b"{}", "Content-Length: 2", "Expect: miracles"),
    "a strange media type": post(b"{}", "Content-Length: 2", "Content-Type: ;;;/=,"),
    "a strange accept": f"GET /v1/studies HTTP/1.1\r\nHost: x\r\n{TOKEN}\r\nAccept: ;q=,/;;*\r\n\r\n".encode(),
    "a session nobody may have": b"GET /v1/studies HTTP/1.1\r\nHost: x\r\nX-Mock-Session: ../../etc/passwd\r\n\r\n",
    "a session with a zero": b"GET /_session/%00/v1/studies HTTP/1.1\r\nHost: x\r\n\r\n",
    "a strange preference": f'GET /v1/studies HTTP/1.1\r\nHost: x\r\n{TOKEN}\r\nPrefer: code=,=;"\r\n\r\n'.encode(),
    "a strange range": f"GET /v1/studies HTTP/1.1\r\nHost: x\r\n{TOKEN}\r\nRange: bytes=5-2\r\n\r\n".encode(),
    "many queries": f"GET /v1/studies?{'a=1&' * 5000} HTTP/1.1\r\nHost: x\r\n{TOKEN}\r\n\r\n".encode(),
    "many headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
}


@pytest.mark.parametrize("raw", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_refused_and_does_no_harm(server: Served, raw: bytes) -> None:
    said = talk(server, raw)

    assert all(status < 500 for status in said), said
    assert alive(server)


@settings(max_examples=150)
@given(
    st.sampled_from([GET, post(b'{"name": "Ada"}', "Content-Length: 15"), *NONSENSE.values()]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 8), st.binary(max_size=8)), min_size=1, max_size=6),
)
def test_requests_with_bytes_changed_are_no_fault_of_the_server(
    server: Served, raw: bytes, changes: Sequence[tuple[int, int, bytes]]
) -> None:
    for place, length, other in changes:
        raw = raw[:place] + other + raw[place + length :]

    assert all(status < 500 for status in talk(server, raw))


def test_after_all_that_it_has_nothing_to_report(server: Served) -> None:
    assert alive(server)
    assert "Traceback" not in server.stderr
    assert " failed" not in server.stderr


# Limits.


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 10_000_000, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Many: x\r\n" * 1_000_000, 431),
    ],
    ids=["address", "one header", "headers"],
)
def test_a_head_without_measure_is_cut_off(server: Served, raw: bytes, status: int) -> None:
    with Wire(server) as wire:
        wire.send(raw)

        assert statuses(wire.read()) in ([status], [])  # the reply is lost where more was sent than was read
    assert alive(server)


def test_a_head_just_above_the_limit_is_told_so(server: Served) -> None:
    raw = b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * connections.HEAD_LIMIT
    with Wire(server) as wire:
        wire.send(raw)

        assert statuses(wire.read()) == [431]


def test_a_body_announced_as_too_long_is_refused_before_it_comes(server: Served) -> None:
    with Wire(server) as wire:
        wire.send(post(b"", f"Content-Length: {bodies.LIMIT + 1}"))

        assert statuses(wire.answer()) == [413]
        assert wire.read() == b""  # and nobody waits for it


def test_a_body_without_an_end_is_refused_at_the_limit(server: Served) -> None:
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    sent = 0
    with Wire(server) as wire:
        wire.send(post(b"", "Transfer-Encoding: chunked"))
        wire.socket.settimeout(0.0)
        heard = b""
        deadline = time.monotonic() + 3 * PATIENCE
        while not heard and sent < 4 * bodies.LIMIT and time.monotonic() < deadline:
            with contextlib.suppress(BlockingIOError):
                heard = wire.socket.recv(65536)
            wire.socket.settimeout(PATIENCE)
            wire.send(chunk)
            wire.socket.settimeout(0.0)
            sent += len(chunk)

    assert statuses(heard) == [413]
    assert sent < bodies.LIMIT + 8 * 1024 * 1024  # what lies in buffers on the way


def test_pipelined_requests_are_answered_in_order(server: Served) -> None:
    paths = ["/v1/studies?limit=1", "/v1/nowhere", "/v1/projects?limit=1", "/v1/studies/stu_nobody"] * 5
    raw = "".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n{TOKEN}\r\n\r\n" for path in paths)
    with Wire(server) as wire:
        wire.send(raw.encode() + b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

        assert statuses(wire.read()) == [200, 404, 200, 404] * 5 + [404]


# Slow clients.


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Served]:
    """A server with a twentieth of the patience."""
    site = tmp_path / "sitecustomize.py"
    site.write_text(
        "import understudy.mock_server.serving.protocol.connections as c\n"
        "c.HEAD_TIME, c.BODY_TIME, c.LINGER, c.REPLY_TIME, c.CHECK_INTERVAL = 0.5, 0.5, 0.2, 0.5, 0.1\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    with served("participant-kit", anew=True) as started:
        yield started


def test_who_takes_too_long_is_let_go_and_the_others_never_notice(hasty: Served) -> None:
    """500 clients that say nothing, 20 each that dribble a head or a body or take no reply."""
    slow = [Wire(hasty) for _ in range(500)]
    heads = [Wire(hasty) for _ in range(20)]
    stuck = [Wire(hasty) for _ in range(20)]
    dribbled = [Wire(hasty) for _ in range(20)]
    for wire in heads:
        wire.send(b"GET /v1/studies HTTP/1.1\r\nHo")
    for wire in dribbled:
        wire.send(post(b'{"na', "Content-Length: 1000"))
    large = f"GET /v1/participants?limit=100 HTTP/1.1\r\nHost: x\r\n{TOKEN}\r\n\r\n"
    for wire in stuck:
        wire.send(large.encode() * 300)  # some 20 MB of replies

    with httpx.Client(base_url=hasty.address, headers={"Authorization": "Bearer mock-token"}) as client:
        times = []
        for number in range(30):
            began = time.monotonic()
            assert client.get("/v1/studies").status_code == 200
            times.append(time.monotonic() - began)
            # One byte now and then keeps nobody alive.
            for wire in random.Random(number).sample([*heads, *dribbled], 10):
                wire.send(b"x")

    assert sorted(times)[len(times) // 2] < 0.5
    deadline = time.monotonic() + PATIENCE
    while open_connections(hasty) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert open_connections(hasty) == 0
    for wire in slow:
        with wire:
            assert wire.read() == b""
    for wire in heads:
        with wire:
            assert statuses(wire.read()) in ([408], [])
    for wire in dribbled:
        with wire:
            assert statuses(wire.read()) in ([408], [])
    for wire in stuck:
        wire.socket.close()
    assert "Traceback" not in hasty.stderr


def test_a_body_that_comes_slowly_but_at_a_pace_is_taken(hasty: Served) -> None:
    body = b'{"name": "' + b"x" * 60_000 + b'"}'
    with Wire(hasty) as wire:
        wire.send(post(b"", f"Content-Length: {len(body)}"))
        for start in range(0, len(body), 8192):
            wire.send(body[start : start + 8192])
            time.sleep(0.15)

        assert statuses(wire.answer()) == [400]


JSON = "Content-Type: application/json"
#: Requests of every kind: with a body in one piece and in chunks, delayed, streamed, refused, several at once.
ASKED = {
    "a read": GET,
    "a write": post(b'{"name": "x"}', "Content-Length: 13"),
    "a delayed write": post(b'{"name": "x"}', "Content-Length: 13", "Prefer: wait=0.02", "Expect: 100-continue"),
    "a control body": f"PUT /_mock/preferences HTTP/1.1\r\nHost: localhost\r\n{JSON}\r\n"
    'Content-Length: 22\r\n\r\n{"prefer": "wait=0.01"}'.encode(),
    "a control body in chunks": f"POST /_mock/reset HTTP/1.1\r\nHost: localhost\r\n{JSON}\r\n"
    "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\n\r\n".encode(),
    "a page": b"GET /_mock/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "what is refused": b"get /v1/studies HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "several": GET * 3,
}


@pytest.mark.parametrize("raw", ASKED.values(), ids=ASKED)
def test_a_client_that_leaves_at_any_moment_leaves_no_trace(server: Served, raw: bytes) -> None:
    for cut in range(1, len(raw) + 1):
        for reset in (False, True):
            with Wire(server) as wire:
                wire.send(raw[:cut])
                if reset:
                    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    assert alive(server)
    assert "Traceback" not in server.stderr
    assert " failed" not in server.stderr


def test_a_client_that_leaves_in_the_middle_of_a_reply_leaves_no_trace(server: Served) -> None:
    large = f"GET /v1/participants?limit=100 HTTP/1.1\r\nHost: x\r\n{TOKEN}\r\n\r\n".encode()
    for size in (1, 20, 200, 2000, 20_000):
        for _ in range(5):
            with Wire(server) as wire:
                wire.send(large * 20)
                wire.socket.recv(size)
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    assert alive(server)
    assert "Traceback" not in server.stderr


# What decides about access or the session.


def test_a_credential_in_a_trailer_lets_nobody_in(server: Served) -> None:
    head = "POST /v1/studies HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
    raw = f"{head}{JSON}\r\n\r\n2\r\n{{}}\r\n0\r\n{TOKEN}\r\nX-Mock-Session: trailed\r\n\r\n"

    assert talk(server, raw.encode()) == [401]
    sessions = httpx.get(f"{server.address}/_mock/sessions").json()["sessions"]
    assert "trailed" not in [session["name"] for session in sessions]


@pytest.mark.parametrize(
    "hosts", [[], ["x", "x"], ["x", "y"], ['a"b'], ["a b"], ["<x>"], [""], ["a/b"], ["[x"], ["x:y"]]
)
@pytest.mark.parametrize("path", ["/v1/studies", "/_mock/openapi.json", "/_session/hosts/v1/studies"])
def test_a_request_names_one_host(server: Served, path: str, hosts: Sequence[str]) -> None:
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    with Wire(server) as wire:
        wire.send(f"GET {path} HTTP/1.1\r\n{lines}{TOKEN}\r\n\r\n".encode())
        head, _, body = wire.answer().partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 400 ")
    error = json.loads(body)["error"]
    assert "Host header" in error["message"]
    assert ("type" in error) == (not path.startswith("/_mock"))  # the shape of the API, or of the mock


def test_what_is_refused_before_it_is_read_is_in_the_journal_of_its_session(server: Served) -> None:
    heads = [
        "GET /v1/studies?x=1 HTTP/1.1\r\nX-Mock-Session: unread\r\n",
        "patch /v1/studies HTTP/1.1\r\nHost: x\r\nX-Mock-Session: unread\r\n",
        "GET /v1/studies?city=Tromsø HTTP/1.1\r\nHost: x\r\nX-Mock-Session: unread\r\n",
        "GET /v1/panels HTTP/1.1\r\nHost: x\r\nX-Mock-Session: unread\r\n" + "X: y\r\n" * 20_000,
    ]
    for head in heads:
        talk(server, f"{head}\r\n".encode())

    journal = httpx.get(f"{server.address}/_mock/requests", headers={"X-Mock-Session": "unread"}).json()["requests"]
    assert [(entry["method"], entry["path"], entry["query"], entry["status"]) for entry in journal] == [
        ("GET", "/v1/studies", {"x": "1"}, 400),
        ("patch", "/v1/studies", {}, 405),
        ("GET", "/v1/studies", {"city": "Tromsø"}, 400),
        ("GET", "/v1/panels", {}, 431),
    ]
    assert journal[1]["reply"]["body"]["error"]["message"] == (
        "The method 'patch' is not known; methods are case-sensitive."
    )


def test_sessions_are_bounded() -> None:
    with (
        served("participant-kit", "--max-sessions", "5") as server,
        httpx.Client(base_url=server.address, headers={"Authorization": "Bearer mock-token"}) as client,
    ):
        replies = [client.get("/v1/studies", headers={"X-Mock-Session": f"s{number}"}) for number in range(8)]

        assert [reply.status_code for reply in replies] == [200] * 5 + [503] * 3
        assert client.get("/v1/studies").status_code == 200
