"""What participants see: everything of their own, and nothing of others."""

from __future__ import annotations

from understudy.conformance.evidence.matchers import refuses_somehow, succeeds
from understudy.conformance.judging.context import CheckContext, attribute, identify
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.lookit.reading import difference, ids, read, related, seen
from understudy.conformance.rules.lookit.visibility import forms_of


def participant(ctx: CheckContext) -> str:
    """The participant's own user: the only one in their list, or else the only parent of the children there."""
    users, page = seen(ctx, "users", "participant")
    if len(users) == 1:
        return identify(users[0])
    parents = {related(each, "user") for each in seen(ctx, "children", "participant")[0]} & ids(users)
    ctx.need(len(parents) == 1, "the participant's own user cannot be reported from others", page)
    return str(next(iter(parents)))


@check("LK-042", "LK-063", "LK-076", "LK-110", "LK-158", roles=("participant", "admin"))
def participants_see_all_of_their_own(ctx: CheckContext) -> None:
    """A participant sees the own user and all own children, demographics, responses and feedback on these."""
    children, page = seen(ctx, "children", "participant")
    users, users_page = seen(ctx, "users", "participant")
    parents = {related(each, "user") for each in children}
    own_user = parents <= ids(users) and bool(users)
    ctx.holds("LK-158", users_page, own_user, "the own user", ", ".join(sorted(ids(users))) or "no user")
    me = participant(ctx)
    everybody, _ = seen(ctx, "children", "admin")
    family = {identify(each) for each in everybody if related(each, "user") == me}
    wanted = {
        identify(each) for each in everybody if identify(each) in family and attribute(each, "deleted") is not True
    }
    ctx.holds(
        "LK-042",
        page,
        wanted <= ids(children),
        "all own children",
        difference(wanted, ids(children)),
        vacuous=not wanted,
    )
    family |= {identify(each) for each in children if related(each, "user") == me}
    forms, forms_page = seen(ctx, "demographics", "participant")
    below = forms_of(ctx, me) | forms_of(ctx, me, "participant")
    ctx.holds(
        "LK-063",
        forms_page,
        below <= ids(forms),
        "all own demographics",
        difference(below, ids(forms)),
        vacuous=not below,
    )
    responses, answers_page = seen(ctx, "responses", "participant")
    everything, _ = seen(ctx, "responses", "admin")
    own = {identify(each) for each in everything if related(each, "child") in family}
    ctx.holds(
        "LK-110",
        answers_page,
        own <= ids(responses),
        "the responses of the own children",
        difference(own, ids(responses)),
        vacuous=not own,
    )
    comments, comments_page = seen(ctx, "feedback", "participant")
    all_comments, _ = seen(ctx, "feedback", "admin")
    about_me = {identify(each) for each in all_comments if related(each, "response") in own}
    ctx.holds(
        "LK-076",
        comments_page,
        about_me <= ids(comments),
        "the feedback on the own responses",
        difference(about_me, ids(comments)),
        vacuous=not about_me,
    )


@check("LK-040", "LK-062", "LK-075", "LK-109", "LK-157", roles=("participant", "admin"))
def participants_see_nobody_else(ctx: CheckContext) -> None:
    """A participant sees no children, users, demographics, responses or feedback of other families."""
    me = participant(ctx)
    children, page = seen(ctx, "children", "participant")
    others = [identify(each) for each in children if related(each, "user") not in {me, None}]
    everybody, _ = seen(ctx, "children", "admin")
    alone = not [each for each in everybody if related(each, "user") != me]
    ctx.holds("LK-040", page, not others, "no child of another family", ", ".join(others[:3]), vacuous=alone)
    users, page = seen(ctx, "users", "participant")
    others = sorted(ids(users) - {me})
    ctx.holds("LK-157", page, not others, "no other user", ", ".join(others[:3]), vacuous=alone)
    forms, page = seen(ctx, "demographics", "participant")
    strangers = sorted({found for each in everybody if (found := related(each, "user")) and found != me})[:8]
    foreign = {form for user in strangers for form in forms_of(ctx, user)}
    shown = sorted(foreign & ids(forms))
    ctx.holds("LK-062", page, not shown, "no demographics of other families", ", ".join(shown[:3]), vacuous=not foreign)
    family = {identify(each) for each in [*children, *everybody] if related(each, "user") == me}
    responses, page = seen(ctx, "responses", "participant")
    everything, _ = seen(ctx, "responses", "admin")
    others = [identify(each) for each in responses if related(each, "child") not in family]
    foreign = {identify(each) for each in everything if related(each, "child") not in family}
    ctx.holds("LK-109", page, not others, "no response of other families", ", ".join(others[:3]), vacuous=not foreign)
    comments, page = seen(ctx, "feedback", "participant")
    others = [identify(each) for each in comments if related(each, "response") in foreign]
    candidates = [each for each in seen(ctx, "feedback", "admin")[0] if related(each, "response") in foreign]
    ctx.holds(
        "LK-075", page, not others, "no feedback on responses of others", ", ".join(others[:3]), vacuous=not candidates
    )


@check("LK-056", "LK-071", "LK-080", "LK-118", "LK-168", roles=("participant", "admin"))
def participants_read_their_own_by_id(ctx: CheckContext) -> None:
    """A participant reads each kind of own object by its id, and is refused those of other families."""
    me = participant(ctx)
    everybody, page = seen(ctx, "children", "admin")
    family = {identify(each) for each in everybody if related(each, "user") == me}
    strangers = sorted({found for each in everybody if (found := related(each, "user")) and found != me})[:8]
    everything, _ = seen(ctx, "responses", "admin")
    foreign = {identify(each) for each in everything if related(each, "child") not in family}
    hidden = {
        "children": sorted(ids(everybody) - family),
        "demographics": sorted({form for user in strangers for form in forms_of(ctx, user)}),
        "feedback": [
            identify(each) for each in seen(ctx, "feedback", "admin")[0] if related(each, "response") in foreign
        ],
        "responses": sorted(foreign),
        "users": strangers,
    }
    clauses = {
        "children": "LK-056",
        "demographics": "LK-071",
        "feedback": "LK-080",
        "responses": "LK-118",
        "users": "LK-168",
    }
    for kind, clause in clauses.items():
        mine, _ = seen(ctx, kind, "participant")
        # What is listed though it is somebody else's is reported by the clause on the list.
        own = [identify(each) for each in mine if identify(each) not in hidden[kind]]
        for name in ctx.first(clause, own, f"one of the participant's {kind}", page):
            ctx.judge(clause, read(ctx, kind, name, "participant"), succeeds)
        for name in ctx.first(clause, hidden[kind], f"{kind} of another family", page):
            ctx.judge(clause, read(ctx, kind, name, "participant"), refuses_somehow)


@check("LK-170", "LK-171", roles=("participant", "admin", "outsider"))
def lists_below_a_user_hold_that_users_objects(ctx: CheckContext) -> None:
    """The lists below a user hold only that user's objects, for callers who may see them."""
    me = participant(ctx)
    for clause, resource in (("LK-171", "children"), ("LK-170", "demographics")):
        own, _ = seen(ctx, resource, "participant")
        below = ctx.contract.operations[f"list_user_{resource}"]
        for role in ("participant", "admin"):
            exchange = ctx.page(below, size=100, path={"user_id": me}, role=role)
            found = exchange.find("data")
            shown = ids(found) if exchange.succeeded and isinstance(found, list) else set()
            fits = shown <= ids(own) and bool(shown) == bool(own)
            ctx.holds(clause, exchange, fits, f"the {resource} of that user", exchange.summary, vacuous=not own)
        for name, role in ((me, "outsider"), ("00000000-0000-4000-8000-000000000001", "default")):
            exchange = ctx.page(below, path={"user_id": name}, role=role)
            hidden = exchange.status in {403, 404} or (exchange.succeeded and exchange.find("data") == [])
            ctx.holds(clause, exchange, hidden, "nothing, 403 or 404", exchange.summary)


@check("LK-149", "LK-150", "LK-151", "LK-152", "LK-153", "LK-202", "LK-216", roles=("participant", "admin"))
def responses_are_listed_below_their_study(ctx: CheckContext) -> None:
    """Below a study are its responses, for those who may view them; nobody else gets those of other families."""
    operation = ctx.contract.operations["list_study_responses"]
    everything, page = seen(ctx, "responses", "admin")
    order = [identify(each) for each in everything]
    studies = [name for each in everything if (name := related(each, "study"))]
    frequent = sorted(set(studies), key=lambda name: (-studies.count(name), name))
    for study in ctx.first(("LK-150", "LK-151"), frequent, "a response", page):
        exchange = ctx.page(operation, size=100, path={"study_id": study}, role="admin")
        found = exchange.find("data")
        items = found if exchange.succeeded and isinstance(found, list) else []
        odd = [identify(each) for each in items if related(each, "study") != study]
        ctx.holds("LK-150", exchange, not odd, "only responses to that study", ", ".join(odd[:3]), vacuous=not items)
        got = [identify(each) for each in items if identify(each) in order]
        same = got == sorted(got, key=order.index)
        ctx.holds("LK-151", (page, exchange), same, "the order of all responses", "another order", vacuous=len(got) < 2)
    own_children = ids(seen(ctx, "children", "participant")[0])
    theirs = {identify(each) for each in everything if related(each, "child") not in own_children}
    callers = [role for role in ("participant", "outsider", "researcher") if role in ctx.run.target.tokens]
    for role in callers:
        seeing = {related(each, "study") for each in seen(ctx, "responses", role)[0] if role == "researcher"}
        closed = [name for name in frequent if name not in seeing]
        answered = {related(each, "study") for each in everything if related(each, "child") in own_children}
        for study in [*closed[:3], *[name for name in closed[3:] if name in answered][:1]]:
            _closed(ctx, study, role, theirs, own_children if study in answered else set())
    for clause in ("LK-149", "LK-153", "LK-202", "LK-216"):
        if clause not in ctx.judged:
            ctx.lacks(clause, "a study whose responses a caller may not view", page)
    nowhere = {"study_id": "00000000-0000-4000-8000-000000000001"}
    missing = ctx.call(operation, path=nowhere)
    ctx.holds("LK-152", missing, missing.status == 404, "404", missing.summary)


def _closed(ctx: CheckContext, study: str, role: str, theirs: set[str], family: set[str]) -> None:
    """What a caller without the permission gets below a study.

    `family` are the participant's children if one of them answered it.
    """
    operation = ctx.contract.operations["list_study_responses"]
    exchange = ctx.page(operation, size=100, path={"study_id": study}, role=role)
    found = exchange.find("data")
    items = found if exchange.succeeded and isinstance(found, list) else []
    shown = {identify(each) for each in items if identify(each) in theirs}
    if role == "researcher":
        # The researcher may have a family too.
        users = {str(related(each, "child")) for each in items}
        shown = shown if len(users) > 1 else set()
    refused = 400 <= exchange.status < 500
    clause = "LK-153" if role == "participant" else "LK-149"
    good = (refused or exchange.succeeded) and not shown
    ctx.holds(clause, exchange, good, "no response of another family", ", ".join(sorted(shown)[:3]) or exchange.summary)
    unseen = exchange.status in {403, 404} or (exchange.succeeded and not shown)
    ctx.holds("LK-202", exchange, unseen, "403, 404 or a list without others' responses", exchange.summary)
    if role == "participant" and family:
        mine = {related(each, "child") for each in items} & family
        ctx.holds("LK-216", exchange, refused or mine, "one's own responses, or a refusal", exchange.summary)
