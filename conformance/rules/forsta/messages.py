"""What a change tells of its rows: validationMessages."""

from __future__ import annotations

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Mismatch
from understudy.conformance.rules.forsta.table import Record

NOT_FOUND = "KeyValue could not be found."
EXISTS = "KeyValue already exists."
NOT_UNIQUE = "KeyValue is not unique."


def messages(exchange: Exchange) -> dict[int, list[Record]]:
    """The messages of a reply by row number; rows without any are left out."""
    rows = exchange.find("validationMessages", "rowResults")
    found: dict[int, list[Record]] = {}
    for each in rows if isinstance(rows, list) else []:
        reported = each.get("messages") if isinstance(each, dict) else None
        if isinstance(reported, list) and reported and isinstance(each.get("rowNumber"), int):
            found[each["rowNumber"]] = [part for part in reported if isinstance(part, dict)]
    return found


def has_message(exchange: Exchange, number: int, text: str) -> bool:
    """Whether a row has a message of that text."""
    return any(each.get("message") == text for each in messages(exchange).get(number, []))


def names_its_value(exchange: Exchange, number: int, field: str, value: str) -> bool:
    """Whether a message of a row names a variable in fields and the value as it was sent."""
    reported = messages(exchange).get(number, [])
    return any(field in (each.get("fields") or []) and each.get("value") == value for each in reported)


def errors(exchange: Exchange, number: int) -> list[Record]:
    """The messages of a row that say that something is wrong."""
    return [each for each in messages(exchange).get(number, []) if each.get("severity", "Error") == "Error"]


def quiet(exchange: Exchange) -> Mismatch | None:
    """No row results: absent, null and empty alike."""
    rows = exchange.find("validationMessages", "rowResults")
    return Mismatch("no row results", exchange.summary) if isinstance(rows, list) and rows else None
