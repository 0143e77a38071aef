"""Puts the server together: contracts, state, one application an API, and the control operations beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType

from mock_server.api import behaviours_of, build
from mock_server.population import Population, Populations
from mock_server.records import Resources
from mock_server.server import Mounted, Server
from mock_server.store.opening import open_store
from mock_server.webhooks import Webhooks
from specs import Contract, apis, load


def create_app(
    names: Sequence[str] = (),
    *,
    seed: int = 42,
    size: int = 1,
    locales: Sequence[str] = ("en_GB",),
    store: str | None = None,
    webhooks: Webhooks | None = None,
    contracts: Sequence[Contract] = (),
    behaviours: Mapping[str, ModuleType] | None = None,
) -> Server:
    """The mock server as an ASGI application.

    `names` are APIs from `specs.apis()`; exactly one is served at the root, none or several each under its own
    name. `store` is None (in memory) or an address (`sqlite:///PATH`, `postgresql://…`). `webhooks` goes to
    the loopback interface alone unless it is told otherwise. `contracts` and
    `behaviours` add APIs that have no folder in `specs`. Raises ContractError, ValueError for a locale, and
    StoreError.
    """
    served = [*(load(name) for name in names), *contracts] or [load(name) for name in apis()]
    compiled = [(contract, Resources(contract, seed, tuple(locales))) for contract in served]
    seeding = Populations([Population(r, seed, size, tuple(locales)) for _, r in compiled])
    tables = [table for _, resources in compiled for table in resources.tables]
    mounted = []
    for contract, resources in compiled:
        own = (behaviours or {}).get(contract.api) or behaviours_of(contract)
        prefix = "" if len(served) == 1 else f"/{contract.api}"
        mounted.append(Mounted(contract, prefix, resources, own, build(contract, resources, own)))
    return Server(mounted, open_store(store, tables, seeding), webhooks or Webhooks())


__all__ = ["create_app"]
