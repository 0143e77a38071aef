"""The page as a whole: nothing that is stored runs, it fits the screen, and it can be used without sight or a mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

Show = Callable[[str], None]

HOSTILE = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


def _study(client: httpx.Client) -> str:
    return str(client.get("/participant-kit/v1/studies?limit=1").json()["data"][0]["id"])


@pytest.fixture
def filled(page: Page, client: httpx.Client) -> str:
    """A session in which something has happened; returns the id of a changed study."""
    study = _study(client)
    client.patch(f"/_mock/resources/participant-kit/study/{study}", json={"name": HOSTILE})
    client.post("/participant-kit/v1/studies", json={"name": 7, HOSTILE: HOSTILE})
    client.put("/_mock/snapshots/" + "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    client.post("/_mock/replies", json={"path": f"/{HOSTILE}", "status": 503})
    client.get("/participant-kit/v1/studies?limit=2", params={HOSTILE: HOSTILE}, headers={"Prefer": "wait=0.01"})
    expect(page.locator("#request-list li")).to_have_count(3)
    return study


def _all(page: Page, show: Show, study: str) -> list[tuple[str, Callable[[], None]]]:
    """Every part of the workbench, with how to get there."""

    def go(part: str, shown: str) -> Callable[[], None]:
        def going() -> None:
            show(part)
            expect(page.locator(shown).first).to_be_visible()

        return going

    refused = page.locator("#request-list li", has_text="400").get_attribute("data-serial")
    return [
        ("requests", go("requests", "#request-list li")),
        ("request", go(f"requests/{refused}", "#request-title")),
        ("records", go("records/participant-kit/study", "#record-rows tr")),
        ("record", go(f"records/participant-kit/study/{study}", "#record-json")),
        ("changes", go("changes", "#changes-list section")),
        ("replies", go("replies", "#forced li")),
        ("state", go("state", "#snapshots li")),
        ("sessions", go("sessions", "#session-rows tr")),
    ]


def test_nothing_that_is_stored_runs(page: Page, show: Show, filled: str) -> None:
    for name, go in _all(page, show, filled):
        go()
        assert page.locator("main img").count() == 0, name
        assert page.title().endswith("understudy"), name

    show(f"records/participant-kit/study/{filled}")
    expect(page.locator("#record-rows")).to_contain_text(HOSTILE)


def test_the_policy_allows_nothing_inline_and_nobody_else(address: str) -> None:
    policy = httpx.get(f"{address}/_mock/").headers["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (390, "dark"),
        *(pytest.param(*each, marks=pytest.mark.long) for each in ((390, "light"), (1280, "light"), (1280, "dark"))),
    ],
)
def test_it_fits_the_screen_and_has_no_fault_of_accessibility(
    page: Page, client: httpx.Client, show: Show, filled: str, width: int, scheme: Any
) -> None:
    axe = Axe()
    client.put("/_mock/sessions/" + "a-very-long-name-of-a-session." * 4)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})

    for name, go in _all(page, show, filled):
        go()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        found = axe.run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == [], name
    client.delete("/_mock/sessions/" + "a-very-long-name-of-a-session." * 4)


def test_it_is_used_with_the_keyboard_alone(page: Page, client: httpx.Client) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    client.get("/participant-kit/v1/panels")
    expect(page.locator("#request-list li")).to_have_count(1)
    for _ in range(5):
        page.keyboard.press("Tab")
    expect(page.locator("#request-list a")).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.locator("#request-title")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#message")).to_have_text("Copied the curl command.")


def test_a_question_is_answered_with_the_keyboard(page: Page, show: Show) -> None:
    show("state")
    page.get_by_role("button", name="Reset").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()

    page.keyboard.press("Escape")

    expect(page.locator("#question")).not_to_be_visible()
    expect(page.locator("#message")).to_be_empty()


def test_it_says_so_when_the_mock_does_not_respond_and_when_it_does_again(page: Page) -> None:
    page.route("**/_mock/requests/overview*", lambda route: route.abort())
    expect(page.locator("#message.failed")).to_have_text("The mock does not respond.")

    page.unroute("**/_mock/requests/overview*")

    expect(page.locator("#message")).to_have_text("The mock is available again.")


def test_reports_of_the_kit_are_linked_and_shut_in(page: Page, address: str, show: Show) -> None:
    show("sessions")
    expect(page.locator("#reports")).to_contain_text("participant-kit.html")

    headers = httpx.get(f"{address}/_mock/reports/participant-kit.html").headers
    assert headers["Content-Security-Policy"].startswith("sandbox")


@pytest.mark.parametrize("name", ["secret.key", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "none.html"])
def test_only_reports_are_shown(address: str, name: str) -> None:
    assert httpx.get(f"{address}/_mock/reports/{name}").status_code == 404


@pytest.mark.parametrize("path", ["docs/none", "docs/files/none.js", "dashboard/none.css", "dashboard/..%2Fapp.py"])
def test_what_is_not_a_page_is_not_found(address: str, path: str) -> None:
    assert httpx.get(f"{address}/_mock/{path}").status_code == 404
