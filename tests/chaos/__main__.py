"""`python -m chaos [--seconds N] [--seed N] [--write] [sqlite] [postgresql]`.

Sixteen clients work through three processes that share a store, while processes are killed, stopped and started again,
the disk is full, the database restarts, and a neighbour reads and uploads snapshots and resets other sessions. Then
everything that was acknowledged is compared with what is there. Exit code 1 when anything was lost, came back, was given
twice, or was answered by a 5xx other than 503 and 507. `--write` puts the figures into docs/reliability.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import postgresql

from chaos.clients import Client, Kind, everything
from chaos.faults import Faults, Neighbour, Process
from chaos.model import Model

CLIENTS = 16
PROCESSES = 3
STORES = ("sqlite", "postgresql")
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
#: The lines of the page between which the figures stand.
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


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


async def play(store: str, address: str, database: postgresql.Postgres | None, seconds: float, seed: int) -> Outcome:
    """Clients and faults for so many seconds, then the comparison."""
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
            faults, neighbour = Faults(processes, database, seed), Neighbour(addresses, seed)
            began = time.monotonic()
            beside = [asyncio.create_task(faults.run()), asyncio.create_task(neighbour.run())]
            await asyncio.gather(*(_work(client, http, began + seconds) for client in clients))
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            lasted = time.monotonic() - began
            await _quiet(http, addresses)
            for kind, model, before in zip(kinds, models, seeded, strict=True):
                for base in addresses[:1]:
                    model.listed(await everything(http, base, kind), before)
    finally:
        for process in processes:
            await asyncio.to_thread(process.end)
    return Outcome(store, lasted, models, faults, neighbour)


async def _work(client: Client, http: httpx.AsyncClient, until: float) -> None:
    while time.monotonic() < until:
        await client.run(http)
        await asyncio.sleep(0)


async def _quiet(http: httpx.AsyncClient, addresses: Sequence[str]) -> None:
    """Wait until every process answers again."""
    for base in addresses:
        for _ in range(300):
            with contextlib.suppress(httpx.TransportError):
                if (await http.get(f"{base}/_mock/health", timeout=5)).is_success:
                    break
            await asyncio.sleep(0.1)


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


def main() -> int:
    """Play against the stores that are named, both if none is."""
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("stores", nargs="*", choices=[*STORES, []], default=[])
    parser.add_argument("--seconds", type=float, default=120, help="how long each store is played against")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/reliability.md")
    options = parser.parse_args()
    outcomes = []
    for store in options.stores or STORES:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="understudy-chaos-"))
            database = stack.enter_context(postgresql.running(durable=True)) if store == "postgresql" else None
            address = database.address("chaos") if database else f"sqlite:///{folder}/state.db"
            outcome = asyncio.run(play(store, address, database, options.seconds, options.seed))
        outcomes.append(outcome)
        print(outcome.row(), flush=True)
        for text in outcome.broken[:20]:
            print(f"  {text}", flush=True)
    if options.write:
        _write(outcomes)
    return 1 if any(outcome.broken for outcome in outcomes) else 0


def _write(outcomes: Sequence[Outcome]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    heading = (
        "| store | time | writes acknowledged | reads | refused (503, 507) | unanswered | faults | beside | lost |"
    )
    rows = [heading, "|---" * 9 + "|", *(outcome.row() for outcome in outcomes)]
    PAGE.write_text(f"{before}\n\n" + "\n".join(rows) + f"\n\n{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
