"""The command `understudy` itself."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

import pytest
from live import understudy

import understudy as understudy_package
from understudy.cli import COMMANDS, GROUP
from understudy.specs import apis, load


def test_apis_lists_every_api_with_its_size_without_what_is_retired() -> None:
    lines = understudy("apis").stdout.splitlines()

    assert [line.split()[0] for line in lines] == list(apis())
    for line in lines:
        contract = load(line.split()[0])
        clauses = [clause for clause in contract.clauses if not clause.retired]
        assert f"{len(contract.operations)} operations, {len(clauses)} clauses" in line


def test_without_a_command_it_lists_the_commands() -> None:
    result = understudy()

    assert "serve" in result.stdout + result.stderr
    assert "apis" in result.stdout + result.stderr


def test_the_list_of_commands_says_of_each_what_the_command_says_itself() -> None:
    assert {
        entry.name: (entry.load().__doc__ or "").splitlines()[0] for entry in metadata.entry_points(group=GROUP)
    } == COMMANDS


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        ((), {}),
        (("--help",), {}),
        (("--version",), {}),
        (("simulate",), {}),
        ((), {"_UNDERSTUDY_COMPLETE": "complete_bash", "COMP_WORDS": "understudy s", "COMP_CWORD": "1"}),
    ],
    ids=["nothing", "help", "version", "an unknown command", "completion"],
)
def test_no_command_is_imported_only_to_be_named(words: tuple[str, ...], environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "understudy", *words]

    run = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False
    )

    assert "understudy.cli" in run.stderr
    assert [name for name in ("understudy.specs", "understudy.mock_server", "connexion") if name in run.stderr] == []


@pytest.mark.parametrize("words", [("--", "apis"), ("apis",)])
def test_a_command_is_found_wherever_it_stands(words: tuple[str, ...]) -> None:
    assert understudy(*words).stdout.startswith("consent-kit ")


def test_an_unknown_command_is_a_wrong_use() -> None:
    unknown = understudy("serv")

    assert unknown.returncode == 2
    assert "No such command 'serv'. Did you mean 'serve'?" in unknown.stderr


@pytest.fixture
def beside_a_broken_one(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a copy of `understudy` in which one more folder of `specs` holds a contract that cannot be read."""
    package = tmp_path / "understudy"
    shutil.copytree(Path(understudy_package.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "specs" / "lending").mkdir()
    for name in ("openapi.yaml", "clauses.yaml", "seed.yaml"):
        (package / "specs" / "lending" / name).write_text("a: [1,\nb: 2}\n", encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from understudy.cli import main; main()", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return run


def test_a_broken_contract_does_not_hide_the_others(
    beside_a_broken_one: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    listed = beside_a_broken_one("apis")
    explained = beside_a_broken_one("explain", "PK-027")
    unknown = beside_a_broken_one("explain", "PK-999")

    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(apis())
    assert listed.returncode == 1
    (line,) = listed.stderr.splitlines()
    assert line.startswith("understudy: ")
    assert "specs/lending/openapi.yaml: line 2, column 5: " in line
    assert (explained.returncode, explained.stdout[:6], explained.stderr) == (0, "PK-027", "")
    assert unknown.returncode == 2
    assert "Traceback" not in unknown.stderr
