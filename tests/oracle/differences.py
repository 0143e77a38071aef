"""Where our middleware and Connexion's own stack differ on purpose; docs/connexion.md gives the reasons."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Request:
    """One request, with the credential of the default caller unless it says otherwise."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    token: str | None = "mock-token"


#: Builds a request from what the seed has: a project's id under `project`, and so on.
Build = Callable[[Mapping[str, Any]], Request]


@dataclass(frozen=True)
class Difference:
    """A request, and the status that each stack gives it."""

    name: str
    build: Build
    ours: int
    stock: int


def _study(seed: Mapping[str, Any], headers: Mapping[str, str] = JSON, **more: Any) -> Request:
    body = {"project_id": seed["project"], "name": "Walks", **more}
    return Request("POST", "/v1/studies", headers, json.dumps(body).encode())


def _raw(content: bytes, headers: Mapping[str, str] = JSON) -> Build:
    return lambda seed: Request("POST", "/v1/studies", headers, content.replace(b"PROJECT", seed["project"].encode()))


def _person(seed: Mapping[str, Any], **changed: Any) -> Request:
    body = {"name": "Ada King", "email": "ada@example.org", "event_id": seed["study"], **changed}
    return Request("POST", "/v1/participants", JSON, json.dumps(body).encode())


def _link(seed: Mapping[str, Any], **changed: Any) -> Request:
    body = {
        "url": "https://example.org/1",
        "recorded_at": "2025-03-04",
        "participant_id": seed["participant"],
        **changed,
    }
    return Request("POST", "/v1/data_links", JSON, json.dumps(body).encode())


DIFFERENCES = [
    Difference("a final slash", lambda seed: Request("GET", "/v1/projects/"), 404, 307),
    Difference("an encoded slash in an id", lambda seed: Request("GET", "/v1/projects/%2F"), 404, 307),
    Difference("a line end in an id", lambda seed: Request("GET", "/v1/projects/%0A", token=None), 401, 404),
    Difference("OPTIONS", lambda seed: Request("OPTIONS", "/v1/projects"), 204, 405),
    Difference(
        "a wrong method without a credential", lambda seed: Request("PUT", "/v1/projects", token=None), 401, 405
    ),
    Difference("a body that is not UTF-8", _raw(b'{"name": "\xff", "project_id": "PROJECT"}'), 400, 500),
    Difference("NaN and Infinity", _raw(b'{"name": "Walks", "project_id": "PROJECT", "x": NaN}'), 400, 201),
    Difference("a body nested without end", _raw(b"[" * 100_000), 400, 500),
    Difference(
        "a member nested too deeply to keep",
        lambda seed: _study(seed, x=json.loads("[" * 300 + "]" * 300)),
        400,
        201,
    ),
    Difference(
        "a media type without a body",
        lambda seed: Request("POST", "/v1/studies", {"Content-Type": "text/plain"}),
        400,
        415,
    ),
    Difference("the case of a media type", lambda seed: _study(seed, {"Content-Type": "APPLICATION/JSON"}), 201, 500),
    Difference("a body without a media type", lambda seed: _study(seed, {}), 201, 500),
    Difference(
        "a charset beside JSON",
        _raw(
            '{"name": "Café", "project_id": "PROJECT"}'.encode(),
            {"Content-Type": "application/json;charset=us-ascii"},
        ),
        201,
        500,
    ),
    Difference("a form that is not UTF-8", _raw(b"name=%ff&project_id=PROJECT", FORM), 400, 201),
    Difference(
        "a form member of several forms",
        lambda seed: Request(
            "POST",
            "/v1/data_links",
            FORM,
            f"url=https://example.org/1&recorded_at=2025-03-04&participant_id={seed['participant']}".encode(),
        ),
        201,
        500,
    ),
    Difference(
        "another name of a member",
        lambda seed: Request(
            "POST",
            "/v1/participants",
            JSON,
            json.dumps({"name": "Ada", "email": "ada@example.org", "study_id": seed["study"]}).encode(),
        ),
        201,
        400,
    ),
    Difference("a line end at the end of a text", lambda seed: _person(seed, email="ada@example.org\n"), 400, 201),
    Difference("what counts as blank", lambda seed: _person(seed, name="\x1c"), 201, 400),
    Difference("a moment without a zone", lambda seed: _link(seed, recorded_at="2025-03-04T10:00:00"), 400, 201),
    Difference("a date without dashes", lambda seed: _link(seed, recorded_at="20250304"), 400, 201),
]
