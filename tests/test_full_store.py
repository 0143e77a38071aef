"""A store that is full or locked: clients get an error, nothing is half written, and it recovers on its own."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import Served, running, served

from understudy.mock_server import create_app
from understudy.mock_server.store import Row, StoreFullError, Table
from understudy.mock_server.store.sqlite import SqliteStore
from understudy.mock_server.store.sqlite import errors as sqlite_errors

NAMES = {"name": "Ada King", "email": "ada@example.org"}
THINGS = Table("thing", ())


class Nothing:
    """A seed without records."""

    key = "nothing"

    def total(self, table: Table) -> int:
        return 0

    def rows(self, table: Table) -> Iterator[Row]:
        return iter(())


@contextlib.contextmanager
def no_room(server: Served) -> Iterator[None]:
    """Keep the server process from writing to files, as on a full disk."""
    pid = server.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


def make(client: httpx.Client, study: str, **headers: str) -> httpx.Response:
    return client.post("/v1/participants", json={**NAMES, "event_id": study}, headers=headers)


def kept(client: httpx.Client) -> set[str]:
    return {each["id"] for each in client.get("/v1/participants", params={"limit": 100}).json()["data"]} | {
        each["id"] for each in client.get("/v1/participants", params={"limit": 100, "page": 2}).json()["data"]
    }


def test_a_full_disk_is_reported_loses_nothing_and_recovers(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'state.db'}"
    with served("participant-kit", "--store", address) as server, server.client() as client:
        study = client.get("/v1/studies").json()["data"][0]["id"]
        before = kept(client)
        made = {make(client, study).json()["id"]}
        with no_room(server):
            refused = [make(client, study) for _ in range(3)]
            read = client.get("/v1/participants")
            elsewhere = make(client, study, **{"X-Mock-Session": "new"})
            control = client.put("/_mock/snapshots/one")
        made.add(make(client, study).json()["id"])
        healed = make(client, study, **{"X-Mock-Session": "new"})
        server.end(signal.SIGKILL)

    assert [reply.status_code for reply in refused] == [507, 507, 507]
    assert "full" in refused[0].json()["error"]["message"]
    assert elsewhere.status_code == 507
    assert control.status_code == 507
    assert read.status_code == 200
    assert healed.status_code == 201
    assert "Traceback" not in server.stderr
    with served("participant-kit", "--store", address) as server, server.client() as client:
        assert kept(client) == before | made


def test_a_database_at_its_limit_is_full_and_stays_whole(tmp_path: Path) -> None:
    store = SqliteStore([THINGS], Nothing(), tmp_path / "state.db")  # type: ignore[arg-type]

    async def put(number: int, size: int) -> None:
        async with (await store.session("")).transaction(write=True) as tx:
            await tx.put(THINGS, [Row(number, f"small{number}", b"{}", b"{}", ())])
            await tx.put(THINGS, [Row(number + 1, f"large{number}", b"x" * size, b"{}", ())])

    async def ids() -> list[str]:
        async with (await store.session("")).transaction(write=False) as tx:
            return [row.id for row in await tx.rows(THINGS, {})]

    async def tell() -> list[Any]:
        connection = (await (await store.session("")).opened()).connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 5}")
        await put(0, 10)
        with pytest.raises(StoreFullError):
            await put(2, 1_000_000)
        full = await ids()
        await put(4, 10)
        connection.execute("PRAGMA max_page_count = 1000000")
        await put(6, 1_000_000)
        healed = await ids()
        await store.close()
        return [full, healed]

    first = ["small0", "large0"]
    assert asyncio.run(tell()) == [first, [*first, "small4", "large4", "small6", "large6"]]


def test_a_locked_store_is_unavailable_until_it_is_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_errors, "PATIENCE", 0.05)
    file = tmp_path / "state.db"
    with (
        running(create_app(["participant-kit"], store=f"sqlite:///{file}")) as address,
        httpx.Client(base_url=address, headers={"Authorization": "Bearer mock-token"}) as client,
        contextlib.closing(sqlite3.connect(file, isolation_level=None)) as somebody,
    ):
        study = client.get("/v1/studies").json()["data"][0]["id"]
        somebody.execute("BEGIN IMMEDIATE")
        refused, read = make(client, study), client.get("/v1/studies")
        somebody.execute("ROLLBACK")

        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "1"
        assert "error" in refused.json()
        assert read.status_code == 200
        assert make(client, study).status_code == 201
