"""`docs/front-ends.md` is correct: its commands print what it says, its code is in the examples, its files exist."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from live import served
from test_readme import Block, blocks, fits

from understudy.specs import apis, scenarios

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "front-ends.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"


@pytest.mark.parametrize("block", blocks(PAGE), ids=lambda block: f"line {block.line}")
def test_every_command_prints_what_the_page_says(block: Block) -> None:
    with served(*block.server.split()) as server:
        for command, expected in block.steps:
            run = subprocess.run(
                ["bash", "-c", command.replace(ADDRESS, server.address)], capture_output=True, text=True, timeout=60
            )
            assert fits(run.stdout.strip(), expected), f"{command}\n{run.stdout}{run.stderr}"


@pytest.mark.parametrize("code", re.findall(r"^```(?:js|ts|python)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
def test_every_piece_of_code_is_in_an_example_that_is_run(code: str) -> None:
    examples = [
        path.read_text()
        for pattern in ("*.js", "*.ts", "*.py")
        for path in (ROOT / "examples").rglob(pattern)
        if "node_modules" not in path.parts and "types" not in path.parts
    ]

    assert any(code in example for example in examples)


def test_the_recipes_pin_the_versions_with_which_the_example_is_tested() -> None:
    pinned = dict(re.findall(r"(?<=[ `])((?:@[a-z]+/)?[a-z-]+)@([0-9.]+)(?=[`\s)])", PAGE))

    installed = json.loads((ROOT / "examples" / "studies" / "package.json").read_text())["devDependencies"]
    assert len(pinned) >= 3
    assert pinned.items() <= installed.items()


def test_every_scenario_is_in_the_table() -> None:
    table = set(re.findall(r"`([a-z-]+(?:-…)?)`", PAGE[PAGE.index("## Scenarios") : PAGE.index("## Pages")]))
    existing = {re.sub("^thousand-.*", "thousand-…", name) for api in apis() for name in scenarios(api)}

    assert existing <= table


def test_the_container_is_healthy_when_the_mock_is() -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["mock"]
    image = (ROOT / "Dockerfile").read_text()
    check = service["healthcheck"]["test"][-1]

    assert check in image
    assert check.count("/_mock/health") == 1


def test_the_health_check_passes_when_the_mock_is_up_and_fails_when_it_is_not() -> None:
    check = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["mock"]["healthcheck"]["test"][-1]
    with served("consent-kit") as server:
        port = server.address.rpartition(":")[2]
        up = subprocess.run([sys.executable, "-c", check.replace("8000", port)], check=False)
    down = subprocess.run([sys.executable, "-c", check.replace("8000", port)], capture_output=True, check=False)

    assert up.returncode == 0
    assert down.returncode != 0


def test_the_image_holds_what_the_distribution_needs() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert all((ROOT / name).exists() for line in copied for name in line.split())


@pytest.mark.parametrize("name", ["github-actions.yml", "gitlab-ci.yml"])
def test_the_jobs_for_ci_use_operations_and_options_that_exist(name: str) -> None:
    text = (ROOT / "examples" / "ci" / name).read_text()
    yaml.safe_load(text)
    paths = set(re.findall(r"/_mock/([a-z]+)", text))

    with served("participant-kit") as server:
        replies = [_status(f"{server.address}/_mock/{path}") for path in paths]
    assert set(replies) == {"200"}
    assert "serve" in text


@pytest.mark.long
def test_examples_for_pytest_pass() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "examples/pytest"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert run.returncode == 0, run.stdout


def _status(url: str) -> str:
    command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
