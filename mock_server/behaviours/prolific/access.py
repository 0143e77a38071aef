"""Who the caller is, and what they may see and change.

Members of a workspace see all of it. A project editor who is not a member sees only that project. What the caller may
not see is 404 when a path names it and 400 when a body does, with the same text as for an id that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.crud import missing
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import field_error

ADMIN = "WORKSPACE_ADMIN"
EDITOR = "PROJECT_EDITOR"


class Place(NamedTuple):
    """A workspace or project with the users who have a role in it, and the workspace that it belongs to, if any."""

    id: str
    users: frozenset[str]
    workspace: str | None


@lru_cache(1024)
def _place(document: bytes) -> Place:
    """The access that a document describes; cached, since the same few are read on every request."""
    place = orjson.loads(document)
    users = frozenset(user["id"] for user in place["users"] if user.get("roles"))
    return Place(place["id"], users, place.get("workspace"))


async def me(state: State) -> Record:
    """The user behind the token."""
    user = await state.get("user", state.caller.values["user"])
    assert user is not None, "the seed has a user for each token"
    return user


def my_id(state: State) -> str:
    """The id of the user behind the token."""
    return str(state.caller.values["user"])


def roles(place: Record, user_id: str) -> frozenset[str]:
    """The roles that a user has in a workspace or project."""
    return frozenset(role for user in place["users"] if user["id"] == user_id for role in user.get("roles", ()))


def member(user: Record, role: str) -> dict[str, Any]:
    """A user as an entry of the people of a workspace or project."""
    return {"id": user["id"], "name": user["name"], "email": user["email"], "roles": [role]}


async def my_workspaces(state: State) -> list[Record]:
    """The workspaces that the caller is a member of, the oldest first."""
    user = my_id(state)
    return [workspace for workspace in await state.find("workspace") if roles(workspace, user)]


async def my_project_ids(state: State) -> list[str]:
    """The ids of the projects that the caller may see."""
    user = my_id(state)
    workspaces = await state.tx.rows(state.resources["workspace"].table, {})
    joined = {place.id for row in workspaces if user in (place := _place(row.document)).users}
    projects = [_place(row.document) for row in await state.tx.rows(state.resources["project"].table, {})]
    return [project.id for project in projects if project.workspace in joined or user in project.users]


async def my_projects(state: State, workspace: str | None = None) -> list[Record]:
    """The projects that the caller may see, of one workspace or of all."""
    user = my_id(state)
    joined = {w["id"] for w in await my_workspaces(state)}
    where = {} if workspace is None else {"workspace": workspace}
    return [
        project
        for project in await state.find("project", where)
        if project["workspace"] in joined or roles(project, user)
    ]


async def workspace_at(state: State, id: Any) -> Record:
    """The workspace that a path or query names. Raises NotFoundError."""
    workspace = await _workspace(state, id)
    if workspace is None:
        raise missing("workspace")
    return workspace


async def workspace_named(state: State, id: Any, member_name: str = "workspace_id") -> Record:
    """The workspace that a member of the body names. Raises BadRequestError."""
    workspace = await _workspace(state, id)
    if workspace is None:
        raise field_error(member_name, "does not name a workspace of yours")
    return workspace


async def project_at(state: State, id: Any) -> Record:
    """The project that a path or query names. Raises NotFoundError."""
    project = await _project(state, id)
    if project is None:
        raise missing("project")
    return project


async def project_named(state: State, id: Any, member_name: str) -> Record:
    """The project that a member of the body names. Raises BadRequestError."""
    project = await _project(state, id)
    if project is None:
        raise field_error(member_name, "does not name a project of yours")
    return project


async def study_at(state: State, id: Any) -> Record:
    """The study that a path or query names. Raises NotFoundError."""
    study = await visible_study(state, id)
    if study is None:
        raise missing("study")
    return study


async def study_named(state: State, id: Any, member_name: str = "study_id") -> Record:
    """The study that a member of the body names. Raises BadRequestError."""
    study = await visible_study(state, id)
    if study is None:
        raise field_error(member_name, "does not name a study of yours")
    return study


async def visible_study(state: State, id: Any) -> Record | None:
    """The study with an id, None when the caller may not see it."""
    study = await state.get("study", id)
    return study if study is not None and await _sees_project(state, study["project"]) else None


async def sees_study(state: State, id: str) -> bool:
    """Whether the caller may see the study with an id."""
    table = state.resources["study"].table
    row = await state.tx.get(table, id)
    return row is not None and await _sees_project(state, row.columns[table.columns.index("project")])


async def studies_named(state: State, ids: Iterable[str], member_name: str = "study_ids") -> list[Record]:
    """The studies that a list in the body names, each once, in its order. Raises BadRequestError."""
    found = [(id, await visible_study(state, id)) for id in dict.fromkeys(ids)]
    unknown = [id for id, study in found if study is None]
    if unknown:
        raise field_error(member_name, f"contains ids that are not studies of yours: {', '.join(unknown)}")
    return [study for _, study in found if study is not None]


async def owned_at(state: State, resource: str, id: Any) -> Record:
    """A filter set or group that is not deleted, by the id in a path. Raises NotFoundError."""
    record = await owned(state, resource, id)
    if record is None or record["is_deleted"]:
        raise missing(resource)
    return record


async def owned(state: State, resource: str, id: Any) -> Record | None:
    """A filter set or group of the caller's workspaces or organisation, deleted or not."""
    record = await state.get(resource, id)
    if record is None or not await _owns(state, record):
        return None
    return record


async def owner_named(state: State, body: Record) -> dict[str, Any]:
    """The workspace or the organisation that owns a new record. Raises BadRequestError unless it is exactly one."""
    workspace, organisation = body.get("workspace_id"), body.get("organisation_id")
    if workspace is None and organisation is None:
        raise field_error("workspace_id", "is required, unless organisation_id is sent")
    if workspace is not None and organisation is not None:
        raise field_error("organisation_id", "cannot be combined with workspace_id")
    if workspace is not None:
        await workspace_named(state, workspace)
    elif organisation != (await me(state))["organisation_id"]:
        raise field_error("organisation_id", "is not your organisation")
    return {"workspace_id": workspace, "organisation_id": organisation}


async def owners_at(state: State, query: Record) -> list[dict[str, Any]]:
    """The conditions under which a list of things with owners shows what the caller may see, one or two.

    Raises NotFoundError for a workspace or organisation that is not the caller's.
    """
    workspace, organisation = query.get("workspace_id"), query.get("organisation_id")
    mine = (await me(state))["organisation_id"]
    if workspace:
        await workspace_at(state, workspace)
    if organisation and organisation != mine:
        raise missing("organisation")
    owners = {"workspace_id": workspace, "organisation_id": organisation}
    if workspace or organisation:
        return [{name: id} for name, id in owners.items() if id]
    return [{"workspace_id": [w["id"] for w in await my_workspaces(state)]}, {"organisation_id": mine}]


async def _workspace(state: State, id: Any) -> Record | None:
    workspace = await state.get("workspace", id)
    return workspace if workspace is not None and roles(workspace, my_id(state)) else None


async def _project(state: State, id: Any) -> Record | None:
    project = await state.get("project", id)
    if project is None or roles(project, my_id(state)):
        return project
    return project if await _workspace(state, project["workspace"]) is not None else None


async def _sees_project(state: State, id: str) -> bool:
    row = await state.tx.get(state.resources["project"].table, id)
    if row is None:
        return False
    user, project = my_id(state), _place(row.document)
    if user in project.users:
        return True
    row = await state.tx.get(state.resources["workspace"].table, str(project.workspace))
    return row is not None and user in _place(row.document).users


async def _owns(state: State, record: Record) -> bool:
    if record["workspace_id"] is not None:
        return await _workspace(state, record["workspace_id"]) is not None
    return bool(record["organisation_id"] == (await me(state))["organisation_id"])
