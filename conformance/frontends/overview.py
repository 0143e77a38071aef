"""What a run finds first: that the target can be reached, who calls, what it holds, and what can be judged."""

from __future__ import annotations

from collections import Counter

from understudy.conformance.evidence.errors import NoReplyError, PrerequisiteError
from understudy.conformance.evidence.exchange import NOTHING, Request
from understudy.conformance.evidence.words import several
from understudy.conformance.http.target import first_role, roles
from understudy.conformance.judging.context import CheckContext, takes_page_number
from understudy.conformance.judging.scenario_runner import Run
from understudy.specs import Operation

NAME = "overview"
#: Objects that are asked for to see how many there are.
MANY = 100
#: Members that say who a caller is, the clearest first.
WHO = ("username", "name", "email", "id")


def overview(run: Run) -> list[tuple[str, str]]:
    """What was found, as pairs of a word and a text. A run of selected clauses does not look at what the target holds."""
    ctx = run.context(NAME)
    found = [("reachable", f"{run.contract.title} answers there"), ("callers", _callers(ctx))]
    if not run.only:
        found.append(("holds", _holdings(ctx) or "nothing that can be listed"))
        # What was read here has not been judged yet.
        run.response_cache.clear()
    return [*found, ("judged", _judged(run))]


def _callers(ctx: CheckContext) -> str:
    given = [role for role in roles(ctx.contract) if ctx.run.target.tokens.get(role)]
    absent = [role for role in roles(ctx.contract) if role not in given and role != "default"]
    known = f"{', '.join(given) or 'nobody'}{_who(ctx)}"
    return f"{known}; no token for {', '.join(absent)}" if absent else known


def _who(ctx: CheckContext) -> str:
    """Who the first caller is, where the API says so."""
    for operation in ctx.contract.operations.values():
        if operation.method == "GET" and operation.path.rstrip("/").endswith("/me"):
            try:
                exchange = ctx.run.client.send(_request(ctx, operation))
            except NoReplyError:
                return ""
            names = [exchange.find(name) for name in WHO]
            shown = next((str(name) for name in names if name is not NOTHING and name), "")
            return f" ({shown})" if exchange.succeeded and shown else ""
    return ""


def _holdings(ctx: CheckContext) -> str:
    """How many objects each list without a parent has, as far as one page shows it."""
    found: dict[str, str] = {}
    for operation in ctx.contract.operations.values():
        if not operation.lists_all or operation.resource is None or operation.resource in found:
            continue
        if any(parameter.required for parameter in operation.parameters):
            continue
        try:
            exchange = ctx.run.client.send(_request(ctx, operation))
            count = len(ctx.items(operation, exchange))
        except (NoReplyError, PrerequisiteError):
            continue
        noun = operation.resource.replace("_", " ")
        more = takes_page_number(operation) and count >= _size(operation)
        found[operation.resource] = f"{count} or more {_plural(noun)}" if more else several(count, noun, _plural(noun))
    return ", ".join(found.values())


def _request(ctx: CheckContext, operation: Operation) -> Request:
    """A request by the first caller; of a list for the first page of many objects."""
    taken = {parameter.name for parameter in operation.parameters}
    size = (
        next((name for name in operation.pagination.size.parameters if name in taken), "")
        if operation.pagination
        else ""
    )
    role = first_role(ctx.contract)
    query = {size: _size(operation)} if size else {}
    credential = ctx.run.credential(role) if ctx.run.asks(operation) else None
    return ctx.run.client.request(
        "GET", operation.route, query=query, operation=operation.id, role=role, credential=credential
    )


def _size(operation: Operation) -> int:
    return min(operation.pagination.size.maximum, MANY) if operation.pagination else MANY


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


def _judged(run: Run) -> str:
    total = len(run.clauses) + len(run.left_out)
    reasons = Counter("no reply can show them" if why.startswith("excluded") else why for why in run.left_out.values())
    rest = ", ".join(f"{count} ({why})" for why, count in reasons.most_common(3))
    judged = f"{len(run.clauses)} of {several(total, 'clause')} by {several(len(run.checks), 'check')}"
    return f"{judged}; left out: {rest}" if rest else judged
