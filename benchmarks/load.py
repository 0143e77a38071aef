"""Servers as processes, load from wrk, and the CPU time that a server spent on it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests" / "helpers"))
from ports import free_port

TICKS = os.sysconf("SC_CLK_TCK")

#: Reaches this machine, whatever proxies the environment names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Request:
    """The request that wrk repeats."""

    path: str
    method: str = "GET"
    body: str = ""
    headers: Mapping[str, str] | None = None
    lua: str = ""


@dataclass(frozen=True)
class Measure:
    """One round: requests answered, the server's CPU microseconds per request, latency in milliseconds."""

    requests: int
    cpu: float
    p99: float
    seconds: float
    errors: int


@contextlib.contextmanager
def server(command: Sequence[str], ready: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """Run a server until the block ends; it is ready once it accepts connections."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _wait(process, port)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        if process.poll() is None:
            process.kill()


def _wait(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"a server ended at once: {process.stderr and process.stderr.read()[-2000:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise SystemExit("a server never accepted connections")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its children that are still running."""
    total = 0.0
    for each in [pid, *_children(pid)]:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def memory(pid: int) -> float:
    """Resident megabytes of a process and its children."""
    total = 0
    for each in [pid, *_children(pid)]:
        with contextlib.suppress(OSError):
            found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{each}/status").read_text())
            total += int(found[1]) if found else 0
    return total / 1024


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        direct = [int(word) for word in text.split()]
        return direct + [grand for child in direct for grand in _children(child)]
    return []


def load(process: subprocess.Popen[str], port: int, request: Request, seconds: int, connections: int = 8) -> Measure:
    """Load a server with one kind of request for a while; loopback only."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_script(request))
        script.flush()
        before = cpu_seconds(process.pid)
        done = subprocess.run(
            [
                wrk(),
                "-t1",
                f"-c{connections}",
                f"-d{seconds}s",
                "--latency",
                "-s",
                script.name,
                f"http://127.0.0.1:{port}{request.path}",
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        spent = cpu_seconds(process.pid) - before
    found = re.search(r"(\d+) requests in ([\d.]+)(s|m)", done)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", done)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", done)
    assert found, done
    count = max(1, int(found[1]))
    scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    return Measure(
        count,
        spent / count * 1e6,
        float(p99[1]) * scale[p99[2]] if p99 else 0.0,
        float(found[2]),
        int(wrong[1]) if wrong else 0,
    )


def record(port: int, request: Request) -> dict[str, object]:
    """The mock's reply, for the bare server to repeat."""
    repeated = urllib.request.Request(
        f"http://127.0.0.1:{port}{request.path}",
        data=request.body.encode() or None,
        headers=dict(request.headers or {}),
        method=request.method,
    )
    with DIRECT.open(repeated, timeout=10) as reply:
        text = reply.read().decode()
        lines = "ndjson" in reply.headers["content-type"]
        return {"status": reply.status, "body": [*map(json.loads, text.splitlines())] if lines else json.loads(text)}


def fetch(port: int, path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """The body at a path."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=dict(headers or {}))
    with DIRECT.open(request, timeout=10) as reply:
        body: bytes = reply.read()
        return body


def running_bare(stack: contextlib.ExitStack, replies: Mapping[str, object]) -> tuple[subprocess.Popen[str], int]:
    """The bare server, which repeats replies by method and path."""
    recorded = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "replies.json"
    recorded.write_text(json.dumps(replies))
    port = free_port()
    command = [sys.executable, str(Path(__file__).with_name("bare.py")), str(port), str(recorded)]
    return stack.enter_context(server(command, "/", port)), port


def wrk() -> str:
    """The load generator of the Debian package `wrk`."""
    found = shutil.which("wrk")
    if found is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    return found


def _script(request: Request) -> str:
    lines = [f'wrk.method = "{request.method}"']
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in (request.headers or {}).items()]
    if request.body:
        lines.append(f"wrk.body = [=[{request.body}]=]")
    return "\n".join([*lines, request.lua])


def understudy() -> str:
    """The installed command, beside this Python."""
    return str(Path(sys.executable).with_name("understudy"))
