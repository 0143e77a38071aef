"""The kit on a Consent Kit that shares nothing with ours: no honest one is condemned, and every planted fault is found."""

from __future__ import annotations

from functools import cache

import pytest

from independent.consent_kit import ConsentKit
from independent.faults import FAULTS
from independent.judging import judged
from independent.variants import VARIANTS
from understudy.conformance import Report, Verdict
from understudy.specs import load

#: What runs always; the others take longer than an ordinary run should.
SOME_VARIANTS = ("refused-values-are-422", "nothing")
#: The implied clauses on headers of refusals, which no variant keeps.
HEADERS = {"CK-105", "CK-107"}
SOME_FAULTS = ("FilterIgnored", "CreationMoves", "SiblingGoes")


def broken(report: Report) -> list[str]:
    """What the kit says that a service breaks, with or without a clause."""
    failed = [f"{each.clause}: {each.actual}" for each in report.results if each.verdict is Verdict.FAIL]
    return failed + [str(each) for each in report.breaches]


def honest(name: str, *, generate: bool = False) -> None:
    """Judge a variant, and assert that it conforms; that is shown of all clauses where it holds enough."""
    report = judged(ConsentKit(VARIANTS[name]), generate=generate)

    assert broken(report) == []
    # It ends with 4 only where the service holds too little, and never because a check stumbled.
    assert report.exit_code == (0 if VARIANTS[name].people > 40 else 4)
    assert report.count(Verdict.ERROR) == 0
    assert report.incomplete == ""


@cache
def faulty(name: str) -> Report:
    """The report on the service with a fault."""
    planted = FAULTS[name]
    return judged(planted.service(planted.choices))


def found(name: str) -> set[str]:
    """The clauses of a fault that the kit finds broken, if it condemns the service at all."""
    report = faulty(name)
    failed = {each.clause for each in report.results if each.verdict is Verdict.FAIL}
    return failed & set(FAULTS[name].clauses) if report.exit_code == 1 else set()


@pytest.mark.parametrize("name", SOME_VARIANTS)
def test_an_honest_service_is_not_condemned(name: str) -> None:
    honest(name)


@pytest.mark.parametrize("name", ["timestamps-in-the-west", "slashes-redirected"])
def test_a_moment_in_any_zone_and_a_redirected_slash_are_not_warned_of(name: str) -> None:
    report = judged(ConsentKit(VARIANTS[name]))
    warned = {each.clause for each in report.results if each.verdict is Verdict.WARNING}

    assert warned <= HEADERS


@pytest.mark.long
@pytest.mark.parametrize("name", VARIANTS)
def test_no_honest_service_is_condemned_with_generated_cases_either(name: str) -> None:
    honest(name, generate=True)


@pytest.mark.parametrize(
    ("name", "clause"),
    [
        pytest.param("OthersObjectsRetrieved", "CK-132", marks=pytest.mark.long),
        pytest.param("IdsOfThePage", "CK-136", marks=pytest.mark.long),
        ("FilterIgnored", "CK-137"),
        pytest.param("NoCreation", "CK-138", marks=pytest.mark.long),
        pytest.param("PageIgnored", "CK-143", marks=pytest.mark.long),
        ("CreationMoves", "CK-144"),
    ],
)
def test_what_a_fault_hides_is_not_shown_and_says_why(name: str, clause: str) -> None:
    report = faulty(name)
    result = next(each for each in report.results if each.clause == clause)

    assert result.verdict is Verdict.NOT_SHOWN
    assert result.actual
    assert report.count(Verdict.ERROR) == 0


class TenByDefault(ConsentKit):
    """The documentation names 20 as the default; that a page may hold fewer is a way to read it."""

    def whole(self, text: str | None, otherwise: int) -> int:
        return super().whole(text, 10 if otherwise == 20 else otherwise)


def test_another_default_size_is_warned_of() -> None:
    report = judged(TenByDefault())

    assert report.exit_code == 0
    assert {each.clause for each in report.results if each.verdict is Verdict.WARNING} - HEADERS == {"CK-157"}


def test_what_it_holds_stays_and_what_it_keeps_of_the_run_is_listed() -> None:
    service = ConsentKit()
    before = {kind: list(records) for kind, records in service.records.items()}

    report = judged(service)

    after = {kind: list(records) for kind, records in service.records.items()}
    more = {f"{kind} {each['id']}" for kind in after for each in after[kind] if each not in before[kind]}
    assert [each for kind in before for each in before[kind] if each not in after[kind]] == []
    # A participant outlives its event here, and cannot be deleted by itself.
    assert more
    assert set(report.leftovers) == more
    assert report.exit_code == 0


@pytest.mark.parametrize("name", SOME_FAULTS)
def test_a_planted_fault_is_found(name: str) -> None:
    assert found(name)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in FAULTS if name not in SOME_FAULTS])
def test_every_planted_fault_is_found(name: str) -> None:
    assert found(name)


def test_there_are_many_faults_and_each_says_which_clauses_state_it() -> None:
    known = {clause.id for clause in load("consent-kit").clauses if not (clause.excluded or clause.retired)}

    assert len(FAULTS) >= 80
    assert [name for name, each in FAULTS.items() if not each.clauses or set(each.clauses) - known] == []
