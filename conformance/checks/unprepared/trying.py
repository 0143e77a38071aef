"""How a check of a document tries one operation after the other: what one lacks costs the others nothing."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from understudy.conformance.evidence.errors import NoReplyError, OutOfScopeError, PrerequisiteError
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Matcher, Mismatch
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.unprepared.addresses import AddressFinder
from understudy.specs import Operation

#: What is judged of a reply to a request that is right.
REPLY = ("reply.headers", "reply.media-type", "reply.schema", "reply.status")
#: Refusals that say more of the caller than of the operation.
CALLER = frozenset({401, 403})


def concerned(ctx: CheckContext, *aspects: str, action: str = "") -> list[Operation]:
    """The operations that may be called and whose clauses on some aspects are judged in this run."""
    return [
        each
        for each in ctx.contract.operations.values()
        if ctx.may(each) and (not action or each.action == action) and any(ctx.asks(name, each) for name in aspects)
    ]


@contextmanager
def trying(ctx: CheckContext, operation: Operation, *aspects: str) -> Iterator[None]:
    """Whatever cannot be had for an operation leaves its clauses on some aspects out, with the reason."""
    clauses = [name for aspect in aspects for name in ctx.clauses(aspect, [operation.id])]
    try:
        yield
    except OutOfScopeError as reason:
        ctx.leave_out(aspects, operation, reason)
    except PrerequisiteError as unmet:
        if guessed(ctx, operation):
            ctx.leave_out(aspects, operation, no_value(operation))
            return
        for name in clauses:
            if name not in ctx.judged:
                ctx.unmet(name, unmet)
    except NoReplyError as error:
        for name in clauses:
            if name not in ctx.judged:
                ctx.unanswered(name, error)


def guessed(ctx: CheckContext, operation: Operation) -> bool:
    """Whether nothing on the target shows that the address of an operation exists."""
    return isinstance(ctx.finder, AddressFinder) and operation.id in ctx.finder.guessed


def no_value(operation: Operation) -> OutOfScopeError:
    """Why an operation whose address was guessed is left out."""
    names = operation.path_parameters
    setting = shlex.quote(f"{operation.id}.{names[-1]}=VALUE")
    return OutOfScopeError(
        f"no list shows what {' and '.join(names)} of {operation.id} could name; name it with --set {setting}"
    )


def replied(ctx: CheckContext, operation: Operation, exchange: Exchange, *, doubtful: bool = False) -> bool:
    """Judge the reply to a right request, of which the bodies are judged as they arrive; whether it succeeded.

    `doubtful` says that a server may have reasons of its own to refuse the request.
    """
    of = {operation.id}
    if not exchange.succeeded and guessed(ctx, operation):
        raise no_value(operation)
    # Where a redirect leads is not asked, so what the operation itself answers is not seen.
    elsewhere = 300 <= exchange.status < 400 and not ctx.run.response_validator.expects(operation, exchange.status)
    if exchange.status >= 500 or exchange.status in CALLER or elsewhere or (doubtful and not exchange.succeeded):
        seen = f"a redirect to {exchange.header('location') or 'nowhere'}" if elsewhere else exchange.summary
        for aspect in REPLY:
            ctx.holds(aspect, exchange, True, f"a successful {exchange.request.method}", seen, vacuous=True)
        return False
    ctx.judge("reply.status", exchange, _declared(ctx, operation), of=of)
    shown = exchange.succeeded
    wanted = "a success with a body"
    fits = exchange.number not in ctx.run.nonconforming
    filled = shown and bool(exchange.reply.content)
    # What a body of another media type, or one that breaks its schema, shows was judged as it arrived.
    ctx.holds("reply.media-type", exchange, True, wanted, exchange.summary, vacuous=not filled)
    ctx.holds("reply.schema", exchange, True, wanted, exchange.summary, vacuous=not (filled and fits))
    missing = [name for name in _promised_headers(operation, exchange.status) if exchange.header(name) is None]
    ctx.holds(
        "reply.headers",
        exchange,
        not missing,
        f"the headers {', '.join(missing)}" if missing else "the headers that are required",
        f"no {', '.join(missing)}" if missing else "",
        vacuous=not shown,
    )
    return shown


def _declared(ctx: CheckContext, operation: Operation) -> Matcher:
    def match(exchange: Exchange) -> Mismatch | None:
        if ctx.run.response_validator.expects(operation, exchange.status):
            return None
        known = ", ".join(operation.declared or operation.responses)
        return Mismatch(f"one of the statuses {known}", exchange.summary)

    return match


def _promised_headers(operation: Operation, status: int) -> Iterable[str]:
    """The headers that a reply of this status must have."""
    declared = operation.declared or operation.responses
    own = next((each for each in (str(status), f"{status // 100}XX", "default") if each in declared), "")
    return operation.headers.get(own, ())
