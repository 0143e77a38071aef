"""Who is let in, how writes are labelled, and the verbs that the API does not have."""

from __future__ import annotations

import json
from typing import Any

from understudy.conformance.checks.auth import WRONG
from understudy.conformance.checks.methods import allows, offered
from understudy.conformance.checks.tenancy import unknown
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, both, refuses_somehow
from understudy.conformance.judging.context import CheckContext, Item, identify
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.lookit.documents import answer, change, comment
from understudy.conformance.rules.lookit.made import own_feedback, own_response
from understudy.conformance.rules.lookit.reading import JSON_API, TYPES, read, within
from understudy.specs import Operation

#: Type -> the clauses on creating, updating and deleting its objects.
VERBS = {
    "children": ("LK-059", "LK-060", "LK-061"),
    "demographics": ("LK-072", "LK-073", "LK-074"),
    "labs": ("LK-106", "LK-107", "LK-108"),
    "studies": ("LK-154", "LK-155", "LK-156"),
    "users": ("LK-172", "LK-173", "LK-174"),
}
WRITES = ("create_feedback", "create_response", "update_feedback", "update_response")


def _well_formed(ctx: CheckContext, operation: str) -> dict[str, Any]:
    """A well-formed call that names objects which do not exist, so that it changes nothing wherever it is taken."""
    spec = ctx.contract.operations[operation]
    path = {name: unknown(ctx, spec, name) for name in spec.path_parameters}
    own = next(iter(path.values()), "")
    nobody = {kind: unknown(ctx, ctx.contract.operations[TYPES[kind][1]], TYPES[kind][2]) for kind in TYPES}
    body = {
        "create_feedback": comment("Hello", nobody["responses"]),
        "create_response": answer(nobody["children"], nobody["studies"]),
        "update_feedback": change("feedback", own, {"comment": "Hello"}),
        "update_response": change("responses", own, {"completed": False}),
    }[operation]
    return {"path": path, "body": body}


def _harmless(ctx: CheckContext, operation: Operation) -> dict[str, Any]:
    return _well_formed(ctx, operation.id) if operation.writes else {}


@check("LK-002")
def nobody_is_let_in_without_a_token(ctx: CheckContext) -> None:
    """Every operation refuses a well-formed call without a credential with 401 or 403."""
    for operation in ctx.contract.operations.values():
        if ctx.may(operation) and ctx.lacking(operation) is None:
            ctx.judge("LK-002", ctx.call(operation, role=None, **_harmless(ctx, operation)), answers(401, 403))


@check("LK-005")
def a_made_up_token_gets_no_data(ctx: CheckContext) -> None:
    """A token that nobody was given is refused."""
    for operation in ctx.contract.operations.values():
        listed = operation.action == "list" and "{" not in operation.path
        if ctx.may(operation) and (listed or operation.writes):
            exchange = ctx.call(operation, credential=ctx.run.credential_of(WRONG), **_harmless(ctx, operation))
            ctx.judge("LK-005", exchange, refuses_somehow)


@check("LK-006", "LK-008", "LK-189", writes=True, roles=("admin", "participant"))
def other_writers_are_refused(ctx: CheckContext) -> None:
    """An anonymous write is refused, and so is one that is labelled with another media type."""
    for operation in WRITES:
        right = _well_formed(ctx, operation)
        ctx.judge("LK-006", ctx.call(operation, role=None, **right), refuses_somehow)
        raw, path = json.dumps(right["body"]).encode(), right["path"]
        ctx.judge("LK-189", ctx.call(operation, path=path, raw=raw, content_type="text/plain", role=None), answers(415))
    for kind in ("children", "labs"):
        made = ctx.call(TYPES[kind][0], method="POST", body=_like(kind, {}), content_type=JSON_API, role=None)
        ctx.judge("LK-006", made, refuses_somehow)
    # Changes of what this check made, by those who may make them, so that the label alone can be wrong.
    for operation, make in (("update_response", own_response), ("update_feedback", own_feedback)):
        kind = "responses" if operation == "update_response" else "feedback"
        role = "participant" if operation == "update_response" else "admin"
        own = make(ctx)
        given = within(read(ctx, kind, own, role)).get("attributes") or {}
        same = {name: given[name] for name in ("completed", "comment") if name in given}
        raw = json.dumps(change(kind, own, same)).encode()
        path = dict.fromkeys(ctx.contract.operations[operation].path_parameters, own)
        labelled = ctx.call(operation, path=path, raw=raw, content_type="text/plain", role=role)
        ctx.judge("LK-008", labelled, refuses_somehow)


@check(
    "LK-022",
    "LK-023",
    "LK-024",
    "LK-025",
    "LK-026",
    *(clause for clauses in VERBS.values() for clause in clauses),
    writes=True,
)
def most_types_cannot_be_written(ctx: CheckContext) -> None:
    """Children, demographics, labs, studies and users can be neither created nor updated nor deleted: 405."""
    for kind, (creating, updating, deleting) in VERBS.items():
        lister, reader, parameter = TYPES[kind]
        items = ctx.items(ctx.contract.operations[lister], page := ctx.call(lister))
        entry = items[0] if items else {}
        made = ctx.call(lister, method="POST", body=_like(kind, entry), content_type=JSON_API)
        for clause in (creating, "LK-023"):
            ctx.judge(clause, made, answers(405), page)
        _allow(ctx, lister, made)
        for item in ctx.first((updating, deleting), items, f"one of {kind}", page):
            path = {parameter: identify(item)}
            # What is there already: a server that takes it changes nothing by it.
            same = {"data": within(read(ctx, kind, identify(item), "default"))}
            put = ctx.call(reader, path=path, method="PUT", body=same, content_type=JSON_API)
            for clause in (updating, "LK-024"):
                ctx.judge(clause, put, answers(405))
            _allow(ctx, reader, put)
            patched = ctx.call(reader, path=path, method="PATCH", body=same, content_type=JSON_API)
            ctx.judge("LK-024", patched, refuses_somehow)
            _deleted(ctx, kind, (deleting, "LK-022"), path)
    spec = ctx.contract.operations["read_child"]
    nobody = {"child_id": unknown(ctx, spec, "child_id")}
    ctx.judge("LK-026", ctx.call(spec, path=nobody, method="PATCH", raw=b"{", content_type=JSON_API), answers(405))


def _deleted(ctx: CheckContext, kind: str, clauses: tuple[str, ...], path: dict[str, str]) -> None:
    """Nothing can be deleted; an object that the kit did not make is risked on this machine only."""
    _, reader, parameter = TYPES[kind]
    nobody = {parameter: unknown(ctx, ctx.contract.operations[reader], parameter)}
    refused = ctx.call(reader, path=nobody, method="DELETE")
    if refused.status != 405 and refuses_somehow(refused) is None:
        if not ctx.local:
            ctx.lacks(clauses, "405 for an id that does not exist, or a target on this machine", refused)
            return
        refused = ctx.call(reader, path=path, method="DELETE")
    for clause in clauses:
        ctx.judge(clause, refused, answers(405))
    _allow(ctx, reader, refused)


def _allow(ctx: CheckContext, operation: str, refused: Exchange) -> None:
    """A 405 names the methods of its path."""
    if refused.status == 405:
        offers = offered(ctx, ctx.contract.operations[operation].path)
        ctx.judge("LK-025", refused, both(answers(405), allows(offers)))


def _like(kind: str, entry: Item) -> dict[str, Any]:
    """A document that would create an object like another one."""
    parts = {name: entry[name] for name in ("attributes", "relationships") if entry.get(name)}
    return {"data": {"type": kind, "attributes": {}, **parts}}


@check("LK-022", "LK-097", "LK-098", "LK-136", "LK-138", writes=True, roles=("admin", "participant"))
def feedback_and_responses_stay(ctx: CheckContext) -> None:
    """Feedback and responses can be neither deleted nor replaced with PUT."""
    kept = (("responses", "LK-136", "LK-138", own_response), ("feedback", "LK-097", "LK-098", own_feedback))
    for kind, replacing, deleting, make in kept:
        _, reader, parameter = TYPES[kind]
        role = "participant" if kind == "responses" else "admin"
        path = {parameter: make(ctx)}
        same = {"data": within(read(ctx, kind, path[parameter], role))}
        put = ctx.call(reader, path=path, method="PUT", body=same, content_type=JSON_API, role=role)
        ctx.judge(replacing, put, refuses_somehow)
        gone = ctx.call(reader, path=path, method="DELETE", role=role)
        for clause in (deleting, "LK-022"):
            ctx.judge(clause, gone, answers(405))
        ctx.judge(deleting, read(ctx, kind, path[parameter], role, fresh=True), answers(200))


@check("LK-190", writes=True)
def verbs_are_refused_before_bodies(ctx: CheckContext) -> None:
    """A method that a path does not have is refused whatever is in the body."""
    ctx.judge("LK-190", ctx.call("list_labs", method="POST", raw=b"<a/>", content_type="application/xml"), answers(405))
