"""The kit in pytest, as a user's suite runs it: one test for each clause, with the verdict as its outcome."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from crooked import crooked
from live import running

from understudy.conformance import Profile, Target
from understudy.conformance.frontends.pytest_plugin import due
from understudy.conformance.judging.scenario_runner import Run as Judging
from understudy.specs import load

KIT = "participant-kit"
PLUGIN = "understudy.conformance.frontends.pytest_plugin"
PAGE = (Path(__file__).parents[3] / "docs" / "kit.md").read_text(encoding="utf-8")
#: A suite that starts its server itself.
OWN_SUITE = """
import pytest
from understudy.conformance import Target
from understudy.conformance.suite.test_clauses import test_clause

@pytest.fixture(scope="session")
def understudy_target():
    return Target("{address}", tokens={{"default": "mock-token"}})
"""

Addresses = Callable[[str], str]
Run = subprocess.CompletedProcess[str]


def judging(writes: bool) -> Judging:
    """A run that has not sent anything yet."""
    return Judging(load(KIT), Target("http://127.0.0.1:1", {"default": "mock-token"}), Profile(writes=writes))


@pytest.fixture(scope="module")
def broken_target() -> Iterator[str]:
    """The address of a target that breaks clauses."""
    with running(crooked()) as address:
        yield address


def suite(folder: Path, *arguments: str, plugins: str = PLUGIN) -> Run:
    """Run pytest in an empty folder, without the configuration of this project.

    Only the named plugins are loaded, which is faster; all installed ones are if `plugins` is empty.
    """
    command = [sys.executable, "-m", "pytest", "--rootdir", str(folder), "-q", *arguments]
    for name in plugins.split():
        command += ["-p", name]
    environment = {**os.environ, **({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} if plugins else {})}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd=folder, env=environment
    )


def clauses(address: str, folder: Path, *arguments: str, **more: str) -> Run:
    options = ["--understudy-api", KIT, "--understudy-url", address, "--understudy-token", "mock-token"]
    return suite(folder, "--pyargs", "understudy.conformance.suite", *options, *arguments, **more)


@pytest.mark.long
def test_the_command_in_the_docs_judges_every_clause(addresses: Addresses, tmp_path: Path) -> None:
    command = next(
        line for line in PAGE.splitlines() if line.startswith("pytest --pyargs understudy.conformance.suite")
    )
    filled = command.replace("https://staging.example.com", addresses("lookit")).replace("$TOKEN", "mock-admin-token")
    run = suite(tmp_path, *shlex.split(filled)[1:], plugins="")

    assert run.returncode == 0, run.stdout
    assert re.search(r"[1-9]\d+ passed, [1-9]\d+ skipped", run.stdout)


def test_a_broken_clause_is_a_failing_test_with_its_script(broken_target: str, tmp_path: Path) -> None:
    run = clauses(broken_target, tmp_path, "-k", "PK-026 or PK-027")

    assert run.returncode == 1
    assert "FAILED" in run.stdout
    assert "test_clause[PK-026]" in run.stdout
    assert "curl -sS -i -X GET" in run.stdout
    assert "mock-token" not in run.stdout


def test_a_clause_that_is_not_judged_is_skipped_with_the_reason(addresses: Addresses, tmp_path: Path) -> None:
    run = clauses(addresses(KIT), tmp_path, "-k", "PK-080", "-rs")

    assert "1 skipped" in run.stdout
    assert "needs writes; judged with --allow-writes" in run.stdout


def test_one_worker_judges_every_clause_that_writes(addresses: Addresses, tmp_path: Path) -> None:
    options = ("--understudy-writes", "-k", "PK-080 or PK-081 or PK-095", "-n", "2", "-vv")
    run = clauses(f"{addresses(KIT)}/_session/spread", tmp_path, *options, plugins=f"{PLUGIN} xdist")
    workers = re.findall(r"^\[(gw\d)\].*PASSED", run.stdout, re.MULTILINE)

    assert len(workers) == 3, run.stdout
    assert len(set(workers)) == 1


def test_with_writes_checks_are_performed_in_the_order_of_the_command() -> None:
    state = judging(writes=True)
    selected = frozenset(state.clauses)
    turns = [due(state, name, selected) for name in state.clauses]

    assert all(turn == state.checks[: len(turn)] for turn in turns)
    assert max(turns, key=len) == state.checks


def test_with_writes_checks_of_other_clauses_are_left_out() -> None:
    state = judging(writes=True)
    turn = due(state, "PK-095", frozenset({"PK-080", "PK-095"}))

    assert turn
    assert all(each.clauses(state.contract) & {"PK-080", "PK-095"} for each in turn)
    assert [state.checks.index(each) for each in turn] == sorted(state.checks.index(each) for each in turn)


def test_without_writes_only_the_checks_of_the_clause_are_performed() -> None:
    state = judging(writes=False)

    for name in state.clauses:
        assert all(name in each.clauses(state.contract) for each in due(state, name, frozenset(state.clauses)))


def test_a_suite_brings_its_own_server(addresses: Addresses, tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(OWN_SUITE.format(address=addresses(KIT)))
    run = suite(tmp_path, "test_mine.py", "--understudy-api", KIT, "-k", "PK-027")

    assert "1 passed" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--understudy-api is missing"),
        (("--understudy-api", "nothing"), "nothing"),
    ],
)
def test_a_missing_or_unknown_api_is_refused_by_name(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    run = suite(tmp_path, "--pyargs", "understudy.conformance.suite", *arguments)

    assert run.returncode != 0
    assert words in run.stdout + run.stderr
    assert "Traceback" not in run.stderr


def test_the_fixture_in_the_docs_can_be_pasted_into_a_conftest(addresses: Addresses, tmp_path: Path) -> None:
    snippet = next(part.partition("```")[0] for part in PAGE.split("```python\n") if "def understudy_target" in part)
    server = f"types.SimpleNamespace(url={addresses(KIT)!r}, token='mock-token')"
    own = f"import types\n\n@pytest.fixture(scope='session')\ndef my_server():\n    return {server}\n"
    (tmp_path / "conftest.py").write_text(f"{snippet}\n{own}")
    (tmp_path / "test_kit.py").write_text("from understudy.conformance.suite.test_clauses import test_clause\n")
    run = suite(tmp_path, "--understudy-api", KIT, "-k", "PK-026")

    assert "1 passed" in run.stdout, run.stdout
