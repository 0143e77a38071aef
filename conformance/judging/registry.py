"""What a check is, and the register of all of them.

A check is a function that takes a Trial. Its clauses are read from its own code: every text in it that looks like a
clause id (`PK-027`) or like an aspect (`paging.maximum`) names what it judges, so nothing is listed twice. An aspect is
a rule that several APIs share; `rules/<api>.yaml` says which clauses it stands for.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any

from understudy.conformance.judging.context import CheckContext
from understudy.conformance.scope.mapping import mapping
from understudy.specs import Contract

CLAUSE = re.compile(r"[A-Z]{2}-\d{3,4}")
ASPECT = re.compile(r"[a-z]+(-[a-z]+)*\.([a-z0-9_]+(-[a-z0-9_]+)*|\*)")


@dataclass(frozen=True, slots=True)
class Check:
    """`named` are the clause ids and aspects in the function; `schemas` adds every clause of the schema mapping.

    `writes` keeps it out of read-only runs, `roles` are credentials it cannot do without, `api` the one API it is
    written for (None: any).
    """

    name: str
    about: str
    function: Callable[[CheckContext], None]
    named: frozenset[str]
    api: str | None
    writes: bool
    roles: tuple[str, ...]
    schemas: bool

    def clauses(self, contract: Contract) -> frozenset[str]:
        """The ids of the clauses that it judges for an API."""
        told = mapping(contract.api)
        found = {name for name in self.named if CLAUSE.fullmatch(name)}
        found |= {clause for name in self.named for clause in told.of(name)}
        if self.schemas:
            found |= {clause for clauses in told.schemas.values() for clause in clauses}
        judged = {clause.id for clause in contract.clauses if not (clause.excluded or clause.retired)}
        return frozenset(found & judged)


_CHECKS: dict[str, Check] = {}


def check(
    *, writes: bool = False, roles: tuple[str, ...] = (), schemas: bool = False
) -> Callable[[Callable[[CheckContext], None]], Callable[[CheckContext], None]]:
    """Register a function as a check; its docstring says what holds when it passes."""

    def register(function: Callable[[CheckContext], None]) -> Callable[[CheckContext], None]:
        package, _, module = function.__module__.rpartition(".")
        name = f"{module.replace('_', '-')}.{function.__name__.replace('_', '-')}"
        about = " ".join((function.__doc__ or "").split())
        if not about:
            raise ValueError(f"check {name} does not say what it is about")
        if name in _CHECKS:
            raise ValueError(f"check {name} is registered twice")
        api = _api(package, module)
        named = frozenset(_named(function.__code__))
        _CHECKS[name] = Check(name, about, function, named, api, writes, roles, schemas)
        return function

    return register


def checks(contract: Contract) -> tuple[Check, ...]:
    """Every check that judges at least one clause of an API, generic ones first, in the order of their definition."""
    mine = [each for each in every() if each.api in {None, contract.api}]
    return tuple(each for each in sorted(mine, key=lambda each: each.api is not None) if each.clauses(contract))


def every() -> tuple[Check, ...]:
    """All checks of all APIs: module by module by name, whoever imported which of them first."""
    places = _load()
    return tuple(sorted(_CHECKS.values(), key=lambda each: places[each.function.__module__]))


@cache
def _load() -> dict[str, int]:
    """Import all modules with checks; the place of each."""
    names = [
        found.name
        for package in ("understudy.conformance.checks", "understudy.conformance.rules")
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
    ]
    for name in names:
        importlib.import_module(name)
    return {name: place for place, name in enumerate(names)}


def _api(package: str, module: str) -> str | None:
    """Modules below `rules` belong to the API they are named after, `rules.kits` to no single one."""
    parts = f"{package}.{module}".split(".")
    if parts[:3] != ["understudy", "conformance", "rules"] or len(parts) < 4 or parts[3] in SHARED:
        return None
    return parts[3].replace("_", "-")


#: Rules of a family of APIs: written with aspects, so that each API maps them to clauses of its own.
SHARED = frozenset({"kits"})


def _named(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _named(constant)
        else:
            yield from _texts(constant)


def _texts(constant: Any) -> Iterator[str]:
    if isinstance(constant, str) and (CLAUSE.fullmatch(constant) or ASPECT.fullmatch(constant)):
        yield constant
    elif isinstance(constant, tuple | frozenset):
        for part in constant:
            yield from _texts(part)
