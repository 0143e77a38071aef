"""Defects that both Kits can have. What Participant Kit calls a study is an event in Consent Kit."""

from __future__ import annotations

import json
from typing import Any

from defects.faults import (
    GONE,
    again,
    body,
    calling_as,
    changed_request,
    filled_in,
    forgives,
    forgotten,
    ghosts,
    headers,
    instead,
    items,
    listed,
    members,
    number,
    pages,
    planting,
    put,
    query,
    replied,
    request_body,
    status,
    unless_given,
    unstable,
    with_header,
    without,
)
from defects.messages import Answer, Json, Sent
from defects.spoiler import Act, Defect, Mock

MINE, THEIRS = "Bearer mock-token", "Bearer mock-other-token"
#: Every list that a Kit can be asked for without knowing a parent, and that is long enough for two pages.
LONG = "list_participants list_consents list_data_links list_studies list_events list_projects"


def refused(code: int, kind: str, **more: Any) -> Act:
    """The mock is not asked; the answer is an error in the form of the Kits."""
    return instead(code, {"error": {"type": kind, "message": "No.", **more}})


# --- pages ------------------------------------------------------------------------------------------------------------


def overlapping(found: list[Json], page: int, size: int) -> list[Json]:
    """Each page begins with the last item of the one before."""
    start = max(0, (page - 1) * size - (page > 1))
    return found[start : start + size]


def from_zero(found: list[Json], page: int, size: int) -> list[Json]:
    """Pages count from zero: page=1 is the second one."""
    return found[page * size : (page + 1) * size]


def by_the_size_asked_for(sent: Sent) -> Sent:
    """Offsets use the size that was asked for, before it was capped."""
    asked_for, page = number(sent, "limit", 20), number(sent, "page", 1)
    return sent.with_query(page=page + 1) if asked_for > 100 and page > 1 else sent


def around_again(found: list[Json], page: int, size: int) -> list[Json]:
    """Past the end the list begins again."""
    return found[(page - 1) * size : page * size] or found[:size]


def turned_from_page_two(found: list[Json], page: int, size: int) -> list[Json]:
    """From page two on the items of a page stand the other way round."""
    part = found[(page - 1) * size : page * size]
    return part if page == 1 else part[::-1]


async def one_more_than_the_cap(sent: Sent, mock: Mock) -> Answer:
    """A limit above 100 gives 101 items."""
    answer = await mock.ask(sent)
    if not answer.ok or number(sent, "limit", 20) <= 100 or number(sent, "page", 1) > 1:
        return answer
    return put(mock, sent, answer, (await mock.everything(sent))[:101])


async def cascade_missing(sent: Sent, mock: Mock) -> Answer:
    """Participants of a deleted study (event) can still be read."""
    kept = mock.memory.setdefault("people", {})
    answer = await mock.ask(sent)
    if answer.ok and sent.method == "POST" and sent.path == "/v1/participants":
        kept[answer.json["id"]] = {**answer.json, "study": None, "event": None}
    if answer.status == 404 and sent.method == "GET" and sent.last in kept:
        return Answer.of(200, kept[sent.last])
    return answer


async def kept_after_refusal(sent: Sent, mock: Mock) -> Answer:
    """A refused creation is answered with 400 and done all the same."""
    answer = await mock.ask(sent)
    if answer.status == 400 and isinstance(sent.json, dict) and "name" in sent.json:
        projects = await mock.get(sent, "/v1/projects", limit=1)
        filled = {"project_id": projects["data"][0]["id"], **sent.json}
        await mock.ask(sent.with_json(filled))
    return answer


async def late_comers(sent: Sent, mock: Mock) -> Answer:
    """Somebody can be put into a study (event) that was deleted or never was."""
    answer = await mock.ask(sent)
    if answer.status != 400 or "event_id" not in (sent.json or {}) or "event_id" not in answer.body.decode():
        return answer
    place = "/v1/studies" if "participant-kit" in mock.contract.api else "/v1/events"
    there = await mock.get(sent, place, limit=1)
    return await mock.ask(sent.with_json({**sent.json, "event_id": there["data"][0]["id"]}))


async def others_can_delete(sent: Sent, mock: Mock) -> Answer:
    """A delete is done for whoever asks."""
    answer = await mock.ask(sent)
    if answer.status != 404:
        return answer
    return await mock.ask(sent.like(headers={**sent.headers, "authorization": THEIRS}))


async def others_can_read(sent: Sent, mock: Mock) -> Answer:
    """An object is shown to every organisation."""
    answer = await mock.ask(sent)
    if answer.status != 404:
        return answer
    for caller in (MINE, THEIRS):
        found = await mock.ask(sent.like(headers={**sent.headers, "authorization": caller}))
        if found.ok:
            return found
    return answer


async def with_somebody_elses(sent: Sent, mock: Mock) -> Answer:
    """A list holds an object of another organisation."""
    answer = await mock.ask(sent)
    found = listed(mock, sent, answer) if answer.ok else None
    caller = THEIRS if "mock-other-token" not in sent.headers.get("authorization", "") else MINE
    theirs = await mock.ask(sent.like(headers={**sent.headers, "authorization": caller}))
    strange = listed(mock, sent, theirs) if theirs.ok else None
    return put(mock, sent, answer, [*found[:-1], strange[0]]) if found and strange else answer


async def changing_ids(sent: Sent, mock: Mock) -> Answer:
    """An object by itself has another id than in its list."""
    answer = await mock.ask(sent)
    return answer.with_json({**answer.json, "id": answer.json["id"][::-1]}) if answer.ok else answer


async def code_changes(sent: Sent, mock: Mock) -> Answer:
    """The anonymous code is another each time."""
    answer = await mock.ask(sent)
    mock.memory["n"] = mock.memory.get("n", 0) + 1
    return answer.with_json({**answer.json, "anonymous_id": f"Q{mock.memory['n']:05d}"}) if answer.ok else answer


async def thinned_after_paging(sent: Sent, mock: Mock) -> Answer:
    """status is applied to the page that was cut from all consents."""
    wanted = sent.parameter("status")
    answer = await mock.ask(sent.with_query(status=None))
    found = listed(mock, sent, answer)
    if wanted is None or not found:
        return answer
    return put(mock, sent, answer, [each for each in found if each["status"] == wanted])


async def only_one_fault(sent: Sent, mock: Mock) -> Answer:
    """Only the first of several faults in a body is reported."""
    answer = await mock.ask(sent)
    error = answer.json.get("error", {}) if answer.status == 400 else {}
    if "errors" not in error:
        return answer
    first = error["errors"][:1]
    return answer.with_json({"error": {**error, "errors": first, "message": first[0]["message"]}})


async def ids_before_callers(sent: Sent, mock: Mock) -> Answer:
    """An anonymous caller gets 404 for an id that is not there and 401 for one that is."""
    answer = await mock.ask(sent)
    if answer.status != 401:
        return answer
    known = await mock.ask(sent.like(headers={**sent.headers, "authorization": MINE}))
    return known if known.status == 404 else answer


async def conflicting_address(sent: Sent, mock: Mock) -> Answer:
    """An address that was used before is refused."""
    used = mock.memory.setdefault("used", set())
    address = (sent.json or {}).get("email") if isinstance(sent.json, dict) else None
    if not isinstance(address, str):
        return await mock.ask(sent)
    if address in used:
        return Answer.of(409, {"error": {"type": "conflict", "message": "email is in use", "param": "email"}})
    answer = await mock.ask(sent)
    if answer.ok:
        used.add(address)
    return answer


def overridden(sent: Sent, answer: Answer) -> Answer:
    """Whatever the caller sends is taken over, ids and times included."""
    sent_members = sent.json
    if not answer.ok or not isinstance(sent_members, dict):
        return answer
    mine = {name: value for name, value in sent_members.items() if name in {"id", "created_at", "object"}}
    return answer.with_json({**answer.json, **mine})


def a_page_for_people(sent: Sent, answer: Answer) -> Answer:
    """An address that is not there is answered with a page for people."""
    if answer.status != 404:
        return answer
    return Answer(404, {"content-type": "text/html"}, b"<h1>Not found</h1>")


def crashing(sent: Sent, answer: Answer) -> Answer:
    """What cannot be read makes the server stumble."""
    unreadable = bool(sent.body) and not isinstance(sent.json, dict)
    return Answer.of(500, {"error": {"type": "internal", "message": "Oops"}}) if unreadable else answer


def unlabelled(_: Sent, answer: Answer) -> Answer:
    """The body of a refusal does not say which member is at fault."""
    error = {"type": "invalid_request", "message": "The request is not valid."}
    return answer.with_json({"error": error}) if answer.status == 400 else answer


def plant_all(api: str, into: list[Defect]) -> None:
    """Enter all of them for one of the Kits."""
    first = api == "participant-kit"
    entered = planting(api, into)
    thing, things = ("study", "studies") if first else ("event", "events")
    a_thing = f"an {thing}" if thing[0] in "aeiou" else f"a {thing}"
    create, delete, retrieve, listing = f"create_{thing}", f"delete_{thing}", f"retrieve_{thing}", f"list_{things}"

    def plant(name: str, about: str, pk: str, ck: str, on: str, act: Act) -> None:
        breaks = pk if first else ck
        if breaks:
            entered(name, about, breaks, on, act)

    # --- who is let in ---
    plant(
        "anonymous-let-in",
        "no credential is needed",
        "PK-003 PK-004",
        "CK-003 CK-004",
        "*",
        calling_as(MINE, lambda sent: "authorization" not in sent.headers),
    )
    plant(
        "lists-open",
        "lists are open to everybody",
        "PK-003 PK-008",
        "CK-003 CK-008",
        "list_*",
        calling_as(MINE, lambda sent: "authorization" not in sent.headers),
    )
    plant(
        "any-token-will-do",
        "an unknown token is accepted",
        "PK-005",
        "CK-005",
        "*",
        calling_as(MINE, lambda sent: "mock-" not in sent.headers.get("authorization", "mock-")),
    )
    plant(
        "wrong-token-forbidden",
        "a wrong token is answered with 403",
        "PK-005",
        "CK-005",
        "*",
        replied(
            lambda sent, answer: (
                Answer.of(403, answer.json) if answer.status == 401 and "authorization" in sent.headers else answer
            )
        ),
    )
    plant(
        "ids-before-callers",
        "anonymous callers learn which ids exist",
        "PK-007",
        "CK-007",
        "retrieve_*",
        ids_before_callers,
    )
    plant(
        "body-before-caller",
        "the body is validated before the caller",
        "PK-007",
        "CK-007",
        "create_*",
        calling_as(MINE, lambda sent: "authorization" not in sent.headers and sent.json == {}),
    )
    plant(
        "no-challenge", "a 401 has no WWW-Authenticate", "PK-174", "CK-105", "*", headers(of=401, www_authenticate=None)
    )
    plant(
        "wrong-challenge",
        "a 401 asks for Basic",
        "PK-174",
        "CK-105",
        "*",
        headers(of=401, www_authenticate='Basic realm="api"'),
    )
    plant(
        "bearer-in-one-case",
        "bearer in lower case is refused",
        "PK-175",
        "CK-106",
        "*",
        with_header(
            "authorization", "Token x", lambda sent: sent.headers.get("authorization", "Bearer").split()[0] != "Bearer"
        ),
    )

    # --- whose objects ---
    plant(
        "foreign-in-lists",
        "lists hold an object of another organisation",
        "PK-009",
        "CK-009",
        LONG,
        with_somebody_elses,
    )
    plant(
        "foreign-readable",
        "an object of another organisation can be read by its id",
        "PK-193",
        "CK-131",
        "retrieve_*",
        others_can_read,
    )
    plant(
        "foreign-deletable",
        f"another organisation's {thing} can be deleted",
        "PK-102",
        "CK-120",
        delete,
        others_can_delete,
    )
    plant(
        "foreign-link-deletable",
        "another organisation's data link can be deleted",
        "PK-187",
        "CK-130",
        "delete_data_link",
        others_can_delete,
    )

    # --- every reply ---
    plant(
        "errors-as-text",
        "failures are plain text",
        "PK-001",
        "CK-001",
        "*",
        replied(
            lambda _, answer: (
                Answer(answer.status, {**answer.headers, "content-type": "text/plain"}, b"No.")
                if answer.status == 404
                else answer
            )
        ),
    )
    plant(
        "json-as-text",
        "JSON is labelled text/plain",
        "PK-001",
        "CK-001",
        "*",
        headers(content_type="text/plain; charset=utf-8"),
    )
    plant(
        "route-missing",
        "one collection is not found at its path",
        "PK-191",
        "",
        "list_participants",
        refused(404, "not_found"),
    )
    plant(
        "failure-with-200",
        "an error has status 200",
        "PK-011 PK-012",
        "CK-011 CK-012",
        "*",
        status(200, of=400),
    )
    plant(
        "crash-on-nonsense",
        "a body that cannot be read gives 500",
        "PK-012 PK-013",
        "CK-012 CK-013",
        "create_*",
        replied(crashing),
    )
    plant(
        "page-for-people",
        "an unknown path is answered with HTML",
        "PK-016",
        "CK-114",
        "*",
        replied(a_page_for_people),
    )
    plant(
        "unknown-address-is-empty",
        "an unknown path is answered with an empty object",
        "PK-016",
        "CK-114",
        "*",
        replied(lambda sent, answer: Answer.of(200, {}) if "understudy-nothing" in sent.path else answer),
    )

    # --- pages ---
    plant("limit-ignored", "limit is ignored", "PK-026", "CK-022", "list_*", query(limit=None))
    plant(
        "cap-off-by-one",
        "limit is capped at 101",
        "PK-027",
        "",
        "list_participants list_studies",
        one_more_than_the_cap,
    )
    plant(
        "cap-refused",
        "a limit above 100 is refused",
        "PK-027",
        "",
        "list_*",
        instead(
            400,
            {"error": {"type": "invalid_request", "message": "limit is too large", "param": "limit"}},
            lambda sent: number(sent, "limit", 1) > 100,
        ),
    )
    plant(
        "offset-before-cap",
        "pages are cut with the limit before it is capped",
        "PK-033",
        "",
        "list_*",
        changed_request(by_the_size_asked_for),
    )
    plant(
        "ten-a-page",
        "without limit a page has ten objects",
        "PK-219",
        "CK-157",
        "list_*",
        unless_given(limit=10),
    )
    plant(
        "pages-from-zero",
        "pages count from 0",
        "PK-028 PK-029",
        "CK-024 CK-025",
        "list_*",
        pages(from_zero, largest=100 if first else 1000),
    )
    plant(
        "pages-overlap",
        "pages overlap by one",
        "PK-029 PK-030",
        "CK-025 CK-156",
        "list_*",
        pages(overlapping, largest=100 if first else 1000),
    )
    plant(
        "last-object-lost",
        "from page 2 on, the last object of a page is missing",
        "PK-029",
        "CK-025",
        "list_*",
        pages(lambda found, page, size: found[(page - 1) * size : page * size][: None if page == 1 else -1]),
    )
    plant(
        "past-end-missing",
        "a page past the end is 404",
        "PK-031 PK-034",
        "CK-026 CK-028",
        "list_*",
        replied(
            lambda sent, answer: (
                Answer.of(404, {"error": {"type": "not_found", "message": "No such page."}})
                if answer.ok and answer.json["data"] == []
                else answer
            )
        ),
    )
    plant("past-end-again", "past the end, the list starts again", "PK-031", "CK-026", "list_*", pages(around_again))
    plant("bare-array", "a list is a bare array", "PK-032", "CK-027", "list_*", body(lambda page: page["data"]))
    plant(
        "nonsense-refused",
        "a limit that is not a number is refused",
        "PK-034",
        "CK-028",
        "list_*",
        instead(
            400,
            {"error": {"type": "invalid_request", "message": "limit", "param": "limit"}},
            lambda sent: not (sent.parameter("limit") or "1").isdecimal(),
        ),
    )
    plant(
        "strangers-refused",
        "an unknown query parameter is refused",
        "PK-036",
        "CK-116",
        "list_*",
        instead(
            400,
            {"error": {"type": "invalid_request", "message": "What is that?"}},
            lambda sent: any(name not in {"limit", "page", "include", "status"} for name, _ in sent.query),
        ),
    )
    plant(
        "order-turns-on-page-two",
        "from page 2 on, the order is descending",
        "PK-037",
        "CK-030",
        f"{LONG} list_panels",
        pages(turned_from_page_two),
    )
    plant("order-unstable", "the order is different in each reply", "PK-038", "CK-031", "list_*", unstable)
    plant(
        "list-incomplete",
        "a list leaves out some of its objects",
        "PK-044",
        "CK-117",
        "list_projects",
        items(lambda each: GONE if each["id"].endswith(tuple("abcdefghij")) else None),
    )

    # --- objects ---
    plant(
        "times-without-zone",
        "created_at has no time zone",
        "PK-022",
        "CK-019",
        "list_* retrieve_*",
        members("created_at", lambda value: value.rstrip("Z")),
    )
    plant(
        "times-as-numbers",
        "created_at is a text and updated_at a number of seconds",
        "PK-196",
        "CK-134",
        f"list_projects retrieve_project {listing} {retrieve}",
        members("updated_at", lambda value: 1736154000),
    )
    plant(
        "changed-before-made",
        "updated_at is earlier than created_at",
        "PK-023",
        "CK-020",
        "list_* retrieve_*",
        items(lambda each: each.update(updated_at="2024-01-01T00:00:00.000Z") if "updated_at" in each else None),
    )
    plant(
        "id-twice",
        "two objects of a list have the same id",
        "PK-197",
        "CK-135",
        LONG,
        body(lambda page: page["data"][-1].update(id=page["data"][0]["id"]) if page["data"] else None),
    )
    plant(
        "another-alone",
        "a single object differs from the one in the list",
        "PK-197",
        "CK-135",
        "retrieve_*",
        changing_ids,
    )
    plant(
        "project-without-object",
        "a project has no object",
        "PK-041 PK-040",
        "CK-033 CK-032",
        "list_projects retrieve_project",
        without("object"),
    )
    plant(
        "project-called-otherwise",
        "the object of a project is Project",
        "PK-041",
        "CK-033",
        "list_projects retrieve_project",
        members("object", str.capitalize),
    )
    plant(
        "relative-app-url",
        "app_url of a project is relative",
        "PK-042",
        "CK-034",
        "list_projects retrieve_project",
        members("app_url", lambda value: "/projects/1"),
    )
    plant(
        "relative-app-urls",
        f"app_url of {things} and participants is relative",
        "PK-179",
        "CK-118",
        f"{listing} {retrieve} list_participants retrieve_participant",
        members("app_url", lambda value: "/x/1"),
    )
    plant(
        "known-project-missing",
        "a project that is listed cannot be read",
        "PK-046",
        "CK-038",
        "retrieve_project",
        refused(404, "not_found"),
    )
    plant(
        "known-activity-missing",
        f"{a_thing} that is listed cannot be read",
        "PK-094",
        "CK-051",
        retrieve,
        refused(404, "not_found"),
    )
    plant(
        "known-participant-missing",
        "a participant who is listed cannot be read",
        "PK-124",
        "CK-065",
        "retrieve_participant",
        refused(404, "not_found"),
    )
    plant(
        "known-consent-missing",
        "a consent that is listed cannot be read",
        "PK-153",
        "CK-087",
        "retrieve_consent",
        refused(404, "not_found"),
    )
    plant(
        "unknown-is-400",
        "an unknown id is 400",
        "PK-015 PK-047 PK-095 PK-126",
        "CK-015 CK-052 CK-066 CK-088",
        "retrieve_*",
        status(400, of=404),
    )
    plant(
        "unknown-is-null",
        "an unknown id is answered with null and 200",
        "PK-015",
        "CK-015",
        "retrieve_*",
        replied(lambda _, answer: Answer(200, answer.headers, b"null") if answer.status == 404 else answer),
    )

    # --- verbs ---
    plant("no-allow", "a 405 has no Allow", "PK-176", "CK-107", "*", headers(of=405, allow=None))

    # --- what is asked for ---
    plant(
        "missing-name-accepted",
        "a missing name is replaced by a default",
        "PK-014 PK-081 PK-130",
        "CK-014 CK-042 CK-069",
        f"{create} create_participant",
        filled_in(name="Untitled"),
    )
    plant(
        "missing-email-accepted",
        "a missing email is replaced by a default",
        "PK-131",
        "CK-070",
        "create_participant",
        filled_in(email="nobody@example.org"),
    )
    plant(
        "missing-date-accepted",
        "a missing recorded_at is replaced by today",
        "PK-156",
        "CK-091",
        "create_data_link",
        filled_in(recorded_at="2025-03-04"),
    )
    plant(
        "missing-url-accepted",
        "a missing url is replaced by a default",
        "PK-155",
        "CK-090",
        "create_data_link",
        filled_in(url="https://example.org/"),
    )
    plant(
        "missing-is-422",
        "a missing member is refused with 422",
        "PK-014",
        "CK-014",
        "create_*",
        status(422, of=400),
    )
    plant(
        "objects-for-text",
        "an array or an object is accepted instead of a text",
        "PK-178",
        "CK-111",
        "create_*",
        request_body(
            lambda given: {
                name: str(value) if isinstance(value, dict | list) else value for name, value in given.items()
            }
        ),
    )
    plant(
        "client-sets-id",
        "the id and times in a body are used",
        "PK-086",
        "CK-113",
        "create_*",
        replied(overridden),
    )
    plant("refused-but-kept", "a refused creation is made all the same", "PK-018", "CK-017", create, kept_after_refusal)

    # --- studies or events ---
    plant(
        "created-not-readable", f"a new {thing} cannot be read", "PK-087", "CK-119", f"{create} {retrieve}", unreadable
    )
    plant(
        "created-not-listed", f"a new {thing} is not in the list", "PK-087", "CK-119", f"{create} {listing}", unlisted
    )
    plant(
        "create-answers-id",
        f"creating {a_thing} returns only its id",
        "PK-079",
        "CK-040",
        create,
        body(lambda made: {"id": made["id"]}),
    )
    plant(
        "unknown-project-accepted",
        "a project that does not exist is accepted",
        "PK-084",
        "CK-044",
        create,
        unknown_project,
    )
    plant(
        "name-cut",
        f"the name of a new {thing} is shortened",
        "PK-212",
        "CK-049",
        create,
        members("name", lambda value: value[:5]),
    )
    plant(
        "delete-says-nothing",
        f"deleting {a_thing} returns an empty object",
        "PK-096",
        "CK-053",
        delete,
        body(lambda _: {}),
    )
    plant(
        "delete-forgotten",
        f"{a_thing} is not deleted although the reply says so",
        "PK-097",
        "CK-054",
        delete,
        forgotten(200, {"deleted": True}),
    )
    plant(
        "deleted-still-listed",
        f"a deleted {thing} is still listed",
        "PK-097",
        "CK-054",
        f"{delete} {listing}",
        ghosts(deleting=delete, lists=True),
    )
    plant(
        "deleted-still-readable",
        f"a deleted {thing} can still be read",
        "PK-097",
        "CK-054",
        f"{delete} {retrieve}",
        ghosts(deleting=delete, single=True),
    )
    plant("second-delete-fine", f"deleting {a_thing} twice succeeds", "PK-099", "CK-056", delete, again())
    plant(
        "unknown-delete-fine",
        f"deleting an unknown {thing} succeeds",
        "PK-098",
        "CK-055",
        delete,
        forgives(404, 200, {"deleted": True}),
    )
    plant(
        "late-comers",
        f"a participant can join a deleted {thing}",
        "PK-101 PK-134",
        "CK-121 CK-072",
        "create_participant",
        late_comers,
    )

    # --- participants ---
    plant(
        "first-name-is-last",
        "first_name is the last name",
        "PK-138",
        "CK-074",
        "create_participant",
        items(lambda each: each.update(first_name="Holt") if "first_name" in each else None),
    )
    plant(
        "code-reveals-the-name",
        "anonymous_id contains the name",
        "PK-119",
        "CK-063",
        "create_participant retrieve_participant list_participants",
        items(lambda each: each.update(anonymous_id=str(each.get("first_name", "")).upper())),
    )
    plant(
        "code-changes",
        "anonymous_id is different in each reply",
        "PK-139",
        "CK-076",
        "create_participant retrieve_participant",
        code_changes,
    )
    plant(
        "created-participant-is-id",
        "creating a participant returns only its id",
        "PK-183",
        "CK-122",
        "create_participant",
        body(lambda made: {"id": made["id"]}),
    )
    plant(
        "participants-not-made",
        "creating a participant fails",
        "PK-129",
        "CK-068",
        "create_participant",
        refused(400, "invalid_request"),
    )
    plant(
        "any-address",
        "an email that is not an address is accepted",
        "PK-135",
        "CK-073",
        "create_participant",
        request_body(
            lambda given: (
                given.update(email="somebody@example.org")
                if "@" not in str(given.get("email", "@")) and given.get("email")
                else None
            )
        ),
    )

    # --- consents ---
    plant("status-ignored", "status is ignored", "PK-148", "CK-083", "list_consents", query(status=None))
    plant(
        "status-after-paging",
        "status is applied after paging",
        "PK-149",
        "CK-085",
        "list_consents",
        thinned_after_paging,
    )
    plant(
        "other-status-refused",
        "another status is refused",
        "PK-034",
        "CK-084",
        "list_consents",
        instead(
            400,
            {"error": {"type": "invalid_request", "message": "status", "param": "status"}},
            lambda sent: (sent.parameter("status") or "agreed") not in {"agreed", "refused"},
        ),
    )
    plant(
        "refusal-grants",
        "a refused consent has permissions",
        "PK-144",
        "CK-129",
        "list_consents retrieve_consent",
        items(lambda each: each.update(permissions=["Record video"])),
    )
    plant(
        "refusal-without-time",
        "consented_at is null for refusals",
        "PK-145",
        "CK-080",
        "list_consents retrieve_consent",
        items(lambda each: each.update(consented_at=None) if each["status"] == "refused" else None),
    )
    plant(
        "third-status",
        "a consent is pending",
        "PK-142",
        "CK-078",
        "list_consents retrieve_consent",
        members("status", lambda value: "pending" if value == "refused" else value),
    )
    plant(
        "permissions-as-text",
        "permissions are a text",
        "PK-143",
        "CK-079",
        "list_consents retrieve_consent",
        members("permissions", ", ".join),
    )
    plant(
        "consent-names-id",
        "the participant of a consent is an id",
        "PK-146",
        "CK-081",
        "list_consents retrieve_consent",
        items(lambda each: each.update(participant=each["participant"]["id"])),
    )
    plant(
        "consent-without-object",
        "a consent has no object",
        "PK-141",
        "CK-077",
        "list_consents retrieve_consent",
        without("object"),
    )

    # --- data links ---
    plant(
        "link-without-reply",
        "creating a data link returns only its id",
        "PK-163",
        "CK-096",
        "create_data_link",
        body(lambda made: {"id": made["id"]}),
    )
    plant(
        "link-without-url", "a data link in the list has no url", "PK-167", "CK-097", "list_data_links", without("url")
    )
    plant(
        "date-refused",
        "recorded_at without a time is refused",
        "PK-158",
        "CK-093",
        "create_data_link",
        instead(
            400,
            {"error": {"type": "invalid_request", "message": "recorded_at", "param": "recorded_at"}},
            lambda sent: len(str((sent.json or {}).get("recorded_at", ""))) == 10,
        ),
    )
    plant(
        "date-slips-a-day",
        "a date becomes midnight in another time zone",
        "PK-217",
        "CK-148",
        "create_data_link",
        members("recorded_at", lambda value: value.replace("-04T00:", "-03T23:")),
    )
    plant(
        "no-date-accepted",
        "a recorded_at that is not a date is accepted",
        "PK-160",
        "CK-094",
        "create_data_link",
        request_body(
            lambda given: (
                given.update(recorded_at="2025-03-04")
                if given.get("recorded_at") and not str(given["recorded_at"])[:4].isdecimal()
                else None
            )
        ),
    )
    plant(
        "anybodys-link",
        "a data link of an unknown participant is accepted",
        "PK-161",
        "CK-095",
        "create_data_link",
        anybody,
    )
    plant(
        "title-lost",
        "the title of a data link is lost",
        "PK-185",
        "CK-150",
        "create_data_link",
        members("title", lambda value: None),
    )
    plant(
        "link-delete-says-nothing",
        "deleting a data link returns an empty object",
        "PK-171",
        "CK-102",
        "delete_data_link",
        body(lambda _: {}),
    )
    plant(
        "link-still-listed",
        "a deleted data link is still listed",
        "PK-173",
        "CK-151",
        "delete_data_link list_data_links",
        ghosts(deleting="delete_data_link", lists=True),
    )
    plant(
        "link-takes-participant",
        "deleting a data link deletes its participant",
        "PK-173",
        "CK-104",
        "create_data_link delete_data_link retrieve_participant",
        participant_goes_too,
    )
    plant("link-deleted-twice", "deleting a data link twice succeeds", "PK-186", "CK-152", "delete_data_link", again())
    plant(
        "unknown-link-delete-fine",
        "deleting an unknown data link succeeds",
        "PK-172",
        "CK-103",
        "delete_data_link",
        forgives(404, 200, {"deleted": True}),
    )
    plant(
        "links-not-made",
        "creating a data link fails",
        "PK-154",
        "CK-089",
        "create_data_link",
        refused(400, "invalid_request"),
    )


async def unreadable(sent: Sent, mock: Mock) -> Answer:
    """What was made in this session is not found by its id."""
    answer = await mock.ask(sent)
    made = mock.memory.setdefault("made", set())
    if sent.method == "POST" and answer.ok:
        made.add(answer.json["id"])
    return Answer.of(404, {"error": {"type": "not_found", "message": "No."}}) if sent.last in made else answer


async def unlisted(sent: Sent, mock: Mock) -> Answer:
    """What was made in this session is not in lists."""
    answer = await mock.ask(sent)
    made = mock.memory.setdefault("made", set())
    if sent.method == "POST" and answer.ok:
        made.add(answer.json["id"])
    found = listed(mock, sent, answer) if answer.ok and sent.method == "GET" else None
    return answer if found is None else put(mock, sent, answer, [each for each in found if each["id"] not in made])


async def unknown_project(sent: Sent, mock: Mock) -> Answer:
    """A project_id of nothing is replaced by one that exists."""
    answer = await mock.ask(sent)
    if answer.status != 400 or not (isinstance(sent.json, dict) and sent.json.get("project_id")):
        return answer
    there = await mock.get(sent, "/v1/projects", limit=1)
    return await mock.ask(sent.with_json({**sent.json, "project_id": there["data"][0]["id"]}))


async def anybody(sent: Sent, mock: Mock) -> Answer:
    """A participant_id of nobody is replaced by one that exists."""
    answer = await mock.ask(sent)
    if answer.status != 400 or not (isinstance(sent.json, dict) and sent.json.get("participant_id")):
        return answer
    there = await mock.get(sent, "/v1/participants", limit=1)
    return await mock.ask(sent.with_json({**sent.json, "participant_id": there["data"][0]["id"]}))


async def participant_goes_too(sent: Sent, mock: Mock) -> Answer:
    """Whoever had a data link that was deleted is gone."""
    answer = await mock.ask(sent)
    people = mock.memory.setdefault("people", {})
    if sent.method == "POST" and answer.ok:
        people[answer.json["id"]] = json.loads(sent.body)["participant_id"]
    if sent.method == "DELETE" and answer.ok:
        mock.memory.setdefault("gone", set()).add(people.get(sent.last))
    gone = sent.method == "GET" and sent.last in mock.memory.get("gone", ())
    return Answer.of(404, {"error": {"type": "not_found", "message": "No."}}) if gone else answer
