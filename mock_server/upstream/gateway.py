"""Passes the requests of one API on to a real server, checks both directions, and leaves the rest to the mock."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING

from understudy.mock_server.http.bodies import LIMIT, has_body, read, unread
from understudy.mock_server.http.errors import ApiError, Header
from understudy.mock_server.http.hosts import base_url
from understudy.mock_server.http.media_types import bare, is_json
from understudy.mock_server.http.responses import App, Receive, Scope, Send
from understudy.mock_server.sessions.journal import ENTRY, JournalEntry
from understudy.mock_server.upstream.checks import ExchangeChecks, SentRequest
from understudy.mock_server.upstream.lacking import Lacking
from understudy.mock_server.upstream.redaction import Redactor, Unkept
from understudy.mock_server.upstream.refusals import Refusals
from understudy.mock_server.upstream.server import BadGatewayError, Upstream, end_to_end
from understudy.mock_server.upstream.targets import Target, Targets
from understudy.specs import Contract
from understudy.specs.reading.wording import nearest, printable

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("understudy")

#: Content codings that are taken off a body, so that it can be read.
_CODINGS = frozenset(["", "identity", "gzip", "deflate"])

#: Bytes of a body that is kept, at most.
KEPT = 4 * 1024 * 1024

#: Fields that this server writes itself.
_OWN = frozenset([b"content-length", b"date"])
_CORS = b"access-control-"
_LEADING = frozenset([b"location", b"content-location"])

#: Where a link leads (RFC 8288, 3).
_TARGET = re.compile(rb"<([^<>]*)>")


class Gateway:
    """An application that asks a real server first, in front of the mock of one API."""

    def __init__(self, mock: App, contract: Contract, upstream: Upstream) -> None:
        """Raises ValueError for an operation to pass on that the contract does not have."""
        kept = upstream.recorder.operations if upstream.recorder is not None else frozenset[str]()
        for name in (*upstream.passed, *kept):
            if name not in contract.operations:
                raise ValueError(f"--pass: there is no operation {name!r}; {nearest(name, contract.operations)}")
        self._mock = mock
        self._upstream = upstream
        self._prefix = contract.prefix
        self._address = upstream.address.below(contract.prefix)
        self._kept = kept or frozenset(contract.operations)
        self._passed = frozenset(upstream.passed or contract.operations)
        self._targets = Targets(contract)
        self._checks = ExchangeChecks(contract)
        self._lacking = Lacking(contract)
        self._refusals = Refusals(contract)
        self._redactor = Redactor(contract, self._address)
        #: The operations of which was said that the mock answers them.
        self._said: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        target = self._targets.find(scope)
        if target is None or target.operation.id not in self._passed:
            await self._mock(scope, receive, send)
            return
        entry: JournalEntry = scope[ENTRY]
        headers = dict(scope["headers"])
        body = b""
        try:
            if has_body(headers):
                body = await read(receive, headers, target.operation.body_limit or LIMIT)
            sent = SentRequest(target.names, target.values, scope["query_string"], headers, body)
            entry.answered_by = "upstream"
            answered = await self._pass_on(target, sent, scope, receive, send)
        except ApiError as error:
            # What was refused before it was sent, or was not answered, is not the upstream's word.
            entry.answered_by = "mock"
            log.warning("%s %s: %s", entry.method, target.path, printable(error.message))
            await self._refusals.refuse(send, entry.method, target.operation, error)
            return
        if not answered:
            entry.answered_by = "mock"
            await self._mock(scope, unread(body, receive), send)

    async def _pass_on(self, target: Target, sent: SentRequest, scope: Scope, receive: Receive, send: Send) -> bool:
        """Ask the real server; False if the mock is to answer. Raises ApiError before anything is sent."""
        entry: JournalEntry = scope[ENTRY]
        operation, method = target.operation, scope["method"]
        self._report(entry, target, "request", await self._checks.request(operation, sent))
        url = f"{self._address}{target.path}" + (f"?{sent.query.decode('latin-1')}" if sent.query else "")
        async with self._upstream.exchange(method, url, scope["headers"], sent.body) as reply:
            status, headers = reply.status_code, end_to_end(reply.headers.raw)
            media_type = bare(reply.headers.get("content-type", ""))
            readable = reply.headers.get("content-encoding", "").strip().lower() in _CODINGS
            empty = method == "HEAD" or status in {204, 304}
            whole = None
            if empty or (readable and is_json(media_type)):
                whole = await self._whole(reply)
            if self._upstream.falls_back and self._lacking.lacks(operation, status, media_type, whole):
                self._say_once(target, status)
                return False
            self._lacking.saw(operation, status)
            breaches = self._checks.head(operation, status, headers)
            if not empty:
                judged = b"" if whole is None and _is_empty(reply) else whole
                breaches += self._checks.content(operation, status, headers, judged)
            self._report(entry, target, "reply", breaches)
            passed = self._led(headers, url, scope, readable)

            def keep(body: bytes) -> None:
                """Before the end of the reply is sent, so that a client that has it finds the recording."""
                self._keep(target, method, sent, status, self._led(headers, url, scope, readable, own=False), body)

            if whole is None:
                pieces = reply.aiter_bytes() if readable else reply.aiter_raw()
                length = [each for each in headers if each[0] == b"content-length"] if _is_plain(reply) else []
                await send({"type": "http.response.start", "status": status, "headers": [*passed, *length]})
                await self._stream(pieces, target, receive, send, keep)
            else:
                length = [] if status in {204, 304} else [(b"content-length", b"%d" % len(whole))]
                if method == "HEAD":
                    length = [each for each in headers if each[0] == b"content-length"]
                keep(whole)
                await send({"type": "http.response.start", "status": status, "headers": [*passed, *length]})
                await send({"type": "http.response.body", "body": b"" if empty else whole})
        return True

    async def _whole(self, reply: httpx.Response) -> bytes:
        """The body of a reply. Raises BadGatewayError for one that is too long."""
        pieces: list[bytes] = []
        size = 0
        async with asyncio.timeout(self._upstream.limits.whole):
            async for piece in reply.aiter_bytes():
                size += len(piece)
                if size > self._upstream.limits.size:
                    raise BadGatewayError(
                        f"The upstream's reply is longer than {self._upstream.limits.size} bytes, the most that is passed on."
                    )
                pieces.append(piece)
        return b"".join(pieces)

    async def _stream(
        self,
        pieces: AsyncIterator[bytes],
        target: Target,
        receive: Receive,
        send: Send,
        keep: Callable[[bytes], None],
    ) -> None:
        """Pass a body on as it comes, and keep it.

        One that is too long, or breaks off, ends without its last message, so that the client sees that it is cut.
        """
        kept: list[bytes] = []
        size = 0
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            async for piece in pieces:
                size += len(piece)
                if size > self._upstream.limits.size:
                    log.warning("%s: the upstream's reply is too long and is cut", target.operation.id)
                    return
                if gone.done():
                    return
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                if size <= KEPT + len(piece) and self._upstream.recorder is not None:
                    kept.append(piece)
            keep(b"".join(kept))
            await send({"type": "http.response.body", "body": b""})
        except _broken() as error:
            log.warning("%s: the upstream's reply broke off: %s", target.operation.id, printable(_described(error)))
        finally:
            gone.cancel()

    def _led(
        self, headers: Sequence[Header], requested: str, scope: Scope, readable: bool, own: bool = True
    ) -> list[Header]:
        """The fields of a reply as they are passed on, those that lead to the real server to the mock."""
        base = base_url(scope) if own else self._address

        def lead(location: bytes) -> bytes:
            led = self._upstream.address.led(location.decode("latin-1"), requested, self._prefix, base)
            return led.encode("latin-1", "replace")

        out = []
        for name, value in headers:
            if name in _OWN or name.startswith(_CORS) or (readable and name == b"content-encoding"):
                continue
            if name in _LEADING:
                value = lead(value)
            elif name == b"link":
                value = _TARGET.sub(lambda found: b"<" + lead(found[1]) + b">", value)
            out.append((name, value))
        return out

    def _report(self, entry: JournalEntry, target: Target, side: str, breaches: Sequence[str]) -> None:
        """Say in the journal and on the log what does not fit the contract."""
        if breaches:
            entry.breaches = (*entry.breaches, *(f"{side}: {each}" for each in breaches))
            log.warning(
                "%s %s: the %s does not fit the contract: %s",
                *(entry.method, target.path, side),
                printable("; ".join(breaches)),
            )

    def _say_once(self, target: Target, status: int) -> None:
        if target.operation.id not in self._said:
            self._said.add(target.operation.id)
            log.warning("%s: the upstream answers %d, so the mock answers", target.operation.id, status)

    def _keep(
        self, target: Target, method: str, sent: SentRequest, status: int, headers: Sequence[Header], body: bytes
    ) -> None:
        """Write a recording. A refused credential is not one: whoever answers later knows other credentials."""
        recorder = self._upstream.recorder
        if recorder is None or status == 401 or target.operation.id not in self._kept:
            return
        try:
            if len(body) > KEPT:
                raise Unkept(f"its body is longer than {KEPT} bytes")
            answered = self._redactor.answered(sent, status, headers, body)
            recorder.keep(self._redactor.asked(target, method, sent), answered)
        except (Unkept, OSError) as error:
            log.warning("%s: a reply was not kept: %s", target.operation.id, printable(_described(error)))


def _broken() -> tuple[type[Exception], ...]:
    """What breaks a reply off."""
    import httpx

    return httpx.HTTPError, httpx.StreamError, TimeoutError


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _is_plain(reply: httpx.Response) -> bool:
    """Whether the length of a body is the one that its headers say (RFC 9112, 6.3)."""
    coding = reply.headers.get("content-encoding", "identity").strip().lower()
    return "transfer-encoding" not in reply.headers and bool(coding == "identity")


def _is_empty(reply: httpx.Response) -> bool:
    return bool(reply.headers.get("content-length", "").strip() == "0")


def _described(error: Exception) -> str:
    return str(error) or type(error).__name__
