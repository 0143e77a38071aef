"""The page that makes a contract of one's own: its files are written and its commands run, in its order."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from pathlib import Path

import httpx
import pytest
from live import COMMAND, PATIENCE, Served, served
from test_readme import blocks, fits

PAGE = (Path(__file__).parents[2] / "docs" / "own-contract.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8000"
#: What the page says of a file, and the file; or the commands of a block.
_PART = re.compile(
    r"(?P<how>Write|Append to|In) `(?P<file>[a-z./]+)`[^\n]*\n\n```yaml\n(?P<text>.*?)^```$|^```console\n.*?^```$",
    re.M | re.S,
)
PARTS = list(_PART.finditer(PAGE))


def test_the_page_has_files_and_commands() -> None:
    assert [part["file"] for part in PARTS if part["file"]] == [
        "rooms.yaml",
        *(f"rooms/{name}.yaml" for name in ("seed", "clauses", "rules")),
    ]
    assert sum(len(block.steps) for block in blocks(PAGE)) >= 12


@pytest.mark.long
def test_the_page_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first, start, *rest = PARTS
    _write(first)
    _run(start[0], "")
    with served("rooms", "--watch") as server:
        for part in rest:
            if part["file"]:
                reported = _reported(server)
                _write(part)
                _taken_over(server, reported)
            else:
                _run(part[0], server.address, server)


def _write(part: re.Match[str]) -> None:
    file, text = Path(part["file"]), part["text"]
    before = file.read_text() if file.exists() else ""
    if part["how"] == "In":
        before = before[: before.index("populations:")]
    file.write_text(before + ("\n" if part["how"] == "Append to" else "") + text)


def _run(block: str, address: str, server: Served | None = None) -> None:
    for command, printed in blocks(block)[0].steps:
        reported = _reported(server) if server else ""
        run = subprocess.run(
            ["bash", "-c", f'understudy() {{ {shlex.join(COMMAND)} "$@"; }}; {command.replace(ADDRESS, address)}'],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
        )
        assert run.stderr == "", command
        assert fits(run.stdout.strip(), printed.replace(ADDRESS, address) if address else printed), (
            f"{command}\n{run.stdout}"
        )
        if server and command.startswith("sed"):
            _taken_over(server, reported)


def _reported(server: Served) -> str:
    return str(httpx.get(f"{server.address}/_mock/health", timeout=PATIENCE).json().get("watch", ""))


def _taken_over(server: Served, reported: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while (now := _reported(server)) == reported and time.monotonic() < deadline:
        time.sleep(0.05)
    assert now != reported
