"""What a contract's values tell about themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from understudy.specs import Resource, load
from understudy.specs.contract import Identity, PageSize, Pagination, Reference

PLAIN = Resource("cup", None, Identity(), None, {}, {}, {}, {}, (), {}, None)
KIT = load("participant-kit")
SIZE = PageSize(("limit",), default=20, maximum=100)


@pytest.mark.parametrize(
    ("envelope", "path"),
    [
        ({"data": "{items}"}, ("data",)),
        ({"total": "{count}", "page": {"of": {"all": "{items}"}}}, ("page", "of", "all")),
        ({"before": {"next": "{next}"}, "items": "{items}"}, ("items",)),
    ],
)
def test_a_pages_items_are_found_however_deep_they_stand(envelope: dict[str, object], path: tuple[str, ...]) -> None:
    assert Pagination(SIZE, envelope).items_at() == path


def test_an_envelope_that_is_the_items_has_no_way_to_them() -> None:
    assert Pagination(SIZE, {}).items_at() == ()


def test_a_property_that_is_owner_reference_and_index_is_one_column() -> None:
    resource = replace(PLAIN, owner="a", references={"b": Reference("cup"), "a": Reference("cup")}, indexes=("c", "b"))

    assert resource.columns() == ("a", "b", "c")


def test_a_resource_without_owner_and_index_keeps_no_column() -> None:
    assert PLAIN.columns() == ()


def test_what_any_token_shows_is_hidden_without_one() -> None:
    assert replace(PLAIN, optional={"all": ("a", "b"), "some": ("b", "c")}).hidden() == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("method", "writes"),
    [
        ("GET", False),
        ("HEAD", False),
        ("OPTIONS", False),
        ("POST", True),
        ("PUT", True),
        ("PATCH", True),
        ("DELETE", True),
    ],
)
def test_an_operation_writes_unless_its_method_is_safe(method: str, writes: bool) -> None:
    assert replace(KIT.operations["list_projects"], method=method).writes is writes


def test_members_are_found_through_references_and_combinations() -> None:
    schemas = {
        "Named": {"properties": {"name": {}}},
        "Aged": {"anyOf": [{"properties": {"age": {}}}, {"oneOf": [{"$ref": "#/components/schemas/Named"}]}]},
    }
    contract = replace(KIT, schemas={"components": {"schemas": schemas}})

    schema = {"properties": {"id": {}}, "allOf": [{"$ref": "#/components/schemas/Aged"}]}
    assert contract.members(schema) == {"id", "age", "name"}


def test_a_schema_that_is_no_object_has_no_members() -> None:
    assert KIT.members({"type": "array", "items": {"type": "object", "properties": {"a": {}}}}) == frozenset()


def test_an_apis_schemas_have_an_address_of_their_own() -> None:
    assert KIT.uri == "urn:understudy:participant-kit"
