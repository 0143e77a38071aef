"""Whether the values of a seed, and those that the server sets, can be what the contract's schemas say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

import jsonschema_rs

from understudy.specs.contract import Contract, Resource
from understudy.specs.reading.references import resolve
from understudy.specs.reading.template_names import names_in
from understudy.specs.reading.wording import KINDS, nearest, pointer, quoted, sentence

#: Generator -> the JSON type of what it makes, where that is always the same.
MAKES = {
    **dict.fromkeys(("after", "changed", "code", "date", "first_word", "now", "pool"), "string"),
    **dict.fromkeys(("time", "timestamp", "token"), "string"),
    **dict.fromkeys(("chance", "holds"), "boolean"),
    **dict.fromkeys(("list", "sample"), "array"),
    "integer": "integer",
    "decimal": "number",
    "object": "object",
}
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?::(?:slug|first))?\}")


def seed_faults(contract: Contract, helpers: frozenset[str] = frozenset()) -> Iterator[str]:
    """What is wrong with the seed of a contract, each with its place in `seed.yaml`.

    `helpers` are properties that are known besides those that the contract names and other values are made from.
    """
    try:
        datetime.fromisoformat(contract.seed["epoch"])
    except ValueError:
        yield f"/epoch: {contract.seed['epoch']!r} is not a date-time with a day and an hour that exist"
        return
    helpers |= helper_names(contract)
    earlier: dict[str, Mapping[str, Any]] = {}
    ids: set[tuple[str, str]] = set()
    for i, population in enumerate(contract.seed["populations"]):
        place = pointer(("populations", i))
        if population["name"] in earlier:
            yield f"{place}/name: there are two populations {population['name']!r}"
        resource = contract.resources.get(population["resource"])
        if resource is None:
            unknown = population["resource"]
            yield f"{place}/resource: there is no resource {unknown!r}; {nearest(unknown, contract.resources)}"
            continue
        parts = [(f"{place}/values", population.get("values", {}))]
        parts += [(f"{place}/records/{n}", record) for n, record in enumerate(population.get("records", ()))]
        given = frozenset(chain.from_iterable(values for _, values in parts))
        named = properties(contract, resource)
        known = named | helpers
        for where, values in parts:
            for name, spec in values.items():
                here = f"{where}{pointer((name,))}"
                if resource.schema is not None and name not in known:
                    yield f"{here}: {resource.name} has no property {name!r}; {nearest(name, known)}"
                yield from value_faults(contract, resource, name, spec, here)
                yield from _names(spec, named | given, here)
                yield from _references(contract, resource, name, spec, earlier, here)
        yield from _same_ids(resource, population, ids, place)
        earlier[population["name"]] = population


def helper_names(contract: Contract) -> frozenset[str]:
    """The properties that values of the seed are made from."""
    return frozenset(chain.from_iterable(map(_asked_for, _generators(contract.seed["populations"]))))


def properties(contract: Contract, resource: Resource) -> frozenset[str]:
    """The properties that a contract names for the records of a resource."""
    names = {resource.identity.property, *resource.columns(), *resource.values, *resource.mentions}
    names |= {*resource.embeds, *resource.counts, *resource.kept.get("properties", {}), "created_at"}
    names |= names_in(resource.view)
    if resource.schema is not None:
        names |= contract.members(contract.schemas["components"]["schemas"][resource.schema])
    for operation in contract.operations.values():
        if operation.resource == resource.name:
            names = names.union(*(contract.members(schema) for schema in operation.body.values()))
    for spec in _generators(resource.values):
        names |= _asked_for(spec)
    return frozenset(names)


def value_faults(contract: Contract, resource: Resource, name: str, spec: Any, place: str) -> Iterator[str]:
    """Where the value of a property cannot fit the schema that the contract has for it."""
    for generator in _generators(spec):
        yield from _ranges(generator, place)
    schemas = [resource.kept.get("properties", {}).get(name)]
    if resource.view is None and resource.schema is not None:
        whole = contract.schemas["components"]["schemas"][resource.schema]
        schemas += [part.get("properties", {}).get(name) for part in contract.parts(whole, ("allOf",))]
    for schema in schemas:
        if schema is not None:
            yield from _misfits(contract, schema, name, spec, place)


def _misfits(contract: Contract, schema: Mapping[str, Any], name: str, spec: Any, place: str) -> Iterator[str]:
    kind, options = _generator(spec)
    if kind in {"cycle", "choice"}:
        for entry in options:
            yield from _misfits(contract, schema, name, entry, place)
    elif kind == "maybe":
        yield from _misfits(contract, schema, name, options["of"], place)
        yield from _misfits(contract, schema, name, None, place)
    elif kind == "const":
        registry = jsonschema_rs.Registry([(contract.uri, contract.schemas)])
        validator = jsonschema_rs.Draft202012Validator(dict(schema), registry=registry, validate_formats=True)
        for error in validator.iter_errors(options):
            what = f"the schema of {name} does not allow {quoted(options)}"
            yield f"{place}: {what}: {sentence(error, {}) if error.kind.name == 'type' else error.message}"
            return
    else:
        makes, accepted = _made(kind, options), _types(contract, schema)
        if makes and accepted is not None and not accepted & ({makes, "number"} if makes == "integer" else {makes}):
            wanted = " or ".join(KINDS[each] for each in sorted(accepted))
            yield f"{place}: {kind} makes {KINDS[makes]}, but the schema of {name} accepts {wanted} only"


def _made(kind: str, options: Any) -> str | None:
    """The JSON type of what a generator makes, None where it depends."""
    if kind == "template":
        return None if _PLACEHOLDER.fullmatch(options) and ":" not in options else "string"
    return MAKES.get(kind)


def _types(contract: Contract, schema: Mapping[str, Any], depth: int = 8) -> set[str] | None:
    """The JSON types that a schema accepts, None where it does not say."""
    if not depth:
        return None
    schema = resolve(contract.schemas, schema)
    found: set[str] | None = None
    if "type" in schema:
        found = {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
    for name in ("anyOf", "oneOf"):
        parts = [_types(contract, part, depth - 1) for part in schema.get(name, ())]
        if parts and None not in parts:
            either = set().union(*(part for part in parts if part))
            found = either if found is None else found & either
    for part in schema.get("allOf", ()):
        types = _types(contract, part, depth - 1)
        if types is not None:
            found = types if found is None else found & types
    return found


def _generator(spec: Any) -> tuple[str, Any]:
    """The kind of a value and what it is made from; a constant is one too."""
    if isinstance(spec, Mapping) and len(spec) == 1:
        return next(iter(spec.items()))
    return "const", spec


def _generators(node: Any) -> Iterator[tuple[str, Any]]:
    """Every generator in a value, an object of values or a list of either."""
    if isinstance(node, Mapping):
        if len(node) == 1:
            yield next(iter(node.items()))
        if "const" not in node:
            for part in node.values():
                yield from _generators(part)
    elif isinstance(node, list):
        for part in node:
            yield from _generators(part)


def _asked_for(generator: tuple[str, Any]) -> frozenset[str]:
    """The properties that a generator reads, besides the member of a request."""
    kind, options = generator
    if kind == "template" and isinstance(options, str):
        return frozenset(_PLACEHOLDER.findall(options)) - {"index", "number"}
    if kind in {"first_word", "timestamp"} and isinstance(options, str):
        return frozenset([options])
    if kind == "holds" and isinstance(options, Mapping):
        return frozenset([*options.get("present", ()), *options.get("absent", ())])
    if kind in {"after", "copy"} and isinstance(options, Mapping):
        return frozenset(options[name] for name in ("reference", "property") if isinstance(options.get(name), str))
    return frozenset()


def _names(spec: Any, known: frozenset[str], place: str) -> Iterator[str]:
    """Properties that a value is made from and that no record has."""
    for generator in _generators(spec):
        if generator[0] in {"template", "first_word", "timestamp", "after", "holds"}:
            for name in sorted(_asked_for(generator) - known):
                yield f"{place}: {generator[0]} uses the property {name!r}, which no record has"


def _ranges(generator: tuple[str, Any], place: str) -> Iterator[str]:
    """A lower bound above the upper one."""
    kind, options = generator
    bounds = options
    if isinstance(options, Mapping):
        bounds = options.get({"after": "seconds", "list": "count", "sample": "count"}.get(kind, ""))
    elif kind not in {"integer", "decimal", "date"}:
        return
    if isinstance(bounds, list) and len(bounds) >= 2 and bounds[0] > bounds[1]:
        yield f"{place}: {kind}: the lower bound {bounds[0]} is above the upper bound {bounds[1]}"


def _references(
    contract: Contract, resource: Resource, name: str, spec: Any, earlier: Mapping[str, Any], place: str
) -> Iterator[str]:
    for kind, options in _generators(spec):
        if kind == "copy" and isinstance(options, Mapping) and options["reference"] not in resource.references:
            given = options["reference"]
            yield f"{place}: copy: {given!r} is not a reference; {nearest(given, resource.references)}"
        if kind != "reference" or not isinstance(options, Mapping):
            continue
        names = options.get("populations") or [options["population"]]
        for each in names:
            if each not in earlier:
                yield f"{place}: there is no population {each!r} before this one; {nearest(each, earlier)}"
                return
            aim = resource.references.get(name)
            if aim is not None and earlier[each]["resource"] != aim.resource:
                yield f"{place}: the population {each!r} is not of the resource {aim.resource}"


def _same_ids(
    resource: Resource, population: Mapping[str, Any], ids: set[tuple[str, str]], place: str
) -> Iterator[str]:
    """Ids that are written out twice."""
    id = resource.identity.property
    shared = population.get("values", {})
    records = population.get("records", ())
    rest = max(population.get("count", 0) - len(records), 0)
    for spec in [*({**shared, **record}.get(id) for record in records), *[shared.get(id)] * min(rest, 2)]:
        kind, value = _generator(spec)
        if kind == "const" and value is not None:
            if (resource.name, str(value)) in ids:
                yield f"{place}: two records of {resource.name} have the {id} {quoted(value)}"
            ids.add((resource.name, str(value)))
