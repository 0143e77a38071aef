"""Which clauses stay on one worker when pytest-xdist distributes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped] # it has no types

from understudy.conformance.judging.registry import checks
from understudy.specs import Contract


def groups(contract: Contract, writes: bool) -> dict[str, str]:
    """Clause -> the name of its group.

    Clauses of one check stay together, so that the check is performed once. With writes, all clauses stay together: one
    check counts what the target holds, and another adds to it.
    """
    groups: dict[str, str] = {}
    for each in checks(contract):
        for clause in each.clauses(contract):
            groups.setdefault(clause, "writes" if writes else each.name)
    return groups


def scheduler(config: pytest.Config, log: Any, groups: Mapping[str, str]) -> Any:
    """A scheduler that gives all tests of a group to one worker; a test is named after its clause.

    The marker `xdist_group` cannot be used: pytest-xdist adds it to a part of the test's name that pytest 9.2 no longer
    reads.
    """
    scheduling: Any = LoadScopeScheduling(config, log)
    scheduling._split_scope = lambda nodeid: groups.get(nodeid.rpartition("[")[2].removesuffix("]"), nodeid)
    return scheduling
