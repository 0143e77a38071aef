"""Reading respondents: pages, streams, single records, chosen variables and filters."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import (
    Mismatch,
    answers,
    both,
    header,
    refuses_somehow,
    shows,
    succeeds,
)
from understudy.conformance.evidence.response_validator import bodies
from understudy.conformance.evidence.words import several
from understudy.conformance.http.client import Credential
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import whole
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.forsta.table import DATA, Record, columns, is_date, read_respondent, schema

STREAM = "application/x-ndjson"


def _json_utf8(exchange: Exchange) -> Mismatch | None:
    """The Content-Type is JSON in UTF-8."""
    return header("Content-Type", r"^application/json\s*;\s*charset=\"?utf-8\"?$")(exchange)


def everyone(ctx: CheckContext) -> tuple[list[Record], list[Exchange]]:
    """The respondents, as far as the list is read, with the pages."""
    read = whole(ctx, ctx.contract.operations[DATA])
    ctx.need(read.items, "the survey has no respondents", *read.pages)
    return read.items, read.pages


def lines(exchange: Exchange) -> list[Any]:
    """The records of a stream."""
    return [value for value, _ in bodies(exchange)]


@check("FO-005", "FO-017", "FO-066")
def json_is_labelled(ctx: CheckContext) -> None:
    """JSON replies are application/json with charset utf-8, also for single records, whatever Accept prefers."""
    for exchange in (
        ctx.call(DATA),
        ctx.call("read_respondent"),
        ctx.call(DATA, query={"pageSize": "0"}),
        ctx.call(DATA, role=None),
    ):
        ctx.judge("FO-005", exchange, _json_utf8)
    plain = ctx.call(DATA, query={"pageSize": 3})
    shown = len(ctx.items(ctx.contract.operations[DATA], plain))
    for accept in (None, "application/json", "*/*", "application/*"):
        exchange = ctx.call(DATA, query={"pageSize": 3}, headers={"Accept": accept} if accept else {})
        ctx.judge("FO-017", exchange, both(_json_utf8, shows(itemCount=shown)))
    single = ctx.call("read_respondent", headers={"Accept": "*/*"})
    ctx.judge("FO-066", single, both(succeeds, _json_utf8))
    streamed = ctx.call("read_respondent", headers={"Accept": f"{STREAM}, application/json;q=0.5"})
    ctx.judge("FO-066", streamed, both(succeeds, _json_utf8))


@check("FO-006", "FO-007", "FO-008", "FO-009", "FO-011", "FO-012", "FO-051", "FO-058", "FO-062", "FO-063")
def records_leave_blanks_out(ctx: CheckContext) -> None:
    """A record is flat; a variable without a value is absent, not null or empty, so records differ in their members."""
    items, pages = everyone(ctx)
    nested = [each["respid"] for each in items if any(isinstance(value, dict | list) for value in each.values())]
    ctx.holds("FO-006", pages[:1], not nested, "flat records", nested[:3])
    blank = [each["respid"] for each in items if any(value in (None, "") for value in each.values())]
    ctx.holds("FO-008", pages[:1], not blank, "no null and no empty text", blank[:3])
    keys = {frozenset(each) for each in items}
    for clause in ("FO-007", "FO-009"):
        ctx.holds(clause, pages[:1], not blank, "records without blank values", blank[:3], vacuous=len(keys) < 2)
    gappy = min(items, key=len)
    single = read_respondent(ctx, gappy["respid"])
    ctx.judge(
        "FO-063",
        single,
        lambda exchange: (
            None
            if exchange.json == gappy and not {None, ""} & set(gappy.values())
            else Mismatch("the record without blank values", exchange.summary)
        ),
    )
    for clause in ("FO-006", "FO-007", "FO-008"):
        ctx.holds(clause, single, single.json == gappy, "the record as listed", single.summary, vacuous=len(keys) < 2)
    ctx.judge("FO-058", single, shows(respid=gappy["respid"]))
    ctx.holds("FO-062", single, single.json == gappy, "all datapoints", single.summary)
    full = set().union(*keys)
    schemas = {str(each["name"]): each for each in schema(ctx)}
    kinds = {
        next(
            (mark for mark in ("isSystemVariable", "isBackground", "isUserVariable") if mark in schemas.get(name, {})),
            "",
        )
        for name in full
    }
    ctx.holds(
        "FO-011",
        pages[:1],
        {"isSystemVariable", "isBackground"} <= kinds,
        "system and background columns",
        sorted(kinds),
    )
    ctx.holds("FO-051", pages[:1], len(full & set(schemas)) > 2, "datapoints of every column", sorted(full))
    odd = [
        f"{each['respid']}: {name}"
        for each in items
        for name, value in each.items()
        if not _typed(schemas.get(name, {}).get("variableType"), value)
    ]
    ctx.holds("FO-012", pages[:1], not odd, "numbers as numbers, text as text", ", ".join(odd[:3]))


def _typed(kind: Any, value: Any) -> bool:
    if kind == "numeric":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str) if kind in {"text", "date"} else True


@check("FO-018", "FO-019", "FO-020", "FO-021", "FO-023", "FO-024", "FO-032", "FO-035")
def a_stream_holds_everybody(ctx: CheckContext) -> None:
    """application/x-ndjson is one record per line, every respondent once, whatever page and pageSize are."""
    items, pages = everyone(ctx)
    total = pages[-1].find("totalCount")
    stream = ctx.call(DATA, headers={"Accept": STREAM})
    records = lines(stream)
    ctx.judge("FO-019", stream, header("Content-Type", r"^application/x-ndjson\s*;\s*charset=\"?utf-8\"?$"))
    ctx.holds(
        "FO-018",
        stream,
        stream.succeeded and all(isinstance(each, dict) and "respid" in each for each in records) and bool(records),
        "one JSON record per line",
        stream.summary,
    )
    bare = [
        each for each in records if isinstance(each, dict) and {"itemCount", "totalCount", "items", "links"} & set(each)
    ]
    ctx.holds("FO-020", stream, not bare, "only records, without counts and links", stream.summary)
    names = [each.get("respid") for each in records if isinstance(each, dict)]
    ctx.holds(
        "FO-024", stream, len(set(names)) == len(names), "each respondent once", f"{len(names) - len(set(names))} twice"
    )
    ctx.holds(
        "FO-021", (pages[-1], stream), len(names) == total, f"all {total} respondents", several(len(names), "line")
    )
    ctx.holds(
        "FO-032",
        (pages[0], stream),
        names[: len(items)] == [each["respid"] for each in items],
        "the order of the pages",
        "another order",
    )
    for query in ({"page": "2", "pageSize": "3"}, {"pageSize": "20000"}):
        limited = ctx.call(DATA, query=query, headers={"Accept": STREAM})
        same = limited.succeeded and len(lines(limited)) == len(names)
        ctx.holds(
            "FO-021" if "page" in query else "FO-035",
            (stream, limited),
            same,
            f"the same stream with {query}",
            limited.summary,
        )
    numbers = [name for name in names if isinstance(name, int)]
    ctx.holds("FO-032", stream, numbers == sorted(numbers), "in the order of respid", numbers[:5])
    column = columns(ctx)
    empty = ctx.call(
        DATA, query={"filterExpression": f"respondent:{column.key}='{ctx.word()}'"}, headers={"Accept": STREAM}
    )
    ctx.holds(
        "FO-023", empty, empty.status == 200 and empty.reply.body.strip() == b"", "200 and an empty body", empty.summary
    )


@check("FO-022", "FO-167")
def other_types_are_not_acceptable(ctx: CheckContext) -> None:
    """An Accept that allows neither form is answered with 406; a body of a GET is ignored."""
    for accept in ("text/csv", "application/xml"):
        ctx.judge("FO-022", ctx.call(DATA, headers={"Accept": accept}), answers(406))
    plain = ctx.call(DATA, query={"pageSize": 3})
    bodied = ctx.call(DATA, query={"pageSize": 3}, body={"anything": ["at all"]})
    ctx.holds(
        "FO-167",
        (plain, bodied),
        bodied.succeeded and bodied.json == plain.json,
        "the same reply with a body",
        bodied.summary,
    )


@check("FO-025", "FO-037", "FO-038", "FO-039", "FO-042", "FO-056")
def links_lead_to_records(ctx: CheckContext) -> None:
    """links.item is the address of single records with a literal {respId}; links.next keeps the filter and the variables."""
    column = columns(ctx)
    page = ctx.call(DATA, query={"pageSize": 3})
    item = str(page.find("links", "item"))
    ctx.holds(
        "FO-042",
        page,
        item.endswith("/{respId}") and item.startswith("http") and ctx.run.target.hosts(item),
        f"an absolute address on the host of {ctx.run.target.url}, ending in {{respId}}",
        item,
    )
    own = page.at("items", 0, "respid")
    # Links to another host are not followed, as the request would take the credential there.
    if ctx.run.target.hosts(item):
        ctx.judge("FO-042", ctx.follow(item.replace("{respId}", str(own)), page), shows(respid=own), page)
    ctx.holds(
        "FO-025",
        page,
        {"itemCount", "totalCount", "items", "links"} <= set(page.json),
        "itemCount, totalCount, items and links",
        page.summary,
    )
    query = {"pageSize": 3, "variables": column.key, "filterExpression": "respondent:respid>0"}
    first = ctx.call(DATA, query=query)
    link, count = first.find("links", "next"), first.find("totalCount")
    ctx.need(link or not isinstance(count, int) or count > 3, "the survey has too few respondents for two pages", first)
    ctx.rely(isinstance(link, str), f"no next page to follow: {first.summary}", first)
    home = ctx.run.target.hosts(str(link))
    ctx.holds(
        "FO-038",
        first,
        str(link).startswith(("http://", "https://")) and home,
        f"an absolute address on the host of {ctx.run.target.url}",
        link,
    )
    direct = ctx.call(DATA, query={**query, "page": 2})
    second = ctx.follow(str(link), first) if home else direct
    ctx.holds(
        "FO-038",
        (first, second),
        second.succeeded and second.find("items") == direct.find("items"),
        "the second page",
        second.summary,
    )
    kept = "filterExpression=" in str(link) and f"variables={column.key}" in str(link) and "pageSize=3" in str(link)
    ctx.holds("FO-039", (first, second), kept, "filterExpression, variables and pageSize in next", link)
    ctx.holds(
        "FO-056",
        (first, second),
        "filterExpression=" in str(link) and second.find("totalCount") == first.find("totalCount"),
        "the filter in next",
        link,
    )
    ctx.judge("FO-037", ctx.call(DATA), succeeds)


@check(
    "FO-043",
    "FO-044",
    "FO-045",
    "FO-046",
    "FO-047",
    "FO-048",
    "FO-049",
    "FO-050",
    "FO-051",
    "FO-059",
    "FO-060",
    "FO-061",
)
def variables_are_chosen(ctx: CheckContext) -> None:
    """variables, or a template of them, restrict what is returned; respid is always included; both together are 400."""
    column = columns(ctx)
    items, pages = everyone(ctx)
    everything = {name for each in items for name in each}
    for operation, clause in ((DATA, "FO-043"), ("read_respondent", "FO-059")):
        path: dict[str, Any] = {} if operation == DATA else {"path": {"respId": items[0]["respid"]}}
        one = ctx.call(operation, query={"variables": column.key}, **path)
        records = _records(one)
        ctx.holds(
            clause,
            one,
            bool(records) and all(set(each) <= {"respid", column.key} for each in records),
            f"only respid and {column.key}",
            one.summary,
        )
        ctx.holds(
            "FO-045", one, bool(records) and all("respid" in each for each in records), "respid as well", one.summary
        )
        two = ctx.call(operation, query={"variables": f"{column.key},{column.text}"}, **path)
        names = {name for each in _records(two) for name in each}
        wanted = {column.key, column.text} & ({*everything} if operation == DATA else {*items[0]})
        ctx.holds(
            "FO-044",
            two,
            names <= {"respid", column.key, column.text} and wanted <= names,
            f"{column.key} and {column.text}",
            sorted(names),
        )
        spaced = ctx.call(operation, query={"variables": f"{column.key}, {column.text}"}, **path)
        ctx.holds(
            "FO-047",
            (two, spaced),
            spaced.succeeded and _records(spaced) == _records(two),
            "the same reply with a space after the comma",
            spaced.summary,
        )
        ctx.judge("FO-046", ctx.call(operation, query={"variables": "understudy_unknown"}, **path), answers(400))
        template = ctx.run.settings.get("variableTemplateId", "101")
        chosen = ctx.call(operation, query={"variableTemplateId": template}, **path)
        names = {name for each in _records(chosen) for name in each}
        fewer = "respid" in names and names < everything
        ctx.holds(
            "FO-048" if operation == DATA else "FO-060",
            chosen,
            fewer,
            f"only the variables of template {template}",
            sorted(names) or chosen.summary,
        )
        both_given = ctx.call(operation, query={"variables": column.key, "variableTemplateId": template}, **path)
        ctx.judge("FO-049" if operation == DATA else "FO-061", both_given, answers(400))
        ctx.judge("FO-050", ctx.call(operation, query={"variableTemplateId": "999999"}, **path), answers(404, 400))
    ctx.holds("FO-051", pages[:1], len(everything) > 2, "every datapoint without either", sorted(everything))


def _records(exchange: Exchange) -> list[Record]:
    items = exchange.find("items")
    if isinstance(items, list):
        return items
    return [exchange.json] if exchange.succeeded and isinstance(exchange.json, dict) else []


@check("FO-064", "FO-065")
def single_records_are_found_by_respid(ctx: CheckContext) -> None:
    """An unknown respid is 404; one that is not a number is 400 or 404."""
    ctx.judge("FO-064", ctx.call("read_respondent", path={"respId": 987654321}), answers(404))
    for value in ("abc", "1.5"):
        ctx.judge("FO-065", ctx.call("read_respondent", path={"respId": value}), answers(400, 404))


@check("FO-027", "FO-028", "FO-052", "FO-053", "FO-054", "FO-055", "FO-057", "FO-171")
def filters_narrow_the_result(ctx: CheckContext) -> None:
    """A filter selects respondents in pages, counts and streams, also by variables that are not returned."""
    column = columns(ctx)
    items, pages = everyone(ctx)
    values = [each[column.text] for each in items if column.text in each]
    ctx.need(values, f"no respondent has a value for {column.text}", pages[0])
    value = max(set(values), key=lambda each: (values.count(each), each))
    expression = f"respondent:{column.text}='{value}'"
    wanted = [each["respid"] for each in items if each.get(column.text) == value]
    page = ctx.call(DATA, query={"filterExpression": expression, "pageSize": 1000})
    got = [each.get("respid") for each in _records(page)]
    few = len(wanted) == len(items)
    for clause in ("FO-052", "FO-053"):
        ctx.holds(
            clause,
            (pages[0], page),
            got == wanted,
            f"{several(len(wanted), 'respondent')} with {column.text} {value}",
            several(len(got), "respondent"),
            vacuous=few,
        )
    ctx.holds(
        "FO-028",
        page,
        page.find("totalCount") == len(wanted),
        f"totalCount {len(wanted)}",
        page.find("totalCount"),
        vacuous=few,
    )
    ctx.holds(
        "FO-027",
        pages[-1],
        pages[-1].find("totalCount") == len(items) or len(pages) > 5,
        f"totalCount {len(items)}",
        pages[-1].find("totalCount"),
    )
    hidden = ctx.call(DATA, query={"filterExpression": expression, "variables": column.key, "pageSize": 1000})
    ctx.holds(
        "FO-054",
        hidden,
        [each.get("respid") for each in _records(hidden)] == wanted,
        "the same respondents when the variable is not returned",
        hidden.summary,
        vacuous=few,
    )
    stream = ctx.call(DATA, query={"filterExpression": expression}, headers={"Accept": STREAM})
    ctx.holds(
        "FO-055",
        stream,
        [each.get("respid") for each in lines(stream) if isinstance(each, dict)] == wanted,
        "the same respondents in the stream",
        stream.summary,
        vacuous=few,
    )
    for garbage in (
        "garbage",
        "respondent:",
        f"respondent:{column.text}=",
        f"respondent:{column.text}='x",
        "respondent:understudy_unknown='x'",
        "AND",
    ):
        ctx.judge("FO-057", ctx.call(DATA, query={"filterExpression": garbage}), answers(400))
    ctx.judge("FO-171", ctx.call(DATA, query={"filterExpression": f"{column.text}='{value}'"}), answers(400))


@check("FO-168", "FO-169", "FO-170")
def filters_have_a_grammar(ctx: CheckContext) -> None:
    """Six operators compare texts, numbers and dates; comparisons combine with AND, OR, NOT, IN and parentheses."""
    column = columns(ctx)
    items, pages = everyone(ctx)
    ctx.need(len(pages) < 6, "the survey has too many respondents to be compared", pages[0])
    ages = sorted({each[column.number] for each in items if column.number in each})
    days = sorted({str(each[column.date]) for each in items if is_date(each.get(column.date))})
    texts = sorted({str(each[column.text]) for each in items if column.text in each})
    ctx.need(
        ages and days and len(texts) > 1,
        f"too few values of {column.number}, {column.date} and {column.text}",
        pages[0],
    )
    age, day, one, other = ages[len(ages) // 2], days[len(days) // 2], texts[0], texts[-1]
    number, when, text = f"respondent:{column.number}", f"respondent:{column.date}", f"respondent:{column.text}"

    def age_of(each: Record) -> Any:
        return each.get(column.number)

    compared: list[tuple[str, Callable[[Record], bool]]] = [
        (f"{number} >= {age}", lambda each: age_of(each) is not None and age_of(each) >= age),
        (f"{number} < {age}", lambda each: age_of(each) is not None and age_of(each) < age),
        (f"{number} <= {age}", lambda each: age_of(each) is not None and age_of(each) <= age),
        (f"{number}={age}", lambda each: age_of(each) == age),
        (f"{number} > {age}", lambda each: age_of(each) is not None and age_of(each) > age),
        (f"{when} > {day}", lambda each: str(each.get(column.date, "")) > day),
    ]
    for expression, keeps in compared:
        _compare(ctx, "FO-168", items, expression, keeps)
    unlike = ctx.call(DATA, query={"filterExpression": f"{text} != '{one}'", "pageSize": 1000})
    wrong = [each["respid"] for each in _records(unlike) if each.get(column.text) == one]
    ctx.holds(
        "FO-168",
        unlike,
        unlike.succeeded and not wrong and bool(_records(unlike)),
        f"respondents with another {column.text}",
        unlike.summary,
    )
    joined: list[tuple[str, Callable[[Record], bool]]] = [
        (
            f"{text}='{one}' AND {number} >= {age}",
            lambda each: each.get(column.text) == one and age_of(each) is not None and age_of(each) >= age,
        ),
        (f"{text}='{one}' or {text}='{other}'", lambda each: each.get(column.text) in {one, other}),
        (
            f"({text}='{one}' OR {text}='{other}') and {number} < {age}",
            lambda each: each.get(column.text) in {one, other} and age_of(each) is not None and age_of(each) < age,
        ),
    ]
    for expression, keeps in joined:
        _compare(ctx, "FO-169", items, expression, keeps)
    negated = ctx.call(DATA, query={"filterExpression": f"NOT {text}='{one}'", "pageSize": 1000})
    wrong = [each["respid"] for each in _records(negated) if each.get(column.text) == one]
    ctx.holds(
        "FO-169",
        negated,
        negated.succeeded and not wrong and bool(_records(negated)),
        "the other respondents with NOT",
        negated.summary,
    )
    chosen = [each["respid"] for each in items[:3]]
    _compare(
        ctx,
        "FO-170",
        items,
        f"IN(respondent:respid, {', '.join(str(each) for each in chosen)})",
        lambda each: each["respid"] in chosen,
    )
    _compare(
        ctx, "FO-170", items, f"IN({text}, '{one}', '{other}')", lambda each: each.get(column.text) in {one, other}
    )


def _compare(
    ctx: CheckContext, clause: str, items: list[Record], expression: str, keeps: Callable[[Record], bool]
) -> None:
    wanted = [each["respid"] for each in items if keeps(each)]
    page = ctx.call(DATA, query={"filterExpression": expression, "pageSize": 1000})
    got = [each.get("respid") for each in _records(page)]
    ctx.holds(
        clause,
        page,
        page.succeeded and got == wanted,
        f"{several(len(wanted), 'respondent')} for {expression}",
        several(len(got), "respondent") if page.succeeded else page.summary,
    )


@check("FO-158", "FO-159", "FO-160", "FO-161", "FO-162")
def columns_are_marked(ctx: CheckContext) -> None:
    """A column has a name, a variableType and one mark of its origin, as text."""
    exchange = ctx.call("list_variables")
    listed = schema(ctx)
    bad = [
        each
        for each in listed
        if not isinstance(each.get("name"), str)
        or each.get("variableType") not in {"numeric", "text", "date", "boolean"}
    ]
    ctx.holds("FO-158", exchange, not bad and bool(listed), "name and variableType on each column", bad[:2])
    marks = {"system": "isSystemVariable", "background": "isBackground", "user": "isUserVariable"}
    respid = next((each for each in listed if each.get("name") == "respid"), {})
    ctx.holds(
        "FO-159",
        exchange,
        str(respid.get("isSystemVariable")).lower() == "true",
        "respid marked isSystemVariable",
        respid,
    )
    background = [each for each in listed if "isBackground" in each]
    email = next((each for each in background if each.get("name") == "email"), None)
    ctx.holds(
        "FO-160",
        exchange,
        bool(background) and (email is None or email.get("length") == 512),
        "columns marked isBackground, email with length 512",
        email or "none",
    )
    several = [each.get("name") for each in listed if sum(mark in each for mark in marks.values()) != 1]
    ctx.holds("FO-161", exchange, not several, "exactly one mark on each column", several[:3])
    values = {each[mark] for each in listed for mark in marks.values() if mark in each}
    ctx.holds(
        "FO-162", exchange, values <= {"true", True}, 'marks with the value "true"', [str(each) for each in values]
    )


@check("FO-003", writes=True, roles=("other",))
def a_survey_needs_permission(ctx: CheckContext) -> None:
    """A token without permission for the survey can neither read nor change it."""
    column = columns(ctx)
    for operation in ("list_respondents", "read_respondent", "list_variables"):
        ctx.judge("FO-003", ctx.call(operation, role="other"), answers(403, 404))
    key = ctx.word()
    added = ctx.call("add_respondents", body={"data": [{column.key: key}]}, role="other")
    ctx.judge("FO-003", added, answers(403, 404))
    there = ctx.call(DATA, query={"filterExpression": f"respondent:{column.key}='{key}'"})
    ctx.holds("FO-003", (added, there), there.find("totalCount") == 0, "no respondent added", there.summary)
    ctx.judge(
        "FO-003",
        ctx.call(
            "delete_respondents",
            body={"dataSchema": {"keys": ["respid"]}, "data": [{"respid": 987654321}]},
            role="other",
        ),
        answers(403, 404),
    )


@check("FO-004", writes=True)
def an_unknown_survey_is_not_found(ctx: CheckContext) -> None:
    """An unknown survey id is answered with 404 by every operation."""
    nowhere = {"surveyId": "p0000000"}
    ctx.judge("FO-004", ctx.call(DATA, path=nowhere), answers(404))
    ctx.judge("FO-004", ctx.call("read_respondent", path={**nowhere, "respId": 1}), answers(404))
    ctx.judge("FO-004", ctx.call("list_variables", path=nowhere), answers(404))
    for operation in (
        "add_respondents",
        "update_respondents",
        "merge_respondents",
        "delete_respondents",
        "add_user_variable",
    ):
        ctx.judge("FO-004", ctx.call(operation, **{**ctx.right(operation), "path": nowhere}), answers(404))


@check("FO-014", writes=True)
def the_collection_has_five_verbs(ctx: CheckContext) -> None:
    """The collection supports GET, POST, PUT, PATCH and DELETE, and no other method."""
    for operation in ("add_respondents", "update_respondents", "merge_respondents", "delete_respondents"):
        exchange = ctx.call(operation, body={})
        ctx.judge("FO-014", exchange, answers(400))
    for method in ("COPY", "PROPFIND"):
        exchange = ctx.call(DATA, method=method)
        ctx.judge("FO-014", exchange, answers(405, 501))
    allowed = ctx.call(DATA, method="COPY").header("allow")
    listed = set(re.split(r"[\s,]+", allowed or "GET, POST, PUT, PATCH, DELETE"))
    ctx.holds(
        "FO-014",
        ctx.exchanges[-1],
        {"GET", "POST", "PUT", "PATCH", "DELETE"} <= listed,
        "five methods in Allow",
        allowed,
    )


@check("FO-163", "FO-164", "FO-165", "FO-166", writes=True)
def a_client_logs_in(ctx: CheckContext) -> None:
    """A form, or Basic authentication, returns a token that the other operations accept; other grant types are refused."""
    form = ctx.right("create_token")["form"]
    logged_in = ctx.call("create_token", form=form)
    wanted = {"expires_in": 3600, "token_type": "Bearer"}
    ctx.judge("FO-163", logged_in, shows(wanted))
    pair = b64encode(f"{form['client_id']}:{form['client_secret']}".encode()).decode()
    rest = {name: value for name, value in form.items() if not name.startswith("client_")}
    basic = ctx.call("create_token", form=rest, credential=Credential("Basic", pair))
    ctx.judge("FO-164", basic, shows(wanted))
    token = logged_in.find("access_token")
    ctx.rely(isinstance(token, str), f"the reply has no access_token: {logged_in.summary}", logged_in)
    used = ctx.call(DATA, query={"pageSize": 1}, credential=Credential("Bearer", str(token)))
    ctx.holds("FO-165", (logged_in, used), used.status not in {401}, "a token that is accepted", used.summary)
    ctx.judge("FO-166", ctx.call("create_token", form={**form, "grant_type": "password"}), answers(400))
    ctx.judge("FO-166", ctx.call("create_token", form=rest), answers(401))
    ctx.judge("FO-163", ctx.call("create_token", form={**form, "grant_type": ""}), refuses_somehow)
