"""Filter sets: filters under a name, with versions that studies pin."""

from __future__ import annotations

from typing import Any

from understudy.mock_server.behaviours.prolific.access import owned, owned_at, owner_named, owners_at
from understudy.mock_server.behaviours.prolific.lists import page_from
from understudy.mock_server.behaviours.prolific.people.filters import checked, how_many
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.conditions import conjoined
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, NotFoundError, field_error

SHOWN = ("id", "name", "filters", "version", "is_locked", "is_deleted", "workspace_id", "organisation_id")


@operation
async def list_filter_sets(call: Call) -> Reply:
    """The filter sets of the caller, or of one owner."""
    found = []
    for where in await owners_at(call.state, dict(call.query)):
        found += await call.state.find("filter_set", conjoined(where, {"is_deleted": False}))
    return await page_from(call, found, _plain)


@operation
async def create_filter_set(call: Call) -> Reply:
    """Create a set in version 1."""
    state, body = call.state, call.body
    owner = await owner_named(state, body)
    filters = await checked(state, body["filters"])
    return Reply(201, await _complete(state, await _make(state, body["name"], filters, owner)))


@operation
async def get_filter_set(call: Call) -> Reply:
    """A set as it is, or as it was in an earlier version."""
    found = await owned_at(call.state, "filter_set", call.path["id"])
    number = call.query.get("version_number")
    if number is not None:
        filters = filters_of(found, number)
        if filters is None:
            raise NotFoundError("The filter set has no such version.")
        found = {**found, "filters": filters, "version": number}
    return Reply(200, await _complete(call.state, found))


@operation
async def update_filter_set(call: Call) -> Reply:
    """Change the name, or the filters, which makes another version."""
    state, body = call.state, call.body
    found = await owned_at(state, "filter_set", call.path["id"])
    _refuse_locked(found)
    if "name" in body:
        found["name"] = body["name"]
    if "filters" in body:
        filters = await checked(state, body["filters"])
        if filters != found["filters"]:
            found["earlier"] = [*found["earlier"], found["filters"]]
            found["filters"] = filters
            found["version"] += 1
    await state.save("filter_set", found)
    return Reply(200, await _complete(state, found))


@operation
async def delete_filter_set(call: Call) -> Reply:
    """Mark a set as deleted; studies keep the filters that they took from it."""
    found = await owned_at(call.state, "filter_set", call.path["id"])
    _refuse_locked(found)
    await call.state.save("filter_set", {**found, "is_deleted": True})
    return Reply(204)


@operation
async def clone_filter_set(call: Call) -> Reply:
    """Copy a set: the copy is unlocked and has version 1."""
    state = call.state
    found = await owned_at(state, "filter_set", call.path["id"])
    name = (call.body or {}).get("new_name", f"{found['name']} (copy)")
    owner = {"workspace_id": found["workspace_id"], "organisation_id": found["organisation_id"]}
    return Reply(201, await _complete(state, await _make(state, name, found["filters"], owner)))


@operation
async def lock_filter_set(call: Call) -> Reply:
    """Lock the set against editing."""
    return await _lock(call, True)


@operation
async def unlock_filter_set(call: Call) -> Reply:
    """Unlock the set for editing."""
    return await _lock(call, False)


async def applied(state: State, id: str, version: int | None) -> tuple[list[Record], int]:
    """The filters that a study takes from a set, and their version. Raises BadRequestError."""
    found = await owned(state, "filter_set", id)
    if found is None or found["is_deleted"]:
        raise field_error("filter_set_id", "does not name a filter set of yours")
    number = found["version"] if version is None else version
    filters = filters_of(found, number)
    if filters is None:
        raise field_error("filter_set_version", f"must be a version of the filter set, 1 to {found['version']}")
    return filters, number


def filters_of(found: Record, version: int) -> list[Record] | None:
    """The filters of one version."""
    every: list[list[Record]] = [*found["earlier"], found["filters"]]
    return every[version - 1] if 1 <= version <= len(every) else None


async def _make(state: State, name: str, filters: list[Record], owner: dict[str, Any]) -> Record:
    return await state.make(
        "filter_set",
        {
            "name": name,
            "filters": filters,
            "version": 1,
            "is_locked": False,
            "is_deleted": False,
            "earlier": [],
            **owner,
        },
    )


async def _lock(call: Call, locked: bool) -> Reply:
    found = await owned_at(call.state, "filter_set", call.path["id"])
    found["is_locked"] = locked
    await call.state.save("filter_set", found)
    return Reply(200, await _complete(call.state, found))


def _refuse_locked(found: Record) -> None:
    if found["is_locked"]:
        raise BadRequestError("The filter set is locked; unlock it first.")


async def _plain(found: Record) -> dict[str, Any]:
    return {name: found[name] for name in SHOWN}


async def _complete(state: State, found: Record) -> dict[str, Any]:
    workspace = None if found["workspace_id"] is None else await state.get("workspace", found["workspace_id"])
    count = await how_many(state, found["filters"], workspace)
    return {**await _plain(found), "eligible_participant_count": count}
