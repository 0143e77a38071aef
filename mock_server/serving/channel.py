"""What an application receives from a client and sends to it, recorded on the way."""

from __future__ import annotations

from collections.abc import Sequence

from understudy.mock_server.http.errors import Header
from understudy.mock_server.http.responses import Message, Receive, Send
from understudy.mock_server.serving.cors import shared
from understudy.mock_server.sessions.journal import JournalEntry


class Channel:
    """The `receive` and `send` of one request.

    Every reply, errors included, lets scripts read it as far as `grant` goes. `vary` names the request headers on which
    every reply depends, be they sent or not.
    """

    __slots__ = ("_grant", "_receive", "_send", "_vary", "entry")

    def __init__(self, receive: Receive, send: Send, grant: Sequence[Header], vary: bytes) -> None:
        self._receive = receive
        self._send = send
        self._grant = grant
        self._vary = vary
        #: Where the request is recorded, if it is.
        self.entry: JournalEntry | None = None

    async def receive(self) -> Message:
        """The next message from the client."""
        message = await self._receive()
        piece = message.get("body")
        if piece and self.entry is not None:
            self.entry.add_body(piece)
        return message

    async def send(self, message: Message) -> None:
        """Send a message to the client, and record it unless it cannot be sent."""
        entry = self.entry
        if message["type"] == "http.response.start":
            headers = message["headers"] = shared(message["headers"], self._grant, self._vary)
            await self._send(message)
            if entry is not None:
                entry.add_head(message["status"], headers)
        else:
            await self._send(message)
            if entry is not None and (piece := message.get("body")):
                entry.add_reply(piece)
