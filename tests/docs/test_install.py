"""The ways into a project that docs/install.md describes, each run word for word in an empty folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packages import answers

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WAYS = _BLOCK.findall(PAGE)
JOB = yaml.safe_load((ROOT / "examples" / "ci" / "github-actions.yml").read_text(encoding="utf-8"))
START = next(step["run"] for step in JOB["jobs"]["test"]["steps"] if step.get("name") == "Start the mock")
CONTAINER = ROOT / "examples" / "devcontainer" / "devcontainer.json"


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder, with this environment's commands and a home of its own."""
    home = folder / "home"
    scripts = Path(sys.executable).parent
    environment = os.environ | {
        "UNDERSTUDY": f"file://localhost{ROOT}",  # with a host, as other addresses have one
        "HOME": str(home),
        "PATH": os.pathsep.join([str(home / ".local" / "bin"), str(scripts), os.environ["PATH"]]),
    }
    environment.pop("PYTHONPATH", None)
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, where the packages can be installed; skipped where they cannot."""
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the project has no git repository to install from")
    if not answers("pip"):
        pytest.skip("the registry of pip cannot be reached")
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS, ids=lambda way: re.sub(r"\W+", "-", way.splitlines()[0])[:40])
def test_every_way_into_a_project_leads_to_the_command(way: str, folder: Path) -> None:
    done = run(way, folder)

    assert done.returncode == 0, done.stderr
    assert re.search(r"understudy \d|^participant-kit\b|^ready http://127", done.stdout, re.MULTILINE), done.stdout


@pytest.mark.long
def test_the_job_for_github_starts_the_mock(folder: Path) -> None:
    done = run(START.replace("--port 8000", "--port 0") + "\ncat mock.log\nkill $!\n", folder)

    assert done.returncode == 0, done.stderr
    assert "ready http://127.0.0.1:" in done.stdout


def test_the_page_has_ways_to_try() -> None:
    assert len(WAYS) >= 4


def test_the_dev_container_starts_what_the_page_says() -> None:
    text = re.sub(r"^\s*//.*$", "", CONTAINER.read_text(encoding="utf-8"), flags=re.MULTILINE)
    container = json.loads(text)

    assert container["postCreateCommand"] == "pipx install git+$UNDERSTUDY"
    assert "understudy serve" in container["postStartCommand"]
    assert container["forwardPorts"] == [8000]
