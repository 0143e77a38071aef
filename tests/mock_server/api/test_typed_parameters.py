"""Connexion's own stack finds a type wherever it looks for one."""

from __future__ import annotations

from typing import Any

from understudy.mock_server.api.typed_parameters import type_parameters

EITHER = {"anyOf": [{"type": "integer"}, {"type": "string"}]}


def typed(schema: dict[str, Any]) -> Any:
    """The schema of a parameter once types are given."""
    document = {
        "paths": {"/a": {"parameters": [{"name": "a", "in": "query", "schema": schema}]}},
        "components": {"schemas": {"Either": EITHER, "Number": {"type": "integer"}}},
    }
    type_parameters(document)
    assert document["components"] == {"schemas": {"Either": EITHER, "Number": {"type": "integer"}}}
    (parameter,) = document["paths"]["/a"]["parameters"]
    return parameter["schema"]


def test_what_has_no_type_is_text_and_is_checked_as_before() -> None:
    assert typed(EITHER) == {"type": "string", **EITHER}
    assert typed({"$ref": "#/components/schemas/Either"}) == {"type": "string", **EITHER}
    assert typed({"enum": ["red"]}) == {"type": "string", "enum": ["red"]}


def test_what_has_a_type_keeps_it() -> None:
    assert typed({"$ref": "#/components/schemas/Number"}) == {"type": "integer"}
    assert typed({"type": "boolean"}) == {"type": "boolean"}


def test_the_items_of_a_list_have_a_type_too() -> None:
    for items in (EITHER, {"$ref": "#/components/schemas/Either"}):
        assert typed({"type": "array", "items": items})["items"] == {"type": "string", **EITHER}
    assert typed({"type": "array", "items": {"type": "integer"}})["items"] == {"type": "integer"}
    assert typed({"type": "array"})["items"] == {"type": "string"}
