"""Examples are found by operation, status and name, whatever way the document writes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.mock_server.values.examples import Examples, preferred
from understudy.specs import Contract, apis, load, load_folder

LENDING = load_folder(Path(__file__).parents[2] / "sixth")
JSON, TEXT = "application/json", "text/plain; charset=utf-8"
READ = LENDING.operations["read_shelf"]


def showing(content: dict[str, Any], **components: Any) -> Contract:
    """The throw-away contract with this content of the 200 of `read_shelf`."""
    path_item = LENDING.document["paths"][READ.path]
    get = {
        **path_item["get"],
        "responses": {**path_item["get"]["responses"], "200": {"description": "", "content": content}},
    }
    document = {**LENDING.document, "paths": {**LENDING.document["paths"], READ.path: {**path_item, "get": get}}}
    return replace(LENDING, document={**document, "components": {**LENDING.document["components"], **components}})


def test_an_example_has_a_value_in_each_media_type_that_names_it() -> None:
    content = {
        JSON: {"examples": {"full": {"value": {"id": 1}}, "bare": {"value": {}}}},
        TEXT: {"examples": {"full": {"value": "one"}}},
    }

    assert Examples(showing(content)).of(READ)[200] == {"full": {JSON: {"id": 1}, TEXT: "one"}, "bare": {JSON: {}}}


def test_an_example_may_stand_among_the_components() -> None:
    content = {JSON: {"examples": {"full": {"$ref": "#/components/examples/a~1b~0"}}}}

    found = Examples(showing(content, examples={"a/b~": {"value": 7}})).of(READ)

    assert found[200] == {"full": {JSON: 7}}


def test_null_is_an_example_like_any_other() -> None:
    assert Examples(showing({JSON: {"examples": {"none": {"value": None}}}})).of(READ)[200] == {"none": {JSON: None}}


def test_every_declared_status_is_there_with_or_without_examples() -> None:
    assert Examples(LENDING).of(READ) == {200: {}, 404: {}}


def test_statuses_that_are_declared_together_have_none() -> None:
    operation = replace(READ, responses={**READ.responses, "default": {}, "5XX": {}})

    assert set(Examples(LENDING).of(operation)) == {200, 404}


@pytest.mark.parametrize("api", apis())
def test_every_operation_that_answers_with_a_body_shows_one(api: str) -> None:
    contract = load(api)
    examples = Examples(contract)

    bare = [
        each.id
        for each in contract.operations.values()
        if each.responses[str(each.success)] and not examples.of(each)[each.success]
    ]

    assert bare == []


def test_a_status_without_a_body_has_no_schema() -> None:
    assert Examples(LENDING).schema(LENDING.operations["delete_shelf"], 204, None) is None


def test_a_status_that_is_not_declared_has_no_schema() -> None:
    assert Examples(LENDING).schema(READ, 503, None) is None


def test_a_schema_is_that_of_the_media_type_which_the_client_likes() -> None:
    examples = Examples(showing({JSON: {"schema": {"type": "object"}}, TEXT: {"schema": {"type": "string"}}}))

    assert examples.schema(READ, 200, "text/*, application/json;q=0.5") == (TEXT, {"type": "string"})


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("image/png", JSON),
        ("*/*", JSON),
        ("text/plain", TEXT),
        ("application/json;q=0, text/plain;q=0.1", TEXT),
        ("text/plain;q=0", TEXT),
        ("application/json;q=0.2, text/plain;q=0.3", TEXT),
    ],
)
def test_the_media_type_that_is_liked_best_is_preferred(accept: str | None, chosen: str) -> None:
    assert preferred([JSON, TEXT], accept) == chosen


@given(st.text(), st.lists(st.sampled_from([JSON, TEXT, "text/html"]), min_size=1, unique=True))
def test_any_accept_leads_to_what_is_offered(accept: str, offered: list[str]) -> None:
    assert preferred(offered, accept) in offered
