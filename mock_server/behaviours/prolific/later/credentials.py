"""Pools of names and passwords that participants of a study get."""

from __future__ import annotations

from understudy.mock_server.behaviours.prolific.access import my_workspaces, workspace_at, workspace_named
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import missing
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.http.errors import ConflictError, field_error


@operation
async def list_credential_pools(call: Call) -> Reply:
    """The pools of a workspace."""
    workspace = await workspace_at(call.state, call.query["workspace_id"])
    pools = [
        {
            "credential_pool_id": pool["id"],
            "total_credentials": len(pool["credentials"]),
            "available_credentials": len(pool["credentials"]),
        }
        for pool in await call.state.find("credential_pool", {"workspace_id": workspace["id"]})
    ]
    return Reply(200, {"credential_pools": pools})


@operation
async def create_credential_pool(call: Call) -> Reply:
    """A pool with its first lines."""
    workspace = await workspace_named(call.state, call.body["workspace_id"])
    lines = _lines(call.body["credentials"], {})
    pool = await call.state.make("credential_pool", {"workspace_id": workspace["id"], "credentials": lines})
    return Reply(201, {"credential_pool_id": pool["id"]})


@operation
async def add_credentials(call: Call) -> Reply:
    """Further lines."""
    state = call.state
    pool = await state.get("credential_pool", call.path["id"])
    mine = {workspace["id"] for workspace in await my_workspaces(state)}
    if pool is None or pool["workspace_id"] not in mine:
        raise missing("credential pool")
    pool["credentials"] = _lines(call.body["credentials"], pool["credentials"])
    await state.save("credential_pool", pool)
    return Reply(200, {"credential_pool_id": pool["id"]})


def _lines(text: str, known: dict[str, str]) -> dict[str, str]:
    """Passwords by name, those that are known and those of a text. Raises BadRequestError and ConflictError."""
    found = dict(known)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, comma, password = (part.strip() for part in line.partition(","))
        if not (name and comma and password):
            raise field_error("credentials", f"line {number} must have a user name, a comma and a password")
        if name in found:
            raise ConflictError(f"credentials: the user name {name!r} is there already.")
        found[name] = password
    if not found:
        raise field_error("credentials", "must have at least one line")
    return found
