"""The values of the control operations as types, as their OpenAPI document declares them."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Message(TypedDict):
    """The headers and the body of a request or a reply in the journal, secrets redacted."""

    headers: dict[str, str]
    body: Any
    truncated: bool


class Request(TypedDict):
    """A request in the journal, and its reply."""

    id: int
    time: str
    session: str
    api: str | None
    operation: str | None
    method: str
    path: str
    query: dict[str, str]
    request: Message
    status: int | None
    reply: Message
    seconds: float | None
    forced: str | None
    answered_by: Literal["mock", "upstream", "recording"]
    breaches: list[str]


class Expectation(TypedDict):
    """What is expected of a request; all that is given has to fit."""

    api: NotRequired[str]
    method: NotRequired[str]
    path: NotRequired[str]
    operation: NotRequired[str]
    status: NotRequired[int | str]
    query: NotRequired[dict[str, str]]
    request_headers: NotRequired[dict[str, str]]
    request_body: NotRequired[Any]
    times: NotRequired[int]
    since: NotRequired[int]


class Reply(TypedDict):
    """A reply to force, and the requests that get it."""

    api: NotRequired[str]
    method: NotRequired[str]
    path: NotRequired[str]
    operation: NotRequired[str]
    query: NotRequired[dict[str, str]]
    request_headers: NotRequired[dict[str, str]]
    request_body: NotRequired[Any]
    times: NotRequired[int | None]
    status: NotRequired[int]
    example: NotRequired[str]
    dynamic: NotRequired[bool]
    delay: NotRequired[float]
    drop: NotRequired[Literal["before", "after"]]
    malformed: NotRequired[bool]
    headers: NotRequired[dict[str, str]]
    body: NotRequired[Any]


class ForcedReply(TypedDict):
    """A forced reply that waits for its requests."""

    id: str
    left: int | None
    used: int
    match: dict[str, Any]
    effect: str


class Network(TypedDict):
    """The network conditions of a session; times are in seconds."""

    latency: NotRequired[float]
    jitter: NotRequired[float]
    failure_rate: NotRequired[float]
    failure_status: NotRequired[int]
    seed: NotRequired[int]


class Clock(TypedDict):
    """The time of a session."""

    now: str
    frozen: bool


class Session(TypedDict):
    """A session, which expires some time after its last request."""

    name: str
    scenario: str
    requests: int
    idle: float | None
    expires: float | None
