"""Which query parameters choose records by equality, and which sort them (rule R12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from understudy.specs.inference.pages import Paging
from understudy.specs.inference.view import Seen, Shape, View
from understudy.specs.reading.words import plain, sort_key, word_set, words

#: Words of parameters that bound a value or search in texts instead of naming a value.
RANGES = word_set(
    "gte lte gt lt min max after before since until from to start end between contains like prefix not ne "
    "exclude include expand fields search query q"
)
#: Words at the end (or the beginning) of a parameter -> how it compares.
OPS = {
    "gte": "gte", "gt": "gt", "lte": "lte", "lt": "lt", "min": "gte", "max": "lte", "ge": "gte", "le": "lte",
    "contains": "contains", "icontains": "contains", "like": "contains", "startswith": "prefix", "prefix": "prefix",
    "ne": "ne", "neq": "ne", "in": "in",
}  # fmt: skip
#: Of these, those that ask for an order.
BOUNDS = frozenset({"gte", "gt", "lte", "lt", "min", "max", "ge", "le"})
#: Words in front of what filters: `filter[name]`, or an object of that name with a member for each property.
FILTERS = frozenset({"filter", "filters", "where"})
TIMES = {"after": "gt", "before": "lt", "since": "gte", "until": "lte", "from": "gte", "to": "lte"}
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
    """What narrows and sorts a list: query parameter -> property, by equality, and -> property and comparison."""

    filters: Mapping[str, str] = field(default_factory=dict)
    comparisons: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sort: Sort = Sort()


def narrowing(view: View, operation: Seen, record: Shape, how: Paging, everywhere: frozenset[str]) -> Narrowing:
    """The filters of a list. `everywhere` are parameters that every operation of the document has: no filters."""
    members = {plain(name): name for name in reversed(list(record.members))}
    used = {how.page, how.offset, how.size, how.after, how.before}
    filters: dict[str, str] = {}
    compared: dict[str, tuple[str, str]] = {}
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
            chosen = tuple(value for value in values if plain(sort_key(value)[0]) in members)
            if chosen:
                by, fields = name, chosen
            continue
        found = dict(_comparisons(view, name, shape, record, members))
        compared |= found
        prop = members.get(plain(name))
        if found or prop is None or (set(words(name)) & RANGES and prop != name):
            continue
        target = view.shape(record.members[prop])
        # A switch that is called like a number or a text says how to show it.
        switches = shape.types == {"boolean"} and bool(target.types) and "boolean" not in target.types
        if shape.is_scalar and (target.is_scalar or not target.types) and not switches:
            filters[name] = prop
    return Narrowing(filters, compared, Sort(by, direction, fields))


def _comparisons(
    view: View, name: str, shape: Shape, record: Shape, members: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """What a parameter compares: `price_gte`, `min_price`, `created[lt]`, `created_before`, `ids`, `tag`, `filter[name]`."""
    own = members.get(plain(name))
    if own is not None and _lists_scalars(view, record, own):
        if (shape.is_scalar or shape.is_array) and not set(words(name)) & RANGES:
            yield name, (own, "in")
        return
    if own is None and plain(name) in FILTERS:
        for inner in shape.members:
            prop = members.get(plain(inner))
            if prop is not None and view.shape(record.members[prop]).is_scalar:
                yield f"{name}[{inner}]", (prop, "in")
        return
    if shape.members and own is not None and shape.members.keys() <= OPS.keys():
        yield from ((f"{name}[{inner}]", (own, OPS[inner])) for inner in shape.members)
        return
    if shape.is_array and own is not None and view.shape(record.members[own]).is_scalar:
        yield name, (own, "in")
        return
    parts = words(name)
    if own is not None or len(parts) < 2 or not shape.is_scalar:
        return
    if parts[0] in FILTERS:
        parts = parts[1:]
        prop = members.get(plain("_".join(parts)))
        if prop is not None:
            yield name, (prop, "in")
            return
    for op, rest in ((parts[-1], parts[:-1]), (parts[0], parts[1:])):
        prop = members.get(plain("_".join(rest)))
        if op in OPS and prop is not None and (op not in BOUNDS or _is_measure(view, record, prop)):
            yield name, (prop, OPS[op])
            return
    if parts[-1] in TIMES:
        bare = "_".join(parts[:-1])
        named = [members[each] for each in (plain(bare), plain(f"{bare}_at")) if each in members]
        if named and str(view.shape(record.members[named[0]]).raw.get("format", "")).startswith("date"):
            yield name, (named[0], TIMES[parts[-1]])


def _lists_scalars(view: View, record: Shape, prop: str) -> bool:
    """Whether a property is a list of texts, numbers or booleans."""
    shape = view.shape(record.members[prop])
    return shape.is_array and view.shape(shape.items).is_scalar


def _is_measure(view: View, record: Shape, prop: str) -> bool:
    """Whether a property is a number or a moment, which has a least and a greatest value."""
    shape = view.shape(record.members[prop])
    return bool(shape.types & {"integer", "number"}) or str(shape.raw.get("format", "")).startswith("date")


def everywhere(view: View) -> frozenset[str]:
    """Query parameters that nearly every operation has, such as `format`: they choose no records."""
    counts: dict[str, int] = {}
    total = len(view.operations)
    for operation in view.operations:
        for each in operation.query():
            counts[str(each.get("name"))] = counts.get(str(each.get("name")), 0) + 1
    return frozenset(name for name, count in counts.items() if total > 4 and count > total * 0.9)
