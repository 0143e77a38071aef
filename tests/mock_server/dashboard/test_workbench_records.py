"""Records: found, followed, edited as a form and as JSON, and compared with the seed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import httpx
from live import running
from playwright.sync_api import Browser, Page, expect

from understudy.mock_server import create_app

Show = Callable[[str], None]

STUDY = "records/participant-kit/study"


def first_study(client: httpx.Client) -> str:
    return str(client.get("/participant-kit/v1/studies?limit=1").json()["data"][0]["id"])


def rows(page: Page) -> int:
    return page.locator("#record-rows tr").count()


def test_a_page_has_a_hundred_records(page: Page, show: Show) -> None:
    show(STUDY)
    expect(page.locator("#records-count")).to_have_text("1 to 100 of 135")

    page.locator("#records").get_by_role("button", name="Next").click()

    expect(page.locator("#records-count")).to_have_text("101 to 135 of 135")
    expect(page).to_have_url(re.compile("offset=100"))
    page.locator("#records").get_by_role("button", name="Previous").click()
    expect(page.locator("#records-count")).to_have_text("1 to 100 of 135")


def test_another_resource_is_chosen(page: Page, show: Show) -> None:
    show("records")

    page.get_by_label("Resource").select_option("consent-kit/project")

    expect(page).to_have_url(re.compile("#/records/consent-kit/project"))


def test_records_are_searched(page: Page, client: httpx.Client, show: Show) -> None:
    show(STUDY)
    page.get_by_label("Show only records that contain").fill("meal interviews")

    expect(page.locator("#records-count")).to_contain_text("looked through 135 of 135")
    for name in page.locator("#record-rows tr td:nth-child(6)").all_inner_texts():
        assert name == "Meal kit: interviews"
    assert 0 < rows(page) < 30


def test_records_are_filtered_by_a_property_that_has_an_index_and_by_one_that_has_none(page: Page, show: Show) -> None:
    show(STUDY)
    page.locator("#records-property").select_option("organisation")
    page.get_by_label("Value of the property").fill("org_other")
    expect(page.locator("#records-count")).to_have_text(re.compile(r"^1 to \d+ of \d+$"))
    expect(page.locator("#record-rows tr").first).to_contain_text("org_other")

    page.locator("#records-property").select_option("tags")
    expect(page.locator("#records-count")).to_have_text("1 to 100 of 135")
    page.get_by_label("Value of the property").fill("pilot")

    expect(page.locator("#records-count")).to_contain_text("looked through 135 of 135")
    assert 0 < rows(page) < 100


def test_what_nothing_is_like_is_said(page: Page, show: Show) -> None:
    show(f"{STUDY}?text=nothing-is-like-this")

    expect(page.locator("#records-none")).to_be_visible()


def test_one_jumps_to_an_id_and_follows_a_reference(page: Page, client: httpx.Client, show: Show) -> None:
    study = first_study(client)
    record = client.get(f"/_mock/resources/participant-kit/study/{study}").json()["record"]
    show(STUDY)
    page.get_by_label("Id", exact=True).fill(study)
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.locator("#record-title")).to_have_text(f"study {study}")

    page.locator(".relations").get_by_role("link", name=record["project_id"]).click()

    expect(page.locator("#record-title")).to_have_text(f"project {record['project_id']}")


def test_an_id_that_does_not_exist_is_told(page: Page, show: Show) -> None:
    show(f"{STUDY}/stu_none")

    expect(page.locator("#message")).to_contain_text("There is no study 'stu_none'")


def test_an_address_leads_to_a_record(page: Page, client: httpx.Client, address: str, session: str) -> None:
    study = first_study(client)
    page.goto(f"{address}/_mock/?session={session}#/{STUDY}/{study}")
    page.reload()

    expect(page.locator("#record-title")).to_have_text(f"study {study}")


def test_a_record_is_edited_as_a_form_with_the_json_beside_it(page: Page, client: httpx.Client, show: Show) -> None:
    study = first_study(client)
    show(f"{STUDY}/{study}")
    form = page.get_by_role("form", name="The record")
    form.get_by_label("name", exact=True).fill("Renamed in the form")
    form.get_by_label("end_date is null").check()
    edited = json.loads(form.get_by_label("As JSON").input_value())
    assert (edited["name"], edited["end_date"]) == ("Renamed in the form", None)

    form.get_by_role("button", name="Save").click()

    expect(page.locator("#message")).to_have_text("The record was saved.")
    expect(page.get_by_label("Changed since the seed")).to_contain_text("Renamed in the form")
    expect(page.locator("#record-rows")).to_contain_text("Renamed in the form")
    assert client.get(f"/participant-kit/v1/studies/{study}").json()["name"] == "Renamed in the form"


def test_json_changes_the_form_and_a_save_is_undone(page: Page, client: httpx.Client, show: Show) -> None:
    study = first_study(client)
    before = client.get(f"/participant-kit/v1/studies/{study}").json()["name"]
    show(f"{STUDY}/{study}")
    form = page.get_by_role("form", name="The record")
    record = json.loads(form.get_by_label("As JSON").input_value())
    form.get_by_label("As JSON").fill(json.dumps({**record, "name": "Renamed as JSON"}))
    expect(form.get_by_label("name", exact=True)).to_have_value("Renamed as JSON")
    form.get_by_role("button", name="Save").click()
    expect(page.locator("#message")).to_have_text("The record was saved.")

    page.get_by_role("button", name="Undo").click()

    expect(page.locator("#message")).to_have_text("Undone.")
    assert client.get(f"/participant-kit/v1/studies/{study}").json()["name"] == before


def test_json_that_cannot_be_read_is_not_saved(page: Page, client: httpx.Client, show: Show) -> None:
    show(f"{STUDY}/{first_study(client)}")
    form = page.get_by_role("form", name="The record")

    form.get_by_label("As JSON").fill('{"name": ')

    expect(page.locator("#record-json-error")).to_contain_text("JSON")
    expect(form.get_by_role("button", name="Save")).to_be_disabled()


def test_what_does_not_fit_is_told_beside_the_member(page: Page, client: httpx.Client, show: Show) -> None:
    show(f"{STUDY}/{first_study(client)}")
    form = page.get_by_role("form", name="The record")
    record = json.loads(form.get_by_label("As JSON").input_value())

    form.get_by_label("As JSON").fill(json.dumps({**record, "name": 7, "project_id": "prj_none"}))
    form.get_by_role("button", name="Save").click()

    expect(form.locator("[data-fault=name]")).to_have_text("must be a string")
    expect(form.locator("[data-fault=project_id]")).to_contain_text("does not name an existing project")


def test_a_record_is_created(page: Page, client: httpx.Client, show: Show) -> None:
    project = client.get("/participant-kit/v1/projects?limit=1").json()["data"][0]["id"]
    show(STUDY)
    page.get_by_role("link", name="New record").click()
    form = page.get_by_role("form", name="The new record")
    form.get_by_label("As JSON").fill(json.dumps({"project_id": project, "name": "Made by hand"}))

    form.get_by_role("button", name="Save").click()

    expect(page.locator("#message")).to_have_text("The record was created.")
    expect(page.locator("#record-detail")).to_contain_text("Made after the seed.")
    assert "Made by hand" in [
        each["name"] for each in client.get("/participant-kit/v1/studies?limit=100&page=2").json()["data"]
    ] + [each["name"] for each in client.get("/participant-kit/v1/studies?limit=100").json()["data"]]


def test_a_record_is_deleted_after_a_question_and_comes_back(page: Page, client: httpx.Client, show: Show) -> None:
    study = first_study(client)
    show(f"{STUDY}/{study}")
    page.get_by_role("form", name="The record").get_by_role("button", name="Delete").click()
    page.locator("#question-yes").click()
    expect(page.locator("#message")).to_have_text("The record was deleted.")
    assert client.get(f"/participant-kit/v1/studies/{study}").status_code == 404

    page.get_by_role("button", name="Undo").click()

    expect(page.locator("#message")).to_have_text("Undone.")
    assert client.get(f"/participant-kit/v1/studies/{study}").status_code == 200


def test_records_follow_what_is_written(page: Page, client: httpx.Client, show: Show) -> None:
    show(STUDY)
    study = first_study(client)
    expect(page.locator("#record-rows")).to_contain_text(study)

    client.delete(f"/participant-kit/v1/studies/{study}")

    expect(page.locator("#record-rows")).not_to_contain_text(study)
    expect(page.get_by_label("Resource")).to_have_value("participant-kit/study")


def test_what_changed_since_the_seed_is_listed(page: Page, client: httpx.Client, show: Show) -> None:
    first, second = (each["id"] for each in client.get("/participant-kit/v1/studies?limit=2").json()["data"])
    client.delete(f"/participant-kit/v1/studies/{first}")
    client.patch(f"/_mock/resources/participant-kit/study/{second}", json={"name": "Another name"})
    project = client.get("/participant-kit/v1/projects?limit=1").json()["data"][0]["id"]
    made = client.post("/participant-kit/v1/studies", json={"project_id": project, "name": "New"}).json()["id"]

    show("changes")

    listed = page.get_by_label("participant-kit study")
    expect(listed.get_by_role("listitem").filter(has_text=first)).to_contain_text("removed")
    expect(listed.get_by_role("listitem").filter(has_text=second)).to_contain_text("Another name")
    expect(listed.get_by_role("listitem").filter(has_text=made)).to_contain_text("new")
    expect(page.locator("#changes-count")).to_contain_text("differ")


def test_a_hundred_thousand_records_are_shown_without_waiting(browser: Browser) -> None:
    with running(create_app(["participant-kit"], size=800)) as address, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/_mock/#/{STUDY}?offset=100000")
        page.wait_for_selector("html[data-ready]")
        expect(page.locator("#records-count")).to_have_text(re.compile(r"^100001 to 100100 of 10\d{4}$"), timeout=5_000)

        page.get_by_label("Show only records that contain").fill("usability")

        expect(page.locator("#record-rows tr")).to_have_count(100, timeout=5_000)
        expect(page.locator("#records-count")).to_contain_text("100 found")
