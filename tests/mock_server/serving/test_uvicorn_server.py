"""Signals, as the server takes them; what a whole server does with them is in `test_durability.py` and `test_scale.py`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from live import COMMAND, Served, served

from understudy.mock_server import create_app
from understudy.mock_server.serving.uvicorn_server import _Serving


def told_twice(parent: int | None) -> tuple[bool, bool]:
    """Whether a server that gets a stop signal from its parent and from a terminal ends, and whether it aborts requests."""
    server = _Serving(create_app(["consent-kit"]), lambda: None, parent)
    server.handle_exit(signal.SIGTERM, None)
    server.handle_exit(signal.SIGINT, None)
    return server.should_exit, server.force_exit


def test_a_worker_that_hears_of_ctrl_c_twice_ends_in_peace() -> None:
    reading, writing = os.pipe()
    try:
        assert told_twice(reading) == (True, False)
    finally:
        os.close(reading)
        os.close(writing)


def test_a_second_ctrl_c_ends_a_server_at_once() -> None:
    assert told_twice(None) == (True, True)


def test_a_connection_that_was_silent_for_a_while_is_used_again() -> None:
    with served("consent-kit") as server, closing(HTTPConnection(urlsplit(server.address).netloc)) as client:
        for pause in (0, 6):
            # Python's, Node's and browsers' clients keep connections for five seconds and more.
            time.sleep(pause)
            client.request("GET", "/_mock/health")
            assert client.getresponse().read()


def asked(server: Served, request: str) -> socket.socket:
    """A connection on which a request was sent."""
    address = urlsplit(server.address)
    opened = socket.create_connection((address.hostname, address.port), timeout=20)
    opened.sendall(request.encode())
    return opened


def heard(opened: socket.socket) -> str:
    """All that comes until the server hangs up."""
    return b"".join(iter(lambda: opened.recv(65536), b"")).decode()


HEAD = "{} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer mock-token\r\n"
READ = HEAD.format("GET /v1/studies?limit=1")
DELAYED = f"{READ}Prefer: wait=30\r\n\r\n"


@pytest.mark.parametrize("options", [[], ["--workers", "2"]], ids=["one process", "workers"])
def test_requests_under_way_are_let_go_with_503_when_the_server_stops(options: list[str], tmp_path: Path) -> None:
    store = ["--store", f"sqlite:///{tmp_path}/state.db"] if options else []
    with served("participant-kit", *options, *store) as server, ExitStack() as stack:
        delayed = stack.enter_context(asked(server, DELAYED))
        unsent = stack.enter_context(asked(server, HEAD.format("POST /v1/studies") + "Content-Length: 99\r\n\r\n{"))
        gone = asked(server, DELAYED)
        unread = asked(server, READ.replace("limit=1", "limit=100") + "\r\n" + DELAYED)
        time.sleep(0.3)
        gone.close()
        began = time.monotonic()

        code = server.end(signal.SIGTERM)

        assert (code, time.monotonic() - began < 20) == (0, True)
        for opened in (delayed, unsent):
            head, _, body = heard(opened).partition("\r\n\r\n")
            assert head.startswith("HTTP/1.1 503 ")
            assert "connection: close" in head
            assert body == '{"error":{"type":"unavailable","message":"The mock is shutting down."}}'
        unread.close()
        assert "Traceback" not in server.stderr
        assert "ERROR" not in server.stderr


def test_a_reply_that_nobody_reads_does_not_hold_up_the_end() -> None:
    with served("participant-kit") as server:
        with asked(server, (READ.replace("limit=1", "limit=100") + "\r\n") * 300):
            time.sleep(0.5)

            assert server.end(signal.SIGTERM) == 0
        assert "Traceback" not in server.stderr
        assert "ERROR" not in server.stderr


@pytest.mark.parametrize("merged", ["", "2>&1"], ids=["stdout", "stdout and stderr"])
def test_a_server_whose_address_nobody_reads_ends_quietly(merged: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f'"$@" serve consent-kit --port 0 2> {log} {merged} | head -c0; exit "${{PIPESTATUS[0]}}"'

    run = subprocess.run(["bash", "-c", script, "bash", *COMMAND], timeout=30, check=False)

    assert run.returncode in {0, 1}
    assert "Traceback" not in log.read_text()
    assert "BrokenPipe" not in log.read_text()
