"""The types of the client are those of the control document."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from understudy.mock_server.client import control, wire
from understudy.mock_server.control.document import control_document
from understudy.specs.reading.references import resolve

DOCUMENT = control_document()
SCHEMAS = DOCUMENT["components"]["schemas"]
CLOCK = DOCUMENT["components"]["responses"]["Clock"]["content"]["application/json"]["schema"]
TYPES = {name: each for name, each in vars(wire).items() if is_typeddict(each)}
KINDS = {str: "string", int: "integer", float: "number", bool: "boolean"}


def declared(schema: Mapping[str, Any]) -> Any:
    """What a schema allows, in the form of `typed`."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "oneOf" in schema:
        return frozenset(declared(each) for each in schema["oneOf"])
    found = frozenset(schema["enum"]) if "enum" in schema else schema.get("type", "anything")
    return frozenset({found, "null"}) if schema.get("nullable") else found


def typed(hint: Any) -> Any:
    """What a type allows: a kind of JSON value, the name of a type, or a set of these."""
    if is_typeddict(hint):
        return hint.__name__
    if hint is Any:
        return "anything"
    origin = get_origin(hint)
    if origin is NotRequired:
        return typed(get_args(hint)[0])
    if origin is Literal:
        return frozenset(get_args(hint))
    if origin in {Union, UnionType}:
        return frozenset("null" if each is type(None) else typed(each) for each in get_args(hint))
    return {dict: "object", list: "array"}.get(origin) or KINDS[hint]


@pytest.mark.parametrize("name", TYPES)
def test_a_type_has_the_members_of_its_schema(name: str) -> None:
    schema = CLOCK if name == "Clock" else SCHEMAS[name]
    hints = get_type_hints(TYPES[name], include_extras=True)

    assert {each: typed(hint) for each, hint in hints.items()} == {
        each: declared(part) for each, part in schema["properties"].items()
    }
    required = {each for each, hint in hints.items() if get_origin(hint) is not NotRequired}
    assert required == set(schema.get("required", ()))


def test_the_filter_of_requests_has_the_parameters_of_the_operation() -> None:
    parameters = [resolve(DOCUMENT, each) for each in DOCUMENT["paths"]["/requests"]["get"]["parameters"]]

    assert set(control.Filter.__annotations__) == {each["name"] for each in parameters}
