"""What lists seem to mean: how they are cut into pages, by filters and by parents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.conformance.checks.unprepared.trying import concerned, trying
from understudy.conformance.evidence.errors import PrerequisiteError
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import takes_page_size, whole
from understudy.conformance.judging.registry import check
from understudy.conformance.judging.supply import maker, supply, supply_with
from understudy.conformance.judging.unprepared.addresses import AddressFinder, names_in
from understudy.conformance.judging.unprepared.bodies import choices
from understudy.conformance.judging.unprepared.deeds import alike
from understudy.specs import Operation

#: The size of a page that is asked for; lists are walked over this many pages, and compared with one of this many objects.
FEW, FAR, ENOUGH = 2, 60, 100
#: Values by which a list is filtered.
TRIED = 2


def _smallest(operation: Operation) -> int:
    """The smallest size above one that the document allows."""
    names = operation.pagination.size.parameters if operation.pagination else ()
    schema = next((each.schema for each in operation.parameters if each.name in names), {})
    least = schema.get("minimum", 1)
    return max(FEW, int(least)) if isinstance(least, int | float) else FEW


def _ids(items: list[Any], key: tuple[str, ...]) -> list[str]:
    return ["/".join(str(each[part]) for part in key) for each in items if all(part in each for part in key)]


def _key(ctx: CheckContext, operation: Operation) -> tuple[str, ...]:
    """The properties that tell the objects of a list apart."""
    resource = ctx.contract.resources[operation.resource or ""]
    return resource.key or (resource.identity.property,)


@check("cuts.pages", "cuts.size")
def lists_are_cut_into_pages(ctx: CheckContext) -> None:
    """A page holds no more objects than were asked for, and the pages of a list together hold each object once."""
    for operation in concerned(ctx, "cuts.pages", "cuts.size", action="list"):
        with trying(ctx, operation, "cuts.pages", "cuts.size"):
            size = _smallest(operation) if takes_page_size(operation) else None
            if size is not None and size < FAR:
                assert isinstance(ctx.finder, AddressFinder)
                supply(ctx, operation, size + 1, path=ctx.finder.address(ctx, operation))
            if size is not None and ctx.asks("cuts.size", operation):
                page = ctx.page(operation, size=size)
                count = len(ctx.items(operation, page))
                ctx.holds(
                    "cuts.size",
                    page,
                    count <= size,
                    f"{several(size, 'object')} at most",
                    several(count, "object"),
                    vacuous=count < size,
                )
            if ctx.asks("cuts.pages", operation):
                _pages(ctx, operation, size)


def _pages(ctx: CheckContext, operation: Operation, size: int | None) -> None:
    key = _key(ctx, operation)
    large = whole(ctx, operation, far=FAR)
    known = _ids(large.part, key)
    if any(_are_alike(ctx, operation, ctx.items(operation, page)) for page in large.pages):
        ctx.lacks("cuts.pages", "objects that differ in their ids", *large.pages[:1])
        return
    if len(known) > ENOUGH or not known:
        ctx.lacks("cuts.pages", "a list that is long enough to be cut, and short enough to be read", *large.pages[:1])
        return
    # About three pages, so that there is one in the middle.
    step = max(size, -(-len(known) // 3)) if size else None
    small = whole(ctx, operation, size=step, far=FAR)
    found = _ids(small.part, key)
    twice = sorted({each for each in found if found.count(each) > 1})
    missing = [each for each in known if each not in found] if large.complete and small.complete else []
    if small.again is not None and len(known) > len(found):
        # The next page of a list that goes on is the same once more.
        twice = found
    shown = f"{', '.join(twice[:3])} twice" if twice else f"{', '.join(missing[:3])} on none of them"
    ctx.holds(
        "cuts.pages",
        (*small.pages[:3], *([small.again] if small.again else [])),
        not twice and not missing,
        "each object of the list on one page",
        shown if twice or missing else "",
        vacuous=len(small.pages) < 2 and not twice,
    )


def _are_alike(ctx: CheckContext, operation: Operation, items: list[Any]) -> bool:
    """Whether objects of a page that may be several have one id; one that has an address in the list is the same again."""
    addressed = any(
        each.action == "read" and each.path.endswith("}") and each.path.rpartition("/{")[0] == operation.path
        for each in ctx.contract.operations.values()
    )
    key, known = _key(ctx, operation), dict[str, Any]()
    for each in items:
        for name in _ids([each], key):
            first = known.setdefault(name, each)
            if first is not each and not (addressed and first == each):
                return True
    return False


@check("cuts.filter")
def filters_hold_for_all_that_is_shown(ctx: CheckContext) -> None:
    """Every object in a list that is filtered has the value that was filtered by."""
    for operation in concerned(ctx, "cuts.filter", action="list"):
        with trying(ctx, operation, "cuts.filter"):
            shown = whole(ctx, operation, far=1)
            if _made_to_differ(ctx, operation, shown.part):
                # What was made may be on a later page.
                shown = whole(ctx, operation, far=FAR)
            tried = False
            for parameter, prop in operation.filters.items():
                for value in _values(shown.part, prop)[:TRIED]:
                    tried = True
                    _filtered(ctx, operation, parameter, prop, value)
            if not tried:
                ctx.lacks("cuts.filter", "objects that differ in what they can be filtered by", *shown.pages[:1])


def _made_to_differ(ctx: CheckContext, operation: Operation, items: list[Any]) -> bool:
    """Make objects with two values of what a list is filtered by and all its objects have alike; whether any was made."""
    create = maker(ctx.contract, operation)
    assert isinstance(ctx.finder, AddressFinder)
    path = ctx.finder.address(ctx, operation)
    made = [
        supply_with(ctx, operation, path, **{prop: value})
        for prop in dict.fromkeys(operation.filters.values())
        if create is not None and not _values(items, prop)
        for value in choices(ctx.contract, create, prop)[:TRIED]
    ]
    return any(made)


def _values(items: list[Any], prop: str) -> list[Any]:
    """The values of a property, where not all objects have the same."""
    found: dict[str, Any] = {}
    for each in items:
        value = each.get(prop)
        if isinstance(value, str | int | float) and str(value).strip():
            found.setdefault(str(value), value)
    return list(found.values()) if len(found) > 1 else []


def _filtered(ctx: CheckContext, operation: Operation, parameter: str, prop: str, value: Any) -> None:
    exchange = ctx.page(operation, query={parameter: value})
    if not exchange.succeeded:
        ctx.lacks("cuts.filter", f"a filter that takes {parameter}={value}", exchange)
        return
    items = ctx.items(operation, exchange)
    wrong = [each[prop] for each in items if prop in each and not alike(value, each[prop])]
    ctx.holds(
        "cuts.filter",
        exchange,
        not wrong,
        f"objects whose {prop} is {value}",
        f"one with {prop} {wrong[0]}" if wrong else "",
        vacuous=not items,
    )


@check("cuts.parent")
def records_lie_under_their_own_parent(ctx: CheckContext) -> None:
    """What a list shows below one parent is not shown below another one."""
    for operation in concerned(ctx, "cuts.parent", action="list"):
        with trying(ctx, operation, "cuts.parent"):
            _apart(ctx, operation)


def _apart(ctx: CheckContext, operation: Operation) -> None:
    finder = ctx.finder
    assert isinstance(finder, AddressFinder)
    names = names_in(operation.route)
    parameter = next(name for name in reversed(names) if name in operation.within)
    key, link = _key(ctx, operation), operation.within[parameter]
    shown: dict[str, tuple[Exchange, list[Mapping[str, Any]]]] = {}
    for address in finder.others(ctx, operation, parameter):
        try:
            page = ctx.page(operation, path=address)
            shown[address[parameter]] = page, ctx.items(operation, page)
        except PrerequisiteError:
            continue
    strays = [
        str(each[link])
        for parent, (_, items) in shown.items()
        for each in items
        if isinstance(each.get(link), str | int) and str(each[link]) in shown and str(each[link]) != parent
    ]
    owned = any(each.action == "create" and each.route == operation.route for each in ctx.contract.operations.values())
    seen: dict[str, set[str]] = {}
    for parent, (_, items) in shown.items():
        for name in _ids(items, key):
            seen.setdefault(name, set()).add(parent)
    shared = [name for name, parents in seen.items() if len(parents) > 1] if owned else []
    filled = sum(bool(items) for _, items in shown.values())
    ctx.holds(
        "cuts.parent",
        tuple(page for page, _ in shown.values())[:3],
        not strays and not shared,
        f"objects of the {parameter} in the address alone",
        f"{', '.join([*shared, *strays][:3])} under another one" if shared or strays else "",
        vacuous=filled < 2,
    )
