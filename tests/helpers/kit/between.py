"""A proxy before the mock that changes requests and replies, or answers itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from understudy.mock_server import create_app

Headers = list[tuple[bytes, bytes]]
#: Changes a reply: what was asked (with `status`), its header fields and its body.
Change = Callable[[dict[str, Any], Headers, bytes], tuple[Headers, bytes]]
#: A status, header fields and a body.
Answer = tuple[int, Headers, bytes]


def unchanged(scope: dict[str, Any], headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """The reply as it is."""
    return headers, body


async def _never(scope: dict[str, Any]) -> Answer | None:
    return None


class Between:
    """The application: `admit` changes a request, `change` a reply, and `instead` may answer in the mock's place."""

    def __init__(
        self,
        api: str,
        change: Change = unchanged,
        admit: Callable[[dict[str, Any]], None] = lambda _: None,
        instead: Callable[[dict[str, Any]], Awaitable[Answer | None]] = _never,
    ) -> None:
        self.application = create_app([api])
        self.change = change
        self.admit = admit
        self.instead = instead

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        answer = await self.instead(scope)
        if answer is not None:
            status, headers, body = answer
            await send({"type": "http.response.start", "status": status, "headers": [*headers, length(body)]})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
            return
        self.admit(scope)
        start: dict[str, Any] = {}
        pieces: list[bytes] = []

        async def held(message: Any) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                pieces.append(message.get("body", b""))

        await self.application(scope, receive, held)
        headers, body = self.change(
            {**scope, "status": start["status"]},
            [pair for pair in start["headers"] if pair[0] != b"content-length"],
            b"".join(pieces),
        )
        if start["status"] not in {204, 304}:
            headers.append(length(body))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def length(body: bytes) -> tuple[bytes, bytes]:
    """The header field with the length of a body."""
    return b"content-length", b"%d" % len(body)
