"""Users, workspaces and projects."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from understudy.mock_server.behaviours.prolific import money
from understudy.mock_server.behaviours.prolific.access import (
    ADMIN,
    EDITOR,
    me,
    member,
    my_id,
    my_projects,
    my_workspaces,
    project_at,
    roles,
    workspace_at,
)
from understudy.mock_server.behaviours.prolific.lists import page_from
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.http.errors import ForbiddenError

SHORT = ("id", "title", "description", "owner", "users", "naivety_distribution_rate")
CHANGEABLE = ("title", "description", "naivety_distribution_rate")


@operation
async def get_current_user(call: Call) -> Reply:
    """The caller."""
    user = await me(call.state)
    return Reply(200, await call.state.shown("user", user))


@operation
async def list_workspaces(call: Call) -> Reply:
    """The workspaces that the caller is a member of."""
    return await page_from(call, await my_workspaces(call.state), _short)


@operation
async def create_workspace(call: Call) -> Reply:
    """A workspace without money, with the caller as its admin."""
    state, body = call.state, call.body
    user = await me(state)
    made = await state.make(
        "workspace",
        {
            "title": body["title"],
            "description": "",
            "owner": user["id"],
            "users": [member(user, ADMIN)],
            "naivety_distribution_rate": body.get("naivety_distribution_rate"),
            "currency_code": body.get("currency_code", "GBP"),
            "country": "GB",
            "funds": 0,
            **money.first_rates(state.resources.contract.settings),
        },
    )
    made["wallet"] = blake2b(made["id"].encode(), digest_size=12).hexdigest()
    await state.save("workspace", made)
    return Reply(201, await _complete(call, made))


@operation
async def get_workspace(call: Call) -> Reply:
    """A workspace with its people and projects."""
    return Reply(200, await _complete(call, await workspace_at(call.state, call.path["workspace_id"])))


@operation
async def update_workspace(call: Call) -> Reply:
    """Change title, description and rate, as an admin."""
    workspace = await workspace_at(call.state, call.path["workspace_id"])
    if ADMIN not in roles(workspace, my_id(call.state)):
        raise ForbiddenError("Only an admin of the workspace can change it.")
    workspace |= {name: value for name, value in call.body.items() if name in CHANGEABLE}
    await call.state.save("workspace", workspace)
    return Reply(200, await _complete(call, workspace))


@operation
async def get_workspace_balance(call: Call) -> Reply:
    """The balance of a workspace."""
    workspace = await workspace_at(call.state, call.path["workspace_id"])
    return Reply(200, await money.balance(call.state, workspace))


@operation
async def list_workspace_projects(call: Call) -> Reply:
    """The projects of a workspace."""
    workspace = await workspace_at(call.state, call.path["workspace_id"])
    return await page_from(call, await my_projects(call.state, workspace["id"]), _short)


@operation
async def create_project(call: Call) -> Reply:
    """A project with the caller as its editor."""
    workspace = await workspace_at(call.state, call.path["workspace_id"])
    user = await me(call.state)
    made = await call.state.make(
        "project",
        {
            "title": call.body["title"],
            "description": "",
            "owner": user["id"],
            "users": [member(user, EDITOR)],
            "workspace": workspace["id"],
            "naivety_distribution_rate": call.body.get("naivety_distribution_rate"),
        },
    )
    return Reply(201, _project(made))


@operation
async def get_project(call: Call) -> Reply:
    """A project."""
    return Reply(200, _project(await project_at(call.state, call.path["project_id"])))


@operation
async def update_project(call: Call) -> Reply:
    """Change title, description and rate, as an editor of the project or an admin of the workspace."""
    state = call.state
    project = await project_at(state, call.path["project_id"])
    workspace = await state.get("workspace", project["workspace"])
    held = roles(project, my_id(state)) | (roles(workspace, my_id(state)) if workspace else frozenset())
    if not held & {EDITOR, ADMIN}:
        raise ForbiddenError("Only an editor of the project or an admin of its workspace can change it.")
    project |= {name: value for name, value in call.body.items() if name in CHANGEABLE}
    await state.save("project", project)
    return Reply(200, _project(project))


async def _short(record: Record) -> dict[str, Any]:
    return {name: record[name] for name in SHORT}


def _project(record: Record) -> dict[str, Any]:
    return {name: record[name] for name in (*SHORT, "workspace")}


async def _complete(call: Call, workspace: Record) -> dict[str, Any]:
    projects = [await _short(project) for project in await my_projects(call.state, workspace["id"])]
    return {**await _short(workspace), "projects": projects, "wallet": workspace["wallet"]}
