"""The one way to the target: guards the profile, keeps the pace, records every exchange."""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from understudy.conformance.evidence.errors import NoReplyError, RunStoppedError, UnsendableError
from understudy.conformance.evidence.exchange import NO_REPLY, Exchange, Reply, Request, path_of
from understudy.conformance.http.target import Target
from understudy.conformance.http.transport import Transport
from understudy.conformance.scope.profile import Profile

Query = Mapping[str, Any] | Sequence[tuple[str, Any]]

#: So many exchanges in a row without a reply end the run.
PATIENCE = 4
#: Seconds that a whole run spends waiting because of Retry-After.
WAITING = 60.0
AGENT = "understudy-conformance"


@dataclass(slots=True)
class Credential:
    """How a call presents itself: `scheme` and `token` of the Authorization header, none at all without them."""

    scheme: str
    token: str


class Client:
    """Sends requests to one target under one profile. Every request of a run, generated ones too, passes `send`.

    `deadline` is a point on the monotonic clock; nothing is sent after it.
    """

    def __init__(self, target: Target, profile: Profile, deadline: float | None = None) -> None:
        self.target = target
        self.profile = profile
        self.deadline = deadline
        self.sent = 0
        self.stopping = False
        self._wire = Transport(target)
        self._failures = 0
        self._waited = 0.0
        self._next = 0.0
        self._listeners: list[Callable[[Exchange], None]] = []

    def listen(self, listener: Callable[[Exchange], None]) -> None:
        """Have every exchange told to a function."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Give the connections back."""
        self._wire.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
        operation: str | None = None,
        role: str | None = None,
        credential: Credential | None = None,
        raw_query: str = "",
    ) -> Request:
        """A request as it would be sent; `path` and `raw_query` are percent-encoded already."""
        told = {name.lower(): (name, value) for name, value in headers}
        told.setdefault("accept", ("Accept", "*/*"))
        told["user-agent"] = ("User-Agent", AGENT)
        for name, value in self.target.headers.items():
            told.setdefault(name.lower(), (name, value))
        if credential is not None:
            told.setdefault("authorization", ("Authorization", f"{credential.scheme} {credential.token}".strip()))
        if body is not None:
            told["content-length"] = ("Content-Length", str(len(body)))
        told["host"] = ("Host", self.target.url.partition("://")[2].partition("/")[0])
        asked = raw_query or encode(query)
        url = f"{self.target.url}{path}{f'?{asked}' if asked else ''}"
        return Request(method.upper(), url, tuple(told.values()), body, operation, role)

    def send(self, request: Request) -> Exchange:
        """Send it and record the exchange.

        Raises NotAllowedError for what the profile does not allow, Broken without a reply, Stopped when the run is over.
        """
        self.profile.guard(request.method)
        for _ in range(3):
            self._pace()
            reply = self._deliver(request)
            wait = self._asked_to_wait(reply)
            if wait is None:
                break
            time.sleep(wait)
            self._waited += wait
        exchange = Exchange(self.sent, request, reply)
        if reply.status == 429:
            self._failed(NoReplyError("the target keeps answering 429 Too Many Requests", exchange))
        self._failures = 0
        for listener in self._listeners:
            listener(exchange)
        return exchange

    def _deliver(self, request: Request) -> Reply:
        self.sent += 1
        try:
            return self._wire.send(request)
        except NoReplyError as error:
            unanswered = Exchange(self.sent, request, NO_REPLY)
            if isinstance(error, UnsendableError):
                raise UnsendableError(str(error), unanswered) from error
            self._failed(NoReplyError(f"{request.method} {path_of(request.url)}: {error}", unanswered))

    def _failed(self, error: NoReplyError) -> NoReturn:
        self._failures += 1
        if self._failures >= PATIENCE and not self.stopping:
            raise RunStoppedError(
                f"{PATIENCE} exchanges in a row failed; the last: {error}", *error.exchanges
            ) from error
        raise error

    def _pace(self) -> None:
        now = time.monotonic()
        if self.deadline is not None and now > self.deadline and not self.stopping:
            raise RunStoppedError("the time limit of the run is reached")
        if self.target.rate > 0:
            time.sleep(max(0.0, self._next - now))
            self._next = max(now, self._next) + 1 / self.target.rate

    def _asked_to_wait(self, reply: Reply) -> float | None:
        """Seconds to wait before asking again, None when the reply stands."""
        if reply.status not in {429, 503}:
            return None
        told = next((value for name, value in reply.headers if name == "retry-after"), None)
        wait = _seconds(told) if told is not None else (1.0 if reply.status == 429 else None)
        if wait is None or self._waited + wait > WAITING:
            return None
        if self.deadline is not None and time.monotonic() + wait > self.deadline:
            return None
        return wait


def encode(query: Query) -> str:
    """A query string; None leaves a parameter out, a list repeats it."""
    items = query.items() if isinstance(query, Mapping) else query
    flat: list[tuple[str, str]] = []
    for name, value in items:
        for each in value if isinstance(value, list | tuple) else [value]:
            if each is not None:
                text = str(each).lower() if isinstance(each, bool) else str(each)
                flat.append((name, text))
    return urlencode(flat, quote_via=quote, safe="")


def as_json(value: Any) -> bytes:
    """A value as a compact JSON body."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _seconds(told: str) -> float | None:
    """Retry-After as seconds from now; it is a number or a date."""
    if told.strip().isdigit():
        return float(told)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(told).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
