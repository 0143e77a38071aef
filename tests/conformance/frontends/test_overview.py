"""A run starts with what it found: who calls, what the target holds, what can be judged."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aimed import begun
from crooked import crooked
from live import running

from understudy.conformance import Profile, Verdict
from understudy.conformance.frontends.overview import overview

Addresses = Callable[[str], str]


def found(api: str, address: str, *clauses: str, **more: object) -> dict[str, str]:
    run = begun(api, address, Profile(), *clauses, **more)
    try:
        run.preflight()
        return dict(overview(run))
    finally:
        run.client.close()


def test_it_names_the_callers_and_those_that_are_missing(addresses: Addresses) -> None:
    words = found("participant-kit", addresses("participant-kit"), tokens={"default": "mock-token"})

    assert words["reachable"] == "Participant Kit answers there"
    assert words["callers"] == "default; no token for other"


def test_a_caller_has_a_name_where_the_api_says_so(addresses: Addresses) -> None:
    assert found("prolific", addresses("prolific"))["callers"].startswith("default, collaborator (")


def test_it_counts_what_can_be_listed(addresses: Addresses) -> None:
    holds = found("participant-kit", addresses("participant-kit"))["holds"]

    assert "45 projects" in holds
    assert "100 or more studies" in holds


@pytest.mark.parametrize("api", ["participant-kit", "consent-kit", "forsta", "lookit", "prolific"])
def test_it_says_how_much_can_be_judged(api: str, addresses: Addresses) -> None:
    words = found(api, addresses(api))

    assert "clauses by" in words["judged"]
    assert "needs writes" in words["judged"]


def test_a_run_of_selected_clauses_does_not_look_around(addresses: Addresses) -> None:
    assert "holds" not in found("participant-kit", addresses("participant-kit"), "PK-027")


def test_what_it_reads_is_judged_all_the_same() -> None:
    with running(crooked()) as address:
        run = begun("participant-kit", address, Profile())
        try:
            overview(run)
            assert run.judgements == {}
            for check in run.checks:
                run.perform(check)
            assert any(each.verdict is Verdict.FAIL for each in run.results())
        finally:
            run.client.close()
