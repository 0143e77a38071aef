"""The actions on a submission that only today's API has: return, start, screen out, and take a decision back."""

from __future__ import annotations

import httpx
import pytest
from prolific_play import (
    MANUAL,
    PEOPLE,
    arrive,
    balance,
    completed,
    judge,
    ok,
    published,
    refused,
    reject,
    step,
    study_of,
    submission_of,
)

PAYS = {"action": "FIXED_SCREEN_OUT_PAYMENT", "fixed_screen_out_reward": 30, "slots": 1}
OUT = {"code": "OUT", "code_type": "FIXED_SCREENOUT", "actions": [PAYS]}


def test_a_participant_with_a_reserved_place_is_started(client: httpx.Client) -> None:
    study = published(client)
    submission = ok(arrive(client, study, reserve=True), 201)
    assert submission["status"] == "RESERVED"
    started = ok(judge(client, submission, "START"))

    assert started["status"] == "ACTIVE"
    assert ok(judge(client, submission, "START")) == started
    step(client, submission, "complete", code="MANUAL1")
    refused(judge(client, submission, "START"), "action", "AWAITING REVIEW")


@pytest.mark.parametrize("done", [False, True], ids=["under way", "completed"])
def test_a_returned_submission_gives_its_place_back(client: httpx.Client, done: bool) -> None:
    study = published(client, total_available_places=1)
    submission = completed(client, study) if done else ok(arrive(client, study), 201)
    returned = ok(judge(client, submission, "RETURN"))

    assert returned["status"] == "RETURNED"
    assert ok(judge(client, submission, "RETURN")) == returned
    after = study_of(client, study)
    assert (after["places_taken"], after["status"]) == (0, "ACTIVE")
    refused(judge(client, submission, "SCREEN_OUT"), "action", "RETURNED")


def test_what_is_screened_out_is_paid_what_the_study_fixed(client: httpx.Client) -> None:
    study = published(client, completion_codes=[MANUAL, OUT])
    submission = completed(client, study, participant_id=PEOPLE[0])
    before = balance(client)["total_balance"]
    assert ok(judge(client, submission, "SCREEN_OUT"))["status"] == "SCREENED OUT"

    # 30, a third of it as fees, and a fifth of these as tax.
    assert before - balance(client)["total_balance"] == 42
    assert ok(judge(client, submission, "SCREEN_OUT"))["status"] == "SCREENED OUT"
    assert before - balance(client)["total_balance"] == 42
    assert (study_of(client, study)["status"], study_of(client, study)["places_taken"]) == ("PAUSED", 0)


def test_what_is_screened_out_without_a_fixed_payment_costs_nothing(client: httpx.Client) -> None:
    study = published(client)
    submission = completed(client, study)
    before = balance(client)["total_balance"]

    assert ok(judge(client, submission, "SCREEN_OUT"))["status"] == "SCREENED OUT"
    assert balance(client)["total_balance"] == before


def test_a_rejection_is_taken_back_and_the_submission_can_be_approved(client: httpx.Client) -> None:
    study = published(client, total_available_places=1)
    submission = completed(client, study)
    ok(reject(client, submission))
    assert study_of(client, study)["status"] == "COMPLETED"
    before = balance(client)

    assert ok(judge(client, submission, "UNREJECT"))["status"] == "AWAITING REVIEW"
    assert study_of(client, study)["status"] == "AWAITING REVIEW"
    # 100 with a third as fees and a fifth of these as tax is bound again.
    assert before["available_balance"] - balance(client)["available_balance"] == 140
    ok(judge(client, submission, "UNREJECT"))
    ok(judge(client, submission, "APPROVE"))
    assert study_of(client, study)["status"] == "COMPLETED"
    refused(judge(client, submission, "UNREJECT"), "action", "APPROVED")


def test_a_return_is_taken_back_while_the_place_is_free(client: httpx.Client) -> None:
    study = published(client, total_available_places=1)
    first = completed(client, study, participant_id=PEOPLE[0])
    ok(judge(client, first, "RETURN"))
    assert ok(judge(client, first, "UNRETURN"))["status"] == "AWAITING REVIEW"
    assert study_of(client, study)["places_taken"] == 1

    ok(judge(client, first, "RETURN"))
    completed(client, study, participant_id=PEOPLE[1])
    refused(judge(client, first, "UNRETURN"), "action", "place")
    assert submission_of(client, first)["status"] == "RETURNED"


def test_a_submission_is_not_restored_without_the_money_for_it(client: httpx.Client) -> None:
    study = published(client, total_available_places=1)
    submission = completed(client, study)
    ok(reject(client, submission))
    left = balance(client)["available_balance"]
    ok(client.post(f"/_mock/prolific/workspaces/{study['workspace']}/funds", json={"amount": -left}))

    refused(judge(client, submission, "UNREJECT"), "balance")
    assert submission_of(client, submission)["status"] == "REJECTED"
