"""Reading respondents: a page, a stream, or one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from understudy.mock_server.behaviours.forsta.expression import Condition, ExpressionError, condition, parse
from understudy.mock_server.behaviours.forsta.surveys import BATCH, Survey, survey_of
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.pagination import Pager, PageRange
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.http.errors import BadRequestError, NotFoundError
from understudy.mock_server.http.media_types import bare
from understudy.specs import load

STREAM = "application/x-ndjson"

#: What some respondents' JSON becomes on the wire, without those that the filter leaves out.
Show = Callable[[list[bytes]], list[bytes]]


@operation
async def list_respondents(call: Call) -> Reply:
    """A page of respondents, or all of them line by line when the client prefers a stream."""
    survey = await survey_of(call, variables="variables" in call.query or "filterExpression" in call.query)
    selected = await _selected(call, survey)
    matches = _condition(call, survey)
    show = _show(selected, matches)
    if call.accepts is not None and bare(call.accepts) == STREAM:
        return Reply(200, stream=_lines(survey, show), media_type=call.accepts)
    part = _pager().slice(call.query)
    if matches is None and selected is None:
        count, items = await _whole(survey, part)
    elif matches is None:
        count, items = await _part(survey, show, part)
    else:
        count, items = await _filtered(survey, show, part)
    return Reply(200, raw=_page(call, part, count, items))


@operation
async def read_respondent(call: Call) -> Reply:
    """One respondent by respid."""
    survey = await survey_of(call, variables="variables" in call.query)
    selected = await _selected(call, survey)
    row = await survey.respondent(call.path["respId"])
    if row is None:
        raise NotFoundError(f"Survey '{survey.id}' has no respondent {call.path['respId']}.")
    return Reply(200, raw=_show(selected, None)([row.body])[0])


@cache
def _pager() -> Pager:
    pagination = load("forsta").operations["list_respondents"].pagination
    assert pagination is not None
    return Pager(pagination)


async def _selected(call: Call, survey: Survey) -> tuple[str, ...] | None:
    """The names of the variables to return, None for all. Raises BadRequestError and NotFoundError."""
    names = call.query.get("variables")
    template = call.query.get("variableTemplateId")
    if names is not None and template is not None:
        raise BadRequestError("variables and variableTemplateId cannot be combined; send one of them.")
    if names is not None:
        found = survey.named((name.strip() for name in names.split(",")), "variables")
        return tuple(variable.name for variable in found)
    if template is None:
        return None
    record = await call.state.get("variable_template", template)
    if record is None or record["survey_id"] != survey.id:
        raise NotFoundError(f"Survey '{survey.id}' has no variable template '{template}'.")
    return tuple(record["variables"])


def _condition(call: Call, survey: Survey) -> Condition | None:
    """What filterExpression states, None without one. Raises BadRequestError."""
    expression = call.query.get("filterExpression")
    if expression is None:
        return None
    try:
        return condition(parse(expression), survey.by_level)
    except ExpressionError as error:
        raise BadRequestError(f"filterExpression{' ' if error.early_end else ', '}{error}.") from error


def _show(selected: tuple[str, ...] | None, matches: Condition | None) -> Show:
    """The function from stored to shown JSON; without selection and filter it is sent as it is."""
    if selected is None and matches is None:
        return lambda bodies: bodies

    def shown(body: bytes) -> bytes | None:
        datapoints: dict[str, Any] = orjson.loads(body)
        if matches is not None and not matches(datapoints):
            return None
        if selected is None:
            return body
        view = {"respid": datapoints["respid"]}
        view |= {name: datapoints[name] for name in selected if name in datapoints}
        return orjson.dumps(view)

    return lambda bodies: [view for body in bodies if (view := shown(body)) is not None]


async def _lines(survey: Survey, show: Show) -> AsyncIterator[bytes]:
    """One line a respondent, a batch at a time, so that memory does not grow with the survey."""
    last: int | None = None
    while True:
        async with survey.state.reading() as state:
            batch = await survey.batch(state, last)
        lines = show([body for body, _ in batch])
        if lines:
            yield b"\n".join(lines) + b"\n"
        if len(batch) < BATCH:
            return
        _, last = batch[-1]
        # A client that reads fast never makes the sender wait, so other requests would not get a turn.
        await asyncio.sleep(0)


async def _whole(survey: Survey, part: PageRange) -> tuple[int, list[bytes]]:
    """How many respondents there are, and the page of them with all that they have."""
    tx, table = survey.state.tx, survey.state.resources["respondent"].table
    return await survey.count(), await tx.bodies(table, {"survey_id": survey.id}, "created", part.limit, part.offset)


async def _part(survey: Survey, show: Show, part: PageRange) -> tuple[int, list[bytes]]:
    """How many respondents there are, and the page of them."""
    count, bodies = await _whole(survey, part)
    return count, show(bodies)


async def _filtered(survey: Survey, show: Show, part: PageRange) -> tuple[int, list[bytes]]:
    """How many respondents the filter lets through, and the page of them."""
    count = 0
    items: list[bytes] = []
    async for batch in survey.all():
        shown = show([body for body, _ in batch])
        items += shown[max(0, part.offset - count) : max(0, part.offset + part.limit - count)]
        count += len(shown)
    return count, items


def _page(call: Call, part: PageRange, count: int, items: list[bytes]) -> bytes:
    assert part.page is not None
    links = {"item": f"{call.url}/{{respId}}"}
    if part.page * part.limit < count:
        query = [*call.others("page"), ("page", part.page + 1)]
        links = {"next": f"{call.url}?{urlencode(query, quote_via=quote, safe=_PLAIN)}", **links}
    return orjson.dumps(
        {
            "itemCount": len(items),
            "totalCount": count,
            "items": orjson.Fragment(b"[" + b",".join(items) + b"]"),
            "links": links,
        }
    )


#: Characters of names and expressions that a query carries as they are.
_PLAIN = ",:'()"
