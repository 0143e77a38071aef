"""Whatever one part of a contract names, another part must have: each exception is reported by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from understudy.specs.contract import DUE_AT, Contract, Due, Operation, Pagination, Resource
from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.references import look_up, references, resolve
from understudy.specs.reading.template_names import names_in
from understudy.specs.reading.wording import nearest, pointer
from understudy.specs.seed import properties, value_faults

#: What a list can be ordered by besides the columns of its resource.
ORDERS = frozenset({"created", "id"})
#: The names that templates may use, as `specs/README.md` lists them.
ENVELOPE_NAMES = frozenset(
    ["items", "item_count", "count", "page", "pages", "size", "first", "last", "next", "previous", "self", "base"]
)
ERROR_NAMES = frozenset(
    ["title", "status", "status_text", "message", "messages", "word", "name", "pointer", "faults", "fields", "detail"]
)
FAULT_NAMES = ERROR_NAMES | {"sentence"}


def incoherences(contract: Contract) -> Iterator[str]:
    """Everything in the document that does not fit the rest of it, with its place."""
    yield from _errors(contract)
    for operation in contract.operations.values():
        place = pointer(("paths", operation.path, operation.method.lower()))
        yield from (f"{place}: {problem}" for problem in _operation(contract, operation))
    for resource in contract.resources.values():
        place = pointer(("x-resources", resource.name))
        yield from (f"{place}: {problem}" for problem in _resource(contract, resource))
    yield from _lost(contract)


def unknown_operations(contract: Contract) -> Iterator[str]:
    """Clauses of the register that name an operation that does not exist, and ids that occur twice."""
    seen: set[str] = set()
    for i, clause in enumerate(contract.clauses):
        if clause.id in seen:
            yield f"/{i}/id: clause {clause.id} occurs twice"
        seen.add(clause.id)
        for name in () if clause.operations == ("*",) else clause.operations:
            if name not in contract.operations:
                known = nearest(name, contract.operations)
                yield f"/{i}/operations: clause {clause.id} names an unknown operation {name!r}; {known}"


def unknown_in_rules(contract: Contract) -> Iterator[str]:
    """Rules that name a clause or a component that does not exist."""
    known = {clause.id for clause in contract.clauses}
    components = contract.schemas["components"]["schemas"]
    rules = contract.rules
    named = [(("aspects", *aspect.split(".", 1)), ids) for aspect, ids in rules.aspects.items()]
    named += [(("schemas", name), ids) for name, ids in rules.schemas.items()]
    named += [(("causes", clause), (clause, *ids)) for clause, ids in rules.causes.items()]
    for steps, ids in named:
        for each in ids:
            if each not in known:
                yield f"{pointer(steps)}: there is no clause {each!r}; {nearest(each, known)}"
    for name in rules.schemas:
        component = name.partition(".")[0]
        if component not in components:
            yield f"{pointer(('schemas', name))}: there is no schema {component!r}; {nearest(component, components)}"


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
    strict = document.get("x-trailing-slash", "strict") == "strict"
    for path in document["paths"]:
        plain = re.sub(r"\{[^}]*\}", "{}", path)
        first = paths.setdefault(plain if strict else plain.rstrip("/") or "/", path)
        if first.rstrip("/") == path.rstrip("/") and first != path:
            slash = document["x-trailing-slash"] if not strict else ""
            yield f"{pointer(('paths', path))}: it is the same path as {first!r} under x-trailing-slash: {slash}"
        elif first != path:
            yield f"{pointer(('paths', path))}: it is the same path as {first!r}, whatever its parameters are called"
    operations: dict[str, str] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, Mapping) and isinstance(operation.get("operationId"), str):
                place = f"{method.upper()} {path}"
                first = operations.setdefault(operation["operationId"], place)
                if first != place:
                    here = pointer(("paths", path, method))
                    yield f"{here}: the operationId {operation['operationId']!r} belongs to both {first} and {place}"


def _errors(contract: Contract) -> Iterator[str]:
    shape = contract.errors
    own: set[str] = set()
    for reason in shape.reasons.values():
        own |= {*reason, *(name for part in reason.values() if isinstance(part, Mapping) for name in part)}
    yield from _unknown("/x-errors/body:", shape.body, ERROR_NAMES | own)
    yield from _unknown("/x-errors/fault:", shape.fault, FAULT_NAMES | own)


def _unknown(place: str, template: Any, known: frozenset[str]) -> Iterator[str]:
    for name in sorted(names_in(template) - known):
        yield f"{place} {{{name}}} is used, which has no value. The names with a value are {', '.join(sorted(known))}"


def _operation(contract: Contract, operation: Operation) -> Iterator[str]:
    name = operation.id
    for what in _of_documents(operation):
        yield f"{name}: {what} is for documents that nobody prepared; here a function of the API does it"
    if str(operation.success) not in operation.responses:
        yield f"{name} succeeds with {operation.success}, which it does not declare"
    yield from (
        f"{name} asks for an unknown security scheme {scheme!r}"
        for scheme in operation.security
        if scheme not in contract.schemes
    )
    in_path = set(operation.path_parameters)
    if in_path != set(re.findall(r"\{([^}]+)\}", operation.path)):
        yield f"{name} does not declare exactly the parameters of {operation.path}"
    if operation.action == "list" and operation.pagination is None:
        yield f"{name} lists, but has no x-pagination"
    if operation.pagination is not None:
        yield from _unknown(f"the envelope of {name}:", operation.pagination.envelope, ENVELOPE_NAMES)
        # What an operation with a function of its own does with pages is up to that function.
        if operation.action == "list":
            yield from _paging(operation, operation.pagination)
    if operation.optional is not None and operation.optional not in _sent(contract, operation):
        yield f"{name} has neither a parameter nor a member {operation.optional!r}"
    if operation.resource is None:
        if operation.action != "custom":
            yield f"{name} needs a resource for the action {operation.action}"
    elif operation.resource not in contract.resources:
        yield f"{name} has an unknown resource {operation.resource!r}"
    else:
        yield from _selection(contract, operation, contract.resources[operation.resource], in_path)


def _of_documents(operation: Operation) -> Iterator[str]:
    """What of an operation only the engine of documents that nobody prepared does."""
    if operation.action not in {"list", "read", "create", "update", "delete", "custom"}:
        yield f"the action {operation.action}"
    for member in ("sort", "item", "effect"):
        if getattr(operation, member) is not None:
            yield member
    if operation.comparisons:
        yield "a filter that compares"
    if operation.pagination is not None and operation.pagination.cursor is not None:
        yield "a cursor"


def _paging(operation: Operation, pagination: Pagination) -> Iterator[str]:
    """What a list with pages must have."""
    if not pagination.items_at():
        yield f"the envelope of {operation.id} needs a member with the value '{{items}}', which holds the page"
    in_query = {p.name for p in operation.parameters if p.place == "query"}
    for part in ("page", "size", "offset"):
        options = getattr(pagination, part)
        for name in options.parameters if options is not None else ():
            if name not in in_query:
                yield f"x-pagination {part}: {operation.id} does not declare the query parameter {name!r}"


def _lost(contract: Contract) -> Iterator[str]:
    """References into a part of a schema that is written otherwise once it is read."""
    for place, node in references(contract.document.get("components", {}).get("schemas", {}), "/components/schemas"):
        try:
            look_up(contract.schemas, node["$ref"])
        except ContractError:
            yield f"{place}: {node['$ref']!r} leads into a combined schema; give that part a name of its own"


def _selection(contract: Contract, operation: Operation, resource: Resource, in_path: set[str]) -> Iterator[str]:
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
    if operation.action == "list":
        described = contract.document["paths"][operation.path][operation.method.lower()]["x-operation"]
        for parameter in sorted(in_path - set(described.get("within", {}))):
            yield (
                f"{name} lists below {{{parameter}}}, and x-operation does not say how that narrows the list; add within: "
                f"{{{parameter}: PROPERTY}}, or within: {{{parameter}: null}} if it does not"
            )
    for prop in operation.where:
        if prop not in indexed:
            yield f"{name} selects by {prop!r}, which {resource.name} does not index"
    order = operation.order.removeprefix("-")
    # A view may show a property under another name than the record has for it.
    if resource.view is None and order not in indexed | ORDERS:
        yield f"{name} orders by {order!r}, which {resource.name} does not index"


def _resource(contract: Contract, resource: Resource) -> Iterator[str]:
    name = resource.name
    for member in ("singleton", "key"):
        if getattr(resource, member):
            yield f"resource {name}: {member} is for documents that nobody prepared"
    schemas = contract.schemas["components"]["schemas"]
    if resource.schema is not None and resource.schema not in schemas:
        yield f"resource {name} has an unknown schema {resource.schema!r}"
        return
    shown = contract.members(schemas[resource.schema]) if resource.schema else frozenset()
    yield from _unknown(f"the view of {name}:", resource.view, _properties(contract, resource))
    yield from _unset(contract, resource)
    for prop, spec in resource.values.items():
        yield from value_faults(contract, resource, prop, spec, f"values{pointer((prop,))}")
    for due in resource.due:
        yield from _due(contract, resource, due)
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


def _due(contract: Contract, resource: Resource, due: Due) -> Iterator[str]:
    """What a moment changes names properties of the resource, and happens once."""
    known = _properties(contract, resource) - {DUE_AT}
    for prop in (due.at, *due.where, *due.set):
        if prop not in known:
            yield f"due {due.name}: {resource.name} has no property {prop!r}; {nearest(prop, known)}"
    for prop, spec in due.set.items():
        yield from value_faults(contract, resource, prop, spec, f"due{pointer((due.name, 'set', prop))}")
    if all(_stays(due.set.get(prop, wanted), wanted) for prop, wanted in due.where.items()):
        names = " or ".join(due.where)
        yield f"due {due.name}: set must change {names}, so that where no longer fits and nothing happens twice"


def _stays(value: Any, wanted: Any) -> bool:
    """Whether a property that fitted a condition may fit it still once it has a value."""
    return isinstance(value, Mapping) or (value in wanted if isinstance(wanted, list) else value == wanted)


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
    names = {"base", *properties(contract, replace(resource, view=None))}
    for population in contract.seed["populations"]:
        if population["resource"] == resource.name:
            names = names.union(population.get("values", {}), *population.get("records", ()))
    return frozenset(names)


def _sent(contract: Contract, operation: Operation) -> set[str]:
    names = {p.name for p in operation.parameters if p.place == "query"}
    return names.union(*(contract.members(schema) for schema in operation.body.values()))
