"""Clients and faults against one store, and the comparison of what was acknowledged with what is there."""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import postgresql

from chaos.clients import Client, Kind, everything
from chaos.faults import Faults, Neighbour, Process
from chaos.model import Model

CLIENTS = 16
PROCESSES = 3
STORES = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Outcome:
    """What one store did."""

    store: str
    seconds: float
    models: tuple[Model, ...]
    faults: Faults
    neighbour: Neighbour

    @property
    def broken(self) -> list[str]:
        """Everything that contradicts what was acknowledged."""
        return [text for model in self.models for text in model.broken] + self.neighbour.broken

    def row(self) -> str:
        """A row of the table."""
        done = sum((model.acknowledged for model in self.models), start=type(self.models[0].acknowledged)())
        faults = ", ".join(f"{count} × {what}" for what, count in sorted(self.faults.counted.items()))
        beside = ", ".join(f"{count} × {what}" for what, count in sorted(self.neighbour.counted.items()))
        writes = done["create"] + done["update"] + done["delete"]
        unknown, refused = (sum(getattr(model, name) for model in self.models) for name in ("unknown", "refused"))
        return (
            f"| {self.store} | {self.seconds:.0f} s | {writes} | {done['read']} | {refused} | {unknown} "
            f"| {faults} | {beside} | {len(self.broken)} |"
        )


def play(store: str, seconds: float, seed: int) -> Outcome:
    """Clients and faults against a new store of a kind for so many seconds, then the comparison."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="understudy-chaos-"))
        database = stack.enter_context(postgresql.running(durable=True)) if store == "postgresql" else None
        address = database.address("chaos") if database else f"sqlite:///{folder}/state.db"
        return asyncio.run(_play(store, address, database, seconds, seed))


async def _play(store: str, address: str, database: postgresql.Postgres | None, seconds: float, seed: int) -> Outcome:
    processes = [Process(["participant-kit", "prolific", "--store", address]) for _ in range(PROCESSES)]
    await asyncio.gather(*(process.start() for process in processes))
    addresses = [process.address for process in processes]
    try:
        async with httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)) as http:
            kinds = await _kinds(http, addresses[0])
            seeded = [{id for id, _ in await everything(http, addresses[0], kind)} for kind in kinds]
            models = tuple(Model() for _ in kinds)
            clients = [
                Client(number, addresses, kinds[number % len(kinds)], models[number % len(kinds)], seed)
                for number in range(CLIENTS)
            ]
            faults, neighbour = Faults(processes, database, seed), Neighbour(addresses, seed, kinds[0], seeded[0])
            began = time.monotonic()
            until = began + seconds
            await asyncio.gather(
                faults.run(until), neighbour.run(until), *(_work(each, http, until) for each in clients)
            )
            lasted = time.monotonic() - began
            for kind, model, before in zip(kinds, models, seeded, strict=True):
                lists = [await everything(http, base, kind) for base in addresses]
                model.listed(lists[0], before)
                model.broken += [
                    f"{kind.path} of process {number} differs from that of the first"
                    for number, each in enumerate(lists, 1)
                    if each != lists[0]
                ]
    finally:
        for process in processes:
            await asyncio.to_thread(process.end)
    return Outcome(store, lasted, models, faults, neighbour)


async def _work(client: Client, http: httpx.AsyncClient, until: float) -> None:
    while time.monotonic() < until:
        await client.run(http)
        await asyncio.sleep(0)


async def _kinds(http: httpx.AsyncClient, base: str) -> list[Kind]:
    """Studies, which are made and deleted, and groups of participants, which change as well."""
    kit, prolific = {"Authorization": "Bearer mock-token"}, {"Authorization": "Token mock-token"}
    project = (await http.get(f"{base}/participant-kit/v1/projects", headers=kit)).json()["data"][0]["id"]
    workspace = (await http.get(f"{base}/prolific/api/v1/workspaces/", headers=prolific)).json()["results"][0]["id"]
    return [
        Kind(
            "/participant-kit/v1/studies",
            kit,
            {"project_id": project},
            None,
            "data",
            {"limit": "100", "page": "{page}"},
        ),
        Kind(
            "/prolific/api/v1/participant-groups/",
            prolific,
            {"workspace_id": workspace},
            "PATCH",
            "results",
            {"workspace_id": workspace, "limit": "100", "offset": "{offset}"},
        ),
    ]
