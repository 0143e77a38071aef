"""Waivers: findings that are accepted until a date. A waiver that has expired or is not needed is itself a finding."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.findings import Breach, Report, Result, Verdict
from understudy.conformance.evidence.words import no_such
from understudy.conformance.judging import generated_cases as generator
from understudy.conformance.judging.registry import every
from understudy.conformance.scope import yaml_file as file
from understudy.conformance.scope.mapping import mapping
from understudy.specs import Contract
from understudy.specs.loading import in_file, load_readable
from understudy.specs.reading.wording import pointer, sentence

#: The verdicts that a waiver can excuse. An error is not a finding about the target, so it cannot be excused.
EXCUSABLE = frozenset({Verdict.FAIL, Verdict.WARNING})


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted finding: on one clause, of one check, or of one check on one clause. `until` is its last day."""

    reason: str
    owner: str
    until: dt.date
    clause: str | None = None
    check: str | None = None

    @property
    def about(self) -> str:
        """The clause, the check, or both, in words."""
        return " by ".join(name for name in (self.clause, self.check) if name)

    @property
    def summary(self) -> str:
        """Its reason, owner and last day in one line."""
        return f"{self.reason} ({self.owner}, until {self.until.isoformat()})"

    def covers(self, clause: str, check: str) -> bool:
        """Whether it is about what a check found on a clause."""
        return self.clause in {None, clause} and self.check in {None, check}


def read(path: str | Path, *own: Contract) -> tuple[Waiver, ...]:
    """The waivers in a YAML file, on clauses of the prepared APIs or of `own` contracts.

    Raises UsageError for anything that `waivers.schema.json` does not allow, for an unknown clause or check, and for a
    clause that its check does not judge.
    """
    content = file.read(path, "the waivers file")
    raw = file.plain(content if content is not None else [])
    for fault in _validator().iter_errors(raw):
        raise _wrong_file(path, fault.instance_path, sentence(fault, _schema()))
    found = tuple(Waiver(**{**each, "until": dt.date.fromisoformat(each["until"])}) for each in raw)
    _known(found, path, own)
    return found


def _known(waivers: Sequence[Waiver], path: str | Path, own: Iterable[Contract]) -> None:
    contracts = [*load_readable()[0], *own] if waivers else []
    clauses = {clause.id: contract for contract in contracts for clause in contract.clauses}
    for number, waiver in enumerate(waivers):
        if waiver.check is not None and waiver.check not in {*_checks(), generator.NAME}:
            raise _wrong_file(path, (number, "check"), no_such("check", [waiver.check], [*_checks(), generator.NAME]))
        if waiver.clause is not None and waiver.clause not in clauses:
            raise _wrong_file(path, (number, "clause"), no_such("clause", [waiver.clause], clauses))
        if waiver.clause is not None and waiver.check is not None:
            problem = _unjudged(waiver, clauses[waiver.clause])
            if problem:
                raise _wrong_file(path, (number, "check"), problem)


def _wrong_file(path: str | Path, place: Iterable[Any], problem: str) -> UsageError:
    where = pointer(place)
    return UsageError(str(in_file(Path(path), f"{where}: {problem}" if where else problem)))


def _unjudged(waiver: Waiver, contract: Contract) -> str:
    """A check that does not judge the clause finds nothing that the waiver could excuse."""
    mapped = mapping(contract)
    # Any check may come across a reply that breaks one of these.
    of_replies = {*mapped.of("reply.*"), *(name for names in mapped.schemas.values() for name in names)}
    judging = [each.name for each in every() if waiver.clause in each.clauses(contract)]
    # A clause that no check judges any more is reported when the waiver is applied.
    if judging and waiver.clause not in of_replies and waiver.check not in {*judging, generator.NAME}:
        return (
            f"{waiver.clause} is not judged by {waiver.check}, but by {' and '.join(judging)}; name one of these, or"
            " leave out the check to accept what any of them finds"
        )
    return ""


def apply(report: Report, waivers: Sequence[Waiver], today: dt.date, contract: Contract) -> Report:
    """The report with excused findings as `waived`, and with a finding for each waiver that is expired or not needed.

    Waivers of other contracts are ignored.
    """
    mine = [waiver for waiver in waivers if _clauses(waiver, contract)]
    active = [waiver for waiver in mine if waiver.until >= today]
    results = tuple(_settled(result, active) for result in report.results)
    breaches = tuple(_excused(breach, active) for breach in report.breaches)
    found = tuple(fault for waiver in mine if (fault := _wrong(waiver, report, contract, today)))
    return replace(report, results=results, breaches=breaches, waiver_findings=found)


def _excused(breach: Breach, active: Sequence[Waiver]) -> Breach:
    """A fault that no clause states is excused by a waiver for the check that came across it."""
    waiver = next((each for each in active if each.clause is None and each.check == breach.check), None)
    return replace(breach, waiver=waiver.summary) if waiver else breach


def broken(result: Result) -> tuple[str, ...]:
    """The checks that found the clause of a result broken."""
    return (result.broken_by or (result.check,)) if result.verdict in EXCUSABLE else ()


def _settled(result: Result, active: Sequence[Waiver]) -> Result:
    checks = broken(result)
    excused = {check: waiver for check in checks for waiver in reversed(active) if waiver.covers(result.clause, check)}
    if not excused:
        return result
    summary = "; ".join(dict.fromkeys(waiver.summary for waiver in excused.values()))
    remaining = [check for check in checks if check not in excused]
    if remaining:
        return replace(result, waiver=f"not sufficient: {', '.join(remaining)} also found the clause broken. {summary}")
    return replace(result, verdict=Verdict.WAIVED, waiver=summary)


def _wrong(waiver: Waiver, report: Report, contract: Contract, today: dt.date) -> str | None:
    """What is wrong with a waiver; None if it is needed, or if the run judged too little to say."""
    clauses = _clauses(waiver, contract)
    judged = {result.clause: result for result in report.results if result.clause in clauses}
    retired = next((each.retired for each in contract.clauses if each.id == waiver.clause and each.retired), None)
    if retired:
        return f"the waiver for {waiver.about} is not needed: the clause is retired ({retired})"
    if not judged:
        return None
    if waiver.until < today:
        return f"the waiver for {waiver.about} expired on {waiver.until.isoformat()}: {waiver.reason} ({waiver.owner})"
    if any(waiver.covers(result.clause, check) for result in judged.values() for check in broken(result)):
        return None
    if waiver.clause is None and any(waiver.check == each.check for each in report.breaches):
        return None
    settled = {Verdict.PASS, *EXCUSABLE}
    if report.incomplete or not all(name in judged and judged[name].verdict in settled for name in clauses):
        return None
    return f"the waiver for {waiver.about} is not needed: it covers no finding ({waiver.owner})"


def _clauses(waiver: Waiver, contract: Contract) -> frozenset[str]:
    """The clauses of an API that a waiver may be about."""
    known = frozenset(clause.id for clause in contract.clauses)
    if waiver.clause:
        return known & {waiver.clause}
    checked = _checks().get(waiver.check or "")
    return checked.clauses(contract) if checked else known


@cache
def _checks() -> dict[str, Any]:
    return {each.name: each for each in every()}


@cache
def _schema() -> Any:
    return json.loads((files("understudy.conformance.report") / "waivers.schema.json").read_text("utf-8"))


@cache
def _validator() -> Any:
    return jsonschema_rs.Draft202012Validator(_schema(), validate_formats=True)
