"""Datasets, batches of tasks, and collections of questions, kept as they are sent."""

from __future__ import annotations

import mimetypes
from typing import Any

from understudy.mock_server.behaviours.prolific.access import my_id, my_workspaces, workspace_at, workspace_named
from understudy.mock_server.behaviours.prolific.later.uploads import address
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import missing
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import field_error

#: The version of a dataset without a schema of its own, and of one that has it.
PLAIN, STRUCTURED = 3, 4
#: What a batch may have besides its name and its task; members that were not sent are not shown.
OPTIONAL = ("batch_items", "auto_sync_enabled")


@operation
async def create_dataset(call: Call) -> Reply:
    """A dataset without data."""
    body = call.body
    more = {"schema": body["schema"]} if "schema" in body else {}
    new = {"name": body["name"], "status": "UNINITIALISED", "total_datapoint_count": 0}
    version = STRUCTURED if more else PLAIN
    return await _created(call, "dataset", {**new, **more, "schema_version": version})


@operation
async def get_dataset(call: Call) -> Reply:
    """A dataset."""
    return Reply(200, await _at(call, "dataset"))


@operation
async def update_dataset(call: Call) -> Reply:
    """A dataset gets a schema, or another one."""
    return await _changed(call, "dataset", {"schema": call.body["schema"], "schema_version": STRUCTURED})


@operation
async def get_dataset_status(call: Call) -> Reply:
    """How far a dataset is."""
    return Reply(200, {"status": (await _at(call, "dataset"))["status"]})


@operation
async def get_dataset_upload_address(call: Call) -> Reply:
    """Where a file of a dataset is to be uploaded."""
    dataset, name = await _at(call, "dataset"), call.path["filename"]
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    given = address(call.state, dataset["id"], name)
    return Reply(201, {"dataset_id": dataset["id"], "content_type": kind, **given})


@operation
async def list_batches(call: Call) -> Reply:
    """The batches of a workspace."""
    return await _listed(call, "batch")


@operation
async def create_batch(call: Call) -> Reply:
    """A batch without tasks, perhaps with its dataset."""
    state, body = call.state, call.body
    workspace = await workspace_named(state, body["workspace_id"])
    data = [await _dataset(state, body["dataset_id"], workspace["id"])] if "dataset_id" in body else []
    new = {"name": body["name"], "task_details": body["task_details"], "status": "UNINITIALISED", "datasets": data}
    more = {name: body[name] for name in OPTIONAL if name in body}
    return await _created(call, "batch", {**new, **more, "total_task_count": 0, "total_instruction_count": 0})


@operation
async def get_batch(call: Call) -> Reply:
    """A batch."""
    return Reply(200, await _at(call, "batch"))


@operation
async def update_batch(call: Call) -> Reply:
    """Change the members of a batch that are sent."""
    names = ("name", "task_details", *OPTIONAL)
    return await _changed(call, "batch", {name: call.body[name] for name in names if name in call.body})


@operation
async def get_batch_status(call: Call) -> Reply:
    """How far a batch is."""
    return Reply(200, {"status": (await _at(call, "batch"))["status"]})


@operation
async def set_up_batch(call: Call) -> Reply:
    """Make one task of each datapoint of a dataset."""
    batch = await _at(call, "batch")
    dataset = await _dataset(call.state, call.body["dataset_id"], batch["workspace_id"])
    tasks = dataset["total_datapoint_count"]
    await call.state.save("batch", {**batch, "datasets": [dataset], "total_task_count": tasks, "status": "READY"})
    return Reply(202)


@operation
async def duplicate_batch(call: Call) -> Reply:
    """A copy that has not been set up, with the datasets of the original unless it gets new ones."""
    batch = await _at(call, "batch")
    own = {name: value for name, value in batch.items() if name not in {"id", "created_at"}}
    fresh = {"status": "UNINITIALISED", "total_task_count": 0, "name": call.body.get("name", batch["name"])}
    data = [] if call.body.get("upload_new_dataset") else batch["datasets"]
    return Reply(
        201, await call.state.make("batch", {**own, **fresh, "datasets": data, "created_by": my_id(call.state)})
    )


@operation
async def list_task_collections(call: Call) -> Reply:
    """The collections of a workspace."""
    return await _listed(call, "task_collection")


@operation
async def create_task_collection(call: Call) -> Reply:
    """A collection of pages with questions."""
    names = ("name", "task_details", "collection_items")
    return await _created(call, "task_collection", {name: call.body[name] for name in names})


@operation
async def get_task_collection(call: Call) -> Reply:
    """A collection."""
    return Reply(200, await _at(call, "task_collection"))


@operation
async def replace_task_collection(call: Call) -> Reply:
    """All that a collection holds is replaced."""
    workspace = await workspace_named(call.state, call.body["workspace_id"])
    names = ("name", "task_details", "collection_items")
    sent = {name: call.body[name] for name in names}
    return await _changed(call, "task_collection", {**sent, "workspace_id": workspace["id"]})


async def _created(call: Call, resource: str, values: Record) -> Reply:
    workspace = await workspace_named(call.state, call.body["workspace_id"])
    more = {"workspace_id": workspace["id"], "created_by": my_id(call.state)}
    return Reply(201, await call.state.make(resource, {**values, **more}))


async def _changed(call: Call, resource: str, values: Record) -> Reply:
    record = {**await _at(call, resource), **values}
    await call.state.save(resource, record)
    return Reply(200, record)


async def _listed(call: Call, resource: str) -> Reply:
    workspace = await workspace_at(call.state, call.query["workspace_id"])
    found = await call.state.find(resource, {"workspace_id": workspace["id"]})
    return Reply(200, {"results": found, "meta": {"count": len(found)}})


async def _at(call: Call, resource: str) -> Record:
    """What the path names, in a workspace of the caller. Raises NotFoundError."""
    record = await _own(call.state, resource, call.path["id"])
    if record is None:
        raise missing(resource.removeprefix("task_"))
    return record


async def _dataset(state: State, id: str, workspace: str) -> dict[str, Any]:
    """What a batch shows of a dataset of its workspace. Raises BadRequestError."""
    dataset = await _own(state, "dataset", id)
    if dataset is None or dataset["workspace_id"] != workspace:
        raise field_error("dataset_id", "does not name a dataset of the workspace")
    return {name: dataset[name] for name in ("id", "name", "total_datapoint_count")}


async def _own(state: State, resource: str, id: str) -> Record | None:
    record = await state.get(resource, id)
    mine = {workspace["id"] for workspace in await my_workspaces(state)}
    return record if record is not None and record["workspace_id"] in mine else None
