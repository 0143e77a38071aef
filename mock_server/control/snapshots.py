"""Snapshots of a session's records: kept in the store, and as files."""

from __future__ import annotations

from understudy.mock_server.control.requests import NO_CONTENT, Answer, ControlRequest
from understudy.mock_server.control.resources.checks import check_loaded
from understudy.mock_server.http.errors import NotFoundError
from understudy.mock_server.sessions.snapshot_files import ASIDE, dump_snapshot, load, put_aside


async def list_snapshots(asked: ControlRequest) -> Answer:
    """The names of the session's snapshots."""
    session = await asked.session()
    return Answer(200, {"snapshots": [name for name in await session.state.snapshots() if name != ASIDE]})


async def download_snapshot(asked: ControlRequest) -> Answer:
    """A snapshot as a file."""
    session = await asked.session()
    name = asked.path["name"]
    if name not in await session.state.snapshots():
        raise _missing(name)
    told = await dump_snapshot(session, list(asked.desk.mounted.values()), name)
    file = f'attachment; filename="{"".join(c if c.isalnum() or c in "._-" else "_" for c in name)}.json"'
    return Answer(200, told, headers=((b"content-disposition", file.encode("ascii", "replace")),))


async def save_snapshot(asked: ControlRequest) -> Answer:
    """Keep the present records, or those of a file, under a name."""
    session = await asked.session()
    if asked.body is None:
        await session.state.save_snapshot(asked.path["name"])
        return NO_CONTENT
    async with put_aside(session):
        await load(session, list(asked.desk.mounted.values()), asked.body, check_loaded)
        await session.state.save_snapshot(asked.path["name"])
    return NO_CONTENT


async def drop_snapshot(asked: ControlRequest) -> Answer:
    """Forget a snapshot."""
    if not await (await asked.session()).state.drop_snapshot(asked.path["name"]):
        raise _missing(asked.path["name"])
    return NO_CONTENT


async def restore_snapshot(asked: ControlRequest) -> Answer:
    """Back to a snapshot."""
    if not await (await asked.session()).state.restore_snapshot(asked.path["name"]):
        raise _missing(asked.path["name"])
    return NO_CONTENT


def _missing(name: str) -> NotFoundError:
    return NotFoundError(f"There is no snapshot {name!r} in this session.")
