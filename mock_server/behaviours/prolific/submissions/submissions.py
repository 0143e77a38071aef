"""Submissions: how they are approved, paid and screened out, and what becomes of them when participants are done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from understudy.mock_server.behaviours.prolific import money
from understudy.mock_server.behaviours.prolific.access import (
    my_id,
    sees_study,
    study_named,
)
from understudy.mock_server.behaviours.prolific.later import credentials
from understudy.mock_server.behaviours.prolific.people import groups
from understudy.mock_server.behaviours.prolific.studies.studies import pause, settle
from understudy.mock_server.behaviours.prolific.submissions.messages import send
from understudy.mock_server.behaviours.prolific.webhooks import notify_submission
from understudy.mock_server.clock import timestamp
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import missing
from understudy.mock_server.engine.registration import due, operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, field_error

#: The statuses that somebody decided upon.
REVIEWED = ("APPROVED", "REJECTED")

#: The statuses of submissions whose return can be requested.
RETURNABLE = ("ACTIVE", "AWAITING REVIEW", "TIMED-OUT")


@operation
async def get_submission(call: Call) -> Reply:
    """A submission with the bonuses paid on it."""
    submission = await submission_at(call)
    more = {name: submission[name] for name in ("bonus_payments", "return_requested")}
    return Reply(200, {**view(submission), **more})


@operation
async def bulk_approve_submissions(call: Call) -> Reply:
    """Approve many, or none when one of them cannot be."""
    state, body = call.state, call.body
    if "submission_ids" in body:
        found = await _by_id(state, body["submission_ids"])
    else:
        study = await study_named(state, body["study_id"])
        found = await _by_participant(state, study, body["participant_ids"])
    name = "submission_ids" if "submission_ids" in body else "participant_ids"
    wrong = [s["id"] for s in found if s["status"] not in {"AWAITING REVIEW", "APPROVED"}]
    if wrong:
        raise field_error(name, f"must all be awaiting review; these are not: {', '.join(wrong)}")
    for submission in found:
        await decide(state, submission, "APPROVED")
    return Reply(200, "The request to bulk approve has been made successfully.")


@operation
async def request_submission_return(call: Call) -> Reply:
    """Ask a participant to return a submission; asking again changes nothing."""
    submission = await submission_at(call)
    reasons = [reason.strip() for reason in call.body["request_return_reasons"]]
    if not all(reasons):
        raise field_error("request_return_reasons", "must not contain blank reasons")
    if submission["status"] not in RETURNABLE:
        raise BadRequestError(f"A return cannot be requested: the submission is {submission['status']}.")
    study = await study_of(call.state, submission)
    await ask_back(call.state, study, submission, reasons, my_id(call.state))
    names = ("id", "status", "participant", "return_requested")
    return Reply(200, {name: submission[name] for name in names})


async def ask_back(state: State, study: Record, submission: Record, reasons: list[str], sender: str) -> None:
    """Ask the participant once, with all reasons in one message."""
    if submission["return_requested"] is not None:
        return
    submission["return_requested"] = state.now()
    await state.save("submission", submission)
    text = f"Please return your submission to the study {study['name']}. Reasons: {'; '.join(reasons)}"
    await send(state, sender, submission["participant"], text, study["id"])


async def move(state: State, study: Record, submission: Record, status: str) -> None:
    """Give a submission another status, notify the webhooks, and bring the study in line."""
    submission["status"] = status
    if status in REVIEWED:
        submission["reviewed_at"] = state.now()
    await state.save("submission", submission)
    await notify_submission(state, study, submission)
    await settle(state, study)


async def begin(state: State, study: Record, submission: Record) -> None:
    """Let a participant with a reserved place start."""
    submission |= {"started_at": state.now(), "expires_at": expiry(state, study["maximum_allowed_time"])}
    await credentials.hand_out(state, study, submission)
    await move(state, study, submission, "ACTIVE")


def expiry(state: State, minutes: float) -> str:
    """The moment at which a participant who began now has taken too long."""
    return timestamp(state.moment() + timedelta(minutes=minutes))


@due("submission", "time_out")
async def time_out(state: State, submission: Record) -> None:
    """Take the place back from a participant who took longer than allowed."""
    await move(state, await study_of(state, submission), submission, "TIMED-OUT")


async def approve(state: State, study: Record, submission: Record) -> None:
    """Pay the participant."""
    rates = await money.rates_of(state, study)
    await money.charge(state, study["workspace"], rates.cost(study["reward"], 1))
    await move(state, study, submission, "APPROVED")


async def act(state: State, study: Record, submission: Record) -> None:
    """Carry out the actions of the code with which a submission was completed."""
    codes = {code["code"]: code["actions"] for code in study["completion_codes"]}
    for action in codes.get(submission["entered_code"], ()):
        kind = action["action"]
        if kind == "AUTOMATICALLY_APPROVE":
            await approve(state, study, submission)
        elif kind == "ADD_TO_PARTICIPANT_GROUP":
            await groups.add(state, action["participant_group"], [submission["participant"]])
        elif kind == "REMOVE_FROM_PARTICIPANT_GROUP":
            await groups.drop(state, action["participant_group"], [submission["participant"]])
        elif kind == "REQUEST_RETURN":
            await ask_back(state, study, submission, [action["return_reason"]], study["researcher"])
        elif kind == "FIXED_SCREEN_OUT_PAYMENT":
            await screen_out(state, study, submission, action)


async def screen_out(state: State, study: Record, submission: Record, action: Record) -> None:
    """Pay what was fixed for those who are screened out; once all slots are used, the study pauses."""
    await pay(state, study, submission, action["fixed_screen_out_reward"], "SCREENED OUT")
    found = await state.find("submission", {"study_id": study["id"], "status": "SCREENED OUT"})
    # A study has one such code, so that whoever was paid a part has used one of its slots.
    used = len([each for each in found if each.get("partial_reward") is not None])
    if used >= action["slots"] and study["status"] == "ACTIVE":
        await pause(state, study)


async def pay(state: State, study: Record, submission: Record, amount: float, status: str) -> None:
    """Pay a part of the reward."""
    rates = await money.rates_of(state, study)
    await money.charge(state, study["workspace"], rates.cost(amount, 1))
    submission["partial_reward"] = amount
    await move(state, study, submission, status)


async def decide(state: State, submission: Record, status: str) -> bool:
    """Approve or reject a submission that awaits review; False when it already has that status. Raises BadRequestError."""
    if submission["status"] == status:
        return False
    if submission["status"] != "AWAITING REVIEW":
        raise BadRequestError(
            f"Only a submission that is AWAITING REVIEW can become {status}; this one is {submission['status']}."
        )
    study = await study_of(state, submission)
    if status == "APPROVED":
        await approve(state, study, submission)
    else:
        await move(state, study, submission, status)
    return True


async def _by_id(state: State, ids: list[str]) -> list[Record]:
    found = []
    unknown = []
    for id in dict.fromkeys(ids):
        submission = await _visible(state, id)
        if submission is None:
            unknown.append(id)
        else:
            found.append(submission)
    if unknown:
        raise field_error("submission_ids", f"contains ids that are not submissions of yours: {', '.join(unknown)}")
    return found


async def _by_participant(state: State, study: Record, ids: list[str]) -> list[Record]:
    """For each participant the submissions that await review, else those that are already approved."""
    chosen: list[Record] = []
    unknown = []
    for id in dict.fromkeys(ids):
        found = await state.find("submission", {"study_id": study["id"], "participant": id})
        if not found:
            unknown.append(id)
        waiting = [s for s in found if s["status"] == "AWAITING REVIEW"]
        chosen += waiting or [s for s in found if s["status"] == "APPROVED"][:1] or found[:1]
    if unknown:
        raise field_error("participant_ids", f"contains ids without a submission in the study: {', '.join(unknown)}")
    return chosen


async def submission_at(call: Call) -> Record:
    """The submission that the path names. Raises NotFoundError."""
    submission = await _visible(call.state, call.path["id"])
    if submission is None:
        raise missing("submission")
    return submission


async def _visible(state: State, id: Any) -> Record | None:
    """A submission of a study that the caller may see."""
    submission = await state.get("submission", id)
    return submission if submission is not None and await sees_study(state, submission["study_id"]) else None


async def study_of(state: State, submission: Record) -> Record:
    """The study to which a submission belongs."""
    study = await state.get("study", submission["study_id"])
    assert study is not None, "a study is deleted with its submissions"
    return study


def view(submission: Record) -> dict[str, Any]:
    """A submission on the wire."""
    names = ("id", "status", "study_id", "participant", "started_at", "completed_at", "entered_code")
    return {name: submission[name] for name in names}
