"""What a request may hold where a schema says `readOnly`, and what of it is taken."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.specs.reading.read_only import REQUESTS, ReadOnlyMembers, requested, used
from understudy.specs.reading.schema import convert

URI = "urn:understudy:library"

BOOK = {
    "type": "object",
    "required": ["id", "title"],
    "properties": {
        "id": {"type": "string", "readOnly": True},
        "title": {"type": "string"},
        "shelf": {"$ref": "#/components/schemas/Shelf"},
        "sequel": {"$ref": "#/components/schemas/Book"},
        "loans": {"type": "array", "items": {"$ref": "#/components/schemas/Loan"}},
        "notes": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Loan"}},
    },
}
DOCUMENT: dict[str, Any] = {
    "components": {
        "schemas": {
            "Book": BOOK,
            "Shelf": {"allOf": [{"$ref": "#/components/schemas/Numbered"}], "required": ["number", "room"]},
            "Numbered": {
                "type": "object",
                "properties": {"number": {"type": "integer", "readOnly": True}, "room": {"type": "string"}},
            },
            "Loan": {
                "type": "object",
                "required": ["until", "state"],
                "properties": {"until": {"type": "string"}, "state": {"$ref": "#/components/schemas/State"}},
            },
            "State": {"type": "string", "enum": ["out", "back"], "readOnly": True},
            "Named": {"type": "object", "required": ["id", "name"], "properties": {"name": {"type": "string"}}},
            "Person": {
                "allOf": [
                    {"$ref": "#/components/schemas/Named"},
                    {"properties": {"id": {"type": "string", "readOnly": True}}},
                ]
            },
        }
    }
}
SCHEMAS = DOCUMENT["components"]["schemas"]
ROOT = {
    "components": {
        "schemas": {name: convert(schema, URI) for name, schema in SCHEMAS.items()},
        REQUESTS: {name: convert(requested(schema, DOCUMENT), URI) for name, schema in SCHEMAS.items()},
    }
}


def refers(name: str) -> dict[str, Any]:
    return convert(requested({"$ref": f"#/components/schemas/{name}"}, DOCUMENT), URI)


def accepts(name: str, value: Any) -> bool:
    registry = jsonschema_rs.Registry([(URI, ROOT)])
    return jsonschema_rs.Draft202012Validator(refers(name), registry=registry).is_valid(value)


def taken(name: str, value: Any) -> Any:
    return ReadOnlyMembers(refers(name), ROOT).removed(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Book", {"title": "Rivers"}),
        ("Book", {"title": "Rivers", "id": 5}),
        ("Book", {"title": "Rivers", "shelf": {"room": "north"}}),
        ("Book", {"title": "Rivers", "sequel": {"title": "Seas"}}),
        ("Book", {"title": "Rivers", "loans": [{"until": "May", "state": "lost"}]}),
        ("Person", {"name": "Ada"}),
    ],
)
def test_a_request_needs_no_member_that_only_the_server_sets(name: str, value: Any) -> None:
    assert accepts(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Book", {}),
        ("Book", {"title": 5}),
        ("Book", {"title": "Rivers", "shelf": {}}),
        ("Book", {"title": "Rivers", "sequel": {}}),
        ("Book", {"title": "Rivers", "loans": [{}]}),
        ("Person", {"id": "1"}),
    ],
)
def test_what_else_the_schema_says_holds_in_a_request(name: str, value: Any) -> None:
    assert not accepts(name, value)


def test_a_reply_still_needs_them() -> None:
    registry = jsonschema_rs.Registry([(URI, ROOT)])
    reply = jsonschema_rs.Draft202012Validator({"$ref": f"{URI}#/components/schemas/Book"}, registry=registry)

    assert reply.is_valid({"id": "1", "title": "Rivers"})
    assert not reply.is_valid({"title": "Rivers"})
    assert not reply.is_valid({"title": "Rivers", "id": 5})


def test_what_a_request_sends_there_is_not_taken_at_any_depth() -> None:
    sent = {
        "id": "mine",
        "title": "Rivers",
        "shelf": {"number": 3, "room": "north"},
        "sequel": {"id": "mine", "title": "Seas", "sequel": {"id": "mine", "title": "Lakes"}},
        "loans": [{"until": "May", "state": "lost"}],
        "notes": {"id": {"until": "June", "state": "lost"}},
        "unknown": {"id": "kept"},
    }

    assert taken("Book", sent) == {
        "title": "Rivers",
        "shelf": {"room": "north"},
        "sequel": {"title": "Seas", "sequel": {"title": "Lakes"}},
        "loans": [{"until": "May"}],
        "notes": {"id": {"until": "June"}},
        "unknown": {"id": "kept"},
    }


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*BOOK["properties"], "x"]), inner),
    max_leaves=10,
)


@given(VALUES)
def test_removing_them_twice_changes_no_more_than_once(value: Any) -> None:
    once = taken("Book", value)

    assert taken("Book", once) == once


@given(VALUES)
def test_a_body_without_such_members_stays_the_same_object(value: Any) -> None:
    assert ReadOnlyMembers(refers("Named"), ROOT).removed(value) is value


def test_a_document_that_marks_none_is_not_taken_for_one_that_does() -> None:
    plain = {"components": {"schemas": {"Named": SCHEMAS["Named"]}}}

    assert used(DOCUMENT)
    assert not used(plain)
    assert not used({"components": {"schemas": {"A": {"type": "object", "example": {"readOnly": True}}}}})
