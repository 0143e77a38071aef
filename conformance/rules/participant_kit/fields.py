"""Fields, and the answers of panellists to them."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import text
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import Item, identify, whole
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.kits.words import listed
from understudy.conformance.rules.participant_kit.panels import panellists

CHOICES = {"single_option", "multiple_options"}


@check("PK-069", "PK-070", "PK-071", "PK-104", "PK-108")
def answers_fit_their_fields(ctx: CheckContext) -> None:
    """Each answer belongs to a field and has the form that the field's datatype requires."""
    read = whole(ctx, ctx.contract.operations["list_fields"])
    fields = {each.get("id"): each for each in read.part}
    entries, page = panellists(ctx, "properties")
    parts = [part for each in entries for part in each.get("properties") or () if isinstance(part, dict)]
    # null stands for a value that is not set.
    values = [(part.get("field_id"), part["value"]) for part in parts if part.get("value") is not None]
    seen = (read.pages[0], page)
    spelt = [str(name) for name in fields if not str(name).startswith("f_")]
    ctx.holds("PK-104", seen, not spelt, "ids that begin with f_", listed(spelt), vacuous=not fields)
    if not read.complete:
        ctx.lacks(("PK-069", "PK-070", "PK-071", "PK-108"), "a list of fields that can be read whole", *read.pages[-1:])
        return
    strangers = sorted({str(name) for name, _ in values if name not in fields})
    ctx.holds("PK-069", seen, not strangers, "answers to fields that are listed", listed(strangers), vacuous=not values)
    _forms(ctx, fields, values, seen)


def _forms(
    ctx: CheckContext, fields: dict[Any, Item], values: list[tuple[Any, Any]], seen: tuple[Exchange, ...]
) -> None:
    known = [(name, value, fields[name]) for name, value in values if name in fields]
    several = [(name, value) for name, value, field in known if field.get("datatype") == "multiple_options"]
    bad = [f"{name}: {value}" for name, value in several if not isinstance(value, list)]
    ctx.holds("PK-070", seen, not bad, "lists for multiple_options", listed(bad), vacuous=not several)
    single = [(name, value) for name, value, field in known if field.get("datatype") != "multiple_options"]
    bad = [f"{name}: {value}" for name, value in single if not isinstance(value, str)]
    ctx.holds("PK-071", seen, not bad, "text for every other datatype", listed(bad), vacuous=not single)
    chosen = [
        (name, part, field["options"])
        for name, value, field in known
        for part in (value if isinstance(value, list) else [value])
        if isinstance(field.get("options"), list) and all(isinstance(option, str) for option in field["options"])
    ]
    bad = [f"{name}: {part}" for name, part, options in chosen if part not in options]
    ctx.holds("PK-108", seen, not bad, "answers among the options of their field", listed(bad), vacuous=not chosen)


@check("PK-106", "PK-107", "PK-109", "PK-201")
def fields_describe_their_values(ctx: CheckContext) -> None:
    """Fields with a choice have options, no other field has; each has a name without blanks, and a title."""
    read = whole(ctx, ctx.contract.operations["list_fields"])
    choosing = [each for each in read.part if each.get("datatype") in CHOICES]
    bad = [identify(each) for each in choosing if not isinstance(each.get("options"), list)]
    wanted = "options on fields that have a choice"
    ctx.holds("PK-201", read.pages, not bad, wanted, listed(bad), vacuous=not choosing)
    others = [each for each in read.part if each.get("datatype") not in CHOICES]
    bad = [identify(each) for each in others if each.get("options")]
    ctx.holds("PK-106", read.pages, not bad, "no options on other fields", listed(bad), vacuous=not others)
    bad = [identify(each) for each in others if "options" in each]
    wanted = "options left out, not null and not []"
    ctx.holds("PK-107", read.pages, not bad, wanted, listed(bad), vacuous=not others)
    bad = [str(each.get("name")) for each in read.part if not _friendly(each)]
    ctx.holds("PK-109", read.pages, not bad, "a name without blanks and a title", listed(bad), vacuous=not read.part)


def _friendly(field: Item) -> bool:
    name = field.get("name")
    return (
        isinstance(name, str) and bool(name) and not any(part.isspace() for part in name) and text(field.get("title"))
    )
