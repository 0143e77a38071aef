"""The dashboard in a real browser: every button does what it says, and nothing that is stored runs."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from chromium import browsing
from live import TLS, running
from playwright.sync_api import Browser, BrowserContext, Page, expect

from understudy.mock_server import create_app

TOKEN = {"Authorization": "Bearer mock-token"}

expect.set_options(timeout=20_000)

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    (folder / "participant-kit.html").write_text("<h1>All clauses kept</h1>")
    (folder / "secret.key").write_text("not a report")
    return folder


@pytest.fixture(scope="module")
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
    with httpx.Client(base_url=f"{address}/_session/{session}", headers=TOKEN, verify=TLS) as client:
        yield client


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """What the pages share is what has been fetched already: the dashboard keeps nothing in a browser."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.new_page()  # As long as one is open, the next one costs a quarter less.
        yield context


@pytest.fixture
def page(context: BrowserContext, address: str, session: str) -> Iterator[Page]:
    """The dashboard in a session of the test's own; anything that a browser complains of fails the test."""
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
    assert [each for each in complaints if "the server responded with a status of 4" not in each] == []


def test_it_tells_what_is_served_where_and_with_which_token(page: Page, address: str) -> None:
    row = page.locator("#api-rows tr").filter(has_text="Participant Kit")

    expect(row).to_contain_text(f"{address}/participant-kit")
    expect(row).to_contain_text("mock-other-token")


def test_a_header_is_copied(page: Page) -> None:
    page.get_by_label("Copy the header with mock-token").first.click()

    assert page.evaluate("navigator.clipboard.readText()") == "Authorization: Bearer mock-token"


def test_requests_appear_while_they_happen(page: Page, client: httpx.Client) -> None:
    client.get("/participant-kit/v1/panels?limit=2")

    expect(page.locator("#log li").first).to_contain_text("/participant-kit/v1/panels?limit=2")


def test_a_request_opens_with_both_its_sides(page: Page, client: httpx.Client) -> None:
    client.post("/participant-kit/v1/studies", json={"name": "Seen"})
    entry = page.locator("#log li").first

    entry.locator("summary").click()

    expect(entry).to_contain_text("authorization: Bearer [redacted]")
    expect(entry).to_contain_text('"name": "Seen"')
    expect(entry).to_contain_text("project_id: is required")


def test_the_log_is_filtered_and_cleared(page: Page, client: httpx.Client) -> None:
    client.get("/participant-kit/v1/panels")
    client.get("/consent-kit/v1/none")
    expect(page.locator("#log li")).to_have_count(2)

    page.get_by_placeholder("method, path, status, operation").fill("404 consent")
    expect(page.locator("#log li:visible")).to_have_count(1)
    page.get_by_role("button", name="Clear").click()

    expect(page.locator("#log li")).to_have_count(0)


def test_reset_brings_records_back(page: Page, client: httpx.Client) -> None:
    study = _study(client)
    client.delete(f"/participant-kit/v1/studies/{study}")

    page.get_by_role("button", name="Reset").click()

    expect(page.get_by_role("status").first).to_have_text("The session was reset.")
    assert client.get(f"/participant-kit/v1/studies/{study}").status_code == 200


def test_a_snapshot_is_saved_restored_and_forgotten(page: Page, client: httpx.Client) -> None:
    study = _study(client)
    page.get_by_label("Snapshots").fill("before")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#snapshots")).to_contain_text("before")
    client.delete(f"/participant-kit/v1/studies/{study}")

    page.get_by_label("restore before").click()
    expect(page.locator("#message")).to_have_text("Snapshot before restored.")
    page.get_by_label("delete before").click()

    expect(page.locator("#snapshots")).to_be_empty()
    assert client.get(f"/participant-kit/v1/studies/{study}").status_code == 200


def test_a_snapshot_travels_as_a_file(page: Page, tmp_path: Path) -> None:
    page.get_by_label("Snapshots").fill("travels")
    page.get_by_role("button", name="Save").click()
    with page.expect_download() as started:
        page.get_by_label("download travels").click()
    started.value.save_as(tmp_path / "arrived.json")

    page.get_by_label("Upload a snapshot").set_input_files(tmp_path / "arrived.json")

    expect(page.locator("#snapshots")).to_contain_text("arrived")


def test_a_scenario_is_played(page: Page, client: httpx.Client) -> None:
    page.get_by_label("Scenario").select_option("empty")
    expect(page.locator("#scenario-about")).to_contain_text("Every list is empty")
    page.get_by_role("button", name="Play").click()

    expect(page.locator("#message")).to_have_text("The session was restarted in the scenario.")
    assert client.get("/participant-kit/v1/studies").json()["data"] == []


def test_the_clock_is_frozen_and_moved(page: Page, client: httpx.Client) -> None:
    page.get_by_role("button", name="Freeze").click()
    expect(page.locator("#clock")).to_contain_text("frozen")
    before = client.get("/_mock/clock").json()["now"]
    page.get_by_role("button", name="+1 day").click()
    expect(page.locator("#message")).to_have_text("The clock was moved forward.")

    assert client.get("/_mock/clock").json()["now"] > before


def test_a_bad_network_is_applied_and_taken_back(page: Page, client: httpx.Client) -> None:
    page.get_by_label("Failing requests (%)").fill("100")
    page.locator("#network-form").get_by_role("button", name="Apply").click()
    expect(page.locator("#message")).to_have_text("Network conditions applied.")
    failing = client.get("/participant-kit/v1/panels").status_code
    page.get_by_role("button", name="Remove conditions").click()
    expect(page.locator("#message")).to_have_text("Network conditions removed.")

    assert (failing, client.get("/participant-kit/v1/panels").status_code) == (503, 200)


def test_every_request_can_prefer_something(page: Page, client: httpx.Client) -> None:
    page.get_by_label("Prefer header for every request").fill("code=404")
    page.locator("#preferences-form").get_by_role("button", name="Apply").click()
    expect(page.locator("#message")).to_have_text("The Prefer header now applies to every request.")

    assert client.get("/participant-kit/v1/panels").status_code == 404


def test_what_is_impossible_is_told_where_one_looks(page: Page) -> None:
    page.get_by_label("Prefer header for every request").fill("code=nine")
    page.locator("#preferences-form").get_by_role("button", name="Apply").click()

    expect(page.locator("#message.failed")).to_contain_text("it must be an HTTP status from 200 to 599")


def test_the_next_reply_is_forced(page: Page, client: httpx.Client) -> None:
    page.locator("#force-path").fill("/v1/panels")
    page.locator("#force-status").fill("429")
    page.get_by_role("button", name="Force", exact=True).click()
    expect(page.locator("#forced")).to_contain_text("/v1/panels: code=429 (1 left)")

    statuses = [client.get("/participant-kit/v1/panels").status_code for _ in range(2)]
    assert statuses == [429, 200]
    expect(page.locator("#forced")).to_be_empty()


def test_a_record_is_found_changed_and_seen_by_the_api(page: Page, client: httpx.Client) -> None:
    _open_a_study(page)
    study = json.loads(page.locator("#editor-json").input_value())

    page.locator("#editor-json").fill(json.dumps({**study, "name": "Renamed by hand"}))
    page.locator("#editor").get_by_role("button", name="Save").click()

    expect(page.locator("#record-rows")).to_contain_text("Renamed by hand")
    assert client.get(f"/participant-kit/v1/studies/{study['id']}").json()["name"] == "Renamed by hand"


def test_a_record_that_does_not_fit_stays_in_the_editor(page: Page) -> None:
    _open_a_study(page)

    page.locator("#editor-json").fill('{"name": 7}')
    page.locator("#editor").get_by_role("button", name="Save").click()

    expect(page.locator("#editor-error")).to_contain_text("name: must be a string")


def test_a_record_is_deleted_after_a_question(page: Page, client: httpx.Client) -> None:
    study = _study(client)
    page.get_by_label("Resource").select_option("participant-kit/study")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=study).click()

    page.locator("#editor").get_by_role("button", name="Delete").click()

    expect(page.locator("#message")).to_have_text("Record deleted.")
    assert client.get(f"/participant-kit/v1/studies/{study}").status_code == 404


def test_records_are_paged(page: Page) -> None:
    page.get_by_label("Resource").select_option("participant-kit/study")
    expect(page.locator("#records-count")).to_have_text("1 to 20 of 135")

    page.get_by_role("button", name="Next").click()

    expect(page.locator("#records-count")).to_have_text("21 to 40 of 135")


def test_records_follow_what_is_written(page: Page, client: httpx.Client) -> None:
    page.get_by_label("Resource").select_option("participant-kit/study")
    page.keyboard.press("Escape")
    study = _study(client)
    expect(page.locator("#record-rows")).to_contain_text(study)

    client.delete(f"/participant-kit/v1/studies/{study}")

    expect(page.locator("#record-rows")).not_to_contain_text(study)
    expect(page.get_by_label("Resource")).to_have_value("participant-kit/study")


def test_what_is_being_typed_is_left_alone(page: Page, client: httpx.Client) -> None:
    page.get_by_label("Prefer header for every request").fill("code=5")
    page.get_by_label("Latency (s)").fill("7")

    client.get("/participant-kit/v1/panels")
    expect(page.locator("#log li")).to_have_count(1)

    expect(page.get_by_label("Prefer header for every request")).to_have_value("code=5")
    expect(page.get_by_label("Latency (s)")).to_have_value("7")


def test_a_session_that_is_made_anew_goes_on_in_the_log(page: Page, client: httpx.Client, session: str) -> None:
    for _ in range(3):
        client.get("/participant-kit/v1/panels")
    expect(page.locator("#log li")).to_have_count(3)

    client.delete(f"/_mock/sessions/{session}")
    client.get("/consent-kit/v1/projects")

    expect(page.locator("#log li")).to_have_count(1)
    expect(page.locator("#log li")).to_contain_text("/consent-kit/v1/projects")


def test_sessions_appear_when_somebody_makes_them(page: Page, client: httpx.Client) -> None:
    client.put("/_mock/sessions/made-elsewhere")

    expect(page.locator("#session-rows")).to_contain_text("made-elsewhere")
    expect(page.get_by_label("Session", exact=True)).to_contain_text("made-elsewhere")
    client.delete("/_mock/sessions/made-elsewhere")


def test_another_session_is_opened_and_deleted(page: Page, address: str) -> None:
    page.get_by_placeholder("new session").fill("opened-by-hand")
    page.get_by_role("button", name="Open").click()
    expect(page.locator("#session-rows")).to_contain_text("opened-by-hand")

    page.get_by_label("Delete the session opened-by-hand").click()

    expect(page.locator("#session-rows")).not_to_contain_text("opened-by-hand")


def test_below_the_path_of_a_session_it_shows_that_session(browser: Browser, address: str, session: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/_session/{session}/_mock/")
        page.wait_for_selector("html[data-ready]")

        expect(page.locator("#session")).to_have_value(session)
        expect(page.locator("#session")).to_be_disabled()


HOSTILE = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


def test_nothing_that_is_stored_runs(page: Page, client: httpx.Client) -> None:
    study = _study(client)
    record = client.get(f"/_mock/resources/participant-kit/study/{study}").json()["record"]
    client.put(f"/_mock/resources/participant-kit/study/{study}", json={**record, "name": HOSTILE})
    client.get("/participant-kit/v1/studies", params={HOSTILE: HOSTILE})
    client.put("/_mock/snapshots/" + "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")

    page.reload()
    page.wait_for_selector("html[data-ready]")
    page.get_by_label("Resource").select_option("participant-kit/study")
    expect(page.locator("#record-rows")).to_contain_text(HOSTILE)
    page.locator("#log summary").first.click()

    assert (page.title(), page.locator("img").count()) == ("understudy", 0)


def test_the_policy_allows_nothing_inline_and_nobody_else(address: str) -> None:
    policy = httpx.get(f"{address}/_mock/").headers["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_screen(page: Page, client: httpx.Client, width: int, scheme: Any) -> None:
    client.get("/participant-kit/v1/studies?limit=2", headers={"Prefer": "wait=0.01"})
    client.put("/_mock/sessions/" + "a-very-long-name-of-a-session." * 4)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    expect(page.locator("#log li").first).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_is_used_with_the_keyboard_alone(page: Page, client: httpx.Client) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the requests")).to_be_focused()
    client.get("/participant-kit/v1/panels")
    expect(page.locator("#log li")).to_have_count(1)

    page.locator("#log summary").first.focus()
    page.keyboard.press("Enter")

    expect(page.locator("#log details").first).to_have_attribute("open", "")


def test_every_field_has_a_name(page: Page) -> None:
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("input, select, textarea, button")]
            .filter((each) => !each.labels?.length && !each.textContent.trim() && !each.ariaLabel)
            .map((each) => each.id)"""
    )

    assert nameless == []


def test_reports_of_the_kit_are_linked_and_shut_in(page: Page, address: str) -> None:
    expect(page.locator("#reports")).to_contain_text("participant-kit.html")

    headers = httpx.get(f"{address}/_mock/reports/participant-kit.html").headers
    assert headers["Content-Security-Policy"].startswith("sandbox")


@pytest.mark.parametrize("name", ["secret.key", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "none.html"])
def test_only_reports_are_shown(address: str, name: str) -> None:
    assert httpx.get(f"{address}/_mock/reports/{name}").status_code == 404


def test_an_operation_is_tried_with_the_token_filled_in(browser: Browser, address: str, session: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/_mock/docs/participant-kit")
        page.wait_for_selector("html[data-ready]")
        page.get_by_label("Session").fill(session)

        page.locator("#operations-Projects-list_projects .opblock-summary-control").click()
        page.get_by_role("button", name="Execute").click()

        expect(page.locator(".live-responses-table tbody .response-col_status")).to_contain_text("200")
    journal = httpx.get(f"{address}/_mock/requests", headers={"X-Mock-Session": session}).json()["requests"]
    assert [each["operation"] for each in journal] == ["list_projects"]


def test_the_page_to_try_opens_in_the_session_that_one_comes_from(page: Page, client: httpx.Client) -> None:
    page.locator("#api-rows tr").filter(has_text="Participant Kit").get_by_role("link", name="try it").click()
    page.wait_for_selector("html[data-ready]")
    page.locator("#operations-Projects-list_projects .opblock-summary-control").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table tbody .response-col_status")).to_contain_text("200")

    assert [each["path"] for each in client.get("/_mock/requests").json()["requests"]] == [
        "/participant-kit/v1/projects"
    ]


def test_below_the_path_of_a_session_one_tries_in_that_session(browser: Browser, address: str, session: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/_session/{session}/_mock/docs/participant-kit")
        page.wait_for_selector("html[data-ready]")

        expect(page.get_by_label("Session")).to_have_value(session)
        expect(page.get_by_label("Session")).to_be_disabled()


def test_pages_to_try_need_no_other_host(browser: Browser, address: str) -> None:
    asked: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/_mock/docs/consent-kit")
        page.wait_for_selector("html[data-ready]")

    assert [url for url in asked if not url.startswith((address, "data:"))] == []


@pytest.mark.parametrize("path", ["docs/none", "docs/files/none.js", "dashboard/none.css", "dashboard/..%2Fapp.py"])
def test_what_is_no_page_is_not_found(address: str, path: str) -> None:
    assert httpx.get(f"{address}/_mock/{path}").status_code == 404


def _open_a_study(page: Page) -> None:
    """Open the first one in the editor, once both have come."""
    page.get_by_label("Resource").select_option("participant-kit/study")
    expect(page.locator("#record-rows button").first).to_have_text(re.compile("^stu_"))
    page.locator("#record-rows button").first.click()
    expect(page.locator("#editor")).to_be_visible()


def _study(client: httpx.Client) -> str:
    return str(client.get("/participant-kit/v1/studies?limit=1").json()["data"][0]["id"])
