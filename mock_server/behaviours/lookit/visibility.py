"""Which records the caller may see: one condition a resource, used for lists and for single objects alike."""

from __future__ import annotations

from typing import Any

from understudy.mock_server.behaviours.lookit.rights import Rights, rights_of
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call
from understudy.mock_server.engine.conditions import conjoined
from understudy.mock_server.store import Where


async def scope_user(call: Call) -> Where:
    """Oneself and parents who took part; with the permission every active user."""
    rights = await rights_of(call)
    if rights.reads_users:
        return {"is_active": True}
    return {"is_active": True, "id": [rights.user_id, *await _took_part(call, rights, "parent_id")]}


async def scope_child(call: Call) -> Where:
    """Own children and those who took part; with the permission all children of active users."""
    rights = await rights_of(call)
    if rights.reads_users:
        return {"user_active": True}
    own = await call.state.distinct("child", "id", {"user_id": rights.user_id})
    return {"user_active": True, "id": [*own, *await _took_part(call, rights, "child_id")]}


async def scope_demographics(call: Call) -> Where:
    """Those of the users whom the caller may see because they took part, and one's own."""
    rights = await rights_of(call)
    if rights.reads_users:
        return {"user_active": True}
    return {"user_active": True, "user_id": [rights.user_id, *await _took_part(call, rights, "parent_id")]}


async def scope_response(call: Call) -> Where:
    """Responses to the studies that the caller may see into, and those of own children."""
    return await _answers(call, "response")


async def scope_feedback(call: Call) -> Where:
    """Feedback on the responses that the caller may see."""
    return await _answers(call, "feedback")


async def scope_study(call: Call) -> Where:
    """Studies that are active and public, and those on which the caller has rights."""
    rights = await rights_of(call)
    if rights.all_studies:
        return {}
    shown = await call.state.distinct("study", "id", {"state": "active", "public": True})
    return {"id": sorted({*shown, *rights.views})}


SCOPES = {
    "child": scope_child,
    "demographics": scope_demographics,
    "feedback": scope_feedback,
    "response": scope_response,
    "study": scope_study,
    "user": scope_user,
}


async def seen(call: Call, resource: str, id: Any) -> Record | None:
    """The record with an id if the caller may see it. An active study is visible to everyone who knows its id."""
    if resource == "study":
        study = await call.state.get("study", id)
        return study if study and (study["state"] == "active" or (await rights_of(call)).may_view(id)) else None
    scope = SCOPES.get(resource)
    where = None if scope is None else await scope(call)
    found = await call.state.find(resource, conjoined(where, {"id": id}), limit=1)
    return found[0] if found else None


async def seen_body(call: Call, resource: str, id: Any) -> bytes | None:
    """What the wire shows of such a record, as JSON."""
    table = call.state.resources[resource].table
    if resource == "study":
        return await call.state.tx.body(table, id, {}) if await seen(call, resource, id) is not None else None
    scope = SCOPES.get(resource)
    where = conjoined({"id": id}, None if scope is None else await scope(call))
    [*found] = await call.state.tx.bodies(table, where, limit=1)
    return found[0] if found else None


async def _took_part(call: Call, rights: Rights, who: str) -> list[Any]:
    """The children, or the parents, with a response to a study that the caller may see into; each of them once."""
    where = rights.to_viewed_studies()
    return [] if where is None else await call.state.distinct("response", who, where)


async def _answers(call: Call, resource: str) -> Where:
    rights = await rights_of(call)
    viewed = rights.to_viewed_studies()
    own = {"parent_id": rights.user_id}
    if viewed is None:
        return own
    if not viewed or not await call.state.count(resource, own):
        return viewed
    ids = await call.state.distinct(resource, "id", viewed)
    return {"id": sorted({*ids, *await call.state.distinct(resource, "id", own)})}
