"""The log of requests: a line a person can read, JSON, or nothing; it neither leaks secrets nor steers a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import threading

import httpx
import pytest
from live import COMMAND, PATIENCE, Served, served

from understudy.mock_server.terminal.request_log import Form

SCREEN = re.compile(r"\x1b\[")


def lines(server: Served, count: int) -> list[str]:
    """The lines about requests, once all are there: the end of the server writes what is left."""
    server.end()
    found = [line for line in server.stderr.splitlines() if re.match(r"\d\d:\d\d:\d\d |\{", line)]
    assert len(found) == count, server.stderr
    return found


def ask(server: Served) -> None:
    """Five requests: accepted, refused in a session, forced, unknown, with a secret."""
    with server.client() as client:
        client.get("/v1/projects?limit=1")
        client.post("/v1/studies", json={"name": "x"}, headers={"X-Mock-Session": "mine"})
        client.get("/v1/projects", headers={"Prefer": "code=503"})
        client.get("/v1/nothing")
        client.get("/v1/projects?token=hidden-word")


def test_a_line_says_what_was_asked_and_why_it_was_refused() -> None:
    with served("participant-kit", "--log", "text") as server:
        ask(server)
        found = [re.sub(r"^\d\d:\d\d:\d\d |\d+ ms", "", line) for line in lines(server, 5)]

    assert [re.sub(" +", " ", line) for line in found] == [
        "GET 200 /v1/projects?limit=1",
        "POST 400 /v1/studies (mine) project_id: is required",
        "GET 503 /v1/projects forced: code=503",
        "GET 404 /v1/nothing There is nothing at this address.",
        "GET 200 /v1/projects?token=[redacted]",
    ]


def test_as_json_every_line_is_an_object() -> None:
    with served("participant-kit", "--log", "json") as server:
        ask(server)
        found = [json.loads(line) for line in lines(server, 5)]
        assert server.stderr.count("\n") == 5

    assert [(each["method"], each["path"], each["status"], each["session"]) for each in found] == [
        ("GET", "/v1/projects", 200, ""),
        ("POST", "/v1/studies", 400, "mine"),
        ("GET", "/v1/projects", 503, ""),
        ("GET", "/v1/nothing", 404, ""),
        ("GET", "/v1/projects", 200, ""),
    ]
    assert [each["refused"] for each in found[1:4]] == [
        "project_id: is required",
        None,
        "There is nothing at this address.",
    ]
    assert (found[1]["operation"], found[2]["forced"]) == ("create_study", "code=503")
    assert found[4]["query"] == {"token": "[redacted]"}


@pytest.mark.parametrize(
    ("form", "environment", "chosen"),
    [
        (Form.AUTO, {}, Form.TEXT),
        (Form.AUTO, {"CI": "true"}, Form.OFF),
        (Form.AUTO, {"CI": "1"}, Form.OFF),
        (Form.AUTO, {"CI": "false"}, Form.TEXT),
        (Form.TEXT, {"CI": "true"}, Form.TEXT),
        (Form.OFF, {}, Form.OFF),
    ],
)
def test_without_a_wish_there_is_a_log_except_under_ci(form: Form, environment: dict[str, str], chosen: Form) -> None:
    assert form.chosen(environment) is chosen


def test_what_a_client_sends_is_shown_as_text() -> None:
    with served("consent-kit", "--log", "text") as server:
        httpx.get(f"{server.address}/%1B%5B31mred%0A12:00:00%E2%80%AEx")
        (line,) = lines(server, 1)

    assert r"\x1b[31mred\n12:00:00\u202ex" in line


def test_a_long_path_is_cut() -> None:
    with served("consent-kit", "--log", "text") as server:
        httpx.get(f"{server.address}/{'x' * 5000}")
        (line,) = lines(server, 1)

    assert len(line) < 400


def test_the_requests_of_the_dashboard_are_not_logged() -> None:
    with served("consent-kit", "--log", "text") as server:
        httpx.get(f"{server.address}/_mock/requests")
        lines(server, 0)


def test_several_processes_write_whole_lines(tmp_path: object) -> None:
    with served("consent-kit", "--log", "json", "--workers", "2", "--store", f"sqlite:///{tmp_path}/s.db") as server:
        with server.client() as client:
            for _ in range(20):
                client.get("/v1/projects", headers={"Connection": "close"})
        assert {json.loads(line)["status"] for line in lines(server, 20)} == {200}


def test_a_reader_that_does_not_read_holds_up_nobody() -> None:
    reading, writing = os.pipe()
    environment = {**os.environ, "CI": ""}
    process = subprocess.Popen(
        [*COMMAND, "serve", "consent-kit", "--port", "0"], stdout=subprocess.PIPE, stderr=writing, env=environment
    )
    try:
        os.close(writing)
        assert process.stdout is not None
        address = process.stdout.readline().split()[1].decode()
        with httpx.Client(base_url=address, timeout=PATIENCE) as client:
            # More than the pipe holds.
            assert {client.get(f"/{'x' * 190}/{number}").status_code for number in range(600)} == {404}
    finally:
        process.terminate()
        os.close(reading)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("settings", "colours"),
    [({}, True), ({"NO_COLOR": "1"}, False), pytest.param({"TERM": "dumb"}, False, marks=pytest.mark.long)],
)
def test_a_terminal_gets_colours_unless_it_wants_none(settings: dict[str, str], colours: bool) -> None:
    shown = on_a_terminal({"TERM": "xterm", "NO_COLOR": "", **settings})

    assert re.search(r"GET +\S*401", shown)
    assert bool(SCREEN.search(shown)) == colours


def on_a_terminal(settings: dict[str, str]) -> str:
    """What a terminal shows of a server that gets one request."""
    terminal, side = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "serve", "consent-kit", "--port", "0", "--log", "text"],
        stdout=subprocess.PIPE,
        stderr=side,
        env={**os.environ, **settings},
    )
    os.close(side)
    shown: list[bytes] = []
    reader = threading.Thread(target=_read, args=(terminal, shown))
    reader.start()
    try:
        assert process.stdout is not None
        httpx.get(f"{process.stdout.readline().split()[1].decode()}/v1/projects")
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)
        reader.join(PATIENCE)
        os.close(terminal)
    return b"".join(shown).decode()


def _read(terminal: int, into: list[bytes]) -> None:
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the other side is closed
            return
        if not piece:
            return
        into.append(piece)
