"""A document of Swagger 2.0 in the form of OpenAPI 3.0, after its references were followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from understudy.specs.documents.kinds import MEMBERS, METHODS

JSON = ("application/json",)
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
#: Members of a parameter that say where and what it is; what else it has describes its value.
OF_PARAMETERS = frozenset({"name", "in", "description", "required", "allowEmptyValue", "schema", "collectionFormat"})
#: How the parts of a list are separated -> the style of a parameter in a query, and whether it is exploded.
STYLES = {"multi": ("form", True), "ssv": ("spaceDelimited", False), "pipes": ("pipeDelimited", False)}
#: Flows of OAuth 2 that have other names now.
FLOWS = {"application": "clientCredentials", "accessCode": "authorizationCode"}
#: What becomes something else, or is put where it is used.
REPLACED = frozenset({"swagger", "host", "basePath", "schemes", "consumes", "produces", "securityDefinitions"})
REPLACED |= {"definitions", "parameters", "responses"}


def upgraded(document: Mapping[str, Any]) -> dict[str, Any]:
    """A bundled document of Swagger 2.0 as one of OpenAPI 3.0."""
    schemas = document["components"]["schemas"]
    return {
        "openapi": "3.0.3",
        **{name: part for name, part in document.items() if name not in REPLACED},
        "servers": [{"url": _server(document)}],
        "paths": {
            path: item if path.startswith("x-") else _item(item, document)
            for path, item in _mapping(document.get("paths")).items()
        },
        "components": {
            "schemas": {name: _schema(schema) for name, schema in schemas.items()},
            "securitySchemes": {
                name: _scheme(scheme) for name, scheme in _mapping(document.get("securityDefinitions")).items()
            },
        },
    }


def _server(document: Mapping[str, Any]) -> str:
    path = f"/{str(document.get('basePath') or '').strip('/')}"
    if not document.get("host"):
        return path
    schemes = document.get("schemes")
    scheme = schemes[0] if isinstance(schemes, list) and schemes else "https"
    return f"{scheme}://{document['host']}{path}"


def _item(item: Any, document: Mapping[str, Any]) -> Any:
    if not isinstance(item, Mapping):
        return item
    shared = _objects(item.get("parameters"))
    out = {
        name: _operation(part, shared, document) if name in METHODS and isinstance(part, Mapping) else part
        for name, part in item.items()
    }
    return {**out, "parameters": [_parameter(each) for each in shared if not _in_body(each)]}


def _operation(raw: Mapping[str, Any], shared: list[Any], document: Mapping[str, Any]) -> dict[str, Any]:
    own = _objects(raw.get("parameters"))
    out = {name: part for name, part in raw.items() if name not in {"consumes", "produces", "schemes"}}
    out["parameters"] = [_parameter(each) for each in own if not _in_body(each)]
    sent = [each for each in own if _in_body(each)] or [each for each in shared if _in_body(each)]
    if sent:
        out["requestBody"] = _body(sent, _types(raw, document, "consumes"))
    types = _types(raw, document, "produces") or JSON
    if isinstance(raw.get("responses"), Mapping):
        out["responses"] = {status: _response(reply, types) for status, reply in raw["responses"].items()}
    return out


def _types(raw: Mapping[str, Any], document: Mapping[str, Any], member: str) -> tuple[str, ...]:
    found = raw.get(member, document.get(member))
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def _in_body(parameter: Mapping[str, Any]) -> bool:
    return parameter.get("in") in {"body", "formData"}


def _body(sent: list[Mapping[str, Any]], types: tuple[str, ...]) -> dict[str, Any]:
    """The body that one parameter describes whole, or several as the members of a form."""
    whole = next((each for each in sent if each["in"] == "body"), None)
    if whole is not None:
        schema = _schema(whole.get("schema", {}))
        described = {name: whole[name] for name in ("description", "required") if name in whole}
        return {**described, "content": {type: {"schema": schema} for type in types or JSON}}
    wanted = [str(each.get("name")) for each in sent if each.get("required") is True]
    members = {str(each.get("name")): {**_value(each), **_description(each)} for each in sent}
    schema = {"type": "object", "properties": members, "required": wanted}
    forms = [type for type in types if type in {FORM, PARTS}]
    if any(each.get("type") == "file" for each in sent):
        forms = [PARTS]  # no other form carries a file
    return {"required": bool(wanted), "content": {type: {"schema": schema} for type in forms or [FORM]}}


def _description(parameter: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": parameter["description"]} if "description" in parameter else {}


def _parameter(raw: Mapping[str, Any]) -> dict[str, Any]:
    out = {name: raw[name] for name in ("name", "in", "description", "required", "allowEmptyValue") if name in raw}
    out["schema"] = _value(raw)
    if raw.get("type") == "array" and raw.get("in") == "query":
        out["style"], out["explode"] = STYLES.get(str(raw.get("collectionFormat")), ("form", False))
    return out


def _value(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of what a parameter, a header or an item of them describes by members of its own."""
    return dict(_schema({name: part for name, part in raw.items() if name not in OF_PARAMETERS}))


def _response(raw: Any, types: Iterable[str]) -> Any:
    if not isinstance(raw, Mapping):
        return raw
    out = {name: part for name, part in raw.items() if name not in {"schema", "examples", "headers"}}
    shown = {type: {"example": value} for type, value in _mapping(raw.get("examples")).items() if "/" in type}
    if "schema" in raw:
        schema = _schema(raw["schema"])
        out["content"] = {type: {"schema": schema, **shown.get(type, {})} for type in types}
    elif shown:
        out["content"] = shown
    headers = _mapping(raw.get("headers"))
    out["headers"] = {
        name: {"schema": _value(each), **_description(each)}
        for name, each in headers.items()
        if isinstance(each, Mapping)
    }
    return out


def _schema(node: Any, kind: str = "schema") -> Any:
    """A schema and all below it, with what had another name or form."""
    if kind[0] == "[":
        return [_schema(part, kind[1:-1]) for part in node] if isinstance(node, list) else node
    if not isinstance(node, Mapping):
        return node
    if kind[0] == "{":
        return {name: _schema(part, kind[1:-1]) for name, part in node.items()}
    members = MEMBERS["schema"]
    out = {name: _schema(part, members[name]) if name in members else part for name, part in node.items()}
    if isinstance(out.get("discriminator"), str):
        out["discriminator"] = {"propertyName": out["discriminator"]}
    if out.get("type") == "file":
        out |= {"type": "string", "format": "binary"}
    if "x-nullable" in out:
        out["nullable"] = out.pop("x-nullable")
    return out


def _scheme(raw: Any) -> Any:
    if not isinstance(raw, Mapping):
        return raw
    kept = {name: part for name, part in raw.items() if name == "description" or name.startswith("x-")}
    if raw.get("type") == "basic":
        return {**kept, "type": "http", "scheme": "basic"}
    if raw.get("type") != "oauth2":
        return dict(raw)
    flow = {name: raw[name] for name in ("authorizationUrl", "tokenUrl") if name in raw}
    name = str(raw.get("flow"))
    return {**kept, "type": "oauth2", "flows": {FLOWS.get(name, name): {**flow, "scopes": raw.get("scopes", {})}}}


def _objects(node: Any) -> list[Any]:
    return [each for each in node if isinstance(each, Mapping)] if isinstance(node, list) else []


def _mapping(node: Any) -> Mapping[str, Any]:
    return node if isinstance(node, Mapping) else {}
