"""Participant groups and who is in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from understudy.mock_server.behaviours.prolific.access import owned_at, owner_named, owners_at, project_at
from understudy.mock_server.behaviours.prolific.lists import flag, page_from, page_of
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.conditions import conjoined
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import field_error

#: Id of a group -> the studies that feed it.
Feeders = dict[str, list[dict[str, Any]]]

FEEDING = ("ADD_TO_PARTICIPANT_GROUP", "REMOVE_FROM_PARTICIPANT_GROUP")

_ID = re.compile(r"[0-9a-f]{24}")


@operation
async def list_participant_groups(call: Call) -> Reply:
    """The groups of the caller, or of one owner."""
    state = call.state
    query: dict[str, Any] = dict(call.query)
    if query.get("project_id"):
        query["workspace_id"] = (await project_at(state, query["project_id"]))["workspace"]
    elif query.get("filter") and not (query.get("workspace_id") or query.get("organisation_id")):
        known = await state.get("workspace", query["filter"])
        query["workspace_id" if known else "organisation_id"] = query["filter"]
    deleted = flag(query.get("active", "true")) is False
    found = []
    for where in await owners_at(state, query):
        found += await state.find("participant_group", conjoined(where, {"is_deleted": deleted}))
    fed = await _feeders(state, found)

    async def show(group: Record) -> dict[str, Any]:
        return await _view(state, group, fed)

    return await page_from(call, found, show)


@operation
async def create_participant_group(call: Call) -> Reply:
    """A group, empty or with its first members."""
    state, body = call.state, call.body
    owner = await owner_named(state, body)
    people = _people(body.get("participant_ids") or [])
    group = await state.make(
        "participant_group",
        {
            "name": body["name"],
            "description": body.get("description"),
            "project_id": None,
            "is_deleted": False,
            **owner,
        },
    )
    await add(state, group["id"], people)
    return Reply(201, await _view(state, group, {}))


@operation
async def get_participant_group(call: Call) -> Reply:
    """A group."""
    group = await _at(call)
    return Reply(200, await _view(call.state, group, await _feeders(call.state, [group])))


@operation
async def update_participant_group(call: Call) -> Reply:
    """Change the name, the description, or all members."""
    state, body = call.state, call.body
    group = await _at(call)
    group |= {name: body[name] for name in ("name", "description") if name in body}
    if "participant_ids" in body:
        people = _people(body["participant_ids"])
        members = await state.find("membership", {"group_id": group["id"]})
        leaving = [m["id"] for m in members if m["participant_id"] not in people]
        await state.remove("membership", *leaving)
        await add(state, group["id"], people)
    await state.save("participant_group", group)
    return Reply(200, await _view(state, group, await _feeders(state, [group])))


@operation
async def delete_participant_group(call: Call) -> Reply:
    """Mark a group as deleted, after which it is 404."""
    group = await _at(call)
    await call.state.save("participant_group", {**group, "is_deleted": True})
    return Reply(204)


@operation
async def list_group_participants(call: Call) -> Reply:
    """The members in the order in which they joined."""
    return await _members(call, await _at(call))


@operation
async def add_group_participants(call: Call) -> Reply:
    """Add participants; members stay members."""
    group = await _at(call)
    await add(call.state, group["id"], _people(call.body["participant_ids"]))
    return await _members(call, group)


@operation
async def remove_group_participants(call: Call) -> Reply:
    """Remove participants; those who are not members are skipped."""
    group = await _at(call)
    await drop(call.state, group["id"], _people(call.body["participant_ids"]))
    return await _members(call, group)


async def add(state: State, group_id: str, people: Iterable[str]) -> None:
    """Participants join a group, each once."""
    where = {"group_id": group_id}
    members = {m["participant_id"] for m in await state.find("membership", where)}
    for person in people:
        if person not in members:
            await state.make("membership", {**where, "participant_id": person})


async def drop(state: State, group_id: str, people: Sequence[str]) -> None:
    """Participants leave a group."""
    members = await state.find("membership", {"group_id": group_id, "participant_id": list(people)})
    await state.remove("membership", *(member["id"] for member in members))


def _people(ids: Sequence[str]) -> list[str]:
    """Ids of participants, each once. Whether somebody has an id is not disclosed; whether it is a valid one is."""
    wrong = [id for id in ids if not _ID.fullmatch(id)]
    if wrong:
        raise field_error("participant_ids", f"contains values that are not participant ids: {', '.join(wrong[:20])}")
    return list(dict.fromkeys(ids))


async def _at(call: Call) -> Record:
    return await owned_at(call.state, "participant_group", call.path["id"])


async def _members(call: Call, group: Record) -> Reply:
    return await page_of(call, "membership", {"group_id": group["id"]}, _member, "created")


async def _member(membership: Record) -> dict[str, Any]:
    return {name: membership[name] for name in ("participant_id", "datetime_created")}


async def _view(state: State, group: Record, fed: Feeders) -> dict[str, Any]:
    names = ("id", "name", "description", "workspace_id", "organisation_id", "project_id", "is_deleted")
    return {
        **{name: group[name] for name in names},
        "participant_count": await state.count("membership", {"group_id": group["id"]}),
        "feeder_studies": fed.get(group["id"], []),
    }


async def _feeders(state: State, groups: Sequence[Record]) -> Feeders:
    """Of each group the studies whose completion codes change it, as they are now."""
    owners = {group["workspace_id"] for group in groups}
    # A group of an organisation is open to the studies of all its workspaces.
    where: dict[str, Any] = {} if None in owners else {"workspace": sorted(owners)}
    fed: Feeders = {}
    for study in await state.find("study", where):
        for group_id, codes in _fed_by(study).items():
            summary = {name: study[name] for name in ("id", "name", "status", "internal_name")}
            fed.setdefault(group_id, []).append({**summary, "feeder_completion_codes": codes})
    return fed


def _fed_by(study: Record) -> dict[str, list[dict[str, str]]]:
    """Of each group that a study changes the codes which do so."""
    found: dict[str, list[dict[str, str]]] = {}
    for code in study["completion_codes"]:
        for action in code["actions"]:
            if action["action"] in FEEDING:
                described = {"code": code["code"], "action": action["action"], "code_type": code["code_type"]}
                found.setdefault(action["participant_group"], []).append(described)
    return found
