"""Where in a reply the list of records lies, or the one record (rules R2 and R3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from understudy.specs.inference.view import Shape, View
from understudy.specs.reading.words import plain, same, word_set, words

#: Members that hold a list whatever it is of, the likeliest first.
GENERIC: tuple[str, ...] = (
    "data",
    "items",
    "results",
    "records",
    "entries",
    "values",
    "list",
    "rows",
    "hits",
    "objects",
)
GENERIC += ("content", "value", "elements", "resources")
#: Members in which an envelope may lie.
OUTER = ("data", "result", "results", "_embedded", "response")
#: Members that never hold the records.
NEVER = frozenset(["errors", "error", "warnings", "links", "_links", "included"])
#: Members that hold the one record whatever it is.
SINGLE = ("data", "result", "item", "response")
IDS = frozenset({"id", "uuid", "gid", "sid", "_id"})
#: Words of which members beside a list are made that speak of its pages.
PAGING = word_set(
    "total count page pages next previous prev first last limit offset size meta cursor cursors marker "
    "iterator token more links paging pagination order skip number url uri key from to start end"
)


@dataclass(frozen=True, slots=True)
class Found:
    """The way to a list or a record in a reply, and the schema of one record."""

    way: tuple[str, ...]
    item: Any


def list_in(view: View, schema: Any, noun: str, paged: bool) -> Found | None:
    """Where the list in a reply lies; None when there is no plausible one.

    `noun` is the last segment of the path that is not a parameter; `paged` says that the operation takes a page, a cursor
    or a size.
    """
    shape = view.shape(schema)
    if shape.is_array:
        return None if view.shape(shape.items).is_array else Found((), shape.items)
    if not shape.is_object or IDS & shape.members.keys():
        return None
    name = _member(view, shape, noun, paged)
    if name:
        return Found((name,), view.shape(shape.members[name]).items)
    for outer in OUTER:
        if outer in shape.members:
            below = list_in(view, shape.members[outer], noun, paged)
            if below is not None and (below.way or view.shape(shape.members[outer]).is_array):
                return Found((outer, *below.way), below.item)
    return None


def _member(view: View, shape: Shape, noun: str, paged: bool) -> str:
    lists = dict(_lists(view, shape))
    for name in lists:
        if same(name, noun):
            return name
    tail = words(noun)[-1:]
    for name, of_objects in lists.items():
        if tail and same(words(name)[-1], tail[0]) and of_objects:
            return name
    for generic in GENERIC:
        for name, of_objects in lists.items():
            if name.lower() == generic and (of_objects or paged or len(shape.members) == 1):
                return name
    objects = [name for name, of_objects in lists.items() if of_objects]
    beside = [name for name in shape.members if name not in lists]
    if len(objects) == 1 and all(_of_pages(name) for name in beside) and (beside or paged or len(lists) == 1):
        return objects[0]
    if len(lists) == 1 and paged and beside and all(_of_pages(name) for name in beside):
        return next(iter(lists))
    return ""


def _lists(view: View, shape: Shape) -> Iterator[tuple[str, bool]]:
    """The members that are lists, with whether of objects."""
    for name, part in shape.members.items():
        below = view.shape(part)
        if below.is_array and name.lower() not in NEVER and not view.shape(below.items).is_array:
            yield name, view.shape(below.items).is_object


def _of_pages(name: str) -> bool:
    return bool(set(words(name)) & PAGING)


def record_in(view: View, schema: Any, noun: str) -> Found | None:
    """Where the one record in a reply lies; None when the reply is not an object."""
    shape = view.shape(schema)
    if not shape.is_object or (shape.types and "object" not in shape.types):
        return None
    if not IDS & shape.members.keys():
        for name, part in shape.members.items():
            if view.shape(part).is_object and (name.lower() in SINGLE or same(name, noun)):
                return Found((name,), part)
        tail = words(noun)[-1:]
        objects = [name for name, part in shape.members.items() if view.shape(part).is_object]
        if len(objects) == 1 and tail and same(words(objects[0])[-1], tail[0]):
            return Found((objects[0],), shape.members[objects[0]])
    return Found((), schema)


def noun_of(way: tuple[str, ...], noun: str) -> str:
    """What records are called: by the member that holds them unless that says nothing."""
    return way[-1] if way and plain(way[-1]) not in {plain(each) for each in GENERIC} else noun
