"""Whatever one part of a contract names, another part must have: each exception is reported by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from understudy.specs.contract import Contract, Operation, Resource
from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.references import references, resolve
from understudy.specs.reading.template_names import names_in

#: What a list can be ordered by besides the columns of its resource.
ORDERS = frozenset({"created", "id"})
#: The names that templates may use, as `specs/README.md` lists them.
ENVELOPE_NAMES = frozenset(
    ["items", "item_count", "count", "page", "pages", "size", "first", "last", "next", "previous", "self", "base"]
)
ERROR_NAMES = frozenset(["title", "status", "status_text", "message", "name", "pointer", "faults", "fields", "detail"])
FAULT_NAMES = ERROR_NAMES | {"sentence"}


def incoherences(contract: Contract) -> Iterator[str]:
    """Everything that is named and not there, in the order of the document."""
    yield from _errors(contract)
    for operation in contract.operations.values():
        yield from _operation(contract, operation)
    for resource in contract.resources.values():
        yield from _resource(contract, resource)
    for population in contract.seed["populations"]:
        if population["resource"] not in contract.resources:
            yield f"population {population['name']} is of an unknown resource {population['resource']!r}"


def dangling(document: Mapping[str, Any]) -> Iterator[str]:
    """Every reference of a document to something that it does not have, or back to itself."""
    for place, node in references(document):
        try:
            resolve(document, node)
        except ContractError as error:
            yield f"{place}: {error}"


def duplicates(document: Mapping[str, Any]) -> Iterator[str]:
    """Paths that differ in the names of their parameters alone, and operationIds that occur twice."""
    paths: dict[str, str] = {}
    for path in document["paths"]:
        first = paths.setdefault(re.sub(r"\{[^}]*\}", "{}", path), path)
        if first != path:
            yield f"paths: {first!r} and {path!r} are the same path, whatever their parameters are called"
    operations: dict[str, str] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, Mapping) and isinstance(operation.get("operationId"), str):
                place = f"{method.upper()} {path}"
                first = operations.setdefault(operation["operationId"], place)
                if first != place:
                    yield f"the operationId {operation['operationId']!r} belongs to both {first} and {place}"


def _errors(contract: Contract) -> Iterator[str]:
    shape = contract.errors
    own: set[str] = set()
    for reason in shape.reasons.values():
        own |= {*reason, *(name for part in reason.values() if isinstance(part, Mapping) for name in part)}
    yield from _unknown("x-errors/body", shape.body, ERROR_NAMES | own)
    yield from _unknown("x-errors/fault", shape.fault, FAULT_NAMES | own)


def _unknown(place: str, template: Any, known: frozenset[str]) -> Iterator[str]:
    for name in sorted(names_in(template) - known):
        yield f"{place} uses {{{name}}}, which has no value. The names with a value are {', '.join(sorted(known))}"


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
        yield f"{name} lists, but has no x-pagination"
    if operation.pagination is not None:
        yield from _unknown(f"the envelope of {name}", operation.pagination.envelope, ENVELOPE_NAMES)
    if operation.optional is not None and operation.optional not in _sent(contract, operation):
        yield f"{name} has neither a parameter nor a member {operation.optional!r}"
    if operation.resource is None:
        if operation.action != "custom":
            yield f"{name} needs a resource for the action {operation.action}"
    elif operation.resource not in contract.resources:
        yield f"{name} has an unknown resource {operation.resource!r}"
    else:
        yield from _selection(operation, contract.resources[operation.resource], in_path)


def _selection(operation: Operation, resource: Resource, in_path: Iterable[str]) -> Iterator[str]:
    """What an annotation says of the records that are meant."""
    name = operation.id
    in_query = {p.name for p in operation.parameters if p.place == "query"}
    indexed = {*resource.columns(), resource.identity.property}
    for parameter, prop in operation.filters.items():
        if parameter not in in_query:
            yield f"{name} filters by an unknown parameter {parameter!r}"
        if prop not in indexed:
            yield f"{name} filters by {prop!r}, which {resource.name} does not index"
    for parameter, prop in operation.within.items():
        if parameter not in in_path:
            yield f"{name} lies within an unknown parameter {parameter!r}"
        if prop not in resource.references:
            yield f"{name} lies within {prop!r}, which is not a reference of {resource.name}"
    for prop in operation.where:
        if prop not in indexed:
            yield f"{name} selects by {prop!r}, which {resource.name} does not index"
    order = operation.order.removeprefix("-")
    # A view may show a property under another name than the record has for it.
    if resource.view is None and order not in indexed | ORDERS:
        yield f"{name} orders by {order!r}, which {resource.name} does not index"


def _resource(contract: Contract, resource: Resource) -> Iterator[str]:
    name = resource.name
    schemas = contract.schemas["components"]["schemas"]
    if resource.schema is not None and resource.schema not in schemas:
        yield f"resource {name} has an unknown schema {resource.schema!r}"
        return
    shown = contract.members(schemas[resource.schema]) if resource.schema else frozenset()
    yield from _unknown(f"the view of {name}", resource.view, _properties(contract, resource))
    yield from _unset(contract, resource)
    for prop, reference in resource.references.items():
        if reference.resource not in contract.resources:
            yield f"{name}.{prop} refers to an unknown resource {reference.resource!r}"
    for prop, aims in resource.mentions.items():
        yield from (
            f"{name}.{prop} mentions an unknown resource {aim!r}" for aim in aims if aim not in contract.resources
        )
    for prop, reference_name in resource.embeds.items():
        if reference_name not in resource.references:
            yield f"{name}.{prop} embeds {reference_name!r}, which is not a reference"
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


def _unset(contract: Contract, resource: Resource) -> Iterator[str]:
    """Members that every new record must show and nothing gives a value."""
    creating = [op for op in contract.operations.values() if op.action == "create" and op.resource == resource.name]
    if resource.schema is None or not creating:
        return
    required = contract.required(contract.schemas["components"]["schemas"][resource.schema])
    set_by_us = {resource.identity.property, *resource.values, *resource.embeds, *resource.counts}
    if resource.owner is not None:
        set_by_us.add(resource.owner)
    for operation in creating:
        bodies = [contract.required(schema) for schema in operation.body.values()]
        sent = frozenset.intersection(*bodies) if bodies else frozenset[str]()
        if resource.view is None:
            given = (set_by_us | sent | set(operation.within.values())) - resource.hidden()
        elif isinstance(resource.view, Mapping):
            given = set(resource.view)
        else:
            return
        for name in sorted(required - given):
            if resource.view is None and name in resource.hidden():
                reason = "is hidden unless a client opts in"
            else:
                reason = "nothing sets: neither a value, a view, a parent in the path nor a required member of its body"
            yield f"the schema {resource.schema} requires {name!r}, which {reason} ({operation.id})"


def _properties(contract: Contract, resource: Resource) -> frozenset[str]:
    """Every property that a record may have, and what is put in beside it when it is shown."""
    names = {"base", resource.identity.property, *resource.columns(), *resource.values, *resource.mentions}
    names |= {*resource.embeds, *resource.counts, *resource.kept.get("properties", {})}
    for operation in contract.operations.values():
        if operation.resource == resource.name:
            names = names.union(*(contract.members(schema) for schema in operation.body.values()))
    for population in contract.seed["populations"]:
        if population["resource"] == resource.name:
            names = names.union(population.get("values", {}), *population.get("records", ()))
    return frozenset(names)


def _sent(contract: Contract, operation: Operation) -> set[str]:
    names = {p.name for p in operation.parameters if p.place == "query"}
    return names.union(*(contract.members(schema) for schema in operation.body.values()))
