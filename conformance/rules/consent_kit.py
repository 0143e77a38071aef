"""Scenarios of Consent Kit alone: it hides no personal data, and include changes nothing."""

from __future__ import annotations

from understudy.conformance.evidence.matchers import shows, text
from understudy.conformance.judging.context import CheckContext, identify
from understudy.conformance.judging.registry import check


@check("CK-059", "CK-060", "CK-082")
def personal_data_is_shown(ctx: CheckContext) -> None:
    """Each participant has email and first_name, also within a consent; include changes nothing."""
    people = ctx.contract.operations["list_participants"]
    page = ctx.page(people, size=100)
    items = ctx.items(people, page)
    ctx.need(items, "the target has no participants", page)
    bad = [identify(each) for each in items if not text(each.get("email")) or not text(each.get("first_name"))]
    ctx.holds("CK-059", page, not bad, "email and first_name on each participant", ", ".join(bad[:3]))
    own = identify(ctx.random.choice(items))
    alone = ctx.call("retrieve_participant", path={"participant_id": own})
    ctx.judge("CK-059", alone, shows(email=text, first_name=text))
    for include in ("pii", "event,properties", "unknown"):
        other = ctx.page(people, size=100, query={"include": include})
        ctx.holds(
            "CK-060",
            (page, other),
            other.succeeded and ctx.items(people, other) == items,
            f"the same reply with include={include}",
            other.summary,
        )
        single = ctx.call("retrieve_participant", path={"participant_id": own}, query={"include": include})
        ctx.holds(
            "CK-060",
            (alone, single),
            single.json == alone.json,
            f"the same reply with include={include}",
            single.summary,
        )
    consents = ctx.contract.operations["list_consents"]
    listed = ctx.page(consents, size=100)
    shown = ctx.items(consents, listed)
    without = [
        each["id"]
        for each in shown
        if not text(each.get("participant", {}).get("email")) or not text(each["participant"].get("first_name"))
    ]
    ctx.holds(
        "CK-082",
        listed,
        not without,
        "email and first_name of the participant in each consent",
        ", ".join(without[:3]),
        vacuous=not shown,
    )
    single = ctx.call("retrieve_consent", path={"consent_id": identify(shown[0])})
    ctx.judge("CK-082", single, shows({"email": text, "first_name": text}, "participant"))
