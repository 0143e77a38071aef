"""Puts the server together: contracts, stores, one application for each API, and the control operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from understudy.mock_server.api.anew import imported_anew, source_of
from understudy.mock_server.api.build import behaviours_of, build
from understudy.mock_server.api.own_handlers import unheard, with_handlers
from understudy.mock_server.data.inferred import InferredRecords
from understudy.mock_server.data.kept_seed import kept_seed
from understudy.mock_server.data.population import Population, Populations
from understudy.mock_server.data.proof import prove
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.data.seed_options import SeedOptions
from understudy.mock_server.documents import Documents
from understudy.mock_server.engine.registration import Behaviours
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.http.responses import App
from understudy.mock_server.serving.access import Access
from understudy.mock_server.serving.forwarded import TrustedProxies
from understudy.mock_server.serving.reload import Reloader
from understudy.mock_server.serving.server import Server
from understudy.mock_server.sessions.journal import JOURNAL_BYTES
from understudy.mock_server.sessions.journal import LIMIT as JOURNAL_REQUESTS
from understudy.mock_server.sessions.scenarios import ScenarioByApi, ScenarioStores
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import IDLE, LIMIT
from understudy.mock_server.store import Store
from understudy.mock_server.store.opening import open_store
from understudy.mock_server.upstream.gateway import Gateway
from understudy.mock_server.upstream.replay import Replay
from understudy.mock_server.upstream.server import Upstream
from understudy.specs import Contract, ContractError, Scenario, apis, load, load_folder, scenarios
from understudy.specs import scenario as find_scenario
from understudy.specs.scenario import SHARED, forget_scenarios

#: Seeded records of a resource where a contract has no seed.
RECORDS = 10


def create_app(
    names: Sequence[str] | str = (),
    *,
    seed: int = 42,
    size: int = 1,
    locales: Sequence[str] = ("en_GB",),
    store: str | None = None,
    scenario: str = "",
    max_sessions: int = LIMIT,
    session_idle: float = IDLE,
    journal_bytes: int = JOURNAL_BYTES,
    journal_requests: int = JOURNAL_REQUESTS,
    reports: Path | None = None,
    watch: bool = False,
    webhooks: Webhooks | None = None,
    allow_origins: Sequence[str] = (),
    allow_hosts: Sequence[str] = (),
    trust_proxies: Sequence[str] = (),
    contracts: Sequence[Contract] = (),
    folders: Sequence[Path] = (),
    behaviours: Mapping[str, ModuleType] | None = None,
    records: int = RECORDS,
    overlays: Sequence[str] = (),
    token: str | None = None,
    strict: bool = False,
    outside: bool = False,
    handlers: ModuleType | None = None,
    later: bool = False,
    upstream: Upstream | None = None,
    replay: Path | None = None,
) -> Server:
    """The mock server as an ASGI application.

    `names` are APIs from `specs.apis()`, or files and addresses of OpenAPI documents, also as `NAME=FILE` (or one of all
    these as a text); all APIs if none is given. A single one is served at the root, several are served each under its
    own name. For documents, `records` is how many each resource has, `overlays` are laid over them, `token` is the only
    credential that is accepted, `strict` refuses what cannot be honoured, and `outside` allows references to files
    outside of their folders. The functions of `handlers` answer the operations of their names; `strict` refuses those
    that answer none. `store` is None (in memory) or an address
    (`sqlite:///PATH`, `postgresql://…`).
    `scenario` is the one that sessions start with. `reports` is a folder with reports of the conformance kit to show.
    `journal_bytes` is the most that the journals of all sessions take, `journal_requests` how many requests each of them
    keeps. `watch` reloads edited contracts and handlers. `webhooks`
    sends to the loopback interface only, unless it allows other hosts.
    `allow_origins` are origins besides those on this machine that get the control operations, credentials and access
    to a private network; under the host names `allow_hosts`, too, the control operations are available.
    `trust_proxies` are addresses besides this machine's whose `Forwarded` and `X-Forwarded-…` are believed. `contracts`,
    `folders` and `behaviours` add APIs that have no folder in `specs`. With `later` an API behaves as the live one does
    where that contradicts the source of its contract. `upstream` is a real server that is asked first, and `replay` a
    folder with recordings that are answered before anything else; both are for one API. Raises ContractError, TypeError
    and ValueError for options that it cannot use, NotFoundError for a scenario, and StoreError.
    """
    seeding = SeedOptions.of(seed, size, locales)
    _check_behaviours(behaviours)
    if watch and store is not None:
        raise ValueError("--watch cannot be used with --store: a store is created for the contracts as they are")
    access, proxies = Access(allow_origins, allow_hosts), TrustedProxies(trust_proxies)
    documents = Documents(tuple(overlays), token, strict, later, outside)
    wanted = _named(names) or (() if folders or contracts else apis())

    def read() -> list[Contract]:
        return [*documents.contracts(wanted), *(load_folder(folder, later) for folder in folders), *contracts]

    served = read()
    _check_distinct(served)
    if len(served) != 1 and (upstream is not None or replay is not None):
        raise ValueError(f"{'--replay' if upstream is None else '--upstream'} takes one API; name it")
    options = Options(seeding, store, scenario, behaviours or {}, later, records, handlers, strict, upstream, replay)
    served_apis, scenario_stores = _assemble(served, options)
    return Server(
        served_apis,
        scenario_stores,
        webhooks or Webhooks(),
        seed=seeding.seed,
        locales=seeding.locales,
        max_sessions=max_sessions,
        session_idle=session_idle,
        journal_bytes=journal_bytes,
        journal_requests=journal_requests,
        reports=reports,
        access=access,
        proxies=proxies,
        upstream=upstream,
        watch=_watch(served, read, options) if watch else None,
        at_once=not (upstream or handlers or behaviours or scenario_stores.store(scenario_stores.first).needs_task),
    )


def _named(names: Sequence[str] | str) -> Sequence[str]:
    """The names of APIs, each once. Raises TypeError for what is not a text."""
    listed = [names] if isinstance(names, str) else list(names)
    for name in listed:
        if not isinstance(name, str):
            raise TypeError(f"an API must be named by a text, not {name!r}")
    return list(dict.fromkeys(listed))


def _check_distinct(served: Sequence[Contract]) -> None:
    """Raises ValueError for an API that would be served twice under one name."""
    names = [contract.api for contract in served]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"Each API can be served once; {', '.join(twice)} is there more than once.")


def _check_behaviours(behaviours: Mapping[str, ModuleType] | None) -> None:
    """Raises TypeError for what is not a module under the name of an API."""
    if behaviours is not None and not isinstance(behaviours, Mapping):
        raise TypeError(f"behaviours must map the names of APIs to modules, not be {behaviours!r}")
    for api, module in (behaviours or {}).items():
        if not isinstance(module, ModuleType):
            raise TypeError(f"behaviours[{api!r}] must be a module, not {module!r}")


@dataclass(frozen=True, slots=True)
class Options:
    """How records are made and where they are stored."""

    seeding: SeedOptions
    store: str | None
    scenario: str
    behaviours: Mapping[str, ModuleType]
    later: bool
    records: int
    handlers: ModuleType | None
    strict: bool
    upstream: Upstream | None
    replay: Path | None


def _assemble(served: Sequence[Contract], options: Options) -> tuple[Sequence[ServedApi], ScenarioStores]:
    served = _with_unheard(served, options)
    served_apis = [_serve(contract, options, alone=len(served) == 1) for contract in served]
    lasting = options.store is not None
    return served_apis, ScenarioStores(
        _scenarios(served), lambda by_api: _open(served_apis, by_api, options), options.scenario, lasting
    )


def _with_unheard(served: Sequence[Contract], options: Options) -> Sequence[Contract]:
    """The contracts, the first of which also says what the handlers ask for in vain. Raises ContractError if strict."""
    found = [] if options.handlers is None else list(unheard(options.handlers, served))
    if found and options.strict:
        raise ContractError(found[0])
    first, *others = served
    return [replace(first, warnings=(*first.warnings, *found)), *others] if found else served


def _watch(served: Sequence[Contract], read: Callable[[], Sequence[Contract]], options: Options) -> Reloader:
    """Watches what contracts and handlers were read from; what was passed as an object stays as it is."""
    handlers = source_of(options.handlers) if options.handlers is not None else None
    sources = [SHARED, *([handlers] if handlers else []), *(path for each in served for path in each.sources)]

    def assemble() -> tuple[Sequence[ServedApi], ScenarioStores]:
        load.cache_clear()
        forget_scenarios()
        contracts = read()
        return _assemble(contracts, replace(options, handlers=imported_anew(options.handlers)))

    return Reloader(sources, assemble)


def _serve(contract: Contract, options: Options, alone: bool) -> ServedApi:
    own = options.behaviours.get(contract.api)
    if contract.inferred:
        found = Behaviours() if own is None else behaviours_of(contract, own)
        return _serve_inferred(contract, with_handlers(contract, found, options.handlers), options, alone)
    behaviours = with_handlers(contract, behaviours_of(contract, own), options.handlers)
    # Records are made when they are first read; a seed that cannot make them is refused before that.
    prove(contract, options.seeding.seed, options.seeding.locales, frozenset(behaviours.operations))
    resources = ResourceTypes(contract, options.seeding.seed, options.seeding.locales)
    prefix = "" if alone else f"/{contract.api}"
    app = _beside(build(contract, resources, behaviours), contract, options)
    return ServedApi(contract, prefix, resources, behaviours, app)


def _serve_inferred(contract: Contract, behaviours: Behaviours, options: Options, alone: bool) -> ServedApi:
    """An API whose records are drawn from its schemas and examples, as far as its seed does not say what they are."""
    records = InferredRecords(contract, options.seeding.seed, options.seeding.locales)
    populations = kept_seed(contract, records, options.seeding, options.records)
    contract = replace(contract, seed={**contract.seed, "populations": populations})
    registry = records.shaping.registry
    resources = ResourceTypes(contract, options.seeding.seed, options.seeding.locales, registry)
    prefix = ("" if alone else f"/{contract.api}") + contract.prefix
    app = _beside(build(contract, resources, behaviours, records), contract, options)
    return ServedApi(contract, prefix, resources, behaviours, app, records)


def _beside(app: App, contract: Contract, options: Options) -> App:
    """The application of an API behind what is asked before it: recordings, then a real server."""
    if options.upstream is not None:
        app = Gateway(app, contract, options.upstream)
    return app if options.replay is None else Replay(app, contract, options.replay)


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
            prove(cast, options.seeding.seed, options.seeding.locales, frozenset(each.behaviours.operations))
            resources = ResourceTypes(cast, options.seeding.seed, options.seeding.locales)
        populations.append(Population(resources, options.seeding.seed, options.seeding.size, options.seeding.locales))
    return open_store(options.store, tables, Populations(populations))


__all__ = ["create_app"]
