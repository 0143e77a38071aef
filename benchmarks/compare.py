"""CPU per request of the mock beside other servers, in interleaved rounds; writes docs/performance.md.

Run: `make bench`, or `python benchmarks/compare.py [ROUNDS [SECONDS]]` (8 and 1 by default). Needs Debian's `wrk`; Prism,
json-server and Mockoon are installed from npm into benchmarks/node_modules on the first run, and left out where that is
not possible.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from load import (
    DIRECT,
    Measure,
    Request,
    cpu_seconds,
    fetch,
    load,
    memory,
    record,
    running_bare,
    server,
    understudy,
)
from pieces import pieces
from ports import free_port
from size import HEAD, sizes
from ways import HEAD as WAYS
from ways import PAGES, ways

HERE = Path(__file__).parent
BIN = HERE / "node_modules" / ".bin"
PEERS = ("@stoplight/prism-cli@5.14.2", "json-server@0.17.4", "@mockoon/cli@9.9.0")
COLOURS = ("#9aa5b1", "#2f6fdb", "#d98a2b", "#8b5fbf", "#3a9a6b", "#c0504d")
OTHERS = ("stock Connexion", "Prism", "json-server", "Mockoon")
REPORT = HERE.parent / "docs" / "performance.md"
PLOT = HERE.parent / "docs" / "images" / "performance.svg"

BEARER = {"Authorization": "Bearer mock-token"}
TOKEN = {"Authorization": "Token mock-token"}
LOOKIT = {"Authorization": "Token mock-admin-token"}
JSON = {"Content-Type": "application/json"}
#: Gives each request a field of its own, so that none repeats another.
UNLIKE = """
local number = 0
request = function() number = number + 1 wrk.headers["X-Request-Id"] = number return wrk.format() end
"""
#: Asks for something else each time, now and then for what is not there or not valid.
MIXED = """
local number = 0
request = function()
  number = number + 1
  wrk.headers["X-Request-Id"] = number
  local kind = number % 5
  if kind == 0 then return wrk.format("GET", "/v1/participants/par_" .. number) end
  if kind == 1 then return wrk.format("GET", "/v1/studies?limit=none") end
  if kind == 2 then return wrk.format("POST", "/v1/participants", nil, "{") end
  return wrk.format("GET", "/v1/participants?limit=" .. (number % 100 + 1))
end
"""
BULK = "/forsta/v1/surveys/p1231234/respondents/data"


@dataclass(frozen=True)
class Row:
    """One kind of request; `goal` is the highest acceptable ratio to bare ASGI; `shared`: all servers answer it."""

    name: str
    request: Request
    goal: float
    shared: bool = False


@dataclass(frozen=True)
class Figures:
    """The quietest round of a row for one server."""

    cpu: float
    rate: float
    p99: float
    ratio: float


def main(rounds: int = 8, seconds: int = 1) -> None:
    """Measure, print and write."""
    with ExitStack() as stack:
        port = free_port()
        mock = stack.enter_context(server([understudy(), "serve", "--log", "off", "--port", str(port)], "/", port))
        rows = rows_of(port)
        replies = {f"{r.request.method} {r.request.path}": record(port, r.request) for r in rows}
        servers = {"bare ASGI": running_bare(stack, replies), "understudy": (mock, port)}
        servers["stock Connexion"] = start(stack, [sys.executable, str(HERE / "stock.py"), "PORT"])
        if installed():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            servers |= {name: start(stack, command) for name, command in peers(port, folder).items()}
        at_start = memory(mock.pid)
        table = measure(servers, rows, rounds, seconds)
        at_end = memory(mock.pid)
    page = report(table, rows, rounds, seconds, at_start, at_end)
    print(page)
    REPORT.write_text(page)
    PLOT.parent.mkdir(exist_ok=True)
    PLOT.write_text(plot(table, rows))


def start(stack: ExitStack, command: Sequence[str]) -> tuple[subprocess.Popen[str], int]:
    """Start a server on a free port."""
    port = free_port()
    arguments = [word.replace("PORT", str(port)) for word in command]
    return stack.enter_context(server(arguments, "/", port)), port


def installed() -> bool:
    """Whether the other servers are there; npm installs them the first time."""
    if all((BIN / name).exists() for name in ("prism", "json-server", "mockoon-cli")):
        return True
    options = ["--no-save", "--no-audit", "--no-fund", "--silent"]
    if subprocess.run(["npm", "install", "--prefix", str(HERE), *options, *PEERS], check=False).returncode:
        print("The other servers could not be installed; they are left out", file=sys.stderr)
        return False
    return True


def peers(port: int, folder: Path) -> dict[str, list[str]]:
    """The commands that run other servers: two on the document that the mock serves, one on its first records."""
    document, records, routes = folder / "document.json", folder / "records.json", folder / "routes.json"
    document.write_bytes(fetch(port, "/_mock/openapi/participant-kit.json"))
    listed = json.loads(fetch(port, "/participant-kit/v1/participants?limit=100", BEARER))["data"]
    records.write_text(json.dumps({"participants": listed}))
    routes.write_text(json.dumps({"/v1/*": "/$1"}))
    return {
        "Prism": [str(BIN / "prism"), "mock", "-p", "PORT", str(document)],
        "json-server": [
            *(str(BIN / "json-server"), "--port", "PORT", "--quiet"),
            *("--routes", str(routes), str(records)),
        ],
        "Mockoon": [str(BIN / "mockoon-cli"), "start", "--data", str(document), "--port", "PORT", "-X"],
    }


def rows_of(port: int) -> list[Row]:
    """The kinds of requests, with ids that exist."""

    def items(path: str, headers: Mapping[str, str], member: str) -> list[dict[str, str]]:
        listed: list[dict[str, str]] = json.loads(fetch(port, path, headers))[member]
        return listed

    _fill(port)
    kit = "/participant-kit/v1/participants"
    person = items(f"{kit}?limit=1", BEARER, "data")[0]
    sent = {"name": "Ada Lovelace", "email": "ada@example.org", "event_id": person["study"]["id"]}  # type: ignore[index]
    study = next(s for s in items("/prolific/api/v1/studies/", TOKEN, "results") if s["status"] == "ACTIVE")
    waiting = items(f"/prolific/api/v1/studies/{study['id']}/submissions/", TOKEN, "results")
    submission = next(s["id"] for s in waiting if s["status"] == "AWAITING REVIEW")
    approve = json.dumps({"action": "APPROVE"})
    feedback = items("/lookit/api/v1/feedback/", LOOKIT, "data")[0]
    patch = {"data": {"type": "feedback", "id": feedback["id"], "attributes": {"comment": "Thank you."}}}
    api_json = {"Content-Type": "application/vnd.api+json"}
    return [
        Row("GET item", Request(f"{kit}/{person['id']}", headers=BEARER), 1.0, True),
        Row("GET item, each unlike", Request(f"{kit}/{person['id']}", headers=BEARER, lua=UNLIKE), 1.0),
        Row("list 20", Request(f"{kit}?limit=20", headers=BEARER), 1.2, True),
        Row("list 20, each unlike", Request(f"{kit}?limit=20", headers=BEARER, lua=UNLIKE), 1.2),
        Row("list 100", Request(f"{kit}?limit=100", headers=BEARER), 1.3, True),
        Row("list 100, each unlike", Request(f"{kit}?limit=100", headers=BEARER, lua=UNLIKE), 1.3),
        Row("POST", Request(kit, "POST", json.dumps(sent), {**BEARER, **JSON}), 2.2, True),
        Row(
            "PATCH (JSON:API)",
            Request(f"/lookit/api/v1/feedback/{feedback['id']}/", "PATCH", json.dumps(patch), {**LOOKIT, **api_json}),
            2.2,
        ),
        Row("page of 10 (JSON:API)", Request("/lookit/api/v1/children/", headers=LOOKIT), 2.5),
        Row("list of studies", Request("/prolific/api/v1/studies/?page_size=20", headers=TOKEN), 2.5),
        Row(
            "transition",
            Request(f"/prolific/api/v1/submissions/{submission}/transition/", "POST", approve, {**TOKEN, **JSON}),
            2.5,
        ),
        Row(
            "list 1,000 (bulk)",
            Request(f"{BULK}?pageSize=1000", headers=BEARER),
            1.5,
        ),
        Row("stream 1,000 (ndjson)", Request(BULK, headers={**BEARER, "Accept": "application/x-ndjson"}), 1.5),
    ]


def _fill(port: int) -> None:
    """Add respondents until the survey has a thousand."""
    count = json.loads(fetch(port, f"{BULK}?pageSize=1", BEARER))["totalCount"]
    data = [{"email": f"r{i}@example.com", "city": "oslo", "age": 20 + i % 60} for i in range(1000 - count)]
    body = {"dataSchema": {"keys": ["email"], "variables": ["email", "city", "age"]}, "data": data}
    DIRECT.open(
        urllib.request.Request(
            f"http://127.0.0.1:{port}{BULK}", json.dumps(body).encode(), {**BEARER, **JSON}, method="POST"
        ),
        timeout=30,
    ).close()


def measure(
    servers: Mapping[str, tuple[subprocess.Popen[str], int]], rows: Sequence[Row], rounds: int, seconds: int
) -> dict[str, dict[str, Figures]]:
    """Measure all rows and servers in rounds; the first round is a warm-up and is not counted."""
    taken: dict[str, dict[str, list[Measure]]] = {row.name: {} for row in rows}
    for turn in range(rounds + 1):
        for row in rows:
            for name, (process, port) in servers.items():
                if not row.shared and name in OTHERS:
                    continue
                round_ = load(process, port, addressed(row.request, name, port), seconds)
                if round_.errors:
                    raise SystemExit(f"{row.name}: {name} answered with an error {round_.errors} times")
                if turn:
                    taken[row.name].setdefault(name, []).append(round_)
            print(f"round {turn}/{rounds}: {row.name}", file=sys.stderr)
    return {
        row: {name: figures(measures, by_server["bare ASGI"]) for name, measures in by_server.items()}
        for row, by_server in taken.items()
    }


def addressed(request: Request, name: str, port: int) -> Request:
    """The request with the path that a server knows: most other servers serve one API at the root."""
    if name in {"bare ASGI", "understudy", "Mockoon"}:
        return request
    path = request.path.removeprefix("/participant-kit")
    if name == "stock Connexion" and "/par_" in path:
        path = "/v1/participants/par_000000000007"
    if name == "json-server":
        path = path.replace("limit=", "_limit=")
    return Request(path, request.method, request.body, request.headers)


def figures(measures: Sequence[Measure], bare: Sequence[Measure]) -> Figures:
    """The best of all rounds, since other work on the machine can only add to it."""
    cpu = min(measure.cpu for measure in measures)
    return Figures(
        cpu,
        max(measure.requests / measure.seconds for measure in measures),
        min(measure.p99 for measure in measures),
        cpu / min(measure.cpu for measure in bare),
    )


def startup(*apis: str) -> float:
    """CPU seconds until the mock is ready; the best of three starts."""
    taken = []
    for _ in range(3):
        process = subprocess.Popen(
            [understudy(), "serve", *apis, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        taken.append(cpu_seconds(process.pid))
        process.terminate()
        process.wait(10)
    return min(taken)


def million() -> float:
    """Seconds until a mock with a million participants is ready and has sent its last full page."""
    port = free_port()
    began = time.monotonic()
    with server([understudy(), "serve", "participant-kit", "--size", "7693", "--port", str(port)], "/", port):
        fetch(port, "/v1/participants?limit=100&page=10000", BEARER)
        return time.monotonic() - began


def memory_over_requests() -> list[float]:
    """Megabytes of a mock of one API: at the start, after the first hundred thousand requests, and after a million.

    They are pages, records and mistakes, in turn, each unlike all others.
    """
    port, request = free_port(), Request("/", headers=BEARER, lua=MIXED)
    taken, answered = [], 0
    with server([understudy(), "serve", "participant-kit", "--log", "off", "--port", str(port)], "/", port) as mock:
        fetch(port, "/v1/studies", BEARER)
        for goal in (0, 100_000, 1_000_000):
            while answered < goal:
                answered += load(mock, port, request, 2).requests
            taken.append(memory(mock.pid))
    return taken


def report(
    table: Mapping[str, Mapping[str, Figures]],
    rows: Sequence[Row],
    rounds: int,
    seconds: int,
    at_start: float,
    at_end: float,
) -> str:
    """The page docs/performance.md."""
    machine = f"{platform.machine()}, Linux {platform.release()}, Python {platform.python_version()}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("connexion", "uvicorn", "uvloop", "jsonschema-rs"))
    lines = [
        "# Performance",
        "",
        "Results of one run of `make bench`. The servers take turns within each round, and the quietest round of each "
        "counts, since other work on the machine can only add to it. Compare the ratios, not the microseconds.",
        "",
        f"- {machine}; {packages}; {', '.join(each.rpartition('/')[2] for each in PEERS)}",
        f"- {rounds} rounds of {seconds} s per kind of request, after a warm-up round; wrk with 8 connections on loopback, "
        "one server process; CPU is the server's user and system time from /proc",
        "",
        "| request | bare ASGI µs | understudy µs | ratio | goal | "
        + " | ".join(f"{name} µs" for name in OTHERS)
        + " | understudy req/s | p99 ms |",
        "|---|---|---|---|---|" + "---|" * len(OTHERS) + "---|---|",
    ]
    for row in rows:
        by = table[row.name]
        bare, ours = by["bare ASGI"], by["understudy"]
        others = " | ".join(f"{by[name].cpu:.0f}" if name in by else "" for name in OTHERS)
        lines.append(
            f"| {row.name} | {bare.cpu:.0f} | {ours.cpu:.0f} | {ours.ratio:.2f} | ≤ {row.goal} | {others} "
            f"| {ours.rate:.0f} | {ours.p99:.1f} |"
        )
    for name in [each for each in OTHERS if each in table["GET item"]]:
        times = {row.name: table[row.name][name].cpu / table[row.name]["understudy"].cpu for row in rows if row.shared}
        factors = ", ".join(f"{kind} {factor:.1f}×" for kind, factor in times.items())
        lines += ["", f"Requests per CPU second, relative to {name}: {factors}."]
    lines += [
        "",
        "![CPU per request](images/performance.svg)",
        "",
        f"- start-up: one API {startup('participant-kit'):.2f} CPU-seconds, all five {startup():.2f}",
        f"- memory with all five APIs: {at_start:.0f} MB at the start, {at_end:.0f} MB after the load",
        "- memory with one API: {:.0f} MB at the start, {:.0f} MB after 100,000 requests, {:.0f} MB after a million".format(
            *memory_over_requests()
        ),
        f"- a million participants (`--size 7693`): {million():.1f} s from the command to the reply with page 10,000",
        "",
        *ways_to_serve(rounds, seconds),
        *where_it_goes(),
        *what_size_costs(),
        (HERE / "limits.md").read_text(),
    ]
    return "\n".join(lines)


def ways_to_serve(rounds: int, seconds: int) -> list[str]:
    """One API with other stores, processes and sizes, and without preparation."""
    lines = [
        "## Ways to serve one API",
        "",
        "In µs of the server's CPU, in brackets the ratio to bare ASGI with the same replies. What a database server "
        f"spends is not counted. Pages in turn are all pages of twenty, {PAGES} at most: some six at size 1.",
        "",
    ]
    lines += [f"| {' | '.join(WAYS)} |", "|---" * len(WAYS) + "|"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in ways(rounds, seconds)), ""]


def where_it_goes() -> list[str]:
    """What the application spends on each step of a GET and of a POST."""
    lines = ["## Where the time goes", "", "Inside the application, in µs of CPU (`python benchmarks/pieces.py`):", ""]
    for name, rows in pieces().items():
        lines += [f"| {name} | µs |", "|---|---|", *(f"| {what} | {micros:.1f} |" for what, micros in rows), ""]
    return lines


def what_size_costs() -> list[str]:
    """Pages, writes and sessions in small and large collections."""
    lines = [
        "## The cost of size",
        "",
        "In µs of CPU inside the application, pages of 100 (`python benchmarks/size.py`):",
        "",
    ]
    lines += [f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in sizes()), ""]


def plot(table: Mapping[str, Mapping[str, Figures]], rows: Sequence[Row]) -> str:
    """Bars on a logarithmic scale, one group per row."""
    colours = dict(zip(("bare ASGI", "understudy", *OTHERS), COLOURS, strict=True))
    out = []
    y = 40
    for row in rows:
        out.append(f'<text x="150" y="{y + 12}" text-anchor="end">{row.name}</text>')
        for name, colour in colours.items():
            if name not in table[row.name]:
                continue
            cpu = table[row.name][name].cpu
            width = 130 * max(0.0, log10_or_zero(cpu))
            out.append(f'<rect x="160" y="{y}" width="{width:.0f}" height="11" fill="{colour}"/>')
            out.append(f'<text x="{165 + width:.0f}" y="{y + 10}" font-size="10">{cpu:.0f}</text>')
            y += 13
        y += 10
    legend = "".join(
        f'<rect x="{20 + 116 * i}" y="12" width="11" height="11" fill="{colour}"/>'
        f'<text x="{36 + 116 * i}" y="22">{name}</text>'
        for i, (name, colour) in enumerate(colours.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {y + 20}" font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="#fff"/>{legend}{"".join(out)}'
        f'<text x="160" y="{y + 12}" font-size="10">CPU µs per request, logarithmic</text></svg>\n'
    )


def log10_or_zero(value: float) -> float:
    """The decimal logarithm; 0 if the value is not positive."""
    from math import log10

    return log10(value) if value > 0 else 0.0


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
