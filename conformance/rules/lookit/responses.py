"""Responses: who may begin and change them, and which documents are refused."""

from __future__ import annotations

from typing import Any

from understudy.conformance.checks.tenancy import unknown
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, header, refuses_somehow, shows, succeeds
from understudy.conformance.judging.context import CheckContext, attribute, identify
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.lookit.documents import Document, answer, change, linkage
from understudy.conformance.rules.lookit.feedback import location, pointer
from understudy.conformance.rules.lookit.made import may, new_response, own_response, public_study
from understudy.conformance.rules.lookit.reading import ids, own_child, read, related, seen, within

#: Names in both forms, of letters beyond ASCII too.
FRAMES = {"a-Frame": {"exitType": "x", "exit_type": 1, "größe": "אב"}}


@check(
    "LK-013", "LK-111", "LK-119", "LK-122", "LK-123", "LK-127", "LK-199", "LK-210", "LK-212",
    writes=True,
    roles=("participant",),
)  # fmt: skip
def a_response_is_created(ctx: CheckContext) -> None:
    """A response of the caller's child is returned, can be read, has a snapshot of the caller's, and is the first in the list."""
    child, study = own_child(ctx, "participant"), public_study(ctx)
    made = ctx.call("create_response", body=answer(child, study), role="participant")
    ctx.judge("LK-119", made, succeeds)
    ctx.rely(made.succeeded, f"no response could be made: {made.summary}", made)
    ctx.judge("LK-127", made, answers(201, 202))
    ctx.judge("LK-199", made, header("Location", r"."))
    ctx.judge("LK-212", made, location("response"))
    own = str(made.find("data", "id"))
    sent = {"child": child, "study": study}
    shown = {name: related(within(made), name) for name in sent}
    ctx.holds("LK-210", made, shown == sent, f"child {child} and study {study}", shown)
    parts = {"conditions", "global_event_timings", "exp_data", "sequence", "completed"}
    given = made.find("data", "attributes")
    ctx.holds("LK-210", made, isinstance(given, dict) and parts <= set(given), "its attributes", made.summary)
    empty = {"conditions": {}, "global_event_timings": [], "exp_data": {}, "sequence": [], "completed": False}
    ctx.judge("LK-122", made, shows(empty, "data", "attributes"))
    alone = read(ctx, "responses", own, "participant")
    shown = {name: related(within(alone), name) for name in sent}
    ctx.holds("LK-119", (made, alone), shown == sent, f"child {child} and study {study} when read", shown)
    forms, page = seen(ctx, "demographics", "participant")
    snapshot = related(within(alone), "demographic_snapshot")
    for _ in ctx.first("LK-123", forms, "demographics of the participant's", page):
        ctx.holds("LK-123", alone, snapshot in ids(forms), "one of the caller's demographics", snapshot)
    body = answer(child, study, {"exp_data": FRAMES, "sequence": ["a-Frame"]})
    filled = ctx.call("create_response", body=body, role="participant")
    newest = str(filled.find("data", "id"))
    back = read(ctx, "responses", newest, "participant")
    ctx.judge("LK-013", back, shows({"exp_data": FRAMES}, "data", "attributes"), filled)
    page = ctx.call("list_responses", role="participant")
    first = page.find("data", 0, "id")
    ctx.holds("LK-111", (filled, page), first == newest, "the newest response first", first)


@check("LK-203", writes=True, roles=("collaborator",))
def a_newcomer_has_no_snapshot(ctx: CheckContext) -> None:
    """The snapshot of a caller without demographics is null."""
    forms, page = seen(ctx, "demographics", "collaborator")
    ctx.need(not forms, "the collaborator has demographics", page)
    studies, page = seen(ctx, "studies", "collaborator")
    ctx.need(studies, "the collaborator sees no study", page)
    body = answer(own_child(ctx, "collaborator"), identify(studies[0]))
    made = ctx.call("create_response", body=body, role="collaborator")
    ctx.judge("LK-203", made, shows({"related": None}, "data", "relationships", "demographic_snapshot", "links"))


@check("LK-120", "LK-121", "LK-201", writes=True, roles=("participant", "admin"))
def only_own_children_respond(ctx: CheckContext) -> None:
    """A response of a child of another family is refused whatever the permissions are, and nothing is kept of it."""
    child, study = own_child(ctx, "participant"), public_study(ctx)
    own = ids(seen(ctx, "children", "participant")[0])
    everybody, page = seen(ctx, "children", "admin")
    foreign = [identify(each) for each in everybody if identify(each) not in own]
    attempts = [("LK-120", "participant", each) for each in ctx.first("LK-120", foreign, "another family", page)]
    attempts += [("LK-121", role, child) for role in ("admin", "researcher") if role in ctx.run.target.tokens]
    marks: dict[str, Exchange] = {}
    for clause, role, name in attempts:
        mark = ctx.mark(clause)
        body = answer(name, study, {"conditions": {"understudy": mark}})
        marks[mark] = ctx.call("create_response", body=body, role=role)
        ctx.judge(clause, marks[mark], refuses_somehow)
    _nothing_kept(ctx, "LK-201", marks)


def _nothing_kept(ctx: CheckContext, clause: str, marks: dict[str, Exchange]) -> None:
    """No response with one of these marks is listed to anybody."""
    for role in ("admin", "participant"):
        if role not in ctx.run.target.tokens:
            continue
        listed, page = seen(ctx, "responses", role)
        kept = {
            each["understudy"]
            for item in listed
            if isinstance(each := attribute(item, "conditions"), dict) and "understudy" in each
        }
        for mark, attempt in marks.items():
            if refuses_somehow(attempt) is None:
                ctx.holds(clause, (attempt, page), mark not in kept, "no response of a refused creation", mark)


@check("LK-124", "LK-125", "LK-126", "LK-184", "LK-195", "LK-218", writes=True, roles=("participant",))
def invalid_responses_are_refused(ctx: CheckContext) -> None:
    """A response without a known child and study, or of another type, is refused, and nothing is kept of it."""
    child, study = own_child(ctx, "participant"), public_study(ctx)
    nobody = unknown(ctx, ctx.contract.operations["read_child"], "child_id")
    marks: dict[str, Exchange] = {}

    def attempt(clause: str, one: str | None, other: str | None, kind: str = "responses") -> None:
        mark = ctx.mark(clause)
        body = answer(one, other, {"conditions": {"understudy": mark}})
        body["data"]["type"] = kind
        marks[mark] = ctx.call("create_response", body=body, role="participant")
        ctx.judge(clause, marks[mark], refuses_somehow)

    for one, other in ((None, study), (child, None), (nobody, study), (child, nobody)):
        attempt("LK-124", one, other)
    attempt("LK-126", child, study, "answers")
    _nothing_kept(ctx, "LK-218", marks)
    nothing = ctx.call("create_response", body=answer(None, None), role="participant")
    ctx.judge("LK-184", nothing, pointer("/data/relationships/child", "/data/relationships/study"))
    unfit: tuple[Document, ...] = ({"conditions": []}, {"sequence": "text"}, {"completed": "yes"})
    for attributes in unfit:
        odd = ctx.call("create_response", body=answer(child, study, attributes), role="participant")
        ctx.judge("LK-195", odd, answers(400))
    drafts = _drafts(ctx)
    for draft in ctx.first("LK-125", drafts, "a draft"):
        hidden = ctx.call("create_response", body=answer(child, draft), role="participant")
        ctx.judge("LK-125", hidden, answers(400, 403, 404))


def _drafts(ctx: CheckContext) -> list[str]:
    """Studies that are neither active nor public, as the admin sees them."""
    if "admin" not in ctx.run.target.tokens:
        return []
    studies, _ = seen(ctx, "studies", "admin")
    return [
        identify(each)
        for each in studies
        if attribute(each, "state") != "active" and attribute(each, "public") is not True
    ]


@check("LK-198", writes=True, roles=("admin",))
def editors_may_try_a_draft(ctx: CheckContext) -> None:
    """A caller who may edit a draft can respond to it with an own child."""
    drafts = _drafts(ctx)
    ctx.need(drafts, "there is no draft")
    children, page = seen(ctx, "children", "admin")
    tried: set[str] = set()
    made = page
    for each in children[::-1]:
        parent = str(related(each, "user"))
        if parent not in tried:
            tried.add(parent)
            made = ctx.call("create_response", body=answer(identify(each), drafts[0]), role="admin")
            if made.status not in {403, 404}:
                break
    ctx.need(made.status not in {403, 404} and made is not page, "the admin has no child", made)
    ctx.judge("LK-198", made, succeeds)


def _patching(ctx: CheckContext, own: str) -> Any:
    """A function that changes a response as the participant."""

    def patch(attributes: Document, kind: str = "responses", named: str | None = own, **more: Any) -> Exchange:
        body = change(kind, named or "", attributes, **more)
        if named is None:
            del body["data"]["id"]
        return ctx.call("update_response", path={"response_id": own}, body=body, role="participant")

    return patch


@check(
    "LK-014", "LK-128", "LK-129", "LK-130", "LK-132", "LK-135", "LK-137", "LK-195", "LK-217",
    writes=True,
    roles=("participant",),
)  # fmt: skip
def a_response_is_changed(ctx: CheckContext) -> None:
    """Those who began a response change it frame by frame; what is sent replaces what was there, and the rest stays."""
    own = own_response(ctx)
    patch = _patching(ctx, own)

    def now() -> Exchange:
        return read(ctx, "responses", own, "participant", fresh=True)

    first = patch({"exp_data": {"one": {"a": 1, "b": 2}}, "sequence": ["one"]})
    ctx.judge("LK-132", first, succeeds)
    ctx.rely(first.succeeded, f"the participant cannot change the own response: {first.summary}", first)
    ctx.judge("LK-128", now(), shows({"sequence": ["one"]}, "data", "attributes"), first)
    whole = first.status == 204 or first.find("data", "id") == own
    ctx.holds("LK-137", first, first.status in {200, 204} and whole, "200 with the response, or 204", first.summary)
    done = patch({"completed": True})
    stays = {"exp_data": {"one": {"a": 1, "b": 2}}, "sequence": ["one"], "completed": True}
    ctx.judge("LK-129", now(), shows(stays, "data", "attributes"), done)
    deep = patch({"exp_data": {"one": {"c": 3}}})
    ctx.judge("LK-130", now(), shows({"exp_data": {"one": {"c": 3}}}, "data", "attributes"), deep)
    frames = [f"frame-{number}" for number in range(3)]
    for number in range(3):
        so_far = frames[: number + 1]
        sent = patch({"sequence": so_far, "exp_data": {name: {"eventTimings": []} for name in so_far}})
        shown = now()
        ctx.judge("LK-135", shown, shows({"sequence": so_far}, "data", "attributes"), sent)
        data = shown.find("data", "attributes", "exp_data")
        kept = isinstance(data, dict) and set(so_far) <= set(data)
        ctx.holds("LK-135", (sent, shown), kept, f"the data of {', '.join(so_far)}", data)
    both_forms = [{"exitType": "a"}, {"exit_type": "b"}]
    timed = patch({"global_event_timings": both_forms})
    ctx.judge("LK-014", now(), shows({"global_event_timings": both_forms}, "data", "attributes"), timed)
    stored = now().find("data", "attributes", "exp_data")
    dashed = patch({"exp-data": {"dashed": {}}})
    after = now().find("data", "attributes", "exp_data")
    ctx.holds("LK-217", (dashed, now()), after in ({"dashed": {}}, stored), "exp_data as sent, or as it was", after)
    before = now()
    for attributes in ({"sequence": {"a": 1}}, {"completed": "yes"}):
        odd = patch(attributes)
        ctx.judge("LK-195", odd, answers(400))
    same = now().find("data") == before.find("data")
    ctx.holds("LK-195", (before, now()), same, "the response unchanged", now().summary)


@check("LK-094", "LK-133", "LK-204", writes=True, roles=("participant",))
def a_change_fits_its_address(ctx: CheckContext) -> None:
    """A change of a response without an id, or with the id or the type of something else, is refused."""
    own, other = own_response(ctx), new_response(ctx)
    patch = _patching(ctx, own)
    # What is there: where one of these is taken, nothing changes.
    same = {"completed": read(ctx, "responses", own, "participant").find("data", "attributes", "completed") is True}
    ctx.judge("LK-094", patch(same, named=None), refuses_somehow)
    ctx.judge("LK-204", patch(same, "feedback"), refuses_somehow)
    ctx.judge("LK-133", patch(same, named=other), refuses_somehow)


@check("LK-111", "LK-131", "LK-134", writes=True, roles=("participant",))
def a_change_moves_a_response_to_the_front(ctx: CheckContext) -> None:
    """A response that is changed becomes the first in the list; its child and its study stay."""
    own = own_response(ctx)
    new_response(ctx)
    patch = _patching(ctx, own)
    touched = patch({"sequence": ["touched"]})
    ctx.rely(touched.succeeded, f"the participant cannot change the own response: {touched.summary}", touched)
    page = ctx.call("list_responses", role="participant")
    first = page.find("data", 0, "id")
    for clause in ("LK-131", "LK-111"):
        ctx.holds(clause, (touched, page), first == own, f"{own} first after its change", first)
    before = read(ctx, "responses", own, "participant")
    children, studies = (ctx.call(name, role="participant") for name in ("list_children", "list_studies"))
    other_child = [identify(each) for each in ctx.items(ctx.contract.operations["list_children"], children)][-1]
    other_study = [identify(each) for each in ctx.items(ctx.contract.operations["list_studies"], studies)][-1]
    links = {"child": linkage("children", other_child), "study": linkage("studies", other_study)}
    pointed = patch({}, relationships=links)
    after = read(ctx, "responses", own, "participant", fresh=True)
    kept = [{name: related(within(each), name) for name in links} for each in (before, after)]
    ctx.holds("LK-134", (before, pointed, after), kept[0] == kept[1], "child and study unchanged", kept[1])


@check("LK-196", writes=True, roles=("participant", "researcher"))
def editors_may_change_responses(ctx: CheckContext) -> None:
    """A caller who may edit a study's responses can change them; one who may only read them gets 403, any other 404."""
    for right, wanted in (("edit", 200), ("see", 403), ("nothing", 404)):
        name = may(ctx, right)
        # The responses were made by this check, and the value is the one that is there.
        same = {
            "completed": read(ctx, "responses", name, "participant").find("data", "attributes", "completed") is True
        }
        body = change("responses", name, same)
        exchange = ctx.call("update_response", path={"response_id": name}, body=body, role="researcher")
        ctx.judge("LK-196", exchange, answers(wanted))
