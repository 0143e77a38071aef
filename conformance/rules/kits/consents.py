"""Consents: the filter, what a refusal holds, and the participant that a consent names."""

from __future__ import annotations

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import brief, dated, succeeds
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import identify
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.kits.words import activity, listed, opting_in, shown

STATUSES = ("agreed", "refused")
#: A filtered list is walked in about so many pages: small ones, of which one is empty where a full page is thinned.
PAGES = 25


@check(
    "consent.filter",
    "consent.filter-full",
    "consent.filter-pages",
    "consent.never-fails",
    "consent.other-status",
    "paging.never-fails",
)
def consents_can_be_filtered(ctx: CheckContext) -> None:
    """status=agreed or refused filters the list, over all its pages; no other status fails."""
    operation = ctx.contract.operations["list_consents"]
    read = shown(ctx, "list_consents")
    for status in STATUSES:
        wanted = [identify(item) for item in read.items if item.get("status") == status]
        page = ctx.page(operation, page=1, size=100, query={"status": status})
        ctx.judge("paging.never-fails", page, succeeds)
        if not page.succeeded:
            continue
        strangers = [identify(item) for item in ctx.items(operation, page) if item.get("status") != status]
        ctx.holds(
            "consent.filter",
            page,
            not strangers,
            f"consents with status {status}",
            listed(strangers),
            vacuous=not wanted,
        )
        if not read.whole or len(wanted) < 3:
            ctx.lacks(("consent.filter-pages", "consent.filter-full"), f"a list with some {status} consents", read.page)
            continue
        size = min(100, max(2, -(-len(wanted) // PAGES)))
        names, pages, sizes = _walk(ctx, status, size)
        ctx.holds(
            "consent.filter-pages",
            pages[:3],
            sorted(names) == sorted(wanted),
            f"pages that together hold {several(len(wanted), f'{status} consent')} before the first empty one",
            several(len(names), "consent"),
        )
        if sorted(names) == sorted(wanted):
            full = all(each == size for each in sizes[:-1])
            ctx.holds("consent.filter-full", pages[:2], full, f"pages of {size}", f"pages of {listed(sizes)}")
        else:
            ctx.hidden("consent.filter-full", f"the pages of {status} consents do not make up the list", pages[-1])
    for other in ("unknown", "AGREED"):
        exchange = ctx.call(operation, query={"status": other})
        ctx.judge("consent.never-fails", exchange, succeeds)
        if exchange.succeeded:
            none = not ctx.items(operation, exchange)
            ctx.holds("consent.other-status", exchange, none, f"no consent with status={other}", exchange.summary)


def _walk(ctx: CheckContext, status: str, size: int) -> tuple[list[str], list[Exchange], list[int]]:
    """The ids on the pages of a filtered list up to the first empty one, with the pages and how many each holds."""
    operation = ctx.contract.operations["list_consents"]
    names: list[str] = []
    pages: list[Exchange] = []
    sizes: list[int] = []
    while len(pages) < 60:
        page = ctx.page(operation, page=len(pages) + 1, size=size, query={"status": status})
        found = ctx.items(operation, page)
        pages.append(page)
        if not found:
            break
        names += [identify(item) for item in found]
        sizes.append(len(found))
    return names, pages, sizes


@check("consent.refusal", "consent.refusal-time")
def a_refusal_grants_nothing(ctx: CheckContext) -> None:
    """A refused consent has a consented_at and no permissions."""
    operation = ctx.contract.operations["list_consents"]
    page = ctx.page(operation, page=1, size=100)
    refused = [item for item in ctx.items(operation, page) if item.get("status") == "refused"]
    granted = [identify(item) for item in refused if item.get("permissions") not in ([], None)]
    wanted = "no permissions in a refusal"
    ctx.holds("consent.refusal", page, not granted, wanted, listed(granted), vacuous=not refused)
    untimed = [identify(item) for item in refused if not dated(item.get("consented_at"))]
    wanted = "consented_at in a refusal as well"
    ctx.holds("consent.refusal-time", page, not untimed, wanted, listed(untimed), vacuous=not refused)


@check("consent.person")
def a_consent_is_of_one_person(ctx: CheckContext) -> None:
    """A consent names the same participant alone and in the list."""
    operation = ctx.contract.operations["list_consents"]
    page = ctx.page(operation, page=1, size=100)
    items = [each for each in ctx.items(operation, page) if isinstance(each.get("participant"), dict)]
    ctx.need(items, "the target has no consents", page)
    for item in ctx.random.sample(items, min(3, len(items))):
        alone = ctx.call("retrieve_consent", path={"consent_id": identify(item)})
        if alone.succeeded:
            wanted, found = item["participant"].get("id"), alone.find("participant", "id")
            ctx.holds("consent.person", (page, alone), found == wanted, f"the participant {wanted}", brief(found))


@check("consent.participant")
def the_participant_of_a_consent_exists(ctx: CheckContext) -> None:
    """The participant in a consent can be retrieved by its id."""
    operation = ctx.contract.operations["list_consents"]
    page = ctx.page(operation, page=1, size=100)
    named = [
        item["participant"].get("id")
        for item in ctx.items(operation, page)
        if isinstance(item.get("participant"), dict)
    ]
    for own in ctx.random.sample(named, min(2, len(named))):
        alone = ctx.call("retrieve_participant", path={"participant_id": str(own)})
        ctx.holds(
            "consent.participant", (page, alone), alone.find("id") == own, f"the participant {own}", alone.summary
        )
    if not named:
        ctx.lacks("consent.participant", "a consent", page)


@check("participant.anonymous", "participant.unique-code")
def codes_reveal_nothing(ctx: CheckContext) -> None:
    """anonymous_id holds no part of a name or email, and tells the participants of one study (event) apart."""
    kind = activity(ctx)
    read = shown(ctx, "list_participants", **opting_in(ctx))
    revealing = []
    for item in read.items:
        names = {str(item.get("first_name", "")).lower(), str(item.get("email", "")).partition("@")[0].lower()} - {""}
        parts = ("anonymous_id", "app_url", "id") if kind == "study" else ("anonymous_id",)
        code = " ".join(str(item.get(part)) for part in parts).lower()
        if any(len(name) > 2 and name in code for name in names):
            revealing.append(identify(item))
    ctx.holds(
        "participant.anonymous",
        read.page,
        not revealing,
        "codes without names",
        listed(revealing),
        vacuous=not read.items,
    )
    # Participants whose study (event) is not shown are left out, as they may belong to any.
    places = [
        (item[kind].get("id"), item.get("anonymous_id")) for item in read.items if isinstance(item.get(kind), dict)
    ]
    known = [place for place in places if place[0] is not None]
    twice = sorted({str(code) for _, code in {place for place in known if known.count(place) > 1}})
    shared = len({place for place, _ in known}) < len(known)
    ctx.holds(
        "participant.unique-code", read.page, not twice, f"no code twice in a {kind}", listed(twice), vacuous=not shared
    )
