"""Scenarios of Participant Kit alone: panels, panellists, fields, and personal data on request."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import NOTHING, Exchange, find
from understudy.conformance.evidence.matchers import (
    absent,
    answers,
    both,
    lacks,
    moment,
    refuses,
    shows,
    succeeds,
    text,
    timestamp,
)
from understudy.conformance.judging.context import CheckContext, Item, identify
from understudy.conformance.judging.lists import whole
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.kits import list_operation, names_listed, operation_on


def _panel(ctx: CheckContext) -> str:
    """The panel with the most panellists among the first few."""
    return ctx.parameter(ctx.contract.operations["list_panel_panellists"], "panel_id")


def _panellists(ctx: CheckContext, include: str | None = None, size: int = 100) -> tuple[list[Item], Exchange]:
    operation = ctx.contract.operations["list_panel_panellists"]
    page = ctx.page(operation, size=size, query={"include": include})
    return ctx.items(operation, page), page


@check("PK-052")
def a_panel_counts_its_panellists(ctx: CheckContext) -> None:
    """panellist_count is the length of the list of panellists, both in the list of panels and in a single panel."""
    panels = ctx.listed("list_panels")
    page = ctx.exchanges[-1]
    wanted = _panel(ctx)
    read = whole(ctx, ctx.contract.operations["list_panel_panellists"], path={"panel_id": wanted})
    alone = ctx.call("retrieve_panel", path={"panel_id": wanted})
    for exchange, shown in ((page, next(each for each in panels if each["id"] == wanted)), (alone, alone.json)):
        count = shown.get("panellist_count") if isinstance(shown, dict) else NOTHING
        ctx.holds(
            "PK-052",
            (read.pages[-1], exchange),
            count == len(read.names),
            f"panellist_count {len(read.names)}",
            count,
            vacuous=not read.names,
        )


@check("PK-056", "PK-057", "PK-058", "PK-075", "PK-188")
def only_subscribed_panellists_are_listed(ctx: CheckContext) -> None:
    """Panellists who opted in and did not opt out are listed, confirmed or not, in the order of opting in."""
    read = whole(ctx, ctx.contract.operations["list_panel_panellists"])
    wrong = [
        identify(each)
        for each in read.items
        if not timestamp(each.get("opted_in_at")) or each.get("opted_out_at") is not None
    ]
    ctx.holds(
        "PK-056",
        read.pages,
        not wrong,
        "only panellists who opted in and not out",
        ", ".join(wrong[:3]),
        vacuous=not read.items,
    )
    keyed = [identify(each) for each in read.items if each.get("opted_out_at", NOTHING) is not None]
    ctx.holds(
        "PK-057", read.pages, not keyed, "opted_out_at null everywhere", ", ".join(keyed[:3]), vacuous=not read.items
    )
    waiting = [each for each in read.items if each.get("confirmed_at", NOTHING) is None]
    wanted = "a panellist who has not confirmed, with confirmed_at null"
    ctx.holds("PK-058", read.pages, True, wanted, "none", vacuous=not waiting)
    sizes = [len(ctx.items(ctx.contract.operations["list_panel_panellists"], page)) for page in read.pages]
    ctx.holds(
        "PK-075",
        read.pages,
        len(set(sizes[:-1])) <= 1 and bool(read.items),
        "full pages: the list is filtered before it is cut",
        sizes,
        vacuous=len(sizes) < 2,
    )
    times = [moment(each.get("opted_in_at")) for each in read.items]
    known = [each for each in times if each is not None]
    repeat = whole(ctx, ctx.contract.operations["list_panel_panellists"], fresh=True)
    ctx.holds(
        "PK-188",
        read.pages,
        known == sorted(known) or repeat.names == read.names,
        "the order of opting in, or another that is repeatable",
        "neither",
        vacuous=len(known) < 3,
    )


@check("PK-061", "PK-062", "PK-063", "PK-064", "PK-065", "PK-066", "PK-067", "PK-068", "PK-073", "PK-117", "PK-180")
def panellist_data_is_private(ctx: CheckContext) -> None:
    """Personal data and answers are shown only with include=pii and include=properties."""
    plain, page = _panellists(ctx)
    ctx.need(plain, "the panel has no panellists", page)
    ctx.judge("PK-061", page, lacks("email", "name"))
    ctx.judge("PK-073", page, lacks("properties"))
    ctx.judge("PK-117", page, lacks("email", "name"))
    pii, shown = _panellists(ctx, "pii")
    bad = [identify(each) for each in pii if not text(each.get("email")) or not text(each.get("name"))]
    ctx.holds("PK-062", shown, not bad, "email and name on each entry", ", ".join(bad[:3]))
    ctx.judge("PK-063", shown, lacks("first_name"))
    ctx.holds("PK-063", shown, all("name" in each for each in pii), "a member called name", shown.summary)
    ctx.judge("PK-064", shown, lacks("properties"))
    answers_only, listed = _panellists(ctx, "properties")
    ctx.judge("PK-064", listed, lacks("email", "name"))
    without = [identify(each) for each in answers_only if not isinstance(each.get("properties"), list)]
    ctx.holds("PK-073", listed, not without, "properties on each entry, [] if there are none", ", ".join(without[:3]))
    odd = [
        identify(each)
        for each in answers_only
        for part in each.get("properties", [])
        if not isinstance(part, dict) or set(part) != {"field_id", "value"}
    ]
    some = any(each.get("properties") for each in answers_only)
    ctx.holds(
        "PK-068",
        listed,
        not odd and not without,
        "entries of exactly field_id and value",
        ", ".join(odd[:3]),
        vacuous=not some,
    )
    full, both_shown = _panellists(ctx, "pii,properties")
    whole_ones = all({"email", "name", "properties"} <= set(each) for each in full)
    ctx.holds("PK-065", both_shown, whole_ones, "email, name and properties together", both_shown.summary)
    for include in ("properties,pii", " pii , properties "):
        spelt, exchange = _panellists(ctx, include)
        ctx.holds(
            "PK-066",
            (both_shown, exchange),
            spelt == full,
            f"the same reply with include={include!r}",
            exchange.summary,
        )
    for include in ("unknown", "first_name", "pii2"):
        spelt, exchange = _panellists(ctx, include)
        ctx.holds(
            "PK-067", (page, exchange), spelt == plain, f"no more members with include={include}", exchange.summary
        )
    spelt, exchange = _panellists(ctx, "PII")
    ctx.holds("PK-180", (page, exchange), spelt == plain, "no more members with include=PII", exchange.summary)


@check("PK-077", roles=("other",))
def panellists_of_others_are_out_of_reach(ctx: CheckContext) -> None:
    """Another organisation cannot list the panellists of a panel."""
    foreign = ctx.call("list_panel_panellists", path={"panel_id": _panel(ctx)}, role="other")
    ctx.judge("PK-077", foreign, answers(404))


@check("PK-076")
def an_unknown_panel_has_no_list(ctx: CheckContext) -> None:
    """The list of panellists of an unknown panel is answered with 404."""
    ctx.judge("PK-076", ctx.call("list_panel_panellists", path={"panel_id": "pan_000000000000"}), answers(404))


@check("PK-069", "PK-070", "PK-071", "PK-104", "PK-108")
def answers_fit_their_fields(ctx: CheckContext) -> None:
    """Each answer belongs to a field and has the form that the field's datatype requires."""
    read = whole(ctx, ctx.contract.operations["list_fields"])
    fields = {each.get("id"): each for each in read.items}
    entries, page = _panellists(ctx, "properties")
    values = [(part.get("field_id"), part.get("value")) for each in entries for part in each.get("properties", [])]
    seen = (read.pages[0], page)
    strangers = sorted({str(name) for name, _ in values if name not in fields})
    ctx.holds(
        "PK-069", seen, not strangers, "answers to fields that are listed", ", ".join(strangers[:3]), vacuous=not values
    )
    ctx.holds(
        "PK-104",
        seen,
        not strangers and all(str(name).startswith("f_") for name in fields),
        "ids beginning with f_ that answers use",
        ", ".join(strangers[:3]),
        vacuous=not values,
    )
    several = [(name, value) for name, value in values if fields.get(name, {}).get("datatype") == "multiple_options"]
    bad = [f"{name}: {value}" for name, value in several if not isinstance(value, list)]
    ctx.holds("PK-070", seen, not bad, "lists for multiple_options", "; ".join(bad[:3]), vacuous=not several)
    single = [
        (name, value) for name, value in values if name in fields and fields[name].get("datatype") != "multiple_options"
    ]
    bad = [f"{name}: {value}" for name, value in single if not isinstance(value, str)]
    ctx.holds("PK-071", seen, not bad, "text for every other datatype", "; ".join(bad[:3]), vacuous=not single)
    chosen = [
        (name, part)
        for name, value in values
        for part in (value if isinstance(value, list) else [value])
        if "options" in fields.get(name, {})
    ]
    bad = [f"{name}: {part}" for name, part in chosen if part not in fields[name]["options"]]
    ctx.holds(
        "PK-108", seen, not bad, "answers among the options of their field", "; ".join(bad[:3]), vacuous=not chosen
    )


@check("PK-106", "PK-107", "PK-109", "PK-111")
def fields_describe_their_values(ctx: CheckContext) -> None:
    """Only fields with a choice have options; each field has a name that is a slug, and a title."""
    read = whole(ctx, ctx.contract.operations["list_fields"])
    with_options = [each for each in read.items if each.get("datatype") in {"single_option", "multiple_options"}]
    bad = [each["id"] for each in with_options if not isinstance(each.get("options"), list)]
    ctx.holds(
        "PK-106",
        read.pages,
        not bad,
        "options on fields that have a choice",
        ", ".join(bad[:3]),
        vacuous=not with_options,
    )
    others = [each for each in read.items if each not in with_options]
    bad = [each["id"] for each in others if "options" in each]
    ctx.holds("PK-106", read.pages, not bad, "no options on other fields", ", ".join(bad[:3]), vacuous=not others)
    ctx.holds(
        "PK-107", read.pages, not bad, "options left out, not null and not []", ", ".join(bad[:3]), vacuous=not others
    )
    slugs = [
        each.get("name")
        for each in read.items
        if not str(each.get("name", ""))
        or str(each.get("name")) != str(each.get("name")).strip().replace(" ", "_").lower()
    ]
    ctx.holds(
        "PK-109",
        read.pages,
        not slugs and all(text(each.get("title")) for each in read.items),
        "a slug and a title",
        slugs[:3],
        vacuous=not read.items,
    )
    dated = [each["id"] for each in read.items if {"created_at", "updated_at"} & set(each)]
    ctx.holds(
        "PK-111",
        read.pages,
        not dated,
        "fields without created_at and updated_at",
        ", ".join(dated[:3]),
        vacuous=not read.items,
    )


@check("PK-113", writes=True)
def a_field_has_no_address(ctx: CheckContext) -> None:
    """A field cannot be retrieved, created, changed or deleted."""
    fields = ctx.listed("list_fields")
    ctx.need(fields, "the target has no fields", ctx.exchanges[-1])
    own = identify(fields[0])
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        ctx.judge("PK-113", ctx.visit(method, f"/v1/fields/{own}"), answers(404, 405))
    ctx.judge(
        "PK-113",
        ctx.visit("POST", "/v1/fields", body={"name": "x", "title": "X", "datatype": "text"}),
        answers(404, 405),
    )


@check("PK-115", "PK-116", "PK-117", "PK-118", "PK-122", "PK-125", "PK-180")
def participant_data_is_private(ctx: CheckContext) -> None:
    """Email and first name are shown only with include=pii, in lists and single participants; the full name never is."""
    operation = ctx.contract.operations["list_participants"]
    page = ctx.page(operation, size=100)
    plain = ctx.items(operation, page)
    ctx.need(plain, "the target has no participants", page)
    for clause in ("PK-115", "PK-117"):
        ctx.judge(clause, page, lacks("email", "first_name"))
    shown = ctx.page(operation, size=100, query={"include": "pii"})
    items = ctx.items(operation, shown)
    bad = [identify(each) for each in items if not text(each.get("email")) or not text(each.get("first_name"))]
    ctx.holds("PK-116", shown, not bad, "email and first_name on each participant", ", ".join(bad[:3]))
    named_ones = [identify(each) for each in items if "name" in each]
    ctx.holds("PK-118", shown, not named_ones, "no member called name", ", ".join(named_ones[:3]))
    own = identify(ctx.random.choice(plain))
    alone = ctx.call("retrieve_participant", path={"participant_id": own})
    for clause in ("PK-115", "PK-117"):
        ctx.judge(clause, alone, both(succeeds, lacks("email", "first_name")))
    asked = ctx.call("retrieve_participant", path={"participant_id": own}, query={"include": "pii"})
    ctx.judge("PK-125", asked, shows(email=text, first_name=text))
    ctx.judge("PK-118", asked, shows(name=absent))
    for include in ("properties", "unknown"):
        other = ctx.page(operation, size=100, query={"include": include})
        ctx.holds(
            "PK-122",
            (page, other),
            ctx.items(operation, other) == plain,
            f"no more members with include={include}",
            other.summary,
        )
        single = ctx.call("retrieve_participant", path={"participant_id": own}, query={"include": include})
        ctx.holds(
            "PK-122",
            (alone, single),
            single.json == alone.json,
            f"no more members with include={include}",
            single.summary,
        )
    loud = ctx.page(operation, size=100, query={"include": "PII"})
    ctx.holds(
        "PK-180", (page, loud), ctx.items(operation, loud) == plain, "no more members with include=PII", loud.summary
    )
    single = ctx.call("retrieve_participant", path={"participant_id": own}, query={"include": "PII"})
    ctx.holds("PK-180", (alone, single), single.json == alone.json, "no more members with include=PII", single.summary)


@check("PK-120", "PK-121")
def codes_are_short_and_unique_within_a_study(ctx: CheckContext) -> None:
    """anonymous_id is short and unique within a study."""
    read = whole(ctx, ctx.contract.operations["list_participants"])
    codes = [(find(each, "study", "id"), each.get("anonymous_id")) for each in read.items]
    long = [str(code) for _, code in codes if not isinstance(code, str) or not 0 < len(code) <= 16]
    twice = [str(code) for study, code in codes if codes.count((study, code)) > 1]
    ctx.holds(
        "PK-121",
        read.pages,
        not long and not twice,
        "short codes, unique within a study",
        f"{long[:3]} {twice[:3]}",
        vacuous=not codes,
    )
    bad = [
        identify(each)
        for each in read.items
        if not find(each, "study", "id") or find(each, "study", "object") != "study"
    ]
    ctx.holds("PK-120", read.pages, not bad, "the study of each participant", ", ".join(bad[:3]), vacuous=not codes)


@check("PK-147")
def consents_contain_no_personal_data(ctx: CheckContext) -> None:
    """The participant within a consent has no personal data, whatever include says."""
    operation = ctx.contract.operations["list_consents"]
    for query in ({}, {"include": "pii"}):
        page = ctx.page(operation, size=100, query=query)
        items = ctx.items(operation, page)
        ctx.judge("PK-147", page, lacks("email", "first_name"))
        ctx.holds("PK-147", page, True, "consents in the list", "none", vacuous=not items)
        alone = ctx.call("retrieve_consent", path={"consent_id": identify(items[0])}, query=query)
        ctx.judge("PK-147", alone, both(succeeds, lacks("email", "first_name")))


@check("PK-127")
def events_do_not_exist(ctx: CheckContext) -> None:
    """Events, a resource of the sibling API, do not exist here."""
    ctx.judge("PK-127", ctx.visit("GET", "/v1/events"), answers(404))


@check("PK-085", "PK-093", writes=True)
def a_study_starts_empty(ctx: CheckContext) -> None:
    """A new study has no dates and no tags."""
    made = ctx.make("create_study")
    ctx.judge("PK-085", made, shows(start_date=None, end_date=None, tags=[]))
    names, pages = names_listed(ctx, list_operation(ctx))
    ctx.holds("PK-093", pages[-1], made.at("id") in names, f"{made.at('id')} among the studies", "it is not there")
    ctx.judge(
        "PK-085",
        ctx.call(operation_on(ctx, "retrieve"), path={"study_id": made.at("id")}),
        shows(start_date=None, end_date=None, tags=[]),
        made,
    )


@check("PK-118", "PK-122", "PK-136", "PK-137", writes=True)
def a_new_participant_is_anonymous(ctx: CheckContext) -> None:
    """The reply to a creation hides personal data unless include=pii is sent, in the query or in the body."""
    own = ctx.make("create_study").at("id")

    def body() -> dict[str, Any]:
        return {"name": "Amara Holt", "email": f"{ctx.word()}@example.org", "event_id": own}

    plain = ctx.call("create_participant", body=body())
    ctx.judge("PK-136", plain, both(succeeds, lacks("email", "first_name")))
    ctx.judge("PK-118", plain, both(succeeds, lacks("name") if not plain.find("study", "name") else shows(name=absent)))
    asked = ctx.call("create_participant", body=body(), query={"include": "pii"})
    ctx.judge("PK-136", asked, shows(email=text, first_name=text))
    ctx.judge("PK-137", asked, shows(email=text, first_name=text))
    within = ctx.call("create_participant", body={**body(), "include": "pii"})
    ctx.judge("PK-137", within, shows(email=text, first_name=text))
    other = ctx.call("create_participant", body=body(), query={"include": "properties"})
    ctx.judge("PK-122", other, both(succeeds, lacks("email", "first_name", "properties")))


@check("PK-133", writes=True)
def event_id_names_the_study(ctx: CheckContext) -> None:
    """The study is sent as event_id; without it the error names event_id."""
    own = ctx.make("create_study").at("id")
    made = ctx.call(
        "create_participant", body={"name": "Ida Roe", "email": f"{ctx.word()}@example.org", "event_id": own}
    )
    ctx.judge("PK-133", made, shows({"id": own}, "study"))
    ctx.judge(
        "PK-133",
        ctx.call("create_participant", body={"name": "Ida Roe", "email": f"{ctx.word()}@example.org"}),
        refuses(400, naming="event_id"),
    )


@check("PK-181")
def data_links_have_two_spellings(ctx: CheckContext) -> None:
    """The list of data links has the same content under the hyphenated path."""
    one = ctx.page(ctx.contract.operations["list_data_links"], size=50)
    other = ctx.page(ctx.contract.operations["list_data_links_hyphenated"], size=50)
    ctx.holds(
        "PK-181",
        (one, other),
        other.succeeded and other.json == one.json,
        "the same list under /v1/data-links",
        other.summary,
    )


@check("PK-182", writes=True)
def data_links_are_written_under_two_spellings(ctx: CheckContext) -> None:
    """Data links can also be created and deleted under the hyphenated path."""
    made = ctx.make("create_data_link_hyphenated")
    ctx.judge("PK-182", made, shows(object="data_link"))
    names, pages = names_listed(ctx, "list_data_links")
    ctx.holds(
        "PK-182",
        (made, *pages[-1:]),
        made.at("id") in names,
        "the link under /v1/data_links as well",
        "it is not there",
    )
    ctx.judge(
        "PK-182",
        ctx.call("delete_data_link_hyphenated", path={"data_link_id": made.at("id")}),
        shows(deleted=True),
        made,
    )
