"""The latest requests of a session and their replies, newest last, with secrets redacted."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from understudy.mock_server.clock import ticks, timestamp, wall
from understudy.mock_server.http.errors import ApiError, FieldError, Header
from understudy.mock_server.http.responses import Message, Receive, Scope, Send
from understudy.mock_server.sessions.redaction import redacted_body, redacted_members, redacted_query
from understudy.mock_server.sessions.request_match import Match

if TYPE_CHECKING:
    from understudy.mock_server.sessions.served_api import ServedApi

#: The key of a request's entry in its ASGI scope.
ENTRY = "understudy.entry"

#: Requests that the journal of a session holds at most, unless the server is started with another number.
LIMIT = 500

#: Bytes of a body that are recorded at most; more than a page of twenty records.
BODY_LIMIT = 16 * 1024

#: Bytes that the journals of all sessions of a process take at most; what exceeds them is removed, the oldest first.
JOURNAL_BYTES = 64 * 1024 * 1024

#: Bytes that an entry and each of its headers take besides their texts.
ENTRY_SIZE = 1200
HEADER_SIZE = 150


class JournalEntry:
    """One request and its reply, recorded while they pass."""

    __slots__ = (
        "_budget",
        "_receive",
        "_send",
        "answered_by",
        "body",
        "breaches",
        "ended",
        "faults",
        "forced",
        "headers",
        "method",
        "number",
        "path",
        "query",
        "reason",
        "reply",
        "reply_headers",
        "serial",
        "served_api",
        "size",
        "started",
        "status",
    )

    def __init__(
        self,
        number: int,
        scope: Scope,
        path: str,
        served_api: ServedApi | None,
        receive: Receive,
        send: Send,
        budget: JournalBudget,
    ) -> None:
        self.number = number
        self.method: str = scope["method"]
        self.path = path
        self.query: bytes = scope["query_string"]
        self.headers: list[Header] = scope["headers"]
        self.served_api = served_api
        self.started = ticks()
        self.ended: float | None = None
        self.status: int | None = None
        self.reply_headers: list[Header] = []
        self.body = b""
        self.reply = b""
        #: What the mock changed about the reply on purpose, in words.
        self.forced: str | None = None
        #: Why the mock refused the request, and which members or parameters are wrong.
        self.reason: str | None = None
        self.faults: tuple[FieldError, ...] = ()
        #: Its number among the requests of all sessions.
        self.serial = budget.number()
        #: Whose reply it is: that of the `mock`, of a real server (`upstream`), or a kept one (`recording`).
        self.answered_by = "mock"
        #: What of a request to a real server, or of its reply, does not fit the contract, in sentences.
        self.breaches: list[str] = []
        #: Bytes that the entry takes; the bodies and the reply are counted when it is closed.
        self.size = ENTRY_SIZE + 2 * len(path) + len(self.query) + _size(self.headers)
        self._budget = budget
        self._receive: Receive | None = receive
        self._send: Send | None = send

    async def receive(self) -> Message:
        """Pass on a message from the client, and record its body."""
        assert self._receive is not None
        message = await self._receive()
        piece = message.get("body")
        if piece and len(self.body) <= BODY_LIMIT:
            self.body += _copy(piece, BODY_LIMIT + 1 - len(self.body))
        return message

    async def send(self, message: Message) -> None:
        """Pass on a message to the client, and record it."""
        assert self._send is not None
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.reply_headers = message["headers"]
        else:
            piece = message.get("body")
            if piece and len(self.reply) <= BODY_LIMIT:
                self.reply += _copy(piece, BODY_LIMIT + 1 - len(self.reply))
        await self._send(message)

    def refuse(self, error: ApiError) -> None:
        """Record the error with which the request is answered, without what it holds besides."""
        self.reason, self.faults = error.message, error.field_errors

    def close(self) -> None:
        """Record the end, and release the connection."""
        self.ended = ticks()
        self._receive = self._send = None
        faults = len(self.reason or "") + HEADER_SIZE * len(self.faults) + sum(map(len, self.breaches))
        self._budget.grow(self, _size(self.reply_headers) + len(self.body) + len(self.reply) + faults)

    @property
    def api(self) -> str | None:
        """The name of the API that was called, if any."""
        return self.served_api.contract.api if self.served_api else None

    @property
    def api_path(self) -> str:
        """The path without the API's prefix."""
        return self.path[len(self.served_api.prefix) :] if self.served_api else self.path

    @property
    def ignores_trailing_slash(self) -> bool:
        """Whether the API treats paths with and without a trailing slash alike."""
        return self.served_api is not None and self.served_api.contract.trailing_slash == "either"

    @property
    def operation(self) -> str | None:
        """The id of the operation that was called, None when the contract has none for the request."""
        operation = self.served_api.operation(self.method, self.api_path) if self.served_api else None
        return operation.id if operation else None

    def has_status(self, status: str | None) -> bool:
        """Whether the reply has a status, which is a code or a class (`404`, `4xx`); None is any."""
        actual = str(self.status)
        return status is None or actual == status or (status.endswith("xx") and actual[:1] == status[:1])

    @property
    def target(self) -> str:
        """The path with its query, secrets redacted."""
        return f"{self.path}?{redacted_query(self.query.decode('latin-1'), self.keys)}" if self.query else self.path

    @property
    def keys(self) -> frozenset[str]:
        """The parameters, in lower case, in which the API's contract puts a credential."""
        return self.served_api.contract.keys if self.served_api else frozenset()

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the query, secrets redacted."""
        return redacted_members(parse_qsl(self.query.decode("latin-1"), keep_blank_values=True), self.keys)

    @property
    def seconds(self) -> float | None:
        """How long the answer took, None until it is complete."""
        return None if self.ended is None else round(self.ended - self.started, 6)

    def line(self, session: str) -> dict[str, Any]:
        """The entry without its messages, as a JSON value with secrets redacted."""
        return {"serial": self.serial, "target": self.target, **self._outline(session)}

    def as_dict(self, session: str) -> dict[str, Any]:
        """The entry as a JSON value, secrets redacted."""
        return {
            **self._outline(session),
            "path": self.path,
            "query": self.parameters,
            "request": _message(self.headers, self.body, self.keys),
            "reply": _message(self.reply_headers, self.reply, self.keys),
            "answered_by": self.answered_by,
            "breaches": self.breaches,
        }

    def _outline(self, session: str) -> dict[str, Any]:
        return {
            "id": self.number,
            "time": timestamp(wall(self.started)),
            "session": session,
            "api": self.api,
            "operation": self.operation,
            "method": self.method,
            "status": self.status,
            "seconds": self.seconds,
            "forced": self.forced,
        }


class JournalBudget:
    """Bytes that the journals of all sessions share; the oldest entries are removed, whosever they are."""

    __slots__ = ("_journals", "_limit", "each", "latest", "used")

    def __init__(self, limit: int = JOURNAL_BYTES, each: int = LIMIT) -> None:
        self._limit = limit
        #: Requests that each journal holds at most.
        self.each = each
        #: The number of requests in all sessions so far.
        self.latest = 0
        #: Every entry of every journal, the oldest first.
        self._journals: OrderedDict[JournalEntry, Journal] = OrderedDict()
        #: Bytes that all entries take.
        self.used = 0

    def number(self) -> int:
        """The number of a new request among those of all sessions."""
        self.latest += 1
        return self.latest

    def add(self, entry: JournalEntry, journal: Journal) -> None:
        """Count a new entry of a journal."""
        self._journals[entry] = journal
        self.used += entry.size
        if self.used > self._limit:
            self._shrink()

    def grow(self, entry: JournalEntry, size: int) -> None:
        """Count what was added to an entry, if it is still in a journal."""
        if entry in self._journals:
            entry.size += size
            self.used += size
            if self.used > self._limit:
                self._shrink()

    def remove(self, entry: JournalEntry) -> None:
        """Count an entry no longer."""
        del self._journals[entry]
        self.used -= entry.size

    def _shrink(self) -> None:
        while self.used > self._limit:
            next(iter(self._journals.values())).remove_oldest()


class Journal:
    """The latest requests of one session, as many as fit into the budget of all sessions."""

    __slots__ = ("_budget", "_entries", "_number")

    def __init__(self, budget: JournalBudget) -> None:
        self._budget = budget
        self._entries: deque[JournalEntry] = deque()
        self._number = 0

    def open(self, scope: Scope, path: str, served_api: ServedApi | None, receive: Receive, send: Send) -> JournalEntry:
        """Begin to record a request."""
        self._number += 1
        entry = JournalEntry(self._number, scope, path, served_api, receive, send, self._budget)
        if len(self._entries) == self._budget.each:
            self.remove_oldest()
        self._entries.append(entry)
        self._budget.add(entry, self)
        return entry

    def remove_oldest(self) -> None:
        """Remove the oldest entry."""
        self._budget.remove(self._entries.popleft())

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def total(self) -> int:
        """The number of requests since the session was created, including those no longer in the journal."""
        return self._number

    def find(self, match: Match, status: str | None = None, since: int = 0) -> Iterator[JournalEntry]:
        """Entries that match. `status` is a code or a class (`404`, `4xx`); only entries after number `since`."""
        for entry in self:
            if entry.number > since and entry.has_status(status) and match.fits(entry):
                yield entry

    def newest(self) -> Iterator[JournalEntry]:
        """Entries, the latest first."""
        return reversed(tuple(self._entries))

    @property
    def oldest(self) -> int | None:
        """The serial number of the oldest entry, None if there is none."""
        return self._entries[0].serial if self._entries else None

    def clear(self) -> None:
        """Remove all entries."""
        while self._entries:
            self.remove_oldest()


def _message(headers: Iterable[Header], body: bytes, keys: frozenset[str]) -> dict[str, Any]:
    decoded = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
    media_type = next((value for name, value in decoded if name == "content-type"), "")
    truncated = len(body) > BODY_LIMIT
    shown = redacted_body(body[:BODY_LIMIT], media_type, not truncated, keys)
    return {"headers": redacted_members(decoded, keys), "body": shown, "truncated": truncated}


def _copy(piece: bytes, length: int) -> bytes:
    """The beginning of a piece in memory of its own: encoders return bytes in buffers that are much larger."""
    return bytes(memoryview(piece)[:length])


def _size(headers: Iterable[Header]) -> int:
    size = 0
    for name, value in headers:
        size += HEADER_SIZE + len(name) + len(value)
    return size
