"""Snapshots of a session's records: kept in the store, and as files."""

from __future__ import annotations

from understudy.mock_server.control.requests import NO_CONTENT, ControlReply, ControlRequest
from understudy.mock_server.control.resources.checks import check_loaded
from understudy.mock_server.http.errors import NotFoundError
from understudy.mock_server.sessions.snapshot_files import PRESERVED, dump_snapshot, load, preserved_state


async def list_snapshots(request: ControlRequest) -> ControlReply:
    """The names of the session's snapshots."""
    session = await request.session()
    return ControlReply(200, {"snapshots": [name for name in await session.state.snapshots() if name != PRESERVED]})


async def download_snapshot(request: ControlRequest) -> ControlReply:
    """A snapshot as a file."""
    session = await request.session()
    name = request.path["name"]
    if name not in await session.state.snapshots():
        raise _missing(name)
    dump = await dump_snapshot(session, list(request.context.served_apis.values()), name)
    file = f'attachment; filename="{"".join(c if c.isalnum() or c in "._-" else "_" for c in name)}.json"'
    return ControlReply(200, dump, headers=((b"content-disposition", file.encode("ascii", "replace")),))


async def save_snapshot(request: ControlRequest) -> ControlReply:
    """Save the current records, or those of a file, under a name."""
    session = await request.session()
    if request.body is None:
        await session.state.save_snapshot(request.path["name"])
        return NO_CONTENT
    async with preserved_state(session):
        await load(session, list(request.context.served_apis.values()), request.body, check_loaded)
        await session.state.save_snapshot(request.path["name"])
    return NO_CONTENT


async def drop_snapshot(request: ControlRequest) -> ControlReply:
    """Delete a snapshot."""
    if not await (await request.session()).state.drop_snapshot(request.path["name"]):
        raise _missing(request.path["name"])
    return NO_CONTENT


async def restore_snapshot(request: ControlRequest) -> ControlReply:
    """Restore the records of a snapshot."""
    if not await (await request.session()).restore(request.path["name"]):
        raise _missing(request.path["name"])
    return NO_CONTENT


def _missing(name: str) -> NotFoundError:
    return NotFoundError(f"There is no snapshot {name!r} in this session.")
