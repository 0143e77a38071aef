"""`docs/upstream.md` is correct: its commands print what it says, and its recording is what is written."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import httpx
import pytest
from live import served
from moving import DOCUMENT, real_server
from test_readme import Block, blocks, fits

PAGE = (Path(__file__).parents[2] / "docs" / "upstream.md").read_text(encoding="utf-8")
MOCK, REAL = "http://127.0.0.1:8000", "http://127.0.0.1:9000"
KEY = {"X-Key": "mine"}


@pytest.mark.parametrize("block", blocks(PAGE), ids=lambda block: f"line {block.line}")
def test_every_command_prints_what_the_page_says(block: Block) -> None:
    with real_server(2) as real, served(str(DOCUMENT), "--upstream", real) as mock:
        for command, expected in block.steps:
            line = command.replace(MOCK, mock.address)
            run = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=False)
            assert fits(run.stdout.strip(), expected), f"{command}\n{run.stdout}{run.stderr}"


def test_the_recording_on_the_page_is_the_one_that_is_written(tmp_path: Path) -> None:
    [shown] = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    with (
        real_server(1) as real,
        served("--upstream", real, "-o", str(tmp_path), command=["record", str(DOCUMENT)]) as mock,
    ):
        reply = httpx.post(f"{mock.address}/v1/notes", json={"text": "Buy milk"}, headers=KEY, trust_env=False)

    [path] = tmp_path.iterdir()
    written = json.loads(path.read_text())
    assert reply.headers["location"] == f"{mock.address}/v1/notes/1001"
    # Which headers a server sends beside these is its own choice.
    assert written == json.loads(shown)
    assert path.read_text() == shown


def test_its_commands_have_options_that_exist() -> None:
    for command in ("serve", "record"):
        assert re.search(rf"^understudy {command} ", PAGE, re.MULTILINE)
