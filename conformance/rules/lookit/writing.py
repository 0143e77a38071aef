"""Writes: who may make them and which are refused. The API has no way to remove what is written here."""

from __future__ import annotations

from typing import Any

from understudy.conformance.checks.tenancy import unknown
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Mismatch, answers, both, header, refuses_somehow, shows, succeeds
from understudy.conformance.judging.context import CheckContext, attribute, identify
from understudy.conformance.judging.registry import check
from understudy.conformance.judging.samples import sample
from understudy.conformance.rules.lookit.document_structure import JSON_API
from understudy.conformance.rules.lookit.visibility import ids, own_child, read, related, seen

Document = dict[str, Any]


def linkage(kind: str, name: str) -> Document:
    """A relationship of a request."""
    return {"data": {"type": kind, "id": name}}


def comment(text: str | None, response: str | None, **more: Any) -> Document:
    """The document that creates feedback; None leaves a part out."""
    attributes = {} if text is None else {"comment": text}
    relationships = {} if response is None else {"response": linkage("responses", response)}
    return {"data": {"type": "feedback", "attributes": attributes, "relationships": relationships, **more}}


def answer(child: str | None, study: str | None, attributes: Document | None = None, **more: Any) -> Document:
    """The document that creates a response."""
    relationships = {}
    if child is not None:
        relationships["child"] = linkage("children", child)
    if study is not None:
        relationships["study"] = linkage("studies", study)
    return {"data": {"type": "responses", "attributes": attributes or {}, "relationships": relationships, **more}}


def change(kind: str, name: str, attributes: Document, **more: Any) -> Document:
    """The document that updates an object."""
    return {"data": {"type": kind, "id": name, "attributes": attributes, **more}}


def public_study(ctx: CheckContext) -> str:
    """A study that every caller sees."""
    studies, page = seen(ctx, "studies", "participant" if "participant" in ctx.run.target.tokens else "default")
    found = [each for each in studies if attribute(each, "state") == "active" and attribute(each, "public") is True]
    ctx.need(found, "no active public study is visible", page)
    return identify(found[0])


def own_response(ctx: CheckContext) -> str:
    """A response of the participant's own, made by this check."""
    return str(ctx.once("response", lambda: _new_response(ctx)))


def _new_response(ctx: CheckContext) -> str:
    made = ctx.call(
        "create_response", body=answer(own_child(ctx, "participant"), public_study(ctx)), role="participant"
    )
    return str(made.at("data", "id"))


def own_feedback(ctx: CheckContext) -> str:
    """Feedback of the admin's own on a response of the participant's, made by this check."""
    return str(
        ctx.once(
            "feedback",
            lambda: ctx.call(
                "create_feedback", body=comment(ctx.mark("Thank you"), own_response(ctx)), role="admin"
            ).at("data", "id"),
        )
    )


@sample("lookit", "create_feedback")
def _feedback(ctx: CheckContext) -> dict[str, Any]:
    responses, page = seen(ctx, "responses", "default")
    ctx.need(responses, "no response is visible", page)
    return {"body": comment(ctx.mark("Thank you"), identify(responses[0]))}


@sample("lookit", "create_response")
def _response(ctx: CheckContext) -> dict[str, Any]:
    return {"body": answer(own_child(ctx, "participant"), public_study(ctx)), "role": "participant"}


@sample("lookit", "update_feedback")
def _reworded(ctx: CheckContext) -> dict[str, Any]:
    return {
        "path": {"feedback_id": own_feedback(ctx)},
        "body": change("feedback", own_feedback(ctx), {"comment": ctx.mark("Reworded")}),
    }


@sample("lookit", "update_response")
def _carried_on(ctx: CheckContext) -> dict[str, Any]:
    return {
        "path": {"response_id": own_response(ctx)},
        "body": change("responses", own_response(ctx), {"completed": True}),
        "role": "participant",
    }


def pointer(*wanted: str) -> Any:
    """The status is 400, and there is an error for each of these pointers."""

    def match(exchange: Exchange) -> Mismatch | None:
        errors = exchange.find("errors")
        found = (
            [each.get("source", {}).get("pointer") for each in errors if isinstance(each, dict)]
            if isinstance(errors, list)
            else []
        )
        if exchange.status != 400 or not set(wanted) <= set(found):
            return Mismatch(f"400 with errors at {', '.join(wanted)}", exchange.summary)
        return None

    return match


@check(
    "LK-081",
    "LK-082",
    "LK-083",
    "LK-084",
    "LK-085",
    "LK-185",
    writes=True,
    roles=("admin", "participant", "researcher"),
)
def feedback_is_left(ctx: CheckContext) -> None:
    """A comment on a response creates feedback by the caller, at its Location; the client cannot choose the id."""
    target = own_response(ctx)
    text = ctx.mark("Well done")
    made = ctx.call(
        "create_feedback", body=comment(text, target, id="12345678-1234-4234-8234-123456789abc"), role="admin"
    )
    ctx.judge("LK-081", made, succeeds)
    ctx.judge("LK-082", made, both(shows({"type": "feedback"}, "data"), shows({"comment": text}, "data", "attributes")))
    own = str(made.at("data", "id"))
    ctx.judge("LK-085", made, both(answers(201), header("Location", rf"{own}/$")))
    ctx.holds("LK-185", made, own != "12345678-1234-4234-8234-123456789abc", "an id that the server chose", own)
    ctx.holds("LK-082", made, related(made.at("data"), "response") == target, f"the response {target}", made.summary)
    ctx.holds(
        "LK-082",
        made,
        str(made.find("data", "links", "self")).endswith(f"/feedback/{own}/"),
        "links.self",
        made.find("data", "links", "self"),
    )
    alone = read(ctx, "feedback", own, "admin")
    ctx.holds("LK-081", (made, alone), alone.find("data") == made.find("data"), "the same when read", alone.summary)
    mine = _self_of_researcher(ctx)
    editable = _editable(ctx)
    other = comment(ctx.mark("Again"), editable)
    other["data"]["relationships"]["researcher"] = linkage("users", related(made.at("data"), "researcher") or "")
    second = ctx.call("create_feedback", body=other, role="researcher")
    ctx.judge("LK-081", second, succeeds)
    author = related(second.at("data"), "researcher")
    ctx.holds("LK-083", second, author == mine, f"the caller {mine} as researcher", author)
    ctx.holds("LK-084", second, author == mine, f"the caller {mine}, whatever user the request names", author)


def _self_of_researcher(ctx: CheckContext) -> str | None:
    """The researcher's own user: the only visible one who is not a parent."""
    children, _ = seen(ctx, "children", "researcher")
    users, page = seen(ctx, "users", "researcher")
    rest = ids(users) - {str(related(each, "user")) for each in children}
    ctx.need(len(rest) == 1, "the researcher's own user cannot be identified among the visible ones", page)
    return next(iter(rest))


def _editable(ctx: CheckContext) -> str:
    """A response that the researcher may edit, found by sending a change that changes nothing."""

    def ask() -> str:
        responses, page = seen(ctx, "responses", "researcher")
        tried: set[str] = set()
        for each in responses:
            study = str(related(each, "study"))
            if study not in tried:
                tried.add(study)
                name = identify(each)
                same = {"completed": attribute(each, "completed")}
                if ctx.call(
                    "update_response",
                    path={"response_id": name},
                    body=change("responses", name, same),
                    role="researcher",
                ).succeeded:
                    return name
        ctx.need(False, "the researcher may edit no response", page)
        return ""

    return str(ctx.once("editable", ask))


def _only_seen(ctx: CheckContext) -> str:
    """A response that the researcher sees and may not edit."""
    editable = _editable(ctx)
    responses, page = seen(ctx, "responses", "researcher")
    study = next(related(each, "study") for each in responses if identify(each) == editable)
    others = [identify(each) for each in responses if related(each, "study") != study]
    ctx.need(others, "the researcher may edit every visible response", page)
    return others[0]


@check("LK-086", "LK-087", "LK-093", "LK-197", writes=True, roles=("admin", "participant", "researcher"))
def feedback_needs_permission(ctx: CheckContext) -> None:
    """Feedback needs permission to edit the response: a participant and a researcher who may only read it get 403."""
    own = own_response(ctx)
    ctx.judge(
        "LK-087", ctx.call("create_feedback", body=comment(ctx.mark("Mine"), own), role="participant"), answers(403)
    )
    ctx.judge(
        "LK-086",
        ctx.call("create_feedback", body=comment(ctx.mark("No"), _only_seen(ctx)), role="researcher"),
        answers(403),
    )
    responses, _ = seen(ctx, "responses", "admin")
    mine, _ = seen(ctx, "responses", "researcher")
    unseen = [identify(each) for each in responses if identify(each) not in ids(mine) | {own}]
    if unseen:
        ctx.judge(
            "LK-086",
            ctx.call("create_feedback", body=comment(ctx.mark("No"), unseen[0]), role="researcher"),
            answers(403, 404, 400),
        )
    name = own_feedback(ctx)
    ctx.judge(
        "LK-093",
        ctx.call(
            "update_feedback",
            path={"feedback_id": name},
            body=change("feedback", name, {"comment": "x"}),
            role="researcher",
        ),
        answers(403, 404),
    )
    ctx.judge(
        "LK-197",
        ctx.call(
            "update_feedback",
            path={"feedback_id": name},
            body=change("feedback", name, {"comment": "x"}),
            role="participant",
        ),
        answers(403),
    )
    kept = read(ctx, "feedback", name, "admin")
    ctx.holds("LK-093", kept, kept.find("data", "attributes", "comment") != "x", "the comment unchanged", kept.summary)


@check("LK-088", "LK-089", "LK-090", "LK-091", "LK-184", "LK-201", writes=True, roles=("admin", "participant"))
def invalid_feedback_is_refused(ctx: CheckContext) -> None:
    """Missing, blank and misplaced parts are 400 with their pointers, a wrong type is 409, and no feedback is created."""
    own = own_response(ctx)
    before, _ = seen(ctx, "feedback", "admin")
    ctx.judge(
        "LK-088",
        ctx.call("create_feedback", body=comment(None, own), role="admin"),
        pointer("/data/attributes/comment"),
    )
    ctx.judge("LK-088", ctx.call("create_feedback", body=comment("   ", own), role="admin"), answers(400))
    ctx.judge(
        "LK-089",
        ctx.call("create_feedback", body=comment("Hello", None), role="admin"),
        pointer("/data/relationships/response"),
    )
    operation = ctx.contract.operations["read_response"]
    nobody = unknown(ctx, operation, "response_id")
    ctx.judge("LK-089", ctx.call("create_feedback", body=comment("Hello", nobody), role="admin"), answers(400, 404))
    wrong = comment("Hello", own)
    wrong["data"]["type"] = "comments"
    ctx.judge("LK-090", ctx.call("create_feedback", body=wrong, role="admin"), answers(409, 400))
    ctx.judge("LK-091", ctx.call("create_feedback", raw=b'{"data": ', role="admin"), answers(400))
    ctx.judge("LK-091", ctx.call("create_feedback", body={"comment": "Hello"}, role="admin"), answers(400))
    both_missing = ctx.call("create_feedback", body=comment(None, None), role="admin")
    ctx.judge("LK-184", both_missing, pointer("/data/attributes/comment", "/data/relationships/response"))
    after, page = seen(ctx, "feedback", "admin")
    ctx.holds(
        "LK-201",
        (both_missing, page),
        ids(after) == ids(before),
        "no feedback of a refused creation",
        f"{len(ids(after) - ids(before))} more",
    )
    responses_before, _ = seen(ctx, "responses", "admin")
    empty = ctx.call("create_response", body=answer(None, None), role="participant")
    ctx.judge("LK-184", empty, pointer("/data/relationships/child", "/data/relationships/study"))
    responses_after, page = seen(ctx, "responses", "admin")
    ctx.holds(
        "LK-201",
        (empty, page),
        ids(responses_after) == ids(responses_before),
        "no response of a refused creation",
        "one more",
    )


@check(
    "LK-092", "LK-094", "LK-095", "LK-096", "LK-133", "LK-186", "LK-204", writes=True, roles=("admin", "participant")
)
def feedback_is_changed(ctx: CheckContext) -> None:
    """A PATCH changes the comment and nothing else; it needs the type and the id of its path."""
    name = own_feedback(ctx)
    text = ctx.mark("Reworded")
    before = read(ctx, "feedback", name, "admin")
    changed = ctx.call(
        "update_feedback", path={"feedback_id": name}, body=change("feedback", name, {"comment": text}), role="admin"
    )
    ctx.judge("LK-092", changed, shows({"comment": text}, "data", "attributes"))
    after = read(ctx, "feedback", name, "admin")
    ctx.judge("LK-092", after, shows({"comment": text}, "data", "attributes"), changed)
    kept = after.find("data", "relationships") == before.find("data", "relationships")
    ctx.holds("LK-095", (before, changed, after), kept, "the relationships unchanged", after.summary)
    operation = ctx.contract.operations["update_feedback"]
    nobody = unknown(ctx, operation, "feedback_id")
    ctx.judge(
        "LK-096",
        ctx.call(
            "update_feedback",
            path={"feedback_id": nobody},
            body=change("feedback", nobody, {"comment": text}),
            role="admin",
        ),
        answers(404),
    )
    ctx.judge(
        "LK-094",
        ctx.call(
            "update_feedback",
            path={"feedback_id": name},
            body=change("feedback", nobody, {"comment": text}),
            role="admin",
        ),
        answers(409, 400),
    )
    untyped = {"data": {"id": name, "attributes": {"comment": text}}}
    ctx.judge(
        "LK-094", ctx.call("update_feedback", path={"feedback_id": name}, body=untyped, role="admin"), answers(400, 409)
    )
    nameless = {"data": {"type": "feedback", "attributes": {"comment": text}}}
    ctx.judge(
        "LK-186", ctx.call("update_feedback", path={"feedback_id": name}, body=nameless, role="admin"), answers(400)
    )
    ctx.judge(
        "LK-204",
        ctx.call(
            "update_feedback",
            path={"feedback_id": name},
            body=change("responses", name, {"comment": text}),
            role="admin",
        ),
        answers(409),
    )
    answered = own_response(ctx)
    ctx.judge(
        "LK-186",
        ctx.call(
            "update_response",
            path={"response_id": answered},
            body={"data": {"type": "responses", "attributes": {"completed": True}}},
            role="participant",
        ),
        answers(400),
    )
    ctx.judge(
        "LK-204",
        ctx.call(
            "update_response",
            path={"response_id": answered},
            body=change("feedback", answered, {"completed": True}),
            role="participant",
        ),
        answers(409),
    )
    ctx.judge(
        "LK-133",
        ctx.call(
            "update_response",
            path={"response_id": answered},
            body=change("responses", name, {"completed": True}),
            role="participant",
        ),
        answers(409, 400),
    )


@check(
    "LK-013",
    "LK-111",
    "LK-119",
    "LK-122",
    "LK-123",
    "LK-127",
    "LK-185",
    "LK-199",
    writes=True,
    roles=("participant", "admin"),
)
def a_response_is_created(ctx: CheckContext) -> None:
    """A response of the caller's child starts empty, with the caller's latest demographics, at its Location."""
    child, study = own_child(ctx, "participant"), public_study(ctx)
    own_id = "12345678-1234-4234-8234-123456789abc"
    made = ctx.call("create_response", body=answer(child, study, id=own_id), role="participant")
    ctx.judge("LK-119", made, succeeds)
    ctx.judge("LK-127", made, answers(201))
    own = str(made.at("data", "id"))
    ctx.judge("LK-199", made, header("Location", rf"/responses/{own}/$"))
    ctx.holds("LK-185", made, own != own_id, "an id that the server chose", own)
    ctx.holds(
        "LK-119",
        made,
        related(made.at("data"), "child") == child and related(made.at("data"), "study") == study,
        "the child and study that were sent",
        made.summary,
    )
    empty = {"conditions": {}, "global_event_timings": [], "exp_data": {}, "sequence": [], "completed": False}
    ctx.judge("LK-122", made, shows(empty, "data", "attributes"))
    forms, _ = seen(ctx, "demographics", "participant")
    snapshot = related(made.at("data"), "demographic_snapshot")
    ctx.holds("LK-123", made, snapshot in ids(forms), "one of the caller's demographics", snapshot)
    filled = ctx.call(
        "create_response",
        body=answer(
            child, study, {"exp_data": {"a-Frame": {"exitType": "x", "exit_type": 1}}, "sequence": ["a-Frame"]}
        ),
        role="participant",
    )
    ctx.judge(
        "LK-013", filled, shows({"exp_data": {"a-Frame": {"exitType": "x", "exit_type": 1}}}, "data", "attributes")
    )
    listed, page = seen(ctx, "responses", "participant")
    ctx.holds(
        "LK-111",
        (filled, page),
        identify(listed[0]) == filled.find("data", "id"),
        "the newest response first",
        identify(listed[0]),
    )


@check("LK-203", writes=True, roles=("collaborator",))
def a_newcomer_has_no_snapshot(ctx: CheckContext) -> None:
    """The snapshot of a caller without demographics is null."""
    forms, page = seen(ctx, "demographics", "collaborator")
    ctx.need(not forms, "the collaborator has demographics", page)
    studies, page = seen(ctx, "studies", "collaborator")
    ctx.need(studies, "the collaborator sees no study", page)
    study = identify(studies[0])
    made = ctx.call("create_response", body=answer(own_child(ctx, "collaborator"), study), role="collaborator")
    ctx.judge("LK-203", made, shows({"related": None}, "data", "relationships", "demographic_snapshot", "links"))


@check(
    "LK-120",
    "LK-121",
    "LK-124",
    "LK-125",
    "LK-126",
    "LK-195",
    writes=True,
    roles=("participant", "admin", "researcher"),
)
def invalid_responses_are_refused(ctx: CheckContext) -> None:
    """A child of another family is refused whatever the permissions; so are unknown or missing parts and hidden studies."""
    child, study = own_child(ctx, "participant"), public_study(ctx)
    own, _ = seen(ctx, "children", "participant")
    everybody, _ = seen(ctx, "children", "admin")
    foreign = [identify(each) for each in everybody if identify(each) not in ids(own)]
    ctx.need(foreign, "all children are the participant's")
    ctx.judge(
        "LK-120", ctx.call("create_response", body=answer(foreign[0], study), role="participant"), answers(403, 404)
    )
    for role in ("admin", "researcher"):
        ctx.judge("LK-121", ctx.call("create_response", body=answer(child, study), role=role), answers(403, 404))
    ctx.judge("LK-124", ctx.call("create_response", body=answer(None, study), role="participant"), answers(400))
    ctx.judge("LK-124", ctx.call("create_response", body=answer(child, None), role="participant"), answers(400))
    nobody = unknown(ctx, ctx.contract.operations["read_child"], "child_id")
    ctx.judge("LK-124", ctx.call("create_response", body=answer(nobody, study), role="participant"), answers(400, 404))
    ctx.judge("LK-124", ctx.call("create_response", body=answer(child, nobody), role="participant"), answers(400, 404))
    studies, _ = seen(ctx, "studies", "admin")
    drafts = [
        identify(each)
        for each in studies
        if attribute(each, "state") != "active" and attribute(each, "public") is not True
    ]
    ctx.need(drafts, "there is no draft")
    ctx.judge(
        "LK-125", ctx.call("create_response", body=answer(child, drafts[0]), role="participant"), answers(400, 403, 404)
    )
    wrong = answer(child, study)
    wrong["data"]["type"] = "answers"
    ctx.judge("LK-126", ctx.call("create_response", body=wrong, role="participant"), answers(409, 400))
    unfit: tuple[dict[str, Any], ...] = ({"conditions": []}, {"sequence": "text"}, {"completed": "yes"})
    for attributes in unfit:
        ctx.judge(
            "LK-195",
            ctx.call("create_response", body=answer(child, study, attributes), role="participant"),
            answers(400),
        )


@check("LK-198", writes=True, roles=("admin",))
def editors_may_try_a_draft(ctx: CheckContext) -> None:
    """A caller who may edit a draft can respond to it with an own child."""
    studies, page = seen(ctx, "studies", "admin")
    drafts = [
        identify(each)
        for each in studies
        if attribute(each, "state") != "active" and attribute(each, "public") is not True
    ]
    ctx.need(drafts, "there is no draft", page)
    children, _ = seen(ctx, "children", "admin")
    tried: set[str] = set()
    made = page
    for each in children[::-1]:
        parent = str(related(each, "user"))
        if parent not in tried:
            tried.add(parent)
            made = ctx.call("create_response", body=answer(identify(each), drafts[0]), role="admin")
            if made.status not in {403, 404}:
                break
    ctx.need(made.status not in {403, 404} or made is page, "the admin has no child", made)
    ctx.judge("LK-198", made, succeeds)


@check(
    "LK-014",
    "LK-111",
    "LK-128",
    "LK-129",
    "LK-130",
    "LK-131",
    "LK-132",
    "LK-134",
    "LK-135",
    "LK-137",
    "LK-195",
    writes=True,
    roles=("participant", "admin"),
)
def a_response_is_updated(ctx: CheckContext) -> None:
    """A PATCH replaces the attributes sent, keeps the others, moves the response to the front and changes no relationship."""
    own = own_response(ctx)

    def patch(attributes: Document, **more: Any) -> Exchange:
        return ctx.call(
            "update_response",
            path={"response_id": own},
            body=change("responses", own, attributes, **more),
            role="participant",
        )

    first = patch({"exp_data": {"one": {"a": 1, "b": 2}}, "sequence": ["one"]})
    ctx.judge("LK-128", first, shows({"sequence": ["one"]}, "data", "attributes"))
    ctx.judge("LK-132", first, succeeds)
    ctx.judge("LK-137", first, both(answers(200), shows({"type": "responses", "id": own}, "data")))
    second = patch({"completed": True})
    ctx.judge(
        "LK-129",
        second,
        shows({"exp_data": {"one": {"a": 1, "b": 2}}, "sequence": ["one"], "completed": True}, "data", "attributes"),
        first,
    )
    third = patch({"exp_data": {"one": {"c": 3}}})
    ctx.judge("LK-130", third, shows({"exp_data": {"one": {"c": 3}}}, "data", "attributes"), first)
    _new_response(ctx)
    touched = patch({"completed": False})
    listed, page = seen(ctx, "responses", "participant")
    for clause in ("LK-131", "LK-111"):
        ctx.holds(
            clause, (touched, page), identify(listed[0]) == own, f"{own} first after its change", identify(listed[0])
        )
    before = read(ctx, "responses", own, "participant")
    other_child = [identify(each) for each in seen(ctx, "children", "participant")[0]][-1]
    other_study = [identify(each) for each in seen(ctx, "studies", "participant")[0]][-1]
    pointed = patch(
        {}, relationships={"child": linkage("children", other_child), "study": linkage("studies", other_study)}
    )
    after = read(ctx, "responses", own, "participant")
    ctx.holds(
        "LK-134",
        (before, pointed, after),
        after.find("data", "relationships") == before.find("data", "relationships"),
        "child and study unchanged",
        after.summary,
    )
    frames = [f"frame-{number}" for number in range(3)]
    for number in range(3):
        patch({"sequence": frames[: number + 1]})
    final = read(ctx, "responses", own, "participant")
    ctx.judge("LK-135", final, shows({"sequence": frames, "exp_data": {"one": {"c": 3}}}, "data", "attributes"))
    for attributes in ({"sequence": {"a": 1}}, {"completed": "yes"}):
        ctx.judge("LK-195", patch(attributes), answers(400))
    unchanged = read(ctx, "responses", own, "participant")
    ctx.holds(
        "LK-195",
        (final, unchanged),
        unchanged.find("data") == final.find("data"),
        "the response unchanged",
        unchanged.summary,
    )
    ctx.judge(
        "LK-014",
        patch({"global_event_timings": [{"exitType": "a"}, {"exit_type": "b"}]}),
        shows({"global_event_timings": [{"exitType": "a"}, {"exit_type": "b"}]}, "data", "attributes"),
    )


@check("LK-196", writes=True, roles=("researcher", "admin"))
def editors_may_change_responses(ctx: CheckContext) -> None:
    """A caller who may edit a study's responses can change them; one who may only read them gets 403, any other 404."""
    _editable(ctx)
    ctx.judge("LK-196", ctx.exchanges[-1], answers(200))
    only_seen = _only_seen(ctx)
    refused = ctx.call(
        "update_response",
        path={"response_id": only_seen},
        body=change("responses", only_seen, {"completed": True}),
        role="researcher",
    )
    ctx.judge("LK-196", refused, answers(403))
    everything, _ = seen(ctx, "responses", "admin")
    mine, _ = seen(ctx, "responses", "researcher")
    unseen = sorted(ids(everything) - ids(mine))
    ctx.need(unseen, "the researcher sees every response")
    hidden = ctx.call(
        "update_response",
        path={"response_id": unseen[0]},
        body=change("responses", unseen[0], {"completed": True}),
        role="researcher",
    )
    ctx.judge("LK-196", hidden, answers(404))


@check("LK-006", "LK-008", "LK-189", writes=True)
def other_types_of_body_are_refused(ctx: CheckContext) -> None:
    """A write with another content type is refused with 415, also without a credential; an anonymous write never succeeds."""
    for operation in ("create_feedback", "create_response", "update_feedback", "update_response"):
        spec = ctx.contract.operations[operation]
        path = {name: unknown(ctx, spec, name) for name in spec.path_parameters}
        kind = "text/plain" if operation == "create_response" else "application/json"
        ctx.judge("LK-008", ctx.call(operation, path=path, raw=b"{}", content_type=kind), answers(415))
        ctx.judge(
            "LK-189",
            ctx.call(operation, path=path, raw=b"{}", content_type="application/json", role=None),
            answers(415),
        )
        anonymous = ctx.call(operation, path=path, raw=b"{}", content_type=JSON_API, role=None)
        ctx.judge("LK-006", anonymous, answers(401, 405, 403))


@check("LK-026", "LK-107", "LK-190", writes=True)
def verbs_are_refused_before_anything_else(ctx: CheckContext) -> None:
    """A method that a path does not have is refused with 405, whatever the body is and whether or not the id exists."""
    for operation in ("read_child",):
        spec = ctx.contract.operations[operation]
        name = spec.path_parameters[0]
        nobody = unknown(ctx, spec, name)
        writes: tuple[tuple[str, dict[str, Any]], ...] = (
            ("PATCH", {"raw": b"{broken", "content_type": JSON_API}),
            ("PUT", {"raw": b"x", "content_type": "text/plain"}),
            ("DELETE", {}),
        )
        for method, more in writes:
            exchange = ctx.call(operation, path={name: nobody}, method=method, **more)
            ctx.judge("LK-026", exchange, answers(405))
            ctx.judge("LK-190", exchange, answers(405))
    exchange = ctx.call("list_labs", method="POST", raw=b"<a/>", content_type="application/xml")
    ctx.judge("LK-190", exchange, answers(405))
    ctx.judge("LK-107", ctx.visit("PUT", "/api/v1/lab/", body={}), refuses_somehow)
