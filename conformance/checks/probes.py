"""Pages and sizes that make no sense, sent to every list: whatever the reply is, it is never a server error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from understudy.conformance.evidence.errors import NoReplyError
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Mismatch, succeeds
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.specs import Operation

HUGE = "9" * 25

Query = list[tuple[str, Any]]


def no_server_error(exchange: Exchange) -> Mismatch | None:
    """The status is not 5xx."""
    return None if exchange.status < 500 else Mismatch("a status below 500", exchange.summary)


@check("paging.never-fails", "paging.past-end", "reply.server-error")
def no_page_makes_a_list_fail(ctx: CheckContext) -> None:
    """A page or size of 0, a negative or a huge one, and parameters that are there twice cause no server error in any list."""
    for operation in ctx.contract.operations.values():
        if operation.action != "list" or operation.method != "GET":
            continue
        try:
            if ctx.lacking(operation) is None:
                _probe(ctx, operation)
        except NoReplyError as error:
            for clause in ctx.clauses("paging.never-fails", [operation.id]):
                ctx.unanswered(clause, error)


def _probe(ctx: CheckContext, operation: Operation) -> None:
    for query in _single(operation):
        exchange = ctx.call(operation, query=query)
        _judge(ctx, exchange)
        ctx.judge("paging.never-fails", exchange, succeeds)
        # What a page past the end holds is judged elsewhere; here it is enough that there is one.
        if query[0][1] == HUGE:
            fine = exchange.status < 500
            ctx.holds("paging.past-end", exchange, fine, "a status below 500", exchange.summary, vacuous=True)
    for query in _twice(operation):
        exchange = ctx.call(operation, query=query)
        _judge(ctx, exchange)
        # Which of the two counts, or that neither does, is left to the target.
        ctx.judge("paging.never-fails", exchange, no_server_error)


def _judge(ctx: CheckContext, exchange: Exchange) -> None:
    """Where no clause speaks of server errors, one is a fault of its own (`Recorder.examine`)."""
    ctx.judge("reply.server-error", exchange, no_server_error)


def _names(operation: Operation) -> tuple[str | None, str | None, str | None]:
    """The parameters for the page, the size and the offset that a list takes."""
    taken = {parameter.name for parameter in operation.parameters}
    pagination = operation.pagination
    groups = (
        (pagination.page.parameters if pagination.page else (), pagination.size.parameters) if pagination else ((), ())
    )
    offset = pagination.offset.parameters if pagination and pagination.offset else ()
    page, size, start = (next((name for name in group if name in taken), None) for group in (*groups, offset))
    return page, size, start


def _single(operation: Operation) -> Iterator[Query]:
    page, size, start = _names(operation)
    for one, other in (("0", "0"), ("-1", "-1"), (HUGE, "3"), ("1", HUGE)):
        query = [(name, value) for name, value in ((page, one), (size, other)) if name]
        if query:
            yield query
    if start:
        yield from ([(start, value)] for value in ("-1", HUGE))


def _twice(operation: Operation) -> Iterator[Query]:
    names = [name for name in _names(operation) if name]
    if names:
        yield [(name, value) for name in names for value in ("1", "2")]
    others = [p for p in operation.parameters if p.place == "query" and p.name not in names and not p.required]
    if others:
        yield [(parameter.name, value) for parameter in others[:3] for value in ("understudy", "")]
