"""Whatever a target sends, the kit ends by itself, in time, and says what was wrong; it never ends in a traceback."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from aimed import FULL, target
from live import running, understudy
from nasty import (
    HEAD,
    Speech,
    breaks_off,
    drips,
    drips_headers,
    floods,
    goes,
    hangs,
    lists_without_end,
    packs_badly,
    reply,
    says,
    speaking,
)

from understudy.conformance import Profile, Report, Verdict, run
from understudy.conformance.evidence.errors import UnreachableError
from understudy.mock_server import create_app
from understudy.specs import load

KIT = "participant-kit"
JSON = b"Content-Type: application/json"


#: Speeches that go on for longer than anybody waits.
ENDLESS = {hangs, drips, drips_headers, floods}


def aimed(speech: Speech, profile: Profile = FULL, api: str = KIT, limit: float = 12.0) -> Report:
    """The report on a server that speaks like this."""
    patience = 0.4 if speech in ENDLESS else 8.0
    with speaking(speech) as address:
        return run(load(api), target(api, address, timeout=patience), profile, generate=False, limit=limit)


def faults(report: Report) -> str:
    """Everything that a report says was wrong."""
    return " ".join(
        [report.incomplete, *(f"{each.expected} {each.actual}" for each in report.results), *report.remarks]
    )


@pytest.mark.parametrize(
    ("speech", "words"),
    [
        (hangs, "unreachable: .*no complete reply|took too long"),
        (drips, "unreachable: .*no complete reply"),
        (drips_headers, "unreachable: .*no complete reply|took too long"),
        (floods, "unreachable: .*larger than 32 MB|no complete reply"),
        (goes, "unreachable: .*the connection broke"),
        (breaks_off, "unreachable: .*the connection broke"),
        (packs_badly, "unreachable: .*cannot be decoded"),
        (says(b"\x00\x01\x02 no HTTP at all\r\n\r\n"), "unreachable: .*the connection broke"),
        (
            says(reply(b"<!doctype html><title>Hello</title>", b"Content-Type: text/html")),
            "wrong base address: .*an HTML page",
        ),
        (
            says(reply(b"", b"Location: https://elsewhere.example/", status=b"302 Found")),
            "wrong base address: it redirects to https://elsewhere",
        ),
        (
            says(reply(b"{}", JSON, status=b"404 Not Found")),
            "wrong base address: no operation of Participant Kit answers",
        ),
        (says(reply(b"{}", JSON, status=b"401 Unauthorized")), "unauthorised: the target refuses the token"),
        (says(reply(b"{}", JSON, b"Retry-After: 0", status=b"429 Too Many Requests")), "unreachable: .*429"),
        (says(reply(b"", status=b"503 Service Unavailable")), "not ready: .* a gateway answered .* 503"),
    ],
)
def test_what_cannot_be_judged_is_reported_before_anything_else(speech: Speech, words: str) -> None:
    with pytest.raises(UnreachableError, match=words):
        aimed(speech)


@pytest.mark.parametrize(
    ("speech", "words"),
    [
        (says(reply(b'{"data": [', JSON)), "not valid JSON"),
        (says(reply(b'{"data": [NaN]}', JSON)), "NaN is not a JSON value"),
        (says(reply(b"\xff\xfe\x00{", JSON)), "not valid UTF-8"),
        (says(reply(b"[" * 100_000, JSON)), "nested too deeply"),
        (says(reply(b"null", JSON)), "has no value at|has no list|no list of items|null"),
        (says(reply(b'"text"', JSON)), "no list of items"),
        (says(reply(b'{"data": 7}', JSON)), "no list of items"),
        (says(reply(b'{"data": [7, null, "x", []]}', JSON)), ""),
        (says(reply(b'{"data": [{"id": {"a": 1}}]}', JSON)), ""),
        (says(reply(b"{}", JSON, status=b"500 Internal Server Error")), "500"),
        (says(reply(b"{}", b"Content-Type: \xe9")), "a JSON media type é"),
        (says(HEAD + b"Content-Length: 2\r\n\r\n{}and more than was announced"), "connection broke|no list"),
        (says(reply(b"{}", status=b"299 Odd")), "299|has nothing|no list"),
    ],
)
def test_replies_that_make_no_sense_are_findings(speech: Speech, words: str) -> None:
    report = aimed(speech)

    assert report.exit_code in {1, 4}
    assert report.notice.startswith("Every reply was a server error") is (words == "500")
    assert "the check itself failed" not in faults(report)
    assert re.search(words, faults(report))


def test_a_next_page_without_end_is_a_finding() -> None:
    with speaking(lists_without_end) as address:
        report = run(
            load("lookit"), target("lookit", address, timeout=2), Profile(), only=["LK-033"], generate=False, limit=20
        )

    assert report.results[0].verdict is Verdict.FAIL
    assert re.fullmatch(r"\d+ twice", report.results[0].actual)


class Turning:
    """A correct mock that turns nasty after some requests."""

    def __init__(self, after: int, how: Callable[[Any], Any]) -> None:
        self.application = create_app([KIT])
        self.left = after
        self.how = how

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.left -= 1
            if self.left < 0:
                await self.how(send)
                return
        await self.application(scope, receive, send)


async def _throttles(send: Any) -> None:
    headers = [(b"content-type", b"application/json"), (b"retry-after", b"0")]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


async def _stops_in_the_middle(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"999")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": False})


async def _fails_at_the_gateway(send: Any) -> None:
    await send({"type": "http.response.start", "status": 502, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": b"<h1>Bad gateway</h1>"})


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (_throttles, "429"),
        (_stops_in_the_middle, "exchanges in a row failed"),
        (_fails_at_the_gateway, "a gateway answered"),
    ],
)
def test_a_target_that_goes_away_ends_the_run_with_what_was_found(how: Any, words: str) -> None:
    with running(Turning(150, how)) as address:
        report = run(load(KIT), target(KIT, address), FULL, generate=False)

    assert words in report.incomplete
    assert report.exit_code == 4
    assert report.count(Verdict.PASS) > 10
    assert report.count(Verdict.FAIL) == 0


def _always(status: int, body: bytes, *headers: tuple[bytes, bytes]) -> Callable[[Any], Any]:
    """A reply that has nothing to do with the request."""

    async def how(send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body})

    return how


async def _hangs(send: Any) -> None:
    await asyncio.sleep(20)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (_always(500, b"{}", (b"content-type", b"application/json")), "500"),
        (_always(200, b"<!doctype html><p>Sign in", (b"content-type", b"text/html")), "text/html|Sign in"),
        (_always(302, b"", (b"location", b"/v1/projects")), "302"),
        (_always(200, b'{"data": [\xff]}', (b"content-type", b"application/json")), "not valid UTF-8"),
    ],
)
def test_a_target_that_turns_into_something_else_is_judged_to_the_end(how: Any, words: str) -> None:
    with running(Turning(100, how)) as address:
        report = run(load(KIT), target(KIT, address), FULL, generate=False, limit=30)

    assert report.exit_code == 1
    assert re.search(words, faults(report))
    assert "the check itself failed" not in faults(report)
    assert report.count(Verdict.FAIL) + len(report.breaches) > 10


def test_a_target_that_hangs_in_the_middle_ends_the_run() -> None:
    with running(Turning(60, _hangs)) as address:
        report = run(load(KIT), target(KIT, address, timeout=1), FULL, limit=60)

    assert "exchanges in a row failed" in report.incomplete
    assert report.exit_code == 4


@pytest.mark.parametrize("speech", [breaks_off, says(reply(b"<p>Hello", b"Content-Type: text/html"))])
def test_the_command_ends_with_one_line_and_no_traceback(speech: Speech) -> None:
    with speaking(speech) as address:
        run = understudy("check", KIT, "--url", address, "--token", "x", "--timeout", "1")

    assert run.returncode == 3
    assert "Traceback" not in run.stdout + run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_a_single_failed_exchange_is_an_error_of_its_check_only() -> None:
    class Once(Turning):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if (
                scope["type"] == "http"
                and scope["path"].endswith("/consents")
                and b"status=agreed" in scope["query_string"]
            ):
                await _stops_in_the_middle(send)
                return
            await self.application(scope, receive, send)

    with running(Once(0, _throttles)) as address:
        report = run(load(KIT), target(KIT, address), Profile(), only=["PK-148", "PK-027"], generate=False)
    found = {each.clause: each for each in report.results}

    assert found["PK-027"].verdict is Verdict.PASS
    assert found["PK-148"].verdict is Verdict.ERROR
    assert "the connection broke" in found["PK-148"].actual


def test_the_script_of_a_failed_exchange_is_the_request_without_a_reply() -> None:
    class Dropping(Turning):
        """Goes away on a body that is not valid JSON, as the first server in a chain may do."""

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if (scope["type"], scope.get("method"), scope.get("path")) != ("http", "POST", "/v1/studies"):
                await self.application(scope, receive, send)
                return
            message = await receive()

            async def again() -> Any:
                return message

            if message["body"].endswith(b"}"):
                await self.application(scope, again, send)
            else:
                await _stops_in_the_middle(send)

    with running(Dropping(0, _throttles)) as address:
        report = run(load(KIT), target(KIT, address), FULL, only=["PK-019"], generate=False)
    found = report.results[0]

    assert (found.verdict, found.actual.partition(":")[0]) == (Verdict.ERROR, "POST /v1/studies")
    assert "-X POST" in found.curl.splitlines()[-1]
    assert f"{address}/v1/studies" in found.curl.splitlines()[-1]
    assert [each.request.partition("\n")[0] for each in found.exchanges] == ["POST /v1/studies"]
    assert [each.reply for each in found.exchanges] == ["no reply"]


def test_a_hanging_target_is_given_up_within_its_time() -> None:
    started = time.monotonic()
    with pytest.raises(UnreachableError):
        aimed(hangs)

    assert time.monotonic() - started < 10
