"""Runs the kit against each defect and records which checks saw it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from live import TLS, running

from defects.catalogue import defects
from defects.spoiler import Defect, Spoiler
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.findings import Judgement, Outcome, Verdict
from understudy.conformance.http.target import Target
from understudy.conformance.judging.scenario_runner import Run
from understudy.conformance.scope.profile import Profile
from understudy.mock_server import create_app
from understudy.specs import Contract, judged, load

#: One run of the kit takes seconds; one that does not end is a fault of the kit.
LONGEST = 90.0
#: What the owner of the mock can say of it and nobody can find out.
SETTINGS = {"forsta": {"variableTemplateId": "101"}}


@dataclass(frozen=True, slots=True)
class Proof:
    """What the kit said of one defect: the clauses it failed, and the checks that saw it.

    `unseen` are clauses that the defect breaks and the kit did not fail, with what it said of them instead.
    """

    defect: Defect
    seen: tuple[str, ...]
    unseen: dict[str, str]
    checks: frozenset[str]
    requests: int
    seconds: float

    @property
    def caught(self) -> bool:
        """Whether each clause that the defect breaks was failed."""
        return not self.unseen


class Watched(Run):
    """A run that remembers which check saw which clause broken, also where it keeps no evidence any more."""

    def __post_init__(self) -> None:
        self.broken: dict[str, set[str]] = {}
        super().__post_init__()

    def record(self, judgement: Judgement, history: Sequence[Exchange] = ()) -> None:
        """Keep a judgement, and who made it."""
        if judgement.outcome is Outcome.BROKEN:
            self.broken.setdefault(judgement.clause, set()).add(judgement.check)
        super().record(judgement, history)


@dataclass
class Bench:
    """One mock with defects in front of it, and the kit beside."""

    contract: Contract
    spoiler: Spoiler
    address: str
    tokens: dict[str, str] = field(default_factory=dict)

    def prove(self, defect: Defect) -> Proof:
        """Run the kit against one defect, with the clauses that it breaks alone."""
        session = f"defect-{defect.name}"
        self.spoiler.plant(session, defect)
        started = time.monotonic()
        try:
            proof = self._judged(defect, self.run(session, defect.breaks), started)
            if session in self.spoiler.stumbles:
                raise RuntimeError(f"the defect {defect.name} itself failed: {self.spoiler.stumbles[session]}")
            return proof
        finally:
            httpx.delete(f"{self.address}/_mock/sessions/{session}", verify=TLS)

    def run(self, session: str, clauses: Iterable[str]) -> Watched:
        """Run the kit in one session."""
        own = SETTINGS.get(self.contract.api, {})
        target = Target(self.address, self.tokens, {"X-Mock-Session": session}, own, insecure=True)
        profile = Profile(writes=True, strict=True)
        run = Watched(self.contract, target, profile, deadline=time.monotonic() + LONGEST, only=frozenset(clauses))
        try:
            for check in run.checks:
                run.perform(check)
        finally:
            run.finish()
        return run

    def _judged(self, defect: Defect, run: Watched, started: float) -> Proof:
        results = {each.clause: each for each in run.results()}
        unseen = {
            name: f"{results[name].verdict}: {results[name].actual}" if name in results else "not judged"
            for name in defect.breaks
            # An ambiguous clause never fails; there the kit has to remark that the target reads it otherwise.
            if name not in results or not (results[name].verdict is Verdict.FAIL or results[name].remark)
        }
        seen = tuple(name for name in defect.breaks if name not in unseen)
        checks = frozenset(check for name in seen for check in run.broken.get(name, set()))
        return Proof(defect, seen, unseen, checks, run.client.sent, time.monotonic() - started)

    def clean(self, clauses: Iterable[str]) -> dict[str, str]:
        """Those of some clauses that the kit does not find kept where nothing is planted, with the reason."""
        run = self.run("defect-none", clauses)
        return {each.clause: each.actual for each in run.results() if each.verdict is not Verdict.PASS}


@contextmanager
def bench(api: str) -> Iterator[Bench]:
    """A mock of one API that is ready to be spoiled."""
    contract = judged(load(api, later=True))
    spoiler = Spoiler(create_app([api], max_sessions=1000), contract)
    tokens = {caller["role"]: caller["token"] for caller in contract.seed["callers"]}
    with running(spoiler) as address:
        yield Bench(contract, spoiler, address, tokens)


def prove(stand: Bench, names: Iterable[str] = ()) -> Iterator[Proof]:
    """Prove the defects of the bench's API, or some of them."""
    wanted = set(names)
    for defect in defects(stand.contract.api):
        if not wanted or defect.name in wanted:
            yield stand.prove(defect)
