"""The pages to read an API and to try it: in a session, as a caller, with what exists filled in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from live import running
from playwright.sync_api import BrowserContext, Page, expect

from understudy.mock_server import create_app

CONTRACT = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
security: [{key: []}]
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: api_key}
  schemas:
    Order: {type: object, required: [id, item], properties: {id: {type: string, format: uuid}, item: {type: string}}}
paths:
  /orders:
    get:
      operationId: listOrders
      parameters: [{name: page, in: query, schema: {type: integer}, example: 7}]
      responses:
        "200":
          description: Orders
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Order"}}}}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getOrder
      responses:
        "200": {description: One, content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}
        "404": {description: None}
"""


@pytest.fixture
def docs(context: BrowserContext) -> Iterator[Page]:
    with context.new_page() as page:
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        assert complaints == []


def _open(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("html[data-ready]")


def _try(page: Page, operation: str) -> Any:
    block = page.locator(f"#operations-{operation}")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Execute").click()
    expect(block.locator(".live-responses-table tbody .response-col_status")).to_be_visible()
    return block.locator(".live-responses-table tbody .response-col_status")


def test_an_operation_is_tried_with_a_token_and_an_id_that_exists(docs: Page, address: str, session: str) -> None:
    _open(docs, f"{address}/_mock/docs/participant-kit?session={session}")

    expect(_try(docs, "Studies-retrieve_study")).to_contain_text("200")

    journal = httpx.get(f"{address}/_mock/requests", headers={"X-Mock-Session": session}).json()["requests"]
    assert [each["operation"] for each in journal] == ["retrieve_study"]


def test_another_caller_has_records_of_its_own(docs: Page, address: str, session: str) -> None:
    _open(docs, f"{address}/_mock/docs/participant-kit?session={session}")
    with docs.expect_navigation():
        docs.get_by_label("As").select_option("other")
    docs.wait_for_selector("html[data-ready]")

    expect(_try(docs, "Studies-retrieve_study")).to_contain_text("200")


def test_a_body_names_records_that_exist(docs: Page, address: str, session: str) -> None:
    _open(docs, f"{address}/_mock/docs/participant-kit?session={session}")

    expect(_try(docs, "Studies-create_study")).to_contain_text("201")


def test_a_list_is_asked_for_from_its_beginning(docs: Page, address: str, session: str) -> None:
    _open(docs, f"{address}/_mock/docs/participant-kit?session={session}")

    expect(_try(docs, "Studies-list_studies")).to_contain_text("200")

    journal = httpx.get(f"{address}/_mock/requests", headers={"X-Mock-Session": session}).json()["requests"]
    assert [each["query"] for each in journal] == [{}]


def test_replies_are_preferred(docs: Page, address: str, session: str) -> None:
    _open(docs, f"{address}/_mock/docs/participant-kit?session={session}")
    docs.get_by_label("Prefer").fill("code=503")

    expect(_try(docs, "Projects-list_projects")).to_contain_text("503")


def test_the_page_opens_in_the_session_that_one_comes_from(page: Page, client: httpx.Client) -> None:
    page.get_by_role("link", name="Sessions").click()
    page.get_by_role("region", name="Participant Kit").get_by_role("link", name="try it").click()
    page.wait_for_selector("html[data-ready]")

    expect(_try(page, "Projects-list_projects")).to_contain_text("200")

    assert [each["path"] for each in client.get("/_mock/requests").json()["requests"]] == [
        "/participant-kit/v1/projects"
    ]


def test_below_the_path_of_a_session_one_tries_in_that_session(docs: Page, address: str, session: str) -> None:
    _open(docs, f"{address}/_session/{session}/_mock/docs/participant-kit")

    expect(docs.get_by_label("Session")).to_have_value(session)
    expect(docs.get_by_label("Session")).to_be_disabled()


def test_another_session_is_chosen(docs: Page, address: str, session: str) -> None:
    _open(docs, f"{address}/_mock/docs/participant-kit")
    docs.get_by_label("Session").fill(session)
    with docs.expect_navigation():
        docs.get_by_label("Session").press("Enter")
    docs.wait_for_selector("html[data-ready]")

    expect(_try(docs, "Projects-list_projects")).to_contain_text("200")

    assert httpx.get(f"{address}/_mock/requests/count?session={session}").json() == {"count": 1}


def test_pages_need_no_other_host(docs: Page, address: str) -> None:
    asked: list[str] = []
    docs.on("request", lambda request: asked.append(request.url))
    _open(docs, f"{address}/_mock/docs/consent-kit")

    assert [url for url in asked if not url.startswith((address, "data:"))] == []


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (390, "dark"),
        *(pytest.param(*each, marks=pytest.mark.long) for each in ((390, "light"), (1280, "light"), (1280, "dark"))),
    ],
)
def test_they_fit_the_screen_and_have_no_fault_of_accessibility(
    docs: Page, address: str, width: int, scheme: Any
) -> None:
    axe = Axe()
    docs.emulate_media(color_scheme=scheme)
    docs.set_viewport_size({"width": width, "height": 900})
    _open(docs, f"{address}/_mock/docs/participant-kit")
    _try(docs, "Studies-retrieve_study")
    docs.locator("#operations-Studies-create_study .opblock-summary-control").click()

    assert docs.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.run(docs).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def test_a_document_that_nobody_prepared_has_a_workbench_and_a_page(docs: Page, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(CONTRACT)
    with running(create_app([str(tmp_path / "shop.yaml")])) as address:
        _open(docs, f"{address}/_mock/docs/shop")
        expect(_try(docs, "default-getOrder")).to_contain_text("200")
        expect(_try(docs, "default-listOrders")).to_contain_text("200")
        assert [each["status"] for each in httpx.get(f"{address}/_mock/requests").json()["requests"]] == [200, 200]

        _open(docs, f"{address}/_mock/")
        docs.locator("#request-list a", has_text="/orders/").click()
        docs.get_by_role("button", name="Send again").click()
        expect(docs.locator("#message")).to_contain_text("Answered 200")
        resource = httpx.get(f"{address}/_mock/resources").json()["resources"][0]
        docs.goto(f"{address}/_mock/#/records/shop/{resource['resource']}")
        docs.locator("#record-rows a").first.click()
        expect(docs.get_by_role("form", name="The record").get_by_label("item", exact=True)).to_be_visible()
