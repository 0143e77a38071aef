"""OpenAPI 3.0 schemas mean the same after their translation to JSON Schema 2020-12.

The judge is an independent implementation of OpenAPI 3.0's own dialect.
"""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator

from understudy.specs.reading.schema import UnknownKeywordError, convert

NUMBERS = st.integers(-5, 5)
WORDS = st.sampled_from(["", "a", "ab", "abc", "b", "ß"])
NAMES = st.sampled_from(["a", "b", "c"])


def _bounded(draw: st.DrawFn, schema: dict[str, Any]) -> dict[str, Any]:
    low, high = sorted([draw(NUMBERS), draw(NUMBERS)])
    if draw(st.booleans()):
        schema |= {"minimum": low, "exclusiveMinimum": draw(st.booleans())}
    if draw(st.booleans()):
        schema |= {"maximum": high, "exclusiveMaximum": draw(st.booleans())}
    if draw(st.booleans()):
        schema["multipleOf"] = draw(st.integers(1, 3))
    return schema


@st.composite
def plain(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["integer", "number", "string", "boolean"]))
    schema: dict[str, Any] = {"type": kind}
    if kind in {"integer", "number"}:
        schema = _bounded(draw, schema)
    elif kind == "string" and draw(st.booleans()):
        schema |= {"minLength": draw(st.integers(0, 2)), "maxLength": draw(st.integers(0, 3))}
    if draw(st.booleans()):
        schema["nullable"] = draw(st.booleans())
    return schema


def _combined(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.fixed_dictionaries(
        {"type": st.just("array"), "items": children},
        optional={
            "minItems": st.integers(0, 2),
            "maxItems": st.integers(0, 3),
            "uniqueItems": st.booleans(),
            "nullable": st.booleans(),
        },
    )
    objects = st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(NAMES, children, max_size=3)},
        optional={
            "required": st.lists(NAMES, min_size=1, max_size=3, unique=True),
            "additionalProperties": st.one_of(st.booleans(), children),
            "minProperties": st.integers(0, 2),
            "maxProperties": st.integers(0, 3),
            "nullable": st.booleans(),
        },
    )
    several = st.lists(children, min_size=1, max_size=3)
    return st.one_of(
        lists,
        objects,
        several.map(lambda parts: {"allOf": parts}),
        several.map(lambda parts: {"anyOf": parts}),
        several.map(lambda parts: {"oneOf": parts}),
        children.map(lambda part: {"not": part}),
    )


SCHEMAS = st.recursive(plain(), _combined, max_leaves=6)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.sampled_from([0.5, -1.5]), WORDS),
    lambda children: st.one_of(st.lists(children, max_size=3), st.dictionaries(NAMES, children, max_size=3)),
    max_leaves=5,
)


def accepts(schema: dict[str, Any], value: Any) -> bool:
    return bool(jsonschema_rs.Draft202012Validator(convert(schema, "urn:test"), validate_formats=True).is_valid(value))


@given(SCHEMAS, VALUES)
@example({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, 1)
@example({"type": "integer", "minimum": 1, "exclusiveMinimum": False}, 1)
@example({"type": "number", "maximum": 2, "exclusiveMaximum": True}, 2)
@example({"type": "string", "nullable": True}, None)
@example({"type": "object", "properties": {"a": {"type": "string", "nullable": True}}, "required": ["a"]}, {"a": None})
@example({"type": "object", "properties": {}, "additionalProperties": False}, {"a": 1})
def test_a_translated_schema_accepts_what_the_original_accepts(schema: dict[str, Any], value: Any) -> None:
    assert accepts(schema, value) == OAS30Validator(schema).is_valid(value)


@given(SCHEMAS)
def test_a_translated_schema_holds_none_of_openapis_own_words(schema: dict[str, Any]) -> None:
    translated = repr(convert(schema, "urn:test"))

    assert "nullable" not in translated
    assert "'exclusiveMinimum': True" not in translated
    assert "'exclusiveMaximum': False" not in translated


@given(SCHEMAS)
def test_the_original_is_left_as_it_was(schema: dict[str, Any]) -> None:
    before = repr(schema)

    convert(schema, "urn:test")

    assert repr(schema) == before


@given(st.sampled_from(["const", "writeOnly", "if", "patternProperties", "x-other", "Type"]), SCHEMAS)
def test_an_unknown_keyword_is_refused_wherever_it_stands(keyword: str, schema: dict[str, Any]) -> None:
    deep = {"type": "object", "properties": {"a": {"type": "array", "items": {**schema, keyword: True}}}}

    with pytest.raises(UnknownKeywordError, match=f"/properties/a/items: there is no schema keyword '{keyword}' here"):
        convert(deep, "urn:test")


def test_null_is_among_the_values_of_a_nullable_enum() -> None:
    schema = {"type": "string", "nullable": True, "enum": ["a", "b"]}

    assert accepts(schema, None)
    assert accepts(schema, "a")
    assert not accepts(schema, "c")


def test_null_is_among_the_forms_of_a_nullable_combination() -> None:
    schema = {"nullable": True, "allOf": [{"type": "object", "required": ["a"]}]}

    assert accepts(schema, None)
    assert not accepts(schema, {})


@pytest.mark.parametrize(
    ("form", "right", "wrong"),
    [
        ("date", "2025-02-28", "2025-02-30"),
        ("date-time", "2025-02-28T10:00:00Z", "2025-02-28 10:00"),
        ("uuid", "5e1f0a52-8b9c-4d53-9d27-1f0a528b9c4d", "5e1f0a52"),
        ("uri", "https://example.org/a", "example"),
        ("email", "ada@example.org", "ada"),
    ],
)
def test_formats_are_looked_at(form: str, right: str, wrong: str) -> None:
    assert accepts({"type": "string", "format": form}, right)
    assert not accepts({"type": "string", "format": form}, wrong)


def test_a_reference_gets_the_address_of_its_document() -> None:
    assert convert({"$ref": "#/components/schemas/A"}, "urn:test") == {"$ref": "urn:test#/components/schemas/A"}


def test_what_is_for_readers_alone_is_left_out() -> None:
    schema = {"type": "string", "title": "A", "description": "a", "example": "x", "default": "y", "deprecated": True}

    assert convert(schema, "urn:test") == {"type": "string"}


def test_what_a_pattern_accepts_is_kept_for_error_messages() -> None:
    schema = {"type": "string", "pattern": "^a", "x-accepts": "a word with a"}

    assert convert(schema, "urn:x") == schema


@pytest.mark.parametrize("schema", [{"x-accepts": "a word"}, {"pattern": "^a", "x-accepts": 1}])
def test_what_is_accepted_is_a_text_beside_a_pattern(schema: dict[str, Any]) -> None:
    with pytest.raises(UnknownKeywordError, match="x-accepts is a text and stands beside a pattern"):
        convert(schema, "urn:x")
