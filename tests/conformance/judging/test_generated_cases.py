"""The document and configuration for Schemathesis, and what becomes of its failures."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import ComponentInfo

from understudy.conformance import Profile, Target
from understudy.conformance.evidence.exchange import Exchange, Reply, Request
from understudy.conformance.evidence.response_validator import ResponseValidator
from understudy.conformance.judging.generated_cases import configuration, document, only_narrower, printed
from understudy.conformance.judging.scenario_runner import Run
from understudy.specs import Contract, apis, load


def operations(document: dict[str, Any]) -> set[str]:
    return {
        part["operationId"]
        for item in document["paths"].values()
        for part in item.values()
        if isinstance(part, dict) and "operationId" in part
    }


def links(document: dict[str, Any]) -> set[str]:
    return {
        link["operationId"]
        for item in document["paths"].values()
        for part in item.values()
        if isinstance(part, dict)
        for reply in part.get("responses", {}).values()
        for link in reply.get("links", {}).values()
    }


@pytest.mark.parametrize("api", apis())
def test_without_writes_nothing_that_writes_is_generated(api: str) -> None:
    contract = load(api)
    generated = operations(document(contract, {}, writes=False, left_out=()))

    assert generated == {name for name, operation in contract.operations.items() if not operation.writes}


@pytest.mark.parametrize("api", apis())
def test_what_is_left_out_is_gone_with_the_links_to_it(api: str) -> None:
    contract = load(api)
    gone = next(iter(contract.operations))
    selected = document(contract, {}, writes=True, left_out=[gone])

    assert operations(selected) == set(contract.operations) - {gone}
    assert links(selected) <= operations(selected)


def test_a_setting_takes_the_place_of_an_example() -> None:
    selected = document(load("forsta"), {"surveyId": "p7"}, writes=False, left_out=())
    survey = next(each for each in selected["components"]["parameters"].values() if each["name"] == "surveyId")

    assert survey["schema"] == {"type": "string", "enum": ["p7"]}


def test_the_contract_itself_is_not_changed() -> None:
    contract = load("participant-kit")
    before = json.dumps(contract.document)
    document(contract, {"study_id": "stu_1"}, writes=False, left_out=["list_projects"])

    assert json.dumps(contract.document) == before


def closed(api: str) -> set[str]:
    """The schemas of an API that its document for generation limits to the members they name."""
    contract = load(api)
    selected = document(contract, {}, writes=True, left_out=())["components"]["schemas"]
    return {
        name
        for name, schema in contract.document["components"]["schemas"].items()
        if selected[name].get("additionalProperties") is False and "additionalProperties" not in schema
    }


def test_an_object_in_a_body_gets_no_members_at_random() -> None:
    assert closed("participant-kit") == {"StudyCreate", "ParticipantCreate", "DataLinkCreate"}


def test_parts_of_one_object_stay_open_for_each_other() -> None:
    named = load("prolific").document["components"]["schemas"]["CreateStudy"]["allOf"]
    parts = {part["$ref"].rpartition("/")[2] for part in named if "$ref" in part}

    assert parts
    assert closed("prolific") & {*parts, "CreateStudy"} == set()
    assert "CreateWorkspace" in closed("prolific")


def test_a_form_may_have_any_members() -> None:
    assert "TokenRequest" not in closed("forsta")


def test_the_same_seed_gives_the_same_configuration_and_no_caches() -> None:
    contract = load("lookit")
    config = configuration(contract, 7, False, {})

    assert config == configuration(contract, 7, False, {})
    assert config["seed"] == 7
    assert not config["cache"]["enabled"]
    assert config["generation"]["database"] == "none"
    assert config["phases"]["coverage"]["unexpected-methods"] == []


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        ({"name": "Diary", "project_id": "prj_other"}, True),
        ({"name": "Diary"}, False),
        ({"name": 7, "project_id": "prj_other"}, False),
        ([], False),
    ],
)
def test_a_body_that_the_contract_allows_is_distinguished_from_one_that_it_does_not(body: Any, allowed: bool) -> None:
    contract: Contract = load("participant-kit")
    sent = Request(
        "POST", "http://h", (("Content-Type", "application/json; charset=utf-8"),), json.dumps(body).encode()
    )

    assert ResponseValidator(contract).allows(contract.operations["create_study"], sent) is allowed


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        (b"grant_type=api-user&scope=pub.surveys&unknown=42", True),
        (b"grant_type=api-user&scope=7&unknown=a&unknown=b", True),
        (b"grant_type=api-user&scope=7&scope=8", False),
        (b"scope=pub.surveys&unknown=42", False),
        (b"", False),
    ],
)
def test_a_form_is_read_as_a_form(body: bytes, allowed: bool) -> None:
    contract: Contract = load("forsta")
    sent = Request("POST", "http://h", (("Content-Type", "application/x-www-form-urlencoded"),), body)

    assert ResponseValidator(contract).allows(contract.operations["create_token"], sent) is allowed


def case(*wrong: str) -> Any:
    """A case of Schemathesis, in which some places are wrong and the others are right."""
    parts = {ParameterLocation(place): ComponentInfo(mode) for place, mode in modes(wrong).items()}
    return SimpleNamespace(meta=SimpleNamespace(components=parts))


def modes(wrong: tuple[str, ...]) -> dict[str, GenerationMode]:
    return {
        place: GenerationMode.NEGATIVE if place in wrong else GenerationMode.POSITIVE for place in ("query", "body")
    }


@pytest.mark.parametrize(
    ("body", "wrong", "fits"),
    [
        ({"name": "Diary", "project_id": "prj_other"}, ("body",), True),
        ({"name": "Diary", "project_id": "prj_1", "unknown": 1}, ("body",), True),
        ({"name": 7, "project_id": "prj_1"}, ("body",), False),
        ({"name": "Diary", "project_id": "prj_1", "unknown": 1}, ("query", "body"), False),
    ],
)
def test_what_only_the_narrower_document_forbids_may_be_accepted(body: Any, wrong: tuple[str, ...], fits: bool) -> None:
    run = Run(load("participant-kit"), Target("http://127.0.0.1:1"), Profile(writes=True))
    sent = Request(
        "POST", "http://h", (("Content-Type", "application/json"),), json.dumps(body).encode(), "create_study"
    )

    assert only_narrower(run, case(*wrong), Exchange(1, sent, Reply(201, (), b"{}"))) is fits
    run.finish()


def test_texts_in_the_examples_of_a_document_are_printed() -> None:
    schema = {"type": "string", "enum": ["not-this"], "example": "stu_1"}
    shown = {"examples": {"one": {"value": {"id": "stu_2", "tags": ["a"], "size": 3}}}, "schema": schema}

    assert list(printed(shown)) == ["stu_2", "a", "stu_1"]
