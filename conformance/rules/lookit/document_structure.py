"""The form of documents, addresses and errors, and the queries that lists accept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from understudy.conformance.checks.auth import WRONG
from understudy.conformance.evidence.exchange import NOTHING, Exchange
from understudy.conformance.evidence.matchers import address, answers, both, header, succeeds
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext, Item, attribute, identify
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.lookit.reading import (
    JSON_API,
    TYPES,
    read,
    related,
    relation,
    target_of,
    walk,
    within,
)

NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
NOBODY = "00000000-0000-4000-8000-000000000001"


def code(exchange: Exchange) -> str:
    """The code of the first error of a document."""
    return str(exchange.find("errors", 0, "code"))


def _shown(ctx: CheckContext, kind: str, role: str = "default") -> tuple[list[Item], Exchange]:
    """The first page of a type, as a caller sees it."""
    lister = ctx.contract.operations[TYPES[kind][0]]
    page = ctx.page(lister, size=100, role=role)
    return ctx.items(lister, page), page


@check("LK-010", "LK-011", "LK-012", "LK-057", "LK-209")
def documents_are_json_api(ctx: CheckContext) -> None:
    """Lists and items are JSON:API documents: data with type and id, never beside errors, in the right media type."""
    for kind, (lister, _, _) in TYPES.items():
        page = ctx.call(lister)
        items = page.find("data")
        good = page.succeeded and isinstance(items, list) and "errors" not in page.json
        ctx.holds("LK-011", page, good, "a document with data and without errors", page.summary)
        if not isinstance(items, list) or not items:
            continue
        typed = all(
            isinstance(each, dict) and isinstance(each.get("type"), str) and isinstance(each.get("id"), str)
            for each in items
        )
        ctx.holds("LK-011", page, typed, "type and id as texts", page.summary)
        members = [(each.get("attributes") or {}) for each in items if isinstance(each, dict)]
        odd = sorted({name for each in members for name in each if not NAME.fullmatch(name)})
        ctx.holds("LK-012", page, not odd, "underscored attribute names", ", ".join(odd[:3]))
        alone = read(ctx, kind, identify(items[0]), "default")
        ctx.judge("LK-010", alone, header("Content-Type", rf"^{re.escape(JSON_API)}"))
        _like_its_entry(ctx, "LK-057" if kind == "children" else "LK-209", page, items[0], alone)
    missing = ctx.call("read_lab", path={"lab_id": NOBODY})
    ctx.judge("LK-010", missing, header("Content-Type", rf"^{re.escape(JSON_API)}"))


def _like_its_entry(ctx: CheckContext, clause: str, page: Exchange, entry: Item, alone: Exchange) -> None:
    """A single object is in data, with the members of its list entry, and without the links of a page."""
    ctx.holds(clause, (page, alone), alone.succeeded, "the object that is listed", alone.summary)
    item = within(alone)
    pages = set(alone.find("links") or {}) & {"first", "last", "next", "prev", "meta"}
    ctx.holds(clause, alone, item and not pages, "one object in data, without page links", alone.summary)
    for part in ("attributes", "relationships"):
        lost = sorted(set(entry.get(part) or {}) - set(item.get(part) or {}))
        ctx.holds(clause, (page, alone), not lost, f"the {part} of the list entry", f"no {', '.join(lost[:3])}")


@check("LK-015", "LK-016", "LK-017", "LK-018", "LK-200", "LK-208")
def addresses_lead_to_their_objects(ctx: CheckContext) -> None:
    """links.self is an absolute address that ends with the object's id and a slash, and answers with the object."""
    for kind in TYPES:
        items, page = _shown(ctx, kind)
        for item in items[:3]:
            own = target_of((item.get("links") or {}).get("self"))
            ctx.holds("LK-015", page, address(own), "an absolute address in links.self", own)
            path = (own or "").partition("?")[0].rstrip("/")
            if own is not None:
                ends = isinstance(item.get("id"), str) and path.rpartition("/")[2] == item["id"]
                ctx.holds("LK-017", page, ends, "an id as text, at the end of links.self", f"{item.get('id')} {own}")
            ctx.holds(
                "LK-208",
                page,
                re.fullmatch(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", str(item.get("id"))),
                "a UUID",
                item.get("id"),
            )
            bare = [name for name in item.get("relationships") or {} if _bare(item, name)]
            ctx.holds("LK-016", page, not bare, "an address in links.related", ", ".join(bare[:3]))
        for item in items[:1]:
            own = target_of((item.get("links") or {}).get("self"))
            if own is None or not ctx.run.target.hosts(own):
                ctx.lacks("LK-200", "an address at the target in links.self", page)
                continue
            alone = ctx.follow(own, page)
            same = alone.succeeded and within(alone).get("id") == item.get("id")
            ctx.holds("LK-200", (page, alone), same, f"the object at {own}", alone.summary)
        links = [found for found in map(target_of, _links(page.json)) if found]
        odd = [found for found in links if not found.partition("?")[0].endswith("/")]
        ctx.holds("LK-018", page, not odd, "addresses with a final slash", ", ".join(odd[:2]), vacuous=not links)


def _bare(item: Item, name: str) -> bool:
    """Whether a relationship has no address; a snapshot may be one of nobody."""
    if name == "demographic_snapshot":
        part = item["relationships"][name]
        return isinstance(part, dict) and "links" not in part and bool(part.get("data"))
    return relation(item, name) is None


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


@check("LK-213")
def related_addresses_lead_on(ctx: CheckContext) -> None:
    """links.related leads to the object or list that it names, for callers who may see it."""
    for kind, name, other in (
        ("children", "user", "users"),
        ("feedback", "response", "responses"),
        ("responses", "child", "children"),
        ("responses", "study", "studies"),
        ("studies", "responses", ""),
        ("users", "children", ""),
        ("users", "demographics", ""),
    ):
        items, page = _shown(ctx, kind)
        for item in ctx.first("LK-213", [each for each in items if relation(each, name)], f"one of {kind}", page):
            found = str(relation(item, name))
            if not ctx.run.target.hosts(found):
                ctx.lacks("LK-213", "an address at the target", page)
                continue
            there = ctx.follow(found, page)
            if other:
                wanted = str(related(item, name))
                visible = read(ctx, other, wanted, "default").succeeded
                found_there = (there.find("data", "type"), there.find("data", "id"))
                lead = found_there == (other, wanted) if there.succeeded else not visible
                ctx.holds("LK-213", (page, there), lead, f"the {name} {wanted}", there.summary)
            else:
                lead = isinstance(there.find("data"), list) or there.status in {403, 404}
                ctx.holds("LK-213", (page, there), lead, f"a list of {name}", there.summary)


@check("LK-007", "LK-009", "LK-180")
def media_types_are_negotiated(ctx: CheckContext) -> None:
    """A request labelled application/vnd.api+json is served, and so is a reading one without a label."""
    ctx.judge("LK-009", ctx.call("list_labs"), succeeds)
    for lister in ("list_labs", "list_users"):
        ctx.judge("LK-007", ctx.call(lister, headers={"Content-Type": JSON_API}), succeeds)
    for accept in (JSON_API, "*/*", f"text/html, {JSON_API};q=0.5"):
        ctx.judge(
            "LK-180",
            ctx.call("list_labs", headers={"Accept": accept}),
            both(succeeds, header("Content-Type", rf"^{re.escape(JSON_API)}")),
        )
    for accept in ("application/json", "text/html"):
        ctx.judge("LK-180", ctx.call("list_labs", headers={"Accept": accept}), answers(406))


@check("LK-019", "LK-020", "LK-187", "LK-194")
def errors_are_documents(ctx: CheckContext) -> None:
    """An error has a list errors and no data; a single object with an unknown id is 404."""
    anonymous = ctx.call("list_labs", role=None)
    ctx.holds("LK-187", anonymous, code(anonymous) == "not_authenticated", "code not_authenticated", anonymous.summary)
    wrong = ctx.call("list_labs", credential=ctx.run.credential_of(WRONG))
    ctx.holds("LK-187", wrong, code(wrong) == "authentication_failed", "code authentication_failed", wrong.summary)
    unknown = [read(ctx, kind, NOBODY, "default") for kind in TYPES]
    for exchange in unknown:
        ctx.judge("LK-020", exchange, answers(404))
    for exchange in (anonymous, unknown[0]):
        errors = exchange.find("errors")
        good = (
            isinstance(errors, list)
            and bool(errors)
            and all(isinstance(each, dict) for each in errors)
            and exchange.find("data") is NOTHING
        )
        ctx.holds("LK-019", exchange, good, "a list errors, and no data", exchange.summary)
        stated = [each["status"] for each in errors if "status" in each] if good else []
        same = all(each == str(exchange.status) for each in stated)
        ctx.holds("LK-194", exchange, same, f'status "{exchange.status}" as a text', stated, vacuous=not stated)


@check("LK-178", "LK-215")
def json_api_queries_are_not_ignored(ctx: CheckContext) -> None:
    """include is honoured or refused; fields leaves only the attributes that it names, or is ignored."""
    for operation, path in (
        ("list_children", "user"),
        ("list_responses", "child,study"),
        ("list_feedback", "response"),
    ):
        exchange = ctx.call(operation, query={"include": path})
        asked = ctx.items(ctx.contract.operations[operation], ctx.call(operation))
        honoured = exchange.succeeded and isinstance(exchange.find("included"), list)
        refused = 400 <= exchange.status < 500
        ctx.holds("LK-178", exchange, honoured or refused or not asked, "included, or 400", exchange.summary)
    for kind, name in (("labs", "name"), ("children", "given_name"), ("studies", "name"), ("users", "given_name")):
        items, plain = _shown(ctx, kind)
        more = [each for each in items if set(each.get("attributes") or {}) - {name}]
        for _ in ctx.first("LK-215", more, f"one of {kind}", plain):
            # What it leaves out is left out by request, so that the reply is not judged by its schema.
            place = ctx.address(ctx.contract.operations[TYPES[kind][0]])
            exchange = ctx.visit("GET", place, query={f"fields[{kind}]": name})
            kept = exchange.find("data", 0, "attributes")
            whole = plain.find("data", 0, "attributes")
            fits = exchange.succeeded and (kept == whole or (isinstance(kept, dict) and set(kept) == {name}))
            ctx.holds("LK-215", exchange, fits, f"only {name}, or everything", kept)


@check("LK-182", "LK-183")
def responses_can_be_filtered(ctx: CheckContext) -> None:
    """study and child filter the responses; a value that is not a UUID is refused with 400."""
    operation = ctx.contract.operations["list_responses"]
    everything = walk(ctx, operation)
    ctx.need(everything.items, "no response is visible", everything.pages[0])
    for name in ("study", "child"):
        counted = [str(related(each, name)) for each in everything.items]
        value = max(set(counted), key=lambda each: (counted.count(each), each))
        found = walk(ctx, operation, query={name: value})
        wanted = [identify(each) for each in everything.items if related(each, name) == value]
        ctx.holds(
            "LK-182",
            (everything.pages[0], found.pages[0]),
            found.names == wanted,
            f"{several(len(wanted), 'response')} with {name}={value}",
            several(len(found.names), "response"),
            vacuous=len(wanted) == len(everything.items),
        )
        ctx.judge("LK-183", ctx.call(operation, query={name: "not-a-uuid"}), answers(400))


@check("LK-191")
def a_path_without_its_slash_is_redirected(ctx: CheckContext) -> None:
    """A GET without the final slash is redirected to the address with it."""
    for operation in ("list_labs", "list_children"):
        place = ctx.address(ctx.contract.operations[operation]).rstrip("/")
        exchange = ctx.visit("GET", place)
        ctx.judge("LK-191", exchange, both(answers(301, 302, 307, 308), header("Location", rf"{re.escape(place)}/$")))


@check("LK-115", "LK-143")
def some_members_have_a_form_where_they_are(ctx: CheckContext) -> None:
    """An image is an absolute address where there is one, and responses have a snapshot of demographics."""
    studies, page = _shown(ctx, "studies")
    images = [found for each in studies if isinstance(found := attribute(each, "image"), str) and found]
    odd = [found for found in images if not address(found)]
    ctx.holds("LK-143", page, not odd, "absolute addresses of images", ", ".join(odd[:2]), vacuous=not images)
    responses, page = _shown(ctx, "responses")
    named = [each for each in responses if "demographic_snapshot" in (each.get("relationships") or {})]
    ctx.holds(
        "LK-115", page, named or not responses, "a demographic_snapshot", "none on any response", vacuous=not responses
    )


@check("LK-102", "LK-103")
def labs_are_as_in_the_samples(ctx: CheckContext) -> None:
    """A description has line breaks, and pk is another key than the id."""
    labs, page = _shown(ctx, "labs")
    broken = any("\n" in str(attribute(each, "description")) for each in labs)
    ctx.holds("LK-102", page, broken, "line breaks in a description", "none", vacuous=not labs)
    same = [identify(each) for each in labs if str(attribute(each, "pk")) == identify(each)]
    ctx.holds("LK-103", page, not same, "pk different from id", ", ".join(same), vacuous=not labs)
