"""Puts the server together: contracts, stores, one application for each API, and the control operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from understudy.mock_server.api.build import behaviours_of, build
from understudy.mock_server.data.population import Population, Populations
from understudy.mock_server.data.proof import prove
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.serving.reload import Reloader
from understudy.mock_server.serving.server import Server
from understudy.mock_server.sessions.scenarios import ScenarioByApi, ScenarioStores
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import IDLE, LIMIT
from understudy.mock_server.store import Store
from understudy.mock_server.store.opening import open_store
from understudy.specs import Contract, Scenario, apis, load, load_folder, scenarios
from understudy.specs import scenario as find_scenario
from understudy.specs.loading import HERE
from understudy.specs.scenario import SHARED, forget_scenarios


def create_app(
    names: Sequence[str] = (),
    *,
    seed: int = 42,
    size: int = 1,
    locales: Sequence[str] = ("en_GB",),
    store: str | None = None,
    scenario: str = "",
    max_sessions: int = LIMIT,
    session_idle: float = IDLE,
    reports: Path | None = None,
    watch: bool = False,
    webhooks: Webhooks | None = None,
    contracts: Sequence[Contract] = (),
    folders: Sequence[Path] = (),
    behaviours: Mapping[str, ModuleType] | None = None,
) -> Server:
    """The mock server as an ASGI application.

    `names` are APIs from `specs.apis()`, all of them if none is given; a single one is served at the root, several are
    served each under its own name. `store` is None (in memory) or an address (`sqlite:///PATH`, `postgresql://…`).
    `scenario` is the one that sessions start with. `reports` is a folder with reports of the conformance kit to show.
    `watch` reloads edited contracts. `webhooks` sends to the loopback interface only, unless it allows other hosts.
    `contracts`, `folders` and `behaviours` add APIs that have no folder in `specs`. Raises ContractError, ValueError
    for a locale, NotFoundError for a scenario, and StoreError.
    """
    if watch and store is not None:
        raise ValueError("--watch cannot be used with --store: a store is created for the contracts as they are")
    added = [*contracts, *(load_folder(folder) for folder in folders)]
    served = [*(load(name) for name in names), *added] or [load(name) for name in apis()]
    options = Options(seed, size, tuple(locales), store, scenario, behaviours or {})
    served_apis, scenario_stores = _assemble(served, options)
    return Server(
        served_apis,
        scenario_stores,
        webhooks or Webhooks(),
        seed=seed,
        locales=locales,
        max_sessions=max_sessions,
        session_idle=session_idle,
        reports=reports,
        watch=_watch(served, {folder.name.replace("_", "-"): folder for folder in folders}, options) if watch else None,
    )


@dataclass(frozen=True, slots=True)
class Options:
    """How records are made and where they are stored."""

    seed: int
    size: int
    locales: tuple[str, ...]
    store: str | None
    scenario: str
    behaviours: Mapping[str, ModuleType]


def _assemble(served: Sequence[Contract], options: Options) -> tuple[Sequence[ServedApi], ScenarioStores]:
    served_apis = [_serve(contract, options, alone=len(served) == 1) for contract in served]
    lasting = options.store is not None
    return served_apis, ScenarioStores(
        _scenarios(served), lambda by_api: _open(served_apis, by_api, options), options.scenario, lasting
    )


def _watch(served: Sequence[Contract], folders: Mapping[str, Path], options: Options) -> Reloader:
    """Watches the folders that the contracts were read from; contracts that were passed as objects stay as they are."""
    candidates = {c.api: folders.get(c.api) or HERE / c.module for c in served}
    watched = {api: folder for api, folder in candidates.items() if (folder / "openapi.yaml").is_file()}

    def assemble() -> tuple[Sequence[ServedApi], ScenarioStores]:
        forget_scenarios()
        return _assemble([load_folder(watched[c.api]) if c.api in watched else c for c in served], options)

    return Reloader([*watched.values(), SHARED], assemble)


def _serve(contract: Contract, options: Options, alone: bool) -> ServedApi:
    behaviours = behaviours_of(contract, options.behaviours.get(contract.api))
    # Records are made when they are first read; a seed that cannot make them is refused before that.
    prove(contract, options.seed, options.locales, frozenset(behaviours.operations))
    resources = ResourceTypes(contract, options.seed, options.locales)
    prefix = "" if alone else f"/{contract.api}"
    return ServedApi(contract, prefix, resources, behaviours, build(contract, resources, behaviours))


def _scenarios(served: Sequence[Contract]) -> dict[str, dict[str, Scenario]]:
    """The scenarios of the served APIs, by name and API."""
    names = sorted({name for contract in served for name in scenarios(contract.api)})
    return {name: {c.api: find_scenario(c.api, name) for c in served if name in scenarios(c.api)} for name in names}


def _open(served_apis: Sequence[ServedApi], by_api: ScenarioByApi, options: Options) -> Store:
    """The store for a scenario, with the seed that it starts from."""
    tables = [table for each in served_apis for table in each.resources.tables]
    populations = []
    for each in served_apis:
        contract, resources = each.contract, each.resources
        if contract.api in by_api and by_api[contract.api].populations:
            cast = by_api[contract.api].cast(contract)
            prove(cast, options.seed, options.locales, frozenset(each.behaviours.operations))
            resources = ResourceTypes(cast, options.seed, options.locales)
        populations.append(Population(resources, options.seed, options.size, options.locales))
    return open_store(options.store, tables, Populations(populations))


__all__ = ["create_app"]
