"""Values of variables: what each type accepts, how it is stored and compared."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

#: The value of a variable without a value.
BLANK = None

Read = Callable[[Any], Any]

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?",
    re.ASCII,
)


class InvalidValueError(ValueError):
    """A datapoint that its variable does not accept; the message is the one for the row."""


def is_blank(value: Any) -> bool:
    """Whether a datapoint as sent stores no value."""
    return value is None or value == ""


def number(value: Any) -> int | float:
    """A number, or text that spells one. Raises InvalidValueError for what JSON cannot carry exactly."""
    if isinstance(value, bool):
        raise InvalidValueError("Invalid Numeric.")
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidValueError("Invalid Numeric.")
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return _exact(Decimal(value))
    raise InvalidValueError("Invalid Numeric.")


def date(value: Any) -> str:
    """A date or date-time in ISO 8601, kept as written."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            moment(value)
        except ValueError as error:
            raise InvalidValueError("Invalid DateTime.") from error
        return value
    raise InvalidValueError("Invalid DateTime.")


def boolean(value: Any) -> int:
    """0 or 1, also as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidValueError("Invalid Boolean.")
    if value in {0, 1, "0", "1"}:
        return int(value)
    raise InvalidValueError("Invalid Boolean.")


def text(value: Any) -> str:
    """Text; a number is taken as it is written. No store keeps the character NUL."""
    if isinstance(value, str) and "\0" not in value:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(number(value))
    raise InvalidValueError("Invalid Text.")


def bounded_text(length: int) -> Read:
    """Text of at most so many characters."""

    def read(value: Any) -> str:
        found = text(value)
        if len(found) > length:
            raise InvalidValueError("Text is too long.")
        return found

    return read


def bounded_number(precision: int | None, scale: int | None) -> Read:
    """A number of at most `precision` digits, of which `scale` may be decimals; None sets no bound."""

    def read(value: Any) -> int | float:
        found = number(value)
        whole, decimals = _digits(found)
        if precision is not None and whole + decimals > precision:
            raise InvalidValueError("Numeric has too many digits.")
        if scale is not None and decimals > scale:
            raise InvalidValueError("Numeric has too many decimals.")
        return found

    return read


def moment(iso: str) -> datetime:
    """The point in time of a stored date; without an offset it is UTC. Raises ValueError."""
    found = datetime.fromisoformat(iso)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _exact(value: Decimal) -> int | float:
    if value == value.to_integral_value() and -(2**63) <= value < 2**63:
        return int(value)
    near = float(value)
    if Decimal(repr(near)) != value:
        raise InvalidValueError("Invalid Numeric.")
    return near


def _digits(value: int | float) -> tuple[int, int]:
    """How many digits a number has before and after the point, without insignificant zeros."""
    _, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    return max(len(digits) + exponent, 0), max(-exponent, 0)
