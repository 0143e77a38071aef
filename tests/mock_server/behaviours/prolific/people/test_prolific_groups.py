"""Participant groups: who is in them, and which studies change them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from prolific_play import (
    API,
    AUTOMATIC,
    FOREIGN,
    GROUP,
    NOWHERE,
    ORGANISATION,
    OVERSEAS,
    PEOPLE,
    PROJECT,
    WORKSPACE,
    draft,
    ok,
    refused,
    study_body,
)


def _make(client: httpx.Client, **more: Any) -> dict[str, Any]:
    body = {"name": "Diets", "workspace_id": WORKSPACE, **more}
    made: dict[str, Any] = ok(client.post(f"{API}/participant-groups/", json=body), 201)
    return made


def _members(client: httpx.Client, group: dict[str, Any]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = ok(client.get(f"{API}/participant-groups/{group['id']}/participants/"))["results"]
    return found


def _ids(members: list[dict[str, str]]) -> list[str]:
    return [member["participant_id"] for member in members]


def _change(client: httpx.Client, group: dict[str, Any], method: str, ids: Any) -> httpx.Response:
    path = f"{API}/participant-groups/{group['id']}/participants/"
    return client.request(method, path, json={"participant_ids": ids})


@pytest.mark.clauses("PR-145", "PR-150", "PR-152", "PR-154", "PR-155", "PR-379", "PR-464")
def test_a_group_begins_empty(client: httpx.Client) -> None:
    made = _make(client, description="What they do not eat")

    assert (made["name"], made["description"], made["workspace_id"]) == ("Diets", "What they do not eat", WORKSPACE)
    assert made["participant_count"] == 0
    assert made["feeder_studies"] == []
    assert not made["is_deleted"]
    assert (made["project_id"], made["organisation_id"]) == (None, None)
    assert _make(client)["description"] is None
    assert ok(client.get(f"{API}/participant-groups/{made['id']}/")) == made


@pytest.mark.clauses("PR-149", "PR-151", "PR-383")
def test_a_group_may_begin_with_members_each_once(client: httpx.Client) -> None:
    made = _make(client, participant_ids=[*PEOPLE, PEOPLE[0]])

    assert made["participant_count"] == 3
    assert _ids(_members(client, made)) == PEOPLE


@pytest.mark.clauses("PR-147", "PR-148")
@pytest.mark.parametrize(
    "owner",
    [
        {},
        {"workspace_id": None, "organisation_id": None},
        {"workspace_id": WORKSPACE, "organisation_id": ORGANISATION},
        {"workspace_id": NOWHERE},
        {"workspace_id": FOREIGN},
        {"organisation_id": WORKSPACE},
    ],
)
def test_a_group_has_exactly_one_owner(client: httpx.Client, owner: dict[str, Any]) -> None:
    before = ok(client.get(f"{API}/participant-groups/"))["meta"]["count"]

    refused(client.post(f"{API}/participant-groups/", json={"name": "x", **owner}), "_id")
    assert ok(client.get(f"{API}/participant-groups/"))["meta"]["count"] == before


@pytest.mark.clauses("PR-148", "PR-378")
def test_an_organisation_can_own_a_group(client: httpx.Client) -> None:
    made = _make(client, workspace_id=None, organisation_id=ORGANISATION)
    listed = ok(client.get(f"{API}/participant-groups/", params={"organisation_id": ORGANISATION}))["results"]

    assert made["workspace_id"] is None
    assert made["id"] in [group["id"] for group in listed]


@pytest.mark.clauses("PR-146", "PR-152", "PR-149")
@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": None},
        {"description": 1},
        {"participant_ids": "all"},
        {"participant_ids": ["nobody"]},
        {"participant_ids": [None]},
    ],
)
def test_a_group_of_another_form_is_refused(client: httpx.Client, wrong: dict[str, Any]) -> None:
    body = {"name": "x", "workspace_id": WORKSPACE, **wrong}

    refused(client.post(f"{API}/participant-groups/", json=body), next(iter(wrong)))


@pytest.mark.clauses("PR-157", "PR-158", "PR-159", "PR-160", "PR-162")
def test_adding_passes_over_members_and_keeps_when_they_joined(client: httpx.Client) -> None:
    made = _make(client, participant_ids=PEOPLE[:2])
    before = _members(client, made)
    reply = ok(_change(client, made, "POST", PEOPLE))

    assert _ids(reply["results"]) == PEOPLE
    assert reply["results"][:2] == before
    assert ok(_change(client, made, "POST", PEOPLE))["results"] == reply["results"]
    assert ok(client.get(f"{API}/participant-groups/{made['id']}/"))["participant_count"] == 3


@pytest.mark.clauses("PR-524", "PR-525")
@pytest.mark.parametrize("ids", [None, "x", [1], ["not an id"], {}])
def test_adding_needs_a_list_of_ids(client: httpx.Client, ids: Any) -> None:
    made = _make(client, participant_ids=PEOPLE[:1])
    for method in ("POST", "DELETE"):
        refused(_change(client, made, method, ids), "participant_ids")
    assert _ids(_members(client, made)) == PEOPLE[:1]


@pytest.mark.clauses("PR-384")
def test_removing_by_body_passes_over_strangers(client: httpx.Client) -> None:
    made = _make(client, participant_ids=PEOPLE)
    reply = ok(_change(client, made, "DELETE", [PEOPLE[1], NOWHERE]))

    assert _ids(reply["results"]) == _ids(_members(client, made)) == [PEOPLE[0], PEOPLE[2]]


@pytest.mark.clauses("PR-380", "PR-381")
def test_a_patch_replaces_all_members_or_none(client: httpx.Client) -> None:
    made = _make(client, participant_ids=PEOPLE[:2])
    address = f"{API}/participant-groups/{made['id']}/"
    stayed = _members(client, made)[1]

    assert ok(client.patch(address, json={"name": "Other"}))["participant_count"] == 2
    assert ok(client.patch(address, json={"participant_ids": PEOPLE[1:]}))["name"] == "Other"
    assert _ids(_members(client, made)) == PEOPLE[1:]
    assert _members(client, made)[0] == stayed
    assert ok(client.patch(address, json={"participant_ids": []}))["participant_count"] == 0


@pytest.mark.clauses("PR-382", "PR-163")
def test_a_deleted_group_is_gone(client: httpx.Client) -> None:
    made = _make(client, participant_ids=PEOPLE)
    assert client.delete(f"{API}/participant-groups/{made['id']}/").status_code == 204

    refused(client.get(f"{API}/participant-groups/{made['id']}/"), status=404)
    refused(_change(client, made, "POST", PEOPLE), status=404)
    listed = ok(client.get(f"{API}/participant-groups/"))["results"]
    assert made["id"] not in [group["id"] for group in listed]
    deleted = ok(client.get(f"{API}/participant-groups/", params={"active": "false"}))["results"]
    assert [(group["id"], group["is_deleted"]) for group in deleted] == [(made["id"], True)]
    joining = {"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": made["id"]}
    codes = [{**AUTOMATIC, "actions": [joining]}]
    refused(client.post(f"{API}/studies/", json=study_body(completion_codes=codes)), "participant_group")


@pytest.mark.clauses("PR-378")
@pytest.mark.parametrize("query", [{"workspace_id": WORKSPACE}, {"project_id": PROJECT}, {"filter": WORKSPACE}])
def test_groups_are_listed_by_owner(client: httpx.Client, query: dict[str, str]) -> None:
    made, other = _make(client), _make(client, workspace_id=OVERSEAS)
    listed = [group["id"] for group in ok(client.get(f"{API}/participant-groups/", params=query))["results"]]

    assert made["id"] in listed
    assert other["id"] not in listed
    every = [group["id"] for group in ok(client.get(f"{API}/participant-groups/"))["results"]]
    assert {made["id"], other["id"]} <= set(every)


@pytest.mark.clauses("PR-156", "PR-465", "PR-466")
def test_the_studies_whose_codes_change_a_group_are_listed_as_they_are_now(client: httpx.Client) -> None:
    made = _make(client)
    joining = {"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": made["id"]}
    leaving = {"action": "REMOVE_FROM_PARTICIPANT_GROUP", "participant_group": made["id"]}
    codes = [{**AUTOMATIC, "actions": [joining]}, {"code": "OUT", "code_type": "COMPLETION_CODE", "actions": [leaving]}]
    study = draft(client, completion_codes=codes, internal_name="F-1")

    def feeders() -> Any:
        return ok(client.get(f"{API}/participant-groups/{made['id']}/"))["feeder_studies"]

    summary = {name: study[name] for name in ("id", "name", "status", "internal_name")}
    fed = [
        {"code": "AUTO1", "action": "ADD_TO_PARTICIPANT_GROUP", "code_type": "COMPLETED"},
        {"code": "OUT", "action": "REMOVE_FROM_PARTICIPANT_GROUP", "code_type": "COMPLETION_CODE"},
    ]
    assert feeders() == [{**summary, "feeder_completion_codes": fed}]
    ok(client.patch(f"{API}/studies/{study['id']}/", json={"completion_codes": codes[:1]}))
    assert feeders() == [{**summary, "feeder_completion_codes": fed[:1]}]
    ok(client.patch(f"{API}/studies/{study['id']}/", json={"completion_codes": [AUTOMATIC]}))
    assert feeders() == []


@pytest.mark.clauses("PR-002")
def test_a_group_of_another_workspace_cannot_be_fed(client: httpx.Client, collaborator: httpx.Client) -> None:
    made = _make(client, workspace_id=OVERSEAS)
    joining = {"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": made["id"]}

    refused(client.post(f"{API}/studies/", json=study_body(completion_codes=[{**AUTOMATIC, "actions": [joining]}])))
    refused(collaborator.get(f"{API}/participant-groups/{made['id']}/"), status=404)
    assert ok(collaborator.get(f"{API}/participant-groups/{GROUP}/"))["id"] == GROUP
