"""What happens on the way to a target is recognised, and everything else is judged."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from typing import Any

import pytest
from aimed import FULL, judged, target
from between import Answer, Between
from closing import closing
from live import running
from ports import free_port

from understudy.conformance import Profile, Report, Verdict, run
from understudy.conformance.evidence.errors import UnreachableError
from understudy.mock_server import create_app
from understudy.specs import load

KIT = "participant-kit"
READ = Profile()
JSON = (b"content-type", b"application/json")
UNKNOWN = json.dumps({"error": {"type": "unauthorized", "message": "Unknown token."}}).encode()
PAGE = b"<!doctype html><title>503</title><h1>Service Unavailable</h1>"
HTML = (b"content-type", b"text/html")


def held_against(report: Report) -> dict[str, str]:
    """What a report says that the target breaks."""
    return {each.clause: each.actual for each in report.results if each.verdict in {Verdict.FAIL, Verdict.WARNING}}


# --- tokens -----------------------------------------------------------------------------------------------------------


def expiring(after: int, status: int, token: bytes = b"Bearer mock-token") -> Between:
    """A target that refuses a token once it has answered some requests."""
    left = [after]

    async def refuse(scope: dict[str, Any]) -> Answer | None:
        if (b"authorization", token) not in scope["headers"]:
            return None
        left[0] -= 1
        return (status, [JSON, (b"www-authenticate", b"Bearer")], UNKNOWN) if left[0] < 0 else None

    return Between(KIT, instead=refuse)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("profile", [READ, FULL])
def test_a_token_that_expires_midway_is_recognised(status: int, profile: Profile) -> None:
    with running(expiring(50, status)) as address:
        report = judged(KIT, address, profile)

    assert report.incomplete.startswith("the token stopped working: GET /v1/")
    assert held_against(report) == {}
    assert report.exit_code == 4
    assert report.count(Verdict.PASS) > 5


def test_the_token_of_another_caller_costs_only_what_needs_that_caller() -> None:
    with running(expiring(1, 401, b"Bearer mock-other-token")) as address:
        report = judged(KIT, address, READ)

    assert report.incomplete == ""
    assert held_against(report) == {}
    assert "the token of the role other stopped working" in report.notice
    assert report.count(Verdict.PASS) > 50


def test_a_target_that_refuses_one_list_is_not_taken_for_one_that_refuses_the_token() -> None:
    async def refuse(scope: dict[str, Any]) -> Answer | None:
        return (401, [JSON, (b"www-authenticate", b"Bearer")], UNKNOWN) if scope["path"] == "/v1/panels" else None

    with running(Between(KIT, instead=refuse)) as address:
        report = judged(KIT, address, READ)

    assert report.incomplete == ""
    assert held_against(report)


# --- gateways ---------------------------------------------------------------------------------------------------------


def failing(every: int, *answer: Any) -> Between:
    """A target whose gateway answers some of the requests."""
    count = [0]

    async def instead(scope: dict[str, Any]) -> Answer | None:
        count[0] += 1
        return answer if count[0] % every == 0 else None  # type: ignore[return-value]

    return Between(KIT, instead=instead)


OF_A_GATEWAY = (
    (503, [HTML], PAGE),
    (502, [HTML], PAGE),
    (504, [JSON], b'{"message": "Endpoint request timed out"}'),
    (503, [JSON, (b"retry-after", b"0")], UNKNOWN),
)


@pytest.mark.parametrize(
    "answer", [OF_A_GATEWAY[0], *(pytest.param(each, marks=pytest.mark.long) for each in OF_A_GATEWAY[1:])]
)
def test_what_a_gateway_answers_is_not_held_against_the_api(answer: Any) -> None:
    with running(failing(10, *answer)) as address:
        report = judged(KIT, address, READ)

    assert held_against(report) == {}
    assert report.count(Verdict.ERROR) == 0
    assert report.count(Verdict.PASS) > 50


@pytest.mark.long
@pytest.mark.parametrize("answer", OF_A_GATEWAY)
def test_with_writes_it_is_not_held_against_the_api_either(answer: Any) -> None:
    with running(failing(10, *answer)) as address:
        report = judged(KIT, address, FULL)

    assert held_against(report) == {}
    assert report.exit_code in {0, 4}
    assert report.count(Verdict.PASS) > 100
    assert ("a gateway answered" in report.notice) is bool(report.count(Verdict.ERROR))


@pytest.mark.parametrize("answer", [(503, [JSON], UNKNOWN), (500, [HTML], PAGE)])
def test_what_the_api_itself_answers_is_held_against_it(answer: Any) -> None:
    with running(failing(3, *answer)) as address:
        report = judged(KIT, address, READ, "PK-013", "PK-034")

    assert "PK-013" in held_against(report)


# --- slow operations --------------------------------------------------------------------------------------------------


def test_a_slow_list_costs_its_own_clauses_and_little_time() -> None:
    async def sleep(scope: dict[str, Any]) -> Answer | None:
        if scope["path"] == "/v1/panels":
            await asyncio.sleep(8)
        return None

    started = time.monotonic()
    with running(Between(KIT, instead=sleep)) as address:
        report = judged(KIT, address, READ, target=target(KIT, address, timeout=2))
    took = time.monotonic() - started

    assert report.incomplete == ""
    assert held_against(report) == {}
    assert report.exit_code == 4
    errors = {each.clause for each in report.results if each.verdict is Verdict.ERROR}
    about = {each.id: each.operations for each in load(KIT).clauses}
    assert {name for name in errors if not any("panel" in operation for operation in about[name])} == set()
    assert errors
    assert report.count(Verdict.PASS) > 40
    assert "GET /v1/panels did not answer within 2 s" in report.notice
    assert took < 60


# --- connections ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [READ, FULL])
def test_a_connection_that_closes_as_it_is_used_again_costs_nothing(profile: Profile) -> None:
    with running(create_app([KIT])) as behind, closing(behind) as address:
        report = judged(KIT, address, profile, "PK-003", "PK-027", "PK-034", "PK-078", "PK-096", "PK-129")

    assert held_against(report) == {}
    assert report.count(Verdict.ERROR) == 0
    assert report.exit_code == 0


# --- a target that is not ready ---------------------------------------------------------------------------------------


def starting(for_requests: int) -> Between:
    count = [0]

    async def instead(scope: dict[str, Any]) -> Answer | None:
        count[0] += 1
        return (503, [HTML], PAGE) if count[0] <= for_requests else None

    return Between(KIT, instead=instead)


def test_a_target_that_is_not_ready_is_described_in_one_sentence() -> None:
    with (
        running(starting(1000)) as address,
        pytest.raises(UnreachableError, match=r"^not ready: GET /v1/projects: a gateway answered .* --wait\.$"),
    ):
        judged(KIT, address, READ)


def test_a_target_may_be_given_time_to_start() -> None:
    with running(starting(7)) as address:
        report = judged(KIT, address, READ, "PK-027", target=target(KIT, address, wait=20))

    assert report.exit_code == 0


def test_a_port_that_opens_later_is_waited_for() -> None:
    port = free_port()
    with running(create_app([KIT])) as behind:
        late: list[Any] = []

        def open_later() -> None:
            time.sleep(1)
            late.append(closing_at(port, behind))

        opener = threading.Thread(target=open_later)
        opener.start()
        try:
            report = run(
                load(KIT), target(KIT, f"http://127.0.0.1:{port}", wait=20), READ, only=["PK-027"], generate=False
            )
        finally:
            opener.join()
            late[0].close()

    assert report.exit_code == 0


def closing_at(port: int, behind: str) -> socket.socket:
    """A server at a port that passes each connection on to another."""
    from closing import _one

    host, _, there = behind.removeprefix("http://").partition(":")
    listening = socket.create_server(("127.0.0.1", port))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=_one, args=(connection, host, int(there)), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listening
