"""Finds what a check needs among the objects that the target already holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from understudy.conformance.evidence.errors import Unmet
from understudy.conformance.evidence.exchange import NOTHING
from understudy.conformance.judging.context import Trial, identify, made_there, where_items
from understudy.conformance.scope.defaults import resource_name
from understudy.specs import Contract, Operation

Finder = Callable[[Trial], str]
#: (API, `operation.parameter` or `parameter`) -> how its value is found.
_FINDERS: dict[tuple[str, str], Finder] = {}
#: So many parents are looked at to find one with children.
PARENTS = 3


def place(api: str, *parameters: str) -> Callable[[Finder], Finder]:
    """Have a function find the value of parameters (`panel_id`, or `list_events.id` for one operation alone)."""

    def register(finder: Finder) -> Finder:
        for parameter in parameters:
            _FINDERS[api, parameter] = finder
        return finder

    return register


class Places:
    """What has been found so far. Objects that the run itself made are never handed out: they do not last."""

    def __init__(self, contract: Contract, settings: Any) -> None:
        self._contract = contract
        self._settings = settings
        self._values: dict[str, str] = {}
        self._existing: dict[str, list[Any]] = {}

    def value(self, trial: Trial, operation: Operation, parameter: str) -> str:
        """The value for a parameter of an operation; raises Unmet when there is none to be found."""
        names = (f"{operation.id}.{parameter}", parameter)
        for name in names:
            if name in self._settings:
                return str(self._settings[name])
        if names[0] not in self._values:
            finder = next((_FINDERS[trial.contract.api, n] for n in names if (trial.contract.api, n) in _FINDERS), None)
            found = finder(trial) if finder else self._generic(trial, operation, parameter)
            self._values[names[0]] = found
        return self._values[names[0]]

    def _generic(self, trial: Trial, operation: Operation, parameter: str) -> str:
        resource = self.resource_of(operation, parameter)
        if resource is None:
            raise Unmet(
                f"the kit does not know what {parameter} of {operation.id} stands for",
                remedy=f"name one with --set {parameter}=VALUE",
            )
        found = self.existing(trial, resource)
        if not found:
            raise Unmet(
                f"the target has no {resource}, so there is no {parameter} for {operation.id}",
                remedy=made_there(resource, _setting(operation, parameter)),
            )
        if operation.action != "list":
            return identify(trial.random.choice(found))
        # A parent with many children shows more.
        counted = {
            identify(each): self._children(trial, operation, parameter, identify(each)) for each in found[:PARENTS]
        }
        return max(counted, key=lambda name: counted[name])

    def _children(self, trial: Trial, operation: Operation, parameter: str, value: str) -> int:
        exchange = trial.page(
            operation, size=operation.pagination and operation.pagination.size.maximum, path={parameter: value}
        )
        items: Any = exchange.find(*where_items(operation))
        return len(items) if isinstance(items, list) else 0

    def resource_of(self, operation: Operation, parameter: str) -> str | None:
        """The resource that a path parameter names."""
        name = resource_name(parameter)
        if name in self._contract.resources:
            return name
        inside = operation.within.get(parameter)
        if inside is not None and operation.resource is not None:
            reference = self._contract.resources[operation.resource].references.get(inside)
            return reference.resource if reference else None
        return operation.resource

    @property
    def known(self) -> set[str]:
        """The ids of all objects that were found so far."""
        return {identify(item) for items in self._existing.values() for item in items} | set(self._values.values())

    def lister(self, resource: str) -> Operation:
        """The operation that lists a resource without a parent; raises Unmet when there is none."""
        for operation in self._contract.operations.values():
            needs = [
                p for p in operation.parameters if p.place == "path" or (p.required and p.name not in self._settings)
            ]
            if operation.resource == resource and operation.action == "list" and not needs:
                return operation
        raise Unmet(f"no operation lists {resource} objects without knowing more")

    def existing(self, trial: Trial, resource: str) -> list[Any]:
        """Objects of a resource that the target held before the run."""
        if resource not in self._existing:
            operation = self.lister(resource)
            query = {
                p.name: self._settings[p.name] for p in operation.parameters if p.required and p.name in self._settings
            }
            self._existing[resource] = trial.listed(operation, query=query)
        made = trial.run.ledger.made
        return [item for item in self._existing[resource] if item is not NOTHING and identify(item) not in made]


def _setting(operation: Operation, parameter: str) -> str:
    """The setting that names an object for an operation; `id` alone would be one for objects of every kind."""
    return f"{operation.id}.{parameter}" if parameter == "id" else parameter
