"""Whatever one part of a contract names, another part must have: each exception is told by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from understudy.specs.contract import Contract, Operation, Resource

#: What a list can be ordered by besides the columns of its resource.
ORDERS = frozenset({"created", "id"})


def incoherences(contract: Contract) -> Iterator[str]:
    """Everything that is named and not there, in the order of the document."""
    for operation in contract.operations.values():
        yield from _operation(contract, operation)
    for resource in contract.resources.values():
        yield from _resource(contract, resource)
    for population in contract.seed["populations"]:
        if population["resource"] not in contract.resources:
            yield f"population {population['name']} is of an unknown resource {population['resource']!r}"


def dangling(document: Mapping[str, Any]) -> Iterator[str]:
    """Every reference of a document to something that it does not have."""
    for place, reference in _references(document, ""):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, Mapping) else None
        if found is None:
            yield f"{place}: nothing stands at {reference!r}"


def _references(node: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield place, node["$ref"]
        for name, part in node.items():
            yield from _references(part, f"{place}/{name}")
    elif isinstance(node, list):
        for i, part in enumerate(node):
            yield from _references(part, f"{place}/{i}")


def _operation(contract: Contract, operation: Operation) -> Iterator[str]:
    name = operation.id
    if str(operation.success) not in operation.responses:
        yield f"{name} succeeds with {operation.success}, which it does not declare"
    yield from (
        f"{name} asks for an unknown security scheme {scheme!r}"
        for scheme in operation.security
        if scheme not in contract.schemes
    )
    in_path = {p.name for p in operation.parameters if p.place == "path"}
    if in_path != set(re.findall(r"\{([^}]+)\}", operation.path)):
        yield f"{name} does not declare exactly the parameters of {operation.path}"
    if operation.action == "list" and operation.pagination is None:
        yield f"{name} lists, but nothing says how it pages"
    if operation.optional is not None and operation.optional not in _sent(contract, operation):
        yield f"{name} has neither a parameter nor a member {operation.optional!r}"
    if operation.resource is None:
        if operation.action != "custom":
            yield f"{name} needs a resource for the action {operation.action}"
    elif operation.resource not in contract.resources:
        yield f"{name} is about an unknown resource {operation.resource!r}"
    else:
        yield from _selection(operation, contract.resources[operation.resource], in_path)


def _selection(operation: Operation, resource: Resource, in_path: Iterable[str]) -> Iterator[str]:
    """What an annotation says of the records that are meant."""
    name = operation.id
    in_query = {p.name for p in operation.parameters if p.place == "query"}
    kept = {*resource.columns(), resource.identity.property}
    for parameter, prop in operation.filters.items():
        if parameter not in in_query:
            yield f"{name} filters by an unknown parameter {parameter!r}"
        if prop not in kept:
            yield f"{name} filters by {prop!r}, which {resource.name} does not index"
    for parameter, prop in operation.within.items():
        if parameter not in in_path:
            yield f"{name} lies within an unknown parameter {parameter!r}"
        if prop not in resource.references:
            yield f"{name} lies within {prop!r}, which is no reference of {resource.name}"
    for prop in operation.where:
        if prop not in kept:
            yield f"{name} keeps those with {prop!r}, which {resource.name} does not index"
    order = operation.order.removeprefix("-")
    # A view of its own may show a property that the record keeps elsewhere.
    if resource.view is None and order not in kept | ORDERS:
        yield f"{name} orders by {order!r}, which {resource.name} does not index"


def _resource(contract: Contract, resource: Resource) -> Iterator[str]:
    name = resource.name
    schemas = contract.schemas["components"]["schemas"]
    if resource.schema is not None and resource.schema not in schemas:
        yield f"resource {name} has an unknown schema {resource.schema!r}"
        return
    shown = contract.members(schemas[resource.schema]) if resource.schema else frozenset()
    for prop, reference in resource.references.items():
        if reference.resource not in contract.resources:
            yield f"{name}.{prop} refers to an unknown resource {reference.resource!r}"
    for prop, aims in resource.mentions.items():
        yield from (
            f"{name}.{prop} mentions an unknown resource {aim!r}" for aim in aims if aim not in contract.resources
        )
    for prop, reference_name in resource.embeds.items():
        if reference_name not in resource.references:
            yield f"{name}.{prop} embeds {reference_name!r}, which is no reference"
    if resource.view is None:
        for prop in [*resource.embeds, *resource.counts, *sorted(resource.hidden())]:
            if prop not in shown:
                yield f"{name} shows {prop!r}, which {resource.schema} does not have"
    for prop, count in resource.counts.items():
        counted = contract.resources.get(count.resource)
        if counted is None:
            yield f"{name}.{prop} counts an unknown resource {count.resource!r}"
        else:
            yield from (
                f"{name}.{prop} counts by {by!r}, which {counted.name} does not index"
                for by in (count.by, *count.where)
                if by not in counted.columns()
            )


def _sent(contract: Contract, operation: Operation) -> set[str]:
    names = {p.name for p in operation.parameters if p.place == "query"}
    return names.union(*(contract.members(schema) for schema in operation.body.values()))
