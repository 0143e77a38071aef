"""On a correct target with almost no data no clause is called broken: the reports name what is missing."""

from __future__ import annotations

import pytest
from aimed import EVERY_API, FULL, target
from live import running

from understudy.conformance import Profile, Report, Verdict, run
from understudy.conformance.report.wording import conclusion, findings
from understudy.mock_server import create_app
from understudy.specs import load

SCENARIOS = {"empty": FULL, "one-of-everything": Profile()}


@pytest.fixture(scope="module", params=EVERY_API)
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=SCENARIOS)
def report(api: str, request: pytest.FixtureRequest) -> Report:
    """What the kit finds on a mock with a scenario; with writes if the mock has no data."""
    scenario = request.param
    with running(create_app([api], scenario=scenario)) as address:
        return run(load(api), target(api, address), SCENARIOS[scenario], generate=False)


def test_no_check_fails_and_every_clause_is_judged(report: Report) -> None:
    stuck = ("the check itself failed", "no check reached a judgement")

    assert [f"{each.clause}: {each.actual}" for each in report.results if each.actual.startswith(stuck)] == []


def test_a_correct_target_breaks_nothing(report: Report) -> None:
    assert [f"{each.clause}: {each.actual}" for each in findings(report)] == []
    assert (report.remarks, report.breaches) == ((), ())
    assert report.exit_code == 4
    assert conclusion(report) == "conforms as far as it could be shown"


def test_what_is_missing_is_reported(report: Report) -> None:
    hidden = [each for each in report.results if each.verdict is Verdict.NOT_SHOWN]

    assert hidden
    assert [each.clause for each in hidden if not each.actual or each.actual.endswith((": ", "show it"))] == []
