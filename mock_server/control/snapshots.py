"""Snapshots of a session's records: kept in the store, and as files."""

from __future__ import annotations

from understudy.mock_server.control.requests import NO_CONTENT, ControlReply, ControlRequest
from understudy.mock_server.control.resources.checks import check_loaded
from understudy.mock_server.http.errors import NotFoundError
from understudy.mock_server.sessions.snapshot_files import dump_snapshot, load_snapshot


async def list_snapshots(request: ControlRequest) -> ControlReply:
    """The names of the session's snapshots."""
    session = await request.session()
    return ControlReply(200, {"snapshots": await session.state.snapshots()})


async def download_snapshot(request: ControlRequest) -> ControlReply:
    """A snapshot as a file."""
    session = await request.session()
    name = request.path["name"]
    dump = await dump_snapshot(session, list(request.context.served_apis.values()), name)
    if dump is None:
        raise _missing(name)
    file = f'attachment; filename="{"".join(c if c.isalnum() or c in "._-" else "_" for c in name)}.json"'
    return ControlReply(200, dump, headers=((b"content-disposition", file.encode("ascii", "replace")),))


async def save_snapshot(request: ControlRequest) -> ControlReply:
    """Save the current records, or those of a file, under a name."""
    session = await request.present_session()
    name, served_apis = request.path["name"], list(request.context.served_apis.values())
    if request.body is None:
        await session.state.save_snapshot(name)
    else:
        await load_snapshot(session, served_apis, name, request.body, check_loaded)
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
