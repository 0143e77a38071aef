"""Filters of a list that ask for something else than equality: bounds, parts of texts, one of several values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from understudy.mock_server.data.due import instant
from understudy.mock_server.store import Row
from understudy.mock_server.store.columns import key, plain
from understudy.specs.contract import Comparison

#: Given the value of a record and what was sent, whether the record is shown.
Judge = Callable[[Any, Any], bool]


def compared(rows: Sequence[Row], comparisons: Mapping[str, Comparison], query: Mapping[str, Any]) -> list[Row]:
    """The rows that meet everything that a query asks."""
    asked = [(each, wanted) for name, each in comparisons.items() if (wanted := _sent(name, query)) is not None]
    if not asked:
        return list(rows)
    return [row for row in rows if _meets(orjson.loads(row.document), asked)]


def _meets(record: Mapping[str, Any], asked: Sequence[tuple[Comparison, Any]]) -> bool:
    return all(_JUDGES[each.op](record.get(each.property), wanted) for each, wanted in asked)


def _sent(name: str, query: Mapping[str, Any]) -> Any:
    """What a query says of a parameter; `created[gt]` may be the member of an object, too."""
    if name in query:
        return query[name]
    outer, _, inner = name.removesuffix("]").partition("[")
    value = query.get(outer)
    return value.get(inner) if inner and isinstance(value, Mapping) else None


def _ordered(value: Any, wanted: Any) -> tuple[Any, Any] | None:
    """Both as values that can be compared: moments as moments, numbers as numbers; None where they are of two kinds."""
    if value is None:
        return None
    if isinstance(value, str) and isinstance(wanted, str):
        one, other = instant(value), instant(wanted)
        if one is not None and other is not None:
            return one, other
        if one is not None and instant(f"{wanted}T00:00:00Z") is not None:
            return one, instant(f"{wanted}T00:00:00Z")
    if isinstance(value, str) != isinstance(wanted, str):
        try:
            return float(value), float(wanted)
        except (TypeError, ValueError):
            return None
    return key(value), key(wanted)


def _bound(holds: Callable[[Any, Any], bool]) -> Judge:
    def judge(value: Any, wanted: Any) -> bool:
        pair = _ordered(value, wanted)
        return pair is not None and holds(*pair)

    return judge


def _one_of(value: Any, wanted: Any) -> bool:
    """Whether a value is one of those that were sent; of a list, whether any of it is."""
    values = {str(plain(each)) for each in (wanted if isinstance(wanted, list) else str(wanted).split(","))}
    if isinstance(value, list):
        return any(str(plain(each)) in values for each in value)
    return value is not None and str(plain(value)) in values


_JUDGES: Mapping[str, Judge] = {
    "ne": lambda value, wanted: str(plain(value)) != str(plain(wanted)),
    "gt": _bound(lambda value, wanted: value > wanted),
    "gte": _bound(lambda value, wanted: value >= wanted),
    "lt": _bound(lambda value, wanted: value < wanted),
    "lte": _bound(lambda value, wanted: value <= wanted),
    "in": _one_of,
    "contains": lambda value, wanted: isinstance(value, str) and str(wanted).casefold() in value.casefold(),
    "prefix": lambda value, wanted: isinstance(value, str) and value.casefold().startswith(str(wanted).casefold()),
}
