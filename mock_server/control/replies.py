"""What the mock is to answer: forced replies, standing preferences, a bad network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from understudy.mock_server.control.requests import NO_CONTENT, Answer, ControlRequest
from understudy.mock_server.http.errors import BadRequestError, FieldError, NotFoundError
from understudy.mock_server.http.preferences import parse, status
from understudy.mock_server.sessions.overrides import Network, Rule, effect

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)

#: What frames a body, so that a wrong one would break the connection and not only the reply.
_OURS = frozenset({"content-length", "transfer-encoding"})


async def list_replies(asked: ControlRequest) -> Answer:
    """The forced replies that are left."""
    return Answer(200, {"replies": [_told(rule) for rule in (await asked.session()).overrides.rules]})


async def force_reply(asked: ControlRequest) -> Answer:
    """Force the replies to the next requests that match."""
    body = _with_status(asked.body, "status")
    _check_headers(body.get("headers", {}))
    asked.check_match(body)
    rule = (await asked.session()).overrides.add(*effect(body))
    return Answer(201, _told(rule))


async def clear_replies(asked: ControlRequest) -> Answer:
    """Take all forced replies away."""
    (await asked.session()).overrides.clear()
    return NO_CONTENT


async def drop_reply(asked: ControlRequest) -> Answer:
    """Take a forced reply away."""
    if not (await asked.session()).overrides.drop(asked.path["id"]):
        raise NotFoundError(f"There is no forced reply {asked.path['id']!r}; it may have been used.")
    return NO_CONTENT


async def get_preferences(asked: ControlRequest) -> Answer:
    """The preferences that every request of the session has."""
    return Answer(200, {"prefer": str((await asked.session()).overrides.standing)})


async def set_preferences(asked: ControlRequest) -> Answer:
    """Give every later request a `Prefer` header."""
    preferences = parse([asked.body["prefer"]])
    if not preferences:
        raise BadRequestError(f"{asked.body['prefer']!r} asks for nothing: known are code, example, dynamic and wait.")
    (await asked.session()).overrides.standing = preferences
    return Answer(200, {"prefer": str(preferences)})


async def clear_preferences(asked: ControlRequest) -> Answer:
    """No preferences any more, those of the scenario included."""
    (await asked.session()).overrides.clear_standing()
    return NO_CONTENT


async def get_network(asked: ControlRequest) -> Answer:
    """The latency and the failures of the session."""
    return Answer(200, asdict((await asked.session()).overrides.network or Network()))


async def set_network(asked: ControlRequest) -> Answer:
    """Slow every reply down, let some fail."""
    network = Network(**_with_status(asked.body, "failure_status"))
    (await asked.session()).overrides.network = network
    return Answer(200, asdict(network))


async def clear_network(asked: ControlRequest) -> Answer:
    """A good network again."""
    (await asked.session()).overrides.network = None
    return NO_CONTENT


def _with_status(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A body with its status as a status; in JSON 503.0 is an integer, too. Raises BadRequestError."""
    return {**body, name: status(str(int(body[name])), name)} if name in body else dict(body)


def _check_headers(headers: Mapping[str, str]) -> None:
    """Raises BadRequestError for names that HTTP cannot carry, or that it is not for a forced reply to set."""
    field_errors = []
    for name in headers:
        if not _TOKEN.fullmatch(name):
            field_errors.append(FieldError(f"headers.{name}", "is no name of a header"))
        elif name.lower() in _OURS:
            field_errors.append(FieldError(f"headers.{name}", "cannot be forced: the mock says how long the body is"))
    if field_errors:
        raise BadRequestError(field_errors=field_errors)


def _told(rule: Rule) -> dict[str, Any]:
    match = {name: value for name, value in asdict(rule.match).items() if value is not None}
    return {"id": rule.id, "left": rule.left, "used": rule.used, "match": match, "effect": str(rule.effect)}
