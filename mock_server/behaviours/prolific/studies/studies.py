"""Studies: drafts, their publication and what follows, copies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

import orjson

from understudy.mock_server.behaviours.prolific import money
from understudy.mock_server.behaviours.prolific.access import (
    my_id,
    my_project_ids,
    project_at,
    study_at,
)
from understudy.mock_server.behaviours.prolific.lists import page_of_bodies
from understudy.mock_server.behaviours.prolific.studies import drafting
from understudy.mock_server.behaviours.prolific.studies.schedule import planned
from understudy.mock_server.behaviours.prolific.webhooks import notify_study
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.conditions import conjoined
from understudy.mock_server.engine.registration import due, operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, FieldError, field_error
from understudy.mock_server.http.validation_errors import one_of

STATUSES = ("UNPUBLISHED", "SCHEDULED", "ACTIVE", "AWAITING REVIEW", "PAUSED", "COMPLETED")

UNDER_WAY = ("ACTIVE", "RESERVED")

#: Members of today's API that are shown only where a study has them.
UNUSUAL = ("access_details", "credential_pool_id")

BLOCKED = "previous_studies_blocklist"

#: (status, action) -> status; STOP leads to COMPLETED when nothing waits for review.
TRANSITIONS = {
    ("UNPUBLISHED", "PUBLISH"): "ACTIVE",
    ("SCHEDULED", "PUBLISH"): "ACTIVE",
    ("UNPUBLISHED", "SCHEDULE_PUBLISH"): "SCHEDULED",
    ("SCHEDULED", "CANCEL_PUBLISH"): "UNPUBLISHED",
    ("ACTIVE", "PAUSE"): "PAUSED",
    ("PAUSED", "START"): "ACTIVE",
    ("ACTIVE", "STOP"): "AWAITING REVIEW",
    ("PAUSED", "STOP"): "AWAITING REVIEW",
}


@operation
async def list_studies(call: Call) -> Reply:
    """The studies that the caller may see."""
    projects = await my_project_ids(call.state)
    return await _listed(call, {"project": projects}, _states(call.query.get("state", "")))


@operation
async def list_project_studies(call: Call) -> Reply:
    """The studies of a project."""
    project = await project_at(call.state, call.path["project_id"])
    return await _listed(call, {"project": project["id"]}, None)


@operation
async def create_study(call: Call) -> Reply:
    """Create a draft."""
    state = call.state
    drafted = await drafting.drafted(state, call.body)
    study = await made(state, drafted)
    return Reply(201, await view(call, study))


@operation
async def get_study(call: Call) -> Reply:
    """A study."""
    return Reply(200, await view(call, await study_at(call.state, call.path["id"])))


@operation
async def update_study(call: Call) -> Reply:
    """Any part of a draft; of a published study its internal name, and more places."""
    state = call.state
    study = await study_at(state, call.path["id"])
    values = drafting.sent(call.body)
    if study["status"] == "UNPUBLISHED":
        study = await drafting.redrafted(state, study, values)
        await state.save("study", study)
    else:
        await _amend(state, study, values)
    return Reply(200, await view(call, study))


@operation
async def delete_study(call: Call) -> Reply:
    """Delete a draft."""
    state = call.state
    study = await study_at(state, call.path["id"])
    if study["status"] != "UNPUBLISHED":
        raise BadRequestError(f"Only a draft can be deleted; the study is {study['status']}.")
    await leave_collection(state, study)
    await state.remove("study", study["id"])
    return Reply(200)


@operation
async def transition_study(call: Call) -> Reply:
    """Publish, pause, restart or stop."""
    state, action = call.state, call.body["action"]
    study = await study_at(state, call.path["id"])
    target = TRANSITIONS.get((study["status"], action))
    if target is None:
        possible = [name for before, name in TRANSITIONS if before == study["status"]]
        raise field_error("action", f"{action} is not possible: the study is {study['status']}, {_possible(possible)}")
    if action == "PUBLISH":
        await publish(state, study)
    elif action == "SCHEDULE_PUBLISH":
        sent = call.body.get("publish_at")
        if sent is None:
            raise field_error("publish_at", "is required to plan a publication")
        await plan(state, study, planned(state, sent))
    elif action == "CANCEL_PUBLISH":
        await plan(state, study, None)
    elif action == "STOP":
        await _stop(state, study)
    else:
        await _move(state, study, target)
    return Reply(200, await view(call, study))


@operation
async def clone_study(call: Call) -> Reply:
    """A draft with everything of the original, and by default without its participants."""
    state = call.state
    original = await study_at(state, call.path["id"])
    copy = {name: original.get(name) for name in (*drafting.SENT, "workspace")}
    if (call.body or {}).get("block_previous_participants", True):
        # A filter set cannot be combined with filters, so its filters are copied with the block list.
        copy |= {
            "filters": _blocking(original["filters"], original["id"]),
            "filter_set_id": None,
            "filter_set_version": None,
        }
    return Reply(200, await view(call, await made(state, copy)))


async def publish(state: State, study: Record) -> None:
    """Open a study for participants, if its workspace can pay for it."""
    await money.afford(state, study["workspace"], await hundredths(state, study), "The study")
    study["published_at"] = state.now()
    study["stopped"] = False
    await _move(state, study, "ACTIVE")


async def plan(state: State, study: Record, publish_at: str | None) -> None:
    """Have a study published later; None makes it a draft again."""
    study["publish_at"] = publish_at
    await _move(state, study, "UNPUBLISHED" if publish_at is None else "SCHEDULED")


@due("study", "publish")
async def publish_planned(state: State, study: Record) -> None:
    """Publish a study at the time that was planned; one that cannot be paid for then becomes a draft again."""
    try:
        await publish(state, study)
    except BadRequestError:
        await plan(state, study, None)


async def settle(state: State, study: Record) -> None:
    """Bring a study's status in line with its submissions: open, awaiting review, or completed."""
    if study["status"] not in {"ACTIVE", "AWAITING REVIEW"}:
        return
    tally = await state.tally("submission", ["status"], {"study_id": study["id"]})
    taken = sum(count for (status,), count in tally.items() if status not in placeless(state))
    under_way = any((status,) in tally for status in UNDER_WAY)
    waiting = ("AWAITING REVIEW",) in tally
    full = taken >= study["total_available_places"]
    if under_way and not study.get("stopped"):
        target = "ACTIVE"
    elif full or study.get("stopped"):
        target = "AWAITING REVIEW" if waiting or under_way else "COMPLETED"
    else:
        target = "ACTIVE"
    if target != study["status"]:
        await _move(state, study, target)


async def review_again(state: State, study: Record) -> None:
    """Take a completed study back to the review of its submissions."""
    if study["status"] == "COMPLETED":
        await _move(state, study, "AWAITING REVIEW")


def placeless(state: State) -> list[str]:
    """The statuses of submissions that have given their place back."""
    found: list[str] = state.resources.contract.settings["placeless"]
    return found


async def places_taken(state: State, study: Record) -> int:
    """The number of submissions that have not given their place back."""
    return int((await _stored(state, study))["places_taken"])


async def leave_collection(state: State, study: Record) -> None:
    """Take a study out of the collection that it is in."""
    collection = None if study["collection"] is None else await state.get("collection", study["collection"])
    if collection is not None:
        collection["study_ids"] = [id for id in collection["study_ids"] if id != study["id"]]
        await state.save("collection", collection)
    study["collection"] = None


async def view(call: Call, study: Record) -> dict[str, Any]:
    """A study on the wire."""
    state = call.state
    own = (*drafting.SENT, "id", "status", "workspace", "date_created", "published_at", "publish_at")
    rates, stored = await money.rates_of(state, study), await _stored(state, study)
    workspace = await state.get("workspace", study["workspace"])
    assert workspace is not None, "a study belongs to a workspace"
    address = f"{call.base}/api/v1/studies/{study['id']}/"
    more: dict[str, Any] = (
        {} if (author := await _researcher(state, study, workspace)) is None else {"researcher": author}
    )
    return {
        **{name: study[name] for name in own if name not in UNUSUAL or study.get(name)},
        **({"has_credentials": True} if study.get("credential_pool_id") else {}),
        **more,
        "total_cost": money.shown(rates.cost(study["reward"], study["total_available_places"])),
        "places_taken": stored["places_taken"],
        "number_of_submissions": stored["number_of_submissions"],
        "is_ready_to_publish": True,
        "currency_code": workspace["currency_code"],
        "presentment_currency_code": workspace["currency_code"],
        "_links": {"self": {"href": address}, "related": {"href": f"{address}submissions/"}},
    }


async def _researcher(state: State, study: Record, workspace: Record) -> dict[str, Any] | None:
    """Whoever made a study, None for somebody who is no longer known."""
    user = await state.get("user", study["researcher"])
    if user is None:
        return None
    shown = {name: user[name] for name in ("id", "name", "email")}
    return {**shown, "country": workspace["country"], "institution": {"name": None, "logo": None, "link": ""}}


def seconds_taken(started_at: str, completed_at: str | None) -> int | None:
    """How long a submission took in whole seconds, None while it is not complete."""
    if completed_at is None:
        return None
    return round((datetime.fromisoformat(completed_at) - datetime.fromisoformat(started_at)).total_seconds())


async def _listed(call: Call, where: dict[str, Any], states: list[str] | None) -> Reply:
    if states is not None:
        where = conjoined(where, {"status": states})
    return await page_of_bodies(call, "study", where, LISTED, partial(_short, call.state))


#: The columns from which the rest of a listed study is computed.
LISTED = ("workspace",)


async def _short(state: State, found: Sequence[tuple[Any, ...]]) -> list[bytes]:
    """Studies in a list."""
    rates = {id: await money.rates_in(state, id) for id in {workspace for _, workspace in found}}
    return [_with_cost(body, rates[workspace]) for body, workspace in found]


@lru_cache(4096)
def _with_cost(body: bytes, rates: money.Rates) -> bytes:
    """A study of a list with its cost; cached, since the same study costs the same."""
    study = orjson.loads(body)
    study |= {"study_type": "SINGLE", "is_ready_to_publish": True}
    study["total_cost"] = money.shown(rates.cost(study["reward"], study["total_available_places"]))
    return bytes(memoryview(orjson.dumps(study)))


async def _stored(state: State, study: Record) -> dict[str, Any]:
    """A study as it is stored for lists, with its submissions counted."""
    body = await state.body("study", study["id"])
    assert body is not None, "the study was read a moment ago"
    stored: dict[str, Any] = orjson.loads(body)
    return stored


def _states(text: str) -> list[str] | None:
    """The statuses that a query asks for: `ACTIVE`, `(ACTIVE|COMPLETED)`, `active,paused`."""
    names = [name.strip().upper().replace("_", " ") for name in text.strip(" ()").replace(",", "|").split("|")]
    chosen = [name for name in names if name]
    unknown = [name for name in chosen if name not in STATUSES]
    if unknown:
        raise BadRequestError(field_errors=[FieldError("state", one_of(STATUSES))])
    return chosen or None


def _possible(actions: list[str]) -> str:
    return f"which allows {' or '.join(actions)}" if actions else "which allows no action"


async def made(state: State, drafted: Record) -> Record:
    """A new draft."""
    return await state.make(
        "study",
        {
            **drafted,
            "status": "UNPUBLISHED",
            "researcher": my_id(state),
            "collection": None,
            "published_at": None,
            "publish_at": None,
        },
    )


async def _amend(state: State, study: Record, values: Record) -> None:
    """Change a published study. Members sent as they are do not count as changes."""
    changed = {name: value for name, value in values.items() if value != study.get(name)}
    field_errors = [
        FieldError(name, "cannot be changed once the study is published")
        for name in changed
        if name not in state.resources.contract.settings["after_publishing"]
    ]
    more: int = {**study, **changed}["total_available_places"]
    if more < study["total_available_places"]:
        field_errors.append(FieldError("total_available_places", "can only be raised once the study is published"))
    if field_errors:
        raise BadRequestError(field_errors=field_errors)
    if more > study["total_available_places"]:
        await _add_places(state, study, more)
    study |= changed
    await state.save("study", study)


async def _add_places(state: State, study: Record, places: int) -> None:
    """Add places, which reopens a study that was stopped or full."""
    added = places - study["total_available_places"]
    rates = await money.rates_of(state, study)
    reopens = study["status"] in {"AWAITING REVIEW", "COMPLETED"}
    free = places - await places_taken(state, study) if reopens else added
    await money.afford(state, study["workspace"], rates.cost(study["reward"], 1) * free, "More places")
    study["total_available_places"] = places
    if reopens:
        study["stopped"] = False
        await _move(state, study, "ACTIVE")


async def _stop(state: State, study: Record) -> None:
    study["stopped"] = True
    of_study = {"study_id": study["id"], "status": ["AWAITING REVIEW", *UNDER_WAY]}
    await _move(state, study, "AWAITING REVIEW" if await state.count("submission", of_study) else "COMPLETED")


async def pause(state: State, study: Record) -> None:
    """Let nobody enter a study until it is started again."""
    await _move(state, study, "PAUSED")


async def _move(state: State, study: Record, target: str) -> None:
    study["status"] = target
    await state.save("study", study)
    await notify_study(state, study)


def _blocking(filters: list[Record], study_id: str) -> list[Record]:
    """Filters that exclude a study's participants: in an existing block list, else in a new one."""
    for place, each in enumerate(filters):
        if each["filter_id"] == BLOCKED:
            blocked = [*dict.fromkeys([*each["selected_values"], study_id])]
            return [*filters[:place], {**each, "selected_values": blocked}, *filters[place + 1 :]]
    return [*filters, {"filter_id": BLOCKED, "selected_values": [study_id]}]


async def hundredths(state: State, study: Record) -> int:
    """The cost of a study when all its places are filled, in hundredths."""
    rates = await money.rates_of(state, study)
    return rates.cost(study["reward"], study["total_available_places"])
