"""Pagination: how lists are cut into pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from understudy.conformance.evidence.exchange import NOTHING, Exchange
from understudy.conformance.evidence.matchers import answers, succeeds
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import (
    LARGE,
    Listing,
    count_of,
    items_path,
    places,
    takes_page_number,
    takes_page_size,
    whole,
)
from understudy.conformance.judging.registry import check
from understudy.conformance.judging.supply import supply_one
from understudy.specs import Operation
from understudy.specs.contract import PageSize

#: Page links are followed over this many pages.
FAR = 6
#: The number of a page that no list has.
BEYOND = 10**18 - 1
#: Pairs of a size and a page that are not valid.
NONSENSE = (("0", "abc"), ("1.5", "-1"))


#: What a list has to hold so that the clauses of an aspect can be shown by it; a cap can be shown up to this size.
CAP = 100
ENOUGH: dict[str, Callable[[PageSize], int]] = {
    "paging.default-size": lambda size: size.default + 1,
    "paging.size": lambda size: 4,
    "paging.maximum": lambda size: size.maximum + 1,
    "paging.uncapped": lambda size: CAP + 21,
    "paging.first-page": lambda size: 4,
    "paging.walk": lambda size: 4,
    "paging.walk-default": lambda size: size.default + 1,
    "paging.effective-size": lambda size: size.maximum + 1,
    "paging.count": lambda size: 3,
    "paging.offset": lambda size: 4,
}


def _provide(ctx: CheckContext, operations: list[Operation]) -> None:
    """Have the target hold what this check needs, for each clause on one of the lists that it is about."""
    for aspect, enough in ENOUGH.items():
        for clause in ctx.clauses(aspect) if ctx.declares(aspect) else ():
            mine = [each for each in operations if ctx.run.concerns(clause, [each.id])]
            sizes = [each.pagination.size for each in mine if each.pagination is not None]
            wanted = min((enough(size) for size in sizes), default=0)
            if 0 < wanted <= CAP + 21:
                supply_one(ctx, mine, wanted)


def _step(names: list[str], largest: int) -> int:
    """A size that cuts a list into two pages, or a long one into three."""
    pages = 3 if 20 <= len(names) <= 3 * largest and len(names) < 2 * largest else 2
    return max(2, min(largest, -(-len(names) // pages)))


def _lists(operation: Operation) -> bool:
    return operation.action in {"list", "custom"} and operation.pagination is not None and bool(items_path(operation))


def _sized(operation: Operation) -> bool:
    return _lists(operation) and takes_page_size(operation)


def _paged(operation: Operation) -> bool:
    return _sized(operation) and takes_page_number(operation)


def _cut_by_offset(operation: Operation) -> bool:
    return _sized(operation) and operation.pagination is not None and operation.pagination.offset is not None


@check("paging.default-size", "paging.envelope", "paging.maximum", "paging.size")
def a_page_holds_as_many_as_asked_for(ctx: CheckContext) -> None:
    """A page has the default size, the requested size or the maximum size, in the envelope of the contract."""
    # Sizes above the maximum are tried on lists that are long enough to show it, or else on the longest one.
    longest = -1
    operations = ctx.over("paging.default-size", "paging.size", "paging.maximum", "paging.envelope", when=_lists)
    _provide(ctx, [each for each in operations if takes_page_size(each)])
    for operation in ctx.some_of(operations):
        plain = ctx.page(operation)
        ctx.holds(
            "paging.envelope",
            plain,
            isinstance(plain.find(*items_path(operation)), list) and plain.succeeded,
            f"an object with the list {'.'.join(map(str, items_path(operation)))}",
            plain.summary,
        )
        shown = len(ctx.items(operation, plain))
        if not takes_page_size(operation) or operation.pagination is None:
            continue
        size = operation.pagination.size
        if ctx.asks("paging.default-size", operation):
            large = ctx.page(operation, page=1, size=min(size.maximum, LARGE))
            more = len(ctx.items(operation, large)) > size.default
            ctx.holds(
                "paging.default-size",
                (plain, large),
                shown == size.default if more else shown <= size.default,
                f"{'' if more else 'at most '}{size.default} objects without a size",
                several(shown, "object"),
                vacuous=not more,
            )
        if ctx.asks("paging.size", operation):
            few = ctx.page(operation, size=3)
            ctx.holds(
                "paging.size",
                (plain, few),
                len(ctx.items(operation, few)) == min(3, shown),
                f"{'3' if shown >= 3 else 'all'} objects with {size.parameters[0]}=3",
                several(len(ctx.items(operation, few)), "object"),
                vacuous=shown < 3,
            )
        if ctx.asks("paging.maximum", operation):
            count = len(ctx.items(operation, ctx.page(operation, page=1, size=min(size.maximum, LARGE))))
            if count >= min(size.maximum, LARGE) or count > longest:
                _maximum(ctx, operation)
            longest = max(longest, count)


def _maximum(ctx: CheckContext, operation: Operation) -> None:
    """A size above the maximum is clamped, refused or replaced, as the contract says; the maximum is accepted."""
    assert operation.pagination is not None
    size = operation.pagination.size
    full = ctx.page(operation, page=1, size=size.maximum)
    above = ctx.page(operation, size=size.maximum + 50)
    # That the maximum is accepted does not show that there is one.
    ctx.holds("paging.maximum", full, full.succeeded, "a 2xx status", full.summary, vacuous=True)
    if size.above == "refuse":
        ctx.judge("paging.maximum", above, answers(400))
        return
    wanted = len(ctx.items(operation, full)) if size.above == "clamp" else size.default
    found = len(above.find(*items_path(operation)) or []) if above.succeeded else -1
    ctx.holds(
        "paging.maximum",
        (full, above),
        found == min(wanted, size.maximum),
        f"{several(min(wanted, size.maximum), 'object')} as with {size.maximum}",
        several(found, "object") if found >= 0 else above.summary,
        vacuous=wanted < size.maximum,
    )


@check("paging.uncapped")
def a_large_page_is_given(ctx: CheckContext) -> None:
    """A page can hold 120 objects if the list has that many, since 100 is not a maximum here."""
    operations = ctx.over("paging.uncapped", when=_paged)
    _provide(ctx, operations)
    for operation in operations:
        known = len(whole(ctx, operation, far=2).part)
        page = ctx.page(operation, size=120)
        found = len(ctx.items(operation, page)) if page.succeeded else -1
        ctx.holds(
            "paging.uncapped",
            page,
            found == min(known, 120),
            f"{several(min(known, 120), 'object')} when 120 are requested",
            several(found, "object") if page.succeeded else page.summary,
            vacuous=known <= 100,
        )


@check(
    "ordering.total",
    "paging.effective-size",
    "paging.first-page",
    "paging.never-fails",
    "paging.past-end",
    "paging.walk",
    "paging.walk-default",
)
def pages_make_up_the_list(ctx: CheckContext) -> None:
    """Pages are counted from 1, follow each other without overlap or gap, and are the same when requested again."""
    judges = {
        "paging.first-page": _first_page,
        "paging.walk": _walk,
        "paging.walk-default": _walk_default,
        "paging.effective-size": _effective_size,
        "ordering.total": _repeated,
    }
    operations = ctx.over(*judges, when=_paged)
    _provide(ctx, operations)
    for operation in operations:
        reference = whole(ctx, operation, far=2)
        for name, judge in judges.items():
            if ctx.asks(name, operation):
                judge(ctx, operation, reference)
    for operation in ctx.some_of(ctx.over("paging.past-end", when=_paged), 8):
        _past_end(ctx, operation)


def _first_page(ctx: CheckContext, operation: Operation, reference: Listing) -> None:
    names = reference.part_names
    first = ctx.page(operation, size=3)
    ctx.holds(
        "paging.first-page",
        (reference.pages[0], first),
        _names(ctx, operation, first) == names[:3],
        "page 1 when no page is requested",
        _first_difference(names[:3], _names(ctx, operation, first)),
        vacuous=len(names) < 2,
    )


def _walk(ctx: CheckContext, operation: Operation, reference: Listing) -> None:
    assert operation.pagination is not None
    step = _step(reference.part_names, operation.pagination.size.maximum)
    _covers(ctx, "paging.walk", operation, whole(ctx, operation, size=step, far=4), reference, step)


def _repeated(ctx: CheckContext, operation: Operation, reference: Listing) -> None:
    names = reference.part_names
    again = whole(ctx, operation, far=1, fresh=True)
    repeated = again.part_names
    ctx.holds(
        "ordering.total",
        (reference.pages[0], again.pages[0]),
        repeated == names[: len(repeated)] and len(set(names)) == len(names),
        "the same objects in the same order when requested again, each once",
        _first_difference(names, repeated),
    )


def _walk_default(ctx: CheckContext, operation: Operation, reference: Listing) -> None:
    assert operation.pagination is not None
    # The size may be left out in both readings; how large a page then is, is another matter.
    default = len(ctx.items(operation, ctx.page(operation))) or operation.pagination.size.default
    wanted = reference.part_names[default : 2 * default]
    if not wanted:
        ctx.lacks("paging.walk-default", f"a list of more than {default} objects", *reference.pages[:1])
        return
    second = ctx.page(operation, page=2)
    got = _names(ctx, operation, second) if second.succeeded else []
    ctx.holds(
        "paging.walk-default",
        second,
        got == wanted,
        f"objects {default + 1} to {2 * default} on page 2",
        _first_difference(wanted, got),
    )


def _effective_size(ctx: CheckContext, operation: Operation, reference: Listing) -> None:
    assert operation.pagination is not None
    size = operation.pagination.size
    wanted = reference.part_names[size.maximum : 2 * size.maximum]
    if size.above != "clamp":
        return
    if not wanted:
        ctx.lacks("paging.effective-size", f"a list of more than {size.maximum} objects", *reference.pages[:1])
        return
    beyond = ctx.page(operation, page=2, size=size.maximum + 50)
    got = _names(ctx, operation, beyond) if beyond.succeeded else []
    ctx.holds(
        "paging.effective-size",
        beyond,
        got == wanted,
        f"page 2 to begin after {size.maximum} objects, the maximum size",
        _first_difference(wanted, got),
    )


def _past_end(ctx: CheckContext, operation: Operation) -> None:
    assert operation.pagination is not None
    assert operation.pagination.page is not None
    past = ctx.page(operation, page=BEYOND)
    ctx.judge("paging.never-fails", past, succeeds)
    if operation.pagination.page.past_end == "missing":
        ctx.judge("paging.past-end", past, answers(404))
    else:
        ctx.holds(
            "paging.past-end",
            past,
            past.succeeded and past.find(*items_path(operation)) == [],
            "success and an empty list past the end",
            past.summary,
        )


def _covers(ctx: CheckContext, what: str, operation: Operation, walked: Listing, reference: Listing, step: int) -> None:
    # Of a list that is too long to be read to its end, only what both readings hold is compared.
    names, got = reference.part_names, walked.part_names
    wanted = names[: len(got)] if not walked.complete else names
    got = got[: len(wanted)] if not reference.complete else got
    full = all(len(ctx.items(operation, page)) == step for page in walked.pages[:-1])
    ctx.holds(
        what,
        walked.pages[:3],
        got == wanted[: max(len(got), 1)] and full and (not reference.complete or len(got) == len(wanted)),
        f"pages of {step} that together make up the list, each object once",
        _first_difference(wanted, got),
        vacuous=len(names) < 3,
    )


@check("paging.never-fails", "paging.nonsense", "paging.stranger")
def lists_do_not_fail(ctx: CheckContext) -> None:
    """A list succeeds whatever is sent as size or page; invalid values count as the default."""
    for operation in ctx.over("paging.nonsense", "paging.never-fails", "paging.stranger", when=_paged):
        plain = ctx.page(operation)
        wanted = _names(ctx, operation, plain)
        for value, other in (
            NONSENSE if ctx.asks("paging.nonsense", operation) or ctx.asks("paging.never-fails", operation) else ()
        ):
            page = ctx.page(operation, page=other, size=value)
            ctx.judge("paging.never-fails", page, succeeds)
            got = _names(ctx, operation, page) if page.succeeded else []
            ctx.holds(
                "paging.nonsense",
                (plain, page),
                got == wanted,
                f"the first page when size and page are {value!r} and {other!r}",
                page.summary if not page.succeeded else _first_difference(wanted, got),
            )
        if ctx.asks("paging.stranger", operation):
            strange = ctx.page(operation, query={"understudy": "unknown", "sort": "-id", "offset": "5"})
            got = _names(ctx, operation, strange) if strange.succeeded else []
            ctx.holds(
                "paging.stranger",
                (plain, strange),
                got == wanted,
                "the same page with unknown parameters",
                strange.summary if not strange.succeeded else _first_difference(wanted, got),
            )


@check("paging.unusable-page", "paging.unusable-size")
def unusable_pages_are_handled(ctx: CheckContext) -> None:
    """A size or page that is not a positive integer is refused, missing or replaced by the default, as the contract says."""
    # Each list is tried with other values: the same code reads them for all lists.
    for turn, operation in enumerate(
        ctx.some_of(ctx.over("paging.unusable-page", "paging.unusable-size", when=_paged), 5), 1
    ):
        assert operation.pagination is not None
        assert operation.pagination.page is not None
        plain = ctx.page(operation)
        wanted = _names(ctx, operation, plain)
        if ctx.asks("paging.unusable-page", operation):
            page = ctx.page(operation, page=("0", "abc", "-1")[turn % 3])
            _unusable(ctx, "paging.unusable-page", operation, page, operation.pagination.page.unusable, wanted)
        if ctx.asks("paging.unusable-size", operation):
            page = ctx.page(operation, size=("-1", "1.5", "abc", "0")[turn % 4])
            _unusable(ctx, "paging.unusable-size", operation, page, operation.pagination.size.unusable, wanted)


def _unusable(ctx: CheckContext, what: str, operation: Operation, page: Exchange, how: str, wanted: list[str]) -> None:
    if how == "default":
        got = _names(ctx, operation, page) if page.succeeded else []
        ctx.holds(
            what,
            page,
            got == wanted,
            "the first page",
            page.summary if not page.succeeded else _first_difference(wanted, got),
        )
    else:
        ctx.judge(what, page, answers(404 if how == "missing" else 400))


@check("paging.first-has-no-previous", "paging.last-has-no-next", "paging.links")
def page_links_stay_and_end(ctx: CheckContext) -> None:
    """Page links lead to the target itself; none leads back from the first page or on from the last."""
    operations = ctx.over("paging.last-has-no-next", "paging.first-has-no-previous", "paging.links", when=_paged)
    for operation in ctx.some_of(operations, 6):
        assert operation.pagination is not None
        reference = whole(ctx, operation, far=2)
        step = _step(reference.part_names, operation.pagination.size.maximum)
        page = ctx.page(operation, size=step)
        ctx.holds(
            "paging.first-has-no-previous",
            page,
            _link(operation, page, "previous") in (None, NOTHING),
            "no link to a previous page on the first",
            _link(operation, page, "previous"),
        )
        pages = [page]
        away = _links_elsewhere(ctx, operation, page)
        for number in range(2, FAR + 2):
            link = _link(operation, page, "next")
            if not isinstance(link, str):
                break
            if not ctx.run.target.hosts(link):
                away.append(link)
            # A link to another host is not followed, as the request would take the credential there.
            page = ctx.follow(link, page) if not away else ctx.page(operation, number, step)
            pages.append(page)
        ctx.holds(
            "paging.links",
            pages[:3],
            not away,
            f"page links that lead to the host of {ctx.run.target.url}",
            ", ".join(dict.fromkeys(away)),
        )
        # Of a list that is too long to be followed to its end, the last page is known by its number alone.
        endless = isinstance(_link(operation, page, "next"), str) and not reference.complete
        last = _last(ctx, operation, page, step) if endless else page
        if last is None:
            ctx.lacks("paging.last-has-no-next", f"a list that ends within {several(len(pages), 'page')}", page)
        else:
            ctx.holds(
                "paging.last-has-no-next",
                last,
                not isinstance(_link(operation, last, "next"), str),
                "no link to a next page on the last",
                _link(operation, last, "next"),
            )


def _last(ctx: CheckContext, operation: Operation, page: Exchange, step: int) -> Exchange | None:
    """The last page of a list too long to be read, if a page gives the number of all objects."""
    total = count_of(operation, page)
    last = ctx.page(operation, page=-(-total // step), size=step) if total else None
    return last if last is not None and last.succeeded and ctx.items(operation, last) else None


def _links_elsewhere(ctx: CheckContext, operation: Operation, page: Exchange) -> list[str]:
    """The page links that lead to another host."""
    links = [_link(operation, page, name) for name in ("self", "first", "previous", "next", "last")]
    return [link for link in links if isinstance(link, str) and not ctx.run.target.hosts(link)]


def _link(operation: Operation, page: Exchange, name: str) -> Any:
    """The link of that name, at its place in the contract's envelope."""
    for place in places(operation, name):
        found = page.find(*place)
        if found is not NOTHING:
            return found
    return NOTHING


@check("paging.count")
def the_count_matches_the_list(ctx: CheckContext) -> None:
    """The count beside a page is that of the whole list."""
    operations = ctx.over("paging.count", when=_paged)
    _provide(ctx, operations)
    for operation in ctx.some_of(operations, 6):
        reference = whole(ctx, operation)
        page = ctx.page(operation, size=3)
        total = len(reference.part)
        for place in places(operation, "count") if reference.complete else ():
            found = page.find(*place)
            ctx.holds(
                "paging.count",
                (reference.pages[-1], page),
                found == total,
                f"{'.'.join(place)} to be {total}",
                found,
                vacuous=total < 2,
            )


@check("paging.offset")
def an_offset_starts_a_page(ctx: CheckContext) -> None:
    """A page can be requested by offset and limit instead of by its number."""
    operations = ctx.over("paging.offset", when=_cut_by_offset)
    _provide(ctx, operations)
    for operation in ctx.some_of(operations, 3):
        assert operation.pagination is not None
        assert operation.pagination.offset is not None
        names = _names(ctx, operation, ctx.page(operation, size=20))
        name = operation.pagination.offset.parameters[0]
        limit = operation.pagination.size.parameters[-1]
        page = ctx.call(operation, query=[(limit, 2), (name, 1)])
        got = _names(ctx, operation, page) if page.succeeded else []
        ctx.holds(
            "paging.offset",
            page,
            got == names[1:3],
            f"objects 2 and 3 with {limit}=2 and {name}=1",
            page.summary if not page.succeeded else _first_difference(names[1:3], got),
            vacuous=len(names) < 3,
        )


def _names(ctx: CheckContext, operation: Operation, page: Exchange) -> list[str]:
    return [ctx.identify(item, operation) for item in ctx.items(operation, page)]


def _first_difference(wanted: list[str], got: list[str]) -> str:
    for at in range(max(len(wanted), len(got))):
        one, other = wanted[at : at + 1], got[at : at + 1]
        if one != other:
            return (
                f"object {at + 1} is {other[0] if other else 'not there'} instead of {one[0] if one else 'not there'}"
            )
    twice = {name for name in got if got.count(name) > 1}
    return f"{min(twice)} is there more than once" if twice else several(len(got), "object")
