"""What the target held before a run with writes, so that the report can list what is no longer as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from understudy.conformance.evidence.errors import KitError, OutOfScopeError, PrerequisiteError
from understudy.conformance.evidence.exchange import NOTHING
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import Item, identify, identity_of, whole
from understudy.specs import Contract, Operation

NAME = "belongings"
#: The number of pages of a list that are compared.
FAR = 5
#: The number of members that are named where an object differs.
NAMED = 4


@dataclass(slots=True)
class Belongings:
    """What a target holds: (resource, id) -> the object as its list shows it; `whole` are resources that were read to the end.

    `shared` are ids that more than one object of a list has, so that they tell nothing of any of them.
    """

    objects: dict[tuple[str, str], Item] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    shared: set[tuple[str, str]] = field(default_factory=set)


def held(ctx: CheckContext) -> Belongings:
    """The objects in the lists that can be read without looking for a parent; what cannot be read is left out."""
    found = Belongings()
    for operation in ctx.contract.operations.values():
        if operation.action != "list" or operation.resource is None or not _direct(ctx, operation):
            continue
        names = identity_of(ctx.contract, operation)
        try:
            # With a method of its own a call is not judged: this is not a check.
            read = whole(ctx, operation, far=FAR, fresh=True, method=operation.method)
        except (KitError, OutOfScopeError, PrerequisiteError):
            continue
        if read.complete:
            found.whole.add(operation.resource)
        seen = Counter((operation.resource, identify(item, *names)) for item in read.part)
        found.shared |= {each for each, times in seen.items() if times > 1}
        for item in read.part:
            found.objects.setdefault((operation.resource, identify(item, *names)), item)
    return found


def _direct(ctx: CheckContext, operation: Operation) -> bool:
    return all(
        parameter.name in ctx.run.settings
        for parameter in operation.parameters
        if parameter.place == "path" or parameter.required
    )


def changed(contract: Contract, before: Belongings, after: Belongings) -> list[str]:
    """What the kit did not make and is not as it was before a run; objects that are new are not compared."""
    found = []
    for (resource, name), item in before.objects.items():
        now = after.objects.get((resource, name), NOTHING)
        if (resource, name) in before.shared | after.shared:
            continue
        if now is NOTHING:
            if resource in before.whole & after.whole:
                found.append(f"{resource} {name}, which the kit did not make, is no longer listed")
            continue
        counts = _counts(contract, resource)
        differing = [each for each in _differing(item, now) if each.rpartition(".")[2] not in counts]
        if differing:
            shown = ", ".join(differing[:NAMED]) + (", …" if len(differing) > NAMED else "")
            found.append(f"{resource} {name}, which the kit did not make, differs from before the run: {shown}")
    return found


def stayed(before: Belongings, after: Belongings, removed: Collection[str]) -> list[str]:
    """What a list shows of the objects that the kit made and removed again; `removed` has their ids."""
    return [
        f"{resource} {name}, which is listed although its removal was confirmed"
        for resource, name in after.objects
        if name in removed and (resource, name) not in before.objects
    ]


def _counts(contract: Contract, resource: str) -> frozenset[str]:
    """The members that count other objects."""
    known = contract.resources.get(resource)
    return frozenset(known.counts) if known else frozenset()


def _differing(one: Any, other: Any, before: str = "") -> list[str]:
    """The dotted names of members whose values differ."""
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)):
        return [] if one == other else [before.removeprefix(".") or "all of it"]
    names = dict.fromkeys([*one, *other])
    return [
        each
        for name in names
        for each in _differing(one.get(name, NOTHING), other.get(name, NOTHING), f"{before}.{name}")
    ]
