"""Mutually exclusive collections: their studies, and publishing them now or later."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from prolific_play import (
    API,
    COLLECTION,
    CONTRASTS,
    DRAFT,
    DRAFT2,
    DRAFT3,
    FOREIGN_PROJECT,
    NOWHERE,
    PEOPLE,
    PROJECT,
    arrive,
    balance,
    draft,
    ok,
    published,
    refused,
    study_of,
)

ALL = f"{API}/study-collections/mutually-exclusive"
LATER = "2050-02-28T13:45:00 Europe/London"


def _post(client: httpx.Client, **more: Any) -> httpx.Response:
    return client.post(f"{ALL}/", json={"name": "One each", "project_id": CONTRASTS, **more})


def _make(client: httpx.Client, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = ok(_post(client, **more), 201)
    return made


def _get(client: httpx.Client, id: str) -> dict[str, Any]:
    found: dict[str, Any] = ok(client.get(f"{ALL}/{id}/"))
    return found


def _act(client: httpx.Client, collection: dict[str, Any], action: Any, **more: Any) -> httpx.Response:
    return client.post(f"{ALL}/{collection['id']}/transition/", json={"action": action, **more})


def _statuses(client: httpx.Client, *studies: str) -> list[str]:
    return [study_of(client, study)["status"] for study in studies]


@pytest.mark.clauses("PR-260", "PR-266", "PR-492", "PR-272", "PR-413", "PR-502")
def test_a_collection_is_made_with_or_without_studies(client: httpx.Client) -> None:
    empty = _make(client, description="Nobody sees two")
    made = _make(client, study_ids=[DRAFT2, DRAFT], publish_at=None)

    assert (empty["study_ids"], empty["description"]) == ([], "Nobody sees two")
    assert (made["study_ids"], made["project_id"], made["publish_at"]) == ([DRAFT2, DRAFT], CONTRASTS, None)
    assert _get(client, made["id"]) == made
    listed = ok(client.get(f"{ALL}/", params={"project_id": CONTRASTS}))["results"]
    assert [each["id"] for each in listed] == [COLLECTION, empty["id"], made["id"]]
    assert ok(client.get(f"{ALL}/", params={"project_id": PROJECT}))["results"] == []


@pytest.mark.clauses("PR-261", "PR-262", "PR-265", "PR-269", "PR-270", "PR-272")
def test_studies_that_do_not_fit_are_refused_and_nothing_is_made(client: httpx.Client) -> None:
    elsewhere, public = draft(client)["id"], published(client, project=CONTRASTS)["id"]
    before = ok(client.get(f"{ALL}/", params={"project_id": CONTRASTS}))

    for wrong in (elsewhere, public, NOWHERE, 5):
        refused(_post(client, study_ids=[DRAFT, wrong]), "study_ids")
    for project in (NOWHERE, FOREIGN_PROJECT, None):
        refused(_post(client, project_id=project), "project_id")
    refused(_post(client, name=""), "name")
    assert ok(client.get(f"{ALL}/", params={"project_id": CONTRASTS})) == before


@pytest.mark.clauses("PR-263", "PR-264")
def test_a_study_moves_from_one_collection_to_another(client: httpx.Client) -> None:
    assert _get(client, COLLECTION)["study_ids"] == [DRAFT3]
    made = _make(client, study_ids=[DRAFT, DRAFT3])

    assert made["study_ids"] == [DRAFT, DRAFT3]
    assert _get(client, COLLECTION)["study_ids"] == []


@pytest.mark.clauses("PR-267", "PR-414")
def test_a_change_replaces_the_whole_list(client: httpx.Client) -> None:
    made = _make(client, study_ids=[DRAFT, DRAFT2])
    address = f"{ALL}/{made['id']}/"
    changed = ok(client.patch(address, json={"study_ids": [DRAFT2, DRAFT3]}))

    assert changed["study_ids"] == [DRAFT2, DRAFT3]
    named = ok(
        client.patch(address, json={"name": "N", "description": "D", "publish_at": LATER, "project_id": PROJECT})
    )
    assert named == {**changed, "name": "N", "description": "D", "publish_at": LATER}
    assert ok(client.patch(address, json={"publish_at": None}))["publish_at"] is None
    refused(client.patch(address, json={"study_ids": [NOWHERE], "name": "X"}), "study_ids")
    assert _get(client, made["id"])["name"] == "N"


@pytest.mark.clauses("PR-268", "PR-271", "PR-277")
@pytest.mark.parametrize(
    "publish_at",
    [
        "tomorrow",
        "2050-02-28T13:45:00",
        "2050-02-28T13:45:00 Europe/Nowhere",
        "2050-02-31T13:45:00 Europe/London",
        "2050-02-28T13:45:00 ../../etc/passwd",
        "2001-02-28T13:45:00 Europe/London",
        "2001-02-28T13:45:00Z",
        "9999-12-31T23:59:59-14:00",
        "",
        5,
    ],
)
def test_a_time_that_cannot_be_used_is_refused(client: httpx.Client, publish_at: Any) -> None:
    refused(_post(client, publish_at=publish_at), "publish_at")
    made = _make(client, study_ids=[DRAFT])
    refused(client.patch(f"{ALL}/{made['id']}/", json={"publish_at": publish_at}), "publish_at")
    refused(_act(client, made, "SCHEDULE_PUBLISH", publish_at=publish_at), "publish_at")
    assert _statuses(client, DRAFT) == ["UNPUBLISHED"]


@pytest.mark.clauses("PR-268", "PR-275")
@pytest.mark.parametrize(
    ("publish_at", "moment"),
    [
        (LATER, "2050-02-28T13:45:00.000Z"),
        ("2050-07-01T13:45:00 Europe/London", "2050-07-01T12:45:00.000Z"),
        ("2050-02-28T13:45:00+01:00", "2050-02-28T12:45:00.000Z"),
        ("2050-02-28T13:45:00Z", "2050-02-28T13:45:00.000Z"),
    ],
)
def test_a_time_is_local_or_has_an_offset(client: httpx.Client, publish_at: str, moment: str) -> None:
    made = _make(client, study_ids=[DRAFT])
    planned = ok(_act(client, made, "SCHEDULE_PUBLISH", publish_at=publish_at))

    assert (planned["publish_at"], planned["status"]) == (publish_at, "SCHEDULED")
    study = study_of(client, DRAFT)
    assert (study["status"], study["publish_at"]) == ("SCHEDULED", moment)


@pytest.mark.clauses("PR-273")
def test_publishing_a_collection_publishes_its_studies(client: httpx.Client) -> None:
    made = _make(client, study_ids=[DRAFT, DRAFT2])
    before = balance(client)["available_balance"]

    assert ok(_act(client, made, "PUBLISH"))["status"] == "ACTIVE"
    assert _statuses(client, DRAFT, DRAFT2) == ["ACTIVE", "ACTIVE"]
    assert balance(client)["available_balance"] < before
    for action in ("PUBLISH", "SCHEDULE_PUBLISH", "CANCEL_PUBLISH"):
        refused(_act(client, made, action, publish_at=LATER), "action")


@pytest.mark.clauses("PR-273")
def test_a_collection_that_cannot_be_paid_for_is_not_published_at_all(client: httpx.Client) -> None:
    dear = draft(client, project=CONTRASTS, reward=1000, total_available_places=5000)["id"]
    made = _make(client, study_ids=[DRAFT, dear])

    refused(_act(client, made, "PUBLISH"), "balance")
    assert _statuses(client, DRAFT, dear) == ["UNPUBLISHED", "UNPUBLISHED"]


@pytest.mark.clauses("PR-274", "PR-276")
def test_a_plan_takes_the_time_that_is_stored(client: httpx.Client) -> None:
    made = _make(client, study_ids=[DRAFT])
    refused(_act(client, made, "SCHEDULE_PUBLISH"), "publish_at")
    ok(client.patch(f"{ALL}/{made['id']}/", json={"publish_at": LATER}))

    assert ok(_act(client, made, "SCHEDULE_PUBLISH"))["status"] == "SCHEDULED"
    assert _statuses(client, DRAFT) == ["SCHEDULED"]
    ok(client.patch(f"{ALL}/{made['id']}/", json={"publish_at": "2051-01-01T00:00:00Z"}))
    assert study_of(client, DRAFT)["publish_at"] == "2051-01-01T00:00:00.000Z"
    refused(client.patch(f"{ALL}/{made['id']}/", json={"publish_at": None}), "publish_at")


@pytest.mark.clauses("PR-278", "PR-280", "PR-543")
def test_a_plan_can_be_taken_back(client: httpx.Client) -> None:
    made = _make(client, study_ids=[DRAFT, DRAFT2])
    refused(_act(client, made, "CANCEL_PUBLISH"), "action")
    ok(_act(client, made, "SCHEDULE_PUBLISH", publish_at=LATER))

    assert ok(_act(client, made, "CANCEL_PUBLISH"))["status"] == "UNPUBLISHED"
    assert _statuses(client, DRAFT, DRAFT2) == ["UNPUBLISHED", "UNPUBLISHED"]
    assert study_of(client, DRAFT)["publish_at"] is None
    refused(_act(client, made, "CANCEL_PUBLISH"), "action")


@pytest.mark.clauses("PR-279")
@pytest.mark.parametrize("action", ["publish", "STOP", "", None])
def test_a_collection_knows_three_actions(client: httpx.Client, action: Any) -> None:
    refused(_act(client, {"id": COLLECTION}, action), "action")


@pytest.mark.clauses("PR-282")
def test_an_empty_collection_cannot_be_published(client: httpx.Client) -> None:
    made = _make(client, publish_at=LATER)

    refused(_act(client, made, "PUBLISH"), "no studies")
    refused(_act(client, made, "SCHEDULE_PUBLISH"), "no studies")


@pytest.mark.clauses("PR-281")
def test_who_enters_one_study_of_a_collection_cannot_enter_another(client: httpx.Client) -> None:
    ok(_act(client, _make(client, study_ids=[DRAFT, DRAFT2]), "PUBLISH"))
    ok(arrive(client, DRAFT, participant_id=PEOPLE[0]), 201)
    refusal = arrive(client, DRAFT2, participant_id=PEOPLE[0])

    assert refusal.status_code == 400
    assert "collection" in refusal.text
    ok(arrive(client, DRAFT2, participant_id=PEOPLE[1]), 201)


@pytest.mark.clauses("PR-493")
def test_the_studies_of_a_deleted_collection_stay(client: httpx.Client) -> None:
    made = _make(client, study_ids=[DRAFT])
    ok(_act(client, made, "SCHEDULE_PUBLISH", publish_at=LATER))
    assert client.delete(f"{ALL}/{made['id']}/").status_code == 204

    refused(client.get(f"{ALL}/{made['id']}/"), status=404)
    assert _statuses(client, DRAFT) == ["UNPUBLISHED"]


@pytest.mark.clauses("PR-264")
def test_a_deleted_draft_leaves_its_collection(client: httpx.Client) -> None:
    assert client.delete(f"{API}/studies/{DRAFT3}/").status_code == 200

    assert _get(client, COLLECTION)["study_ids"] == []
