"""The messages of a request and its reply, read ahead, buffered or changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from understudy.mock_server.http.bodies import LIMIT, has_body, read, unread
from understudy.mock_server.http.errors import Header
from understudy.mock_server.http.responses import Message, Receive, Send
from understudy.mock_server.sessions.journal import JournalEntry
from understudy.mock_server.sessions.request_match import ANY
from understudy.specs import Operation


class BufferedSend:
    """Buffers a reply until it is complete."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._initial: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._initial = message
        else:
            self._body += message.get("body", b"")

    async def send_half(self) -> None:
        """Send the first half of the body, as valid HTTP and a broken document."""
        half = self._body[: len(self._body) // 2]
        headers = [each for each in self._initial["headers"] if each[0] != b"content-length"]
        headers.append((b"content-length", b"%d" % len(half)))
        await self._send({**self._initial, "headers": headers})
        await self._send({"type": "http.response.body", "body": half})


def replaced(headers: Sequence[Header], given: Sequence[Header]) -> list[Header]:
    """Header fields with those given in place of others of the same names."""
    names = {name for name, _ in given}
    return [*(each for each in headers if each[0] not in names), *given]


def replacing(send: Send, given: Sequence[Header]) -> Send:
    """A `send` that replaces header fields of the API's own reply."""

    async def changing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = replaced(message["headers"], given)
        await send(message)

    return changing


async def read_ahead(entry: JournalEntry, receive: Receive, operation: Operation | None) -> tuple[Receive, Any]:
    """What receives the body of a request once more, and its JSON value; ANY if it is not JSON.

    Raises ContentTooLargeError and ClientDisconnectedError.
    """
    headers = dict(entry.headers)
    if not has_body(headers):
        return receive, ANY
    raw = await read(receive, headers, operation.body_limit or LIMIT if operation else LIMIT)
    again = unread(raw, receive)
    try:
        return again, orjson.loads(raw)
    except orjson.JSONDecodeError:
        return again, ANY


def applying(send: Send, applied: str) -> Send:
    """A `send` that reports to the client which of its preferences were met (RFC 7240, 3)."""

    async def changing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"preference-applied", applied.encode("latin-1", "replace"))]
        await send(message)

    return changing
