"""What can be written, by whom, and what is refused. Nothing that is written here can be removed again."""

from __future__ import annotations

from typing import Any

from understudy.conformance.checks.paging import whole
from understudy.conformance.checks.tenancy import unknown
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Mismatch, answers, both, header, refuses_somehow, shows, succeeds
from understudy.conformance.judging.context import Trial, attribute, identify
from understudy.conformance.judging.registry import check
from understudy.conformance.judging.samples import sample
from understudy.conformance.rules.lookit.document_structure import JSON_API
from understudy.conformance.rules.lookit.visibility import ids, own_child, read, related, seen

Document = dict[str, Any]


def linkage(kind: str, name: str) -> Document:
    """A relationship of a request."""
    return {"data": {"type": kind, "id": name}}


def comment(text: str | None, response: str | None, **more: Any) -> Document:
    """The document that makes feedback; None leaves a part out."""
    attributes = {} if text is None else {"comment": text}
    relationships = {} if response is None else {"response": linkage("responses", response)}
    return {"data": {"type": "feedback", "attributes": attributes, "relationships": relationships, **more}}


def answer(child: str | None, study: str | None, attributes: Document | None = None, **more: Any) -> Document:
    """The document that begins a response."""
    relationships = {}
    if child is not None:
        relationships["child"] = linkage("children", child)
    if study is not None:
        relationships["study"] = linkage("studies", study)
    return {"data": {"type": "responses", "attributes": attributes or {}, "relationships": relationships, **more}}


def change(kind: str, name: str, attributes: Document, **more: Any) -> Document:
    """The document that changes an object."""
    return {"data": {"type": kind, "id": name, "attributes": attributes, **more}}


def public_study(t: Trial) -> str:
    """A study that everybody sees."""
    studies, page = seen(t, "studies", "participant" if "participant" in t.run.target.tokens else "default")
    found = [each for each in studies if attribute(each, "state") == "active" and attribute(each, "public") is True]
    t.need(found, "no active public study is in sight", page)
    return identify(found[0])


def begun(t: Trial) -> str:
    """A response of the participant's own, made by this check."""
    return str(t.once("response", lambda: _begin(t)))


def _begin(t: Trial) -> str:
    made = t.call("create_response", body=answer(own_child(t, "participant"), public_study(t)), role="participant")
    return str(made.at("data", "id"))


def said(t: Trial) -> str:
    """Feedback of the admin's own on a response of the participant's, made by this check."""
    return str(
        t.once(
            "feedback",
            lambda: t.call("create_feedback", body=comment(t.mark("Thank you"), begun(t)), role="admin").at(
                "data", "id"
            ),
        )
    )


@sample("lookit", "create_feedback")
def _feedback(t: Trial) -> dict[str, Any]:
    responses, page = seen(t, "responses", "default")
    t.need(responses, "no response is in sight", page)
    return {"body": comment(t.mark("Thank you"), identify(responses[0]))}


@sample("lookit", "create_response")
def _response(t: Trial) -> dict[str, Any]:
    return {"body": answer(own_child(t, "participant"), public_study(t)), "role": "participant"}


@sample("lookit", "update_feedback")
def _reworded(t: Trial) -> dict[str, Any]:
    return {"path": {"feedback_id": said(t)}, "body": change("feedback", said(t), {"comment": t.mark("Reworded")})}


@sample("lookit", "update_response")
def _carried_on(t: Trial) -> dict[str, Any]:
    return {
        "path": {"response_id": begun(t)},
        "body": change("responses", begun(t), {"completed": True}),
        "role": "participant",
    }


def pointer(*wanted: str) -> Any:
    """400, with an error for each of these pointers."""

    def match(exchange: Exchange) -> Mismatch | None:
        errors = exchange.find("errors")
        found = (
            [each.get("source", {}).get("pointer") for each in errors if isinstance(each, dict)]
            if isinstance(errors, list)
            else []
        )
        if exchange.status != 400 or not set(wanted) <= set(found):
            return Mismatch(f"400 with errors at {', '.join(wanted)}", exchange.shortly)
        return None

    return match


@check(writes=True, roles=("admin", "participant", "researcher"))
def feedback_is_left(t: Trial) -> None:
    """A comment on a response makes feedback by the caller, found at its Location; the client chooses no id."""
    target = begun(t)
    text = t.mark("Well done")
    made = t.call(
        "create_feedback", body=comment(text, target, id="12345678-1234-4234-8234-123456789abc"), role="admin"
    )
    t.judge("LK-081", made, succeeds)
    t.judge("LK-082", made, both(shows({"type": "feedback"}, "data"), shows({"comment": text}, "data", "attributes")))
    own = str(made.at("data", "id"))
    t.judge("LK-085", made, both(answers(201), header("Location", rf"{own}/$")))
    t.holds("LK-185", made, own != "12345678-1234-4234-8234-123456789abc", "an id of the server's", own)
    t.holds("LK-082", made, related(made.at("data"), "response") == target, f"the response {target}", made.shortly)
    t.holds(
        "LK-082",
        made,
        str(made.find("data", "links", "self")).endswith(f"/feedback/{own}/"),
        "links.self",
        made.find("data", "links", "self"),
    )
    alone = read(t, "feedback", own, "admin")
    t.holds("LK-081", (made, alone), alone.find("data") == made.find("data"), "the same when read", alone.shortly)
    mine = _self_of_researcher(t)
    editable = _editable(t)
    other = comment(t.mark("Again"), editable)
    other["data"]["relationships"]["researcher"] = linkage("users", related(made.at("data"), "researcher") or "")
    second = t.call("create_feedback", body=other, role="researcher")
    t.judge("LK-081", second, succeeds)
    author = related(second.at("data"), "researcher")
    t.holds("LK-083", second, author == mine, f"the caller {mine} as researcher", author)
    t.holds("LK-084", second, author == mine, f"the caller {mine}, whoever the request names", author)


def _self_of_researcher(t: Trial) -> str | None:
    """The researcher's own user: the one in sight who is nobody's parent."""
    children, _ = seen(t, "children", "researcher")
    users, page = seen(t, "users", "researcher")
    rest = ids(users) - {str(related(each, "user")) for each in children}
    t.need(len(rest) == 1, "the researcher's own user cannot be told from the others", page)
    return next(iter(rest))


def _editable(t: Trial) -> str:
    """A response that the researcher may edit, found by asking: a change of nothing is refused where it may not be."""

    def ask() -> str:
        responses, page = seen(t, "responses", "researcher")
        tried: set[str] = set()
        for each in responses:
            study = str(related(each, "study"))
            if study not in tried:
                tried.add(study)
                name = identify(each)
                same = {"completed": attribute(each, "completed")}
                if t.call(
                    "update_response",
                    path={"response_id": name},
                    body=change("responses", name, same),
                    role="researcher",
                ).succeeded:
                    return name
        t.need(False, "the researcher may edit no response", page)
        return ""

    return str(t.once("editable", ask))


def _only_seen(t: Trial) -> str:
    """A response that the researcher sees and may not edit."""
    editable = _editable(t)
    responses, page = seen(t, "responses", "researcher")
    study = next(related(each, "study") for each in responses if identify(each) == editable)
    others = [identify(each) for each in responses if related(each, "study") != study]
    t.need(others, "the researcher may edit every response in sight", page)
    return others[0]


@check(writes=True, roles=("admin", "participant", "researcher"))
def feedback_takes_a_right(t: Trial) -> None:
    """Feedback needs the right to edit the response: a participant, and a researcher who only sees it, get 403."""
    own = begun(t)
    t.judge("LK-087", t.call("create_feedback", body=comment(t.mark("Mine"), own), role="participant"), answers(403))
    t.judge(
        "LK-086", t.call("create_feedback", body=comment(t.mark("No"), _only_seen(t)), role="researcher"), answers(403)
    )
    responses, _ = seen(t, "responses", "admin")
    mine, _ = seen(t, "responses", "researcher")
    unseen = [identify(each) for each in responses if identify(each) not in ids(mine) | {own}]
    if unseen:
        t.judge(
            "LK-086",
            t.call("create_feedback", body=comment(t.mark("No"), unseen[0]), role="researcher"),
            answers(403, 404, 400),
        )
    name = said(t)
    t.judge(
        "LK-093",
        t.call(
            "update_feedback",
            path={"feedback_id": name},
            body=change("feedback", name, {"comment": "x"}),
            role="researcher",
        ),
        answers(403, 404),
    )
    t.judge(
        "LK-197",
        t.call(
            "update_feedback",
            path={"feedback_id": name},
            body=change("feedback", name, {"comment": "x"}),
            role="participant",
        ),
        answers(403),
    )
    kept = read(t, "feedback", name, "admin")
    t.holds("LK-093", kept, kept.find("data", "attributes", "comment") != "x", "the comment as it was", kept.shortly)


@check(writes=True, roles=("admin", "participant"))
def what_is_refused_of_feedback(t: Trial) -> None:
    """Missing, blank and misplaced parts are 400 with their pointers, a wrong type is 409, and nothing is made."""
    own = begun(t)
    before, _ = seen(t, "feedback", "admin")
    t.judge(
        "LK-088", t.call("create_feedback", body=comment(None, own), role="admin"), pointer("/data/attributes/comment")
    )
    t.judge("LK-088", t.call("create_feedback", body=comment("   ", own), role="admin"), answers(400))
    t.judge(
        "LK-089",
        t.call("create_feedback", body=comment("Hello", None), role="admin"),
        pointer("/data/relationships/response"),
    )
    operation = t.contract.operations["read_response"]
    nobody = unknown(t, operation, "response_id")
    t.judge("LK-089", t.call("create_feedback", body=comment("Hello", nobody), role="admin"), answers(400, 404))
    wrong = comment("Hello", own)
    wrong["data"]["type"] = "comments"
    t.judge("LK-090", t.call("create_feedback", body=wrong, role="admin"), answers(409, 400))
    t.judge("LK-091", t.call("create_feedback", raw=b'{"data": ', role="admin"), answers(400))
    t.judge("LK-091", t.call("create_feedback", body={"comment": "Hello"}, role="admin"), answers(400))
    both_missing = t.call("create_feedback", body=comment(None, None), role="admin")
    t.judge("LK-184", both_missing, pointer("/data/attributes/comment", "/data/relationships/response"))
    after, page = seen(t, "feedback", "admin")
    t.holds(
        "LK-201",
        (both_missing, page),
        ids(after) == ids(before),
        "no feedback of refused creations",
        f"{len(ids(after) - ids(before))} more",
    )
    responses_before, _ = seen(t, "responses", "admin")
    empty = t.call("create_response", body=answer(None, None), role="participant")
    t.judge("LK-184", empty, pointer("/data/relationships/child", "/data/relationships/study"))
    responses_after, page = seen(t, "responses", "admin")
    t.holds(
        "LK-201",
        (empty, page),
        ids(responses_after) == ids(responses_before),
        "no response of a refused creation",
        "one more",
    )


@check(writes=True, roles=("admin", "participant"))
def feedback_is_reworded(t: Trial) -> None:
    """A PATCH changes the comment and nothing else; it needs type and the id of its address."""
    name = said(t)
    text = t.mark("Reworded")
    before = read(t, "feedback", name, "admin")
    changed = t.call(
        "update_feedback", path={"feedback_id": name}, body=change("feedback", name, {"comment": text}), role="admin"
    )
    t.judge("LK-092", changed, shows({"comment": text}, "data", "attributes"))
    after = read(t, "feedback", name, "admin")
    t.judge("LK-092", after, shows({"comment": text}, "data", "attributes"), changed)
    kept = after.find("data", "relationships") == before.find("data", "relationships")
    t.holds("LK-095", (before, changed, after), kept, "relationships as they were", after.shortly)
    operation = t.contract.operations["update_feedback"]
    nobody = unknown(t, operation, "feedback_id")
    t.judge(
        "LK-096",
        t.call(
            "update_feedback",
            path={"feedback_id": nobody},
            body=change("feedback", nobody, {"comment": text}),
            role="admin",
        ),
        answers(404),
    )
    t.judge(
        "LK-094",
        t.call(
            "update_feedback",
            path={"feedback_id": name},
            body=change("feedback", nobody, {"comment": text}),
            role="admin",
        ),
        answers(409, 400),
    )
    untyped = {"data": {"id": name, "attributes": {"comment": text}}}
    t.judge(
        "LK-094", t.call("update_feedback", path={"feedback_id": name}, body=untyped, role="admin"), answers(400, 409)
    )
    nameless = {"data": {"type": "feedback", "attributes": {"comment": text}}}
    t.judge("LK-186", t.call("update_feedback", path={"feedback_id": name}, body=nameless, role="admin"), answers(400))
    t.judge(
        "LK-204",
        t.call(
            "update_feedback",
            path={"feedback_id": name},
            body=change("responses", name, {"comment": text}),
            role="admin",
        ),
        answers(409),
    )
    answered = begun(t)
    t.judge(
        "LK-186",
        t.call(
            "update_response",
            path={"response_id": answered},
            body={"data": {"type": "responses", "attributes": {"completed": True}}},
            role="participant",
        ),
        answers(400),
    )
    t.judge(
        "LK-204",
        t.call(
            "update_response",
            path={"response_id": answered},
            body=change("feedback", answered, {"completed": True}),
            role="participant",
        ),
        answers(409),
    )
    t.judge(
        "LK-133",
        t.call(
            "update_response",
            path={"response_id": answered},
            body=change("responses", name, {"completed": True}),
            role="participant",
        ),
        answers(409, 400),
    )


@check(writes=True, roles=("participant", "admin"))
def a_response_is_begun(t: Trial) -> None:
    """A response of one's own child begins empty, with the caller's latest demographics, at its Location."""
    child, study = own_child(t, "participant"), public_study(t)
    own_id = "12345678-1234-4234-8234-123456789abc"
    made = t.call("create_response", body=answer(child, study, id=own_id), role="participant")
    t.judge("LK-119", made, succeeds)
    t.judge("LK-127", made, answers(201))
    own = str(made.at("data", "id"))
    t.judge("LK-199", made, header("Location", rf"/responses/{own}/$"))
    t.holds("LK-185", made, own != own_id, "an id of the server's", own)
    t.holds(
        "LK-119",
        made,
        related(made.at("data"), "child") == child and related(made.at("data"), "study") == study,
        "the child and study that were sent",
        made.shortly,
    )
    empty = {"conditions": {}, "global_event_timings": [], "exp_data": {}, "sequence": [], "completed": False}
    t.judge("LK-122", made, shows(empty, "data", "attributes"))
    forms, _ = seen(t, "demographics", "participant")
    snapshot = related(made.at("data"), "demographic_snapshot")
    t.holds("LK-123", made, snapshot in ids(forms), "one of the caller's demographics", snapshot)
    filled = t.call(
        "create_response",
        body=answer(
            child, study, {"exp_data": {"a-Frame": {"exitType": "x", "exit_type": 1}}, "sequence": ["a-Frame"]}
        ),
        role="participant",
    )
    t.judge("LK-013", filled, shows({"exp_data": {"a-Frame": {"exitType": "x", "exit_type": 1}}}, "data", "attributes"))
    listed, page = seen(t, "responses", "participant")
    t.holds(
        "LK-111",
        (filled, page),
        identify(listed[0]) == filled.find("data", "id"),
        "the newest response first",
        identify(listed[0]),
    )


@check(writes=True, roles=("collaborator",))
def a_newcomer_has_no_snapshot(t: Trial) -> None:
    """The snapshot of a caller without demographics is null."""
    forms, page = seen(t, "demographics", "collaborator")
    t.need(not forms, "the collaborator has demographics", page)
    studies, page = seen(t, "studies", "collaborator")
    t.need(studies, "the collaborator sees no study", page)
    study = identify(studies[0])
    made = t.call("create_response", body=answer(own_child(t, "collaborator"), study), role="collaborator")
    t.judge("LK-203", made, shows({"related": None}, "data", "relationships", "demographic_snapshot", "links"))


@check(writes=True, roles=("participant", "admin", "researcher"))
def what_is_refused_of_a_response(t: Trial) -> None:
    """Another's child is 403 whatever the caller's rights; unknown or missing parts, or a study out of sight, are refused."""
    child, study = own_child(t, "participant"), public_study(t)
    own, _ = seen(t, "children", "participant")
    everybody, _ = seen(t, "children", "admin")
    foreign = [identify(each) for each in everybody if identify(each) not in ids(own)]
    t.need(foreign, "all children are the participant's")
    t.judge("LK-120", t.call("create_response", body=answer(foreign[0], study), role="participant"), answers(403, 404))
    for role in ("admin", "researcher"):
        t.judge("LK-121", t.call("create_response", body=answer(child, study), role=role), answers(403, 404))
    t.judge("LK-124", t.call("create_response", body=answer(None, study), role="participant"), answers(400))
    t.judge("LK-124", t.call("create_response", body=answer(child, None), role="participant"), answers(400))
    nobody = unknown(t, t.contract.operations["read_child"], "child_id")
    t.judge("LK-124", t.call("create_response", body=answer(nobody, study), role="participant"), answers(400, 404))
    t.judge("LK-124", t.call("create_response", body=answer(child, nobody), role="participant"), answers(400, 404))
    studies, _ = seen(t, "studies", "admin")
    drafts = [
        identify(each)
        for each in studies
        if attribute(each, "state") != "active" and attribute(each, "public") is not True
    ]
    t.need(drafts, "there is no draft")
    t.judge(
        "LK-125", t.call("create_response", body=answer(child, drafts[0]), role="participant"), answers(400, 403, 404)
    )
    wrong = answer(child, study)
    wrong["data"]["type"] = "answers"
    t.judge("LK-126", t.call("create_response", body=wrong, role="participant"), answers(409, 400))
    unfit: tuple[dict[str, Any], ...] = ({"conditions": []}, {"sequence": "text"}, {"completed": "yes"})
    for attributes in unfit:
        t.judge(
            "LK-195", t.call("create_response", body=answer(child, study, attributes), role="participant"), answers(400)
        )


@check(writes=True, roles=("admin",))
def editors_may_try_a_draft(t: Trial) -> None:
    """Whoever may edit a draft can respond to it with a child of their own."""
    studies, page = seen(t, "studies", "admin")
    drafts = [
        identify(each)
        for each in studies
        if attribute(each, "state") != "active" and attribute(each, "public") is not True
    ]
    t.need(drafts, "there is no draft", page)
    children, _ = seen(t, "children", "admin")
    tried: set[str] = set()
    made = page
    for each in children[::-1]:
        parent = str(related(each, "user"))
        if parent not in tried:
            tried.add(parent)
            made = t.call("create_response", body=answer(identify(each), drafts[0]), role="admin")
            if made.status not in {403, 404}:
                break
    t.need(made.status not in {403, 404} or made is page, "the admin has no child of their own", made)
    t.judge("LK-198", made, succeeds)


@check(writes=True, roles=("participant", "admin"))
def a_response_is_carried_on(t: Trial) -> None:
    """A PATCH replaces the attributes sent, keeps the others, moves the response to the front and re-points nothing."""
    own = begun(t)

    def patch(attributes: Document, **more: Any) -> Exchange:
        return t.call(
            "update_response",
            path={"response_id": own},
            body=change("responses", own, attributes, **more),
            role="participant",
        )

    first = patch({"exp_data": {"one": {"a": 1, "b": 2}}, "sequence": ["one"]})
    t.judge("LK-128", first, shows({"sequence": ["one"]}, "data", "attributes"))
    t.judge("LK-132", first, succeeds)
    t.judge("LK-137", first, both(answers(200), shows({"type": "responses", "id": own}, "data")))
    second = patch({"completed": True})
    t.judge(
        "LK-129",
        second,
        shows({"exp_data": {"one": {"a": 1, "b": 2}}, "sequence": ["one"], "completed": True}, "data", "attributes"),
        first,
    )
    third = patch({"exp_data": {"one": {"c": 3}}})
    t.judge("LK-130", third, shows({"exp_data": {"one": {"c": 3}}}, "data", "attributes"), first)
    _begin(t)
    touched = patch({"completed": False})
    listed, page = seen(t, "responses", "participant")
    for clause in ("LK-131", "LK-111"):
        t.holds(
            clause, (touched, page), identify(listed[0]) == own, f"{own} first after its change", identify(listed[0])
        )
    before = read(t, "responses", own, "participant")
    other_child = [identify(each) for each in seen(t, "children", "participant")[0]][-1]
    other_study = [identify(each) for each in seen(t, "studies", "participant")[0]][-1]
    pointed = patch(
        {}, relationships={"child": linkage("children", other_child), "study": linkage("studies", other_study)}
    )
    after = read(t, "responses", own, "participant")
    t.holds(
        "LK-134",
        (before, pointed, after),
        after.find("data", "relationships") == before.find("data", "relationships"),
        "child and study as they were",
        after.shortly,
    )
    frames = [f"frame-{number}" for number in range(3)]
    for number in range(3):
        patch({"sequence": frames[: number + 1]})
    final = read(t, "responses", own, "participant")
    t.judge("LK-135", final, shows({"sequence": frames, "exp_data": {"one": {"c": 3}}}, "data", "attributes"))
    for attributes in ({"sequence": {"a": 1}}, {"completed": "yes"}):
        t.judge("LK-195", patch(attributes), answers(400))
    unchanged = read(t, "responses", own, "participant")
    t.holds(
        "LK-195",
        (final, unchanged),
        unchanged.find("data") == final.find("data"),
        "the response as it was",
        unchanged.shortly,
    )
    t.judge(
        "LK-014",
        patch({"global_event_timings": [{"exitType": "a"}, {"exit_type": "b"}]}),
        shows({"global_event_timings": [{"exitType": "a"}, {"exit_type": "b"}]}, "data", "attributes"),
    )


@check(writes=True, roles=("researcher", "admin"))
def who_may_edit_may_change(t: Trial) -> None:
    """Whoever may edit a study's responses changes them; seeing them alone is 403, and what is out of sight 404."""
    own = _editable(t)
    t.judge("LK-196", t.exchanges[-1], answers(200))
    only_seen = _only_seen(t)
    refused = t.call(
        "update_response",
        path={"response_id": only_seen},
        body=change("responses", only_seen, {"completed": True}),
        role="researcher",
    )
    t.judge("LK-196", refused, answers(403))
    everything, _ = seen(t, "responses", "admin")
    mine, _ = seen(t, "responses", "researcher")
    unseen = sorted(ids(everything) - ids(mine))
    t.need(unseen, "the researcher sees every response")
    hidden = t.call(
        "update_response",
        path={"response_id": unseen[0]},
        body=change("responses", unseen[0], {"completed": True}),
        role="researcher",
    )
    t.judge("LK-196", hidden, answers(404))
    t.need(own, "nothing to edit")


@check(writes=True)
def other_types_of_body_are_refused(t: Trial) -> None:
    """A write with another content type is 415, also without a credential; an anonymous write is never a success."""
    for operation in ("create_feedback", "create_response", "update_feedback", "update_response"):
        told = t.contract.operations[operation]
        path = {p.name: unknown(t, told, p.name) for p in told.parameters if p.place == "path"}
        kind = "text/plain" if operation == "create_response" else "application/json"
        t.judge("LK-008", t.call(operation, path=path, raw=b"{}", content_type=kind), answers(415))
        t.judge(
            "LK-189", t.call(operation, path=path, raw=b"{}", content_type="application/json", role=None), answers(415)
        )
        anonymous = t.call(operation, path=path, raw=b"{}", content_type=JSON_API, role=None)
        t.judge("LK-006", anonymous, answers(401, 405, 403))


@check(writes=True)
def verbs_are_refused_before_anything_else(t: Trial) -> None:
    """A verb that a path lacks is 405, whatever the body is and whether or not the id exists."""
    for operation in ("read_child",):
        told = t.contract.operations[operation]
        name = next(p.name for p in told.parameters if p.place == "path")
        nobody = unknown(t, told, name)
        writes: tuple[tuple[str, dict[str, Any]], ...] = (
            ("PATCH", {"raw": b"{broken", "content_type": JSON_API}),
            ("PUT", {"raw": b"x", "content_type": "text/plain"}),
            ("DELETE", {}),
        )
        for method, more in writes:
            exchange = t.call(operation, path={name: nobody}, method=method, **more)
            t.judge("LK-026", exchange, answers(405))
            t.judge("LK-190", exchange, answers(405))
    exchange = t.call("list_labs", method="POST", raw=b"<a/>", content_type="application/xml")
    t.judge("LK-190", exchange, answers(405))
    t.judge("LK-107", t.visit("PUT", "/api/v1/lab/", body={}), refuses_somehow)
    read_all = whole(t, t.contract.operations["list_labs"])
    t.need(read_all.items, "no labs")
