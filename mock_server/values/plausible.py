"""What a value is likely to be by the name of its member, and times in the order in which things happen."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from understudy.specs.reading.words import singular, word_set, words

#: Last words of the names of numbers that count or name something.
WHOLE = word_set("id count number index page limit size year position age port quantity")
#: Last words of the names of texts -> their format.
FORMATS = {"email": "email", "url": "uri", "uri": "uri", "href": "uri", "date": "date", "timestamp": "date-time"}
FORMATS |= dict.fromkeys(("created", "updated", "modified"), "date-time")
#: Words in the names of times, by what happens first.
COURSE = (
    word_set("born birth"),
    word_set("created registered"),
    word_set("scheduled queued submitted"),
    word_set("start started starts begin begins began"),
    word_set("updated modified changed"),
    word_set("end ended ends finish finished stop stopped completed closed"),
    word_set("deleted archived expires expired expiry expiration"),
)
#: What a schema may say of a text besides its form.
CLOSER = frozenset({"const", "enum", "pattern"})
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d.*)?", re.ASCII)


def is_whole(name: str) -> bool:
    """Whether a number of this name is a whole one, whatever else its schema allows."""
    return _last(name) in WHOLE


def likely_format(name: str) -> str:
    """The format of a text of this name; empty where it says nothing."""
    parts = words(name)
    if parts[-2:] == ("email", "address"):
        return "email"
    if len(parts) > 1 and parts[-1] == "at":
        return "date-time"
    return FORMATS.get(_last(name), "")


def in_order(record: Mapping[str, Any], fixed: Collection[str] = ()) -> dict[str, Any]:
    """A record whose drawn times follow one another; those of the members that are fixed stay."""
    out = dict(record)
    for length in {len(value) for value in record.values() if isinstance(value, str) and _MOMENT.fullmatch(value)}:
        found = [
            (stage, name)
            for name, value in record.items()
            if name not in fixed and isinstance(value, str) and len(value) == length and _MOMENT.fullmatch(value)
            for stage in [_stage(name)]
            if stage is not None
        ]
        moments = sorted(record[name] for _, name in found)
        out |= dict(zip((name for _, name in sorted(found, key=lambda each: each[0])), moments, strict=True))
    return out


def is_bound(schema: Any, resolve: Callable[[Any], Any]) -> bool:
    """Whether a schema says more of a text than its form, so that another one of this form may not fit."""
    schema = resolve(schema) if isinstance(schema, Mapping) else schema
    if not isinstance(schema, Mapping):
        return False
    parts = [part for name in ("allOf", "anyOf", "oneOf") for part in schema.get(name, ())]
    return not CLOSER.isdisjoint(schema) or any(is_bound(part, resolve) for part in parts)


def _stage(name: str) -> int | None:
    parts = set(words(name))
    return next((stage for stage, named in enumerate(COURSE) if named & parts), None)


def _last(name: str) -> str:
    parts = words(name)
    return singular(parts[-1]) if parts else ""
