"""Liberties of Forsta: paging, types, refusals and reports that its source leaves open."""

from __future__ import annotations

from typing import Any

from defects.faults import (
    body,
    changed_request,
    every,
    given,
    headers,
    instead,
    items,
    query,
    replied,
    request_body,
    reworded,
    status,
    unless_given,
)
from defects.messages import Answer, Json, Sent
from defects.spoiler import Act, Mock

from liberties.catalogue import forsta_printed
from liberties.liberty import Liberty, Printed, allowing

LIBERTIES: list[Liberty | Printed] = []
allow = allowing("forsta", LIBERTIES)

LIST, ONE, READS = "list_respondents", "read_respondent", "list_respondents read_respondent"
ADD, PUT, PATCH, DELETE = "add_respondents", "update_respondents", "merge_respondents", "delete_respondents"
CHANGES = f"{ADD} {PUT} {PATCH} {DELETE}"
VARIABLE = "add_user_variable"
STREAM = "application/x-ndjson"


def refused(code: int, when: Any = lambda _: True) -> Act:
    """The mock is not asked; the answer has no body."""
    return instead(code, None, when)


def links(change: Any) -> Act:
    """The links of a page are changed."""

    def changed(page: Json) -> None:
        change(page["links"])

    return body(changed)


def of_body(answer: Answer, content: bytes, media: str) -> Answer:
    """The same with another body."""
    return Answer(answer.status, {**answer.headers, "content-type": media}, content)


def streams(sent: Sent) -> bool:
    """The caller wants a stream."""
    return STREAM in sent.headers.get("accept", "")


def unlimited(sent: Sent) -> bool:
    """All datapoints of all levels are asked for."""
    return sent.parameter("variables") is None and sent.parameter("variableTemplateId") is None


def without_zeros(reply: Json) -> None:
    """Counts of zero and lists of nobody are not there."""
    for name in [name for name in reply if reply[name] in (0, [])]:
        del reply[name]


def without_nobody(reply: Json) -> None:
    """A list of no ids is not there."""
    if reply.get("insertedIds") == []:
        del reply["insertedIds"]


# --- records ----------------------------------------------------------------------------------------------------------

allow(
    "numbers-as-text",
    "numbers besides respid read as text",
    "reply samples",
    READS,
    items(lambda record: {name: str(value) if name == "age" else value for name, value in record.items()}),
)
allow(
    "flags-as-booleans",
    "boolean variables read as true and false",
    "Adding User-variables, boolean",
    ONE,
    items(
        lambda record: {
            name: bool(value) if value in (0, 1) and name not in {"respid", "age"} else value
            for name, value in record.items()
        }
    ),
)
allow(
    "columns-of-the-survey",
    "records have a column that the survey sets itself",
    "Adding User-variables, system columns",
    ONE,
    items(lambda record: {**record, "last_touched": "2024-05-17T10:00:00"}, unlimited),
)
allow(
    "other-levels-as-lists",
    "records hold the records of other levels",
    "Read Respondents, all schema levels",
    ONE,
    items(lambda record: {**record, "responses": [{"responseid": 1}]}, unlimited),
)
allow(
    "upside-down",
    "respondents come with the newest first",
    "Read Respondents",
    LIST,
    replied(lambda sent, answer: answer.with_records(answer.lines[::-1]) if answer.streamed and answer.ok else answer),
)

# --- pages and streams ------------------------------------------------------------------------------------------------

allow(
    "next-null",
    "links.next is null on the last page",
    "first reply sample, links.next",
    LIST,
    links(lambda found: found.setdefault("next", None)),
)
allow(
    "next-empty",
    "links.next is empty on the last page",
    "first reply sample, links.next",
    LIST,
    links(lambda found: found.setdefault("next", "")),
)
allow(
    "more-links",
    "links name the previous page as well",
    "first reply sample, links",
    LIST,
    links(lambda found: found.update(prevpage=None, nextpage=found.get("next"))),
)
allow(
    "more-about-the-page",
    "a page says more",
    "first reply sample",
    LIST,
    body(lambda page: page.update(page=1, took="3 ms")),
)
allow(
    "another-placeholder",
    "the placeholder of links.item is spelt otherwise",
    "first reply sample, links.item",
    LIST,
    links(lambda found: found.update(item=found["item"].replace("{respId}", "{RespID}"))),
)
allow(
    "past-end-404",
    "a page past the end is 404",
    "parameter page",
    LIST,
    replied(
        lambda sent, answer: (
            Answer.of(404)
            if answer.ok
            and not answer.streamed
            and answer.json["items"] == []
            and (sent.parameter("page") or "1") != "1"
            else answer
        )
    ),
)
allow(
    "past-end-last",
    "a page past the end is the first one again",
    "parameter page",
    LIST,
    changed_request(lambda sent: sent.with_query(page=None), lambda sent: len(sent.parameter("page") or "") > 6),
)
allow(
    "odd-pages-default",
    "odd sizes and pages count as the default",
    "parameters pageSize and page",
    LIST,
    changed_request(
        lambda sent: sent.with_query(
            **{
                name: None
                for name in ("page", "pageSize")
                if not (sent.parameter(name) or "1").isdecimal() or (sent.parameter(name) or "1") == "0"
            }
        )
    ),
)
allow(
    "ten-by-default", "a page holds ten respondents by default", "parameter pageSize", LIST, unless_given(pageSize="10")
)
allow(
    "empty-stream-204",
    "a stream of nobody is 204",
    "header Accept",
    LIST,
    replied(
        lambda _, answer: Answer(204, answer.headers) if answer.streamed and answer.ok and not answer.body else answer
    ),
)
allow(
    "stream-without-charset",
    "the stream has no charset",
    "second reply sample",
    LIST,
    replied(lambda _, answer: answer.with_headers(content_type=STREAM) if answer.streamed else answer),
)
allow(
    "json-without-charset",
    "JSON has no charset",
    "reply samples",
    "*",
    replied(
        lambda _, answer: (
            answer.with_headers(content_type="application/json")
            if answer.headers.get("content-type", "").startswith("application/json")
            else answer
        )
    ),
)
allow(
    "any-accept",
    "whatever is asked for, JSON comes",
    "header Accept",
    LIST,
    changed_request(lambda sent: sent.like(headers={**sent.headers, "accept": "*/*"}), lambda sent: not streams(sent)),
)
allow(
    "single-streamed",
    "a single record is 406 as a stream",
    "Read a single Respondent, header Accept",
    ONE,
    refused(406, streams),
)
allow(
    "unknown-variables-ignored",
    "unknown variables are ignored",
    "parameter variables",
    READS,
    reworded("variables", lambda value: None if value == "understudy_unknown" else value),
)
allow(
    "blanks-refused",
    "a blank after a comma is refused",
    "parameter variables",
    READS,
    refused(400, lambda sent: ", " in (sent.parameter("variables") or "")),
)
allow(
    "unknown-templates-ignored",
    "an unknown template gives everything",
    "parameter variableTemplateId",
    READS,
    reworded("variableTemplateId", lambda value: None if value == "999999" else value),
)
allow(
    "other-templates",
    "the survey has no template 101, and an unknown one gives everything",
    "parameter variableTemplateId",
    READS,
    query(variableTemplateId=None, when=lambda sent: sent.parameter("variables") is None),
    lacking=True,
)
allow(
    "no-templates",
    "the survey has no template",
    "parameter variableTemplateId",
    READS,
    refused(404, given("variableTemplateId")),
    lacking=True,
)
allow(
    "both-409",
    "variables and a template together are 409",
    "remark below the parameters",
    READS,
    replied(
        lambda sent, answer: (
            Answer.of(409) if sent.parameter("variables") and sent.parameter("variableTemplateId") else answer
        )
    ),
)
allow(
    "another-grammar",
    "filters know equality alone",
    "Filter Respondents",
    LIST,
    refused(
        400,
        lambda sent: any(
            word in (sent.parameter("filterExpression") or "")
            for word in ("<", ">", "AND", "OR", "or ", "IN(", "NOT", "!=")
        ),
    ),
)

# --- refusals ---------------------------------------------------------------------------------------------------------

allow(
    "refusals-as-problems",
    "refusals that are not printed are problem documents",
    "Adding invalid data",
    READS,
    replied(
        lambda _, answer: (
            of_body(answer, b'{"title": "No."}', "application/problem+json") if answer.status >= 400 else answer
        )
    ),
)
allow(
    "refusals-without-a-body",
    "a refused token has no body",
    "every printed request",
    "*",
    replied(
        lambda _, answer: of_body(answer, b"", "text/plain") if answer.status in {401, 403, 404, 406, 415} else answer
    ),
)
allow("401-as-403", "a missing token is 403", "every printed request", "*", status(403, of=401))
allow(
    "unknown-survey-403",
    "an unknown survey is 403",
    "path, surveyId",
    "*",
    replied(lambda sent, answer: Answer.of(403) if answer.status == 404 and "p0000000" in sent.path else answer),
)
allow(
    "malformed-422",
    "a malformed body is 422",
    "the two properties of the payload",
    CHANGES,
    replied(
        lambda _, answer: (
            Answer.of(422, answer.json)
            if answer.status == 400 and "validationMessages" not in (answer.json or {})
            else answer
        )
    ),
)
allow(
    "other-verbs-405",
    "no verb besides the printed ones is known",
    "the printed methods",
    "*",
    refused(405, lambda sent: sent.method in {"COPY", "PROPFIND", "OPTIONS"}),
)
allow(
    "no-schema",
    "there is no address of the schema",
    "Adding User-variables",
    "list_variables",
    refused(404),
    lacking=True,
)
allow("no-login", "there is no login", "none", "create_token", refused(404))
allow(
    "bodies-on-get-refused",
    "a body on GET is refused",
    "none",
    LIST,
    refused(400, lambda sent: sent.method == "GET" and bool(sent.body)),
)

# --- changes ----------------------------------------------------------------------------------------------------------

allow(
    "level-response",
    "level is response",
    "second reply sample of POST, level",
    CHANGES,
    body(
        lambda reply: (
            reply.get("validationMessages", {}).update(level="response") if reply.get("validationMessages") else None
        )
    ),
)
allow(
    "level-response-refused",
    "level of a refusal is response",
    "second reply sample of POST, level",
    CHANGES,
    body(
        lambda reply: (
            reply.get("validationMessages", {}).update(level="response") if reply.get("validationMessages") else None
        ),
        400,
    ),
)
allow(
    "quiet-messages",
    "validationMessages is there without a row",
    "reply samples",
    CHANGES,
    body(lambda reply: reply.setdefault("validationMessages", {"level": "respondent", "rowResults": []}) and None),
)
allow(
    "messages-null",
    "validationMessages is null where nothing is wrong",
    "reply samples",
    CHANGES,
    body(lambda reply: reply.setdefault("validationMessages", None) and None),
)
allow("more-in-replies", "replies say more", "reply samples", CHANGES, body(lambda reply: reply.update(took="3 ms")))
allow(
    "more-in-messages",
    "messages say more",
    "Adding invalid data, reply sample",
    CHANGES,
    body(every(lambda part: part.update(code=7) if "severity" in part else None), 400),
)


async def every_row(sent: Sent, mock: Mock) -> Answer:
    """insertedIds names the respondents of rows that were not inserted as well, as the sample prints."""
    answer = await mock.ask(sent)
    made = answer.json
    if answer.ok and made.get("insertedIds") and made.get("validationMessages"):
        return answer.with_json({**made, "insertedIds": [1, *made["insertedIds"]]})
    return answer


allow(
    "ids-of-every-row",
    "insertedIds names every row",
    "second reply sample of POST, insertedIds",
    f"{ADD} {PATCH}",
    every_row,
)
allow(
    "no-zero-counts",
    "counts of zero are left out",
    "reply sample of PATCH",
    PATCH,
    body(without_zeros),
)
allow(
    "ids-left-out",
    "insertedIds is left out where nobody was inserted",
    "reply samples",
    f"{ADD} {PATCH}",
    body(without_nobody),
)
allow(
    "empty-data-refused",
    "an empty list is refused",
    "property data",
    CHANGES,
    refused(400, lambda sent: (sent.json or {}).get("data") == []),
)
allow(
    "first-fault-only",
    "only the first fault of a row is reported",
    "Adding invalid data, messages",
    ADD,
    body(every(lambda part: part.update(messages=part["messages"][:1]) if "messages" in part else None), 400),
)
allow(
    "good-rows-listed",
    "rows without a fault are listed without messages",
    "Adding invalid data, rowResults",
    ADD,
    body(
        lambda reply: (
            reply["validationMessages"]["rowResults"].append({"rowNumber": 2, "messages": []})
            if reply.get("validationMessages")
            else None
        ),
        400,
    ),
)
allow(
    "respids-chosen-refused",
    "a respid in a new record is refused",
    "property data",
    ADD,
    refused(400, lambda sent: "dataSchema" not in (sent.json or {}) and any("respid" in row for row in _rows(sent))),
)
allow(
    "strangers-refused",
    "names that the survey does not have are refused",
    "property dataSchema",
    ADD,
    refused(400, lambda sent: any("understudy_unknown" in row for row in _rows(sent))),
)
allow(
    "blanks-refused-in-data",
    "blank values are refused",
    "opening paragraph, on blanks",
    PUT,
    refused(400, lambda sent: any(value in ("", None) for row in _rows(sent) for value in row.values())),
)
allow(
    "numeric-text-refused",
    "a number as text is refused",
    "Adding invalid data",
    ADD,
    refused(
        400,
        lambda sent: any(str(row.get("age", "")).isdecimal() and isinstance(row["age"], str) for row in _rows(sent)),
    ),
)
allow(
    "keyless-refused",
    "a record without its key refuses the call",
    "Update Respondents",
    PUT,
    refused(400, lambda sent: any("email" not in row for row in _rows(sent) if "email" in _keys(sent))),
)


def _rows(sent: Sent) -> list[Json]:
    found = (sent.json or {}).get("data") if isinstance(sent.json, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _keys(sent: Sent) -> list[str]:
    schema = sent.json.get("dataSchema") if isinstance(sent.json, dict) else None
    return list((schema or {}).get("keys") or ())


allow(
    "shared-keys-change-all",
    "a shared key of PUT is 409",
    "Update Respondents",
    f"{PUT} {PATCH}",
    replied(
        lambda _, answer: (
            Answer.of(409, answer.json) if answer.status == 400 and "not unique" in answer.body.decode() else answer
        )
    ),
)
allow(
    "mixed-deletions",
    "a respondent named twice refuses the DELETE",
    "Delete Respondents",
    DELETE,
    refused(400, lambda sent: len(_rows(sent)) != len({str(row) for row in _rows(sent)})),
)

# --- columns ----------------------------------------------------------------------------------------------------------

allow("columns-are-201", "a new column is 201", "Adding User-variables", VARIABLE, status(201))
allow("columns-are-204", "a new column is 204", "Adding User-variables", VARIABLE, status(204))
allow(
    "columns-as-sent",
    "the reply to a new column is what was sent",
    "Adding User-variables",
    VARIABLE,
    replied(lambda sent, answer: answer.with_json(sent.json) if answer.ok else answer),
)
allow(
    "taken-is-400",
    "a name in use is 400",
    "Adding User-variables",
    VARIABLE,
    replied(lambda _, answer: Answer.of(400) if answer.status == 409 and b"already" in answer.body else answer),
)
allow(
    "marks-as-booleans",
    "marks are true",
    "schema samples",
    "list_variables",
    replied(
        lambda _, answer: (
            answer.with_json(
                [{name: True if value == "true" else value for name, value in each.items()} for each in answer.json]
            )
            if answer.ok
            else answer
        )
    ),
)
allow(
    "more-types",
    "columns have further types",
    "schema samples",
    "list_variables",
    replied(
        lambda _, answer: (
            answer.with_json([*answer.json, {"name": "photo", "variableType": "binary", "isSystemVariable": "true"}])
            if answer.ok
            else answer
        ),
        lambda sent: "p1231234" in sent.path,
    ),
)
allow(
    "decimals-rounded",
    "too many decimals are rounded",
    "Adding User-variables, scale",
    ADD,
    request_body(
        lambda document: (
            document.update(
                data=[
                    {name: round(value, 1) if isinstance(value, float) else value for name, value in row.items()}
                    for row in document["data"]
                ]
            )
            if isinstance(document.get("data"), list) and all(isinstance(row, dict) for row in document["data"])
            else None
        )
    ),
)
allow("no-challenge", "a 401 has no WWW-Authenticate", "none", "*", headers(of=401, www_authenticate=None))
allow(
    "other-spelling-of-pages",
    "a page may be asked for by pagesize too",
    "parameter pageSize",
    LIST,
    query(pagesize=None),
)
forsta_printed.show_all(LIBERTIES)
