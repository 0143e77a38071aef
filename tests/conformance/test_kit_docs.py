"""The console examples of `docs/kit.md`, run as they are printed, and the files that they use."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from live import COMMAND, served
from test_readme import Block, blocks, fits

from understudy.conformance.http.target import MEMBERS
from understudy.specs import apis, load

PAGE = (Path(__file__).parents[2] / "docs" / "kit.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"
#: The YAML blocks in their order: a target file, waivers, a step of a CI job.
TARGET, WAIVERS, STEP = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


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


@pytest.mark.parametrize("block", blocks(PAGE), ids=lambda block: f"line {block.line}")
def test_every_command_prints_what_the_page_says(block: Block, shell: dict[str, str], tmp_path: Path) -> None:
    with served(*block.server.split()) as server:
        for command, told in block.steps:
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
            assert fits(run.stdout.strip(), told.replace(ADDRESS, server.address)), f"{command}\n{run.stdout}"


def test_the_page_has_examples() -> None:
    assert sum(len(block.steps) for block in blocks(PAGE)) >= 12


def test_the_target_file_has_every_member_but_the_dangerous_one() -> None:
    assert set(yaml.safe_load(TARGET)) == MEMBERS - {"insecure"}


def test_the_options_of_the_ci_step_exist(shell: dict[str, str]) -> None:
    help_ = subprocess.run([*COMMAND, "check", "--help"], capture_output=True, text=True, timeout=60, check=True)

    assert [option for option in re.findall(r"--[a-z-]+", STEP) if option not in help_.stdout] == []


def test_every_role_of_a_contract_is_told() -> None:
    table = PAGE.partition("| API | roles |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| ([A-Z][A-Za-z, ]+) \| (.*) \|$", table, re.MULTILINE)
    told = {name: set(re.findall(r"`([a-z]+)`", roles)) for names, roles in rows for name in names.split(", ")}
    wanted = {load(api).title: {caller["role"] for caller in load(api).seed["callers"]} for api in apis()}

    assert {title: next(told[name] for name in told if title.startswith(name)) for title in wanted} == wanted
