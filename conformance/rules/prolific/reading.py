"""Reading: errors, media types, times, and who may see what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import array, boolean, both, header, integer, shows, succeeds, text
from understudy.conformance.judging.context import CheckContext, identify
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.prolific.support.fixtures import NOBODY, Body, named, refused, shown, workspace

#: RFC 3339 in UTC.
UTC = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]00:00)", re.IGNORECASE)
ERROR = {"status", "error_code", "title", "detail"}


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


def elsewhere(value: Any) -> bool:
    """Whether a time names a zone other than UTC."""
    try:
        offset = datetime.fromisoformat(str(value)).utcoffset()
    except ValueError:
        return False
    return offset not in {None, timedelta()}


def results(ctx: CheckContext, exchange: Exchange) -> list[Body]:
    """The entries of a list."""
    found = exchange.find("results")
    ctx.rely(isinstance(found, list), f"{exchange.label} has no results: {exchange.summary}", exchange)
    return [each for each in found if isinstance(each, dict)]


@check("PR-004", "PR-005", "PR-006", "PR-007", "PR-008", "PR-444", "PR-534")
def failures_have_one_form(ctx: CheckContext) -> None:
    """A failure has an error with its status, an integer as error_code, a title, and a detail in one of three forms."""
    failures = [
        ctx.call("get_study", path={"id": NOBODY}),
        ctx.call("list_secrets", query={"workspace_id": None}),
        ctx.call("list_studies", role=None),
        ctx.call("list_studies", query={"page": "99999"}),
    ]
    for exchange in (*failures, ctx.visit("GET", "/api/v1/understudy/")):
        if exchange.status < 400:
            continue
        document = exchange.json if isinstance(exchange.json, Mapping) else {}
        # A bare ErrorDetail is as good: no operation of the source is tied to Error.
        error = document.get("error", document)
        whole = isinstance(error, Mapping) and set(error) >= ERROR
        wanted = "an object with status, error_code, title and detail"
        ctx.holds("PR-004", exchange, whole, wanted, exchange.summary)
        if exchange in failures and "error" in document:
            ctx.holds("PR-444", exchange, whole, f"in error {wanted}", exchange.summary)
            _members(ctx, exchange, error if isinstance(error, Mapping) else {})
    for clause in ("PR-005", "PR-006", "PR-007", "PR-008", "PR-444", "PR-534"):
        if clause not in ctx.judged:
            ctx.lacks(clause, "a failure with an error object", *failures)


def _members(ctx: CheckContext, exchange: Exchange, error: Mapping[str, Any]) -> None:
    """What is in an error is of its type."""
    if "status" in error:
        ctx.holds("PR-005", exchange, error["status"] == exchange.status, f"status {exchange.status}", error["status"])
    typed = integer(error.get("error_code", 0)) and text(error.get("title", ""))
    if {"error_code", "title"} & set(error):
        ctx.holds("PR-006", exchange, typed, "an integer error_code and a text title", exchange.summary)
    optional = {"traceback": text, "additional_information": text, "interactive": boolean}
    odd = [name for name, fits in optional.items() if name in error and not fits(error[name])]
    ctx.holds("PR-008", exchange, not odd, "optional members of their types", ", ".join(odd))
    detail = error.get("detail")
    if "detail" in error:
        wanted = "a text, a list or an object"
        ctx.holds("PR-007", exchange, isinstance(detail, str | list | Mapping), wanted, detail)
    if isinstance(detail, Mapping):
        lists = all(isinstance(each, list) and all(map(text, each)) for each in detail.values())
        ctx.holds("PR-534", exchange, lists, "lists of texts", detail)


@check("PR-003")
def paths_work_with_and_without_a_slash(ctx: CheckContext) -> None:
    """A path is answered with and without a final slash, without a redirect."""
    for operation in ("list_studies", "get_current_user", "list_workspaces"):
        place = ctx.address(ctx.contract.operations[operation])
        for path in (place.rstrip("/"), place.rstrip("/") + "/"):
            ctx.judge("PR-003", ctx.visit("GET", path), succeeds)


@check("PR-402", "PR-403", "PR-535")
def replies_are_json(ctx: CheckContext) -> None:
    """Replies are JSON, except for the export, which is CSV unless it is sent by email."""
    for operation in ("list_studies", "get_current_user"):
        ctx.judge("PR-535", ctx.call(operation), header("Content-Type", "^application/([a-z.-]+[+])?json"))
    export = ctx.call("export_study")
    ctx.judge("PR-402", export, both(succeeds, header("Content-Type", "^text/(csv|plain)")))
    mailed = ctx.call("export_study", query={"method": "email"})
    shown(ctx, "PR-403", mailed, status="Your export should arrive shortly.")


@check("PR-511", "PR-550")
def times_are_in_utc(ctx: CheckContext) -> None:
    """Times are RFC 3339 in UTC; those of surveys may have no zone."""
    found = 0
    for operation in ("list_studies", "list_submissions", "list_messages"):
        page = ctx.page(ctx.contract.operations[operation], size=50)
        seen = list(times(page.json))
        found += len(seen)
        odd = [f"{name} {value}" for name, value in seen if not UTC.fullmatch(value)]
        ctx.holds("PR-511", page, not odd, "times like 2025-01-06T09:00:00Z", ", ".join(odd[:3]), vacuous=not seen)
    for page in (ctx.page(ctx.contract.operations["list_submissions"], size=50), ctx.call("get_survey")):
        called = [pair for pair in times(page.json) if pair[0] in {"started_at", "date_created", "date_modified"}]
        odd = [f"{name} {value}" for name, value in called if elsewhere(value)]
        ctx.holds("PR-550", page, not odd, "times in UTC", ", ".join(odd[:3]), vacuous=not called)
    ctx.need(found, "no reply has a time")


@check("PR-366", "PR-369", "PR-370", "PR-373", "PR-374", "PR-552")
def webhooks_are_listed(ctx: CheckContext) -> None:
    """Event types, subscriptions and their events are listed."""
    kinds = ctx.call("list_event_types")
    names = [str(each["event_type"]) for each in results(ctx, kinds) if "event_type" in each]
    wanted = {"study.status.change", "submission.status.change"}
    described = all(text(each.get("description", "")) for each in results(ctx, kinds))
    ctx.holds(
        "PR-366",
        kinds,
        described and wanted <= {*names, *(() if names else wanted)},
        "both event types, with descriptions that are texts",
        sorted(names),
        vacuous=not names,
    )
    page = ctx.call("list_subscriptions")
    listed = results(ctx, page)
    need = {"event_type", "target_url", "workspace_id"}
    whole = all(need <= set(each) for each in listed)
    ctx.holds("PR-369", page, whole, "subscriptions in results", page.summary, vacuous=not listed)
    alone = ctx.call("get_subscription")
    ctx.judge("PR-370", alone, shows(event_type=text, target_url=text, workspace_id=text))
    events = ctx.call("list_subscription_events")
    sent = results(ctx, events)
    ctx.holds("PR-373", events, True, "events in results", events.summary, vacuous=not sent)
    states = {str(each["status"]) for each in sent if "status" in each}
    bodies = all(isinstance(each.get("payload"), dict | None) for each in sent)
    known = states <= {"PENDING", "SUCCEEDED", "FAILED"}
    wanted_state = "PENDING, SUCCEEDED or FAILED, with an object, null or nothing as payload"
    ctx.holds("PR-374", events, known and bodies, wanted_state, sorted(states), vacuous=not states)
    kind, address = alone.find("event_type"), alone.find("target_url")
    named_kinds = {str(each["event_type"]) for each in sent if "event_type" in each}
    ctx.holds(
        "PR-552",
        (alone, events),
        named_kinds <= {kind},
        f"events of {kind}",
        sorted(named_kinds),
        vacuous=not named_kinds,
    )
    bad = [each for each in sent if not text(each.get("target_url", address)) or not text(each.get("resource_id", ""))]
    ctx.holds("PR-552", events, not bad, "texts as target_url and resource_id", bad[:1], vacuous=not sent)


@check("PR-367", "PR-368", "PR-501")
def secrets_belong_to_members(ctx: CheckContext) -> None:
    """Secrets are listed for a workspace, which is required, and only to its members."""
    page = ctx.call("list_secrets", query={"workspace_id": workspace(ctx)})
    if "results" in (page.json if isinstance(page.json, dict) else {}):
        ctx.judge("PR-367", page, shows(results=array))
    else:
        # The sample of the list is a bare array.
        ctx.lacks("PR-367", "a reply with results", page)
    ctx.judge("PR-501", ctx.call("list_secrets", query={"workspace_id": None}), refused)
    ctx.judge("PR-368", ctx.call("list_secrets", query={"workspace_id": NOBODY}), refused)


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
                ctx.judge("PR-002", ctx.call(operation, path={"workspace_id": own}, role="collaborator"), refused)
        projects = ctx.listed("list_workspace_projects", path={"workspace_id": own})
        if projects and ctx.listed("list_project_studies", path={"project_id": projects[0]["id"]}):
            break
    hidden_secrets = ctx.call("list_secrets", query={"workspace_id": closed[0]}, role="collaborator")
    ctx.judge("PR-368", hidden_secrets, refused)
    ctx.need(projects, "the workspaces that the second caller does not see have no project")
    hidden = str((projects or [{}])[0]["id"])
    ctx.judge("PR-002", ctx.call("get_project", path={"project_id": hidden}, role="collaborator"), refused)
    studies = ctx.listed("list_project_studies", path={"project_id": hidden})
    ctx.judge("PR-484", ctx.call("list_project_studies", path={"project_id": hidden}, role="collaborator"), refused)
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
    for each in filter(None, map(named, studies[:1])):
        ctx.judge("PR-002", ctx.call("get_study", path={"id": each}, role="collaborator"), refused)
