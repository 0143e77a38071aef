"""Runs the kit against the correct mock with populations of every size, and in every scenario: nothing may be found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from aimed import FULL, target
from live import running

from understudy.conformance import Profile, Report, Verdict, run
from understudy.conformance.evidence.errors import UnreachableError
from understudy.mock_server import create_app
from understudy.specs import load
from understudy.specs.scenario import scenarios

SIZES = (1, 3, 12, 40, 100)
#: Verdicts that a correct server must not get.
FOUND = {Verdict.FAIL, Verdict.WARNING}
#: Seconds for a run in a scenario, some of which are slow on purpose, and for one on a population.
PATIENCE, LONGEST = 60.0, 600.0


@dataclass(frozen=True)
class Population:
    """A state of the mock (a size or the name of a scenario), whether the kit may write, and what it said.

    `findings` are broken clauses and faults beside them, `hidden` the clauses that were not shown, `end` the exit code.
    """

    state: str
    writes: bool
    findings: int
    hidden: int
    end: int
    requests: int

    @property
    def stored(self) -> dict[str, Any]:
        """As YAML keeps it."""
        return asdict(self)


def states(api: str) -> list[str]:
    """Every state of an API's mock: sizes, then scenarios."""
    return [*(f"size {size}" for size in SIZES), *scenarios(api)]


def judged(api: str, state: str, writes: bool) -> Report | None:
    """The report on the mock in a state; None if nothing of the API can be reached in it."""
    size = state.removeprefix("size ")
    given: dict[str, Any] = {"size": int(size)} if size != state else {"scenario": state}
    limit = LONGEST if size != state else PATIENCE
    with running(create_app([api], **given)) as address:
        try:
            profile = FULL if writes else Profile()
            return run(load(api), target(api, address), profile, generate=False, limit=limit)
        except UnreachableError:
            return None


def found(report: Report) -> list[str]:
    """What a report holds against a correct mock."""
    broken = [f"{each.clause}: {each.actual}" for each in report.results if each.verdict in FOUND]
    return [*broken, *(f"{each.operation}: {each.actual}" for each in report.breaches)]


def proved(api: str) -> Iterator[tuple[Population, list[str]]]:
    """What the kit says in every state of an API's mock, with and without writes."""
    for state in states(api):
        for writes in (False, True):
            report = judged(api, state, writes)
            if report is None:
                yield Population(state, writes, 0, 0, 3, 0), []
                continue
            faults = found(report)
            hidden = report.count(Verdict.NOT_SHOWN)
            yield Population(state, writes, len(faults), hidden, report.exit_code, report.requests), faults
