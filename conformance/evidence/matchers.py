"""Matchers: each examines one exchange and returns the mismatch it found, or None.

A matcher only states facts; the check decides whether a mismatch is a finding, and for which clause.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from understudy.conformance.evidence.exchange import NOTHING, Exchange, find, shorten


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What was expected and what was found instead, both in words."""

    expected: str
    actual: str


#: A count beyond this is one of milliseconds; as seconds it would lie in the year 5138.
MILLISECONDS = 10**11

Matcher = Callable[[Exchange], Mismatch | None]


def succeeds(exchange: Exchange) -> Mismatch | None:
    """The status is 2xx."""
    return None if exchange.succeeded else Mismatch("a 2xx status", exchange.summary)


def answers(*statuses: int) -> Matcher:
    """The status is one of these."""
    wanted = " or ".join(str(status) for status in statuses)

    def match(exchange: Exchange) -> Mismatch | None:
        return None if exchange.status in statuses else Mismatch(f"status {wanted}", exchange.summary)

    return match


def refuses(*statuses: int, naming: str | None = None) -> Matcher:
    """The status is one of these (400 if none is given), and the body mentions `naming`."""
    wanted = answers(*(statuses or (400,)))

    def match(exchange: Exchange) -> Mismatch | None:
        mismatch = wanted(exchange)
        if mismatch is None and naming is not None and naming not in exchange.text:
            return Mismatch(f"a body that names {naming}", exchange.summary)
        return mismatch

    return match


def refuses_somehow(exchange: Exchange) -> Mismatch | None:
    """The status is any 4xx."""
    return None if 400 <= exchange.status < 500 else Mismatch("a 4xx status", exchange.summary)


def shows(members: Mapping[str, Any] | None = None, /, *at: str | int, **more: Any) -> Matcher:
    """The status is 2xx, and the JSON object (below `at`) has these members with these values.

    A function given as a value is a predicate; its docstring says in a mismatch what it expects.
    """
    wanted = {**(members or {}), **more}

    def match(exchange: Exchange) -> Mismatch | None:
        if not exchange.succeeded:
            return Mismatch("a 2xx status", exchange.summary)
        value = find(exchange.json, *at)
        if not isinstance(value, Mapping):
            return Mismatch(f"an object at {_place(at)}", exchange.summary)
        return differ(wanted, value)

    return match


def differ(wanted: Mapping[str, Any], value: Mapping[str, Any]) -> Mismatch | None:
    """The mismatch of the first member that differs from the expected value; None if all are equal."""
    for name, expected in wanted.items():
        actual = value.get(name, NOTHING)
        if callable(expected):
            if not expected(actual):
                return Mismatch(f"{name} to be {described(expected)}", f"{name} is {brief(actual)}")
        elif actual != expected or isinstance(actual, bool) != isinstance(expected, bool):
            return Mismatch(f"{name} to be {brief(expected)}", f"{name} is {brief(actual)}")
    return None


def lacks(*names: str) -> Matcher:
    """None of these member names occurs anywhere in the JSON of the reply."""

    def match(exchange: Exchange) -> Mismatch | None:
        found = sorted(set(names) & names_in(exchange.json))
        return Mismatch(f"no member named {' or '.join(names)}", f"{', '.join(found)} is present") if found else None

    return match


def both(*matchers: Matcher) -> Matcher:
    """All of these matchers match."""

    def match(exchange: Exchange) -> Mismatch | None:
        return next((mismatch for each in matchers if (mismatch := each(exchange)) is not None), None)

    return match


def header(name: str, pattern: str) -> Matcher:
    """The header is present and a regular expression is found in it (case is ignored)."""

    def match(exchange: Exchange) -> Mismatch | None:
        value = exchange.header(name)
        if value is not None and re.search(pattern, value, re.IGNORECASE):
            return None
        return Mismatch(
            f"a header {name} that matches {pattern}", f"{name}: {value}" if value is not None else f"no {name} header"
        )

    return match


def names_in(value: Any) -> set[str]:
    """Every member name in a JSON value, at any depth."""
    if isinstance(value, Mapping):
        return set(value) | {name for part in value.values() for name in names_in(part)}
    if isinstance(value, list):
        return {name for part in value for name in names_in(part)}
    return set()


def leaves(value: Any) -> list[Any]:
    """Every string, number, boolean and null in a JSON value, at any depth."""
    if isinstance(value, Mapping):
        return [leaf for part in value.values() for leaf in leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in leaves(part)]
    return [value]


def brief(value: Any) -> str:
    """A value as a report shows it, on one line."""
    if value is NOTHING:
        return "missing"
    try:
        return shorten(json.dumps(value, ensure_ascii=False), 160)
    except (TypeError, ValueError):
        return shorten(str(value), 160)


def same_letters(one: Any, other: Any) -> bool:
    """Whether two texts are the same in every letter; Unicode has several forms of one letter, which are equal."""
    both = isinstance(one, str) and isinstance(other, str)
    return both and unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


def described(predicate: Callable[..., Any]) -> str:
    """What a predicate expects, from its docstring."""
    return (predicate.__doc__ or predicate.__name__).strip().rstrip(".")


# Predicates for `shows`.


def text(value: Any) -> bool:
    """text"""
    return isinstance(value, str)


def filled(value: Any) -> bool:
    """text that is not empty"""
    return isinstance(value, str) and bool(value.strip())


def integer(value: Any) -> bool:
    """a whole number"""
    return isinstance(value, int) and not isinstance(value, bool)


def number(value: Any) -> bool:
    """a number"""
    return isinstance(value, int | float) and not isinstance(value, bool)


def boolean(value: Any) -> bool:
    """true or false"""
    return isinstance(value, bool)


def mapping(value: Any) -> bool:
    """an object"""
    return isinstance(value, Mapping)


def array(value: Any) -> bool:
    """a list"""
    return isinstance(value, list)


def absent(value: Any) -> bool:
    """absent"""
    return value is NOTHING


def empty(value: Any) -> bool:
    """absent or null"""
    return value is NOTHING or value is None


def timestamp(value: Any) -> bool:
    """a date with a time and a zone (ISO 8601)"""
    return moment(value) is not None


def calendar_date(value: Any) -> bool:
    """a calendar date"""
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value)) and len(value) == 10
    except ValueError:
        return False


def address(value: Any) -> bool:
    """an absolute http or https address"""
    return isinstance(value, str) and re.match(r"https?://[^\s/?#]+", value) is not None


def moment(value: Any) -> datetime | None:
    """The point in time that a timestamp stands for; None if it is not a timestamp with a zone."""
    if not isinstance(value, str) or "T" not in value.upper():
        return None
    try:
        found = datetime.fromisoformat(value.replace("z", "Z"))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def instant(value: Any) -> datetime | None:
    """The point in time that a timestamp stands for in any form, None if it stands for none.

    The forms are ISO 8601 with a zone or without one (then UTC is meant), and seconds or milliseconds since 1970.
    """
    match form(value):
        case "seconds" | "milliseconds" as unit:
            try:
                return datetime.fromtimestamp(float(value) / (1 if unit == "seconds" else 1000), UTC)
            except (OverflowError, OSError, ValueError):
                return None
        case "text with a zone" | "text without a zone":
            found = datetime.fromisoformat(value.replace("z", "Z"))
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        case _:
            return None


def form(value: Any) -> str:
    """In which of the forms of `instant` a timestamp is written, empty if in none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "milliseconds" if abs(value) > MILLISECONDS else "seconds"
    if not isinstance(value, str):
        return ""
    if re.fullmatch(r"[0-9]{9,13}", value):
        return "milliseconds" if int(value) > MILLISECONDS else "seconds"
    if calendar_date(value):
        return ""
    try:
        found = datetime.fromisoformat(value.replace("z", "Z"))
    except ValueError:
        return ""
    return "text with a zone" if found.tzinfo else "text without a zone"


def dated(value: Any) -> bool:
    """a moment"""
    return instant(value) is not None


def _place(at: tuple[str | int, ...]) -> str:
    return "/".join(str(step) for step in at) or "the top"
