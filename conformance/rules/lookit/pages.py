"""Pages of lists: their links and numbers, whatever the size of a page is."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from understudy.conformance.evidence.exchange import NOTHING, Exchange
from understudy.conformance.evidence.matchers import address, integer
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext, identify
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.lookit.reading import Listing, link, walk
from understudy.specs import Operation

#: The size asked for, so that lists of few objects have pages where the server takes a size.
FEW = 3
#: As many pages are read of each list.
SOME = 12


def _lists(ctx: CheckContext) -> list[Operation]:
    return [each for each in ctx.contract.operations.values() if each.action == "list" and ctx.lacking(each) is None]


def _names(ctx: CheckContext, operation: Operation, page: Exchange) -> list[str]:
    return [identify(each) for each in ctx.items(operation, page)] if page.succeeded else []


def _number(page: Exchange, name: str) -> int | None:
    found = page.find("links", "meta", name)
    return found if integer(found) else None


@check("LK-027", "LK-028", "LK-030", "LK-207")
def a_page_has_links_and_numbers(ctx: CheckContext) -> None:
    """A page has links to the first and the last page, to its neighbours where there are any, and numbers beside them."""
    for operation in _lists(ctx):
        read = walk(ctx, operation, size=FEW, far=SOME)
        first = read.pages[0]
        for page in (first, read.pages[-1]):
            links = page.find("links")
            there = isinstance(links, dict) and {"first", "last"} <= set(links)
            ctx.holds("LK-027", page, there, "links with first and last", page.summary)
        numbers = {name: first.find("links", "meta", name) for name in ("page", "pages", "count")}
        good = all(integer(each) for each in numbers.values())
        ctx.holds("LK-030", first, good, "page, pages and count as numbers in links.meta", numbers)
        count = _number(first, "count")
        more = count is not None and count > len(ctx.items(operation, first))
        ctx.holds("LK-027", first, not more or link(first, "next"), f"a next page, as count is {count}", first.summary)
        for page in read.pages[1:2]:
            ctx.holds("LK-027", page, link(page, "prev"), "a previous page on the second", page.summary)
        ends = [(first, "prev")]
        if read.complete:
            ends.append((read.pages[-1], "next"))
        for page, name in ends:
            alone = count is not None and count <= len(ctx.items(operation, page))
            ctx.holds("LK-028", page, not link(page, name), f"no address in {name}", link(page, name))
            key = page.find("links", name)
            ctx.holds("LK-207", page, key is not NOTHING or bool(link(page, name)), f"{name} with null", "no such key")
            if name == "prev" and alone:
                ctx.holds("LK-028", page, not link(page, "next"), "no address in next", link(page, "next"))


@check("LK-029", "LK-031", "LK-033", "LK-037")
def pages_follow_each_other(ctx: CheckContext) -> None:
    """Pages are counted from 1 and reached by links; together they make up the list, each object once."""
    for operation in _lists(ctx):
        read = walk(ctx, operation, size=FEW, far=SOME)
        first = read.pages[0]
        twice = len(read.names) - len(set(read.names))
        ctx.holds("LK-033", read.pages[:3], not twice, "each object once", f"{twice} twice")
        shown = _names(ctx, operation, first)
        numbered = ctx.page(operation, page=1, size=FEW)
        same = _names(ctx, operation, numbered) == shown and numbered.succeeded
        ctx.holds("LK-031", (first, numbered), same, "page 1 as without a number", numbered.summary)
        ahead = link(first, "next")
        home = ahead is None or ctx.run.target.hosts(ahead)
        ctx.holds("LK-033", first, home, f"next at {ctx.run.target.url}", ahead)
        for page in read.pages[1:2]:
            other = not set(_names(ctx, operation, page)) & set(shown)
            ctx.holds("LK-031", (first, page), other, "other objects on page 2", page.summary)
            # A link to another host is not followed, as the request would take the credential there.
            if ahead and home:
                followed = ctx.follow(ahead, first)
                lead = _names(ctx, operation, followed) == _names(ctx, operation, page)
                ctx.holds("LK-033", (first, page, followed), lead, "page 2 at links.next", followed.summary)
        _first_and_last(ctx, operation, read)
        _own_path(ctx, operation, first)
    if not ctx.judged:
        ctx.need(False, "the target has no list of more than one page")


def _first_and_last(ctx: CheckContext, operation: Operation, read: Listing) -> None:
    """The links first and last are absolute and lead to these pages."""
    page = read.pages[0]
    for name, wanted in (("first", page), ("last", read.pages[-1])):
        found = link(page, name)
        if found is None and not read.items:
            continue
        ctx.holds("LK-029", page, address(found), f"an absolute address in {name}", found)
        if found is None or not ctx.run.target.hosts(found):
            ctx.holds("LK-029", page, False, f"{name} at {ctx.run.target.url}", found)
        elif name == "first" or read.complete:
            there = ctx.follow(found, page)
            lead = there.succeeded and _names(ctx, operation, there) == _names(ctx, operation, wanted)
            ctx.holds("LK-029", (page, there), lead, f"the {name} page", there.summary)


def _own_path(ctx: CheckContext, operation: Operation, page: Exchange) -> None:
    """Page links lead to the list that was asked for."""
    path = urlsplit(page.request.url).path.rstrip("/")
    links = [found for name in ("first", "last", "next") if (found := link(page, name))]
    strange = [found for found in links if urlsplit(found).path.rstrip("/") != path]
    ctx.holds("LK-037", page, not strange, f"links to {path}", ", ".join(strange[:2]), vacuous=not links)


@check("LK-032", "LK-034", "LK-039")
def counts_are_those_of_the_whole_list(ctx: CheckContext) -> None:
    """count is the size of the list that the caller sees and pages the number of its pages."""
    long: list[str] = []
    for operation in _lists(ctx):
        read = walk(ctx, operation)
        first = read.pages[0]
        count, pages = _number(first, "count"), _number(first, "pages")
        if count is None or pages is None:
            continue
        if not read.complete:
            long.append(operation.id)
            continue
        total = len(read.items)
        ctx.holds("LK-032", read.pages[:2], count == total, f"count to be {total}", count, vacuous=not total)
        fits = pages == len(read.pages) if total else pages in {0, 1}
        ctx.holds("LK-032", read.pages[:2], fits, f"pages to be {len(read.pages)}", pages, vacuous=not total)
        few = walk(ctx, operation, size=FEW, far=1).pages[0]
        ctx.holds("LK-032", few, _number(few, "count") == total, f"count to be {total} on any page", few.summary)
        if not total:
            ctx.holds("LK-034", first, first.find("data") == [] and count == 0, "data [] and count 0", first.summary)
    ctx.need(len(long) < len(_lists(ctx)), "every list is too long to be read whole")
    for role in ("participant", "outsider"):
        if role not in ctx.run.target.tokens:
            continue
        for name in ("list_children", "list_responses", "list_feedback"):
            read = walk(ctx, ctx.contract.operations[name], role=role)
            count, total = _number(read.pages[0], "count"), len(read.items)
            if count is None or not read.complete:
                continue
            ctx.holds("LK-039", read.pages[0], count == total, f"count {total}, as many as are visible", count)
            if not total:
                empty = read.pages[0].find("data") == [] and count == 0
                ctx.holds("LK-034", read.pages[0], empty, "data [] and count 0", read.pages[0].summary)
    if "LK-034" not in ctx.judged:
        ctx.lacks("LK-034", "a caller with an empty list")
    if "LK-039" not in ctx.judged:
        ctx.lacks("LK-039", "a caller who does not see everything: --token participant=…")


@check("LK-038", "LK-046", "LK-047", "LK-048", "LK-049", "LK-179")
def children_can_be_ordered(ctx: CheckContext) -> None:
    """ordering=birthday lists the oldest child first, -birthday the youngest, over all pages; links keep the order."""
    operation = ctx.contract.operations["list_children"]
    for order, clause in (("birthday", "LK-046"), ("-birthday", "LK-047")):
        read = walk(ctx, operation, size=7, query={"ordering": order})
        days = [str(day) for each in read.items if (day := _birthday(each))]
        wanted = sorted(days, reverse=order.startswith("-"))
        shown = [str(day) for each in ctx.items(operation, read.pages[0]) if (day := _birthday(each))]
        ctx.holds(
            clause,
            read.pages[0],
            shown == sorted(shown, reverse=order.startswith("-")) and shown[:1] == wanted[:1],
            f"{order}: {wanted[:3]} first",
            shown[:3],
            vacuous=len(set(days)) < 3,
        )
        ctx.holds(
            "LK-048",
            read.pages[:3],
            days == wanted,
            f"{order} over all pages",
            several(len(read.pages), "page") + (" out of order" if days != wanted else ""),
            vacuous=len(read.pages) < 2,
        )
        ahead = link(read.pages[0], "next")
        kept = [order] == parse_qs(urlsplit(ahead or "").query).get("ordering")
        ctx.holds("LK-038", read.pages[0], not ahead or kept, f"ordering={order} in next", ahead, vacuous=not ahead)
    plain = ctx.page(operation, size=100)
    for odd in ("given_name", "unknown", "-"):
        exchange = ctx.page(operation, size=100, query={"ordering": odd})
        same = exchange.succeeded and exchange.find("data") == plain.find("data")
        ctx.holds("LK-049", (plain, exchange), same, f"the same list with ordering={odd}", exchange.summary)
    moved = ctx.page(operation, size=100, query={"sort": "birthday"})
    same = moved.succeeded and moved.find("data") == plain.find("data")
    ctx.holds("LK-179", (plain, moved), same, "the same list with sort", moved.summary)


def _birthday(child: dict[str, object]) -> object:
    found = child.get("attributes")
    return found.get("birthday") if isinstance(found, dict) else None


@check("LK-041")
def lists_stay_in_order(ctx: CheckContext) -> None:
    """A list that is read again has the same objects in the same order."""
    operation = ctx.contract.operations["list_children"]
    once = walk(ctx, operation, far=1)
    again = walk(ctx, operation, far=1, fresh=True)
    ctx.holds(
        "LK-041",
        (once.pages[0], again.pages[0]),
        once.names == again.names,
        "the same children in the same order",
        "another order",
        vacuous=len(once.names) < 2,
    )


@check("LK-177")
def the_last_page_has_a_name(ctx: CheckContext) -> None:
    """page=last is the last page."""
    operation = ctx.contract.operations["list_labs"]
    read = walk(ctx, operation, size=2)
    last = ctx.page(operation, page="last", size=2)
    same = last.succeeded and read.complete and _names(ctx, operation, last) == _names(ctx, operation, read.pages[-1])
    ctx.holds("LK-177", (read.pages[-1], last), same, "the last page", last.summary)
