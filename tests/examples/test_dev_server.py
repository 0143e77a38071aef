"""The mock behind a development server that takes a prefix off: a page in a browser follows the links of lists to their end."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from chromium import browsing
from live import await_reply
from playwright.sync_api import Page
from ports import free_port

#: Follows the links of a list from a page, and tells where they led and how many records they showed.
FOLLOW = """async ([path, token]) => {
  const places = [], seen = new Set();
  for (let next = path; next && places.length < 9; ) {
    const reply = await fetch(next, { headers: { Authorization: `Token ${token}` } });
    const body = await reply.json();
    places.push(reply.url);
    for (const each of body.data ?? body.results) seen.add(each.id);
    next = body.links ? body.links.next : body._links.next.href;
  }
  return [places, seen.size];
}"""


@pytest.fixture(scope="module")
def dev_server(packages: Path, mock_address: str) -> Iterator[str]:
    """The address of the example's own development server."""
    port = free_port()
    process = subprocess.Popen(
        [packages / "node_modules" / ".bin" / "vite"],
        cwd=packages,
        env={**os.environ, "MOCK_URL": mock_address, "PAGE_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        await_reply(process, address, patience=60)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture(scope="module")
def page(dev_server: str) -> Iterator[Page]:
    """A page of the development server."""
    with browsing() as browser:
        page = browser.new_page()
        page.goto(dev_server)
        yield page


@pytest.mark.parametrize(
    ("path", "token", "records"),
    [
        ("/lookit/api/v1/children/?page_size=10", "mock-admin-token", 23),
        ("/_session/dev/lookit/api/v1/children/?page_size=10", "mock-admin-token", 23),
        ("/prolific/api/v1/submissions/?page_size=20", "mock-token", 0),
    ],
)
def test_page_links_lead_from_page_to_page_behind_the_prefix(
    page: Page, dev_server: str, path: str, token: str, records: int
) -> None:
    places, seen = page.evaluate(FOLLOW, [f"/api{path}", token])

    assert len(places) == len(set(places)) > 1
    assert all(place.startswith(f"{dev_server}/api{path.partition('?')[0]}?") for place in places)
    assert seen >= records
    assert seen > 20


def test_what_moved_and_the_document_are_behind_the_prefix_too(dev_server: str) -> None:
    moved = httpx.get(f"{dev_server}/api/lookit/api/v1/children", trust_env=False)
    document = httpx.get(f"{dev_server}/api/lookit/openapi.json", trust_env=False).json()

    assert moved.headers["location"] == f"{dev_server}/api/lookit/api/v1/children/"
    assert document["servers"] == [{"url": "/api/lookit"}]
