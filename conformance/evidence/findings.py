"""What a run found: judgements while it lasts, one result a clause at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"


class Outcome(StrEnum):
    """The outcome of one judgement. VACUOUS held, but on data too small to show anything."""

    HELD = "held"
    VACUOUS = "vacuous"
    BROKEN = "broken"
    UNMET = "unmet"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Judgement:
    """That one clause held or did not, seen by one check in some exchanges."""

    clause: str
    check: str
    outcome: Outcome
    expected: str = ""
    actual: str = ""
    exchanges: tuple[Exchange, ...] = ()
    curl: str = ""
    #: Nothing was broken: the target lacks what it takes to look, and `remedy` says what would help, if known.
    lacking: bool = False
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange as a report shows it: redacted and cut to a readable length."""

    request: str
    reply: str


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one clause, with its evidence when it is no pass."""

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
    exchanges: tuple[Seen, ...] = ()
    judgements: int = 0
    #: Every check that found the clause broken, the one that settled it first.
    broken_by: tuple[str, ...] = ()
    waiver: str = ""
    #: Nothing was seen broken: the target lacks what it takes to look. `remedy` says what would help, if that is known.
    lacking: bool = False
    remedy: str = ""


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
    #: Why the run ended before every check had its turn; empty when it did not.
    incomplete: str = ""
    #: What has to be known before anything else is read; mostly empty.
    notice: str = ""
    #: Waivers that expired or that nothing needed.
    waiver_findings: tuple[str, ...] = ()
    #: What the contract forbids and no clause speaks of.
    remarks: tuple[str, ...] = ()
    #: What was made on the target and could not be removed again.
    leftovers: tuple[str, ...] = ()
    writes: bool = False
    profile: Mapping[str, Any] = field(default_factory=dict)

    def count(self, verdict: Verdict) -> int:
        """How many clauses have this verdict."""
        return sum(result.verdict is verdict for result in self.results)

    @property
    def summary(self) -> dict[str, Any]:
        """The numbers of the run."""
        counts = {str(verdict): self.count(verdict) for verdict in Verdict}
        return {**counts, "requests": self.requests, "seconds": round(self.seconds, 3)}

    @property
    def exit_code(self) -> int:
        """0 conforms, 1 does not, 4 incomplete. What was found counts before what was not looked at."""
        if self.count(Verdict.FAIL) or self.waiver_findings:
            return 1
        if self.incomplete or self.count(Verdict.ERROR):
            return 4
        # Nothing is green that was not looked at.
        return 0 if self.count(Verdict.NOT_APPLICABLE) < len(self.results) else 4


def decide(judgements: list[Judgement]) -> Judgement | None:
    """The judgement that settles a clause: a broken one before an unmet one before an error before a held one.

    Of unmet ones a reply that the check could not go on from comes before what the target lacks.

    None when nothing was judged. Vacuous ones alone settle nothing: they count as unmet.
    """
    for wanted in (Outcome.BROKEN, Outcome.UNMET, Outcome.ERROR, Outcome.HELD):
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
        f"the target holds too little to show it: looked for {vacuous.expected}"
        + (f", seen {vacuous.actual}" if vacuous.actual not in {"", "[]"} else ""),
        vacuous.exchanges,
        lacking=True,
    )
