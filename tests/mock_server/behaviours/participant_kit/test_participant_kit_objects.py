"""What the objects look like: members, types, formats, and how they refer to each other."""

import re
from datetime import date
from typing import Any

import pytest
from kits import ABSURD_IDS, Kit, keys, moment, refused, timestamps

clauses = pytest.mark.clauses

RETRIEVABLE = [
    pytest.param("projects", marks=clauses("PK-046")),
    pytest.param("panels", marks=clauses("PK-054")),
    pytest.param("studies", marks=clauses("PK-094")),
    pytest.param("participants", marks=clauses("PK-124")),
    pytest.param("consents", marks=clauses("PK-153")),
]
LISTS = ["projects", "panels", "panellists", "studies", "fields", "participants", "consents", "data_links"]
DATATYPES = {"string", "text", "telephone", "number", "single_option", "multiple_options", "datetime", "date"}


def texts(each: dict[str, Any], *names: str) -> None:
    for name in names:
        assert isinstance(each[name], str)
        assert each[name]


@clauses("PK-024")
@pytest.mark.parametrize("name", RETRIEVABLE)
def test_a_known_id_gives_the_object_that_the_list_shows(kit: Kit, name: str) -> None:
    for listed in kit.listed(name, limit=5, page=2) or kit.listed(name):
        assert kit.object(f"/v1/{name}/{listed['id']}") == listed


@clauses("PK-015")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("projects", marks=clauses("PK-047")),
        pytest.param("panels", marks=clauses("PK-055")),
        pytest.param("studies", marks=clauses("PK-095")),
        pytest.param("participants", marks=clauses("PK-126")),
        pytest.param("consents", marks=clauses("PK-153")),
    ],
)
def test_an_id_that_names_nothing_is_404(kit: Kit, name: str) -> None:
    for id in ABSURD_IDS.values():
        assert refused(kit.get(f"/v1/{name}/{id}"), 404)["type"] == "not_found"


@clauses("PK-015")
def test_an_id_of_another_type_names_nothing(kit: Kit) -> None:
    study = kit.first("studies")["id"]

    for name in ("projects", "panels", "participants", "consents"):
        refused(kit.get(f"/v1/{name}/{study}"), 404)


@clauses("PK-024")
@pytest.mark.parametrize("name", LISTS)
def test_ids_are_unique(kit: Kit, name: str) -> None:
    ids = kit.ids(name)

    assert len(set(ids)) == len(ids)


@clauses("PK-022")
@pytest.mark.parametrize("name", LISTS)
def test_every_timestamp_is_a_full_one_with_its_zone(kit: Kit, name: str) -> None:
    for each in kit.everything(name):
        for text in timestamps(each):
            moment(text)


@clauses("PK-022", "PK-023")
@pytest.mark.parametrize("name", ["studies", "participants", "data_links"])
def test_a_new_object_has_just_been_made(kit: Kit, name: str) -> None:
    made = kit.make(name)

    assert moment(made["created_at"]) == moment(made["updated_at"])
    assert made["created_at"] == kit.everything(name)[-1]["created_at"]


@clauses("PK-023")
@pytest.mark.parametrize("name", ["projects", "panels", "studies", "participants", "consents", "data_links"])
def test_nothing_was_changed_before_it_was_made(kit: Kit, name: str) -> None:
    for each in kit.everything(name):
        assert moment(each["updated_at"]) >= moment(each["created_at"])


@clauses("PK-040", "PK-041", "PK-042")
def test_a_project_has_its_members(kit: Kit) -> None:
    for project in kit.everything("projects"):
        assert set(project) == {"id", "object", "created_at", "updated_at", "app_url"}
        assert project["object"] == "project"
        assert re.fullmatch(rf"https://[a-z.]+/projects/{project['id']}", project["app_url"])


@clauses("PK-048", "PK-049", "PK-050", "PK-051")
def test_a_panel_has_its_members_a_public_title_and_an_internal_name_among_them(kit: Kit) -> None:
    for panel in kit.everything("panels"):
        assert set(panel) == {"id", "object", "title", "name", "panellist_count", "created_at", "updated_at"}
        assert panel["object"] == "panel"
        assert panel["id"].startswith("pan_")
        assert type(panel["panellist_count"]) is int
        assert panel["title"] != panel["name"]
        texts(panel, "title", "name")


@clauses("PK-052")
def test_a_panel_counts_exactly_those_whom_its_list_shows(kit: Kit) -> None:
    panels = kit.everything("panels")

    for panel in panels:
        listed = kit.everything(f"/v1/panels/{panel['id']}/panellists")
        assert panel["panellist_count"] == len(listed)
        assert kit.object(f"/v1/panels/{panel['id']}")["panellist_count"] == len(listed)
    assert {panel["panellist_count"] > 130 for panel in panels} == {True, False}
    assert any(panel["panellist_count"] == 0 for panel in panels)


@clauses("PK-089", "PK-090", "PK-091", "PK-092", "PK-179")
def test_a_study_has_its_members_and_does_not_name_its_project(kit: Kit) -> None:
    studies = kit.everything("studies")

    for study in studies:
        assert set(study) == {
            "id", "object", "name", "start_date", "end_date", "tags", "created_at", "updated_at", "app_url",
        }  # fmt: skip
        assert study["object"] == "study"
        texts(study, "name")
        for day in (study["start_date"], study["end_date"]):
            assert day is None or date.fromisoformat(day).isoformat() == day
        assert all(isinstance(tag, str) for tag in study["tags"])
        assert re.fullmatch(rf"https://[a-z.]+/studies/{study['id']}", study["app_url"])
    assert {study["start_date"] is None for study in studies} == {True, False}
    assert {study["end_date"] is None for study in studies} == {True, False}
    assert {study["tags"] == [] for study in studies} == {True, False}


@clauses("PK-103", "PK-104", "PK-105", "PK-109", "PK-111")
def test_a_field_has_its_members(kit: Kit) -> None:
    fields = kit.everything("fields")

    for field in fields:
        assert set(field) - {"options"} == {"id", "object", "name", "title", "datatype"}
        assert field["object"] == "field"
        assert field["id"].startswith("f_")
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field["name"])
        assert field["title"] != field["name"]
        assert field["title"]
    assert {field["datatype"] for field in fields} == DATATYPES


@clauses("PK-106", "PK-107")
def test_only_fields_with_a_choice_have_options(kit: Kit) -> None:
    for field in kit.everything("fields"):
        if field["datatype"] in {"single_option", "multiple_options"}:
            assert len(field["options"]) > 1
            assert all(isinstance(option, str) and option for option in field["options"])
        else:
            assert "options" not in field


@clauses("PK-114", "PK-120", "PK-179")
def test_a_participant_has_its_members_and_the_whole_study(kit: Kit) -> None:
    studies = {study["id"]: study for study in kit.everything("studies")}

    for participant in kit.everything("participants"):
        assert set(participant) == {
            "id", "object", "anonymous_id", "created_at", "updated_at", "app_url", "study",
        }  # fmt: skip
        assert participant["object"] == "participant"
        assert participant["study"] == studies[participant["study"]["id"]]
        assert re.fullmatch(rf"https://[a-z.]+/participants/{participant['id']}", participant["app_url"])


@clauses("PK-121")
def test_an_anonymous_id_is_short_and_unique_in_its_study(kit: Kit) -> None:
    participants = kit.everything("participants")

    assert all(re.fullmatch(r"[0-9A-Z]{6,8}", each["anonymous_id"]) for each in participants)
    within = [(each["study"]["id"], each["anonymous_id"]) for each in participants]
    assert len(set(within)) == len(within)


@clauses("PK-141", "PK-142", "PK-143", "PK-144", "PK-145", "PK-146")
def test_a_consent_has_its_members_whether_given_or_refused(kit: Kit) -> None:
    participants = {each["id"]: each for each in kit.everything("participants")}
    consents = kit.everything("consents")

    for consent in consents:
        assert set(consent) == {
            "id", "object", "created_at", "updated_at", "consented_at", "status", "permissions", "participant",
        }  # fmt: skip
        assert consent["object"] == "consent"
        moment(consent["consented_at"])
        assert all(isinstance(permission, str) for permission in consent["permissions"])
        assert (consent["permissions"] == []) == (consent["status"] == "refused")
        assert consent["participant"] == participants[consent["participant"]["id"]]
    assert {consent["status"] for consent in consents} == {"agreed", "refused"}


@clauses("PK-148")
@pytest.mark.parametrize("status", ["agreed", "refused"])
def test_status_keeps_the_consents_that_have_it(kit: Kit, status: str) -> None:
    kept = kit.everything("consents", status=status)

    assert kept == [each for each in kit.everything("consents") if each["status"] == status]
    assert len(kept) > 30


@clauses("PK-149")
@pytest.mark.parametrize("status", ["agreed", "refused"])
def test_status_is_looked_at_before_pages_are_cut(kit: Kit, status: str) -> None:
    assert len(kit.listed("consents", status=status)) == 20
    assert kit.everything("consents", size=7, status=status) == kit.everything("consents", status=status)


@clauses("PK-150", "PK-034")
@pytest.mark.parametrize("status", ["pending", "AGREED", "", " agreed", "agreed,refused", "\x00", "agreed' OR 1=1"])
def test_a_status_that_no_consent_has_gives_an_empty_list(kit: Kit, status: str) -> None:
    assert kit.listed("consents", status=status) == []


@clauses("PK-167", "PK-168", "PK-166")
def test_a_data_link_has_its_members_and_no_participant(kit: Kit) -> None:
    links = kit.everything("data_links")

    for link in links:
        assert set(link) == {
            "id", "object", "title", "url", "reminder_on", "created_at", "updated_at", "recorded_at",
        }  # fmt: skip
        assert link["object"] == "data_link"
        assert link["url"].startswith("https://")
        moment(link["recorded_at"])
        assert link["title"] is None or link["title"]
        if link["reminder_on"] is not None:
            assert moment(link["reminder_on"]) > moment(link["created_at"])
    assert {link["reminder_on"] is None for link in links} == {True, False}
    assert {link["title"] is None for link in links} == {True, False}


def test_nothing_of_what_the_store_keeps_beside_is_shown(kit: Kit) -> None:
    kept = {"organisation", "project_id", "panel_id", "participant_id", "event_id", "study_id", "subscribed", "first"}

    assert not keys(dict(kit.snapshot())) & kept
