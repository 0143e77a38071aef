"""Defects of Prolific: studies and their life, submissions and money, filters, groups, messages, surveys and hooks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from defects.faults import (
    GONE,
    body,
    calling_as,
    changed_request,
    every,
    filled_in,
    ghosts,
    given,
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
    rewritten,
    saying,
    status,
    without,
)
from defects.messages import Answer, Json, Sent
from defects.spoiler import Act, Defect, Mock

DEFECTS: list[Defect] = []
plant = planting("prolific", DEFECTS)

ADMIN, COLLABORATOR = "Token mock-token", "Token mock-collaborator-token"
NOBODY = "0123456789abcdef01234567"
STUDIES = "get_study create_study update_study clone_study transition_study"


def failure(code: int, detail: Any = "No.") -> Json:
    """A failure in Prolific's form."""
    return {"error": {"status": code, "error_code": 140000 + code, "title": "Refused", "detail": detail}}


def refused(code: int, when: Any = lambda _: True) -> Act:
    """The mock is not asked; the answer is a failure."""
    return instead(code, failure(code), when)


async def never_due(sent: Sent, mock: Mock) -> Answer:
    """A study that was once seen to be planned is never seen to be published."""
    answer = await mock.ask(sent)
    planned: set[str] = mock.memory.setdefault("planned", set())
    match answer.json.get("status") if answer.ok else None:
        case "SCHEDULED":
            planned.add(sent.last)
        case "ACTIVE" if sent.last in planned:
            return answer.with_json({**answer.json, "status": "SCHEDULED"})
    return answer


def taken(value: Json, when: Any = lambda _: True, code: int = 201, of: Iterable[int] = (400,)) -> Act:
    """A refusal of a request becomes a success."""
    return replied(lambda sent, answer: Answer.of(code, value) if answer.status in of and when(sent) else answer)


def loosened(**changes: Any) -> Act:
    """Members of the body that are there are replaced before they are looked at; a function gets the value."""

    def change(document: Json) -> None:
        for name, value in changes.items():
            if name in document:
                document[name] = value(document[name]) if callable(value) else value

    return request_body(change)


def dropped(*names: str) -> Act:
    """Members of the body are not looked at."""

    def change(document: Json) -> None:
        for name in names:
            document.pop(name, None)

    return request_body(change)


def acting(*actions: str) -> Any:
    """The body asks for one of these actions."""
    return lambda sent: isinstance(sent.json, dict) and sent.json.get("action") in actions


async def everybodys(sent: Sent, mock: Mock) -> Answer:
    """What a caller may not see or do, the admin may: whoever asks."""
    answer = await mock.ask(sent)
    if answer.status not in {400, 403, 404}:
        return answer
    return await mock.ask(sent.like(headers={**sent.headers, "authorization": ADMIN}))


# --- every reply ------------------------------------------------------------------------------------------------------


def failures(change: Any) -> Act:
    """The error of every failure is changed in place."""

    def changed(_: Sent, answer: Answer) -> Answer:
        document = answer.json
        if answer.status < 400 or not isinstance(document, dict) or "error" not in document:
            return answer
        change(document["error"])
        return answer.with_json(document)

    return replied(changed)


plant(
    "anonymous-let-in",
    "no token is needed",
    "PR-001",
    "*",
    calling_as(ADMIN, lambda sent: "authorization" not in sent.headers),
)
plant(
    "any-workspace",
    "a caller sees workspaces without being a member",
    "PR-002",
    "get_workspace get_workspace_balance list_workspace_projects get_project get_study",
    everybodys,
)
plant(
    "slash-redirects",
    "a path with a final slash is redirected",
    "PR-003",
    "*",
    replied(
        lambda sent, answer: (
            Answer(301, {"location": sent.path.rstrip("/")})
            if sent.method == "GET" and sent.path.endswith("/")
            else answer
        )
    ),
)
plant(
    "failure-without-code",
    "an error has no error_code",
    "PR-004 PR-006 PR-444",
    "*",
    failures(lambda error: error.pop("error_code", None)),
)
plant(
    "failure-as-text",
    "an error is a text",
    "PR-004 PR-444",
    "*",
    replied(lambda _, answer: answer.with_json({"error": "No."}) if answer.status >= 400 else answer),
)
plant(
    "status-of-another",
    "status in an error is always 400",
    "PR-005",
    "*",
    failures(lambda error: error.update(status=400)),
)
plant("code-as-text", "error_code is text", "PR-006", "*", failures(lambda error: error.update(error_code="E140")))
plant(
    "detail-nested",
    "detail is an object of objects",
    "PR-534",
    "*",
    failures(lambda error: error.update(detail={"field": {"message": "No."}})),
)
plant("unknown-is-400", "an unknown id is 400", "PR-009", "*", status(400, of=404))
plant(
    "broken-json-is-500",
    "a body that is not JSON is 500",
    "PR-010",
    "*",
    refused(500, lambda sent: bool(sent.body) and sent.json is None),
)
plant(
    "strangers-refused",
    "an unknown member of a body is 400",
    "PR-515 PR-516",
    "*",
    refused(400, lambda sent: "understudy_unknown" in sent.body.decode("utf-8", "replace")),
)
plant(
    "json-as-text",
    "JSON is labelled text/plain",
    "PR-535",
    "*",
    replied(
        lambda _, answer: (
            answer.with_headers(content_type="text/plain")
            if "json" in answer.headers.get("content-type", "")
            else answer
        )
    ),
)
plant("other-verbs-404", "a method that a path does not have is 404", "PR-018", "*", status(404, of=405))
plant(
    "put-accepted",
    "PUT counts as PATCH",
    "PR-018",
    "*",
    changed_request(lambda sent: sent.like(method="PATCH") if sent.method == "PUT" else sent),
)
plant(
    "times-with-offset",
    "times are written with +01:00",
    "PR-511",
    "list_*",
    replied(
        lambda _, answer: Answer(answer.status, answer.headers, re.sub(rb'(T[\d:.]+)Z"', rb'\1+01:00"', answer.body))
    ),
)
plant(
    "money-with-a-point",
    "amounts of money have a decimal point",
    "PR-512",
    "*cost* create_study",
    body(
        every(
            lambda each: each.update(
                {
                    name: float(each[name])
                    for name in ("reward", "total_cost", "total_available_places")
                    if isinstance(each.get(name), int)
                }
            )
        )
    ),
)

# --- lists ------------------------------------------------------------------------------------------------------------


def linked(change: Any) -> Act:
    """The links of a list are changed in place."""
    return body(lambda page: change(page["_links"]) and None if isinstance(page, dict) and "_links" in page else None)


plant("bare-list", "a list is an array", "PR-385", "list_workspaces", body(lambda page: page["results"]))
plant(
    "ten-a-page",
    "a page has ten objects",
    "PR-496",
    "list_*",
    changed_request(
        lambda sent: sent.with_query(page_size=10) if not {"page_size", "limit"} & {n for n, _ in sent.query} else sent
    ),
)
plant(
    "pages-overlap",
    "pages overlap by one",
    "PR-494",
    "list_*",
    pages(lambda found, page, size: found[max(0, (page - 1) * size - (page > 1)) : page * size]),
)
plant(
    "huge-page-crashes",
    "the number of a page that is too large for the database is a server error",
    "PR-497",
    "list_*",
    instead(500, failure(500), lambda sent: any(len(value) > 20 and value.isdigit() for _, value in sent.query)),
)
plant("offset-ignored", "offset is ignored", "PR-495", "list_*", query(offset=None))
plant(
    "past-end-empty",
    "a page past the end is empty",
    "PR-497",
    "list_*",
    taken(
        {
            "results": [],
            "_links": {name: {"href": None} for name in ("self", "next", "previous", "first", "last")},
            "meta": {"count": 0},
        },
        given("page"),
        200,
        (404,),
    ),
)
plant(
    "links-to-another-host",
    "page links lead to another host",
    "PR-443",
    "list_*",
    linked(
        lambda links: [
            link.update(href=re.sub(r"://[^/]*", "://elsewhere.example", link["href"]))
            for link in links.values()
            if link["href"]
        ]
    ),
)
plant(
    "next-for-ever",
    "the last page has a link to a next one",
    "PR-498",
    "list_*",
    linked(lambda links: links.update(next={"href": links["next"]["href"] or links["last"]["href"]})),
)
plant(
    "count-of-the-page",
    "count counts the page",
    "PR-499",
    "list_*",
    body(lambda page: page["meta"].update(count=len(page["results"])) if "meta" in page else None),
)
plant("submissions-of-any-study", "study is ignored", "PR-487", "list_submissions", query(study=None))
plant(
    "submissions-of-another-study",
    "the list below a study is empty",
    "PR-486",
    "list_study_submissions",
    items(lambda _: GONE),
)
plant("state-ignored", "state is ignored", "PR-485", "list_studies", query(state=None))
plant(
    "studies-of-any-project",
    "the list below a project holds all studies",
    "PR-483",
    "list_project_studies",
    changed_request(lambda sent: sent.like(path="/api/v1/studies")),
)
plant(
    "studies-of-strangers",
    "studies of other workspaces are listed",
    "PR-484",
    "list_studies list_project_studies",
    changed_request(lambda sent: sent.like(headers={**sent.headers, "authorization": ADMIN})),
)
plant("user-ignored", "user_id is ignored", "PR-490", "list_messages", query(user_id=None))
plant("created-after-ignored", "created_after is ignored", "PR-491", "list_messages", query(created_after=None))
plant(
    "researcher-not-needed", "researcher_id is not needed", "PR-500", "list_surveys", taken({"results": []}, code=200)
)
plant(
    "workspace-not-needed",
    "workspace_id is not needed for secrets",
    "PR-501",
    "list_secrets",
    taken({"results": []}, code=200),
)
plant(
    "project-not-needed",
    "project_id is not needed for collections",
    "PR-502",
    "list_collections",
    taken({"results": []}, code=200),
)
plant("secrets-for-all", "secrets are shown to callers outside the workspace", "PR-368", "list_secrets", everybodys)


async def read_once(sent: Sent, mock: Mock) -> Answer:
    """Unread messages are listed once."""
    answer = await mock.ask(sent)
    if mock.memory.setdefault("read", False):
        return put(mock, sent, answer, [])
    mock.memory["read"] = True
    return answer


plant("reading-marks", "listing unread messages marks them as read", "PR-489", "list_unread_messages", read_once)

# --- workspaces, projects, people -------------------------------------------------------------------------------------


def roleless(document: Json) -> None:
    """Nobody has a role."""
    for user in document.get("users", []):
        user["roles"] = []


plant(
    "workspace-without-admin",
    "the creator of a workspace is not an admin",
    "PR-348",
    "create_workspace",
    body(roleless),
)
plant(
    "title-not-needed",
    "a workspace or project is accepted without a title",
    "PR-349 PR-165",
    "create_workspace create_project",
    filled_in(title="Untitled"),
)
plant("any-currency", "any currency is accepted", "PR-350", "create_workspace", loosened(currency_code="GBP"))
plant(
    "no-currency",
    "a workspace has no currency",
    "PR-388",
    "get_workspace_balance",
    body(lambda money: money.update(currency_code=None)),
)
plant(
    "any-rate",
    "naivety_distribution_rate may be above 1",
    "PR-352 PR-168 PR-220",
    "create_workspace create_project create_study",
    loosened(naivety_distribution_rate=lambda rate: 0.5 if rate else rate),
)
plant(
    "money-from-the-start",
    "a new workspace has a balance",
    "PR-353",
    "get_workspace_balance",
    body(lambda money: money.update(total_balance=money["total_balance"] + 100)),
)
plant(
    "workspace-not-changed",
    "a change of a workspace is not stored",
    "PR-387",
    "update_workspace",
    changed_request(lambda sent: sent.like(method="GET", body=b"")),
)
plant(
    "collaborators-change", "a collaborator can change the workspace", "PR-513 PR-128", "update_workspace", everybodys
)
plant("collaborators-invite", "a collaborator can invite", "PR-115", "create_invitations", everybodys)
plant("editors-everywhere", "a collaborator can edit any project", "PR-129", "update_project", everybodys)
plant("projects-anywhere", "a project can be created in any workspace", "PR-169", "create_project", everybodys)
plant(
    "owner-missing",
    "a new project has no owner",
    "PR-167",
    "create_project",
    body(lambda made: made.update(owner=None)),
)
plant("maker-no-editor", "the creator of a project is not an editor", "PR-166", "create_project", body(roleless))
plant(
    "project-not-listed",
    "a new project is not listed",
    "PR-170",
    "list_workspace_projects",
    body(lambda page: {**page, "results": page["results"][1:]}),
)
plant(
    "project-moves",
    "a project can be given another owner",
    "PR-488",
    "update_project",
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "owner": (sent.json or {}).get("owner")}) if answer.ok else answer
        )
    ),
)
plant("workspaces-without-title", "workspaces are listed without title", "PR-440", "list_workspaces", without("title"))
plant(
    "available-above-total",
    "available_balance is above total_balance",
    "PR-390",
    "get_workspace_balance",
    body(lambda money: money.update(available_balance=money["total_balance"] + 1)),
)
plant(
    "invitation-by-nobody",
    "invited_by is not the caller",
    "PR-124",
    "create_invitations",
    body(every(lambda each: each.update(invited_by=NOBODY) if "invited_by" in each else None)),
)
plant(
    "invitation-accepted",
    "an invitation is accepted at once",
    "PR-123",
    "create_invitations",
    rewritten('"INVITED"', '"ACCEPTED"'),
)
plant(
    "any-role",
    "any role is accepted",
    "PR-118",
    "create_invitations",
    loosened(role=lambda role: role if role.isupper() and role != "OWNER" else "WORKSPACE_ADMIN"),
)
plant(
    "any-address",
    "an invalid address is invited",
    "PR-119",
    "create_invitations",
    loosened(emails=lambda emails: ["somebody@example.com"] if "no address" in emails else emails),
)
plant(
    "anonymous-invites",
    "an anonymous caller can invite",
    "PR-116",
    "create_invitations",
    calling_as(ADMIN, lambda sent: "authorization" not in sent.headers),
)
plant(
    "invite-link-relative",
    "invite_link is relative",
    "PR-126",
    "create_invitations",
    body(every(lambda each: each.update(invite_link="/invitation/1") if "invite_link" in each else None)),
)

# --- studies ----------------------------------------------------------------------------------------------------------


async def whatever(sent: Sent, mock: Mock) -> Answer:
    """A change that is refused because the study is published is answered as done."""
    answer = await mock.ask(sent)
    if answer.status != 400:
        return answer
    shown = await mock.ask(sent.like(method="GET", body=b""))
    return shown.with_json({**shown.json, **(sent.json or {})}) if shown.ok else answer


def transitioning(when: Any, shown: str) -> Act:
    """A refused transition succeeds and shows a status."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        if answer.status != 400 or not when(sent):
            return answer
        study = await mock.ask(sent.like(method="GET", body=b"", path=sent.path.rstrip("/").rpartition("/")[0]))
        return study.with_json({**study.json, "status": shown}) if study.ok else answer

    return act


def status_shown(actions: tuple[str, ...], shown: str) -> Act:
    """After some actions another status is shown."""

    def changed(sent: Sent, answer: Answer) -> Answer:
        return answer.with_json({**answer.json, "status": shown}) if answer.ok and acting(*actions)(sent) else answer

    return replied(changed)


async def filters_follow(sent: Sent, mock: Mock) -> Answer:
    """A study made with a filter set changes with it."""
    answer = await mock.ask(sent)
    if not answer.ok or not answer.json.get("filter_set_id"):
        return answer
    own = await mock.get(sent, f"/api/v1/filter-sets/{answer.json['filter_set_id']}")
    return answer.with_json({**answer.json, "filters": own["filters"]})


async def block_list_replaced(sent: Sent, mock: Mock) -> Answer:
    """A copy's block list holds the original alone."""
    answer = await mock.ask(sent)
    if not answer.ok:
        return answer
    own = sent.path.split("/")[-2]
    for each in answer.json.get("filters") or []:
        if each.get("filter_id") == "previous_studies_blocklist":
            document = answer.json
            for found in document["filters"]:
                if found["filter_id"] == "previous_studies_blocklist":
                    found["selected_values"] = [own]
            return answer.with_json(document)
    return answer


async def original_blocked(sent: Sent, mock: Mock) -> Answer:
    """The block list is added to the original as well."""
    copied = mock.memory.setdefault("copied", set())
    if sent.path.endswith("/clone"):
        copied.add(sent.path.split("/")[-2])
        return await mock.ask(sent)
    answer = await mock.ask(sent)
    if not answer.ok or sent.last not in copied:
        return answer
    block = {"filter_id": "previous_studies_blocklist", "selected_values": [sent.last]}
    return answer.with_json({**answer.json, "filters": [*(answer.json.get("filters") or []), block]})


async def feeders_stay(sent: Sent, mock: Mock) -> Answer:
    """A group goes on naming studies that once fed it."""
    answer = await mock.ask(sent)
    kept = mock.memory.setdefault(sent.path, [])
    if not answer.ok:
        return answer
    kept += [each for each in answer.json["feeder_studies"] if each not in kept]
    return answer.with_json({**answer.json, "feeder_studies": kept})


async def nothing_bound(sent: Sent, mock: Mock) -> Answer:
    """available_balance stays what it was at first."""
    answer = await mock.ask(sent)
    first = mock.memory.setdefault("balance", {})
    if not answer.ok:
        return answer
    return answer.with_json(
        {**answer.json, "available_balance": first.setdefault(sent.path, answer.json["available_balance"])}
    )


async def everything_kept(sent: Sent, mock: Mock) -> Answer:
    """The whole balance stays what it was at first."""
    answer = await mock.ask(sent)
    first = mock.memory.setdefault("balance", {})
    return (
        answer.with_json(
            {
                **answer.json,
                **first.setdefault(
                    sent.path, {name: answer.json[name] for name in ("total_balance", "available_balance")}
                ),
            }
        )
        if answer.ok
        else answer
    )


def codes(change: Any) -> Act:
    """Each completion code of the body is changed before it is looked at."""

    def changed(document: Json) -> None:
        if isinstance(document.get("completion_codes"), list):
            document["completion_codes"] = change(document["completion_codes"])

    return request_body(changed)


def actions(change: Any) -> Act:
    """Each action of the completion codes is changed before it is looked at."""
    return codes(
        lambda found: [
            {
                **code,
                "actions": [kept for each in code["actions"] if (kept := change(each))]
                or [{"action": "MANUALLY_REVIEW"}],
            }
            if "actions" in code
            else code
            for code in found
        ]
    )


def filters(change: Any) -> Act:
    """Each filter of the body is changed before it is looked at."""

    def changed(document: Json) -> None:
        if isinstance(document.get("filters"), list):
            document["filters"] = [change(each) if isinstance(each, dict) else each for each in document["filters"]]

    return request_body(changed)


def ranges(change: Any) -> Act:
    """Each range of the filters is changed before it is looked at."""
    return filters(
        lambda each: (
            {**each, "selected_range": change(each["selected_range"])}
            if isinstance(each.get("selected_range"), dict)
            else each
        )
    )


NEEDED = {
    "description": "x",
    "external_study_url": "https://survey.example.com/",
    "prolific_id_option": "question",
    "completion_option": "url",
    "estimated_completion_time": 5,
    "reward": 100,
    "total_available_places": 1,
}
FILTERED = "create_study update_study create_filter_set count_eligible_participants"

plant(
    "published-at-once",
    "a new study is active",
    "PR-171 PR-248 PR-015",
    "create_study",
    body(lambda made: made.update(status="ACTIVE")),
)
plant(
    "letters-lost",
    "letters beyond ASCII become question marks",
    "PR-172 PR-045",
    "create_study create_filter_set",
    request_body(lambda sent: json.loads(json.dumps(sent, ensure_ascii=False).encode("ascii", "replace"))),
)
plant(
    "nothing-required",
    "required members of a study have defaults",
    "PR-172 PR-445",
    "create_study",
    filled_in(**NEEDED),
)
plant(
    "study-short",
    "the reply to a new study lacks the members sent",
    "PR-174",
    "create_study",
    body(lambda made: {name: made[name] for name in ("id", "status", "name", "maximum_allowed_time")}),
)
plant(
    "reward-in-pounds",
    "reward is returned in pounds",
    "PR-176",
    "create_study",
    body(lambda made: made.update(reward=made["reward"] // 100)),
)
plant(
    "any-reward",
    "reward and places may be 0 or less",
    "PR-527",
    "create_study",
    loosened(
        reward=lambda value: value if isinstance(value, int) and value > 0 else 1,
        total_available_places=lambda value: value if isinstance(value, int) and value > 0 else 1,
    ),
)
plant(
    "null-name",
    "null is accepted as a name",
    "PR-016 PR-446",
    "create_study create_workspace update_study",
    request_body(
        lambda document: {
            name: "x" if value is None and name in {"name", "description", "title"} else value
            for name, value in document.items()
        }
    ),
)
plant(
    "ids-as-uuid",
    "ids of studies are UUIDs",
    "PR-013",
    "create_study",
    body(lambda made: made.update(id="12345678-1234-4234-8234-123456789abc")),
)
plant(
    "id-of-the-client",
    "the id in the body is used",
    "PR-015 PR-098",
    "create_study create_subscription",
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "id": sent.json["id"]})
            if answer.ok and "id" in (sent.json or {})
            else answer
        )
    ),
)
plant(
    "metadata-parsed",
    "metadata is returned as an object",
    "PR-191",
    "create_study",
    body(lambda made: made.update(metadata=json.loads(made["metadata"])) if made.get("metadata") else None),
)
plant(
    "warning-lost",
    "content_warning_details is lost",
    "PR-196",
    "create_study",
    body(lambda made: made.update(content_warning_details="")),
)
plant(
    "empty-filters-refused",
    "an empty list of filters is refused",
    "PR-178",
    "create_study",
    refused(400, lambda sent: isinstance(sent.json, dict) and sent.json.get("filters") == []),
)
plant(
    "project-needed",
    "a study needs a project",
    "PR-189",
    "create_study",
    refused(400, lambda sent: isinstance(sent.json, dict) and "project" not in sent.json),
)
plant(
    "any-project",
    "an unknown project counts as the default one",
    "PR-190",
    "create_study",
    request_body(lambda document: document.pop("project") and None if document.get("project") == NOBODY else None),
)
plant(
    "codes-once-only",
    "a completion code can be used by only one study",
    "PR-199",
    "create_study",
    replied(
        lambda sent, answer: (
            Answer.of(400, failure(400))
            if answer.ok and sent.json.get("completion_codes") and "code" in sent.json["completion_codes"][0]
            else answer
        )
    ),
)
plant(
    "places-lost",
    "total_available_places is always 1",
    "PR-228",
    "create_study",
    body(lambda made: made.update(total_available_places=1)),
)
plant("any-label", "any study label is accepted", "PR-193", "create_study", loosened(study_labels=["survey"]))
plant(
    "many-labels",
    "several study labels are accepted",
    "PR-194",
    "create_study",
    loosened(study_labels=lambda labels: labels[:1]),
)
plant(
    "any-warning",
    "any content warning is accepted, also several",
    "PR-195",
    "create_study",
    loosened(content_warnings=["explicit"]),
)
plant(
    "any-completion",
    "any completion_option is accepted",
    "PR-209",
    "create_study",
    loosened(completion_option=lambda value: value if value in {"url", "code"} else "url"),
)
plant(
    "placeholders-filled",
    "placeholders in the address are filled in",
    "PR-211",
    "create_study",
    body(lambda made: made.update(external_study_url=re.sub(r"\{\{.*?\}\}", "x", made["external_study_url"]))),
)
plant(
    "any-id-option",
    "any prolific_id_option is accepted",
    "PR-213",
    "create_study",
    loosened(prolific_id_option=lambda value: "question" if value == "mail" else value),
)
plant(
    "any-device",
    "any device is accepted",
    "PR-214",
    "create_study",
    loosened(device_compatibility=lambda value: [] if "watch" in value else value),
)
plant(
    "any-peripheral",
    "any peripheral is accepted",
    "PR-215",
    "create_study",
    loosened(peripheral_requirements=lambda value: [] if "pen" in value else value),
)
plant(
    "seconds-allowed",
    "a study may take less than a minute",
    "PR-216",
    "create_study",
    loosened(estimated_completion_time=lambda value: max(1, value)),
)
plant(
    "too-little-time",
    "maximum_allowed_time may be too short",
    "PR-217",
    "create_study",
    loosened(maximum_allowed_time=lambda value: max(17, value)),
)
plant(
    "no-code-needed",
    "a study is accepted without a completion code",
    "PR-197",
    "create_study",
    codes(lambda found: found or [{"code": "A", "code_type": "COMPLETED", "actions": [{"action": "MANUALLY_REVIEW"}]}]),
)
plant(
    "code-twice",
    "a completion code may be sent twice",
    "PR-198",
    "create_study",
    codes(lambda found: list({code.get("code"): code for code in found}.values())),
)
plant(
    "code-without-actions",
    "a completion code is accepted without actions",
    "PR-200",
    "create_study",
    codes(
        lambda found: [
            {"actions": [{"action": "MANUALLY_REVIEW"}], "code_type": "COMPLETED", "code": "X", **code}
            for code in found
        ]
    ),
)
plant(
    "first-action-only",
    "a code keeps one action",
    "PR-202",
    "create_study",
    body(every(lambda each: each.update(actions=each["actions"][:1]) if "actions" in each else None)),
)
plant(
    "any-action",
    "an unknown action is ignored",
    "PR-203",
    "create_study",
    actions(lambda each: None if each.get("action") == "PAY_DOUBLE" else each),
)
plant(
    "group-not-needed",
    "an action on a group is accepted without a group",
    "PR-207 PR-437",
    "create_study",
    actions(
        lambda each: (
            each
            if len(each) > 1 or each.get("action") in {"MANUALLY_REVIEW", "AUTOMATICALLY_APPROVE", "PAY_DOUBLE"}
            else None
        )
    ),
)
plant(
    "both-ways",
    "a code may have both approval and review as actions",
    "PR-208",
    "create_study",
    codes(
        lambda found: [
            {**code, "actions": code["actions"][:1]}
            if len(code.get("actions", [])) == 2 and code["actions"][1] == {"action": "MANUALLY_REVIEW"}
            else code
            for code in found
        ]
    ),
)
plant(
    "feeders-stay",
    "a group keeps studies whose codes no longer change it",
    "PR-466",
    "get_participant_group",
    feeders_stay,
)
plant(
    "none-at-once",
    "max_concurrent_submissions may be 0",
    "PR-223",
    "create_study",
    request_body(
        lambda document: (
            document["submissions_config"].update(max_concurrent_submissions=1)
            if (document.get("submissions_config") or {}).get("max_concurrent_submissions") in {0, -2}
            else None
        )
    ),
)
plant(
    "sample-refused",
    "one of the sample bodies is refused",
    "PR-175",
    "create_study",
    refused(400, lambda sent: "weightings" in str(sent.json)),
)
plant("draft-fixed", "a draft cannot be changed", "PR-399", "update_study", refused(400))
plant(
    "status-by-patch",
    "PATCH changes the status",
    "PR-248",
    "update_study",
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "status": "ACTIVE"})
            if answer.ok and "status" in (sent.json or {})
            else answer
        )
    ),
)
plant(
    "draft-not-deleted",
    "a deleted draft can still be read",
    "PR-514",
    "delete_study get_study",
    ghosts(deleting="delete_study", single=True),
)
plant(
    "draft-still-listed",
    "a deleted draft is still listed",
    "PR-514",
    "delete_study list_studies",
    ghosts(deleting="delete_study", lists=True),
)
plant(
    "published-deletable",
    "a published study can be deleted",
    "PR-401",
    "delete_study",
    taken(None, code=204, of=(400, 403, 409)),
)
plant("published-changeable", "a published study can be changed", "PR-400 PR-508", "update_study", whatever)
plant(
    "places-fixed",
    "a stopped study takes no more places",
    "PR-542",
    "update_study",
    refused(400, lambda sent: set(sent.json or {}) == {"total_available_places"}),
)
plant(
    "publish-in-vain", "PUBLISH leaves a draft", "PR-239", "transition_study", status_shown(("PUBLISH",), "UNPUBLISHED")
)
plant("pause-in-vain", "PAUSE leaves a study active", "PR-240", "transition_study", status_shown(("PAUSE",), "ACTIVE"))
plant("start-in-vain", "START leaves a study paused", "PR-241", "transition_study", status_shown(("START",), "PAUSED"))
plant("stop-in-vain", "STOP leaves a study active", "PR-242", "transition_study", status_shown(("STOP",), "ACTIVE"))
plant(
    "any-transition",
    "an invalid transition is accepted",
    "PR-244",
    "transition_study",
    transitioning(acting("PUBLISH", "PAUSE", "STOP", "START"), "ACTIVE"),
)
plant(
    "restart", "a stopped study can be started", "PR-243", "transition_study", transitioning(acting("START"), "ACTIVE")
)
plant(
    "action-not-needed",
    "a transition is accepted without an action",
    "PR-245",
    "transition_study",
    filled_in(action="PUBLISH"),
)
plant(
    "any-study-action",
    "an unknown action publishes",
    "PR-246",
    "transition_study",
    loosened(action=lambda action: "PUBLISH" if action == "EXPLODE" else action),
)
plant(
    "publish-without-money",
    "a study is published without the money for it",
    "PR-250",
    "transition_study",
    transitioning(acting("PUBLISH"), "ACTIVE"),
)
plant("money-not-bound", "publishing reserves no money", "PR-251", "get_workspace_balance", nothing_bound)
plant(
    "places-taken-all",
    "places_taken counts returned submissions",
    "PR-394",
    "list_studies",
    members("places_taken", lambda count: count + 1),
)
plant("study-without-status", "a study has no status", "PR-397 PR-445", "get_study", without("status"))
plant(
    "status-in-lower-case", "statuses of studies are in lower case", "PR-398", "get_study", members("status", str.lower)
)
plant(
    "study-type-of-its-own", "study_type is QUOTA", "PR-395", "list_studies", members("study_type", lambda _: "QUOTA")
)
plant(
    "published-at-as-date",
    "published_at is a date",
    "PR-396",
    "list_studies",
    members("published_at", lambda value: value and value[:10]),
)
plant("studies-without-id", "studies are listed without id", "PR-393", "list_studies", without("id"))

# --- copies and cost --------------------------------------------------------------------------------------------------

plant(
    "copy-is-the-original",
    "a copy has the id of the original",
    "PR-229",
    "clone_study",
    replied(
        lambda sent, answer: answer.with_json({**answer.json, "id": sent.path.split("/")[-2]}) if answer.ok else answer
    ),
)
plant("copy-published", "a copy is active", "PR-230", "clone_study", body(lambda made: made.update(status="ACTIVE")))
plant(
    "copy-without-block",
    "a copy blocks nobody",
    "PR-231 PR-233",
    "clone_study",
    changed_request(
        lambda sent: sent.with_json({"block_previous_participants": False}).like(
            headers={**sent.headers, "content-type": "application/json"}
        )
    ),
)
plant(
    "copy-drops-filters",
    "a copy has only the block list",
    "PR-231",
    "clone_study",
    body(lambda made: made.update(filters=(made.get("filters") or [])[-1:])),
)
plant(
    "copy-always-blocks",
    "block_previous_participants is ignored",
    "PR-232 PR-468",
    "clone_study",
    request_body(lambda document: document.pop("block_previous_participants", None) and None),
)
plant("copy-forgets-blocks", "an existing block list is replaced", "PR-234", "clone_study", block_list_replaced)
plant(
    "copy-with-submissions",
    "a copy has submissions",
    "PR-236",
    "list_study_submissions",
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "results": [{"id": NOBODY}]})
            if answer.ok and not answer.json["results"]
            else answer
        )
    ),
)
plant(
    "copy-changes-original",
    "copying blocks the original's participants in the original",
    "PR-237",
    "clone_study get_study",
    original_blocked,
)
plant(
    "unknown-copied",
    "copying an unknown study creates an empty one",
    "PR-238",
    "clone_study",
    taken({"id": NOBODY}, of=(404,)),
)
plant(
    "cost-not-linear",
    "the cost has a fixed part",
    "PR-257",
    "calculate_study_cost",
    body(lambda made: made.update(total_cost=made["total_cost"] + 100)),
)
plant(
    "cost-is-reward",
    "the cost has no fees",
    "PR-253",
    "calculate_study_cost",
    replied(
        lambda sent, answer: (
            answer.with_json({"total_cost": sent.json["reward"] * sent.json["total_available_places"]})
            if answer.ok
            else answer
        )
    ),
)
plant(
    "cost-as-text",
    "the cost is a text",
    "PR-255",
    "calculate_study_cost",
    body(lambda made: made.update(total_cost=str(made["total_cost"]))),
)
plant(
    "cost-of-anything",
    "a negative reward has a cost",
    "PR-529",
    "calculate_study_cost",
    taken({"total_cost": 0}, saying("reward", "total_available_places"), 200),
)
plant(
    "cost-needs-nothing",
    "the calculator has defaults",
    "PR-254 PR-470",
    "calculate_study_cost",
    filled_in(reward=100, total_available_places=1),
)

# --- filters and sets -------------------------------------------------------------------------------------------------


async def version_stays(sent: Sent, mock: Mock) -> Answer:
    """A change of filters keeps the version."""
    answer = await mock.ask(sent)
    return answer.with_json({**answer.json, "version": 1}) if answer.ok else answer


async def copy_of_the_copy(sent: Sent, mock: Mock) -> Answer:
    """A change of a copy changes the original too."""
    copies = mock.memory.setdefault("copies", {})
    answer = await mock.ask(sent)
    if sent.path.endswith("/clone") and answer.ok:
        copies[answer.json["id"]] = sent.path.rstrip("/").split("/")[-2]
    if sent.method == "PATCH" and sent.last in copies:
        await mock.ask(sent.like(path=f"/api/v1/filter-sets/{copies[sent.last]}"))
    return answer


async def counted_each(sent: Sent, mock: Mock) -> Answer:
    """Several filters count whoever meets the first one."""
    document = sent.json
    found = document.get("filters") if isinstance(document, dict) else None
    return await mock.ask(sent.with_json({**document, "filters": found[:1]}) if found else sent)


async def small_counts(sent: Sent, mock: Mock) -> Answer:
    """A count below 25 is not replaced by 0."""
    answer = await mock.ask(sent)
    document = answer.json
    for name in ("count", "eligible_participant_count"):
        if answer.ok and document.get(name) == 0:
            document[name] = 7
    return answer.with_json(document) if answer.ok else answer


async def counts_dwindle(sent: Sent, mock: Mock) -> Answer:
    """Each count leaves fewer participants for the next one."""
    answer = await mock.ask(sent)
    mock.memory["n"] = mock.memory.get("n", 0) + 1
    count = answer.json.get("count", 0) if answer.ok else 0
    return answer.with_json({"count": count - mock.memory["n"]}) if count > 100 else answer


plant(
    "set-beside-filters",
    "filters are accepted beside a filter set",
    "PR-179",
    "create_study",
    request_body(lambda document: document.update(filters=[]) if document.get("filter_set_id") else None),
)
plant(
    "oldest-version",
    "the first version of a set is applied",
    "PR-181",
    "create_study",
    request_body(
        lambda document: (
            document.setdefault("filter_set_version", 1) and None
            if document.get("filter_set_id") not in (None, NOBODY)
            else None
        )
    ),
)
plant("set-stays-linked", "a study follows later changes of its set", "PR-182", "get_study", filters_follow)
plant(
    "any-set",
    "an unknown set or version is ignored",
    "PR-183",
    "create_study",
    request_body(
        lambda document: (
            {name: value for name, value in document.items() if name not in {"filter_set_id", "filter_set_version"}}
            if document.get("filter_set_id") == NOBODY or document.get("filter_set_version") == 99
            else None
        )
    ),
)
plant(
    "one-value-of-several",
    "only the first of several values in a filter is used",
    "PR-184",
    "count_eligible_participants",
    filters(
        lambda each: {**each, "selected_values": each["selected_values"][:1]} if "selected_values" in each else each
    ),
)
plant(
    "one-filter-each",
    "only the last of several filters with one filter_id is kept",
    "PR-185",
    "create_study",
    request_body(
        lambda document: (
            document.update(filters=list({each.get("filter_id"): each for each in document["filters"]}.values()))
            if isinstance(document.get("filters"), list)
            else None
        )
    ),
)
plant(
    "allowlist-refused",
    "custom_allowlist is refused",
    "PR-186",
    "create_study",
    refused(400, lambda sent: "custom_allowlist" in str(sent.json)),
)
plant(
    "blocklist-refused",
    "previous_studies_blocklist is refused",
    "PR-187",
    "create_study",
    refused(400, lambda sent: "previous_studies_blocklist" in str(sent.json)),
)
plant(
    "values-not-needed",
    "a select filter without values is ignored",
    "PR-429",
    FILTERED,
    request_body(
        lambda document: (
            document.update(
                filters=[each for each in document["filters"] if not isinstance(each, dict) or len(each) > 1]
            )
            if isinstance(document.get("filters"), list)
            else None
        )
    ),
)
plant(
    "any-value",
    "a value that is not a choice is accepted",
    "PR-430",
    FILTERED,
    filters(lambda each: {**each, "selected_values": ["0"]} if each.get("selected_values") == ["understudy"] else each),
)
plant(
    "any-weight",
    "a weighting may be a text",
    "PR-431",
    "create_study",
    filters(lambda each: {name: value for name, value in each.items() if name != "weightings"}),
)
plant(
    "range-not-needed",
    "a range filter without a range is ignored",
    "PR-432",
    "create_study",
    request_body(
        lambda document: (
            document.update(filters=[each for each in document["filters"] if set(each) != {"filter_id"}])
            if isinstance(document.get("filters"), list)
            else None
        )
    ),
)
plant(
    "no-bound-needed",
    "a range without bounds is accepted",
    "PR-433",
    FILTERED,
    ranges(lambda bounds: bounds if any(value is not None for value in bounds.values()) else {"lower": 18}),
)
plant(
    "null-bound-is-zero",
    "a null bound becomes 0",
    "PR-434",
    "create_study",
    body(every(lambda each: each["selected_range"].update(upper=0) if "selected_range" in each else None)),
)
plant(
    "words-as-bounds",
    "a bound may be a text",
    "PR-435",
    "create_study",
    ranges(lambda bounds: {name: value for name, value in bounds.items() if not isinstance(value, str)}),
)
plant(
    "bounds-turned",
    "bounds in the wrong order are swapped",
    "PR-436",
    FILTERED,
    ranges(
        lambda bounds: (
            {"lower": bounds["upper"], "upper": bounds["lower"]}
            if None not in (bounds.get("lower"), bounds.get("upper"))
            and isinstance(bounds["lower"], int)
            and isinstance(bounds["upper"], int)
            and bounds["lower"] > bounds["upper"]
            else bounds
        )
    ),
)
plant(
    "version-as-text",
    "filter_set_version may be a text",
    "PR-447",
    "create_study update_study",
    loosened(filter_set_version=lambda value: 1 if isinstance(value, str) else value),
)
plant(
    "set-from-version-zero",
    "a new set has version 0",
    "PR-048",
    "create_filter_set",
    body(lambda made: made.update(version=0)),
)
plant(
    "small-count-shown",
    "a count below 25 is shown",
    "PR-054 PR-074",
    "create_filter_set count_eligible_participants",
    small_counts,
)
plant(
    "set-needs-no-name", "a set is accepted without a name", "PR-049", "create_filter_set", filled_in(name="Untitled")
)
plant(
    "unknown-filter",
    "an unknown filter is ignored",
    "PR-052",
    "create_filter_set",
    request_body(
        lambda document: (
            document.update(filters=[each for each in document["filters"] if each.get("filter_id") != "understudy"])
            if "filters" in document
            else None
        )
    ),
)
plant("version-stays", "a change of filters keeps the version", "PR-363", "update_filter_set", version_stays)
plant("name-not-changed", "a change of the name is not stored", "PR-364", "update_filter_set", dropped("name"))
plant(
    "set-moves",
    "a set can move to another workspace",
    "PR-453",
    "update_filter_set",
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "workspace_id": sent.json["workspace_id"]})
            if answer.ok and "workspace_id" in (sent.json or {})
            else answer
        )
    ),
)
plant("earlier-version-is-newest", "version_number is ignored", "PR-503", "get_filter_set", query(version_number=None))
plant(
    "deleted-set-readable",
    "a deleted set can be read",
    "PR-365",
    "delete_filter_set get_filter_set",
    ghosts(deleting="delete_filter_set", single=True),
)
plant(
    "deleted-set-listed",
    "a deleted set is still listed",
    "PR-365",
    "delete_filter_set list_filter_sets",
    ghosts(deleting="delete_filter_set", lists=True),
)
plant(
    "deleted-set-cloned", "a deleted set can be copied", "PR-062", "clone_filter_set", taken({"id": NOBODY}, of=(404,))
)
plant(
    "lock-in-vain",
    "locking does not lock",
    "PR-063 PR-064",
    "lock_filter_set",
    changed_request(lambda sent: sent.like(method="GET", path=sent.path.replace("/lock", ""), body=b"")),
)


async def once_only(sent: Sent, mock: Mock) -> Answer:
    """An action is refused when it is repeated."""
    done = mock.memory.setdefault("done", set())
    if sent.path in done:
        return Answer.of(409, failure(409))
    done.add(sent.path)
    return await mock.ask(sent)


plant(
    "lock-raises-version",
    "locking raises the version",
    "PR-066",
    "lock_filter_set",
    body(lambda made: made.update(version=made["version"] + 1)),
)
plant(
    "lock-stops-edits-only-in-words",
    "a locked set can be changed",
    "PR-064",
    "update_filter_set",
    taken({"id": NOBODY}, code=200, of=(400, 403, 409, 422, 423)),
)
plant(
    "unlock-in-vain",
    "unlocking leaves a set locked",
    "PR-069",
    "unlock_filter_set",
    body(lambda made: made.update(is_locked=True)),
)
plant(
    "copy-named-otherwise",
    "new_name is ignored",
    "PR-057 PR-452",
    "clone_filter_set",
    body(lambda made: made.update(name="Copy of something")),
)
plant(
    "copy-bound-to-original",
    "a change of a copy changes the original",
    "PR-521",
    "clone_filter_set update_filter_set",
    copy_of_the_copy,
)
plant(
    "first-filter-counts",
    "only the first of several filters is used",
    "PR-073",
    "count_eligible_participants",
    counted_each,
)
plant(
    "count-of-25-hidden",
    "a count below 25 is not replaced by 0",
    "PR-075",
    "count_eligible_participants",
    body(lambda value: value.update(count=12) if 0 < value["count"] < 2000 else None),
)
plant(
    "filters-not-needed",
    "counting is possible without filters",
    "PR-077 PR-467",
    "count_eligible_participants",
    filled_in(filters=[]),
)
plant(
    "count-as-text",
    "count is a text",
    "PR-082",
    "count_eligible_participants",
    body(lambda value: value.update(count=str(value["count"]))),
)
plant(
    "workspace-needed",
    "counting needs a workspace",
    "PR-079",
    "count_eligible_participants",
    refused(400, lambda sent: isinstance(sent.json, dict) and "workspace_id" not in sent.json),
)
plant(
    "any-country",
    "the workspace's country is ignored",
    "PR-081",
    "count_eligible_participants",
    dropped("workspace_id"),
)
plant(
    "kinds-not-mixed",
    "kinds of filters cannot be combined",
    "PR-083",
    "count_eligible_participants",
    refused(400, lambda sent: "previous_studies_allowlist" in str(sent.json)),
)
plant(
    "counting-wears-out",
    "each count is lower than the one before",
    "PR-085",
    "count_eligible_participants",
    counts_dwindle,
)
plant(
    "third-kind-of-filter",
    "a filter has the type number",
    "PR-358",
    "list_filters",
    members("type", lambda value: "number" if value == "range" else value),
)
plant(
    "filter-id-with-blanks",
    "filter_id is the title",
    "PR-360",
    "list_filters",
    items(lambda each: each.update(filter_id=each["title"])),
)
plant(
    "links-as-list", "_links of filters is a list", "PR-359", "list_filters", body(lambda page: page.update(_links=[]))
)
plant(
    "sets-of-any-workspace",
    "sets of other workspaces are listed",
    "PR-361",
    "list_filter_sets",
    query(workspace_id=None),
)

# --- submissions ------------------------------------------------------------------------------------------------------


def judged(change: Any) -> Act:
    """A refused decision is reported as made."""

    async def act(sent: Sent, mock: Mock) -> Answer:
        answer = await mock.ask(sent)
        if answer.status != 400 or not change(sent):
            return answer
        shown = await mock.ask(sent.like(method="GET", body=b"", path=sent.path.rstrip("/").rpartition("/")[0]))
        verdict = {"APPROVE": "APPROVED", "REJECT": "REJECTED"}.get((sent.json or {}).get("action"), "APPROVED")
        return shown.with_json({**shown.json, "status": verdict}) if shown.ok else answer

    return act


async def approved_in_vain(sent: Sent, mock: Mock) -> Answer:
    """A bulk approval is reported but not made."""
    return Answer.of(200, "The request to bulk approve has been made successfully.")


async def paid_twice(sent: Sent, mock: Mock) -> Answer:
    """A batch can be paid again, and money moves again."""
    answer = await mock.ask(sent)
    paid = mock.memory.setdefault("paid", {})
    if sent.path.endswith("/pay"):
        if answer.ok:
            paid[sent.path] = 1
        elif sent.path in paid:
            paid[sent.path] += 1
            return Answer.of(200, "The bonuses are being paid.")
    more = sum(count - 1 for count in paid.values())
    if sent.path.endswith("/balance") and answer.ok and more:
        return answer.with_json({**answer.json, "total_balance": answer.json["total_balance"] - 52 * more})
    return answer


async def returned(sent: Sent, mock: Mock) -> Answer:
    """A submission counts as returned as soon as it is asked back."""
    gone = mock.memory.setdefault("returned", set())
    answer = await mock.ask(sent)
    if sent.path.endswith("/request-return") and answer.ok:
        gone.add(sent.path.rstrip("/").split("/")[-2])
        return answer.with_json({**answer.json, "status": "RETURNED"})
    return answer.with_json({**answer.json, "status": "RETURNED"}) if answer.ok and sent.last in gone else answer


async def opposite(sent: Sent, mock: Mock) -> Answer:
    """A judgement can be turned round."""
    done = mock.memory.setdefault("done", {})
    answer = await mock.ask(sent)
    if sent.path.endswith("/transition"):
        name = sent.path.rstrip("/").split("/")[-2]
        if answer.ok:
            done[name] = answer.json
        elif answer.status == 400 and name in done:
            done[name] = {
                **done[name],
                "status": {"APPROVE": "APPROVED", "REJECT": "REJECTED"}.get(
                    (sent.json or {}).get("action"), "APPROVED"
                ),
            }
            return Answer.of(200, done[name])
    return (
        answer.with_json({**answer.json, "status": done[sent.last]["status"]})
        if (answer.ok and sent.last in done)
        else answer
    )


plant(
    "approve-in-vain",
    "APPROVE changes nothing",
    "PR-302",
    "transition_submission",
    status_shown(("APPROVE",), "AWAITING REVIEW"),
)
plant("reject-in-vain", "REJECT approves", "PR-303", "transition_submission", status_shown(("REJECT",), "APPROVED"))
plant("turned-round", "a decision can be reversed", "PR-306", "transition_submission get_submission", opposite)
plant("approve-once-only", "approving twice is refused", "PR-305", "transition_submission", once_only)
plant(
    "reject-without-message",
    "REJECT is accepted without a message",
    "PR-307",
    "transition_submission",
    filled_in(message="x" * 120),
)
plant(
    "short-message",
    "a message of 99 characters is enough",
    "PR-308",
    "transition_submission",
    loosened(message=lambda text: f"{text}." if isinstance(text, str) and len(text) == 99 else text),
)
plant(
    "long-message-needed",
    "a message needs more than 100 characters",
    "PR-308",
    "transition_submission",
    refused(400, lambda sent: len(str((sent.json or {}).get("message"))) == 100),
)
plant(
    "category-not-needed",
    "REJECT is accepted without a category",
    "PR-309",
    "transition_submission",
    filled_in(rejection_category="OTHER"),
)
plant(
    "any-category",
    "any category is accepted",
    "PR-310",
    "transition_submission",
    loosened(rejection_category=lambda name: "OTHER" if name == "BORING" else name),
)
plant(
    "any-judgement",
    "an unknown action approves",
    "PR-311 PR-471",
    "transition_submission",
    judged(lambda sent: (sent.json or {}).get("action") not in {"APPROVE", "REJECT"}),
)
plant(
    "approve-needs-message",
    "APPROVE needs a message",
    "PR-312 PR-302",
    "transition_submission",
    refused(400, lambda sent: acting("APPROVE")(sent) and "message" not in sent.json),
)
plant(
    "approved-early",
    "an active submission can be approved",
    "PR-314",
    "transition_submission",
    judged(acting("APPROVE")),
)
plant(
    "waiting-with-underscore",
    "a submission is WAITING",
    "PR-412",
    "get_submission",
    members("status", lambda value: "WAITING" if value == "AWAITING REVIEW" else value),
)
plant("approval-pays-nobody", "an approval pays no money", "PR-291", "get_workspace_balance", everything_kept)
plant(
    "bulk-in-vain", "a bulk approval is not made", "PR-283 PR-284 PR-285", "bulk_approve_submissions", approved_in_vain
)
plant(
    "bulk-as-object",
    "the reply to a bulk approval is an object",
    "PR-287 PR-472",
    "bulk_approve_submissions",
    body(lambda text: {"message": text}),
)


async def bodies_once(sent: Sent, mock: Mock) -> Answer:
    """The same body is refused when it comes again."""
    done = mock.memory.setdefault("done", set())
    if sent.body in done:
        return Answer.of(400, failure(400))
    done.add(sent.body)
    return await mock.ask(sent)


plant(
    "bulk-once-only",
    "an approved submission refuses a bulk approval",
    "PR-290",
    "bulk_approve_submissions",
    bodies_once,
)
plant(
    "bulk-by-participant-refused",
    "a bulk approval accepts only submissions",
    "PR-284",
    "bulk_approve_submissions",
    refused(400, saying("participant_ids")),
)
plant(
    "bulk-both-forms",
    "the two forms of a bulk approval may be mixed",
    "PR-286",
    "bulk_approve_submissions",
    taken("Done.", saying("submission_ids", "study_id"), 200),
)
plant(
    "asked-back-is-returned",
    "a submission whose return is requested counts as returned",
    "PR-297",
    "request_submission_return get_submission",
    returned,
)
plant(
    "reasons-not-needed",
    "a return request is accepted without reasons",
    "PR-293 PR-295",
    "request_submission_return",
    taken({"id": NOBODY}, code=200),
)
plant(
    "message-for-each-reason",
    "each reason is sent as a separate message",
    "PR-298",
    "list_messages",
    body(
        lambda page: page.update(
            results=[each for each in page["results"] for _ in range(1 + ("does not fit" in each["body"]))]
        )
    ),
)
plant(
    "unknown-asked-back",
    "a return request for an unknown submission is 200",
    "PR-300",
    "request_submission_return",
    taken({"id": NOBODY}, code=200, of=(404,)),
)
plant(
    "bonuses-in-pounds",
    "bonus_payments are texts",
    "PR-411",
    "get_submission",
    body(lambda made: made.update(bonus_payments=["0.37"])),
)
plant(
    "submission-without-study",
    "a submission has no study_id",
    "PR-410 PR-474",
    "get_submission transition_submission",
    without("study_id"),
)

# --- bonuses ----------------------------------------------------------------------------------------------------------

plant(
    "bonus-in-pounds",
    "the reply has amounts in pounds",
    "PR-032",
    "create_bonus_payments",
    body(lambda made: made.update(amount=made["amount"] / 100)),
)
plant(
    "bonus-without-sum",
    "total_amount leaves the fees out",
    "PR-042",
    "create_bonus_payments",
    body(lambda made: made.update(total_amount=made["amount"])),
)
plant(
    "bonus-by-submission-refused",
    "a submission id is refused",
    "PR-030",
    "create_bonus_payments",
    replied(
        lambda sent, answer: (
            Answer.of(400, failure(400)) if answer.ok and "\n" not in str(sent.json.get("csv_bonuses")) else answer
        )
    ),
)
plant(
    "last-newline-needed",
    "a final newline is required",
    "PR-031",
    "create_bonus_payments",
    refused(400, lambda sent: not str((sent.json or {}).get("csv_bonuses", "\n")).endswith("\n")),
)
plant(
    "bonus-for-strangers",
    "a bonus for a person who did not take part is accepted",
    "PR-034 PR-036",
    "create_bonus_payments",
    taken({"id": "a" * 24, "total_amount": 1}, lambda sent: NOBODY in str(sent.json)),
)
plant(
    "strangers-not-named",
    "the error does not name the unknown ids",
    "PR-035",
    "create_bonus_payments",
    failures(lambda error: error.update(detail="Some ids are wrong.")),
)
plant(
    "bonus-needs-nothing",
    "a batch is accepted without csv_bonuses",
    "PR-037",
    "create_bonus_payments",
    taken({"id": "a" * 24, "total_amount": 0}, lambda sent: not saying("study_id", "csv_bonuses")(sent)),
)


async def taken_at_once(sent: Sent, mock: Mock) -> Answer:
    """Money is gone as soon as a batch is set up."""
    answer = await mock.ask(sent)
    if sent.path.endswith("bonus-payments") and answer.ok:
        mock.memory["sum"] = mock.memory.get("sum", 0) + int(answer.json["total_amount"])
    gone = mock.memory.get("sum", 0)
    if sent.path.endswith("/balance") and answer.ok and gone:
        return answer.with_json({**answer.json, "available_balance": answer.json["available_balance"] - gone})
    return answer


async def rich(sent: Sent, mock: Mock) -> Answer:
    """A batch that costs more than the balance is reported as paid, and shown."""
    answer = await mock.ask(sent)
    if sent.path.endswith("/pay") and answer.status == 400:
        mock.memory["dear"] = True
        return Answer.of(200, "The bonuses are being paid.")
    return answer


plant(
    "set-up-pays",
    "setting up a batch takes the money",
    "PR-033",
    "create_bonus_payments get_workspace_balance",
    taken_at_once,
)
plant(
    "bonus-without-id",
    "a batch has no id",
    "PR-039 PR-040",
    "create_bonus_payments",
    body(lambda made: made.pop("id") and None),
)
plant(
    "pay-in-vain",
    "a paid batch does not appear in the submission",
    "PR-025 PR-019",
    "get_submission",
    body(lambda made: made.update(bonus_payments=[])),
)
plant(
    "pay-costs-nothing",
    "paying a batch does not change the balance",
    "PR-021",
    "get_workspace_balance",
    everything_kept,
)
plant(
    "pay-as-object",
    "the reply to paying is an object",
    "PR-022 PR-448",
    "pay_bonus_payments",
    body(lambda text: {"message": text}),
)
plant(
    "pay-unknown", "paying an unknown batch is 200", "PR-023", "pay_bonus_payments", taken("Done.", code=200, of=(404,))
)
plant("paid-twice", "a batch can be paid twice", "PR-024", "pay_bonus_payments get_workspace_balance", paid_twice)
plant("paid-without-money", "a batch is paid without the money for it", "PR-026", "pay_bonus_payments", rich)

# --- collections ------------------------------------------------------------------------------------------------------


async def in_two_collections(sent: Sent, mock: Mock) -> Answer:
    """A study that moves stays in its old collection as well."""
    had = mock.memory.setdefault("had", {})
    answer = await mock.ask(sent)
    if not answer.ok or "study_ids" not in (answer.json or {}):
        return answer
    before = had.setdefault(answer.json["id"], answer.json["study_ids"])
    return (
        answer.with_json({**answer.json, "study_ids": before or answer.json["study_ids"]})
        if (sent.method == "GET")
        else answer
    )


async def added_to(sent: Sent, mock: Mock) -> Answer:
    """study_ids is added to what is there."""
    before = await mock.ask(sent.like(method="GET", body=b""))
    answer = await mock.ask(sent)
    if not answer.ok or not before.ok:
        return answer
    return answer.with_json(
        {**answer.json, "study_ids": list(dict.fromkeys([*before.json["study_ids"], *answer.json["study_ids"]]))}
    )


plant(
    "collection-without-studies",
    "a new collection loses its studies",
    "PR-260",
    "create_collection",
    body(lambda made: made.update(study_ids=[])),
)
plant(
    "collection-of-any-project",
    "studies of other projects are accepted",
    "PR-261",
    "create_collection",
    taken({"id": NOBODY}, lambda sent: NOBODY not in str(sent.json) and bool(sent.json.get("study_ids"))),
)
plant(
    "collection-of-published",
    "published studies are accepted",
    "PR-262",
    "create_collection",
    taken({"id": NOBODY}, lambda sent: bool(sent.json.get("study_ids"))),
)
plant(
    "study-in-two-collections",
    "a study that moves stays where it was",
    "PR-263 PR-264",
    "create_collection get_collection",
    in_two_collections,
)
plant("collection-adds", "study_ids is added to the existing studies", "PR-267", "update_collection", added_to)
plant(
    "unknown-study-left-out",
    "an unknown study is ignored",
    "PR-270 PR-272",
    "create_collection",
    request_body(
        lambda document: (
            document.update(study_ids=[each for each in document["study_ids"] if each != NOBODY])
            if "study_ids" in document
            else None
        )
    ),
)
plant(
    "collection-without-name",
    "a collection is accepted without a name",
    "PR-269",
    "create_collection",
    filled_in(name="x"),
)
plant(
    "any-publish-at",
    "an invalid publish_at is ignored",
    "PR-271",
    "create_collection",
    loosened(publish_at=lambda text: None if text in {"soon", "2050-02-28T13:45:00 Nowhere/City"} else text),
)


async def unpublished(sent: Sent, mock: Mock) -> Answer:
    """Publishing a collection is reported but not done."""
    if not acting("PUBLISH", "SCHEDULE_PUBLISH")(sent):
        return await mock.ask(sent)
    return await mock.ask(sent.like(method="GET", body=b"", path=sent.path.rstrip("/").rpartition("/")[0]))


plant(
    "collection-publish-in-vain",
    "publishing a collection does not publish its studies",
    "PR-543",
    "transition_collection",
    unpublished,
)
plant(
    "own-time-ignored",
    "SCHEDULE_PUBLISH keeps the stored time",
    "PR-275",
    "transition_collection",
    dropped("publish_at"),
)
plant(
    "no-time-needed",
    "SCHEDULE_PUBLISH is accepted without a time",
    "PR-276",
    "transition_collection",
    taken({"id": NOBODY}, lambda sent: acting("SCHEDULE_PUBLISH")(sent) and "publish_at" not in sent.json, 200),
)
plant(
    "cancel-in-vain",
    "CANCEL_PUBLISH leaves studies scheduled",
    "PR-543",
    "get_study",
    members("status", lambda value: "SCHEDULED" if value == "UNPUBLISHED" else value),
)
plant(
    "cancel-nothing",
    "CANCEL_PUBLISH without a schedule is 200",
    "PR-280",
    "transition_collection",
    taken({"id": NOBODY}, acting("CANCEL_PUBLISH"), 200),
)
plant(
    "any-collection-action",
    "an unknown action is accepted",
    "PR-279",
    "transition_collection",
    taken({"id": NOBODY}, acting("EXPLODE"), 200),
)
plant(
    "collection-not-changed",
    "a change of a collection is not stored",
    "PR-414",
    "update_collection",
    dropped("name", "description", "publish_at"),
)


async def studies_go_too(sent: Sent, mock: Mock) -> Answer:
    """Studies cannot be read any more once some collection was deleted."""
    answer = await mock.ask(sent)
    if sent.method == "DELETE" and answer.ok:
        mock.memory["gone"] = True
    return Answer.of(404, failure(404)) if sent.method == "GET" and mock.memory.get("gone") else answer


plant(
    "collection-takes-studies",
    "deleting a collection deletes its studies",
    "PR-493",
    "delete_collection get_study",
    studies_go_too,
)
plant(
    "collection-of-text",
    "study_ids of a collection is a text",
    "PR-492",
    "get_collection",
    body(lambda made: made.update(study_ids=",".join(made["study_ids"]))),
)

# --- groups and messages ----------------------------------------------------------------------------------------------


async def replaced_members(sent: Sent, mock: Mock) -> Answer:
    """Adding replaces who is there."""
    answer = await mock.ask(sent)
    if not answer.ok:
        return answer
    group = sent.path.rstrip("/").rpartition("/")[0]
    await mock.ask(sent.like(method="PATCH", path=group))
    return await mock.ask(sent.like(method="GET", body=b""))


async def renewed(sent: Sent, mock: Mock) -> Answer:
    """Memberships begin anew whenever somebody is added."""
    answer = await mock.ask(sent)
    if sent.method == "POST" and answer.ok:
        mock.memory["added"] = mock.memory.get("added", 0) + 1
    rows = listed(mock, sent, answer) if answer.ok and mock.memory.get("added") else None
    if rows is None:
        return answer
    since = f"2040-01-01T00:00:{mock.memory['added']:02}.000Z"
    return put(mock, sent, answer, [{**each, "datetime_created": since} for each in rows])


def raw_message(sent: Sent, answer: Answer) -> Answer:
    """Messages are shown as if nothing had been taken out."""
    return (
        Answer(
            answer.status,
            answer.headers,
            answer.body.replace(b"Thank you", b"<script>x</script>Thank you").replace(
                b"All of you", b"<script>x</script>All of you"
            ),
        )
        if answer.ok
        else answer
    )


plant("group-empty", "participant_ids is ignored", "PR-149", "create_participant_group", dropped("participant_ids"))
plant(
    "group-counts-doubles",
    "repeated ids count twice",
    "PR-151",
    "create_participant_group",
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "participant_count": len(sent.json.get("participant_ids") or [])})
            if answer.ok
            else answer
        )
    ),
)
plant(
    "group-without-name",
    "a group is accepted without a name",
    "PR-146",
    "create_participant_group",
    filled_in(name="x"),
)
plant(
    "group-of-nobody",
    "a group is accepted without an owner",
    "PR-147",
    "create_participant_group",
    taken({"id": NOBODY}, lambda sent: "workspace_id" not in sent.json),
)
plant(
    "group-deleted-by-client",
    "read-only members of a group are accepted",
    "PR-153 PR-015",
    "create_participant_group",
    body(lambda made: made.update(is_deleted=True)),
)
plant(
    "group-never-empty",
    "a new group has a member",
    "PR-150",
    "create_participant_group",
    body(lambda made: made.update(participant_count=made["participant_count"] or 1)),
)
plant(
    "rename-empties",
    "renaming a group empties it",
    "PR-381",
    "update_participant_group",
    body(lambda made: made.update(participant_count=0)),
)
plant(
    "members-kept-by-patch",
    "PATCH does not change the members",
    "PR-380",
    "update_participant_group",
    dropped("participant_ids"),
)
plant(
    "deleted-group-readable",
    "a deleted group can be read",
    "PR-382",
    "delete_participant_group get_participant_group",
    ghosts(deleting="delete_participant_group", single=True),
)
plant(
    "deleted-group-fills",
    "members can be added to a deleted group",
    "PR-163",
    "add_group_participants",
    taken({"results": []}, code=200, of=(404,)),
)
plant(
    "adding-replaces",
    "adding members replaces the existing ones",
    "PR-157 PR-158 PR-160",
    "add_group_participants",
    replaced_members,
)
plant(
    "members-refused",
    "adding a member again is refused",
    "PR-158",
    "add_group_participants",
    refused(400, lambda sent: len((sent.json or {}).get("participant_ids") or "") == 2),
)
plant(
    "membership-renewed",
    "adding a member again renews the membership",
    "PR-159",
    "add_group_participants list_group_participants",
    renewed,
)
plant(
    "nobody-added",
    "participant_ids is not needed",
    "PR-525",
    "add_group_participants",
    taken({"results": []}, code=200),
)
plant(
    "removal-in-vain",
    "removing members does not remove them",
    "PR-384",
    "remove_group_participants",
    instead(200, {"results": []}),
)
plant(
    "strangers-block-removal",
    "a removal is refused for a participant who is not a member",
    "PR-384",
    "remove_group_participants",
    refused(400, lambda sent: NOBODY in str(sent.json)),
)
plant(
    "groups-of-any-workspace",
    "groups of other workspaces are listed",
    "PR-378",
    "list_participant_groups",
    query(workspace_id=None),
)
plant("message-lost", "a message is not stored", "PR-134", "send_message", instead(200, None))
plant("message-raw", "scripts stay in messages", "PR-133 PR-141", "list_messages", replied(raw_message))
plant(
    "message-to-nobody",
    "a message to an unknown recipient is accepted",
    "PR-136",
    "send_message",
    taken(None, lambda sent: NOBODY in str(sent.json), 204, (400, 404)),
)
plant("message-without-words", "an empty message is accepted", "PR-132", "send_message", filled_in(body="x"))
plant(
    "bulk-message-to-one",
    "ids may be a text",
    "PR-140",
    "send_bulk_message",
    loosened(ids=lambda ids: [ids] if isinstance(ids, str) else ids),
)
plant(
    "message-of-another-type",
    "the type of a message is note",
    "PR-376",
    "list_messages",
    members("type", lambda _: "note"),
)
plant(
    "category-of-its-own",
    "a category is spam",
    "PR-377",
    "list_messages",
    items(lambda each: (each.get("data") or {}).update(category="spam")),
)

# --- surveys ----------------------------------------------------------------------------------------------------------


async def responses_stay(sent: Sent, mock: Mock) -> Answer:
    """Responses of a deleted survey can still be read."""
    kept = mock.memory.setdefault("kept", {})
    answer = await mock.ask(sent)
    if sent.method == "POST" and answer.ok:
        kept[f"{sent.path.rstrip('/')}/{answer.json['_id']}"] = answer.json
    if sent.method == "GET" and answer.status == 404 and sent.path.rstrip("/") in kept:
        return Answer.of(200, kept[sent.path.rstrip("/")])
    return answer


def questions(change: Any) -> Act:
    """Each question of the body is changed before it is looked at."""

    def changed(document: Json) -> None:
        for holder in (document, *(document.get("sections") or [])):
            if isinstance(holder, dict) and isinstance(holder.get("questions"), list):
                holder["questions"] = [change(dict(each)) for each in holder["questions"]]

    return request_body(changed)


def with_answers(question: Json, change: Any) -> Json:
    """A question with its answers changed."""
    if isinstance(question.get("answers"), list):
        question["answers"] = change(question["answers"])
    return question


plant(
    "survey-without-title",
    "a survey is accepted without a title",
    "PR-321 PR-475",
    "create_survey",
    filled_in(title="x"),
)
plant(
    "time-does-not-pass",
    "nobody times out",
    "PR-219",
    "get_submission",
    rewritten('"TIMED-OUT"', '"ACTIVE"'),
)
plant(
    "six-questions",
    "a section may have six questions",
    "PR-323",
    "create_survey",
    request_body(
        lambda document: (
            [
                each.update(questions=each["questions"][:5])
                for each in document.get("sections") or []
                if "questions" in each
            ]
            and None
        )
    ),
)
plant(
    "four-questions",
    "a section may have at most four questions",
    "PR-323 PR-480",
    "create_survey",
    refused(
        400, lambda sent: any(len(each.get("questions", "")) == 5 for each in (sent.json or {}).get("sections") or [])
    ),
)
plant(
    "eleven-answers",
    "a question may have eleven answers",
    "PR-324",
    "create_survey",
    questions(lambda each: with_answers(each, lambda found: found[:10])),
)
plant(
    "long-question",
    "a question may be longer than 200 characters",
    "PR-325",
    "create_survey",
    questions(lambda each: {**each, "title": each["title"][:200]} if "title" in each else each),
)
plant(
    "long-answer",
    "an answer may be longer than 140 characters",
    "PR-326",
    "create_survey",
    questions(
        lambda each: with_answers(
            each, lambda found: [{**one, "value": one["value"][:140]} if "value" in one else one for one in found]
        )
    ),
)
plant(
    "limits-in-bytes",
    "limits count bytes",
    "PR-480",
    "create_survey",
    refused(
        400,
        lambda sent: any(
            len(text.encode()) > 200
            for text in re.findall(r'"title": ?"([^"]*)"', json.dumps(sent.json, ensure_ascii=False))
        ),
    ),
)
plant(
    "question-without-type",
    "a question is accepted without a type",
    "PR-327",
    "create_survey",
    questions(lambda each: {"type": "single", **each}),
)
plant(
    "third-type",
    "a question may be a scale",
    "PR-328",
    "create_survey",
    questions(lambda each: {**each, "type": "single"} if each.get("type") == "scale" else each),
)
plant(
    "survey-in-reverse",
    "questions are returned in the opposite order",
    "PR-333",
    "create_survey",
    body(lambda made: made.update(questions=(made.get("questions") or [])[::-1])),
)
plant(
    "own-questions-limited",
    "a survey without sections may have at most five questions",
    "PR-479",
    "create_survey",
    refused(400, lambda sent: len((sent.json or {}).get("questions") or "") > 5),
)
plant(
    "response-without-person",
    "a response is accepted without a participant",
    "PR-335 PR-476",
    "create_survey_response",
    filled_in(participant_id=NOBODY, submission_id=NOBODY),
)
plant(
    "section-id-not-needed",
    "a section of a response is accepted without an id",
    "PR-337",
    "create_survey_response",
    taken({"_id": NOBODY}, lambda sent: "sections" in sent.json),
)
plant(
    "question-title-not-needed",
    "an answered question is accepted without a title",
    "PR-338",
    "create_survey_response",
    taken({"_id": NOBODY}, lambda sent: "questions" in sent.json),
)
plant(
    "answer-value-not-needed",
    "an answer is accepted without a value",
    "PR-339",
    "create_survey_response",
    taken({"_id": NOBODY}, lambda sent: "'value'" not in str(sent.json)),
)
plant(
    "any-question-id",
    "ids that are not UUIDs are accepted",
    "PR-340",
    "create_survey_response",
    taken({"_id": NOBODY}, lambda sent: "no-uuid" in str(sent.json)),
)
plant(
    "several-answers",
    "a single question may have several answers",
    "PR-342",
    "create_survey_response",
    questions(lambda each: with_answers(each, lambda found: found[:1])),
)
plant(
    "unknown-survey-answered",
    "an unknown survey can be answered",
    "PR-344",
    "create_survey_response",
    taken({"_id": NOBODY}, of=(404,)),
)
plant(
    "summary-counts-half",
    "a summary counts each participant once",
    "PR-510",
    "get_survey_summary",
    body(
        every(
            lambda each: each.update(total_answers=min(1, each["total_answers"])) if "total_answers" in each else None
        )
    ),
)
plant(
    "response-stays",
    "a deleted response can still be read",
    "PR-421",
    "delete_survey_response get_survey_response",
    ghosts(deleting="delete_survey_response", single=True),
)
plant("deletion-says-nothing", "deletions are answered with 204", "PR-478", "delete_survey*", status(204))
plant(
    "survey-stays",
    "a deleted survey can still be read",
    "PR-417",
    "delete_survey get_survey",
    ghosts(deleting="delete_survey", single=True),
)
plant(
    "responses-survive",
    "responses are kept when their survey is deleted",
    "PR-509",
    "create_survey_response get_survey_response",
    responses_stay,
)
plant(
    "surveys-of-all",
    "surveys of other researchers are listed",
    "PR-500",
    "list_surveys",
    members("researcher_id", lambda _: NOBODY),
)
plant("requirement-without-class", "requirements have no _cls", "PR-426", "list_requirements", without("_cls"))
plant("user-without-email", "the caller has no email", "PR-424", "get_current_user", without("email"))
plant("export-as-json", "the export is JSON", "PR-402", "export_study", headers(content_type="application/json"))
plant(
    "export-mail-in-other-words",
    "the export by email has another status text",
    "PR-403",
    "export_study",
    body(lambda made: made.update(status="sent") if isinstance(made, dict) else None),
)

# --- hooks ------------------------------------------------------------------------------------------------------------


async def relayed(sent: Sent, mock: Mock) -> Answer:
    """Webhooks go through here on their way: addresses are replaced on the way in and put back on the way out."""
    document = sent.json if sent.method in {"POST", "PATCH", "PUT"} else None
    if isinstance(document, dict) and str(document.get("target_url", "")).startswith("http://127.0.0.1"):
        here = mock.relay(document["target_url"])
        mock.memory.setdefault("relays", {})[here] = document["target_url"]
        answer = await mock.ask(sent.with_json({**document, "target_url": here}))
    else:
        answer = await mock.ask(sent)
    for here, there in mock.memory.get("relays", {}).items():
        answer.body = answer.body.replace(here.encode(), there.encode())
    return answer


HOOKS = "*_subscription*"
Delivered = Iterable[tuple[dict[str, str], bytes]]


def unsigned(headers: dict[str, str], sent: bytes) -> Delivered:
    """The header with the signature is left out."""
    yield {name: value for name, value in headers.items() if "signature" not in name}, sent


def signed_otherwise(headers: dict[str, str], sent: bytes) -> Delivered:
    """The signature is over something else than what is sent."""
    yield headers, sent + b" "


def silent(headers: dict[str, str], sent: bytes) -> Delivered:
    """Nothing is sent."""
    return ()


def empty(headers: dict[str, str], sent: bytes) -> Delivered:
    """The payload is empty, though signed as it was."""
    yield headers, b"{}"


def of_another_status(headers: dict[str, str], sent: bytes) -> Delivered:
    """The payload has another status."""
    document = json.loads(sent)
    yield headers, json.dumps({**document, "status": "UNPUBLISHED"}).encode()


async def switched_on(sent: Sent, mock: Mock) -> Answer:
    """is_enabled does nothing: every subscription is on."""
    document = sent.json if isinstance(sent.json, dict) else {}
    return await mock.ask(sent.with_json({**document, "is_enabled": True}) if "is_enabled" in document else sent)


async def moved_here(sent: Sent, mock: Mock) -> Answer:
    """Every subscription is put into the workspace of the first one."""
    document = sent.json if isinstance(sent.json, dict) else {}
    if "workspace_id" not in document:
        return await mock.ask(sent)
    home = mock.memory.setdefault("home", document["workspace_id"])
    return await mock.ask(sent.with_json({**document, "workspace_id": home}))


async def moved_in_words(sent: Sent, mock: Mock) -> Answer:
    """A new address is shown, but the old one is called."""
    document = sent.json if isinstance(sent.json, dict) else {}
    shown = await mock.get(sent, sent.path)
    if "target_url" not in document or "target_url" not in shown:
        return await mock.ask(sent)
    answer = await mock.ask(sent.with_json({**document, "target_url": shown["target_url"]}))
    return answer.with_json({**answer.json, "target_url": document["target_url"]}) if answer.ok else answer


async def never_gone(sent: Sent, mock: Mock) -> Answer:
    """A subscription is deleted in words."""
    return Answer(204, {})


async def two_secrets(sent: Sent, mock: Mock) -> Answer:
    """An old secret stays beside the new one."""
    kept = mock.memory.setdefault("kept", [])
    answer = await mock.ask(sent)
    if sent.method == "POST" and answer.ok:
        kept.append(answer.json)
    rows = listed(mock, sent, answer) if answer.ok and sent.method == "GET" else None
    return answer if rows is None else put(mock, sent, answer, rows + [each for each in kept if each not in rows])


async def old_signature(sent: Sent, mock: Mock) -> Answer:
    """A new secret is shown, but the old one is still used for signing."""
    kept = mock.memory.setdefault("kept", {})
    where = (sent.json or {}).get("workspace_id") if isinstance(sent.json, dict) else None
    if where in kept:
        return kept[where].with_json({**kept[where].json, "value": "n" * 40})
    answer = await mock.ask(sent)
    if answer.ok:
        kept[where] = answer
    return answer


plant("webhook-unsigned", "a delivery has no signature", "PR-106 PR-507", HOOKS, relayed, unsigned)
plant("webhook-signed-otherwise", "the signature is over another body", "PR-507", HOOKS, relayed, signed_otherwise)
plant("webhook-silent", "nothing is delivered", "PR-095 PR-094", HOOKS, relayed, silent)
plant("webhook-empty", "a delivery has an empty payload", "PR-544", HOOKS, relayed, empty)
plant("webhook-of-another-status", "a delivery has another status", "PR-544", HOOKS, relayed, of_another_status)
plant("webhook-for-everybody", "events of other workspaces are delivered", "PR-102", "create_subscription", moved_here)
plant("webhook-always-on", "is_enabled=false is ignored", "PR-109", HOOKS, switched_on)
plant(
    "webhook-after-deletion",
    "a deleted subscription still gets deliveries",
    "PR-372",
    "delete_subscription",
    never_gone,
)
plant(
    "webhook-not-recorded", "deliveries are not recorded", "PR-103", "list_subscription_events", items(lambda _: GONE)
)
plant(
    "webhook-always-succeeds",
    "a failed delivery is SUCCEEDED",
    "PR-104",
    "list_subscription_events",
    rewritten('"FAILED"', '"SUCCEEDED"'),
)
plant(
    "webhook-never-succeeds",
    "a delivery that succeeded is FAILED",
    "PR-105",
    "list_subscription_events",
    rewritten('"SUCCEEDED"', '"FAILED"'),
)
plant(
    "webhook-moves-in-words",
    "a new target_url is shown but not used",
    "PR-110",
    "confirm_subscription",
    moved_in_words,
)
plant(
    "webhook-events-unfiltered",
    "status and resource_id are ignored",
    "PR-506",
    "list_subscription_events",
    query(status=None, resource_id=None),
)
plant(
    "webhook-judgement-lost",
    "events of submissions are not recorded",
    "PR-315",
    "list_subscription_events",
    items(lambda each: GONE if each["event_type"].startswith("submission") else None),
)
plant("webhook-old-secret", "the old secret is still used for signing", "PR-088", "create_secret", old_signature)
plant("secrets-pile-up", "a new secret is listed beside the old one", "PR-087", "*_secret*", two_secrets)
plant(
    "secret-of-no-workspace",
    "a secret is accepted without a workspace",
    "PR-090",
    "create_secret",
    taken({"id": NOBODY, "value": "x"}, lambda sent: sent.json == {}),
)
plant(
    "secret-of-any-workspace",
    "a secret can be created for any workspace",
    "PR-093",
    "create_secret",
    taken({"id": NOBODY, "value": "x"}, lambda sent: bool(sent.json), 201, (400, 403, 404)),
)
plant(
    "secret-not-needed",
    "a subscription is accepted without a secret",
    "PR-096",
    "create_subscription",
    taken(
        {"id": NOBODY},
        lambda sent: (
            len(sent.json or {}) >= 4
            and sent.json["event_type"] == "study.status.change"
            and sent.json["target_url"] == "https://hooks.example.com/here"
        ),
    ),
)
plant(
    "any-event",
    "an unknown event type is accepted",
    "PR-100",
    "create_subscription",
    loosened(event_type=lambda name: "study.status.change" if name == "study.unknown" else name),
)
plant(
    "any-target",
    "a target without a scheme is accepted",
    "PR-101",
    "create_subscription",
    loosened(target_url=lambda url: url if url.startswith("http") else "https://hooks.example.com/"),
)
plant(
    "target-not-needed",
    "a subscription is accepted without a target",
    "PR-097 PR-111",
    "create_subscription confirm_subscription",
    request_body(
        lambda document: (
            document.setdefault("target_url", "https://hooks.example.com/") and None
            if "secret" not in document
            else None
        )
    ),
)
plant(
    "enabled-as-text",
    "is_enabled is a text",
    "PR-099",
    "create_subscription",
    body(lambda made: made.update(is_enabled=str(made["is_enabled"]))),
)
plant(
    "no-hook-secret",
    "a new subscription has no X-Hook-Secret",
    "PR-504",
    "create_subscription",
    headers(x_hook_secret=None),
)
plant(
    "any-hook-secret",
    "any secret confirms",
    "PR-505",
    "confirm_subscription",
    taken({"id": NOBODY}, saying("secret"), 200),
)
plant(
    "unknown-confirmed",
    "an unknown subscription is confirmed",
    "PR-112",
    "confirm_subscription",
    taken({"id": NOBODY}, code=200, of=(404,)),
)
plant(
    "subscription-not-changed",
    "a change of a subscription is not stored",
    "PR-530",
    "update_subscription",
    changed_request(lambda sent: sent.like(method="GET", body=b"")),
)
plant(
    "subscription-stays",
    "a deleted subscription can be read",
    "PR-372",
    "delete_subscription get_subscription",
    ghosts(deleting="delete_subscription", single=True),
)
plant(
    "subscriptions-without-target",
    "subscriptions are listed without target_url",
    "PR-369",
    "list_subscriptions",
    without("target_url"),
)
plant(
    "event-status-of-its-own",
    "an event is DELIVERED",
    "PR-374",
    "list_subscription_events",
    members("status", lambda _: "DELIVERED"),
)


# --- what holds for objects of every kind -----------------------------------------------------------------------------

CREATIONS = "create_study create_filter_set create_participant_group create_workspace create_project"
#: What makes a refused creation fit.
FITTING = {"reward": 100, "filters": [], "participant_ids": [], "currency_code": "GBP"}


async def stored_all_the_same(sent: Sent, mock: Mock) -> Answer:
    """A creation that is refused makes an object."""
    answer = await mock.ask(sent)
    document = sent.json
    if answer.status == 400 and isinstance(document, dict) and {"name", "title"} & set(document):
        await mock.ask(sent.with_json({**document, **{name: FITTING[name] for name in FITTING if name in document}}))
    return answer


async def made_twice(sent: Sent, mock: Mock) -> Answer:
    """A creation makes two objects."""
    first = await mock.ask(sent)
    return await mock.ask(sent) if first.ok else first


async def codes_differ(sent: Sent, mock: Mock) -> Answer:
    """The long form of a submission has another code."""
    answer = await mock.ask(sent)
    shown = answer.json
    return answer.with_json({**shown, "entered_code": "ANOTHER"}) if answer.ok and shown.get("entered_code") else answer


async def owned_by_both(sent: Sent, mock: Mock) -> Answer:
    """A group that is sent with two owners has both."""
    document = sent.json if isinstance(sent.json, dict) else {}
    if not {"workspace_id", "organisation_id"} <= set(document):
        return await mock.ask(sent)
    kept = {name: value for name, value in document.items() if name != "organisation_id"}
    made = await mock.ask(sent.with_json(kept))
    return made.with_json({**made.json, "organisation_id": document["organisation_id"]}) if made.ok else made


def shown_count(_: Sent, answer: Answer) -> Answer:
    """Nobody knows why, but a hidden count is 30."""
    shown = answer.json
    hidden = answer.ok and isinstance(shown, dict) and shown.get("eligible_participant_count") == 0
    return answer.with_json({**shown, "eligible_participant_count": 30}) if hidden else answer


def apart(_: Sent, answer: Answer) -> Answer:
    """A study after PUBLISH is planned."""
    shown = answer.json
    live = answer.ok and isinstance(shown, dict) and shown.get("status") == "ACTIVE"
    return answer.with_json({**shown, "status": "SCHEDULED"}) if live else answer


def together(page: Json) -> None:
    """All members joined when the first one did."""
    first = page["results"][0]["datetime_created"] if page["results"] else ""
    for each in page["results"]:
        each["datetime_created"] = first


def unanswered(page: Json) -> None:
    """A summary has only the answers that somebody chose."""
    for each in page["questions"]:
        each["answers"] = [one for one in each["answers"] if one["count"]]


def slashless(sent: Sent) -> bool:
    """The address of a transition ends with a slash."""
    return sent.path.endswith("/transition/")


plant(
    "interactive-as-text",
    "an error is interactive in words",
    "PR-008",
    "*",
    failures(lambda error: error.update(interactive="no")),
)
plant("stored-all-the-same", "a creation that is refused makes an object", "PR-523", CREATIONS, stored_all_the_same)
plant("made-twice", "a creation makes two objects", "PR-562", CREATIONS, made_twice)
plant(
    "newest-not-listed",
    "new studies are not listed in their project",
    "PR-554",
    "list_project_studies",
    body(lambda page: page["results"].clear()),
)
plant(
    "empty-bodies-accepted",
    "an empty body is accepted",
    "PR-532",
    "create_participant_group create_survey",
    taken({"id": NOBODY}, lambda sent: not sent.body),
)
plant(
    "text-as-reward",
    "a reward of any text is taken",
    "PR-526",
    "create_study",
    loosened(reward=lambda value: value if isinstance(value, int | float) else 100),
)
plant(
    "text-as-places",
    "places of any text have a cost",
    "PR-528",
    "calculate_study_cost",
    loosened(total_available_places=lambda value: value if isinstance(value, int | float) else 1),
)
plant(
    "nameless-filter",
    "a filter that names nothing is taken",
    "PR-519",
    "create_filter_set",
    taken(
        {"id": NOBODY},
        lambda sent: any(
            "filter_id" not in each and "id" not in each
            for each in (sent.json.get("filters") if isinstance(sent.json, dict) else None) or []
        ),
    ),
)
plant(
    "text-as-participants",
    "participants may be a text",
    "PR-524",
    "add_group_participants",
    loosened(participant_ids=lambda value: value if isinstance(value, list) else []),
)
plant(
    "time-too-short",
    "the maximum time is shorter than the least that is permitted",
    "PR-218",
    "create_study",
    body(lambda made: made.update(maximum_allowed_time=10)),
)
plant("hidden-count-of-30", "a hidden count is 30", "PR-536", "create_filter_set", replied(shown_count))
plant(
    "other-internal-name",
    "a study shows another internal name",
    "PR-538",
    "create_study",
    body(lambda made: made.update(internal_name="other")),
)
plant(
    "other-default",
    "a participant may submit nine times by default",
    "PR-539",
    "create_study",
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "submissions_config": {"max_submissions_per_participant": 9}})
            if answer.ok and sent.json.get("submissions_config") == {}
            else answer
        )
    ),
)
plant(
    "config-changes",
    "unknown members of submissions_config change",
    "PR-540",
    "create_study",
    body(
        lambda made: (
            made["submissions_config"].update(understudy="lost")
            if "understudy" in (made.get("submissions_config") or {})
            else None
        )
    ),
)
plant(
    "config-strict",
    "unknown members of submissions_config are refused",
    "PR-226",
    "create_study",
    refused(400, lambda sent: "understudy" in ((sent.json or {}).get("submissions_config") or {})),
)
plant(
    "one-submission-at-most",
    "submissions of a participant have a limit",
    "PR-548",
    "create_study",
    refused(
        400,
        lambda sent: ((sent.json or {}).get("submissions_config") or {}).get("max_submissions_per_participant") in {-1},
    ),
)
plant("published-is-planned", "a published study is SCHEDULED", "PR-541", "get_study transition_study", replied(apart))
plant(
    "ids-as-words",
    "parts of a survey have words as ids",
    "PR-329 PR-545",
    "create_survey",
    body(
        every(
            lambda each: each.update(id="first") if {"answers", "questions"} & set(each) and "_id" not in each else None
        )
    ),
)
plant(
    "newest-version-always",
    "filter_set_version is not looked at",
    "PR-546",
    "create_study",
    dropped("filter_set_version"),
)
plant(
    "six-types-of-codes",
    "codes of the type NO_CONSENT are refused",
    "PR-547",
    "create_study",
    refused(400, lambda sent: "NO_CONSENT" in str(sent.json)),
)
plant(
    "questions-renamed",
    "a survey shows other questions",
    "PR-549",
    "create_survey",
    body(every(lambda each: each.update(title="Other") if "answers" in each else None)),
)
plant(
    "started-elsewhere",
    "started_at is in another zone",
    "PR-550",
    "list_submissions",
    items(lambda each: each.update(started_at=each["started_at"].replace("Z", "+02:00"))),
)
plant(
    "no-time-of-request",
    "a return that was asked for shows no time",
    "PR-551",
    "request_submission_return",
    body(lambda shown: shown.update(return_requested=None)),
)
plant("two-codes", "a submission has two codes", "PR-553", "get_submission", codes_differ)
plant(
    "events-elsewhere",
    "events name another address",
    "PR-552",
    "list_subscription_events",
    items(lambda each: each.update(target_url="https://elsewhere.example.com/")),
)
plant(
    "joined-together", "all members joined when the group was made", "PR-555", "list_group_participants", body(together)
)
plant(
    "transition-without-slash",
    "a transition works without a final slash alone",
    "PR-556",
    "transition_study",
    refused(404, slashless),
)
plant(
    "choices-in-words",
    "choices have words as keys",
    "PR-557",
    "list_filters",
    items(
        lambda each: (
            each.update(choices={f"key {name}": label for name, label in each["choices"].items()})
            if each.get("choices")
            else None
        )
    ),
)
plant(
    "codes-feed-nobody",
    "a completion code may name an unknown group",
    "PR-558",
    "create_study",
    taken({"id": NOBODY}, lambda sent: NOBODY in str((sent.json or {}).get("completion_codes"))),
)
plant(
    "rejected-in-silence",
    "the message of a rejection does not reach anybody",
    "PR-559",
    "list_messages",
    items(lambda each: GONE if "Grounds" in each["body"] else None),
)
plant(
    "parts-do-not-add-up",
    "the parts of a balance are another sum",
    "PR-560",
    "get_workspace_balance",
    body(lambda money: money["balance_breakdown"].update(vat=money["balance_breakdown"]["vat"] + 1)),
)
plant(
    "range-backwards",
    "min is above max",
    "PR-561",
    "list_filters",
    items(lambda each: each.update(min=each["max"], max=each["min"]) if each.get("data_type") == "integer" else None),
)
plant(
    "unchosen-left-out",
    "a summary leaves out answers that nobody chose",
    "PR-422 PR-423",
    "get_survey_summary",
    body(unanswered),
)
plant(
    "publication-refused",
    "a collection cannot be published",
    "PR-273",
    "transition_collection",
    refused(400, acting("PUBLISH")),
)
plant(
    "plan-never-due",
    "a planned study stays planned after its time",
    "PR-543",
    "get_study",
    never_due,
)
plant(
    "plan-refused",
    "a collection cannot be planned",
    "PR-274 PR-275",
    "transition_collection",
    refused(400, acting("SCHEDULE_PUBLISH")),
)
plant(
    "plan-stays",
    "a plan cannot be taken back",
    "PR-278",
    "transition_collection",
    refused(400, acting("CANCEL_PUBLISH")),
)
plant(
    "group-of-both",
    "a group belongs to a workspace and an organisation",
    "PR-148",
    "create_participant_group",
    owned_by_both,
)
plant(
    "group-description-kept",
    "a group has another description",
    "PR-152 PR-464",
    "create_participant_group",
    body(lambda made: made.update(description=5)),
)
plant(
    "subscription-shows-old",
    "a change of a subscription is not shown",
    "PR-530",
    "update_subscription",
    body(lambda made: made.update(target_url="https://old.example.com/")),
)
plant(
    "return-without-body",
    "a return can be requested without a body",
    "PR-532",
    "request_submission_return",
    taken({"id": NOBODY, "status": "ACTIVE"}, lambda sent: not sent.body, 200),
)
