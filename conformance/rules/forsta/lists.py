"""The respondents of a survey as pages and as a stream, read to their end."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.response_validator import bodies
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.rules.forsta.table import DATA, Record

STREAM = "application/x-ndjson"
#: The size of the pages in which respondents are read.
LARGE = 1000
#: A survey of more pages is not read to its end.
FAR = 12


def matching(ctx: CheckContext, expression: str | None = None, **query: Any) -> tuple[list[Record], list[Exchange]]:
    """All respondents, or those that a filter selects, with the pages they came in.

    Raises PrerequisiteError for a survey that is too large to be read whole.
    """
    operation = ctx.contract.operations[DATA]
    more = {**query, **({} if expression is None else {"filterExpression": expression})}
    items: list[Record] = []
    pages: list[Exchange] = []
    for number in range(1, FAR + 1):
        page = ctx.page(operation, page=number, size=LARGE, query=more)
        # How a page past the end is answered is open.
        if number > 1 and not page.succeeded:
            return items, pages
        found = ctx.items(operation, page)
        # The nearest page, given in place of one past the end, repeats what is known.
        known = {each.get("respid") for each in items}
        if not found or (items and all(each.get("respid") in known for each in found)):
            return items, pages or [page]
        items += found
        pages.append(page)
        # Fewer than asked for are the rest, if the count says so too; a wrong count alone ends nothing.
        if len(found) < LARGE and len(items) == page.find("totalCount"):
            return items, pages
    ctx.need(False, f"the survey has more than {FAR * LARGE} respondents, too many to be read whole", pages[0])
    raise AssertionError


def everyone(ctx: CheckContext) -> tuple[list[Record], list[Exchange]]:
    """All respondents of the survey; raises PrerequisiteError if it has none."""
    items, pages = matching(ctx)
    ctx.need(items, "the survey has no respondents", *pages[:1])
    return items, pages


def respids(items: list[Any]) -> list[Any]:
    """The respids of records, in an order of their own, since that of lists is open."""
    return sorted((each.get("respid") for each in items if isinstance(each, dict)), key=str)


def records(exchange: Exchange) -> list[Record]:
    """The records of a page, or the one record of a single reply."""
    items = exchange.find("items")
    if isinstance(items, list):
        return [each for each in items if isinstance(each, dict)]
    return [exchange.json] if exchange.succeeded and isinstance(exchange.json, dict) else []


def lines(exchange: Exchange) -> list[Any]:
    """The records of a stream."""
    return [value for value, _ in bodies(exchange)]


def stream(ctx: CheckContext, **query: Any) -> Exchange:
    """The respondents as a stream."""
    return ctx.call(DATA, query=query, headers={"Accept": STREAM})


def quoted(items: list[Record], name: str) -> str | None:
    """The most frequent value of a text column that can stand in a filter as it is; None if there is none."""
    values = [each[name] for each in items if isinstance(each.get(name), str)]
    fit = [each for each in values if each and not {"'", '"', "\\"} & set(each)]
    return max(set(fit), key=lambda each: (fit.count(each), each)) if fit else None
