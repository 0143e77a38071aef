"""What the source of a contract promises of replies: the contract's schemas without what we chose ourselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from understudy.specs.contract import Contract, JsonObject
from understudy.specs.reading.objects import objects
from understudy.specs.reading.references import resolve
from understudy.specs.reading.schema import MANY, NAMED, ONE, convert
from understudy.specs.reading.wording import nearest, pointer

CHOSEN, PROMISED = "x-chosen", "x-promised"

#: The kinds of objects that marks stand on.
MARKED = frozenset({"schema", "response"})


@dataclass(frozen=True, slots=True)
class Promised:
    """The schemas by which an implementation is judged, as JSON Schema 2020-12; `Contract` has those of the mock."""

    #: As `Contract.schemas`.
    schemas: Mapping[str, Any]
    #: Operation -> status -> media type -> schema, as `Operation.responses`.
    responses: Mapping[str, Mapping[str, Mapping[str, JsonObject]]]
    #: Operation -> the declared statuses in whose place another one of the same class is as good.
    chosen: Mapping[str, frozenset[str]]


def promised(contract: Contract) -> Promised:
    """What the source promises of the replies of a contract; of a document that nobody prepared, all that it says."""
    if contract.inferred:
        replies = {name: each.declared or each.responses for name, each in contract.operations.items()}
        schemas, replies = (without_write_only(each) for each in (contract.schemas, replies))
        return Promised(schemas, replies, dict.fromkeys(replies, frozenset()))
    document, uri = contract.document, contract.uri
    components = document.get("components", {}).get("schemas", {})
    responses, chosen = {}, {}
    for operation in contract.operations.values():
        raw = document["paths"][operation.path][operation.method.lower()]["responses"]
        replies = {str(status): resolve(document, reply) for status, reply in raw.items()}
        responses[operation.id] = {status: _content(reply, uri) for status, reply in replies.items()}
        chosen[operation.id] = frozenset(status for status, reply in replies.items() if reply.get(CHOSEN))
    return Promised(
        {"components": {"schemas": {name: convert(without_choices(each), uri) for name, each in components.items()}}},
        responses,
        chosen,
    )


def without_write_only(node: Any) -> Any:
    """JSON Schemas in which no member is required that only a client sends (`writeOnly`)."""
    if isinstance(node, list | tuple):
        return [without_write_only(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    out = {name: without_write_only(part) for name, part in node.items()}
    members = node.get("properties")
    if isinstance(members, Mapping) and isinstance(node.get("required"), list):
        out["required"] = [
            name
            for name in node["required"]
            if not (isinstance(members.get(name), Mapping) and members[name].get("writeOnly") is True)
        ]
    return out


def without_choices(schema: Mapping[str, Any]) -> dict[str, Any]:
    """An OpenAPI schema, and all below it, without what `x-chosen` names and with what `x-promised` puts in its place."""
    if PROMISED in schema:
        return without_choices(schema[PROMISED])
    chosen = schema.get(CHOSEN, ())
    if chosen is True:
        return {}
    kept = {name: value for name, value in schema.items() if name not in {CHOSEN, *chosen}}
    if "pattern" not in kept:
        kept.pop("x-accepts", None)
    if "required" in kept:
        kept["required"] = [name for name in kept["required"] if f"required.{name}" not in chosen]
    for name, value in kept.items():
        if name in ONE or (name == "additionalProperties" and isinstance(value, Mapping)):
            kept[name] = without_choices(value)
        elif name in MANY:
            kept[name] = [without_choices(part) for part in value]
        elif name in NAMED:
            kept[name] = {key: without_choices(part) for key, part in value.items() if f"{name}.{key}" not in chosen}
    return kept


def without_marks(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a document without its marks: what others read as OpenAPI needs to know nothing of them.

    A member of an object or of an example may have the name of a mark, and is kept.
    """
    plain = deepcopy(dict(document))
    for _, kind, node in objects(plain):
        if kind in MARKED and isinstance(node, dict):
            for mark in (CHOSEN, PROMISED):
                node.pop(mark, None)
    return plain


def misplaced_choices(document: Mapping[str, Any]) -> Iterator[str]:
    """Every `x-chosen` that names what does not stand beside it."""
    for steps, kind, node in objects(document):
        chosen = node.get(CHOSEN, ())
        if kind != "schema" or not isinstance(chosen, list):
            continue
        known = [
            *(name for name in node if name not in {CHOSEN, PROMISED}),
            *(f"required.{name}" for name in node.get("required", ())),
            *(f"properties.{name}" for name in node.get("properties", {})),
        ]
        for name in chosen:
            if name not in known:
                place = pointer((*steps, CHOSEN))
                yield f"{place}: {name!r} does not stand in this schema; {nearest(name, known)}"


def _content(reply: Mapping[str, Any], uri: str) -> dict[str, JsonObject]:
    return {
        media_type: convert(without_choices(content["schema"]), uri) if "schema" in content else {}
        for media_type, content in reply.get("content", {}).items()
    }
