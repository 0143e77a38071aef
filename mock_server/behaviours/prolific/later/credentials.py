"""Pools of names and passwords that participants of a study get, one line each."""

from __future__ import annotations

import csv
import io

from understudy.mock_server.behaviours.prolific.access import my_workspaces, study_at, workspace_at, workspace_named
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import missing
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import ConflictError, FieldError, field_error

#: The columns of the report.
COLUMNS = ("Participant id", "Submission id", "Username", "Status")


@operation
async def list_credential_pools(call: Call) -> Reply:
    """The pools of a workspace."""
    workspace = await workspace_at(call.state, call.query["workspace_id"])
    pools = [
        {
            "credential_pool_id": pool["id"],
            "total_credentials": len(pool["credentials"]),
            "available_credentials": len(_unused(pool)),
        }
        for pool in await call.state.find("credential_pool", {"workspace_id": workspace["id"]})
    ]
    return Reply(200, {"credential_pools": pools})


@operation
async def create_credential_pool(call: Call) -> Reply:
    """A pool with its first lines."""
    workspace = await workspace_named(call.state, call.body["workspace_id"])
    lines = _lines(call.body["credentials"], {})
    pool = await call.state.make("credential_pool", {"workspace_id": workspace["id"], "credentials": lines, "used": {}})
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


@operation
async def report_credentials(call: Call) -> Reply:
    """A line for each user name of a study's pool: who has got it, and whether it is used."""
    state = call.state
    study = await study_at(state, call.path["id"])
    pool = await state.get("credential_pool", study.get("credential_pool_id"))
    if pool is None:
        raise missing("credential pool")
    submissions = {each["id"]: each for each in await state.find("submission", {"study_id": study["id"]})}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name in pool["credentials"]:
        submission = submissions.get(pool["used"].get(name))
        holder = ("", "") if submission is None else (submission["participant"], submission["id"])
        writer.writerow([*holder, name, "USED" if name in pool["used"] else "UNUSED"])
    return Reply(200, out.getvalue(), media_type="text/csv")


async def faults(state: State, study: Record) -> list[FieldError]:
    """What forbids a study to use the pool that it names."""
    pool = await state.get("credential_pool", study["credential_pool_id"])
    if pool is None or pool["workspace_id"] != study["workspace"]:
        return [FieldError("credential_pool_id", "does not name a credential pool of the study's workspace")]
    return [] if _unused(pool) else [FieldError("credential_pool_id", "names a pool without unused lines")]


async def hand_out(state: State, study: Record, submission: Record) -> None:
    """Give a participant who starts the first unused line, if the study has a pool and there is one."""
    pool = await state.get("credential_pool", study.get("credential_pool_id"))
    if pool is not None and (unused := _unused(pool)):
        pool["used"] = {**pool["used"], unused[0]: submission["id"]}
        await state.save("credential_pool", pool)


def _unused(pool: Record) -> list[str]:
    return [name for name in pool["credentials"] if name not in pool["used"]]


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
