"""Scenarios that Participant Kit and Consent Kit share.

What Participant Kit calls a study is called an event in Consent Kit; here it is an activity. The aspects of these checks
are mapped to the clauses of each Kit.
"""

from __future__ import annotations

from typing import Any

from understudy.conformance.checks.tenancy import unknown
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import (
    Mismatch,
    absent,
    address,
    answers,
    both,
    calendar_date,
    filled,
    moment,
    refuses,
    refuses_somehow,
    shows,
    succeeds,
    timestamp,
)
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext, identify
from understudy.conformance.judging.lists import whole
from understudy.conformance.judging.registry import check
from understudy.conformance.judging.samples import sample

KITS = ("participant-kit", "consent-kit")
PLURALS = {"study": "studies", "event": "events"}
#: Where a link is shown: Consent Kit mentions its reminder only in the list.
LINKS = ("create_data_link", "list_data_links")


def activity(ctx: CheckContext) -> str:
    """What the Kit calls an activity."""
    return "study" if "study" in ctx.contract.resources else "event"


def list_operation(ctx: CheckContext) -> str:
    """The operation that lists activities."""
    return f"list_{PLURALS[activity(ctx)]}"


def operation_on(ctx: CheckContext, verb: str) -> str:
    """An operation on one activity."""
    return f"{verb}_{activity(ctx)}"


def project(ctx: CheckContext) -> str:
    """The id of a project that exists."""
    return str(ctx.some("project")["id"])


def _activity(ctx: CheckContext) -> dict[str, Any]:
    return {"body": {"project_id": project(ctx), "name": ctx.mark("diary")}}


def _participant(ctx: CheckContext) -> dict[str, Any]:
    parent = ctx.once("activity", lambda: ctx.make(operation_on(ctx, "create")).at("id"))
    return {"body": {"name": "Amara Holt Understudy", "email": f"{ctx.word()}@example.org", "event_id": parent}}


def _link(ctx: CheckContext) -> dict[str, Any]:
    person = ctx.once("participant", lambda: ctx.make("create_participant").at("id"))
    place = f"https://files.example.com/{ctx.word()}"
    return {
        "body": {"url": place, "recorded_at": "2025-03-04", "participant_id": person, "title": ctx.mark("recording")}
    }


for _kit in KITS:
    sample(_kit, "create_study", "create_event")(_activity)
    sample(_kit, "create_participant")(_participant)
    sample(_kit, "create_data_link", "create_data_link_hyphenated")(_link)


def deleted(exchange: Exchange) -> Mismatch | None:
    """The reply to a deletion is an object whose member `deleted` is true."""
    return shows(deleted=True)(exchange)


def names_listed(ctx: CheckContext, operation: str) -> tuple[list[str], list[Exchange]]:
    """The ids in a list, with its pages."""
    read = whole(ctx, operation)
    return read.names, read.pages


@check(
    "activity.app-url",
    "activity.complete",
    "activity.kept",
    "activity.made",
    "activity.name",
    "activity.own-project",
    "activity.reply",
    "made.status",
    "objects.timestamps",
    writes=True,
)
def an_activity_is_made(ctx: CheckContext) -> None:
    """A new study (event) is returned, can be retrieved, and appears in the list, which is one longer."""
    before, _ = names_listed(ctx, list_operation(ctx))
    parent, name = project(ctx), ctx.mark("diary")
    made = ctx.call(operation_on(ctx, "create"), body={"project_id": parent, "name": name})
    ctx.judge("activity.made", made, succeeds)
    ctx.judge("made.status", made, answers(200, 201))
    ctx.judge("activity.reply", made, shows(id=filled, object=activity(ctx)))
    ctx.rely(made.succeeded, f"no {activity(ctx)} could be made: {made.summary}", made)
    shown = made.find("name")
    ctx.holds(
        "activity.name", made, shown == name or (activity(ctx) == "event" and not shown), f"the name {name}", shown
    )
    ctx.judge("activity.own-project", made, shows({"id": parent}, "project"))
    ctx.judge("activity.app-url", made, shows(app_url=address))
    ctx.judge("objects.timestamps", made, shows(created_at=timestamp, updated_at=timestamp))
    own = str(made.at("id"))
    alone = ctx.call(operation_on(ctx, "retrieve"), path={f"{activity(ctx)}_id": own})
    ctx.judge("activity.kept", alone, shows(id=own, created_at=made.find("created_at")), made)
    after, pages = names_listed(ctx, list_operation(ctx))
    ctx.holds(
        "activity.kept",
        (made, *pages[-1:]),
        after.count(own) == 1 and set(before) <= set(after) and len(after) > len(before),
        f"a list with {own}, one longer than before",
        f"{len(before)} before, {len(after)} after, {after.count(own)} times there",
    )
    ctx.holds(
        "activity.complete",
        pages[-1],
        after.count(own) == 1,
        f"{own} among all that are listed",
        f"{after.count(own)} times",
    )


@check("activity.unknown-project", writes=True)
def an_activity_needs_its_project(ctx: CheckContext) -> None:
    """A project that does not exist is refused."""
    nowhere = unknown(ctx, ctx.contract.operations["retrieve_project"], "project_id")
    refused = ctx.call(operation_on(ctx, "create"), body={"project_id": nowhere, "name": ctx.mark("diary")})
    ctx.judge("activity.unknown-project", refused, answers(400, 404))


@check("made.nothing", writes=True)
def a_refused_creation_leaves_nothing(ctx: CheckContext) -> None:
    """A refused creation leaves no object in the list."""
    name = ctx.mark("never")
    refused = ctx.call(operation_on(ctx, "create"), body={"name": name})
    ctx.judge("made.nothing", refused, refuses_somehow)
    read = whole(ctx, list_operation(ctx))
    there = [item for item in read.items if item.get("name") == name]
    ctx.holds(
        "made.nothing",
        (refused, *read.pages[-1:]),
        not there,
        "no object of a refused creation",
        f"{several(len(there), 'object')} named {name}",
    )
    before, _ = names_listed(ctx, "list_data_links")
    person = ctx.make("create_participant").at("id")
    bad = ctx.call(
        "create_data_link",
        body={"url": f"https://files.example.com/{ctx.word()}", "recorded_at": "not a date", "participant_id": person},
    )
    ctx.judge("made.nothing", bad, refuses_somehow)
    after, pages = names_listed(ctx, "list_data_links")
    ctx.holds(
        "made.nothing",
        (bad, *pages[-1:]),
        set(after) <= set(before),
        "no data link of a refused creation",
        f"{len(set(after) - set(before))} more",
    )


@check(
    "activity.deleted",
    "activity.deleted-twice",
    "activity.dependants",
    "activity.gone",
    "activity.no-late-comers",
    writes=True,
)
def an_activity_is_deleted(ctx: CheckContext) -> None:
    """A deleted study (event) is gone from every list, cannot be deleted again, and takes no new participants."""
    kind = activity(ctx)
    own = str(ctx.make(operation_on(ctx, "create")).at("id"))
    person = str(
        ctx.call(
            "create_participant", body={"name": "Ida Roe", "email": f"{ctx.word()}@example.org", "event_id": own}
        ).at("id")
    )
    link = str(
        ctx.call(
            "create_data_link",
            body={"url": "https://files.example.com/a", "recorded_at": "2025-03-04", "participant_id": person},
        ).at("id")
    )
    gone = ctx.call(operation_on(ctx, "delete"), path={f"{kind}_id": own})
    ctx.judge("activity.deleted", gone, deleted)
    alone = ctx.call(operation_on(ctx, "retrieve"), path={f"{kind}_id": own})
    ctx.judge("activity.gone", alone, answers(404), gone)
    names, pages = names_listed(ctx, list_operation(ctx))
    ctx.holds("activity.gone", (gone, *pages[-1:]), own not in names, f"a list without {own}", "it is still there")
    ctx.judge(
        "activity.deleted-twice", ctx.call(operation_on(ctx, "delete"), path={f"{kind}_id": own}), refuses_somehow, gone
    )
    late = ctx.call(
        "create_participant", body={"name": "Too Late", "email": f"{ctx.word()}@example.org", "event_id": own}
    )
    ctx.judge("activity.no-late-comers", late, answers(400, 404), gone)
    left = ctx.call("retrieve_participant", path={"participant_id": person})
    dangling = left.succeeded and not left.find(kind)
    ctx.holds("activity.dependants", (gone, left), not dangling, f"no participant without a {kind}", left.summary)
    if left.succeeded:
        ctx.judge(
            "activity.dependants",
            ctx.call(operation_on(ctx, "retrieve"), path={f"{kind}_id": str(left.find(kind, "id"))}),
            succeeds,
            left,
        )
    links, shown = names_listed(ctx, "list_data_links")
    orphaned = link in links and not left.succeeded
    ctx.holds(
        "activity.dependants",
        (gone, *shown[-1:]),
        not orphaned,
        "no data link of a deleted participant",
        f"{link} is still there",
    )
    people, listed = names_listed(ctx, "list_participants")
    ctx.holds(
        "activity.dependants",
        (gone, *listed[-1:]),
        person not in people or left.succeeded,
        "no deleted participant in the list",
        person,
    )


@check("activity.deleted-unknown", "link.deleted-unknown", writes=True)
def deleting_an_unknown_object_fails(ctx: CheckContext) -> None:
    """Deleting an unknown study (event) or data link is an error."""
    for operation, aspect in (
        (operation_on(ctx, "delete"), "activity.deleted-unknown"),
        ("delete_data_link", "link.deleted-unknown"),
    ):
        spec = ctx.contract.operations[operation]
        name = spec.path_parameters[0]
        exchange = ctx.call(operation, path={name: unknown(ctx, spec, name)})
        ctx.judge(aspect, exchange, refuses_somehow)


@check("activity.foreign", "link.foreign", "tenancy.objects", writes=True, roles=("other",))
def another_organisation_is_out_of_reach(ctx: CheckContext) -> None:
    """Objects of another organisation cannot be deleted or referred to: they are answered as if they did not exist."""
    kind = activity(ctx)
    theirs = ctx.items(ctx.lister("project"), ctx.page(ctx.lister("project"), role="other"))
    ctx.need(theirs, "the other organisation has no project")
    made = ctx.call(
        operation_on(ctx, "create"), body={"project_id": theirs[0]["id"], "name": ctx.mark("theirs")}, role="other"
    )
    own = str(made.at("id"))
    person = ctx.call(
        "create_participant",
        body={"name": "Noa Far", "email": f"{ctx.word()}@example.org", "event_id": own},
        role="other",
    )
    link = ctx.call(
        "create_data_link",
        role="other",
        body={"url": "https://files.example.com/b", "recorded_at": "2025-03-04", "participant_id": person.at("id")},
    )
    ctx.judge("activity.foreign", ctx.call(operation_on(ctx, "delete"), path={f"{kind}_id": own}), answers(404), made)
    ctx.judge(
        "activity.foreign",
        ctx.call(operation_on(ctx, "retrieve"), path={f"{kind}_id": own}, role="other"),
        succeeds,
        made,
    )
    ctx.judge("link.foreign", ctx.call("delete_data_link", path={"data_link_id": link.at("id")}), answers(404), link)
    theirs_left, pages = _names_of_other(ctx)
    ctx.holds(
        "link.foreign",
        (link, pages),
        link.at("id") in theirs_left,
        "the link still there for its owner",
        "it was deleted",
    )
    for operation, body in (
        (operation_on(ctx, "create"), {"project_id": theirs[0]["id"], "name": ctx.mark("mine")}),
        ("create_participant", {"name": "Noa Far", "email": f"{ctx.word()}@example.org", "event_id": own}),
        (
            "create_data_link",
            {"url": "https://files.example.com/c", "recorded_at": "2025-03-04", "participant_id": person.at("id")},
        ),
    ):
        ctx.judge("tenancy.objects", ctx.call(operation, body=body), answers(400, 404), made)


def _names_of_other(ctx: CheckContext) -> tuple[list[str], Exchange]:
    read = whole(ctx, "list_data_links", role="other")
    return read.names, read.pages[-1]


@check(
    "made.status",
    "objects.timestamps",
    "participant.anonymous",
    "participant.app-url",
    "participant.code",
    "participant.email",
    "participant.event-id",
    "participant.first-name",
    "participant.made",
    "participant.reply",
    writes=True,
)
def a_participant_is_made(ctx: CheckContext) -> None:
    """A participant needs name, email and event_id and gets an anonymous code; only the first word of the name is shown."""
    own = ctx.make(operation_on(ctx, "create")).at("id")
    mail = f"{ctx.word()}@example.org"
    include = {"include": "pii"} if activity(ctx) == "study" else {}
    made = ctx.call(
        "create_participant", body={"name": "Amara Jane Holt", "email": mail, "event_id": own}, query=include
    )
    ctx.judge("participant.made", made, succeeds)
    ctx.judge("made.status", made, answers(200, 201))
    ctx.judge("participant.reply", made, shows(id=filled, object="participant"))
    ctx.judge("participant.event-id", made, shows({"id": own}, activity(ctx)))
    ctx.judge("participant.first-name", made, both(shows(first_name="Amara"), shows(name=absent)))
    ctx.judge("participant.email", made, shows(email=mail))
    ctx.judge("participant.code", made, shows(anonymous_id=filled))
    ctx.judge("participant.app-url", made, shows(app_url=address))
    ctx.judge("objects.timestamps", made, shows(created_at=timestamp, updated_at=timestamp))
    again = ctx.call("retrieve_participant", path={"participant_id": made.at("id")})
    ctx.judge("participant.code", again, shows(anonymous_id=made.find("anonymous_id")), made)
    code = str(made.find("anonymous_id")).lower()
    ctx.holds(
        "participant.anonymous",
        made,
        not any(part in code for part in ("amara", "holt", mail.split("@")[0].lower())),
        "a code that reveals nothing about the person",
        code,
    )


@check("participant.bad-email", "participant.same-address", "participant.unknown-activity", writes=True)
def invalid_participants_are_refused(ctx: CheckContext) -> None:
    """An unknown study (event) and an invalid email are refused; the same email may be used twice."""
    kind = activity(ctx)
    own = ctx.make(operation_on(ctx, "create")).at("id")
    nowhere = unknown(ctx, ctx.contract.operations[operation_on(ctx, "retrieve")], f"{kind}_id")
    lost = ctx.call(
        "create_participant", body={"name": "Ida Roe", "email": f"{ctx.word()}@example.org", "event_id": nowhere}
    )
    ctx.judge("participant.unknown-activity", lost, answers(400, 404))
    for mail in ("no-address", "@example.org"):
        ctx.judge(
            "participant.bad-email",
            ctx.call("create_participant", body={"name": "Ida Roe", "email": mail, "event_id": own}),
            refuses(400, naming="email"),
        )
    body = {"name": "Ida Roe", "email": f"{ctx.word()}@example.org", "event_id": own}
    first = ctx.call("create_participant", body=body)
    second = ctx.call("create_participant", body={**body, "event_id": ctx.make(operation_on(ctx, "create")).at("id")})
    ctx.judge("participant.same-address", second, succeeds, first)
    third = ctx.call("create_participant", body=body)
    ctx.judge("participant.same-address", third, answers(200, 201, 400), first)


@check(
    "link.made",
    "link.midnight",
    "link.no-reminder",
    "link.reply",
    "link.takes-date",
    "link.takes-time",
    "link.title",
    "link.untitled",
    "made.status",
    "objects.timestamps",
    writes=True,
)
def a_link_is_made(ctx: CheckContext) -> None:
    """A data link needs url, recorded_at and participant_id; a date becomes a time on that day."""
    person = ctx.make("create_participant").at("id")
    place = f"https://files.example.com/{ctx.word()}"
    made = ctx.call(
        "create_data_link",
        body={"url": place, "recorded_at": "2025-03-04", "participant_id": person, "title": "Interview"},
    )
    ctx.judge("link.made", made, succeeds)
    ctx.judge("made.status", made, answers(200, 201))
    ctx.judge("link.reply", made, shows(id=filled, object="data_link", url=place))
    ctx.judge("link.takes-date", made, succeeds)
    when = moment(made.find("recorded_at"))
    ctx.holds(
        "link.midnight",
        made,
        when is not None and when.date().isoformat() == "2025-03-04",
        "a time on 2025-03-04",
        made.find("recorded_at"),
    )
    ctx.judge("link.title", made, shows(title="Interview"))
    ctx.judge("link.no-reminder", made, shows(reminder_on=None), of=LINKS)
    ctx.judge("objects.timestamps", made, shows(created_at=timestamp, updated_at=timestamp, recorded_at=timestamp))
    untitled = ctx.call(
        "create_data_link",
        body={
            "url": place,
            "recorded_at": "2025-03-04T15:20:00+01:00",
            "participant_id": person,
            "reminder_on": "2030-01-01T00:00:00Z",
        },
    )
    ctx.judge("link.takes-time", untitled, succeeds)
    ctx.judge("link.untitled", untitled, shows(title=None))
    ctx.judge("link.no-reminder", untitled, shows(reminder_on=None), of=LINKS)
    instant = moment(untitled.find("recorded_at"))
    wanted = moment("2025-03-04T14:20:00+00:00")
    ctx.holds("link.takes-time", untitled, instant == wanted, "the same moment back", untitled.find("recorded_at"))
    ctx.holds(
        "link.takes-date", made, not calendar_date(made.find("recorded_at")), "a timestamp", made.find("recorded_at")
    )


@check("link.bad-date", "link.bad-url", "link.unknown-participant", writes=True)
def invalid_links_are_refused(ctx: CheckContext) -> None:
    """An invalid date as recorded_at, a url that is not a web address and an unknown participant are refused."""
    person = ctx.make("create_participant").at("id")
    right = {"url": "https://files.example.com/x", "recorded_at": "2025-03-04", "participant_id": person}
    for value in ("yesterday", "2025-13-45"):
        ctx.judge(
            "link.bad-date",
            ctx.call("create_data_link", body={**right, "recorded_at": value}),
            refuses(400, naming="recorded_at"),
        )
    for value in ("files.example.com/x", "ftp://files.example.com/x"):
        ctx.judge(
            "link.bad-url", ctx.call("create_data_link", body={**right, "url": value}), refuses(400, naming="url")
        )
    nobody = unknown(ctx, ctx.contract.operations["retrieve_participant"], "participant_id")
    ctx.judge(
        "link.unknown-participant",
        ctx.call("create_data_link", body={**right, "participant_id": nobody}),
        answers(400, 404),
    )


@check("link.deleted", "link.deleted-twice", "link.gone", "link.participant-stays", writes=True)
def a_link_is_deleted(ctx: CheckContext) -> None:
    """A deleted link is gone from the list and cannot be deleted again; its participant stays."""
    person = ctx.make("create_participant").at("id")
    body = {"url": "https://files.example.com/y", "recorded_at": "2025-03-04", "participant_id": person}
    own = str(ctx.call("create_data_link", body=body).at("id"))
    before, _ = names_listed(ctx, "list_data_links")
    ctx.holds("link.gone", ctx.exchanges[-1], own in before, f"a list with {own}", "it is not there")
    gone = ctx.call("delete_data_link", path={"data_link_id": own})
    ctx.judge("link.deleted", gone, deleted)
    after, pages = names_listed(ctx, "list_data_links")
    ctx.holds("link.gone", (gone, *pages[-1:]), own not in after, f"a list without {own}", "it is still there")
    stays = ctx.call("retrieve_participant", path={"participant_id": person})
    ctx.judge("link.participant-stays", stays, succeeds, gone)
    ctx.judge("link.deleted-twice", ctx.call("delete_data_link", path={"data_link_id": own}), refuses_somehow, gone)


@check("link.no-single", writes=True)
def a_link_cannot_be_changed(ctx: CheckContext) -> None:
    """A data link cannot be changed; a target may allow it to be retrieved."""
    own = str(ctx.make("create_data_link").at("id"))
    place = ctx.address(ctx.contract.operations["delete_data_link"], {"data_link_id": own})
    ctx.judge("link.no-single", ctx.visit("GET", place), answers(200, 404, 405))
    for method in ("PUT", "PATCH"):
        ctx.judge("link.no-single", ctx.visit(method, place, body={"title": "changed"}), answers(404, 405))


@check("consent.filter", "consent.filter-pages", "consent.other-status")
def consents_can_be_filtered(ctx: CheckContext) -> None:
    """status=agreed or refused filters the list before it is cut into pages; any other status does not fail."""
    operation = ctx.contract.operations["list_consents"]
    read = whole(ctx, operation)
    for status in ("agreed", "refused"):
        wanted = [identify(item) for item in read.items if item.get("status") == status]
        narrowed = whole(ctx, operation, query={"status": status})
        ctx.holds(
            "consent.filter",
            narrowed.pages[0],
            narrowed.names == wanted,
            f"{several(len(wanted), 'consent')} with status {status}",
            several(len(narrowed.names), "consent"),
            vacuous=not wanted,
        )
        step = max(2, min(100, -(-len(wanted) // 2)))
        cut = whole(ctx, operation, size=step, query={"status": status})
        ctx.holds(
            "consent.filter-pages",
            cut.pages[:2],
            cut.names == wanted,
            f"pages that together hold {several(len(wanted), f'{status} consent')}",
            several(len(cut.names), "consent"),
            vacuous=len(wanted) < 3,
        )
        full = len(ctx.items(operation, cut.pages[0])) == min(len(wanted), step)
        ctx.holds(
            "consent.filter-pages",
            cut.pages[0],
            full,
            "a full first page",
            several(len(ctx.items(operation, cut.pages[0])), "consent"),
            vacuous=len(wanted) < 3,
        )
    for other in ("unknown", "AGREED"):
        exchange = ctx.call(operation, query={"status": other})
        good = exchange.succeeded and all(
            item.get("status") in {"agreed", "refused"} for item in ctx.items(operation, exchange)
        )
        ctx.holds(
            "consent.other-status", exchange, good, "success, with no consent of another status", exchange.summary
        )


@check("consent.refusal", "consent.refusal-time")
def a_refusal_grants_nothing(ctx: CheckContext) -> None:
    """A refused consent has a consented_at and no permissions."""
    operation = ctx.contract.operations["list_consents"]
    page = ctx.page(operation, size=100, query={"status": "refused"})
    refused = [item for item in ctx.items(operation, page) if item.get("status") == "refused"]
    granted = [item["id"] for item in refused if item.get("permissions") != []]
    ctx.holds(
        "consent.refusal", page, not granted, "no permissions in a refusal", ", ".join(granted[:3]), vacuous=not refused
    )
    untimed = [item["id"] for item in refused if not timestamp(item.get("consented_at"))]
    ctx.holds(
        "consent.refusal-time",
        page,
        not untimed,
        "consented_at in a refusal as well",
        ", ".join(untimed[:3]),
        vacuous=not refused,
    )


@check("participant.anonymous")
def codes_reveal_nothing(ctx: CheckContext) -> None:
    """anonymous_id, id and app_url contain nothing that identifies a person."""
    operation = ctx.contract.operations["list_participants"]
    page = ctx.page(operation, size=100, query={"include": "pii"} if activity(ctx) == "study" else {})
    items = ctx.items(operation, page)
    revealing = []
    for item in items:
        names = {str(item.get("first_name", "")).lower(), str(item.get("email", "")).partition("@")[0].lower()} - {""}
        shown = f"{item.get('anonymous_id')} {item.get('app_url')} {item.get('id')}".lower()
        if any(len(name) > 2 and name in shown for name in names):
            revealing.append(str(item.get("id")))
    ctx.holds(
        "participant.anonymous",
        page,
        not revealing,
        "codes and addresses without names",
        ", ".join(revealing[:3]),
        vacuous=not items,
    )


@check("resources.foreign")
def resources_of_the_other_kit_do_not_exist(ctx: CheckContext) -> None:
    """Resources of the other Kit do not exist."""
    own = {operation.path for operation in ctx.contract.operations.values()}
    for path in ("/v1/events", "/v1/studies", "/v1/panels", "/v1/fields", "/v1/panellists"):
        if path not in own:
            ctx.judge("resources.foreign", ctx.visit("GET", path), answers(404))
