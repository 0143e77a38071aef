"""Timestamps: that each can be read as a moment, in whatever form, and which of them never change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import brief, calendar_date, dated, form, instant
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import Item, identify
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.kits.words import listed
from understudy.specs import Operation

#: Members that hold a moment whenever they are there; the others may be null.
ALWAYS = ("created_at", "updated_at", "consented_at", "recorded_at", "opted_in_at")


def _lists(operation: Operation) -> bool:
    return operation.action == "list"


def _page(ctx: CheckContext, operation: Operation, **more: Any) -> tuple[list[Item], Exchange]:
    page = ctx.page(operation, page=1, size=100, **more)
    return ctx.items(operation, page), page


@check("times.readable")
def timestamps_are_moments(ctx: CheckContext) -> None:
    """Each timestamp can be read as one moment, and all of them have one form."""
    forms: dict[str, Exchange] = {}
    for operation in ctx.over("times.readable", when=_lists):
        items, page = _page(ctx, operation)
        times = [(name, value) for item in items for name, value in _times(item)]
        bad = [f"{name} {brief(value)}" for name, value in times if instant(value) is None]
        ctx.holds("times.readable", page, not bad, "timestamps that stand for a moment", listed(bad), vacuous=not times)
        for _, value in times:
            forms.setdefault(form(value), page)
    written = sorted(set(forms) - {""})
    if len(written) > 1:
        ctx.holds("times.readable", list(forms.values()), False, "one form of all timestamps", " and ".join(written))


def _times(item: Item) -> Iterator[tuple[str, Any]]:
    """The timestamps of an object, of nested ones too."""
    for name, value in item.items():
        # The day of a recording that is shown as a day has a clause of its own.
        day = name == "recorded_at" and calendar_date(value)
        if (name in ALWAYS or (name.endswith("_at") and value is not None)) and not day:
            yield name, value
        elif isinstance(value, dict):
            yield from _times(value)


@check("times.reading", "times.stay")
def times_of_creation_stay(ctx: CheckContext) -> None:
    """created_at is the same at each reading, in the list and alone, and reading changes nothing."""
    for operation in ctx.over("times.stay", "times.reading", when=lambda each: _lists(each)):
        first, page = _page(ctx, operation)
        alone = _alone(ctx, operation, first[:2])
        second, again = _page(ctx, operation, fresh=True)
        made = {identify(item): item.get("created_at") for item in first}
        moved = [
            name
            for name, item in [
                *((identify(item), item) for item in second),
                *((identify(item), item) for item, _ in alone),
            ]
            if name in made and instant(item.get("created_at")) != instant(made[name])
        ]
        timed = any("created_at" in item for item in first)
        replies = (page, *(exchange for _, exchange in alone), again)
        ctx.holds("times.stay", replies, not moved, "the same created_at each time", listed(moved), vacuous=not timed)
        before = {identify(item): item for item in first}
        changed = [
            identify(item)
            for item in second
            if identify(item) in before and _settled(item) != _settled(before[identify(item)])
        ]
        if not moved:
            ctx.holds(
                "times.reading", (page, again), not changed, "the same objects", listed(changed), vacuous=not first
            )
        else:
            ctx.hidden("times.reading", "created_at is another at each reading", again)


def _alone(ctx: CheckContext, operation: Operation, items: list[Item]) -> list[tuple[Item, Exchange]]:
    reader = ctx.reader(str(operation.resource))
    if reader is None:
        return []
    replies = [ctx.call(reader, path={reader.path_parameters[-1]: identify(item)}, fresh=True) for item in items]
    return [(each.json, each) for each in replies if each.succeeded and isinstance(each.json, dict)]


def _settled(item: Item) -> Item:
    """An object without what others may change between two readings."""
    return {name: value for name, value in item.items() if name not in {"updated_at", "panellist_count"}}


@check("link.reminder")
def reminders_are_moments(ctx: CheckContext) -> None:
    """reminder_on, where it is set, is a moment or a day."""
    operation = ctx.contract.operations["list_data_links"]
    items, page = _page(ctx, operation)
    found = [item["reminder_on"] for item in items if item.get("reminder_on") is not None]
    bad = [brief(value) for value in found if not (dated(value) or calendar_date(value))]
    ctx.holds("link.reminder", page, not bad, "a moment or a day in reminder_on", listed(bad), vacuous=not found)


@check("objects.app-url")
def each_object_has_an_address(ctx: CheckContext) -> None:
    """app_url is an absolute http or https address, another one for each object."""
    for operation in ctx.over("objects.app-url", when=_lists):
        items, page = _page(ctx, operation)
        places = [item.get("app_url") for item in items]
        bad = [brief(place) for place in places if not str(place).lower().startswith(("http://", "https://"))]
        twice = {str(place) for place in places if places.count(place) > 1}
        ctx.holds(
            "objects.app-url",
            page,
            not bad and not twice,
            "an address for each object",
            listed([*bad, *twice]),
            vacuous=not items,
        )
