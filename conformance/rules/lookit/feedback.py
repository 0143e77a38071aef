"""Feedback: who may leave and change it, and which documents are refused."""

from __future__ import annotations

from urllib.parse import urlsplit

from understudy.conformance.checks.tenancy import unknown
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import (
    Matcher,
    Mismatch,
    answers,
    both,
    header,
    refuses_somehow,
    shows,
    succeeds,
)
from understudy.conformance.judging.context import CheckContext, attribute
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.lookit.documents import change, comment, linkage
from understudy.conformance.rules.lookit.made import (
    answerable,
    feedback_on,
    may,
    myself,
    own_feedback,
    own_response,
    rights,
)
from understudy.conformance.rules.lookit.reading import read, related, seen, target_of, within

CHOSEN = "12345678-1234-4234-8234-123456789abc"


def location(kind: str) -> Matcher:
    """Location, where it is sent, is the address of the new object."""

    def match(exchange: Exchange) -> Mismatch | None:
        sent, own = exchange.header("location"), target_of(exchange.find("data", "links", "self"))
        if sent is None or own is None or urlsplit(sent).path == urlsplit(own).path:
            return None
        return Mismatch(f"links.self of the new {kind} in Location, {own}", sent)

    return match


def pointer(*wanted: str) -> Matcher:
    """The status is 400, and there is an error for each of these pointers."""

    def match(exchange: Exchange) -> Mismatch | None:
        errors = exchange.find("errors")
        parts = [each.get("source") for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
        found = {each.get("pointer") for each in parts if isinstance(each, dict)}
        if exchange.status != 400 or not set(wanted) <= found:
            return Mismatch(f"400 with errors at {', '.join(wanted)}", exchange.summary)
        return None

    return match


@check("LK-081", "LK-082", "LK-085", "LK-199", "LK-212", writes=True, roles=("admin", "participant"))
def feedback_is_left(ctx: CheckContext) -> None:
    """A comment on a response creates feedback, which is returned and can be read at its address."""
    target = answerable(ctx)
    text = ctx.mark("Well done, Zoë 🎈")
    made = ctx.call("create_feedback", body=comment(text, target), role="admin")
    ctx.judge("LK-081", made, succeeds)
    ctx.rely(made.succeeded, f"no feedback could be left: {made.summary}", made)
    ctx.judge("LK-085", made, answers(201, 202))
    ctx.judge("LK-199", made, header("Location", r"."))
    ctx.judge("LK-212", made, location("feedback"))
    own = str(made.find("data", "id"))
    ctx.judge("LK-082", made, both(shows({"type": "feedback"}, "data"), shows({"comment": text}, "data", "attributes")))
    parts = related(within(made), "response") == target and related(within(made), "researcher")
    ctx.holds("LK-082", made, parts, f"the response {target} and a researcher", made.summary)
    address = target_of(made.find("data", "links", "self")) or ""
    ctx.holds("LK-082", made, own in address, "links.self with the new id", address or "none")
    alone = read(ctx, "feedback", own, "admin")
    kept = attribute(within(alone), "comment") == text and related(within(alone), "response") == target
    ctx.holds("LK-081", (made, alone), kept, "the same comment and response when read", alone.summary)


@check("LK-083", "LK-084", writes=True, roles=("admin", "participant", "researcher"))
def the_caller_is_the_author(ctx: CheckContext) -> None:
    """Feedback is by the caller, whatever researcher the request names."""
    mine = myself(ctx, "researcher")
    ctx.need(mine, "the researcher's own user cannot be reported from others")
    editable = may(ctx, "edit")
    plain = feedback_on(ctx, editable, "researcher")
    ctx.rely(plain.succeeded, f"the researcher could leave no feedback: {plain.summary}", plain)
    author = related(within(plain), "researcher")
    ctx.holds("LK-083", plain, author == mine, f"the caller {mine} as researcher", author)
    other = related(within(feedback_on(ctx, editable, "admin")), "researcher")
    ctx.need(other and other != mine, "no other researcher is known")
    named = comment(ctx.mark("Again"), editable)
    named["data"]["relationships"]["researcher"] = linkage("users", str(other))
    second = ctx.call("create_feedback", body=named, role="researcher")
    author = related(within(second), "researcher")
    refused = 400 <= second.status < 500
    ctx.holds("LK-084", second, refused or author == mine, f"the caller {mine}, or a refusal", author)


@check("LK-185", writes=True, roles=("admin", "participant"))
def a_client_cannot_choose_the_id(ctx: CheckContext) -> None:
    """An id sent with a creation is ignored."""
    body = comment(ctx.mark("With an id"), answerable(ctx), id=CHOSEN)
    made = ctx.call("create_feedback", body=body, role="admin")
    own = made.find("data", "id")
    ctx.holds("LK-185", made, made.succeeded and own != CHOSEN, "an id that the server chose", own)


@check("LK-086", "LK-087", "LK-093", "LK-197", "LK-201", writes=True, roles=("admin", "participant"))
def feedback_needs_permission(ctx: CheckContext) -> None:
    """Whoever may not edit a response can neither leave feedback on it nor change any, and nothing is kept of the attempt."""
    own = own_response(ctx)
    attempts = {"participant": ("LK-087", own)}
    if "outsider" in ctx.run.target.tokens:
        attempts["outsider"] = ("LK-086", own)
    if "researcher" in ctx.run.target.tokens:
        closed = ctx.once("closed", lambda: _not_to_edit(ctx))
        if closed:
            attempts["researcher"] = ("LK-086", str(closed))
    if len(attempts) == 1:
        ctx.lacks("LK-086", "a caller who may not edit a response: --token outsider=…")
    texts: dict[str, Exchange] = {}
    for role, (clause, response) in attempts.items():
        text = ctx.mark(f"Refused to the {role}")
        texts[text] = ctx.call("create_feedback", body=comment(text, response), role=role)
        ctx.judge(clause, texts[text], refuses_somehow)
    comments, page = seen(ctx, "feedback", "admin")
    kept = {str(attribute(each, "comment")) for each in comments}
    for text, attempt in texts.items():
        if refuses_somehow(attempt) is None:
            ctx.holds("LK-201", (attempt, page), text not in kept, "no feedback of a refused creation", text)
    changes = {"participant": "LK-197", "outsider": "LK-093", "researcher": "LK-093"}
    for role in [each for each in changes if each in attempts]:
        response = attempts[role][1]
        left = own_feedback(ctx) if response == own else feedback_on(ctx, response).find("data", "id")
        if isinstance(left, str):
            _not_changed(ctx, changes[role], left, role)
    if "LK-093" not in ctx.judged:
        ctx.lacks("LK-093", "a caller who may not edit a response: --token outsider=…")


def _not_changed(ctx: CheckContext, clause: str, name: str, role: str) -> None:
    """A caller who may not edit the response cannot change the feedback on it."""
    before = read(ctx, "feedback", name, "admin")
    body = change("feedback", name, {"comment": ctx.mark("Not mine")})
    attempt = ctx.call("update_feedback", path={"feedback_id": name}, body=body, role=role)
    ctx.judge(clause, attempt, refuses_somehow)
    after = read(ctx, "feedback", name, "admin", fresh=True)
    same = attribute(within(after), "comment") == attribute(within(before), "comment")
    ctx.holds(clause, (before, attempt, after), same, "the comment unchanged", after.summary)


def _not_to_edit(ctx: CheckContext) -> str | None:
    """A response of the kit's own that the researcher may not edit; None where there is none."""
    found = rights(ctx)
    return next(iter([*found["see"], *found["nothing"]]), None)


@check("LK-088", "LK-089", "LK-090", "LK-091", "LK-184", "LK-218", writes=True, roles=("admin", "participant"))
def invalid_feedback_is_refused(ctx: CheckContext) -> None:
    """Feedback without its parts, of another type or in no document is refused, and nothing is kept of it."""
    own = answerable(ctx)
    nobody = unknown(ctx, ctx.contract.operations["read_response"], "response_id")
    missing = "/data/attributes/comment"
    ctx.judge("LK-088", ctx.call("create_feedback", body=comment(None, own), role="admin"), pointer(missing))
    ctx.judge("LK-088", ctx.call("create_feedback", body=comment("   ", own), role="admin"), answers(400))
    texts: dict[str, Exchange] = {}
    for response in (None, nobody):
        text = ctx.mark("On nothing")
        texts[text] = ctx.call("create_feedback", body=comment(text, response), role="admin")
        ctx.judge("LK-089", texts[text], refuses_somehow)
    text = ctx.mark("Of another type")
    wrong = comment(text, own)
    wrong["data"]["type"] = "comments"
    texts[text] = ctx.call("create_feedback", body=wrong, role="admin")
    ctx.judge("LK-090", texts[text], refuses_somehow)
    ctx.judge("LK-091", ctx.call("create_feedback", raw=b'{"data": ', role="admin"), answers(400))
    ctx.judge("LK-091", ctx.call("create_feedback", body={"comment": "Hello"}, role="admin"), answers(400))
    nothing = ctx.call("create_feedback", body=comment(None, None), role="admin")
    ctx.judge("LK-184", nothing, pointer(missing, "/data/relationships/response"))
    comments, page = seen(ctx, "feedback", "admin")
    kept = {str(attribute(each, "comment")) for each in comments}
    for text, attempt in texts.items():
        if refuses_somehow(attempt) is None:
            ctx.holds("LK-218", (attempt, page), text not in kept, "no feedback of a refused creation", text)


@check("LK-092", "LK-094", "LK-095", "LK-096", "LK-204", "LK-211", writes=True, roles=("admin", "participant"))
def feedback_is_changed(ctx: CheckContext) -> None:
    """A PATCH changes the comment and nothing else; it needs the type and the id of its address."""
    name = own_feedback(ctx)

    def patch(body: object, at: str = name) -> Exchange:
        return ctx.call("update_feedback", path={"feedback_id": at}, body=body, role="admin")

    text = ctx.mark("Reworded, naïvely")
    before = read(ctx, "feedback", name, "admin")
    changed = patch(change("feedback", name, {"comment": text}))
    ctx.judge("LK-092", changed, succeeds)
    after = read(ctx, "feedback", name, "admin", fresh=True)
    ctx.judge("LK-092", after, shows({"comment": text}, "data", "attributes"), changed)
    whole = changed.status == 204 or attribute(within(changed), "comment") == text
    ctx.holds("LK-211", changed, whole, "the changed feedback, or 204", changed.summary)
    kept = [related(within(each), "response") for each in (before, after)]
    ctx.holds("LK-095", (before, changed, after), kept[0] == kept[1], f"the response {kept[0]}", kept[1])
    nobody = unknown(ctx, ctx.contract.operations["update_feedback"], "feedback_id")
    ctx.judge("LK-096", patch(change("feedback", nobody, {"comment": text}), nobody), answers(404))
    # The comment that is there: where one of these is taken, nothing changes.
    same = {"comment": text}
    for body in (
        change("feedback", nobody, same),
        {"data": {"id": name, "attributes": same}},
        {"data": {"type": "feedback", "attributes": same}},
    ):
        ctx.judge("LK-094", patch(body), refuses_somehow)
    ctx.judge("LK-204", patch(change("responses", name, same)), refuses_somehow)
