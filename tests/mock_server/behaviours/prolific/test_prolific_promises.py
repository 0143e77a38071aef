"""What the source promises in passing: who is in which list, which version counts, what a failure leaves behind."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from prolific_play import (
    ADMIN,
    API,
    FILTER_SET,
    MANUAL,
    NOWHERE,
    PEOPLE,
    PROJECT,
    STUDY,
    SURVEY,
    WORKSPACE,
    completed,
    draft,
    ok,
    published,
    refused,
    study_body,
    submission_of,
    waiting,
)

KINDS = [
    "COMPLETED",
    "FAILED_ATTENTION_CHECK",
    "FOLLOW_UP_STUDY",
    "GIVE_BONUS",
    "INCOMPATIBLE_DEVICE",
    "NO_CONSENT",
    "OTHER",
]


@pytest.mark.clauses("PR-008")
def test_a_failure_holds_nothing_that_only_the_service_needs(client: httpx.Client) -> None:
    error = client.get(f"{API}/studies/{NOWHERE}/").json()["error"]

    assert set(error) == {"status", "error_code", "title", "detail"}


@pytest.mark.clauses("PR-523")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("studies", study_body(reward="much")),
        ("filter-sets", {"name": "x", "workspace_id": WORKSPACE, "filters": [{"filter_id": "nothing"}]}),
        ("participant-groups", {"name": "x", "workspace_id": NOWHERE}),
        ("workspaces", {"title": "x", "currency_code": "EUR"}),
    ],
)
def test_what_is_refused_is_not_made(client: httpx.Client, path: str, body: dict[str, Any]) -> None:
    before = ok(client.get(f"{API}/{path}/"))["meta"]["count"]

    refused(client.post(f"{API}/{path}/", json=body))
    assert ok(client.get(f"{API}/{path}/"))["meta"]["count"] == before


@pytest.mark.clauses("PR-546")
def test_a_study_takes_the_filters_of_the_version_that_it_names(client: httpx.Client) -> None:
    first = ok(client.get(f"{API}/filter-sets/{FILTER_SET}/"))
    other = [{"filter_id": "handedness", "selected_values": ["0"]}]
    ok(client.patch(f"{API}/filter-sets/{FILTER_SET}/", json={"filters": other}))

    assert draft(client, filter_set_id=FILTER_SET)["filters"] == other
    assert draft(client, filter_set_id=FILTER_SET, filter_set_version=1)["filters"] == first["filters"]


@pytest.mark.clauses("PR-547")
@pytest.mark.parametrize("kind", KINDS)
def test_a_code_is_of_one_of_seven_types(client: httpx.Client, kind: str) -> None:
    study = draft(client, completion_codes=[{**MANUAL, "code_type": kind}])

    assert study["completion_codes"][0]["code_type"] == kind


@pytest.mark.clauses("PR-548")
@pytest.mark.parametrize("number", [-1, 1, 7])
def test_a_participant_may_submit_once_often_or_without_limit(client: httpx.Client, number: int) -> None:
    study = draft(client, submissions_config={"max_submissions_per_participant": number})

    assert study["submissions_config"]["max_submissions_per_participant"] == number


@pytest.mark.clauses("PR-549")
def test_a_survey_and_a_response_show_the_form_in_which_they_were_made(client: httpx.Client) -> None:
    asked = [{"title": "Which root?", "type": "single", "answers": [{"value": "Potato"}]}]
    plain = ok(client.post(f"{API}/surveys/", json={"title": "x", "researcher_id": ADMIN, "questions": asked}), 201)
    question = plain["questions"][0]
    chosen = {"answer_id": question["answers"][0]["id"], "value": "Potato"}
    reply = {"question_id": question["id"], "question_title": "Which root?", "answers": [chosen]}
    body = {"participant_id": PEOPLE[0], "submission_id": NOWHERE, "questions": [reply]}
    made = ok(client.post(f"{API}/surveys/{plain['_id']}/responses/", json=body), 201)

    assert not plain.get("sections")
    assert question["title"] == "Which root?"
    assert made["questions"] == [reply]
    assert not made.get("sections")


@pytest.mark.clauses("PR-550")
def test_times_that_are_called_utc_are_in_utc(client: httpx.Client) -> None:
    survey = ok(client.get(f"{API}/surveys/{SURVEY}/"))
    submission = submission_of(client, waiting(client)[0])

    for time in (survey["date_created"], survey["date_modified"], submission["started_at"]):
        assert time.endswith("Z")


@pytest.mark.clauses("PR-553")
def test_the_code_of_a_submission_has_two_names(client: httpx.Client) -> None:
    study = published(client)
    done = completed(client, study)
    short = ok(client.get(f"{API}/studies/{study['id']}/submissions/"))["results"][0]

    assert short["study_code"] == submission_of(client, done)["entered_code"] == "MANUAL1"


@pytest.mark.clauses("PR-554", "PR-562")
def test_what_was_made_is_in_its_list_once(client: httpx.Client) -> None:
    workspace = ok(client.post(f"{API}/workspaces/", json={"title": "New"}), 201)
    study = draft(client, project=PROJECT)

    assert workspace["id"] in {each["id"] for each in ok(client.get(f"{API}/workspaces/"))["results"]}
    inside = ok(client.get(f"{API}/projects/{PROJECT}/studies/", params={"page_size": 100}))["results"]
    assert [each["id"] for each in inside].count(study["id"]) == 1


@pytest.mark.clauses("PR-555")
def test_a_member_who_came_later_joined_later(client: httpx.Client) -> None:
    ok(client.post("/_mock/clock/freeze", json={"at": "2030-01-01T10:00:00Z"}))
    body = {"name": "x", "workspace_id": WORKSPACE, "participant_ids": PEOPLE[:1]}
    group = ok(client.post(f"{API}/participant-groups/", json=body), 201)
    ok(client.post("/_mock/clock/advance", json={"seconds": 60}))
    address = f"{API}/participant-groups/{group['id']}/participants/"
    members = ok(client.post(address, json={"participant_ids": PEOPLE[1:2]}))["results"]

    assert [each["datetime_created"] for each in members] == ["2030-01-01T10:00:00.000Z", "2030-01-01T10:01:00.000Z"]


@pytest.mark.clauses("PR-556")
@pytest.mark.parametrize("slash", ["", "/"])
def test_what_is_printed_in_two_forms_works_in_both(client: httpx.Client, slash: str) -> None:
    study = draft(client)
    ok(client.post(f"{API}/studies/{study['id']}/transition{slash}", json={"action": "PUBLISH"}))
    someone = waiting(client)[0]["id"]
    bonus = {"study_id": STUDY, "csv_bonuses": f"{someone},0.10"}
    batch = ok(client.post(f"{API}/submissions/bonus-payments{slash}", json=bonus), 201)

    ok(client.post(f"{API}/bulk-bonus-payments/{batch['id']}/pay{slash}"), 202)


@pytest.mark.clauses("PR-557")
def test_choices_are_numbered_or_are_ids(client: httpx.Client) -> None:
    listed = ok(client.get(f"{API}/filters/"))["results"]
    choices = [pair for each in listed for pair in each.get("choices", {}).items()]

    assert choices
    assert [pair for pair in choices if not re.fullmatch(r"\d+|[0-9a-f]{24}", pair[0])] == []
    assert all(isinstance(label, str) for _, label in choices)


@pytest.mark.clauses("PR-558")
def test_a_code_cannot_feed_a_group_that_does_not_exist(client: httpx.Client) -> None:
    action = {"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": NOWHERE}

    refused(client.post(f"{API}/studies/", json=study_body(completion_codes=[{**MANUAL, "actions": [action]}])))


@pytest.mark.clauses("PR-561")
def test_a_range_begins_before_it_ends(client: httpx.Client) -> None:
    spans = [each for each in ok(client.get(f"{API}/filters/"))["results"] if each["type"] == "range"]

    assert spans
    assert [each["filter_id"] for each in spans if each["min"] > each["max"]] == []
    dates = [each for each in spans if each["data_type"] == "date"]
    assert all(re.match(r"\d{4}-\d{2}-\d{2}", each["min"]) for each in dates)
