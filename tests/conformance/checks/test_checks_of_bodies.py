"""What the owner of a target has not allowed is left out of the checks of bodies, with the owner's reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aimed import begun

from understudy.conformance import Verdict
from understudy.conformance.checks.bodies import missing_members_are_refused
from understudy.conformance.evidence.errors import OutOfScopeError
from understudy.conformance.judging import samples
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.scenario_runner import Run
from understudy.specs import Operation


@pytest.fixture
def run(addresses: Callable[[str], str]) -> Iterator[Run]:
    """A run whose clauses are those about missing members of Participant Kit only."""
    started = begun("participant-kit", addresses("participant-kit"))
    mapped = started.mapping.of("required.*")
    started.clauses = {name: clause for name, clause in started.clauses.items() if name in mapped}
    yield started
    started.tidy()
    started.client.close()


def allowing(run: Run, allowed: Callable[[Operation], bool]) -> CheckContext:
    """What a check works with, if the owner of the target allows only some operations."""

    def right(ctx: CheckContext, operation: Operation) -> dict[str, Any]:
        if not allowed(operation):
            raise OutOfScopeError("costs money")
        return samples.right(ctx, operation)

    return CheckContext(run, "test", run.finder, right)


def test_a_clause_is_left_out_if_none_of_its_operations_is_allowed(run: Run) -> None:
    missing_members_are_refused(allowing(run, lambda _: False))

    assert {(each.verdict, each.actual) for each in run.results() if each.clause in run.clauses} == {
        (Verdict.NOT_APPLICABLE, "costs money")
    }


def test_a_clause_is_judged_on_the_operations_that_are_allowed(run: Run) -> None:
    missing_members_are_refused(allowing(run, lambda operation: operation.resource == "study"))
    found = {each.clause: each.verdict for each in run.results() if each.clause in run.clauses}

    assert set(found.values()) == {Verdict.PASS, Verdict.NOT_APPLICABLE}
    for clause, verdict in found.items():
        resources = {run.contract.operations[name].resource for name in run.operations_of(clause)}
        assert (verdict is Verdict.PASS) == ("study" in resources), clause
