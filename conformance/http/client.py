"""The only way to the target: enforces the profile and the rate, and reports every exchange."""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn
from urllib.parse import quote, unquote, urlencode

from understudy.conformance.evidence.body import FORM
from understudy.conformance.evidence.errors import (
    ConnectionLostError,
    GatewayError,
    LostTokenError,
    NoReplyError,
    RunStoppedError,
    TooSlowError,
    UnsendableError,
)
from understudy.conformance.evidence.exchange import NO_REPLY, SAFE_METHODS, Exchange, Reply, Request, path_of
from understudy.conformance.evidence.secrets import carries_credential
from understudy.conformance.http.auth import TOKEN, Auth, Ways
from understudy.conformance.http.target import Target
from understudy.conformance.http.transport import Transport, as_sent
from understudy.conformance.http.weather import Weather, from_gateway
from understudy.conformance.scope.profile import Profile

Query = Mapping[str, Any] | Sequence[tuple[str, Any]]

#: The number of exchanges in a row without a reply that ends the run.
PATIENCE = 4
#: Attempts of one request, where the target asks to wait.
ATTEMPTS = 3
#: Seconds before a request is repeated that a gateway has answered, times the number of the attempt.
PAUSE = 0.2
#: Connections that may be lost before none is used twice.
OFTEN = 3
#: Seconds that a whole run waits at most because of Retry-After.
WAITING = 60.0
AGENT = "understudy-conformance"
JSON = "application/json"
_DIGITS = re.compile("[0-9]+")
#: The only form of a date that may be sent (RFC 9110, 5.6.7).
_DATE = re.compile("(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")


@dataclass(frozen=True, slots=True)
class Credential:
    """A `token`, sent as the contract says (Authorization with its `scheme`), or in a target's own way (`auth`).

    `given` says that it is one of the target's own credentials, not one that a check has made up.
    """

    scheme: str
    token: str
    auth: Auth | None = None
    given: bool = False

    @property
    def way(self) -> Auth:
        """Where it goes, and the words around the token."""
        return self.auth or Auth("header", "Authorization", f"{self.scheme} {TOKEN}".strip())


class Client:
    """Sends requests to one target under one profile. Every request of a run, generated ones too, goes through `send`.

    `deadline` is a time of the monotonic clock (s); nothing is sent after it. `error_members` are those of an error in
    the API's own form, which tell it from what a gateway says. `ways` say how a credential travels to each operation.
    """

    def __init__(
        self,
        target: Target,
        profile: Profile,
        deadline: float | None = None,
        error_members: frozenset[str] = frozenset(),
        ways: Ways | None = None,
    ) -> None:
        self.target = target
        self._ways = ways
        self.weather = Weather()
        self._error_members = error_members
        self.profile = profile
        self.deadline = deadline
        #: Steps of the contract's paths that the target spells otherwise.
        self.spellings: dict[str, str] = {}
        self.sent = 0
        self.stopping = False
        self._transport = Transport(target)
        self._failures = 0
        self._lost = 0
        self._good: Request | None = None
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
        """A request, ready to send; `path` and `raw_query` are already percent-encoded, with the contract's names.

        Without a `role`, or with a credential that is not the target's own, no header of the target that may hold a
        credential is sent either.
        """
        values = {name.lower(): (name, value) for name, value in headers}
        values.setdefault("accept", ("Accept", "*/*"))
        values["user-agent"] = ("User-Agent", AGENT)
        known = role is not None if credential is None else credential.given
        for name, value in self.target.headers.items():
            if known or not self._identifies(name, value):
                values.setdefault(name.lower(), (name, value))
        query_string = self._own_names(raw_query or encode(query))
        for way in self._ways_of(credential, operation):
            value = way.value(credential.token if credential else "").strip()
            if way.place == "header":
                values.setdefault(way.name.lower(), (way.name, value))
            else:
                query_string = "&".join(filter(None, (query_string, f"{way.name}={quote(value, safe='')}")))
        if body is not None:
            values["content-length"] = ("Content-Length", str(len(body)))
        values["host"] = ("Host", self.target.url.partition("://")[2].partition("/")[0])
        place = "/".join(self._spelt(step) for step in path.split("/"))
        url = as_sent(f"{self.target.url}{place}{f'?{query_string}' if query_string else ''}")
        own = credential is not None and credential.given
        return Request(method.upper(), url, tuple(values.values()), body, operation, role, path, own)

    def _spelt(self, step: str) -> str:
        """A step of the contract's paths as the target spells it: as its owner says, or as was found."""
        return self.target.paths.get(step, self.spellings.get(step, step))

    def _ways_of(self, credential: Credential | None, operation: str | None) -> tuple[Auth, ...]:
        """Where a credential goes: as the target's owner says, as the operation asks for it, or as the contract says."""
        if credential is None:
            return ()
        known = self._ways.of(operation) if self._ways and credential.auth is None else ()
        return known or (credential.way,)

    def _identifies(self, name: str, value: str) -> bool:
        """Whether a header of the target may tell it who calls."""
        auth = self.target.auth
        mine = auth is not None and auth.place == "header" and auth.name.lower() == name.lower()
        return (
            mine
            or carries_credential(name)
            or (self._ways is not None and name.lower() in self._ways.headers)
            or any(token and token in value for token in self.target.tokens.values())
        )

    def _own_names(self, query: str) -> str:
        """A query string under the target's own names of parameters."""
        own = self.target.parameters
        if not own or not query:
            return query
        pairs = [part.partition("=") for part in query.split("&")]
        return "&".join(
            f"{quote(own.get(unquote(name), unquote(name)), safe='')}{sign}{value}" for name, sign, value in pairs
        )

    def send(self, request: Request) -> Exchange:
        """Send a request and report the exchange.

        Raises NotAllowedError if the profile does not allow it, NoReplyError if no reply of the API comes,
        RunStoppedError if the run is over.
        """
        self.profile.guard(request.method)
        if (given_up := self.weather.given_up(request)) is not None:
            raise given_up
        for attempt in range(1, ATTEMPTS + 1):
            self._pace()
            exchange = self._deliver(request)
            wait = self._pause(exchange, attempt) if attempt < ATTEMPTS else None
            if wait is None:
                break
            time.sleep(wait)
            self._waited += wait
        if exchange.status == 429:
            self._failed(NoReplyError("the target keeps answering 429 Too Many Requests", exchange))
        if from_gateway(exchange, self._error_members):
            message = f"a gateway answered in place of the API: {exchange.summary}"
            self._failed(GatewayError(f"{request.method} {path_of(request.url)}: {message}", exchange))
        self._failures = 0
        self._good = request if exchange.succeeded and request.method == "GET" else self._good
        self._examine_token(exchange)
        for listener in self._listeners:
            listener(exchange)
        return exchange

    def _deliver(self, request: Request) -> Exchange:
        try:
            reply = self._once_more(request)
        except NoReplyError as error:
            unanswered = Exchange(self.sent, request, NO_REPLY)
            if isinstance(error, UnsendableError):
                raise UnsendableError(str(error), unanswered) from error
            failure = type(error)(f"{request.method} {path_of(request.url)}: {error}", unanswered)
            if isinstance(failure, TooSlowError):
                self.weather.too_slow(request, failure)
                self.weather.met(f"{request.method} {request.place} did not answer within {self.target.timeout:g} s")
            self._failed(failure)
        self.weather.answered(request)
        return Exchange(self.sent, request, reply)

    def _once_more(self, request: Request) -> Reply:
        """The reply, on a second connection if the first one is lost and the method is safe (RFC 9110, 9.2.2).

        A target that closes connections without saying so gets a fresh one for each write from then on, as a write
        cannot be repeated; one that does so often gets a fresh one for each request.
        """
        safe = request.method in SAFE_METHODS
        if self._lost >= (OFTEN if safe else 1):
            self._transport.renew()
        self.sent += 1
        try:
            return self._transport.send(request)
        except ConnectionLostError:
            self._lost += 1
            self._transport.renew()
            if not safe:
                self.weather.met("the connection was lost before a write was answered")
                raise
        self.sent += 1
        return self._transport.send(request)

    def _examine_token(self, exchange: Exchange) -> None:
        """Raise LostTokenError, or RunStoppedError for the first caller, if a token has stopped working."""
        role = exchange.request.role
        before = self.weather.doubtful(exchange, main=role is not None and self._is_main(role))
        if before is None or role is None or self.stopping:
            return
        again = self._probe(before)
        if again is None or again.status not in {401, 403}:
            self.weather.vouch(role)
            return
        whose = "" if self._is_main(role) else f" of the role {role}"
        message = (
            f"the token{whose} stopped working: {before.method} {path_of(before.url)}, which succeeded with it before, "
            f"is answered {again.status} now"
        )
        shown = Exchange(self.sent, before, again)
        if self._is_main(role):
            raise RunStoppedError(message, shown)
        self.weather.met(message)
        raise LostTokenError(message, shown)

    def _is_main(self, role: str) -> bool:
        return self.target.tokens.get(role) == self.target.tokens.get("default")

    def _probe(self, request: Request) -> Reply | None:
        """The reply to a request that succeeded before; None if there is none. Nobody learns of it."""
        self.sent += 1
        try:
            return self._transport.send(request)
        except NoReplyError:
            return None

    def _failed(self, error: NoReplyError) -> NoReturn:
        self._failures += 1
        if isinstance(error, GatewayError):
            self.weather.met(f"a gateway answered {error.exchanges[0].status} in place of the API")
        if self._failures >= PATIENCE and not self.stopping:
            alive = self._probe(self._good) if self._good is not None else None
            if alive is not None and 200 <= alive.status < 300:
                # Others are answered: it is not the target that is gone.
                self._failures = 0
                raise error
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

    def _pause(self, exchange: Exchange, attempt: int) -> float | None:
        """Seconds to wait before the request is sent again; None if the reply is final."""
        retry_after = exchange.header("retry-after")
        wait = seconds(retry_after) if retry_after is not None and exchange.status in {429, 503} else None
        if wait is None and exchange.status == 429:
            wait = 1.0
        gateway = from_gateway(exchange, self._error_members)
        if wait is None and gateway and exchange.request.method in SAFE_METHODS:
            wait = PAUSE * attempt
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


def as_body(value: Any, media_type: str, lists: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """A value as a body: an object as a form where the media type is that of forms, else JSON.

    `lists` has what stands between the parts of the lists that are written into one field, by name.
    """
    if bare(media_type) == FORM and isinstance(value, Mapping):
        return urlencode(list(_fields({name: _joined(part, lists.get(name)) for name, part in value.items()}))).encode()
    return as_json(value)


def bare(media_type: str) -> str:
    """A media type without parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def _joined(part: Any, delimiter: str | None) -> Any:
    return part if delimiter is None or not isinstance(part, list | tuple) else delimiter.join(map(_text, part))


def _text(part: Any) -> str:
    return str(part).lower() if isinstance(part, bool) else str(part)


def _fields(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of a form: a list repeats its name, an object has its members in brackets, null is left out."""
    for name, part in value.items():
        if isinstance(part, Mapping):
            yield from _fields({f"{name}[{key}]": below for key, below in part.items()})
            continue
        for each in part if isinstance(part, list | tuple) else [part]:
            if each is not None:
                yield name, _text(each)


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
