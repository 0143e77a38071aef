"""Defects of Lookit: documents, pages, who sees what, and what may be written by whom."""

from __future__ import annotations

import re
from typing import Any

from defects.faults import (
    GONE,
    body,
    calling_as,
    changed_request,
    every,
    extra,
    headers,
    instead,
    items,
    listed,
    members,
    pages,
    planting,
    put,
    query,
    replied,
    request_body,
    reworded,
    rewritten,
    status,
    unless_given,
    unstable,
    with_header,
    without,
)
from defects.messages import Answer, Json, Sent
from defects.spoiler import Act, Defect, Mock

DEFECTS: list[Defect] = []
plant = planting("lookit", DEFECTS)

JSON_API = "application/vnd.api+json"
ADMIN, RESEARCHER, PARTICIPANT = "Token mock-admin-token", "Token mock-researcher-token", "Token mock-participant-token"
NOBODYS = "00000000-0000-4000-8000-00000000abcd"

CHILDREN = "list_children read_child list_user_children"
FORMS = "list_demographics read_demographics list_user_demographics"
FEEDBACK = "*_feedback"
LABS = "list_labs read_lab"
RESPONSES = "*_response list_responses list_study_responses"
STUDIES = "list_studies read_study"
USERS = "list_users read_user"


def problem(code: int, detail: str = "No.", **more: Any) -> Json:
    """An error document."""
    return {"errors": [{"detail": detail, "status": str(code), "code": "refused", **more}]}


def refused(code: int, when: Any = lambda _: True) -> Act:
    """The mock is not asked; the answer is an error document."""
    return instead(code, problem(code), when, JSON_API)


def forgiven(of: int, code: int, value: Json) -> Act:
    """A refusal with a status becomes a success with a document."""
    return replied(lambda _, answer: Answer.of(code, value, JSON_API) if answer.status == of else answer)


def by(*callers: str) -> Any:
    """The caller is one of these."""
    return lambda sent: sent.headers.get("authorization") in callers


def as_admin(*callers: str) -> Act:
    """These callers see what the admin sees."""
    return calling_as(ADMIN, by(*callers))


def path(method: str, pattern: str) -> Any:
    """The method is this one and the path matches."""
    return lambda sent: sent.method == method and re.fullmatch(f"/api/v1/{pattern}", sent.path) is not None


# --- who is let in ----------------------------------------------------------------------------------------------------


def anonymous(sent: Sent) -> bool:
    """Nobody calls."""
    return "authorization" not in sent.headers


plant("anonymous-let-in", "no credential is needed", "LK-002 LK-003", "*", calling_as(ADMIN, anonymous))
plant(
    "bearer-accepted",
    "Bearer is accepted instead of Token",
    "LK-004",
    "*",
    changed_request(
        lambda sent: (
            sent.like(
                headers={**sent.headers, "authorization": sent.headers["authorization"].replace("Bearer", "Token")}
            )
            if "authorization" in sent.headers
            else sent
        )
    ),
)
plant(
    "any-key-will-do",
    "an unknown key is accepted",
    "LK-005",
    "*",
    calling_as(ADMIN, lambda sent: "mock-" not in sent.headers.get("authorization", "mock-")),
)
plant("no-challenge", "a 401 has no WWW-Authenticate", "LK-205", "*", headers(of=401, www_authenticate=None))
plant(
    "anonymous-writes",
    "an anonymous write to a read-only path succeeds",
    "LK-006",
    "*",
    instead(200, {"data": None}, lambda sent: anonymous(sent) and sent.method != "GET", JSON_API),
)
plant(
    "token-in-one-case",
    "token in lower case is refused",
    "LK-188",
    "*",
    with_header(
        "authorization", "Token x", lambda sent: sent.headers.get("authorization", "Token").split()[0] != "Token"
    ),
)
plant(
    "one-code-for-both",
    "a missing and a wrong key have the same code",
    "LK-187",
    "*",
    rewritten("not_authenticated", "authentication_failed"),
)

# --- media types ------------------------------------------------------------------------------------------------------

plant("plain-json", "replies are labelled application/json", "LK-010", "*", headers(content_type="application/json"))
plant(
    "type-needed-to-read",
    "a GET without Content-Type is 415",
    "LK-009",
    "list_labs",
    refused(415, lambda sent: "content-type" not in sent.headers),
)
plant(
    "own-type-refused",
    "a GET labelled application/vnd.api+json is 415",
    "LK-007",
    "list_labs",
    refused(415, lambda sent: "content-type" in sent.headers),
)
plant(
    "any-type-to-write",
    "a write of another type is read as JSON",
    "LK-008 LK-189",
    "create_* update_*",
    with_header("content-type", JSON_API),
)
plant(
    "key-before-type",
    "a missing key is reported before a wrong type",
    "LK-189",
    "create_* update_*",
    refused(401, lambda sent: anonymous(sent) and sent.headers.get("content-type") != JSON_API),
)
plant("accept-ignored", "any Accept is served", "LK-180", "*", with_header("accept", "*/*"))
plant(
    "accept-too-strict",
    "Accept with several types is 406",
    "LK-180",
    "*",
    refused(406, lambda sent: "," in sent.headers.get("accept", "")),
)

# --- documents --------------------------------------------------------------------------------------------------------


def camel(name: str) -> str:
    """given_name -> givenName"""
    return re.sub("_([a-z])", lambda match: match[1].upper(), name)


def snake(value: Json) -> Json:
    """Every name at any depth in snake case."""
    if isinstance(value, dict):
        return {re.sub("(?<=[a-z])([A-Z])", r"_\1", key).lower(): snake(part) for key, part in value.items()}
    return [snake(part) for part in value] if isinstance(value, list) else value


def nested_snake(item: Json) -> None:
    """Names within attributes are underscored as well."""
    item["attributes"] = {name: snake(value) for name, value in item["attributes"].items()}


def embedded(item: Json) -> None:
    """Relationships hold the id of the object instead of its address."""
    for name, part in item.get("relationships", {}).items():
        item["relationships"][name] = {"data": {"type": name, "id": str(part["links"]["related"])[-37:-1]}}


def unslashed(document: Json) -> None:
    """Addresses have no final slash."""
    if isinstance(document.get("self"), str):
        document["self"] = document["self"].rstrip("/")


async def served_without_slash(sent: Sent, mock: Mock) -> Answer:
    """An address without its final slash is answered at once."""
    return await mock.ask(sent if sent.path.endswith("/") else sent.like(path=f"{sent.path}/"))


plant("bare-list", "a list is an array without a document", "LK-011", "list_children", body(lambda page: page["data"]))
plant(
    "data-beside-errors",
    "an error document has data as well",
    "LK-019",
    "*",
    body(lambda document: {**document, "data": None}, status=404),
)
plant(
    "camel-attributes",
    "attributes are camel-cased",
    "LK-012 LK-050",
    CHILDREN,
    items(lambda item: item.update(attributes={camel(name): part for name, part in item["attributes"].items()})),
)
plant("nested-underscored", "names within attributes are underscored", "LK-013 LK-014", RESPONSES, items(nested_snake))
plant(
    "self-relative",
    "links.self is relative",
    "LK-015",
    CHILDREN,
    items(lambda item: item["links"].update(self=f"/api/v1/children/{item['id']}/")),
)
plant("self-missing", "an object has no links", "LK-015", "list_labs read_lab", without("links"))
plant("related-embedded", "relationships hold data instead of an address", "LK-016", CHILDREN, items(embedded))
plant(
    "ids-without-hyphens",
    "ids have no hyphens",
    "LK-017",
    LABS,
    items(lambda item: item.update(id=item["id"].replace("-", ""))),
)
plant("links-without-slash", "links.self has no final slash", "LK-018", "*", body(every(unslashed)))


def user_links_cut(child: Json) -> None:
    """The address of the user of a child lacks the id."""
    links = child["relationships"]["user"]["links"]
    links["related"] = links["related"].rstrip("/").rpartition("/")[0] + "/"


plant(
    "related-to-a-list",
    "the user of a child leads to the list of users",
    "LK-213",
    "list_children",
    items(user_links_cut),
)
plant(
    "no-redirect", "a path without its final slash is answered without a redirect", "LK-191", "*", served_without_slash
)
plant(
    "errors-as-detail",
    "an error is an object with detail",
    "LK-019",
    "*",
    replied(lambda _, answer: answer.with_json({"detail": "No."}) if answer.status >= 400 else answer),
)
plant(
    "status-as-number",
    "status of an error is a number",
    "LK-194",
    "*",
    replied(
        lambda _, answer: (
            answer.with_json({"errors": [{**each, "status": int(each["status"])} for each in answer.json["errors"]]})
            if answer.status >= 400
            else answer
        )
    ),
)
plant("unknown-is-400", "an unknown id is 400", "LK-020", "read_*", status(400, of=404))
plant(
    "odd-id-is-400",
    "an id that is not a UUID is 400",
    "LK-181",
    "read_*",
    refused(400, lambda sent: sent.last.count("-") != 4),
)
plant("unknown-feedback-is-400", "changing unknown feedback is 400", "LK-096", "update_feedback", status(400, of=404))
plant("hidden-is-410", "an object that a caller may not see is 410", "LK-021", "read_child", status(410, of=404))
plant("include-ignored", "include is ignored", "LK-178", "*", query(include=None))
plant(
    "item-is-a-list",
    "a single child is in a list",
    "LK-057",
    "read_child",
    body(lambda document: {**document, "data": [document["data"]]}),
)
plant(
    "item-with-pages",
    "a single child has page links",
    "LK-057",
    "read_child",
    body(lambda document: {**document, "links": {"first": "x", "next": None}}),
)

# --- verbs ------------------------------------------------------------------------------------------------------------

#: Address, and the clauses on creating, changing and deleting there.
READ_ONLY = {
    "children": ("LK-059", "LK-060", "LK-061"),
    "demographics": ("LK-072", "LK-073", "LK-074"),
    "labs": ("LK-106", "LK-107", "LK-108"),
    "studies": ("LK-154", "LK-155", "LK-156"),
    "users": ("LK-172", "LK-173", "LK-174"),
}
for _kind, (_create, _update, _delete) in READ_ONLY.items():
    plant(
        f"{_kind}-can-be-made",
        f"POST on {_kind} is accepted",
        f"{_create} LK-023",
        "*",
        instead(201, {"data": None}, path("POST", f"{_kind}/"), JSON_API),
    )
    plant(
        f"{_kind}-can-be-put",
        f"PUT on one of {_kind} is accepted",
        f"{_update} LK-024",
        "*",
        instead(200, {"data": None}, path("PUT", f"{_kind}/[^/]+/"), JSON_API),
    )
    plant(
        f"{_kind}-can-be-deleted",
        f"DELETE of one of {_kind} is accepted",
        f"{_delete} LK-022",
        "*",
        instead(204, None, path("DELETE", f"{_kind}/[^/]+/"), JSON_API),
    )
for _kind, _put, _delete in (("feedback", "LK-097", "LK-098"), ("responses", "LK-136", "LK-138")):
    plant(
        f"{_kind}-can-be-put",
        f"PUT on {_kind} is accepted",
        _put,
        "*",
        instead(200, {"data": None}, path("PUT", f"{_kind}/[^/]+/"), JSON_API),
    )
    plant(
        f"{_kind}-can-be-deleted",
        f"DELETE of {_kind} is accepted",
        f"{_delete} LK-022",
        "*",
        instead(204, None, path("DELETE", f"{_kind}/[^/]+/"), JSON_API),
    )
plant("allow-missing", "a 405 has no Allow", "LK-025", "*", headers(of=405, allow=None))
plant(
    "allow-lists-the-refused",
    "Allow lists what was refused",
    "LK-025",
    "*",
    headers(of=405, allow="GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"),
)
plant(
    "unknown-before-verb",
    "a method that an unknown object does not have is 404",
    "LK-026",
    "*",
    replied(
        lambda sent, answer: (
            Answer.of(404, problem(404), JSON_API)
            if answer.status == 405 and sent.path.endswith("/") and "read" not in sent.path
            else answer
        )
    ),
)
plant(
    "type-before-verb",
    "the type of a body is checked before the method",
    "LK-190",
    "*",
    replied(
        lambda sent, answer: (
            Answer.of(415, problem(415), JSON_API)
            if answer.status == 405 and sent.headers.get("content-type", JSON_API) != JSON_API
            else answer
        )
    ),
)

# --- pages ------------------------------------------------------------------------------------------------------------


def linked(change: Any) -> Act:
    """The links of a list are changed in place."""
    return body(lambda page: change(page["links"]) and None)


def counted_here(page: Json) -> None:
    """count is that of the page."""
    for meta in (page["links"]["meta"], page["meta"]):
        meta["count"] = len(page["data"])


def relinked(links: Json, change: Any) -> None:
    """Each address among links is changed."""
    for name in ("first", "last", "next", "prev"):
        if links.get(name):
            links[name] = change(links[name])


async def everybodys_count(sent: Sent, mock: Mock) -> Answer:
    """count includes objects that the caller may not see."""
    answer = await mock.ask(sent)
    all_of_them = await mock.ask(sent.like(headers={**sent.headers, "authorization": ADMIN}))
    if not answer.ok or not all_of_them.ok:
        return answer
    page, meta = answer.json, all_of_them.json["meta"]
    page["links"]["meta"]["count"] = page["meta"]["count"] = meta["count"]
    return answer.with_json(page)


plant("links-missing", "a list has no prev", "LK-027", "list_*", linked(lambda links: links.pop("prev")))
plant(
    "next-for-ever",
    "the last page has a link to a next one",
    "LK-028",
    "list_*",
    linked(lambda links: links.update(next=links["next"] or links["last"])),
)
plant(
    "prev-on-the-first",
    "the first page has a link to a previous one",
    "LK-028",
    "list_*",
    linked(lambda links: links.update(prev=links["prev"] or links["first"])),
)
plant(
    "links-relative",
    "page links are relative",
    "LK-029",
    "list_*",
    linked(lambda links: relinked(links, lambda link: "/" + link.split("/", 3)[3])),
)
plant(
    "first-is-the-second",
    "first leads to the second page",
    "LK-029",
    "list_*",
    linked(lambda links: links.update(first=re.sub("page=1(&|$)", r"page=2\\1", links["first"]))),
)
plant("meta-outside", "meta is only beside links", "LK-030", "list_*", linked(lambda links: links.pop("meta")))
plant(
    "page-ignored",
    "page is ignored",
    "LK-031 LK-033",
    "list_*",
    query(page=None, when=lambda sent: (sent.parameter("page") or "").isdecimal()),
)
plant("count-of-the-page", "count counts the page", "LK-032", "list_*", body(counted_here))
plant(
    "next-skips-a-page",
    "next skips a page",
    "LK-033",
    "list_*",
    linked(
        lambda links: links.update(
            next=links["next"]
            and re.sub(r"([?&]page=)(\d+)", lambda match: f"{match[1]}{int(match[2]) + 1}", links["next"])
        )
    ),
)
plant(
    "one-when-empty",
    "an empty list counts one object",
    "LK-034",
    "list_*",
    body(lambda page: page["links"]["meta"].update(count=1) if not page["data"] else None),
)
plant(
    "past-end-empty",
    "a page past the end is empty",
    "LK-035",
    "list_*",
    forgiven(
        404,
        200,
        {
            "data": [],
            "links": {
                "first": None,
                "last": None,
                "next": None,
                "prev": None,
                "meta": {"page": 1, "pages": 1, "count": 0},
            },
        },
    ),
)
plant(
    "links-to-another-host",
    "page links lead to another host",
    "LK-029 LK-033",
    "list_*",
    linked(lambda links: relinked(links, lambda link: re.sub(r"://[^/]*", "://elsewhere.example", link))),
)
plant(
    "next-on-another-host",
    "next alone leads to another host",
    "LK-033",
    "list_*",
    linked(
        lambda links: links.update(next=links["next"] and re.sub(r"://[^/]*", "://elsewhere.example", links["next"]))
    ),
)
plant(
    "links-of-another-list",
    "page links lead to another list",
    "LK-037",
    "list_children",
    linked(lambda links: relinked(links, lambda link: link.replace("/children/", "/labs/"))),
)
plant(
    "links-drop-the-query",
    "links keep only the page",
    "LK-038",
    "list_*",
    linked(lambda links: relinked(links, lambda link: re.sub(r"\?.*?(page=\d+).*", r"?\1", link))),
)
plant(
    "count-of-everybody",
    "count includes objects that the caller may not see",
    "LK-039",
    "list_children list_responses",
    everybodys_count,
)
plant("twenty-a-page", "a page holds twenty objects", "LK-175", "list_*", unless_given(page_size=20))
plant("size-ignored", "page_size does nothing", "LK-176", "list_*", query(page_size=None))
plant(
    "odd-size-refused",
    "a page_size that is not a number is 400",
    "LK-176",
    "list_*",
    refused(400, lambda sent: not (sent.parameter("page_size") or "1").isdecimal()),
)
plant(
    "last-unknown", "page=last is 404", "LK-177", "list_*", refused(404, lambda sent: sent.parameter("page") == "last")
)
plant("self-leads-nowhere", "links.self of a listed object is 404", "LK-200", "read_user", refused(404))
plant(
    "pages-overlap",
    "pages overlap by one",
    "LK-031 LK-033",
    "list_*",
    pages(lambda found, page, size: found[max(0, (page - 1) * size - (page > 1)) : page * size], default=10),
)

# --- order ------------------------------------------------------------------------------------------------------------


def by_page(found: list[Json], page: int, size: int) -> list[Json]:
    """Each page is sorted by itself."""
    part = found[(page - 1) * size : page * size]
    return sorted(part, key=lambda each: str(each["attributes"]["birthday"]), reverse=page > 1)


plant("order-unstable", "the order is different in each reply", "LK-041", "list_children", unstable)
plant(
    "oldest-last",
    "ordering=birthday lists the youngest first",
    "LK-046 LK-047",
    "list_children",
    reworded("ordering", lambda value: value[1:] if value.startswith("-") else f"-{value}"),
)
plant("pages-sorted-alone", "each page is sorted separately", "LK-048", "list_children", pages(by_page, default=10))
plant(
    "ordering-refused",
    "an unknown ordering is 400",
    "LK-049",
    "list_children",
    refused(400, lambda sent: (sent.parameter("ordering") or "birthday").lstrip("-") != "birthday"),
)
plant(
    "sort-works",
    "sort orders the list",
    "LK-179",
    "list_children",
    changed_request(lambda sent: sent.with_query(ordering=sent.parameter("sort")) if sent.parameter("sort") else sent),
)
plant(
    "responses-oldest-first",
    "the response changed last is the last one",
    "LK-111 LK-131",
    "list_responses list_study_responses",
    pages(lambda found, page, size: found[::-1][(page - 1) * size : page * size], default=10),
)
plant(
    "studies-by-name",
    "studies are sorted by name",
    "LK-141",
    "list_studies",
    body(lambda page: page["data"].sort(key=lambda each: each["attributes"]["name"])),
)

# --- who sees what ----------------------------------------------------------------------------------------------------


async def everybodys(sent: Sent, mock: Mock) -> Answer:
    """Whoever may not see an object or a list sees it all the same."""
    answer = await mock.ask(sent)
    if answer.status not in {403, 404}:
        return answer
    return await mock.ask(sent.like(headers={**sent.headers, "authorization": ADMIN}))


async def with_an_idle_user(sent: Sent, mock: Mock) -> Answer:
    """An inactive user stands in the list."""
    answer = await mock.ask(sent)
    if not answer.ok or not answer.json["data"]:
        return answer
    page = answer.json
    page["data"][-1]["attributes"]["is_active"] = False
    return answer.with_json(page)


def of_an_idle_user(item: Json) -> None:
    """The parent of a child is nobody that is in sight."""
    item["relationships"]["user"]["links"]["related"] = f"http://127.0.0.1/api/v1/users/{NOBODYS}/"


def once_more(page: Json) -> None:
    """The first item stands in the list twice."""
    page["data"] = [*page["data"][:1], *page["data"]]


plant(
    "researcher-sees-all-children",
    "a researcher sees every child",
    "LK-040",
    "list_children read_child",
    as_admin(RESEARCHER),
)
plant("single-child-open", "every child can be read by id", "LK-056 LK-021", "read_child", everybodys)
plant(
    "researcher-sees-no-children",
    "a researcher sees no children",
    "LK-206",
    "list_children",
    items(lambda _: GONE, by(RESEARCHER)),
)
plant(
    "child-twice",
    "a child with two responses is listed twice",
    "LK-045",
    "list_children",
    body(once_more, when=by(RESEARCHER)),
)
plant(
    "other-children",
    "a parent sees the children of others",
    "LK-040",
    "list_children read_child",
    as_admin(PARTICIPANT),
)
plant(
    "own-child-hidden",
    "a parent misses a child",
    "LK-042",
    "list_children",
    body(lambda page: page["data"].pop(0) and None, when=by(PARTICIPANT)),
)
plant(
    "all-user-data-narrow",
    "can_read_all_user_data shows no children",
    "LK-043",
    "list_children",
    calling_as(PARTICIPANT, by("Token mock-reader-token")),
)
plant(
    "idle-users-children",
    "children of inactive users are listed",
    "LK-044 LK-193",
    "list_children",
    items(of_an_idle_user, by("Token mock-reader-token")),
)
plant(
    "all-user-data-lists-only",
    "can_read_all_user_data shows no single child",
    "LK-058",
    "read_child",
    refused(404, by(ADMIN, "Token mock-reader-token")),
)
plant(
    "form-of-a-family-hidden",
    "a researcher misses the demographics of a family",
    "LK-206",
    "list_demographics",
    body(lambda page: page["data"].pop() and None, when=by(RESEARCHER)),
)
plant(
    "own-form-hidden",
    "a participant misses the own demographics",
    "LK-063",
    "list_demographics",
    body(lambda page: page["data"].pop() and None, when=by(PARTICIPANT)),
)
plant(
    "forms-narrow",
    "can_read_all_user_data shows no demographics",
    "LK-064",
    "list_demographics",
    body(lambda page: {**page, "data": page["data"][:1]}, when=by(ADMIN)),
)
plant("single-form-open", "all demographics can be read by id", "LK-071", "read_demographics", everybodys)
plant(
    "feedback-of-others",
    "a participant sees feedback on others' responses",
    "LK-075 LK-080",
    "list_feedback read_feedback",
    as_admin(PARTICIPANT),
)
plant(
    "feedback-of-all-studies",
    "a researcher sees feedback on any response",
    "LK-075 LK-080",
    "list_feedback read_feedback",
    as_admin(RESEARCHER),
)
plant(
    "labs-hidden",
    "a caller without permissions sees no labs",
    "LK-099 LK-105",
    "list_labs read_lab",
    refused(403, lambda sent: "outsider" in sent.headers.get("authorization", "")),
)
plant(
    "responses-of-some",
    "a researcher misses one response of a study",
    "LK-206",
    "list_responses",
    body(lambda page: page["data"].pop() and None, when=by(RESEARCHER)),
)
plant(
    "responses-of-others",
    "a participant sees the responses of others",
    "LK-109 LK-118",
    "list_responses read_response",
    as_admin(PARTICIPANT),
)
plant(
    "all-user-data-opens-responses",
    "can_read_all_user_data shows responses",
    "LK-117",
    "list_responses list_feedback list_studies",
    as_admin("Token mock-reader-token"),
)
plant(
    "active-studies-hidden",
    "a public study is hidden",
    "LK-139",
    "list_studies",
    items(lambda _: GONE, lambda sent: "outsider" in sent.headers.get("authorization", "")),
)
plant(
    "drafts-shown",
    "drafts are shown to every caller",
    "LK-139 LK-140 LK-148",
    "list_studies read_study",
    changed_request(
        lambda sent: (
            sent.like(headers={**sent.headers, "authorization": ADMIN})
            if "outsider" in sent.headers.get("authorization", "")
            else sent
        )
    ),
)
plant(
    "responses-open-by-study",
    "the responses to a study are shown to every caller",
    "LK-149 LK-153 LK-202",
    "list_study_responses",
    changed_request(lambda sent: sent.like(headers={**sent.headers, "authorization": ADMIN})),
)
plant(
    "responses-of-any-study",
    "the list below a study holds all responses",
    "LK-150",
    "list_study_responses",
    changed_request(lambda sent: sent.like(path="/api/v1/responses/")),
)
plant(
    "by-study-in-own-order",
    "the list below a study has another order",
    "LK-151",
    "list_study_responses",
    body(lambda page: page["data"].reverse()),
)
plant(
    "unknown-study-empty",
    "an unknown study has no responses",
    "LK-152",
    "list_study_responses",
    forgiven(404, 200, {"data": []}),
)
plant(
    "researcher-sees-all-users", "a researcher sees every user", "LK-157", "list_users read_user", as_admin(RESEARCHER)
)
plant("single-user-open", "every user can be read by id", "LK-168 LK-021", "read_user", everybodys)
plant(
    "oneself-hidden",
    "a participant does not see the own user",
    "LK-158",
    "list_users",
    items(lambda _: GONE, by(PARTICIPANT)),
)
plant(
    "users-missing",
    "can_read_all_user_data shows half of all users",
    "LK-159",
    "list_users",
    items(lambda user: GONE if user["id"][0] in "13579bdf" else None, by(ADMIN)),
)
plant("idle-user-listed", "an inactive user is listed", "LK-160 LK-193", "list_users", with_an_idle_user)
plant(
    "researchers-left-out",
    "the list of users holds only participants",
    "LK-161",
    "list_users",
    items(lambda user: GONE if user["attributes"]["is_staff"] else None, by(ADMIN)),
)
plant(
    "usernames-for-all",
    "every caller sees usernames",
    "LK-162 LK-164",
    "list_users read_user",
    extra(username="somebody"),
)
plant(
    "usernames-with-user-data",
    "can_read_all_user_data reveals usernames",
    "LK-163",
    "list_users",
    items(lambda user: user["attributes"].update(username="x"), by("Token mock-reader-token")),
)
plant(
    "username-null",
    "username is null instead of absent",
    "LK-164",
    "read_user",
    items(lambda user: user["attributes"].setdefault("username", None) and None),
)
plant("single-username", "single users show their username", "LK-169", "read_user", extra(username="somebody"))
plant("tokens-leaked", "users have their token", "LK-167", "list_users", extra(token="0123456789abcdef"))
plant(
    "nested-children-of-all",
    "the list below a user holds every child",
    "LK-171",
    "list_user_children",
    changed_request(lambda sent: sent.like(path="/api/v1/children/")),
)
plant(
    "nested-forms-open",
    "the demographics below a user are shown to every caller",
    "LK-170",
    "list_user_demographics",
    everybodys,
)
plant("narrowing-ignored", "study and child are ignored", "LK-182", "list_responses", query(study=None, child=None))
plant(
    "odd-study-empty",
    "a study that is not a UUID gives an empty list",
    "LK-183",
    "list_responses",
    forgiven(400, 200, {"data": []}),
)

# --- what objects look like -------------------------------------------------------------------------------------------

plant(
    "type-in-the-singular",
    "the type of a child is child",
    "LK-051",
    CHILDREN,
    items(lambda item: item.update(type="child")),
)
plant(
    "birthday-with-time",
    "birthday is a date-time",
    "LK-052",
    CHILDREN,
    members("birthday", lambda value: f"{value}T00:00:00Z"),
)
plant("age-as-number", "age_at_birth is a number", "LK-053", CHILDREN, members("age_at_birth", lambda value: 39))
plant(
    "child-without-user",
    "a child has no user",
    "LK-054",
    CHILDREN,
    items(lambda item: item["relationships"].pop("user") and None),
)
plant("form-without-density", "demographics lack density", "LK-065", FORMS, without("density"))
plant("income-as-number", "annual_income is a number", "LK-066", FORMS, members("annual_income", lambda value: 30000))
plant("birthdays-as-text", "child_birthdays is a text", "LK-067", FORMS, members("child_birthdays", ", ".join))
plant("age-as-a-number", "age is a number", "LK-068", FORMS, members("age", lambda value: 32))
plant(
    "form-of-another-type",
    "the type is demographic-data",
    "LK-070",
    FORMS,
    items(lambda item: item.update(type="demographic-data")),
)
plant("feedback-without-comment", "feedback lacks comment", "LK-077", FEEDBACK, without("comment"))
plant(
    "feedback-without-researcher",
    "feedback has no researcher",
    "LK-078",
    FEEDBACK,
    items(lambda item: item["relationships"].pop("researcher") and None),
)
plant(
    "feedback-in-the-plural",
    "the type is feedbacks",
    "LK-079",
    FEEDBACK,
    items(lambda item: item.update(type="feedbacks")),
)
plant("lab-without-website", "a lab has no website", "LK-100", LABS, without("lab_website"))
plant("pk-as-text", "pk is text", "LK-101", LABS, members("pk", str))
plant(
    "description-joined",
    "line breaks in a description are lost",
    "LK-102",
    LABS,
    members("description", lambda value: " ".join(value.split())),
)
plant("pk-is-id", "pk is the id", "LK-103", LABS, items(lambda item: item["attributes"].update(pk=item["id"])))
plant("response-without-sequence", "a response has no sequence", "LK-113", RESPONSES, without("sequence"))
plant(
    "timings-as-object",
    "global_event_timings is an object",
    "LK-114",
    RESPONSES,
    members("global_event_timings", lambda value: {"events": value}),
)
plant(
    "response-without-snapshot",
    "a response has no demographic_snapshot",
    "LK-115",
    RESPONSES,
    items(lambda item: item["relationships"].pop("demographic_snapshot") and None),
)
plant(
    "sequence-of-numbers",
    "sequence holds numbers",
    "LK-116",
    RESPONSES,
    members("sequence", lambda value: list(range(len(value)))),
)
plant("study-without-criteria", "a study has no criteria", "LK-142", STUDIES, without("criteria"))
plant(
    "date-modified-local",
    "date_modified has no time zone",
    "LK-143",
    STUDIES,
    members("date_modified", lambda value: value.rstrip("Z")),
)
plant("structure-as-text", "structure is text", "LK-144", STUDIES, members("structure", str))
plant("public-as-text", "public is text", "LK-145", STUDIES, members("public", str))
plant("duration-as-number", "duration is a number of minutes", "LK-146", STUDIES, members("duration", lambda _: 20))
plant(
    "study-without-creator",
    "a study has no creator",
    "LK-147",
    STUDIES,
    items(lambda item: item["relationships"].pop("creator") and None),
)
plant("user-without-identicon", "a user has no identicon", "LK-165", USERS, without("identicon"))
plant(
    "user-without-children",
    "a user has no children relationship",
    "LK-166",
    USERS,
    items(lambda item: item["relationships"].pop("children") and None),
)

# --- feedback ---------------------------------------------------------------------------------------------------------


def data(sent: Sent) -> Json:
    """The data of the document sent, an empty object without it."""
    found = sent.json.get("data") if isinstance(sent.json, dict) else None
    return found if isinstance(found, dict) else {}


def researcher_sent(sent: Sent, answer: Answer) -> Answer:
    """The researcher that the request names is taken over."""
    named = data(sent).get("relationships", {}).get("researcher", {}).get("data", {}).get("id")
    if not answer.ok or named is None:
        return answer
    document = answer.json
    document["data"]["relationships"]["researcher"]["links"]["related"] = f"http://127.0.0.1/api/v1/users/{named}/"
    return answer.with_json(document)


def id_sent(sent: Sent, answer: Answer) -> Answer:
    """The id that the request names is taken over."""
    return (
        answer.with_json({"data": {**answer.json["data"], "id": data(sent)["id"]}})
        if (answer.ok and "id" in data(sent))
        else answer
    )


def first_fault(_: Sent, answer: Answer) -> Answer:
    """Only one of several faults is reported."""
    return answer.with_json({"errors": answer.json["errors"][:1]}) if answer.status == 400 else answer


def without_pointer(_: Sent, answer: Answer) -> Answer:
    """Faults have no pointer."""
    if answer.status != 400:
        return answer
    return answer.with_json({"errors": [{**each, "source": {}} for each in answer.json["errors"]]})


async def anyway(sent: Sent, mock: Mock) -> Answer:
    """What a caller may not write is written for the admin."""
    answer = await mock.ask(sent)
    if answer.status not in {403, 404}:
        return answer
    return await mock.ask(sent.like(headers={**sent.headers, "authorization": ADMIN}))


async def not_kept(sent: Sent, mock: Mock) -> Answer:
    """A creation is answered and not kept."""
    answer = await mock.ask(sent)
    made = mock.memory.setdefault("made", set())
    if sent.method == "POST" and answer.ok:
        made.add(answer.json["data"]["id"])
    return Answer.of(404, problem(404), JSON_API) if sent.method == "GET" and sent.last in made else answer


async def unchanged(sent: Sent, mock: Mock) -> Answer:
    """A change is answered as done and not done."""
    answer = await mock.ask(sent.like(method="GET", body=b""))
    if not answer.ok:
        return answer
    document = answer.json
    document["data"]["attributes"].update(data(sent).get("attributes", {}))
    return answer.with_json(document)


async def cleared_by_a_change(sent: Sent, mock: Mock) -> Answer:
    """Feedback that was changed belongs to no response any more."""
    answer = await mock.ask(sent)
    changed = mock.memory.setdefault("changed", set())
    if sent.method == "PATCH" and answer.ok:
        changed.add(sent.last)
    if not answer.ok or sent.last not in changed:
        return answer
    document = answer.json
    document["data"]["relationships"]["response"]["links"]["related"] = "http://127.0.0.1/"
    return answer.with_json(document)


def kept_though(code: int) -> Act:
    """A creation that is refused with a status is done all the same, by the admin and on a response that exists."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        if answer.status == code and data(sent).get("attributes", {}).get("comment"):
            admin = sent.like(headers={**sent.headers, "authorization": ADMIN})
            one = await mock.get(admin, "/api/v1/responses/", page_size=1)
            whole = {
                "type": "feedback",
                "attributes": data(sent)["attributes"],
                "relationships": {"response": {"data": {"type": "responses", "id": one["data"][0]["id"]}}},
            }
            await mock.ask(admin.with_json({"data": whole}))
        return answer

    return act


def named(**members: Any) -> Act:
    """Members of the data sent are replaced before they are looked at."""
    return request_body(lambda document: {"data": {**document["data"], **members}} if "data" in document else None)


def in_the_path(sent: Sent) -> Sent:
    """The id in a body is taken from the address."""
    return sent.with_json({"data": {**data(sent), "id": sent.last}}) if data(sent) else sent


plant(
    "feedback-not-kept",
    "new feedback cannot be read",
    "LK-081",
    "create_feedback read_feedback",
    not_kept,
)
plant("feedback-without-links", "new feedback has no links", "LK-082", "create_feedback", without("links"))
plant(
    "comment-in-ascii",
    "letters beyond ASCII become question marks in the comment of new feedback",
    "LK-082",
    "create_feedback",
    members("comment", lambda value: value.encode("ascii", "replace").decode()),
)
plant(
    "researcher-of-the-request",
    "researcher is taken from the request",
    "LK-084",
    "create_feedback",
    replied(researcher_sent),
)
plant("feedback-is-200", "creating feedback answers 200", "LK-085", "create_feedback", status(200))
plant(
    "feedback-without-location",
    "creating feedback has no Location",
    "LK-199",
    "create_feedback",
    headers(location=None),
)
plant("seeing-is-enough", "a caller who sees a response can leave feedback on it", "LK-086", "create_feedback", anyway)
plant(
    "own-feedback",
    "participants can comment on their own responses",
    "LK-087",
    "create_feedback",
    as_admin(PARTICIPANT),
)
plant(
    "blank-comment",
    "a blank comment is accepted",
    "LK-088",
    "create_feedback",
    request_body(
        lambda document: (
            document["data"]["attributes"].update(comment="x")
            if not document.get("data", {}).get("attributes", {"comment": "x"}).get("comment", "").strip()
            else None
        )
    ),
)
plant(
    "response-of-nothing",
    "feedback on an unknown response is 201",
    "LK-089",
    "create_feedback",
    forgiven(400, 201, {"data": {"type": "feedback", "id": NOBODYS}}),
)
plant(
    "any-type-of-feedback",
    "data.type of feedback is not checked",
    "LK-090",
    "create_feedback",
    named(type="feedback"),
)
plant("broken-document", "a document without data is 422", "LK-091", "create_feedback", status(422, of=400))
plant("change-forgotten", "a changed comment is not stored", "LK-092", "update_feedback", unchanged)
plant("researchers-change", "any researcher can change feedback", "LK-093", "update_feedback", as_admin(RESEARCHER))
plant(
    "participants-change",
    "participants can change feedback on them",
    "LK-197",
    "update_feedback",
    as_admin(PARTICIPANT),
)
plant(
    "id-of-the-address",
    "the id in a body is not checked",
    "LK-094 LK-133",
    "update_feedback update_response",
    changed_request(in_the_path),
)
plant(
    "change-clears-response",
    "a change without response clears it",
    "LK-095",
    "update_feedback read_feedback",
    cleared_by_a_change,
)
plant("type-of-the-address", "the type in a body is not checked", "LK-204", "update_feedback", named(type="feedback"))
plant("ids-of-the-client", "the id sent with a creation is used", "LK-185", "create_*", replied(id_sent))
plant(
    "one-fault-at-a-time", "only one of several missing members is reported", "LK-184", "create_*", replied(first_fault)
)
plant("faults-without-pointer", "errors have no pointer", "LK-184 LK-088", "create_*", replied(without_pointer))
plant(
    "refused-but-kept",
    "feedback that is refused for its document is kept all the same",
    "LK-218",
    "create_feedback",
    kept_though(400),
)
plant(
    "forbidden-but-kept",
    "feedback that is refused for want of rights is kept all the same",
    "LK-201",
    "create_feedback",
    kept_though(403),
)

# --- responses --------------------------------------------------------------------------------------------------------


async def front_kept(sent: Sent, mock: Mock) -> Answer:
    """A change does not move a response to the front of the list."""
    order = mock.memory.setdefault("order", [])
    answer = await mock.ask(sent)
    found = listed(mock, sent, answer) if answer.ok and sent.method == "GET" else None
    if found is None:
        if sent.method == "POST" and answer.ok:
            order.insert(0, answer.json["data"]["id"])
        return answer
    rank = {name: at for at, name in enumerate(order)}
    return put(mock, sent, answer, sorted(found, key=lambda each: rank.get(each["id"], len(order))))


async def attributes_wiped(sent: Sent, mock: Mock) -> Answer:
    """A change sets back every attribute that it does not name."""
    empty = {"conditions": {}, "global_event_timings": [], "exp_data": {}, "sequence": [], "completed": False}
    wiped = {**data(sent), "attributes": {**empty, **data(sent).get("attributes", {})}}
    return await mock.ask(sent.with_json({"data": wiped}) if data(sent) else sent)


async def attributes_merged(sent: Sent, mock: Mock) -> Answer:
    """What is sent is merged into what is there, at depth."""
    before = (await mock.ask(sent.like(method="GET", body=b""))).json
    given = data(sent).get("attributes", {})
    if "exp_data" in given and "data" in before:
        kept = before["data"]["attributes"]["exp_data"]
        merged = {name: {**kept.get(name, {}), **value} for name, value in given["exp_data"].items()}
        sent = sent.with_json({"data": {**data(sent), "attributes": {**given, "exp_data": merged}}})
    return await mock.ask(sent)


async def repointed(sent: Sent, mock: Mock) -> Answer:
    """A change can point a response at another child."""
    answer = await mock.ask(sent)
    moved = mock.memory.setdefault("moved", {})
    child = data(sent).get("relationships", {}).get("child", {}).get("data", {}).get("id")
    if sent.method == "PATCH" and answer.ok and child:
        moved[sent.last] = child
    if not answer.ok or sent.last not in moved:
        return answer
    document = answer.json
    link = f"http://127.0.0.1/api/v1/children/{moved[sent.last]}/"
    document["data"]["relationships"]["child"]["links"]["related"] = link
    return answer.with_json(document)


async def every_second_lost(sent: Sent, mock: Mock) -> Answer:
    """Of changes that follow each other every second one is lost."""
    mock.memory["turn"] = mock.memory.get("turn", 0) + 1
    return await (unchanged(sent, mock) if mock.memory["turn"] % 2 else mock.ask(sent))


async def anybodys_child(sent: Sent, mock: Mock) -> Answer:
    """A response is made for whichever child is named."""
    answer = await mock.ask(sent)
    if answer.status not in {403, 404}:
        return answer
    mine = await mock.ask(
        sent.like(
            method="GET", path="/api/v1/children/", body=b"", headers={**sent.headers, "authorization": PARTICIPANT}
        )
    )
    document = {"data": data(sent)}
    document["data"]["relationships"]["child"]["data"]["id"] = mine.json["data"][0]["id"]
    return await mock.ask(sent.with_json(document).like(headers={**sent.headers, "authorization": PARTICIPANT}))


plant("responses-not-made", "a response cannot be created", "LK-119", "create_response", refused(400))
plant(
    "any-child-will-do",
    "a response can be created for a child of another family",
    "LK-120 LK-121",
    "create_response",
    anybodys_child,
)
plant(
    "defaults-null",
    "attributes not sent are null",
    "LK-122",
    "create_response",
    items(lambda item: item.update(attributes=dict.fromkeys(item["attributes"]))),
)
plant(
    "no-snapshot",
    "demographic_snapshot is null for every caller",
    "LK-123",
    "create_response read_response",
    items(lambda item: item["relationships"]["demographic_snapshot"]["links"].update(related=None)),
)
plant(
    "snapshot-for-nobody",
    "a caller without demographics gets a snapshot",
    "LK-203",
    "create_response",
    items(
        lambda item: item["relationships"]["demographic_snapshot"]["links"].update(
            related=f"http://127.0.0.1/api/v1/demographics/{NOBODYS}/"
        )
    ),
)
plant(
    "response-without-child",
    "a response without a child is 201",
    "LK-124",
    "create_response",
    forgiven(400, 201, {"data": {"type": "responses", "id": NOBODYS}}),
)
plant(
    "hidden-study",
    "a response to a hidden draft is accepted",
    "LK-125",
    "create_response",
    replied(
        lambda sent, answer: (
            Answer.of(201, {"data": {"type": "responses", "id": NOBODYS}}, JSON_API)
            if answer.status in {400, 403, 404}
            else answer
        )
    ),
)
plant(
    "any-type-of-response",
    "data.type of a response is not checked",
    "LK-126",
    "create_response",
    named(type="responses"),
)
plant("response-is-200", "creating a response answers 200", "LK-127", "create_response", status(200))
plant(
    "response-without-location",
    "creating a response has no Location",
    "LK-199",
    "create_response",
    headers(location=None),
)
plant(
    "response-change-lost",
    "a change of a response is lost",
    "LK-128",
    "update_response",
    changed_request(lambda sent: sent.like(method="GET", body=b"")),
)
plant(
    "change-wipes",
    "a change clears the attributes that it does not name",
    "LK-129",
    "update_response",
    attributes_wiped,
)
plant("change-merges", "a change is merged into the existing data", "LK-130", "update_response", attributes_merged)
plant(
    "change-stays-behind",
    "a change does not move a response to the front",
    "LK-131",
    "create_response update_response list_responses",
    front_kept,
)
plant(
    "parents-cannot-change",
    "a parent cannot change a response",
    "LK-132",
    "update_response",
    refused(403, by(PARTICIPANT)),
)
plant(
    "response-repointed",
    "a response can be given to another child",
    "LK-134",
    "update_response read_response",
    repointed,
)
plant("every-second-change-lost", "every second change is lost", "LK-135", "update_response", every_second_lost)
plant(
    "change-returns-another",
    "a change answers with another response",
    "LK-137",
    "update_response",
    items(lambda item: item.update(id=NOBODYS)),
)
plant(
    "any-attribute",
    "attributes of the wrong type are accepted",
    "LK-195",
    "create_response update_response",
    replied(
        lambda sent, answer: (
            Answer.of(200, {"data": {"type": "responses", "id": sent.last}}, JSON_API)
            if answer.status == 400
            else answer
        )
    ),
)
plant(
    "hidden-is-403-to-change",
    "changing a response that one does not see is 403",
    "LK-196",
    "update_response",
    replied(lambda _, answer: Answer.of(403, problem(403), JSON_API) if answer.status == 404 else answer),
)
plant("drafts-closed", "an editor cannot respond to a draft", "LK-198", "create_response", refused(400, by(ADMIN)))

# --- what has clauses of its own --------------------------------------------------------------------------------------

READER = "Token mock-reader-token"


def nulls_left_out(links: Json) -> None:
    """Links without an address are not there."""
    for name in [name for name in ("next", "prev") if links.get(name) is None]:
        del links[name]


plant(
    "writes-open",
    "anybody may leave feedback and begin responses",
    "LK-002 LK-006",
    "create_* update_*",
    instead(200, {"data": None}, anonymous, JSON_API),
)
plant(
    "researcher-sees-all-forms",
    "a researcher sees the demographics of every family",
    "LK-062",
    "list_demographics",
    as_admin(RESEARCHER),
)
plant(
    "researcher-reads-all-forms",
    "a researcher reads the demographics of every family by id",
    "LK-071",
    "read_demographics",
    as_admin(RESEARCHER),
)
plant(
    "stray-form",
    "can_read_all_user_data lists demographics of nobody who is active",
    "LK-214",
    "list_demographics",
    body(lambda page: page["data"].append({**page["data"][0], "id": NOBODYS}), when=by(READER)),
)
plant("nulls-left-out", "next and prev are left out where there is no page", "LK-207", "list_*", linked(nulls_left_out))
plant("item-lacks-a-member", "a single lab lacks what its list entry has", "LK-209", "read_lab", without("lab_website"))
plant(
    "odd-fields",
    "fields leaves other attributes than those that it names",
    "LK-215",
    "list_labs",
    items(lambda item: item["attributes"].pop("name", None) and None, lambda sent: "fields" in str(sent.query)),
)
plant(
    "created-without-child",
    "the reply to a new response names no child",
    "LK-210",
    "create_response",
    items(lambda item: item["relationships"].pop("child", None) and None),
)
plant(
    "changed-comment-not-shown",
    "the reply to a change has another comment",
    "LK-211",
    "update_feedback",
    items(lambda item: item["attributes"].update(comment="Another.")),
)
plant(
    "location-of-another",
    "Location is the address of something else",
    "LK-212",
    "create_*",
    headers(location="/api/v1/labs/"),
)
plant("usernames-for-nobody", "usernames are shown to nobody", "LK-219", "list_users", without("username"))
plant("drafts-for-readers", "can_read_all_user_data opens drafts", "LK-220", "list_studies", as_admin(READER))
plant(
    "outsiders-see-responses",
    "a caller without rights sees all responses",
    "LK-109",
    "list_responses",
    as_admin("Token mock-outsider-token"),
)
plant(
    "dashes-garble",
    "a name with dashes empties the data",
    "LK-217",
    "update_response",
    request_body(
        lambda document: (
            document["data"].update(attributes={"exp_data": {}})
            if "exp-data" in document["data"].get("attributes", {})
            else None
        )
    ),
)
