"""The examples of the README, run word for word: console commands against a real server, Python in a process."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from live import served

README = Path(__file__).parents[1] / "README.md"

_PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: The command that starts the server for a block of requests; it stands in the text before the block.
_SERVER = re.compile(r'make serve ARGS="([^"]*)"|`understudy serve (rooms\.yaml)`')
#: The document that it may serve.
_DOCUMENT = re.compile(r"^Write `rooms\.yaml`.*?^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ADDRESS = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Block:
    """Some commands with what each of them prints, and the options of the server that they are sent to."""

    line: int
    server: str
    steps: tuple[tuple[str, str], ...]


def blocks(text: str) -> list[Block]:
    result = []
    for match in _BLOCK.finditer(text):
        steps = [step.split("\n", 1) for step in re.split(r"^\$ ", match[1], flags=re.MULTILINE)[1:]]
        servers = ["".join(each) for each in _SERVER.findall(text[: match.start()])]
        line = text[: match.start()].count("\n") + 1
        commands = tuple((step[0], step[1].rstrip("\n") if len(step) > 1 else "") for step in steps)
        result.append(Block(line, servers[-1] if servers else "", commands))
    return result


def fits(printed: str, expected: str) -> bool:
    """Whether an output is the expected one; `…` stands for anything."""
    return re.fullmatch(".*".join(re.escape(part) for part in expected.split("…")), printed, re.DOTALL) is not None


BLOCKS = blocks(README.read_text(encoding="utf-8"))


def test_the_readme_has_examples() -> None:
    assert len(BLOCKS) >= 1
    assert sum(len(block.steps) for block in BLOCKS) >= 5


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"line {block.line}")
def test_every_command_prints_what_the_readme_says(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (README.parent / "docs" / "own-contract.md").read_text("utf-8")
    Path("rooms.yaml").write_text(_DOCUMENT.findall(page)[0])
    with served(*block.server.split()) as server:
        for command, expected in block.steps:
            run = subprocess.run(
                command.replace(_ADDRESS, server.address),
                shell=True,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert run.returncode == 0, f"{command}\n{run.stderr}"
            assert fits(run.stdout.strip(), expected.replace(_ADDRESS, server.address)), f"{command}\n{run.stdout}"


@pytest.mark.parametrize(
    ("printed", "expected", "same"),
    [
        ('{"a":1}', '{"a":1}', True),
        ('{"a":1,"b":2}', '{"a":1,…}', True),
        ('{"a":1}\n', "{…}\n", True),
        ('{"a":2}', '{"a":1}', False),
        ("404", "40.", False),
    ],
)
def test_an_ellipsis_stands_for_anything_and_nothing_else_does(printed: str, expected: str, same: bool) -> None:
    assert fits(printed, expected) == same


@pytest.mark.parametrize("code", _PYTHON.findall(README.read_text(encoding="utf-8")))
def test_every_python_example_prints_what_its_comments_say(code: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    expected = re.findall(r"print\(.*\)  # (.+)$", code, re.MULTILINE)

    assert run.returncode == 0, run.stderr
    assert expected
    assert fits(run.stdout.strip(), "\n".join(expected))
