"""Which query parameters choose records by equality, and which sort them (rule R12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from understudy.specs.inference.pages import Paging
from understudy.specs.inference.view import Seen, Shape, View
from understudy.specs.inference.words import plain, word_set, words

#: Words of parameters that bound a value or search in texts instead of naming a value.
RANGES = word_set(
    "gte lte gt lt min max after before since until from to start end between contains like prefix not ne "
    "exclude include expand fields search query q"
)
SORTS = frozenset({"sort", "sortby", "orderby", "order", "ordering", "sortfield", "sortcolumn"})
ORDERS = frozenset({"asc", "desc", "ascending", "descending"})
DIRECTIONS = frozenset({"direction", "sortdirection", "sortorder", "orderdirection", "sortdir", "order", "dir"})


@dataclass(frozen=True, slots=True)
class Sort:
    """The parameters by which a list is sorted; `fields` are what `by` takes, as far as the document says."""

    by: str = ""
    direction: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What narrows and sorts a list: query parameter -> property, by equality."""

    filters: Mapping[str, str] = field(default_factory=dict)
    sort: Sort = Sort()


def narrowing(view: View, operation: Seen, record: Shape, how: Paging, everywhere: frozenset[str]) -> Narrowing:
    """The filters of a list. `everywhere` are parameters that every operation of the document has: no filters."""
    members = {plain(name): name for name in reversed(list(record.members))}
    used = {how.page, how.offset, how.size, how.after, how.before}
    filters: dict[str, str] = {}
    by, direction = "", ""
    fields: tuple[str, ...] = ()
    for each in operation.query():
        name = str(each.get("name"))
        shape = view.shape(each.get("schema"))
        bare = "".join(words(name))
        if name in used or name in everywhere:
            continue
        values = [str(value) for value in shape.raw.get("enum") or view.shape(shape.items).raw.get("enum") or ()]
        if bare in DIRECTIONS and values and {value.lower() for value in values} <= ORDERS:
            direction = name
            continue
        if bare in SORTS:
            chosen = tuple(value for value in values if plain(value.lstrip("-+")) in members)
            if chosen:
                by, fields = name, chosen
            continue
        prop = members.get(plain(name))
        if prop is None or (set(words(name)) & RANGES and prop != name):
            continue
        target = view.shape(record.members[prop])
        if shape.is_scalar and (target.is_scalar or not target.types):
            filters[name] = prop
    return Narrowing(filters, Sort(by, direction, fields))


def everywhere(view: View) -> frozenset[str]:
    """Query parameters that nearly every operation has, such as `format`: they choose no records."""
    counts: dict[str, int] = {}
    total = len(view.operations)
    for operation in view.operations:
        for each in operation.query():
            counts[str(each.get("name"))] = counts.get(str(each.get("name")), 0) + 1
    return frozenset(name for name, count in counts.items() if total > 4 and count > total * 0.9)
