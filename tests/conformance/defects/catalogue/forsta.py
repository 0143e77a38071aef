"""Defects of Forsta: pages and streams of respondents, filters, and changes in bulk."""

from __future__ import annotations

import json
import re
from typing import Any

from defects.faults import (
    GONE,
    body,
    calling_as,
    changed_request,
    every,
    filled_in,
    given,
    headers,
    instead,
    items,
    number,
    pages,
    planting,
    query,
    replied,
    request_body,
    reworded,
    rewritten,
    status,
    unless_given,
    unstable,
    with_header,
)
from defects.messages import Answer, Json, Sent
from defects.spoiler import Act, Defect, Mock

DEFECTS: list[Defect] = []
plant = planting("forsta", DEFECTS)

LIST, ONE, READS = "list_respondents", "read_respondent", "list_respondents read_respondent"
ADD, PUT, PATCH, DELETE = "add_respondents", "update_respondents", "merge_respondents", "delete_respondents"
CHANGES = f"{ADD} {PUT} {PATCH} {DELETE}"
VARIABLE = "add_user_variable"
UTF8 = "application/json; charset=utf-8"
STREAM = "application/x-ndjson"
MINE = "Bearer mock-token"


def refused(code: int, when: Any = lambda _: True) -> Act:
    """The mock is not asked; the answer is a refusal."""
    return instead(code, {"message": "No."}, when, UTF8)


def forgiven(of: int, value: Json, code: int = 200) -> Act:
    """A refusal with a status becomes a success."""
    return replied(lambda _, answer: Answer.of(code, value, UTF8) if answer.status == of else answer)


def streams(sent: Sent) -> bool:
    """The caller wants a stream."""
    return STREAM in sent.headers.get("accept", "")


def paged(sent: Sent) -> bool:
    """The caller wants a page."""
    return not streams(sent)


# --- who is let in ----------------------------------------------------------------------------------------------------

plant(
    "anonymous-let-in",
    "no token is needed",
    "FO-001 FO-002",
    "*_respondents read_respondent list_variables",
    calling_as(MINE, lambda sent: "authorization" not in sent.headers),
)
plant(
    "any-token-will-do",
    "an unknown token is accepted",
    "FO-002",
    "*",
    calling_as(MINE, lambda sent: "not-a-token" in sent.headers.get("authorization", "")),
)
plant(
    "survey-open-to-all",
    "every token can read and change every survey",
    "FO-003",
    "*",
    calling_as(MINE, lambda sent: "other" in sent.headers.get("authorization", "")),
)
plant(
    "variables-for-anybody",
    "a variable can be added without a token",
    "FO-156",
    VARIABLE,
    calling_as(MINE, lambda sent: "authorization" not in sent.headers),
)
plant("unknown-survey-is-400", "an unknown survey is 400", "FO-004", "*", status(400, of=404))
plant(
    "unknown-survey-is-empty",
    "an unknown survey has no respondents",
    "FO-004",
    LIST,
    forgiven(404, {"itemCount": 0, "totalCount": 0, "items": [], "links": {"item": "http://x/{respId}"}}),
)
plant(
    "login-lasts-a-day",
    "a token lasts a day",
    "FO-163",
    "create_token",
    body(lambda made: made.update(expires_in=86400)),
)
plant(
    "no-basic-login",
    "client id and secret are accepted only in the form",
    "FO-164",
    "create_token",
    with_header("authorization", None),
)
plant(
    "token-not-known",
    "the token that a login returns is not accepted",
    "FO-165",
    "create_token",
    body(lambda made: made.update(access_token="nobody-knows-this")),
)
plant(
    "any-grant",
    "any grant_type is accepted",
    "FO-166",
    "create_token",
    changed_request(lambda sent: sent.like(body=re.sub(rb"grant_type=[^&]*", b"grant_type=api-user", sent.body))),
)

# --- media types ------------------------------------------------------------------------------------------------------

plant(
    "no-charset",
    "JSON has no charset",
    "FO-174",
    "*",
    replied(
        lambda _, answer: (
            answer.with_headers(content_type="application/json")
            if answer.headers.get("content-type", "").startswith("application/json")
            else answer
        )
    ),
)
plant(
    "stream-by-default",
    "without Accept the reply is a stream",
    "FO-017",
    LIST,
    with_header("accept", STREAM, lambda sent: sent.headers.get("accept", "*/*") == "*/*"),
)
plant("no-stream", "streams are not supported", "FO-018 FO-019", LIST, with_header("accept", "application/json"))
plant(
    "broken-line",
    "a line of the stream is not JSON",
    "FO-018",
    LIST,
    replied(
        lambda sent, answer: (
            Answer(200, answer.headers, answer.body.replace(b"}\n", b"\n", 1)) if answer.streamed else answer
        )
    ),
)
plant("stream-as-json", "the stream is labelled application/json", "FO-019", LIST, headers(content_type=UTF8))
plant(
    "stream-without-charset",
    "the stream has no charset",
    "FO-174",
    LIST,
    replied(lambda _, answer: answer.with_headers(content_type=STREAM) if answer.streamed else answer),
)
plant(
    "stream-with-counts",
    "the stream ends with counts",
    "FO-020",
    LIST,
    replied(
        lambda _, answer: (
            answer.with_records([*answer.lines, {"itemCount": len(answer.lines)}]) if answer.streamed else answer
        )
    ),
)
plant(
    "stream-paged",
    "the stream is cut like a page",
    "FO-021",
    LIST,
    replied(
        lambda sent, answer: (
            answer.with_records(answer.lines[: number(sent, "pageSize", 1000)]) if answer.streamed else answer
        )
    ),
)
plant(
    "stream-of-a-hundred",
    "the stream ends after a hundred lines",
    "FO-175",
    LIST,
    replied(lambda sent, answer: answer.with_records(answer.lines[:100]) if answer.streamed else answer),
)
plant(
    "stream-capped",
    "pageSize above 10000 is refused for streams as well",
    "FO-035",
    LIST,
    refused(400, lambda sent: streams(sent) and number(sent, "pageSize", 1) > 10000),
)
plant(
    "stream-with-doubles",
    "a respondent is in the stream twice",
    "FO-024",
    LIST,
    replied(lambda _, answer: answer.with_records([*answer.lines[:1], *answer.lines]) if answer.streamed else answer),
)
plant(
    "empty-stream-is-a-list",
    "an empty stream is an empty JSON list",
    "FO-023",
    LIST,
    replied(lambda _, answer: Answer(200, answer.headers, b"[]") if answer.streamed and not answer.body else answer),
)
plant(
    "any-accept",
    "an Accept that allows neither form is served",
    "FO-022",
    LIST,
    with_header(
        "accept", "*/*", lambda sent: "csv" in sent.headers.get("accept", "") or "xml" in sent.headers.get("accept", "")
    ),
)
plant(
    "single-record-streamed",
    "a single record is labelled as a stream",
    "FO-066",
    ONE,
    replied(lambda sent, answer: answer.with_headers(content_type=STREAM) if streams(sent) else answer),
)
plant("body-on-get-refused", "a body on GET is refused", "FO-167", LIST, refused(400, lambda sent: bool(sent.body)))

# --- records ----------------------------------------------------------------------------------------------------------


def with_blanks(value: Any) -> Any:
    """Every column is there, blank or not."""
    return items(lambda record: {**dict.fromkeys(("gender", "city", "country", "age"), value), **record})


plant(
    "records-nested",
    "datapoints are one level deeper",
    "FO-006",
    READS,
    items(lambda record: {"respid": record["respid"], "answers": record}),
)
plant("blanks-null", "blank datapoints are null", "FO-007 FO-008 FO-063", READS, with_blanks(None))
plant("blanks-empty", "blank datapoints are empty texts", "FO-008", READS, with_blanks(""))
plant("blanks-null-alone", "blank datapoints of a single record are null", "FO-063", ONE, with_blanks(None))
plant(
    "blanks-stored",
    "an empty text is stored",
    "FO-010",
    ONE,
    items(lambda record: record.setdefault("city", "") and None),
)


def alike(page: Json) -> None:
    """The records of a page keep what is common to all."""
    common = set.intersection(*map(set, page["items"])) if page["items"] else set()
    page["items"] = [{name: value for name, value in each.items() if name in common} for each in page["items"]]


plant(
    "same-keys-everywhere",
    "the records of a page hold only the datapoints that all of them have",
    "FO-009",
    LIST,
    body(alike),
)
plant(
    "background-left-out",
    "background columns are left out",
    "FO-011",
    READS,
    items(lambda record: {"respid": record["respid"]}),
)
plant(
    "respid-as-text",
    "respid is text",
    "FO-012",
    READS,
    items(lambda record: record.update(respid=str(record["respid"]))),
)
plant(
    "city-by-request-only",
    "a datapoint is returned only when variables names it",
    "FO-051",
    READS,
    items(lambda record: record.pop("city", None) and None, lambda sent: sent.parameter("variables") is None),
)
plant(
    "single-record-wrapped", "a single record is within items", "FO-058", ONE, body(lambda record: {"items": [record]})
)
plant(
    "single-record-short",
    "a single record lacks some datapoints",
    "FO-062",
    ONE,
    unless_given(variables="email"),
)
plant("unknown-respid-empty", "an unknown respid is an empty object", "FO-064", ONE, forgiven(404, {}))
plant(
    "odd-respid-500",
    "a respid that is not a number is 500",
    "FO-065",
    ONE,
    refused(500, lambda sent: not sent.last.isdecimal()),
)
plant(
    "written-form-refused",
    "a record is refused when it is sent back as it was read",
    "FO-013",
    PUT,
    refused(400, lambda sent: "respid" in str(sent.json)),
)

# --- pages ------------------------------------------------------------------------------------------------------------


def linked(change: Any) -> Act:
    """The links of a page are changed in place."""
    return body(lambda page: change(page["links"]) and None, when=paged)


plant(
    "page-without-total",
    "a page has no totalCount",
    "FO-025 FO-027",
    LIST,
    body(lambda page: page.pop("totalCount") and None, when=paged),
)
plant(
    "item-count-of-all",
    "itemCount counts all pages",
    "FO-026",
    LIST,
    body(lambda page: page.update(itemCount=page["totalCount"]), when=paged),
)
plant(
    "total-of-the-page",
    "totalCount counts the page",
    "FO-027",
    LIST,
    body(lambda page: page.update(totalCount=page["itemCount"]), when=paged),
)
plant(
    "total-before-filter",
    "totalCount ignores the filter",
    "FO-028",
    LIST,
    body(lambda page: page.update(totalCount=200), when=paged),
)
plant(
    "page-size-ignored",
    "pageSize is ignored",
    "FO-029",
    LIST,
    query(pageSize=None, when=lambda sent: number(sent, "pageSize", 0) < 100),
)
plant(
    "pages-from-zero",
    "pages count from 0",
    "FO-030",
    LIST,
    pages(lambda found, page, size: found[page * size : (page + 1) * size], default=1000, largest=10000),
)
plant(
    "pages-overlap",
    "pages overlap by one",
    "FO-031",
    LIST,
    pages(
        lambda found, page, size: found[max(0, (page - 1) * size - (page > 1)) : page * size],
        default=1000,
        largest=10000,
    ),
)


plant("order-unstable", "the order is different in each reply", "FO-032", LIST, unstable)
plant(
    "stream-in-another-order",
    "the stream is in another order than the pages",
    "FO-032",
    LIST,
    replied(lambda _, answer: answer.with_records(answer.lines[::-1]) if answer.streamed else answer),
)
plant(
    "page-size-unlimited",
    "pageSize above 10000 is accepted",
    "FO-033",
    LIST,
    reworded("pageSize", lambda value: "10000" if value.isdecimal() and int(value) > 10000 else value),
)
plant(
    "page-size-limit-off-by-one",
    "pageSize of 10000 is refused",
    "FO-034",
    LIST,
    refused(400, lambda sent: sent.parameter("pageSize") == "10000"),
)
plant(
    "page-size-above-is-413",
    "pageSize above 10000 is 413",
    "FO-033",
    LIST,
    refused(413, lambda sent: paged(sent) and number(sent, "pageSize", 1) > 10000),
)
plant(
    "odd-sizes-default",
    "a pageSize of zero counts as the default",
    "FO-036",
    LIST,
    reworded("pageSize", lambda value: value if value.isdecimal() and int(value) else "1000"),
)
plant(
    "odd-pages-default",
    "a page of zero counts as the first",
    "FO-036",
    LIST,
    reworded("page", lambda value: value if value.isdecimal() and int(value) else "1"),
)
plant(
    "page-size-needed",
    "pageSize has no default",
    "FO-037",
    LIST,
    refused(400, lambda sent: paged(sent) and sent.parameter("pageSize") is None),
)
plant(
    "next-relative",
    "links.next is relative",
    "FO-038",
    LIST,
    linked(lambda links: links.update(next="/" + links["next"].split("/", 3)[3]) if links.get("next") else None),
)
plant(
    "next-is-this-page",
    "links.next leads to the page itself",
    "FO-038",
    LIST,
    linked(
        lambda links: (
            links.update(
                next=re.sub(r"([?&]page=)(\d+)", lambda match: f"{match[1]}{int(match[2]) - 1}", links["next"])
            )
            if links.get("next")
            else None
        )
    ),
)
plant(
    "next-drops-the-query",
    "links.next keeps only the page",
    "FO-039 FO-056",
    LIST,
    linked(
        lambda links: (
            links.update(next=re.sub(r"\?.*?(page=\d+).*", r"?\1", links["next"])) if links.get("next") else None
        )
    ),
)
plant(
    "next-drops-the-filter",
    "links.next loses filterExpression",
    "FO-056",
    LIST,
    linked(
        lambda links: (
            links.update(next=re.sub(r"filterExpression=[^&]*&?", "", links["next"])) if links.get("next") else None
        )
    ),
)
plant(
    "links-to-another-host",
    "links.next and links.item lead to another host",
    "FO-038 FO-042",
    LIST,
    linked(
        lambda links: links.update(
            {name: re.sub(r"://[^/]*", "://elsewhere.example", link) for name, link in links.items()}
        )
    ),
)
plant("next-missing", "links.next is missing", "FO-038", LIST, linked(lambda links: links.pop("next", None) and None))
plant(
    "next-for-ever",
    "the last page has links.next",
    "FO-040",
    LIST,
    linked(lambda links: links.setdefault("next", links["item"].replace("/{respId}", "?page=99")) and None),
)
plant(
    "past-end-again",
    "a page past the end is the last one",
    "FO-041",
    LIST,
    pages(
        lambda found, page, size: found[(page - 1) * size : page * size] or found[-size:], default=1000, largest=10000
    ),
)
plant(
    "past-end-missing",
    "a page past the end is 404",
    "FO-041",
    LIST,
    replied(
        lambda sent, answer: (
            Answer.of(404, {"message": "No such page."}, UTF8)
            if answer.ok and not answer.streamed and not answer.json["items"]
            else answer
        )
    ),
)
plant("item-template-filled", "links.item names one respondent", "FO-042", LIST, rewritten("{respId}", "1"))

# --- variables and filters --------------------------------------------------------------------------------------------

plant(
    "variables-ignored",
    "variables is ignored",
    "FO-043",
    LIST,
    query(variables=None, when=lambda sent: "understudy" not in (sent.parameter("variables") or "")),
)
plant(
    "variables-ignored-alone",
    "variables is ignored for a single record",
    "FO-059",
    ONE,
    query(variables=None, when=lambda sent: "understudy" not in (sent.parameter("variables") or "")),
)
plant(
    "first-variable-only",
    "only the first of several variables is used",
    "FO-044",
    READS,
    reworded("variables", lambda value: value.split(",")[0]),
)
plant(
    "respid-left-out",
    "respid is left out unless it is requested",
    "FO-045",
    READS,
    items(lambda record: record.pop("respid") and None, given("variables")),
)
plant(
    "unknown-variable-skipped",
    "an unknown variable is ignored",
    "FO-046",
    READS,
    reworded("variables", lambda value: "email" if "unknown" in value else value),
)
plant(
    "blank-in-variables",
    "a space after the comma makes a name unknown",
    "FO-047",
    READS,
    reworded("variables", lambda value: value.split(", ")[0]),
)
plant(
    "template-ignored",
    "variableTemplateId is ignored",
    "FO-048",
    LIST,
    query(variableTemplateId=None, when=lambda sent: sent.parameter("variables") is None),
)
plant(
    "count-of-the-page",
    "totalCount counts the page",
    "FO-027",
    LIST,
    body(lambda page: page.update(totalCount=page["itemCount"])),
)
plant(
    "template-ignored-alone",
    "variableTemplateId is ignored for a single record",
    "FO-060",
    ONE,
    query(variableTemplateId=None, when=lambda sent: sent.parameter("variables") is None),
)
plant(
    "template-beside-variables",
    "variables overrides variableTemplateId",
    "FO-049",
    LIST,
    query(variableTemplateId=None, when=given("variables")),
)
plant(
    "template-beside-variables-alone",
    "variables overrides variableTemplateId for a single record",
    "FO-061",
    ONE,
    query(variableTemplateId=None, when=given("variables")),
)
plant(
    "unknown-template-ignored",
    "an unknown template gives everything",
    "FO-050",
    READS,
    query(variableTemplateId=None, when=lambda sent: sent.parameter("variableTemplateId") == "999999"),
)
plant("filter-ignored", "filterExpression is ignored", "FO-052 FO-053", LIST, query(filterExpression=None))
plant(
    "filter-on-the-page",
    "the filter is applied after the list is cut into pages",
    "FO-052",
    LIST,
    changed_request(lambda sent: sent.with_query(pageSize=20) if sent.parameter("filterExpression") else sent),
)
plant(
    "filter-needs-its-variable",
    "a filter works only on returned variables",
    "FO-054",
    LIST,
    items(lambda record: GONE, lambda sent: bool(sent.parameter("variables") and sent.parameter("filterExpression"))),
)
plant(
    "filter-not-for-streams",
    "a filter is ignored in a stream",
    "FO-055",
    LIST,
    query(filterExpression=None, when=streams),
)
plant(
    "odd-filter-ignored",
    "a filter that cannot be read is ignored",
    "FO-057",
    LIST,
    replied(
        lambda sent, answer: (
            Answer.of(
                200,
                {"itemCount": 0, "totalCount": 0, "items": [], "links": {"item": "http://127.0.0.1/{respId}"}},
                UTF8,
            )
            if answer.status == 400 and sent.parameter("filterExpression")
            else answer
        )
    ),
)
plant(
    "level-assumed",
    "a variable without a level counts as the respondent's",
    "FO-171",
    LIST,
    reworded("filterExpression", lambda value: value if ":" in value else f"respondent:{value}"),
)
plant(
    "greater-or-equal-as-greater",
    ">= leaves out the bound",
    "FO-168",
    LIST,
    reworded("filterExpression", lambda value: value.replace(">=", ">")),
)
plant(
    "or-as-and",
    "or means and",
    "FO-169",
    LIST,
    reworded("filterExpression", lambda value: re.sub(r"\bor\b", "and", value, flags=re.IGNORECASE)),
)
plant(
    "in-takes-one",
    "IN uses only one literal",
    "FO-170",
    LIST,
    reworded("filterExpression", lambda value: re.sub(r"(IN\([^,]*,[^,)]*),[^)]*\)", r"\1)", value)),
)

# --- changes ----------------------------------------------------------------------------------------------------------


def reported_rows(answer: Answer) -> set[int]:
    """The numbers of the rows that a reply has messages for."""
    found = (answer.json or {}).get("validationMessages") or {}
    return {row["rowNumber"] for row in found.get("rowResults", [])}


async def partly_done(sent: Sent, mock: Mock) -> Answer:
    """A refused change is done for the rows without a fault."""
    answer = await mock.ask(sent)
    faulty = reported_rows(answer) if answer.status == 400 else set()
    if faulty:
        rows = [row for at, row in enumerate(sent.json["data"], 1) if at not in faulty]
        await mock.ask(sent.with_json({**sent.json, "data": rows}))
    return answer


async def done_up_to_the_fault(sent: Sent, mock: Mock) -> Answer:
    """A refused change is done for the rows before the first fault."""
    answer = await mock.ask(sent)
    faulty = reported_rows(answer) if answer.status == 400 else set()
    if faulty and min(faulty) > 1:
        await mock.ask(sent.with_json({**sent.json, "data": sent.json["data"][: min(faulty) - 1]}))
    return answer


async def partly_succeeding(sent: Sent, mock: Mock) -> Answer:
    """A change with faulty rows is done for the others and answered as a success."""
    answer = await mock.ask(sent)
    faulty = reported_rows(answer) if answer.status == 400 else set()
    if not faulty:
        return answer
    rows = [row for at, row in enumerate(sent.json["data"], 1) if at not in faulty]
    done = await mock.ask(sent.with_json({**sent.json, "data": rows}))
    return done.with_json({**done.json, "validationMessages": answer.json["validationMessages"]}) if done.ok else answer


async def done_though_keyless(sent: Sent, mock: Mock) -> Answer:
    """A record without its key is applied to somebody."""
    answer = await mock.ask(sent)
    return answer.with_json({"updatedRecords": 1}) if answer.ok and answer.json.get("updatedRecords") == 0 else answer


def messaged(change: Any, code: int = 400) -> Act:
    """validationMessages are changed in place."""

    def changed(document: Json) -> None:
        if "validationMessages" in document:
            change(document["validationMessages"])

    return body(changed, status=code)


def rows_changed(change: Any, code: int = 400) -> Act:
    """The row results are replaced."""
    return messaged(lambda value: value.update(rowResults=change(value["rowResults"])), code)


def schemaless(sent: Sent) -> bool:
    """The body has no dataSchema, or one without keys or variables."""
    schema = (sent.json or {}).get("dataSchema") if isinstance(sent.json, dict) else None
    return not isinstance(schema, dict) or "keys" not in schema or "variables" not in schema


def counting(**members: Any) -> Act:
    """Members of the reply have these values."""
    return body(lambda document: document.update(members))


def first_key(sent: Sent) -> Sent:
    """Of several keys the first one counts."""
    schema = (sent.json or {}).get("dataSchema") or {}
    return (
        sent.with_json({**sent.json, "dataSchema": {**schema, "keys": schema["keys"][:1]}})
        if "keys" in schema
        else sent
    )


def all_variables(document: Json) -> Json | None:
    """Every datapoint is taken, whatever dataSchema names."""
    schema = document.get("dataSchema")
    if not isinstance(schema, dict) or not isinstance(document.get("data"), list) or "variables" not in schema:
        return None
    there = {name for row in document["data"] for name in row}
    return {
        **document,
        "dataSchema": {**schema, "variables": sorted({*schema["variables"], *there} - set(schema["keys"]))},
    }


async def wiping(sent: Sent, mock: Mock) -> Answer:
    """A listed variable that a record lacks is blanked."""
    document = sent.json
    for row in document["data"] if isinstance(document, dict) and isinstance(document.get("data"), list) else []:
        for name in (document.get("dataSchema") or {}).get("variables", []):
            row.setdefault(name, None)
    return await mock.ask(sent.with_json(document) if isinstance(document, dict) else sent)


async def inserting(sent: Sent, mock: Mock) -> Answer:
    """An update inserts those that it does not find."""
    answer = await mock.ask(sent.like(method="PATCH"))
    return answer.with_json({"updatedRecords": answer.json["updatedRecords"]}) if answer.ok else answer


async def only_known(sent: Sent, mock: Mock) -> Answer:
    """A merge updates those that it finds and inserts nobody."""
    answer = await mock.ask(sent.like(method="PUT"))
    more = {"insertedRecords": 0, "insertedIds": []}
    return answer.with_json({**more, **answer.json}) if answer.ok else answer


async def overwriting(sent: Sent, mock: Mock) -> Answer:
    """An insertion changes those that it finds."""
    if schemaless(sent):
        return await mock.ask(sent)
    answer = await mock.ask(sent)
    await mock.ask(sent.like(method="PUT"))
    return answer


async def twice_made(sent: Sent, mock: Mock) -> Answer:
    """A merge inserts a new key as often as it is there, by making one more afterwards."""
    answer = await mock.ask(sent)
    rows = sent.json.get("data") if isinstance(sent.json, dict) else None
    keys = [json.dumps(row.get("email")) for row in rows or [] if isinstance(row, dict)]
    if answer.ok and len(set(keys)) < len(keys):
        await mock.ask(sent.like(method="POST").with_json({"data": rows[-1:]}))
    return answer


async def ids_reused(sent: Sent, mock: Mock) -> Answer:
    """The respid of a deleted respondent is reported for the next new one."""
    gone = mock.memory.setdefault("gone", [])
    answer = await mock.ask(sent)
    if sent.method == "DELETE" and answer.ok:
        gone += [row["respid"] for row in sent.json["data"] if "respid" in row]
    ids = answer.json.get("insertedIds") if answer.ok and sent.method == "POST" else None
    if ids and gone and isinstance(gone[-1], int):
        return answer.with_json({**answer.json, "insertedIds": [gone[-1], *ids[1:]]})
    return answer


async def forgotten(sent: Sent, mock: Mock) -> Answer:
    """A deletion is answered and not done."""
    rows = sent.json.get("data") if isinstance(sent.json, dict) else None
    return Answer.of(200, {"deletedRecords": len(rows)}, UTF8) if rows else await mock.ask(sent)


async def first_of_several(sent: Sent, mock: Mock) -> Answer:
    """A key of several respondents means the first of them."""
    answer = await mock.ask(sent)
    if answer.status != 400 or b"is not unique" not in answer.body:
        return answer
    faulty = reported_rows(answer)
    rows = [row for at, row in enumerate(sent.json["data"], 1) if at not in faulty]
    return await mock.ask(sent.with_json({**sent.json, "data": rows}))


def length_cut(limit: int) -> Act:
    """A text that is too long is cut instead of refused."""

    def change(document: Json) -> None:
        for row in document.get("data", []) if isinstance(document.get("data"), list) else []:
            for name, value in row.items():
                if isinstance(value, str) and name not in {"email", "respid", "date_of_birth"}:
                    row[name] = value[:limit]

    return request_body(change)


plant(
    "nothing-added",
    "respondents are not added although the reply says so",
    "FO-067 FO-069",
    ADD,
    request_body(
        lambda document: {**document, "data": document["data"][:1]} if len(document.get("data", "")) > 1 else None
    ),
)
plant("insertion-is-201", "an insertion is 201", "FO-072", ADD, status(201))
plant(
    "inserted-ids-missing",
    "insertedIds is missing",
    "FO-068",
    ADD,
    body(lambda made: made.pop("insertedIds") and None),
)
plant(
    "ids-in-reverse",
    "insertedIds are in the opposite order",
    "FO-070",
    ADD,
    body(lambda made: made["insertedIds"].reverse()),
)
plant(
    "wrong-ids",
    "insertedIds are not the new respids",
    "FO-069",
    ADD,
    body(lambda made: made.update(insertedIds=[each + 1000 for each in made["insertedIds"]])),
)
plant("ids-reused", "a respid is used again after a deletion", "FO-071", f"{ADD} {DELETE}", ids_reused)
plant(
    "schema-needed-to-add",
    "an insertion needs dataSchema",
    "FO-073",
    ADD,
    refused(400, lambda sent: isinstance(sent.json, dict) and "dataSchema" not in sent.json),
)
plant(
    "keys-of-the-first",
    "every record has the keys of the first",
    "FO-074 FO-075",
    ADD,
    request_body(
        lambda document: (
            document.update(
                data=[
                    {**{name: "x" for name in document["data"][0] if name == "city"}, **row} for row in document["data"]
                ]
            )
            if isinstance(document.get("data"), list) and document["data"] and "dataSchema" not in document
            else None
        )
    ),
)
plant(
    "unknown-keys-fatal",
    "a key that is not a variable is 500",
    "FO-076",
    ADD,
    refused(500, lambda sent: "understudy_unknown" in str(sent.json)),
)
plant(
    "ids-too-many",
    "insertedIds holds more than were inserted",
    "FO-081",
    ADD,
    body(lambda made: made["insertedIds"].append(9_999_999)),
)
plant(
    "respid-of-the-client",
    "respid can be chosen",
    "FO-101",
    ADD,
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "insertedIds": [sent.json["data"][0]["respid"]]})
            if answer.ok and sent.json["data"] and "respid" in sent.json["data"][0]
            else answer
        )
    ),
)
plant(
    "respid-of-the-client-by-key",
    "respid can be chosen by naming it as key",
    "FO-172",
    f"{ADD} {PATCH}",
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "insertedIds": [98765432], "insertedRecords": 1})
            if "98765432" in str(sent.json)
            else answer
        )
    ),
)
plant(
    "messages-without-a-fault",
    "a reply without any problem has row results",
    "FO-097",
    ADD,
    body(
        lambda made: (
            made.setdefault(
                "validationMessages",
                {
                    "level": "respondent",
                    "rowResults": [
                        {
                            "rowNumber": 1,
                            "messages": [{"fields": [], "message": "Fine.", "value": None, "severity": "Information"}],
                        }
                    ],
                },
            )
            and None
        )
    ),
)
plant(
    "always-keyed",
    "an insertion without keys looks for duplicates",
    "FO-083",
    ADD,
    request_body(
        lambda document: (
            {
                **document,
                "dataSchema": {
                    "keys": ["email"],
                    "variables": sorted({name for row in document["data"] for name in row} - {"email", "respid"})
                    or ["city"],
                },
            }
            if isinstance(document.get("data"), list)
            and "dataSchema" not in document
            and document["data"]
            and "email" in document["data"][0]
            else None
        )
    ),
)
plant(
    "doubles-added",
    "keys are ignored when adding",
    "FO-077 FO-078 FO-082",
    ADD,
    request_body(lambda document: document.pop("dataSchema", None) and None),
)
plant(
    "clash-refuses-all",
    "a key that exists refuses the whole call",
    "FO-078",
    ADD,
    replied(
        lambda _, answer: Answer.of(400, {"message": "exists"}, UTF8) if b"already exists" in answer.body else answer
    ),
)
plant(
    "clash-not-reported",
    "a skipped record is not reported",
    "FO-079",
    ADD,
    body(lambda made: made.pop("validationMessages", None) and None),
)
plant(
    "clash-in-other-words",
    "the message of a clash has another text",
    "FO-183",
    ADD,
    rewritten("KeyValue already exists.", "Duplicate key."),
)
plant("clash-overwrites", "a record that is skipped changes the respondent", "FO-080", ADD, overwriting)
plant("schema-ignored-on-add", "datapoints outside dataSchema are stored", "FO-084", ADD, request_body(all_variables))
plant(
    "body-without-data",
    "a body without data counts as an empty one",
    "FO-015",
    CHANGES,
    replied(
        lambda sent, answer: (
            Answer.of(200, {"insertedRecords": 0}, UTF8)
            if answer.status == 400 and isinstance(sent.json, dict) and "data" not in sent.json
            else answer
        )
    ),
)
plant(
    "broken-json-is-500",
    "a body that is not JSON is 500",
    "FO-015",
    CHANGES,
    refused(500, lambda sent: bool(sent.body) and sent.json is None),
)
plant(
    "empty-data-refused",
    "an empty list is refused",
    "FO-016",
    CHANGES,
    refused(400, lambda sent: isinstance(sent.json, dict) and sent.json.get("data") == []),
)
plant(
    "unknown-key-column",
    "an unknown key variable matches no respondent",
    "FO-173 FO-117",
    CHANGES,
    replied(
        lambda sent, answer: (
            Answer.of(200, {"updatedRecords": 0}, UTF8)
            if answer.status == 400 and "understudy_unknown" in str((sent.json or {}).get("dataSchema"))
            else answer
        )
    ),
)

# --- faults in rows ---------------------------------------------------------------------------------------------------

plant(
    "faulty-rows-left-out",
    "a row with an invalid datapoint is skipped",
    "FO-085 FO-113 FO-126",
    CHANGES,
    partly_succeeding,
)
plant("refused-but-partly-added", "a refused insertion adds the valid rows", "FO-086", ADD, partly_done)
plant("refused-but-begun", "a refused insertion adds the rows before the fault", "FO-086", ADD, done_up_to_the_fault)
plant("refused-but-partly-updated", "a refused update is made for the other rows", "FO-086", PUT, partly_done)
plant("refused-but-partly-merged", "a refused merge is made for the other rows", "FO-086", PATCH, partly_done)
plant("refused-but-partly-deleted", "a refused deletion deletes the other rows", "FO-086 FO-140", DELETE, partly_done)
plant(
    "refusal-without-message",
    "a refusal has no message",
    "FO-087",
    ADD,
    body(lambda refusal: refusal.pop("message", None) and None, status=400),
)
plant(
    "messages-as-list",
    "validationMessages is a list of rows",
    "FO-088 FO-087",
    ADD,
    body(
        lambda refusal: (
            refusal.update(validationMessages=refusal["validationMessages"]["rowResults"])
            if "validationMessages" in refusal
            else None
        ),
        status=400,
    ),
)
plant("level-response", "level is survey", "FO-096", ADD, messaged(lambda value: value.update(level="survey")))
plant(
    "message-without-severity",
    "a message has no severity",
    "FO-089",
    ADD,
    body(every(lambda each: each.pop("severity", None) and None), status=400),
)
plant(
    "rows-from-zero",
    "rowNumber counts from 0",
    "FO-090",
    ADD,
    rows_changed(lambda rows: [{**row, "rowNumber": row["rowNumber"] - 1} for row in rows]),
)
plant(
    "other-words-for-numbers",
    "a text in a number has another message",
    "FO-091",
    ADD,
    rewritten("Invalid Numeric.", "Not a number."),
)
plant(
    "other-words-for-dates",
    "a text in a date has another message",
    "FO-092",
    ADD,
    rewritten("Invalid DateTime.", "Invalid Date."),
)
plant(
    "first-row-only",
    "only the first of several faulty rows is reported",
    "FO-093",
    ADD,
    rows_changed(lambda rows: rows[:1]),
)
plant(
    "first-fault-only",
    "only the first of several faults in a row is reported",
    "FO-094",
    ADD,
    rows_changed(lambda rows: [{**row, "messages": row["messages"][:1]} for row in rows]),
)
plant(
    "good-rows-reported",
    "valid rows are reported as errors too",
    "FO-095",
    ADD,
    rows_changed(
        lambda rows: [
            *rows,
            {
                "rowNumber": 2,
                "messages": [{"fields": ["city"], "message": "Invalid.", "value": "fine", "severity": "Error"}],
            },
        ]
    ),
)
plant("long-text-cut", "a text that is too long is shortened", "FO-098 FO-149", ADD, length_cut(5))
plant(
    "any-boolean",
    "a boolean takes any text",
    "FO-179",
    ADD,
    request_body(
        lambda document: (
            document.update(
                data=[
                    {name: 1 if value == "perhaps" else value for name, value in row.items()}
                    for row in document["data"]
                ]
            )
            if isinstance(document.get("data"), list)
            else None
        )
    ),
)
plant(
    "true-for-nought",
    "a boolean reads 1 whatever was stored",
    "FO-150",
    ONE,
    items(lambda record: {name: 1 if value == 0 else value for name, value in record.items()}),
)
# --- updates, merges, deletions ---------------------------------------------------------------------------------------

plant(
    "update-counts-all",
    "updatedRecords counts rows that matched no respondent",
    "FO-102 FO-103 FO-110",
    PUT,
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "updatedRecords": len(sent.json["data"])}) if answer.ok else answer
        )
    ),
)
plant(
    "update-forgotten",
    "an update is not made",
    "FO-102",
    PUT,
    request_body(
        lambda document: (
            {**document, "dataSchema": {**document["dataSchema"], "variables": ["country"]}}
            if not schemaless(Sent("PUT", "", body=json.dumps(document).encode()))
            else None
        )
    ),
)
plant(
    "schema-not-needed",
    "an update without dataSchema is accepted",
    "FO-104 FO-105 FO-106",
    PUT,
    replied(
        lambda sent, answer: (
            Answer.of(200, {"updatedRecords": 0}, UTF8) if answer.status == 400 and schemaless(sent) else answer
        )
    ),
)
plant(
    "merge-schema-not-needed",
    "a merge without dataSchema is accepted",
    "FO-122",
    PATCH,
    replied(
        lambda sent, answer: (
            Answer.of(200, {"insertedRecords": 0, "insertedIds": [], "updatedRecords": 0}, UTF8)
            if answer.status == 400 and schemaless(sent)
            else answer
        )
    ),
)
plant(
    "schema-ignored-on-update",
    "datapoints outside dataSchema are written",
    "FO-107 FO-108",
    PUT,
    request_body(all_variables),
)
plant("update-blanks", "a listed variable that is missing is cleared", "FO-109", PUT, wiping)
plant("update-inserts", "an update inserts unknown keys", "FO-110 FO-111", PUT, inserting)
plant(
    "unknown-key-is-404",
    "an update of an unknown key is 404",
    "FO-111 FO-112",
    PUT,
    replied(
        lambda _, answer: Answer.of(404, {"message": "No."}, UTF8) if answer.ok and reported_rows(answer) else answer
    ),
)
plant(
    "unknown-key-not-reported",
    "an unknown key is not reported",
    "FO-111",
    PUT,
    body(lambda done: done.pop("validationMessages", None) and None),
)
plant("first-key-only", "only the first of several keys is used", "FO-114", PUT, changed_request(first_key))
plant(
    "shared-key-means-first",
    "a key that several respondents share is accepted",
    "FO-115 FO-125 FO-138 FO-141",
    f"{PUT} {PATCH} {DELETE}",
    first_of_several,
)
plant("keyless-applied", "a record without its key updates a respondent", "FO-116", PUT, done_though_keyless)
plant("merge-updates-only", "a merge inserts no respondent", "FO-118 FO-121", PATCH, only_known)
plant(
    "merge-without-counts",
    "a merge leaves out counts of 0",
    "FO-129",
    PATCH,
    body(lambda done: {name: value for name, value in done.items() if value}),
)
plant(
    "merge-without-ids",
    "a merge leaves out insertedIds",
    "FO-119",
    PATCH,
    body(lambda merged: merged.pop("insertedIds", None) and None),
)
plant(
    "merge-returns-all-ids",
    "insertedIds of a merge includes updated respondents",
    "FO-120",
    PATCH,
    body(lambda done: done["insertedIds"].append(1)),
)
plant(
    "schema-ignored-on-merge",
    "a merge writes datapoints outside dataSchema",
    "FO-123",
    PATCH,
    request_body(all_variables),
)
plant(
    "merge-loses-key",
    "a merge does not store the key of inserted respondents",
    "FO-124",
    ONE,
    items(lambda record: record.pop("email", None) and None),
)
plant("merge-inserts-twins", "a new key that is sent twice is inserted twice", "FO-127", PATCH, twice_made)
plant(
    "merge-inserts-again",
    "a repeated merge inserts again",
    "FO-128",
    PATCH,
    counting(insertedRecords=1, insertedIds=[1]),
)
plant("delete-forgotten", "a deletion is not made", "FO-135 FO-136", DELETE, forgotten)
plant(
    "delete-takes-respids-only",
    "a deletion by another key is refused",
    "FO-136 FO-137",
    DELETE,
    refused(400, lambda sent: "respid" not in str((sent.json or {}).get("dataSchema"))),
)
plant("delete-needs-variables", "a deletion needs variables", "FO-133 FO-130", DELETE, refused(400, schemaless))
plant("delete-without-count", "a deletion is 204", "FO-134", DELETE, status(204))
plant(
    "delete-without-schema",
    "a deletion without dataSchema is accepted",
    "FO-131",
    DELETE,
    replied(
        lambda sent, answer: (
            Answer.of(200, {"deletedRecords": 0}, UTF8)
            if answer.status == 400 and isinstance(sent.json, dict) and "data" in sent.json
            else answer
        )
    ),
)
plant(
    "delete-without-body",
    "a deletion without a body is accepted",
    "FO-132",
    DELETE,
    instead(200, {"deletedRecords": 0}, lambda sent: not sent.body, UTF8),
)
plant(
    "unknown-key-stops-deletion",
    "a deletion is refused for a key that is not found",
    "FO-137",
    DELETE,
    replied(lambda _, answer: Answer.of(400, {"message": "No."}, UTF8) if reported_rows(answer) else answer),
)
plant(
    "not-unique-in-other-words",
    "a key that several respondents share has another message",
    "FO-139",
    DELETE,
    rewritten("KeyValue is not unique.", "Ambiguous key."),
)
plant(
    "not-unique-without-count",
    "the refusal of a shared key has no deletedRecords",
    "FO-139",
    DELETE,
    body(lambda refusal: refusal.pop("deletedRecords", None) and None, status=400),
)
plant(
    "deleted-twice-counts-twice",
    "a respondent that is sent twice counts twice",
    "FO-143 FO-176",
    DELETE,
    replied(
        lambda sent, answer: (
            answer.with_json({**answer.json, "deletedRecords": len(sent.json["data"])}) if answer.ok else answer
        )
    ),
)
plant(
    "delete-any-key",
    "a key value of the wrong type is accepted",
    "FO-142",
    DELETE,
    forgiven(400, {"deletedRecords": 0}),
)

# --- variables of one's own -------------------------------------------------------------------------------------------


async def never_added(sent: Sent, mock: Mock) -> Answer:
    """A variable is answered as made and not made."""
    name = (sent.json or {}).get("name") if isinstance(sent.json, dict) else None
    return Answer.of(200, {"name": name, "variableType": "text", "isUserVariable": "true"}, UTF8)


def loosened(**members: Any) -> Act:
    """What is said of a variable is replaced before it is looked at."""
    return request_body(
        lambda document: {
            **document,
            **{name: value(document) if callable(value) else value for name, value in members.items()},
        }
    )


async def filled_with_nothing(sent: Sent, mock: Mock) -> Answer:
    """Respondents who are there have empty text in a new variable."""
    answer = await mock.ask(sent)
    mine = mock.memory.setdefault("mine", [])
    if sent.path.endswith("uservariables") and answer.ok:
        mine.append(answer.json["name"])
    if sent.method == "GET" and answer.ok and mine and sent.last.isdecimal():
        return answer.with_json({**dict.fromkeys(mine, ""), **answer.json})
    return answer


plant("variable-not-added", "a variable is not added", "FO-144", VARIABLE, never_added)
plant("name-not-needed", "a variable without a name is created", "FO-154", VARIABLE, filled_in(name="unnamed"))
plant(
    "any-kind",
    "an unknown dataType is text",
    "FO-177",
    VARIABLE,
    loosened(
        dataType=lambda document: "text" if document.get("dataType") == "understudy" else document.get("dataType")
    ),
)
plant("kind-not-needed", "a variable without dataType is text", "FO-154", VARIABLE, filled_in(dataType="text"))
plant("digits-not-needed", "a number needs neither precision nor scale", "FO-147", VARIABLE, filled_in(precision=9))
plant(
    "digits-not-kept",
    "precision and scale are ignored",
    "FO-178",
    VARIABLE,
    request_body(lambda document: document.update(precision=15, scale=6) if "scale" in document else None),
)
plant(
    "length-not-kept",
    "length is ignored",
    "FO-098",
    VARIABLE,
    request_body(lambda document: document.update(length=2000) if document.get("dataType") == "text" else None),
)
plant(
    "dates-not-looked-at",
    "a date variable accepts any text",
    "FO-151",
    VARIABLE,
    request_body(lambda document: document.update(dataType="text") if document.get("dataType") == "date" else None),
)
plant(
    "table-without-end",
    "the 1001st column is accepted",
    "FO-152",
    VARIABLE,
    replied(
        lambda sent, answer: (
            Answer.of(200, {"name": "x", "variableType": "text", "isUserVariable": "true"}, UTF8)
            if answer.status == 409
            else answer
        )
    ),
)
plant("full-table-is-400", "a full table is 400", "FO-152", VARIABLE, status(400, of=409))
plant(
    "name-used-twice",
    "a name in use is accepted",
    "FO-153",
    VARIABLE,
    forgiven(409, {"name": "email", "variableType": "text", "isUserVariable": "true"}),
)
plant(
    "variable-empty-not-blank",
    "a new variable is an empty text for existing respondents",
    "FO-157",
    f"{VARIABLE} {ONE}",
    filled_with_nothing,
)
plant(
    "column-without-type",
    "a column has no variableType",
    "FO-158",
    "list_variables",
    items(lambda column: column.pop("variableType") and None),
)
plant(
    "respid-unmarked",
    "respid is not marked as a system column",
    "FO-159",
    "list_variables",
    items(lambda column: column.update(isSystemVariable="false") if column["name"] == "respid" else None),
)
plant(
    "background-unmarked",
    "background columns are not marked",
    "FO-160 FO-161",
    "list_variables",
    items(lambda column: column.pop("isBackground", None) and None),
)
plant(
    "marks-in-other-words",
    'marks have the value "yes"',
    "FO-162",
    "list_variables",
    items(lambda column: {name: "yes" if name.startswith("is") else value for name, value in column.items()}),
)

# --- verbs ------------------------------------------------------------------------------------------------------------

plant("patch-missing", "PATCH is 405", "FO-014", PATCH, refused(405))
plant(
    "any-verb",
    "an unknown method counts as GET",
    "FO-014",
    "*",
    instead(200, {}, lambda sent: sent.method in {"COPY", "PROPFIND"}, UTF8),
)

# --- what has clauses of its own --------------------------------------------------------------------------------------


async def counted_still(sent: Sent, mock: Mock) -> Answer:
    """The count of a list goes on including who was deleted."""
    answer = await mock.ask(sent)
    if sent.method == "DELETE" and answer.ok:
        mock.memory["deleted"] = mock.memory.get("deleted", 0) + answer.json["deletedRecords"]
    elif sent.method == "GET" and answer.ok and paged(sent):
        page = answer.json
        page["totalCount"] += mock.memory.get("deleted", 0)
        return answer.with_json(page)
    return answer


async def rest_cleared(sent: Sent, mock: Mock) -> Answer:
    """After an update a record has lost what the update did not name."""
    answer = await mock.ask(sent)
    if sent.method == "PUT" and answer.ok:
        mock.memory["updated"] = {row.get("email") for row in sent.json["data"]}
    elif sent.method == "GET" and answer.ok and answer.json.get("email") in mock.memory.get("updated", ()):
        return answer.with_json(
            {name: value for name, value in answer.json.items() if name in {"respid", "email", "city"}}
        )
    return answer


async def others_moved(sent: Sent, mock: Mock) -> Answer:
    """After an update, respondents whom it did not name live elsewhere."""
    answer = await mock.ask(sent)
    if sent.method == "PUT" and answer.ok:
        mock.memory["updated"] = {row.get("email") for row in sent.json["data"]}
    elif sent.method == "GET" and answer.ok and answer.json.get("email") not in mock.memory.get("updated", {None}):
        return answer.with_json({**answer.json, "city": "elsewhere"}) if "updated" in mock.memory else answer
    return answer


def reported(**members: Any) -> Act:
    """Messages of a refusal say something else."""
    return body(every(lambda part: part.update(members) if "severity" in part else None), 400)


plant(
    "json-as-text",
    "JSON is labelled text/plain",
    "FO-005 FO-017",
    READS,
    headers(content_type="text/plain; charset=utf-8"),
)
plant("stream-ignores-variables", "variables is ignored in a stream", "FO-180", LIST, query(streams, variables=None))
plant(
    "stream-ignores-templates",
    "variableTemplateId is ignored in a stream",
    "FO-181",
    LIST,
    query(streams, variableTemplateId=None),
)
plant(
    "item-of-another-survey",
    "links.item leads to another survey",
    "FO-182",
    LIST,
    body(lambda page: page["links"].update(item=page["links"]["item"].replace("p1231234", "p0000000"))),
)
plant(
    "lost-in-other-words",
    "an unknown key is reported in other words",
    "FO-183",
    f"{PUT} {DELETE}",
    rewritten("KeyValue could not be found.", "No such key."),
)
plant("message-without-value", "a message repeats another value than was sent", "FO-184", ADD, reported(value="?"))
plant("message-of-another-field", "a message names another variable", "FO-184", ADD, reported(fields=["other"]))
plant(
    "bare-refusals",
    "the refusal of invalid data by PUT, PATCH and DELETE has no rows",
    "FO-185",
    f"{PUT} {PATCH} {DELETE}",
    body(lambda refusal: refusal.pop("validationMessages", None) and None, 400),
)
plant(
    "add-loses-key",
    "an insertion with keys does not store the key",
    "FO-186",
    ONE,
    items(lambda record: record.pop("email", None) and None),
)
plant("deleted-still-counted", "totalCount includes deleted respondents", "FO-187", f"{LIST} {DELETE}", counted_still)
plant(
    "shared-row-misnumbered",
    "the refusal of a shared key names another row",
    "FO-188",
    DELETE,
    body(every(lambda part: part.update(rowNumber=1) if "rowNumber" in part else None), 400),
)
plant("update-clears-the-rest", "an update clears what it does not name", "FO-189", f"{ONE} {PUT}", rest_cleared)
plant("update-touches-others", "an update changes another respondent too", "FO-189", f"{ONE} {PUT}", others_moved)
