"""Bodies and parameters with which an operation that writes is known to succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from understudy.conformance.evidence.errors import PrerequisiteError
from understudy.conformance.judging.context import CheckContext
from understudy.specs import Operation

Maker = Callable[[CheckContext], dict[str, Any]]
_MAKERS: dict[tuple[str, str], Maker] = {}


def sample(api: str, *operations: str) -> Callable[[Maker], Maker]:
    """Have a function give the arguments of `Trial.call` with which operations succeed."""

    def register(maker: Maker) -> Maker:
        for operation in operations:
            _MAKERS[api, operation] = maker
        return maker

    return register


def known(api: str, operation: str) -> bool:
    """Whether somebody knows how an operation succeeds."""
    return (api, operation) in _MAKERS


def right(ctx: CheckContext, operation: Operation) -> dict[str, Any]:
    """The arguments for an operation; operations without a body need none."""
    maker = _MAKERS.get((ctx.contract.api, operation.id))
    if maker is None:
        if operation.body_required:
            raise PrerequisiteError(f"the kit knows no body for {operation.id}")
        return {}
    return maker(ctx)
