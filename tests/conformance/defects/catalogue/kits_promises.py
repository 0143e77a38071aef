"""Defects of both Kits against plain promises: what is made, kept, changed and deleted, and who is shown to whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from defects.faults import (
    body,
    instead,
    items,
    listed,
    members,
    number,
    pages,
    planting,
    put,
    replied,
    request_body,
)
from defects.messages import Answer, Json, Sent
from defects.spoiler import Act, Defect, Mock

MINE, THEIRS = "Bearer mock-token", "Bearer mock-other-token"
SERVER_ERROR = {"error": {"type": "server_error", "message": "Oops."}}


async def made_twice(sent: Sent, mock: Mock) -> Answer:
    """Every creation makes two objects; the reply shows the first."""
    answer = await mock.ask(sent)
    if answer.ok:
        await mock.ask(sent)
    return answer


def taking_along(listing: str) -> Act:
    """A deletion takes the newest object along that is left."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        if answer.ok:
            left = await mock.everything(sent.like(method="GET", path=listing, query=[], body=b""))
            if left:
                await mock.ask(sent.like(path=f"{listing}/{left[-1]['id']}"))
        return answer

    return act


def refused_and_made(fill: Callable[[Json, Sent, Mock], Any]) -> Act:
    """A creation that is refused for a parent is made all the same, with another one."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        if answer.status == 400 and isinstance(sent.json, dict):
            await mock.ask(sent.with_json({**sent.json, **await fill(sent.json, sent, mock)}))
        return answer

    return act


def first_of(place: str, member: str) -> Callable[[Json, Sent, Mock], Any]:
    """A member that names the first object of a list."""

    async def fill(_: Json, sent: Sent, mock: Mock) -> Json:
        page = await mock.get(sent, place, limit=1)
        return {member: page["data"][0]["id"], "recorded_at": "2025-03-04"}

    return fill


async def unnamed(_: Json, sent: Sent, mock: Mock) -> Json:
    """What an object lacks that is refused for want of a name."""
    return {"name": "Untitled"}


async def of_somebody_else(sent: Sent, mock: Mock) -> Answer:
    """A consent that is read alone names another participant than the list does."""
    answer = await mock.ask(sent)
    if answer.status != 200:
        return answer
    consent = answer.json
    somebody = await mock.get(sent, "/v1/participants", limit=2)
    other = next(each for each in somebody["data"] if each["id"] != consent["participant"]["id"])
    return answer.with_json({**consent, "participant": {**consent["participant"], "id": other["id"]}})


def crashing_without(status: int) -> Act:
    """A refusal of a creation whose parent is not known becomes a fault of the server."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        known = isinstance(sent.json, dict) and sent.json.get("project_id")
        return Answer.of(status, SERVER_ERROR) if answer.status == 400 and known else answer

    return act


async def anonymous_and_done(sent: Sent, mock: Mock) -> Answer:
    """An anonymous call is refused and done all the same."""
    answer = await mock.ask(sent)
    if answer.status == 401 and sent.method in {"POST", "DELETE"} and "authorization" not in sent.headers:
        await mock.ask(sent.like(headers={**sent.headers, "authorization": MINE}))
    return answer


async def moving_times(sent: Sent, mock: Mock) -> Answer:
    """created_at is the time of the reading."""
    answer = await mock.ask(sent)
    mock.memory["turn"] = mock.memory.get("turn", 0) + 1
    moved = f"2024-05-06T07:08:{mock.memory['turn'] % 60:02d}.{mock.memory['turn'] % 1000:03d}Z"

    def later(item: Json) -> None:
        if "created_at" in item:
            item["created_at"] = moved

    found = listed(mock, sent, answer) if answer.ok else None
    if found is not None:
        for each in found:
            later(each)
        return put(mock, sent, answer, found)
    value = answer.json
    if answer.ok and isinstance(value, dict):
        later(value)
        return answer.with_json(value)
    return answer


async def counting_readers(sent: Sent, mock: Mock) -> Answer:
    """Objects hold how often they were read."""
    answer = await mock.ask(sent)
    mock.memory["read"] = mock.memory.get("read", 0) + 1
    found = listed(mock, sent, answer) if answer.ok else None
    return (
        answer if found is None else put(mock, sent, answer, [{**each, "read": mock.memory["read"]} for each in found])
    )


def garbled(text: Any) -> Any:
    """Text in UTF-8 that was read as Latin-1."""
    return text.encode().decode("latin-1") if isinstance(text, str) else text


async def foreign_forbidden(sent: Sent, mock: Mock) -> Answer:
    """What another organisation has is forbidden, what nobody has is missing."""
    answer = await mock.ask(sent)
    if answer.status != 404:
        return answer
    theirs = THEIRS if "other" not in sent.headers.get("authorization", "") else MINE
    there = await mock.ask(sent.like(method="GET", headers={**sent.headers, "authorization": theirs}))
    return Answer(403, answer.headers, answer.body) if there.ok else answer


async def with_gaps(sent: Sent, mock: Mock) -> Answer:
    """Pages of a filtered list hold one object less than they could, and none is lost."""
    size, page = number(sent, "limit", 20), number(sent, "page", 1)
    if sent.parameter("status") not in {"agreed", "refused"} or size < 2:
        return await mock.ask(sent)
    answer = await mock.ask(sent)
    found = await mock.everything(sent)
    return put(mock, sent, answer, found[(page - 1) * (size - 1) : page * (size - 1)])


def plant_promises(api: str, into: list[Defect]) -> None:
    """Enter all of them for one of the Kits."""
    first = api == "participant-kit"
    entered = planting(api, into)
    thing, things = ("study", "studies") if first else ("event", "events")
    create, delete = f"create_{thing}", f"delete_{thing}"
    people = "create_participant retrieve_participant list_participants"

    def plant(name: str, about: str, pk: str, ck: str, on: str, act: Act) -> None:
        breaks = pk if first else ck
        if breaks:
            entered(name, about, breaks, on, act)

    # --- made ---
    plant(
        "made-twice",
        "every object is made twice",
        "PK-087 PK-204 PK-205",
        "CK-119 CK-139 CK-140",
        "create_*",
        made_twice,
    )
    plant(
        "another-activity",
        f"a new participant is put into another {thing}",
        "PK-133",
        "CK-154",
        "create_participant",
        _into_the_first(f"/v1/{things}"),
    )
    plant(
        "everybody-is-p1",
        "every participant has the first name P1",
        "PK-138",
        "CK-074",
        people,
        members("first_name", lambda _: "P1"),
    )
    plant(
        "letters-garbled",
        "titles come back in another encoding",
        "PK-206",
        "CK-141",
        "create_data_link list_data_links",
        members("title", garbled),
    )
    plant(
        "letters-lost",
        "letters beyond ASCII become question marks",
        "PK-206 PK-138",
        "CK-141 CK-074",
        "create_*",
        request_body(lambda sent: json.loads(json.dumps(sent, ensure_ascii=False).encode("ascii", "replace"))),
    )
    plant(
        "refused-participant-made",
        f"a participant of an unknown {thing} is refused and made in another",
        "PK-018",
        "CK-017",
        "create_participant",
        refused_and_made(first_of(f"/v1/{things}", "event_id")),
    )
    plant(
        "refused-link-made",
        "a data link without a day is refused and made with another day",
        "PK-018",
        "CK-017",
        "create_data_link",
        refused_and_made(first_of("/v1/participants", "participant_id")),
    )
    plant(
        "refused-unnamed-made",
        f"{'an' if thing == 'event' else 'a'} {thing} without a name is refused and made as Untitled",
        "PK-018",
        "CK-017",
        create,
        refused_and_made(unnamed),
    )
    plant(
        "consent-of-somebody-else",
        "a consent that is read alone names another participant than the list does",
        "PK-146",
        "CK-081",
        "retrieve_consent",
        of_somebody_else,
    )
    plant(
        "unknown-project-crashes",
        "an unknown project gives 500",
        "PK-084 PK-013",
        "CK-044 CK-013",
        create,
        crashing_without(500),
    )
    plant(
        "anonymous-and-done",
        "anonymous calls are refused and done",
        "PK-208",
        "CK-143",
        "create_* delete_*",
        anonymous_and_done,
    )
    plant(
        "null-accepted",
        "null counts as given",
        "PK-082",
        "CK-043",
        "create_*",
        request_body(
            lambda sent: {name: "null@example.org" if value is None else value for name, value in sent.items()}
        ),
    )
    plant(
        "broken-json-accepted",
        "a body that cannot be read is accepted",
        "PK-019",
        "CK-108",
        "create_*",
        instead(201, {"id": "x"}, lambda sent: bool(sent.body) and sent.json is None),
    )
    plant(
        "link-changed-in-list",
        "the url of a data link is another in the list",
        "PK-205",
        "CK-140",
        "list_data_links",
        members("url", lambda value: f"https://proxy.example.com/?to={value}"),
    )

    # --- times ---
    plant(
        "created-at-moves",
        "created_at is another at each reading",
        "PK-023",
        "CK-020",
        "list_* retrieve_*",
        moving_times,
    )
    plant(
        "made-long-ago",
        "a new object dates from 2001",
        "PK-203",
        "CK-138",
        "create_*",
        members("created_at", lambda _: "2001-02-03T04:05:06.000Z"),
    )
    plant(
        "times-in-words",
        "updated_at is a text that is not a moment",
        "PK-196",
        "CK-134",
        "list_* retrieve_*",
        members("updated_at", lambda _: "recently"),
    )
    plant(
        "times-are-null",
        "created_at is null",
        "PK-196",
        "CK-134",
        "list_* retrieve_*",
        members("created_at", lambda _: None),
    )
    plant(
        "day-off-by-two",
        "a data link lies two days before the day that was sent",
        "PK-216",
        "CK-147",
        "create_data_link",
        members("recorded_at", lambda value: value.replace("2025-03-04", "2025-03-02")),
    )
    plant(
        "reminder-in-words",
        "a reminder is a text that is not a moment",
        "PK-166",
        "CK-153",
        "list_data_links",
        members("reminder_on", lambda value: value and "in spring"),
    )

    # --- deleted ---
    plant(
        "delete-takes-sibling",
        f"deleting {thing} takes another one along",
        "PK-207",
        "CK-142",
        delete,
        taking_along(f"/v1/{things}"),
    )
    plant(
        "link-delete-takes-sibling",
        "deleting a data link takes another one along",
        "PK-207",
        "CK-142",
        "delete_data_link",
        taking_along("/v1/data_links"),
    )
    plant(
        "delete-says-null",
        f"the reply to deleting {thing} has deleted: null",
        "PK-096",
        "CK-053",
        delete,
        body(lambda value: value.update(deleted=None)),
    )
    plant(
        "link-forgotten",
        "a data link is not deleted although the reply says so",
        "PK-173",
        "CK-151",
        "delete_data_link",
        instead(200, {"deleted": True}),
    )

    # --- lists ---
    plant(
        "page-zero-crashes",
        "page=0 gives 500",
        "PK-211 PK-034 PK-013",
        "CK-146 CK-028 CK-013",
        "list_*",
        instead(500, SERVER_ERROR, lambda sent: sent.parameter("page") == "0"),
    )
    plant(
        "huge-page-crashes",
        "a huge page gives 500",
        "PK-211",
        "CK-146",
        "list_*",
        instead(500, SERVER_ERROR, lambda sent: len(sent.parameter("page") or "") > 9),
    )
    plant(
        "status-crashes",
        "an unknown status gives 500",
        "PK-034",
        "CK-084",
        "list_consents",
        instead(500, SERVER_ERROR, lambda sent: sent.parameter("status") not in {None, "agreed", "refused"}),
    )
    plant("filter-with-gaps", "pages of a filtered list are not full", "PK-199", "CK-137", "list_consents", with_gaps)
    plant(
        "default-of-thirty",
        "a page holds 30 objects without limit",
        "PK-025",
        "CK-021",
        "list_*",
        _unless_limited(30),
    )
    plant("reading-counts", "reading changes objects", "PK-209", "CK-144", "list_*", counting_readers)
    plant(
        "no-cap",
        "limit is not capped",
        "PK-027",
        "",
        "list_*",
        pages(lambda found, page, size: found[(page - 1) * size : page * size], largest=10**6),
    )

    # --- objects ---
    plant(
        "members-differ-alone",
        "a single object has another app_url than in its list",
        "PK-198",
        "CK-136",
        "retrieve_*",
        members("app_url", lambda value: f"{value}?alone"),
    )
    plant(
        "one-address-for-all",
        "all projects have one app_url",
        "PK-042",
        "CK-034",
        "list_projects retrieve_project",
        members("app_url", lambda _: "https://app.example.com/"),
    )
    plant(
        "code-used-twice",
        f"two participants of {thing} have the same anonymous_id",
        "PK-121",
        "CK-155",
        people,
        members("anonymous_id", lambda _: "AAAAAA"),
    )
    plant(
        "consent-of-nobody",
        "a consent names a participant that is not there",
        "PK-210",
        "CK-145",
        "list_consents",
        items(lambda each: each["participant"].update(id="par_000000000000")),
    )
    plant(
        "failures-without-body",
        "failures have no body",
        "PK-195",
        "CK-133",
        "*",
        replied(lambda _, answer: Answer(answer.status, answer.headers) if answer.status == 404 else answer),
    )

    # --- other organisations ---
    plant("foreign-is-403", "an id of another organisation is 403", "PK-194", "CK-132", "retrieve_*", foreign_forbidden)
    plant(
        "foreign-parent-taken",
        "an object of another organisation is taken as a parent",
        "PK-193",
        "CK-131",
        "create_*",
        _as_whoever_owns,
    )


async def _as_whoever_owns(sent: Sent, mock: Mock) -> Answer:
    answer = await mock.ask(sent)
    if answer.status != 400:
        return answer
    return await mock.ask(sent.like(headers={**sent.headers, "authorization": THEIRS}))


def _into_the_first(place: str) -> Act:
    async def act(sent: Sent, mock: Mock) -> Answer:
        if not (isinstance(sent.json, dict) and sent.json.get("event_id")):
            return await mock.ask(sent)
        right = await mock.ask(sent.like(method="GET", path=f"{place}/{sent.json['event_id']}", query=[], body=b""))
        if not right.ok:
            return await mock.ask(sent)
        page = await mock.get(sent, place, limit=1)
        return await mock.ask(sent.with_json({**sent.json, "event_id": page["data"][0]["id"]}))

    return act


def _unless_limited(size: int) -> Act:
    async def act(sent: Sent, mock: Mock) -> Answer:
        return await mock.ask(sent if sent.parameter("limit") is not None else sent.with_query(limit=size))

    return act
