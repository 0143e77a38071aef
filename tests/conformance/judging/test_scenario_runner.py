"""Checks are performed one by one; an error in one does not affect the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from aimed import begun

from understudy.conformance import Profile, Verdict
from understudy.conformance.evidence.errors import NoReplyError, OutOfScopeError, PrerequisiteError
from understudy.conformance.evidence.matchers import answers
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.scenario_runner import Run

CLAUSE = "PK-027"


@pytest.fixture
def run(addresses: Callable[[str], str]) -> Run:
    return begun("participant-kit", addresses("participant-kit"), Profile(), CLAUSE)


@pytest.mark.parametrize(
    ("error", "verdict", "words"),
    [
        (PrerequisiteError("too few projects"), Verdict.NOT_SHOWN, "too few projects"),
        (OutOfScopeError("costs money"), Verdict.NOT_APPLICABLE, "costs money"),
        (NoReplyError("no reply"), Verdict.ERROR, "no reply"),
        (ZeroDivisionError("oops"), Verdict.ERROR, "the check itself failed: ZeroDivisionError: oops"),
    ],
)
def test_a_check_that_cannot_continue_says_why(run: Run, error: Exception, verdict: Verdict, words: str) -> None:
    def stuck(ctx: object) -> None:
        raise error

    run.perform(replace(run.checks[0], function=stuck))
    result = run.results()[0]

    assert (result.clause, result.verdict) == (CLAUSE, verdict)
    assert words in result.actual


def test_a_check_that_judges_what_it_does_not_declare_fails_with_all_its_clauses(run: Run) -> None:
    def careless(ctx: CheckContext) -> None:
        reply = ctx.call("list_projects")
        ctx.judge("paging.maximum", reply, answers(200))
        ctx.judge("PK-095", reply, answers(200))

    check = run.checks[0]
    run.perform(replace(check, function=careless))
    result = run.results()[0]

    assert (result.clause, result.verdict) == (CLAUSE, Verdict.ERROR)
    assert f"check {check.name} judges PK-095, which its decorator does not list" in result.actual


def test_a_check_is_performed_once(run: Run) -> None:
    run.perform(run.checks[0])
    sent = run.client.sent
    run.perform(run.checks[0])

    assert run.client.sent == sent > 0


def test_only_checks_of_the_clauses_asked_for_are_performed(run: Run) -> None:
    assert all(CLAUSE in each.clauses(run.contract) for each in run.checks)
    assert set(run.clauses) == {CLAUSE}


def test_a_clause_whose_checks_lack_a_credential_is_left_out(addresses: Callable[[str], str]) -> None:
    run = begun("lookit", addresses("lookit"), Profile(), tokens={"admin": "mock-admin-token"})
    reasons = {reason for reason in run.left_out.values() if reason.startswith("needs a second credential")}

    assert any("--token researcher=…" in reason for reason in reasons)


def test_a_check_judges_the_clauses_that_it_lists_and_generated_cases_judge_all(
    addresses: Callable[[str], str],
) -> None:
    run = begun("participant-kit", addresses("participant-kit"), Profile())

    assert run.judges("objects.objects-match-their-schemas", "PK-041")
    assert not run.judges("auth.nobody-is-let-in-anonymously", "PK-041")
    assert run.judges("generator", "PK-041")


def test_a_check_that_needs_a_successful_reply_says_which(run: Run) -> None:
    def stuck(ctx: CheckContext) -> None:
        reply = ctx.call("retrieve_study", path={"study_id": "nothing"})
        ctx.rely(reply.succeeded, "it is not successful", reply)

    run.perform(replace(run.checks[0], function=stuck))

    assert run.results()[0].expected == ("a successful reply to GET /v1/studies/nothing (needed to judge this clause)")
