"""What may be sent, and what a broken clause means."""

from __future__ import annotations

from typing import Any

import pytest
from aimed import begun

from understudy.conformance import Profile
from understudy.conformance.evidence.errors import NotAllowedError
from understudy.conformance.scope.profile import only_implied
from understudy.specs import Clause, Contract, load

KIT = load("participant-kit")


def clause(name: str, contract: Contract = KIT) -> Clause:
    return next(each for each in contract.clauses if each.id == name)


@pytest.mark.parametrize("method", ["POST", "put", "PATCH", "DELETE", "PROPFIND"])
def test_nothing_that_writes_is_sent_unless_it_is_allowed(method: str) -> None:
    with pytest.raises(NotAllowedError, match="not sent without --allow-writes"):
        Profile().guard(method)


@pytest.mark.parametrize(("profile", "method"), [(Profile(), "get"), (Profile(), "OPTIONS"), (Profile(True), "DELETE")])
def test_what_is_allowed_is_sent(profile: Profile, method: str) -> None:
    assert profile.guard(method) is None  # type: ignore[func-returns-value]


def test_a_clause_that_needs_writes_is_left_out_without_them() -> None:
    assert "--allow-writes" in str(Profile().leaves_out(KIT, clause("PK-080")))
    assert Profile(writes=True).leaves_out(KIT, clause("PK-080")) is None


@pytest.mark.parametrize(
    ("level", "strict", "fails"),
    [("documented", False, True), ("implied", False, False), ("implied", True, True), ("ambiguous", True, False)],
)
def test_only_documented_clauses_fail_unless_strict(level: str, strict: bool, fails: bool) -> None:
    judged = next(each for each in KIT.clauses if each.level == level)

    assert Profile(strict=strict).fails(KIT, judged) is fails


def test_clauses_about_implied_operations_do_not_fail() -> None:
    contract = load("prolific")
    implied: Any = clause("PR-354", contract)

    assert only_implied(contract, implied)
    assert not Profile().fails(contract, implied)


def test_operations_that_came_after_the_source_are_judged_only_when_asked_for() -> None:
    contract = load("prolific")
    came_after = {name for name, each in contract.operations.items() if each.provenance == "later"}

    assert came_after
    assert set(Profile().narrowed(contract).operations) == set(contract.operations) - came_after
    assert Profile(later=True).narrowed(contract) is contract
    assert begun("prolific", "http://127.0.0.1:9").contract == Profile().narrowed(contract)
