"""The cost of Forsta's bulk operations: a stream, a filter and a merge over 100,000 respondents.

Run: `python benchmarks/forsta.py`. It starts a server on the loopback interface, takes well under a minute and prints
a table. CPU seconds and memory are the server's alone, read from /proc where it exists.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

#: Multiplies the 200 respondents of the seed.
SIZE = 500
RESPONDENTS = 200 * SIZE
MERGED = 10_000

DATA = "/v1/surveys/p1231234/respondents/data"
COMMAND = (sys.executable, "-c", "from understudy.cli import main; main()", "serve", "forsta", "--port", "0")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used so far: CPU seconds and megabytes; None where there is no /proc."""

    cpu: float | None
    memory: float | None


def main() -> None:
    """Measure and print."""
    table = Table(title=f"{RESPONDENTS:,} respondents", title_justify="left")
    for heading in ("operation", "rows", "seconds", "rows/s", "CPU s", "MB before", "MB after"):
        table.add_column(heading, justify="left" if heading == "operation" else "right")
    with server() as (client, pid):
        for name, run in RUNS.items():
            before, started = usage(pid), time.perf_counter()
            rows = run(client)
            seconds, after = time.perf_counter() - started, usage(pid)
            cpu = None if after.cpu is None or before.cpu is None else after.cpu - before.cpu
            numbers = (f"{rows:,}", f"{seconds:.2f}", f"{rows / seconds:,.0f}")
            table.add_row(name, *numbers, formatted(cpu, 2), formatted(before.memory, 0), formatted(after.memory, 0))
    Console(width=110).print(table)


@contextmanager
def server() -> Iterator[tuple[httpx.Client, int]]:
    """A server in a separate process, with a client."""
    process = subprocess.Popen(
        [*COMMAND, "--size", str(SIZE)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().removeprefix("ready ").strip()
        with httpx.Client(
            base_url=address, headers={"Authorization": "Bearer mock-token"}, timeout=60, trust_env=False
        ) as client:
            client.get(f"{DATA}/1").raise_for_status()
            yield client, process.pid
    finally:
        process.terminate()
        process.wait(10)


def usage(pid: int) -> Usage:
    """What a process has used."""
    folder = Path(f"/proc/{pid}")
    if not folder.exists():
        return Usage(None, None)
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    pages = int((folder / "statm").read_text().split()[1])
    return Usage(ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


def stream(client: httpx.Client, **query: str) -> int:
    """Read the stream to its end without storing it; return the number of lines."""
    with client.stream("GET", DATA, params=query, headers={"Accept": "application/x-ndjson"}) as reply:
        reply.raise_for_status()
        return sum(piece.count(b"\n") for piece in reply.iter_raw())


def stream_selected(client: httpx.Client) -> int:
    """The stream with two variables, which are picked from each record."""
    return stream(client, variables="email,gender")


def filter_page(client: httpx.Client) -> int:
    """A filter that examines every respondent and returns ten."""
    query = {"filterExpression": "respondent:age > 40 AND NOT respondent:city = 'oslo'", "pageSize": "10"}
    client.get(DATA, params=query).raise_for_status()
    return RESPONDENTS


def page(client: httpx.Client) -> int:
    """The last of the largest pages."""
    reply = client.get(DATA, params={"pageSize": "10000", "page": str(RESPONDENTS // 10_000)})
    return int(reply.json()["itemCount"])


def merge(client: httpx.Client) -> int:
    """A merge by email: half of the rows insert, half update one respondent each."""
    emails = [record["email"] for record in client.get(DATA, params={"pageSize": str(MERGED)}).json()["items"]]
    known = list(dict.fromkeys(emails))[4 : 4 + MERGED // 2]
    data = [{"email": email, "city": "oslo"} for email in known]
    data += [{"email": f"new{i}@example.com", "city": "oslo"} for i in range(MERGED - len(data))]
    body: dict[str, Any] = {"dataSchema": {"keys": ["email"], "variables": ["city"]}, "data": data}
    client.patch(DATA, json=body).raise_for_status()
    return MERGED


def formatted(value: float | None, places: int) -> str:
    """A number, or a dash for None."""
    return "-" if value is None else f"{value:.{places}f}"


RUNS: dict[str, Callable[[httpx.Client], int]] = {
    "stream, whole records": stream,
    "stream, two variables": stream_selected,
    "page of 10,000, the last": page,
    "filter over all, page of 10": filter_page,
    "PATCH by email": merge,
}

if __name__ == "__main__":
    main()
