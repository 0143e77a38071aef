"""The requests as they come, and what one does with one of them."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from live import running
from playwright.sync_api import Browser, BrowserContext, Page, expect
from real import DOCUMENT, RealServer, Reply, client_of

from understudy.mock_server import create_app
from understudy.mock_server.upstream.server import Upstream
from understudy.specs.unprepared.any_contract import any_contract

STUDIES = "/participant-kit/v1/studies"


def open_newest(page: Page, text: str = "") -> None:
    page.locator("#request-list li").filter(has_text=text).first.locator("a").click()
    expect(page.locator("#request-title")).to_be_visible()


def test_it_opens_on_the_requests_as_they_come(page: Page, client: httpx.Client, session: str) -> None:
    expect(page.locator("#request-none")).to_be_visible()

    client.get("/participant-kit/v1/panels?limit=2")

    line = page.locator("#request-list li").first
    for part in ("GET", "/participant-kit/v1/panels?limit=2", "200", "ms", session):
        expect(line).to_contain_text(part)


def test_a_request_opens_beside_the_list_with_what_was_refused_marked_in_place(
    page: Page, client: httpx.Client
) -> None:
    client.post(STUDIES, json={"name": 7})

    open_newest(page)

    detail = page.locator("#request-detail")
    expect(detail.locator("mark")).to_have_text(["7", '"project_id"'])
    expect(detail.locator(".json .fault")).to_have_text([" \u2190 must be a string", " \u2190 is required"])
    expect(detail.locator(".refusal")).to_contain_text("#/components/schemas/StudyCreate/properties/name/type")
    detail.get_by_text("What the contract says of it").click()
    expect(detail.locator(".refusal")).to_contain_text("PK-080")
    detail.locator("summary", has_text="Headers").first.click()
    expect(detail).to_contain_text("Bearer [redacted]")
    expect(page.locator("#request-list a[aria-current]")).to_have_count(1)


def test_a_parameter_that_was_refused_is_marked_too(page: Page, client: httpx.Client) -> None:
    client.get("/consent-kit/v1/none?x=1", headers={"Prefer": "code=nine"})
    client.get("/_mock/requests")

    open_newest(page)

    expect(page.locator(".refusal")).to_be_visible()


def test_it_is_copied_as_curl_and_the_command_works(page: Page, client: httpx.Client, session: str) -> None:
    project = client.get("/participant-kit/v1/projects?limit=1").json()["data"][0]["id"]
    client.post(STUDIES, json={"project_id": project, "name": "It's one"})
    open_newest(page, "POST")

    page.get_by_role("button", name="Copy as curl").click()
    expect(page.locator("#message")).to_have_text("Copied the curl command.")
    command = page.evaluate("navigator.clipboard.readText()")

    done = subprocess.run(["curl", "-s", *shlex.split(command)[1:]], capture_output=True, check=True, timeout=30)
    assert json.loads(done.stdout)["name"] == "It's one"
    assert client.get("/_mock/requests/count?method=POST").json() == {"count": 2}


def test_it_is_copied_as_fetch_and_the_call_works(page: Page, client: httpx.Client) -> None:
    client.get("/participant-kit/v1/panels?limit=1")
    open_newest(page)

    page.get_by_role("button", name="Copy as fetch").click()
    expect(page.locator("#message")).to_have_text("Copied the call of fetch.")
    call = page.evaluate("navigator.clipboard.readText()").removeprefix("await ").removesuffix(";")

    assert page.evaluate(f"() => {call}.then((reply) => reply.status)") == 200
    assert client.get("/_mock/requests/count?path=*/panels").json() == {"count": 2}


def test_it_is_sent_again_as_another_caller(page: Page, client: httpx.Client) -> None:
    study = client.get(f"{STUDIES}?limit=1").json()["data"][0]["id"]
    client.get(f"{STUDIES}/{study}")
    open_newest(page, study)

    page.locator("#request-role").select_option("other")
    page.get_by_role("button", name="Send again").click()

    expect(page.locator("#message")).to_contain_text("Answered 404")
    expect(page.locator("#request-list li").first).to_contain_text("404")
    expect(page.locator("#request-detail")).to_contain_text("404")


def test_the_operation_is_answered_differently_next_time(page: Page, client: httpx.Client) -> None:
    client.get("/participant-kit/v1/projects")
    open_newest(page)
    form = page.get_by_role("form", name="Answer this differently next time")
    expect(form).to_contain_text("list_projects")
    expect(form.get_by_label("Example")).to_contain_text("past_the_end")

    form.get_by_label("Status").select_option("503")
    form.get_by_role("button", name="Do that").click()
    expect(page.locator("#message")).to_contain_text("list_projects is answered differently")

    assert [client.get("/participant-kit/v1/projects").status_code for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(
    "broken", ["before", *(pytest.param(each, marks=pytest.mark.long) for each in ("after", "malformed"))]
)
def test_it_is_broken_next_time(page: Page, client: httpx.Client, broken: str) -> None:
    client.get("/participant-kit/v1/projects")
    open_newest(page)
    form = page.get_by_role("form", name="Answer this differently next time")
    form.get_by_label("Broken").select_option(broken)
    form.get_by_role("button", name="Do that").click()
    expect(page.locator("#message")).to_contain_text("is answered differently")

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError, json.JSONDecodeError)):
        client.get("/participant-kit/v1/projects").json()


def test_an_answer_that_was_arranged_is_undone(page: Page, client: httpx.Client) -> None:
    client.get("/participant-kit/v1/projects")
    open_newest(page)
    form = page.get_by_role("form", name="Answer this differently next time")
    form.get_by_label("Example").select_option("past_the_end")
    form.get_by_role("button", name="Do that").click()

    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#message")).to_have_text("Undone.")

    assert client.get("/_mock/replies").json()["replies"] == []


def test_it_is_said_that_the_real_server_answered_and_what_does_not_fit(
    context: BrowserContext, tmp_path: Path
) -> None:
    document = tmp_path / "shelf.yaml"
    document.write_text(DOCUMENT)
    real = RealServer()
    real.reply = Reply(200, (b'{"id": "<img src=x onerror=document.title=1>", "title": "<b>Emma</b>"}',))
    with running(real) as real.address:
        upstream = Upstream(real.address)
        with client_of(any_contract("shelf", str(document)), upstream=upstream) as client, context.new_page() as page:
            client.get("/v2/books/7?<i>=<script>", headers={"X-Own": "<b>bold</b>"})
            page.goto(f"{client.base_url}/_mock/")
            open_newest(page)

            detail = page.locator("#request-detail")
            expect(detail).to_contain_text("The real server answered (--upstream).")
            found = detail.get_by_role("region", name="What does not fit the contract").get_by_role("listitem")
            expect(found).to_have_text(["reply: id: must be an integer"])
            expect(detail.locator("img, b, i, script")).to_have_count(0)


@pytest.mark.parametrize("part", ["requests/%", pytest.param("records/%zz/%", marks=pytest.mark.long)])
def test_an_address_that_is_not_encoded_leaves_the_page_alive(
    page: Page, client: httpx.Client, address: str, session: str, part: str
) -> None:
    page.goto("about:blank")
    page.goto(f"{address}/_mock/?session={session}#/{part}")

    page.wait_for_selector("html[data-ready]")
    page.locator("nav a").first.click()
    client.get("/participant-kit/v1/panels")
    expect(page.locator("#request-list li")).to_have_count(1)


def test_the_list_is_searched_on_the_server(page: Page, client: httpx.Client) -> None:
    client.get("/participant-kit/v1/panels")
    client.get("/consent-kit/v1/none")
    expect(page.locator("#request-list li")).to_have_count(2)

    page.get_by_label("Show only requests that contain").fill("4xx consent")

    expect(page.locator("#request-list li")).to_have_count(1)
    expect(page.locator("#request-list")).to_contain_text("/consent-kit/v1/none")


def test_all_sessions_are_shown_together(page: Page, client: httpx.Client, address: str) -> None:
    httpx.get(f"{address}/_session/somebody-else/consent-kit/v1/elsewhere")
    expect(page.locator("#request-none")).to_be_visible()

    page.get_by_label("all sessions").check()

    expect(page.locator("#request-list")).to_contain_text("somebody-else")
    httpx.delete(f"{address}/_mock/sessions/somebody-else")


def test_requests_are_forgotten_after_a_question(page: Page, client: httpx.Client) -> None:
    client.get("/participant-kit/v1/panels")
    expect(page.locator("#request-list li")).to_have_count(1)

    page.get_by_role("button", name="Forget", exact=True).click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#request-list li")).to_have_count(1)
    page.get_by_role("button", name="Forget", exact=True).click()
    page.get_by_role("button", name="Forget them").click()

    expect(page.locator("#request-list li")).to_have_count(0)
    assert client.get("/_mock/requests").json()["requests"] == []


def test_it_can_stand_still(page: Page, client: httpx.Client) -> None:
    page.get_by_label("follow").uncheck()
    client.get("/participant-kit/v1/panels")
    with page.expect_response(lambda reply: "_mock/sessions" in reply.url):
        pass

    expect(page.locator("#request-list li")).to_have_count(0)
    page.get_by_label("follow").check()
    expect(page.locator("#request-list li")).to_have_count(1)


def test_one_goes_through_the_list_with_the_arrows(
    page: Page, client: httpx.Client, show: Callable[[str], None]
) -> None:
    for name in ("panels", "projects"):
        client.get(f"/participant-kit/v1/{name}")
    expect(page.locator("#request-list li")).to_have_count(2)

    page.locator("#request-list a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator("#request-title")).to_have_text("GET /participant-kit/v1/panels")
    expect(page.locator("#request-title")).to_be_focused()


def test_a_session_that_is_made_anew_goes_on_in_the_list(page: Page, client: httpx.Client, session: str) -> None:
    for _ in range(3):
        client.get("/participant-kit/v1/panels")
    expect(page.locator("#request-list li")).to_have_count(3)

    client.delete(f"/_mock/sessions/{session}")
    client.get("/consent-kit/v1/projects")

    expect(page.locator("#request-list li")).to_have_count(1)
    expect(page.locator("#request-list li")).to_contain_text("/consent-kit/v1/projects")


def test_many_requests_are_shown_a_page_at_a_time(browser: Browser) -> None:
    with running(create_app(["participant-kit"], journal_requests=3_000)) as address, browser.new_context() as context:
        with httpx.Client(base_url=address) as client:
            for number in range(250):
                client.get(f"/v1/panels?number={number}")
        page = context.new_page()
        page.goto(f"{address}/_mock/")
        page.wait_for_selector("html[data-ready]")
        expect(page.locator("#request-list li")).to_have_count(100)

        page.get_by_role("button", name="Older requests").click()
        expect(page.locator("#request-list li")).to_have_count(200)
        page.get_by_label("Show only requests that contain").fill("number=17 401")

        expect(page.locator("#request-list li").last).to_contain_text("number=17")
        expect(page.locator("#request-count")).to_contain_text("of 250")
