"""A bundled document as inference looks at it: operations with their success, schemas with all their members."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from understudy.specs.documents.kinds import METHODS

HERE = "#/components/schemas/"
#: So many references and combinations are followed on the way to a schema's members.
DEEPEST = 12
_ENDING = re.compile(r"\.(json|xml)$")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a schema says of a value, references and combinations followed."""

    types: frozenset[str]
    members: Mapping[str, Any]
    required: frozenset[str]
    items: Any
    #: The component that the schema is, empty for one without a name.
    name: str
    #: Its keywords, and those of what it combines or is the only alternative to null.
    raw: Mapping[str, Any]

    @property
    def is_array(self) -> bool:
        """Whether the value is a list."""
        return "array" in self.types and not self.members

    @property
    def is_object(self) -> bool:
        """Whether the value is an object."""
        return "object" in self.types or bool(self.members)

    @property
    def is_scalar(self) -> bool:
        """Whether the value is a text, a number or a boolean."""
        return bool(self.types) and not self.types & {"array", "object"} and not self.members


NO_SHAPE = Shape(frozenset(), {}, frozenset(), None, "", {})


@dataclass(frozen=True)
class Seen:
    """One operation of a document."""

    id: str
    method: str
    path: str
    raw: Mapping[str, Any]
    parameters: tuple[Mapping[str, Any], ...]
    #: The status of success, and the schema of its JSON (or other) body; None where it has none.
    status: str
    reply: Any
    body: Any
    media_type: str = ""
    statuses: tuple[str, ...] = ()

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The segments of the path, without an ending and a last slash."""
        return tuple(_ENDING.sub("", self.path.partition("?")[0].partition("#")[0].rstrip("/")).split("/")[1:])

    @cached_property
    def place(self) -> tuple[str, ...]:
        """The segments with `{}` for each parameter: equal for paths that differ in the names of parameters alone."""
        return tuple(re.sub(r"\{[^}]*\}", "{}", segment) for segment in self.segments)

    @property
    def is_item(self) -> bool:
        """Whether the path ends in exactly one parameter."""
        return bool(self.place) and self.place[-1] == "{}"

    @property
    def parameter(self) -> str:
        """The name of the parameter in which the path ends."""
        return self.segments[-1][1:-1] if self.is_item else ""

    @property
    def address(self) -> Mapping[str, Any]:
        """What is declared of the parameter in which the path ends; empty for nothing."""
        return next(
            (each for each in self.parameters if (each.get("in"), each.get("name")) == ("path", self.parameter)), {}
        )

    @property
    def noun(self) -> str:
        """The last segment of the path that is not a parameter."""
        return next((segment for segment in reversed(self.segments) if "{" not in segment), "")

    @cached_property
    def text(self) -> str:
        """What it is called: operationId and summary."""
        return f"{self.raw.get('operationId') or ''} {self.raw.get('summary') or ''}"

    def query(self) -> Iterator[Mapping[str, Any]]:
        """Its query parameters."""
        return (each for each in self.parameters if each.get("in") == "query")


@dataclass
class View:
    """A document's operations and shapes. `document` is bundled."""

    document: Mapping[str, Any]
    _shapes: dict[int, Shape] = field(default_factory=dict)

    @cached_property
    def operations(self) -> tuple[Seen, ...]:
        """All operations; those without an operationId of their own are called by method and path."""
        found, taken = [], set()
        for path, item in _mapping(self.document.get("paths")).items():
            if not isinstance(item, Mapping) or not path.startswith("/"):
                continue
            for method in METHODS:
                raw = item.get(method)
                if isinstance(raw, Mapping):
                    name = raw.get("operationId")
                    if not isinstance(name, str) or not name.strip() or name in taken:
                        name = f"{method.upper()} {path}"
                    taken.add(name)
                    found.append(self._seen(name, method.upper(), path, item, raw))
        return tuple(found)

    def _seen(self, name: str, method: str, path: str, item: Mapping[str, Any], raw: Mapping[str, Any]) -> Seen:
        merged: dict[tuple[Any, Any], Mapping[str, Any]] = {}
        for each in (*_list(item.get("parameters")), *_list(raw.get("parameters"))):
            if isinstance(each, Mapping):
                merged[each.get("name"), each.get("in")] = each
        responses = {str(status): _mapping(reply) for status, reply in _mapping(raw.get("responses")).items()}
        status = success(method, responses)
        media_type, reply = content(responses.get(status, {}))
        _, body = content(_mapping(raw.get("requestBody")))
        return Seen(name, method, path, raw, tuple(merged.values()), status, reply, body, media_type, tuple(responses))

    def shape(self, schema: Any) -> Shape:
        """What a schema says, references and combinations followed."""
        if not isinstance(schema, Mapping):
            return NO_SHAPE
        number = id(schema)
        if number not in self._shapes:
            self._shapes[number] = self._look(schema, 0)
        return self._shapes[number]

    def _look(self, schema: Any, depth: int) -> Shape:
        if not isinstance(schema, Mapping) or depth > DEEPEST:
            return NO_SHAPE
        name = ""
        while isinstance(schema.get("$ref"), str) and depth <= DEEPEST:
            name = name or schema["$ref"].removeprefix(HERE)
            aim = _mapping(self.document.get("components", {}).get("schemas", {}).get(_unescaped(schema["$ref"])))
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {"allOf": [aim, beside]} if beside.keys() - {"description", "summary", "title"} else aim
            depth += 1
        types = _types(schema)
        members = dict(_mapping(schema.get("properties")))
        required = frozenset(each for each in _list(schema.get("required")) if isinstance(each, str))
        items = schema.get("items")
        raw: dict[str, Any] = {}
        for part in _list(schema.get("allOf")):
            below = self._look(part, depth + 1)
            raw |= below.raw
            types |= below.types
            members |= below.members
            required |= below.required
            items = items if items is not None else below.items
            name = name or (below.name if len(_list(schema.get("allOf"))) == 1 else "")
        for keyword in ("oneOf", "anyOf"):
            parts = [self._look(part, depth + 1) for part in _list(schema.get(keyword))]
            real = [part for part in parts if part.types != {"null"}]
            for below in real:
                types |= below.types
                members = {**below.members, **members}
                items = items if items is not None else below.items
            if len(real) == 1:
                name = name or real[0].name
                raw |= real[0].raw
        if not types and members:
            types = frozenset({"object"})
        return Shape(types - {"null"} or types, members, required, items, name, {**raw, **schema})


def success(method: str, responses: Mapping[str, Any]) -> str:
    """The status with which an operation succeeds; `2XX` and `default` as they are written, empty for none."""
    found = sorted(status for status in responses if status[:1] == "2")
    full = [status for status in found if content(_mapping(responses[status]))[1] is not None]
    wanted = {"POST": ("201", "200", "202"), "DELETE": ("204", "200", "202")}.get(method, ("200", "201", "202"))
    if method != "DELETE":
        for status in wanted:
            if status in full:
                return status
        if full:
            return full[0]
    for status in wanted:
        if status in found:
            return status
    # Where nothing succeeds otherwise, a redirect is what a client is meant to get.
    others = [status for status in sorted(responses) if status[:1] == "3" or status == "default"]
    return next(iter([*found, *others]), "")


def content(holder: Mapping[str, Any]) -> tuple[str, Any]:
    """The media type of a body that says most, JSON first, and its schema; None where there is none."""
    declared = {
        str(kind): media for kind, media in _mapping(holder.get("content")).items() if isinstance(media, Mapping)
    }
    ranked = sorted(declared, key=lambda kind: (_rank(kind), kind))
    for kind in ranked:
        if isinstance(declared[kind].get("schema"), Mapping):
            return kind, declared[kind]["schema"]
    return (ranked[0], None) if ranked else ("", None)


def _rank(kind: str) -> int:
    bare = kind.partition(";")[0].strip().lower()
    if bare == "application/json":
        return 0
    if bare.endswith("+json") or "json" in bare:
        return 1
    return 2 if bare in {"*/*", "application/*"} else 3


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    named = schema.get("type")
    if isinstance(named, str):
        return frozenset({named})
    if isinstance(named, list):
        return frozenset(each for each in named if isinstance(each, str))
    if "items" in schema:
        return frozenset({"array"})
    if "properties" in schema or "additionalProperties" in schema:
        return frozenset({"object"})
    kinds = {type(each) for each in _list(schema.get("enum"))}
    if kinds == {str}:
        return frozenset({"string"})
    return frozenset()


def _unescaped(reference: str) -> str:
    return reference.removeprefix(HERE).replace("~1", "/").replace("~0", "~")


def _mapping(node: Any) -> Mapping[str, Any]:
    return node if isinstance(node, Mapping) else {}


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []
