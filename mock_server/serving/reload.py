"""Reloads edited contracts while the server runs. A broken edit is reported, and the last valid contract stays."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from understudy.mock_server.clock import ticks, timestamp, wall
from understudy.mock_server.sessions.scenarios import ScenarioStores
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import Session, Sessions
from understudy.mock_server.sessions.snapshot_files import Dump, dump, dump_snapshot, load, load_snapshot

log = logging.getLogger("understudy")

#: Seconds between two scans of the files.
INTERVAL = 0.3

Assembled = tuple[Sequence[ServedApi], ScenarioStores]

#: The files that count in a folder, by their suffixes.
SUFFIXES = frozenset({".yaml", ".yml", ".json", ".py"})

#: A file, its time of modification in nanoseconds, and its size in bytes.
FileState = tuple[Path, int, int]


class Reloadable(Protocol):
    """A server whose contracts can be replaced."""

    served_apis: tuple[ServedApi, ...]
    sessions: Sessions

    async def reload(self, served_apis: Sequence[ServedApi], scenario_stores: ScenarioStores) -> None:
        """Serve these APIs with these stores from now on."""

    def report_reload(self, text: str) -> None:
        """Report what became of the last edit."""


class Reloader:
    """Watches files, and all that count in folders. `assemble` reads them and builds the served APIs again.

    What the contracts of those were read from is watched too.
    """

    def __init__(
        self,
        sources: Sequence[Path],
        assemble: Callable[[], Assembled],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._always = frozenset(sources)
        self._sources = self._always
        self._assemble = assemble
        self._sleep = sleep
        self._seen = self._scan()

    async def run(self, server: Reloadable) -> None:
        """Watch until cancelled."""
        server.report_reload("nothing has been edited yet")
        while True:
            await self._sleep(INTERVAL)
            seen = self._scan()
            if seen != self._seen:
                seen = await self._settled(seen)
                edited = sorted({path.name for path, _, _ in seen ^ self._seen})
                self._seen = seen
                await self._reload(server, ", ".join(edited))

    async def _settled(self, seen: frozenset[FileState]) -> frozenset[FileState]:
        """The files once they stop changing: most editors empty a file before they write it."""
        while True:
            await self._sleep(INTERVAL)
            before, seen = seen, self._scan()
            if seen == before:
                return seen

    async def _reload(self, server: Reloadable, edited: str) -> None:
        try:
            served_apis, scenario_stores = self._assemble()
        except Exception as error:  # whatever is wrong with an edit, the server keeps running
            reason = " ".join(str(error).split())
            self._report(
                server, f"{edited} {_were(edited)} not reloaded, the last valid contract stays in use: {reason}"
            )
            self._watch(self._sources.union(getattr(error, "sources", ())))
            return
        self._watch(self._always.union(*(each.contract.sources for each in served_apis)))
        known = {line for each in server.served_apis for line in each.contract.warnings}
        new = [line for each in served_apis for line in each.contract.warnings if line not in known]
        try:
            lost = await _migrate(server, served_apis, scenario_stores)
        except Exception as error:  # a store that does not answer, for instance
            log.exception("%s %s not reloaded completely", edited, _were(edited))
            lost = [f"not every session could keep its records: {' '.join(str(error).split())}"]
        self._report(server, "; ".join([f"{edited} {_were(edited)} reloaded", *new, *lost]))

    def _report(self, server: Reloadable, text: str) -> None:
        log.warning("%s", text)
        server.report_reload(f"{timestamp(wall(ticks()))} {text}")

    def _watch(self, sources: frozenset[Path]) -> None:
        """Watch some sources; what of them was watched before keeps the state in which it was read."""
        self._sources = sources
        known = {path for path, _, _ in self._seen}
        self._seen |= {state for state in self._scan() if state[0] not in known}

    def _scan(self) -> frozenset[FileState]:
        return frozenset(
            (path, status.st_mtime_ns, status.st_size)
            for source in self._sources
            for path in (_files(source) if source.is_dir() else [source])
            if (status := _stat(path)) is not None
        )


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix in SUFFIXES)


async def _migrate(server: Reloadable, served_apis: Sequence[ServedApi], scenario_stores: ScenarioStores) -> list[str]:
    """Give every session its records under the new contracts; the result says in words what could not be kept."""
    before, sessions = server.served_apis, list(server.sessions)
    dumps = [(session, *await _dump(session, before)) for session in sessions]
    lost = []
    await server.reload(served_apis, scenario_stores)
    for session, present, snapshots in dumps:
        if session.scenario not in {"", *scenario_stores.scenarios}:
            lost.append(f"session {session.name!r} was reset: the scenario {session.scenario} no longer exists")
            session.scenario = ""
        async with session.webhooks.held():
            session.state = await scenario_stores.store(session.scenario).session(session.name)
            try:
                await _load(session, served_apis, present, snapshots)
            except Exception as error:  # whatever old records do to a new contract, the next edit is to be read
                await session.state.reset()
                lost.append(f"session {session.name!r} was reset: its records no longer fit the contract: {error}")
    return lost


async def _dump(session: Session, served_apis: Sequence[ServedApi]) -> tuple[Dump, dict[str, Dump]]:
    labels = await session.state.snapshots()
    found = {label: await dump_snapshot(session, served_apis, label) for label in labels}
    snapshots = {label: snapshot for label, snapshot in found.items() if snapshot is not None}
    return await dump(session, served_apis), snapshots


async def _load(session: Session, served_apis: Sequence[ServedApi], present: Dump, snapshots: dict[str, Dump]) -> None:
    for label, snapshot in snapshots.items():
        await load_snapshot(session, served_apis, label, _known(served_apis, snapshot))
    await load(session, served_apis, _known(served_apis, present))


def _known(served_apis: Sequence[ServedApi], content: Dump) -> Dump:
    """A dump without the resources that a contract no longer has."""
    names = {each.contract.api: {resource_type.name for resource_type in each.resources} for each in served_apis}
    return {
        **content,
        "apis": {
            api: {name: records for name, records in resources.items() if name in names[api]}
            for api, resources in content["apis"].items()
        },
    }


def _were(edited: str) -> str:
    return "were" if ", " in edited else "was"


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:  # an editor is replacing the file; it will be there at the next scan
        return None
