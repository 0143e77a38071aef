"""CPU per request of the Participant Kit mock beside a bare ASGI application, in interleaved rounds.

Run: `make bench`, or `python benchmarks/kits.py [ROUNDS [SECONDS]]`. Needs Debian's `wrk`.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from load import Request, cpu_seconds, free_port, load, memory, server, understudy

TOKEN = {"Authorization": "Bearer mock-token"}
GOALS = {"GET item": 1.6, "list 20": 2.0, "list 100": 2.5, "POST": 2.0}


def main(rounds: int = 5, seconds: int = 2) -> None:
    """Measure and print a table."""
    bare_port, mock_port = free_port(), free_port()
    bare = [sys.executable, str(Path(__file__).with_name("bare.py")), str(bare_port)]
    mock = [understudy(), "serve", "participant-kit", "--port", str(mock_port)]
    with server(bare, "/", bare_port) as bare_process, server(mock, "/", mock_port) as mock_process:
        print(f"start-up of one API: {startup(['participant-kit']):.2f} CPU-s, all: {startup([]):.2f} CPU-s")
        print(f"memory at start: {memory(mock_process.pid):.0f} MB")
        requests = {
            name: (one(bare_port, name), one(mock_port, name)) for name in ("GET item", "list 20", "list 100", "POST")
        }
        figures: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in requests}
        for turn in range(rounds + 1):
            for name, (bare_request, mock_request) in requests.items():
                a = load(bare_process, bare_port, bare_request, seconds)
                b = load(mock_process, mock_port, mock_request, seconds)
                if b.errors or a.errors:
                    raise SystemExit(f"{name}: {a.errors} and {b.errors} errors")
                if turn:  # the first round warms up
                    figures[name].append((a.cpu, b.cpu, b.requests / b.seconds, b.p99))
        print(f"memory at the end: {memory(mock_process.pid):.0f} MB")
    print(f"\n{'':10}{'bare µs':>9}{'mock µs':>9}{'ratio':>7}{'goal':>6}{'req/s':>8}{'p99 ms':>8}")
    for name, rows in figures.items():
        bare_cpu, mock_cpu, rate, p99 = (statistics.median(column) for column in zip(*rows, strict=True))
        ratio = statistics.median(b / a for a, b, _, _ in rows)
        print(f"{name:10}{bare_cpu:9.0f}{mock_cpu:9.0f}{ratio:7.2f}{GOALS[name]:6.1f}{rate:8.0f}{p99:8.1f}")


def one(port: int, name: str) -> Request:
    """The request of a row, with ids that exist on the server at a port."""
    if name == "POST":
        study = first(port, "/v1/participants?limit=1")["study"]["id"]
        body = {"name": "Ada Lovelace", "email": "ada@example.org", "event_id": study}
        return Request("/v1/participants", "POST", json.dumps(body), {**TOKEN, "Content-Type": "application/json"})
    if name == "GET item":
        return Request(f"/v1/participants/{first(port, '/v1/participants?limit=1')['id']}", headers=TOKEN)
    return Request(f"/v1/participants?limit={name.split()[1]}", headers=TOKEN)


def first(port: int, path: str) -> dict[str, dict[str, str]]:
    """The first item of a list."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=TOKEN)
    with urllib.request.urlopen(request, timeout=10) as reply:
        found: dict[str, dict[str, str]] = json.load(reply)["data"][0]
        return found


def startup(apis: list[str]) -> float:
    """CPU seconds until a server says that it is ready; the best of three."""
    figures = []
    for _ in range(3):
        process = subprocess.Popen(
            [understudy(), "serve", *apis, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        figures.append(cpu_seconds(process.pid))
        process.terminate()
        process.wait(10)
        time.sleep(0.1)
    return min(figures)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
