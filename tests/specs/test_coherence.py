"""What names something that is not there is told, every case of it, in the order of the document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.specs import Contract, Reference, apis, load, load_folder
from understudy.specs.coherence import dangling, incoherences

LENDING = load_folder(Path(__file__).parents[1] / "sixth")


def operated(name: str, **changed: Any) -> Contract:
    """The throw-away contract with one operation changed."""
    operations = {**LENDING.operations, name: replace(LENDING.operations[name], **changed)}
    return replace(LENDING, operations=operations)


def kept(name: str, **changed: Any) -> Contract:
    """The throw-away contract with one resource changed."""
    resources = {**LENDING.resources, name: replace(LENDING.resources[name], **changed)}
    return replace(LENDING, resources=resources)


@pytest.mark.parametrize("contract", [*map(load, apis()), LENDING], ids=lambda contract: contract.api)
def test_a_contract_that_holds_together_has_nothing_to_tell(contract: Contract) -> None:
    assert [*incoherences(contract), *dangling(contract.document)] == []


def test_every_incoherence_is_told_and_operations_come_before_resources() -> None:
    contract = operated("list_books", order="author", where={"away": True})
    contract = replace(
        contract, resources={**contract.resources, "shelf": replace(LENDING.resources["shelf"], schema="X")}
    )

    assert list(incoherences(contract)) == [
        "list_books keeps those with 'away', which book does not index",
        "list_books orders by 'author', which book does not index",
        "resource shelf has an unknown schema 'X'",
    ]


@pytest.mark.parametrize("order", ["created", "-created", "id", "-id", "title", "-title", "-shelf_id"])
def test_a_list_may_be_ordered_by_its_making_its_id_and_what_is_indexed(order: str) -> None:
    assert list(incoherences(operated("list_books", order=order))) == []


def test_a_view_of_its_own_may_be_ordered_by_what_the_record_keeps_elsewhere() -> None:
    contract = kept("book", view={"title": "{name}"})
    operations = {**contract.operations, "list_books": replace(contract.operations["list_books"], order="name")}

    assert list(incoherences(replace(contract, operations=operations))) == []


def test_an_optional_part_may_be_asked_for_in_the_body() -> None:
    assert list(incoherences(operated("create_book", optional="title"))) == []


def test_a_resource_that_is_shown_nowhere_needs_no_schema() -> None:
    assert list(incoherences(kept("book", schema=None))) == []


@pytest.mark.parametrize("action", ["read", "create", "update", "delete"])
def test_a_generic_answer_needs_a_resource(action: str) -> None:
    contract = operated("read_shelf", resource=None, action=action)

    assert list(incoherences(contract)) == [f"read_shelf needs a resource for the action {action}"]


def test_a_custom_operation_needs_none() -> None:
    assert list(incoherences(operated("lend_book", resource=None))) == []


def test_what_a_record_mentions_must_be_a_resource() -> None:
    contract = kept("book", mentions={"reader_id": ("reader", "shelf")})

    assert list(incoherences(contract)) == ["book.reader_id mentions an unknown resource 'reader'"]


def test_a_record_may_refer_to_its_own_kind() -> None:
    shelf = LENDING.resources["shelf"]

    assert list(incoherences(kept("shelf", references={**shelf.references, "above_id": Reference("shelf")}))) == []


def test_a_reference_to_nothing_is_told_with_its_place() -> None:
    document = {"paths": {"/a": {"get": [{"$ref": "#/components/gone"}]}}, "components": {"here": {}}}

    assert list(dangling(document)) == ["/paths//a/get/0: nothing stands at '#/components/gone'"]


def test_a_reference_through_what_is_no_object_leads_nowhere() -> None:
    assert list(dangling({"a": [1], "b": {"$ref": "#/a/0"}})) == ["/b: nothing stands at '#/a/0'"]


def test_a_property_that_is_called_ref_is_no_reference() -> None:
    assert list(dangling({"properties": {"$ref": {"type": "string"}}})) == []


@given(st.text(min_size=1))
def test_a_reference_finds_a_name_of_any_characters(name: str) -> None:
    escaped = name.replace("~", "~0").replace("/", "~1")

    assert list(dangling({"a": {name: {}}, "b": {"$ref": f"#/a/{escaped}"}})) == []
