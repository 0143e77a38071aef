"""Participants and studies: what identifies a person is shown on request only."""

from __future__ import annotations

from understudy.conformance.evidence.exchange import find
from understudy.conformance.evidence.matchers import both, calendar_date, lacks, shows, succeeds, text
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import identify, whole
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.kits.words import NAME, link, listed, person, reveals_nothing

PII = {"include": "pii"}


@check("PK-115", "PK-116", "PK-117", "PK-118", "PK-122", "PK-125", "PK-180", "PK-214")
def participant_data_is_private(ctx: CheckContext) -> None:
    """Email and first name are shown only with include=pii, in lists and single participants."""
    operation = ctx.contract.operations["list_participants"]
    page = ctx.page(operation, page=1, size=100)
    plain = ctx.items(operation, page)
    ctx.need(plain, "the target has no participants", page)
    shown = ctx.page(operation, page=1, size=100, query=PII)
    items = ctx.items(operation, shown)
    secrets = [str(each["email"]) for each in items if text(each.get("email"))]
    bad = [identify(each) for each in items if not text(each.get("email")) or not text(each.get("first_name"))]
    ctx.holds("PK-116", shown, not bad, "email and first_name on each participant", listed(bad))
    chosen = ctx.random.choice(plain)
    own = identify(chosen)
    alone = ctx.call("retrieve_participant", path={"participant_id": own})
    for exchange in (page, alone):
        ctx.judge("PK-115", exchange, reveals_nothing(*secrets))
        ctx.judge("PK-117", exchange, lacks("email", "first_name"))
    first_names = [(identify(each), each.get("first_name")) for each in items]
    bare = [
        identify(each)
        for each in plain
        if each.get("first_name") and (identify(each), each["first_name"]) in first_names
    ]
    ctx.holds("PK-115", page, not bare, "no first names", listed(bare))
    named = [identify(each) for each in plain if text(each.get("name"))]
    ctx.holds("PK-118", page, not named, "no names", listed(named))
    asked = ctx.call("retrieve_participant", path={"participant_id": own}, query=PII)
    ctx.judge("PK-125", asked, shows(email=text, first_name=text))
    listed_as = next((each for each in items if identify(each) == own), None)
    if listed_as is not None and asked.succeeded:
        same = all(asked.find(name) == listed_as.get(name) for name in ("email", "first_name"))
        ctx.holds("PK-214", (shown, asked), same, "the email and first_name of the list", asked.summary)
    for clause, includes in (("PK-122", ("properties", "unknown")), ("PK-180", ("PII",))):
        for include in includes:
            other = ctx.page(operation, page=1, size=100, query={"include": include})
            wanted = f"no more members with include={include}"
            alike = other.succeeded and ctx.items(operation, other) == plain
            ctx.holds(clause, (page, other), alike, wanted, other.summary)
            single = ctx.call("retrieve_participant", path={"participant_id": own}, query={"include": include})
            ctx.holds(clause, (alone, single), single.json == alone.json, wanted, single.summary)


@check("PK-120", "PK-202")
def participants_are_tied_to_a_study(ctx: CheckContext) -> None:
    """The study of each participant is one that can be retrieved, and codes are short."""
    operation = ctx.contract.operations["list_participants"]
    page = ctx.page(operation, page=1, size=100)
    items = ctx.items(operation, page)
    bad = [identify(each) for each in items if not find(each, "study", "id")]
    ctx.holds("PK-120", page, not bad, "the study of each participant", listed(bad), vacuous=not items)
    for item in ctx.random.sample(items, min(2, len(items))):
        own = find(item, "study", "id")
        alone = ctx.call("retrieve_study", path={"study_id": str(own)})
        ctx.holds("PK-120", (page, alone), alone.find("id") == own, f"the study {own}", alone.summary)
    long = [str(each.get("anonymous_id")) for each in items if len(str(each.get("anonymous_id"))) > 32]
    ctx.holds("PK-202", page, not long, "codes of 32 characters at most", listed(long), vacuous=not items)


@check("PK-147", "PK-215")
def consents_contain_no_personal_data(ctx: CheckContext) -> None:
    """The participant within a consent has no personal data without include."""
    people = ctx.contract.operations["list_participants"]
    secrets = [str(each.get("email")) for each in ctx.items(people, ctx.page(people, page=1, size=100, query=PII))]
    operation = ctx.contract.operations["list_consents"]
    page = ctx.page(operation, page=1, size=100)
    items = ctx.items(operation, page)
    for each in ctx.first(("PK-147", "PK-215"), items, "a consent", page):
        alone = ctx.call("retrieve_consent", path={"consent_id": identify(each)})
        for exchange in (page, alone):
            ctx.judge("PK-147", exchange, both(succeeds, lacks("email", "first_name")))
            ctx.judge("PK-215", exchange, reveals_nothing(*secrets))


@check("PK-085", writes=True)
def a_study_starts_empty(ctx: CheckContext) -> None:
    """A new study has no dates and no tags."""
    made = ctx.make("create_study")
    for exchange in (made, ctx.call("retrieve_study", path={"study_id": made.at("id")})):
        study = exchange.json if isinstance(exchange.json, dict) else {}
        planned = [name for name in ("start_date", "end_date", "tags") if study.get(name)]
        ctx.holds("PK-085", (made, exchange), not planned, "no dates and no tags", listed(planned))


@check("PK-118", "PK-122", "PK-136", "PK-137", "PK-213", "PK-215", writes=True)
def a_new_participant_is_anonymous(ctx: CheckContext) -> None:
    """The reply to a creation hides personal data unless include=pii is sent, and no other reply shows it either."""
    own = str(ctx.make("create_study").at("id"))
    body = person(ctx, own)
    made = ctx.call("create_participant", body=body)
    ctx.rely(made.succeeded, f"no participant could be made: {made.summary}", made)
    ctx.judge("PK-136", made, both(reveals_nothing(body["email"]), lacks("email", "first_name")))
    someone = str(made.at("id"))
    alone = ctx.call("retrieve_participant", path={"participant_id": someone})
    for exchange in (made, alone, ctx.page(ctx.contract.operations["list_participants"], page=1, size=100)):
        ctx.judge("PK-118", exchange, reveals_nothing(NAME))
    in_query, in_body = person(ctx, own), {**person(ctx, own), **PII}
    asked = [
        (in_query, ctx.call("create_participant", body=in_query, query=PII)),
        (in_body, ctx.call("create_participant", body=in_body)),
    ]
    given = [exchange for sent, exchange in asked if text(exchange.find("email")) and text(exchange.find("first_name"))]
    replies = [exchange for _, exchange in asked]
    ctx.holds("PK-137", replies, given, "email and first_name where they are asked for", asked[0][1].summary)
    for sent, exchange in asked:
        if exchange in given:
            ctx.judge("PK-213", exchange, shows(email=sent["email"]))
    other = ctx.call("create_participant", body=person(ctx, own), query={"include": "properties"})
    ctx.judge("PK-122", other, both(succeeds, lacks("email", "first_name", "properties")))
    linked = ctx.call("create_data_link", body=link(ctx, someone))
    replies = [linked, ctx.page(ctx.contract.operations["list_data_links"], page=1, size=100)]
    if linked.succeeded:
        replies.append(ctx.call("delete_data_link", path={"data_link_id": str(linked.at("id"))}))
    replies.append(ctx.call("delete_study", path={"study_id": own}))
    for exchange in replies:
        ctx.judge("PK-215", exchange, reveals_nothing(body["email"], NAME))


@check("PK-133", writes=True)
def event_id_names_the_study(ctx: CheckContext) -> None:
    """The study is sent as event_id, and is the participant's, whichever one it is."""
    for own in [str(ctx.make("create_study").at("id")) for _ in range(2)]:
        made = ctx.call("create_participant", body=person(ctx, own))
        ctx.judge("PK-133", made, shows({"id": own}, "study"))


@check("PK-090", "PK-218")
def studies_are_planned_by_the_day(ctx: CheckContext) -> None:
    """start_date and end_date are days or null, written YYYY-MM-DD."""
    read = whole(ctx, ctx.contract.operations["list_studies"], far=2)
    dates = [each.get(name, "missing") for each in read.part for name in ("start_date", "end_date")]
    bad = [str(value) for value in dates if value not in (None, "missing") and not calendar_date(str(value)[:10])]
    ctx.holds("PK-090", read.pages, not bad, "a day or null", listed(bad), vacuous=not any(dates))
    bad = [str(value) for value in dates if value is not None and not calendar_date(value)]
    ctx.holds("PK-218", read.pages, not bad, "YYYY-MM-DD or null", listed(bad), vacuous=not dates)
