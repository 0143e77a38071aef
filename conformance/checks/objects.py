"""Objects: their members, in lists and single replies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from understudy.conformance.checks.tenancy import unknown
from understudy.conformance.evidence.errors import NoReplyError, PrerequisiteError
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, brief, instant, moment, succeeds
from understudy.conformance.judging.context import CheckContext, attribute, items_path
from understudy.conformance.judging.lists import whole
from understudy.conformance.judging.registry import check
from understudy.specs import Operation


def _reads(operation: Operation) -> bool:
    return operation.method == "GET"


def _single(operation: Operation) -> bool:
    return operation.action == "read" and "{" in operation.path


@check(schemas=True)
def objects_match_their_schemas(ctx: CheckContext) -> None:
    """Every object, in lists and single replies, has the members of the contract, with their types and formats."""
    wanted = {
        clause: key
        for key, clauses in ctx.run.mapping.schemas.items()
        for clause in clauses
        if clause in ctx.run.clauses
    }
    speaking = {name for clause in wanted for name in ctx.run.operations_of(clause)}
    seen: dict[str, set[str]] = {}
    replies: dict[str, list[Exchange]] = {}
    missing: dict[str, PrerequisiteError] = {}
    silent: dict[str, NoReplyError] = {}
    for operation in ctx.contract.operations.values():
        if operation.method == "GET" and operation.id in speaking:
            try:
                lacking = ctx.lacking(operation)
                shown = [] if lacking else _shown(ctx, operation)
            except NoReplyError as error:
                silent[operation.id] = error
                continue
            if lacking is not None:
                missing[operation.id] = lacking
            for exchange in shown:
                replies.setdefault(operation.id, []).append(exchange)
                seen.setdefault(operation.id, set()).update(ctx.run.response_validator.components(operation, exchange))
    for key, clauses in ctx.run.mapping.schemas.items():
        for clause in clauses:
            operations = ctx.run.operations_of(clause) if clause in ctx.run.clauses else ()
            lacking = next((missing[name] for name in operations if name in missing), None)
            if any(name in replies for name in operations):
                _settle(ctx, clause, key, seen, replies)
            elif lacking is not None:
                ctx.unmet(clause, lacking)
            elif reason := next((silent[name] for name in operations if name in silent), None):
                ctx.unanswered(clause, reason)


def _shown(ctx: CheckContext, operation: Operation) -> list[Exchange]:
    """Replies in which an operation shows its objects: a large page, or a single object."""
    if operation.action == "list" or items_path(operation):
        size = min(operation.pagination.size.maximum, 100) if operation.pagination else None
        return [ctx.page(operation, page=1, size=size)]
    return [ctx.call(operation)]


def _settle(
    ctx: CheckContext, clause: str, key: str, seen: dict[str, set[str]], replies: dict[str, list[Exchange]]
) -> None:
    """Record whether there was an object to judge a clause by; violations are recorded with each reply."""
    operations = [name for name in ctx.run.operations_of(clause) if name in replies]
    component, _, member = key.partition(".")
    looked_for = component if not member or "+" in member else key
    found = [name for name in operations if looked_for in seen[name]]
    optional = bool(member) and not found and any(component in seen[name] for name in operations)
    evidence = [exchange for name in operations for exchange in replies[name]]
    ctx.holds(clause, evidence[:1], True, f"{looked_for} among the replies", "none", vacuous=not found and not optional)


@check("objects.agree", "objects.known", "objects.unique")
def lists_and_items_agree(ctx: CheckContext) -> None:
    """Every id is unique in its collection, and a single object is the same as in its list."""
    for operation in ctx.over("objects.known", "objects.unique", "objects.agree", when=_single):
        assert operation.resource is not None
        lister = ctx.lister(operation.resource)
        read = whole(ctx, lister, far=2)
        items, names = read.part, read.part_names
        ctx.need(items, f"the target has no {operation.resource}")
        page = read.pages[-1]
        ctx.holds(
            "objects.unique",
            page,
            len(set(names)) == len(names),
            "each id once in a list",
            f"{len(names) - len(set(names))} ids twice",
        )
        parameter = operation.path_parameters[-1]
        for item in ctx.random.sample(items, min(2, len(items))):
            own = ctx.identify(item, lister)
            exchange = ctx.call(operation, path={parameter: own})
            ctx.judge("objects.known", exchange, succeeds)
            alone = exchange.json if "data" not in (exchange.json or {}) else exchange.find("data")
            shown = ctx.identify(alone, lister)
            same = shown == own
            ctx.holds("objects.known", exchange, same, f"the object {own}", shown)
            shared = set(item) & set(alone) if isinstance(alone, dict) else set()
            moving = {"updated_at", *ctx.contract.resources[operation.resource].counts}
            differing = [name for name in sorted(shared - moving) if item[name] != alone[name]]
            ctx.holds("objects.unique", (page, exchange), same, f"the object {own}", shown)
            if same:
                wanted = "the object as its list shows it"
                ctx.holds("objects.agree", (page, exchange), not differing, wanted, f"{', '.join(differing)} differ")
            else:
                ctx.hidden("objects.agree", f"the object {own} of the list cannot be read by its id", exchange)


@check("objects.malformed", "objects.unknown")
def unknown_ids_are_not_found(ctx: CheckContext) -> None:
    """An id that does not exist is answered with 404."""
    operations = ctx.over("objects.unknown", "objects.malformed", when=lambda each: _reads(each) and "{" in each.path)
    for operation in ctx.some_of(operations):
        names = operation.path_parameters
        if ctx.asks("objects.unknown", operation):
            exchange = ctx.call(operation, path={names[-1]: unknown(ctx, operation, names[-1])})
            ctx.judge("objects.unknown", exchange, answers(404))
        if ctx.asks("objects.malformed", operation):
            ctx.judge("objects.malformed", ctx.call(operation, path={names[-1]: "understudy"}), answers(404))


@check("objects.timestamps", "objects.updated-after-created")
def timestamps_are_valid(ctx: CheckContext) -> None:
    """Timestamps have a time zone, and no object was updated before it was created."""
    for operation in ctx.over("objects.timestamps", "objects.updated-after-created", when=_reads):
        for exchange in _shown(ctx, operation):
            ctx.rely(exchange.succeeded, f"{exchange.label} did not succeed: {exchange.summary}", exchange)
            found = list(_times(exchange.json))
            bad = [f"{name} {brief(value)}" for name, value in found if moment(value) is None]
            ctx.holds(
                "objects.timestamps",
                exchange,
                not bad,
                "timestamps with a time zone",
                ", ".join(bad[:3]),
                vacuous=not found,
            )
            pairs = list(_pairs(exchange.json))
            early = [f"{brief(made)} and {brief(changed)}" for made, changed in pairs if not _ordered(made, changed)]
            ctx.holds(
                "objects.updated-after-created",
                exchange,
                not early,
                "updated_at not before created_at",
                ", ".join(early[:3]),
                vacuous=not pairs,
            )


def _times(value: Any) -> Iterator[tuple[str, Any]]:
    """Every text in a member whose name ends in _at or _on."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name.endswith(("_at", "_on")) and isinstance(part, str):
                yield name, part
            else:
                yield from _times(part)
    elif isinstance(value, list):
        for part in value:
            yield from _times(part)


def _pairs(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        if "created_at" in value and "updated_at" in value:
            yield value["created_at"], value["updated_at"]
        for part in value.values():
            yield from _pairs(part)
    elif isinstance(value, list):
        for part in value:
            yield from _pairs(part)


def _ordered(made: Any, changed: Any) -> bool:
    """Whether one moment is not after another; whether they can be read as moments is another matter."""
    one, other = instant(made), instant(changed)
    return one is None or other is None or one <= other


@check("ordering.created")
def lists_are_in_order(ctx: CheckContext) -> None:
    """A list is sorted by created_at, in one direction over all its pages."""
    for operation in ctx.over("ordering.created", when=lambda each: each.action == "list" and "{" not in each.path):
        read = whole(ctx, operation, far=4)
        times = [instant(attribute(item, "created_at")) for item in read.part]
        known = [each for each in times if each is not None]
        ctx.need(
            len(known) == len(times), f"objects of {operation.id} have no created_at to be sorted by", read.pages[0]
        )
        rising, falling = known == sorted(known), known == sorted(known, reverse=True)
        at = next((n for n in range(1, len(known)) if known[n] < known[n - 1]), 0)
        ctx.holds(
            "ordering.created",
            read.pages[:2],
            rising or falling,
            "created_at in one direction over all pages",
            f"{known[at]} after {known[at - 1]}" if at else "",
            vacuous=len(set(known)) < 3,
        )
