"""Answers a request that was recorded with the reply of that time, and leaves all others to the mock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from understudy.mock_server.http.bodies import LIMIT, has_body, read, unread
from understudy.mock_server.http.errors import ContentTooLargeError, Header
from understudy.mock_server.http.hosts import base_url
from understudy.mock_server.http.media_types import bare, is_json
from understudy.mock_server.http.responses import App, Receive, Scope, Send, answer, is_field
from understudy.mock_server.sessions.journal import ENTRY, JournalEntry
from understudy.mock_server.sessions.redaction import is_too_deep
from understudy.mock_server.upstream.checks import SentRequest
from understudy.mock_server.upstream.recordings import recorded
from understudy.mock_server.upstream.redaction import BASE, Redactor, key_of
from understudy.mock_server.upstream.refusals import Refusals
from understudy.mock_server.upstream.targets import Targets
from understudy.specs import Contract
from understudy.specs.reading.wording import nearest

_BASE = BASE.encode()


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: tuple[Header, ...]
    body: bytes


class Replay:
    """An application that answers what was recorded, in front of another one."""

    def __init__(self, app: App, contract: Contract, folder: Path) -> None:
        self._app = app
        self._targets = Targets(contract)
        self._redactor = Redactor(contract)
        self._refusals = Refusals(contract)
        #: Replies by what was asked. Raises ValueError for a recording that does not fit the contract.
        self._replies: dict[bytes, _Reply] = {}
        for path, spec in recorded(folder):
            reply = _reply(path, spec, contract)
            self._replies[key_of(spec)] = reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        target = self._targets.find(scope)
        if target is None:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        body = b""
        if has_body(headers):
            try:
                body = await read(receive, headers, target.operation.body_limit or LIMIT)
            except ContentTooLargeError as error:
                await self._refusals.refuse(send, scope["method"], target.operation, error)
                return
        sent = SentRequest(target.names, target.values, scope["query_string"], headers, body)
        reply = self._replies.get(key_of(self._redactor.asked(target, scope["method"], sent)))
        if reply is None or (target.operation.security and not self._redactor.has_credential(sent)):
            await self._app(scope, unread(body, receive), send)
            return
        entry: JournalEntry = scope[ENTRY]
        entry.answered_by = "recording"
        base = base_url(scope).encode()
        sent_headers = [(name, value.replace(_BASE, base)) for name, value in reply.headers]
        await answer(send, scope["method"], reply.status, sent_headers, reply.body.replace(_BASE, base))


def _reply(path: Path, spec: Mapping[str, Any], contract: Contract) -> _Reply:
    """The reply of a recording. Raises ValueError."""
    operation, status, headers = spec.get("operation"), spec.get("status"), spec.get("headers", {})
    if any(map(is_too_deep, spec.values())):
        raise ValueError(f"{path}: the recording is nested too deeply")
    if not isinstance(operation, str) or operation not in contract.operations:
        raise ValueError(f"{path}: there is no operation {operation!r}; {nearest(str(operation), contract.operations)}")
    if type(status) is not int or not 200 <= status <= 599:
        raise ValueError(f"{path}: the status is not one from 200 to 599")
    if not isinstance(headers, dict) or not all(_is_field(*each) for each in headers.items()):
        raise ValueError(f"{path}: the headers are not names with texts on one line")
    fields = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())
    kept = tuple(each for each in fields if each[0] not in {b"content-length", b"transfer-encoding"})
    media_type = bare(next((value.decode("latin-1") for name, value in kept if name == b"content-type"), ""))
    return _Reply(status, kept, _encoded(spec["body"], media_type) if "body" in spec else b"")


def _encoded(body: Any, media_type: str) -> bytes:
    return body.encode() if isinstance(body, str) and not is_json(media_type) else orjson.dumps(body)


def _is_field(name: str, value: object) -> bool:
    return (
        name.isascii()
        and isinstance(value, str)
        and all(ord(letter) < 256 for letter in value)
        and is_field(name.encode(), value.encode("latin-1"))
    )
