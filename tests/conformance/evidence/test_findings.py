"""Which judgement decides a clause, and a report's counts and exit code."""

from __future__ import annotations

import pytest
from reporting import report, result

from understudy.conformance import Verdict
from understudy.conformance.evidence.findings import Judgement, Outcome, decide


def judged(*outcomes: Outcome) -> list[Judgement]:
    return [Judgement("PK-027", f"check-{number}", each) for number, each in enumerate(outcomes)]


@pytest.mark.parametrize(
    ("outcomes", "settled"),
    [
        ((Outcome.HELD, Outcome.BROKEN), Outcome.BROKEN),
        ((Outcome.UNMET, Outcome.BROKEN), Outcome.BROKEN),
        ((Outcome.UNMET, Outcome.ERROR), Outcome.ERROR),
        ((Outcome.HELD, Outcome.UNMET), Outcome.UNMET),
        ((Outcome.HELD, Outcome.ERROR), Outcome.ERROR),
        ((Outcome.VACUOUS, Outcome.HELD), Outcome.HELD),
        ((Outcome.VACUOUS,), Outcome.UNMET),
    ],
)
def test_the_worst_judgement_decides_a_clause(outcomes: tuple[Outcome, ...], settled: Outcome) -> None:
    decided = decide(judged(*outcomes))

    assert decided is not None
    assert decided.outcome is settled


def test_no_judgement_decides_nothing() -> None:
    assert decide([]) is None


def test_what_held_on_too_little_data_says_so() -> None:
    decided = decide([Judgement("PK-027", "paging.pages", Outcome.VACUOUS, "three pages", "1 page")])

    assert decided is not None
    assert decided.actual == "the target has too little data to show it: looked for three pages, saw 1 page"
    assert decided.lacking


@pytest.mark.parametrize("actual", ["", "[]"])
def test_without_any_data_the_reason_ends_with_what_was_looked_for(actual: str) -> None:
    decided = decide([Judgement("PK-027", "paging.pages", Outcome.VACUOUS, "three pages", actual)])

    assert decided is not None
    assert decided.actual == "the target has too little data to show it: looked for three pages"


def test_a_reply_that_stopped_a_check_comes_before_what_the_target_lacks() -> None:
    lack, odd = (Judgement("PK-027", "paging.pages", Outcome.UNMET, lacking=lacking) for lacking in (True, False))

    assert decide([lack, odd]) is odd


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((Verdict.PASS,), 0),
        ((Verdict.PASS, Verdict.WARNING), 0),
        ((Verdict.PASS, Verdict.WAIVED), 0),
        ((Verdict.PASS, Verdict.FAIL), 1),
        ((Verdict.FAIL, Verdict.ERROR), 1),
        ((Verdict.PASS, Verdict.ERROR), 4),
        ((Verdict.PASS, Verdict.NOT_SHOWN), 4),
        ((Verdict.NOT_SHOWN, Verdict.FAIL), 1),
        ((Verdict.NOT_APPLICABLE,), 4),
        ((), 4),
    ],
)
def test_the_exit_code_is_that_of_the_worst_verdict(verdicts: tuple[Verdict, ...], code: int) -> None:
    assert report(*(result(verdict=each) for each in verdicts)).exit_code == code


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((Verdict.PASS, Verdict.NOT_SHOWN), 0),
        ((Verdict.NOT_SHOWN, Verdict.ERROR), 4),
        ((Verdict.NOT_SHOWN, Verdict.FAIL), 1),
        ((Verdict.NOT_APPLICABLE,), 4),
    ],
)
def test_a_partial_run_accepts_only_what_was_not_shown(verdicts: tuple[Verdict, ...], code: int) -> None:
    assert report(*(result(verdict=each) for each in verdicts), partial=True).exit_code == code


def test_an_implied_clause_that_was_not_shown_leaves_the_run_complete() -> None:
    assert report(result(), result("PK-038", Verdict.NOT_SHOWN, level="implied")).exit_code == 0


def test_a_run_that_ended_early_is_not_green() -> None:
    assert report(result(), incomplete="interrupted").exit_code == 4


def test_an_expired_waiver_fails_the_run() -> None:
    assert report(result(), waiver_findings=("the waiver for PK-027 is over",)).exit_code == 1


def test_the_summary_counts_each_verdict() -> None:
    numbers = report(result(), result(verdict=Verdict.FAIL), result(verdict=Verdict.FAIL)).summary

    assert (numbers["pass"], numbers["fail"], numbers["warning"], numbers["requests"]) == (1, 2, 0, 7)
