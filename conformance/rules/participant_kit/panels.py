"""Panels and their panellists: who is listed, and what of them is shown."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange, find
from understudy.conformance.evidence.matchers import answers, dated, instant, lacks, succeeds, text
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import Item, identify, whole
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.kits.words import FAR, listed, reveals_nothing


def panellists(ctx: CheckContext, include: str | None = None, **more: Any) -> tuple[list[Item], Exchange]:
    """One large page of panellists."""
    operation = ctx.contract.operations["list_panel_panellists"]
    page = ctx.page(operation, page=1, size=100, query={"include": include} if include is not None else (), **more)
    return ctx.items(operation, page), page


def _panel(ctx: CheckContext) -> str:
    """The panel with the most panellists among the first few."""
    return ctx.parameter(ctx.contract.operations["list_panel_panellists"], "panel_id")


@check("PK-052")
def a_panel_counts_its_panellists(ctx: CheckContext) -> None:
    """panellist_count is the number of panellists that the list shows, or of the confirmed among them."""
    wanted = _panel(ctx)
    read = whole(ctx, ctx.contract.operations["list_panel_panellists"], path={"panel_id": wanted}, far=FAR)
    if not read.complete:
        ctx.lacks("PK-052", f"a panel whose panellists fit on {FAR} pages", *read.pages[-1:])
        return
    confirmed = sum(each.get("confirmed_at") is not None for each in read.part)
    right = {len(read.part), confirmed}
    panels = ctx.listed("list_panels")
    page = ctx.exchanges[-1]
    alone = ctx.call("retrieve_panel", path={"panel_id": wanted})
    shown = [(alone, alone.json), *((page, each) for each in panels if identify(each) == wanted)]
    for exchange, panel in shown:
        count = find(panel, "panellist_count")
        ctx.holds(
            "PK-052",
            (read.pages[-1], exchange),
            count in right and not isinstance(count, bool),
            f"panellist_count {' or '.join(str(each) for each in sorted(right, reverse=True))}",
            count,
            vacuous=not read.part,
        )


@check("PK-056", "PK-057", "PK-058", "PK-075", "PK-188", "PK-199")
def only_subscribed_panellists_are_listed(ctx: CheckContext) -> None:
    """Panellists who opted in and have not opted out since are listed, on pages without a gap."""
    operation = ctx.contract.operations["list_panel_panellists"]
    read = whole(ctx, operation, far=FAR)
    none = not read.part
    wrong = [identify(each) for each in read.part if not _subscribed(each)]
    wanted = "only panellists who opted in and not out since"
    ctx.holds("PK-056", read.pages, not wrong, wanted, listed(wrong), vacuous=none)
    keyed = [identify(each) for each in read.part if each.get("opted_out_at") is not None and not _in_again(each)]
    ctx.holds("PK-057", read.pages, not keyed, "opted_out_at null", listed(keyed), vacuous=none)
    waiting = [each for each in read.part if each.get("confirmed_at") is None]
    ctx.holds("PK-058", read.pages, True, "a panellist who has not confirmed", "none", vacuous=not waiting)
    _pages(ctx, len(read.part) if read.complete else None)
    times = [moment for each in read.part if (moment := instant(each.get("opted_in_at"))) is not None]
    ctx.holds("PK-188", read.pages, times == sorted(times), "the order of opting in", "another", vacuous=len(times) < 3)


def _subscribed(each: Item) -> bool:
    return dated(each.get("opted_in_at")) and (each.get("opted_out_at") is None or _in_again(each))


def _in_again(each: Item) -> bool:
    """Whether a panellist opted out first and in again later."""
    opted_in, opted_out = instant(each.get("opted_in_at")), instant(each.get("opted_out_at"))
    return opted_in is not None and opted_out is not None and opted_out < opted_in


def _pages(ctx: CheckContext, count: int | None) -> None:
    """Walk to the first empty page, where a client would stop."""
    if count is None or count < 3:
        ctx.lacks(("PK-075", "PK-199"), "a panel with some panellists, not too many to be read")
        return
    operation = ctx.contract.operations["list_panel_panellists"]
    size = min(100, -(-count // 3))
    sizes: list[int] = []
    pages: list[Exchange] = []
    while len(pages) < 60 and (not sizes or sizes[-1]):
        pages.append(ctx.page(operation, page=len(pages) + 1, size=size))
        sizes.append(len(ctx.items(operation, pages[-1])))
    wanted = f"pages that together hold {several(count, 'panellist')} before the first empty one"
    all_there = ctx.holds("PK-075", pages[:3], sum(sizes) == count, wanted, several(sum(sizes), "panellist"))
    if all_there:
        full = [each for each in sizes if each][:-1]
        ctx.holds("PK-199", pages[:3], set(full) <= {size}, f"pages of {size}", f"pages of {listed(sizes)}")


@check("PK-060", "PK-200")
def the_default_entry_has_its_members(ctx: CheckContext) -> None:
    """An entry has its id and opted_in_at; the other two times keep their keys when they are null."""
    entries, page = panellists(ctx)
    bad = [identify(each) for each in entries if not text(each.get("id")) or "opted_in_at" not in each]
    ctx.holds("PK-060", page, not bad, "id and opted_in_at", listed(bad), vacuous=not entries)
    bad = [identify(each) for each in entries if not {"confirmed_at", "opted_out_at"} <= set(each)]
    ctx.holds("PK-200", page, not bad, "confirmed_at and opted_out_at", listed(bad), vacuous=not entries)


@check(
    "PK-034",
    "PK-061",
    "PK-062",
    "PK-063",
    "PK-064",
    "PK-065",
    "PK-066",
    "PK-067",
    "PK-068",
    "PK-073",
    "PK-117",
    "PK-180",
)
def panellist_data_is_private(ctx: CheckContext) -> None:
    """Personal data and answers are shown only with include=pii and include=properties."""
    plain, page = panellists(ctx)
    ctx.need(plain, "the panel has no panellists", page)
    pii, shown = panellists(ctx, "pii")
    secrets = [str(each[name]) for each in pii for name in ("email", "name") if text(each.get(name))]
    ctx.judge("PK-061", page, reveals_nothing(*secrets))
    ctx.judge("PK-117", page, lacks("email", "name"))
    ctx.judge("PK-073", page, lacks("properties"))
    bad = [identify(each) for each in pii if not {"email", "name"} <= set(each)]
    ctx.holds("PK-062", shown, not bad and bool(secrets), "email and name on each entry", listed(bad))
    ctx.judge("PK-063", shown, lacks("first_name"))
    ctx.judge("PK-064", shown, lacks("properties"))
    answers_only, extended = panellists(ctx, "properties")
    ctx.judge("PK-064", extended, reveals_nothing(*secrets))
    without = [identify(each) for each in answers_only if not isinstance(each.get("properties"), list)]
    ctx.holds("PK-073", extended, not without, "properties on each entry, [] if there are none", listed(without))
    _entries(ctx, answers_only, extended)
    _combined(ctx, plain, page)


def _entries(ctx: CheckContext, found: list[Item], page: Exchange) -> None:
    parts = [(identify(each), part) for each in found for part in each.get("properties") or ()]
    odd = [name for name, part in parts if not isinstance(part, dict) or not {"field_id", "value"} <= set(part)]
    ctx.holds("PK-068", page, not odd, "entries with field_id and value", listed(odd), vacuous=not parts)


def _combined(ctx: CheckContext, plain: list[Item], page: Exchange) -> None:
    operation = ctx.contract.operations["list_panel_panellists"]
    full, both_shown = panellists(ctx, "pii,properties")
    all_there = all({"email", "name", "properties"} <= set(each) for each in full)
    ctx.holds("PK-065", both_shown, all_there, "email, name and properties together", both_shown.summary)
    turned, exchange = panellists(ctx, "properties,pii")
    ctx.holds(
        "PK-066", (both_shown, exchange), turned == full, "the same with the words turned round", exchange.summary
    )
    for clause, includes in (("PK-067", ("unknown", "first_name", "pii2")), ("PK-180", ("PII",))):
        for include in includes:
            exchange = ctx.page(operation, page=1, size=100, query={"include": include})
            if not ctx.judge("PK-034", exchange, succeeds):
                continue
            spelt = ctx.items(operation, exchange)
            wanted = f"no more members with include={include}"
            ctx.holds(clause, (page, exchange), spelt == plain, wanted, exchange.summary)


@check("PK-077", roles=("other",))
def panellists_of_others_are_out_of_reach(ctx: CheckContext) -> None:
    """Another organisation sees no panellist of a panel."""
    panel = _panel(ctx)
    mine, page = panellists(ctx, path={"panel_id": panel})
    foreign = ctx.call("list_panel_panellists", path={"panel_id": panel}, role="other")
    seen = foreign.find("data") if foreign.succeeded else []
    ctx.holds("PK-077", (page, foreign), seen == [], "no panellists", foreign.summary, vacuous=not mine)


@check("PK-076")
def an_unknown_panel_has_no_list(ctx: CheckContext) -> None:
    """The list of panellists of an unknown panel is answered with 404."""
    ctx.judge("PK-076", ctx.call("list_panel_panellists", path={"panel_id": "pan_000000000000"}), answers(404))
