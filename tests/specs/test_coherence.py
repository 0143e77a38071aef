"""What names something that is not there is reported, every case of it, in the order of the document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from understudy.specs import Contract, Reference, apis, load, load_folder
from understudy.specs.coherence import dangling, duplicates, incoherences
from understudy.specs.contract import Due

LENDING = load_folder(Path(__file__).parents[1] / "sixth")


def with_operation(name: str, **changed: Any) -> Contract:
    """The throw-away contract with one operation changed."""
    operations = {**LENDING.operations, name: replace(LENDING.operations[name], **changed)}
    return replace(LENDING, operations=operations)


def with_resource(name: str, **changed: Any) -> Contract:
    """The throw-away contract with one resource changed."""
    resources = {**LENDING.resources, name: replace(LENDING.resources[name], **changed)}
    return replace(LENDING, resources=resources)


PLACE = "/paths/~1shelves~1{shelf_id}~1books/get: "


@pytest.mark.parametrize("contract", [*map(load, apis()), LENDING], ids=lambda contract: contract.api)
def test_a_contract_that_holds_together_has_no_incoherence(contract: Contract) -> None:
    assert [*incoherences(contract), *dangling(contract.document)] == []


def test_every_incoherence_is_reported_and_operations_come_before_resources() -> None:
    contract = with_operation("list_books", order="author", where={"away": True})
    contract = replace(
        contract, resources={**contract.resources, "shelf": replace(LENDING.resources["shelf"], schema="X")}
    )

    assert list(incoherences(contract)) == [
        f"{PLACE}list_books selects by 'away', which book does not index",
        f"{PLACE}list_books orders by 'author', which book does not index",
        "/x-resources/shelf: resource shelf has an unknown schema 'X'",
    ]


@pytest.mark.parametrize("order", ["created", "-created", "id", "-id", "title", "-title", "-shelf_id"])
def test_a_list_may_be_ordered_by_its_making_its_id_and_what_is_indexed(order: str) -> None:
    assert list(incoherences(with_operation("list_books", order=order))) == []


def test_a_view_of_its_own_may_be_ordered_by_what_the_record_keeps_elsewhere() -> None:
    view = {name: f"{{{name}}}" for name in ("id", "title", "lent", "shelf_id", "added_at")}
    contract = with_resource("book", view=view, mentions={"reader": ("shelf",)})
    operations = {**contract.operations, "list_books": replace(contract.operations["list_books"], order="reader")}

    assert list(incoherences(replace(contract, operations=operations))) == []


def test_an_optional_part_may_be_asked_for_in_the_body() -> None:
    assert list(incoherences(with_operation("create_book", optional="title"))) == []


def test_a_resource_that_is_shown_nowhere_needs_no_schema() -> None:
    assert list(incoherences(with_resource("book", schema=None))) == []


@pytest.mark.parametrize("action", ["read", "create", "update", "delete"])
def test_a_generic_answer_needs_a_resource(action: str) -> None:
    contract = with_operation("read_shelf", resource=None, action=action)

    assert list(incoherences(contract)) == [
        f"/paths/~1shelves~1{{shelf_id}}/get: read_shelf needs a resource for the action {action}"
    ]


def test_a_custom_operation_needs_none() -> None:
    assert list(incoherences(with_operation("lend_book", resource=None))) == []


def test_what_a_record_mentions_must_be_a_resource() -> None:
    contract = with_resource("book", mentions={"reader_id": ("reader", "shelf")})

    assert list(incoherences(contract)) == ["/x-resources/book: book.reader_id mentions an unknown resource 'reader'"]


def test_a_record_may_refer_to_its_own_kind() -> None:
    shelf = LENDING.resources["shelf"]

    assert (
        list(incoherences(with_resource("shelf", references={**shelf.references, "above_id": Reference("shelf")})))
        == []
    )


def test_a_reference_to_nothing_is_reported_with_its_place() -> None:
    document = {"paths": {"/a": {"get": [{"$ref": "#/components/gone"}]}}, "components": {"here": {}}}

    assert list(dangling(document)) == ["/paths/~1a/get/0: nothing stands at '#/components/gone'"]


def test_a_reference_that_leads_back_to_itself_is_reported() -> None:
    document = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}

    assert list(dangling(document)) == [
        "/a: the reference '#/b' leads back to itself",
        "/b: the reference '#/a' leads back to itself",
    ]


def test_a_property_that_is_called_ref_is_not_a_reference() -> None:
    assert list(dangling({"properties": {"$ref": {"type": "string"}}})) == []


def test_paths_that_differ_in_the_names_of_parameters_alone_are_the_same() -> None:
    document = {"paths": {"/a/{x}/c": {}, "/a/b/c": {}, "/a/{y}/c": {}}}

    assert list(duplicates(document)) == [
        "/paths/~1a~1{y}~1c: it is the same path as '/a/{x}/c', whatever its parameters are called"
    ]


def test_an_operation_id_belongs_to_one_operation() -> None:
    document = {"paths": {"/a": {"get": {"operationId": "x"}, "put": {"operationId": "y"}}}}
    document["paths"]["/b"] = {"post": {"operationId": "x"}}

    assert list(duplicates(document)) == ["/paths/~1b/post: the operationId 'x' belongs to both GET /a and POST /b"]


def test_an_envelope_uses_names_that_paging_has() -> None:
    paging = LENDING.operations["list_books"].pagination
    assert paging is not None
    contract = with_operation(
        "list_books", pagination=replace(paging, envelope={"books": "{items}", "from": "{offset}"})
    )

    (problem,) = incoherences(contract)

    assert problem.startswith(
        f"{PLACE}the envelope of list_books: {{offset}} is used, which has no value. The names with a value are base, count"
    )


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"body": {"why": "{reason?}"}}, "/x-errors/body: {reason} is used"),
        ({"body": {"why": "{sentence}"}}, "/x-errors/body: {sentence} is used"),
        ({"fault": {"why": "{base}"}}, "/x-errors/fault: {base} is used"),
    ],
)
def test_an_error_uses_names_that_errors_have(changed: dict[str, Any], problem: str) -> None:
    (found,) = incoherences(replace(LENDING, errors=replace(LENDING.errors, **changed)))

    assert found.startswith(problem)


def test_an_error_may_use_the_names_of_its_own_reasons() -> None:
    reasons = {400: {"type": "bad", "malformed": {"hint": "worse"}}}
    errors = replace(LENDING.errors, body={"type": "{type}", "hint": "{hint?}"}, reasons=reasons)

    assert list(incoherences(replace(LENDING, errors=errors))) == []


def test_a_view_uses_names_that_records_have() -> None:
    view = {name: f"{{{name}}}" for name in ("id", "title", "lent", "shelf_id")}

    (problem,) = incoherences(with_resource("book", view={**view, "added_at": "{base}/{added}"}))

    assert problem.startswith(
        "/x-resources/book: the view of book: {added} is used, which has no value. The names with a value are ad"
    )


@pytest.mark.parametrize(
    ("changed", "name", "reason"),
    [
        ({"values": {"lent": False}}, "added_at", "nothing sets: neither a value"),
        ({"optional": {"all": ("title",)}}, "title", "is hidden unless a client opts in"),
        ({"view": {"id": "{id}", "title": "{title}", "lent": False, "shelf_id": 1}}, "added_at", "nothing sets"),
    ],
)
def test_a_required_property_that_nothing_sets_is_reported(changed: dict[str, Any], name: str, reason: str) -> None:
    (problem,) = incoherences(with_resource("book", **changed))

    assert problem.startswith(f"/x-resources/book: the schema Book requires {name!r}, which {reason}")
    assert problem.endswith("(create_book)")


def test_a_required_property_that_a_body_may_leave_out_is_reported() -> None:
    bodies = {
        "application/json": {"type": "object", "properties": {"title": {}, "shelf_id": {}}, "required": ["title"]}
    }

    (problem,) = incoherences(with_operation("create_book", body=bodies))

    assert problem.startswith("/x-resources/book: the schema Book requires 'shelf_id', which nothing sets")


@pytest.mark.parametrize(
    ("due", "problem"),
    [
        (
            Due("back", "until", {"lent": True}, {"lent": False}),
            "due back: book has no property 'until'",
        ),
        (
            Due("back", "added_at", {"away": True}, {"away": False}),
            "due back: book has no property 'away'; ",
        ),
        (
            Due("back", "added_at", {"lent": True}, {"title": "Back"}),
            "due back: set must change lent, so that where no longer fits and nothing happens twice",
        ),
        (
            Due("back", "added_at", {"title": ["a", "b"]}, {"title": "b"}),
            "due back: set must change title, so that where no longer fits and nothing happens twice",
        ),
    ],
)
def test_what_a_moment_changes_names_properties_and_happens_once(due: Due, problem: str) -> None:
    found = [*incoherences(with_resource("book", due=(due,)))]

    assert any(each.startswith(f"/x-resources/book: {problem}"[:60]) for each in found), found
    assert [
        *incoherences(
            with_resource("book", due=(replace(due, at="added_at", where={"lent": True}, set={"lent": False}),))
        )
    ] == []
