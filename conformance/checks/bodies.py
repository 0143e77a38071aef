"""Bodies of writes: which are refused and which are accepted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from understudy.conformance.checks.tenancy import unknown
from understudy.conformance.evidence.body import FORM
from understudy.conformance.evidence.errors import OutOfScopeError
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, refuses, refuses_somehow, succeeds
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.specs import Operation
from understudy.specs.reading.references import resolve

#: What is judged by bodies that lack a member or have a wrong one.
MEMBERS = (
    "bodies.all-faults",
    "bodies.missing",
    "bodies.names-member",
    "bodies.null",
    "bodies.wrong-type",
    "required.*",
)
#: What is judged by bodies that are wrong as a whole, or hold more than they need.
WHOLE = (
    "bodies.accepted",
    "bodies.encodings",
    "bodies.none",
    "bodies.not-json",
    "bodies.server-sets",
    "bodies.strangers",
    "bodies.unreadable",
    "bodies.unsupported",
    "objects.unknown",
)
#: Members that no creation accepts, and some that the server itself sets.
STRANGERS = {"understudy_unknown": "x", "another": {"deep": [1]}}
SERVERS = {"id": "understudy-own-id", "created_at": "2001-02-03T04:05:06Z", "object": "understudy"}

Arguments = dict[str, Any]


def _takes_json(operation: Operation) -> bool:
    return any(name.partition(";")[0].endswith("json") for name in operation.body)


def _writes(operation: Operation) -> bool:
    return operation.writes and (not operation.body or _takes_json(operation))


def _schema(ctx: CheckContext, operation: Operation) -> Mapping[str, Any]:
    return resolve(ctx.contract.schemas, next(iter(operation.body.values()), {}))


def _known(
    ctx: CheckContext, operations: list[Operation], aspects: Iterable[str]
) -> Iterator[tuple[Operation, Arguments]]:
    """The operations with valid arguments, without those that the target's owner has not allowed."""
    for operation in operations:
        try:
            right = ctx.right(operation)
        except OutOfScopeError as reason:
            ctx.leave_out(aspects, operation, reason)
            continue
        yield operation, right


@check(*MEMBERS, writes=True)
def missing_members_are_refused(ctx: CheckContext) -> None:
    """A body without a required member is refused with 400, and the reply names the member."""
    for operation, right in _known(ctx, ctx.over(*MEMBERS, when=_takes_json), MEMBERS):
        members = list(_schema(ctx, operation).get("required", ()))
        for name in members:
            exchange = _sent(ctx, operation, right, {key: value for key, value in right["body"].items() if key != name})
            # That a member is required says nothing of the status, which `bodies.missing` states.
            ctx.judge(f"required.{name}", exchange, refuses_somehow)
            ctx.judge("bodies.missing", exchange, answers(400))
            ctx.judge("bodies.names-member", exchange, refuses(400, naming=name))
            if not isinstance(right["body"].get(name), str):
                continue
            first = name == members[0]
            if ctx.asks("bodies.null", operation):
                ctx.judge("bodies.null", _sent(ctx, operation, right, {**right["body"], name: None}), refuses_somehow)
            if ctx.asks("bodies.wrong-type", operation):
                odd = _sent(ctx, operation, right, {**right["body"], name: {"text": "x"} if first else ["text"]})
                ctx.judge("bodies.wrong-type", odd, refuses_somehow)
        if ctx.asks("bodies.all-faults", operation) and len(members) > 1:
            exchange = _sent(ctx, operation, right, {})
            for name in members:
                ctx.judge("bodies.all-faults", exchange, refuses(400, naming=name))


def _sent(ctx: CheckContext, operation: Operation, right: Arguments, body: Any) -> Exchange:
    return ctx.call(operation, **{**right, "body": body})


@check(*WHOLE, writes=True)
def writes_are_validated(ctx: CheckContext) -> None:
    """A write to an unknown id is 404, a missing body or one that is not JSON is 400, and unknown members are ignored."""
    operations = ctx.over(*WHOLE, when=_writes)
    for operation in ctx.some_of([each for each in operations if not each.body_required and "{" in each.path]):
        _unknown(ctx, operation, {})
    for operation, right in _known(ctx, ctx.some_of([each for each in operations if each.body], 6), WHOLE):
        if operation.body_required and "{" in operation.path:
            _unknown(ctx, operation, right)
        elsewhere = {name: value for name, value in right.items() if name not in {"body", "form"}}
        if ctx.asks("bodies.not-json", operation):
            ctx.judge("bodies.not-json", ctx.call(operation, **elsewhere, raw=b'{"name": '), answers(400))
        if ctx.asks("bodies.unreadable", operation):
            ctx.judge("bodies.unreadable", ctx.call(operation, **elsewhere, raw=b'{"name": '), refuses_somehow)
        if ctx.asks("bodies.none", operation):
            ctx.judge("bodies.none", ctx.call(operation, **elsewhere, raw=b""), answers(400))
        if ctx.asks("bodies.unsupported", operation):
            text = ctx.call(operation, **elsewhere, raw=b"<a>1</a>", content_type="text/plain")
            ctx.judge("bodies.unsupported", text, answers(415, 400))
        if ctx.asks("bodies.encodings", operation) and FORM in operation.body:
            ctx.judge(
                "bodies.encodings", ctx.call(operation, **elsewhere, form=right["body"], content_type=FORM), succeeds
            )
        _strangers(ctx, operation, right)


def _unknown(ctx: CheckContext, operation: Operation, right: Arguments) -> None:
    """Change or delete an object with an id that does not exist."""
    if not ctx.asks("objects.unknown", operation):
        return
    name = operation.path_parameters[-1]
    nobody = unknown(ctx, operation, name)
    arguments = dict(right)
    if "body" in arguments and name in arguments.get("path", {}):
        # A body that repeats the id has to agree with the address.
        arguments["body"] = json.loads(json.dumps(arguments["body"]).replace(str(arguments["path"][name]), nobody))
    arguments["path"] = {**arguments.get("path", {}), name: nobody}
    ctx.judge("objects.unknown", ctx.call(operation, **arguments), answers(404))


def _strangers(ctx: CheckContext, operation: Operation, right: Arguments) -> None:
    """Send members that the operation does not accept beside those that it does."""
    wanted = ("bodies.strangers", "bodies.accepted", "bodies.server-sets", "bodies.encodings")
    if not isinstance(right.get("body"), dict) or not any(ctx.asks(name, operation) for name in wanted):
        return
    foreign = {**STRANGERS, **(SERVERS if ctx.asks("bodies.server-sets", operation) else {})}
    exchange = _sent(ctx, operation, right, {**right["body"], **foreign})
    ctx.judge("bodies.strangers", exchange, succeeds)
    ctx.judge("bodies.accepted", exchange, succeeds)
    ctx.judge("bodies.encodings", exchange, succeeds)
    made = exchange.json if isinstance(exchange.json, dict) else {}
    kept = [name for name, value in foreign.items() if made.get(name) == value]
    ctx.holds(
        "bodies.server-sets",
        exchange,
        not (exchange.succeeded and kept),
        "the values that the server sets, whatever the body says",
        f"{', '.join(kept)} taken from the body" if kept else exchange.summary,
    )
