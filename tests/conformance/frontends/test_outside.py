"""Files outside of a document's folder are read only when a user says so, by every command that takes a document."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from forking import Forked
from live import PATIENCE

from understudy import serve

PETS = """
openapi: 3.1.0
info: {title: Pets, version: 1}
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        '200':
          description: fine
          content: {application/json: {schema: {type: array, items: {$ref: '../common.yaml#/Pet'}}}}
"""
REFUSED = "line 11: /paths/~1pets/get/responses/200/content/application~1json/schema/items: the reference"


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    (tmp_path / "common.yaml").write_text("Pet: {type: object, required: [name], properties: {name: {type: string}}}\n")
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "pets.yaml").write_text(PETS, "utf-8")
    return tmp_path / "api" / "pets.yaml"


@pytest.mark.parametrize(
    "command",
    [
        "infer {}",
        "check {} --list",
        "explain {} DOC-listPets-status",
        "init {} own",
        "serve {} --port 0",
        "record {} --upstream http://127.0.0.1:1 -o kept --port 0",
    ],
)
def test_every_command_takes_the_option(command: str, pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pets.parent)
    words = command.format(pets).split()

    if words[0] != "explain":  # which says nothing of what cannot be honoured
        refused = said(words)
        assert REFUSED in refused
        assert "it lies outside of" in refused
    allowed = said([*(f"{word}s" if word == "own" else word for word in words), "--outside"])
    assert "No such option" not in allowed
    assert REFUSED not in allowed


def said(words: list[str]) -> str:
    """What a command writes on stderr until it ends, or until it is ready."""
    process = Forked(*words)
    with process.stdout as out, process.stderr as err:
        if any(line.startswith("ready") for line in out):
            os.kill(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)
        return err.read()


def test_a_mock_in_a_script_takes_it_too(pets: Path) -> None:
    with serve(str(pets), outside=True, strict=True) as mock:
        assert all(pet["name"] for pet in mock.client().get("/pets").json())


def test_the_plugin_of_the_kit_takes_it_too(pets: Path) -> None:
    words = [
        "-m",
        "pytest",
        "-p",
        "understudy.conformance.frontends.pytest_plugin",
        "--pyargs",
        "understudy.conformance.suite",
        "--understudy-api",
        str(pets),
        "--understudy-outside",
    ]
    done = subprocess.run(
        [sys.executable, *words, "--collect-only", "-q", "-p", "no:cacheprovider"],
        cwd=pets.parent,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # which is faster
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "listPets" in done.stdout
    assert "unrecognized arguments" not in done.stderr
