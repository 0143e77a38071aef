"""Runs the kit against each liberty and tells which of them it condemns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import httpx
from defects.proving import Bench

from liberties.catalogue import liberties
from liberties.liberty import Liberty, Printed
from understudy.conformance import Profile, Report, Target, Verdict, run
from understudy.conformance.evidence.findings import Outcome
from understudy.conformance.judging.scenario_runner import Run

FULL = Profile(writes=True)
#: What a run may end with: it conforms, or it conforms as far as could be shown.
CONFORMS, NOT_SHOWN = 0, 4


@dataclass(frozen=True, slots=True)
class Grant:
    """What the kit said of one liberty.

    `against` are verdicts that a correct server must not get, each with its reason; `warned` the implied clauses that
    warn, which a liberty may well do.
    """

    liberty: Liberty | Printed
    against: dict[str, str]
    warned: tuple[str, ...] = ()
    requests: int = 0

    @property
    def quiet(self) -> bool:
        """Whether the kit has nothing against it."""
        return not self.against


def grant(stand: Bench, liberty: Liberty | Printed) -> Grant:
    """Run the kit against one liberty."""
    session = f"liberty-{liberty.name}"
    stand.spoiler.plant(session, liberty.planted)
    try:
        given = _judged(stand, liberty, session) if isinstance(liberty, Liberty) else _read(stand, liberty, session)
    finally:
        httpx.delete(f"{stand.address}/_mock/sessions/{session}")
    if session in stand.spoiler.stumbles:
        raise RuntimeError(f"the liberty {liberty.name} itself failed: {stand.spoiler.stumbles[session]}")
    return given


def _target(stand: Bench, session: str, liberty: Liberty | Printed) -> Target:
    given = dict(liberty.options) if isinstance(liberty, Liberty) else {}
    return Target(stand.address, stand.tokens, {"X-Mock-Session": session}, **given)


def _judged(stand: Bench, liberty: Liberty, session: str) -> Grant:
    """All checks with writes, as a vendor would run them."""
    report = run(stand.contract, _target(stand, session, liberty), FULL, generate=False)
    warned = tuple(each.clause for each in report.results if each.verdict is Verdict.WARNING)
    return Grant(liberty, objections(report, lacking=liberty.lacking), warned, report.requests)


def objections(report: Report, *, lacking: bool = False) -> dict[str, str]:
    """What a report holds against a correct server: failures, errors, warnings of ambiguous clauses, the exit code."""
    found = {
        each.clause: f"{each.verdict}: expected {each.expected}, got {each.actual}"
        for each in report.results
        if each.verdict in {Verdict.FAIL, Verdict.ERROR}
        or (each.verdict is Verdict.WARNING and each.level == "ambiguous")
    }
    found |= {f"{each.operation}: {each.expected}": each.actual for each in report.unwaived}
    if report.exit_code not in ({CONFORMS, NOT_SHOWN} if lacking else {CONFORMS}):
        found["exit code"] = str(report.exit_code)
    return found


def _read(stand: Bench, printed: Printed, session: str) -> Grant:
    """One call of the operation, with ids that it accepts whatever they are; the reply is judged by its schema."""
    state = Run(stand.contract, _target(stand, session, printed), FULL)
    operation = stand.contract.operations[printed.operation]
    ctx = state.context("printed")
    body = {"body": {}} if operation.body else {}
    try:
        ctx.call(operation, path=dict.fromkeys(operation.path_parameters, "1"), query=printed.query, **body)
    finally:
        state.client.close()
    broken = {
        each.clause: f"expected {each.expected}, got {each.actual}"
        for judgements in state.judgements.values()
        for each in judgements
        if each.outcome is Outcome.BROKEN
    }
    levels = {clause.id: clause.level for clause in stand.contract.clauses}
    # An implied clause may warn of what is printed; every other objection is one too many.
    warned = tuple(name for name in broken if levels[name] == "implied")
    against = {name: reason for name, reason in broken.items() if name not in warned}
    against |= {f"beside the clauses: {each.expected}": each.actual for each in state.breaches.values()}
    against |= {f"remark {number}": remark for number, remark in enumerate(state.remarks, 1)}
    return Grant(printed, against, warned, state.client.sent)


def granted(stand: Bench, names: Iterable[str] = ()) -> Iterator[Grant]:
    """What the kit says of the liberties of the bench's API, or of some of them."""
    wanted = set(names)
    for liberty in liberties(stand.contract.api):
        if not wanted or liberty.name in wanted:
            yield grant(stand, liberty)
