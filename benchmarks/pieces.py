"""CPU time of each step of a GET and a POST inside the application, without a network or a client.

Run: `python benchmarks/pieces.py`. Each step runs alone, some thousand times in a row, and the best of several turns
counts; so the sum is what the steps would cost with warm caches, and the rest of the total is what lies between them:
calls, awaits and cache misses.
"""

from __future__ import annotations

import asyncio
import gc
from functools import partial
from typing import Any

import orjson
from inside import run, scope, took

from understudy.mock_server import create_app
from understudy.mock_server.clock import Clock, timestamp
from understudy.mock_server.data.generators import RecordDraft, fill
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.state import State
from understudy.mock_server.sessions.journal import Journal, JournalBudget

RUNS, TURNS = 2_000, 12

Step = tuple[str, float]

_SENT = {"name": "Ada Lovelace", "email": "ada@example.org"}


def main() -> None:
    """Print both tables."""
    for name, rows in pieces().items():
        print(name)
        for what, micros in rows:
            print(f"  {what:60}{micros:6.1f}")


def pieces() -> dict[str, list[Step]]:
    """Microseconds by request and step; the total comes last."""
    app = create_app(["participant-kit"])
    gc.collect()
    gc.freeze()
    made, cost = _Request(app), partial(took, runs=RUNS, turns=TURNS)
    read = [
        ("route, caller, media types, parameters", cost(made.check)),
        ("journal: record the request and its reply", cost(made.note)),
        ("the call that an operation receives, and its reply", cost(made.wrap)),
        ("the record: look it up, check its owner", cost(made.look)),
    ]
    write = [
        *read[:3],
        ("body: read, decode, check", cost(made.body)),
        ("the referenced record: look it up, check its owner", cost(made.look)),
        ("id, timestamps and other values that the server sets", cost(made.fill)),
        ("the reply: build, check, write record and view as JSON", cost(made.show)),
        ("store it: number, row, three look-ups, undo entry", cost(made.keep)),
    ]
    return {
        "GET item": _with_rest(read, cost(made.get)),
        "POST": _with_rest(write, cost(made.post)),
    }


class _Request:
    """The steps of requests to one collection."""

    def __init__(self, app: Any) -> None:
        self._app = app
        served_api = app.served_apis[0]
        self._served_api = served_api
        self._resources = served_api.resources
        self._type = served_api.resources["participant"]
        self._handler = served_api.app.app  # the middleware inside of Connexion's own
        self._clock = Clock()
        self._session = asyncio.run(app.store.session("pieces"))
        self._memory_table = app.store.memory_table(self._type.table.name).fork()
        self._row = self._memory_table.page({"organisation": "org_main"}, limit=1)[0]
        self._record = orjson.loads(self._row.document)
        self._view = orjson.loads(self._row.body)
        self._number = 10**6
        self._sent = orjson.dumps({**_SENT, "event_id": self._record["study_id"]})
        self._headers = {b"host": b"127.0.0.1:8000", b"authorization": b"Bearer mock-token"}
        self._path = f"/v1/participants/{self._row.id}"
        self._plan = self._handler._router.find("/v1/participants")[0].methods["POST"]
        self._journal = Journal(JournalBudget())
        self._out: list[Any] = []

    def check(self) -> None:
        """Everything that is checked before a body."""
        route, values = self._handler._router.find(self._path)
        plan = route.methods["GET"]
        self._handler._check(plan, self._headers, b"")
        plan.parameters.path(route.names, values)
        plan.parameters.query(b"")

    def note(self) -> None:
        """An entry of the journal, with its reply."""
        entry = self._journal.open(self._scope("GET"), self._path, self._served_api)
        entry.add_head(200, [])
        entry.add_reply(self._row.body)
        entry.close()

    def wrap(self) -> None:
        """The objects that an operation receives and returns."""
        state = State(None, self._resources, None, self._clock.now, None, None)  # type: ignore[arg-type]
        Call(self._plan.operation, None, state, {}, {}, self._headers, None, "", "", b"", None)  # type: ignore[arg-type]
        Reply(200, raw=self._row.body)

    def look(self) -> None:
        """The view of a record that belongs to the caller."""
        run(self._look())

    async def _look(self) -> None:
        async with self._session.transaction(write=False) as tx:
            await tx.body(self._type.table, self._row.id, {"organisation": "org_main"})

    def body(self) -> None:
        """The body of a POST."""
        headers = {b"content-type": b"application/json", b"content-length": b"%d" % len(self._sent)}
        self._plan.bodies.media_type(headers)
        run(self._plan.bodies.read(self._body, headers, "application/json"))

    def fill(self) -> None:
        """Fill in the values that the server sets."""
        record = {**_SENT, self._type.id_property: self._type.ids.at(5000), "organisation": "org_main"}
        draft = RecordDraft(5000, record, timestamp(self._clock.now()), _SENT, number=5000)
        draft.referenced = lambda name: {}
        fill(self._type.values, draft)

    def show(self) -> None:
        """Build a row: the record as stored and as shown."""
        parts = {name: orjson.dumps(self._view.get(name)) for name in self._type.embeds}
        self._type.row(5000, self._record, parts)

    def keep(self) -> None:
        """Store a row in its table."""
        run(self._keep())

    async def _keep(self) -> None:
        self._number += 1
        row = self._row._replace(seq=self._number, id=f"piece{self._number}")
        async with self._session.transaction(write=True) as tx:
            await tx.take(self._type.table.name)
            await tx.put(self._type.table, [row])

    def get(self) -> None:
        """A whole GET."""
        run(self._app(self._scope("GET"), _no_body, self._keep_message))

    def post(self) -> None:
        """A whole POST."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self._sent))]
        run(self._app(self._scope("POST", *headers), self._body, self._keep_message))

    def _scope(self, method: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
        path = self._path if method == "GET" else "/v1/participants"
        return scope(method, path, [*self._headers.items(), *headers])

    async def _body(self) -> Any:
        return {"type": "http.request", "body": self._sent, "more_body": False}

    async def _keep_message(self, message: Any) -> None:
        self._out = [message]


async def _no_body() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


def _with_rest(rows: list[Step], whole: float) -> list[Step]:
    return [*rows, ("between the steps", whole - sum(micros for _, micros in rows)), ("total", whole)]


if __name__ == "__main__":
    main()
