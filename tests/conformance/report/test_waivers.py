"""Waivers: accepted findings, and what is reported when a waiver has expired."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from reporting import report, result
from unprepared.judging import contract

from understudy.conformance import Report, Verdict
from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.findings import Breach
from understudy.conformance.report.waivers import Waiver, apply, read
from understudy.specs import load

CONTRACT = load("participant-kit")
TODAY = dt.date(2026, 6, 1)
CAP = "pages.a-page-is-capped"
WALK = "paging.pages-make-up-the-list"


def waiver(clause: str | None = "PK-027", check: str | None = None, until: dt.date = dt.date(2026, 6, 30)) -> Waiver:
    return Waiver("The gateway cuts pages.", "platform team", until, clause, check)


FAILED = report(result(verdict=Verdict.FAIL))


# --- settling ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.WARNING])
def test_a_waived_finding_is_waived_and_says_by_whom(verdict: Verdict) -> None:
    found = apply(report(result(verdict=verdict)), [waiver()], TODAY, CONTRACT)

    assert found.results[0].verdict is Verdict.WAIVED
    assert found.results[0].waiver == "The gateway cuts pages. (platform team, until 2026-06-30)"
    assert (found.waiver_findings, found.exit_code) == ((), 0)


def test_a_waived_finding_keeps_its_evidence() -> None:
    assert apply(FAILED, [waiver()], TODAY, CONTRACT).results[0].actual == "20 objects"


def test_an_error_cannot_be_waived() -> None:
    found = apply(report(result(verdict=Verdict.ERROR)), [waiver()], TODAY, CONTRACT)

    assert found.results[0].verdict is Verdict.ERROR


def test_a_waiver_of_a_check_covers_all_of_its_findings() -> None:
    both = report(result("PK-027", Verdict.FAIL), result("PK-028", Verdict.FAIL, check=WALK))
    found = apply(both, [waiver(clause=None, check=CAP)], TODAY, CONTRACT)

    assert [each.verdict for each in found.results] == [Verdict.WAIVED, Verdict.FAIL]


def test_a_waiver_of_a_check_and_a_clause_covers_only_both() -> None:
    both = report(result("PK-027", Verdict.FAIL), result("PK-074", Verdict.FAIL))
    found = apply(both, [waiver(clause="PK-074", check=CAP)], TODAY, CONTRACT)

    assert [each.verdict for each in found.results] == [Verdict.FAIL, Verdict.WAIVED]


def test_a_check_that_came_across_a_wrong_reply_can_be_waived_for_its_clause(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("PK-035", "PK-091"))
    found = apply(report(result("PK-091", Verdict.FAIL, check="paging.lists-do-not-fail")), read(path), TODAY, CONTRACT)

    assert found.results[0].verdict is Verdict.WAIVED


def test_a_waiver_of_one_check_does_not_hide_what_another_found() -> None:
    found = apply(
        report(result(verdict=Verdict.FAIL, broken_by=(CAP, WALK))), [waiver(clause=None, check=CAP)], TODAY, CONTRACT
    )

    assert found.results[0].verdict is Verdict.FAIL
    assert found.results[0].waiver.startswith(f"not sufficient: {WALK} also found the clause broken.")


def test_two_waivers_cover_what_two_checks_found() -> None:
    broken = report(result(verdict=Verdict.FAIL, broken_by=(CAP, WALK)))
    found = apply(broken, [waiver(clause=None, check=CAP), waiver(clause=None, check=WALK)], TODAY, CONTRACT)

    assert found.results[0].verdict is Verdict.WAIVED


@pytest.mark.parametrize(("check", "code"), [("generator", 0), (CAP, 1)])
def test_a_fault_that_no_clause_states_is_excused_by_a_waiver_for_the_check_that_came_across_it(
    check: str, code: int
) -> None:
    breach = Breach("list_studies", "generator", "a status below 500", "500")

    assert (
        apply(report(result(), breaches=(breach,)), [waiver(clause=None, check=check)], TODAY, CONTRACT).exit_code
        == code
    )


def test_a_waiver_of_a_document_holds_for_its_clauses() -> None:
    failed = report(replace(result(verdict=Verdict.FAIL), clause="DOC-getBook-schema"))
    found = apply(failed, [waiver("DOC-getBook-schema"), waiver()], TODAY, contract("library.yaml"))

    assert (found.results[0].verdict, found.waiver_findings) == (Verdict.WAIVED, ())


# --- over, or not needed ----------------------------------------------------------------------------------------------


def test_a_waiver_holds_on_its_last_day() -> None:
    assert apply(FAILED, [waiver(until=TODAY)], TODAY, CONTRACT).exit_code == 0


def test_an_expired_waiver_excuses_nothing_and_is_a_finding() -> None:
    found = apply(FAILED, [waiver(until=dt.date(2026, 5, 31))], TODAY, CONTRACT)

    assert found.results[0].verdict is Verdict.FAIL
    expected = "the waiver for PK-027 expired on 2026-05-31: The gateway cuts pages. (platform team)"
    assert found.waiver_findings == (expected,)


def test_a_waiver_that_is_not_needed_is_a_finding() -> None:
    found = apply(report(result()), [waiver()], TODAY, CONTRACT)

    assert "the waiver for PK-027 is not needed" in found.waiver_findings[0]
    assert found.exit_code == 1


@pytest.mark.parametrize(
    "small",
    [
        report(result("PK-028")),
        report(result(verdict=Verdict.NOT_APPLICABLE)),
        report(result(verdict=Verdict.ERROR)),
        report(result(), incomplete="interrupted"),
    ],
    ids=["not selected", "not judged", "error", "incomplete"],
)
def test_a_run_that_did_not_judge_a_clause_does_not_call_its_waiver_unneeded(small: Report) -> None:
    assert apply(small, [waiver()], TODAY, CONTRACT).waiver_findings == ()


def test_a_waiver_of_a_check_is_unneeded_only_when_all_its_clauses_were_judged() -> None:
    assert apply(report(result()), [waiver(clause=None, check=CAP)], TODAY, CONTRACT).waiver_findings == ()


def test_waivers_of_another_api_are_ignored() -> None:
    assert (
        apply(report(result()), [waiver(clause="LK-030", until=dt.date(2000, 1, 1))], TODAY, CONTRACT).waiver_findings
        == ()
    )


# --- the file ---------------------------------------------------------------------------------------------------------


GOOD = """\
- clause: PK-027
  reason: The gateway cuts pages.
  owner: platform team
  until: 2026-06-30
- check: paging.lists-do-not-fail
  clause: PK-035
  reason: The gateway refuses fractions.
  owner: platform team
  until: "2026-06-30"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "waivers.yaml"
    path.write_text(text)
    return path


def test_a_date_may_be_quoted_or_not(tmp_path: Path) -> None:
    assert [each.until for each in read(write(tmp_path, GOOD))] == [dt.date(2026, 6, 30)] * 2


def test_an_empty_file_has_no_waivers(tmp_path: Path) -> None:
    assert read(write(tmp_path, "# none\n")) == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  owner: platform team\n", "", "/0: the member 'owner' is missing (line 1)"),
        ("  reason: The gateway cuts pages.\n", "", "/0: the member 'reason' is missing (line 1)"),
        ("- clause: PK-027\n ", "-", "/0: clause or check is needed (line 1)"),
        ("  until: 2026-06-30\n", "", "/0: the member 'until' is missing (line 1)"),
        ('"2026-06-30"', '"2026-13-45"', '/1/until: "2026-13-45" is not a valid date (line 9)'),
        ("until: 2026-06-30", "until: next week", '/0/until: "next week" is not a valid date (line 4)'),
        ("The gateway cuts pages.", "later", '/0/reason: "later" is shorter than 8 characters (line 2)'),
        ("platform team", "[platform, team]", '/0/owner: ["platform", "team"] is not a text (line 3)'),
        ("  reason:", "  reasons: of it\n  reason:", "/0: there is no member 'reasons'; did you mean reason? (line 1)"),
        ("PK-027", "PK-999", "/0/clause: There is no clause 'PK-999'. Similar names are PK-"),
        ("PK-027", "27", "/0/clause: 27 is not a text (line 1)"),
        ("PK-035", "PK-019", "/1/check: PK-019 is not judged by paging.lists-do-not-fail, but by "),
        ("lists-do-not-fail", "lists-never-fail", "/1/check: There is no check 'paging.lists-never-fail'."),
        (GOOD, "waivers: []", '{"waivers": []} is not a list'),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = write(tmp_path, GOOD.replace(old, new, 1))

    with pytest.raises(UsageError) as refused:
        read(path)

    assert str(refused.value).startswith(f"{path}: {message}")


@pytest.mark.parametrize("text", ["- [", GOOD.replace("06-30", "13-45", 1)])
def test_what_is_not_yaml_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"waivers\.yaml is not valid YAML"):
        read(write(tmp_path, text))


def test_clauses_of_a_document_are_known_where_it_is_judged(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("PK-027", "DOC-getBook-schema"))

    assert read(path, contract("library.yaml"))[0].clause == "DOC-getBook-schema"
    with pytest.raises(UsageError, match="There is no clause 'DOC-getBook-schema'"):
        read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.yaml"):
        read(tmp_path / "none.yaml")
