"""Members that only the server sets (`readOnly`): a request need not have them, and its own values there are not taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from understudy.specs.reading.objects import objects
from understudy.specs.reading.references import component_name, resolve

#: Where the schemas stand as requests have them, beside `schemas`, in a document that uses `readOnly`.
REQUESTS = "requests"

#: Keywords whose schemas describe the same value as the schema that holds them.
_COMBINED = ("allOf", "anyOf", "oneOf")


def used(document: Mapping[str, Any]) -> bool:
    """Whether a schema of a document marks a member as read-only."""
    return any(kind == "schema" and node.get("readOnly") is True for _, kind, node in objects(document))


def requested(schema: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """An OpenAPI schema as a request has it: read-only members may have any value and are not required.

    Its references lead to `components/requests`.
    """
    return _requested(schema, document, frozenset())


def _requested(schema: Mapping[str, Any], document: Mapping[str, Any], outer: frozenset[str]) -> dict[str, Any]:
    """`outer` are the read-only members of the combined schema that this one is a part of."""
    if "$ref" in schema:
        target = resolve(document, schema)
        # Where it requires what only a schema beside it marks as read-only, it is written out here.
        if (outer - _read_only(target, document)) & {*target.get("required", ())}:
            return _requested(target, document, outer)
        return {"$ref": f"#/components/{REQUESTS}/{component_name(schema['$ref'])}"}
    names = outer | _read_only(schema, document)
    out = dict(schema)
    for name in _COMBINED:
        if name in out:
            out[name] = [_requested(part, document, names) for part in out[name]]
    for name in ("items", "not", "additionalProperties"):
        if isinstance(out.get(name), Mapping):
            out[name] = _requested(out[name], document, frozenset())
    if "properties" in out:
        out["properties"] = {
            name: {"readOnly": True} if name in names else _requested(part, document, frozenset())
            for name, part in out["properties"].items()
        }
    if "required" in out:
        out["required"] = [name for name in out["required"] if name not in names]
        if not out["required"]:
            del out["required"]
    return out


def _read_only(schema: Mapping[str, Any], document: Mapping[str, Any]) -> frozenset[str]:
    """The read-only members of an object, wherever in the combined schema they are described."""
    return frozenset(
        name
        for part in _parts([schema], document)
        for name, member in part.get("properties", {}).items()
        if resolve(document, member).get("readOnly") is True
    )


def _parts(schemas: list[Mapping[str, Any]], root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The schemas that describe one value together, references followed, each once."""
    seen: set[int] = set()
    waiting = list(schemas)
    while waiting:
        part = resolve(root, waiting.pop())
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting += [below for name in _COMBINED for below in part.get(name, ())]


class ReadOnlyMembers:
    """Removes read-only members from the bodies of one operation.

    `schema` is the (converted) schema of the body, `root` the schemas that it refers to.
    """

    def __init__(self, schema: Mapping[str, Any], root: Mapping[str, Any]) -> None:
        self._schema = schema
        self._root = root
        #: Whether there are any; a body without them is left as it is.
        self.any = self._reached()

    def removed(self, value: Any) -> Any:
        """A copy of a body without them."""
        return self._removed(value, [self._schema]) if self.any else value

    def _removed(self, value: Any, schemas: list[Mapping[str, Any]]) -> Any:
        if not isinstance(value, dict | list):
            return value
        parts = list(_parts(schemas, self._root))
        if isinstance(value, list):
            items = [part["items"] for part in parts if isinstance(part.get("items"), Mapping)]
            return [self._removed(each, items) for each in value]
        out = {}
        for name, member in value.items():
            named = [part["properties"][name] for part in parts if name in part.get("properties", {})]
            if any(each.get("readOnly") is True for each in named):
                continue
            others = named or [part.get("additionalProperties") for part in parts]
            out[name] = self._removed(member, [each for each in others if isinstance(each, Mapping)])
        return out

    def _reached(self) -> bool:
        seen: set[int] = set()
        waiting: list[Mapping[str, Any]] = [self._schema]
        while waiting:
            part = resolve(self._root, waiting.pop())
            if id(part) in seen:
                continue
            seen.add(id(part))
            if part.get("readOnly") is True:
                return True
            waiting += [below for name in _COMBINED for below in part.get(name, ())]
            waiting += part.get("properties", {}).values()
            waiting += [part[name] for name in ("items", "additionalProperties") if isinstance(part.get(name), Mapping)]
        return False
