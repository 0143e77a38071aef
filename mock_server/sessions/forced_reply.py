"""A forced reply as JSON: read, checked, and shown without secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from understudy.mock_server.http.errors import FieldError
from understudy.mock_server.http.preferences import Preferences, is_status
from understudy.mock_server.sessions.overrides import UNSET, Effect, ForcedReply
from understudy.mock_server.sessions.redaction import DEPTH_LIMIT, is_too_deep, redacted_members, redacted_value
from understudy.mock_server.sessions.request_match import ANY, Match

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)

#: Headers that delimit the body: a wrong one would break the connection and not only the reply.
_FRAMING = frozenset({"content-length", "transfer-encoding"})

#: What a forced reply may do; the other members say to which requests, and how often.
_EFFECTS = frozenset(["status", "example", "dynamic", "delay", "drop", "malformed", "headers", "body"])


def parse_forced_reply(spec: Mapping[str, Any]) -> tuple[Match, Effect, int | None]:
    """The match, the effect and the number of times of a validated body of `POST /_mock/replies`."""
    preferences = Preferences(spec.get("status"), spec.get("example"), spec.get("dynamic", False), spec.get("delay"))
    effect = Effect(
        preferences, spec.get("drop"), spec.get("malformed", False), spec.get("headers", {}), spec.get("body", UNSET)
    )
    return parse_match(spec), effect, spec.get("times", 1)


def parse_match(spec: Mapping[str, Any]) -> Match:
    """The conditions on a request in a validated body; a query in the path is one to match, like that of `query`."""
    path, _, query = spec.get("path", "").partition("?")
    return Match(
        spec.get("api"),
        spec.get("method"),
        path or None,
        spec.get("operation"),
        {**dict(parse_qsl(query, keep_blank_values=True)), **spec.get("query", {})},
        spec.get("request_headers", {}),
        spec.get("request_body", ANY),
    )


def forced_reply_errors(body: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with a forced reply beyond its schema, and whoever is served."""
    errors = [*match_errors(body), *_header_errors(body.get("headers", {}))]
    if "status" in body and not is_status(int(body["status"])):
        errors.append(FieldError("status", "must be an HTTP status; below 400 one that is assigned"))
    errors += _depth_errors(body, "body")
    if not parse_forced_reply(body)[1]:
        errors.append(FieldError("", f"forces nothing; give at least one of {', '.join(sorted(_EFFECTS))}"))
    return errors


def match_errors(body: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with the conditions on a request beyond their schema."""
    return [*_path_errors(body), *_depth_errors(body, "request_body")]


def _depth_errors(body: Mapping[str, Any], name: str) -> list[FieldError]:
    if not is_too_deep(body.get(name)):
        return []
    return [FieldError(name, f"is nested too deeply; up to {DEPTH_LIMIT} levels are possible")]


def _path_errors(body: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with the path to match, which may contain a query."""
    path, _, query = body.get("path", "*").partition("?")
    if path and path[0] not in "/*":
        return [FieldError("path", "must begin with a slash or an asterisk")]
    if "*" in query:
        return [FieldError("path", "can have an asterisk only before its query")]
    given = body.get("query", {})
    twice = [name for name, value in parse_qsl(query, keep_blank_values=True) if given.get(name, value) != value]
    return [FieldError(f"query.{name}", "differs from that in the path") for name in twice]


def _header_errors(headers: Mapping[str, str]) -> list[FieldError]:
    """The names that are not valid in HTTP, or that a forced reply may not set."""
    errors = []
    for name in headers:
        if not _TOKEN.fullmatch(name):
            errors.append(FieldError(f"headers.{name}", "is not a valid header name"))
        elif name.lower() in _FRAMING:
            errors.append(FieldError(f"headers.{name}", "cannot be forced: the mock sets the length of the body"))
    return errors


def as_dict(forced: ForcedReply) -> dict[str, Any]:
    """A forced reply as a JSON value."""
    return {
        "id": forced.id,
        "left": forced.left,
        "used": forced.used,
        "match": _match_as_dict(forced.match),
        "effect": str(forced.effect),
    }


def _match_as_dict(match: Match) -> dict[str, Any]:
    """The conditions that were given, secrets redacted."""
    names = ("api", "method", "path", "operation")
    shown: dict[str, Any] = {name: value for name in names if (value := getattr(match, name)) is not None}
    for name in ("query", "request_headers"):
        if getattr(match, name):
            shown[name] = redacted_members(getattr(match, name).items())
    return shown if match.request_body is ANY else {**shown, "request_body": redacted_value(match.request_body)}
