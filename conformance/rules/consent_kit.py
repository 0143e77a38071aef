"""Scenarios of Consent Kit alone: it hides no personal data, and include changes nothing."""

from __future__ import annotations

from understudy.conformance.evidence.matchers import shows, text
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import identify
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.kits.words import listed, shown


@check("CK-048", "CK-059", "CK-060", "CK-061", "CK-082")
def personal_data_is_shown(ctx: CheckContext) -> None:
    """Each participant has email and first_name, also within a consent; include changes nothing."""
    people = ctx.contract.operations["list_participants"]
    page = ctx.page(people, page=1, size=100)
    items = ctx.items(people, page)
    ctx.need(items, "the target has no participants", page)
    bad = [identify(each) for each in items if not text(each.get("email")) or not text(each.get("first_name"))]
    ctx.holds("CK-059", page, not bad, "email and first_name on each participant", listed(bad))
    own = identify(ctx.random.choice(items))
    alone = ctx.call("retrieve_participant", path={"participant_id": own})
    ctx.judge("CK-059", alone, shows(email=text, first_name=text))
    for include in ("pii", "event,properties", "unknown"):
        wanted = f"the same reply with include={include}"
        other = ctx.page(people, page=1, size=100, query={"include": include})
        alike = other.succeeded and ctx.items(people, other) == items
        ctx.holds("CK-060", (page, other), alike, wanted, other.summary)
        single = ctx.call("retrieve_participant", path={"participant_id": own}, query={"include": include})
        ctx.holds("CK-060", (alone, single), single.json == alone.json, wanted, single.summary)
    _parents(ctx)
    consents = ctx.contract.operations["list_consents"]
    seen = ctx.page(consents, page=1, size=100)
    inside = [(identify(each), each.get("participant")) for each in ctx.items(consents, seen)]
    without = [name for name, one in inside if not isinstance(one, dict) or not {"email", "first_name"} <= set(one)]
    wanted = "email and first_name of the participant in each consent"
    ctx.holds("CK-082", seen, not without, wanted, listed(without), vacuous=not inside)


def _parents(ctx: CheckContext) -> None:
    """The project of an event and the event of a participant can be retrieved by their ids.

    A participant may outlive its event, so what is not listed any more is not asked for, unless nothing else is named,
    and never what the run itself made and removed.
    """
    for clause, operation, reader in (
        ("CK-048", "list_events", "retrieve_project"),
        ("CK-061", "list_participants", "retrieve_event"),
    ):
        spec = ctx.contract.operations[reader]
        listed_ids = set(shown(ctx, f"list_{spec.resource}s").names)
        page = ctx.page(ctx.contract.operations[operation], page=1, size=100)
        items = ctx.items(ctx.contract.operations[operation], page)
        named = [each[str(spec.resource)].get("id") for each in items if isinstance(each.get(str(spec.resource)), dict)]
        made = ctx.run.cleanup.made
        named = [own for own in named if own in listed_ids] or [own for own in named if own not in made]
        for own in ctx.random.sample(named, min(2, len(named))):
            alone = ctx.call(reader, path={spec.path_parameters[-1]: str(own)})
            ctx.holds(clause, (page, alone), alone.find("id") == own, f"the {spec.resource} {own}", alone.summary)
        if not named:
            ctx.lacks(clause, f"an object with a {spec.resource}", page)
