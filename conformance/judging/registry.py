"""What a check is, and the register of all of them.

A check is a function that takes a CheckContext. Its decorator lists what it judges: clause ids (`PK-027`) and aspects
(`paging.maximum`, or `required.*` for every aspect of a topic). An aspect is a rule that several APIs share;
the contract's `rules.yaml` says which clauses it stands for. Judging anything else is an error (`CheckContext.judge`).
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from understudy.conformance.judging.context import CheckContext
from understudy.conformance.scope.mapping import GENERATED, mapping
from understudy.specs import Contract
from understudy.specs.loading import RULES, in_folder, shown
from understudy.specs.reading.wording import nearest, pointer

#: Of a clause of a contract without a folder, in which its rules would be.
NO_RULE = "nothing judges it"
CLAUSE = re.compile(r"[A-Z]{2}-\d{3,4}")
#: An aspect, as the decorator of a check writes it; `*` stands for all aspects of a topic.
ASPECT = re.compile(r"[a-z]+(-[a-z]+)*\.([a-z0-9_]+(-[a-z0-9_]+)*|\*)")


@dataclass(frozen=True, slots=True)
class Check:
    """One check, as it was registered.

    `judges` are the clause ids and aspects that its decorator lists; `schemas` adds every clause of the schema mapping.
    `writes` keeps it out of read-only runs, `roles` are the credentials that it cannot do without, `api` is the one
    API that it is written for (None: any), and `unprepared` says that it is for documents that nobody prepared.
    """

    name: str
    about: str
    function: Callable[[CheckContext], None]
    judges: frozenset[str]
    api: str | None
    unprepared: bool
    writes: bool
    roles: tuple[str, ...]
    schemas: bool

    def clauses(self, contract: Contract) -> frozenset[str]:
        """The ids of the clauses that it judges for an API."""
        if self.unprepared and not contract.inferred:
            return frozenset()
        mapped = mapping(contract)
        listed = {name for name in self.judges if CLAUSE.fullmatch(name)}
        listed |= {clause for name in self.judges for clause in mapped.of(name)}
        if self.schemas:
            listed |= {clause for clauses in mapped.schemas.values() for clause in clauses}
        active = {clause.id for clause in contract.clauses if not (clause.excluded or clause.retired)}
        return frozenset(listed & active)

    def declares(self, name: str, contract: Contract) -> bool:
        """Whether the decorator lists a clause id or an aspect, or a topic that the aspect belongs to."""
        if name in self.judges or f"{name.partition('.')[0]}.*" in self.judges:
            return True
        return self.schemas and any(name in clauses for clauses in mapping(contract).schemas.values())


_CHECKS: dict[str, Check] = {}


def check(
    *judges: str, writes: bool = False, roles: tuple[str, ...] = (), schemas: bool = False
) -> Callable[[Callable[[CheckContext], None]], Callable[[CheckContext], None]]:
    """Register a function as a check of clauses and aspects; its docstring says what holds when the check passes.

    Raises ValueError for a function without a docstring, a name that is taken, and a text in `judges` that is neither
    a clause id nor an aspect, or that is listed twice.
    """

    def register(function: Callable[[CheckContext], None]) -> Callable[[CheckContext], None]:
        package, _, module = function.__module__.rpartition(".")
        name = f"{module.replace('_', '-')}.{function.__name__.replace('_', '-')}"
        about = " ".join((function.__doc__ or "").split())
        if not about:
            raise ValueError(f"check {name} has no docstring, which says what holds when it passes")
        if name in _CHECKS:
            raise ValueError(f"check {name} is registered twice")
        api = _api(package, module)
        for each in judges:
            if not (CLAUSE.fullmatch(each) or ASPECT.fullmatch(each)):
                raise ValueError(f"check {name} lists {each!r}, which is neither a clause id nor an aspect")
            if judges.count(each) > 1:
                raise ValueError(f"check {name} lists {each} twice")
        unprepared = package == UNPREPARED
        _CHECKS[name] = Check(name, about, function, frozenset(judges), api, unprepared, writes, roles, schemas)
        return function

    return register


def checks(contract: Contract) -> tuple[Check, ...]:
    """Every check that judges at least one clause of an API, generic ones first, in the order of their definition."""
    mine = [each for each in every() if each.api in {None, contract.api}]
    return tuple(each for each in sorted(mine, key=lambda each: each.api is not None) if each.clauses(contract))


def every() -> tuple[Check, ...]:
    """All checks of all APIs, by module name, whichever module was imported first."""
    order = _load()
    return tuple(sorted(_CHECKS.values(), key=lambda each: order[each.function.__module__]))


def ruled(contract: Contract) -> Contract:
    """The same contract; raises ContractError if its rules name a general rule that no check judges by."""
    known = {name for each in every() for name in each.judges if ASPECT.fullmatch(name)} | {*GENERATED.values()}
    topics = {name.partition(".")[0] for name in known if name.endswith("*")}
    for name in contract.rules.aspects:
        topic, _, aspect = name.partition(".")
        if name not in known and topic not in topics:
            near = nearest(name, (each for each in known if not each.endswith("*")))
            raise in_folder(
                contract, RULES, f"{pointer(('aspects', topic, aspect))}: no check has the rule {name!r}; {near}"
            )
    return contract


def unruled(contract: Contract) -> frozenset[str]:
    """The clauses that nothing judges, as neither a check nor a general rule of the contract names them."""
    rules = contract.rules
    named = {clause for part in (rules.aspects, rules.schemas) for ids in part.values() for clause in ids}
    named = named.union(*(each.clauses(contract) for each in checks(contract)))
    return frozenset(clause.id for clause in contract.clauses if not (clause.excluded or clause.retired)) - named


def how_to_rule(contract: Contract) -> str:
    """What helps where nothing judges a clause."""
    return (
        f"nothing judges it; a rule for it goes into {shown(contract.folder / RULES)}" if contract.folder else NO_RULE
    )


@cache
def _load() -> dict[str, int]:
    """Import all modules with checks and return the position of each, by name."""
    names = [
        found.name
        for package in ("understudy.conformance.checks", "understudy.conformance.rules")
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
    ]
    for name in names:
        importlib.import_module(name)
    return {name: position for position, name in enumerate(names)}


def _api(package: str, module: str) -> str | None:
    """Modules below `rules` belong to the API they are named after, `rules.kits` to no single one."""
    parts = f"{package}.{module}".split(".")
    if parts[:3] != ["understudy", "conformance", "rules"] or len(parts) < 4 or parts[3] in SHARED:
        return None
    return parts[3].replace("_", "-")


#: Where the checks are that stand in for rules which nobody wrote.
UNPREPARED = "understudy.conformance.checks.unprepared"
#: Rules of a family of APIs, written with aspects, so that each API maps them to its clauses.
SHARED = frozenset({"kits"})
