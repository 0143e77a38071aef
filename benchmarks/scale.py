"""Throughput of one and two workers over a SQLite file and over PostgreSQL, and what each request costs each host.

Run: `python benchmarks/scale.py [ROUNDS [SECONDS]]`. Needs Debian's `wrk` and `postgresql`. Load generator, mock and
database share the machine, so the CPU columns, not the rate, show what a separate host could handle.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from load import Request, cpu_seconds, load, server, understudy
from ports import free_port
from postgresql import Postgres, running

#: Reaches this machine, whatever proxies the environment names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

TOKEN = {"Authorization": "Bearer mock-token"}

#: Sends the requests to eight sessions in turn.
SESSIONS = """
local n = 0
request = function()
  n = n + 1
  wrk.headers["X-Mock-Session"] = "bench" .. (n % 8)
  return wrk.format()
end
"""


@dataclass(frozen=True)
class Setting:
    """A store and how many processes share it."""

    name: str
    workers: int


def main(rounds: int = 5, seconds: int = 3) -> None:
    """Measure and print a table."""
    settings = [Setting(store, workers) for store in ("memory", "file", "postgres") for workers in (1, 2)]
    figures: dict[tuple[str, int, str], list[tuple[float, float, float, float]]] = {}
    with ExitStack() as stack:
        database = stack.enter_context(running(durable=True))
        served = {
            setting: stack.enter_context(_served(setting, database)) for setting in settings if _possible(setting)
        }
        for turn in range(rounds + 1):
            for setting, (process, port) in served.items():
                for name, request in _requests(port).items():
                    before = cpu_seconds(database.pid)
                    measure = load(process, port, request, seconds, connections=16)
                    spent = (cpu_seconds(database.pid) - before) / measure.requests * 1e6
                    if measure.errors:
                        raise SystemExit(f"{setting} {name}: {measure.errors} errors")
                    if turn:  # the first round warms up
                        figures.setdefault((setting.name, setting.workers, name), []).append(
                            (measure.requests / measure.seconds, measure.cpu, spent, measure.p99)
                        )
    print(f"{os.cpu_count()} cores, 16 connections, median of {rounds} rounds of {seconds} s")
    print(f"{'store':9}{'workers':>8}  {'request':18}{'req/s':>8}{'mock µs':>9}{'database µs':>13}{'p99 ms':>8}")
    for (store, workers, name), rows in figures.items():
        rate, cpu, spent, p99 = (statistics.median(column) for column in zip(*rows, strict=True))
        database_cpu = f"{spent:13.0f}" if store == "postgres" else f"{'':13}"
        print(f"{store:9}{workers:8}  {name:18}{rate:8.0f}{cpu:9.0f}{database_cpu}{p99:8.1f}")


def _possible(setting: Setting) -> bool:
    return setting.name != "memory" or setting.workers == 1


@contextmanager
def _served(setting: Setting, database: Postgres) -> Iterator[tuple[object, int]]:
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        store = {
            "memory": [],
            "file": ["--store", f"sqlite:///{directory}/state.db"],
            "postgres": ["--store", database.address(f"bench{setting.workers}")],
        }[setting.name]
        command = [understudy(), "serve", "participant-kit", "--port", str(port), *store]
        with server([*command, "--workers", str(setting.workers)], "/", port) as process:
            yield process, port


def _requests(port: int) -> dict[str, Request]:
    participant = _first(port)
    body = json.dumps({"name": "Ada Lovelace", "email": "ada@example.org", "event_id": participant["study"]["id"]})
    sent = {**TOKEN, "Content-Type": "application/json"}
    return {
        "GET item": Request(f"/v1/participants/{participant['id']}", headers=TOKEN),
        "list 20": Request("/v1/participants?limit=20", headers=TOKEN),
        "POST": Request("/v1/participants", "POST", body, sent),
        "POST, 8 sessions": Request("/v1/participants", "POST", body, sent, SESSIONS),
    }


def _first(port: int) -> dict[str, dict[str, str]]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/participants?limit=1", headers=TOKEN)
    with DIRECT.open(request, timeout=30) as reply:
        found: dict[str, dict[str, str]] = json.load(reply)["data"][0]
        return found


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
