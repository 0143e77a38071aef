"""A server whose output nobody reads ends quietly; one that was given none serves on."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from live import COMMAND, PATIENCE
from ports import free_port


@pytest.fixture
def closed() -> Iterator[int]:
    """The side of a pipe to write to, of which the other one is closed."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


def serve(*arguments: str, **streams: object) -> subprocess.Popen[bytes]:
    command = [*COMMAND, "serve", "consent-kit", "--port", "0", *arguments]
    return subprocess.Popen(command, env={**os.environ, "CI": ""}, **streams)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("workers", [1, 2])
def test_it_ends_when_nobody_reads_that_it_is_ready(closed: int, workers: int, tmp_path: Path) -> None:
    options = ["--workers", str(workers), *(["--store", f"sqlite:///{tmp_path}/s.db"] if workers > 1 else [])]
    process = serve(*options, stdout=closed, stderr=subprocess.PIPE)
    complaints = process.communicate(timeout=PATIENCE)[1].decode()

    assert process.returncode == 0
    assert "Error" not in complaints
    assert "Traceback" not in complaints


def test_it_ends_when_nobody_reads_the_start_screen(closed: int) -> None:
    process = serve(stdout=subprocess.PIPE, stderr=closed)

    assert process.communicate(timeout=PATIENCE)[0] == b""
    assert process.returncode == 0


def test_it_ends_when_nobody_reads_the_log_any_longer() -> None:
    process = serve(stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    lines = iter(process.stdout.readline, b"")
    address = next(line for line in lines if line.startswith(b"ready")).split()[1].decode()
    process.stdout.close()

    httpx.get(f"{address}/v1/projects")

    assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    "streams", [*(pytest.param(each, marks=pytest.mark.long) for each in ((1,), (2,))), (0, 1, 2)], ids=str
)
def test_it_serves_without_streams_until_it_is_stopped(streams: tuple[int, ...]) -> None:
    redirections = " ".join(f"{number}>&-" for number in streams)
    port = free_port()
    script = f'exec "$@" --port {port} {redirections}'
    process = subprocess.Popen(
        ["bash", "-c", script, "serve", *COMMAND, "serve", "consent-kit"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        transport = httpx.HTTPTransport(retries=10)
        with httpx.Client(transport=transport, timeout=PATIENCE) as client:
            assert client.get(f"http://127.0.0.1:{port}/v1/projects").status_code == 401
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
