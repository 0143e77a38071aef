"""What the reports of a run contain, whatever the target wrote into its replies."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Tree

import jsonschema_rs
import pytest
from crooked import NASTY
from reporting import TOKEN, crooked_report, each_verdict, report, result
from rich.console import Console

from understudy.conformance import Report, Result, Target, Verdict
from understudy.conformance.report import progress, summary, terminal
from understudy.conformance.report.cleaning import clean, cleaner
from understudy.conformance.report.formats import as_html, as_json, as_junit
from understudy.conformance.report.wording import MARKS, MORE, ORDER, UNSHOWN, WORDS, topics, visible

SCHEMA = json.loads((files("understudy.conformance.report.formats") / "report.schema.json").read_text("utf-8"))


def printed(finished: Report, width: int = 110) -> str:
    """The report as a terminal shows it."""
    out = StringIO()
    terminal.show(finished, Console(file=out, width=width, force_terminal=False, highlight=False, markup=False))
    return out.getvalue()


def lacking(clause: str, remedy: str = "", **more: Any) -> Result:
    """A clause that was not shown."""
    return result(clause, Verdict.NOT_SHOWN, lacking=True, actual="the target has no panel", remedy=remedy, **more)


FORMS: dict[str, Callable[[Report], str]] = {
    "html": as_html.page,
    "json": lambda finished: json.dumps(as_json.document(finished), ensure_ascii=False),
    "junit": as_junit.document,
    "summary": summary.markdown,
    "terminal": printed,
}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> Callable[[Report], str]:
    return FORMS[request.param]


# --- all of them ------------------------------------------------------------------------------------------------------


def test_a_report_names_every_finding(form: Callable[[Report], str]) -> None:
    text = form(each_verdict())

    assert [clause for clause in ("PK-028", "PK-038", "PK-029", "PK-003") if clause not in text] == []


def test_a_report_says_how_to_reproduce_a_finding(form: Callable[[Report], str]) -> None:
    assert "curl -sS -i http://target.example/v1/projects" in form(each_verdict())


def test_a_report_shows_expected_and_actual(form: Callable[[Report], str]) -> None:
    text = form(each_verdict())

    assert "100 objects" in text
    assert "20 objects" in text


def test_a_report_on_a_target_that_echoes_the_token_does_not_contain_it(form: Callable[[Report], str]) -> None:
    text = form(crooked_report())

    assert "$TOKEN" in unescape(text)
    assert TOKEN not in unescape(text)


def test_a_report_contains_no_control_character(form: Callable[[Report], str]) -> None:
    text = form(crooked_report())

    assert [sign for sign in text if sign not in "\n" and not sign.isprintable()] == []


def test_a_report_says_that_the_run_ended_early(form: Callable[[Report], str]) -> None:
    assert "4 exchanges in a row failed" in form(report(result(), incomplete="4 exchanges in a row failed"))


def test_a_report_shows_what_no_clause_is_about(form: Callable[[Report], str]) -> None:
    text = form(report(result(), remarks=("a remark",), leftovers=("study stu_1",), waiver_findings=("a waiver",)))

    assert [each for each in ("a remark", "study stu_1", "a waiver") if each not in unescape(text)] == []


def test_surrogates_and_null_can_be_written(form: Callable[[Report], str]) -> None:
    text = form(report(result(verdict=Verdict.FAIL, actual="half \ud800 null \x00 none \ufffe")))

    assert text.encode("utf-8")


# --- credentials ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "a/b+c=d é",
        "a%2Fb%2Bc%3Dd%20%C3%A9",
        "a%2Fb%2Bc%3Dd+%C3%A9",
        "a/b+c=d \\u00e9",
        "a%2fb%2bc%3dd%20%c3%a9",
        "a/b%2Bc%3Dd%20%C3%A9",
    ],
)
def test_a_token_is_found_in_every_encoding(written: str) -> None:
    text = cleaner(Target("http://target.example", {"default": "a/b+c=d é"}))

    assert text(f"<{written}>") == "<$TOKEN>"


@pytest.mark.parametrize(("token", "echoed"), [("me:s3cret", "Basic bWU6czNjcmV0"), ("s3cret", "Basic czNjcmV0Og==")])
def test_a_credential_of_basic_authentication_is_hidden_where_a_target_echoes_it(token: str, echoed: str) -> None:
    text = cleaner(Target("http://target.example", {"default": token}))

    assert text(f'no access with "{echoed}"') == 'no access with "Basic [hidden]"'


def test_a_token_within_another_leaves_nothing_of_it_behind() -> None:
    text = cleaner(Target("http://target.example", {"default": "abcd", "other": "xabcdx"}))

    assert text("abcd xabcdx") == "$TOKEN $TOKEN_OTHER"


def test_a_short_token_leaves_the_words_that_have_its_letters() -> None:
    text = cleaner(Target("http://target.example", {"default": "t"}, {"X-Api-Key": "a/b"}))

    assert text("the target got t and a%2Fb, not xa/b") == "the target got $TOKEN and [hidden], not xa/b"


def test_a_header_that_sounds_like_a_credential_is_hidden_and_no_other() -> None:
    target = Target("http://target.example", headers={"X-Gateway-Key": "k3y", "X-Mock-Session": "mine"})

    assert cleaner(target)("k3y mine") == "[hidden] mine"


def test_statements_are_ours_and_stay() -> None:
    found = clean(report(result("PK-025")), Target("http://target.example", {"default": "limit"}))

    assert found.results[0].statement == "Without limit a page holds 20 objects at most."


# --- wording ----------------------------------------------------------------------------------------------------------


def test_control_characters_are_escaped_as_in_json() -> None:
    assert visible("a\x1b[2Jb\u202ec\r\nd\te") == "a\\u001b[2Jb\\u202ec\nd\te"


def test_every_verdict_has_a_word_a_sign_and_a_place() -> None:
    assert set(MARKS) == set(WORDS) == set(ORDER) == set(Verdict)


def test_topics_come_in_one_order() -> None:
    assert list(topics(each_verdict().results)) == ["Authentication", "Schemas", "Pages", "Ordering", "Refusals"]


# --- JSON -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [each_verdict, crooked_report])
def test_the_json_report_fits_its_schema(made: Callable[[], Report]) -> None:
    jsonschema_rs.validate(SCHEMA, as_json.document(made()))


def test_the_schema_names_every_member_of_the_json_report() -> None:
    written = as_json.document(each_verdict())

    assert set(written) == set(SCHEMA["properties"])
    assert set(written["results"][0]) == set(SCHEMA["$defs"]["result"]["properties"])


def test_the_json_report_counts_every_verdict() -> None:
    written = as_json.document(each_verdict())["summary"]

    assert {name: written[name] for name in map(str, Verdict)} == dict.fromkeys(map(str, Verdict), 1)


# --- JUnit ------------------------------------------------------------------------------------------------------------


def test_junit_has_one_testcase_a_clause() -> None:
    cases = Tree.fromstring(as_junit.document(crooked_report())).findall(".//testcase")

    assert sorted(case.attrib["name"][:6] for case in cases) == sorted(each.clause for each in crooked_report().results)


def test_junit_has_the_verdict_of_each_clause() -> None:
    cases = Tree.fromstring(as_junit.document(each_verdict())).findall(".//testcase")
    written = {case.attrib["name"][:6]: [part.tag for part in case] for case in cases}

    assert written == {
        "PK-027": [],
        "PK-028": ["failure"],
        "PK-038": ["system-out"],
        "PK-029": ["error"],
        "PK-003": ["skipped", "system-out"],
        "PK-080": ["skipped"],
        "PK-048": ["skipped"],
        "list_s": ["failure"],
    }


def test_junit_says_why_a_clause_was_not_shown_and_what_would_help() -> None:
    cases = Tree.fromstring(as_junit.document(each_verdict())).iter("testcase")
    skipped = next(case.find("skipped") for case in cases if case.attrib["name"].startswith("PK-048"))

    assert skipped is not None
    assert skipped.attrib["message"] == "not shown: the target has no panel (remedy: create a panel)"


def test_junit_counts_what_it_holds() -> None:
    root = Tree.fromstring(as_junit.document(crooked_report()))

    for suite in [root, *root.findall("testsuite")]:
        held = {
            "tests": suite.findall(".//testcase"),
            "failures": suite.findall(".//failure"),
            "errors": suite.findall(".//error"),
            "skipped": suite.findall(".//skipped"),
        }
        assert {name: suite.attrib[name] for name in held} == {name: str(len(found)) for name, found in held.items()}


# --- step summary -----------------------------------------------------------------------------------------------------


def test_the_step_summary_is_added_to_the_file_that_the_environment_names(tmp_path: Path) -> None:
    place = tmp_path / "summary.md"
    place.write_text("before\n")
    summary.append(each_verdict(), {"GITHUB_STEP_SUMMARY": str(place)})

    assert place.read_text().startswith("before\n## Participant Kit: does not conform\n")


def test_without_such_a_file_there_is_no_step_summary() -> None:
    summary.append(each_verdict(), {})


def test_nothing_of_a_target_is_markdown_in_the_step_summary() -> None:
    text = summary.markdown(report(result(verdict=Verdict.FAIL, actual=NASTY, curl="")))
    row = next(line for line in text.splitlines() if "PK-027" in line)

    assert [sign for sign in ("<", ">", "`", "[", "](", "\\") if sign in row] == []
    assert row.count("|") == 6


def test_a_fence_is_longer_than_any_in_the_script() -> None:
    text = summary.markdown(report(result(verdict=Verdict.FAIL, curl="curl '````'")))

    assert "\n`````sh\ncurl '````'\n`````\n" in text


def test_a_step_summary_stays_below_what_github_takes() -> None:
    one = result(verdict=Verdict.FAIL, actual="x" * 100_000, curl="curl " + "y" * 3900)

    assert len(summary.markdown(report(*[one] * 300)).encode()) < 1_000_000


# --- terminal ---------------------------------------------------------------------------------------------------------


def test_a_command_is_printed_in_one_line_however_narrow_the_terminal() -> None:
    curl = "curl -sS -i http://target.example/" + "v" * 200

    assert f"\n{curl}\n" in printed(report(result(verdict=Verdict.FAIL, curl=curl)), width=60)


def test_markup_in_a_reply_is_printed_as_it_is() -> None:
    assert "[bold]b[/bold] :smile:" in printed(report(result(verdict=Verdict.FAIL, actual="[bold]b[/bold] :smile:")))


@pytest.mark.parametrize(
    ("finished", "end"),
    [
        (report(result()), "Participant Kit conforms"),
        (report(result(verdict=Verdict.FAIL)), "Participant Kit does not conform"),
        (report(result(verdict=Verdict.ERROR)), "Participant Kit: incomplete"),
        (report(result(verdict=Verdict.NOT_APPLICABLE, actual="needs writes")), "Participant Kit: incomplete"),
        (report(result(), lacking("PK-048")), "Participant Kit conforms as far as it could be shown"),
        (report(result(), lacking("PK-048"), partial=True), "Participant Kit conforms as far as it could be shown"),
        (report(lacking("PK-048"), result("PK-028", Verdict.FAIL)), "Participant Kit does not conform"),
        (report(result(), waiver_findings=("over",)), "Participant Kit does not conform"),
    ],
)
def test_the_last_line_is_the_conclusion(finished: Report, end: str) -> None:
    assert printed(finished).splitlines()[-1] == end


def test_what_could_not_be_judged_is_apart_from_what_is_broken() -> None:
    text = printed(
        report(
            lacking("PK-048", "put a panel on the target"),
            lacking("PK-051", "put a panel on the target", level="implied"),
            result("PK-028", Verdict.FAIL),
        )
    )
    broken, _, unshown = text.partition(f"{UNSHOWN} (2)")

    assert "✗ PK-028" in broken
    assert "PK-048" not in broken
    assert (
        "the target has no panel\n  clauses   PK-048, PK-051 (implied)\n  remedy    put a panel on the target\n"
        in unshown
    )
    assert "1 fail, 2 not shown; " in unshown


def test_the_terminal_says_first_what_would_show_more() -> None:
    text = printed(
        report(lacking("PK-048", "create a panel"), lacking("PK-051"), result("PK-028", Verdict.FAIL), writes=True)
    )
    first, _, _ = text.partition("PK-028")

    assert f"{MORE}\n  - create a panel (1 clause)\n  - put more data on the target (1 clause)\n" in first


@pytest.mark.parametrize("name", ["html", "summary", "terminal"])
@pytest.mark.parametrize(("writes", "said"), [(False, True), (True, False)])
def test_where_the_kit_may_not_write_a_report_says_that_it_could_make_data(name: str, writes: bool, said: bool) -> None:
    assert ("let the kit make the data itself" in FORMS[name](report(lacking("PK-048"), writes=writes))) is said


def test_a_report_says_what_would_help(form: Callable[[Report], str]) -> None:
    text = form(report(lacking("PK-048", "put a panel there")))

    assert "the target has no panel" in text
    assert "put a panel there" in text


def test_a_report_shows_what_explains_most_findings(form: Callable[[Report], str]) -> None:
    assert "Every reply was a server error" in form(report(result(), notice="Every reply was a server error."))


@pytest.mark.parametrize("name", ["html", "summary", "terminal"])
def test_what_explains_most_findings_is_said_before_them(name: str) -> None:
    text = FORMS[name](report(result("PK-028", Verdict.FAIL), notice="Nothing works."))

    assert text.index("Nothing works.") < text.index("PK-028")


def test_what_follows_from_another_finding_is_listed_below_it() -> None:
    also = result("PK-029", Verdict.WARNING, because="PK-028", level="implied")
    text = printed(report(result("PK-028", Verdict.FAIL), also))

    assert "  also      PK-029 (implied), for the same reason\n" in text
    assert "! PK-029" not in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("html", "is broken for the same reason"),
        ("json", '"because": "PK-028"'),
        ("junit", "for the same reason as PK-028: expected"),
        ("summary", "Also, for the same reason: PK-029"),
    ],
)
def test_every_report_says_what_follows_from_what(name: str, words: str) -> None:
    also = result("PK-029", Verdict.FAIL, because="PK-028")

    assert words in FORMS[name](report(result("PK-028", Verdict.FAIL), also))


def test_what_follows_from_a_waived_finding_is_shown_by_itself() -> None:
    also = result("PK-029", Verdict.FAIL, because="PK-028")

    assert "✗ PK-029" in printed(report(result("PK-028", Verdict.WAIVED), also))


def test_a_fault_that_no_clause_states_is_shown_with_its_script(form: Callable[[Report], str]) -> None:
    text = unescape(form(each_verdict()))

    assert "500 oops" in text
    assert "curl -sS -i http://target.example/v1/projects" in text


@pytest.mark.parametrize(("waiver", "code"), [("", 1), ("known (the platform team, until 2030-01-31)", 0)])
def test_a_fault_that_no_clause_states_fails_a_run_unless_it_is_waived(waiver: str, code: int) -> None:
    breach = replace(each_verdict().breaches[0], waiver=waiver)

    assert report(result(), breaches=(breach,)).exit_code == code


def test_why_clauses_were_not_judged_is_counted() -> None:
    assert "1 not judged: needs writes; judged with --allow-writes" in printed(each_verdict())


# --- progress ---------------------------------------------------------------------------------------------------------


def test_on_a_terminal_a_run_shows_how_far_it_is_and_leaves_nothing_there() -> None:
    out = StringIO()
    with progress.shown(Console(file=out, force_terminal=True, width=100)) as run_progress:
        run_progress.started("paging.[bold]pages", 3, 40)
        run_progress.finished("paging.[bold]pages")

    assert "3/40" in out.getvalue()
    assert "paging.[bold]pages" in out.getvalue()
    assert out.getvalue().endswith("\x1b[2K")


def test_without_a_terminal_a_run_shows_no_progress() -> None:
    out = StringIO()
    with progress.shown(Console(file=out, force_terminal=False)) as run_progress:
        run_progress.started("paging.pages", 3, 40)
        run_progress.finished("paging.pages")

    assert out.getvalue() == ""
