"""The wording that all reports share."""

from __future__ import annotations

import pytest
from reporting import each_verdict, report, result

from understudy.conformance import Verdict
from understudy.conformance.report.wording import (
    conclusion,
    effort,
    findings,
    left_out,
    numbers,
    reach,
    topic,
    variables,
)


def test_findings_come_with_the_worst_first_and_without_what_passed() -> None:
    verdicts = [each.verdict for each in findings(each_verdict())]

    assert verdicts[0] is Verdict.FAIL
    assert {Verdict.PASS, Verdict.NOT_APPLICABLE} & set(verdicts) == set()


def test_reasons_for_leaving_out_are_counted_and_exclusions_are_one_reason() -> None:
    reasons = ("excluded: mail", "needs writes", "excluded: money", "excluded: time")
    out = [result(f"PK-0{at}", verdict=Verdict.NOT_APPLICABLE, actual=each) for at, each in enumerate(reasons, 26)]

    assert list(left_out(report(*out)).items()) == [
        ("no reply can show whether they hold; understudy explain PK-026 PK-028 PK-029 gives the reasons", 3),
        ("needs writes", 1),
    ]
    assert left_out(report(out[0])) == {
        "no reply can show whether it holds; understudy explain PK-026 gives the reason": 1
    }


@pytest.mark.parametrize(
    ("verdict", "words"),
    [(Verdict.PASS, "conforms"), (Verdict.FAIL, "does not conform"), (Verdict.ERROR, "incomplete")],
)
def test_a_conclusion_is_a_few_words(verdict: Verdict, words: str) -> None:
    assert words in conclusion(report(result(verdict=verdict)))


@pytest.mark.parametrize(("writes", "words"), [(False, "read-only"), (True, "reads and writes")])
def test_what_a_run_was_allowed_to_do_is_stated(writes: bool, words: str) -> None:
    assert reach(report(writes=writes)) == words


def test_only_verdicts_that_occurred_are_counted() -> None:
    line = numbers(report(result(), result("PK-028")))

    assert line.startswith("2 ")
    assert "," not in line


def test_a_run_that_judged_nothing_says_so() -> None:
    assert numbers(report()) == "nothing judged"


@pytest.mark.parametrize(("requests", "words"), [(1, "1 request in 0.2 s"), (0, "0 requests in 0.2 s")])
def test_one_request_is_no_requests(requests: int, words: str) -> None:
    assert effort(report(requests=requests, seconds=0.21)) == words


@pytest.mark.parametrize(
    ("kind", "name"), [("method-not-allowed", "Methods"), ("late-mail", "Late mail"), ("", "Other")]
)
def test_every_kind_has_a_name(kind: str, name: str) -> None:
    assert topic(kind) == name


def test_the_variables_of_a_script_are_named_once_each() -> None:
    assert variables('curl "$TOKEN" "${TOKEN_OTHER}" "$TOKEN" "$TOKENS"') == ["TOKEN", "TOKEN_OTHER"]
