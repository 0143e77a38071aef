"""Conditions on the records of a resource, put together so that all of them hold."""

from __future__ import annotations

from typing import Any

from understudy.mock_server.store import Where
from understudy.mock_server.store.columns import plain

_MANY = (list, tuple, set, frozenset)


def conjoined(*conditions: Where | None) -> dict[str, Any]:
    """The condition that holds where each of the given ones does; None means that nothing is restricted.

    A property on which they contradict each other is left without any allowed value, so that nothing matches.
    """
    restricting = [condition for condition in conditions if condition]
    out = dict(restricting[0]) if restricting else {}
    for condition in restricting[1:]:
        for name, wanted in condition.items():
            out[name] = _both(out[name], wanted) if name in out else wanted
    return out


def matches(record: Where, condition: Where) -> bool:
    """Whether the values of a record fit a condition, compared as the store compares them."""
    return all(_fits(record.get(name), wanted) for name, wanted in condition.items())


def _fits(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, _MANY):
        return value is not None and plain(value) in set(map(plain, wanted))
    return plain(value) == plain(wanted)


def _both(wanted: Any, other: Any) -> Any:
    """What both allow: one value, several, or an empty list."""
    if not isinstance(wanted, _MANY):
        return wanted if _fits(wanted, other) else []
    if not isinstance(other, _MANY):
        return other if _fits(other, wanted) else []
    allowed = set(map(plain, other))
    return [value for value in wanted if value is not None and plain(value) in allowed]
