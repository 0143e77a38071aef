"""The kit on a Consent Kit that shares nothing with ours: no honest one is condemned, and every planted fault is found."""

from __future__ import annotations

import pytest
from independent.consent_kit import ConsentKit
from independent.judging import judged
from independent.variants import VARIANTS

from understudy.conformance import Report, Verdict


def broken(report: Report) -> list[str]:
    """What the kit says that a service breaks, with or without a clause."""
    failed = [f"{each.clause}: {each.actual}" for each in report.results if each.verdict is Verdict.FAIL]
    return failed + [str(each) for each in report.breaches]


@pytest.mark.parametrize("name", VARIANTS)
def test_an_honest_service_is_not_condemned(name: str) -> None:
    report = judged(ConsentKit(VARIANTS[name]))

    assert broken(report) == []
    assert report.exit_code in (0, 4)
    # It ends with 4 only where the service holds too little, and never because a check stumbled.
    assert report.count(Verdict.ERROR) == 0
    assert report.incomplete == ""


@pytest.mark.parametrize("name", [name for name, choices in VARIANTS.items() if choices.people > 40])
def test_all_documented_clauses_are_shown_where_there_is_enough(name: str) -> None:
    assert judged(ConsentKit(VARIANTS[name])).open == ()
