"""The same twenty requests to mock servers that are given the same documents; writes `docs/beside.md`.

npm install @stoplight/prism-cli @scalar/mock-server @hono/node-server @mockoon/cli
PYTHONPATH=src:tests/helpers python tests/contracts/beside.py node_modules
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from ports import free_port

HERE = Path(__file__).parents[1] / "conformance" / "unprepared"
PAGE = Path(__file__).parents[2] / "docs" / "beside.md"
UNKNOWN = "99999999"
#: Seconds for a server to start.
PATIENCE = 60
SCALAR = """
import { createRequire } from 'node:module'; import { pathToFileURL } from 'node:url'; import { readFileSync } from 'node:fs'
const from = createRequire(process.argv[1] + '/x.js'); const at = name => pathToFileURL(from.resolve(name)).href
const { serve } = await import(at('@hono/node-server')); const { createMockServer } = await import(at('@scalar/mock-server'))
const text = readFileSync(process.argv[2], 'utf8')
const { fetch } = await createMockServer({ document: text, specification: text })
serve({ fetch, port: Number(process.argv[3]), hostname: '127.0.0.1' })
"""


@dataclass(frozen=True)
class Case:
    """One document, and what its requests are made of."""

    file: str
    prefix: str
    collection: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    wrong: Mapping[str, Any]
    changing: str
    changed: Mapping[str, Any]
    size: str
    filter: tuple[str, Any]
    items: Callable[[Any], Any] = lambda value: value
    record: Callable[[Any], Any] = lambda value: value
    unknown: str = UNKNOWN


CASES = (
    Case(
        "library.yaml", "/v1", "/books", {"X-Library-Key": "any"}, {"title": "Emma", "shelf": "fiction"},
        {"title": 7, "shelf": "fiction"}, "PATCH", {"title": "Persuasion"}, "per_page", ("shelf", "science"),
        items=lambda value: value["data"],
    ),
    Case(
        "todo.yaml", "/todo/v1", "/tasks", {"Authorization": "Basic YTpi"}, {"title": "Write", "done": False},
        {"title": "Write", "done": "perhaps"}, "PATCH", {"done": True}, "size", ("done", "true"),
        unknown="00000000-0000-4000-8000-000000000000",
    ),
    Case(
        "orders.json", "/api", "/orders", {"Authorization": "Bearer any"}, {"customer": "Ada", "state": "open"},
        {"customer": "Ada", "state": "lost"}, "PUT", {"customer": "Ada", "state": "paid"}, "limit", ("state", "sent"),
        items=lambda value: next(part for part in value.values() if isinstance(part, list)),
        record=lambda value: value["order"],
    ),
)  # fmt: skip


class Trial:
    """Twenty requests to one server, in order."""

    def __init__(self, case: Case, client: httpx.Client, base: str) -> None:
        self.case, self.client, self.base = case, client, base
        self.found: list[tuple[str, int, bool]] = []

    def ask(self, what: str, method: str, path: str, holds: Callable[[httpx.Response], bool], **sent: Any) -> Any:
        """Send one request, and note whether its reply is what the document and the requests before it ask for."""
        headers = {**self.case.headers, **sent.pop("headers", {})} if not sent.pop("anonymous", False) else {}
        try:
            reply = self.client.request(method, self.base + path, headers=headers, **sent)
        except httpx.HTTPError:
            self.found.append((what, 0, False))
            return None
        try:
            held = bool(holds(reply))
        except (ValueError, KeyError, TypeError, StopIteration, AttributeError):
            held = False
        self.found.append((what, reply.status_code, held))
        return reply

    def run(self) -> None:
        """All twenty."""
        case, at = self.case, self.case.collection
        ids = lambda reply: [each["id"] for each in case.items(reply.json())]  # noqa: E731
        refused = lambda reply: reply.status_code in {400, 422}  # noqa: E731
        self.ask("list", "GET", at, lambda reply: reply.status_code == 200 and isinstance(ids(reply), list))
        self.ask("list two: two are shown", "GET", at, lambda reply: len(ids(reply)) == 2, params={case.size: 2})
        self.ask("list without a credential: 401", "GET", at, lambda reply: reply.status_code == 401, anonymous=True)
        self.ask("list with a size of `many`: refused", "GET", at, refused, params={case.size: "many"})
        name, value = case.filter
        self.ask(
            "list by a filter: all shown match",
            "GET",
            at,
            lambda reply: {str(each[name]).lower() for each in case.items(reply.json())} == {value},
            params={name: value},
        )
        made = self.ask("create: 201", "POST", at, lambda reply: reply.status_code == 201, json=case.body)
        try:
            id = str(case.record(made.json())["id"])
        except (ValueError, KeyError, TypeError, AttributeError):
            id = "1"
        item = f"{at}/{id}"

        def shows(wanted: Mapping[str, Any]) -> Callable[[httpx.Response], bool]:
            return lambda reply: wanted.items() <= case.record(reply.json()).items()

        self.ask("read it: shows what was sent", "GET", item, shows(case.body))
        self.ask("list: it is there", "GET", at, lambda reply: id in map(str, ids(reply)), params={case.size: 20})
        lacking = dict(list(case.body.items())[1:])
        self.ask("create without a required member: refused", "POST", at, refused, json=lacking)
        self.ask("create with a member of a wrong kind: refused", "POST", at, refused, json=case.wrong)
        js = {"Content-Type": "application/json"}
        self.ask("create with broken JSON: refused", "POST", at, refused, content=b"{", headers=js)
        plain = {"Content-Type": "text/plain"}
        self.ask(
            "create with text: 415", "POST", at, lambda reply: reply.status_code == 415, content=b"a", headers=plain
        )
        self.ask("change it", case.changing, item, lambda reply: reply.status_code == 200, json=case.changed)
        self.ask("read it: shows the change", "GET", item, shows(case.changed))
        gone = lambda reply: reply.status_code == 404  # noqa: E731
        self.ask("change an unknown one: 404", case.changing, f"{at}/{case.unknown}", gone, json=case.changed)
        self.ask("delete it: 204", "DELETE", item, lambda reply: reply.status_code == 204)
        self.ask("read it: 404", "GET", item, gone)
        self.ask("delete it again: 404", "DELETE", item, gone)
        self.ask("read an unknown one: 404", "GET", f"{at}/{case.unknown}", gone)
        allowed = lambda reply: reply.status_code == 405  # noqa: E731
        self.ask("a method that is not there: 405", "DELETE", at, allowed)


def commands(modules: Path, document: Path, port: int) -> Iterator[tuple[str, str, list[str]]]:
    """Each server: its name with its version, and how it is started."""

    def version(package: str) -> str:
        return str(json.loads((modules / package / "package.json").read_text("utf-8"))["version"])

    yield "understudy", "", [sys.executable, "-m", "understudy", "serve", str(document), "--port", str(port)]
    bin = modules / ".bin"
    if (bin / "prism").exists():
        prism = [str(bin / "prism"), "mock", str(document), "-p", str(port), "--multiprocess", "false"]
        yield "Prism", version("@stoplight/prism-cli"), prism
    if (modules / "@scalar" / "mock-server").exists():
        script = ["node", "--input-type=module", "-e", SCALAR, str(modules), str(document), str(port)]
        yield "Scalar", version("@scalar/mock-server"), script
    if (bin / "mockoon-cli").exists():
        mockoon = [str(bin / "mockoon-cli"), "start", "--data", str(document), "--port", str(port), "-X"]
        yield "Mockoon", version("@mockoon/cli"), mockoon


@contextmanager
def running(command: list[str], port: int, paths: list[str], headers: Mapping[str, str]) -> Iterator[str]:
    """A server, and the one of some addresses under which it serves the document."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for path in paths:
                try:
                    reply = httpx.get(f"http://127.0.0.1:{port}{path}", headers=dict(headers), timeout=10)
                except httpx.HTTPError:
                    continue
                if reply.status_code < 300:
                    yield path
                    return
            time.sleep(0.3)
        raise TimeoutError(command[0])
    finally:
        process.terminate()
        process.wait(20)


def main(modules: Path) -> None:
    """Try every server with every document, and write the page."""
    rows: dict[str, dict[str, list[tuple[int, bool]]]] = {}
    versions: dict[str, str] = {}
    failed: list[str] = []
    for case in CASES:
        names = [name for name, _, _ in commands(modules, HERE / case.file, 0)]
        for place, name in enumerate(names):
            port = free_port()
            _, versions[name], command = list(commands(modules, HERE / case.file, port))[place]
            paths = [case.prefix + case.collection, case.collection]
            try:
                with running(command, port, paths, case.headers) as path, httpx.Client(timeout=20) as client:
                    base = f"http://127.0.0.1:{port}" + path.removesuffix(case.collection)
                    trial = Trial(case, client, base)
                    trial.run()
            except TimeoutError:
                failed.append(f"{name} did not start with {case.file}")
                continue
            for what, status, held in trial.found:
                rows.setdefault(what, {}).setdefault(name, []).append((status, held))
    text = "\n".join(page(rows, versions, failed)) + "\n"
    PAGE.write_text(text, "utf-8")
    print(text)


def page(
    rows: Mapping[str, Mapping[str, list[tuple[int, bool]]]], versions: Mapping[str, str], failed: list[str]
) -> Iterator[str]:
    """The page."""
    yield "# Side by side\n"
    yield (
        "`tests/contracts/beside.py` writes this page. Each server is given the same three small documents of ours (an API\n"
        "key, basic and bearer; pages by number and by cursor; a bare array and envelopes) with its default settings, and the\n"
        "same twenty requests in this order. A cell has the status for each document, and how many of the replies are what\n"
        "the document and the requests before ask for.\n"
    )
    yield "| request | " + " | ".join(f"{name} {version}".strip() for name, version in versions.items()) + " |"
    yield "|---|" + "---|" * len(versions)
    sums = dict.fromkeys(versions, 0)
    for what, by_name in rows.items():
        cells = []
        for name in versions:
            found = by_name.get(name, [])
            right = sum(held for _, held in found)
            sums[name] += right
            cells.append(f"{' '.join(str(status) for status, _ in found)}: {right} of {len(found)}")
        yield f"| {what} | " + " | ".join(cells) + " |"
    yield f"| all of {20 * len(CASES)} | " + " | ".join(str(sums[name]) for name in versions) + " |"
    yield "\nThese servers draw or repeat examples; that they keep no state is what they are made for, not a fault of theirs."
    yield from (f"\n{line}." for line in failed)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
