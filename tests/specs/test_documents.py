"""Every document is valid OpenAPI, follows the house rules, and shows examples that fit its own schemas."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from understudy.specs import Contract, Operation, apis, load
from understudy.specs.reading.references import resolve
from understudy.specs.reading.schema import convert

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}

each_api = pytest.mark.parametrize("api", apis())


def resolved(contract: Contract, node: Any) -> Any:
    """What a node stands for, references followed."""
    return resolve(contract.document, node) if isinstance(node, Mapping) else node


def operations(contract: Contract) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in contract.document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def contents(contract: Contract, node: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every media type of every body in a document, with the place it stands at."""

    def walk(node: Any, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if isinstance(node, Mapping):
            if isinstance(node.get("content"), Mapping):
                for media_type, content in node["content"].items():
                    yield f"{place} {media_type}", content
            for name, part in node.items():
                yield from walk(part, f"{place}/{name}")
        elif isinstance(node, list):
            for i, part in enumerate(node):
                yield from walk(part, f"{place}/{i}")

    yield from walk(node, "")


def examples(contract: Contract, content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The named examples of a media type, values in place."""
    if "example" in content:
        yield "example", content["example"]
    for name, example in content.get("examples", {}).items():
        yield name, resolved(contract, example)["value"]


def faults(contract: Contract, schema: Mapping[str, Any], value: Any) -> list[str]:
    registry = jsonschema_rs.Registry([(contract.uri, contract.schemas)])
    validator = jsonschema_rs.Draft202012Validator(
        convert(schema, contract.uri), registry=registry, validate_formats=True
    )
    return [f"{list(error.instance_path)}: {error.message}" for error in validator.iter_errors(value)]


@each_api
def test_a_document_is_valid_openapi(api: str) -> None:
    assert [error.message for error in OpenAPIV30SpecValidator(load(api).document).iter_errors()] == []


@each_api
def test_every_example_of_a_body_fits_its_schema(api: str) -> None:
    contract = load(api)
    wrong = [
        f"{place} {name}: {found}"
        for place, content in contents(contract, contract.document)
        for name, value in examples(contract, content)
        if (found := faults(contract, content["schema"], value))
    ]

    assert wrong == []


@each_api
def test_every_example_of_a_parameter_fits_its_schema(api: str) -> None:
    contract = load(api)
    parameters = [
        resolved(contract, parameter)
        for _, _, operation in operations(contract)
        for parameter in operation.get("parameters", ())
    ]
    wrong = [
        f"{parameter['name']}: {found}"
        for parameter in parameters
        if "example" in parameter and (found := faults(contract, parameter["schema"], parameter["example"]))
    ]

    assert wrong == []


@each_api
def test_every_example_and_default_of_a_property_fits_its_schema(api: str) -> None:
    contract = load(api)
    wrong = [
        f"{name}.{prop} {keyword}: {found}"
        for name, schema in contract.document["components"]["schemas"].items()
        for prop, part in schema.get("properties", {}).items()
        for keyword in ("example", "default")
        if keyword in part and (found := faults(contract, part, part[keyword]))
    ]

    assert wrong == []


@each_api
def test_every_schema_can_be_compiled_and_refers_only_to_what_is_there(api: str) -> None:
    contract = load(api)

    for name in contract.schemas["components"]["schemas"]:
        faults(contract, {"$ref": f"#/components/schemas/{name}"}, None)


@each_api
def test_every_operation_shows_named_examples_of_its_bodies_and_its_success(api: str) -> None:
    contract = load(api)
    bare = []
    for path, method, operation in operations(contract):
        bodies = [resolved(contract, operation.get("requestBody", {}))]
        bodies += [resolved(contract, reply) for code, reply in operation["responses"].items() if code[0] == "2"]
        bare += [
            f"{method} {path} {media_type}"
            for body in bodies
            for media_type, content in body.get("content", {}).items()
            if not content.get("examples")
        ]

    assert bare == []


@each_api
def test_operations_are_named_by_a_verb_in_lower_case(api: str) -> None:
    assert [name for name in load(api).operations if not re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", name)] == []


@each_api
def test_paths_start_at_the_one_server_which_is_a_path(api: str) -> None:
    servers = load(api).document["servers"]

    assert len(servers) == 1
    assert servers[0]["url"].startswith("/")


@each_api
def test_every_path_parameter_is_declared_and_stands_in_the_path(api: str) -> None:
    for operation in load(api).operations.values():
        assert sorted(operation.path_parameters) == sorted(re.findall(r"\{([^}]+)\}", operation.path)), operation.id


@each_api
def test_no_two_paths_match_the_same_address_by_the_same_method(api: str) -> None:
    forms = [(op.method, re.sub(r"\{[^}]+\}", "{}", op.path)) for op in load(api).operations.values()]

    assert len(set(forms)) == len(forms)


@each_api
def test_a_secured_operation_declares_401_and_a_body_400_and_an_id_404(api: str) -> None:
    contract = load(api)

    def declared(operation: Operation, status: int) -> bool:
        return str(status) in operation.responses or f"{status // 100}XX" in operation.responses

    for operation in contract.operations.values():
        assert not operation.security or declared(operation, 401), operation.id
        assert not operation.body or declared(operation, 400) or declared(operation, 422), operation.id
        assert "{" not in operation.path or declared(operation, 404), operation.id


@each_api
def test_refusals_are_declared_in_the_media_type_of_the_error_shape(api: str) -> None:
    contract = load(api)
    wrong = [
        f"{operation.id} {status} {sorted(content)}"
        for operation in contract.operations.values()
        for status, content in operation.responses.items()
        if status[0] in "45" and content and contract.errors.media_type not in content
    ]

    assert wrong == []


@each_api
def test_links_lead_to_operations_by_parameters_that_they_have(api: str) -> None:
    contract = load(api)

    for _, _, operation in operations(contract):
        for reply in operation["responses"].values():
            for link in resolved(contract, reply).get("links", {}).values():
                target = contract.operations[resolved(contract, link)["operationId"]]
                names = {p.name for p in target.parameters}
                for name in resolved(contract, link).get("parameters", {}):
                    assert name.removeprefix("path.") in names, (operation["operationId"], name)


@each_api
def test_a_create_links_to_what_can_be_done_with_the_new_object(api: str) -> None:
    contract = load(api)
    followers = {op.resource for op in contract.operations.values() if op.action in {"read", "delete"}}

    for _, _, operation in operations(contract):
        declared = contract.operations[operation["operationId"]]
        if declared.action == "create" and declared.resource in followers:
            assert resolved(contract, operation["responses"][str(declared.success)]).get("links"), declared.id


@each_api
def test_tags_are_declared(api: str) -> None:
    contract = load(api)
    declared = {tag["name"] for tag in contract.document.get("tags", ())}

    assert {tag for op in contract.operations.values() for tag in op.tags} <= declared


@each_api
def test_objects_require_members_that_they_have(api: str) -> None:
    contract = load(api)
    wrong = {
        name: missing
        for name, schema in contract.schemas["components"]["schemas"].items()
        if "properties" in schema and (missing := set(schema.get("required", ())) - contract.members(schema))
    }

    assert wrong == {}


def test_a_page_of_participant_kit_is_bounded_in_its_schema_as_in_its_annotation() -> None:
    contract = load("participant-kit")
    pages = [s for name, s in contract.schemas["components"]["schemas"].items() if name.endswith("List")]

    assert contract.operations["list_projects"].pagination is not None
    assert {page["properties"]["data"]["maxItems"] for page in pages} == {
        contract.operations["list_projects"].pagination.size.maximum
    }


def test_a_page_of_consent_kit_is_not_bounded_in_its_schema() -> None:
    schemas = load("consent-kit").schemas["components"]["schemas"]

    assert not any("maxItems" in s["properties"]["data"] for name, s in schemas.items() if name.endswith("List"))
