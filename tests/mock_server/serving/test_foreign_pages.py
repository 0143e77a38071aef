"""A page of another site in a real browser: it uses the APIs, and neither reads nor changes anything in control."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from chromium import browsing
from live import running
from playwright.sync_api import Browser, Page

from understudy.mock_server import create_app

#: Names that lead to this machine, as an attacker's may.
NAMES = "--host-resolver-rules=MAP app.example 127.0.0.1, MAP evil.example 127.0.0.1"

#: Everything by which a page reaches another server; the outcomes are what it learns of the replies.
ATTEMPTS = """
async (mock) => {
  const outcome = (promise) => promise.then(
    async (reply) => reply.type === "opaque" ? "opaque" : `${reply.status} ${(await reply.text()).length > 0}`,
    () => "failed",
  );
  const element = (name, address) => new Promise((resolve) => {
    const made = document.createElement(name);
    made.onload = () => resolve("loaded");
    made.onerror = () => resolve("failed");
    made.src = address;
    document.body.append(made);
  });
  const form = (method, type, path) => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.name = `frame-${Math.random()}`;
    document.body.append(frame);
    const made = document.createElement("form");
    Object.assign(made, { method, enctype: type, action: mock + path, target: frame.name });
    const field = document.createElement("input");
    Object.assign(field, { name: '{"status": 500, "x', value: '": 1}' });
    made.append(field);
    document.body.append(made);
    frame.onload = () => resolve();
    made.submit();
  });
  const text = { "Content-Type": "text/plain" };
  const json = { "Content-Type": "application/json" };
  const forced = JSON.stringify({ status: 500, times: null });
  const token = { Authorization: "Bearer mock-token" };
  const found = {
    journal: await outcome(fetch(`${mock}/_mock/requests`)),
    "journal of a session": await outcome(fetch(`${mock}/_session/a/_mock/requests`)),
    reset: await outcome(fetch(`${mock}/_mock/reset`, { method: "POST" })),
    "plain reset": await outcome(fetch(`${mock}/_mock/reset`, { method: "POST", mode: "no-cors" })),
    "plain reply": await outcome(
      fetch(`${mock}/_mock/replies`, { method: "POST", mode: "no-cors", headers: text, body: forced }),
    ),
    "untyped reply": await outcome(
      fetch(`${mock}/_mock/replies`, { method: "POST", mode: "no-cors", body: new Blob([forced]) }),
    ),
    reply: await outcome(fetch(`${mock}/_mock/replies`, { method: "POST", headers: json, body: forced })),
    image: await element("img", `${mock}/_mock/icon.svg`),
    frame: await element("script", `${mock}/_mock/app.js`),
    api: await outcome(fetch(`${mock}/v1/studies?limit=1`, { headers: token })),
    "api with credentials": await outcome(
      fetch(`${mock}/v1/studies?limit=1`, { headers: token, credentials: "include" }),
    ),
  };
  navigator.sendBeacon(`${mock}/_mock/replies`, forced);
  await form("post", "text/plain", "/_mock/replies");
  await form("post", "application/x-www-form-urlencoded", "/_mock/reset");
  await form("get", "", "/_mock/reset");
  return found;
}
"""


class Blank(BaseHTTPRequestHandler):
    """An empty page."""

    def do_GET(self) -> None:
        body = b"<!doctype html><title>Another site</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing(NAMES) as browser:
        yield browser


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The origin of another site's page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Blank) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://app.example:{server.server_port}"
        server.shutdown()


@pytest.fixture
def page(browser: Browser, origin: str) -> Iterator[Page]:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{origin}/")
        yield page


def state(mock: str) -> tuple[bool, Any, Any]:
    """Whether the marked request is still in the journal, and what is forced."""
    journal = httpx.get(f"{mock}/_mock/requests").json()["requests"]
    return (
        any(entry["query"].get("limit") == "7" for entry in journal),
        httpx.get(f"{mock}/_mock/replies").json()["replies"],
        httpx.get(f"{mock}/_mock/preferences").json(),
    )


def mark(mock: str) -> None:
    httpx.get(f"{mock}/v1/studies?limit=7", headers={"Authorization": "Bearer mock-token"})


def test_it_reads_and_changes_nothing_and_calls_the_apis(page: Page) -> None:
    with running(create_app(["participant-kit"])) as mock:
        mark(mock)
        before = state(mock)

        found = page.evaluate(ATTEMPTS, mock)

        assert found.pop("api") == "200 true"
        assert found == {
            "journal": "failed",
            "journal of a session": "failed",
            "reset": "failed",
            "plain reset": "opaque",
            "plain reply": "opaque",
            "untyped reply": "opaque",
            "reply": "failed",
            "image": "failed",
            "frame": "failed",
            "api with credentials": "failed",
        }
        assert state(mock) == before
        assert before[0]


def test_it_does_all_that_when_its_origin_is_allowed(page: Page, origin: str) -> None:
    with running(create_app(["participant-kit"], allow_origins=[origin])) as mock:
        mark(mock)

        found = page.evaluate(ATTEMPTS, mock)

        assert (found["journal"], found["reset"], found["reply"]) == ("200 true", "204 false", "201 true")
        assert found["api with credentials"] == found["api"] == "500 true"  # as the page has forced
        marked, replies, _ = state(mock)
        assert not marked
        assert [reply["effect"] for reply in replies][:1] == ["code=500"]


def test_a_name_that_leads_here_shows_no_dashboard(browser: Browser) -> None:
    with (
        running(create_app(["participant-kit"])) as mock,
        running(create_app(["participant-kit"], allow_hosts=["evil.example"])) as allowed,
        browser.new_context() as context,
    ):
        page = context.new_page()
        reply = page.goto(f"{mock.replace('127.0.0.1', 'evil.example')}/_mock/")
        assert reply is not None
        assert reply.status == 403
        assert "--allow-host evil.example" in reply.text()

        page.goto(f"{allowed.replace('127.0.0.1', 'evil.example')}/_mock/")
        page.wait_for_selector("html[data-ready]")
        done = page.evaluate("fetch('/_mock/reset', {method: 'POST'}).then((reply) => reply.status)")
        assert done == 204


def test_a_link_of_another_site_leads_to_the_dashboard(page: Page) -> None:
    with running(create_app(["participant-kit"])) as mock:
        page.evaluate(
            "(address) => { const link = document.createElement('a'); link.href = address; link.click(); }",
            f"{mock}/_mock/",
        )

        page.wait_for_selector("html[data-ready]")
