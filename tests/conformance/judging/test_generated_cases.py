"""The document and configuration for Schemathesis, and what becomes of its failures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from understudy.conformance.evidence.exchange import Request
from understudy.conformance.evidence.response_validator import ResponseValidator
from understudy.conformance.judging.generated_cases import configuration, document, printed
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


def test_texts_in_the_examples_of_a_document_are_printed() -> None:
    schema = {"type": "string", "enum": ["not-this"], "example": "stu_1"}
    shown = {"examples": {"one": {"value": {"id": "stu_2", "tags": ["a"], "size": 3}}}, "schema": schema}

    assert list(printed(shown)) == ["stu_2", "a", "stu_1"]
