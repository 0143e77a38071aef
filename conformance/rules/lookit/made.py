"""Responses and feedback of the kit's own, on which it tries what changes something. They cannot be removed."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.judging.context import CheckContext, attribute, identify
from understudy.conformance.judging.samples import sample
from understudy.conformance.rules.lookit.documents import answer, change, comment
from understudy.conformance.rules.lookit.reading import ids, own_child, read, related, seen


def public_study(ctx: CheckContext) -> str:
    """A study that every caller sees."""
    studies, page = seen(ctx, "studies", "participant" if "participant" in ctx.run.target.tokens else "default")
    found = [each for each in studies if attribute(each, "state") == "active" and attribute(each, "public") is True]
    ctx.need(found, "no active public study is visible", page)
    return identify(found[0])


def new_response(ctx: CheckContext, study: str | None = None) -> str:
    """A response of the participant's child, made now."""
    body = answer(own_child(ctx, "participant"), study or public_study(ctx))
    made = ctx.call("create_response", body=body, role="participant")
    own = made.find("data", "id")
    ctx.rely(made.succeeded and isinstance(own, str), f"no response could be made: {made.summary}", made)
    return str(own)


def own_response(ctx: CheckContext) -> str:
    """A response of the participant's own, made by this check."""
    return str(ctx.once("response", lambda: new_response(ctx)))


def answerable(ctx: CheckContext) -> str:
    """A response on which the admin may leave feedback: one made by this check, or the one that a setting names."""
    named = ctx.run.settings.get("feedbackResponse")
    if named:
        return str(named)
    own = own_response(ctx)
    alone = read(ctx, "responses", own, "admin")
    ctx.need(
        alone.succeeded,
        "the admin does not see a response that was just made",
        alone,
        remedy="name a response for feedback with --set feedbackResponse=ID",
    )
    return own


def feedback_on(ctx: CheckContext, response: str, role: str = "admin") -> Exchange:
    """Feedback that is left now."""
    return ctx.call("create_feedback", body=comment(ctx.mark("Thank you"), response), role=role)


def own_feedback(ctx: CheckContext) -> str:
    """Feedback of the admin's own, made by this check."""

    def make() -> str:
        made = feedback_on(ctx, answerable(ctx))
        own = made.find("data", "id")
        ctx.rely(made.succeeded and isinstance(own, str), f"no feedback could be left: {made.summary}", made)
        return str(own)

    return str(ctx.once("feedback", make))


def rights(ctx: CheckContext) -> dict[str, list[str]]:
    """Responses made by this check, by what the researcher may do with them: `edit`, `see` or `nothing`.

    What may be edited is found out by a change that changes nothing.
    """

    def find() -> dict[str, list[str]]:
        shown, _ = seen(ctx, "responses", "researcher")
        seeing = {str(related(each, "study")) for each in shown}
        studies, _ = seen(ctx, "studies", "participant")
        listed = [identify(each) for each in studies if attribute(each, "state") == "active"]
        # A study may be open to those who know its address.
        hidden = [name for name in sorted(seeing - set(listed)) if read(ctx, "studies", name, "participant").succeeded]
        found: dict[str, list[str]] = {"edit": [], "see": [], "nothing": []}
        for study in [*hidden[:4], *listed[:6]]:
            made = ctx.call("create_response", body=answer(own_child(ctx, "participant"), study), role="participant")
            own = made.find("data", "id")
            if not made.succeeded or not isinstance(own, str):
                continue
            same = ctx.call(
                "update_response",
                path={"response_id": own},
                body=change("responses", own, {"completed": made.find("data", "attributes", "completed") is True}),
                role="researcher",
            )
            visible = read(ctx, "responses", own, "researcher").succeeded
            found["edit" if same.succeeded else "see" if visible or study in seeing else "nothing"].append(own)
        return found

    result = ctx.once("rights", find)
    assert isinstance(result, dict)
    return result


def may(ctx: CheckContext, right: str) -> str:
    """A response made by this check with which the researcher may do this: `edit`, `see` (and no more) or `nothing`."""
    found = rights(ctx)[right]
    words = {"edit": "edit", "see": "see without editing them", "nothing": "not see"}
    ctx.need(found, f"the participant can respond to no study whose responses the researcher may {words[right]}")
    return found[0]


def myself(ctx: CheckContext, role: str) -> str | None:
    """The caller's own user; None if it cannot be reported from others in the list of users."""
    users, _ = seen(ctx, "users", role)
    if len(users) == 1:
        return identify(users[0])
    children, _ = seen(ctx, "children", role)
    rest = ids(users) - {related(each, "user") or "" for each in children}
    return next(iter(rest)) if len(rest) == 1 else None


@sample("lookit", "create_feedback")
def _feedback(ctx: CheckContext) -> dict[str, Any]:
    return {"body": comment(ctx.mark("Thank you"), answerable(ctx)), "role": "admin"}


@sample("lookit", "create_response")
def _response(ctx: CheckContext) -> dict[str, Any]:
    return {"body": answer(own_child(ctx, "participant"), public_study(ctx)), "role": "participant"}


@sample("lookit", "update_feedback")
def _reworded(ctx: CheckContext) -> dict[str, Any]:
    own = own_feedback(ctx)
    return {
        "path": {"feedback_id": own},
        "body": change("feedback", own, {"comment": ctx.mark("Reworded")}),
        "role": "admin",
    }


@sample("lookit", "update_response")
def _carried_on(ctx: CheckContext) -> dict[str, Any]:
    own = own_response(ctx)
    return {
        "path": {"response_id": own},
        "body": change("responses", own, {"completed": True}),
        "role": "participant",
    }
