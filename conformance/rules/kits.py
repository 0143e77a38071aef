"""Scenarios of the two Kits, which have nearly everything in common.

What Participant Kit calls a study is an event in Consent Kit; here it is an activity. The aspects of these checks are
mapped to each Kit's own clauses.
"""

from __future__ import annotations

from typing import Any

from understudy.conformance.checks.paging import whole
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
    several,
    shows,
    succeeds,
    timestamp,
)
from understudy.conformance.judging.context import Trial, identify
from understudy.conformance.judging.registry import check
from understudy.conformance.judging.samples import sample

KITS = ("participant-kit", "consent-kit")
PLURALS = {"study": "studies", "event": "events"}
#: Where a link is shown: Consent Kit speaks of its reminder in the list alone.
LINKS = ("create_data_link", "list_data_links")


def activity(t: Trial) -> str:
    """What the Kit calls an activity."""
    return "study" if "study" in t.contract.resources else "event"


def listing(t: Trial) -> str:
    """The operation that lists activities."""
    return f"list_{PLURALS[activity(t)]}"


def named(t: Trial, verb: str) -> str:
    """An operation on one activity."""
    return f"{verb}_{activity(t)}"


def project(t: Trial) -> str:
    """The id of a project that exists."""
    return str(t.some("project")["id"])


def _activity(t: Trial) -> dict[str, Any]:
    return {"body": {"project_id": project(t), "name": t.mark("diary")}}


def _participant(t: Trial) -> dict[str, Any]:
    parent = t.once("activity", lambda: t.make(named(t, "create")).at("id"))
    return {"body": {"name": "Amara Holt Understudy", "email": f"{t.word()}@example.org", "event_id": parent}}


def _link(t: Trial) -> dict[str, Any]:
    person = t.once("participant", lambda: t.make("create_participant").at("id"))
    place = f"https://files.example.com/{t.word()}"
    return {"body": {"url": place, "recorded_at": "2025-03-04", "participant_id": person, "title": t.mark("recording")}}


for _kit in KITS:
    sample(_kit, "create_study", "create_event")(_activity)
    sample(_kit, "create_participant")(_participant)
    sample(_kit, "create_data_link", "create_data_link_hyphenated")(_link)


def deleted(exchange: Exchange) -> Mismatch | None:
    """A deletion answers with an object whose member `deleted` is true."""
    return shows(deleted=True)(exchange)


def names_listed(t: Trial, operation: str) -> tuple[list[str], list[Exchange]]:
    """The ids in a list, read far, with the pages."""
    read = whole(t, t.contract.operations[operation], far=20)
    return read.names, read.pages


@check(writes=True)
def an_activity_is_made(t: Trial) -> None:
    """A study (event) made in a project is the reply, can be retrieved, and stands in the list, one longer."""
    before, _ = names_listed(t, listing(t))
    parent, name = project(t), t.mark("diary")
    made = t.call(named(t, "create"), body={"project_id": parent, "name": name})
    t.judge("activity.made", made, succeeds)
    t.judge("made.status", made, answers(200, 201))
    t.judge("activity.reply", made, shows(id=filled, object=activity(t)))
    t.rely(made.succeeded, f"no {activity(t)} could be made: {made.shortly}", made)
    told = made.find("name")
    t.holds("activity.name", made, told == name or (activity(t) == "event" and not told), f"the name {name}", told)
    t.judge("activity.own-project", made, shows({"id": parent}, "project"))
    t.judge("activity.app-url", made, shows(app_url=address))
    t.judge("objects.timestamps", made, shows(created_at=timestamp, updated_at=timestamp))
    own = str(made.at("id"))
    alone = t.call(named(t, "retrieve"), path={f"{activity(t)}_id": own})
    t.judge("activity.kept", alone, shows(id=own, created_at=made.find("created_at")), made)
    after, pages = names_listed(t, listing(t))
    t.holds(
        "activity.kept",
        (made, *pages[-1:]),
        after.count(own) == 1 and set(before) <= set(after) and len(after) > len(before),
        f"a list with {own}, one longer than before",
        f"{len(before)} before, {len(after)} after, {after.count(own)} times there",
    )
    t.holds(
        "activity.complete",
        pages[-1],
        after.count(own) == 1,
        f"{own} among all that are listed",
        f"{after.count(own)} times",
    )


@check(writes=True)
def an_activity_needs_its_project(t: Trial) -> None:
    """A project that does not exist is refused."""
    nowhere = unknown(t, t.contract.operations["retrieve_project"], "project_id")
    refused = t.call(named(t, "create"), body={"project_id": nowhere, "name": t.mark("diary")})
    t.judge("activity.unknown-project", refused, answers(400, 404))


@check(writes=True)
def a_refused_creation_leaves_nothing(t: Trial) -> None:
    """What is refused is not in the list afterwards."""
    name = t.mark("never")
    refused = t.call(named(t, "create"), body={"name": name})
    t.judge("made.nothing", refused, refuses_somehow)
    read = whole(t, t.contract.operations[listing(t)], far=20)
    there = [item for item in read.items if item.get("name") == name]
    t.holds(
        "made.nothing",
        (refused, *read.pages[-1:]),
        not there,
        "nothing of a refused creation",
        f"{several(len(there), 'object')} named {name}",
    )
    before, _ = names_listed(t, "list_data_links")
    person = t.make("create_participant").at("id")
    bad = t.call(
        "create_data_link",
        body={"url": f"https://files.example.com/{t.word()}", "recorded_at": "no date", "participant_id": person},
    )
    t.judge("made.nothing", bad, refuses_somehow)
    after, pages = names_listed(t, "list_data_links")
    t.holds(
        "made.nothing",
        (bad, *pages[-1:]),
        set(after) <= set(before),
        "no link of a refused creation",
        f"{len(set(after) - set(before))} more",
    )


@check(writes=True)
def an_activity_is_deleted(t: Trial) -> None:
    """A deleted study (event) is gone from everywhere, once, and takes nobody back."""
    kind = activity(t)
    own = str(t.make(named(t, "create")).at("id"))
    person = str(
        t.call("create_participant", body={"name": "Ida Roe", "email": f"{t.word()}@example.org", "event_id": own}).at(
            "id"
        )
    )
    link = str(
        t.call(
            "create_data_link",
            body={"url": "https://files.example.com/a", "recorded_at": "2025-03-04", "participant_id": person},
        ).at("id")
    )
    gone = t.call(named(t, "delete"), path={f"{kind}_id": own})
    t.judge("activity.deleted", gone, deleted)
    alone = t.call(named(t, "retrieve"), path={f"{kind}_id": own})
    t.judge("activity.gone", alone, answers(404), gone)
    names, pages = names_listed(t, listing(t))
    t.holds("activity.gone", (gone, *pages[-1:]), own not in names, f"a list without {own}", "it is still there")
    t.judge("activity.deleted-twice", t.call(named(t, "delete"), path={f"{kind}_id": own}), refuses_somehow, gone)
    late = t.call("create_participant", body={"name": "Too Late", "email": f"{t.word()}@example.org", "event_id": own})
    t.judge("activity.no-late-comers", late, answers(400, 404), gone)
    left = t.call("retrieve_participant", path={"participant_id": person})
    dangling = left.succeeded and not left.find(kind)
    t.holds("activity.dependants", (gone, left), not dangling, f"no participant without a {kind}", left.shortly)
    if left.succeeded:
        t.judge(
            "activity.dependants",
            t.call(named(t, "retrieve"), path={f"{kind}_id": str(left.find(kind, "id"))}),
            succeeds,
            left,
        )
    links, shown = names_listed(t, "list_data_links")
    orphaned = link in links and not left.succeeded
    t.holds(
        "activity.dependants",
        (gone, *shown[-1:]),
        not orphaned,
        "no data link of a participant that is gone",
        f"{link} is still there",
    )
    people, listed = names_listed(t, "list_participants")
    t.holds(
        "activity.dependants",
        (gone, *listed[-1:]),
        person not in people or left.succeeded,
        "no list with a participant that is gone",
        person,
    )


@check(writes=True)
def deleting_what_is_not_there(t: Trial) -> None:
    """Deleting an unknown study (event) or data link is an error."""
    kind = activity(t)
    for operation, aspect in (
        (named(t, "delete"), "activity.deleted-unknown"),
        ("delete_data_link", "link.deleted-unknown"),
    ):
        told = t.contract.operations[operation]
        name = next(p.name for p in told.parameters if p.place == "path")
        exchange = t.call(operation, path={name: unknown(t, told, name)})
        if aspect == "activity.deleted-unknown":
            t.judge("activity.deleted-unknown", exchange, refuses_somehow)
        else:
            t.judge("link.deleted-unknown", exchange, refuses_somehow)
    t.need(kind, "no activities")


@check(writes=True, roles=("other",))
def another_organisation_is_out_of_reach(t: Trial) -> None:
    """Nothing of another organisation can be deleted or referred to, and it looks as if it did not exist."""
    kind = activity(t)
    theirs = t.items(t.lister("project"), t.page(t.lister("project"), role="other"))
    t.need(theirs, "the other organisation has no project")
    made = t.call(named(t, "create"), body={"project_id": theirs[0]["id"], "name": t.mark("theirs")}, role="other")
    own = str(made.at("id"))
    person = t.call(
        "create_participant",
        body={"name": "Noa Far", "email": f"{t.word()}@example.org", "event_id": own},
        role="other",
    )
    link = t.call(
        "create_data_link",
        role="other",
        body={"url": "https://files.example.com/b", "recorded_at": "2025-03-04", "participant_id": person.at("id")},
    )
    t.judge("activity.foreign", t.call(named(t, "delete"), path={f"{kind}_id": own}), answers(404), made)
    t.judge("activity.foreign", t.call(named(t, "retrieve"), path={f"{kind}_id": own}, role="other"), succeeds, made)
    t.judge("link.foreign", t.call("delete_data_link", path={"data_link_id": link.at("id")}), answers(404), link)
    theirs_left, pages = _names_of_other(t)
    t.holds(
        "link.foreign", (link, pages), link.at("id") in theirs_left, "the link still there for its owner", "it is gone"
    )
    for operation, body in (
        (named(t, "create"), {"project_id": theirs[0]["id"], "name": t.mark("mine")}),
        ("create_participant", {"name": "Noa Far", "email": f"{t.word()}@example.org", "event_id": own}),
        (
            "create_data_link",
            {"url": "https://files.example.com/c", "recorded_at": "2025-03-04", "participant_id": person.at("id")},
        ),
    ):
        t.judge("tenancy.objects", t.call(operation, body=body), answers(400, 404), made)


def _names_of_other(t: Trial) -> tuple[list[str], Exchange]:
    read = whole(t, t.contract.operations["list_data_links"], far=20, role="other")
    return read.names, read.pages[-1]


@check(writes=True)
def a_participant_is_made(t: Trial) -> None:
    """name, email and event_id make a participant with an anonymous code; only the first word of the name is shown."""
    own = t.make(named(t, "create")).at("id")
    mail = f"{t.word()}@example.org"
    include = {"include": "pii"} if activity(t) == "study" else {}
    made = t.call("create_participant", body={"name": "Amara Jane Holt", "email": mail, "event_id": own}, query=include)
    t.judge("participant.made", made, succeeds)
    t.judge("made.status", made, answers(200, 201))
    t.judge("participant.reply", made, shows(id=filled, object="participant"))
    t.judge("participant.event-id", made, shows({"id": own}, activity(t)))
    t.judge("participant.first-name", made, both(shows(first_name="Amara"), shows(name=absent)))
    t.judge("participant.email", made, shows(email=mail))
    t.judge("participant.code", made, shows(anonymous_id=filled))
    t.judge("participant.app-url", made, shows(app_url=address))
    t.judge("objects.timestamps", made, shows(created_at=timestamp, updated_at=timestamp))
    again = t.call("retrieve_participant", path={"participant_id": made.at("id")})
    t.judge("participant.code", again, shows(anonymous_id=made.find("anonymous_id")), made)
    code = str(made.find("anonymous_id")).lower()
    t.holds(
        "participant.anonymous",
        made,
        not any(part in code for part in ("amara", "holt", mail.split("@")[0].lower())),
        "a code that tells nothing about the person",
        code,
    )


@check(writes=True)
def what_is_refused_of_a_participant(t: Trial) -> None:
    """An unknown study (event) and an email that is none are refused; the same address may come twice."""
    kind = activity(t)
    own = t.make(named(t, "create")).at("id")
    nowhere = unknown(t, t.contract.operations[named(t, "retrieve")], f"{kind}_id")
    lost = t.call(
        "create_participant", body={"name": "Ida Roe", "email": f"{t.word()}@example.org", "event_id": nowhere}
    )
    t.judge("participant.unknown-activity", lost, answers(400, 404))
    for mail in ("no-address", "@example.org"):
        t.judge(
            "participant.bad-email",
            t.call("create_participant", body={"name": "Ida Roe", "email": mail, "event_id": own}),
            refuses(400, naming="email"),
        )
    body = {"name": "Ida Roe", "email": f"{t.word()}@example.org", "event_id": own}
    first = t.call("create_participant", body=body)
    second = t.call("create_participant", body={**body, "event_id": t.make(named(t, "create")).at("id")})
    t.judge("participant.same-address", second, succeeds, first)
    third = t.call("create_participant", body=body)
    t.judge("participant.same-address", third, answers(200, 201, 400), first)


@check(writes=True)
def a_link_is_made(t: Trial) -> None:
    """url, recorded_at and participant_id make a data link; a date becomes a time of that day."""
    person = t.make("create_participant").at("id")
    place = f"https://files.example.com/{t.word()}"
    made = t.call(
        "create_data_link",
        body={"url": place, "recorded_at": "2025-03-04", "participant_id": person, "title": "Interview"},
    )
    t.judge("link.made", made, succeeds)
    t.judge("made.status", made, answers(200, 201))
    t.judge("link.reply", made, shows(id=filled, object="data_link", url=place))
    t.judge("link.takes-date", made, succeeds)
    when = moment(made.find("recorded_at"))
    t.holds(
        "link.midnight",
        made,
        when is not None and when.date().isoformat() == "2025-03-04",
        "a time on 2025-03-04",
        made.find("recorded_at"),
    )
    t.judge("link.title", made, shows(title="Interview"))
    t.judge("link.no-reminder", made, shows(reminder_on=None), of=LINKS)
    t.judge("objects.timestamps", made, shows(created_at=timestamp, updated_at=timestamp, recorded_at=timestamp))
    untitled = t.call(
        "create_data_link",
        body={
            "url": place,
            "recorded_at": "2025-03-04T15:20:00+01:00",
            "participant_id": person,
            "reminder_on": "2030-01-01T00:00:00Z",
        },
    )
    t.judge("link.takes-time", untitled, succeeds)
    t.judge("link.untitled", untitled, shows(title=None))
    t.judge("link.no-reminder", untitled, shows(reminder_on=None), of=LINKS)
    instant = moment(untitled.find("recorded_at"))
    wanted = moment("2025-03-04T14:20:00+00:00")
    t.holds("link.takes-time", untitled, instant == wanted, "the same moment back", untitled.find("recorded_at"))
    t.holds(
        "link.takes-date", made, not calendar_date(made.find("recorded_at")), "a timestamp", made.find("recorded_at")
    )


@check(writes=True)
def what_is_refused_of_a_link(t: Trial) -> None:
    """A recorded_at that is no date, a url that is no web address and an unknown participant are refused."""
    person = t.make("create_participant").at("id")
    right = {"url": "https://files.example.com/x", "recorded_at": "2025-03-04", "participant_id": person}
    for value in ("yesterday", "2025-13-45"):
        t.judge(
            "link.bad-date",
            t.call("create_data_link", body={**right, "recorded_at": value}),
            refuses(400, naming="recorded_at"),
        )
    for value in ("files.example.com/x", "ftp://files.example.com/x"):
        t.judge("link.bad-url", t.call("create_data_link", body={**right, "url": value}), refuses(400, naming="url"))
    nobody = unknown(t, t.contract.operations["retrieve_participant"], "participant_id")
    t.judge(
        "link.unknown-participant",
        t.call("create_data_link", body={**right, "participant_id": nobody}),
        answers(400, 404),
    )


@check(writes=True)
def a_link_is_deleted(t: Trial) -> None:
    """A deleted link is gone from the list, once, and its participant stays."""
    person = t.make("create_participant").at("id")
    body = {"url": "https://files.example.com/y", "recorded_at": "2025-03-04", "participant_id": person}
    own = str(t.call("create_data_link", body=body).at("id"))
    before, _ = names_listed(t, "list_data_links")
    t.holds("link.gone", t.exchanges[-1], own in before, f"a list with {own}", "it is not there")
    gone = t.call("delete_data_link", path={"data_link_id": own})
    t.judge("link.deleted", gone, deleted)
    after, pages = names_listed(t, "list_data_links")
    t.holds("link.gone", (gone, *pages[-1:]), own not in after, f"a list without {own}", "it is still there")
    stays = t.call("retrieve_participant", path={"participant_id": person})
    t.judge("link.participant-stays", stays, succeeds, gone)
    t.judge("link.deleted-twice", t.call("delete_data_link", path={"data_link_id": own}), refuses_somehow, gone)


@check(writes=True)
def there_is_no_single_link(t: Trial) -> None:
    """A link cannot be changed; that it can be retrieved is tolerated."""
    own = str(t.make("create_data_link").at("id"))
    place = t.address(t.contract.operations["delete_data_link"], {"data_link_id": own})
    t.judge("link.no-single", t.visit("GET", place), answers(200, 404, 405))
    for method in ("PUT", "PATCH"):
        t.judge("link.no-single", t.visit(method, place, body={"title": "changed"}), answers(404, 405))


@check()
def consents_can_be_narrowed(t: Trial) -> None:
    """status=agreed or refused restricts the list, before it is cut into pages; any other status does not fail."""
    operation = t.contract.operations["list_consents"]
    read = whole(t, operation)
    for status in ("agreed", "refused"):
        wanted = [identify(item) for item in read.items if item.get("status") == status]
        narrowed = whole(t, operation, query={"status": status})
        t.holds(
            "consent.filter",
            narrowed.pages[0],
            narrowed.names == wanted,
            f"{several(len(wanted), 'consent')} with status {status}",
            several(len(narrowed.names), "consent"),
            vacuous=not wanted,
        )
        cut = whole(t, operation, size=max(2, -(-len(wanted) // 2)), far=4, query={"status": status})
        t.holds(
            "consent.filter-pages",
            cut.pages[:2],
            cut.names == wanted,
            f"pages that together hold {several(len(wanted), f'{status} one')}",
            several(len(cut.names), "consent"),
            vacuous=len(wanted) < 3,
        )
        full = len(t.items(operation, cut.pages[0])) == min(len(wanted), max(2, -(-len(wanted) // 2)))
        t.holds(
            "consent.filter-pages",
            cut.pages[0],
            full,
            "a full first page",
            several(len(t.items(operation, cut.pages[0])), "consent"),
            vacuous=len(wanted) < 3,
        )
    for other in ("unknown", "AGREED"):
        exchange = t.call(operation, query={"status": other})
        good = exchange.succeeded and all(
            item.get("status") in {"agreed", "refused"} for item in t.items(operation, exchange)
        )
        t.holds("consent.other-status", exchange, good, "success, with no consent of another status", exchange.shortly)


@check()
def a_refusal_grants_nothing(t: Trial) -> None:
    """A refused consent has a time and no permissions."""
    operation = t.contract.operations["list_consents"]
    page = t.page(operation, size=100, query={"status": "refused"})
    refused = [item for item in t.items(operation, page) if item.get("status") == "refused"]
    granted = [item["id"] for item in refused if item.get("permissions") != []]
    t.holds(
        "consent.refusal", page, not granted, "no permissions in a refusal", ", ".join(granted[:3]), vacuous=not refused
    )
    untimed = [item["id"] for item in refused if not timestamp(item.get("consented_at"))]
    t.holds(
        "consent.refusal-time",
        page,
        not untimed,
        "consented_at in a refusal too",
        ", ".join(untimed[:3]),
        vacuous=not refused,
    )


@check()
def codes_tell_nothing(t: Trial) -> None:
    """anonymous_id, id and app_url hold nothing that identifies a person."""
    operation = t.contract.operations["list_participants"]
    page = t.page(operation, size=100, query={"include": "pii"} if activity(t) == "study" else {})
    items = t.items(operation, page)
    told = []
    for item in items:
        names = {str(item.get("first_name", "")).lower(), str(item.get("email", "")).partition("@")[0].lower()} - {""}
        shown = f"{item.get('anonymous_id')} {item.get('app_url')} {item.get('id')}".lower()
        if any(len(name) > 2 and name in shown for name in names):
            told.append(str(item.get("id")))
    t.holds(
        "participant.anonymous",
        page,
        not told,
        "codes and addresses without names",
        ", ".join(told[:3]),
        vacuous=not items,
    )


@check()
def the_siblings_resources_are_not_here(t: Trial) -> None:
    """Resources of the other Kit do not exist."""
    own = {operation.path for operation in t.contract.operations.values()}
    for path in ("/v1/events", "/v1/studies", "/v1/panels", "/v1/fields", "/v1/panellists"):
        if path not in own:
            t.judge("resources.foreign", t.visit("GET", path), answers(404))
