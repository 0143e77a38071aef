"""The study that the docs play through, run as it is printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from live import running

from understudy.mock_server import create_app

PAGE = Path(__file__).parents[4] / "docs" / "prolific.md"


@pytest.mark.clauses("PR-027", "PR-095", "PR-106", "PR-171", "PR-205", "PR-206", "PR-239", "PR-302", "PR-303")
def test_the_printed_study_plays_through() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    with running(create_app(["prolific"])) as url:
        for block in blocks:
            exec(compile(block.replace("http://127.0.0.1:8000", url), str(PAGE), "exec"), names)
        for name in ("api", "mock"):
            names[name].close()
        names["receiver"].shutdown()
        names["receiver"].server_close()

    assert len(blocks) == 8
    assert len(names["received"]) == 9
