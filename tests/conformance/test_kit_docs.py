"""The console examples of `docs/kit.md`, run as they are printed, and the files that they use."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from live import COMMAND, served, understudy
from test_readme import Block, blocks, fits

from understudy.conformance.frontends.options import settled
from understudy.conformance.scope import target_file
from understudy.specs import apis, load

PAGE = (Path(__file__).parents[2] / "docs" / "kit.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"
#: The YAML blocks in their order: a target file with every member, one that is used, waivers, a step of a CI job.
TARGET, OWN, WAIVERS, STEP = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a shell in an empty folder that finds the command; what is exported lasts."""
    command = tmp_path / "bin" / "understudy"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    command.chmod(0o755)
    (tmp_path / "waivers.yaml").write_text(WAIVERS)
    own = {
        "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
    }
    return {**{name: value for name, value in os.environ.items() if name != "GITHUB_STEP_SUMMARY"}, **own}


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(PAGE), ids=lambda block: f"line {block.line}")
def test_every_command_prints_what_the_page_says(block: Block, shell: dict[str, str], tmp_path: Path) -> None:
    with served(*block.server.split()) as server:
        (tmp_path / "own.yaml").write_text(OWN.replace(ADDRESS, server.address))
        for command, printed in block.steps:
            if command.startswith("export "):
                shell |= dict(pair.split("=", 1) for pair in command.split()[1:])
                continue
            run = subprocess.run(
                ["bash", "-c", command.replace(ADDRESS, server.address)],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
                cwd=tmp_path,
                env=shell,
            )
            assert run.stderr == "", command
            assert fits(run.stdout.strip(), printed.replace(ADDRESS, server.address)), f"{command}\n{run.stdout}"


def test_the_page_has_examples() -> None:
    assert sum(len(block.steps) for block in blocks(PAGE)) >= 12


def test_the_target_file_has_every_member(tmp_path: Path) -> None:
    environment = dict.fromkeys(re.findall(r"\$([A-Z_]+)", TARGET), "x")
    (tmp_path / "target.yaml").write_text(TARGET)

    assert sorted(target_file.read(tmp_path / "target.yaml", environment)) == target_file.names()


def test_the_target_file_describes_a_run_of_the_api_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in re.findall(r"\$([A-Z_]+)", TARGET):
        monkeypatch.setenv(name, "x")
    (tmp_path / "target.yaml").write_text(TARGET)
    found = settled(tmp_path / "target.yaml", {})

    contract = load("participant-kit")
    assert found.target.for_api(contract).url == "https://staging.example.com"
    known = {step for operation in contract.operations.values() for step in operation.path.split("/")}
    assert set(found.target.paths) <= known
    assert set(found.clauses) <= {clause.id for clause in contract.clauses}


def test_the_options_of_the_ci_step_exist() -> None:
    help_ = understudy("check", "--help").stdout

    assert [option for option in re.findall(r"--[a-z-]+", STEP) if option not in help_] == []


def test_every_role_of_a_contract_is_documented() -> None:
    table = PAGE.partition("| API | roles |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| ([A-Z][A-Za-z, ]+) \| (.*) \|$", table, re.MULTILINE)
    documented = {name: set(re.findall(r"`([a-z]+)`", roles)) for names, roles in rows for name in names.split(", ")}
    wanted = {load(api).title: {caller["role"] for caller in load(api).seed["callers"]} for api in apis()}

    assert {
        title: next(documented[name] for name in documented if title.startswith(name)) for title in wanted
    } == wanted
