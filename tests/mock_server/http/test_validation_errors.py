"""What a validator objects to, as faults with names."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.http.validation_errors import MAX_FIELD_ERRORS, MAX_NAMES, Schemas, field_errors_in

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def errors_of(schema: dict[str, Any], value: Any, root: str = "") -> list[tuple[str, str, str]]:
    validator = Schemas("urn:none", {}).compile(schema)
    return [(each.name, each.message, each.pointer) for each in field_errors_in(validator, value, root)]


def test_every_missing_member_is_named() -> None:
    assert errors_of({"required": ["a", "b"]}, {}) == [("a", "is required", "/a"), ("b", "is required", "/b")]


def test_a_deep_member_is_named_by_its_way_and_pointed_at() -> None:
    schema = {"properties": {"a": {"items": {"properties": {"b/c~": {"type": "integer"}}}}}}

    assert errors_of(schema, {"a": [{}, {"b/c~": "x"}]}) == [("a.1.b/c~", "must be an integer", "/a/1/b~1c~0")]


def test_the_value_itself_bears_the_name_of_its_place() -> None:
    assert errors_of({"type": "object"}, [], "payload") == [("payload", "must be an object", "")]
    assert errors_of({"type": "object"}, []) == [("", "must be a JSON object", "")]


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "string"}, None, "may not be null"),
        ({"enum": ["a", "b"]}, None, "may not be null"),
        ({"type": "string", "pattern": r"\S"}, "  ", "may not be blank"),
        ({"type": "string", "minLength": 1}, "", "may not be blank"),
        ({"type": ["null", "string"]}, 1, "must be a string or null"),
        ({"type": ["array", "number"]}, "x", "must be a list or a number"),
        ({"enum": ["api-user"]}, "c", "must be 'api-user'"),
        ({"type": "string", "format": "date"}, "soon", "is not a valid date"),
        ({"enum": ["a", 1]}, "c", "must be one of 'a', 1"),
        ({"pattern": "^a"}, "b", "must match the pattern ^a"),
        ({"pattern": "^a", "x-accepts": "a word with a"}, "b", "must be a word with a"),
        ({"minimum": 3}, 1, "must be at least 3"),
        ({"exclusiveMaximum": 3}, 3, "must be less than 3"),
        ({"minLength": 3}, "a", "must have at least 3 characters"),
        ({"maxItems": 1}, [1, 2], "must have at most 1 item"),
        ({"minProperties": 1}, {}, "must have at least 1 member"),
        ({"multipleOf": 2}, 3, "must be a multiple of 2"),
        ({"uniqueItems": True}, [1, 1], "must not contain the same item twice"),
        ({"not": {}}, 1, "is not allowed here"),
        ({"oneOf": [{}, {}]}, 1, "matches more than one"),
        ({"additionalProperties": False}, {"a": 1}, "is not a member that is accepted here"),
        (
            {"anyOf": [{"type": "string"}, {"type": "object", "required": ["a"]}]},
            {},
            "is required",
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
    ("forms", "value", "name", "message"),
    [
        ([GO, STOP], {"do": "stop"}, "in", "is required"),
        ([GO, STOP], {"do": "stop", "in": "x"}, "in", "must be an integer"),
        ([GO, STOP], {"do": "wait", "to": "x", "in": 1}, "", "do must be 'go', or do must be 'stop'"),
        ([LIST, RANGE], {"from": 1.5}, "from", "must be an integer"),
        ([LIST, RANGE], {}, "", "any is required, or from is required"),
        ([LIST, RANGE, {"type": "null"}], {"any": 1}, "any", "must be a list"),
        ([{"type": "null"}, {"enum": ["a", None]}], 0, "", "must be one of 'a', null"),
    ],
)
def test_of_several_alternatives_the_closest_are_described(
    forms: list[Any], value: Any, name: str, message: str
) -> None:
    assert [each[:2] for each in errors_of({"anyOf": forms}, value)] == [(name, message)]


def test_a_member_inside_the_closest_alternative_is_named_by_its_way() -> None:
    schema = {"properties": {"filters": {"items": {"oneOf": [LIST, RANGE]}}}}

    assert errors_of(schema, {"filters": [{"from": "x"}]}) == [
        ("filters.0.from", "must be an integer", "/filters/0/from")
    ]


def test_every_member_that_is_not_known_is_named() -> None:
    schema = {"properties": {"a": {}, "b": {"properties": {"c": {}}, "additionalProperties": False}}}

    assert errors_of({**schema, "additionalProperties": False}, {"a": 1, "x": 1, "b": {"y": 1}}) == [
        ("b.y", "is not a member that is accepted here; accepted are c", "/b/y"),
        ("x", "is not a member that is accepted here; accepted are a, b", "/x"),
    ]


def test_of_many_accepted_members_a_dozen_are_named() -> None:
    schema = {"properties": {f"m{n}": {} for n in range(30)}, "additionalProperties": False}

    [(_, message, _)] = errors_of(schema, {"x": 1})

    listed = message.partition("accepted are ")[2].split(", ")
    assert listed == [*(f"m{n}" for n in range(MAX_NAMES)), "…"]


@pytest.mark.parametrize(
    ("schema", "value", "name", "message"),
    [
        ({"properties": {"a": {"$ref": "urn:all#/closed"}}}, {"a": {"y": 1}}, "a.y", "accepted are b"),
        ({"items": {"$ref": "urn:all#/again"}}, [{"b": 1}], "0.b", "must be a word"),
        ({"allOf": [{"anyOf": [{"$ref": "urn:all#/closed"}, {"type": "null"}]}]}, {"b": "1"}, "b", "must be a word"),
        ({"properties": {"$ref": {"$ref": "urn:all#/closed"}}}, {"$ref": {"y": 1}}, "$ref.y", "accepted are b"),
    ],
)
def test_what_is_accepted_is_found_behind_references(schema: Any, value: Any, name: str, message: str) -> None:
    closed = {"properties": {"b": {"$ref": "#/word"}}, "additionalProperties": False}
    word = {"type": "string", "pattern": "^[a-z]+$", "x-accepts": "a word"}
    again = {"properties": {"b": {"pattern": "x", "allOf": [{"$ref": "#/word"}]}}}
    document = {"word": word, "closed": closed, "again": again}
    if name == "0.b":
        value = [{"b": "1x"}]

    found = field_errors_in(Schemas("urn:all", document).compile(schema), value)

    assert any(each.name == name and message in each.message for each in found), found


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
    validator = Schemas("urn:none", {}).compile(schema)

    assert [each.name for each in field_errors_in(validator, {}, holders=["data"])] == ["data.id", "data.type"]
    assert [each.name for each in field_errors_in(validator, {})] == ["data"]


@given(JSON)
def test_a_value_that_fits_has_no_fault_and_another_has_one(value: Any) -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}

    assert (errors_of(schema, value) == []) == jsonschema_rs.Draft202012Validator(schema).is_valid(value)
