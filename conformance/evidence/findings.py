"""What a run found: judgements while it lasts, and one result per clause at its end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from understudy.conformance.evidence.exchange import Exchange

SCHEMA_VERSION = 1


class Verdict(StrEnum):
    """The outcome for one clause."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    WARNING = "warning"
    ERROR = "error"
    NOT_SHOWN = "not_shown"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"


class Outcome(StrEnum):
    """The outcome of one judgement.

    VACUOUS: the clause held, but on too little data to show anything. UNMET: something that the judgement needs is missing,
    on the target or in a reply. Neither is a fault of the target.
    """

    HELD = "held"
    VACUOUS = "vacuous"
    BROKEN = "broken"
    UNMET = "unmet"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether one clause held, as one check saw it in some exchanges."""

    clause: str
    check: str
    outcome: Outcome
    expected: str = ""
    actual: str = ""
    exchanges: tuple[Exchange, ...] = ()
    curl: str = ""
    #: The path of member names and indexes that leads to the fault in the last reply, if it is known.
    place: tuple[str | int, ...] = ()
    #: The clause from whose breach this one follows, if the same fault breaks both.
    because: str = ""
    #: Of an unmet one: the target lacks the data, while every reply was as it should be. `remedy` says what would help.
    lacking: bool = False
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class RedactedExchange:
    """One exchange as a report shows it: without credentials and cut to a readable length."""

    request: str
    reply: str


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one clause, with evidence unless it passed."""

    clause: str
    level: str
    verdict: Verdict
    check: str
    kind: str = ""
    statement: str = ""
    source: str = ""
    operations: tuple[str, ...] = ()
    expected: str = ""
    actual: str = ""
    curl: str = ""
    exchanges: tuple[RedactedExchange, ...] = ()
    judgements: int = 0
    #: Every check that found the clause broken; the first is the one that decided the verdict.
    broken_by: tuple[str, ...] = ()
    waiver: str = ""
    #: Of a clause that was not shown: the target lacks the data. `remedy` says what would help, if known.
    lacking: bool = False
    remedy: str = ""
    #: Of an ambiguous clause: the other reading that the target follows.
    remark: str = ""
    #: The clause that is broken for the same reason and states it; empty if there is none.
    because: str = ""


@dataclass(frozen=True, slots=True)
class Breach:
    """A fault of the target that no clause states: a server error, or a reply that breaks what the source promises."""

    operation: str
    check: str
    expected: str
    actual: str
    curl: str = ""
    exchanges: tuple[RedactedExchange, ...] = ()
    waiver: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One run against one target."""

    api: str
    title: str
    target: str
    seed: int
    version: str
    results: tuple[Result, ...]
    requests: int = 0
    seconds: float = 0.0
    #: Why the run ended before all checks were performed; empty if it did not.
    incomplete: str = ""
    #: A remark that explains most of the findings at once; usually empty.
    notice: str = ""
    #: Waivers that have expired or are not needed.
    waiver_findings: tuple[str, ...] = ()
    #: Faults that no clause states.
    breaches: tuple[Breach, ...] = ()
    #: What deserves a look but breaks nothing: other readings, and what is not as we chose it.
    remarks: tuple[str, ...] = ()
    #: Objects that were created on the target and could not be removed.
    leftovers: tuple[str, ...] = ()
    writes: bool = False
    #: Whether documented clauses that were not shown are accepted.
    partial: bool = False

    def count(self, verdict: Verdict) -> int:
        """How many clauses have this verdict."""
        return sum(result.verdict is verdict for result in self.results)

    @property
    def summary(self) -> dict[str, Any]:
        """The numbers of the run."""
        counts = {str(verdict): self.count(verdict) for verdict in Verdict}
        breaches = len(self.unwaived)
        return {**counts, "breaches": breaches, "requests": self.requests, "seconds": round(self.seconds, 3)}

    @property
    def unwaived(self) -> tuple[Breach, ...]:
        """The breaches that no waiver excuses."""
        return tuple(each for each in self.breaches if not each.waiver)

    @property
    def exit_code(self) -> int:
        """0: conforms, 1: does not conform, 4: incomplete. A failure counts before an incomplete run.

        A run is incomplete, too, if a documented clause was not shown, unless the run is `partial`.
        """
        if self.count(Verdict.FAIL) or self.unwaived or self.waiver_findings:
            return 1
        # A run that judged nothing must not count as a success.
        if self.incomplete or self.count(Verdict.ERROR) or self.count(Verdict.NOT_APPLICABLE) == len(self.results):
            return 4
        return 4 if self.open and not self.partial else 0

    @property
    def open(self) -> tuple[Result, ...]:
        """The documented clauses that were not shown."""
        return tuple(each for each in self.results if each.verdict is Verdict.NOT_SHOWN and each.level == "documented")


def decide(judgements: list[Judgement]) -> Judgement | None:
    """The judgement that decides a clause: broken before error before unmet before held.

    Among unmet ones, an unexpected reply comes before data that the target lacks. None if nothing was judged. Vacuous
    judgements alone decide nothing: they count as unmet.
    """
    for wanted in (Outcome.BROKEN, Outcome.ERROR, Outcome.UNMET, Outcome.HELD):
        found = [each for each in judgements if each.outcome is wanted]
        if found:
            return min(found, key=lambda each: each.lacking)
    vacuous = next(iter(judgements), None)
    if vacuous is None:
        return None
    return Judgement(
        vacuous.clause,
        vacuous.check,
        Outcome.UNMET,
        f"{vacuous.expected} (shown by data)",
        f"the target has too little data to show it: looked for {vacuous.expected}"
        + (f", saw {vacuous.actual}" if vacuous.actual not in {"", "[]"} else ""),
        vacuous.exchanges,
        lacking=True,
    )
