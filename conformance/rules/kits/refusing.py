"""What is refused, and that nothing comes of it."""

from __future__ import annotations

from typing import Any

from understudy.conformance.checks.tenancy import unknown
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, refuses_somehow, succeeds
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.kits.words import (
    activity,
    link,
    list_operation,
    operation_on,
    person,
    project,
    shown,
    stands,
)


def nobody(ctx: CheckContext, resource: str) -> str:
    """An id of a resource that does not exist."""
    return unknown(ctx, ctx.contract.operations[f"retrieve_{resource}"], f"{resource}_id")


def _nothing_came(ctx: CheckContext, what: str, refused: Exchange, body: dict[str, Any]) -> None:
    """Judge that a refused creation made nothing, by what only its object would have."""
    if refused.succeeded:
        ctx.lacks(what, "a creation that is refused", refused)
        return
    match refused.request.operation:
        case "create_participant":
            stands(ctx, what, "list_participants", {"email": body["email"]}, 0, refused)
        case "create_data_link":
            stands(ctx, what, "list_data_links", {"url": body["url"]}, 0, refused)
        case _:
            stands(ctx, what, list_operation(ctx), {"name": body["name"]}, 0, refused)


@check("activity.unknown-project", "made.nothing", writes=True)
def an_activity_needs_its_project(ctx: CheckContext) -> None:
    """A project that does not exist is refused, as is none at all, and no study (event) is made."""
    for more in ({"project_id": nobody(ctx, "project")}, {}):
        body = {"name": ctx.mark("never"), **more}
        refused = ctx.call(operation_on(ctx, "create"), body=body)
        if more:
            ctx.judge("activity.unknown-project", refused, refuses_somehow)
        _nothing_came(ctx, "made.nothing", refused, body)


@check(
    "made.nothing",
    "participant.bad-email",
    "participant.same-address",
    "participant.unknown-activity",
    writes=True,
)
def invalid_participants_are_refused(ctx: CheckContext) -> None:
    """An unknown study (event) and an email without an at sign are refused, and nobody is made."""
    own = str(ctx.make(operation_on(ctx, "create")).at("id"))
    for aspect, body in (
        ("participant.unknown-activity", person(ctx, nobody(ctx, activity(ctx)))),
        ("participant.bad-email", person(ctx, own, email=f"no-address-{ctx.word()}")),
        ("", {name: value for name, value in person(ctx, own).items() if name != "event_id"}),
    ):
        refused = ctx.call("create_participant", body=body)
        if aspect:
            ctx.judge(aspect, refused, refuses_somehow)
        _nothing_came(ctx, "made.nothing", refused, body)
    body = person(ctx, own)
    first = ctx.call("create_participant", body=body)
    second = ctx.call("create_participant", body={**body, "event_id": ctx.make(operation_on(ctx, "create")).at("id")})
    ctx.judge("participant.same-address", second, succeeds, first)


@check("link.bad-date", "link.bad-url", "link.unknown-participant", "made.nothing", writes=True)
def invalid_links_are_refused(ctx: CheckContext) -> None:
    """An invalid day, a url that is not a web address and an unknown participant are refused, and no link is made."""
    own = ctx.make("create_participant").at("id")
    for aspect, body in (
        ("link.bad-date", link(ctx, own, recorded_at="yesterday")),
        ("link.bad-date", link(ctx, own, recorded_at="2025-13-45")),
        ("link.unknown-participant", link(ctx, nobody(ctx, "participant"))),
        ("link.bad-url", link(ctx, own, url=f"no address {ctx.word()}")),
    ):
        refused = ctx.call("create_data_link", body=body)
        ctx.judge(aspect, refused, refuses_somehow)
        _nothing_came(ctx, "made.nothing", refused, body)


@check("made.nothing", writes=True)
def refused_creations_add_nothing(ctx: CheckContext) -> None:
    """After creations that lack a member each list is as long as before, whatever members a stored object would have."""
    own = str(ctx.make(operation_on(ctx, "create")).at("id"))
    someone = str(ctx.make("create_participant").at("id"))
    for operation, listing, body in (
        (operation_on(ctx, "create"), list_operation(ctx), {"project_id": project(ctx)}),
        ("create_participant", "list_participants", {"event_id": own}),
        ("create_data_link", "list_data_links", {"participant_id": someone}),
    ):
        added = []
        # Others may create at the same time as well, but hardly each time.
        for _ in range(2):
            before = shown(ctx, listing)
            refused = ctx.call(operation, body=body)
            after = shown(ctx, listing)
            added.append(len(set(after.names) - set(before.names)))
            if refused.succeeded or not (before.whole and after.whole):
                ctx.lacks("made.nothing", "a refused creation, and a list that can be read whole", refused, after.page)
                break
        else:
            ctx.holds("made.nothing", (refused, after.page), min(added) == 0, "no object more", f"{min(added)} more")


@check("made.anonymous", writes=True)
def an_anonymous_call_changes_nothing(ctx: CheckContext) -> None:
    """Without a credential nothing is made and nothing is deleted, whatever the reply is."""
    kind = activity(ctx)
    own = str(ctx.make(operation_on(ctx, "create")).at("id"))
    someone = str(ctx.make("create_participant").at("id"))
    own_link = str(ctx.make("create_data_link").at("id"))
    for operation, body in (
        (operation_on(ctx, "create"), {"project_id": project(ctx), "name": ctx.mark("never")}),
        ("create_participant", person(ctx, own)),
        ("create_data_link", link(ctx, someone)),
    ):
        _nothing_came(ctx, "made.anonymous", ctx.call(operation, body=body, role=None), body)
    for operation, path, listing in (
        (operation_on(ctx, "delete"), {f"{kind}_id": own}, list_operation(ctx)),
        ("delete_data_link", {"data_link_id": own_link}, "list_data_links"),
    ):
        refused = ctx.call(operation, path=path, role=None)
        if not refused.succeeded:
            stands(ctx, "made.anonymous", listing, {"id": next(iter(path.values()))}, 1, refused)


@check("methods.allow-header", "methods.changes", "methods.undocumented", writes=True)
def what_is_not_described_harms_nothing(ctx: CheckContext) -> None:
    """PUT, PATCH and further deletions are tried on own objects only; a 405 names the methods of the path."""
    own = str(ctx.make(operation_on(ctx, "create")).at("id"))
    someone, own_link = str(ctx.make("create_participant").at("id")), str(ctx.make("create_data_link").at("id"))
    refused = []
    for operation, path, verbs in (
        (operation_on(ctx, "retrieve"), {f"{activity(ctx)}_id": own}, ("PUT", "PATCH")),
        ("retrieve_participant", {"participant_id": someone}, ("PUT", "PATCH", "DELETE")),
        ("delete_data_link", {"data_link_id": own_link}, ("PUT", "PATCH")),
    ):
        for verb in verbs:
            body: dict[str, Any] = {} if verb == "DELETE" else {"body": {}}
            exchange = ctx.call(operation, method=verb, path=path, **body)
            aspects = ("methods.undocumented",) if verb == "DELETE" else ("methods.changes", "methods.undocumented")
            ctx.judge(aspects, exchange, answers(404, 405))
            if exchange.status == 405:
                refused.append(exchange)
    for exchange in refused:
        allow = {each.strip().upper() for each in (exchange.header("allow") or "").split(",")}
        here = {
            each.method
            for each in ctx.contract.operations.values()
            if each.path == ctx.contract.operations[exchange.request.operation or ""].path
        }
        ctx.holds(
            "methods.allow-header",
            exchange,
            here <= allow,
            f"Allow with {', '.join(sorted(here))}",
            f"Allow: {exchange.header('allow') or 'missing'}",
        )
    if not refused:
        ctx.lacks("methods.allow-header", "a reply of 405")
