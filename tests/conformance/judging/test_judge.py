"""Whole runs: a correct target has no findings, is left as it was, and gets no more requests than promised."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from aimed import EVERY_API, FULL, begun, judged, target
from live import running

from understudy.conformance import Profile, Report, Verdict
from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.judging.scenario_runner import Progress
from understudy.mock_server import create_app
from understudy.specs import apis

#: Requests that the scenarios of one API may take.
BUDGET = {"prolific": 1500, "participant-kit": 950, "consent-kit": 750, "lookit": 850}
GOOD = {Verdict.PASS, Verdict.NOT_APPLICABLE}

Addresses = Callable[[str], str]


class Watching:
    """Passes requests on and writes down their methods."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.methods: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.methods.append(scope["method"])
        await self.application(scope, receive, send)


@pytest.fixture(scope="session")
def scenarios(addresses: Addresses) -> Callable[[str], Report]:
    """The report on the correct mock of an API, all scenarios performed once."""
    return cache(lambda api: judged(api, addresses(api)))


@pytest.mark.parametrize("api", EVERY_API)
def test_a_correct_target_keeps_every_promise(api: str, scenarios: Callable[[str], Report]) -> None:
    odd = [(each.clause, each.verdict, each.actual) for each in scenarios(api).results if each.verdict not in GOOD]

    assert odd == []
    assert scenarios(api).exit_code == 0


@pytest.mark.parametrize("api", EVERY_API)
def test_with_every_credential_and_writes_only_excluded_clauses_are_left_out(
    api: str, scenarios: Callable[[str], Report]
) -> None:
    out = [each for each in scenarios(api).results if each.verdict is Verdict.NOT_APPLICABLE]

    assert [each.clause for each in out if not each.actual.startswith("excluded")] == []


@pytest.mark.parametrize("api", EVERY_API)
def test_the_scenarios_keep_within_their_requests(api: str, scenarios: Callable[[str], Report]) -> None:
    assert scenarios(api).requests <= BUDGET.get(api, 500)


@pytest.mark.parametrize("api", EVERY_API)
def test_nothing_of_a_correct_target_is_against_the_contract(api: str, scenarios: Callable[[str], Report]) -> None:
    assert (scenarios(api).remarks, scenarios(api).breaches) == ((), ())


@pytest.mark.long
@pytest.mark.parametrize("api", apis())
def test_generated_cases_find_nothing_on_a_correct_target(api: str) -> None:
    with running(create_app([api])) as address:
        report = judged(api, address, generate=True)

    assert [(each.clause, each.actual) for each in report.results if each.verdict not in GOOD] == []
    assert (report.remarks, report.breaches) == ((), ())


@pytest.mark.parametrize("api", apis())
def test_reading_alone_finds_nothing_on_a_correct_target(api: str, addresses: Addresses) -> None:
    report = judged(api, addresses(api), Profile())

    assert [(each.clause, each.actual) for each in report.results if each.verdict not in GOOD] == []
    assert report.count(Verdict.PASS) > 50


def test_one_credential_alone_finds_nothing_on_a_correct_target(addresses: Addresses) -> None:
    one = target("participant-kit", addresses("participant-kit"), tokens={"default": "mock-token"})
    report = judged("participant-kit", "", target=one)
    reasons = {each.actual for each in report.results if each.verdict is Verdict.NOT_APPLICABLE}

    assert report.exit_code == 0
    assert any("--token other=" in reason for reason in reasons)


def test_reading_sends_nothing_that_writes_not_even_generated() -> None:
    watching = Watching(create_app(["consent-kit"]))
    with running(watching) as address:
        report = judged("consent-kit", address, Profile(), generate=True)

    assert report.exit_code == 0
    assert set(watching.methods) <= {"GET", "HEAD", "OPTIONS"}
    assert len(watching.methods) > 300


def test_a_run_leaves_the_target_as_it_was(addresses: Addresses) -> None:
    run = begun("participant-kit", addresses("participant-kit"))
    lists = ("/v1/studies", "/v1/participants", "/v1/data_links", "/v1/consents")

    def held() -> list[bytes]:
        credential = run.credential("default")
        asked = [run.client.request("GET", path, query={"limit": "100"}, credential=credential) for path in lists]
        return [run.client.send(each).reply.body for each in asked]

    before = held()
    for each in run.checks:
        run.perform(each)

    assert held() == before
    assert run.leftovers == []


def test_an_interrupted_run_reports_its_findings_and_cleans_up(addresses: Addresses) -> None:
    made: list[str] = []

    def interrupt(name: str, number: int, total: int) -> None:
        made.append(name)
        if name == "making.an-activity-is-made":
            raise KeyboardInterrupt

    report = judged("participant-kit", addresses("participant-kit"), progress=Progress(started=interrupt))

    assert report.incomplete == "interrupted"
    assert report.exit_code == 4
    assert report.count(Verdict.PASS) > 50
    assert report.leftovers == ()


def test_created_objects_are_removed_even_when_a_check_is_interrupted(addresses: Addresses) -> None:
    run = begun("participant-kit", addresses("participant-kit"))
    check = next(each for each in run.checks if each.name == "deleting.an-activity-is-deleted")
    calls = 0
    send = run.client.send

    def interrupted(request: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 5 and not run.client.stopping:
            raise KeyboardInterrupt
        return send(request)

    run.client.send = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        run.perform(check)

    assert run.cleanup.open == []
    assert run.leftovers == []


def test_the_time_limit_ends_a_run(addresses: Addresses) -> None:
    report = judged("participant-kit", addresses("participant-kit"), limit=0.3)

    assert "time limit" in report.incomplete
    assert report.exit_code == 4


def test_the_first_failure_ends_a_run_when_asked_to() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b'{"data": []}'})

    with running(_http(application)) as address:
        report = judged("participant-kit", address, fail_fast=True)

    assert "--fail-fast" in report.incomplete
    assert report.exit_code == 1


def _http(application: Any) -> Any:
    """Without the start-up conversation that the server wants to have."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await application(scope, receive, send)

    return wrapped


def test_single_clauses_can_be_judged(addresses: Addresses) -> None:
    report = judged("participant-kit", addresses("participant-kit"), FULL, "PK-027", "PK-080")

    assert [(each.clause, each.verdict) for each in report.results] == [
        ("PK-027", Verdict.PASS),
        ("PK-080", Verdict.PASS),
    ]


def test_a_clause_that_does_not_exist_is_refused_by_name(addresses: Addresses) -> None:
    with pytest.raises(UsageError, match="There is no clause 'PK-999' in Participant Kit"):
        judged("participant-kit", addresses("participant-kit"), FULL, "PK-999")


def test_a_target_that_lacks_what_a_check_needs_breaks_nothing_and_the_reason_is_said() -> None:
    async def empty(scope: Any, receive: Any, send: Any) -> None:
        authorised = any(name == b"authorization" for name, _ in scope["headers"])
        headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
        await send({"type": "http.response.start", "status": 200 if authorised else 401, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"object": "list", "data": []}'})

    with running(_http(empty)) as address:
        report = judged("participant-kit", address, Profile(), "PK-046", "PK-062", "PK-027")

    assert {each.verdict for each in report.results} == {Verdict.NOT_SHOWN}
    assert report.exit_code == 4
    assert all("the target" in each.actual or "no" in each.actual for each in report.results)


def test_implied_clauses_warn_unless_strict() -> None:
    async def open_door(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b'{"object": "list", "data": []}'})

    with running(_http(open_door)) as address:
        loose = judged("participant-kit", address, Profile(), "PK-016")
        strict = judged("participant-kit", address, Profile(strict=True), "PK-016")

    assert (loose.results[0].verdict, loose.exit_code) == (Verdict.WARNING, 0)
    assert (strict.results[0].verdict, strict.exit_code) == (Verdict.FAIL, 1)


def test_operations_that_are_only_implied_can_be_left_out(addresses: Addresses) -> None:
    report = judged("prolific", addresses("prolific"), Profile(implied=False), "PR-354", "PR-001")

    assert {each.clause: each.verdict for each in report.results} == {
        "PR-001": Verdict.PASS,
        "PR-354": Verdict.NOT_APPLICABLE,
    }
