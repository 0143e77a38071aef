"""What is made is what was asked for, once, and is there afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from understudy.conformance.evidence.exchange import NOTHING, Exchange
from understudy.conformance.evidence.matchers import (
    answers,
    brief,
    filled,
    instant,
    same_letters,
    shows,
    succeeds,
    timestamp,
)
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.kits.words import (
    NAME,
    PEOPLE,
    activity,
    asking,
    beginning,
    link,
    list_operation,
    operation_on,
    opting_in,
    person,
    plain,
    project,
    shown,
    stands,
)

DAY = "2025-03-04"
#: How far the moment of a day may lie from its midnight in UTC, in hours: the farthest time zones are 14 h away.
BEFORE, AFTER = 14, 36
#: How far two clocks may differ.
MINUTES = 15


@check(
    "activity.complete",
    "activity.kept",
    "activity.made",
    "activity.name",
    "activity.own-project",
    "activity.reply",
    "made.now",
    "made.status",
    "objects.timestamps",
    writes=True,
)
def an_activity_is_made(ctx: CheckContext) -> None:
    """A new study (event) is returned as it was asked for, can be retrieved, and is in the list once."""
    kind, parent, name = activity(ctx), project(ctx), ctx.mark("diary")
    made = ctx.call(operation_on(ctx, "create"), body={"project_id": parent, "name": name})
    ctx.judge("activity.made", made, succeeds)
    ctx.rely(made.succeeded, f"no {kind} could be made: {made.summary}", made)
    ctx.judge("made.status", made, answers(200, 201))
    ctx.judge("activity.reply", made, shows(id=filled, object=kind))
    ctx.judge("objects.timestamps", made, shows(created_at=timestamp, updated_at=timestamp))
    made_now(ctx, made)
    own = str(made.at("id"))
    alone = ctx.call(operation_on(ctx, "retrieve"), path={f"{kind}_id": own})
    ctx.judge("activity.kept", alone, shows(id=own), made)
    stands(ctx, "activity.kept", list_operation(ctx), {"id": own}, 1, made)
    read = shown(ctx, list_operation(ctx))
    item: dict[str, Any] = next((each for each in read.items if each.get("id") == own), {})
    for exchange, object_shown in ((made, made.json), (alone, alone.json), (read.page, item)):
        if isinstance(object_shown, dict) and object_shown:
            given = object_shown.get("name", NOTHING)
            # Only a study promises to show its name.
            right = same_letters(given, name) or (kind == "event" and given in (NOTHING, None))
            ctx.holds("activity.name", (made, exchange), right, f"the name {name}", brief(given))
            inside = object_shown.get("project")
            goes = inside.get("id") if isinstance(inside, dict) else inside
            ctx.holds("activity.own-project", (made, exchange), goes == parent, f"the project {parent}", brief(goes))
    if made.find("name") == name:
        stands(ctx, "activity.kept", list_operation(ctx), {"name": name}, 1, made)
    else:
        _made_once(ctx)
    if read.whole:
        ctx.holds("activity.complete", read.page, bool(item), f"{own} among all that are listed", "it is not there")


def _made_once(ctx: CheckContext) -> None:
    """Where activities show no name: two creations make two more, unless others create at the same time as well."""
    more = []
    for _ in range(2):
        before = set(shown(ctx, list_operation(ctx)).names)
        made = ctx.make(operation_on(ctx, "create"))
        read = shown(ctx, list_operation(ctx))
        more.append(len(set(read.names) - before))
        if not read.whole:
            return
    ctx.holds("activity.kept", (made, read.page), min(more) <= 1, "one object more by one creation", str(more))


def made_now(ctx: CheckContext, made: Exchange) -> None:
    """Judge that a new object dates from now; clocks may differ by some minutes."""
    created, today = instant(made.find("created_at")), datetime.now(UTC)
    if created is None:
        ctx.hidden("made.now", "the new object has no created_at that can be read", made)
        return
    close = abs((today - created).total_seconds()) < MINUTES * 60
    ctx.holds("made.now", made, close, f"created_at near {today:%Y-%m-%dT%H:%MZ}", brief(made.find("created_at")))


@check(
    "made.now",
    "made.status",
    "objects.timestamps",
    "participant.anonymous",
    "participant.code",
    "participant.email",
    "participant.event-id",
    "participant.first-name",
    "participant.kept",
    "participant.made",
    "participant.reply",
    writes=True,
)
def a_participant_is_made(ctx: CheckContext) -> None:
    """A participant needs name, email and event_id, takes part in that study (event), gets a code, and is listed once."""
    kind, own = activity(ctx), str(ctx.make(operation_on(ctx, "create")).at("id"))
    body = person(ctx, own)
    made = ctx.call("create_participant", **asking(ctx, body))
    ctx.judge("participant.made", made, succeeds)
    ctx.rely(made.succeeded, f"no participant could be made: {made.summary}", made)
    ctx.judge("made.status", made, answers(200, 201))
    ctx.judge("participant.reply", made, shows(id=filled, object="participant"))
    ctx.judge("objects.timestamps", made, shows(created_at=timestamp, updated_at=timestamp))
    made_now(ctx, made)
    name = str(made.at("id"))
    again = ctx.call("retrieve_participant", path={"participant_id": name}, query=opting_in(ctx))
    ctx.judge("participant.kept", again, shows(id=name), made)
    stands(ctx, "participant.kept", "list_participants", {"id": name}, 1, made)
    stands(ctx, "participant.kept", "list_participants", {"email": body["email"]}, 1, made)
    for exchange in (made, again):
        goes = exchange.find(kind, "id")
        ctx.holds("participant.event-id", (made, exchange), goes == own, f"the {kind} {own}", brief(goes))
        _first_name(ctx, NAME, made, exchange)
        ctx.judge("participant.email", exchange, shows(email=body["email"]), made)
    ctx.judge("participant.code", made, shows(anonymous_id=filled))
    ctx.judge("participant.code", again, shows(anonymous_id=made.find("anonymous_id")), made)
    code = str(made.find("anonymous_id")).lower()
    hidden = not any(part in code for part in ("amara", "holt", body["email"].split("@")[0].lower()))
    ctx.holds("participant.anonymous", made, hidden, "a code that reveals nothing about the person", code)


def _first_name(ctx: CheckContext, name: str, made: Exchange, exchange: Exchange) -> None:
    first = exchange.find("first_name")
    ctx.holds(
        "participant.first-name", (made, exchange), beginning(name, first), f"the beginning of {name}", brief(first)
    )


@check("made.letters", "participant.first-name", writes=True)
def letters_come_back(ctx: CheckContext) -> None:
    """Names and titles in any script come back as they were sent, in the reply and in the list."""
    kind = activity(ctx)
    for name in PEOPLE[:2]:
        made = ctx.make(operation_on(ctx, "create"), body={"project_id": project(ctx), "name": f"{name} {ctx.word()}"})
        if kind == "study" or made.find("name") not in (NOTHING, None):
            ctx.holds(
                "made.letters",
                made,
                plain(str(made.find("name"))).startswith(plain(name)),
                name,
                brief(made.find("name")),
            )
        else:
            ctx.lacks("made.letters", f"a {kind} that shows its name", made)
    own = ctx.make(operation_on(ctx, "create")).at("id")
    for name in PEOPLE:
        made = ctx.call("create_participant", **asking(ctx, person(ctx, own, name=name)))
        if made.succeeded:
            _first_name(ctx, name, made, made)
    someone = ctx.make("create_participant").at("id")
    for title in (*PEOPLE[:3], "Aufnahme № 7 🧪"):
        made = ctx.call("create_data_link", body=link(ctx, someone, title=title))
        if made.succeeded:
            ctx.holds("made.letters", made, same_letters(made.find("title"), title), title, brief(made.find("title")))
        elif title in PEOPLE:
            ctx.judge("made.letters", made, succeeds)


@check(
    "link.day",
    "link.day-as-written",
    "link.kept",
    "link.made",
    "link.no-reminder",
    "link.reply",
    "link.takes-date",
    "link.takes-time",
    "link.title",
    "link.untitled",
    "made.now",
    "made.status",
    "objects.timestamps",
    writes=True,
)
def a_link_is_made(ctx: CheckContext) -> None:
    """A data link needs url, recorded_at and participant_id, lies on the day sent, and is listed once as it was sent."""
    someone = ctx.make("create_participant").at("id")
    body = link(ctx, someone, title="Interview")
    made = ctx.call("create_data_link", body=body)
    ctx.judge("link.made", made, succeeds)
    ctx.judge("link.takes-date", made, succeeds)
    ctx.rely(made.succeeded, f"no data link could be made: {made.summary}", made)
    ctx.judge("made.status", made, answers(200, 201))
    ctx.judge("link.reply", made, shows(id=filled, object="data_link"))
    _same_address(ctx, "link.reply", made, made.find("url"), body["url"])
    ctx.judge("link.title", made, shows(title="Interview"))
    ctx.judge("link.no-reminder", made, shows(reminder_on=None))
    ctx.judge("objects.timestamps", made, shows(created_at=timestamp, updated_at=timestamp, recorded_at=timestamp))
    made_now(ctx, made)
    _on_the_day(ctx, made)
    own = str(made.at("id"))
    stands(ctx, "link.kept", "list_data_links", {"id": own}, 1, made)
    stands(ctx, "link.kept", "list_data_links", {"url": made.find("url")}, 1, made)
    item = next((each for each in shown(ctx, "list_data_links").items if each.get("id") == own), None)
    if item is not None:
        page = ctx.exchanges[-1]
        _same_address(ctx, "link.kept", page, item.get("url"), body["url"])
        kept = item.get("title") == "Interview" and instant(item.get("recorded_at")) == instant(
            made.find("recorded_at")
        )
        ctx.holds("link.kept", (made, page), kept, "the title and the day that were sent", brief(item))
    timed = {"recorded_at": f"{DAY}T15:20:00+01:00", "reminder_on": "2030-01-01T00:00:00Z"}
    untitled = ctx.call("create_data_link", body=link(ctx, someone, **timed))
    ctx.judge("link.takes-time", untitled, succeeds)
    if untitled.succeeded:
        ctx.judge("link.no-reminder", untitled, shows(reminder_on=None))
        same_moment = instant(untitled.find("recorded_at")) == instant(f"{DAY}T14:20:00+00:00")
        ctx.holds("link.takes-time", untitled, same_moment, "the same moment back", brief(untitled.find("recorded_at")))
    bare = ctx.call("create_data_link", body=link(ctx, someone))
    ctx.judge("link.made", bare, succeeds)
    ctx.judge("link.untitled", bare, shows(title=None))


def _same_address(ctx: CheckContext, what: str, exchange: Exchange, found: object, sent: str) -> None:
    right = isinstance(found, str) and found.rstrip("/") == sent.rstrip("/")
    ctx.holds(what, exchange, right, f"the url {sent}", brief(found))


def _on_the_day(ctx: CheckContext, made: Exchange) -> None:
    found, midnight = made.find("recorded_at"), instant(f"{DAY}T00:00:00Z")
    assert midnight is not None
    when = instant(f"{found}T00:00:00Z" if found == DAY else found)
    away = None if when is None else (when - midnight).total_seconds() / 3600
    there = away is not None and -BEFORE <= away <= AFTER
    ctx.holds("link.day", made, there, f"a moment on {DAY}", brief(found))
    # A text with another day in it is right if its offset makes it the moment at which the day begins in UTC.
    written = str(found).startswith(DAY) or when == midnight or (not isinstance(found, str) and there)
    ctx.holds("link.day-as-written", made, written, f"{DAY} in recorded_at, or its first moment", brief(found))
