"""Methods that a path does not have."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Matcher, Mismatch, answers
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.specs import Operation

#: With more paths than this, a rule is tried on some of them.
FEW = 20
#: The methods that are tried on a collection (False) and on one of its objects (True).
VERBS = {False: ("POST", "DELETE"), True: ("PUT", "PATCH", "DELETE")}


def offered(ctx: CheckContext, path: str) -> set[str]:
    """The methods of a path in the contract."""
    return {each.method for each in ctx.contract.operations.values() if each.path.rstrip("/") == path.rstrip("/")}


def allows(offers: set[str]) -> Matcher:
    """Allow lists the methods that the path offers and none that it refuses."""

    def match(exchange: Exchange) -> Mismatch | None:
        allow = exchange.header("allow")
        listed = {each.strip().upper() for each in (allow or "").split(",")} - {""}
        if allow is None or offers - listed or listed - offers - {"HEAD", "OPTIONS"}:
            return Mismatch(
                f"Allow with {', '.join(sorted(offers))}", f"Allow: {allow}" if allow is not None else "no Allow header"
            )
        return None

    return match


@check("methods.not-allowed", writes=True)
def other_verbs_are_refused(ctx: CheckContext) -> None:
    """A method that a path does not have is refused with 405 (or 404), and changes nothing."""
    wanted = ctx.over("methods.not-allowed")
    items = 0
    paths = {operation.path: operation for operation in wanted}
    for path in paths if len(paths) <= FEW else [operation.path for operation in ctx.some_of(list(paths.values()))]:
        here = [operation for operation in ctx.contract.operations.values() if operation.path == path]
        of = [operation.id for operation in here]
        items += path.rstrip("/").endswith("}")
        for verb in VERBS[path.rstrip("/").endswith("}")]:
            if verb in offered(ctx, path) or (verb == "PATCH" and items > 2):
                continue
            exchange = ctx.call(here[0], method=verb, path=_ids(ctx, here[0]), **_body(here[0], verb))
            ctx.judge("methods.not-allowed", exchange, answers(405), of=of)


def _ids(ctx: CheckContext, operation: Operation) -> dict[str, str]:
    """Ids of existing objects of the caller; a refused method does not change them."""
    return {name: ctx.parameter(operation, name) for name in operation.path_parameters}


def _body(operation: Operation, verb: str) -> dict[str, Any]:
    return {} if verb == "DELETE" else {"body": {}, "content_type": "application/json" if not operation.body else None}
