"""What today's API has and the source lacks."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest
from prolific_play import (
    API,
    DRAFT,
    GROUP,
    MANUAL,
    NOWHERE,
    PEOPLE,
    STUDY,
    SUBMISSION,
    WORKSPACE,
    arrive,
    balance,
    completed,
    draft,
    judge,
    ok,
    published,
    refused,
    step,
    study_of,
    submission_of,
    transition,
)

LEFT = {"filter_id": "handedness", "selected_values": ["1"]}


def _get(client: httpx.Client, path: str, **query: Any) -> Any:
    return ok(client.get(f"{API}/{path}/", params=query))


def test_submissions_are_counted_by_status(client: httpx.Client) -> None:
    counts = _get(client, f"studies/{STUDY}/submissions/counts")
    listed = _get(client, f"studies/{STUDY}/submissions", page_size=100)["results"]

    assert counts["TOTAL"] == len(listed) == sum(counts.values()) - counts["TOTAL"]
    for status in ("ACTIVE", "APPROVED", "AWAITING REVIEW", "TIMED-OUT"):
        assert counts[status] == len([each for each in listed if each["status"] == status]) > 0
    assert counts["SCREENED OUT"] == counts["PARTIALLY APPROVED"] == 0


def _researchers(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"code": "DONE", "code_type": "COMPLETED", "actor": "researcher", "actions": list(actions)}


def test_a_researcher_completes_a_submission_and_pays_a_part(client: httpx.Client) -> None:
    codes = [MANUAL, _researchers({"action": "DYNAMIC_PAYMENT"})]
    study = published(client, completion_codes=codes, reward=200)
    submission = ok(arrive(client, study), 201)
    before = balance(client)["total_balance"]
    whole = {"completion_code": "DONE", "completion_code_data": {"percentage_of_reward": 50}}

    refused(judge(client, submission, "COMPLETE"), "completion_code", "DONE")
    refused(judge(client, submission, "COMPLETE", completion_code="MANUAL1"), "completion_code", "DONE")
    refused(judge(client, submission, "COMPLETE", completion_code="DONE"), "completion_code_data")
    refused(judge(client, submission, "COMPLETE", **{**whole, "completion_code_data": {"percentage_of_reward": 7}}))
    done = ok(judge(client, submission, "COMPLETE", **whole))
    assert (done["status"], done["entered_code"]) == ("PARTIALLY APPROVED", "DONE")
    assert ok(judge(client, submission, "COMPLETE", **whole)) == done
    # 100 with a third as fees and a fifth of these as tax.
    assert before - balance(client)["total_balance"] == 140
    assert _get(client, f"studies/{study['id']}/cost")["rewards"]["rewards"]["amount"] == 100


def test_a_code_screens_out_with_a_payment_until_its_slots_are_used(client: httpx.Client) -> None:
    pays = {"action": "FIXED_SCREEN_OUT_PAYMENT", "fixed_screen_out_reward": 30, "slots": 2}
    out = {"code": "OUT", "code_type": "FIXED_SCREENOUT", "actions": [pays]}
    study = published(client, completion_codes=[MANUAL, out])
    first = completed(client, study, "OUT", participant_id=PEOPLE[0])
    assert (first["status"], study_of(client, study)["places_taken"]) == ("SCREENED OUT", 0)
    assert study_of(client, study)["status"] == "ACTIVE"
    completed(client, study, "OUT", participant_id=PEOPLE[1])

    assert study_of(client, study)["status"] == "PAUSED"
    assert _get(client, f"studies/{study['id']}/cost")["rewards"]["rewards"]["amount"] == 60
    refused(judge(client, first, "APPROVE"), "SCREENED OUT")


@pytest.mark.parametrize(
    ("codes", "name"),
    [
        ([{"code": "A", "code_type": "OTHER", "actions": [{"action": "DYNAMIC_PAYMENT"}]}], "actions.0"),
        (
            [{"code": "A", "code_type": "OTHER", "actions": [
                {"action": "FIXED_SCREEN_OUT_PAYMENT", "fixed_screen_out_reward": 100, "slots": 1}]}],
            "fixed_screen_out_reward",
        ),
    ],
)  # fmt: skip
def test_payments_that_cannot_be_are_refused(client: httpx.Client, codes: Any, name: str) -> None:
    study = draft(client)
    refused(client.patch(f"{API}/studies/{study['id']}/", json={"completion_codes": codes}), name)


@pytest.mark.parametrize("path", ["studies/{}/screen-out-submissions/", "submissions/bulk-screen-out/{}/"])
def test_submissions_are_screened_out_all_or_none(client: httpx.Client, path: str) -> None:
    study = published(client)
    done = [completed(client, study, participant_id=person)["id"] for person in PEOPLE[:2]]
    there, body = f"{API}/{path.format(study['id'])}", {"bonus_per_submission": 0.5}
    refused(client.post(there, json={**body, "submission_ids": [done[0], SUBMISSION]}), "submission_ids", SUBMISSION)
    assert submission_of(client, done[0])["status"] == "AWAITING REVIEW"

    reply = client.post(there, json={**body, "submission_ids": done})
    assert reply.status_code == (200 if path.startswith("studies") else 202)
    assert reply.json().get("payment_per_participant", {"amount": 50})["amount"] == 50
    assert {submission_of(client, id)["status"] for id in done} == {"SCREENED OUT"}
    assert submission_of(client, done[0])["bonus_payments"] == [50]
    assert study_of(client, study)["places_taken"] == 0


def test_a_draft_is_tried_out_by_test_participants_alone(client: httpx.Client) -> None:
    study = draft(client)
    there = f"{API}/studies/{study['id']}/test-study"
    refused(client.post(there), "test participant")
    registered = client.post(f"{API}/researchers/participants/", json={"email": "tess@example.com"})
    person = ok(registered, 201)["participant_id"]
    refused(client.post(f"{API}/researchers/participants/", json={"email": "tess@example.com"}), "email")
    tried = ok(client.post(f"{there}/"))

    assert tried["study_id"] in tried["study_url"]
    assert study_of(client, tried["study_id"])["status"] == "ACTIVE"
    assert study_of(client, study)["status"] == "UNPUBLISHED"
    assert arrive(client, tried["study_id"], participant_id=PEOPLE[0]).status_code == 400
    assert ok(arrive(client, tried["study_id"], participant_id=person), 201)["status"] == "ACTIVE"
    refused(client.post(f"{API}/studies/{STUDY}/test-study/"), "draft")


def test_rewards_are_recommended_by_currency(client: httpx.Client) -> None:
    assert _get(client, "reward-recommendations", workspace_id=WORKSPACE, currency="USD") == [
        {"currency": "USD", "min_reward_per_hour": 800, "recommended_reward_per_hour": 1200}
    ]
    refused(client.get(f"{API}/reward-recommendations/", params={"workspace_id": WORKSPACE}), "currency")


def test_participants_are_counted_by_their_answers(client: httpx.Client) -> None:
    query = {"workspace_id": WORKSPACE, "distribution_filters": "sex, handedness"}
    found = _get(client, "filters/handedness/distribution", **query)["distribution"]

    assert set(found) == {"sex", "handedness"}
    assert sum(found["sex"].values()) > 300
    refused(
        client.get(f"{API}/filters/sex/distribution/", params={**query, "distribution_filters": "age"}),
        "distribution_filters",
    )
    refused(client.get(f"{API}/filters/shoe_size/distribution/", params=query), status=404)


def test_a_workspace_shows_what_its_studies_cost(client: httpx.Client) -> None:
    period = {"reporting_period_start": "2025-01-01", "reporting_period_end": "2025-12-31"}
    report = _get(client, f"workspaces/{WORKSPACE}/cost", limit=0, **period)

    assert report["current_study_cost"]["amount"] == sum(row["cost"]["amount"] for row in report["results"]) > 0
    active = _get(client, f"workspaces/{WORKSPACE}/cost", limit=0, status="ACTIVE", **period)
    assert {row["status"] for row in active["results"]} == {"ACTIVE"}
    backwards = {"reporting_period_start": "2025-12-31", "reporting_period_end": "2025-01-01"}
    refused(client.get(f"{API}/workspaces/{WORKSPACE}/cost/", params=backwards), "reporting_period_end")


def test_a_message_goes_to_all_members_of_a_group(client: httpx.Client) -> None:
    before = _get(client, "messages", page_size=1)["meta"]["count"]
    members = _get(client, f"participant-groups/{GROUP}/participants")["meta"]["count"]
    body = {"participant_group_id": GROUP, "body": "The next part is open."}

    ok(client.post(f"{API}/messages/participant-group/", json=body), 204)
    assert _get(client, "messages", page_size=1)["meta"]["count"] - before == members > 0
    refused(
        client.post(f"{API}/messages/participant-group/", json={**body, "participant_group_id": NOWHERE}),
        "participant_group_id",
    )


def test_fewer_people_take_longer_to_find(client: httpx.Client) -> None:
    body = {
        "workspace_id": WORKSPACE,
        "study_type": "SINGLE",
        "total_available_places": 30,
        "estimated_completion_time": 5,
    }
    hours = [
        ok(client.post(f"{API}/studies/predicted-recruitment-time/", json={**body, "filters": filters}))
        for filters in ([], [LEFT])
    ]
    assert hours[0]["precise_recruitment_time_hours"] < hours[1]["precise_recruitment_time_hours"]
    assert _get(client, f"studies/{DRAFT}/predicted-recruitment-time")["limit_at"] == 48


def test_the_addresses_of_a_study_share_out_its_places(client: httpx.Client) -> None:
    addresses = [{"external_url": f"https://survey.example.com/{n}", "total_allocation": 2} for n in "ab"]
    study = published(client, access_details=addresses, total_available_places=4)
    for person in PEOPLE:
        step(client, ok(arrive(client, study, participant_id=person), 201), "complete", code="MANUAL1")
    progress = _get(client, f"studies/{study['id']}/access-details-progress")["progress"]

    assert [(each["total_allocation"], each["allocated"]) for each in progress] == [(2, 2), (2, 1)]
    refused(client.get(f"{API}/studies/{STUDY}/access-details-progress/"), status=404)


def test_demographic_data_are_exported_with_two_combinations_of_filters(client: httpx.Client) -> None:
    there = f"{API}/studies/{STUDY}/demographic-export/"
    assert _get(client, f"studies/{STUDY}/demographic-export-history") == {"count": 0, "filters": []}
    reply = client.post(there, json={"filters": [LEFT]})
    assert reply.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(reply.text)))
    assert {row["Handedness"] for row in rows} <= {"Right", "Left", "Either", "CONSENT_REVOKED"}
    assert client.post(there).status_code == 200
    assert client.post(there, json={"filters": [LEFT]}).status_code == 200

    assert _get(client, f"studies/{STUDY}/demographic-export-history") == {"count": 2, "filters": []}
    refused(client.post(there, json={"filters": [{**LEFT, "selected_values": ["0"]}]}), "filters")
    refused(client.post(there, json={"filters": [LEFT] * 16}), "filters")


def test_campaigns_of_a_workspace_are_listed(client: httpx.Client) -> None:
    [campaign] = _get(client, "campaigns", workspace_id=WORKSPACE)["results"]

    assert campaign["id"] in campaign["sign_up_link"]
    refused(client.get(f"{API}/campaigns/", params={"workspace_id": NOWHERE}), status=404)


def test_credential_pools_grow_line_by_line(client: httpx.Client) -> None:
    there = f"{API}/credentials/"
    made = ok(client.post(there, json={"workspace_id": WORKSPACE, "credentials": "ada,one\nbob, two\n"}), 201)
    pool = made["credential_pool_id"]
    ok(client.patch(f"{there}{pool}/", json={"credentials": "cleo,three"}))

    assert _get(client, "credentials", workspace_id=WORKSPACE)["credential_pools"] == [
        {"credential_pool_id": pool, "total_credentials": 3, "available_credentials": 3}
    ]
    refused(client.patch(f"{there}{pool}/", json={"credentials": "ada,four"}), "ada", status=409)
    refused(client.patch(f"{there}{pool}/", json={"credentials": "dora"}), "line 1")
    refused(client.patch(f"{there}{NOWHERE}/", json={"credentials": "dora,five"}), status=404)


def test_a_study_is_planned_by_itself(client: httpx.Client) -> None:
    study = draft(client)
    there = f"{API}/studies/{study['id']}/transition/"
    refused(transition(client, study, "SCHEDULE_PUBLISH"), "publish_at")
    planned = ok(client.post(there, json={"action": "SCHEDULE_PUBLISH", "publish_at": "2090-01-01T00:00:00Z"}))
    assert (planned["status"], planned["publish_at"]) == ("SCHEDULED", "2090-01-01T00:00:00.000Z")
    assert ok(transition(client, study, "CANCEL_PUBLISH"))["status"] == "UNPUBLISHED"
    ok(client.post(there, json={"action": "SCHEDULE_PUBLISH", "publish_at": "2090-01-01T00:00:00Z"}))
    ok(client.post("/_mock/clock/freeze", json={"at": "2090-01-02T00:00:00Z"}))

    assert study_of(client, study)["status"] == "ACTIVE"
    assert study_of(client, study)["published_at"] == "2090-01-01T00:00:00.000Z"


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "studies/{}/submissions/counts", None),
        ("POST", "studies/{}/demographic-export", None),
        ("GET", "studies/{}/demographic-export-history", None),
        ("POST", "studies/{}/screen-out-submissions", {"submission_ids": ["x"]}),
        ("POST", "submissions/bulk-screen-out/{}", {"submission_ids": ["x"], "bonus_per_submission": 1}),
        ("POST", "studies/{}/test-study", None),
        ("GET", "filters/{}/distribution?workspace_id=" + WORKSPACE + "&distribution_filters=sex", None),
        ("GET", "studies/{}/predicted-recruitment-time", None),
        ("GET", "studies/{}/access-details-progress", None),
        ("PATCH", "credentials/{}", {"credentials": "ada,one"}),
    ],
)
def test_what_does_not_exist_is_not_found(client: httpx.Client, method: str, path: str, body: Any, slash: str) -> None:
    address, _, query = path.format(NOWHERE).partition("?")
    refused(client.request(method, f"{API}/{address}{slash}", params=query, json=body), status=404)


def test_what_a_client_leaves_out_against_the_descriptions_is_named(client: httpx.Client) -> None:
    project = _get(client, f"studies/{STUDY}")["project"]

    refused(client.post(f"{API}/participant-groups/", json={"name": "Ours", "project_id": project}), "workspace_id")
    refused(client.post(f"{API}/researchers/participants/", json={}), "email")
