"""Lists of submissions: which are listed, in which order, and what is worked out for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

import orjson

from understudy.mock_server.behaviours.prolific.access import my_project_ids, study_at
from understudy.mock_server.behaviours.prolific.lists import flag, page_from_bodies, page_of_bodies
from understudy.mock_server.behaviours.prolific.studies.studies import seconds_taken
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import field_error
from understudy.mock_server.http.validation_errors import one_of

#: The statuses of submissions in lists; one that has none of these is in no list.
LISTED = (
    "ACTIVE",
    "APPROVED",
    "AWAITING REVIEW",
    "PARTIALLY APPROVED",
    "REJECTED",
    "RESERVED",
    "RETURNED",
    "SCREENED OUT",
    "TIMED-OUT",
)
#: Other spellings of a status in a query, once blanks stand for underscores.
_SPELLINGS = {"TIMED OUT": "TIMED-OUT", "TIME-OUT": "TIMED-OUT", "TIMEOUT": "TIMED-OUT"}

#: Query parameter -> the statuses that it asks for when it is true, and excludes when it is false.
FLAGS = {
    "active": ("ACTIVE",),
    "approved": ("APPROVED",),
    "awaiting_review": ("AWAITING REVIEW",),
    "completed": ("APPROVED", "AWAITING REVIEW", "PARTIALLY APPROVED", "REJECTED", "SCREENED OUT"),
    "completeoractive": ("ACTIVE", "APPROVED", "AWAITING REVIEW", "PARTIALLY APPROVED", "REJECTED", "SCREENED OUT"),
    "rejected": ("REJECTED",),
    "returned": ("RETURNED",),
    "screened_out": ("SCREENED OUT",),
    "timeout": ("TIMED-OUT",),
}

#: What siblings have in common; the participant in front, since that is how an index finds them.
PAIR = ("participant", "study_id")

#: The default view of a submission with the columns of PAIR.
Found = tuple[bytes, str, str]


@operation
async def list_submissions(call: Call) -> Reply:
    """The submissions of one study, or of all that the caller may see."""
    state = call.state
    study = call.query.get("study")
    if study:
        ids = [(await study_at(state, study))["id"]]
    else:
        ids = await state.distinct("study", "id", {"project": await my_project_ids(state)})
    return await _listed(call, ids)


@operation
async def list_study_submissions(call: Call) -> Reply:
    """The submissions of a study."""
    study = await study_at(call.state, call.path["id"])
    return await _listed(call, [study["id"]])


async def _listed(call: Call, study_ids: Sequence[str]) -> Reply:
    state, query = call.state, call.query
    where = {"study_id": study_ids, "status": _statuses(query)}
    show = partial(_short, state)
    order = query.get("ordering")
    since, before = (_day(query, name) for name in ("submitted_from", "submitted_before"))
    if not order and since is None and before is None:
        return await page_of_bodies(call, "submission", where, PAIR, show)
    found: Sequence[Any] = await state.tx.bodies_with(state.resources["submission"].table, PAIR, where)
    found = [each for each in found if _within(each[0], since, before)]
    if order:
        names = {id: str((await state.get("study", id) or {}).get("name", "")) for id in {each[2] for each in found}}
        rewards = await _rewards(state, found)
        key = _KEYS[order.removeprefix("-")]
        found = sorted(
            found,
            key=lambda each: _sortable(key(orjson.loads(each[0]), names[each[2]], rewards[each[2]])),
            reverse=order.startswith("-"),
        )
    return await page_from_bodies(call, found, show)


#: What a list can be ordered by: a submission as it is kept for lists, the name of its study, its reward.
_KEYS: dict[str, Callable[[dict[str, Any], str, float], Any]] = {
    "started_at": lambda shown, name, reward: shown["started_at"],
    "completed_at": lambda shown, name, reward: shown["completed_at"],
    "status": lambda shown, name, reward: shown["status"],
    "ip": lambda shown, name, reward: "",
    "time_taken": lambda shown, name, reward: seconds_taken(shown["started_at"], shown["completed_at"]),
    "participant_id": lambda shown, name, reward: shown["participant_id"],
    "study_code": lambda shown, name, reward: shown["study_code"],
    "study_name": lambda shown, name, reward: name,
    "submission_reward": lambda shown, name, reward: reward,
}


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value)


def _statuses(query: Any) -> list[str]:
    """The statuses that a query asks for; all that are listed when it does not say."""
    chosen = set(LISTED)
    if query.get("status"):
        sent = [
            part.strip().upper().replace("_", " ") for part in query["status"].strip(" ()").replace(",", "|").split("|")
        ]
        wanted = {_SPELLINGS.get(name, name) for name in sent if name}
        if wanted - {*LISTED, "UNKNOWN"}:
            raise field_error("status", one_of([*LISTED, "UNKNOWN"]))
        chosen &= wanted
    for name, meant in FLAGS.items():
        if name in query and (sought := flag(query[name])) is not None:
            chosen = chosen & set(meant) if sought else chosen - set(meant)
    return sorted(chosen)


def _day(query: Any, name: str) -> datetime | None:
    """A day that a query names as DD/MM/YYYY. Raises BadRequestError."""
    if not query.get(name):
        return None
    try:
        return datetime.strptime(query[name] + " +0000", "%d/%m/%Y %z")
    except ValueError as error:
        raise field_error(name, "must be a day written as DD/MM/YYYY") from error


def _within(body: bytes, since: datetime | None, before: datetime | None) -> bool:
    """Whether a submission was completed in a period."""
    if since is None and before is None:
        return True
    completed = orjson.loads(body)["completed_at"]
    if completed is None:
        return False
    moment = datetime.fromisoformat(completed)
    return (since is None or moment >= since) and (before is None or moment < before)


async def _short(state: State, found: Sequence[Any]) -> list[bytes]:
    """Submissions in a list."""
    where = {name: list({each[place] for each in found}) for place, name in enumerate(PAIR, 1)}
    tally = await state.tally("submission", PAIR, where) if found else {}
    rewards = await _rewards(state, found)
    return [_whole(body, tally[participant, study] > 1, rewards[study]) for body, participant, study in found]


async def _rewards(state: State, found: Sequence[Any]) -> dict[str, float]:
    """The reward of each study of some submissions."""
    studies = await state.find("study", {"id": list({each[2] for each in found})})
    return {study["id"]: study["reward"] for study in studies}


@lru_cache(4096)
def _whole(body: bytes, has_siblings: bool, reward: float) -> bytes:
    """A submission with what is worked out for lists; cached, since the same submission is shown the same."""
    shown = orjson.loads(body)
    return bytes(
        memoryview(
            orjson.dumps(
                {
                    **shown,
                    "has_siblings": has_siblings,
                    "is_complete": shown["completed_at"] is not None,
                    "time_taken": seconds_taken(shown["started_at"], shown["completed_at"]),
                    "reward": reward,
                    "star_awarded": False,
                    "ip": "",
                    "strata": {},
                }
            )
        )
    )
