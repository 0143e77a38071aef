"""The HTML report in a real browser: it is one file, and what a target wrote is only text in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chromium import browsing
from live import running
from playwright.sync_api import Browser, BrowserContext, Page, expect
from reporting import crooked_report, each_verdict, report, result

from understudy.conformance import Report, Verdict
from understudy.conformance.report.formats import as_html
from understudy.mock_server import create_app

expect.set_options(timeout=20_000)

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """For all pages that ask for nothing special: a report keeps nothing in a browser."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.new_page()  # As long as one is open, the next one costs a quarter less.
        yield context


@pytest.fixture
def show(browser: Browser, context: BrowserContext, tmp_path: Path) -> Iterator[Open]:
    """Opens a report from a file; a complaint of the browser, or anything that it fetches beside, fails the test."""
    complaints: list[str] = []
    opened: list[Page | BrowserContext] = []

    def show(finished: Report, anchor: str = "", **options: object) -> Page:
        file = tmp_path / "report.html"
        as_html.write(finished, file)
        own = browser.new_context(viewport={"width": 1280, "height": 900}, **options) if options else None  # type: ignore[arg-type]
        page = (own or context).new_page()
        opened.append(own or page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda asked: complaints.append(asked.url) if asked.url != page.url else None)
        page.goto(f"{file.as_uri()}{anchor}")
        complaints[:] = [each for each in complaints if not each.startswith(file.as_uri())]
        return page

    yield show
    for each in opened:
        each.close()
    assert complaints == []


def shown(page: Page) -> list[str]:
    """The clauses that can be seen, in order."""
    return [str(each.get_attribute("id")) for each in page.locator(".clause:visible").all()]


def test_what_a_target_wrote_is_text(show: Open) -> None:
    page = show(crooked_report(), "#PK-041")

    expect(page.locator("#PK-041 pre.actual")).to_contain_text('</script><script>document.title=\\"taken\\"</script>')
    assert page.title() == "Participant Kit does not conform"
    assert page.locator("img").count() == 0


def test_a_script_that_is_not_ours_does_not_run(show: Open, browser: Browser, tmp_path: Path) -> None:
    # Were an escape ever missing, the page's own policy is what is left.
    text = as_html.page(each_verdict())
    file = tmp_path / "broken.html"
    file.write_text(text.replace("<main>", "<main><script>document.title='taken'</script><i onclick='x()'></i>"))
    page = browser.new_page()
    page.goto(file.as_uri())

    assert page.title() == "Participant Kit does not conform"
    page.close()


def test_every_clause_is_shown_with_its_verdict(show: Open) -> None:
    page = show(each_verdict())

    assert shown(page) == ["PK-003", "PK-048", "PK-027", "PK-028", "PK-029", "PK-038", "PK-080"]
    expect(page.locator("#PK-003 > summary .badge")).to_contain_text("waived")
    expect(page.locator("#PK-028 > summary .badge")).to_contain_text("fail")


def test_a_tile_leaves_its_verdict_alone(show: Open) -> None:
    page = show(each_verdict())
    page.locator(".tile.fail").click()
    page.locator(".tile.warning").click()

    assert shown(page) == ["PK-028", "PK-038"]
    expect(page.locator("#shown")).to_have_text("2 of 7 clauses")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("tie-breaker", ["PK-038"]),
        ("pk-028", ["PK-028"]),
        ("LIMIT larger", ["PK-027"]),
        ("list_panels larger", ["PK-027"]),
        ("platform team", ["PK-003"]),
        ("nowhere to be found", []),
    ],
)
def test_a_search_finds_words_in_any_order_and_case(show: Open, words: str, found: list[str]) -> None:
    page = show(each_verdict())
    page.keyboard.press("/")
    page.keyboard.type(words)

    assert shown(page) == found
    expect(page.locator("#nothing")).to_be_visible(visible=not found)


def test_level_and_topic_filter_together_and_clear_shows_all(show: Open) -> None:
    page = show(each_verdict())
    page.locator("#level").select_option("documented")
    page.locator("#kind").select_option("pagination")

    assert shown(page) == ["PK-027", "PK-028", "PK-029"]

    page.locator("#clear").click()

    assert len(shown(page)) == 7


def test_a_link_opens_its_clause(show: Open) -> None:
    page = show(each_verdict())
    page.locator(".attention a[href='#PK-028']").click()

    expect(page.locator("#PK-028 .expected")).to_be_visible()
    expect(page.locator("#PK-028 .actual")).to_have_text("20 objects")


def test_a_command_can_be_copied(show: Open) -> None:
    page = show(each_verdict(), "#PK-028", permissions=["clipboard-read", "clipboard-write"])
    page.locator("#PK-028 .copy").click()

    expect(page.locator("#PK-028 .copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("curl -sS -i http://target.example/v1/projects")


def test_expand_opens_the_clauses_that_are_shown(show: Open) -> None:
    page = show(each_verdict())
    page.locator(".tile.fail").click()
    page.locator("#unfold").click()

    assert page.locator(".clause[open]").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_preferred_colour_scheme_and_can_be_switched(show: Open, scheme: str) -> None:
    page = show(each_verdict(), color_scheme=scheme)
    background = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(background)
    page.locator("#theme").click()
    after = page.evaluate(background)

    light, dark = "rgb(246, 247, 247)", "rgb(19, 25, 24)"
    assert [before, after] == ([light, dark] if scheme == "light" else [dark, light])


def test_it_can_be_read_without_scripts(show: Open) -> None:
    page = show(each_verdict(), java_script_enabled=False)

    assert len(page.locator(".clause").all()) == 7
    expect(page.locator("#search")).to_be_hidden()
    page.locator("#PK-028 > summary").click()
    expect(page.locator("#PK-028 .actual")).to_be_visible()


def test_it_works_where_the_dashboard_shows_it(browser: Browser, tmp_path: Path) -> None:
    # There it stands in a sandbox without an origin, and may not use the clipboard.
    as_html.write(each_verdict(), tmp_path / "report.html")
    complaints: list[str] = []
    with running(create_app(["participant-kit"], reports=tmp_path)) as address:
        page = browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/_mock/reports/report.html#PK-028")
        page.locator("#PK-028 .copy").click()
        page.locator(".tile.fail").click()

        assert shown(page) == ["PK-028"]
        expect(page.locator("#PK-028 .copy")).to_have_text(re.compile("Copied|Selected"))
        page.close()
    assert complaints == []


def test_nothing_is_wider_than_a_phone(show: Open) -> None:
    page = show(crooked_report())
    page.set_viewport_size({"width": 390, "height": 800})
    page.locator("#unfold").click()

    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_ids_and_addresses_of_a_document_fit_too(show: Open) -> None:
    long = "DOC-publishArticle-credential", "POST /journals/{journalId}/articles/{articleId}:publish: It is so."
    page = show(report(replace(result("PK-028", Verdict.FAIL), clause=long[0], statement=long[1])))

    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.locator(".clause .id").evaluate("each => each.offsetHeight") < 30, "it takes more than a line"
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_colours_have_enough_contrast_with_their_background(show: Open) -> None:
    page = show(each_verdict())

    for _ in range(2):
        faint = page.evaluate(CONTRASTS)
        assert faint == []
        page.locator("#theme").click()


def test_what_could_not_be_judged_is_listed_with_its_reason_and_links_to_its_clauses(show: Open) -> None:
    lack: dict[str, Any] = {"lacking": True, "actual": "the target has no panel", "remedy": "put one there"}
    lacks = [result(clause, Verdict.NOT_SHOWN, **lack) for clause in ("PK-048", "PK-051")]
    page = show(report(*lacks, result("PK-028", Verdict.FAIL), notice="Nothing works."))

    expect(page.locator(".attention:not(.unshown) code")).to_have_text(["PK-028"])
    expect(page.locator(".unshown code")).to_have_text(["PK-048", "PK-051"])
    expect(page.locator(".unshown li")).to_have_count(1)
    expect(page.locator(".unshown li p").first).to_have_text("the target has no panel Remedy: put one there")
    expect(page.locator(".more li").first).to_have_text("let the kit make the data itself: --allow-writes 2 clauses")
    expect(page.locator("header .note")).to_have_text("Nothing works.")
    assert page.evaluate(CONTRASTS) == []
    page.locator(".unshown a").last.click()
    expect(page.locator("#PK-051")).to_have_attribute("open", "")


def test_a_report_without_findings_has_no_such_section(show: Open) -> None:
    page = show(report(result()))

    expect(page.locator(".attention")).to_have_count(0)
    expect(page.locator("h1")).to_have_text("Participant Kit conforms")


#: The elements with text of their own whose contrast is below what WCAG asks of small text.
CONTRASTS = """() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (text) => {
    const [r, g, b] = channels(text).map((value) => value / 255)
      .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || ["SCRIPT", "STYLE", "OPTION"].includes(node.tagName) || !node.getClientRects().length) continue;
    const [one, other] = [light(getComputedStyle(node).color), light(behind(node))].sort((a, b) => b - a);
    if ((one + 0.05) / (other + 0.05) < 4.5) faint.push(`${node.tagName} ${node.className} ${node.textContent}`);
  }
  return faint;
}"""
