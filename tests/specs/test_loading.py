"""Finding contracts and reading them into frozen values."""

import dataclasses
from pathlib import Path

import pytest

from understudy.specs import ContractError, apis, load, load_folder


def test_the_apis_are_the_five_in_order() -> None:
    assert apis() == ("consent-kit", "forsta", "lookit", "participant-kit", "prolific")


def test_a_contract_is_read_once() -> None:
    assert load("participant-kit") is load("participant-kit")


def test_an_unknown_api_is_refused_with_those_there_are() -> None:
    with pytest.raises(ContractError, match=r"There is no API 'participant_kit'\. The APIs are consent-kit, forsta"):
        load("participant_kit")


def test_a_contract_cannot_be_changed() -> None:
    contract = load("consent-kit")

    with pytest.raises(dataclasses.FrozenInstanceError):
        contract.api = "other"  # type: ignore[misc]


def test_an_api_has_a_name_for_people_for_addresses_and_for_python() -> None:
    contract = load("participant-kit")

    assert (contract.title, contract.api, contract.module) == ("Participant Kit", "participant-kit", "participant_kit")


def test_an_operation_has_all_that_its_annotations_say() -> None:
    operation = load("participant-kit").operations["list_panel_panellists"]

    assert (operation.method, operation.path) == ("GET", "/v1/panels/{panel_id}/panellists")
    assert (operation.resource, operation.action, operation.success) == ("panellist", "list", 200)
    assert (dict(operation.within), dict(operation.where)) == ({"panel_id": "panel_id"}, {"subscribed": True})
    assert (operation.order, operation.optional) == ("opted_in_at", "include")
    assert operation.pagination is not None
    assert (operation.pagination.size.maximum, operation.pagination.items_at()) == (100, ("data",))
    assert not operation.writes


def test_a_body_has_its_aliases_and_its_members() -> None:
    contract = load("participant-kit")
    operation = contract.operations["create_participant"]

    assert operation.aliases == {"study_id": "event_id"}
    assert operation.writes
    assert contract.members(operation.body["application/json"]) == {"name", "email", "event_id", "include"}


def test_a_resource_keeps_its_owner_first_then_what_it_refers_to_then_what_is_looked_up() -> None:
    assert load("participant-kit").resources["panellist"].columns() == (
        "organisation",
        "panel_id",
        "subscribed",
        "opted_in_at",
    )


def test_a_resource_hides_what_is_opted_into() -> None:
    assert load("participant-kit").resources["panellist"].hidden() == {"email", "name", "properties"}


def test_an_operation_overrides_the_documents_precedence(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    sixth = Path(__file__).parents[1] / "sixth"
    for name in ("clauses.yaml", "seed.yaml"):
        (folder / name).write_text((sixth / name).read_text(encoding="utf-8"), encoding="utf-8")
    document = (sixth / "openapi.yaml").read_text(encoding="utf-8")
    document = document.replace(
        "x-operation: {resource: shelf, action: read}",
        "x-operation: {resource: shelf, action: read}\n      x-precedence: [405]",
    )
    (folder / "openapi.yaml").write_text(document, encoding="utf-8")

    operations = load_folder(folder).operations

    assert operations["read_shelf"].precedence == (405,)
    assert operations["list_books"].precedence == (401, 405, 406, 415, 400)


def test_statuses_may_be_written_as_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "numbers"
    folder.mkdir()
    sixth = Path(__file__).parents[1] / "sixth"
    for name in ("openapi.yaml", "clauses.yaml", "seed.yaml"):
        text = (sixth / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace('"200":', "200:").replace('"404":', "404:"), encoding="utf-8")

    assert set(load_folder(folder).operations["read_shelf"].responses) == {"200", "404"}
