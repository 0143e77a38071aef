"""Reading: lists, single objects and errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import (
    Mismatch,
    answers,
    array,
    both,
    header,
    integer,
    shows,
    succeeds,
    text,
)
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext, identify
from understudy.conformance.judging.lists import whole
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.fixtures import NOBODY, Body, caller_id, filters, project, workspace

ZULU = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z")
STATUSES = {"UNPUBLISHED", "SCHEDULED", "ACTIVE", "AWAITING REVIEW", "PAUSED", "COMPLETED"}
JUDGED = {"ACTIVE", "APPROVED", "AWAITING REVIEW", "REJECTED", "RESERVED", "RETURNED", "TIMED-OUT", "UNKNOWN"}


def times(value: Any) -> Iterator[tuple[str, str]]:
    """Every text that looks like a time, with its name."""
    if isinstance(value, dict):
        for name, part in value.items():
            if isinstance(part, str) and re.match(r"\d{4}-\d{2}-\d{2}T", part):
                yield name, part
            else:
                yield from times(part)
    elif isinstance(value, list):
        for part in value:
            yield from times(part)


def failure(exchange: Exchange) -> Mismatch | None:
    """The body is an error with status, error_code, title and detail."""
    error = exchange.find("error")
    if not isinstance(error, dict) or not {"status", "error_code", "title", "detail"} <= set(error):
        return Mismatch("an error with status, error_code, title and detail", exchange.summary)
    return None


def results(ctx: CheckContext, exchange: Exchange) -> list[Body]:
    """The entries of a list."""
    found = exchange.find("results")
    ctx.rely(isinstance(found, list), f"{exchange.label} has no results: {exchange.summary}", exchange)
    return [each for each in found if isinstance(each, dict)]


@check("PR-004", "PR-005", "PR-006", "PR-007", "PR-444")
def failures_have_one_form(ctx: CheckContext) -> None:
    """A failure has an error with its status, an integer as error_code, a title, and a detail in one of three forms."""
    for exchange in (
        ctx.call("get_study", path={"id": NOBODY}),
        ctx.call("list_secrets", query={"workspace_id": None}),
        ctx.call("list_studies", role=None),
        ctx.call("list_studies", query={"page": "99999"}),
        ctx.visit("GET", "/api/v1/understudy/"),
    ):
        ctx.judge("PR-004", exchange, failure)
        ctx.judge("PR-444", exchange, failure)
        error = exchange.find("error")
        members = error if isinstance(error, dict) else {}
        ctx.holds(
            "PR-005",
            exchange,
            members.get("status") == exchange.status,
            f"error.status {exchange.status}",
            members.get("status"),
        )
        ctx.holds(
            ("PR-006", "PR-444"),
            exchange,
            integer(members.get("error_code")) and text(members.get("title")),
            "an integer and a text",
            exchange.summary,
        )
        detail = members.get("detail")
        lists = isinstance(detail, dict) and all(
            isinstance(each, list) and all(isinstance(one, str) for one in each) for each in detail.values()
        )
        ctx.holds(
            "PR-007",
            exchange,
            isinstance(detail, str | list) or lists,
            "text, a list, or an object of lists of messages",
            detail,
        )


@check("PR-003")
def paths_work_with_and_without_a_slash(ctx: CheckContext) -> None:
    """A path is answered with and without a final slash, without a redirect."""
    for operation in ("list_studies", "get_current_user", "list_workspaces"):
        place = ctx.address(ctx.contract.operations[operation])
        for path in (place.rstrip("/"), place.rstrip("/") + "/"):
            ctx.judge("PR-003", ctx.visit("GET", path), answers(200))


@check("PR-017", "PR-402", "PR-403")
def replies_are_json(ctx: CheckContext) -> None:
    """Replies are JSON, except for the export, which is CSV unless it is sent by email."""
    for operation in ("list_studies", "get_current_user"):
        ctx.judge("PR-017", ctx.call(operation), header("Content-Type", "^application/json"))
    export = ctx.call("export_study")
    ctx.judge("PR-402", export, both(answers(200), header("Content-Type", "^text/csv")))
    ctx.judge("PR-017", export, header("Content-Type", "^(text/csv|application/json)"))
    mailed = ctx.call("export_study", query={"method": "email"})
    ctx.judge("PR-403", mailed, shows(status="Your export should arrive shortly."))


@check("PR-511")
def times_end_in_z(ctx: CheckContext) -> None:
    """Times are RFC 3339 in UTC, written with Z."""
    found = 0
    for operation in ("list_studies", "list_submissions", "list_messages"):
        page = ctx.page(ctx.contract.operations[operation], size=50)
        shown = list(times(page.json))
        found += len(shown)
        odd = [f"{name} {value}" for name, value in shown if not ZULU.fullmatch(value)]
        ctx.holds("PR-511", page, not odd, "times like 2025-01-06T09:00:00Z", ", ".join(odd[:3]), vacuous=not shown)
    ctx.need(found, "no reply has a time")


@check("PR-354", "PR-355", "PR-356", "PR-357", "PR-358", "PR-359", "PR-360", "PR-460", "PR-461", "PR-462")
def filters_are_listed(ctx: CheckContext) -> None:
    """Filters have an id, a type and a question; select filters have choices, range filters bounds; detailed adds more."""
    listed = filters(ctx)
    page = ctx.call("list_filters")
    base = {"filter_id", "type", "title", "question", "description"}
    bad = [str(each.get("filter_id")) for each in listed if not base <= set(each)]
    ctx.holds(("PR-354", "PR-460"), page, not bad, f"filters with {', '.join(sorted(base))}", ", ".join(bad[:3]))
    odd = [each["filter_id"] for each in listed if each.get("type") not in {"select", "range"}]
    ctx.holds("PR-358", page, not odd, "select or range", ", ".join(odd[:3]))
    slugs = [each["filter_id"] for each in listed if not re.fullmatch(r"[a-z0-9_-]+", str(each.get("filter_id")))]
    ctx.holds("PR-360", page, not slugs, "slugs", ", ".join(slugs[:3]))
    select = [each for each in listed if each.get("type") == "select"]
    kinds = {"ChoiceID", "ParticipantID", "StudyID", "ParticipantGroupID"}
    bad = [
        each["filter_id"]
        for each in select
        if not isinstance(each.get("choices"), dict) or each.get("data_type") not in kinds
    ]
    ctx.holds(
        ("PR-355", "PR-460"),
        page,
        not bad,
        "choices and one of four data types",
        ", ".join(bad[:3]),
        vacuous=not select,
    )
    spans = [each for each in listed if each.get("type") == "range"]
    bad = [
        each["filter_id"]
        for each in spans
        if not {"min", "max"} <= set(each) or each.get("data_type") not in {"date", "integer"}
    ]
    ctx.holds(("PR-356", "PR-460"), page, not bad, "min, max and a data type", ", ".join(bad[:3]), vacuous=not spans)
    more = {"tags", "category", "subcategory", "display_order", "researcher_help_text", "participant_help_text"}
    forward = [each["filter_id"] for each in listed if more & set(each)]
    ctx.holds("PR-462", page, not forward, "no details unless they are requested", ", ".join(forward[:3]))
    detailed = ctx.call("list_filters", query={"detailed": "true"})
    shown = results(ctx, detailed)
    bad = [each["filter_id"] for each in shown if not more <= set(each)]
    ctx.holds(
        ("PR-357", "PR-461", "PR-462"),
        detailed,
        not bad and len(shown) == len(listed),
        f"each with {', '.join(sorted(more))}",
        ", ".join(bad[:3]),
    )
    ctx.holds("PR-461", page, not forward, "the plain form otherwise", ", ".join(forward[:3]))
    ctx.judge(
        "PR-359", page, shows(_links=lambda value: isinstance(value, dict), meta=lambda value: isinstance(value, dict))
    )


@check("PR-361", "PR-362", "PR-363", "PR-451")
def filter_sets_are_listed(ctx: CheckContext) -> None:
    """Filter sets are listed by workspace without a count; a single one has its count and version."""
    page = ctx.call("list_filter_sets", query={"workspace_id": workspace(ctx)})
    listed = results(ctx, page)
    ctx.holds(
        "PR-361",
        page,
        all(each.get("workspace_id") == workspace(ctx) for each in listed),
        "sets of that workspace",
        page.summary,
        vacuous=not listed,
    )
    counted = [each["id"] for each in listed if "eligible_participant_count" in each]
    ctx.holds("PR-451", page, not counted, "plain sets, without a count", ", ".join(counted[:3]), vacuous=not listed)
    ctx.need(listed, "the workspace has no filter set", page)
    alone = ctx.call("get_filter_set", path={"id": listed[0]["id"]})
    ctx.judge("PR-362", alone, shows(id=listed[0]["id"], eligible_participant_count=integer))
    ctx.judge("PR-363", alone, shows(version=integer))


@check("PR-104", "PR-105", "PR-366", "PR-369", "PR-370", "PR-373", "PR-374")
def webhooks_are_listed(ctx: CheckContext) -> None:
    """Event types, subscriptions and their events are listed."""
    kinds = ctx.call("list_event_types")
    names = {str(each.get("event_type")) for each in results(ctx, kinds)}
    wanted = {"study.status.change", "submission.status.change"}
    ctx.holds(
        "PR-366",
        kinds,
        wanted <= names and all(text(each.get("description")) for each in results(ctx, kinds)),
        "both event types, each with a description",
        sorted(names),
    )
    page = ctx.call("list_subscriptions")
    listed = results(ctx, page)
    need = {"id", "event_type", "target_url", "workspace_id"}
    ctx.holds(
        "PR-369",
        page,
        all(need <= set(each) for each in listed),
        "subscriptions in results",
        page.summary,
        vacuous=not listed,
    )
    alone = ctx.call("get_subscription")
    ctx.judge("PR-370", alone, shows(event_type=text, target_url=text, workspace_id=text))
    events = ctx.call("list_subscription_events")
    sent = results(ctx, events)
    ctx.holds(
        "PR-373",
        events,
        all({"id", "status", "event_type"} <= set(each) for each in sent),
        "events in results",
        events.summary,
        vacuous=not sent,
    )
    odd = [
        each["id"]
        for each in sent
        if each.get("status") not in {"PENDING", "SUCCEEDED", "FAILED"}
        or not isinstance(each.get("payload", 0), dict | None)
    ]
    ctx.holds(
        "PR-374",
        events,
        not odd,
        "PENDING, SUCCEEDED or FAILED, with a payload or null",
        ", ".join(odd[:3]),
        vacuous=not sent,
    )
    seen = {each.get("status") for each in sent}
    ctx.holds(
        "PR-104",
        events,
        seen <= {"PENDING", "SUCCEEDED", "FAILED"},
        "failed events with status FAILED",
        sorted(str(each) for each in seen),
        vacuous="FAILED" not in seen,
    )
    ctx.holds(
        "PR-105",
        events,
        seen <= {"PENDING", "SUCCEEDED", "FAILED"},
        "delivered events with status SUCCEEDED",
        sorted(str(each) for each in seen),
        vacuous="SUCCEEDED" not in seen,
    )


@check("PR-367", "PR-368", "PR-501")
def secrets_belong_to_members(ctx: CheckContext) -> None:
    """Secrets are listed for a workspace, which is required, and only to its members."""
    page = ctx.call("list_secrets", query={"workspace_id": workspace(ctx)})
    ctx.judge("PR-367", page, shows(results=array))
    ctx.judge("PR-501", ctx.call("list_secrets", query={"workspace_id": None}), answers(400))
    ctx.judge("PR-368", ctx.call("list_secrets", query={"workspace_id": NOBODY}), answers(400, 403, 404))


@check("PR-002", "PR-368", "PR-484", roles=("collaborator",))
def workspaces_are_private(ctx: CheckContext) -> None:
    """A caller who is not a member of a workspace cannot see it or its balance, projects, studies and secrets."""
    mine = ctx.listed("list_workspaces")
    theirs = ctx.listed("list_workspaces", role="collaborator")
    closed = [str(each["id"]) for each in mine if each["id"] not in {other["id"] for other in theirs}]
    ctx.need(closed, "the second caller is in every workspace of the first", ctx.exchanges[-1])
    projects = None
    for own in closed:
        for operation in ("get_workspace", "get_workspace_balance", "list_workspace_projects"):
            if own == closed[0]:
                ctx.judge(
                    "PR-002", ctx.call(operation, path={"workspace_id": own}, role="collaborator"), answers(403, 404)
                )
        projects = ctx.listed("list_workspace_projects", path={"workspace_id": own})
        if projects and ctx.listed("list_project_studies", path={"project_id": projects[0]["id"]}):
            break
    ctx.judge(
        "PR-368",
        ctx.call("list_secrets", query={"workspace_id": closed[0]}, role="collaborator"),
        answers(403, 404, 400),
    )
    ctx.need(projects, "the workspaces that the second caller does not see have no project")
    hidden = str((projects or [{}])[0]["id"])
    ctx.judge("PR-002", ctx.call("get_project", path={"project_id": hidden}, role="collaborator"), answers(403, 404))
    studies = ctx.listed("list_project_studies", path={"project_id": hidden})
    refused = ctx.call("list_project_studies", path={"project_id": hidden}, role="collaborator")
    ctx.judge("PR-484", refused, answers(403, 404))
    page = ctx.page(ctx.contract.operations["list_studies"], size=1000, role="collaborator")
    seen = {identify(each) for each in results(ctx, page)}
    leaked = seen & {identify(each) for each in studies}
    ctx.holds(
        "PR-484",
        page,
        not leaked,
        "no study of a workspace without the caller",
        ", ".join(sorted(leaked)[:3]),
        vacuous=not studies,
    )
    for each in studies[:1]:
        ctx.judge("PR-002", ctx.call("get_study", path={"id": each["id"]}, role="collaborator"), answers(403, 404))


@check("PR-385", "PR-386", "PR-388", "PR-389", "PR-390", "PR-391", "PR-392", "PR-438", "PR-439", "PR-440")
def workspaces_are_listed(ctx: CheckContext) -> None:
    """The caller's workspaces and projects are listed, with their users and balances."""
    page = ctx.call("list_workspaces")
    listed = results(ctx, page)
    ctx.holds("PR-385", page, bool(listed), "the caller's workspaces", "none")
    ctx.holds(
        "PR-440",
        page,
        all(text(each.get("id")) and text(each.get("title")) for each in listed),
        "id and title",
        page.summary,
    )
    own = workspace(ctx)
    alone = ctx.call("get_workspace", path={"workspace_id": own})
    ctx.judge(
        "PR-386",
        alone,
        shows(id=own, title=text, owner=text, users=array, projects=array, wallet=text, description=text),
    )
    people = alone.find("users") or []
    ctx.holds(
        "PR-438", alone, bool(people) and all(text(each.get("id")) for each in people), "users with an id", people
    )
    ctx.holds(
        "PR-386", alone, "naivety_distribution_rate" in (alone.json or {}), "naivety_distribution_rate", alone.summary
    )
    short = alone.find("projects") or []
    ctx.holds(
        "PR-439",
        alone,
        all(text(each.get("title")) for each in short),
        "projects with a title",
        short,
        vacuous=not short,
    )
    projects_page = ctx.call("list_workspace_projects", path={"workspace_id": own})
    projects = results(ctx, projects_page)
    ctx.holds(
        ("PR-391", "PR-440"),
        projects_page,
        bool(projects) and all(text(each.get("id")) and text(each.get("title")) for each in projects),
        "projects with id and title",
        projects_page.summary,
    )
    single = ctx.call("get_project", path={"project_id": project(ctx)})
    ctx.judge("PR-392", single, shows(id=project(ctx), workspace=own, title=text))
    ctx.holds(
        "PR-438",
        single,
        all(text(each.get("id")) for each in single.find("users") or [{}]),
        "users with an id",
        single.summary,
    )
    money = ctx.call("get_workspace_balance", path={"workspace_id": own})
    ctx.judge("PR-388", money, shows(currency_code=text, total_balance=integer, available_balance=integer))
    for name in ("balance_breakdown", "available_balance_breakdown"):
        ctx.judge(("PR-388", "PR-389"), money, shows({"rewards": integer, "fees": integer, "vat": integer}, name))
    whole_sum, free = money.find("total_balance"), money.find("available_balance")
    bound = isinstance(whole_sum, int) and isinstance(free, int) and free <= whole_sum
    ctx.holds(
        "PR-390",
        money,
        bound,
        "available_balance at most total_balance",
        f"{free} of {whole_sum}",
        vacuous=free == whole_sum,
    )


@check("PR-393", "PR-394", "PR-395", "PR-396", "PR-397", "PR-398", "PR-445", "PR-446", "PR-483", "PR-485")
def studies_are_listed(ctx: CheckContext) -> None:
    """Studies are listed in short form, by project and by state; a single one is shown in full."""
    operation = ctx.contract.operations["list_studies"]
    read = whole(ctx, operation)
    ctx.need(read.items, "the caller has no studies", *read.pages)
    ctx.holds(
        "PR-393",
        read.pages[0],
        all(text(each.get("id")) and text(each.get("name")) for each in read.items),
        "studies with id and name",
        read.pages[0].summary,
    )
    kinds = {each.get("study_type", "SINGLE") for each in read.items}
    ctx.holds(
        "PR-395",
        read.pages,
        kinds <= {"SINGLE", "UK_REP_SAMPLE", "US_REP_SAMPLE"},
        "one of three study types",
        sorted(str(each) for each in kinds),
    )
    odd = [
        each["id"]
        for each in read.items
        for name in ("published_at", "publish_at")
        if each.get(name) is not None and not ZULU.fullmatch(str(each[name]))
    ]
    ctx.holds("PR-396", read.pages, not odd, "null or a date-time", ", ".join(odd[:3]))
    status = next(str(each["status"]) for each in read.items if each.get("status"))
    narrowed = whole(ctx, operation, query={"state": status})
    wanted = [identify(each) for each in read.items if each.get("status") == status]
    ctx.holds(
        "PR-485",
        narrowed.pages[0],
        sorted(narrowed.names) == sorted(wanted),
        f"{several(len(wanted), 'study', 'studies')}, {status}",
        several(len(narrowed.names), "study", "studies"),
        vacuous=len(wanted) == len(read.items),
    )
    within = ctx.page(ctx.contract.operations["list_project_studies"], size=1000, path={"project_id": project(ctx)})
    names = {identify(each) for each in results(ctx, within)}
    ctx.holds(
        "PR-483",
        within,
        names <= set(read.names),
        "studies that the caller has",
        sorted(names - set(read.names))[:3],
        vacuous=not names,
    )
    for name in ctx.random.sample(sorted(names), min(5, len(names))):
        shown = ctx.call("get_study", path={"id": name})
        ctx.holds(
            "PR-483",
            (within, shown),
            shown.find("project") in {project(ctx), None} or not shown.succeeded,
            f"a study of {project(ctx)}",
            shown.find("project"),
        )
        ctx.judge(("PR-397", "PR-445"), shown, shows(id=name, status=text, name=text, completion_codes=array))
        ctx.holds("PR-397", shown, "maximum_allowed_time" in (shown.json or {}), "maximum_allowed_time", shown.summary)
        ctx.holds("PR-398", shown, shown.find("status") in STATUSES, "one of six statuses", shown.find("status"))
        never = [
            key
            for key in ("name", "description", "completion_codes", "reward", "total_available_places")
            if key in (shown.json or {}) and shown.json[key] is None
        ]
        ctx.holds("PR-446", shown, not never, "no null in required members", ", ".join(never))
    busy = max(read.items, key=lambda each: each.get("places_taken") or 0)
    inside = whole(ctx, ctx.contract.operations["list_study_submissions"], path={"id": busy["id"]})
    counted = len([each for each in inside.items if each.get("status") not in {"TIMED-OUT", "RETURNED"}])
    ctx.holds(
        "PR-394",
        (read.pages[0], inside.pages[0]),
        busy.get("places_taken") == counted or not inside.complete,
        f"places_taken {counted}",
        busy.get("places_taken"),
        vacuous=not counted,
    )


@check("PR-404", "PR-405", "PR-406", "PR-407", "PR-408", "PR-409", "PR-410", "PR-411", "PR-412", "PR-486", "PR-487")
def submissions_are_listed(ctx: CheckContext) -> None:
    """Submissions are listed in short form, by study; a single one is shown in full."""
    read = whole(ctx, ctx.contract.operations["list_submissions"])
    ctx.need(read.items, "the caller has no submissions", *read.pages)
    need = {"id", "started_at", "participant_id", "status", "has_siblings"}
    bad = [str(each.get("id")) for each in read.items if not need <= set(each)]
    ctx.holds(("PR-404", "PR-406"), read.pages[0], not bad, ", ".join(sorted(need)), ", ".join(bad[:3]))
    odd = [str(each.get("status")) for each in read.items if each.get("status") not in JUDGED | {"TIME-OUT"}]
    ctx.holds("PR-405", read.pages, not odd, "one of the known statuses", ", ".join(odd[:3]))
    long = [each["id"] for each in read.items if {"participant", "entered_code"} & set(each)]
    ctx.holds(
        "PR-408",
        read.pages,
        not long and any("study_code" in each for each in read.items),
        "study_code and participant_id in the short form",
        ", ".join(long[:3]),
    )
    own = read.items[0]
    single = ctx.call("get_submission", path={"id": own["id"]})
    ctx.judge("PR-409", single, shows(id=own["id"], bonus_payments=array))
    ctx.judge("PR-410", single, shows(started_at=text, status=text, study_id=text))
    ctx.holds("PR-412", single, single.find("status") in JUDGED, "one of eight statuses", single.find("status"))
    ctx.holds(
        "PR-408",
        single,
        {"participant", "entered_code"} <= set(single.json or {}),
        "participant and entered_code in the long form",
        single.summary,
    )
    study = str(single.at("study_id"))
    inside = whole(ctx, ctx.contract.operations["list_study_submissions"], path={"id": study})
    filtered = whole(ctx, ctx.contract.operations["list_submissions"], query={"study": study})
    ctx.holds(
        "PR-486",
        inside.pages[0],
        own["id"] in inside.names,
        f"{own['id']} among the submissions of its study",
        "it is not there",
    )
    ctx.holds(
        "PR-487",
        filtered.pages[0],
        sorted(filtered.names) == sorted(inside.names),
        "the submissions of that study",
        f"{len(filtered.names)} against {len(inside.names)}",
        vacuous=len(read.names) == len(filtered.names),
    )
    people = [str(each.get("participant_id")) for each in inside.items]
    wrong = [
        each["id"]
        for each in inside.items
        if each.get("has_siblings") != (people.count(str(each.get("participant_id"))) > 1)
    ]
    ctx.holds(
        "PR-407",
        inside.pages,
        not wrong or not inside.complete,
        "has_siblings where the participant has another one",
        ", ".join(wrong[:3]),
    )
    paid = [each for each in read.items if each.get("status") == "APPROVED"][:8]
    amounts: list[Any] = []
    for each in paid:
        amounts += ctx.call("get_submission", path={"id": each["id"]}).find("bonus_payments") or []
    ctx.holds(
        "PR-411",
        ctx.exchanges[-1],
        all(isinstance(each, int | float) and each >= 0 for each in amounts),
        "amounts in pence or cents",
        amounts[:3],
    )


@check("PR-375", "PR-376", "PR-377", "PR-463", "PR-489", "PR-490", "PR-491")
def messages_are_listed(ctx: CheckContext) -> None:
    """The caller's messages are listed, also the unread ones, those shared with a user and those after a time."""
    read = whole(ctx, ctx.contract.operations["list_messages"])
    ctx.need(read.items, "the caller has no messages", *read.pages)
    need = {"sender_id", "body", "sent_at", "channel_id"}
    bad = [str(each) for each in read.items if not need <= set(each) or each.get("type", "message") != "message"]
    ctx.holds(("PR-375", "PR-376", "PR-463"), read.pages[0], not bad, ", ".join(sorted(need)), ", ".join(bad[:1]))
    kinds = {"payment-timing", "payment-issues", "technical-issues", "feedback", "rejections", "other"}
    odd = [
        str(each["data"]["category"])
        for each in read.items
        if isinstance(each.get("data"), dict) and each["data"].get("category", "other") not in kinds
    ]
    shown = [each for each in read.items if isinstance(each.get("data"), dict) and "category" in each["data"]]
    ctx.holds("PR-377", read.pages, not odd, "one of six categories", ", ".join(odd[:3]), vacuous=not shown)
    unread = ctx.call("list_unread_messages")
    waiting = results(ctx, unread)
    again = ctx.call("list_unread_messages", fresh=True)
    mine = [each for each in waiting if each.get("sender_id") == caller_id(ctx)]
    ctx.holds(
        "PR-489",
        (unread, again),
        results(ctx, again) == waiting and not mine,
        "messages to the caller that stay unread",
        again.summary,
        vacuous=not waiting,
    )
    ctx.holds("PR-463", unread, all(need <= set(each) for each in waiting), ", ".join(sorted(need)), unread.summary)
    other = next((str(each["sender_id"]) for each in read.items if each["sender_id"] != caller_id(ctx)), "")
    shared = ctx.call("list_messages", query={"user_id": other, "page_size": 100})
    wrong = [each for each in results(ctx, shared) if each["sender_id"] not in {other, caller_id(ctx)}]
    wanted = [each for each in read.items if each["sender_id"] == other]
    ctx.holds(
        "PR-490",
        shared,
        not wrong and len(results(ctx, shared)) >= len(wanted) and len(results(ctx, shared)) < len(read.items) + 1,
        f"messages shared with {other}",
        shared.summary,
        vacuous=not wanted,
    )
    moments = sorted(str(each["sent_at"]) for each in read.items)
    middle = moments[len(moments) // 2]
    later = ctx.call("list_messages", query={"created_after": middle, "page_size": 100})
    early = [str(each["sent_at"]) for each in results(ctx, later) if str(each["sent_at"]) < middle]
    ctx.holds(
        "PR-491",
        later,
        not early and len(results(ctx, later)) < len(read.items),
        f"messages after {middle}",
        ", ".join(early[:2]) or later.summary,
        vacuous=len(set(moments)) < 2,
    )


@check("PR-156", "PR-378", "PR-379", "PR-383", "PR-464", "PR-465")
def groups_are_listed(ctx: CheckContext) -> None:
    """Participant groups are listed, with their members and the studies whose completion codes change them."""
    page = ctx.call("list_participant_groups", query={"workspace_id": workspace(ctx)})
    listed = results(ctx, page)
    ctx.holds(
        "PR-378",
        page,
        all(each.get("workspace_id") == workspace(ctx) for each in listed),
        "groups of that workspace",
        page.summary,
        vacuous=not listed,
    )
    ctx.need(listed, "the workspace has no participant group", page)
    fed = [each for each in listed if each.get("feeder_studies")]
    own = (fed or listed)[0]
    alone = ctx.call("get_participant_group", path={"id": own["id"]})
    ctx.judge("PR-379", alone, shows(id=own["id"], name=text, participant_count=integer))
    feeders = alone.find("feeder_studies") or []
    complete = all({"id", "name", "status", "feeder_completion_codes"} <= set(each) for each in feeders)
    changes = {code.get("action") for each in feeders for code in each.get("feeder_completion_codes", [])}
    good = complete and changes <= {"ADD_TO_PARTICIPANT_GROUP", "REMOVE_FROM_PARTICIPANT_GROUP"}
    ctx.holds(
        "PR-465", alone, good, "studies with the completion codes that change the group", feeders, vacuous=not feeders
    )
    for each in feeders[:2]:
        study = ctx.call("get_study", path={"id": each["id"]})
        named = [
            action
            for code in study.find("completion_codes") or []
            for action in code.get("actions", [])
            if action.get("participant_group") == own["id"]
        ]
        ctx.holds(
            "PR-156",
            (alone, study),
            bool(named),
            f"a completion code of {each['id']} that changes the group",
            study.summary,
        )
    ctx.holds("PR-156", alone, True, "a group that a study feeds", "none", vacuous=not feeders)
    members = ctx.call("list_group_participants", path={"id": own["id"]}, query={"page_size": 1000})
    shown = results(ctx, members)
    good = all({"participant_id", "datetime_created"} <= set(each) for each in shown)
    ctx.holds(
        ("PR-383", "PR-464"),
        (alone, members),
        good and len(shown) == alone.find("participant_count"),
        several(alone.find("participant_count"), "member"),
        several(len(shown), "member"),
    )
    ctx.judge("PR-464", alone, shows(participant_count=integer))


@check("PR-415", "PR-416", "PR-418", "PR-420", "PR-422", "PR-423", "PR-477", "PR-500")
def surveys_are_listed(ctx: CheckContext) -> None:
    """Surveys are listed by researcher and have responses and a summary."""
    page = ctx.call("list_surveys", query={"researcher_id": caller_id(ctx)})
    listed = results(ctx, page)
    ctx.holds(
        "PR-415", page, all("_id" in each for each in listed), "surveys in results", page.summary, vacuous=not listed
    )
    others = [each["_id"] for each in listed if each.get("researcher_id") != caller_id(ctx)]
    ctx.holds(
        "PR-500", page, not others, f"only surveys of {caller_id(ctx)}", ", ".join(others[:3]), vacuous=not listed
    )
    ctx.judge("PR-500", ctx.call("list_surveys", query={"researcher_id": None}), answers(400))
    ctx.need(listed, "the caller has no survey", page)
    survey = ctx.call("get_survey")
    ctx.judge("PR-416", survey, shows(title=text, researcher_id=text, date_created=text))
    ctx.holds("PR-416", survey, survey.find("_id") == survey.find("id"), "the same _id and id", survey.summary)
    answered = ctx.call("list_survey_responses")
    responses = results(ctx, answered)
    ctx.holds(
        "PR-418",
        answered,
        all("id" in each for each in responses),
        "entries with id",
        answered.summary,
        vacuous=not responses,
    )
    summary = ctx.call("get_survey_summary")
    ctx.judge(("PR-422", "PR-477"), summary, shows(survey_id=text, questions=array))
    questions = summary.find("questions") or []
    good = all(
        isinstance(each.get("question"), str)
        and integer(each.get("total_answers"))
        and all(text(one.get("answer")) and integer(one.get("count")) for one in each.get("answers", []))
        for each in questions
    )
    ctx.holds(
        ("PR-477", "PR-422"), summary, good, "questions with their counts", summary.summary, vacuous=not questions
    )
    ctx.holds(
        "PR-423", summary, good, "integers, 0 for an answer that was not given", summary.summary, vacuous=not questions
    )
    if responses:
        single = ctx.call("get_survey_response", path={"response_id": responses[0]["id"]})
        ctx.judge("PR-420", single, shows(participant_id=text, submission_id=text))
    ctx.holds("PR-420", answered, True, "a response", "none", vacuous=not responses)


@check("PR-413", "PR-492", "PR-502")
def collections_are_listed(ctx: CheckContext) -> None:
    """Study collections are listed by project; a single one has its studies."""
    ctx.judge("PR-502", ctx.call("list_collections", query={"project_id": None}), answers(400))
    projects = ctx.listed("list_workspace_projects", path={"workspace_id": workspace(ctx)})
    found: list[Body] = []
    for each in projects:
        page = ctx.call("list_collections", query={"project_id": each["id"]})
        found = results(ctx, page)
        wrong = [one["id"] for one in found if one.get("project_id", each["id"]) != each["id"]]
        ctx.holds(
            ("PR-413", "PR-502"),
            page,
            not wrong,
            f"collections of {each['id']}",
            ", ".join(wrong[:3]),
            vacuous=not found,
        )
        if found:
            alone = ctx.call("get_collection", path={"id": found[0]["id"]})
            ctx.judge("PR-492", alone, shows(id=found[0]["id"], study_ids=array))
            break
    ctx.need(found, "no project has a study collection")


@check("PR-424", "PR-425", "PR-426", "PR-427", "PR-428")
def old_requirements_are_listed(ctx: CheckContext) -> None:
    """Old requirements have _cls and attributes, an optional query, and values of any type."""
    page = ctx.call("list_requirements")
    listed = results(ctx, page)
    ctx.judge("PR-425", page, both(succeeds, shows(results=array)))
    bad = [each for each in listed if not {"_cls", "attributes"} <= set(each)]
    ctx.holds("PR-426", page, not bad, "_cls and attributes", bad[:1], vacuous=not listed)
    queries = [each["query"] for each in listed if isinstance(each.get("query"), dict)]
    ctx.holds(
        "PR-426", page, all("id" in each for each in queries), "queries with an id", queries[:1], vacuous=not queries
    )
    attributes = [one for each in listed for one in each.get("attributes", [])]
    ctx.holds(
        "PR-427",
        page,
        all("value" in each for each in attributes),
        "a value, null included",
        attributes[:1],
        vacuous=not attributes,
    )
    named = [each for each in attributes if "name" in each]
    ctx.holds(
        "PR-428",
        page,
        all(text(each["name"]) for each in named),
        "names that are texts, if any",
        named[:1],
        vacuous=not attributes,
    )
    ctx.judge("PR-424", ctx.call("get_current_user"), shows(id=text, email=text))
