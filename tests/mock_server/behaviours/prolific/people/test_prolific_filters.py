"""Filters, filter sets and how many people they find."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from prolific_play import (
    API,
    FILTER_SET,
    FOREIGN,
    GROUP,
    LOCKED_SET,
    NOWHERE,
    ORGANISATION,
    OVERSEAS,
    PAINTERS,
    PEOPLE,
    PRINTERS,
    REDS,
    WORKSPACE,
    draft,
    ok,
    refused,
    study_body,
)


def select(filter_id: str, *values: str, **more: Any) -> dict[str, Any]:
    return {"filter_id": filter_id, "selected_values": list(values), **more}


def between(filter_id: str, lower: Any, upper: Any) -> dict[str, Any]:
    return {"filter_id": filter_id, "selected_range": {"lower": lower, "upper": upper}}


def count(client: httpx.Client, *filters: dict[str, Any], **more: Any) -> int:
    """How many participants pass the filters."""
    body = {"filters": list(filters), "workspace_id": WORKSPACE, **more}
    found: int = ok(client.post(f"{API}/eligibility-count/", json=body))["count"]
    return found


def _filters(client: httpx.Client, **query: str) -> dict[str, dict[str, Any]]:
    return {
        definition["filter_id"]: definition for definition in ok(client.get(f"{API}/filters/", params=query))["results"]
    }


@pytest.mark.clauses("PR-354", "PR-355", "PR-356", "PR-358", "PR-360", "PR-460", "PR-461")
def test_filters_of_both_types_and_all_kinds_of_choices_are_listed(client: httpx.Client) -> None:
    filters = _filters(client)

    assert {definition["type"] for definition in filters.values()} == {"select", "range"}
    selects = [definition for definition in filters.values() if definition["type"] == "select"]
    assert {definition["data_type"] for definition in selects} == {
        "ChoiceID",
        "ParticipantID",
        "StudyID",
        "ParticipantGroupID",
    }
    assert {definition["data_type"] for definition in filters.values() if definition["type"] == "range"} == {
        "integer",
        "date",
    }
    assert (filters["age"]["min"], filters["age"]["max"]) == (18, 100)
    assert set(filters["handedness"]["choices"]) == {"0", "1", "2"}
    assert all(re.fullmatch("[a-z_]+", name) for name in filters)


@pytest.mark.clauses("PR-355")
def test_choices_that_are_ids_are_those_of_the_workspace(client: httpx.Client) -> None:
    study = draft(client, name="Chosen")

    assert _filters(client)["previous_studies_allowlist"]["choices"][study["id"]] == "Chosen"
    groups = _filters(client, workspace_id=WORKSPACE)["participant_group_allowlist"]["choices"]
    assert groups[PAINTERS] == "Painters"
    assert study["id"] not in _filters(client, workspace_id=OVERSEAS)["previous_studies_allowlist"]["choices"]


@pytest.mark.clauses("PR-357", "PR-461", "PR-462")
def test_the_detailed_form_adds_six_members(client: httpx.Client) -> None:
    plain, detailed = _filters(client), _filters(client, detailed="true")

    for name, definition in detailed.items():
        added = set(definition) - set(plain[name])
        assert added == {
            "tags",
            "category",
            "subcategory",
            "display_order",
            "researcher_help_text",
            "participant_help_text",
        }
    assert detailed["handedness"]["tags"] == ["recommended"]
    assert detailed["custom_allowlist"]["tags"] is None


@pytest.mark.clauses("PR-425", "PR-426", "PR-427", "PR-428")
def test_requirements_of_the_older_kind_are_listed(client: httpx.Client) -> None:
    results = ok(client.get(f"{API}/eligibility-requirements/"))["results"]
    attributes = [attribute for each in results for attribute in each["attributes"]]

    assert any(each.get("query", {}).get("question", "") is None for each in results)
    assert any(attribute["value"] is None for attribute in attributes)
    assert any("index" not in attribute for attribute in attributes)
    assert any("query" not in each for each in results)


@pytest.mark.clauses("PR-072", "PR-077", "PR-078", "PR-082", "PR-467")
def test_without_filters_everybody_counts(client: httpx.Client) -> None:
    assert count(client) == 311


@pytest.mark.clauses("PR-072", "PR-073", "PR-083")
def test_a_participant_must_pass_every_filter(client: httpx.Client) -> None:
    right, left = count(client, select("handedness", "0")), count(client, select("handedness", "1"))
    young = count(client, between("age", 18, 40))
    both = count(client, select("handedness", "0"), between("age", 18, 40))

    assert right > young > both > 24
    assert left > 24
    assert both < min(right, young)


@pytest.mark.clauses("PR-184", "PR-072")
def test_values_of_one_filter_are_alternatives(client: httpx.Client) -> None:
    one, other = (count(client, select("favourite_colour", value)) for value in "01")

    assert count(client, select("favourite_colour", "0", "1")) == one + other
    assert count(client, select("favourite_colour", "0"), select("favourite_colour", "1")) == 0


@pytest.mark.clauses("PR-083", "PR-434")
def test_ranges_hold_both_bounds_and_null_means_the_filters_own(client: httpx.Client) -> None:
    halves = count(client, between("age", 18, 49)), count(client, between("age", 50, 100))

    assert sum(halves) == count(client)
    assert count(client, between("age", None, 49)) == halves[0]
    assert count(client, {"filter_id": "age", "selected_range": {"lower": 50}}) == halves[1]
    assert count(client, between("date_joined", "2018-01-01", "2024-12-31")) == count(client)


@pytest.mark.clauses("PR-083", "PR-186", "PR-187")
def test_lists_of_ids_let_in_and_shut_out(client: httpx.Client) -> None:
    took_part = count(client, select("previous_studies_allowlist", REDS))

    assert took_part == 40
    assert count(client, select("previous_studies_blocklist", REDS)) == count(client) - 40
    assert count(client, select("participant_group_allowlist", PAINTERS)) == 40
    assert count(client, *(select("participant_group_allowlist", id) for id in (PAINTERS, PRINTERS))) == 30
    assert count(client, select("participant_group_blocklist", PAINTERS)) == count(client) - 40
    assert count(client, select("custom_blocklist", *PEOPLE)) == count(client) - 3


@pytest.mark.clauses("PR-074", "PR-075", "PR-076")
def test_fewer_than_25_are_not_disclosed(client: httpx.Client) -> None:
    members = ok(client.get(f"{API}/participant-groups/{PRINTERS}/participants/"))["results"]
    ids = [member["participant_id"] for member in members]

    assert count(client, select("custom_allowlist", *ids[:25])) == 25
    assert count(client, select("custom_allowlist", *ids[:24])) == 0
    assert count(client, select("custom_allowlist", NOWHERE)) == 0


@pytest.mark.clauses("PR-079", "PR-080")
def test_the_current_workspace_counts_where_none_is_named(client: httpx.Client) -> None:
    here = ok(client.post(f"{API}/eligibility-count/", json={"filters": []}))["count"]
    organised = ok(client.post(f"{API}/eligibility-count/", json={"filters": [], "organisation_id": ORGANISATION}))

    assert here == organised["count"] == count(client)


@pytest.mark.clauses("PR-081")
def test_only_residents_are_eligible_in_the_us(client: httpx.Client) -> None:
    residents = count(client, workspace_id=OVERSEAS)

    assert residents == count(client, select("current_country_of_residence", "1"))
    assert residents < count(client)


@pytest.mark.clauses("PR-084", "PR-079")
@pytest.mark.parametrize(
    "owner", [{"workspace_id": NOWHERE}, {"workspace_id": FOREIGN}, {"organisation_id": WORKSPACE}, {"workspace_id": 1}]
)
def test_nobody_counts_for_others(client: httpx.Client, owner: dict[str, Any]) -> None:
    refused(client.post(f"{API}/eligibility-count/", json={"filters": [], **owner}), next(iter(owner)))


@pytest.mark.clauses("PR-085")
def test_counting_changes_nothing(client: httpx.Client) -> None:
    before = ok(client.get(f"{API}/filter-sets/"))
    count(client, select("handedness", "0"))

    assert ok(client.get(f"{API}/filter-sets/")) == before


WRONG = [
    ({"filter_id": "wings", "selected_values": []}, "wings"),
    ({"id": "handedness", "selected_values": ["1"]}, "filters"),
    ({"filter_id": "handedness"}, "filters"),
    (select("handedness", "7"), "selected_values"),
    ({"filter_id": "handedness", "selected_values": "1"}, "filters"),
    ({"filter_id": "handedness", "selected_values": [1]}, "filters"),
    ({"filter_id": "handedness", "selected_range": {"lower": 1}}, "selected_values"),
    (select("handedness", "1", weightings={"1": -1}), "filters"),
    (select("handedness", "1", weightings={"1": "half"}), "filters"),
    (select("custom_allowlist", "somebody"), "selected_values"),
    (select("previous_studies_allowlist", "123"), "selected_values"),
    (select("age", "20"), "selected_range"),
    (between("age", None, None), "selected_range"),
    ({"filter_id": "age", "selected_range": {}}, "selected_range"),
    (between("age", 40, 30), "lower"),
    (between("age", 17, 30), "lower"),
    (between("age", 18, 101), "upper"),
    (between("age", "18", 30), "lower"),
    (between("age", 18.5, 30), "filters"),
    (between("age", True, 30), "filters"),
    (between("date_joined", "yesterday", None), "lower"),
    (between("date_joined", 2020, None), "lower"),
    (between("date_joined", "1900-01-01", None), "lower"),
    (between("date_joined", "2024-01-01", "2020-01-01"), "lower"),
    ("handedness", "filters"),
    (None, "filters"),
]


@pytest.mark.clauses("PR-519", "PR-520", "PR-052", "PR-429", "PR-430", "PR-431", "PR-432", "PR-433", "PR-435", "PR-436")
@pytest.mark.parametrize(("wrong", "name"), WRONG)
def test_a_filter_that_does_not_hold_is_refused_everywhere(client: httpx.Client, wrong: Any, name: str) -> None:
    filters = [select("sex", "0"), wrong]

    refused(client.post(f"{API}/eligibility-count/", json={"filters": filters}), name)
    refused(client.post(f"{API}/studies/", json=study_body(filters=filters)), name)
    body = {"name": "x", "filters": filters, "workspace_id": WORKSPACE}
    refused(client.post(f"{API}/filter-sets/", json=body), name)
    refused(client.patch(f"{API}/filter-sets/{FILTER_SET}/", json={"filters": filters}), name)


@pytest.mark.clauses("PR-431", "PR-436", "PR-434", "PR-435")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (select("handedness", "1", "2", weightings={"0": 0.5, "1": 0.5}), None),
        (select("handedness", "1", weightings={"1": 40}), None),
        (between("age", 30, 30), None),
        (between("age", 18, 100), None),
        (between("age", None, 30), between("age", 18, 30)),
        (between("date_joined", "2020-02-29", "2021-01-01T00:00:00Z"), None),
        (select("custom_allowlist", NOWHERE), None),
    ],
)
def test_a_filter_that_holds_is_kept(client: httpx.Client, sent: dict[str, Any], kept: Any) -> None:
    assert draft(client, filters=[sent])["filters"] == [kept or sent]


def _make(client: httpx.Client, **more: Any) -> dict[str, Any]:
    body = {"name": "Left", "filters": [select("handedness", "1")], "workspace_id": WORKSPACE, **more}
    made: dict[str, Any] = ok(client.post(f"{API}/filter-sets/", json=body), 201)
    return made


def _get(client: httpx.Client, found: dict[str, Any], **query: Any) -> dict[str, Any]:
    shown: dict[str, Any] = ok(client.get(f"{API}/filter-sets/{found['id']}/", params=query or None))
    return shown


def _act(client: httpx.Client, found: dict[str, Any] | str, action: str, body: Any = None) -> httpx.Response:
    id = found if isinstance(found, str) else found["id"]
    return client.post(f"{API}/filter-sets/{id}/{action}/", json=body)


@pytest.mark.clauses("PR-044", "PR-045", "PR-046", "PR-047", "PR-048", "PR-055", "PR-362", "PR-449", "PR-450")
def test_a_filter_set_keeps_filters_of_both_types_under_a_name(client: httpx.Client) -> None:
    filters = [select("handedness", "0"), between("age", 18, 90)]
    made = _make(client, filters=filters)

    assert (made["name"], made["filters"], made["workspace_id"], made["organisation_id"]) == (
        "Left",
        filters,
        WORKSPACE,
        None,
    )
    assert made["version"] == 1
    assert not made["is_locked"]
    assert not made["is_deleted"]
    assert made["eligible_participant_count"] == count(client, *filters)
    assert _get(client, made) == made
    assert _make(client, filters=[])["eligible_participant_count"] == count(client)


@pytest.mark.clauses("PR-054", "PR-536")
def test_a_small_set_hides_its_count(client: httpx.Client) -> None:
    assert _get(client, {"id": FILTER_SET})["eligible_participant_count"] == 0


@pytest.mark.clauses("PR-050", "PR-012")
def test_a_filter_set_has_exactly_one_owner(client: httpx.Client) -> None:
    assert _make(client, workspace_id=None, organisation_id=ORGANISATION)["workspace_id"] is None
    body = {"name": "x", "filters": []}
    for owner in (
        {},
        {"workspace_id": None},
        {"workspace_id": WORKSPACE, "organisation_id": ORGANISATION},
        {"workspace_id": FOREIGN},
        {"workspace_id": NOWHERE},
        {"organisation_id": NOWHERE},
    ):
        refused(client.post(f"{API}/filter-sets/", json={**body, **owner}), "_id")


@pytest.mark.clauses("PR-053", "PR-049")
@pytest.mark.parametrize("change", [{"name": ""}, {"name": 1}, {"filters": {}}, {"filters": None}])
def test_a_filter_set_of_another_form_is_refused(client: httpx.Client, change: dict[str, Any]) -> None:
    body = {"name": "x", "filters": [], "workspace_id": WORKSPACE, **change}

    refused(client.post(f"{API}/filter-sets/", json=body), next(iter(change)))
    refused(client.post(f"{API}/filter-sets/", json=[body]))


@pytest.mark.clauses("PR-361", "PR-451")
def test_filter_sets_are_listed_by_owner_without_their_count(client: httpx.Client) -> None:
    made = _make(client)

    def listed(**query: str) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = ok(client.get(f"{API}/filter-sets/", params=query))["results"]
        return results

    assert made["id"] in [found["id"] for found in listed(workspace_id=WORKSPACE)]
    assert {found["organisation_id"] for found in listed(organisation_id=ORGANISATION)} == {ORGANISATION}
    assert len(listed()) == len(listed(workspace_id=WORKSPACE)) + len(listed(organisation_id=ORGANISATION))
    assert "eligible_participant_count" not in listed()[0]


@pytest.mark.clauses("PR-363", "PR-364", "PR-453", "PR-503")
def test_other_filters_make_another_version_and_another_name_does_not(client: httpx.Client) -> None:
    made = _make(client)
    address = f"{API}/filter-sets/{made['id']}/"

    assert ok(client.patch(address, json={"name": "Lefties"}))["version"] == 1
    changed = ok(client.patch(address, json={"filters": [select("handedness", "0")], "workspace_id": FOREIGN}))
    assert (changed["version"], changed["name"], changed["workspace_id"]) == (2, "Lefties", WORKSPACE)
    assert ok(client.patch(address, json={"filters": changed["filters"]}))["version"] == 2
    assert _get(client, made, version_number=1)["filters"] == made["filters"]
    assert _get(client, made, version_number=2) == changed
    refused(client.get(address, params={"version_number": 3}), status=404)
    refused(client.get(address, params={"version_number": "two"}), "version_number")


@pytest.mark.clauses("PR-056", "PR-057", "PR-058", "PR-059", "PR-521", "PR-522", "PR-061", "PR-452")
def test_a_copy_of_a_set_starts_anew(client: httpx.Client) -> None:
    original = _get(client, {"id": LOCKED_SET})
    copy = ok(_act(client, LOCKED_SET, "clone"), 201)
    named = ok(_act(client, LOCKED_SET, "clone", {"new_name": "Righties"}), 201)

    assert copy["name"] == "Right-handed (copy)"
    assert named["name"] == "Righties"
    assert copy["version"] == 1
    assert not copy["is_locked"]
    assert copy["filters"] == original["filters"]
    ok(client.patch(f"{API}/filter-sets/{copy['id']}/", json={"filters": []}))
    assert _get(client, original) == original
    refused(_act(client, LOCKED_SET, "clone", {"new_name": 5}), "new_name")


@pytest.mark.clauses("PR-063", "PR-064", "PR-065", "PR-066", "PR-067", "PR-069", "PR-070", "PR-071")
def test_a_locked_set_cannot_be_edited_until_it_is_unlocked(client: httpx.Client) -> None:
    made = _make(client)
    address = f"{API}/filter-sets/{made['id']}/"
    locked = ok(_act(client, made, "lock"))

    assert locked == {**made, "is_locked": True}
    assert ok(_act(client, made, "lock")) == locked
    for change in ({"name": "x"}, {"filters": []}):
        refused(client.patch(address, json=change), "locked")
    refused(client.delete(address), "locked")
    assert _get(client, made) == locked
    assert ok(_act(client, made, "unlock")) == ok(_act(client, made, "unlock")) == made
    ok(client.patch(address, json={"name": "x"}))


@pytest.mark.clauses("PR-068")
def test_a_locked_set_can_be_used(client: httpx.Client) -> None:
    assert draft(client, filter_set_id=LOCKED_SET)["filters"] == [select("handedness", "0")]


@pytest.mark.clauses("PR-365", "PR-062")
def test_a_deleted_set_is_gone_but_for_the_studies_that_use_it(client: httpx.Client) -> None:
    made = _make(client)
    study = draft(client, filter_set_id=made["id"])
    assert client.delete(f"{API}/filter-sets/{made['id']}/").status_code == 204

    for reply in (
        client.get(f"{API}/filter-sets/{made['id']}/"),
        client.delete(f"{API}/filter-sets/{made['id']}/"),
        _act(client, made, "clone"),
        _act(client, made, "lock"),
    ):
        refused(reply, status=404)
    assert made["id"] not in [found["id"] for found in ok(client.get(f"{API}/filter-sets/"))["results"]]
    refused(client.post(f"{API}/studies/", json=study_body(filter_set_id=made["id"])), "filter_set_id")
    assert ok(client.get(f"{API}/studies/{study['id']}/"))["filters"] == made["filters"]


@pytest.mark.clauses("PR-002")
def test_a_collaborator_shares_the_sets_of_the_workspace(client: httpx.Client, collaborator: httpx.Client) -> None:
    made = _make(client)

    assert _get(collaborator, made) == made
    counted = ok(
        collaborator.post(f"{API}/eligibility-count/", json={"filters": [select("participant_group_blocklist", GROUP)]})
    )
    assert counted["count"] == 311 - 2
