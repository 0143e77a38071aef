"""The kit on a Consent Kit that shares nothing with ours: no honest one is condemned, and every planted fault is found."""

from __future__ import annotations

import pytest

from independent.consent_kit import ConsentKit
from independent.faults import FAULTS
from independent.judging import judged
from independent.variants import VARIANTS
from understudy.conformance import Report, Verdict
from understudy.specs import load


def broken(report: Report) -> list[str]:
    """What the kit says that a service breaks, with or without a clause."""
    failed = [f"{each.clause}: {each.actual}" for each in report.results if each.verdict is Verdict.FAIL]
    return failed + [str(each) for each in report.breaches]


@pytest.mark.parametrize("name", VARIANTS)
def test_an_honest_service_is_not_condemned(name: str) -> None:
    report = judged(ConsentKit(VARIANTS[name]))

    assert broken(report) == []
    assert report.exit_code in (0, 4)
    # It ends with 4 only where the service holds too little, and never because a check stumbled.
    assert report.count(Verdict.ERROR) == 0
    assert report.incomplete == ""


@pytest.mark.parametrize("name", [name for name, choices in VARIANTS.items() if choices.people > 40])
def test_all_documented_clauses_are_shown_where_there_is_enough(name: str) -> None:
    assert judged(ConsentKit(VARIANTS[name])).open == ()


def test_what_it_holds_stays_and_what_it_keeps_of_the_run_is_listed() -> None:
    service = ConsentKit()
    before = {kind: list(records) for kind, records in service.records.items()}

    report = judged(service)

    more = {
        f"{kind} {each['id']}"
        for kind, records in service.records.items()
        for each in records
        if each not in before[kind]
    }
    lost = [each for kind, records in before.items() for each in records if each not in service.records[kind]]
    assert lost == []
    # A participant outlives its event here, and cannot be deleted by itself.
    assert more
    assert set(report.leftovers) == more


def named(name: str) -> set[str]:
    """The clauses of a fault that the kit finds broken, if it condemns the service for it at all."""
    planted = FAULTS[name]
    report = judged(planted.service(planted.choices))
    failed = {each.clause for each in report.results if each.verdict is Verdict.FAIL}
    return failed & set(planted.clauses) if report.exit_code == 1 else set()


#: One of each kind; the others take longer than an ordinary run should.
SOME = (
    "AnyToken",
    "PagesOverlap",
    "FilterIgnored",
    "CreationMoves",
    "AnotherParticipant",
    "RefusedParticipantStored",
    "SiblingGoes",
    "ConsentListFails",
)


@pytest.mark.parametrize("name", SOME)
def test_a_planted_fault_is_found(name: str) -> None:
    assert named(name)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in FAULTS if name not in SOME])
def test_every_planted_fault_is_found(name: str) -> None:
    assert named(name)


def test_there_are_many_faults_and_each_says_which_clauses_state_it() -> None:
    known = {clause.id for clause in load("consent-kit").clauses if not (clause.excluded or clause.retired)}

    assert len(FAULTS) >= 80
    assert [name for name, each in FAULTS.items() if not each.clauses or set(each.clauses) - known] == []
