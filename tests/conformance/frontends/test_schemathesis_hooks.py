"""The kit under Schemathesis's own command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "kit.md").read_text(encoding="utf-8")
#: A part of the run that the page tells of; the scenarios are all there.
PART = "--phases examples --include-operation-id retrieve_study --no-color"

Addresses = Callable[[str], str]


def command() -> str:
    """The command in the documentation, with the line before it, which finds the document."""
    lines = PAGE.splitlines()
    at = next(number for number, line in enumerate(lines) if "SCHEMATHESIS_HOOKS=" in line)
    return "\n".join(lines[at - 1 : at + 1])


def played(address: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    documented = command().replace("https://staging.example.com", address)
    documented = documented.replace("$(python ", f"$({sys.executable} ").replace(
        "schemathesis run", f"{Path(sys.executable).with_name('schemathesis')} run"
    )
    environment = {**os.environ, "TOKEN": "mock-token", "PYTHONWARNINGS": "ignore"}
    line = " ".join([documented, PART, *more])
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=120, check=False, cwd=folder, env=environment
    )


@pytest.fixture
def address(addresses: Addresses, request: pytest.FixtureRequest) -> str:
    return f"{addresses('participant-kit')}/_session/{request.node.name}"


@pytest.mark.long
def test_the_command_in_the_docs_finds_nothing_on_a_correct_target(address: str, tmp_path: Path) -> None:
    run = played(address, tmp_path, "--checks", "understudy_clauses")

    assert run.returncode == 0, run.stdout
    assert "1 passed" in run.stdout


def test_a_broken_clause_fails_the_run_with_its_script(address: str, tmp_path: Path) -> None:
    forced = {"operation": "retrieve_study", "status": 403, "times": None}
    httpx.post(f"{address}/_mock/replies", json=forced).raise_for_status()
    run = played(address, tmp_path, "--checks", "understudy_clauses")

    assert run.returncode == 1
    assert "understudy_clauses" in run.stdout
    assert "PK-095: expected status 404, got 403" in run.stdout
    assert '-H "Authorization: Bearer $TOKEN"' in run.stdout


@pytest.mark.long
def test_a_reply_that_breaks_the_contract_names_the_clause(address: str, tmp_path: Path) -> None:
    forced = {"operation": "retrieve_study", "status": 200, "body": {"object": "panel"}, "times": None}
    httpx.post(f"{address}/_mock/replies", json=forced).raise_for_status()
    run = played(address, tmp_path, "--checks", "understudy_clauses")

    assert "expected every Study to have the member" in run.stdout
