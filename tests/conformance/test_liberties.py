"""A part of the liberties; `make liberties` tries all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aimed import EVERY_API
from defects.catalogue import defects
from defects.proving import Bench, bench
from liberties.catalogue import APIS, liberties
from liberties.granting import grant, objections
from liberties.liberty import Liberty, Printed

from understudy.conformance import Profile, Target, run
from understudy.specs import load

#: Of the liberties in their order every so-manieth is tried, the first one included.
FEW, MANY = 160, 8


def some(api: str, step: int) -> list[Liberty | Printed]:
    """Liberties at a fixed step; with many of them all replies as printed too."""
    printed = step == MANY
    return [each for at, each in enumerate(liberties(api)) if at % step == 0 or (printed and isinstance(each, Printed))]


@pytest.fixture(scope="module", params=EVERY_API)
def stand(request: Any) -> Iterator[Bench]:
    with bench(request.param) as opened:
        yield opened


@pytest.mark.parametrize("step", [FEW, pytest.param(MANY, marks=pytest.mark.long)], ids=["few", "many"])
def test_what_the_source_leaves_open_is_granted(stand: Bench, step: int) -> None:
    condemned = {}
    for liberty in some(stand.contract.api, step):
        given = grant(stand, liberty)
        if not given.quiet:
            condemned[liberty.name] = given.against

    assert condemned == {}


def test_liberties_concern_operations_that_exist() -> None:
    lost = [
        each.name
        for api in APIS
        for each in liberties(api)
        if not any(each.planted.concerns(operation) for operation in load(api).operations.values())
    ]

    assert lost == []


def test_a_defect_is_no_liberty(stand: Bench) -> None:
    profile = Profile(writes=True)
    # What breaks an implied clause only gets a warning, which does not count as an objection.
    failing = {clause.id for clause in stand.contract.clauses if profile.fails(stand.contract, clause)}
    planted = next(each for each in defects(stand.contract.api) if failing.issuperset(each.breaks))
    stand.spoiler.plant("no-liberty", planted)
    report = run(
        stand.contract,
        Target(stand.address, stand.tokens, {"X-Mock-Session": "no-liberty"}),
        profile,
        only=planted.breaks,
        generate=False,
    )

    against = objections(report, lacking=True)

    assert set(planted.breaks) <= set(against)
    assert against["exit code"] == "1"


def test_a_printed_reply_that_breaks_its_schema_is_condemned() -> None:
    with bench("participant-kit") as stand:
        given = grant(stand, Printed("participant-kit", "no-panel", "nowhere", "retrieve_panel", {"id": 7}))

    assert "PK-048" in given.against
