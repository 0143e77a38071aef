"""What a document declares of the replies to right requests that only read."""

from __future__ import annotations

from understudy.conformance.checks.unprepared.trying import REPLY, concerned, replied, trying
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.judging.supply import supply
from understudy.conformance.judging.unprepared.addresses import AddressFinder


@check(*REPLY)
def replies_are_as_declared(ctx: CheckContext) -> None:
    """A request that is right is answered with a status, a media type, headers and a body that the document declares."""
    for operation in concerned(ctx, *REPLY):
        if operation.writes:
            continue
        with trying(ctx, operation, *REPLY):
            exchange = ctx.call(operation)
            # Some answer so for a list without objects.
            empty = operation.action == "list" and exchange.status == 404
            if empty:
                assert isinstance(ctx.finder, AddressFinder)
                empty = not supply(ctx, operation, 1, path=ctx.finder.address(ctx, operation))
                exchange = ctx.call(operation)
            replied(ctx, operation, exchange, doubtful=empty)
