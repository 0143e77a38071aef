"""`docs/lookit.md` says what the mock answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from live import Serve

PAGE = (Path(__file__).parents[2] / "docs" / "lookit.md").read_text(encoding="utf-8")
#: Method, address, role (empty for the admin), status of the mock.
ROWS = re.findall(r"^\| `(\w+) (/\S+)`(?: as (\w+))? \| [^|]+ \| (\d{3}) \|", PAGE, re.MULTILINE)
TOKENS = {"": "mock-admin-token", "participant": "mock-participant-token"}


def test_the_page_has_requests() -> None:
    assert len(ROWS) == len(re.findall(r"^\| `[A-Z]+ /", PAGE, re.MULTILINE)) > 5


@pytest.mark.parametrize(("method", "address", "role", "status"), ROWS)
def test_the_mock_answers_as_the_page_says(serve: Serve, method: str, address: str, role: str, status: str) -> None:
    client = serve("lookit", token=TOKENS[role], scheme="Token")
    reply = client.request(method, address, headers={"Content-Type": "application/vnd.api+json"})

    assert reply.status_code == int(status)
    assert reply.headers["content-type"] == "application/vnd.api+json" or status == "200"
