"""A representative part of the planted defects; `make defects` runs all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aimed import EVERY_API
from defects.catalogue import APIS, defects
from defects.proving import Bench, bench
from defects.spoiler import Defect

from understudy.specs import load

#: Beside the first defect of each kind every so-manieth one is run.
STEP = 40


def kinds(defect: Defect) -> set[str]:
    """The kinds of the clauses that a defect breaks."""
    return {clause.kind for clause in load(defect.api).clauses if clause.id in defect.breaks}


def some(api: str) -> list[Defect]:
    """The first defect of each kind of clause, and some at a fixed step."""
    found: dict[str, Defect] = {}
    seen: set[str] = set()
    for at, defect in enumerate(defects(api)):
        if at % STEP == 0 or kinds(defect) - seen:
            found[defect.name] = defect
            seen |= kinds(defect)
    return list(found.values())


@pytest.fixture(scope="module", params=EVERY_API)
def stand(request: Any) -> Iterator[Bench]:
    with bench(request.param) as opened:
        yield opened


def test_some_defects_of_each_kind_are_caught(stand: Bench) -> None:
    missed = {}
    for defect in some(stand.contract.api):
        proof = stand.prove(defect)
        if not proof.caught:
            missed[defect.name] = proof.unseen

    assert not missed


def test_nothing_is_found_where_nothing_is_planted(stand: Bench) -> None:
    clauses = {name for defect in some(stand.contract.api) for name in defect.breaks}

    assert stand.clean(clauses) == {}


def test_every_kind_of_clause_has_defects() -> None:
    planted = {kind for api in APIS for defect in defects(api) for kind in kinds(defect)}
    judged = {clause.kind for api in APIS for clause in load(api).clauses if not (clause.excluded or clause.retired)}

    assert planted == judged


def test_defects_break_clauses_that_are_judged() -> None:
    judged = {clause.id for api in APIS for clause in load(api).clauses if not (clause.excluded or clause.retired)}
    strange = {f"{each.name}: {name}" for api in APIS for each in defects(api) for name in each.breaks} - {
        f"{each.name}: {name}" for api in APIS for each in defects(api) for name in each.breaks if name in judged
    }

    assert not strange


def test_there_are_many_defects() -> None:
    assert sum(len(defects(api)) for api in APIS) >= 1000
