"""Liberties that both Kits leave open."""

from __future__ import annotations

import unicodedata
from typing import Any

from defects.catalogue.kits import conflicting_address, ids_before_callers, only_one_fault, unlabelled
from defects.catalogue.kits_promises import foreign_forbidden, with_gaps
from defects.faults import (
    body,
    calling_as,
    extra,
    headers,
    instead,
    members,
    replied,
    status,
    unless_given,
)
from defects.messages import Answer, Sent
from defects.spoiler import Mock

from liberties.liberty import Liberty, Printed, allowing, printing
from liberties.rewriting import (
    absent_if_null,
    ascii_json,
    everywhere,
    failing,
    forgiving,
    labelled,
    listing,
    moved,
    nested,
    refusing,
    respelt,
    times,
)

MINE = "Bearer mock-token"
PARENTS = ("project_id", "event_id", "participant_id")
NOW = "2025-01-06T09:00:00.000Z"


async def newest_first(sent: Sent, mock: Mock) -> Answer:
    """Lists begin with the newest object."""
    answer = await mock.ask(sent)
    if not answer.ok or sent.method != "GET" or not isinstance(answer.json.get("data"), list):
        return answer
    limit, page = sent.parameter("limit") or "", sent.parameter("page") or ""
    most = 100 if mock.contract.api == "participant-kit" else 1000
    size = min(int(limit), most) if limit.isdecimal() and int(limit) > 0 else 20
    number = (
        int(page)
        if page.isdecimal() and 0 < int(page) < 10**9
        else 1
        if not page.isdecimal() or int(page) == 0
        else 10**9
    )
    found = (await mock.everything(sent))[::-1]
    return answer.with_json({**answer.json, "data": found[(number - 1) * size : number * size]})


async def gone_is_410(sent: Sent, mock: Mock) -> Answer:
    """What was deleted is 410 instead of 404."""
    answer = await mock.ask(sent)
    gone = mock.memory.setdefault("gone", set())
    if sent.method == "DELETE" and answer.ok:
        gone.add(sent.last)
    if answer.status == 404 and sent.last in gone:
        answer.status = 410
    return answer


async def kept_with_last_state(sent: Sent, mock: Mock) -> Answer:
    """Participants outlive their study (event), which they show as it was."""
    kept = mock.memory.setdefault("kept", {})
    answer = await mock.ask(sent)
    if answer.ok and sent.path == "/v1/participants" and sent.method == "POST":
        kept[answer.json["id"]] = answer.json
    if answer.status == 404 and sent.method == "GET" and sent.last in kept:
        return Answer.of(200, kept[sent.last])
    return answer


def a_day(_: Sent, answer: Answer) -> Answer:
    """recorded_at comes back as the day that was sent."""
    value = answer.json
    if not answer.ok or not isinstance(value, dict):
        return answer
    for each in value.get("data", [value]):
        if "recorded_at" in each:
            each["recorded_at"] = each["recorded_at"][:10]
    return answer.with_json(value)


def decomposed(value: Any) -> Any:
    """A text in another Unicode form."""
    return unicodedata.normalize("NFD", value) if isinstance(value, str) else value


def wrong_parent(sent: Any) -> bool:
    """A body whose required members are all there, so that it is refused for what it names."""
    return any(isinstance(sent.get(name), str) for name in PARENTS)


def allow_all(api: str, into: list[Liberty | Printed]) -> None:
    """Enter all of them for one of the Kits."""
    allow, show = allowing(api, into), printing(api, into)
    first = api == "participant-kit"
    thing, things = ("study", "studies") if first else ("event", "events")

    # --- statuses ---
    allow("success-is-200", "creates answer 200", "Responses: 2xx", "create_*", status(200, of=201))
    allow("create-is-202", "creates answer 202", "Responses: 2xx", "create_*", status(202, of=201))
    allow("reads-are-203", "lists answer 203", "Responses: 2xx", "list_*", status(203, of=200))
    allow("delete-is-202", "deletions answer 202", "Delete: returns", "delete_*", status(202, of=200))
    allow("gone-is-410", "what was deleted is 410", "Delete: returns an error", "*", gone_is_410, lacking=False)
    for code in (404, 409, 422):
        allow(
            f"unknown-parent-is-{code}",
            f"an unknown parent, an invalid email or day is {code}",
            "Create: an error if parameters are invalid",
            "create_*",
            refusing(code, lambda sent: wrong_parent(sent) and len(sent) >= 2 and _complete(sent)),
        )
    allow("null-is-422", "null and other kinds of value are 422", "400", "create_*", refusing(422, _odd))
    allow(
        "unreadable-is-415",
        "a body that cannot be read is 415",
        "400: silent on it",
        "create_*",
        replied(lambda sent, answer: _status(answer, 415) if answer.status == 400 and sent.json is None else answer),
    )
    allow("other-types-are-406", "a body of another type is 406", "silent on it", "create_*", status(406, of=415))
    allow(
        "nothing-is-405", "a method that a path does not have is 404", "verbs: silent on it", "*", status(404, of=405)
    )
    allow("405-without-allow", "a 405 has no Allow", "verbs: silent on it", "*", headers(of=405, allow=None))
    allow(
        "anonymous-is-403",
        "anonymous callers get 403",
        "401: invalid tokens only",
        "*",
        replied(
            lambda sent, answer: (
                _status(answer, 403) if answer.status == 401 and "authorization" not in sent.headers else answer
            )
        ),
    )
    allow(
        "foreign-is-403",
        "what another organisation has is 403",
        "404: silent on it",
        "retrieve_* delete_*",
        foreign_forbidden,
    )

    # --- bodies of failures ---
    allow(
        "problem-documents",
        "failures are problem documents",
        "Common errors: no body is described",
        "*",
        failing(
            lambda answer: {"type": "about:blank", "title": "Refused", "status": answer.status, "detail": "No."},
            "application/problem+json",
        ),
    )
    allow(
        "errors-as-text",
        "an error is a text in JSON",
        "Common errors: no body is described",
        "*",
        failing(lambda _: "No."),
    )
    allow(
        "errors-as-list",
        "errors are a list",
        "Common errors: no body is described",
        "*",
        failing(lambda _: {"errors": [{"code": 7, "detail": None}]}),
    )
    allow(
        "errors-as-message",
        "an error is a message",
        "Common errors: no body is described",
        "*",
        failing(lambda _: {"message": "Not like this.", "request_id": "r_1"}),
    )
    allow(
        "errors-without-body",
        "failures have no body",
        "Responses are JSON: failures may be a status",
        "*",
        replied(lambda _, answer: Answer(answer.status, _bare(answer)) if answer.status >= 400 else answer),
    )
    allow("member-not-named", "a refusal does not name the member", "Common errors", "create_*", replied(unlabelled))
    allow("one-fault-at-a-time", "one of several faults is reported", "Common errors", "create_*", only_one_fault)

    # --- encodings and media types ---
    allow("hal", "successes are application/hal+json", "JSON encoded responses", "*", labelled("application/hal+json"))
    allow(
        "own-media-type",
        "successes have a media type of the vendor's",
        "JSON encoded responses",
        "*",
        labelled("application/vnd.kit.v1+json; charset=utf-8"),
    )
    allow(
        "json-with-charset",
        "JSON names its charset",
        "JSON encoded responses",
        "*",
        labelled("application/json;charset=UTF-8"),
    )
    allow("json-in-ascii", "letters beyond ASCII are escaped", "JSON encoded responses", "*", replied(ascii_json))
    allow(
        "forms-refused",
        "a form is refused",
        "silent on the encoding of bodies",
        "create_*",
        instead(415, {"error": "JSON only"}, lambda sent: "form" in sent.headers.get("content-type", "")),
    )
    allow(
        "another-type-understood",
        "text/plain is read as JSON",
        "silent on the encoding of bodies",
        "create_*",
        _as_json,
    )
    allow(
        "other-unicode-form",
        "texts come back in another Unicode form",
        "title, name",
        "create_* list_* retrieve_*",
        everywhere(
            lambda each: each.update({name: decomposed(each[name]) for name in ("title", "name") if name in each})
        ),
    )

    # --- what a body may hold ---
    allow("blank-is-a-value", "an empty text is a value", "400: missing fields", "create_*", _blank_taken)
    allow(
        "numbers-as-text",
        "a number is taken as its text",
        "400: missing fields",
        "create_*",
        forgiving(lambda sent: {name: str(value) if isinstance(value, int) else value for name, value in sent.items()}),
    )
    allow(
        "strangers-refused",
        "an unknown member of a body is refused",
        "Create: parameters",
        "create_*",
        instead(
            400, {"error": "unknown"}, lambda sent: isinstance(sent.json, dict) and "understudy_unknown" in sent.json
        ),
    )
    allow("address-once", "an email is taken once", "email: silent on it", "create_participant", conflicting_address)
    allow(
        "any-url",
        "a url without scheme is taken",
        "url: silent on its form",
        "create_data_link",
        forgiving(lambda sent: {**sent, "url": f"https://example.org/?{len(str(sent['url']))}"}, _has_odd_url),
    )
    allow(
        "days-only",
        "recorded_at with a time is refused",
        "recorded_at: date",
        "create_data_link",
        instead(400, {"error": "a day"}, lambda sent: "T" in str((sent.json or {}).get("recorded_at", ""))),
    )

    # --- who is let in ---
    allow(
        "api-keys-work",
        "a key in X-API-Key is accepted",
        "Authentication: API keys, coming soon",
        "*",
        calling_as(MINE, lambda sent: "x-api-key" in sent.headers),
    )
    allow(
        "ids-before-callers",
        "an anonymous caller gets 404 for an unknown id",
        "Authentication",
        "retrieve_*",
        ids_before_callers,
    )
    allow(
        "body-before-caller",
        "an anonymous body without members is 400",
        "Authentication",
        "create_*",
        calling_as(MINE, lambda sent: "authorization" not in sent.headers and sent.json == {}),
    )
    allow("no-challenge", "a 401 names no scheme", "401: silent on it", "*", headers(of=401, www_authenticate=None))

    # --- objects ---
    allow(
        "more-members",
        "objects have members that no table names",
        "attribute tables",
        "list_* retrieve_* create_*",
        extra(colour="blue", links={"self": "/"}),
    )
    allow(
        "short-references",
        "objects within objects are id and object",
        f"{thing}, project, participant: object",
        "*",
        nested("id", "object"),
    )
    allow(
        "shortest-references",
        "objects within objects are their id",
        f"{thing}, project, participant: object",
        "*",
        nested("id"),
    )
    allow(
        "deeper-references",
        "objects within objects say more than by themselves",
        f"{thing}, project, participant: object",
        "*",
        everywhere(
            lambda each: (
                [
                    each[name].update(more={"x": 1})
                    for name in ("study", "event", "participant")
                    if isinstance(each.get(name), dict)
                ]
                and None
            )
        ),
    )
    allow("other-ids", "ids have other prefixes", "id: unique identifier", "*", respelt(_prefixes(first)))
    allow(
        "longer-codes",
        "anonymous_id is a longer code",
        "anonymous_id",
        "*",
        everywhere(
            lambda each: (
                each.update(anonymous_id=f"P-{each['anonymous_id'].lower()}-2025") if "anonymous_id" in each else None
            )
        ),
    )
    allow(
        "projects-with-names",
        "a project has a name and a number as title",
        "The project object",
        "list_projects retrieve_project",
        extra(name="Sleep", title=7),
    )
    allow(
        "two-first-names",
        "first_name is the first two words",
        "first_name, and name",
        "create_participant",
        _two_words,
    )
    allow(
        "project-capitalised",
        "the object of a project is Project",
        "object: not quoted",
        "list_projects retrieve_project",
        members("object", str.capitalize),
    )

    # --- times ---
    allow(
        "times-without-zone",
        "timestamps have no zone",
        "created_at: timestamp",
        "*",
        times(lambda when: when.strftime("%Y-%m-%dT%H:%M:%S.%f")),
    )
    allow(
        "times-with-offset",
        "timestamps have an offset",
        "created_at: timestamp",
        "*",
        times(lambda when: when.isoformat()),
    )
    allow(
        "times-in-seconds",
        "timestamps are seconds since 1970",
        "created_at: timestamp",
        "*",
        times(lambda when: when.timestamp()),
    )
    allow(
        "times-in-milliseconds",
        "timestamps are milliseconds since 1970",
        "created_at: timestamp",
        "*",
        times(lambda when: int(when.timestamp() * 1000)),
    )
    allow(
        "times-with-a-blank",
        "timestamps have a blank for T",
        "created_at: timestamp",
        "*",
        times(lambda when: when.isoformat(" ")),
    )
    allow(
        "times-to-the-second",
        "timestamps have no fraction",
        "created_at: timestamp",
        "*",
        times(lambda when: when.strftime("%Y-%m-%dT%H:%M:%SZ")),
    )

    # --- data links ---
    allow(
        "hyphens",
        "data links stand at /v1/data-links alone",
        "no address is written",
        "*",
        moved("data_links", "data-links"),
    )
    allow(
        "no-reminder-key",
        "reminder_on is absent unless it is set",
        "reminder_on: if set",
        "*",
        absent_if_null("reminder_on"),
    )
    allow(
        "reminder-is-a-day",
        "a reminder is a day",
        "reminder_on",
        "*",
        everywhere(
            lambda each: (
                each.update(reminder_on=(each["reminder_on"] or "")[:10] or None) if "reminder_on" in each else None
            )
        ),
    )
    allow(
        "reminder-by-default",
        "a new link has a reminder",
        "reminder_on: if set",
        "create_data_link",
        members("reminder_on", lambda _: NOW),
    )
    allow("no-title-key", "title is absent if none was sent", "title: optional", "*", absent_if_null("title"))
    allow(
        "title-is-empty",
        "title is empty if none was sent",
        "title: optional",
        "create_data_link list_data_links",
        members("title", lambda value: value or ""),
    )
    allow(
        "title-from-url",
        "title is made from the url if none was sent",
        "title: optional",
        "create_data_link",
        _title_from_url,
    )
    allow(
        "link-names-participant",
        "a data link names its participant",
        "attributes",
        "list_data_links create_data_link",
        extra(participant={"id": "par_000000000000"}),
    )
    allow("noon", "a day comes back as its noon", "recorded_at: timestamp", "*", _recorded("T12:00:00.000Z"))
    allow(
        "midnight-elsewhere",
        "a day comes back as midnight in another zone",
        "recorded_at: timestamp",
        "*",
        _recorded("T00:00:00.000-07:00"),
    )
    allow("day-comes-back", "a day comes back as a day", "recorded_at: timestamp", "*", replied(a_day))
    allow(
        "url-with-slash",
        "a url comes back with a slash",
        "url",
        "create_data_link list_data_links",
        members("url", lambda value: f"{value}/"),
    )
    allow(
        "link-readable",
        "a single data link can be read",
        "operations of data links",
        "*",
        _one_link,
    )

    # --- lists ---
    allow(
        "bare-lists",
        "a list is data alone",
        "List: a list object with data",
        "list_*",
        listing(lambda page: {"data": page["data"]}),
    )
    allow(
        "lists-with-totals",
        "a list has totals and links",
        "List: a list object with data",
        "list_*",
        listing(lambda page: {**page, "object": "collection", "has_more": False, "total": 7, "next": None}),
    )
    allow(
        "newest-first",
        "lists begin with the newest object",
        "List: sorted by creation date",
        "list_projects list_participants list_consents list_data_links " + f"list_{things}",
        newest_first,
    )
    allow(
        "default-of-ten",
        "a page holds ten objects without limit",
        "limit: defaults to 20",
        "list_*",
        unless_given(limit=10),
    )
    allow(
        "zero-is-nothing",
        "limit=0 gives an empty page",
        "limit: silent on it",
        "list_*",
        instead(200, {"object": "list", "data": []}, lambda sent: sent.parameter("limit") in {"0", "-1"}),
    )
    allow(
        "page-zero-is-empty",
        "page=0 is empty",
        "page: silent on it",
        "list_*",
        instead(200, {"data": []}, lambda sent: sent.parameter("page") in {"0", "-1"}),
    )
    allow(
        "status-ignored",
        "an unknown status is ignored",
        "status: one of agreed or refused",
        "list_consents",
        _known_status,
    )
    allow("status-in-any-case", "AGREED is agreed", "status: one of agreed or refused", "list_consents", _lower_status)
    allow("short-pages", "pages of a filtered list are not full", "List: up to limit", "list_consents", with_gaps)

    # --- operations that are not described ---
    allow(
        "put-works",
        "PUT on an object works",
        "verbs: silent on it",
        "*",
        instead(200, {}, lambda sent: sent.method == "PUT" and sent.path.count("/") == 3),
    )
    allow(
        "patch-works",
        "PATCH on an object works",
        "verbs: silent on it",
        "*",
        instead(200, {}, lambda sent: sent.method == "PATCH" and sent.path.count("/") == 3),
    )
    allow(
        "participants-deletable",
        "participants can be deleted",
        "Participants: silent on it",
        "*",
        instead(
            200, {"deleted": True}, lambda sent: sent.method == "DELETE" and sent.path.startswith("/v1/participants/")
        ),
    )
    allow(
        "sibling-exists",
        "resources of the other Kit exist on the same host",
        "objects under the headings",
        "*",
        instead(
            200,
            {"object": "list", "data": []},
            lambda sent: sent.path.startswith("/v1/events" if first else "/v1/panels"),
        ),
    )

    # --- deletion ---
    allow(
        "deleted-alone",
        "a deletion returns deleted alone",
        "Delete: a deleted parameter",
        "delete_*",
        body(lambda value: {"deleted": value["deleted"]}),
    )
    allow(
        "deleted-is-a-time",
        "deleted is the time of deletion",
        "Delete: a deleted parameter",
        "delete_*",
        body(lambda value: {**value, "deleted": NOW}),
    )
    allow(
        "deleted-is-an-id",
        "deleted is the id",
        "Delete: a deleted parameter",
        "delete_*",
        body(lambda value: {"deleted": value["id"], "object": "deletion"}),
    )
    allow(
        "participants-outlive",
        f"participants outlive their {thing}",
        "Delete: silent on them",
        "create_participant retrieve_participant",
        kept_with_last_state,
    )

    # --- objects exactly as their tables list them ---
    when = {"created_at": NOW, "updated_at": NOW}
    show(
        "project-table",
        "The project object",
        "retrieve_project",
        {"id": "1", "object": "project", **when, "app_url": "https://app.example.com/p/1"},
    )
    consent = {
        "id": "c1",
        "object": "consent",
        **when,
        "consented_at": NOW,
        "status": "refused",
        "permissions": [],
        "participant": {"id": "p1"},
    }
    show("consent-table", "Consents: attributes", "retrieve_consent", consent)
    link = {
        "id": "d1",
        "object": "data_link",
        "title": "Interview",
        "url": "https://files.example.com/1",
        **when,
        "recorded_at": NOW,
    }
    show(
        "link-table",
        "Data links: attributes",
        "list_data_links",
        {"data": [link, {**link, "id": "d2", "reminder_on": "2030-01-01"}]},
    )
    show("empty-list", "List: the resulting array will be empty", "list_participants", {"data": []})
    show("deletion", "Delete: an object with a deleted parameter", "delete_data_link", {"deleted": "d1"})
    show("any-failure", "404", "retrieve_project", {"detail": "Not found."}, status=404)


def _complete(sent: Any) -> bool:
    required = ({"project_id", "name"}, {"name", "email", "event_id"}, {"url", "recorded_at", "participant_id"})
    return any(all(isinstance(sent.get(name), str) for name in names) for names in required)


def _odd(sent: Any) -> bool:
    return (
        any(value is None or isinstance(value, list | dict) for value in sent.values())
        and "understudy_unknown" not in sent
    )


def _status(answer: Answer, code: int) -> Answer:
    answer.status = code
    return answer


def _bare(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in {"content-type", "content-length"}}


def _has_odd_url(sent: Sent) -> bool:
    return "url" in sent.json and not str(sent.json["url"]).startswith("http")


def _prefixes(first: bool) -> dict[str, str]:
    kinds = ("prj", "stu", "par", "con", "dl") if first else ("prj", "evt", "par", "con", "dl")
    return {f"{kind}_": f"{kind.upper()}-0-" for kind in kinds}


def _recorded(tail: str) -> Any:
    def change(each: dict[str, Any]) -> None:
        if str(each.get("recorded_at", "")).endswith("T00:00:00.000Z"):
            each["recorded_at"] = each["recorded_at"][:10] + tail

    return everywhere(change)


async def _as_json(sent: Sent, mock: Mock) -> Answer:
    if not sent.headers.get("content-type", "").startswith("text/plain"):
        return await mock.ask(sent)
    return await mock.ask(sent.like(headers={**sent.headers, "content-type": "application/json"}))


async def _blank_taken(sent: Sent, mock: Mock) -> Answer:
    if not isinstance(sent.json, dict) or "" not in sent.json.values():
        return await mock.ask(sent)
    return await mock.ask(sent.with_json({name: value or "blank@example.org" for name, value in sent.json.items()}))


async def _two_words(sent: Sent, mock: Mock) -> Answer:
    answer = await mock.ask(sent)
    if not answer.ok or "first_name" not in answer.json or not isinstance(sent.json, dict):
        return answer
    return answer.with_json({**answer.json, "first_name": " ".join(sent.json["name"].split()[:2])})


async def _title_from_url(sent: Sent, mock: Mock) -> Answer:
    given = sent.json
    if isinstance(given, dict) and not given.get("title") and isinstance(given.get("url"), str):
        sent = sent.with_json({**given, "title": given["url"].rpartition("/")[2]})
    return await mock.ask(sent)


async def _one_link(sent: Sent, mock: Mock) -> Answer:
    if sent.method != "GET" or not sent.path.startswith("/v1/data_links/"):
        return await mock.ask(sent)
    found = await mock.everything(sent.like(path="/v1/data_links", query=[]))
    link = next((each for each in found if each["id"] == sent.last), None)
    return Answer.of(200, link) if link else await mock.ask(sent)


async def _known_status(sent: Sent, mock: Mock) -> Answer:
    known = sent.parameter("status") in {"agreed", "refused"}
    return await mock.ask(sent if known else sent.with_query(status=None))


async def _lower_status(sent: Sent, mock: Mock) -> Answer:
    given = sent.parameter("status")
    return await mock.ask(sent if given is None else sent.with_query(status=given.lower()))
