"""Named scenarios: a starting state that differs from the seed, and how the mock answers while it is played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from understudy.specs.contract import Contract
from understudy.specs.loading import HERE, _read, shown
from understudy.specs.own_schemas import refuse
from understudy.specs.reading.errors import ContractError
from understudy.specs.seed import helper_names, seed_faults

#: Scenarios that fit every API: they change no record.
SHARED = HERE / "scenarios"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario of one API. `replies` are in the form that the control operation takes."""

    name: str
    title: str
    about: str
    populations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    prefer: str | None = None
    network: Mapping[str, Any] | None = None
    replies: tuple[Mapping[str, Any], ...] = ()

    def cast(self, contract: Contract) -> Contract:
        """The contract with its seed changed. Raises ContractError for a population that it does not have."""
        if not self.populations:
            return contract
        known = [raw["name"] for raw in contract.seed["populations"]]
        for name in self.populations:
            if name != "*" and name not in known:
                raise ContractError(f"{contract.api} scenario {self.name}: there is no population {name!r}")
        rest = self.populations.get("*", {})
        changed = [_patched(raw, self.populations.get(raw["name"], rest)) for raw in contract.seed["populations"]]
        seed = {**contract.seed, "populations": changed}
        changed_contract = replace(contract, seed=seed)
        try:
            refuse("seed", seed)
            for problem in seed_faults(changed_contract, helper_names(contract)):
                raise ContractError(problem)
        except ContractError as error:
            raise ContractError(f"{contract.api} scenario {self.name}: {error}") from error
        return changed_contract


@cache
def scenarios(api: str) -> tuple[str, ...]:
    """The names of all scenarios of an API, sorted."""
    return tuple(sorted({path.stem for folder in _folders(api) for path in folder.glob("*.yaml")}))


@cache
def scenario(api: str, name: str) -> Scenario:
    """One scenario of an API. Raises ContractError for an unknown name, and for a file that cannot be read."""
    for folder in _folders(api):
        path = folder / f"{name}.yaml"
        if name in scenarios(api) and path.exists():
            raw = _read(path)
            try:
                refuse("scenario", raw)
            except ContractError as error:
                raise ContractError(f"{shown(path)}: {error}") from error
            return Scenario(name, **{**raw, "replies": tuple(raw.get("replies", ()))})
    raise ContractError(f"{api} has no scenario {name!r}; it has {', '.join(scenarios(api))}")


def forget_scenarios() -> None:
    """Read scenarios anew when they are next asked for."""
    scenarios.cache_clear()
    scenario.cache_clear()


def _folders(api: str) -> tuple[Path, ...]:
    return HERE / api.replace("-", "_") / "scenarios", SHARED


def _patched(population: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(population)
    values = patch.get("values", {})
    if patch.get("count") == 0:
        # Without its values, which may name a record of another population that is gone too.
        return {"name": out["name"], "resource": out["resource"], "count": 0}
    if "records" in patch:
        out["records"] = patch["records"]
    if "count" in patch:
        out |= {"count": patch["count"], "fixed": True, "records": out.get("records", [])[: patch["count"]]}
    if values:
        out["values"] = {**out.get("values", {}), **values}
        out["records"] = [
            {name: value for name, value in record.items() if name not in values} for record in out.get("records", ())
        ]
    return {name: value for name, value in out.items() if name != "records" or value or "count" not in out}
