"""The cost of a page, a POST and a new session in collections of a thousand, a hundred thousand and a million records.

Run: `python benchmarks/size.py`. Inside the application, without a network; the best of several turns.
"""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Coroutine, Iterator
from functools import partial
from typing import Any

import orjson

from understudy.mock_server import create_app

#: 130 participants at size 1.
SIZES = 8, 770, 7693
PAGE = 100
TURNS, RUNS = 10, 30

Row = tuple[str, ...]
HEAD: Row = (
    "records",
    "first page",
    "a page in the middle",
    "the last page",
    "first read of a page",
    "POST",
    "first page, new session",
)


def main() -> None:
    """Print the table."""
    for row in [HEAD, *sizes()]:
        print("".join(f"{cell:>22}" for cell in row))


def sizes() -> Iterator[Row]:
    """A row for each size: the number of records, then microseconds of CPU."""
    for size in SIZES:
        yield _row(_Mock(size))


def _row(mock: _Mock) -> Row:
    pages = mock.total // PAGE
    sent = orjson.dumps({"name": "Ada Lovelace", "email": "ada@example.org", "event_id": mock.study})
    unread = iter(range(2, pages // 2))
    names = itertools.count()
    first = min(_once(lambda: mock.send("GET", next(unread))) for _ in range(min(5, pages // 2 - 2)))
    read = [_best(partial(mock.send, "GET", page)) for page in (1, pages // 2, pages)]
    posted = _best(lambda: mock.send("POST", body=sent))
    session = _best(lambda: mock.send("GET", 1, session=f"s{next(names)}"))
    return f"{mock.total:,}", *(f"{micros:,.0f}" for micros in (*read, first, posted, session))


class _Mock:
    """The Participant Kit at some size, called without a network."""

    def __init__(self, size: int) -> None:
        self._app = create_app(["participant-kit"], size=size, max_sessions=10**6)
        first = orjson.loads(self.send("GET", 1))
        self.study = first["data"][0]["study"]["id"]
        self.total = size * 130
        gc.collect()

    def send(self, method: str, page: int = 1, body: bytes = b"", session: str = "") -> bytes:
        """Send a request; return the body of the reply."""
        messages: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        headers = [(b"host", b"127.0.0.1"), (b"authorization", b"Bearer mock-token")]
        headers += [(b"x-mock-session", session.encode())] if session else []
        headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))] if body else []
        path = "/v1/participants"
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"limit=%d&page=%d" % (PAGE, page) if method == "GET" else b"",
            "root_path": "",
            "scheme": "http",
            "headers": headers,
        }
        _run(self._app(scope, receive, send))
        if messages[0]["status"] >= 300:
            raise SystemExit(f"{method} was answered with status {messages[0]['status']}")
        reply: bytes = messages[1]["body"]
        return reply


def _run(work: Coroutine[Any, Any, Any]) -> None:
    """Run a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("the coroutine waits")


def _once(call: Any) -> float:
    began = time.process_time()
    call()
    return (time.process_time() - began) * 1e6


def _best(call: Any) -> float:
    best = float("inf")
    for _ in range(TURNS):
        began = time.process_time()
        for _ in range(RUNS):
            call()
        best = min(best, time.process_time() - began)
    return best / RUNS * 1e6


if __name__ == "__main__":
    main()
