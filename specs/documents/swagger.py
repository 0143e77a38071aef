"""A document of Swagger 2.0 in the form of OpenAPI 3.0, after its references were followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from understudy.specs.documents.kinds import MEMBERS, METHODS
from understudy.specs.reading.wording import pointer, quoted

ANY, JSON = ("*/*",), ("application/json",)
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
#: Members of a parameter that are the same in both versions.
KEPT = ("name", "in", "description", "required", "allowEmptyValue")
#: Members of a parameter that say where and what it is; what else it has describes its value.
OF_PARAMETERS = frozenset({*KEPT, "schema", "collectionFormat"})
#: How the parts of a list are separated -> the style of a parameter; the one of tabs is none of OpenAPI.
STYLES = {"ssv": "spaceDelimited", "tsv": "tabDelimited", "pipes": "pipeDelimited"}
#: Where a list may be sent as several parameters of one name.
REPEATED = frozenset({"query", "formData"})
PLACES = frozenset({"query", "header", "path", "formData", "body"})
#: Flows of OAuth 2 that have other names now.
FLOWS = {"application": "clientCredentials", "accessCode": "authorizationCode"}
#: What becomes something else, or is put where it is used.
REPLACED = frozenset({"swagger", "host", "basePath", "schemes", "consumes", "produces", "securityDefinitions"})
REPLACED |= {"definitions", "parameters", "responses"}

Place = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A document in the form of OpenAPI 3.0, and where the parts of it that moved are written."""

    document: dict[str, Any]
    moved: Mapping[str, str]

    def written(self, place: str) -> str:
        """The pointer, into the document as it was, of a part of what it became."""
        steps = place.split("/")
        for end in range(len(steps), 1, -1):
            found = self.moved.get("/".join(steps[:end]))
            if found is not None:
                return "/".join([found, *steps[end:]])
        return place


def upgraded(document: Mapping[str, Any], warn: Callable[[str, str], None]) -> Upgraded:
    """A bundled document of Swagger 2.0 as one of OpenAPI 3.0; `warn` gets a pointer into it, and what cannot be honoured."""
    upgrade = _Upgrade(document, warn)
    return Upgraded(upgrade.whole(), upgrade.moved)


class _Upgrade:
    def __init__(self, document: Mapping[str, Any], warn: Callable[[str, str], None]) -> None:
        self._document = document
        self._warn = warn
        self.moved: dict[str, str] = {}

    def whole(self) -> dict[str, Any]:
        """The document, once."""
        schemes = _mapping(self._document.get("securityDefinitions"))
        self._move(("components", "securitySchemes"), ("securityDefinitions",))
        return {
            "openapi": "3.0.3",
            **{name: part for name, part in self._document.items() if name not in REPLACED},
            "servers": [{"url": _server(self._document)}],
            "paths": {
                path: item if path.startswith("x-") else self._item(item, ("paths", path))
                for path, item in _mapping(self._document.get("paths")).items()
            },
            "components": {
                "schemas": {
                    name: self._schema(schema, ("components", "schemas", name))
                    for name, schema in self._document["components"]["schemas"].items()
                },
                "securitySchemes": {name: _scheme(scheme) for name, scheme in schemes.items()},
            },
        }

    def _move(self, place: Place, written: Place) -> None:
        self.moved[pointer(place)] = pointer(written)

    def _leave_out(self, place: Place, problem: str) -> None:
        self._warn(pointer(place), problem)

    # --- operations --------------------------------------------------------------------------------------------------

    def _item(self, item: Any, place: Place) -> Any:
        if not isinstance(item, Mapping):
            return item
        parameters, shared = self._sorted(item, place)
        out = {
            name: self._operation(part, shared, (*place, name))
            if name in METHODS and isinstance(part, Mapping)
            else part
            for name, part in item.items()
        }
        return {**out, "parameters": parameters}

    def _operation(self, raw: Mapping[str, Any], shared: list[_Placed], place: Place) -> dict[str, Any]:
        out = {name: part for name, part in raw.items() if name not in {"consumes", "produces", "schemes"}}
        out["parameters"], own = self._sorted(raw, place)
        named = [(each.get("name"), each["in"]) for each, _ in own]
        sent = [*own, *(part for part in shared if (part[0].get("name"), part[0]["in"]) not in named)]
        if sent:
            out["requestBody"] = self._body(sent, self._types(raw, "consumes"), place)
        if isinstance(raw.get("responses"), Mapping):
            types = self._types(raw, "produces") or ANY
            out["responses"] = {
                status: self._response(reply, types, (*place, "responses", status))
                for status, reply in raw["responses"].items()
            }
        return out

    def _types(self, raw: Mapping[str, Any], member: str) -> tuple[str, ...]:
        found = raw.get(member, self._document.get(member))
        return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()

    # --- parameters --------------------------------------------------------------------------------------------------

    def _sorted(self, holder: Mapping[str, Any], place: Place) -> tuple[list[dict[str, Any]], list[_Placed]]:
        """The parameters of a path or an operation in their new form, and those that are a body, with their places."""
        parameters: list[dict[str, Any]] = []
        sent: list[_Placed] = []
        for at, each in enumerate(_list(holder.get("parameters"))):
            here = (*place, "parameters", at)
            if not isinstance(each, Mapping) or "in" not in each:
                continue  # what was referred to in vain, which has been said
            if str(each["in"]) not in PLACES:
                self._leave_out((*here, "in"), f"in: {quoted(each['in'])} means nothing, so there is no such parameter")
            elif each["in"] in {"body", "formData"}:
                sent.append((each, here))
            else:
                self._move((*place, "parameters", len(parameters)), here)
                self._move((*place, "parameters", len(parameters), "schema"), here)
                parameters.append(self._parameter(each, here))
        return parameters, sent

    def _parameter(self, raw: Mapping[str, Any], place: Place) -> dict[str, Any]:
        out = {name: raw[name] for name in KEPT if name in raw}
        if "x-example" in raw:
            out["example"] = raw["x-example"]
        return {**out, "schema": self._value(raw, place), **self._separated(raw, place)}

    def _separated(self, raw: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """How a list is written: its style, and whether each of its parts has a parameter of its own."""
        if raw.get("type") != "array":
            return {}
        usual = "form" if raw["in"] in REPEATED else "simple"
        way = str(raw.get("collectionFormat", "csv"))
        if way == "multi" and raw["in"] in REPEATED:
            return {"style": usual, "explode": True}
        if way not in {"csv", *STYLES}:
            self._leave_out(
                (*place, "collectionFormat"),
                f"collectionFormat: {quoted(way)} means nothing for a parameter in {raw['in']}",
            )
        return {"style": STYLES.get(way, usual), "explode": False}

    def _value(self, raw: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """The schema of what a parameter, or a header, describes by members of its own."""
        if "type" not in raw:
            problem = "has no type, so that any value fits it"
            if "schema" in raw:
                problem += "; a schema is for what is in the body, and type, format and others stand right here"
            self._leave_out(place, problem)
        out = {name: part for name, part in raw.items() if name not in OF_PARAMETERS and name != "x-example"}
        if isinstance(out.get("items"), Mapping) and out["items"].get("type") == "array":
            self._leave_out((*place, "items"), "the lists in a list are not taken apart, so that any value fits them")
            out["items"] = {}
        return dict(self._schema(out, place, whole=True))

    # --- bodies ------------------------------------------------------------------------------------------------------

    def _body(self, sent: list[_Placed], types: tuple[str, ...], place: Place) -> dict[str, Any]:
        """The body that one parameter describes whole, or several as the members of a form."""
        whole = next((each for each in sent if each[0]["in"] == "body"), None)
        if whole is None:
            return self._form(sent, types, (*place, "requestBody"))
        raw, written = whole
        for each, other in sent:
            if each is not raw:
                self._leave_out(
                    other, f"the body is described by another parameter, so this one ({each['in']}) is left out"
                )
        if "schema" not in raw:
            self._leave_out(written, "this body has no schema, so that anything fits it")
        schema = self._schema(raw.get("schema", {}), (*written, "schema"))
        self._move((*place, "requestBody"), written)
        for type in types or JSON:
            self._move((*place, "requestBody", "content", type, "schema"), (*written, "schema"))
        described = {name: raw[name] for name in ("description", "required") if name in raw}
        return {**described, "content": {type: {"schema": schema} for type in types or JSON}}

    def _form(self, sent: list[_Placed], types: tuple[str, ...], place: Place) -> dict[str, Any]:
        forms = [type for type in types if type in {FORM, PARTS}] or [FORM]
        if any(each.get("type") == "file" for each, _ in sent):
            forms = [PARTS]  # no other form carries a file
        wanted = [str(each.get("name")) for each, _ in sent if each.get("required") is True]
        members = {str(each.get("name")): {**self._value(each, at), **_description(each)} for each, at in sent}
        lists = {str(each.get("name")): how for each, at in sent if (how := self._separated(each, at))}
        for type in forms:
            for each, at in sent:
                self._move((*place, "content", type, "schema", "properties", str(each.get("name"))), at)
        media = {"schema": {"type": "object", "properties": members, "required": wanted}}
        return {
            "required": bool(wanted),
            "content": {type: {**media, **({"encoding": lists} if lists else {})} for type in forms},
        }

    # --- replies -----------------------------------------------------------------------------------------------------

    def _response(self, raw: Any, types: Iterable[str], place: Place) -> Any:
        if not isinstance(raw, Mapping):
            return raw
        out = {name: part for name, part in raw.items() if name not in {"schema", "examples", "headers"}}
        shown = {type: {"example": value} for type, value in _mapping(raw.get("examples")).items() if "/" in type}
        if "schema" in raw:
            schema = self._schema(raw["schema"], (*place, "schema"), whole=True)
            # Where no type is declared, any may be sent, also that of an example.
            types = shown if shown and types is ANY else types
            out["content"] = {type: {"schema": schema, **shown.get(type, {})} for type in types}
            for type in types:
                self._move((*place, "content", type, "schema"), (*place, "schema"))
        elif shown:
            out["content"] = shown
        out["headers"] = {}
        for name, each in _mapping(raw.get("headers")).items():
            if isinstance(each, Mapping):
                here = (*place, "headers", name)
                self._move((*here, "schema"), here)
                out["headers"][name] = {"schema": self._value(each, here), **_description(each)}
        return out

    # --- schemas -----------------------------------------------------------------------------------------------------

    def _schema(self, node: Any, place: Place, kind: str = "schema", *, whole: bool = False) -> Any:
        """A schema and all below it, with what had another name or form; `whole` where it may be that of a file."""
        if kind[0] == "[":
            if not isinstance(node, list):
                return node
            return [self._schema(part, (*place, at), kind[1:-1]) for at, part in enumerate(node)]
        if not isinstance(node, Mapping):
            return node
        if kind[0] == "{":
            return {name: self._schema(part, (*place, name), kind[1:-1]) for name, part in node.items()}
        members = MEMBERS["schema"]
        out = {
            name: self._schema(part, (*place, name), members[name]) if name in members else part
            for name, part in node.items()
        }
        if isinstance(out.get("discriminator"), str):
            out["discriminator"] = {"propertyName": out["discriminator"]}
        if out.get("type") == "file":
            if not whole:
                self._leave_out((*place, "type"), "a file is a whole reply or in a form; here it is read as a text")
            out |= {"type": "string", "format": "binary"}
        if "x-nullable" in out:
            out["nullable"] = out.pop("x-nullable")
        return out


#: A parameter, and where it stands.
_Placed = tuple[Mapping[str, Any], Place]


def _server(document: Mapping[str, Any]) -> str:
    path = f"/{str(document.get('basePath') or '').strip('/')}"
    if not document.get("host"):
        return path
    schemes = document.get("schemes")
    scheme = schemes[0] if isinstance(schemes, list) and schemes else "https"
    return f"{scheme}://{document['host']}{path}"


def _description(parameter: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": parameter["description"]} if "description" in parameter else {}


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


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []


def _mapping(node: Any) -> Mapping[str, Any]:
    return node if isinstance(node, Mapping) else {}
