"""Reading respondents: records, streams, single records and chosen variables."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, both, header, refuses_somehow, shows, succeeds
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.rules.forsta.lists import (
    STREAM,
    everyone,
    lines,
    matching,
    quoted,
    records,
    respids,
    stream,
)
from understudy.conformance.rules.forsta.table import DATA, columns, is_number, read_respondent, schema

JSON = r"^application/json\s*(;|$)"
UTF8 = r";\s*charset=\"?utf-8\"?\s*$"
MARKS = ("isSystemVariable", "isBackground", "isUserVariable")


@check("FO-017")
def pages_are_the_default(ctx: CheckContext) -> None:
    """Without an Accept header, or with application/json, the reply is one collection."""
    for accept in (None, "application/json"):
        page = ctx.call(DATA, query={"pageSize": 3}, headers={"Accept": accept} if accept else {})
        one = page.succeeded and isinstance(page.find("items"), list) and page.media_type == "application/json"
        ctx.holds("FO-017", page, one, "one collection as application/json", page.summary)


@check("FO-005", "FO-066", "FO-174")
def json_is_labelled(ctx: CheckContext) -> None:
    """JSON replies are labelled application/json with charset utf-8."""
    for exchange in (ctx.call(DATA, query={"pageSize": 3}), ctx.call("read_respondent")):
        ctx.judge("FO-005", exchange, both(succeeds, header("Content-Type", JSON)))
        ctx.judge("FO-174", exchange, header("Content-Type", UTF8))
    single = ctx.call("read_respondent", headers={"Accept": f"{STREAM}, application/json;q=0.5"})
    ctx.judge("FO-066", single, both(succeeds, header("Content-Type", JSON)))


@check("FO-006", "FO-007", "FO-008", "FO-009", "FO-011", "FO-012")
def records_leave_blanks_out(ctx: CheckContext) -> None:
    """A record is flat; a variable without a value is absent, not null or empty, so records differ in their members."""
    items, pages = everyone(ctx)
    column = columns(ctx)
    own = {*column.names, "respid"}
    nested = [each for each in items if any(isinstance(each.get(name), dict | list) for name in own)]
    there = any((own - {"respid"}) & set(each) for each in items)
    ctx.holds("FO-006", pages[:1], not nested and there, "flat records", nested[:2] or "no datapoints")
    blank = [each.get("respid") for each in items if any(value in (None, "") for value in each.values())]
    keys = {frozenset(each) for each in items}
    for clause in ("FO-007", "FO-008"):
        ctx.holds(clause, pages[:1], not blank, "no null and no empty text", blank[:3], vacuous=len(keys) < 2)
    # Beside no others, a record has nothing to be made alike to.
    alone = [records(ctx.call(DATA, query={"pageSize": 1, "page": number})) for number in (1, 2, 3)]
    together = {each.get("respid"): each for each in items}
    lost = {
        name for found in alone for each in found for name in set(each) - set(together.get(each.get("respid"), each))
    }
    ctx.holds("FO-009", pages[:1], not lost, "all datapoints of each respondent", ", ".join(sorted(lost)))
    listed = {str(each["name"]): each for each in schema(ctx)}
    shown = {name for each in items for name in each}
    origins = {mark for each in listed.values() for mark in MARKS[:2] if mark in each}
    for mark in sorted(origins):
        some = [name for name, each in listed.items() if mark in each]
        ctx.holds("FO-011", pages[:1], set(some) & shown, f"columns marked {mark}", sorted(shown))
    if not origins:
        ctx.lacks("FO-011", "a list of columns with their marks")
    odd = [f"{each.get('respid')}: respid" for each in items if not is_number(each.get("respid"))]
    odd += [
        f"{each.get('respid')}: {name}"
        for each in items
        for name in (column.key, column.text)
        if name in each and not isinstance(each[name], str)
    ]
    ctx.holds("FO-012", pages[:1], not odd, "respid as number, text as text", ", ".join(odd[:3]))


@check("FO-051", "FO-058", "FO-062", "FO-063", "FO-064", "FO-065")
def single_records_are_found_by_respid(ctx: CheckContext) -> None:
    """One record is returned by its respid, with all its datapoints; an unknown respid is not found."""
    items, pages = everyone(ctx)
    for record in (min(items, key=len), max(items, key=len)):
        respid = record.get("respid")
        single = read_respondent(ctx, respid)
        ctx.judge("FO-058", single, shows(respid=respid))
        body = single.json if isinstance(single.json, dict) else {}
        blank = sorted(name for name, value in body.items() if value in (None, ""))
        ctx.holds("FO-063", single, single.succeeded and not blank, "no null and no empty text", blank[:3])
        lost = sorted(set(record) - set(body))
        ctx.holds("FO-062", (pages[0], single), single.succeeded and not lost, "all datapoints", f"no {lost[:3]}")
    column = columns(ctx)
    for name in (column.key, column.text, column.other):
        asked, _ = matching(ctx, variables=name)
        having = {each.get("respid") for each in asked if name in each}
        without = [each.get("respid") for each in items if each.get("respid") in having and name not in each]
        ctx.holds("FO-051", pages[:1], not without, f"{name} without being asked for", without[:3], vacuous=not having)
    ctx.judge("FO-064", ctx.call("read_respondent", path={"respId": 987654321}), answers(404))
    for value in ("abc", "1.5"):
        ctx.judge("FO-065", ctx.call("read_respondent", path={"respId": value}), refuses_somehow)


@check("FO-018", "FO-019", "FO-020", "FO-024", "FO-032", "FO-035", "FO-174", "FO-175")
def a_stream_holds_everybody(ctx: CheckContext) -> None:
    """application/x-ndjson is one record per line, every respondent once, whatever the limit of a page is."""
    whole = stream(ctx)
    found = lines(whole)
    ctx.judge("FO-019", whole, header("Content-Type", r"^application/x-ndjson\s*(;|$)"))
    ctx.judge("FO-174", whole, header("Content-Type", UTF8))
    apart = whole.succeeded and all(isinstance(each, dict) and "respid" in each for each in found)
    ctx.holds("FO-018", whole, apart, "one JSON record per line", whole.summary, vacuous=not found)
    counts = {"itemCount", "totalCount", "items", "links"}
    odd = [each for each in found if isinstance(each, dict) and counts & set(each)]
    ctx.holds("FO-020", whole, not odd, "only records, without counts and links", odd[:1])
    names = [each.get("respid") for each in found if isinstance(each, dict)]
    twice = len(names) - len(set(names))
    ctx.holds("FO-024", whole, not twice, "each respondent once", f"{twice} twice")
    large = stream(ctx, pageSize=20000)
    same = large.succeeded and respids(lines(large)) == respids(found)
    ctx.holds("FO-035", (whole, large), same, "the same stream with pageSize 20000", large.summary)
    items, pages = everyone(ctx)
    total = pages[-1].find("totalCount")
    fits = set(names) == {each.get("respid") for each in items}
    ctx.holds("FO-175", (pages[0], whole), fits, f"all {len(items)} respondents", several(len(names), "line"))
    if isinstance(total, int):
        ctx.holds("FO-175", (pages[0], whole), len(set(names)) >= len(items), f"{total} lines", len(names))
    order = [each.get("respid") for each in items]
    ctx.holds("FO-032", (pages[0], whole), names == order, "the order of the pages", "another order")
    ctx.holds("FO-032", whole, names == sorted(names, key=_number), "in the order of respid", names[:5])


def _number(value: Any) -> float:
    return float(value) if is_number(value) else 0


@check("FO-021", "FO-022", "FO-023", "FO-167")
def a_stream_has_no_pages(ctx: CheckContext) -> None:
    """A stream does not heed page and pageSize; one of no records is an empty body."""
    whole = stream(ctx)
    ctx.rely(whole.succeeded, f"there is no stream: {whole.summary}", whole)
    paged = stream(ctx, page="2", pageSize="3")
    same = paged.succeeded and respids(lines(paged)) == respids(lines(whole))
    ctx.holds("FO-021", (whole, paged), same, "the same stream with page and pageSize", paged.summary)
    nobody = stream(ctx, filterExpression=f"respondent:{columns(ctx).key}='{ctx.word()}'")
    empty = nobody.status in {200, 204} and nobody.reply.body.strip() == b""
    ctx.holds("FO-023", nobody, empty, "success and an empty body", nobody.summary)
    for accept in ("text/csv", "application/xml"):
        ctx.judge("FO-022", ctx.call(DATA, headers={"Accept": accept}), answers(406))
    plain = ctx.call(DATA, query={"pageSize": 3})
    bodied = ctx.call(DATA, query={"pageSize": 3}, body={"anything": ["at all"]})
    same = bodied.succeeded and bodied.json == plain.json
    ctx.holds("FO-167", (plain, bodied), same, "the same reply with a body", bodied.summary)


@check("FO-043", "FO-044", "FO-045", "FO-046", "FO-047", "FO-059", "FO-180")
def variables_are_chosen(ctx: CheckContext) -> None:
    """variables restricts what is returned, in pages, streams and single records; respid is always included."""
    column = columns(ctx)
    items, _ = everyone(ctx)
    fullest = max(items, key=lambda each: (column.key in each) + (column.text in each))
    alone: dict[str, Any] = {"path": {"respId": fullest.get("respid")}}
    path: dict[str, Any]
    for operation, path, clause in ((DATA, {}, "FO-043"), ("read_respondent", alone, "FO-059")):
        one = ctx.call(operation, query={"variables": column.key}, **path)
        found = records(one)
        narrow = bool(found) and all(set(each) <= {"respid", column.key} for each in found)
        ctx.holds(clause, one, narrow, f"only respid and {column.key}", one.summary)
        with_id = bool(found) and all("respid" in each for each in found)
        ctx.holds("FO-045", one, with_id, "respid as well", one.summary)
        two = ctx.call(operation, query={"variables": f"{column.key},{column.text}"}, **path)
        names = {name for each in records(two) for name in each}
        wanted = {column.key, column.text} & ({name for each in items for name in each} if not path else set(fullest))
        ctx.holds("FO-044", two, wanted <= names, f"{column.key} and {column.text}", sorted(names) or two.summary)
        spaced = ctx.call(operation, query={"variables": f"{column.key}, {column.text}"}, **path)
        same = spaced.succeeded and records(spaced) == records(two)
        ctx.holds("FO-047", (two, spaced), same, "the same reply with a space after the comma", spaced.summary)
        ctx.judge("FO-046", ctx.call(operation, query={"variables": "understudy_unknown"}, **path), answers(400))
    narrow_stream = stream(ctx, variables=column.key)
    found = [each for each in lines(narrow_stream) if isinstance(each, dict)]
    narrow = bool(found) and all(set(each) <= {"respid", column.key} for each in found)
    ctx.holds("FO-180", narrow_stream, narrow, f"only respid and {column.key}", narrow_stream.summary)


@check("FO-048", "FO-049", "FO-050", "FO-060", "FO-061", "FO-181")
def templates_choose_variables(ctx: CheckContext) -> None:
    """A template restricts what is returned; it cannot be combined with variables."""
    column = columns(ctx)
    items, _ = everyone(ctx)
    everything = {name for each in items for name in each}
    template = ctx.run.settings.get("variableTemplateId", "101")
    pair = {"variables": column.key, "variableTemplateId": template}
    alone: dict[str, Any] = {"path": {"respId": items[0].get("respid")}}
    path: dict[str, Any]
    for operation, path, choosing, refusing in (
        (DATA, {}, "FO-048", "FO-049"),
        ("read_respondent", alone, "FO-060", "FO-061"),
    ):
        chosen = ctx.call(operation, query={"variableTemplateId": template}, **path)
        known = "variableTemplateId" in ctx.run.settings or chosen.succeeded
        _narrowed(ctx, choosing, chosen, records(chosen), everything)
        together = ctx.call(operation, query=pair, **path)
        refused = refuses_somehow(together) is None
        ctx.holds(refusing, together, refused, "a refusal of both together", together.summary, vacuous=not known)
        ctx.judge("FO-050", ctx.call(operation, query={"variableTemplateId": "999999"}, **path), refuses_somehow)
    streamed = stream(ctx, variableTemplateId=template)
    _narrowed(ctx, "FO-181", streamed, lines(streamed), everything)
    together = stream(ctx, **pair)
    refused = refuses_somehow(together) is None
    ctx.holds("FO-181", together, refused, "a refusal of both together", together.summary, vacuous=True)


def _narrowed(ctx: CheckContext, clause: str, reply: Exchange, found: list[Any], everything: set[str]) -> None:
    """A template leaves some variables out."""
    names = {name for each in found if isinstance(each, dict) for name in each}
    fewer = bool(names) and names < everything
    # Nothing says that the target has the template of our mock, and what is done with an unknown one is open.
    if "variableTemplateId" not in ctx.run.settings and not (reply.succeeded and fewer):
        ctx.lacks(clause, "a template: --set variableTemplateId=VALUE", reply)
        return
    ctx.holds(clause, reply, reply.succeeded and fewer, "only the variables of the template", sorted(names))


@check("FO-027", "FO-028", "FO-052", "FO-053", "FO-054", "FO-055", "FO-057", "FO-171")
def filters_narrow_the_result(ctx: CheckContext) -> None:
    """A filter selects respondents in pages, counts and streams, also by variables that are not returned."""
    column = columns(ctx)
    items, pages = everyone(ctx)
    for page in (pages[-1], ctx.call(DATA, query={"pageSize": 3})):
        total = page.find("totalCount")
        ctx.holds("FO-027", page, total == len(items), f"totalCount {len(items)}", total)
    value = quoted(items, column.text)
    ctx.need(value, f"no respondent has a value for {column.text} that can be filtered by", pages[0])
    expression = f"respondent:{column.text}='{value}'"
    wanted = respids([each for each in items if each.get(column.text) == value])
    few = len(wanted) == len(items)
    got, filtered = matching(ctx, expression)
    for clause in ("FO-052", "FO-053"):
        ctx.holds(
            clause,
            (pages[0], filtered[0]),
            respids(got) == wanted,
            f"{several(len(wanted), 'respondent')} with {column.text} {value}",
            several(len(got), "respondent"),
            vacuous=few,
        )
    first = ctx.call(DATA, query={"filterExpression": expression, "pageSize": 2})
    full = len(records(first)) == min(2, len(wanted))
    ctx.holds("FO-052", first, full, f"a page of {min(2, len(wanted))} of them", first.summary, vacuous=few)
    count = filtered[0].find("totalCount")
    ctx.holds("FO-028", filtered[0], count == len(wanted), f"totalCount {len(wanted)}", count, vacuous=few)
    hidden, hidden_pages = matching(ctx, expression, variables=column.key)
    same = respids(hidden) == wanted
    words = "the same respondents when the variable is not returned"
    ctx.holds("FO-054", hidden_pages[0], same, words, several(len(hidden), "respondent"), vacuous=few)
    streamed = stream(ctx, filterExpression=expression)
    same = respids(lines(streamed)) == wanted
    ctx.holds("FO-055", streamed, same, "the same respondents in the stream", streamed.summary, vacuous=few)
    for garbage in ("respondent:", f"respondent:{column.text}=", f"respondent:{column.text}='x", "AND"):
        ctx.judge("FO-057", ctx.call(DATA, query={"filterExpression": garbage}), refuses_somehow)
    ctx.judge("FO-171", ctx.call(DATA, query={"filterExpression": f"{column.text}='{value}'"}), answers(400))
