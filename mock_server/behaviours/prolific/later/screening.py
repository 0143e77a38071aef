"""Counts of submissions, those that researchers complete, and those that are screened out with a payment."""

from __future__ import annotations

from fractions import Fraction

from understudy.mock_server.behaviours.prolific import money
from understudy.mock_server.behaviours.prolific.access import study_at
from understudy.mock_server.behaviours.prolific.studies.studies import UNDER_WAY
from understudy.mock_server.behaviours.prolific.submissions.listing import LISTED
from understudy.mock_server.behaviours.prolific.submissions.submissions import move
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import field_error

#: The statuses of submissions that can still be screened out.
OPEN = (*UNDER_WAY, "AWAITING REVIEW")


@operation
async def count_submissions(call: Call) -> Reply:
    """How many submissions of a study have each status, and how many there are."""
    study = await study_at(call.state, call.path["id"])
    tally = await call.state.tally("submission", ["status"], {"study_id": study["id"]})
    return Reply(200, {**{status: tally.get((status,), 0) for status in LISTED}, "TOTAL": sum(tally.values())})


@operation
async def screen_out_submissions(call: Call) -> Reply:
    """Screen out submissions of a study, each with a payment, and leave their places to others."""
    study = await study_at(call.state, call.path["id"])
    cents = await _screen_out(call.state, study, call.body)
    workspace = await call.state.get("workspace", study["workspace"])
    assert workspace is not None, "a study belongs to a workspace"
    payment = {"amount": cents, "currency": workspace["currency_code"]}
    return Reply(200, {"message": "The submissions are screened out.", "payment_per_participant": payment})


@operation
async def bulk_screen_out_submissions(call: Call) -> Reply:
    """Screen out many submissions of a study, or none when one of them cannot be."""
    study = await study_at(call.state, call.path["study_id"])
    await _screen_out(call.state, study, call.body)
    return Reply(202, {"message": "The submissions are screened out."})


async def _screen_out(state: State, study: Record, body: Record) -> int:
    """Give submissions the status SCREENED OUT; returns what each participant is paid, in the smaller unit."""
    cents = round(Fraction(str(body.get("bonus_per_submission", 0))) * 100)
    found = []
    for id in dict.fromkeys(body["submission_ids"]):
        submission = await state.get("submission", id)
        if submission is None or submission["study_id"] != study["id"]:
            raise field_error("submission_ids", f"must all be submissions of the study; {id} is not")
        if submission["status"] not in OPEN:
            raise field_error("submission_ids", f"must all be open; {id} is {submission['status']}")
        found.append(submission)
    cost = (await money.rates_of(state, study)).cost(cents, len(found))
    await money.afford(state, study["workspace"], cost, "Screening out")
    await money.charge(state, study["workspace"], cost)
    for submission in found:
        submission["bonus_payments"] = [*submission["bonus_payments"], *([cents] if cents else [])]
        current = await state.get("study", study["id"])
        assert current is not None, "the study was read a moment ago"
        await move(state, current, submission, "SCREENED OUT")
    return cents
