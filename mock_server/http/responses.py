"""Whole responses over ASGI, and connections that are closed without one."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import orjson

from understudy.mock_server.http.errors import ApiError, Header

#: The types of ASGI.
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


#: What the name and the value of a field can be (RFC 9110, 5.1 and 5.5).
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")


class ConnectionCutError(ConnectionAbortedError):
    """The connection should be cut, but the server that runs the mock offers no way to do that."""


class InternalServerError(ApiError):
    """The mock itself failed."""

    status = 500


def is_field(name: bytes, value: bytes) -> bool:
    """Whether a field can be sent."""
    return _NAME.fullmatch(name) is not None and _VALUE.fullmatch(value) is not None


async def answer(send: Send, method: str, status: int, headers: Iterable[Header] = (), body: bytes = b"") -> None:
    """Send a whole response, without its body if the method or the status allows none."""
    empty = status in {204, 304}
    sent = [*headers] if empty else [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": b"" if empty or method == "HEAD" else body})


async def refuse(send: Send, method: str, error: ApiError) -> None:
    """Send an error in the mock's own shape, outside of every contract."""
    faults = [{"name": field.name, "message": field.message} for field in error.field_errors]
    body = {"status": error.status, "message": error.message, **({"faults": faults} if faults else {})}
    headers = [*error.headers, (b"content-type", b"application/json")]
    await answer(send, method, error.status, headers, orjson.dumps({"error": body}))


def abort_function(send: Send) -> Callable[[], None] | None:
    """The function that aborts the connection behind uvicorn's `send`; None if the server hides its transport."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    return getattr(transport, "abort", None)


async def cut(receive: Receive, abort: Callable[[], None] | None) -> None:
    """Close the connection without a response. Raises ConnectionCutError if that is not possible."""
    if abort is None:
        raise ConnectionCutError("the connection was cut on purpose")
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass
