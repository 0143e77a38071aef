"""The only way to the target: enforces the profile and the rate, and reports every exchange."""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from understudy.conformance.evidence.errors import NoReplyError, RunStoppedError, UnsendableError
from understudy.conformance.evidence.exchange import NO_REPLY, Exchange, Reply, Request, path_of
from understudy.conformance.http.target import Target
from understudy.conformance.http.transport import Transport, as_sent
from understudy.conformance.scope.profile import Profile

Query = Mapping[str, Any] | Sequence[tuple[str, Any]]

#: The number of exchanges in a row without a reply that ends the run.
PATIENCE = 4
#: Attempts of one request, where the target asks to wait.
ATTEMPTS = 3
#: Seconds that a whole run waits at most because of Retry-After.
WAITING = 60.0
AGENT = "understudy-conformance"
_DIGITS = re.compile("[0-9]+")
#: The only form of a date that may be sent (RFC 9110, 5.6.7).
_DATE = re.compile("(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")


@dataclass(slots=True)
class Credential:
    """The `scheme` and `token` of an Authorization header."""

    scheme: str
    token: str


class Client:
    """Sends requests to one target under one profile. Every request of a run, generated ones too, goes through `send`.

    `deadline` is a time of the monotonic clock (s); nothing is sent after it.
    """

    def __init__(self, target: Target, profile: Profile, deadline: float | None = None) -> None:
        self.target = target
        self.profile = profile
        self.deadline = deadline
        #: Steps of the contract's paths that the target spells otherwise.
        self.spellings: dict[str, str] = {}
        self.sent = 0
        self.stopping = False
        self._transport = Transport(target)
        self._failures = 0
        self._waited = 0.0
        self._next = 0.0
        self._listeners: list[Callable[[Exchange], None]] = []

    def listen(self, listener: Callable[[Exchange], None]) -> None:
        """Call a function with every exchange."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

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
        """A request, ready to send; `path` and `raw_query` are already percent-encoded."""
        values = {name.lower(): (name, value) for name, value in headers}
        values.setdefault("accept", ("Accept", "*/*"))
        values["user-agent"] = ("User-Agent", AGENT)
        for name, value in self.target.headers.items():
            values.setdefault(name.lower(), (name, value))
        if credential is not None:
            values.setdefault("authorization", ("Authorization", f"{credential.scheme} {credential.token}".strip()))
        if body is not None:
            values["content-length"] = ("Content-Length", str(len(body)))
        values["host"] = ("Host", self.target.url.partition("://")[2].partition("/")[0])
        query_string = raw_query or encode(query)
        path = "/".join(self.spellings.get(step, step) for step in path.split("/"))
        url = as_sent(f"{self.target.url}{path}{f'?{query_string}' if query_string else ''}")
        return Request(method.upper(), url, tuple(values.values()), body, operation, role)

    def send(self, request: Request) -> Exchange:
        """Send a request and report the exchange.

        Raises NotAllowedError if the profile does not allow it, NoReplyError if no reply comes, RunStoppedError if the
        run is over.
        """
        self.profile.guard(request.method)
        for attempt in range(1, ATTEMPTS + 1):
            self._pace()
            reply = self._deliver(request)
            wait = self._asked_to_wait(reply) if attempt < ATTEMPTS else None
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
            return self._transport.send(request)
        except NoReplyError as error:
            unanswered = Exchange(self.sent, request, NO_REPLY)
            if isinstance(error, UnsendableError):
                raise UnsendableError(str(error), unanswered) from error
            self._failed(NoReplyError(f"{request.method} {path_of(request.url)}: {error}", unanswered))

    def _failed(self, error: NoReplyError) -> NoReturn:
        self._failures += 1
        if self._failures >= PATIENCE and not self.stopping:
            raise RunStoppedError(
                f"{PATIENCE} exchanges in a row failed; the last one: {error}", *error.exchanges
            ) from error
        raise error

    def _pace(self) -> None:
        now = time.monotonic()
        if self.deadline is not None and now > self.deadline and not self.stopping:
            raise RunStoppedError("the time limit of the run has been reached")
        if self.target.rate > 0:
            time.sleep(max(0.0, self._next - now))
            self._next = max(now, self._next) + 1 / self.target.rate

    def _asked_to_wait(self, reply: Reply) -> float | None:
        """Seconds to wait before the request is sent again; None if the reply is final."""
        if reply.status not in {429, 503}:
            return None
        retry_after = next((value for name, value in reply.headers if name == "retry-after"), None)
        wait = seconds(retry_after) if retry_after is not None else None
        if wait is None and reply.status == 429:
            wait = 1.0
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


def seconds(retry_after: str) -> float | None:
    """Retry-After as seconds from now (RFC 9110, 10.2.3); None if it is neither a number of seconds nor a date."""
    if _DIGITS.fullmatch(retry_after):
        return float(retry_after)
    if not _DATE.fullmatch(retry_after):
        return None
    try:
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError):
        # The form of a date, but no day of the calendar.
        return None
