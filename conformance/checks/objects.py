"""What objects look like, wherever they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from understudy.conformance.checks.paging import whole
from understudy.conformance.checks.tenancy import unknown
from understudy.conformance.evidence.errors import Unmet
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, brief, moment, succeeds
from understudy.conformance.judging.context import Trial, attribute, identify, where_items
from understudy.conformance.judging.registry import check
from understudy.specs import Operation


def _reads(operation: Operation) -> bool:
    return operation.method == "GET"


def _single(operation: Operation) -> bool:
    return operation.action == "read" and "{" in operation.path


@check(schemas=True)
def objects_have_their_shape(t: Trial) -> None:
    """Every object in lists and by itself has the members that the contract promises, in their types and formats."""
    wanted = {
        clause: key for key, clauses in t.run.mapping.schemas.items() for clause in clauses if clause in t.run.clauses
    }
    speaking = {name for clause in wanted for name in t.run.operations_of(clause)}
    seen: dict[str, set[str]] = {}
    replies: dict[str, list[Exchange]] = {}
    missing: dict[str, Unmet] = {}
    for operation in t.contract.operations.values():
        if operation.method == "GET" and operation.id in speaking:
            lacking = t.lacking(operation)
            if lacking is not None:
                missing[operation.id] = lacking
                continue
            for exchange in _shown(t, operation):
                replies.setdefault(operation.id, []).append(exchange)
                seen.setdefault(operation.id, set()).update(t.run.oracle.components(operation, exchange))
    for key, clauses in t.run.mapping.schemas.items():
        for clause in clauses:
            operations = t.run.operations_of(clause) if clause in t.run.clauses else ()
            lacking = next((missing[name] for name in operations if name in missing), None)
            if any(name in replies for name in operations):
                _settle(t, clause, key, seen, replies)
            elif lacking is not None:
                t.unmet(clause, lacking)


def _shown(t: Trial, operation: Operation) -> list[Exchange]:
    """Replies in which an operation shows its objects: a large page, or a few single ones."""
    if operation.action == "list" or where_items(operation):
        size = min(operation.pagination.size.maximum, 100) if operation.pagination else None
        return [t.page(operation, page=1, size=size)]
    return [t.call(operation)]


def _settle(t: Trial, clause: str, key: str, seen: dict[str, set[str]], replies: dict[str, list[Exchange]]) -> None:
    """Violations are recorded as they are met; here a clause is told whether there was anything to look at."""
    operations = [name for name in t.run.operations_of(clause) if name in replies]
    component, _, member = key.partition(".")
    looked_for = component if not member or "+" in member else key
    found = [name for name in operations if looked_for in seen[name]]
    optional = bool(member) and not found and any(component in seen[name] for name in operations)
    evidence = [exchange for name in operations for exchange in replies[name]]
    t.holds(clause, evidence[:1], True, f"{looked_for} among the replies", "none", vacuous=not found and not optional)


@check()
def lists_and_items_agree(t: Trial) -> None:
    """Every id is unique in its collection, and an object by itself is the same as in its list."""
    for operation in t.over("objects.known", "objects.unique", when=_single):
        assert operation.resource is not None
        lister = t.lister(operation.resource)
        items = t.listed(lister)
        t.need(items, f"the target has no {operation.resource}")
        names = [identify(item) for item in items]
        page = t.exchanges[-1]
        t.holds(
            "objects.unique",
            page,
            len(set(names)) == len(names),
            "no id twice in a list",
            f"{len(names) - len(set(names))} ids twice",
        )
        parameter = [p.name for p in operation.parameters if p.place == "path"][-1]
        for item in t.random.sample(items, min(2, len(items))):
            exchange = t.call(operation, path={parameter: identify(item)})
            t.judge("objects.known", exchange, succeeds)
            alone = exchange.json if "data" not in (exchange.json or {}) else exchange.find("data")
            same = identify(alone) == identify(item)
            t.holds("objects.known", exchange, same, f"the object {identify(item)}", identify(alone))
            shared = set(item) & set(alone) if isinstance(alone, dict) else set()
            differing = [name for name in sorted(shared) if item[name] != alone[name]]
            t.holds(
                "objects.unique",
                (page, exchange),
                same and not differing,
                "the object as its list shows it",
                f"{', '.join(differing)} differ" if differing else identify(alone),
            )


@check()
def unknown_ids_are_missing(t: Trial) -> None:
    """An id that no object has is answered with 404."""
    operations = t.over("objects.unknown", "objects.malformed", when=lambda each: _reads(each) and "{" in each.path)
    for operation in t.some_of(operations):
        names = [p.name for p in operation.parameters if p.place == "path"]
        if t.asks("objects.unknown", operation):
            exchange = t.call(operation, path={names[-1]: unknown(t, operation, names[-1])})
            t.judge("objects.unknown", exchange, answers(404))
        if t.asks("objects.malformed", operation):
            t.judge("objects.malformed", t.call(operation, path={names[-1]: "understudy"}), answers(404))


@check()
def times_are_times(t: Trial) -> None:
    """Timestamps name a moment with its zone, and nothing changed before it was made."""
    for operation in t.over("objects.timestamps", "objects.updated-after-created", when=_reads):
        for exchange in _shown(t, operation):
            t.rely(exchange.succeeded, f"{exchange.told} is no success: {exchange.shortly}", exchange)
            found = list(_times(exchange.json))
            bad = [f"{name} {brief(value)}" for name, value in found if moment(value) is None]
            t.holds(
                "objects.timestamps",
                exchange,
                not bad,
                "dates with time and zone",
                ", ".join(bad[:3]),
                vacuous=not found,
            )
            pairs = list(_pairs(exchange.json))
            early = [f"{brief(made)} and {brief(changed)}" for made, changed in pairs if not _ordered(made, changed)]
            t.holds(
                "objects.updated-after-created",
                exchange,
                not early,
                "updated_at not before created_at",
                ", ".join(early[:3]),
                vacuous=not pairs,
            )


def _times(value: Any) -> Iterator[tuple[str, Any]]:
    """Every value under a name that ends in _at or _on, null aside."""
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
    one, other = moment(made), moment(changed)
    return one is not None and other is not None and one <= other


@check()
def lists_are_in_order(t: Trial) -> None:
    """A list sorted by the time of making goes one way, over all its pages."""
    for operation in t.over("ordering.created", when=lambda each: each.action == "list" and "{" not in each.path):
        read = whole(t, operation, far=4)
        times = [moment(attribute(item, "created_at")) for item in read.items]
        known = [each for each in times if each is not None]
        t.need(len(known) == len(times), f"objects of {operation.id} have no created_at to be sorted by", read.pages[0])
        rising, falling = known == sorted(known), known == sorted(known, reverse=True)
        at = next((n for n in range(1, len(known)) if known[n] < known[n - 1]), 0)
        t.holds(
            "ordering.created",
            read.pages[:2],
            rising or falling,
            "created_at going one way over all pages",
            f"{known[at]} after {known[at - 1]}" if at else "",
            vacuous=len(set(known)) < 3,
        )
