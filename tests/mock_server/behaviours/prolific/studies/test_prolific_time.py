"""What happens by the clock: participants time out, planned studies open."""

from __future__ import annotations

import json

import httpx
import pytest
from prolific_play import (
    API,
    CONTRASTS,
    PEOPLE,
    WORKSPACE,
    arrive,
    draft,
    ok,
    published,
    step,
    study_of,
    submission_of,
    subscribe,
)
from receiver import Receiver

ALL = f"{API}/study-collections/mutually-exclusive"


def _later(client: httpx.Client, seconds: float) -> None:
    ok(client.post("/_mock/clock/advance", json={"seconds": seconds}))


def _planned(client: httpx.Client) -> tuple[str, str]:
    """A study in a collection that is to be published far in the future."""
    study = draft(client, project=CONTRASTS)["id"]
    made = ok(client.post(f"{ALL}/", json={"name": "x", "project_id": CONTRASTS, "study_ids": [study]}), 201)["id"]
    plan = {"action": "SCHEDULE_PUBLISH", "publish_at": "2090-01-01T00:00:00 Europe/Paris"}
    ok(client.post(f"{ALL}/{made}/transition/", json=plan))
    return study, made


@pytest.mark.clauses("PR-219")
def test_who_takes_too_long_has_timed_out_and_leaves_the_place_to_others(
    client: httpx.Client, receiver: Receiver
) -> None:
    study = published(client, estimated_completion_time=1, maximum_allowed_time=6, total_available_places=1)
    subscribe(client, receiver.url, "submission.status.change")
    slow = ok(arrive(client, study, participant_id=PEOPLE[0]), 201)
    assert arrive(client, study, participant_id=PEOPLE[1]).status_code == 400
    _later(client, 3600)

    events = [json.loads(body) for _, body in receiver.wait(2)]
    assert [(event["status"], event["resource_id"]) for event in events] == [
        ("ACTIVE", slow["id"]),
        ("TIMED-OUT", slow["id"]),
    ]
    assert submission_of(client, slow)["status"] == "TIMED-OUT"
    assert study_of(client, study)["places_taken"] == 0
    assert ok(arrive(client, study, participant_id=PEOPLE[1]), 201)["status"] == "ACTIVE"


@pytest.mark.clauses("PR-219")
def test_who_completes_in_time_is_judged_and_who_completes_too_late_is_not(client: httpx.Client) -> None:
    study = published(client, maximum_allowed_time=20)
    slow, quick = (ok(arrive(client, study, participant_id=id), 201) for id in PEOPLE[:2])
    _later(client, 19 * 60)
    assert step(client, quick, "complete", code="MANUAL1")["status"] == "AWAITING REVIEW"
    _later(client, 2 * 60)

    assert step(client, slow, "complete", code="MANUAL1")["status"] == "TIMED-OUT"
    assert submission_of(client, quick)["status"] == "AWAITING REVIEW"
    assert study_of(client, study)["places_taken"] == 1


def test_a_reserved_place_is_kept_for_ten_minutes(client: httpx.Client) -> None:
    study = published(client, maximum_allowed_time=60)
    absent, present = (ok(arrive(client, study, participant_id=id, reserve=True), 201) for id in PEOPLE[:2])
    _later(client, 9 * 60)
    step(client, present, "start")
    _later(client, 2 * 60)

    assert submission_of(client, absent)["status"] == "TIMED-OUT"
    assert submission_of(client, present)["status"] == "ACTIVE"


@pytest.mark.clauses("PR-274", "PR-485")
def test_a_planned_study_is_seen_as_open_once_its_time_has_come(client: httpx.Client) -> None:
    study, collection = _planned(client)
    _later(client, 3_000_000_000)

    assert study_of(client, study)["status"] == "ACTIVE"
    active = ok(client.get(f"{API}/studies/", params={"state": "ACTIVE"}))["results"]
    planned = ok(client.get(f"{API}/studies/", params={"state": "SCHEDULED"}))["results"]
    assert study in [each["id"] for each in active]
    assert study not in [each["id"] for each in planned]
    assert ok(client.get(f"{ALL}/{collection}/"))["status"] == "ACTIVE"
    # The moment that was planned, not the one at which somebody looked.
    assert study_of(client, study)["published_at"] == "2089-12-31T23:00:00.000Z"


@pytest.mark.clauses("PR-274", "PR-249")
def test_a_planned_study_opens_by_itself(client: httpx.Client, receiver: Receiver) -> None:
    study, collection = _planned(client)
    subscribe(client, receiver.url, "study.status.change")
    _later(client, 3_000_000_000)

    # Two of the seed were planned as well, for an earlier day.
    events = [json.loads(body) for _, body in receiver.wait(3)]
    assert [event["status"] for event in events] == ["ACTIVE"] * 3
    assert events[-1]["resource_id"] == study
    refusal = client.post(f"{ALL}/{collection}/transition/", json={"action": "CANCEL_PUBLISH"})
    assert refusal.status_code == 400


def test_a_planned_study_that_cannot_be_paid_for_becomes_a_draft_again(client: httpx.Client) -> None:
    study, _ = _planned(client)
    ok(client.post(f"/_mock/prolific/workspaces/{WORKSPACE}/funds", json={"amount": -(10**12)}))
    _later(client, 3_000_000_000)

    assert study_of(client, study)["status"] == "UNPUBLISHED"
