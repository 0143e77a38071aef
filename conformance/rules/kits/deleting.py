"""Deleting removes what was named, once, and nothing else."""

from __future__ import annotations

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Mismatch, answers, refuses_somehow, succeeds
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.kits.refusing import nobody
from understudy.conformance.rules.kits.words import (
    activity,
    deleted,
    link,
    list_operation,
    operation_on,
    person,
    project,
    shown,
    stands,
)


def gone(exchange: Exchange) -> Mismatch | None:
    """The object is not shown any more."""
    return refuses_somehow(exchange)


@check(
    "activity.deleted",
    "activity.deleted-twice",
    "activity.gone",
    "activity.no-late-comers",
    "delete.siblings",
    writes=True,
)
def an_activity_is_deleted(ctx: CheckContext) -> None:
    """A deleted study (event) is gone, cannot be deleted again and takes no new participants; the others stay."""
    kind = activity(ctx)
    home = project(ctx)
    own, other = (
        str(ctx.make(operation_on(ctx, "create"), body={"project_id": home, "name": ctx.mark("sibling")}).at("id"))
        for _ in range(2)
    )
    reply = ctx.call(operation_on(ctx, "delete"), path={f"{kind}_id": own})
    ctx.judge("activity.deleted", reply, deleted)
    ctx.judge("activity.gone", ctx.call(operation_on(ctx, "retrieve"), path={f"{kind}_id": own}), gone, reply)
    stands(ctx, "activity.gone", list_operation(ctx), {"id": own}, 0, reply)
    ctx.judge("delete.siblings", ctx.call(operation_on(ctx, "retrieve"), path={f"{kind}_id": other}), succeeds, reply)
    stands(ctx, "delete.siblings", list_operation(ctx), {"id": other}, 1, reply)
    again = ctx.call(operation_on(ctx, "delete"), path={f"{kind}_id": own})
    ctx.judge("activity.deleted-twice", again, refuses_somehow, reply)
    ctx.judge("activity.no-late-comers", ctx.call("create_participant", body=person(ctx, own)), refuses_somehow, reply)


@check("activity.dependants", writes=True)
def participants_outlive_no_activity(ctx: CheckContext) -> None:
    """Participants of a deleted study (event) and their data links are gone with it, or are kept whole."""
    kind, own = activity(ctx), str(ctx.make(operation_on(ctx, "create")).at("id"))
    someone = str(ctx.make("create_participant", body=person(ctx, own)).at("id"))
    own_link = str(ctx.make("create_data_link", body=link(ctx, someone)).at("id"))
    reply = ctx.call(operation_on(ctx, "delete"), path={f"{kind}_id": own})
    ctx.rely(reply.succeeded, f"no {kind} could be deleted: {reply.summary}", reply)
    left = ctx.call("retrieve_participant", path={"participant_id": someone})
    ctx.judge("activity.dependants", left, answers(404), reply)
    people, links = shown(ctx, "list_participants"), shown(ctx, "list_data_links")
    kept = [name for name, read in ((someone, people), (own_link, links)) if name in read.names]
    ctx.holds("activity.dependants", (reply, links.page), not kept, "nothing that belonged to it", ", ".join(kept))


@check("activity.deleted-unknown", "delete.siblings", "link.deleted-unknown", writes=True)
def deleting_an_unknown_object_fails(ctx: CheckContext) -> None:
    """Deleting an unknown study (event) or data link is an error and removes nothing."""
    kind, own = activity(ctx), str(ctx.make(operation_on(ctx, "create")).at("id"))
    own_link = str(ctx.make("create_data_link").at("id"))
    refused = ctx.call(operation_on(ctx, "delete"), path={f"{kind}_id": nobody(ctx, kind)})
    ctx.judge("activity.deleted-unknown", refused, refuses_somehow)
    if not refused.succeeded:
        stands(ctx, "delete.siblings", list_operation(ctx), {"id": own}, 1, refused)
    # An id of another resource names no data link either.
    refused = ctx.call("delete_data_link", path={"data_link_id": nobody(ctx, "participant")})
    ctx.judge("link.deleted-unknown", refused, refuses_somehow)
    if not refused.succeeded:
        stands(ctx, "delete.siblings", "list_data_links", {"id": own_link}, 1, refused)


@check(
    "delete.siblings",
    "link.deleted",
    "link.deleted-twice",
    "link.gone",
    "link.no-single",
    "link.participant-stays",
    writes=True,
)
def a_link_is_deleted(ctx: CheckContext) -> None:
    """A deleted link is gone from the list and cannot be deleted again; its participant and the other links stay."""
    someone = str(ctx.make("create_participant").at("id"))
    own, other = (str(ctx.make("create_data_link", body=link(ctx, someone)).at("id")) for _ in range(2))
    place = ctx.address(ctx.contract.operations["delete_data_link"], {"data_link_id": own})
    ctx.judge("link.no-single", ctx.visit("GET", place), answers(200, 404, 405))
    reply = ctx.call("delete_data_link", path={"data_link_id": own})
    ctx.judge("link.deleted", reply, deleted)
    stands(ctx, "link.gone", "list_data_links", {"id": own}, 0, reply)
    stands(ctx, "delete.siblings", "list_data_links", {"id": other}, 1, reply)
    stays = ctx.call("retrieve_participant", path={"participant_id": someone})
    ctx.judge("link.participant-stays", stays, succeeds, reply)
    ctx.judge("link.deleted-twice", ctx.call("delete_data_link", path={"data_link_id": own}), refuses_somehow, reply)
