"""A request that a test expects: which recorded requests fit, and where the closest of the others differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from understudy.mock_server.sessions.journal import BODY_LIMIT, JournalEntry
from understudy.mock_server.sessions.redaction import REDACTED, is_secret, is_too_deep, redacted_value
from understudy.mock_server.sessions.request_match import ANY, Match, contains

#: Differences of the closest request, and requests, that a message lists at most.
LISTED = 20

#: Letters of a value that are shown.
SHOWN = 200

#: The conditions that say which operation is called.
_ADDRESS = ("api", "method", "path", "operation")

#: Stands for a member that one side does not have.
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a request is not as expected; the values are texts, secrets redacted."""

    place: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"  {self.place}: expected {self.expected}, was {self.actual}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of a request and its reply; without `times` at least one request has to fit."""

    match: Match
    status: str | None = None
    times: int | None = None

    def fitting(self, entries: Sequence[JournalEntry]) -> list[JournalEntry]:
        """The requests that are as expected."""
        return [entry for entry in entries if self._fits(entry)]

    def complaint(self, entries: Sequence[JournalEntry], fitting: Sequence[JournalEntry]) -> str | None:
        """What to tell a test whose expectation does not hold; None if it holds."""
        if len(fitting) == self.times or (self.times is None and fitting):
            return None
        if fitting or self.times == 0:
            return _lines(f"{_counted(len(fitting))}, expected {self.times}:", map(_line, fitting))
        expected = "" if self.times is None else f", expected {self.times}"
        if not entries:
            return f"No request fits{expected}; none was recorded."
        closest = min(reversed(entries), key=self._distance)
        of = "" if len(entries) == 1 else f" of {len(entries)}"
        return _lines(
            f"No request fits{expected}. The closest{of} is {_line(closest).strip()}:",
            map(str, self.differences(closest)),
        )

    def differences(self, entry: JournalEntry) -> Iterator[Difference]:
        """Where a request is not as expected."""
        match = self.match
        for place in _ADDRESS:
            wanted = getattr(match, place)
            if wanted is not None and not Match(**{place: wanted}).fits(entry):
                yield Difference(place, str(wanted), str(getattr(entry, place) or "none"))
        if not entry.has_status(self.status):
            yield Difference("status", str(self.status), str(entry.status or "none yet"))
        query = parse_qsl(entry.query.decode("latin-1"), keep_blank_values=True)
        yield from _of_fields("query", match.query, query, entry.keys)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in entry.headers]
        wanted = {name.lower(): value for name, value in match.request_headers.items()}
        yield from _of_fields("header", wanted, headers, entry.keys)
        if match.request_body is not ANY:
            yield from self._of_body(entry)

    def _distance(self, entry: JournalEntry) -> tuple[int, int]:
        """How far a request is from what is expected: one to the same address is closer, whatever it says."""
        places = [each.place for each in self.differences(entry)]
        return sum(place in _ADDRESS for place in places), len(places)

    def _fits(self, entry: JournalEntry) -> bool:
        return (
            self.match.fits(entry)
            and entry.has_status(self.status)
            and (self.match.request_body is ANY or self.match.fits_body(_body(entry)))
        )

    def _of_body(self, entry: JournalEntry) -> Iterator[Difference]:
        body = _body(entry)
        if body is not ANY:
            yield from _of_values("body", self.match.request_body, body)
        elif len(entry.body) > BODY_LIMIT:
            yield Difference("body", "a part of it", f"longer than the {BODY_LIMIT} bytes that the journal keeps")
        else:
            yield Difference("body", "JSON", "empty" if not entry.body else "not JSON")


def _body(entry: JournalEntry) -> Any:
    """The JSON value of the body of a request; ANY where it is none, or was not kept whole."""
    if len(entry.body) > BODY_LIMIT:
        return ANY
    try:
        value = orjson.loads(entry.body)
    except orjson.JSONDecodeError:
        return ANY
    return ANY if is_too_deep(value) else value


def _of_fields(
    kind: str, wanted: Mapping[str, str], pairs: Sequence[tuple[str, str]], keys: frozenset[str]
) -> Iterator[Difference]:
    for name, value in wanted.items():
        if (name, value) not in pairs:
            sent = [each for other, each in pairs if other == name]
            hidden = is_secret(name, value, keys)
            yield _difference(f"{kind} {name}", value, ", ".join(sent) if sent else _ABSENT, hidden)


def _of_values(place: str, wanted: Any, value: Any, secret: bool = False) -> Iterator[Difference]:
    """Where a JSON value does not contain a part."""
    if contains(value, wanted):
        return
    if isinstance(wanted, dict) and isinstance(value, dict):
        for name, part in wanted.items():
            hidden = secret or is_secret(name, part)
            yield from _of_values(f"{place}.{name}", part, value.get(name, _ABSENT), hidden)
    elif isinstance(wanted, list) and isinstance(value, list):
        if len(wanted) != len(value):
            yield Difference(place, _counted(len(wanted), "item"), str(len(value)))
        for number, (part, each) in enumerate(zip(wanted, value, strict=False)):
            yield from _of_values(f"{place}[{number}]", part, each, secret)
    else:
        yield _difference(place, wanted, value, secret)


def _difference(place: str, wanted: Any, value: Any, secret: bool) -> Difference:
    if secret:
        return Difference(place, REDACTED, "absent" if value is _ABSENT else "another value")
    return Difference(place, _shown(wanted), _shown(value))


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "absent"
    text = orjson.dumps(redacted_value(value)).decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _counted(number: int, noun: str = "") -> str:
    if noun:
        return f"{number} {noun}{'' if number == 1 else 's'}"
    return "1 request fits" if number == 1 else f"{number} requests fit"


def _line(entry: JournalEntry) -> str:
    return f"  {entry.method} {entry.path} {entry.status}"


def _lines(first: str, others: Iterator[str]) -> str:
    listed = list(others)
    more = [f"  and {len(listed) - LISTED} more"] if len(listed) > LISTED else []
    return "\n".join([first, *listed[:LISTED], *more])
