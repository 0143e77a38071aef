"""CPU per request of each way to serve one API: its store, its processes, its size, and without preparation.

`python benchmarks/compare.py` puts the table into docs/performance.md. PostgreSQL is left out where it is not installed.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from load import Request, fetch, load, record, running_bare, server, understudy
from ports import free_port
from postgresql import running

BEARER = {"Authorization": "Bearer mock-token"}
LIST = "/v1/participants"

#: Pages that are read in turn, at most.
PAGES = 400

HEAD = ["served as", "GET item", "list 20", "pages of 20 in turn", "POST"]


@dataclass(frozen=True)
class Way:
    """A way to serve the API: what stands behind `understudy serve`."""

    name: str
    arguments: Sequence[str]


def ways(rounds: int, seconds: int) -> list[list[str]]:
    """The rows of the table: µs of CPU, and in brackets the ratio to bare ASGI that repeats the same replies."""
    taken: dict[tuple[str, str], list[float]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        served = {}
        for way in _ways(stack, folder):
            port = free_port()
            command = [understudy(), "serve", *way.arguments, "--log", "off", "--port", str(port)]
            served[way.name] = stack.enter_context(server(command, "/", port)), port, _requests(port)
        bare = {
            name: (*running_bare(stack, _replies(port, requests)), requests)
            for name, (_, port, requests) in served.items()
            if name in {"one API, in memory", "`--size 100`"}
        }
        for turn in range(rounds + 1):
            for way_name, (process, port, requests) in [*served.items(), *((f"bare {n}", b) for n, b in bare.items())]:
                for name, request in requests.items():
                    measured = load(process, port, request, seconds)
                    if measured.errors:
                        raise SystemExit(f"{way_name}: {name} was answered with an error {measured.errors} times")
                    if turn:
                        taken.setdefault((way_name, name), []).append(measured.cpu)
    least = {key: min(values) for key, values in taken.items()}

    def cell(way: str, name: str) -> str:
        of = way if f"bare {way}" in {each for each, _ in least} else "one API, in memory"
        return f"{least[way, name]:.0f} ({least[way, name] / least[f'bare {of}', name]:.2f})"

    return [[way, *(cell(way, name) for name in HEAD[1:])] for way in served]


def _ways(stack: ExitStack, folder: Path) -> Iterator[Way]:
    yield Way("one API, in memory", ["participant-kit"])
    yield Way("`--size 100`", ["participant-kit", "--size", "100"])
    two = ["--workers", "2"]
    for number, more in enumerate(([], two)):
        store = ["--store", f"sqlite:///{folder / f'{number}.db'}"]
        yield Way(" ".join(["`--store sqlite:///…", *more]) + "`", ["participant-kit", *store, *more])
    if any(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        postgres = stack.enter_context(running())
        for number, more in enumerate(([], two)):
            store = ["--store", postgres.address(f"bench{number}")]
            yield Way(" ".join(["`--store postgresql://…", *more]) + "`", ["participant-kit", *store, *more])
    document = folder / "document.json"
    port = free_port()
    with server([understudy(), "serve", "participant-kit", "--log", "off", "--port", str(port)], "/", port):
        document.write_bytes(fetch(port, "/_mock/openapi/participant-kit.json"))
    yield Way("its document alone, `serve FILE`", [str(document), "--records", "130"])


def _requests(port: int) -> dict[str, Request]:
    """The kinds of requests, with ids that exist."""
    person = _first(port, LIST)
    sent = {"name": "Ada Lovelace", "email": "ada@example.org", "event_id": _first(port, "/v1/studies")["id"]}
    turn = (
        "local page = 0\n"
        f"request = function() page = page % {len(_pages(port))} + 1 "
        f'return wrk.format("GET", "{LIST}?limit=20&page=" .. page) end'
    )
    json_body = {**BEARER, "Content-Type": "application/json"}
    return {
        "GET item": Request(f"{LIST}/{person['id']}", headers=BEARER),
        "list 20": Request(f"{LIST}?limit=20", headers=BEARER),
        "pages of 20 in turn": Request(LIST, headers=BEARER, lua=turn),
        "POST": Request(LIST, "POST", json.dumps(sent), json_body),
    }


def _first(port: int, path: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(fetch(port, f"{path}?limit=1", BEARER))["data"][0]
    return found


def _pages(port: int) -> list[Request]:
    """The pages that are full, up to a number."""
    pages: list[Request] = []
    while len(pages) < PAGES:
        request = Request(f"{LIST}?limit=20&page={len(pages) + 1}", headers=BEARER)
        if len(json.loads(fetch(port, request.path, BEARER))["data"]) < 20:
            break
        pages.append(request)
    return pages


def _replies(port: int, requests: Mapping[str, Request]) -> dict[str, object]:
    """What the bare server repeats."""
    asked = [each for each in requests.values() if not each.lua] + _pages(port)
    return {f"{each.method} {each.path}": record(port, each) for each in asked}
