"""What participants do: the control operations with which a test plays a whole study through.

They are served under `/_mock/prolific` and are not part of the vendor's API. They are refused as a participant would
be: when the study is not open, a filter is not passed, or no place is left.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from fractions import Fraction
from typing import Any

from understudy.mock_server.behaviours.prolific import money
from understudy.mock_server.behaviours.prolific.control_replies import BALANCE, PARTICIPANT, SUBMISSION
from understudy.mock_server.behaviours.prolific.later import credentials
from understudy.mock_server.behaviours.prolific.people.checks import check_participant
from understudy.mock_server.behaviours.prolific.people.filters import passing
from understudy.mock_server.behaviours.prolific.studies.collections import enters_another
from understudy.mock_server.behaviours.prolific.studies.studies import UNDER_WAY, placeless, places_taken
from understudy.mock_server.behaviours.prolific.submissions.submissions import act, begin, expiry, move
from understudy.mock_server.behaviours.prolific.webhooks import notify_submission
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.crud import missing
from understudy.mock_server.engine.registration import control
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError

Answer = tuple[int, Any]

#: How many participants are read at a time to find one who is eligible.
CROWD = 50


#: The schemas of the bodies of the operations below.
ENTERING = {"properties": {"participant_id": {"type": "string"}, "reserve": {"type": "boolean"}}}
COMPLETING = {"properties": {"code": {"type": "string", "nullable": True}}}
FUNDS = {
    "required": ["amount"],
    "properties": {"amount": {"type": "integer", "minimum": -(10**12), "maximum": 10**12}},
}
PERSON = {
    "properties": {
        "country": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "current_country_of_residence": {"type": "string"},
        "handedness": {"type": "string"},
        "favourite_colour": {"type": "string"},
        "sex": {"type": "string"},
        "first_language": {"type": "string"},
        "student_status": {"type": "string"},
        "age": {"type": "integer"},
        "approval_rate": {"type": "integer"},
        "completed_studies": {"type": "integer"},
        "date_joined": {"type": "string", "format": "date"},
    }
}


@control("POST", "/studies/{id}/participants", ENTERING, SUBMISSION)
async def enter_study(state: State, path: dict[str, str], body: Record) -> Answer:
    """A participant takes a place: `participant_id`, else the first who is eligible; with `reserve` without starting."""
    study = await state.get("study", path["id"])
    if study is None:
        raise missing("study")
    await _open(state, study)
    workspace = await state.get("workspace", study["workspace"])
    passes = await passing(state, study["filters"], workspace)
    participant = await _entrant(state, study, passes, body.get("participant_id"))
    submission = await state.make(
        "submission",
        {
            "study_id": study["id"],
            "participant": participant["id"],
            "status": "RESERVED" if body.get("reserve") else "ACTIVE",
            "started_at": state.now(),
            "expires_at": expiry(state, _reserved(state) if body.get("reserve") else study["maximum_allowed_time"]),
            "completed_at": None,
            "entered_code": None,
            "bonus_payments": [],
            "return_requested": None,
        },
    )
    if not body.get("reserve"):
        await credentials.hand_out(state, study, submission)
    await notify_submission(state, study, submission)
    return 201, _view(study, submission)


@control("POST", "/submissions/{id}/start", reply=SUBMISSION)
async def start_submission(state: State, path: dict[str, str], body: Record) -> Answer:
    """A participant with a reserved place starts."""
    study, submission = await _under_way(state, path["id"], ("RESERVED",))
    await begin(state, study, submission)
    return 200, _view(study, submission)


@control("POST", "/submissions/{id}/complete", COMPLETING, SUBMISSION)
async def complete_submission(state: State, path: dict[str, str], body: Record) -> Answer:
    """A participant completes the study, with or without a `code`; it changes nothing for one who took too long."""
    study, submission = await _under_way(state, path["id"], (*UNDER_WAY, "TIMED-OUT"))
    if submission["status"] == "TIMED-OUT":
        return 200, _view(study, submission)
    submission |= {"completed_at": state.now(), "entered_code": body.get("code")}
    await move(state, study, submission, "AWAITING REVIEW")
    await act(state, study, submission)
    return 200, _view(study, submission)


@control("POST", "/submissions/{id}/time-out", reply=SUBMISSION)
async def time_out_submission(state: State, path: dict[str, str], body: Record) -> Answer:
    """A participant runs out of time."""
    study, submission = await _under_way(state, path["id"], UNDER_WAY)
    await move(state, study, submission, "TIMED-OUT")
    return 200, _view(study, submission)


@control("POST", "/submissions/{id}/return", reply=SUBMISSION)
async def return_submission(state: State, path: dict[str, str], body: Record) -> Answer:
    """A participant gives the place back."""
    study, submission = await _under_way(state, path["id"], (*UNDER_WAY, "AWAITING REVIEW", "TIMED-OUT"))
    await move(state, study, submission, "RETURNED")
    return 200, _view(study, submission)


@control("POST", "/participants", PERSON, PARTICIPANT)
async def create_participant(state: State, path: dict[str, str], body: Record) -> Answer:
    """Create a participant; answers that are not given are those of the first participant."""
    people = await state.find("participant", limit=1)
    answers = {**(people[0] if people else await _plain(state)), **body}
    await check_participant(state, answers)
    return 201, await state.make("participant", {name: answers[name] for name in PERSON["properties"]})


@control("GET", "/participants/{id}", reply=PARTICIPANT)
async def get_participant(state: State, path: dict[str, str], body: Record) -> Answer:
    """Read a participant."""
    participant = await state.get("participant", path["id"])
    if participant is None:
        raise missing("participant")
    return 200, participant


@control("POST", "/workspaces/{id}/funds", FUNDS, BALANCE)
async def add_funds(state: State, path: dict[str, str], body: Record) -> Answer:
    """Put money into a workspace: `amount` in the smaller unit; a negative amount takes it out."""
    workspace = await state.get("workspace", path["id"])
    if workspace is None:
        raise missing("workspace")
    workspace["funds"] = min(max(0, workspace["funds"] + int(body["amount"]) * money.CENT), 10**15)
    await state.save("workspace", workspace)
    return 200, await money.balance(state, workspace)


async def _plain(state: State) -> Record:
    """A participant with the first answer of every filter."""
    answers: Record = {"country": "GB"}
    for definition in await state.find("filter"):
        if definition["data_type"] == "ChoiceID":
            answers[definition["filter_id"]] = next(iter(definition["choices"]), "")
        elif definition["type"] == "range":
            answers[definition["filter_id"]] = definition["min"]
    return answers


async def _open(state: State, study: Record) -> None:
    """Raises BadRequestError when nobody can enter a study now."""
    if study["status"] != "ACTIVE":
        raise BadRequestError(f"Nobody can enter: the study is {study['status']}.")
    if await places_taken(state, study) >= study["total_available_places"]:
        raise BadRequestError("Nobody can enter: all places are taken.")
    most = study["submissions_config"].get("max_concurrent_submissions") or -1
    under_way = await state.count("submission", {"study_id": study["id"], "status": list(UNDER_WAY)})
    if most > 0 and under_way >= most:
        raise BadRequestError(f"Nobody can enter now: {under_way} submissions are under way.")


async def _entrant(state: State, study: Record, passes: Any, participant_id: Any) -> Record:
    """The participant who enters. Raises BadRequestError when that participant, or every one, is not eligible."""
    if participant_id is not None:
        participant = await state.get("participant", participant_id)
        if participant is None:
            raise BadRequestError("participant_id does not name a participant.")
        reason = (
            "The participant does not pass the filters"
            if not passes(participant)
            else await _reason(state, study, participant)
        )
        if reason:
            raise BadRequestError(f"{reason}.")
        return participant
    async for participant in _all_participants(state):
        if passes(participant) and not await _reason(state, study, participant):
            return participant
    raise BadRequestError("No participant is eligible.")


async def _all_participants(state: State) -> AsyncIterator[Record]:
    """All participants, the oldest first, read a few at a time."""
    offset = 0
    while people := await state.find("participant", limit=CROWD, offset=offset):
        for participant in people:
            yield participant
        offset += CROWD


async def _reason(state: State, study: Record, participant: Record) -> str | None:
    """Why an eligible participant cannot enter, None for one who can."""
    if study.get("is_test") and participant["id"] not in {
        each["participant_id"] for each in await state.find("test_participant")
    }:
        return "Only test participants can enter a test study"
    of_participant = {"study_id": study["id"], "participant": participant["id"]}
    most = study["submissions_config"].get("max_submissions_per_participant") or 1
    if most > 0 and await state.count("submission", of_participant) >= most:
        return f"The participant already has {most} submission{'s' if most > 1 else ''} in the study"
    if await enters_another(state, study, participant["id"]):
        return "The participant has entered another study of the same collection"
    if not await _within_weights(state, study, participant):
        return "The participant's share of a weighted filter is full"
    return None


async def _within_weights(state: State, study: Record, participant: Record) -> bool:
    """Whether places are left for each weighted value that a participant has.

    The places are shared out in the proportion of the weights of the selected values, rounded up.
    """
    for each in study["filters"]:
        name, values = each["filter_id"], each.get("selected_values", [])
        weights = {value: Fraction(str(w)) for value, w in (each.get("weightings") or {}).items() if value in values}
        value = participant.get(name)
        if not isinstance(value, str) or value not in weights or not sum(weights.values()):
            continue
        share = weights[value] / sum(weights.values()) * study["total_available_places"]
        taken = 0
        for submission in await state.find("submission", {"study_id": study["id"]}):
            other = await state.get("participant", submission["participant"])
            taken += submission["status"] not in placeless(state) and other is not None and other[name] == value
        if taken >= share:
            return False
    return True


async def _under_way(state: State, id: str, statuses: tuple[str, ...]) -> tuple[Record, Record]:
    """A submission with its study. Raises BadRequestError unless it has one of the statuses."""
    submission = await state.get("submission", id)
    if submission is None:
        raise missing("submission")
    if submission["status"] not in statuses:
        raise BadRequestError(f"The submission is {submission['status']}; it must be {' or '.join(statuses)}.")
    study = await state.get("study", submission["study_id"])
    assert study is not None
    return study, submission


def _reserved(state: State) -> int:
    """For how many minutes a place is kept for a participant who has not started."""
    return int(state.resources.contract.settings["reserved_minutes"])


def _view(study: Record, submission: Record) -> dict[str, Any]:
    """A submission with the participant's address of the study."""
    address = study["external_study_url"]
    ids = {"PROLIFIC_PID": submission["participant"], "STUDY_ID": study["id"], "SESSION_ID": submission["id"]}
    for name, id in ids.items():
        address = address.replace(f"{{{{%{name}%}}}}", id)
    names = ("id", "study_id", "participant", "status", "started_at", "completed_at", "entered_code")
    return {**{name: submission[name] for name in names}, "study_url": address}
