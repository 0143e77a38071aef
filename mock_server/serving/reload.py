"""Takes up edited contracts while the server runs. A broken edit is reported, and the last good one goes on serving."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from understudy.mock_server.clock import ticks, timestamp, wall
from understudy.mock_server.data.resource_types import ContractViolationError
from understudy.mock_server.http.errors import ApiError
from understudy.mock_server.sessions.scenarios import ScenarioStores
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import Session, Sessions
from understudy.mock_server.sessions.snapshot_files import Dump, dump, dump_snapshot, load

log = logging.getLogger("understudy")

#: Seconds between two looks at the files.
PAUSE = 0.3

Assembled = tuple[Sequence[ServedApi], ScenarioStores]

#: A file, when it was changed last, its size in bytes.
Look = tuple[Path, int, int]


class Reloadable(Protocol):
    """A server that takes up what was edited."""

    mounted: tuple[ServedApi, ...]
    sessions: Sessions

    async def take_up(self, mounted: Sequence[ServedApi], scenes: ScenarioStores) -> None:
        """Serve these APIs over other stores."""

    def watched(self, text: str) -> None:
        """Tell what became of the last edit."""


class Reloader:
    """Looks at the files of some folders. `again` reads them all and puts everything together anew."""

    def __init__(
        self,
        folders: Sequence[Path],
        again: Callable[[], Assembled],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._folders = tuple(folders)
        self._again = again
        self._sleep = sleep
        self._seen = self._look()

    async def run(self, server: Reloadable) -> None:
        """Watch until cancelled."""
        server.watched("nothing was edited yet")
        while True:
            await self._sleep(PAUSE)
            seen = self._look()
            if seen != self._seen:
                seen = await self._settled(seen)
                edited = sorted({path.name for path, _, _ in seen ^ self._seen})
                self._seen = seen
                await self._take_up(server, ", ".join(edited))

    async def _settled(self, seen: frozenset[Look]) -> frozenset[Look]:
        """The files once nobody writes them any more: most editors empty a file before they fill it."""
        while True:
            await self._sleep(PAUSE)
            before, seen = seen, self._look()
            if seen == before:
                return seen

    async def _take_up(self, server: Reloadable, edited: str) -> None:
        try:
            mounted, scenes = self._again()
        except Exception as error:  # whatever is wrong with an edit, the server goes on
            self._report(server, f"{edited} is not taken up, the last good one serves: {' '.join(str(error).split())}")
            return
        lost = await _move(server, mounted, scenes)
        self._report(server, "; ".join([f"{edited} is taken up", *lost]))

    def _report(self, server: Reloadable, text: str) -> None:
        log.warning("%s", text)
        server.watched(f"{timestamp(wall(ticks()))} {text}")

    def _look(self) -> frozenset[Look]:
        return frozenset(
            (path, told.st_mtime_ns, told.st_size)
            for folder in self._folders
            for path in folder.rglob("*.yaml")
            if (told := _stat(path)) is not None
        )


async def _move(server: Reloadable, mounted: Sequence[ServedApi], scenes: ScenarioStores) -> list[str]:
    """Give every session its records under the new contracts; what could not be kept, in words."""
    before, sessions = server.mounted, list(server.sessions)
    kept = [(session, *await _packed(session, before)) for session in sessions]
    lost = []
    await server.take_up(mounted, scenes)
    for session, present, snapshots in kept:
        if session.scenario not in {"", *scenes.casts}:
            lost.append(f"session {session.name!r} starts anew: there is no scenario {session.scenario} any more")
            session.scenario = ""
        session.state = await scenes.store(session.scenario).session(session.name)
        try:
            await _unpack(session, mounted, present, snapshots)
        except (ApiError, ContractViolationError) as error:
            await session.state.reset()
            lost.append(f"session {session.name!r} starts anew, its records do not fit any more: {error}")
    return lost


async def _packed(session: Session, mounted: Sequence[ServedApi]) -> tuple[Dump, dict[str, Dump]]:
    labels = await session.state.snapshots()
    snapshots = {label: await dump_snapshot(session, mounted, label) for label in labels}
    return await dump(session, mounted), snapshots


async def _unpack(session: Session, mounted: Sequence[ServedApi], present: Dump, snapshots: dict[str, Dump]) -> None:
    for label, told in snapshots.items():
        await load(session, mounted, _known(mounted, told))
        await session.state.save_snapshot(label)
    await load(session, mounted, _known(mounted, present))


def _known(mounted: Sequence[ServedApi], told: Dump) -> Dump:
    """A dump without the resources that a contract does not have any more."""
    names = {each.contract.api: {kept.name for kept in each.resources} for each in mounted}
    return {
        **told,
        "apis": {
            api: {name: content for name, content in resources.items() if name in names[api]}
            for api, resources in told["apis"].items()
        },
    }


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:  # an editor replaces files; it will be there at the next look
        return None
