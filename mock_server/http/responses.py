"""Whole answers over ASGI, and connections that end without one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import orjson

from understudy.mock_server.http.errors import ApiError, Header

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class ConnectionCutError(ConnectionAbortedError):
    """The connection was to be cut, and the server that runs the mock offers no way to do so."""


class InternalServerError(ApiError):
    """A fault of ours."""

    status = 500


async def answer(send: Send, method: str, status: int, headers: Iterable[Header] = (), body: bytes = b"") -> None:
    """Send a whole reply; without its body where the method or the status has none."""
    empty = status in {204, 304}
    told = [*headers] if empty else [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": b"" if empty or method == "HEAD" else body})


async def refuse(send: Send, method: str, refusal: ApiError) -> None:
    """A refusal outside every contract."""
    field_errors = [{"name": field_error.name, "message": field_error.message} for field_error in refusal.field_errors]
    error = {"status": refusal.status, "message": refusal.message, **({"faults": field_errors} if field_errors else {})}
    headers = [*refusal.headers, (b"content-type", b"application/json")]
    await answer(send, method, refusal.status, headers, orjson.dumps({"error": error}))


def cutter(send: Send) -> Callable[[], None] | None:
    """What cuts the connection behind uvicorn's `send`; None under a server that does not show its transport."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    return getattr(transport, "abort", None)


async def cut(receive: Receive, abort: Callable[[], None] | None) -> None:
    """End the connection without a word. Raises ConnectionCutError where that cannot be done."""
    if abort is None:
        raise ConnectionCutError("the connection was cut on purpose")
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass
