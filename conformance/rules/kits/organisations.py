"""What belongs to another organisation is out of reach. Needs a second credential."""

from __future__ import annotations

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Mismatch, refuses_somehow, succeeds
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import identify
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.kits.refusing import nobody
from understudy.conformance.rules.kits.words import activity, link, operation_on, person, stands


def out_of_reach(exchange: Exchange) -> Mismatch | None:
    """The object of another organisation is not shown or used."""
    return refuses_somehow(exchange)


@check("tenancy.answers", "tenancy.reach", roles=("other",))
def objects_of_others_are_not_shown(ctx: CheckContext) -> None:
    """An id of another organisation shows nothing, and is answered like one that does not exist."""
    for operation in ctx.over("tenancy.reach", "tenancy.answers", when=lambda each: each.action == "read"):
        parameter = operation.path_parameters[-1]
        own = ctx.parameter(operation, parameter)
        unknown = ctx.call(operation, path={parameter: nobody(ctx, str(operation.resource))})
        foreign = ctx.call(operation, path={parameter: own}, role="other")
        ctx.judge("tenancy.reach", foreign, out_of_reach)
        _answered_alike(ctx, foreign, unknown)


def _answered_alike(ctx: CheckContext, foreign: Exchange, unknown: Exchange) -> None:
    """An id that is shown or used all the same is a fault of its own."""
    if not foreign.succeeded:
        ctx.holds(
            "tenancy.answers",
            (unknown, foreign),
            foreign.status == unknown.status,
            f"status {unknown.status}, as for an unknown id",
            foreign.summary,
        )
    else:
        ctx.hidden("tenancy.answers", "the id of another organisation is not refused", foreign)


@check("activity.foreign", "link.foreign", "tenancy.answers", "tenancy.reach", writes=True, roles=("other",))
def objects_of_others_are_not_used(ctx: CheckContext) -> None:
    """Objects of another organisation cannot be deleted or referred to."""
    kind = activity(ctx)
    theirs = ctx.items(ctx.lister("project"), ctx.page(ctx.lister("project"), role="other"))
    ctx.need(theirs, "the other organisation has no project")
    home = identify(theirs[0])
    made = ctx.call(operation_on(ctx, "create"), body={"project_id": home, "name": ctx.mark("theirs")}, role="other")
    ctx.rely(made.succeeded, f"the other organisation can make no {kind}: {made.summary}", made)
    own = str(made.at("id"))
    someone = ctx.call("create_participant", body=person(ctx, own), role="other")
    ctx.rely(someone.succeeded, f"the other organisation can make no participant: {someone.summary}", someone)
    theirs_link = ctx.call("create_data_link", body=link(ctx, str(someone.at("id"))), role="other")
    ctx.rely(theirs_link.succeeded, f"the other organisation can make no data link: {theirs_link.summary}", theirs_link)
    for operation, body, strange in (
        (
            operation_on(ctx, "create"),
            {"project_id": home, "name": ctx.mark("mine")},
            {"project_id": nobody(ctx, "project")},
        ),
        ("create_participant", person(ctx, own), {"event_id": nobody(ctx, kind)}),
        ("create_data_link", link(ctx, str(someone.at("id"))), {"participant_id": nobody(ctx, "participant")}),
    ):
        unknown = ctx.call(operation, body={**body, **strange})
        foreign = ctx.call(operation, body=body)
        ctx.judge("tenancy.reach", foreign, out_of_reach, made)
        _answered_alike(ctx, foreign, unknown)
    removed = ctx.call(operation_on(ctx, "delete"), path={f"{kind}_id": own})
    stays = ctx.call(operation_on(ctx, "retrieve"), path={f"{kind}_id": own}, role="other")
    ctx.judge("activity.foreign", stays, succeeds, made, removed)
    ctx.judge("activity.foreign", removed, out_of_reach, made)
    link_id = str(theirs_link.at("id"))
    unlinked = ctx.call("delete_data_link", path={"data_link_id": link_id})
    ctx.judge("link.foreign", unlinked, out_of_reach, theirs_link)
    stands(ctx, "link.foreign", "list_data_links", {"id": link_id}, 1, theirs_link, unlinked, role="other")
