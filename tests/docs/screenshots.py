"""Takes the pictures of the workbench and the API pages in docs/images: `make screenshots`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
from chromium import browsing
from live import running
from playwright.sync_api import Browser, Page

from understudy.mock_server import create_app

IMAGES = Path(__file__).parents[2] / "docs" / "images"

WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


def make_requests(address: str) -> None:
    """What a front end does in a few minutes, one mistake included."""
    with httpx.Client(base_url=address, headers={"Authorization": "Bearer mock-token"}) as client:
        project = client.get("/v1/projects?limit=1").json()["data"][0]["id"]
        client.get("/v1/panels")
        studies = client.get("/v1/studies?limit=10").json()["data"]
        client.get(f"/v1/studies/{studies[0]['id']}")
        client.post("/v1/studies", json={"project_id": project, "name": "Two-week travel diary"})
        client.delete(f"/v1/studies/{studies[1]['id']}")
        client.get("/v1/studies?limit=10", headers={"Prefer": "code=503"})
        client.get("/v1/studies", headers={"Authorization": "Bearer expired"})
        client.post("/v1/studies", json={"name": 7})


def open_refused(page: Page) -> None:
    page.locator("#request-list a").first.click()
    page.wait_for_selector("#request-title")


def open_record(page: Page) -> None:
    page.evaluate("location.hash = '#/records/participant-kit/study'")
    page.locator("#record-rows a").first.click()
    page.wait_for_selector("#record-json")


def try_operation(page: Page) -> None:
    block = page.locator("#operations-Studies-retrieve_study")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Execute").click()
    block.scroll_into_view_if_needed()


def take(
    browser: Browser, name: str, url: str, prepare: Callable[[Page], None] | None, narrow: bool, dark: bool
) -> None:
    """One picture."""
    size = NARROW if narrow else WIDE
    with browser.new_context(viewport=size, color_scheme="dark" if dark else "light") as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("html[data-ready]")
        if prepare is not None:
            prepare(page)
        page.wait_for_timeout(500)
        page.screenshot(path=IMAGES / f"{name}.png")


def main() -> None:
    """Take all of them."""
    with running(create_app(["participant-kit"])) as address, browsing() as browser:
        make_requests(address)
        workbench, docs = f"{address}/_mock/", f"{address}/_mock/docs/participant-kit"
        take(browser, "dashboard", workbench, open_refused, False, False)
        take(browser, "dashboard-dark", workbench, open_record, False, True)
        take(browser, "dashboard-small", workbench, None, True, True)
        take(browser, "dashboard-small-light", workbench, open_refused, True, False)
        take(browser, "api-page", docs, try_operation, False, False)
        take(browser, "api-page-small", docs, try_operation, True, True)


if __name__ == "__main__":
    main()
