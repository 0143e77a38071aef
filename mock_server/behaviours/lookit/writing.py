"""Writing: feedback by those who may edit a response, responses by parents for their own children."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from understudy.mock_server.behaviours.lookit.rights import rights_of
from understudy.mock_server.behaviours.lookit.visibility import seen
from understudy.mock_server.clock import timestamp
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import missing
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.http.errors import BadRequestError, ConflictError, FieldError, ForbiddenError
from understudy.mock_server.http.parameters import plain_uuid

#: The resource behind each type of the wire that a request can name.
RESOURCES = {"children": "child", "feedback": "feedback", "responses": "response", "studies": "study"}

#: The attributes of a response before its study has begun.
FRESH: Mapping[str, Any] = {
    "conditions": {},
    "global_event_timings": [],
    "exp_data": {},
    "sequence": [],
    "completed": False,
}


@operation
async def create_feedback(call: Call) -> Reply:
    """Feedback by the caller on a response that the caller may edit."""
    data = _document(call, "feedback")
    response = await _linked(call, data, "response", "responses")
    rights = await rights_of(call)
    if response is not None and not rights.may_edit(response["study_id"]):
        raise ForbiddenError("You do not have permission to leave feedback on this response.")
    _insist(call)
    if response is None:
        raise BadRequestError(field_errors=[_unusable("response")])
    made = {
        "comment": _comment(data),
        "response_id": response["id"],
        "researcher_id": rights.user_id,
        "study_id": response["study_id"],
        "parent_id": response["parent_id"],
    }
    return await _created(call, "feedback", made)


@operation
async def update_feedback(call: Call) -> Reply:
    """Change the comment; response and researcher stay."""
    id = call.path["feedback_id"]
    data = _document(call, "feedback", id)
    feedback = await seen(call, "feedback", id)
    if feedback is None:
        raise missing("feedback")
    if not (await rights_of(call)).may_edit(feedback["study_id"]):
        raise ForbiddenError("You do not have permission to change this feedback.")
    _insist(call)
    changed = {"comment": _comment(data)} if "comment" in data.get("attributes", {}) else {}
    return await _saved(call, "feedback", feedback | changed)


@operation
async def create_response(call: Call) -> Reply:
    """A response of the caller's own child to a study that is open to the caller."""
    data = _document(call, "responses")
    rights = await rights_of(call)
    child = await _linked(call, data, "child", "children")
    if child is not None and child["user_id"] != rights.user_id:
        raise ForbiddenError("You can only respond for your own child.")
    _insist(call)
    study = await _linked(call, data, "study", "studies")
    is_open = study is not None and (study["state"] == "active" or rights.may_edit(study["id"]))
    if child is None or study is None or not is_open:
        wrong = {"child": child is None, "study": not is_open}
        raise BadRequestError(field_errors=[_unusable(name) for name, is_wrong in wrong.items() if is_wrong])
    latest = await call.state.find("demographics", {"user_id": rights.user_id}, "-created", limit=1)
    made = {
        **FRESH,
        **_sent(data, FRESH),
        "child_id": child["id"],
        "study_id": study["id"],
        "parent_id": rights.user_id,
        "demographic_snapshot_id": latest[0]["id"] if latest else None,
        "date_modified": await _next_change(call),
    }
    return await _created(call, "responses", made)


@operation
async def update_response(call: Call) -> Reply:
    """The attributes sent take the place of those kept; for the parent and those who may edit the response."""
    id = call.path["response_id"]
    data = _document(call, "responses", id)
    response = await seen(call, "response", id)
    if response is None:
        raise missing("response")
    rights = await rights_of(call)
    if response["parent_id"] != rights.user_id and not rights.may_edit(response["study_id"]):
        raise ForbiddenError("You do not have permission to change this response.")
    _insist(call)
    changed = {**response, **_sent(data, FRESH), "date_modified": await _next_change(call)}
    return await _saved(call, "response", changed)


def _document(call: Call, type: str, id: Any = None) -> Any:
    """The resource object in the body, in which nothing but its type and id was looked at yet.

    Raises BadRequestError where there is none, and ConflictError when its type or id is not that of the address.
    """
    data = call.body.get("data") if isinstance(call.body, dict) else None
    if not isinstance(data, dict):
        raise BadRequestError("The body is a document of JSON:API with an object as data.", reason={"malformed": True})
    if data.get("type") != type:
        raise ConflictError(f"The type at this address is {type!r}.")
    if id is not None and "id" in data and _id(data["id"]) != id:
        raise ConflictError("The id in the body must be the id in the address.")
    if id is not None and "id" not in data:
        _insist(call)
    return data


def _insist(call: Call) -> None:
    """Raise what is wrong with the members of the body; those who may not write at all do not get this far."""
    if call.fault is not None:
        raise call.fault


async def _linked(call: Call, data: Any, name: str, type: str) -> Record | None:
    """The record that a relationship names, also when the caller may not see it; None where it names none.

    Raises ConflictError for a relationship of another type.
    """
    link = data
    for step in ("relationships", name, "data"):
        link = link.get(step) if isinstance(link, dict) else None
    if not isinstance(link, dict) or not isinstance(link.get("type"), str):
        return None
    if link["type"] != type:
        raise ConflictError(f"The relationship {name} leads to an object of type {type!r}.")
    return await call.state.get(RESOURCES[type], _id(link.get("id")))


def _id(sent: Any) -> Any:
    return plain_uuid(sent) if isinstance(sent, str) else None


def _comment(data: Any) -> str:
    comment = str(data["attributes"]["comment"]).strip()
    if "\0" in comment:
        wrong = "may not contain the null character"
        raise BadRequestError(field_errors=[FieldError("comment", wrong, "/data/attributes/comment", "null_character")])
    return comment


def _unusable(name: str) -> FieldError:
    return FieldError(name, f"does not name a {name} that can be used here", f"/data/relationships/{name}")


def _sent(data: Any, names: Any) -> dict[str, Any]:
    return {name: value for name, value in data.get("attributes", {}).items() if name in names}


async def _next_change(call: Call) -> str:
    """The present time, or just after the latest change kept: two changes in one millisecond keep their order."""
    now = call.state.now()
    table = call.state.resources["response"].table
    latest = await call.state.tx.rows(table, {}, "-date_modified", limit=1)
    changed = str(latest[0].columns[table.columns.index("date_modified")]) if latest else ""
    return now if changed < now else timestamp(datetime.fromisoformat(changed) + timedelta(milliseconds=1))


async def _created(call: Call, type: str, made: Record) -> Reply:
    record, body = await call.state.make_shown(RESOURCES[type], made)
    location = f"{call.base}/api/v1/{type}/{record['id']}/"
    return Reply(201, raw=b'{"data":' + body + b"}", headers={"Location": location})


async def _saved(call: Call, resource: str, record: Record) -> Reply:
    [body] = await call.state.save(resource, record)
    return Reply(200, raw=b'{"data":' + body + b"}")
