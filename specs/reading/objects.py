"""The objects that an OpenAPI 3.0 document is made of: what each one is, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from understudy.specs.reading.references import steps_of
from understudy.specs.reading.wording import pointer

#: Kind of object -> member -> kind of the object there. `[kind]` is a list of them, `{kind}` an object of them by name.
MEMBERS: dict[str, dict[str, str]] = {
    "document": {
        "info": "info",
        "servers": "[server]",
        "paths": "paths",
        "components": "components",
        "tags": "[tag]",
        "externalDocs": "external documentation",
    },
    "info": {"contact": "contact", "license": "license"},
    "contact": {},
    "license": {},
    "server": {"variables": "{server variable}"},
    "server variable": {},
    "tag": {"externalDocs": "external documentation"},
    "external documentation": {},
    "components": {
        "schemas": "{schema}",
        "responses": "{response}",
        "parameters": "{parameter}",
        "examples": "{example}",
        "requestBodies": "{request body}",
        "headers": "{header}",
        "securitySchemes": "{security_scheme}",
        "links": "{link}",
        "callbacks": "{callback}",
    },
    "path": {
        **dict.fromkeys(("get", "put", "post", "delete", "options", "head", "patch", "trace"), "operation"),
        "servers": "[server]",
        "parameters": "[parameter]",
    },
    "operation": {
        "externalDocs": "external documentation",
        "parameters": "[parameter]",
        "requestBody": "request body",
        "responses": "responses",
        "callbacks": "{callback}",
        "servers": "[server]",
    },
    "parameter": {"schema": "schema", "examples": "{example}", "content": "{media type}"},
    "header": {"schema": "schema", "examples": "{example}", "content": "{media type}"},
    "request body": {"content": "{media type}"},
    "media type": {"schema": "schema", "examples": "{example}", "encoding": "{encoding}"},
    "encoding": {"headers": "{header}"},
    "response": {"headers": "{header}", "content": "{media type}", "links": "{link}"},
    "example": {},
    "link": {"server": "server"},
    "schema": {
        "items": "schema",
        "not": "schema",
        "allOf": "[schema]",
        "anyOf": "[schema]",
        "oneOf": "[schema]",
        "properties": "{schema}",
        "additionalProperties": "schema",
        "externalDocs": "external documentation",
        "discriminator": "discriminator",
        "xml": "xml",
        "x-promised": "schema",
    },
    "discriminator": {},
    "xml": {},
    "security_scheme": {"flows": "flows"},
    "flows": dict.fromkeys(("implicit", "password", "clientCredentials", "authorizationCode"), "flow"),
    "flow": {},
    # These hold objects by name, beside annotations.
    "paths": {},
    "responses": {},
    "callback": {},
}
#: Kinds that are objects by name -> the kind of each.
NAMED = {"paths": "path", "responses": "response", "callback": "path"}

Place = tuple[tuple[Any, ...], str, Mapping[str, Any]]


def objects(node: Any, kind: str = "document", steps: tuple[Any, ...] = ()) -> Iterator[Place]:
    """Every object of a document: the way to it, its kind, itself. What has another form than expected is left out."""
    if kind[0] == "[":
        for i, part in enumerate(node if isinstance(node, list) else ()):
            yield from objects(part, kind[1:-1], (*steps, i))
        return
    if not isinstance(node, Mapping):
        return
    if kind[0] == "{":
        for name, part in node.items():
            yield from objects(part, kind[1:-1], (*steps, name))
        return
    yield steps, kind, node
    if isinstance(node.get("$ref"), str):
        return
    for name, below in MEMBERS[kind].items():
        if name in node:
            yield from objects(node[name], below, (*steps, name))
    for name, part in node.items() if kind in NAMED else ():
        if not str(name).startswith("x-"):
            yield from objects(part, NAMED[kind], (*steps, name))


def misled(document: Mapping[str, Any]) -> Iterator[str]:
    """Every reference that leads to another kind of object than the one that must stand there."""
    found = {pointer(steps): (kind, node) for steps, kind, node in objects(document)}
    for place, (kind, node) in found.items():
        reference = node.get("$ref")
        if not isinstance(reference, str):
            continue
        aim = pointer(steps_of(reference))
        other = found.get(aim, ("something else", None))[0]
        if other != kind:
            yield f"{place}: {reference!r} leads to {_named(other)}, where {_named(kind)} is needed"
        elif kind == "schema" and not aim.startswith("/components/schemas/"):
            yield f"{place}: {reference!r} leads to a schema outside components; refer to #/components/schemas/NAME"
        elif kind != "schema" and place.startswith(f"{aim}/"):
            yield f"{place}: {reference!r} leads to an object that it is a part of; only schemas may hold themselves"


def _named(kind: str) -> str:
    name = kind.replace("_", " ")
    if kind in {"document"}:
        return "the whole document"
    if kind == "something else" or name.endswith("s"):
        return name
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"
