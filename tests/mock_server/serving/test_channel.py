"""What a request and its reply leave in the journal on their way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from understudy.mock_server.http.errors import ServiceUnavailableError
from understudy.mock_server.http.responses import refuse
from understudy.mock_server.serving.channel import Channel
from understudy.mock_server.sessions.journal import Journal, JournalBudget


def test_the_journal_holds_what_was_sent_of_a_reply_that_fails() -> None:
    """Its status is out, so that the refusal that follows cannot be sent."""

    async def once(message: Any) -> None:
        if message.get("status") == 503:
            raise RuntimeError("a reply begins twice")

    async def reply() -> None:
        await channel.send({"type": "http.response.start", "status": 200, "headers": []})
        await channel.send({"type": "http.response.body", "body": b"part", "more_body": True})
        await refuse(channel.send, "GET", ServiceUnavailableError("The store cannot answer."))

    scope = {"method": "GET", "query_string": b"", "headers": []}
    entry = Journal(JournalBudget()).open(scope, "/", None)
    channel = Channel(once, once, (), b"origin")  # type: ignore[arg-type]  # nothing is received
    channel.entry = entry

    with pytest.raises(RuntimeError):
        asyncio.run(reply())

    assert (entry.status, entry.reply) == (200, b"part")
