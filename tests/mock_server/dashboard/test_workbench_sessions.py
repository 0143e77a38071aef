"""Sessions, their addresses and tokens; their state, and how their replies are overridden."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect

Show = Callable[[str], None]

PANELS = "/participant-kit/v1/panels"


def _study(client: httpx.Client) -> str:
    return str(client.get("/participant-kit/v1/studies?limit=1").json()["data"][0]["id"])


def test_the_choice_of_sessions_is_filled_on_the_first_visit(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/_mock/")
        page.wait_for_selector("html[data-ready]")

        expect(page.get_by_label("Session", exact=True).locator("option:checked")).to_have_text("default")


def test_it_tells_what_is_served_where_and_with_which_token(page: Page, address: str, session: str, show: Show) -> None:
    show("sessions")

    card = page.get_by_role("region", name="Participant Kit")
    expect(card).to_contain_text(f"{address}/_session/{session}/participant-kit")
    expect(card).to_contain_text("mock-other-token")


def test_addresses_headers_and_curl_lines_are_copied(page: Page, client: httpx.Client, show: Show) -> None:
    show("sessions")
    card = page.get_by_role("region", name="Participant Kit")
    card.get_by_label("Copy the header with mock-token").click()
    expect(page.locator("#message")).to_have_text("Copied the header with mock-token.")
    assert page.evaluate("navigator.clipboard.readText()") == "Authorization: Bearer mock-token"

    card.get_by_label("Copy a curl line with mock-token").click()
    expect(page.locator("#message")).to_have_text("Copied a curl line.")
    line = shlex.split(page.evaluate("navigator.clipboard.readText()"))

    subprocess.run([line[0], "-s", *line[1:-1], f"{line[-1]}v1/panels"], capture_output=True, check=True, timeout=30)
    assert client.get("/_mock/requests/count?path=*/panels&status=200").json() == {"count": 1}


def test_another_session_is_opened_and_deleted_after_a_question(page: Page, show: Show) -> None:
    page.get_by_placeholder("new session").fill("opened-by-hand")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.locator("#message")).to_have_text("This is the session opened-by-hand now.")
    show("sessions")
    expect(page.locator("#session-rows")).to_contain_text("opened-by-hand")

    page.get_by_label("Delete the session opened-by-hand").click()
    page.get_by_role("button", name="Delete it").click()

    expect(page.locator("#session-rows")).not_to_contain_text("opened-by-hand")
    expect(page.locator("#session")).to_have_value("")


def test_sessions_appear_when_somebody_makes_them_and_are_opened(page: Page, client: httpx.Client, show: Show) -> None:
    show("sessions")
    client.put("/_mock/sessions/made-elsewhere")
    expect(page.get_by_label("Session", exact=True)).to_contain_text("made-elsewhere")

    page.get_by_role("button", name="Open the session made-elsewhere").click()

    expect(page.locator("#addresses-title")).to_have_text("Addresses of the session made-elsewhere")
    client.delete("/_mock/sessions/made-elsewhere")


def test_two_sessions_are_compared(page: Page, client: httpx.Client, show: Show) -> None:
    study = _study(client)
    client.put("/_mock/sessions/the-other")
    client.patch(f"/_mock/resources/participant-kit/study/{study}", json={"name": "Only here"})
    show("sessions")

    page.get_by_label("Compare with the session the-other").click()

    expect(page.get_by_label("participant-kit study")).to_contain_text("Only here")
    page.get_by_label("Compare this session with").select_option("the seed")
    expect(page.get_by_label("participant-kit study")).to_contain_text("Only here")
    client.delete(f"/participant-kit/v1/studies/{study}")
    page.get_by_role("button", name="Compare again").click()
    expect(page.get_by_label("participant-kit study")).to_contain_text("removed")
    client.delete("/_mock/sessions/the-other")


def test_below_the_path_of_a_session_it_shows_that_session(browser: Browser, address: str, session: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/_session/{session}/_mock/")
        page.wait_for_selector("html[data-ready]")

        expect(page.locator("#session")).to_have_value(session)
        expect(page.locator("#session")).to_be_disabled()


def test_reset_asks_and_brings_records_back(page: Page, client: httpx.Client, show: Show) -> None:
    study = _study(client)
    client.delete(f"/participant-kit/v1/studies/{study}")
    show("state")
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#question-text")).to_contain_text("are lost")
    page.get_by_role("button", name="Cancel").click()
    assert client.get(f"/participant-kit/v1/studies/{study}").status_code == 404

    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Start again").click()

    expect(page.locator("#message")).to_have_text("The session was reset.")
    assert client.get(f"/participant-kit/v1/studies/{study}").status_code == 200


def test_a_snapshot_is_saved_restored_and_forgotten(page: Page, client: httpx.Client, show: Show) -> None:
    study = _study(client)
    show("state")
    page.get_by_label("Snapshots").fill("before")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#snapshots")).to_contain_text("before")
    client.delete(f"/participant-kit/v1/studies/{study}")

    page.get_by_label("Restore before").click()
    page.get_by_role("button", name="Restore it").click()
    expect(page.locator("#message")).to_have_text("The records are those of before.")
    page.get_by_label("Delete before").click()
    page.get_by_role("button", name="Delete it").click()

    expect(page.locator("#snapshots")).to_be_empty()
    assert client.get(f"/participant-kit/v1/studies/{study}").status_code == 200


def test_a_snapshot_travels_as_a_file(page: Page, tmp_path: Path, show: Show) -> None:
    show("state")
    page.get_by_label("Snapshots").fill("travels")
    page.get_by_role("button", name="Save").click()
    with page.expect_download() as started:
        page.get_by_label("Download travels").click()
    started.value.save_as(tmp_path / "arrived.json")

    page.get_by_label("Upload a snapshot").set_input_files(tmp_path / "arrived.json")

    expect(page.locator("#snapshots")).to_contain_text("arrived")


def test_a_scenario_is_played(page: Page, client: httpx.Client, show: Show) -> None:
    show("state")
    page.get_by_label("Scenario").select_option("empty")
    expect(page.locator("#scenario-about")).to_contain_text("Every list is empty")
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Start again").click()

    expect(page.locator("#message")).to_have_text("The session was started again in the scenario.")
    assert client.get("/participant-kit/v1/studies").json()["data"] == []


def test_the_clock_is_stopped_moved_and_let_go(page: Page, client: httpx.Client, show: Show) -> None:
    show("state")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#clock")).to_contain_text("stopped")
    before = client.get("/_mock/clock").json()["now"]
    page.get_by_role("button", name="1 day later").click()
    expect(page.locator("#message")).to_have_text("The clock was moved forward.")
    assert client.get("/_mock/clock").json()["now"] > before

    page.get_by_role("button", name="Go on").click()

    expect(page.locator("#clock")).not_to_contain_text("stopped")


def test_a_bad_network_is_made_and_taken_back(page: Page, client: httpx.Client, show: Show) -> None:
    show("replies")
    page.get_by_label("Of a hundred requests, this many fail").fill("100")
    page.get_by_role("button", name="Make it so").click()
    expect(page.locator("#message")).to_have_text("The network is like that now.")
    failing = client.get(PANELS).status_code
    page.get_by_role("button", name="Good network").click()
    expect(page.locator("#message")).to_have_text("The network is good again.")

    assert (failing, client.get(PANELS).status_code) == (503, 200)


def test_every_request_can_prefer_something(page: Page, client: httpx.Client, show: Show) -> None:
    show("replies")
    page.get_by_label("A Prefer header for every request").fill("code=404")
    page.get_by_role("button", name="Add it").click()
    expect(page.locator("#message")).to_have_text("Every request is treated as if it had this header.")
    assert client.get(PANELS).status_code == 404

    page.get_by_role("button", name="Remove it").click()

    expect(page.locator("#message")).to_have_text("Requests are treated as they are again.")
    assert client.get(PANELS).status_code == 200


def test_what_is_impossible_is_said(page: Page, show: Show) -> None:
    show("replies")
    page.get_by_label("A Prefer header for every request").fill("code=nine")
    page.get_by_role("button", name="Add it").click()

    expect(page.locator("#message.failed")).to_contain_text("it must be an HTTP status from 200 to 599")


def test_the_next_replies_are_forced_and_listed_until_they_are_used(
    page: Page, client: httpx.Client, show: Show
) -> None:
    show("replies")
    page.locator("#force-path").fill("/v1/panels")
    page.locator("#force-status").fill("429")
    page.locator("#force-form").get_by_role("button", name="Do that").click()
    expect(page.locator("#forced")).to_contain_text("/v1/panels: code=429 (once)")

    statuses = [client.get(PANELS).status_code for _ in range(2)]
    assert statuses == [429, 200]
    expect(page.locator("#forced")).to_be_empty()


def test_a_forced_reply_is_removed(page: Page, client: httpx.Client, show: Show) -> None:
    client.post("/_mock/replies", json={"status": 503, "times": None})
    show("replies")
    page.get_by_label("Remove any request: code=503 (every time)").click()

    expect(page.locator("#forced-none")).to_be_visible()
    assert client.get(PANELS).status_code == 200


def test_what_is_being_typed_is_left_alone(page: Page, client: httpx.Client, show: Show) -> None:
    show("replies")
    page.get_by_label("A Prefer header for every request").fill("code=5")
    client.post("/_mock/replies", json={"status": 503, "times": None})
    expect(page.locator("#forced")).to_contain_text("503")

    expect(page.get_by_label("A Prefer header for every request")).to_have_value("code=5")
