"""The workbench in a real browser: one for all modules of this folder, with a session of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from chromium import browsing
from live import TLS, running
from playwright.sync_api import Browser, BrowserContext, Page, expect

from understudy.mock_server import create_app

expect.set_options(timeout=20_000)

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="package")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    (folder / "participant-kit.html").write_text("<h1>All clauses kept</h1>")
    (folder / "secret.key").write_text("not a report")
    return folder


@pytest.fixture(scope="package")
def address(reports: Path) -> Iterator[str]:
    with running(create_app(["participant-kit", "consent-kit"], reports=reports)) as address:
        yield address


@pytest.fixture
def session(address: str) -> Iterator[str]:
    name = f"s{next(_NUMBERS)}"
    yield name
    httpx.delete(f"{address}/_mock/sessions/{name}", verify=TLS)


@pytest.fixture
def client(address: str, session: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer mock-token"}
    with httpx.Client(base_url=f"{address}/_session/{session}", headers=headers, verify=TLS) as client:
        yield client


@pytest.fixture(scope="package")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """What the pages share is what has been fetched already: the workbench keeps nothing in a browser."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.new_page()  # As long as one is open, the next one costs a quarter less.
        yield context


@pytest.fixture
def page(context: BrowserContext, address: str, session: str) -> Iterator[Page]:
    """The workbench in a session of the test's own; anything that a browser complains of fails the test."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: None if asked.url.startswith((address, "blob:")) else complaints.append(asked.url))
    page.goto(f"{address}/_mock/?session={session}")
    page.wait_for_selector("html[data-ready]")
    yield page
    page.close()
    assert context.storage_state() == {"cookies": [], "origins": []}
    known = ("the server responded with a status of", "net::ERR_")
    assert [each for each in complaints if not any(text in each for text in known)] == []


@pytest.fixture
def show(page: Page) -> Callable[[str], None]:
    """`show("records/participant-kit/study")` goes to that part of the workbench."""

    def go(part: str) -> None:
        page.evaluate("(hash) => { location.hash = hash; }", f"#/{part}")
        page.locator(f"#{part.split('/')[0].split('?')[0]}").wait_for(state="visible")

    return go
