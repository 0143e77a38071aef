"""Targets that are real services with one strange habit: cookies, links to elsewhere, huge replies; and proxies on the way."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from aimed import FULL, judged, target, tokens
from between import Between
from live import COMMAND, running, understudy

from understudy.conformance import Profile, Verdict

KIT = "participant-kit"


# --- cookies ----------------------------------------------------------------------------------------------------------


def test_a_session_cookie_lets_nobody_in() -> None:
    arrived: list[str] = []

    def admit(scope: dict[str, Any]) -> None:
        headers = dict(scope["headers"])
        if b"cookie" in headers:
            arrived.append(headers[b"cookie"].decode("latin-1"))
            if b"authorization" not in headers:
                scope["headers"] = [*scope["headers"], (b"authorization", b"Bearer mock-token")]

    def greet(scope: Any, headers: list[tuple[bytes, bytes]], body: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
        return [*headers, (b"set-cookie", b"session=1; Path=/; HttpOnly")], body

    with running(Between(KIT, greet, admit)) as address:
        report = judged(KIT, address, FULL, "PK-003", "PK-004", "PK-008", generate=True)

    assert arrived == []
    assert {each.clause: each.verdict for each in report.results if each.verdict is not Verdict.NOT_APPLICABLE} == {
        "PK-003": Verdict.PASS,
        "PK-004": Verdict.PASS,
        "PK-008": Verdict.PASS,
    }


# --- page links -------------------------------------------------------------------------------------------------------

#: The clauses about page links of each API that has them.
LINKS = {
    "prolific": ("PR-443", "PR-498"),
    "lookit": ("LK-028", "LK-029", "LK-033", "LK-038"),
    "forsta": ("FO-038", "FO-039", "FO-040", "FO-042", "FO-056"),
}
PROMISED = {"prolific": {"PR-443"}, "lookit": {"LK-029", "LK-033"}, "forsta": {"FO-038", "FO-042"}}


def rewriting(api: str, pattern: str, by: str) -> Between:
    """A proxy that changes the addresses of the mock in each reply, as those do that hide where a service runs."""

    def change(scope: Any, headers: list[tuple[bytes, bytes]], body: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
        return headers, re.sub(pattern.encode(), by.encode(), body)

    return Between(api, change)


@pytest.mark.parametrize("api", LINKS)
@pytest.mark.parametrize(
    "host", ["https://elsewhere.example", pytest.param("http://127.0.0.1@elsewhere.example:80", marks=pytest.mark.long)]
)
def test_page_links_to_another_host_are_a_finding_and_not_followed(api: str, host: str) -> None:
    with running(rewriting(api, r"http://127\.0\.0\.1:\d+", host)) as address:
        report = judged(api, address, Profile(), *LINKS[api])
    found = {each.clause: each for each in report.results}

    assert {name for name, each in found.items() if each.verdict in {Verdict.FAIL, Verdict.WARNING}} == PROMISED[api]
    assert all("elsewhere.example" in found[name].actual for name in PROMISED[api])
    assert all("curl" in each.curl and each.curl.count("elsewhere") == 0 for each in found.values() if each.curl)


@pytest.mark.parametrize("api", LINKS)
@pytest.mark.parametrize(
    "spelling",
    [
        "https://127.0.0.1",
        *(
            pytest.param(each, marks=pytest.mark.long)
            for each in ("http://LOCALHOST", "http://127.0.0.1:9", "http://[::1]:1")
        ),
    ],
)
def test_page_links_that_spell_the_host_otherwise_are_no_finding(api: str, spelling: str) -> None:
    with running(rewriting(api, r"http://127\.0\.0\.1:\d+", spelling)) as address:
        report = judged(api, address, Profile(), *LINKS[api])

    assert [(each.clause, each.actual) for each in report.results if each.verdict is not Verdict.PASS] == []


@pytest.mark.parametrize("api", LINKS)
def test_page_links_without_the_prefix_of_a_proxy_are_no_finding(api: str) -> None:
    arrived: list[str] = []

    def strip(scope: dict[str, Any]) -> None:
        arrived.append(scope["path"])
        scope["path"] = scope["path"].removeprefix("/behind")
        scope["raw_path"] = scope["raw_path"].removeprefix(b"/behind")

    with running(Between(api, lambda _, headers, body: (headers, body), strip)) as address:
        report = judged(api, address, Profile(), *LINKS[api], target=target(api, f"{address}/behind"))

    assert [(each.clause, each.actual) for each in report.results if each.verdict is not Verdict.PASS] == []
    assert [path for path in arrived if not path.startswith("/behind/")] == []


def test_relative_page_links_are_no_finding_where_no_clause_forbids_them() -> None:
    with running(rewriting("prolific", r"http://127\.0\.0\.1:\d+", "")) as address:
        report = judged("prolific", address, Profile(), "PR-498")

    assert report.results[0].verdict is Verdict.PASS


# --- memory -----------------------------------------------------------------------------------------------------------


def most_memory(address: str, *more: str) -> int:
    """The most memory (MB) that the command took on a target."""
    process = subprocess.Popen(
        [*COMMAND, "check", KIT, "--url", address, "--quick", "--token", tokens(KIT)["default"], *more],
        stdout=subprocess.DEVNULL,
    )
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_maxrss // 1024


@pytest.mark.long
def test_long_replies_take_no_memory_for_each_of_them() -> None:
    padding = json.dumps(["x" * 1000] * 5000).encode()
    padded: list[str] = []

    def pad(scope: Any, headers: list[tuple[bytes, bytes]], body: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
        if scope["method"] == "GET" and scope["status"] == 200 and len(padded) < large:
            padded.append(scope["path"])
            body = body[:-1] + b',"padding":' + padding + b"}"
        return headers, body

    large = 0
    with running(Between(KIT, pad)) as address:
        plain = most_memory(address)
        large = 40
        full = most_memory(address)

    assert len(padded) == 40
    assert full - plain < 250


# --- proxies ----------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["http://127.0.0.1:9", "socks5://127.0.0.1:9", "nonsense://[", "http://user:secret@[::1"])
def behind_a_proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that names a proxy which cannot be used."""
    for name in ("HTTP_PROXY", "ALL_PROXY", "HTTPS_PROXY"):
        for each in (name, name.lower()):
            monkeypatch.setenv(each, request.param)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name)


def checked(address: str) -> subprocess.CompletedProcess[str]:
    quick = ("PK-027", "--quick", "--timeout", "3")
    return understudy("check", KIT, *quick, "--url", address, "--token", "mock-token")


@pytest.mark.usefixtures("behind_a_proxy")
def test_a_target_on_this_machine_is_reached_without_a_proxy(addresses: Callable[[str], str]) -> None:
    run = checked(addresses(KIT))

    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.usefixtures("behind_a_proxy")
def test_an_unusable_proxy_is_one_sentence() -> None:
    run = checked("http://target.invalid")

    assert run.returncode == 3
    assert len(run.stderr.strip().splitlines()) == 1
    assert "unreachable" in run.stderr
    assert "secret" not in run.stderr
