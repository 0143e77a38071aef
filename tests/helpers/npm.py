"""What tests of the example front end share: its folder, how its commands are run, ports."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "studies"

#: How often the tests in the browser are repeated; `make flakes` asks for more than once.
RUNS = int(os.environ.get("RUNS", "1"))

#: Seconds for a command of npm; a first installation fetches a hundred megabytes.
PATIENCE = 300 * RUNS

#: What the fixture `tool` gives: `tool("tsc")` runs a command of the packages.
Tool = Callable[..., subprocess.CompletedProcess[str]]


def free_port() -> str:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return str(listening.getsockname()[1])
