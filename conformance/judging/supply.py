"""Makes the objects that a check needs where the target holds too few and the run may write.

They stay until the end of the run, as other checks need the same, and are removed then, also after failures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from understudy.conformance.evidence.errors import KitError, OutOfScopeError, PrerequisiteError, RunStoppedError
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import whole
from understudy.specs import Contract, Operation

#: The number of objects that one run makes at most to have enough of them.
MOST = 250
#: The number of pages on which the objects of a list are counted.
PAGES = 3


def maker(contract: Contract, listing: Operation) -> Operation | None:
    """The operation that creates what a list shows, below the same parent if there is one; None if the API has none."""
    for operation in contract.operations.values():
        if operation.action == "create" and operation.resource == listing.resource and operation.path == listing.path:
            return operation
    return None


def supply(ctx: CheckContext, listing: Operation, wanted: int, path: Mapping[str, str] | None = None) -> bool:
    """Make objects until a list holds `wanted` of them; whether it does at the end. `path` names their parents.

    Nothing is made that could not be removed, and nothing that the target's owner has not allowed.
    """
    parents: dict[str, Any] = {} if path is None else {"path": path}
    held = len(whole(ctx, listing, far=PAGES, **parents).part)
    while held < wanted and _made(ctx, listing, parents):
        held += 1
    return held >= wanted


def supply_with(ctx: CheckContext, listing: Operation, path: Mapping[str, str], **members: Any) -> bool:
    """Make an object of a list that has some members in the body that is sent; whether it was made."""
    return _made(ctx, listing, {"path": path}, members)


def _made(
    ctx: CheckContext, listing: Operation, parents: Mapping[str, Any], members: Mapping[str, Any] | None = None
) -> bool:
    """Whether one more object was made, which may be made and can be removed again."""
    create, cleanup = maker(ctx.contract, listing), ctx.run.cleanup
    if create is None or not ctx.may(create) or not cleanup.removable(create) or create.id in cleanup.nameless:
        return False
    if ctx.run.supplied >= MOST:
        return False
    ctx.run.supplied += 1
    try:
        arguments = {**ctx.right(create), **parents}
        if members:
            arguments["body"] = {**arguments.get("body", {}), **members}
        with cleanup.keeping():
            return ctx.call(create, **arguments).succeeded
    except RunStoppedError:
        raise
    except (KitError, OutOfScopeError, PrerequisiteError):
        # What could not be made is not shown; the check itself goes on.
        return False


def supply_one(ctx: CheckContext, listings: Iterable[Operation], wanted: int) -> bool:
    """Have one of some lists hold `wanted` objects; whether one does at the end."""
    if not ctx.run.profile.writes:
        return False
    lists = list(listings)
    return any(len(whole(ctx, each, far=PAGES).part) >= wanted for each in lists) or any(
        supply(ctx, each, wanted) for each in lists
    )
