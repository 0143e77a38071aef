"""The example front end with its packages, and a mock for it."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from live import COMMAND, served
from npm import EXAMPLE, PATIENCE, Tool


@pytest.fixture(scope="session")
def packages() -> Path:
    """The example's folder with what its package.json names."""
    if shutil.which("npm") is None:
        pytest.fail("npm is not installed; `make packages` installs it")
    with (Path(tempfile.gettempdir()) / "understudy-examples.lock").open("w") as lock:
        # Several workers of pytest may get here at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = EXAMPLE / "node_modules" / ".installed"
        wanted = (EXAMPLE / "package.json").read_text()
        if not stamp.exists() or stamp.read_text() != wanted:
            command = ["npm", "install", "--package-lock=false", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(command, cwd=EXAMPLE, check=True, timeout=PATIENCE)
            stamp.write_text(wanted)
    return EXAMPLE


@pytest.fixture
def tool(packages: Path, tmp_path: Path) -> Tool:
    """Run a command of the example's packages; its settings are keyword arguments."""

    def run(name: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "OUTPUT": str(tmp_path / "output"), "CI": "1", **settings}
        return subprocess.run(
            [packages / "node_modules" / ".bin" / name, *arguments],
            cwd=packages,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def mock_address() -> Iterator[str]:
    """The address of a mock of all APIs."""
    with served() as mock:
        yield mock.address


@pytest.fixture
def understudy_command(tmp_path: Path) -> str:
    """The command `understudy` as one word, wherever its console script was put."""
    script = tmp_path / "understudy"
    script.write_text(f"#!/bin/sh\nexec '{COMMAND[0]}' -c '{COMMAND[2]}' \"$@\"\n")
    script.chmod(0o755)
    return str(script)
