"""Reports for tests: invented ones, and one of a run against a target that breaks its contract."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from crooked import crooked
from live import running

from understudy.conformance import Profile, Report, Result, Target, Verdict
from understudy.conformance.evidence.findings import Breach, RedactedExchange
from understudy.conformance.judging.judge import run
from understudy.conformance.report.cleaning import clean
from understudy.specs import load

TOKEN = "mock-token"


def result(clause: str = "PK-027", verdict: Verdict = Verdict.PASS, **more: Any) -> Result:
    """The verdict on a clause of Participant Kit, with evidence when it is a finding."""
    known = next(each for each in load("participant-kit").clauses if each.id == clause)
    given: dict[str, Any] = {
        "check": "pages.a-page-is-capped",
        "kind": known.kind,
        "statement": known.statement,
        "source": known.source,
        "operations": known.operations,
    }
    if verdict not in {Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_SHOWN}:
        given |= {
            "expected": "100 objects",
            "actual": "20 objects",
            "curl": 'curl -sS -i http://target.example/v1/projects -H "Authorization: Bearer $TOKEN"',
            "exchanges": (RedactedExchange("GET /v1/projects\nAccept: */*", '200\n\n{"data":[]}'),),
            "judgements": 1,
        }
    return Result(**{"clause": clause, "level": known.level, "verdict": verdict, **given, **more})


def report(*results: Result, **more: Any) -> Report:
    """A report with these results."""
    given: dict[str, Any] = {"target": "http://target.example", "seed": 1, "version": "1.2.3", "requests": 7}
    return Report("participant-kit", "Participant Kit", results=results, **{**given, **more})


@cache
def crooked_report() -> Report:
    """What a quick run finds on a target that breaks promises in a nasty way."""
    contract = load("participant-kit")
    with running(crooked()) as address:
        target = Target(address, {"default": TOKEN})
        found = run(contract, target, Profile(), generate=False)
    return clean(found, target)


def each_verdict() -> Report:
    """A report that has every verdict once."""
    ids = ("PK-027", "PK-028", "PK-038", "PK-029", "PK-003", "PK-080", "PK-048")
    verdicts = (
        Verdict.PASS,
        Verdict.FAIL,
        Verdict.WARNING,
        Verdict.ERROR,
        Verdict.WAIVED,
        Verdict.NOT_APPLICABLE,
        Verdict.NOT_SHOWN,
    )
    made = {clause: result(clause, verdict) for clause, verdict in zip(ids, verdicts, strict=True)}
    made["PK-003"] = replace(made["PK-003"], waiver="being moved (the platform team, until 2030-01-31)")
    made["PK-080"] = replace(made["PK-080"], check="", actual="needs writes; judged with --allow-writes")
    made["PK-048"] = replace(made["PK-048"], actual="the target has no panel", lacking=True, remedy="create a panel")
    breach = Breach("list_studies", "generator", "a status below 500", "500 oops", made["PK-028"].curl)
    return report(*made.values(), breaches=(breach,))
