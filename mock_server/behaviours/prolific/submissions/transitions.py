"""What researchers do with one submission: approve, reject, complete, screen out, return, start and restore it."""

from __future__ import annotations

from understudy.mock_server.behaviours.prolific import money
from understudy.mock_server.behaviours.prolific.access import my_id
from understudy.mock_server.behaviours.prolific.studies.studies import UNDER_WAY, placeless, places_taken, review_again
from understudy.mock_server.behaviours.prolific.submissions.messages import send
from understudy.mock_server.behaviours.prolific.submissions.submissions import (
    act,
    begin,
    decide,
    move,
    pay,
    screen_out,
    study_of,
    submission_at,
    view,
)
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, FieldError, field_error

#: Action -> the statuses in which a submission can be, and the one that it gets.
MOVES = {
    "RETURN": ((*UNDER_WAY, "AWAITING REVIEW", "TIMED-OUT"), "RETURNED"),
    "START": (("RESERVED",), "ACTIVE"),
    "SCREEN_OUT": ((*UNDER_WAY, "AWAITING REVIEW"), "SCREENED OUT"),
    "UNREJECT": (("REJECTED",), "AWAITING REVIEW"),
    "UNRETURN": (("RETURNED",), "AWAITING REVIEW"),
}


@operation
async def transition_submission(call: Call) -> Reply:
    """Judge a submission, complete it, or move it as today's API does; the same again changes nothing."""
    submission = await submission_at(call)
    action = call.body["action"]
    if action == "APPROVE":
        await decide(call.state, submission, "APPROVED")
    elif action == "COMPLETE":
        await _complete(call, await study_of(call.state, submission), submission)
    elif action in MOVES:
        await _move(call.state, submission, action)
    elif submission["status"] != "REJECTED":  # saying it again changes nothing, whatever is said with it
        text = _grounds(call)
        if await decide(call.state, submission, "REJECTED"):
            sender, study_id = my_id(call.state), submission["study_id"]
            await send(call.state, sender, submission["participant"], text, study_id, "rejections")
    return Reply(200, view(submission))


async def _move(state: State, submission: Record, action: str) -> None:
    """Carry out an action that only today's API has. Raises BadRequestError when the submission's status forbids it."""
    before, after = MOVES[action]
    if submission["status"] == after:
        return
    if submission["status"] not in before:
        raise field_error("action", f"{action} is not possible: the submission is {submission['status']}")
    study = await study_of(state, submission)
    if action == "SCREEN_OUT":
        await _screen_out(state, study, submission)
    elif action == "START":
        await begin(state, study, submission)
    elif action == "RETURN":
        await move(state, study, submission, after)
    else:
        await _restore(state, study, submission)


async def _screen_out(state: State, study: Record, submission: Record) -> None:
    """Screen a submission out, with the payment that the study fixed for this, if it did."""
    actions = [action for code in study["completion_codes"] for action in code["actions"]]
    fixed = next((each for each in actions if each["action"] == "FIXED_SCREEN_OUT_PAYMENT"), None)
    if fixed is None:
        await move(state, study, submission, "SCREENED OUT")
    else:
        await screen_out(state, study, submission, fixed)


async def _restore(state: State, study: Record, submission: Record) -> None:
    """Have a submission wait for review once more, in its place, if there is still one and the money for it."""
    free = submission["status"] in placeless(state)
    if free and await places_taken(state, study) >= study["total_available_places"]:
        raise field_error("action", "is not possible: the place has been taken by somebody else")
    if not (free and study["status"] in {"ACTIVE", "PAUSED"}):
        cost = (await money.rates_of(state, study)).cost(study["reward"], 1)
        await money.afford(state, study["workspace"], cost, "The submission")
    submission["reviewed_at"] = None
    await move(state, study, submission, "AWAITING REVIEW")
    await review_again(state, study)


async def _complete(call: Call, study: Record, submission: Record) -> None:
    """Complete a submission with a code of researchers; doing so again changes nothing."""
    state, body = call.state, call.body
    codes = {code["code"]: code for code in study["completion_codes"] if code.get("actor") == "researcher"}
    if not codes:
        raise field_error(
            "action", "COMPLETE is not possible: the study has no completion code whose actor is researcher"
        )
    code = codes.get(body.get("completion_code"))
    if code is None:
        listed = ", ".join(codes)
        raise field_error("completion_code", f"must be a code of the study whose actor is researcher: {listed}")
    dynamic = any(action["action"] == "DYNAMIC_PAYMENT" for action in code["actions"])
    if dynamic and "completion_code_data" not in body:
        raise field_error("completion_code_data", "is required for a code with DYNAMIC_PAYMENT")
    if submission["status"] not in UNDER_WAY:
        if submission["entered_code"] == code["code"]:
            return
        raise field_error("action", f"COMPLETE is not possible: the submission is {submission['status']}")
    submission |= {"completed_at": state.now(), "entered_code": code["code"]}
    if dynamic:
        part = study["reward"] * body["completion_code_data"]["percentage_of_reward"] / 100
        await pay(state, study, submission, money.plain(round(part, 2)), "PARTIALLY APPROVED")
    else:
        await move(state, study, submission, "AWAITING REVIEW")
        await act(state, study, submission)


def _grounds(call: Call) -> str:
    """The message of a rejection. Raises BadRequestError with everything that a rejection lacks."""
    text = (call.body.get("message") or "").strip()
    shortest = call.state.resources.contract.settings["shortest_rejection"]
    field_errors = []
    if len(text) < shortest:
        field_errors.append(FieldError("message", f"is required to reject, with at least {shortest} characters"))
    if call.body.get("rejection_category") is None:
        field_errors.append(FieldError("rejection_category", "is required to reject"))
    if field_errors:
        raise BadRequestError(field_errors=field_errors)
    return text
