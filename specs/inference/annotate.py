"""What was inferred, as the annotations that `specs/README.md` describes: each with the rule that it follows from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from understudy.specs.inference.envelopes import envelope
from understudy.specs.inference.infer import Inference, InferredOperation, InferredResource, Parent
from understudy.specs.inference.pages import Paging
from understudy.specs.inference.view import Seen, View
from understudy.specs.reading.words import plain, sort_key

#: A page where the document gives no size.
DEFAULT_SIZE, LARGEST = 20, 100
#: The number of digits from which on no text is a number of objects; Python refuses to read thousands of them.
DIGITS = 19
#: Members of an operation that this writes.
WRITTEN = ("x-operation", "x-pagination", "x-inferred")


@dataclass(frozen=True, slots=True)
class Annotations:
    """What belongs on the document, and on each operation by path and method."""

    document: Mapping[str, Any]
    operations: Mapping[tuple[str, str], Mapping[str, Any]]


def annotate(view: View, inference: Inference) -> Annotations:
    """The annotations of a whole document."""
    operations = {}
    references = _references(inference)
    for each in inference.operations:
        known = references.get(each.resource, {})
        operations[each.operation.path, each.operation.method.lower()] = _operation(view, each, known)
    resources = {
        name: _resource(view, resource, references.get(name, {}), inference)
        for name, resource in inference.resources.items()
    }
    return Annotations({"x-resources": resources}, operations)


def annotated(document: Mapping[str, Any], found: Annotations) -> dict[str, Any]:
    """A document with the annotations where it has none of its own."""
    out = {**document, "x-resources": {**found.document["x-resources"], **document.get("x-resources", {})}}
    paths = {}
    for path, item in document.get("paths", {}).items():
        if not isinstance(item, Mapping):
            paths[path] = item
            continue
        paths[path] = {
            method: {**found.operations[path, method], **raw} if (path, method) in found.operations else raw
            for method, raw in item.items()
        }
    out["paths"] = paths
    return out


# --- operations ----------------------------------------------------------------------------------------------------


def _operation(view: View, each: InferredOperation, references: Mapping[str, str]) -> dict[str, Any]:
    deed = each.deed
    described: dict[str, Any] = {"action": deed.action}
    if each.resource:
        described["resource"] = each.resource
    within = dict(_within(each, references))
    if within:
        described["within"] = within
    compared = {name: {"property": prop, "op": op} for name, (prop, op) in each.narrowing.comparisons.items()}
    if each.narrowing.filters or compared:
        described["filters"] = {**each.narrowing.filters, **compared}
    if each.effect:
        described["effect"] = dict(each.effect)
    sort = each.narrowing.sort
    if sort.by:
        described["sort"] = (
            {"by": sort.by} | ({"direction": sort.direction} if sort.direction else {}) | {"fields": list(sort.fields)}
        )
    if each.operation.status[:1] in {"2", "3"} and each.operation.status.isdigit():
        described["success"] = int(each.operation.status)
    if deed.way and (each.effect or deed.action not in {"list", "custom"}):
        described["item"] = _nested(deed.way)
    out: dict[str, Any] = {"x-operation": described}
    if deed.action == "list":
        out["x-pagination"] = _pagination(view, each)
    out["x-inferred"] = {"rule": deed.rule} if deed.rule else {"reason": deed.reason}
    return out


def _within(each: InferredOperation, references: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """Path parameter -> the property that names the parent; null for one that names no record.

    Where parents of two kinds share a property, it names those of the first kind alone.
    """
    known = {parent.parameter: parent for parent in each.parents if references.get(link(parent)) == parent.resource}
    for name in _in_path(each.operation):
        if name in known:
            yield name, link(known[name])
        elif each.deed.action == "list":
            yield name, None


def link(parent: Parent) -> str:
    """The property of a record that keeps its parent's id, shown or not."""
    if parent.property:
        return parent.property
    return parent.parameter if parent.parameter != "id" else f"{parent.resource}_id"


def _in_path(operation: Seen) -> list[str]:
    return [segment[1:-1] for segment, place in zip(operation.segments, operation.place, strict=True) if place == "{}"]


def _nested(way: tuple[str, ...]) -> Any:
    out: Any = "{item}"
    for name in reversed(way):
        out = {name: out}
    return out


def _pagination(view: View, each: InferredOperation) -> dict[str, Any]:
    how, parameters = each.deed.paging, {str(raw.get("name")): raw for raw in each.operation.query()}
    out: dict[str, Any] = {}
    if how.page:
        out["page"] = {"parameters": [how.page], **_first(view, parameters[how.page])}
    if how.offset:
        out["offset"] = {"parameters": [how.offset]}
    if how.after and how.after != how.size:
        out["cursor"] = {"after": how.after} | ({"before": how.before} if how.before else {})
    out["size"] = _size(view, how, parameters)
    out["envelope"] = envelope(view, each.operation.reply, each.deed.way, how)
    return out


def _first(view: View, parameter: Mapping[str, Any]) -> dict[str, Any]:
    """The number of the first page."""
    raw = view.shape(parameter.get("schema")).raw
    number = raw.get("default", raw.get("minimum", 1))
    return {"default": 0} if number in (0, "0") else {}


def _size(view: View, how: Paging, parameters: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    if not how.size:
        paged = bool(how.styles)
        return {"parameters": [], "default": DEFAULT_SIZE if paged else LARGEST * 10, "maximum": LARGEST * 10}
    raw = view.shape(parameters[how.size].get("schema")).raw
    most = _count(raw.get("maximum"))
    size = _count(raw.get("default")) or min(DEFAULT_SIZE, most or DEFAULT_SIZE)
    above = "refuse" if most else "clamp"
    return {"parameters": [how.size], "default": size, "maximum": max(most or LARGEST * 10, size), "above": above}


def _count(value: Any) -> int | None:
    """A number of objects, which some documents write as `50.0` or as a text; None if it is not one."""
    is_text = isinstance(value, str) and value.isdecimal() and len(value) < DIGITS
    whole = is_text or (isinstance(value, float) and value.is_integer())
    count = int(value) if whole or (isinstance(value, int) and not isinstance(value, bool)) else 0
    return count if count > 0 else None


# --- resources -----------------------------------------------------------------------------------------------------


def _references(inference: Inference) -> dict[str, dict[str, str]]:
    """Resource -> property -> the resource that it names: parents, and properties called like another resource."""
    found: dict[str, dict[str, str]] = {}
    for each in inference.operations:
        for parent in each.parents:
            found.setdefault(each.resource, {}).setdefault(link(parent), parent.resource)
    return found


def _resource(
    view: View, resource: InferredResource, references: Mapping[str, str], inference: Inference
) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if resource.schema:
        out["schema"] = resource.schema
    out["id"] = {"form": "hex", "property": "_id"} if resource.key else _id(view, resource)
    if resource.key:
        out["key"] = list(resource.key)
    if resource.singleton:
        out["singleton"] = True
    if references:
        out["references"] = {prop: {"resource": aim} for prop, aim in sorted(references.items())}
    indexes = sorted(
        {
            prop
            for each in inference.operations
            if each.resource == resource.name
            for prop in (*each.narrowing.filters.values(), *_sorted_by(resource, each))
        }
        - set(references)
        - {resource.id}
    )
    if indexes:
        out["indexes"] = indexes
    return out


def _sorted_by(resource: InferredResource, each: InferredOperation) -> Iterator[str]:
    """The properties by which a list can be sorted."""
    members = {plain(name): name for name in reversed(list(resource.members))}
    return (members[name] for value in each.narrowing.sort.fields if (name := plain(sort_key(value)[0])) in members)


def _id(view: View, resource: InferredResource) -> dict[str, Any]:
    if not resource.id:
        return {"form": "hex", "property": "_id"}
    shape = view.shape(resource.members.get(resource.id))
    out: dict[str, Any] = {} if resource.id == "id" else {"property": resource.id}
    if shape.types & {"integer", "number"}:
        return {**out, "form": "serial"}
    example = shape.raw.get("example")
    if shape.raw.get("format") == "uuid" or (
        isinstance(example, str) and len(example) == 36 and example.count("-") == 4
    ):
        return {**out, "form": "uuid"}
    return {**out, "form": "hex"}
