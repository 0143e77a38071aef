"""The example front end passes its own tests in four browsers at once, each with a session of its own."""

from __future__ import annotations

import pytest
from chromium import chromium
from packages import RUNS, Tool
from ports import free_port


@pytest.mark.long
def test_the_page_copes_with_everything_that_a_service_does(tool: Tool, understudy_command: str) -> None:
    settings = {
        "MOCK_URL": f"http://127.0.0.1:{free_port()}",
        "PAGE_PORT": str(free_port()),
        "UNDERSTUDY": understudy_command,
        "CHROMIUM": chromium(),
    }

    run = tool("playwright", "test", "--workers=4", f"--repeat-each={RUNS}", **settings)

    assert run.returncode == 0, run.stdout + run.stderr
