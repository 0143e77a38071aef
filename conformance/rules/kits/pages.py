"""Pages: no number makes a list fail, and no page holds more than it may."""

from __future__ import annotations

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import succeeds
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.judging.supply import supply
from understudy.conformance.rules.kits.words import list_operation
from understudy.specs import Operation

#: How many objects a page holds without a limit.
DEFAULT = 20
NUMBERS = (("0", None), ("-1", None), (str(10**12), None), (None, "0"), (None, "-1"), (None, str(10**12)), ("0", "0"))


def _lists(operation: Operation) -> bool:
    return operation.action == "list"


@check("paging.any-number")
def no_number_makes_a_list_fail(ctx: CheckContext) -> None:
    """A page and a limit of zero, negative or huge, do not make a list fail."""
    for operation in ctx.over("paging.any-number", when=_lists):
        for page, size in NUMBERS:
            ctx.judge("paging.any-number", ctx.page(operation, page=page, size=size), succeeds)


@check("paging.default-bound", "paging.default-full", "paging.size-bound")
def pages_are_bounded(ctx: CheckContext) -> None:
    """Without limit a page holds 20 objects, if there are as many, and never more; with limit at most so many."""
    for operation in ctx.over("paging.default-bound", "paging.default-full", "paging.size-bound", when=_lists):
        large = _count(ctx, operation, ctx.page(operation, page=1, size=100))
        for aspect, page, most in (
            ("paging.default-bound", ctx.page(operation), DEFAULT),
            ("paging.size-bound", ctx.page(operation, page=1, size=3), 3),
        ):
            found = _count(ctx, operation, page)
            ctx.holds(
                aspect,
                page,
                0 < found <= most or not large,
                f"from 1 to {most} objects",
                several(found, "object"),
                vacuous=large <= most,
            )
        page = ctx.page(operation)
        found = _count(ctx, operation, page)
        ctx.holds(
            "paging.default-full",
            page,
            found == DEFAULT or large < DEFAULT,
            several(DEFAULT, "object"),
            several(found, "object"),
            vacuous=large < DEFAULT,
        )


def _count(ctx: CheckContext, operation: Operation, page: Exchange) -> int:
    return len(ctx.items(operation, page))


@check("paging.cap")
def a_page_is_capped(ctx: CheckContext) -> None:
    """A limit above 100 does not fail and yields 100 objects at most, of a list that has more."""
    for operation in ctx.over("paging.cap", when=_lists):
        _capped(ctx, operation)


@check("paging.cap", writes=True)
def a_page_of_new_objects_is_capped(ctx: CheckContext) -> None:
    """If no list has more than 100 objects, as many are made as are needed to see the cap."""
    operation = ctx.contract.operations[list_operation(ctx)]
    if ctx.asks("paging.cap", operation):
        supply(ctx, operation, 101)
        _capped(ctx, operation)


def _has_more(ctx: CheckContext, operation: Operation) -> bool:
    """Whether a list has more than 100 objects."""
    return bool(ctx.items(operation, ctx.page(operation, page=101, size=1)))


def _capped(ctx: CheckContext, operation: Operation) -> None:
    above = ctx.page(operation, page=1, size=150)
    found = _count(ctx, operation, above) if above.succeeded else -1
    ctx.holds(
        "paging.cap",
        above,
        0 <= found <= 100,
        "100 objects at most with limit=150",
        several(found, "object") if above.succeeded else above.summary,
        vacuous=not _has_more(ctx, operation),
    )
