"""The form of documents, errors and addresses, and the queries that lists accept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from understudy.conformance.checks.auth import WRONG
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, both, header, succeeds
from understudy.conformance.evidence.words import several
from understudy.conformance.http.client import Credential
from understudy.conformance.judging.context import CheckContext, attribute, identify
from understudy.conformance.judging.lists import whole
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.lookit.visibility import TYPES, related, seen

JSON_API = "application/vnd.api+json"
NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def code(exchange: Exchange) -> str:
    """The code of the first error of a document."""
    return str(exchange.find("errors", 0, "code"))


def names(value: Any) -> Iterator[str]:
    """Every member name at any depth."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from names(part)
    elif isinstance(value, list):
        for part in value:
            yield from names(part)


@check("LK-010", "LK-011", "LK-012", "LK-057")
def documents_are_json_api(ctx: CheckContext) -> None:
    """Lists and items are JSON:API documents: data with type and id, never beside errors, in the right media type."""
    for kind, (lister, reader, parameter) in TYPES.items():
        page = ctx.call(lister)
        items = page.find("data")
        good = isinstance(items, list) and page.find("errors") is not items and "errors" not in page.json
        ctx.holds("LK-011", page, good, "a document with data and without errors", page.summary)
        if not isinstance(items, list) or not items:
            continue
        typed = all(isinstance(each.get("type"), str) and isinstance(each.get("id"), str) for each in items)
        ctx.holds("LK-011", page, typed, "type and id as texts", page.summary)
        odd = sorted({name for each in items for name in each.get("attributes", {}) if not NAME.fullmatch(name)})
        ctx.holds("LK-012", page, not odd, "underscored attribute names", ", ".join(odd[:3]))
        alone = ctx.call(reader, path={parameter: identify(items[0])})
        ctx.judge("LK-010", alone, header("Content-Type", rf"^{re.escape(JSON_API)}"))
        if kind == "children":
            single = alone.succeeded and alone.find("data") == items[0] and set(alone.find("links") or {}) <= {"self"}
            ctx.holds("LK-057", (page, alone), single, "the list's object in data, without page links", alone.summary)
    missing = ctx.call("read_lab", path={"lab_id": "00000000-0000-4000-8000-000000000001"})
    ctx.holds("LK-011", missing, "data" not in (missing.json or {}), "errors without data", missing.summary)
    ctx.judge("LK-010", missing, header("Content-Type", rf"^{re.escape(JSON_API)}"))


@check("LK-013", "LK-014", "LK-102", "LK-103")
def names_within_attributes_are_kept(ctx: CheckContext) -> None:
    """Member names within an attribute are data and keep their form: both exitType and exit_type can occur."""
    responses, page = seen(ctx, "responses", "default")
    studies, studies_page = seen(ctx, "studies", "default")
    inner = {
        name
        for each in responses
        for part in ("exp_data", "conditions", "global_event_timings")
        for name in names(attribute(each, part))
    }
    inner |= {name for each in studies for name in names(attribute(each, "structure"))}
    camel = sorted(name for name in inner if re.search("[a-z][A-Z]", name))
    ctx.holds(
        "LK-013",
        (page, studies_page),
        True,
        "names in camel case within attributes",
        "none",
        vacuous=not camel,
    )
    timings = {name for each in responses for name in names(attribute(each, "global_event_timings"))}
    both_forms = {"exitType", "exit_type"} <= timings
    ctx.holds(
        "LK-014",
        page,
        True,
        "both exitType and exit_type among the stored timings",
        sorted(timings),
        vacuous=not both_forms,
    )
    spread = [each for each in responses if attribute(each, "exp_data")]
    ctx.holds("LK-013", page, True, "responses with data", "none", vacuous=not spread)
    labs, labs_page = seen(ctx, "labs", "default")
    broken = [str(attribute(each, "description")) for each in labs]
    ctx.holds(
        "LK-102",
        labs_page,
        True,
        "line breaks in a description",
        "none",
        vacuous=not any("\n" in text for text in broken),
    )
    same = [identify(each) for each in labs if str(attribute(each, "pk")) == identify(each)]
    ctx.holds("LK-103", labs_page, not same, "pk different from id", ", ".join(same), vacuous=not labs)


@check("LK-016", "LK-018", "LK-191")
def addresses_end_with_a_slash(ctx: CheckContext) -> None:
    """Addresses in documents end with a slash, and a GET without it is redirected to the address with it."""
    for lister, _, _ in TYPES.values():
        page = ctx.call(lister)
        links = [link for link in _links(page.json) if isinstance(link, str)]
        odd = [link for link in links if not link.partition("?")[0].endswith("/")]
        ctx.holds("LK-018", page, not odd, "addresses with a final slash", ", ".join(odd[:2]), vacuous=not links)
        relative = [link for link in links if not link.startswith(("http://", "https://"))]
        ctx.holds("LK-016", page, not relative, "absolute addresses", ", ".join(relative[:2]), vacuous=not links)
    for operation in ("list_labs", "list_children"):
        place = ctx.address(ctx.contract.operations[operation]).rstrip("/")
        exchange = ctx.visit("GET", place)
        ctx.judge("LK-191", exchange, both(answers(301, 302, 307, 308), header("Location", rf"{re.escape(place)}/$")))


def _links(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name in {"self", "related", "first", "last", "next", "prev"}:
                yield part
            else:
                yield from _links(part)
    elif isinstance(value, list):
        for part in value:
            yield from _links(part)


@check("LK-007", "LK-009", "LK-180")
def media_types_are_negotiated(ctx: CheckContext) -> None:
    """A GET needs no Content-Type; an Accept that excludes the API's media type is refused with 406."""
    plain = ctx.call("list_labs")
    ctx.judge("LK-009", plain, succeeds)
    ctx.judge("LK-007", ctx.call("list_labs", headers={"Content-Type": JSON_API}), succeeds)
    for accept in (JSON_API, "*/*", f"text/html, {JSON_API};q=0.5"):
        ctx.judge(
            "LK-180",
            ctx.call("list_labs", headers={"Accept": accept}),
            both(succeeds, header("Content-Type", rf"^{re.escape(JSON_API)}")),
        )
    for accept in ("application/json", "text/html"):
        ctx.judge("LK-180", ctx.call("list_labs", headers={"Accept": accept}), answers(406))


@check("LK-019", "LK-187", "LK-194")
def errors_have_distinct_codes(ctx: CheckContext) -> None:
    """An error has its status as a text, and a detail; a missing and a wrong credential have different codes."""
    anonymous = ctx.call("list_labs", role=None)
    ctx.holds("LK-187", anonymous, code(anonymous) == "not_authenticated", "code not_authenticated", anonymous.summary)
    wrong = ctx.call("list_labs", credential=Credential("Token", WRONG))
    ctx.holds("LK-187", wrong, code(wrong) == "authentication_failed", "code authentication_failed", wrong.summary)
    unknown = ctx.call("read_lab", path={"lab_id": "00000000-0000-4000-8000-000000000001"})
    lost = ctx.visit("GET", "/api/v1/understudy/")
    for exchange in (anonymous, wrong, unknown, lost):
        errors = exchange.find("errors")
        detailed = (
            isinstance(errors, list)
            and all(isinstance(each, dict) and each.get("detail") for each in errors)
            and bool(errors)
        )
        ctx.holds("LK-019", exchange, detailed, "errors, each with a detail", exchange.summary)
        texts = detailed and all(each.get("status") == str(exchange.status) for each in errors)
        ctx.holds("LK-194", exchange, texts, f'status "{exchange.status}" as a text', exchange.summary)


@check("LK-178", "LK-179")
def nothing_can_be_included(ctx: CheckContext) -> None:
    """include is refused with 400; sort is not a parameter and changes nothing."""
    for operation, path in (("list_children", "user"), ("list_responses", "child,study"), ("list_labs", "x")):
        ctx.judge("LK-178", ctx.call(operation, query={"include": path}), answers(400))
    children, page = seen(ctx, "children", "default")
    for child in ctx.first("LK-178", children, "a child that can be read", page):
        own = identify(child)
        ctx.judge("LK-178", ctx.call("read_child", path={"child_id": own}, query={"include": "user"}), answers(400))
    plain = ctx.call("list_children", query={"page_size": 100})
    sorted_one = ctx.call("list_children", query={"page_size": 100, "sort": "birthday"})
    same = sorted_one.succeeded and [identify(each) for each in sorted_one.at("data")] == [
        identify(each) for each in plain.at("data")
    ]
    ctx.holds("LK-179", (plain, sorted_one), same, "the same list with sort", sorted_one.summary)


@check("LK-046", "LK-047", "LK-048", "LK-049", "LK-055")
def children_can_be_ordered(ctx: CheckContext) -> None:
    """ordering=birthday lists the oldest child first, -birthday the youngest, over all pages; other values are ignored."""
    operation = ctx.contract.operations["list_children"]
    for order, clause in (("birthday", "LK-046"), ("-birthday", "LK-047")):
        read = whole(ctx, operation, size=7, far=8, query={"ordering": order})
        days = [str(attribute(each, "birthday")) for each in read.items]
        wanted = sorted(days, reverse=order.startswith("-"))
        first = days[:7]
        ctx.holds(
            clause,
            read.pages[0],
            first == wanted[: len(first)],
            f"{order}: {wanted[:3]} first",
            first[:3],
            vacuous=len(set(days)) < 3,
        )
        ctx.holds(
            "LK-048",
            read.pages[:3],
            days == wanted,
            f"{order} over all pages",
            several(len(read.pages), "page") + (" out of order" if days != wanted else ""),
            vacuous=len(read.pages) < 2,
        )
    plain = ctx.page(operation, size=100)
    for odd in ("given_name", "unknown", "-"):
        exchange = ctx.page(operation, size=100, query={"ordering": odd})
        same = exchange.succeeded and exchange.find("data") == plain.find("data")
        ctx.holds("LK-049", (plain, exchange), same, f"the same list with ordering={odd}", exchange.summary)
    flagged = [each for each in whole(ctx, operation).items if attribute(each, "deleted") is True]
    ctx.holds("LK-055", plain, True, "a child marked deleted", "none", vacuous=not flagged)


@check("LK-182", "LK-183")
def responses_can_be_filtered(ctx: CheckContext) -> None:
    """study and child filter the responses; a value that is not a UUID is refused with 400."""
    responses, page = seen(ctx, "responses", "default")
    ctx.need(responses, "no response is visible", page)
    operation = ctx.contract.operations["list_responses"]
    for name in ("study", "child"):
        counted = [str(related(each, name)) for each in responses]
        value = max(set(counted), key=lambda each: (counted.count(each), each))
        read = whole(ctx, operation, query={name: value})
        wanted = [identify(each) for each in responses if related(each, name) == value]
        ctx.holds(
            "LK-182",
            (page, read.pages[0]),
            read.names == wanted,
            f"{several(len(wanted), 'response')} with {name}={value}",
            several(len(read.names), "response"),
            vacuous=len(wanted) == len(responses),
        )
        for odd in ("not-a-uuid",):
            ctx.judge("LK-183", ctx.call(operation, query={name: odd}), answers(400))


@check("LK-029", "LK-030", "LK-037", "LK-177", "LK-192")
def page_numbers_appear_in_two_places(ctx: CheckContext) -> None:
    """links.meta has page, pages and count, the same as meta at the top level; page=last is the last page."""
    for operation in ctx.contract.operations.values():
        if operation.action != "list":
            continue
        page = ctx.page(operation, size=3)
        inner = page.find("links", "meta")
        ctx.holds(
            "LK-030",
            page,
            isinstance(inner, dict) and {"page", "pages", "count"} <= set(inner),
            "page, pages and count in links.meta",
            page.summary,
        )
        outer = page.find("meta")
        ctx.holds(
            "LK-192", page, not outer or outer == inner, "the same meta as in links.meta", outer, vacuous=not outer
        )
        if not isinstance(inner, dict):
            continue
        last = ctx.page(operation, size=3, page="last")
        numbered = ctx.page(operation, size=3, page=inner.get("pages")) if inner.get("pages") != 1 else page
        ctx.holds(
            "LK-177",
            (numbered, last),
            last.succeeded and last.find("data") == numbered.find("data"),
            "the last page",
            last.summary,
        )
        for name, wanted in (("first", "1"), ("last", str(inner.get("pages")))):
            link = str(page.find("links", name))
            ctx.holds(
                "LK-029",
                page,
                re.search(rf"[?&]page={wanted}(&|$)", link) is not None,
                f"{name} with page={wanted}",
                link,
            )
        own = ctx.address(operation)
        strange = [str(page.find("links", name)) for name in ("first", "last", "next") if page.find("links", name)]
        bad = [link for link in strange if f"{own}?" not in link]
        ctx.holds("LK-037", page, not bad, f"links to {own}", ", ".join(bad[:2]), vacuous=not strange)
