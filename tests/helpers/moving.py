"""The real server of the example, with as many of its operations as are written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from live import PATIENCE, await_reply
from ports import free_port

FOLDER = Path(__file__).parents[2] / "examples" / "moving"
DOCUMENT = FOLDER / "openapi.yaml"


@contextmanager
def real_server(step: int, port: int | None = None) -> Iterator[str]:
    """Run the server with its first operations; yields its address once it answers."""
    port = port or free_port()
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, str(FOLDER / "server.py"), str(port), str(step)])
    try:
        await_reply(process, address)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE)
