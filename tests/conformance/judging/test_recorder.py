"""The record of a run: the clauses it judges, the judgements it keeps, and the verdicts at its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from understudy.conformance import Profile, Target, Verdict
from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.exchange import Exchange, Reply, Request
from understudy.conformance.evidence.findings import Judgement, Outcome, Result
from understudy.conformance.http.client import Credential
from understudy.conformance.judging.recorder import KEPT, SHOWN, Recorder
from understudy.conformance.scope.mapping import ClauseMapping
from understudy.specs import apis, load
from understudy.specs.promised import promised

KIT = load("participant-kit")
STUDY = KIT.operations["retrieve_study"]
TOKENS = {"default": "t0psecret", "other": "an0ther"}
CLAUSE = "PK-027"
JSON = "application/json"
Opened = Callable[..., Recorder]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """`opened("PK-027", writes=True)` is an account of these clauses; nothing is sent."""
    made: list[Recorder] = []

    def recorder(
        *clauses: str, api: str = "participant-kit", tokens: dict[str, str] = TOKENS, **reach: bool
    ) -> Recorder:
        target = Target("http://target.example/base", tokens)
        made.append(Recorder(load(api), target, Profile(**reach), only=frozenset(clauses)))
        return made[-1]

    yield recorder
    for each in made:
        each.client.close()


def exchanged(body: bytes = b"{}", status: int = 200, operation: str = "retrieve_study", **more: Any) -> Exchange:
    sent = Request("GET", "http://target.example/base/v1/studies/stu_1", operation=operation, **{"headers": (), **more})
    return Exchange(1, sent, Reply(status, (("content-type", "application/json"),), body))


def judged(outcome: Outcome, clause: str = CLAUSE, check: str = "paging.pages", **more: Any) -> Judgement:
    given = {"expected": "100 objects", "actual": "20 objects", "exchanges": (exchanged(),)}
    return Judgement(clause, check, outcome, **{**given, **more})


def verdict(recorder: Recorder, clause: str = CLAUSE) -> Result:
    return next(each for each in recorder.results() if each.clause == clause)


# --- which clauses ----------------------------------------------------------------------------------------------------


def test_every_clause_that_stands_is_judged_or_left_out(opened: Opened) -> None:
    recorder = opened()
    standing = {clause.id for clause in KIT.clauses if not clause.retired}

    assert recorder.clauses.keys() | recorder.left_out.keys() == standing
    assert recorder.clauses.keys() & recorder.left_out.keys() == set()


def test_an_excluded_clause_is_left_out_with_its_reason(opened: Opened) -> None:
    excluded = {clause.id: f"excluded: {clause.excluded}" for clause in KIT.clauses if clause.excluded}

    assert excluded.items() <= opened(writes=True).left_out.items()


def test_only_the_clauses_asked_for_are_judged(opened: Opened) -> None:
    assert set(opened(CLAUSE, "PK-028").clauses) == {CLAUSE, "PK-028"}


def test_an_unknown_clause_is_refused(opened: Opened) -> None:
    with pytest.raises(UsageError, match="There is no clause 'PK-998' or 'PK-999' in Participant Kit"):
        opened("PK-999", CLAUSE, "PK-998")


def test_a_clause_of_every_operation_concerns_each(opened: Opened) -> None:
    recorder = opened(writes=True)
    clause = next(each.id for each in recorder.clauses.values() if each.operations == ("*",))

    # Another spelling of the same address is not an operation of its own.
    assert set(recorder.operations_of(clause)) == set(KIT.operations) - KIT.respelt
    assert recorder.concerns(clause, [STUDY.id])


def test_a_clause_of_some_operations_concerns_no_other(opened: Opened) -> None:
    recorder = opened(CLAUSE)
    operations = recorder.operations_of(CLAUSE)

    assert recorder.concerns(CLAUSE, operations[:1])
    assert not recorder.concerns(CLAUSE, [None, *(set(KIT.operations) - set(operations))])


# --- who calls --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "credential"),
    [
        ("default", Credential("Bearer", "t0psecret", given=True)),
        (None, Credential("Bearer", "t0psecret", given=True)),
        ("other", Credential("Bearer", "an0ther", given=True)),
        ("admin", None),
    ],
)
def test_a_role_presents_its_own_token(opened: Opened, role: str | None, credential: Credential | None) -> None:
    assert opened().credential(role) == credential


def test_a_token_is_presented_in_the_apis_own_scheme(opened: Opened) -> None:
    assert opened(api="prolific", tokens={"default": "x"}).credential("default") == Credential("Token", "x", given=True)


def test_the_mark_of_a_run_is_its_own(opened: Opened) -> None:
    assert opened().mark != opened().mark


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_of_what_held_one_judgement_is_kept_and_all_are_counted(opened: Opened) -> None:
    recorder = opened(CLAUSE)
    for _ in range(5):
        recorder.record(judged(Outcome.HELD))

    assert len(recorder.judgements[CLAUSE]) == 1
    assert recorder.counts[CLAUSE] == 5


def test_of_what_is_broken_the_first_few_of_each_check_are_kept(opened: Opened) -> None:
    recorder = opened(CLAUSE)
    for check in ("paging.pages", "paging.ends"):
        for _ in range(KEPT + 2):
            recorder.record(judged(Outcome.BROKEN, check=check))

    assert [each.check for each in recorder.judgements[CLAUSE]] == ["paging.pages"] * KEPT + ["paging.ends"] * KEPT


def test_a_broken_judgement_gets_a_command_that_repeats_it(opened: Opened) -> None:
    recorder = opened(CLAUSE)
    headers = (("Authorization", "Bearer t0psecret"),)
    recorder.record(judged(Outcome.BROKEN, exchanges=(exchanged(headers=headers),)))
    script = recorder.judgements[CLAUSE][0].curl

    assert "http://target.example/base/v1/studies/stu_1" in script
    assert "$TOKEN" in script
    assert "t0psecret" not in script


# --- replies held against the contract --------------------------------------------------------------------------------


def test_a_violation_breaks_the_clause_about_the_member(opened: Opened) -> None:
    recorder = opened(writes=True)
    recorder.examine(STUDY, exchanged(b'{"id":"stu_1","object":"study","name":"x","tags":7}'), "test")

    assert [each.check for each in recorder.judgements["PK-091"]] == ["test"]
    assert recorder.nonconforming == {1}


def test_a_5xx_breaks_what_the_rules_say_of_one(opened: Opened) -> None:
    recorder = opened(writes=True)
    recorder.examine(STUDY, exchanged(b"{}", 500), "test")
    broken = {clause for clause, kept in recorder.judgements.items() if kept[0].expected == "no 5xx status"}

    assert broken == set(recorder.mapping.of("reply.server-error")) != set()


def test_a_server_error_that_no_clause_states_is_a_breach_with_its_script(opened: Opened) -> None:
    recorder = opened(writes=True)
    recorder.mapping = ClauseMapping()
    for _ in range(2):
        recorder.examine(STUDY, exchanged(b'{"token": "t0psecret"}', 500), "generator")
    (breach,) = recorder.report(1.0).breaches

    assert (breach.operation, breach.check, breach.actual) == ("retrieve_study", "generator", '500 {"token": "$TOKEN"}')
    assert breach.curl.startswith("curl -sS -i -X GET http://target.example/base/v1/studies/stu_1")
    assert recorder.report(1.0).exit_code == 1


def test_a_reply_that_breaks_what_the_source_promises_is_a_breach_if_no_clause_states_it(opened: Opened) -> None:
    recorder = opened(writes=True)
    recorder.mapping = ClauseMapping()
    recorder.examine(STUDY, exchanged(b'{"id": 7}'), "generator")

    assert 'the member "id" of every Study to be a string' in [each.expected for each in recorder.breaches.values()]


@pytest.mark.parametrize("api", apis())
def test_a_refusal_with_a_status_and_a_body_of_its_own_breaks_nothing_where_ours_are_chosen(
    opened: Opened, api: str
) -> None:
    recorder = opened(api=api, tokens={}, writes=True)
    chosen = promised(recorder.contract).chosen
    refused = [
        (operation, next((media for status in sorted(chosen[name]) for media in operation.responses[status]), JSON))
        for name, operation in recorder.contract.operations.items()
        if any(status[0] == "4" for status in chosen[name]) and "418" not in operation.responses
    ]
    for operation, media in refused:
        sent = exchanged(b'{"reason": "no"}', 418, operation.id)
        reply = Reply(418, (("content-type", media),), sent.reply.content)
        recorder.examine(operation, replace(sent, reply=reply), "test")

    assert refused
    assert (recorder.breaches, recorder.failed()) == ({}, False)


def test_a_status_of_its_own_is_remarked_once_and_without_the_token(opened: Opened) -> None:
    recorder = opened(writes=True)
    for _ in range(2):
        recorder.examine(STUDY, exchanged(b'"t0psecret"', 418), "test")

    assert [remark.partition(", got ")[2] for remark in recorder.remarks] == ['418 "$TOKEN"']


def test_a_run_of_selected_clauses_makes_no_remarks(opened: Opened) -> None:
    recorder = opened(CLAUSE)
    recorder.examine(STUDY, exchanged(b"{}", 418), "test")

    assert (recorder.remarks, recorder.breaches, recorder.judgements) == ({}, {}, {})


def test_a_finding_is_filed_under_the_check_at_work(opened: Opened) -> None:
    recorder = opened(writes=True)
    recorder.examine(STUDY, exchanged(b'{"id":"stu_1","object":"study","name":"x","tags":7}'), "paging.pages")

    assert verdict(recorder, "PK-091").check == "paging.pages"


def test_what_a_check_came_across_counts_only_where_no_check_of_the_clause_saw_it(opened: Opened) -> None:
    recorder = opened(CLAUSE)
    recorder.judges = lambda check, clause: check == "a.own"  # type: ignore[method-assign]
    for check in ("a.passer-by", "a.own"):
        recorder.record(judged(Outcome.BROKEN, check=check))

    assert (verdict(recorder).check, verdict(recorder).broken_by) == ("a.own", ("a.own",))


# --- verdicts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([Outcome.HELD], Verdict.PASS),
        ([Outcome.HELD, Outcome.BROKEN], Verdict.FAIL),
        ([Outcome.HELD, Outcome.UNMET], Verdict.NOT_SHOWN),
        ([Outcome.UNMET, Outcome.ERROR], Verdict.ERROR),
        ([Outcome.HELD, Outcome.ERROR], Verdict.ERROR),
        ([Outcome.ERROR, Outcome.BROKEN], Verdict.FAIL),
        ([Outcome.VACUOUS], Verdict.NOT_SHOWN),
        ([Outcome.VACUOUS, Outcome.HELD], Verdict.PASS),
        ([], Verdict.ERROR),
    ],
)
def test_the_worst_that_was_seen_decides(opened: Opened, outcomes: list[Outcome], expected: Verdict) -> None:
    recorder = opened(CLAUSE)
    for outcome in outcomes:
        recorder.record(judged(outcome))

    assert verdict(recorder).verdict is expected


@pytest.mark.parametrize(("strict", "expected"), [(False, Verdict.WARNING), (True, Verdict.FAIL)])
def test_a_broken_clause_that_is_only_implied_warns_unless_strict(
    opened: Opened, strict: bool, expected: Verdict
) -> None:
    clause = next(each.id for each in KIT.clauses if each.level == "implied" and not (each.excluded or each.retired))
    recorder = opened(clause, writes=True, strict=strict)
    recorder.record(judged(Outcome.BROKEN, clause))

    assert verdict(recorder, clause).verdict is expected


@pytest.mark.parametrize("strict", [False, True])
def test_another_reading_of_an_ambiguous_clause_passes_with_a_remark(opened: Opened, strict: bool) -> None:
    clause = next(each.id for each in KIT.clauses if each.level == "ambiguous" and not (each.excluded or each.retired))
    recorder = opened(clause, writes=True, strict=strict)
    recorder.record(judged(Outcome.BROKEN, clause, expected="a list", actual="t0psecret"))
    found = verdict(recorder, clause)

    assert (found.verdict, found.remark) == (Verdict.PASS, "another reading than ours, instead of a list: $TOKEN")
    assert recorder.report(1.0).remarks == (f"{clause}: {found.remark}",)
    assert not recorder.failed()


def test_a_clause_that_nobody_judged_is_an_error_with_the_reason_of_the_end(opened: Opened) -> None:
    recorder = opened(CLAUSE)
    recorder.stopped = "the time limit of the run has been reached"

    assert verdict(recorder).actual == "the time limit of the run has been reached"


@pytest.mark.parametrize(
    ("outcomes", "failed"),
    [
        ([], False),
        ([Outcome.HELD, Outcome.ERROR], False),
        ([Outcome.VACUOUS], False),
        ([Outcome.HELD, Outcome.BROKEN], True),
        ([Outcome.UNMET], False),
    ],
)
def test_a_run_has_failed_once_a_clause_has_failed_for_certain(
    opened: Opened, outcomes: list[Outcome], failed: bool
) -> None:
    recorder = opened(CLAUSE)
    for outcome in outcomes:
        recorder.record(judged(outcome))

    assert recorder.failed() is failed


def test_a_warning_is_not_a_failure_of_the_run(opened: Opened) -> None:
    clause = next(each.id for each in KIT.clauses if each.level == "implied" and not (each.excluded or each.retired))
    recorder = opened(clause, writes=True)
    recorder.record(judged(Outcome.BROKEN, clause))

    assert not recorder.failed()


def test_too_little_data_decides_nothing_when_the_run_ended_early(opened: Opened) -> None:
    recorder = opened(CLAUSE)
    recorder.record(judged(Outcome.VACUOUS))
    recorder.stopped = "interrupted"

    assert (verdict(recorder).verdict, verdict(recorder).actual) == (Verdict.ERROR, "interrupted")


def test_a_clause_that_is_out_of_scope_is_not_applicable(opened: Opened) -> None:
    recorder = opened(CLAUSE)
    recorder.out_of_reach[CLAUSE] = "costs money"

    assert (verdict(recorder).verdict, verdict(recorder).actual) == (Verdict.NOT_APPLICABLE, "costs money")


def test_a_finding_names_every_check_that_made_it(opened: Opened) -> None:
    recorder = opened(CLAUSE)
    for check, outcome in (("a.x", Outcome.UNMET), ("a.y", Outcome.BROKEN), ("a.z", Outcome.HELD)):
        recorder.record(judged(outcome, check=check))

    assert verdict(recorder).broken_by == ("a.y",)


def test_results_come_in_the_order_of_the_register(opened: Opened) -> None:
    order = [clause.id for clause in KIT.clauses if not clause.retired]

    assert [each.clause for each in opened().results()] == order


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_an_exchange_is_shown_without_the_credential(opened: Opened) -> None:
    headers = (("Authorization", "Bearer t0psecret"),)
    seen = opened().redacted(exchanged(b'{"echo":"t0psecret"}', headers=headers))

    assert seen.request == "GET /base/v1/studies/stu_1\nAuthorization: Bearer $TOKEN"
    assert seen.reply.endswith('{"echo":"$TOKEN"}')


def test_a_long_body_is_cut_and_says_so(opened: Opened) -> None:
    seen = opened().redacted(exchanged(b"x" * (SHOWN + 7)))

    assert seen.reply.endswith("x\n… 7 characters more")


def test_of_a_long_reply_the_part_around_the_fault_is_shown(opened: Opened) -> None:
    recorder = opened(writes=True)
    tags = ["x" * 20] * 400
    body = json.dumps({"id": "stu_1", "object": "study", "tags": [*tags[:300], {"wrong": 7}, *tags[300:]]}).encode()
    recorder.examine(STUDY, exchanged(body), "test")
    found = next(each for each in recorder.results() if "tags" in each.expected)

    assert '{"wrong": 7}' in found.exchanges[0].reply
    assert found.actual == 'tags/300: {"wrong":7} is not of type "string"'


def test_too_little_data_below_a_parent_names_the_setting_for_another(opened: Opened) -> None:
    recorder = opened("PK-061")
    shown = exchanged(operation="list_panel_panellists", role="default")
    recorder.record(judged(Outcome.VACUOUS, "PK-061", exchanges=(shown,)))
    found = verdict(recorder, "PK-061")

    assert found.lacking
    assert found.remedy == "name another panel with --set panel_id=VALUE"


def test_the_remedy_of_a_check_is_preferred(opened: Opened) -> None:
    recorder = opened(CLAUSE)
    recorder.record(judged(Outcome.UNMET, lacking=True, remedy="put a project there"))

    assert verdict(recorder).remedy == "put a project there"


def test_what_is_broken_needs_no_remedy(opened: Opened) -> None:
    recorder = opened(CLAUSE)
    recorder.record(judged(Outcome.BROKEN, exchanges=(exchanged(operation="list_panel_panellists"),)))

    assert not verdict(recorder).lacking
    assert verdict(recorder).remedy == ""


@pytest.mark.parametrize(("seen", "words"), [([500, 502], "server error (500, 502)"), ([500, 200], ""), ([], "")])
def test_a_target_that_only_fails_is_reported_once(opened: Opened, seen: list[int], words: str) -> None:
    recorder = opened(CLAUSE)
    recorder.statuses.update(seen)
    notice = recorder.report(1.0).notice

    assert words in notice
    assert bool(notice) is bool(words)


def test_a_report_names_the_target(opened: Opened) -> None:
    recorder = opened(CLAUSE)
    recorder.leftovers += ["study stu_1", "study stu_1"]
    report = recorder.report(1.5)

    assert report.target == "http://target.example/base"
    assert report.seconds == 1.5
    assert report.leftovers == ("study stu_1",)
    assert not report.writes
