"""How a record is shown: by its schema or by a view, with embedded objects, counts, and what is opted into."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from understudy.mock_server.data.population import Population
from understudy.mock_server.data.resource_types import BASE, ContractViolationError, ResourceType, ResourceTypes
from understudy.specs import apis, load

KIT = ResourceTypes(load("participant-kit"), 42, ("en_GB",))
PANELLIST: dict[str, Any] = {
    "id": "pnl_1",
    "organisation": "org_main",
    "panel_id": "pan_1",
    "subscribed": True,
    "opted_in_at": "2025-01-01T00:00:00.000Z",
    "confirmed_at": None,
    "opted_out_at": None,
    "email": "ada@example.org",
    "name": "Ada King",
    "properties": [],
}


def shown(kept: ResourceType, record: dict[str, Any], *asked: str, **parts: Any) -> Any:
    return kept.view(record, parts, frozenset(asked))


def test_what_the_schema_has_is_shown_and_nothing_else() -> None:
    assert set(shown(KIT["panellist"], PANELLIST)) == {"id", "opted_in_at", "confirmed_at", "opted_out_at"}


def test_each_opt_in_shows_its_own_and_an_unknown_one_nothing() -> None:
    plain = set(shown(KIT["panellist"], PANELLIST))

    assert set(shown(KIT["panellist"], PANELLIST, "pii")) - plain == {"email", "name"}
    assert set(shown(KIT["panellist"], PANELLIST, "properties")) - plain == {"properties"}
    assert set(shown(KIT["panellist"], PANELLIST, "pii", "properties")) - plain == {"email", "name", "properties"}
    assert set(shown(KIT["panellist"], PANELLIST, "PII", "")) == plain


def test_members_stand_in_the_order_of_the_schema() -> None:
    backwards = dict(reversed(PANELLIST.items()))

    assert list(shown(KIT["panellist"], backwards, "pii")) == [
        "id", "opted_in_at", "confirmed_at", "opted_out_at", "email", "name",
    ]  # fmt: skip


def test_a_member_that_the_record_lacks_is_absent_and_null_stays_null() -> None:
    assert shown(KIT["panellist"], {"id": "x", "opted_in_at": None}) == {"id": "x", "opted_in_at": None}


def test_embedded_objects_and_counts_are_put_in() -> None:
    view = shown(KIT["participant"], {"id": "par_1", "study_id": "stu_1"}, study={"id": "stu_1"})

    assert view == {"id": "par_1", "study": {"id": "stu_1"}}
    assert shown(KIT["panel"], {"id": "pan_1"}, panellist_count=3)["panellist_count"] == 3


def test_a_view_of_its_own_is_a_template() -> None:
    link = shown(KIT["data_link"], {"id": "dl_1", "object": "data_link", "participant_id": "par_1"})

    assert link["title"] is None
    assert "participant_id" not in link


def test_a_record_that_does_not_fit_is_not_kept() -> None:
    for wrong in ({"opted_in_at": "soon"}, {"opted_in_at": 1}):
        with pytest.raises(ContractViolationError, match=r"participant-kit\.panellist opted_in_at"):
            KIT["panellist"].row(0, {**PANELLIST, **wrong}, {})


def test_a_row_holds_the_record_its_default_view_and_the_columns_to_look_up() -> None:
    row = KIT["panellist"].row(7, PANELLIST, {})

    assert (row.seq, row.id) == (7, "pnl_1")
    assert json.loads(row.document) == PANELLIST
    assert json.loads(row.body) == shown(KIT["panellist"], PANELLIST)
    assert row.columns == ("org_main", "pan_1", True, "2025-01-01T00:00:00.000Z")


def test_resources_know_who_refers_embeds_and_counts_them() -> None:
    assert [(kept.name, prop) for kept, prop in KIT["participant"].referrers] == [
        ("consent", "participant_id"),
        ("data_link", "participant_id"),
    ]
    assert [(kept.name, prop) for kept, prop in KIT["participant"].embedders] == [("consent", "participant_id")]
    assert [(kept.name, count.by) for kept, count in KIT["panellist"].counters] == [("panel", "panel_id")]


def test_what_the_body_calls_otherwise_is_known() -> None:
    assert KIT["participant"].inputs == {"study_id": "event_id"}


@pytest.mark.parametrize("api", apis())
def test_tables_of_an_api_bear_its_name(api: str) -> None:
    tables = ResourceTypes(load(api), 42, ("en_GB",)).tables

    assert tables
    assert all(table.name.startswith(f"{api}.") for table in tables)


def test_the_address_of_the_api_is_kept_as_a_mark() -> None:
    assert BASE.encode().decode() == BASE
    assert json.dumps(BASE)


SEED = Population(KIT, 42, 1, ("en_GB",))


def _participant() -> dict[str, Any]:
    return dict(SEED.record("participant", 0))


def test_an_embedded_view_goes_in_as_it_is_stored() -> None:
    record, study = _participant(), SEED.row(KIT["study"].table, 0).body
    row = KIT["participant"].row(0, record, {"study": study})

    assert study in row.body
    assert json.loads(row.body) == KIT["participant"].view(record, {"study": study})


@pytest.mark.parametrize("wrong", [{"created_at": "soon"}, {"id": 1}])
def test_a_record_with_an_embedded_view_is_validated_itself(wrong: dict[str, Any]) -> None:
    study = SEED.row(KIT["study"].table, 0).body

    with pytest.raises(ContractViolationError, match=rf"participant-kit\.participant {next(iter(wrong))}"):
        KIT["participant"].row(0, {**_participant(), **wrong}, {"study": study})


def test_an_embedded_view_that_is_missing_is_validated_too() -> None:
    with pytest.raises(ContractViolationError, match=r"participant-kit\.participant study"):
        KIT["participant"].row(0, _participant(), {"study": None})


def test_an_embedded_view_under_another_schema_is_validated_again() -> None:
    record = dict(SEED.record("consent", 0))

    with pytest.raises(ContractViolationError, match=r"participant-kit\.consent participant"):
        KIT["consent"].row(0, record, {"participant": b'{"id":1}'})


def test_of_two_embedded_views_the_one_that_is_missing_is_validated() -> None:
    kit = load("participant-kit")
    schemas, participant = copy.deepcopy(kit.schemas), kit.resources["participant"]
    members = schemas["components"]["schemas"][participant.schema]["properties"]
    members["former_study"] = members["study"]
    twice = replace(participant, embeds={**participant.embeds, "former_study": "study_id"})
    contract = replace(kit, schemas=schemas, resources={**kit.resources, "participant": twice})
    tested, study = ResourceTypes(contract, 42, ("en_GB",))["participant"], SEED.row(KIT["study"].table, 0).body

    row = tested.row(0, _participant(), {"study": study, "former_study": study})
    assert row.body.count(study) == 2
    with pytest.raises(ContractViolationError, match=r"participant-kit\.participant former_study"):
        tested.row(0, _participant(), {"study": study, "former_study": None})
