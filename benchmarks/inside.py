"""The application called without a network, and the CPU time that this takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import orjson

from understudy.mock_server import create_app

JSON = "application/json"

#: Sends a request and returns the body of its reply.
Send = Callable[[], bytes]


class Mock:
    """A mock that is called without a network."""

    def __init__(self, apis: list[str], **options: Any) -> None:
        self._app = create_app(apis, **options)

    def request(
        self,
        method: str,
        url: str,
        token: str = "Bearer mock-token",
        body: Any = None,
        kind: str = JSON,
        session: str = "",
    ) -> Send:
        """What sends a request and returns the body of its reply."""
        sent = b"" if body is None else orjson.dumps(body)
        headers = [(b"host", b"127.0.0.1:8000"), (b"authorization", token.encode())]
        headers += [(b"x-mock-session", session.encode())] if session else []
        headers += [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(sent))] if sent else []
        asked = scope(method, url, headers)
        messages: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def keep(message: Any) -> None:
            messages.append(message)

        def send() -> bytes:
            messages.clear()
            run(self._app(asked.copy(), receive, keep))
            if messages[0]["status"] >= 300:
                raise SystemExit(f"{method} {url} was answered with {messages}")
            reply: bytes = messages[1]["body"]
            return reply

        return send

    def read(self, url: str, token: str = "Bearer mock-token") -> Any:
        """The JSON of a reply."""
        return orjson.loads(self.request("GET", url, token)())


def scope(method: str, url: str, headers: Iterable[tuple[bytes, bytes]]) -> dict[str, Any]:
    """A request as ASGI describes it."""
    path, _, query = url.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "headers": [*headers],
    }


def run(work: Coroutine[Any, Any, Any]) -> None:
    """Run a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("the coroutine waits")


def took(call: Callable[[], object], runs: int = 1, turns: int = 1) -> float:
    """Microseconds of CPU for one call, in the best of several turns of many calls in a row."""
    best = float("inf")
    for _ in range(turns):
        began = time.process_time()
        for _ in range(runs):
            call()
        best = min(best, time.process_time() - began)
    return best / runs * 1e6
