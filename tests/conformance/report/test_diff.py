"""What `understudy diff` calls a regression."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from reporting import each_verdict, report, result
from typer.testing import CliRunner, Result

from understudy.conformance.evidence.findings import Verdict
from understudy.conformance.frontends.cli import compare
from understudy.conformance.report.diff import HEADINGS, changes
from understudy.conformance.report.formats import as_json

APP = typer.Typer()
APP.command()(compare)


def saved(**verdicts: str) -> dict[str, Any]:
    return {"api": "participant-kit", "results": [{"clause": clause, "verdict": v} for clause, v in verdicts.items()]}


@pytest.mark.parametrize(
    ("old", "new", "group"),
    [
        ("pass", "fail", "regression"),
        ("pass", "error", "regression"),
        ("pass", "warning", "regression"),
        ("warning", "fail", "regression"),
        ("waived", "fail", "regression"),
        ("pass", "waived", "changed"),
        ("fail", "waived", "changed"),
        ("fail", "warning", "changed"),
        ("fail", "error", "changed"),
        ("fail", "pass", "fixed"),
        ("waived", "pass", "fixed"),
        ("warning", "pass", "fixed"),
        ("pass", "not_applicable", "gone"),
        ("fail", "not_applicable", "gone"),
        ("not_applicable", "fail", "appeared"),
        ("error", "fail", "appeared"),
        ("not_applicable", "pass", "judged"),
        ("error", "pass", "judged"),
        ("not_applicable", "error", "changed"),
    ],
)
def test_a_change_is_of_one_group(old: str, new: str, group: str) -> None:
    assert [change.group for change in changes(saved(PK=old), saved(PK=new))] == [group]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_same_verdict_is_not_a_change(verdict: Verdict) -> None:
    assert changes(saved(PK=verdict), saved(PK=verdict)) == []


@pytest.mark.parametrize(
    ("old", "new", "groups"),
    [
        (saved(), saved(A="fail"), ["appeared"]),
        (saved(), saved(A="pass"), ["judged"]),
        (saved(), saved(A="not_applicable"), []),
        (saved(A="pass"), saved(), ["gone"]),
        (saved(A="not_applicable"), saved(), []),
    ],
)
def test_a_clause_that_one_report_lacks_is_not_a_regression(old: Any, new: Any, groups: list[str]) -> None:
    assert [change.group for change in changes(old, new)] == groups


def test_regressions_come_first() -> None:
    old = saved(A="fail", B="pass", C="pass", D="not_applicable", E="error", F="fail")
    new = saved(A="pass", B="not_applicable", C="fail", D="fail", E="pass", F="waived")

    assert [change.group for change in changes(old, new)] == list(HEADINGS)


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path: Path) -> Any:
    """Runs the command over two reports, given as reports or as text."""

    def run(old: Any, new: Any) -> Result:
        names = []
        for name, each in (("old.json", old), ("new.json", new)):
            path = tmp_path / name
            path.write_text(each) if isinstance(each, str) else as_json.write(each, path)
            names.append(str(path))
        return CliRunner().invoke(APP, names)

    return run


def test_a_regression_ends_with_1_and_is_shown(command: Any) -> None:
    found = command(report(result()), report(result(verdict=Verdict.FAIL)))

    assert found.exit_code == 1
    assert "PK-027  pass → fail  limit is capped at 100" in found.stdout
    assert "20 objects" in found.stdout
    assert found.stdout.splitlines()[-1] == "1 regression"


@pytest.mark.parametrize("new", [report(result()), report(result(verdict=Verdict.FAIL))])
def test_a_report_that_is_no_worse_ends_with_0(command: Any, new: Any) -> None:
    found = command(report(result(verdict=Verdict.FAIL)), new)

    assert found.exit_code == 0
    assert found.stdout.splitlines()[-1] == "no regressions"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not valid JSON"),
        ("[]", "is not a report"),
        ('{"schema_version": 1}', "is not a report"),
        ('{"schema_version": 2, "results": []}', "has schema_version 2"),
        ('{"schema_version": 1, "results": [{}]}', "a result without a clause"),
        (
            '{"schema_version": 1, "results": [{"clause": "PK-001", "verdict": "good"}]}',
            "There is no verdict 'good' (of PK-001). The verdicts are pass, ",
        ),
        (json.dumps({"schema_version": 1, "api": "lookit", "results": []}), "are about different APIs"),
    ],
)
def test_a_file_that_is_not_a_report_ends_with_2(command: Any, text: str, reason: str) -> None:
    found = command(each_verdict(), text)

    assert found.exit_code == 2
    assert reason in found.stderr


def test_a_missing_file_ends_with_2(tmp_path: Path) -> None:
    found = CliRunner().invoke(APP, [str(tmp_path / "old.json"), str(tmp_path / "new.json")])

    assert found.exit_code == 2
    assert "old.json" in found.stderr
