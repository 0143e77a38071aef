"""Mutually exclusive collections: studies of which a participant may enter only one."""

from __future__ import annotations

from typing import Any

from understudy.mock_server.behaviours.prolific.access import project_at, project_named, studies_named
from understudy.mock_server.behaviours.prolific.lists import page_of
from understudy.mock_server.behaviours.prolific.studies.schedule import planned
from understudy.mock_server.behaviours.prolific.studies.studies import leave_collection, plan, publish
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import missing
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import NotFoundError, field_error


@operation
async def list_collections(call: Call) -> Reply:
    """The collections of a project."""
    project = await project_at(call.state, call.query["project_id"])

    async def show(collection: Record) -> dict[str, Any]:
        return _view(collection)

    return await page_of(call, "collection", {"project_id": project["id"]}, show)


@operation
async def create_collection(call: Call) -> Reply:
    """A collection, with or without studies."""
    state, body = call.state, call.body
    project = await project_named(state, body["project_id"], "project_id")
    collection = await state.make(
        "collection",
        {
            "project_id": project["id"],
            "name": body["name"],
            "description": body.get("description", ""),
            "study_ids": [],
            "publish_at": _checked(state, body.get("publish_at")),
            "status": "UNPUBLISHED",
        },
    )
    await _hold(state, collection, body.get("study_ids", []))
    return Reply(201, _view(collection))


@operation
async def get_collection(call: Call) -> Reply:
    """A collection."""
    return Reply(200, _view(await _at(call)))


@operation
async def update_collection(call: Call) -> Reply:
    """Another name, description, time or list of studies; a plan that is made follows a new time."""
    state, body = call.state, call.body
    collection = await _at(call)
    collection |= {name: body[name] for name in ("name", "description") if name in body}
    if "publish_at" in body:
        if body["publish_at"] is None and collection["status"] == "SCHEDULED":
            raise field_error(
                "publish_at", "cannot be removed while the publication is planned; cancel the publication first"
            )
        collection["publish_at"] = _checked(state, body["publish_at"])
    if "study_ids" in body:
        await _hold(state, collection, body["study_ids"])
    await state.save("collection", collection)
    if collection["status"] == "SCHEDULED" and body.keys() & {"publish_at", "study_ids"}:
        for study in await _studies(state, collection):
            await plan(state, study, planned(state, collection["publish_at"]))
    return Reply(200, _view(collection))


@operation
async def delete_collection(call: Call) -> Reply:
    """Delete a collection; its studies stay, and a planned publication is cancelled."""
    state = call.state
    collection = await _at(call)
    for study in await _studies(state, collection):
        study["collection"] = None
        if study["status"] == "SCHEDULED":
            await plan(state, study, None)
        else:
            await state.save("study", study)
    await state.remove("collection", collection["id"])
    return Reply(204)


@operation
async def transition_collection(call: Call) -> Reply:
    """Publish now, publish later, or take that back."""
    state, body = call.state, call.body
    collection = await _at(call)
    studies = await _studies(state, collection)
    if body["action"] == "CANCEL_PUBLISH":
        await _cancel(state, collection, studies)
    else:
        if collection["status"] == "ACTIVE":
            raise field_error("action", f"{body['action']} is not possible: the collection is already published")
        if not studies:
            raise field_error("action", f"{body['action']} is not possible: the collection has no studies")
        if body["action"] == "PUBLISH":
            await _publish(state, collection, studies)
        else:
            await _schedule(state, collection, studies, body.get("publish_at"))
    return Reply(200, _view(collection))


async def enters_another(state: State, study: Record, participant: str) -> bool:
    """Whether a participant has entered another study of the same collection."""
    if study["collection"] is None:
        return False
    others = [s["id"] for s in await state.find("study", {"collection": study["collection"]}) if s["id"] != study["id"]]
    return await state.count("submission", {"study_id": others, "participant": participant}) > 0


async def _publish(state: State, collection: Record, studies: list[Record]) -> None:
    for study in studies:
        if study["status"] in {"UNPUBLISHED", "SCHEDULED"}:
            await publish(state, study)
    await state.save("collection", _with(collection, "ACTIVE"))


async def _schedule(state: State, collection: Record, studies: list[Record], publish_at: str | None) -> None:
    publish_at = collection["publish_at"] if publish_at is None else publish_at
    if publish_at is None:
        raise field_error("publish_at", "is required, because the collection has none")
    moment = planned(state, publish_at)
    collection["publish_at"] = publish_at
    for study in studies:
        if study["status"] in {"UNPUBLISHED", "SCHEDULED"}:
            await plan(state, study, moment)
    await state.save("collection", _with(collection, "SCHEDULED"))


async def _cancel(state: State, collection: Record, studies: list[Record]) -> None:
    if collection["status"] != "SCHEDULED":
        raise field_error("action", "CANCEL_PUBLISH is not possible: no publication is planned")
    for study in studies:
        if study["status"] == "SCHEDULED":
            await plan(state, study, None)
    await state.save("collection", _with(collection, "UNPUBLISHED"))


def _with(collection: Record, target: str) -> Record:
    collection["status"] = target
    return collection


async def _hold(state: State, collection: Record, ids: list[str]) -> None:
    """Make these the studies of a collection: drafts of its project, or studies that it has already."""
    studies = await studies_named(state, ids)
    added = [study for study in studies if study["collection"] != collection["id"]]
    foreign = [study["id"] for study in studies if study["project"] != collection["project_id"]]
    if foreign:
        raise field_error(
            "study_ids", f"must all belong to the collection's project; these do not: {', '.join(foreign)}"
        )
    public = [study["id"] for study in added if study["status"] != "UNPUBLISHED"]
    if public:
        raise field_error("study_ids", f"must all be drafts; these are not: {', '.join(public)}")
    for study in await _studies(state, collection):
        if study["id"] not in ids:
            await state.save("study", {**study, "collection": None})
    for study in added:
        await leave_collection(state, study)
        await state.save("study", {**study, "collection": collection["id"]})
    collection["study_ids"] = [study["id"] for study in studies]
    await state.save("collection", collection)


async def _studies(state: State, collection: Record) -> list[Record]:
    found = {study["id"]: study for study in await state.find("study", {"collection": collection["id"]})}
    return [found[id] for id in collection["study_ids"] if id in found]


def _checked(state: State, publish_at: str | None) -> str | None:
    if publish_at is not None:
        planned(state, publish_at)
    return publish_at


async def _at(call: Call) -> Record:
    collection = await call.state.get("collection", call.path["id"])
    if collection is None:
        raise missing("collection")
    try:
        await project_at(call.state, collection["project_id"])
    except NotFoundError:
        raise missing("collection") from None
    return collection


def _view(collection: Record) -> dict[str, Any]:
    names = ("id", "project_id", "name", "description", "study_ids", "publish_at", "status")
    return {name: collection[name] for name in names}
