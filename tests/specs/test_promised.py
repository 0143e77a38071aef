"""What the source promises: the contract without the choices that its marks name."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from understudy.specs import ContractError, apis, load, load_folder, promised
from understudy.specs.promised import without_choices, without_marks

THING: dict[str, Any] = {
    "type": "object",
    "required": ["id", "title"],
    "additionalProperties": False,
    "properties": {"id": {"type": "string"}, "title": {"type": "string", "maxLength": 20}},
}


def test_chosen_keywords_and_members_do_not_bind_others() -> None:
    schema = {**THING, "x-chosen": ["additionalProperties", "required.title", "properties.title"]}

    assert without_choices(schema) == {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string"}},
    }


def test_choices_are_found_at_any_depth() -> None:
    inner = {"type": "string", "maxLength": 20, "x-chosen": ["maxLength"]}
    schema = {"allOf": [{"properties": {"a": {"items": inner}}}], "additionalProperties": inner}

    assert without_choices(schema) == {
        "allOf": [{"properties": {"a": {"items": {"type": "string"}}}}],
        "additionalProperties": {"type": "string"},
    }


def test_a_schema_that_is_all_choice_takes_everything() -> None:
    assert without_choices({"type": "string", "x-chosen": True}) == {}


def test_a_promise_stands_in_place_of_its_schema() -> None:
    schema = {"allOf": [{"$ref": "#/components/schemas/Study"}], "x-promised": {"type": "object", "required": ["id"]}}

    assert without_choices(schema) == {"type": "object", "required": ["id"]}


def test_marks_are_left_out_wherever_they_may_stand_and_data_of_their_names_is_kept() -> None:
    """An object that has members of these names, and an example of it, are like any others."""
    data = {"x-chosen": "red", "x-promised": {"x-chosen": True}}
    kept = {
        "type": "object",
        "properties": {"x-chosen": {"type": "string"}, "x-promised": {"$ref": "#/components/schemas/Any"}},
        "default": data,
        "enum": [data],
    }
    marked = {
        **kept,
        "x-chosen": ["properties.x-chosen"],
        "properties": {
            "x-chosen": {"type": "string", "x-chosen": True},
            "x-promised": {"$ref": "#/components/schemas/Any", "x-promised": {"type": "array"}},
        },
    }

    def document(schema: Any, **marks: Any) -> dict[str, Any]:
        content = {"application/json": {"schema": schema, "examples": {"x-chosen": {"value": data}}}}
        responses = {"200": {"description": "x-chosen", "content": content, **marks}}
        items = {"anyOf": [{"type": "array", "items": schema}, {"not": schema}], "additionalProperties": schema}
        return {
            "paths": {"/a": {"get": {"responses": responses, "x-operation": {"action": "custom"}}}},
            "components": {
                "schemas": {"x-chosen": schema, "Any": items},
                "responses": {"x-promised": responses["200"]},
            },
        }

    source = document(marked, **{"x-chosen": True})

    assert without_marks(source) == document(kept)
    assert source == document(marked, **{"x-chosen": True})


@pytest.mark.parametrize("api", apis())
def test_a_contract_promises_what_it_says_where_nothing_is_marked(api: str) -> None:
    contract = load(api)
    found = promised(contract)

    assert set(found.responses) == set(contract.operations)
    for name, operation in contract.operations.items():
        assert {status: set(reply) for status, reply in found.responses[name].items()} == {
            status: set(reply) for status, reply in operation.responses.items()
        }
    assert set(found.schemas["components"]["schemas"]) == set(contract.schemas["components"]["schemas"])


def marked(folder: Path, marks: Any, *way: str) -> Path:
    source = load("consent-kit").folder
    assert source is not None
    target = folder / "consent_kit"
    target.mkdir()
    for name in ("clauses.yaml", "seed.yaml"):
        (target / name).write_bytes((source / name).read_bytes())
    document = yaml.safe_load((source / "openapi.yaml").read_text("utf-8"))
    node = document
    for step in way:
        node = node[step]
    node.update(marks)
    (target / "openapi.yaml").write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    return target


def test_a_mark_must_name_what_stands_beside_it(tmp_path: Path) -> None:
    folder = marked(tmp_path, {"x-chosen": ["required.colour"]}, "components", "schemas", "Project")

    with pytest.raises(ContractError, match=r"/components/schemas/Project/x-chosen: 'required\.colour' does not stand"):
        load_folder(folder)


def test_a_promise_is_a_schema_like_any_other(tmp_path: Path) -> None:
    folder = marked(tmp_path, {"x-promised": {"typ": "object"}}, "components", "schemas", "Project")

    with pytest.raises(ContractError, match="'typ'"):
        load_folder(folder)


def test_a_status_may_be_a_choice(tmp_path: Path) -> None:
    folder = marked(tmp_path, {"x-chosen": True}, "paths", "/v1/projects", "get", "responses", "200")

    assert promised(load_folder(folder)).chosen["list_projects"] == {"200"}
