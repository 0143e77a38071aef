"""Which clauses stay on one worker when pytest-xdist spreads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped] # it has no types

from understudy.conformance.judging.registry import checks
from understudy.specs import Contract


def groups(contract: Contract, writes: bool) -> dict[str, str]:
    """Clause -> what it has in common with others.

    Clauses of one check stay together, so that the check is performed once. With writes all of them do: one check
    counts what the target holds, and another one adds to it.
    """
    found: dict[str, str] = {}
    for each in checks(contract):
        for clause in each.clauses(contract):
            found.setdefault(clause, "writes" if writes else each.name)
    return found


def scheduler(config: pytest.Config, log: Any, groups: Mapping[str, str]) -> Any:
    """What hands out tests to workers by the group of the clause that they are named after.

    The marks that pytest-xdist has for this end up in a part of a test's name that pytest 9.2 no longer reads.
    """
    made: Any = LoadScopeScheduling(config, log)
    made._split_scope = lambda nodeid: groups.get(nodeid.rpartition("[")[2].removesuffix("]"), nodeid)
    return made
