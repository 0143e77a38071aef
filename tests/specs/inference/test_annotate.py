"""Annotations of what was inferred, and the Overlay that holds them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from test_inference import LIST, SHOP, THING, an_object, op, text

from understudy.specs.documents.bundle import Warnings
from understudy.specs.documents.overlay import overlaid, read_overlay
from understudy.specs.inference.annotate import annotate, annotated
from understudy.specs.inference.errors import error_shape
from understudy.specs.inference.infer import infer
from understudy.specs.inference.overlay_text import overlay_text
from understudy.specs.inference.view import View


def described(paths: dict[str, Any]) -> dict[str, Any]:
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}
    return annotated(document, annotate(View(document), infer(document)))


def test_annotations_say_what_was_understood() -> None:
    document = described(SHOP)

    assert document["x-resources"] == {"thing": {"id": {"form": "hex"}}}
    assert document["paths"]["/things"]["get"]["x-operation"] == {
        "action": "list",
        "resource": "thing",
        "success": 200,
    }
    assert document["paths"]["/things"]["get"]["x-pagination"] == {
        "page": {"parameters": ["page"]},
        "size": {"parameters": ["limit"], "default": 20, "maximum": 1000, "above": "clamp"},
        "envelope": {"data": "{items}", "total": "{count?}"},
    }
    assert document["paths"]["/things/{id}"]["get"]["x-inferred"] == {"rule": "R3"}


def test_what_the_document_says_itself_stays() -> None:
    own = {"action": "custom"}
    document = described(
        {**SHOP, "/things": {**SHOP["/things"], "post": {**op(THING, "201", THING), "x-operation": own}}}
    )

    assert document["paths"]["/things"]["post"]["x-operation"] == own


NUMBER, TEXT = {"type": "integer"}, {"type": "string"}


@pytest.mark.parametrize("member", ["message", "problem", "what"])
def test_a_fault_says_what_is_wrong_whatever_the_member_is_called(member: str) -> None:
    kind = {"type": "string", "enum": ["wrong"]}
    fault = {"type": "object", "required": ["kind", "field", member], "properties": {"kind": kind, "field": TEXT}}
    fault["properties"] |= {member: TEXT}
    error = an_object(message=TEXT, errors={"type": "array", "items": fault})
    create = op(THING, "201", THING)
    create["responses"]["422"] = {"description": "", "content": {"application/json": {"schema": error}}}

    shape = error_shape(View({"openapi": "3.1.0", "paths": {"/things": {"post": create}}}))

    assert shape["fault"] == {"kind": "wrong", "field": "{name}", member: "{message}"}


CURSOR = [text("cursor"), "limit"]


@pytest.mark.parametrize(
    ("members", "query", "envelope"),
    [
        (
            {"has_more": {"type": "boolean"}, "next_cursor": TEXT},
            CURSOR,
            {"has_more": "{has_more?}", "next_cursor": "{next_cursor?}"},
        ),
        ({"next": TEXT}, CURSOR, {"next": "{next_cursor?}"}),
        ({"next": {**TEXT, "format": "uri"}, "count": NUMBER}, ["page"], {"next": "{next?}", "count": "{count?}"}),
        ({"total": NUMBER, "count": NUMBER}, ["page"], {"total": "{count?}", "count": "{item_count?}"}),
        (
            {"meta": an_object(page=NUMBER, total_pages=NUMBER)},
            ["page"],
            {"meta": {"page": "{page?}", "total_pages": "{pages?}"}},
        ),
        ({"_links": an_object(next=an_object(href=TEXT))}, ["page"], {"_links": {"next": {"href": "{next?}"}}}),
        ({"object": TEXT}, [], {}),
    ],
)
def test_members_beside_a_list_become_names_of_the_envelope(members: Any, query: Any, envelope: Any) -> None:
    reply = an_object(data={"type": "array", "items": THING}, **members)
    document = described({"/things": {"get": op(reply, query=query)}})
    found = document["paths"]["/things"]["get"]["x-pagination"]["envelope"]

    assert {name: part for name, part in found.items() if name != "data"} == envelope
    assert found["data"] == "{items}"


def test_required_members_are_never_dropped() -> None:
    reply = {**LIST, "required": ["total"]}
    document = described({"/things": {"get": op(reply)}})

    assert document["paths"]["/things"]["get"]["x-pagination"]["envelope"]["total"] == "{count}"


@pytest.mark.parametrize(
    ("default", "size"),
    [(7, 7), (7.0, 7), ("7", 7), (True, 20), (7.5, 20), (float("inf"), 20), ("x", 20), ({}, 20), ("9" * 5000, 20)],
)
def test_a_size_may_be_written_as_a_fraction_or_a_text(default: Any, size: int) -> None:
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "default": default}}
    document = described({"/things": {"get": op(LIST, query=["page", limit])}})

    assert document["paths"]["/things"]["get"]["x-pagination"]["size"]["default"] == size


@pytest.mark.parametrize(("default", "first"), [(0, {"default": 0}), ("0", {"default": 0}), ("1", {}), ({}, {})])
def test_pages_are_counted_from_the_default(default: Any, first: dict[str, int]) -> None:
    page = text("page", default=default)
    document = described({"/things": {"get": op(LIST, query=[page, text("limit")])}})

    assert document["paths"]["/things"]["get"]["x-pagination"]["page"] == {"parameters": ["page"], **first}


def test_a_bare_array_has_no_envelope() -> None:
    document = described({"/things": {"get": op({"type": "array", "items": THING})}})

    assert document["paths"]["/things"]["get"]["x-pagination"]["envelope"] == "{items}"


def test_parents_in_the_path_become_references() -> None:
    user = {"type": "object", "properties": {"id": {"type": "string"}}}
    document = described(
        {
            "/users/{user_id}": {"get": op(user)},
            "/users/{user_id}/things": {"get": op(LIST)},
            "/things/{id}": {"get": op(THING)},
        }
    )

    name = document["paths"]["/users/{user_id}/things"]["get"]["x-operation"]["resource"]
    assert document["x-resources"][name]["references"] == {"user_id": {"resource": "user"}}
    assert document["paths"]["/users/{user_id}/things"]["get"]["x-operation"]["within"] == {"user_id": "user_id"}


def test_an_overlay_given_back_changes_nothing() -> None:
    title = "It's: a [test]"
    paths = {**SHOP, "/it's/{a}": {"get": op(THING)}}
    document = {"openapi": "3.1.0", "info": {"title": title, "version": "1"}, "paths": paths}
    inference = infer(document)
    found = annotate(View(document), inference)
    warnings = Warnings()
    again = overlaid(document, read_overlay("o.yaml", overlay_text(title, inference, found).encode()), warnings)
    served = yaml.safe_load(yaml.safe_dump(annotated(document, found)))
    for item in served["paths"].values():
        for operation in item.values():
            del operation["x-inferred"]

    assert (again, warnings.lines()) == (served, [])


def test_an_edited_overlay_counts_before_inference() -> None:
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": SHOP}
    action = "{target: \"$.paths['/things'].post\", update: {x-operation: {action: custom}}}"
    overlay = read_overlay("o.yaml", f"overlay: 1.0.0\ninfo: {{title: x, version: 1}}\nactions: [{action}]".encode())
    changed = overlaid(document, overlay, Warnings())
    served = annotated(changed, annotate(View(changed), infer(changed)))

    assert served["paths"]["/things"]["post"]["x-operation"] == {"action": "custom"}
