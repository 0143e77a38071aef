"""Drawn values fit the schema that they are drawn from, and the same key draws the same again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.values.schema_faker import DEEPEST, DEPTH, ITEMS, MOST_ITEMS, SchemaFaker
from understudy.specs.reading.schema import convert

KEYS = [f"draw {number}" for number in range(40)]

#: Schemas that `$ref` may name.
NAMED: dict[str, Any] = {
    "Name": {"type": "string", "pattern": "^n-[0-9]{3}$"},
    "Tree": {
        "type": "object",
        "required": ["below"],
        "properties": {
            "below": {"type": "array", "items": {"$ref": "Tree"}},
            "beside": {"allOf": [{"$ref": "Tree"}], "nullable": True},
        },
    },
}


def resolve(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return NAMED[schema["$ref"]] if "$ref" in schema else schema


def drawn(schema: Mapping[str, Any], key: str, name: str = "") -> Any:
    return SchemaFaker(key, resolve, ("en_GB",)).value(schema, name)


def every(schema: Mapping[str, Any], name: str = "") -> list[Any]:
    """What each of the keys draws."""
    return [drawn(schema, key, name) for key in KEYS]


def fits(schema: Mapping[str, Any], value: Any) -> bool:
    return jsonschema_rs.Draft202012Validator(convert(schema, ""), validate_formats=True).is_valid(value)


integers = st.builds(
    lambda least, more, step, open: {
        "type": "integer",
        "minimum": least,
        "exclusiveMinimum": open,
        **({} if more is None else {"maximum": least + 2 * step + more, "exclusiveMaximum": open}),
        "multipleOf": step,
    },
    st.integers(-5000, 5000),
    st.none() | st.integers(0, 3000),
    st.sampled_from([1, 5, 60, 3000]),
    st.booleans(),
)
uppers = st.builds(
    lambda most, open: {"type": "integer", "maximum": most, "exclusiveMaximum": open},
    st.integers(-(10**6), 10**6),
    st.booleans(),
)
decimals = st.builds(
    lambda least, more: {"type": "number", "minimum": least / 1000, "maximum": (least + more) / 1000},
    st.integers(-1000, 1000),
    st.integers(0, 1000),
)
texts = st.builds(
    lambda least, more: {"type": "string", "minLength": least, "maxLength": least + more},
    st.integers(0, 80),
    st.integers(0, 40),
)
formats = st.sampled_from(["date-time", "date", "time", "uuid", "email", "uri"]).map(
    lambda form: {"type": "string", "format": form}
)
patterns = st.sampled_from(
    [
        "^[a-z]{2}$", "^(draft|open|closed)$", r"^\d{4}-[01]\d$", "^[^a]$", "^[^-_0-9]{4}$", "^a+b*c?$", "^(?:x|[0-9a-f]{8})$",
        r"^\w+@\w+$", "^.{3}$", "tail$", r"^[\d-]{5}\s\S\D\W$", "^[A-Z]{3,}$",
    ]
).map(lambda pattern: {"type": "string", "pattern": pattern})  # fmt: skip
scalars = st.one_of(integers, uppers, decimals, texts, formats, patterns, st.just({"type": "boolean"}))
wholes = st.recursive(
    scalars,
    lambda below: st.one_of(
        below.map(lambda schema: {**schema, "nullable": True}),
        st.lists(below, min_size=1, max_size=3).map(lambda schemas: {"oneOf": schemas}),
        st.builds(
            lambda items, least, more: {"type": "array", "items": items, "minItems": least, "maxItems": least + more},
            below,
            st.integers(0, 4),
            st.integers(0, 8),
        ),
        st.dictionaries(st.sampled_from("abcd"), below, max_size=3).map(
            lambda members: {
                "type": "object",
                "properties": members,
                "required": sorted(members),
                "additionalProperties": False,
            }
        ),
        below.map(lambda schema: {"type": "object", "minProperties": 2, "additionalProperties": schema}),
    ),
    max_leaves=5,
)


@given(wholes, st.sampled_from(KEYS))
def test_what_is_drawn_fits_its_schema(schema: dict[str, Any], key: str) -> None:
    value = drawn(schema, key)

    # Of several alternatives a value may fit more than one: the forms do not exclude each other.
    assert fits(_any_of(schema), value), value


def _any_of(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {("anyOf" if name == "oneOf" else name): _any_of(part) for name, part in schema.items()}
    return [_any_of(part) for part in schema] if isinstance(schema, list) else schema


@given(wholes, st.sampled_from(KEYS))
def test_the_same_key_draws_the_same(schema: dict[str, Any], key: str) -> None:
    assert drawn(schema, key) == drawn(schema, key)


def test_other_keys_draw_otherwise() -> None:
    assert len(set(every({"type": "string", "format": "uuid"}))) == len(KEYS)


def test_every_value_of_an_enumeration_comes() -> None:
    assert set(every({"type": "string", "enum": ["a", "b", "c"]})) == {"a", "b", "c"}


def test_what_may_be_null_is_null_now_and_then() -> None:
    nothing = [value is None for value in every({"type": "integer", "nullable": True})]

    assert 0 < sum(nothing) < len(KEYS) / 2


def test_a_member_that_is_not_required_is_left_out_now_and_then() -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}

    assert {frozenset(value) for value in every(schema)} == {frozenset("a"), frozenset("ab")}


def test_a_list_is_never_empty_unless_it_has_to_be() -> None:
    lengths = {len(value) for value in every({"type": "array", "items": {"type": "integer"}})}

    assert lengths == set(range(1, ITEMS + 1))


def test_items_that_must_differ_are_as_many_as_there_must_be() -> None:
    schema = {"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 3, "maxItems": 3}

    assert all(sorted(value) == [1, 2, 3] for value in every(schema))


def test_all_parts_of_a_whole_are_drawn_however_deep_they_stand() -> None:
    parts = {name: {"type": "object", "required": [name], "properties": {name: {"enum": [name]}}} for name in "abc"}
    schema = {"allOf": [{"allOf": [parts["a"]]}, {"allOf": [{"allOf": [parts["b"]]}]}, parts["c"]]}

    assert drawn(schema, "k") == {"a": "a", "b": "b", "c": "c"}


def test_an_alternative_keeps_what_stands_beside_it() -> None:
    schema = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"enum": [7]}},
        "oneOf": [{"required": [name], "properties": {name: {"enum": [name]}}} for name in "ab"],
    }

    assert {tuple(value.items()) for value in every(schema)} == {(("id", 7), ("a", "a")), (("id", 7), ("b", "b"))}


def test_each_part_of_a_whole_chooses_its_own_alternative() -> None:
    def either(*names: str) -> dict[str, Any]:
        return {"oneOf": [{"required": [name], "properties": {name: {"enum": [name]}}} for name in names]}

    assert {frozenset(value) for value in every({"allOf": [either("a", "b"), either("c", "d")]})} == {
        frozenset("ac"), frozenset("ad"), frozenset("bc"), frozenset("bd"),
    }  # fmt: skip


def test_a_reference_is_followed() -> None:
    assert all(re.fullmatch("n-[0-9]{3}", value) for value in every({"$ref": "Name"}))


def test_a_schema_that_contains_itself_comes_to_an_end() -> None:
    def depth(tree: Any) -> int:
        branches = [*tree["below"], *filter(None, [tree.get("beside")])]
        return 1 + max(map(depth, branches), default=0)

    assert 1 < max(map(depth, every({"$ref": "Tree"})[:5])) <= DEPTH + 3


@pytest.mark.parametrize(
    ("name", "looks"), [("name", r".+ .+"), ("first_name", r"[A-Z][\w' -]+"), ("city", r"[A-Z].+")]
)
def test_a_member_with_a_familiar_name_looks_like_one(name: str, looks: str) -> None:
    assert all(re.fullmatch(looks, value) for value in every({"type": "string"}, name))


def test_a_text_without_an_anchor_stands_behind_a_word() -> None:
    assert all(re.fullmatch("[a-z]+-1", value) for value in every({"type": "string", "pattern": "-1"}))


@pytest.mark.parametrize("key", KEYS)
def test_a_pattern_without_an_anchor_leaves_room_only_where_the_length_does(key: str) -> None:
    schema = {"type": "string", "pattern": "[a-f]{8}", "maxLength": 8}
    assert re.fullmatch("[a-f]{8}", SchemaFaker(key, dict, ("en_GB",)).value(schema))


def test_what_is_required_and_described_nowhere_is_drawn() -> None:
    drawn = SchemaFaker("a", dict, ("en_GB",)).value({"type": "object", "required": ["method"]})
    assert isinstance(drawn["method"], str)


@pytest.mark.parametrize("promise", [{"required": ["left", "right"]}, {"minProperties": 2}], ids=["names", "a number"])
def test_members_that_are_described_alone_by_what_holds_them_come_to_an_end(promise: dict[str, Any]) -> None:
    def depth(tree: dict[str, Any]) -> int:
        return 1 + max(map(depth, tree.values()), default=0)

    odd: dict[str, Any] = {"type": "object", **promise}
    odd["additionalProperties"] = odd

    assert depth(SchemaFaker("a", dict, ("en_GB",)).value(odd)) == DEEPEST + 1


def test_an_object_does_not_grow_beyond_what_can_be_read() -> None:
    schema = {"type": "object", "minProperties": 10**6, "additionalProperties": {"type": "integer"}}

    assert len(SchemaFaker("a", dict, ("en_GB",)).value(schema)) == MOST_ITEMS


@pytest.mark.parametrize(
    "secret",
    [{"type": "string", "writeOnly": True}, {"allOf": [{"type": "string"}, {"writeOnly": True}]}],
    ids=["it says so", "a part of it says so"],
)
def test_what_only_clients_send_is_not_drawn_required_or_not(secret: Mapping[str, Any]) -> None:
    schema = {
        "type": "object",
        "required": ["a", "b"],
        "properties": {"a": secret, "b": {"type": "string"}, "c": secret},
    }

    assert {frozenset(value) for value in every(schema)} == {frozenset({"b"})}


@pytest.mark.parametrize("limits", [{"maxLength": 6}, {"minLength": 14}, {"minLength": 5, "maxLength": 7}])
@pytest.mark.parametrize("key", KEYS)
def test_a_pattern_leaves_the_length_to_the_limits_of_the_text(key: str, limits: dict[str, int]) -> None:
    schema = {"type": "string", "pattern": "^se-[a-z0-9]+(-[a-z0-9]+)*$", **limits}
    drawn = SchemaFaker(key, lambda part: part, ("en_GB",)).value(schema)

    assert limits.get("minLength", 0) <= len(drawn) <= limits.get("maxLength", len(drawn))
    assert re.fullmatch(schema["pattern"], drawn)


def _animals(discriminator: dict[str, Any], kind: Any = None) -> Mapping[str, Any]:
    """What finds the schemas of two animals, one of which is drawn where any is asked for."""
    shape = {"type": "object", "properties": {"kind": kind or {"type": "string"}}}
    refs = [{"$ref": f"urn:zoo#/components/schemas/{name}"} for name in ("Cat", "Dog")]
    whole = {"allOf": [{"$ref": "urn:zoo#/components/schemas/Base"}, {"required": ["bark"]}]}
    return {
        "Cat": {**shape, "required": ["lives"]},
        "Dog": {**shape, "required": ["bark"]},
        "Any": {"oneOf": refs, "discriminator": discriminator},
        "Base": {**shape, "discriminator": discriminator},
        "Wolf": whole,
    }


def _drawn_animals(name: str, animals: Mapping[str, Any]) -> list[dict[str, Any]]:
    def found(schema: Mapping[str, Any]) -> Mapping[str, Any]:
        return animals[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema

    schema = {"$ref": f"urn:zoo#/components/schemas/{name}"}
    return [SchemaFaker(str(number), found, ("en_GB",)).value(schema) for number in range(20)]


@pytest.mark.parametrize(
    ("mapping", "wanted"),
    [
        ({}, {("Cat", "lives"), ("Dog", "bark")}),
        ({"cat": "#/components/schemas/Cat", "d": "Dog"}, {("cat", "lives"), ("d", "bark")}),
        ({"cat": "#/components/schemas/Cat"}, {("cat", "lives"), ("Dog", "bark")}),
    ],
)
def test_an_object_says_which_of_its_alternatives_it_is(mapping: dict[str, str], wanted: set[Any]) -> None:
    animals = _drawn_animals("Any", _animals({"propertyName": "kind", "mapping": mapping}))

    assert {(each["kind"], "lives" if "lives" in each else "bark") for each in animals} == wanted


def test_what_builds_on_another_says_so_and_what_others_build_on_is_one_of_them() -> None:
    mapping = {"wolf": "#/components/schemas/Wolf", "fox": "#/components/schemas/Fox"}
    named, unnamed = ({"propertyName": "kind", "mapping": mapping}, {"propertyName": "kind"})

    assert {each["kind"] for each in _drawn_animals("Wolf", _animals(named))} == {"wolf"}
    assert {each["kind"] for each in _drawn_animals("Wolf", _animals(unnamed))} == {"Wolf"}
    assert {each["kind"] for each in _drawn_animals("Base", _animals(named))} == {"wolf", "fox"}
    assert {each["kind"] for each in _drawn_animals("Base", _animals(unnamed))} == {"Base"}


@pytest.mark.parametrize("kind", [{"const": "beast"}, {"enum": ["beast"]}, {"type": "integer"}])
def test_a_member_that_can_have_no_such_value_keeps_its_own(kind: dict[str, Any]) -> None:
    kinds = [each.get("kind") for each in _drawn_animals("Any", _animals({"propertyName": "kind"}, kind))]

    assert all(each is None or each == "beast" or isinstance(each, int) for each in kinds)
