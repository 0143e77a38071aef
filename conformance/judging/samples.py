"""Bodies and parameters with which writing operations are known to succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.unprepared import bodies
from understudy.conformance.scope.target_file import merged
from understudy.specs import Operation

Maker = Callable[[CheckContext], dict[str, Any]]
_MAKERS: dict[tuple[str, str], Maker] = {}


def sample(api: str, *operations: str) -> Callable[[Maker], Maker]:
    """Register a function that gives the arguments of `CheckContext.call` with which operations succeed."""

    def register(maker: Maker) -> Maker:
        for operation in operations:
            _MAKERS[api, operation] = maker
        return maker

    return register


def known(api: str, operation: str) -> bool:
    """Whether a sample is registered for an operation."""
    return (api, operation) in _MAKERS


def right(ctx: CheckContext, operation: Operation) -> dict[str, Any]:
    """The arguments for an operation, with the values that the target's owner gave; empty if it takes no body.

    Where no sample is registered it is the document's example if that fits, else one that is drawn. Raises OutOfScopeError
    if the kit cannot write one.
    """
    maker = _MAKERS.get((ctx.contract.api, operation.id))
    if maker is not None:
        arguments = maker(ctx)
    elif ctx.contract.inferred or operation.body_required:
        arguments = bodies.right(ctx, operation)
    else:
        return {}
    own = ctx.run.target.bodies.get(operation.id)
    return {**arguments, "body": merged(arguments["body"], own)} if own and "body" in arguments else arguments
