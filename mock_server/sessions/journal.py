"""The latest requests of a session and their replies, newest last, with secrets redacted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from weakref import WeakSet

from understudy.mock_server.clock import ticks, timestamp, wall
from understudy.mock_server.http.errors import ApiError, FieldError, Header
from understudy.mock_server.http.responses import Scope
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

#: The part of the budget that is left in use when it was exceeded.
SHRUNK = 0.97


class JournalEntry:
    """One request and its reply, recorded while they pass."""

    #: The reply so far.
    status: int | None = None
    reply_headers: Sequence[Header] = ()
    reply = b""
    #: The body so far.
    body = b""
    #: When the answer was complete.
    ended: float | None = None
    #: What the mock changed about the reply on purpose, in words.
    forced: str | None = None
    #: Why the mock refused the request, and which members or parameters are wrong.
    reason: str | None = None
    faults: tuple[FieldError, ...] = ()
    #: Whose reply it is: that of the `mock`, of a real server (`upstream`), or a kept one (`recording`).
    answered_by = "mock"
    #: What of a request to a real server, or of its reply, does not fit the contract, in sentences.
    breaches: tuple[str, ...] = ()
    #: The version of the records that the reply shows, if it depends on them and on the request alone.
    version: object = None
    #: Bytes that the entry takes, once it is complete.
    size = 0
    #: Whether the journal still holds it.
    is_kept = True

    #: Its number in its session, and among the requests of all sessions.
    number = serial = 0

    def __init__(self, scope: Scope, path: str, served_api: ServedApi | None, budget: JournalBudget) -> None:
        self.method: str = scope["method"]
        self.path = path
        self.query: bytes = scope["query_string"]
        self.headers: list[Header] = scope["headers"]
        self.served_api = served_api
        self.started = ticks()
        self._budget = budget

    def add_body(self, piece: bytes) -> None:
        """Record a piece of the request's body."""
        if len(self.body) <= BODY_LIMIT:
            self.body += piece[: BODY_LIMIT + 1 - len(self.body)]

    def add_head(self, status: int, headers: Sequence[Header]) -> None:
        """Record the head of the reply."""
        self.status, self.reply_headers = status, headers

    def add_reply(self, piece: bytes) -> None:
        """Record a piece of the reply's body."""
        if len(self.reply) <= BODY_LIMIT:
            self.reply += _copy(piece, BODY_LIMIT + 1 - len(self.reply))

    def refuse(self, error: ApiError) -> None:
        """Record the error with which the request is answered, without what it holds besides."""
        self.reason, self.faults = error.message, error.field_errors

    def close(self) -> None:
        """Record the end, and make room for the entry."""
        self.ended = ticks()
        size = ENTRY_SIZE + 2 * len(self.path) + len(self.query) + len(self.body) + len(self.reply)
        size += _size((*self.headers, *self.reply_headers))
        if self.reason or self.breaches:
            size += len(self.reason or "") + HEADER_SIZE * len(self.faults) + sum(map(len, self.breaches))
        self.size = size
        if self.is_kept:
            self._budget.grow(size)

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
            "breaches": [*self.breaches],
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
        self._journals: WeakSet[Journal] = WeakSet()
        #: Bytes that all entries take.
        self.used = 0

    def add(self, journal: Journal) -> None:
        """Let a journal take part."""
        self._journals.add(journal)

    def grow(self, size: int) -> None:
        """Count bytes, and remove what exceeds the limit."""
        self.used += size
        if self.used > self._limit:
            self._shrink()

    def _shrink(self) -> None:
        """Remove the oldest entries, and a few more, so that it is not done at each request."""
        oldest = merge(*([(entry.serial, journal) for entry in journal] for journal in self._journals))
        for _, journal in oldest:
            if self.used <= self._limit * SHRUNK:
                break
            journal.remove_oldest()


class Journal:
    """The latest requests of one session, as many as fit into the budget of all sessions."""

    __slots__ = ("__weakref__", "_budget", "_entries", "_number")

    def __init__(self, budget: JournalBudget) -> None:
        self._budget = budget
        self._entries: deque[JournalEntry] = deque()
        self._number = 0
        budget.add(self)

    def open(self, scope: Scope, path: str, served_api: ServedApi | None) -> JournalEntry:
        """Begin to record a request."""
        entry = JournalEntry(scope, path, served_api, self._budget)
        self._append(entry)
        return entry

    def _append(self, entry: JournalEntry) -> None:
        budget = self._budget
        self._number = entry.number = self._number + 1
        budget.latest = entry.serial = budget.latest + 1
        if len(self._entries) == budget.each:
            self.remove_oldest()
        self._entries.append(entry)

    def repeat(self, entry: JournalEntry) -> JournalEntry:
        """Record that a request was sent once more and got the same reply."""
        again = JournalEntry.__new__(JournalEntry)
        again.__dict__.update(entry.__dict__)
        again.started = ticks()
        again.is_kept = True
        self._append(again)
        again.ended = ticks()
        self._budget.grow(again.size)
        return again

    def remove_oldest(self) -> None:
        """Remove the oldest entry."""
        entry = self._entries.popleft()
        entry.is_kept = False
        self._budget.used -= entry.size

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


def _size(headers: Sequence[Header]) -> int:
    return HEADER_SIZE * len(headers) + sum(map(len, chain.from_iterable(headers)))
