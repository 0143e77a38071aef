"""Replies: what holds for every one of them."""

from __future__ import annotations

from os.path import commonprefix

from understudy.conformance.checks.auth import NOBODY
from understudy.conformance.evidence.exchange import NOTHING, Exchange
from understudy.conformance.evidence.matchers import Mismatch, answers, both, refuses_somehow
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check

#: Queries that make no sense and that some client sends all the same.
ODD = (
    {"limit": "\u0000", "page": "' OR 1=1 --"},
    {"include": "\u2603" * 50, "status": "a" * 2000},
    [("page", "1"), ("page", "2")],
)


def _json(exchange: Exchange) -> Mismatch | None:
    """The body is JSON and labelled as such; that a failure has one is another matter."""
    if exchange.status >= 400 and not exchange.reply.content:
        return None
    if exchange.media_type != "application/json" and not exchange.media_type.endswith("+json"):
        return Mismatch("a JSON media type", exchange.header("content-type") or "no Content-Type")
    return None if exchange.json is not NOTHING else Mismatch("a JSON body", exchange.problem or "none")


def _fine(exchange: Exchange) -> Mismatch | None:
    """The status is not 5xx."""
    return None if exchange.status < 500 else Mismatch("a status below 500", exchange.summary)


def _no_success(exchange: Exchange) -> Mismatch | None:
    """The status is not 2xx."""
    return None if not exchange.succeeded else Mismatch("a status other than 2xx", exchange.summary)


@check("reply.body", "reply.json", "reply.mistake", "reply.route", "reply.server-error", "reply.success")
def replies_have_the_right_status_and_form(ctx: CheckContext) -> None:
    """Success is 2xx, a mistake of the caller is 4xx and never 5xx, and every reply is JSON, errors included."""
    tried = 0
    for operation in ctx.over(
        "reply.body",
        "reply.json",
        "reply.success",
        "reply.route",
        "reply.mistake",
        "reply.server-error",
        when=lambda each: each.method == "GET",
    ):
        exchange = ctx.call(operation)
        ctx.judge("reply.json", exchange, _json)
        ctx.holds("reply.success", exchange, exchange.succeeded, "a 2xx status", exchange.summary)
        ctx.holds(
            "reply.route",
            exchange,
            exchange.status not in {404, 405, 501},
            f"a reply at {operation.path}",
            exchange.summary,
        )
        ctx.judge("reply.server-error", exchange, _fine)
        tried += "{" in operation.path
        if "{" in operation.path and tried <= 3:
            last = operation.path_parameters[-1]
            missing = ctx.call(operation, path={last: f"{NOBODY}%00\u00e9"})
            ctx.judge("reply.json", missing, _json)
            ctx.judge("reply.body", missing, _body)
            if operation.action != "list":
                # A list below a parent that is not there may just as well be empty.
                ctx.judge("reply.mistake", missing, refuses_somehow)
            ctx.judge("reply.server-error", missing, _fine)
    plain = list(ctx.over("reply.server-error", when=lambda each: each.lists_all))[:1]
    for operation in plain:
        for query in ODD:
            odd = ctx.call(operation, query=query)
            ctx.judge("reply.server-error", odd, _fine)
            ctx.judge("reply.json", odd, _json)


def _body(exchange: Exchange) -> Mismatch | None:
    """There is a body."""
    return None if exchange.reply.content else Mismatch("a body", "none")


@check("reply.unknown-route")
def unknown_addresses_are_not_found(ctx: CheckContext) -> None:
    """A path that the API does not have is answered with 404, in the API's error format."""
    # By characters, then cut at the last slash: /v1/pro, of /v1/projects and /v1/profiles, is not a path.
    shared = commonprefix([each.path for each in ctx.contract.operations.values()])  # noqa: RUF071 - the cut follows
    prefix = shared.rpartition("/")[0]
    # A server may redirect from one ending to the other, so addresses end as those of the contract do.
    end = "/" if all(each.path.endswith("/") for each in ctx.contract.operations.values()) else ""
    for path in (f"{prefix}/understudy-nothing", f"{prefix}/understudy-nothing/12", "/understudy-nothing"):
        exchange = ctx.visit("GET", f"{path}{end}")
        ctx.judge("reply.unknown-route", exchange, both(answers(404), _json))


@check("reply.json", "reply.mistake", "reply.server-error", "reply.success", writes=True)
def broken_bodies_are_client_errors(ctx: CheckContext) -> None:
    """Whatever is in a body, a broken one is answered with 4xx in JSON, never with success and never with 5xx."""
    odd = (b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe\x00", b'{"a":' * 200, b"[" * 5000)
    operations = ctx.over(
        "reply.mistake", "reply.server-error", when=lambda each: bool(each.body) and not each.path_parameters
    )
    for operation in operations[:3]:
        for body in odd[:: 1 if operation is operations[0] else 4]:
            exchange = ctx.call(operation, raw=body)
            ctx.judge("reply.server-error", exchange, _fine)
            ctx.judge("reply.mistake", exchange, refuses_somehow)
            ctx.judge("reply.json", exchange, _json)
            ctx.judge("reply.success", exchange, _no_success)
