"""Operations that came after the source of a contract: left alone by default, judged when asked for."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live import COMMAND, running

from understudy.conformance.frontends.options import settled
from understudy.mock_server import create_app

#: "Replies are JSON", which generated cases judge for every operation.
CLAUSES = ("PR-535",)
ASKING = {"command": ["--later"], "file": ["later: true"], "neither": []}


class NoCampaigns:
    """A mock of Prolific whose list of campaigns is a page of HTML."""

    def __init__(self) -> None:
        self._mock = create_app(["prolific"])

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or "/campaigns" not in scope["path"]:
            await self._mock(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"<p>Campaigns</p>"})


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(NoCampaigns()) as found:
        yield found


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.long
@pytest.mark.parametrize("asked", ASKING)
def test_a_fault_in_such_an_operation_counts_when_it_is_asked_for(address: str, asked: str, tmp_path: Path) -> None:
    file = tmp_path / "target.yaml"
    file.write_text("\n".join(["partial: true", *(ASKING[asked] if asked == "file" else [])]), encoding="utf-8")
    more = ASKING[asked] if asked == "command" else []
    command = [*COMMAND, "check", "prolific", "--url", address, "--token", "mock-token", "--target", str(file)]
    done = run(*command, "--strict", *more, *CLAUSES)

    assert done.returncode == (0 if asked == "neither" else 1), done.stdout + done.stderr
    for clause in CLAUSES:
        assert (f"✗ {clause}" in done.stdout) is (asked != "neither")
    assert ("/campaigns" in done.stdout) is (asked != "neither")


def test_it_is_off_unless_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "target.yaml"
    file.write_text("later: true", encoding="utf-8")

    assert not settled(None, {"url": "http://127.0.0.1:1"}).profile.later
    assert settled(None, {"url": "http://127.0.0.1:1", "later": True}).profile.later
    assert settled(file, {"url": "http://127.0.0.1:1"}).profile.later
