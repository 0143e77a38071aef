"""Liberties of Lookit: pages, statuses, members and sight that its source leaves open."""

from __future__ import annotations

from typing import Any

from defects.faults import (
    body,
    changed_request,
    extra,
    headers,
    instead,
    items,
    members,
    number,
    query,
    replied,
    request_body,
    status,
    unless_given,
)
from defects.messages import Answer, Json, Sent
from defects.spoiler import Act, Mock

from liberties.catalogue import lookit_printed
from liberties.liberty import Liberty, Printed, allowing

LIBERTIES: list[Liberty | Printed] = []
allow = allowing("lookit", LIBERTIES)

JSON_API = "application/vnd.api+json"
ADMIN, RESEARCHER, PARTICIPANT = "Token mock-admin-token", "Token mock-researcher-token", "Token mock-participant-token"
LISTS = "list_*"
RESPONSES = "*_response list_responses list_study_responses"


def by(*callers: str) -> Any:
    """The caller is one of these."""
    return lambda sent: sent.headers.get("authorization") in callers


def problem(code: int) -> Json:
    """An error document with nothing but what JSON:API asks for."""
    return {"errors": [{"title": "No.", "status": str(code)}], "jsonapi": {"version": "1.0"}}


def linked(change: Any) -> Act:
    """The links of a page are changed."""

    def changed(page: Json) -> None:
        change(page["links"])

    return body(changed)


def listing(keep: Any) -> Act:
    """A list has only the objects for which `keep`, given the memory of the mock, holds; its links and numbers fit."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        if not answer.ok or sent.method != "GET" or not isinstance((answer.json or {}).get("data"), list):
            return answer
        # Whole objects decide what is kept, though fewer of their members may be asked for.
        query = [(name, value) for name, value in sent.query if not name.startswith("fields[")]
        kept = {each["id"] for each in await mock.everything(sent.like(query=query)) if keep(each, mock.memory)}
        found = [each for each in await mock.everything(sent) if each["id"] in kept]
        size = number(sent, "page_size", 10)
        at = max(1, -(-len(found) // size)) if sent.parameter("page") == "last" else number(sent, "page", 1)
        last = max(1, -(-len(found) // size))
        if at > last:
            return Answer.of(404, problem(404), JSON_API)
        page = answer.json
        first = page["links"]["first"]
        address = {name: first.replace("page=1", f"page={name}", 1) for name in range(1, last + 1)}
        page["data"] = found[(at - 1) * size : at * size]
        page["meta"] = {"page": at, "pages": last, "count": len(found)}
        links = {"last": address[last], "next": address.get(at + 1), "prev": address.get(at - 1), "meta": page["meta"]}
        page["links"].update(links)
        return answer.with_json(page)

    return act


def refused(code: int, when: Any = lambda _: True) -> Act:
    """The mock is not asked."""
    return instead(code, problem(code), when, JSON_API)


def of_body(answer: Answer, code: int, content: bytes, media: str) -> Answer:
    """A reply with another body."""
    return Answer(code, {**answer.headers, "content-type": media}, content)


# --- pages ------------------------------------------------------------------------------------------------------------

allow("size-unknown", "page_size is not known: ten objects a page", "list samples, links", LISTS, query(page_size=None))
allow(
    "four-a-page",
    "a page holds four objects, whatever is asked for",
    "list samples, links",
    LISTS,
    changed_request(lambda sent: sent.with_query(page_size="4")),
)
allow(
    "twenty-by-default", "twenty objects a page by default", "list samples, links", LISTS, unless_given(page_size="20")
)
allow(
    "no-null-links",
    "next and prev are left out where there is no page",
    "list samples, links.next",
    LISTS,
    linked(lambda links: [links.pop(name) for name in ("next", "prev") if links[name] is None]),
)
allow(
    "links-as-objects",
    "page links are objects with href",
    "opening paragraph on JSON:API",
    LISTS,
    linked(
        lambda links: links.update({name: {"href": links[name]} for name in ("first", "last", "next") if links[name]})
    ),
)
allow(
    "no-meta-at-the-top",
    "there is no meta at the top",
    "list samples",
    LISTS,
    body(lambda page: page.pop("meta") and None),
)
allow(
    "other-meta-at-the-top",
    "meta at the top says something else",
    "list samples",
    LISTS,
    body(lambda page: page.update(meta={"generated_at": "noon"}, jsonapi={"version": "1.0"})),
)
allow(
    "first-without-number",
    "links.first has no page number",
    "list samples, links.first",
    LISTS,
    linked(lambda links: links.update(first=links["first"].replace("page=1&", "").removesuffix("?page=1"))),
)
allow(
    "no-pages-when-empty",
    "an empty list has no pages",
    "list samples, links.meta.pages",
    LISTS,
    body(lambda page: page["links"]["meta"].update(pages=0) if not page["data"] else None),
)
allow("past-end-refused", "a page past the end is 400", "list samples, links", LISTS, status(400, of=404))
allow(
    "sizes-refused",
    "page_size is refused when it is not a number",
    "list samples, links",
    LISTS,
    refused(400, lambda sent: not (sent.parameter("page_size") or "1").isdecimal()),
)
allow(
    "no-last-word",
    "page=last is 404",
    "list samples, links",
    LISTS,
    refused(404, lambda sent: sent.parameter("page") == "last"),
)
allow(
    "another-order",
    "children are listed by name unless asked otherwise",
    "Children, Ordering",
    "list_children",
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "data": sorted(answer.json["data"], key=lambda each: each["id"])})
            if answer.ok and not sent.parameter("page") and not answer.json["links"]["next"]
            else answer
        ),
        lambda sent: sent.parameter("ordering") is None and sent.parameter("page_size") == "100",
    ),
)
allow(
    "ordering-refused",
    "another field to order by is 400",
    "Children, parameter ordering",
    "list_children",
    refused(400, lambda sent: sent.parameter("ordering") not in {None, "birthday", "-birthday"}),
)
allow(
    "sort-refused",
    "sort is 400, as JSON:API asks for",
    "opening paragraph on JSON:API",
    LISTS,
    refused(400, lambda sent: sent.parameter("sort") is not None),
)
allow(
    "filters-unknown",
    "study and child do not filter",
    "printed path of the list",
    "list_responses",
    query(study=None, child=None),
)


async def included(sent: Sent, mock: Mock) -> Answer:
    """What is asked for with include stands beside the data."""
    answer = await mock.ask(sent.with_query(include=None))
    if sent.parameter("include") and answer.ok and isinstance(answer.json, dict):
        return answer.with_json({**answer.json, "included": []})
    return answer


allow("include-honoured", "include is honoured", "opening paragraph on JSON:API", "list_* read_*", included)


async def sparse(sent: Sent, mock: Mock) -> Answer:
    """fields leaves only the attributes that it names."""
    answer = await mock.ask(sent)
    wanted = {name[7:-1]: value.split(",") for name, value in sent.query if name.startswith("fields[")}
    if not wanted or not answer.ok:
        return answer
    document = answer.json
    for each in document["data"] if isinstance(document["data"], list) else [document["data"]]:
        if each["type"] in wanted:
            kept = {name: value for name, value in each["attributes"].items() if name in wanted[each["type"]]}
            each["attributes"] = kept
            each.pop("relationships", None)
    return answer.with_json(document)


allow("fields-honoured", "fields leaves only what it names", "opening paragraph on JSON:API", "list_* read_*", sparse)

# --- objects ----------------------------------------------------------------------------------------------------------

allow(
    "more-attributes",
    "objects have further attributes",
    "samples, attributes",
    "list_* read_*",
    extra(date_created="noon"),
)
allow(
    "more-relationships",
    "labs and demographics have relationships",
    "samples, relationships",
    "list_labs read_lab list_demographics read_demographics list_user_demographics",
    items(lambda item: item.update(relationships={"understudy": {"links": {"related": "http://127.0.0.1/x/"}}})),
)


def linked_by_object(item: Json) -> None:
    """The link to the user of a child, where a reply has one, is an object."""
    for links in (each["links"] for each in item.get("relationships", {}).values()):
        links["related"] = {"href": links["related"]}


def linkage(item: Json) -> None:
    """Relationships have data beside their links."""
    for name, part in item.get("relationships", {}).items():
        part["data"] = {"type": name, "id": "1"}
        part["meta"] = {}


allow(
    "linkage-beside-links", "relationships have data as well", "samples, relationships", "list_* read_*", items(linkage)
)
allow(
    "related-as-objects",
    "links.related is an object with href",
    "opening paragraph on JSON:API",
    "list_children read_child list_user_children",
    items(linked_by_object),
)
allow(
    "times-with-an-offset",
    "date_modified has an offset instead of Z",
    "list sample of studies, date_modified",
    "list_studies read_study",
    members("date_modified", lambda text: text.replace("Z", "+00:00")),
)
allow(
    "no-image",
    "a study without a picture has an empty text",
    "list sample, image",
    "list_studies read_study",
    members("image", lambda _: ""),
)
allow(
    "unknown-values-null",
    "what is not known is null",
    "list samples, attributes",
    "list_children read_child list_user_children list_demographics read_demographics list_user_demographics",
    items(
        lambda item: item["attributes"].update(
            {name: None for name in ("gender", "number_of_books", "annual_income") if name in item["attributes"]}
        )
    ),
)
allow(
    "bare-structure",
    "structure is an empty object",
    "list sample, structure",
    "list_studies read_study",
    members("structure", lambda _: {}),
)
allow(
    "data-as-a-list",
    "newer studies store exp_data as a list",
    "list sample, exp_data",
    "list_responses list_study_responses",
    members("exp_data", lambda value: [] if value == {} else value),
)
allow(
    "snapshot-null",
    "a response without a snapshot has null there",
    "list sample, relationships.demographic_snapshot",
    "list_responses list_study_responses",
    items(
        lambda item: (
            item["relationships"].update(demographic_snapshot=None) if item["attributes"]["completed"] else None
        )
    ),
)
allow(
    "snapshot-later",
    "the reply to a new response lacks the snapshot",
    "Creating a Response",
    "create_response",
    items(lambda item: item["relationships"].pop("demographic_snapshot") and None),
)
allow("emails", "users have their email", "Users, sample", "list_users read_user", extra(email="a.b@example.com"))
allow(
    "username-null",
    "username is null without the permission",
    "Users, sample",
    "list_users read_user",
    items(lambda item: item["attributes"].setdefault("username", None) and None),
)
allow(
    "plain-descriptions",
    "descriptions have no line breaks",
    "Labs, sample",
    "list_labs read_lab",
    members("description", lambda text: " ".join(text.split())),
)
allow(
    "deleted-left-out",
    "children that are marked as deleted are not listed",
    "list sample, deleted",
    "list_children list_user_children",
    listing(lambda item, _: not item["attributes"]["deleted"]),
)
allow(
    "only-approved-labs",
    "labs that are not approved are not listed",
    "Labs, Permissions",
    "list_labs",
    listing(lambda item, _: item["attributes"]["approved_to_test"]),
)

# --- refusals ---------------------------------------------------------------------------------------------------------

allow(
    "bare-errors",
    "errors have a title alone",
    "none: JSON:API makes it optional",
    "*",
    replied(lambda _, answer: answer.with_json(problem(answer.status)) if answer.status >= 400 else answer),
)
allow(
    "errors-in-html",
    "refusals are pages in HTML",
    "none: no refusal is printed",
    "*",
    replied(
        lambda _, answer: (
            of_body(answer, answer.status, b"<h1>No.</h1>", "text/html") if answer.status >= 400 else answer
        )
    ),
)
allow(
    "errors-without-a-body",
    "refusals have no body",
    "METHOD NOT ALLOWED, as printed",
    "*",
    replied(lambda _, answer: of_body(answer, answer.status, b"", "text/plain") if answer.status >= 400 else answer),
)
allow("401-as-403", "a missing token is 403", "Authentication", "*", status(403, of=401))
allow("404-as-403", "what may not be seen is 403", "Permissions of single objects", "read_*", status(403, of=404))
allow("403-as-404", "what may not be done is 404", "Permissions of creations", "*", status(404, of=403))
allow("409-as-400", "a conflict is 400", "request samples, type and id", "*", status(400, of=409))
allow("400-as-422", "unusable documents are 422", "request samples", "create_* update_*", status(422, of=400))
allow("415-as-400", "another media type is 400", "Content-Type", "*", status(400, of=415))
allow(
    "unknown-before-verb",
    "a method on an unknown object is 404",
    "METHOD NOT ALLOWED, as printed",
    "read_*",
    changed_request(lambda sent: sent.like(method="GET", body=b"") if sent.last.startswith("00000000-") else sent),
)
allow(
    "no-redirect",
    "an address without its slash is 404",
    "printed paths",
    "*",
    refused(404, lambda sent: not sent.path.endswith("/")),
)
allow(
    "one-code",
    "errors have other codes",
    "Authentication",
    "*",
    replied(
        lambda _, answer: (
            answer.with_json({"errors": [{"detail": "No.", "code": "no"}]}) if answer.status == 401 else answer
        )
    ),
)

# --- writes -----------------------------------------------------------------------------------------------------------

allow("accepted", "creations answer 202", "Creating Feedback, Creating a Response", "create_*", status(202, of=201))
allow("no-location", "creations have no Location", "Creating Feedback", "create_*", headers(location=None))
allow("changes-answer-204", "changes answer 204", "Updating Feedback, Updating a Response", "update_*", status(204))
allow(
    "put-changes",
    "PUT changes feedback and responses",
    "Updating Feedback, Updating a Response",
    "*",
    changed_request(
        lambda sent: sent.like(method="PATCH"),
        lambda sent: sent.method == "PUT" and any(part in sent.path for part in ("/feedback/", "/responses/")),
    ),
)
allow(
    "client-ids-refused",
    "an id sent with a creation is 403",
    "request samples, which send none",
    "create_*",
    refused(403, lambda sent: "id" in ((sent.json or {}).get("data") or {})),
)
allow(
    "researchers-refused",
    "a researcher in a request is 400",
    "Creating Feedback, request sample",
    "create_feedback",
    refused(400, lambda sent: "researcher" in ((sent.json or {}).get("data") or {}).get("relationships", {})),
)
allow(
    "blank-comments",
    "blank comments are kept",
    "Creating Feedback, request sample",
    "create_feedback",
    request_body(
        lambda document: (
            document["data"]["attributes"].update(comment="-")
            if not str(document.get("data", {}).get("attributes", {}).get("comment", "-")).strip()
            else None
        )
    ),
)


async def merging(sent: Sent, mock: Mock) -> Answer:
    """What is sent is merged into what is there, at depth."""
    before = (await mock.ask(sent.like(method="GET", body=b""))).json
    given = ((sent.json or {}).get("data") or {}).get("attributes", {})
    if "exp_data" in given and "data" in before:
        kept = before["data"]["attributes"]["exp_data"]
        merged = {**kept, **{name: {**kept.get(name, {}), **value} for name, value in given["exp_data"].items()}}
        document = {"data": {**sent.json["data"], "attributes": {**given, "exp_data": merged}}}
        return await mock.ask(sent.with_json(document))
    return await mock.ask(sent)


allow("changes-merge", "a change is merged into what is there", "Updating a Response", "update_response", merging)
allow(
    "dashes-stored",
    "exp-data is stored as exp_data",
    "opening paragraph on top-level keys",
    "create_response update_response",
    changed_request(lambda sent: sent.like(body=sent.body.replace(b'"exp-data"', b'"exp_data"'))),
)
allow(
    "odd-types-stored",
    "attributes of odd types are taken",
    "request samples, attributes",
    "create_response update_response",
    request_body(lambda document: document.get("data", {}).update(attributes={}) if _odd(document) else None),
)


def _odd(document: Json) -> bool:
    given = (document.get("data") or {}).get("attributes") or {}
    wanted = {"conditions": dict, "sequence": list, "completed": bool}
    return any(name in given and not isinstance(given[name], kind) for name, kind in wanted.items())


# --- sight ------------------------------------------------------------------------------------------------------------

allow(
    "single-children-closed",
    "can_read_all_user_data opens no single children",
    "Retrieving a single child, Permissions",
    "read_child",
    refused(404, by("Token mock-reader-token")),
)
allow(
    "own-responses-below-a-study",
    "below a study everybody sees the own responses",
    "Retrieving a Study's responses, Permissions",
    "list_study_responses",
    changed_request(
        lambda sent: sent.like(path="/api/v1/responses/", query=[*sent.query, ("study", sent.path.split("/")[4])]),
        lambda sent: by(PARTICIPANT)(sent),
    ),
)


async def until_ruled(sent: Sent, mock: Mock) -> Answer:
    """Researchers and admins do not see a new response before its consent was ruled on."""
    waiting: set[str] = mock.memory.setdefault("waiting", set())
    if sent.headers.get("authorization") == PARTICIPANT:
        answer = await mock.ask(sent)
        if sent.method == "POST" and sent.path.endswith("/responses/") and answer.ok:
            waiting.add(answer.json["data"]["id"])
        return answer
    if sent.last in waiting or any(name in sent.body.decode("utf-8", "replace") for name in waiting):
        return Answer.of(404, problem(404), JSON_API)
    if sent.path.endswith("/responses/"):
        return await listing(lambda each, _: each["id"] not in waiting)(sent, mock)
    return await mock.ask(sent)


allow(
    "hidden-until-ruled-on",
    "new responses are hidden from researchers until their consent is ruled on",
    "none: consent is not spoken of",
    "*",
    until_ruled,
    lacking=True,
)
allow(
    "labelled-with-charset",
    "replies name a charset",
    "Content-Type",
    "*",
    replied(
        lambda _, answer: (
            answer.with_headers(content_type=f"{JSON_API}; charset=utf-8")
            if answer.headers.get("content-type") == JSON_API
            else answer
        )
    ),
)
lookit_printed.show_all(LIBERTIES)
