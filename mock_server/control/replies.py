"""Overrides of replies: forced replies, standing preferences, network conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from understudy.mock_server.control.requests import NO_CONTENT, ControlReply, ControlRequest
from understudy.mock_server.http.errors import BadRequestError, NotFoundError
from understudy.mock_server.http.preferences import parse, status
from understudy.mock_server.sessions.forced_reply import as_dict, parse_forced_reply
from understudy.mock_server.sessions.overrides import Network


async def list_replies(request: ControlRequest) -> ControlReply:
    """The forced replies that are still to be used."""
    return ControlReply(
        200, {"replies": [as_dict(forced) for forced in (await request.session()).overrides.forced_replies]}
    )


async def force_reply(request: ControlRequest) -> ControlReply:
    """Force the replies to the next matching requests."""
    body = _with_status(request.body, "status")
    forced = (await request.session()).overrides.add(*parse_forced_reply(body))
    return ControlReply(201, as_dict(forced))


async def clear_replies(request: ControlRequest) -> ControlReply:
    """Remove all forced replies."""
    (await request.session()).overrides.clear()
    return NO_CONTENT


async def drop_reply(request: ControlRequest) -> ControlReply:
    """Remove a forced reply."""
    if not (await request.session()).overrides.drop(request.path["id"]):
        raise NotFoundError(f"There is no forced reply {request.path['id']!r}; it may have been used up.")
    return NO_CONTENT


async def get_preferences(request: ControlRequest) -> ControlReply:
    """The preferences that apply to every request of the session."""
    return ControlReply(200, {"prefer": str((await request.session()).overrides.standing)})


async def set_preferences(request: ControlRequest) -> ControlReply:
    """Treat every later request as if it had this `Prefer` header."""
    preferences = parse([request.body["prefer"]])
    if not preferences:
        raise BadRequestError(
            f"prefer: {request.body['prefer']!r} contains no known preference. The preferences are code, example, dynamic, wait."
        )
    (await request.session()).overrides.standing = preferences
    return ControlReply(200, {"prefer": str(preferences)})


async def clear_preferences(request: ControlRequest) -> ControlReply:
    """Remove all preferences, those of the scenario included."""
    (await request.session()).overrides.clear_standing()
    return NO_CONTENT


async def get_network(request: ControlRequest) -> ControlReply:
    """The session's latency and failures."""
    return ControlReply(200, asdict((await request.session()).overrides.network or Network()))


async def set_network(request: ControlRequest) -> ControlReply:
    """Delay every reply and make some fail."""
    network = Network(**_with_status(request.body, "failure_status"))
    (await request.session()).overrides.network = network
    return ControlReply(200, asdict(network))


async def clear_network(request: ControlRequest) -> ControlReply:
    """Remove latency and failures."""
    (await request.session()).overrides.network = None
    return NO_CONTENT


def _with_status(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A body with its status as an int; in JSON 503.0 is an integer, too. Raises BadRequestError."""
    return {**body, name: status(str(int(body[name])), name)} if name in body else dict(body)
