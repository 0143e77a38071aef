"""One request and its reply, as recorded."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from understudy.conformance.evidence.body import Excerpt, StoredBody
from understudy.conformance.evidence.errors import PrerequisiteError, UnexpectedReplyError
from understudy.conformance.evidence.places import around
from understudy.conformance.evidence.words import several

Json = Any
#: The JSON value of a body, or NOTHING and the reason.
Reading = tuple[Json, str | None]

#: The safe methods (RFC 9110, 9.2.1) that the kit sends.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class _Nothing:
    """The type of NOTHING, which stands for a value that is not there."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent. `headers` include the credential, so they must be redacted before they are shown."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None = None
    operation: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply, with the HTTP encodings decoded. Header names are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes | StoredBody | Excerpt
    seconds: float = 0.0

    @property
    def body(self) -> bytes:
        """The body; a long one is read from where it lies."""
        return self.content if isinstance(self.content, bytes) else self.content.read()


#: The reply of an exchange to which no reply came.
NO_REPLY = Reply(0, (), b"")


@dataclass(eq=False, slots=True)
class Exchange:
    """A request with its reply, numbered in the order of sending."""

    number: int
    request: Request
    reply: Reply
    _reading: Reading | None = field(default=None, repr=False)

    @property
    def status(self) -> int:
        """The status code."""
        return self.reply.status

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.reply.status < 300

    @property
    def text(self) -> str:
        """The body as text; bytes that are not valid UTF-8 are replaced."""
        return self.reply.body.decode("utf-8", "replace")

    @property
    def json(self) -> Json:
        """The body as JSON; NOTHING if it is not valid JSON."""
        return self._read()[0]

    @property
    def problem(self) -> str | None:
        """Why the body is not valid JSON; None if it is."""
        return self._read()[1]

    def _read(self) -> Reading:
        if not isinstance(self.reply.content, bytes):
            return _READINGS.of(self)
        if self._reading is None:
            self._reading = parse(self.reply.content)
        return self._reading

    def as_evidence(self, at: int | None = None) -> Exchange:
        """The exchange as evidence keeps it: of a long body only a part, that around the character `at` if one is given."""
        content = self.reply.content
        if not isinstance(content, StoredBody):
            return self
        byte = len(self.text[:at].encode("utf-8", "replace")) if at else 0
        return Exchange(self.number, self.request, replace(self.reply, content=content.excerpt(byte)))

    def excerpt(self, limit: int, at: int | None = None) -> str:
        """At most `limit` characters of the body, with the character `at` among them, and how much more there is."""
        content = self.reply.content
        if isinstance(content, bytes):
            return around(self.text, at, limit)
        kept = content.excerpt()
        text = kept.read().decode("utf-8", "replace")
        if kept.start == 0 or at is None:
            head, shown = "", text[:limit]
        else:
            # Evidence was kept so that the fault lies in its middle.
            head = f"… {several(kept.start, 'byte')} before\n"
            shown = text[max(0, len(text) // 2 - limit // 3) :][:limit]
        return f"{head}{shown}\n… {len(content)} bytes in all, SHA-256 {kept.digest}"

    def header(self, name: str) -> str | None:
        """The value of a header; several are joined by commas (RFC 9110, 5.3)."""
        values = [value for key, value in self.reply.headers if key == name.lower()]
        return ", ".join(values) if values else None

    @property
    def media_type(self) -> str:
        """The media type without parameters, in lower case."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    def at(self, *steps: str | int) -> Json:
        """The value at a path of member names and indexes.

        Raises UnexpectedReplyError if there is none, PrerequisiteError if a list on the path is empty.
        """
        value = self.find(*steps)
        if value is NOTHING:
            place = "/".join(str(step) for step in steps)
            if any(find(self.json, *steps[:at]) == [] for at in range(len(steps))):
                raise PrerequisiteError(f"{self.label} has an empty list, so there is no {place}", self)
            raise UnexpectedReplyError(f"{self.label} has no value at {place}: {self.summary}", self)
        return value

    def find(self, *steps: str | int) -> Json:
        """The value at a path of member names and indexes; NOTHING if there is none."""
        return find(self.json, *steps)

    @property
    def label(self) -> str:
        """A short name for the reply: `the reply to GET /v1/projects`."""
        return f"the reply to {self.request.method} {path_of(self.request.url)}"

    @property
    def wanted(self) -> str:
        """What a check that cannot use the reply would need: `a successful reply to GET /v1/projects`."""
        request = f"{self.request.method} {path_of(self.request.url)}"
        return f"a reply to {request} that fits the contract" if self.succeeded else f"a successful reply to {request}"

    @property
    def summary(self) -> str:
        """The status and the body in one short line."""
        content = self.reply.content
        text = self.text if isinstance(content, bytes) else f"{content.read(4096).decode('utf-8', 'replace')}…"
        return f"{self.status} {shorten(text)}".strip()


class _Readings:
    """The JSON of the long bodies that were read last; it takes many times the room of the body."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._kept: OrderedDict[Exchange, Reading] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, exchange: Exchange) -> Reading:
        with self._lock:
            if exchange in self._kept:
                self._kept.move_to_end(exchange)
                return self._kept[exchange]
            room = self._budget - len(exchange.reply.content)
            while self._kept and sum(len(each.reply.content) for each in self._kept) > room:
                self._kept.popitem(last=False)
        reading = parse(exchange.reply.body)
        with self._lock:
            self._kept[exchange] = reading
        return reading


#: Bytes of long bodies whose JSON is kept; the last one is kept whatever its size.
_READINGS = _Readings(4 * 1024 * 1024)


def parse(body: bytes) -> Reading:
    """The JSON value of a body, or NOTHING and the reason. NaN and Infinity are not JSON."""
    if not body:
        return NOTHING, "the body is empty"
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse), None
    except UnicodeDecodeError as error:
        return NOTHING, f"the body is not valid UTF-8: {error.reason} at byte {error.start}"
    except RecursionError:
        return NOTHING, "the body is nested too deeply"
    except ValueError as error:
        return NOTHING, f"the body is not valid JSON: {error}"


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is not a JSON value")


def find(value: Json, *steps: str | int) -> Json:
    """The value at a path of member names and indexes below a value; NOTHING if there is none."""
    for step in steps:
        if isinstance(value, Mapping) and step in value:  # noqa: SIM114 - each branch proves the type of its step
            value = value[step]
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return NOTHING
    return value


def shorten(text: str, limit: int = 300) -> str:
    """The text as one line of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def path_of(url: str) -> str:
    """The address without scheme and host."""
    _, _, rest = url.partition("://")
    _, slash, path = rest.partition("/")
    return slash + path
