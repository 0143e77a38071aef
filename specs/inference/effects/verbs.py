"""The verb behind an item's address, and the states that it leads to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from understudy.specs.inference.view import Seen

#: Verbs whose state is not their participle.
OTHERS: Mapping[str, tuple[str, ...]] = {
    "activate": ("active",),
    "deactivate": ("inactive",),
    "resume": ("active", "running"),
    "start": ("running", "active"),
    "unarchive": ("active",),
    "unpause": ("active", "running"),
    "reopen": ("open",),
    "open": ("open",),
    "hide": ("hidden",),
    "send": ("sent",),
    "pay": ("paid",),
    "submit": ("submitted",),
    "void": ("void", "voided"),
    "complete": ("complete", "completed", "done"),
}
_COLON = re.compile(r"(\{[^{}]*\}):(\w+)")


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb behind an item's address: the place of the item, its parameter, and the verb."""

    place: tuple[str, ...]
    parameter: str
    verb: str


def verb_of(operation: Seen) -> Verb | None:
    """The verb in `item/verb` and `item:verb`; None for any other address, and for methods that do nothing."""
    if operation.method not in {"POST", "PUT"} or len(operation.segments) < 2:
        return None
    *before, last = operation.segments
    joined = _COLON.fullmatch(last)
    if joined:
        return Verb((*operation.place[:-1], "{}"), joined[1][1:-1], joined[2].lower())
    if operation.place[-2] != "{}" or not last.isidentifier():
        return None
    return Verb(operation.place[:-1], before[-1][1:-1], last.lower())


def states_of(verb: str) -> frozenset[str]:
    """What a state may be called that a verb leads to."""
    return participles(verb).union(OTHERS.get(verb, ()))


def participles(verb: str) -> frozenset[str]:
    """The participles that a verb may have: `cancel` is `canceled` and `cancelled`."""
    if not verb:
        return frozenset()
    if verb.endswith("e"):
        return frozenset({f"{verb}d"})
    if verb.endswith("y") and verb[-2:-1] not in {*"aeiou"}:
        return frozenset({f"{verb[:-1]}ied"})
    return frozenset({f"{verb}ed", f"{verb}{verb[-1]}ed"})
