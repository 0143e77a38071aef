"""Puts the server together: contracts, state, one application an API, and the control operations beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from understudy.mock_server.api.build import behaviours_of, build
from understudy.mock_server.data.population import Population, Populations
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.serving.reload import Reloader
from understudy.mock_server.serving.server import Server
from understudy.mock_server.sessions.scenarios import Cast, ScenarioStores
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

    `names` are APIs from `specs.apis()`; exactly one is served at the root, none or several each under its own
    name. `store` is None (in memory) or an address (`sqlite:///PATH`, `postgresql://…`). `scenario` is what sessions
    begin with. `reports` is a folder with reports of the kit to show. `watch` takes up edited contracts. `webhooks`
    goes to the loopback interface alone unless it is told otherwise. `contracts`, `folders` and `behaviours` add APIs
    that have no folder in `specs`. Raises ContractError, ValueError for a locale, NotFoundError for a scenario, and
    StoreError.
    """
    if watch and store is not None:
        raise ValueError("--watch needs state in memory: a store was made for its contracts")
    own = [*contracts, *(load_folder(folder) for folder in folders)]
    served = [*(load(name) for name in names), *own] or [load(name) for name in apis()]
    unproven = frozenset(contract.api for contract in (served if watch else own))
    told = Options(seed, size, tuple(locales), store, scenario, behaviours or {}, unproven)
    mounted, scenes = _assemble(served, told)
    return Server(
        mounted,
        scenes,
        webhooks or Webhooks(),
        seed=seed,
        locales=locales,
        max_sessions=max_sessions,
        session_idle=session_idle,
        reports=reports,
        watch=_watch(served, {folder.name.replace("_", "-"): folder for folder in folders}, told) if watch else None,
    )


@dataclass(frozen=True, slots=True)
class Options:
    """How records are made and where they are kept. `unproven` are APIs whose seed no test has seen."""

    seed: int
    size: int
    locales: tuple[str, ...]
    store: str | None
    scenario: str
    behaviours: Mapping[str, ModuleType]
    unproven: frozenset[str]


def _assemble(served: Sequence[Contract], told: Options) -> tuple[Sequence[ServedApi], ScenarioStores]:
    mounted = [_mount(contract, told, alone=len(served) == 1) for contract in served]
    lasting = told.store is not None
    return mounted, ScenarioStores(_casts(served), lambda cast: _open(mounted, cast, told), told.scenario, lasting)


def _watch(served: Sequence[Contract], folders: Mapping[str, Path], told: Options) -> Reloader:
    """Watches the folders that the contracts were read from; those that were handed over stay as they are."""
    places = {c.api: folders.get(c.api) or HERE / c.module for c in served}
    known = {api: place for api, place in places.items() if (place / "openapi.yaml").is_file()}

    def again() -> tuple[Sequence[ServedApi], ScenarioStores]:
        forget_scenarios()
        return _assemble([load_folder(known[c.api]) if c.api in known else c for c in served], told)

    return Reloader([*known.values(), SHARED], again)


def _mount(contract: Contract, told: Options, alone: bool) -> ServedApi:
    resources = ResourceTypes(contract, told.seed, told.locales)
    own = behaviours_of(contract, told.behaviours.get(contract.api))
    prefix = "" if alone else f"/{contract.api}"
    return ServedApi(contract, prefix, resources, own, build(contract, resources, own))


def _casts(served: Sequence[Contract]) -> dict[str, dict[str, Scenario]]:
    """Every scenario that one of the APIs has, by name, and in it by API."""
    names = sorted({name for contract in served for name in scenarios(contract.api)})
    return {name: {c.api: find_scenario(c.api, name) for c in served if name in scenarios(c.api)} for name in names}


def _open(mounted: Sequence[ServedApi], cast: Cast, told: Options) -> Store:
    """The store for a scenario, filled with the seed that it starts from."""
    tables = [table for each in mounted for table in each.resources.tables]
    populations = []
    for each in mounted:
        contract, resources = each.contract, each.resources
        if contract.api in cast and cast[contract.api].populations:
            resources = ResourceTypes(cast[contract.api].cast(contract), told.seed, told.locales)
        population = Population(resources, told.seed, told.size, told.locales)
        if contract.api in told.unproven:
            # Records are made when they are asked for; a seed that cannot make them is refused before.
            population.check()
        populations.append(population)
    return open_store(told.store, tables, Populations(populations))


__all__ = ["create_app"]
