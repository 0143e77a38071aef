"""Finds the objects that a check needs among those that the target already has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from understudy.conformance.evidence.errors import PrerequisiteError
from understudy.conformance.judging.context import CheckContext, items_path, remedy_for
from understudy.conformance.judging.lists import identify, identity_of, whole
from understudy.conformance.judging.supply import supply
from understudy.conformance.scope.defaults import resource_name
from understudy.specs import Contract, Operation

Finder = Callable[[CheckContext], str]
#: (API, `operation.parameter` or `parameter`) -> the function that finds its value.
_FINDERS: dict[tuple[str, str], Finder] = {}
#: The number of parents that are examined to find the one with most children.
PARENTS = 3
#: How many objects of a resource are made if there is none.
FEWEST = 2
#: Of a long list the objects on this many pages are enough to choose from.
FEW = 3


def finder(api: str, *parameters: str) -> Callable[[Finder], Finder]:
    """Register a function that finds the value of parameters (`panel_id`, or `list_events.id` for one operation)."""

    def register(function: Finder) -> Finder:
        for parameter in parameters:
            _FINDERS[api, parameter] = function
        return function

    return register


class ObjectFinder:
    """Finds objects and remembers them. Objects that a check itself created are never used, as they will be removed."""

    def __init__(self, contract: Contract, settings: Any) -> None:
        self._contract = contract
        self._settings = settings
        self._values: dict[str, str] = {}
        self._existing: dict[str, list[Any]] = {}

    def value(self, ctx: CheckContext, operation: Operation, parameter: str) -> str:
        """The value for a parameter of an operation; raises PrerequisiteError if none is found."""
        names = (f"{operation.id}.{parameter}", parameter)
        for name in names:
            if name in self._settings:
                return str(self._settings[name])
        if names[0] not in self._values:
            find = next((_FINDERS[ctx.contract.api, n] for n in names if (ctx.contract.api, n) in _FINDERS), None)
            found = find(ctx) if find else self._generic(ctx, operation, parameter)
            self._values[names[0]] = found
        return self._values[names[0]]

    def _generic(self, ctx: CheckContext, operation: Operation, parameter: str) -> str:
        resource = self.resource_of(operation, parameter)
        if resource is None:
            choices = next((each.schema.get("enum") for each in operation.parameters if each.name == parameter), None)
            if choices:
                return str(choices[0])
            raise PrerequisiteError(
                f"the kit does not know where to find {parameter} of {operation.id}",
                remedy=f"name one with --set {parameter}=VALUE",
            )
        found = self.existing(ctx, resource)
        if not found:
            raise PrerequisiteError(
                f"the target has no {resource}, so there is no {parameter} for {operation.id}",
                remedy=remedy_for(resource, _setting(operation, parameter)),
            )
        if operation.action != "list":
            return self.id_of(resource, ctx.random.choice(found))
        # The parent with most children shows most.
        names = [self.id_of(resource, each) for each in found[:PARENTS]]
        counted = {name: self._children(ctx, operation, parameter, name) for name in names}
        return max(counted, key=lambda name: counted[name])

    def _children(self, ctx: CheckContext, operation: Operation, parameter: str, value: str) -> int:
        exchange = ctx.page(
            operation, size=operation.pagination and operation.pagination.size.maximum, path={parameter: value}
        )
        items: Any = exchange.find(*items_path(operation))
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
        """The ids of all objects found so far."""
        ids = {self.id_of(resource, item) for resource, items in self._existing.items() for item in items}
        return ids | set(self._values.values())

    def id_of(self, resource: str, item: Any) -> str:
        """The id of an object of a resource, as its list shows it."""
        return identify(item, *identity_of(self._contract, self.lister(resource)))

    def lister(self, resource: str) -> Operation:
        """The operation that lists a resource without a parent; raises PrerequisiteError if there is none."""
        for operation in self._contract.operations.values():
            needs = [
                p for p in operation.parameters if p.place == "path" or (p.required and p.name not in self._settings)
            ]
            if operation.resource == resource and operation.action == "list" and not needs:
                return operation
        raise PrerequisiteError(f"no operation lists {resource} objects without further parameters")

    def existing(self, ctx: CheckContext, resource: str) -> list[Any]:
        """Objects of a resource that the target had before the run, of a very long list those that come first.

        If it has none, and the run may write, a few are made that stay until its end.
        """
        if resource not in self._existing:
            operation = self.lister(resource)
            query = {
                p.name: self._settings[p.name] for p in operation.parameters if p.required and p.name in self._settings
            }
            self._existing[resource] = whole(ctx, operation, far=FEW, query=query).part
            if not self._lasting(ctx, resource) and supply(ctx, operation, FEWEST):
                self._existing[resource] = whole(ctx, operation, far=FEW, query=query).part
        return self._lasting(ctx, resource)

    def _lasting(self, ctx: CheckContext, resource: str) -> list[Any]:
        temporary = ctx.run.cleanup.temporary
        return [item for item in self._existing[resource] if self.id_of(resource, item) not in temporary]


def _setting(operation: Operation, parameter: str) -> str:
    """The setting that names an object for an operation; `id` alone would stand for objects of every kind."""
    return f"{operation.id}.{parameter}" if parameter == "id" else parameter
