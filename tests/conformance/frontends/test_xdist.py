"""Clauses that belong together stay together when workers share them."""

from __future__ import annotations

import pytest

from understudy.conformance.frontends.xdist import groups
from understudy.conformance.judging.registry import checks
from understudy.specs import apis, load


@pytest.mark.parametrize("api", apis())
def test_every_clause_that_is_judged_has_a_group(api: str) -> None:
    contract = load(api)
    judged = {clause.id for clause in contract.clauses if not (clause.excluded or clause.retired)}

    assert set(groups(contract, writes=False)) == judged


def test_clauses_of_one_check_are_in_one_group() -> None:
    contract = load("participant-kit")
    grouped = groups(contract, writes=False)
    alone = {clause for each in checks(contract) for clause in each.clauses(contract) if grouped[clause] == each.name}

    assert alone == set(grouped)
    assert len(set(grouped.values())) > 20


def test_with_writes_there_is_one_group() -> None:
    assert set(groups(load("prolific"), writes=True).values()) == {"writes"}
