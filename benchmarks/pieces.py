"""What a GET of one item and a POST spend inside the application, piece by piece, without a network or a client.

Run: `python benchmarks/pieces.py`. Each piece runs alone, some thousand times in a row, and the best of several turns
counts; so the sum is what the pieces would cost with everything at hand, and the rest of the whole is what lies between
them: calls, awaits, and memory that is not at hand.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine
from typing import Any

import orjson

from understudy.mock_server import create_app
from understudy.mock_server.clock import Clock, timestamp
from understudy.mock_server.data.generators import Making, fill
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.state import State
from understudy.mock_server.sessions.journal import Journal

RUNS, TURNS = 2_000, 12

Piece = tuple[str, float]

_SENT = {"name": "Ada Lovelace", "email": "ada@example.org"}


def main() -> None:
    """Print both tables."""
    for name, rows in pieces().items():
        print(name)
        for what, micros in rows:
            print(f"  {what:60}{micros:6.1f}")


def pieces() -> dict[str, list[Piece]]:
    """Microseconds by request and piece; the whole comes last."""
    app = create_app(["participant-kit"])
    gc.collect()
    gc.freeze()
    made = _Request(app)
    read = [
        ("route, caller, media types, parameters", _took(made.check)),
        ("journal: take the request and its reply down", _took(made.note)),
        ("the call as the answer sees it, and its reply", _took(made.wrap)),
        ("the record: look it up, is it the caller's", _took(made.look)),
    ]
    write = [
        *read[:3],
        ("body: read, decode, check", _took(made.body)),
        ("what it refers to: look it up, is it the caller's", _took(made.look)),
        ("id, time and what else the server sets", _took(made.fill)),
        ("the reply: build, check, write record and view as JSON", _took(made.show)),
        ("keep it: number, row, three look-ups, what undoes it", _took(made.keep)),
    ]
    return {
        "GET item": _with_rest(read, _took(made.get)),
        "POST": _with_rest(write, _took(made.post)),
    }


class _Request:
    """The pieces of requests to one collection."""

    def __init__(self, app: Any) -> None:
        self._app = app
        served_api = app.served_apis[0]
        self._served_api = served_api
        self._resources = served_api.resources
        self._kept = served_api.resources["participant"]
        self._middleware = served_api.app
        self._clock = Clock()
        self._session = asyncio.run(app.store.session("pieces"))
        self._heap = app.store.heap(self._kept.table.name).fork()
        self._row = self._heap.page({"organisation": "org_main"}, limit=1)[0]
        self._record = orjson.loads(self._row.document)
        self._view = orjson.loads(self._row.body)
        self._number = 10**6
        self._sent = orjson.dumps({**_SENT, "event_id": self._record["study_id"]})
        self._headers = {b"host": b"127.0.0.1:8000", b"authorization": b"Bearer mock-token"}
        self._path = f"/v1/participants/{self._row.id}"
        self._plan = self._middleware._router.find("/v1/participants")[0].methods["POST"]
        self._journal = Journal()
        self._out: list[Any] = []

    def check(self) -> None:
        """Everything that is looked at before a body."""
        route, values = self._middleware._router.find(self._path)
        plan = route.methods["GET"]
        self._middleware._check(plan, self._headers)
        plan.parameters.path(route.names, values)
        plan.parameters.query(b"")

    def note(self) -> None:
        """An entry of the journal, with its reply."""
        entry = self._journal.open(self._scope("GET"), self._path, self._served_api, _no_body, self._keep_message)
        _run(entry.send({"type": "http.response.start", "status": 200, "headers": []}))
        _run(entry.send({"type": "http.response.body", "body": self._row.body}))
        entry.close()

    def wrap(self) -> None:
        """The objects that an answer takes and gives."""
        state = State(None, self._resources, None, self._clock.now, None, None)  # type: ignore[arg-type]
        Call(self._plan.operation, None, state, {}, {}, self._headers, None, "", "", b"", None)  # type: ignore[arg-type]
        Reply(200, raw=self._row.body)

    def look(self) -> None:
        """The view of a record of the caller's own."""
        _run(self._look())

    async def _look(self) -> None:
        async with self._session.transaction(write=False) as tx:
            await tx.body(self._kept.table, self._row.id, {"organisation": "org_main"})

    def body(self) -> None:
        """The body of a POST."""
        headers = {b"content-type": b"application/json", b"content-length": b"%d" % len(self._sent)}
        self._plan.bodies.media_type(headers)
        _run(self._plan.bodies.read(self._body, headers, "application/json"))

    def fill(self) -> None:
        """A record before it is shown."""
        record = {**_SENT, self._kept.id_property: self._kept.ids.at(5000), "organisation": "org_main"}
        making = Making(5000, record, timestamp(self._clock.now()), _SENT, number=5000)
        making.referenced = lambda name: {}
        fill(self._kept.values, making)

    def show(self) -> None:
        """A record as it is kept and as it is shown."""
        parts = {name: self._view.get(name) for name in (*self._kept.embeds, *self._kept.counts)}
        self._kept.row(5000, self._record, parts)

    def keep(self) -> None:
        """A row in its table."""
        _run(self._keep())

    async def _keep(self) -> None:
        self._number += 1
        row = self._row._replace(seq=self._number, id=f"piece{self._number}")
        async with self._session.transaction(write=True) as tx:
            await tx.take(self._kept.table.name)
            await tx.put(self._kept.table, [row])

    def get(self) -> None:
        """A whole GET."""
        _run(self._app(self._scope("GET"), _no_body, self._keep_message))

    def post(self) -> None:
        """A whole POST."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self._sent))]
        _run(self._app(self._scope("POST", *headers), self._body, self._keep_message))

    def _scope(self, method: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
        path = self._path if method == "GET" else "/v1/participants"
        return {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "headers": [*self._headers.items(), *headers],
        }

    async def _body(self) -> Any:
        return {"type": "http.request", "body": self._sent, "more_body": False}

    async def _keep_message(self, message: Any) -> None:
        self._out = [message]


async def _no_body() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


def _run(work: Coroutine[Any, Any, Any]) -> None:
    """Run what never waits."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits")


def _took(piece: Callable[[], None]) -> float:
    """Microseconds of CPU for one run."""
    best = float("inf")
    for _ in range(TURNS):
        began = time.process_time()
        for _ in range(RUNS):
            piece()
        best = min(best, time.process_time() - began)
    return best / RUNS * 1e6


def _with_rest(rows: list[Piece], whole: float) -> list[Piece]:
    return [*rows, ("between the pieces", whole - sum(micros for _, micros in rows)), ("the whole", whole)]


if __name__ == "__main__":
    main()
