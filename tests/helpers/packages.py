"""Packages of others for tests: those of the examples in JavaScript, and what it means when they cannot be installed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NoReturn

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "studies"
#: The tests with Vitest and Jest.
RUNNERS = ROOT / "examples" / "javascript"
#: The helper for tests in JavaScript, which the examples use.
HELPER = ROOT / "clients" / "js"

#: How often the tests in the browser are repeated; `make flakes` asks for more than once.
RUNS = int(os.environ.get("RUNS", "1"))

#: Seconds for a command of npm; a first installation fetches a hundred megabytes.
PATIENCE = 300 * RUNS

#: What the fixture `tool` gives: `tool("tsc")` runs a command of the packages.
Tool = Callable[..., subprocess.CompletedProcess[str]]


def install(folder: Path) -> Path:
    """A folder with what its package.json names; installed anew when that or the helper has changed."""
    if shutil.which("npm") is None:
        pytest.fail("npm is not installed; `make packages` installs it")
    files = [folder / "package.json", HELPER / "package.json", *sorted((HELPER / "src").iterdir())]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    with (Path(tempfile.gettempdir()) / f"understudy-{folder.name}.lock").open("w") as lock:
        # Several workers of pytest may get here at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = folder / "node_modules" / ".installed"
        if not stamp.exists() or stamp.read_text() != wanted:
            # npm takes a copy of the helper that it has for the present one.
            shutil.rmtree(folder / "node_modules" / "understudy-testing", ignore_errors=True)
            command = ["npm", "install", "--package-lock=false", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(command, cwd=folder, check=True, timeout=PATIENCE)
            stamp.write_text(wanted)
    return folder


def not_installed(kind: Literal["npm", "pip"], why: str) -> NoReturn:
    """End a test that could not install its packages: it is skipped where their registry is out of reach, else it fails."""
    if answers(kind):
        pytest.fail(why)
    pytest.skip(f"the registry of {kind} cannot be reached")


def answers(kind: Literal["npm", "pip"]) -> bool:
    """Whether the registry of one kind of package can be reached, by a package that is in each."""
    with tempfile.TemporaryDirectory() as folder:
        command = {
            "npm": ["npm", "view", "typescript", "version"],
            "pip": [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, "setuptools"],
        }[kind]
        try:
            return not subprocess.run(command, cwd=folder, capture_output=True, timeout=120).returncode
        except subprocess.TimeoutExpired:
            return False
