"""What operations that write seem to mean: what is created, changed and deleted is seen to be so afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.conformance.checks.unprepared.trying import REPLY, replied, trying
from understudy.conformance.evidence.exchange import NOTHING, Exchange, find
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import whole
from understudy.conformance.judging.registry import check
from understudy.conformance.judging.unprepared.bodies import ways
from understudy.conformance.judging.unprepared.deeds import Made, alike, differences
from understudy.conformance.judging.unprepared.register import (
    changers,
    lister,
    reader,
    removable,
    removers,
)
from understudy.specs import Operation
from understudy.specs.reading.words import plain, words

DEEDS = ("deeds.changed", "deeds.gone", "deeds.kept", "deeds.listed")
#: Words in the names of members that change by themselves.
MOVING = frozenset(
    {"updated", "modified", "changed", "version", "revision", "etag", "count", "at", "time", "date", "status", "links"}
)
#: Members by which a record says that it was deleted.
DELETED = frozenset({"deleted", "deletedat", "archived", "archivedat", "isdeleted", "isarchived", "removed"})


@check(*DEEDS, *REPLY, writes=True)
def what_is_written_lasts(ctx: CheckContext) -> None:
    """What is created can be read and is listed, a change is shown and leaves the rest, and what is deleted is gone."""
    for create in ctx.contract.operations.values():
        if create.action != "create" or not removable(ctx.contract, create):
            continue
        changing, removing = changers(ctx.contract, create), removers(ctx.contract, create)
        if not any(ctx.asks(name, each) for each in (create, *changing, *removing) for name in (*DEEDS, *REPLY)):
            continue
        _created(ctx, create)
        for update in changing:
            with trying(ctx, update, "deeds.changed", *REPLY):
                _changed(ctx, create, update)
        for delete in removing:
            with trying(ctx, delete, "deeds.gone", *REPLY):
                _deleted(ctx, create, delete)


def _created(ctx: CheckContext, create: Operation) -> None:
    with trying(ctx, create, "deeds.kept", "deeds.listed", *REPLY):
        made = Made.by(ctx, create)
        replied(ctx, create, made.exchange, doubtful=made.exchange.status in {400, 404, 409, 422})
        made.rely(ctx)
        read, listing = reader(ctx.contract, create), lister(ctx.contract, create)
        if read is not None:
            got = ctx.call(read, path=made.address(ctx, read), fresh=True)
            shown = find(got.json, *read.item_at)
            wrong = list(differences(made.body, shown)) if got.succeeded else []
            ctx.holds(
                "deeds.kept",
                (made.exchange, got),
                got.succeeded and not wrong,
                "the object that was created, as it was sent",
                _differing(wrong, got),
            )
        if listing is not None and ctx.asks("deeds.listed", create):
            _listed(ctx, made, listing)


def _differing(members: list[str], got: Exchange) -> str:
    """What was seen instead, beginning with the members that are not as they should be."""
    named = f"{', '.join(members[:4])} {'differ' if len(members) > 1 else 'differs'}: " if members else ""
    return f"{named}{got.summary}"


def _listed(ctx: CheckContext, made: Made, listing: Operation) -> None:
    path = made.address(ctx, listing)
    if any(each.required and each.place == "query" for each in listing.parameters):
        ctx.lacks("deeds.listed", "a list that needs no further parameters", made.exchange)
        return
    read = whole(ctx, listing, path=path, fresh=True)
    prop = ctx.contract.resources[listing.resource or ""].identity.property
    there = any(str(each.get(prop)) == made.name for each in read.part)
    shows_ids = not read.part or any(prop in each for each in read.part)
    ctx.holds(
        "deeds.listed",
        (made.exchange, *read.pages[-1:]),
        there or not (read.pages and read.complete and shows_ids),
        f"{made.name} in the list",
        f"a list without it: {read.pages[-1].summary if read.pages else 'nothing'}",
        vacuous=not there,
    )


def _changed(ctx: CheckContext, create: Operation, update: Operation) -> None:
    made = Made.by(ctx, create)
    path = made.address(ctx, update)
    read = reader(ctx.contract, create)
    before = ctx.call(read, path=made.address(ctx, read), fresh=True) if read else made.exchange
    arguments = _change(ctx, made, update, find(before.json, *read.item_at) if read else None)
    exchange = ctx.call(update, **arguments, path=path)
    if not replied(ctx, update, exchange, doubtful=exchange.status in {400, 409, 422}) or read is None:
        ctx.lacks("deeds.changed", "a change that is accepted", exchange)
        return
    after = ctx.call(read, path=made.address(ctx, read), fresh=True)
    sent = arguments.get("body")
    shown = find(after.json, *read.item_at)
    wrong = list(differences(sent, shown)) if after.succeeded else []
    lost = _lost(sent, find(before.json, *read.item_at), shown) if update.method == "PATCH" else []
    members = {plain(name) for name in shown} if isinstance(shown, Mapping) else set()
    visible = (
        {name: value for name, value in sent.items() if plain(name) in members} if isinstance(sent, Mapping) else {}
    )
    seen = _news(visible, find(before.json, *read.item_at))
    ctx.holds(
        "deeds.changed",
        (before, exchange, after),
        after.succeeded and not wrong and not lost,
        "the object with the change, and otherwise as before",
        _differing([*wrong, *lost], after),
        vacuous=not seen and after.succeeded,
    )


def _change(ctx: CheckContext, made: Made, update: Operation, before: Any) -> dict[str, Any]:
    """The arguments for a change: a body that keeps the id, the first of which something is not so already."""
    prop = ctx.contract.resources[made.create.resource or ""].identity.property
    own = {prop: before[prop]} if isinstance(before, Mapping) and prop in before else {}
    first: dict[str, Any] = {}
    for arguments in ways(ctx, update):
        body = arguments.get("body")
        if isinstance(body, Mapping) and prop in body:
            arguments = {**arguments, "body": {**body, **own}}
        if _news(arguments.get("body"), before):
            return arguments
        first = first or arguments
    return first


def _news(sent: Any, before: Any) -> bool:
    """Whether a body has a member that an object does not show as it is sent."""
    if not (isinstance(sent, Mapping) and isinstance(before, Mapping)):
        return False
    known = {plain(name): value for name, value in before.items()}
    return any(not alike(value, known.get(plain(name))) for name, value in sent.items())


def _lost(sent: Any, before: Any, after: Any) -> list[str]:
    """The members that a change did not name, and that are no longer as they were."""
    if not (isinstance(sent, Mapping) and isinstance(before, Mapping) and isinstance(after, Mapping)):
        return []
    named = {plain(name) for name in sent}
    return [
        name
        for name, value in before.items()
        if plain(name) not in named
        and not MOVING & set(words(name))
        and value is not None
        and not isinstance(value, Mapping | list)
        and not alike(value, after.get(name, NOTHING))
    ]


def _deleted(ctx: CheckContext, create: Operation, delete: Operation) -> None:
    made = Made.anew(ctx, create)
    exchange = ctx.call(delete, path=made.address(ctx, delete), **_body(ctx, delete))
    if not replied(ctx, delete, exchange, doubtful=exchange.status in {400, 409, 422}):
        ctx.lacks("deeds.gone", "a deletion that is accepted", exchange)
        return
    read, listing = reader(ctx.contract, create), lister(ctx.contract, create)
    if read is not None:
        got = ctx.call(read, path=made.address(ctx, read), fresh=True)
        ctx.holds(
            "deeds.gone",
            (exchange, got),
            got.status in {404, 410} or _says_so(got, read) or 400 <= got.status < 500,
            "status 404 or 410 after the deletion",
            got.summary,
        )
    elif listing is not None:
        listed = whole(ctx, listing, path=made.address(ctx, listing), fresh=True)
        prop = ctx.contract.resources[listing.resource or ""].identity.property
        there = any(str(each.get(prop)) == made.name for each in listed.part)
        ctx.holds(
            "deeds.gone",
            (exchange, *listed.pages[-1:]),
            not there,
            f"a list without {made.name}",
            f"{made.name} is still listed",
            vacuous=not listed.complete,
        )


def _body(ctx: CheckContext, operation: Operation) -> dict[str, Any]:
    return ctx.right(operation) if operation.body_required else {}


def _says_so(got: Exchange, read: Operation) -> bool:
    """Whether an object that is still shown says that it was deleted."""
    shown = find(got.json, *read.item_at)
    return isinstance(shown, Mapping) and any(plain(name) in DELETED and value for name, value in shown.items())
