"""Accepted findings: each with a reason, an owner and an end date, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from conformance.errors import UsageError
from conformance.findings import Report, Result, Verdict

MEMBERS = {"reason", "owner", "until"}
WAIVABLE = frozenset({Verdict.FAIL, Verdict.WARNING, Verdict.ERROR})


@dataclass(frozen=True, slots=True)
class Waiver:
    """`subject` is a clause id or the name of a check."""

    subject: str
    reason: str
    owner: str
    until: date

    def covers(self, result: Result) -> bool:
        """Whether it speaks of a result's clause or check."""
        return self.subject in {result.clause, result.check}

    def expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return today > self.until

    @property
    def told(self) -> str:
        """The waiver in words."""
        return f"{self.reason} ({self.owner}, until {self.until.isoformat()})"


def read(path: str) -> tuple[Waiver, ...]:
    """The waivers of a YAML file: a list of `{clause|check, reason, owner, until}`; raises UsageError by name."""
    try:
        told = yaml.safe_load(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"the waivers in {path} cannot be read: {error}") from error
    if not isinstance(told, list):
        raise UsageError(f"{path} holds a list of waivers")
    return tuple(_waiver(each, f"{path}, waiver {number}") for number, each in enumerate(told, 1))


def _waiver(raw: Any, place: str) -> Waiver:
    if not isinstance(raw, dict):
        raise UsageError(f"{place} is no mapping")
    subjects = [str(raw[name]) for name in ("clause", "check") if raw.get(name)]
    unknown = sorted(set(raw) - MEMBERS - {"clause", "check"})
    missing = sorted(name for name in MEMBERS if not raw.get(name))
    if len(subjects) != 1 or unknown or missing:
        problem = f"unknown: {', '.join(unknown)}" if unknown else f"missing: {', '.join(missing)}"
        raise UsageError(f"{place} needs one of clause and check, and {', '.join(sorted(MEMBERS))}; {problem}")
    until = raw["until"]
    try:
        last = until if isinstance(until, date) else date.fromisoformat(str(until))
    except ValueError:
        raise UsageError(f"{place}: until is a date such as 2030-06-30, not {until!r}") from None
    return Waiver(subjects[0], str(raw["reason"]), str(raw["owner"]), last)


def apply(report: Report, waivers: Sequence[Waiver], today: date) -> Report:
    """The report with waived results; what expired or was not needed becomes a finding of its own."""
    results = []
    used: set[Waiver] = set()
    for result in report.results:
        found = next((each for each in waivers if each.covers(result)), None)
        if found is not None and result.verdict in WAIVABLE:
            used.add(found)
            if not found.expired(today):
                result = replace(result, verdict=Verdict.WAIVED, waiver=found.told)
        results.append(result)
    findings = [f"the waiver for {each.subject} expired on {each.until.isoformat()}" for each in waivers if each.expired(today)]
    judged = {result.clause for result in results if result.verdict is not Verdict.NOT_APPLICABLE}
    checked = {result.check for result in results}
    for each in waivers:
        # A waiver for what this run did not look at may well be needed by another one.
        looked_at = each.subject in judged or each.subject in checked
        if each not in used and looked_at and not each.expired(today):
            findings.append(f"nothing needs the waiver for {each.subject} any more")
    return replace(report, results=tuple(results), waiver_findings=tuple(findings))
