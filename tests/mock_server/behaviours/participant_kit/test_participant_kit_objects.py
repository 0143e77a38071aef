"""What panels, studies, fields and participants look like: members, types, formats."""

import re
from datetime import date
from typing import Any

import pytest
from kits import Kit

clauses = pytest.mark.clauses

DATATYPES = {"string", "text", "telephone", "number", "single_option", "multiple_options", "datetime", "date"}


def texts(each: dict[str, Any], *names: str) -> None:
    for name in names:
        assert isinstance(each[name], str)
        assert each[name]


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


@clauses("PK-089", "PK-090", "PK-091", "PK-092", "PK-179", "PK-218")
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


@clauses("PK-106", "PK-107", "PK-201")
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
