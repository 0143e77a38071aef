"""What a validator objects to, as faults with names."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.http.validation_errors import MAX_FIELD_ERRORS, field_errors_in

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def errors_of(schema: dict[str, Any], value: Any, root: str = "") -> list[tuple[str, str, str]]:
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    return [(each.name, each.message, each.pointer) for each in field_errors_in(validator, value, root)]


def test_every_missing_member_is_named() -> None:
    assert errors_of({"required": ["a", "b"]}, {}) == [("a", "is required", "/a"), ("b", "is required", "/b")]


def test_a_deep_member_is_named_by_its_way_and_pointed_at() -> None:
    schema = {"properties": {"a": {"items": {"properties": {"b/c~": {"type": "integer"}}}}}}

    assert errors_of(schema, {"a": [{}, {"b/c~": "x"}]}) == [("a.1.b/c~", "must be of type integer", "/a/1/b~1c~0")]


def test_the_value_itself_bears_the_name_of_its_place() -> None:
    assert errors_of({"type": "object"}, [], "payload") == [("payload", "must be of type object", "")]
    assert errors_of({"type": "object"}, []) == [("body", "must be of type object", "")]


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "string"}, None, "may not be null"),
        ({"enum": ["a", "b"]}, None, "may not be null"),
        ({"type": "string", "pattern": r"\S"}, "  ", "may not be blank"),
        ({"type": "string", "minLength": 1}, "", "may not be blank"),
        ({"type": ["string", "null"]}, 1, "must be of type"),
        ({"type": "string", "format": "date"}, "soon", "is not a valid date"),
        ({"enum": ["a", 1]}, "c", "must be one of 'a', 1"),
        ({"pattern": "^a"}, "b", "does not match the required pattern"),
        ({"minimum": 3}, 1, "must be at least 3"),
        ({"exclusiveMaximum": 3}, 3, "must be less than 3"),
        ({"minLength": 3}, "a", "must have at least 3 characters"),
        ({"maxItems": 1}, [1, 2], "must have at most 1 item"),
        ({"minProperties": 1}, {}, "must have at least 1 member"),
        ({"multipleOf": 2}, 3, "must be a multiple of 2"),
        ({"uniqueItems": True}, [1, 1], "must not contain the same item twice"),
        ({"not": {}}, 1, "is not allowed here"),
        ({"oneOf": [{}, {}]}, 1, "matches more than one"),
        ({"additionalProperties": False}, {"a": 1}, "is not known"),
        (
            {"anyOf": [{"type": "string"}, {"type": "object", "required": ["a"]}]},
            {},
            "a is required",
        ),
    ],
)
def test_each_error_is_described_in_plain_words(schema: dict[str, Any], value: Any, message: str) -> None:
    assert message in errors_of(schema, value)[0][1]


GO = {"properties": {"do": {"const": "go"}, "to": {"type": "string"}}, "required": ["do", "to"]}
STOP = {"properties": {"do": {"const": "stop"}, "in": {"type": "integer"}}, "required": ["do", "in"]}
LIST = {"type": "object", "properties": {"any": {"type": "array"}}, "required": ["any"]}
RANGE = {"type": "object", "properties": {"from": {"type": "integer"}}, "required": ["from"]}


@pytest.mark.parametrize(
    ("forms", "value", "message"),
    [
        ([GO, STOP], {"do": "stop"}, "in is required"),
        ([GO, STOP], {"do": "stop", "in": "x"}, "in must be of type integer"),
        ([GO, STOP], {"do": "wait", "to": "x", "in": 1}, "do must be 'go', or do must be 'stop'"),
        ([LIST, RANGE], {"from": 1.5}, "from must be of type integer"),
        ([LIST, RANGE], {}, "any is required, or from is required"),
        ([LIST, RANGE, {"type": "null"}], {"any": 1}, "any must be of type array"),
        ([{"type": "null"}, {"enum": ["a", None]}], 0, "must be one of 'a', null"),
    ],
)
def test_of_several_alternatives_the_closest_are_described(forms: list[Any], value: Any, message: str) -> None:
    assert [each for _, each, _ in errors_of({"anyOf": forms}, value)] == [message]


def test_every_member_that_is_not_known_is_named() -> None:
    schema = {"properties": {"a": {}, "b": {"properties": {"c": {}}, "additionalProperties": False}}}

    assert errors_of({**schema, "additionalProperties": False}, {"a": 1, "x": 1, "b": {"y": 1}}) == [
        ("b.y", "is not known", "/b/y"),
        ("x", "is not known", "/x"),
    ]


def test_a_long_value_is_not_repeated() -> None:
    for schema in ({"maxLength": 5}, {"pattern": "^x"}, {"enum": ["x"]}, {"type": "integer"}, {"format": "date"}):
        assert len(errors_of(schema, "a" * 100_000)[0][1]) < 100


def test_no_more_errors_are_reported_than_a_person_can_read() -> None:
    assert len(errors_of({"items": {"type": "integer"}}, ["x"] * 5000)) == MAX_FIELD_ERRORS


def test_the_same_error_is_reported_once() -> None:
    schema = {"allOf": [{"required": ["a"]}, {"required": ["a"]}]}

    assert errors_of(schema, {}) == [("a", "is required", "/a")]


def test_a_missing_holder_is_reported_by_its_required_members() -> None:
    schema = {"required": ["data"], "properties": {"data": {"required": ["id", "type"]}}}
    validator = jsonschema_rs.Draft202012Validator(schema)

    assert [each.name for each in field_errors_in(validator, {}, holders=["data"])] == ["data.id", "data.type"]
    assert [each.name for each in field_errors_in(validator, {})] == ["data"]


@given(JSON)
def test_a_value_that_fits_has_no_fault_and_another_has_one(value: Any) -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}

    assert (errors_of(schema, value) == []) == jsonschema_rs.Draft202012Validator(schema).is_valid(value)
