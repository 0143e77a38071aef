"""Sends generated requests: a WSGI application that Schemathesis calls instead of an address.

Schemathesis has no other way to the target, so all of its requests go through the kit's client, with its profile, rate,
time-outs and records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from understudy.conformance.evidence.errors import NoReplyError, NotAllowedError, RunStoppedError
from understudy.conformance.evidence.exchange import SAFE_METHODS, Exchange
from understudy.conformance.evidence.matchers import leaves
from understudy.conformance.http.cleanup import Cleanup
from understudy.conformance.http.client import Client, Credential
from understudy.conformance.http.response_cache import ResponseCache
from understudy.conformance.http.target import first_role
from understudy.specs import Contract, Operation

#: What Schemathesis sends in place of a credential, in Authorization.
CREDENTIAL = "understudy-credential"
#: The header in which Schemathesis sends the id of a case; it is not passed on to the target.
CASE = "x-schemathesis-testcaseid"
#: Headers of a reply that no longer apply: the client has joined and decompressed the body.
_FRAMING = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection"})
#: Cookies go to nobody: one that a reply sets would change what later requests are.
_COOKIES = frozenset({"cookie", "set-cookie", "set-cookie2"})
#: Headers between Schemathesis and this application only.
_OWN = frozenset({CASE, "host", "content-length", "user-agent", "connection", "x-schemathesis-probe"})

Start = Callable[[str, list[tuple[str, str]]], Any]


class OperationFinder:
    """Finds the operation of a request."""

    def __init__(self, contract: Contract) -> None:
        # Concrete paths come before templates that would also match them.
        ordered = sorted(contract.operations.values(), key=lambda each: each.path.count("{"))
        self._patterns: dict[str, list[tuple[re.Pattern[str], Operation]]] = {}
        for each in ordered:
            self._patterns.setdefault(each.method, []).append((re.compile(_pattern(each.path)), each))

    def find(self, method: str, path: str) -> tuple[Operation | None, list[str]]:
        """The operation of a method and path, with the values of its path parameters."""
        for pattern, operation in self._patterns.get(method, ()):
            if found := pattern.fullmatch(path):
                return operation, [unquote(value) for value in found.groups()]
        return None, []


def _pattern(path: str) -> str:
    parts = re.split(r"\{[^}]+\}", path.rstrip("/"))
    return "([^/]+)".join(re.escape(part) for part in parts) + "/?"


class WsgiTransport:
    """The application. `exchanges` holds what was sent since it was last cleared, by Schemathesis's case id.

    `existing` are ids of objects that may be there without the run, besides those that replies show.
    """

    def __init__(
        self,
        contract: Contract,
        client: Client,
        cleanup: Cleanup,
        examine: Callable[[Operation, Exchange], None],
        credential: Credential | None = None,
        existing: Iterable[str] = (),
    ) -> None:
        self.exchanges: dict[str, Exchange] = {}
        self.failure: RunStoppedError | None = None
        self._contract = contract
        self._router = OperationFinder(contract)
        self._client = client
        self._cleanup = cleanup
        self._examine = examine
        self._credential = credential
        self._existing_ids: set[str] = set(existing)
        # Many cases of an operation differ in nothing that is sent; what was read and not written since is the same.
        self._replies = ResponseCache()

    def __call__(self, environ: Mapping[str, Any], start: Start) -> Iterable[bytes]:
        """Answer one request with the target's reply."""
        method = str(environ["REQUEST_METHOD"]).upper()
        # As it was written, before anything was decoded; the query is in a place of its own.
        path = urlsplit(str(environ.get("RAW_URI") or environ["PATH_INFO"])).path
        operation, values = self._router.find(method, path)
        if self.spares(method, values):
            return _answer(start, 404, [], b"")
        # Schemathesis knows a word in place of the credential, and leaves it out where it tries to be nobody.
        known = environ.get("HTTP_AUTHORIZATION") == CREDENTIAL
        headers = [(name, value) for name, value in _headers(environ) if not (known and name == "Authorization")]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else None
        sent = self._client.request(
            method,
            path,
            headers=headers,
            body=body,
            operation=operation.id if operation else None,
            role=first_role(self._contract) if known else None,
            credential=self._credential if known else None,
            raw_query=str(environ.get("QUERY_STRING", "")),
        )
        case = str(environ.get("HTTP_" + CASE.upper().replace("-", "_"), ""))
        exchange = self._replies.get(sent)
        if exchange is None:
            try:
                exchange = self._client.send(sent)
            except (NoReplyError, NotAllowedError, RunStoppedError) as error:
                if isinstance(error, RunStoppedError):
                    self.failure = error
                self._replies.clear()
                return _answer(start, 599, [], b"")
            self._replies.record(exchange)
            self._note(operation, exchange)
        self.exchanges[case] = exchange.as_evidence()
        # Schemathesis keeps whole bodies, and no check of it that is used needs a long one.
        content = exchange.reply.content
        body = content if isinstance(content, bytes) else b""
        return _answer(start, exchange.status, list(exchange.reply.headers), body)

    def spares(self, method: str, values: Iterable[str]) -> bool:
        """Whether a request would change an object that existed before the run, so that it is not sent."""
        return method not in SAFE_METHODS and not self._existing_ids.isdisjoint(values)

    def _note(self, operation: Operation | None, exchange: Exchange) -> None:
        if operation is None:
            return
        if operation.method == "GET" and exchange.succeeded:
            names = {leaf for leaf in leaves(exchange.json) if isinstance(leaf, str) and 6 <= len(leaf) <= 64}
            self._existing_ids |= names - self._cleanup.made
        self._examine(operation, exchange)


def _headers(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            name = key[5:].replace("_", "-").lower()
            if name not in _OWN | _COOKIES:
                found.append((name.title(), str(value)))
    if environ.get("CONTENT_TYPE"):
        found.append(("Content-Type", str(environ["CONTENT_TYPE"])))
    return found


def _answer(start: Start, status: int, headers: list[tuple[str, str]], body: bytes) -> Iterable[bytes]:
    kept = [(name, value) for name, value in headers if name not in _FRAMING | _COOKIES]
    start(f"{status} Reply", [*kept, ("content-length", str(len(body)))])
    return [body]
