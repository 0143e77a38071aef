"""What is refused in a write, and what is not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from understudy.conformance.checks.tenancy import unknown
from understudy.conformance.evidence.errors import OutOfScopeError
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, refuses, succeeds
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.specs import Operation
from understudy.specs.reading.references import resolve

FORM = "application/x-www-form-urlencoded"
#: Members that no create takes, and some that the server itself sets.
STRANGERS = {"understudy_unknown": "x", "another": {"deep": [1]}}
SERVERS = {"id": "understudy-own-id", "created_at": "2001-02-03T04:05:06Z", "object": "understudy", "tags": ["mine"]}

Arguments = dict[str, Any]


def _takes_json(operation: Operation) -> bool:
    return any(name.partition(";")[0].endswith("json") for name in operation.body)


def _writes(operation: Operation) -> bool:
    return operation.writes and (not operation.body or _takes_json(operation))


def _schema(ctx: CheckContext, operation: Operation) -> Mapping[str, Any]:
    return resolve(ctx.contract.schemas, next(iter(operation.body.values()), {}))


def _known(ctx: CheckContext, operations: list[Operation]) -> Iterator[tuple[Operation, Arguments]]:
    """The operations with arguments that are right; what the target's owner has not allowed is left out."""
    for operation in operations:
        try:
            right = ctx.right(operation)
        except OutOfScopeError:
            continue
        yield operation, right


@check(writes=True)
def what_is_required_is_asked_for(ctx: CheckContext) -> None:
    """A body without a required member is refused with 400, and the reply names the member."""
    operations = ctx.over(
        "required.*",
        "bodies.missing",
        "bodies.names-member",
        "bodies.blank",
        "bodies.wrong-type",
        "bodies.all-faults",
        when=_takes_json,
    )
    for operation, right in _known(ctx, operations):
        members = list(_schema(ctx, operation).get("required", ()))
        for name in members:
            exchange = _sent(ctx, operation, right, {key: value for key, value in right["body"].items() if key != name})
            ctx.judge(f"required.{name}", exchange, refuses(400, naming=name))
            ctx.judge("bodies.missing", exchange, answers(400))
            ctx.judge("bodies.names-member", exchange, refuses(400, naming=name))
            if not isinstance(right["body"].get(name), str):
                continue
            # One member is tried in every way, the others in one each.
            first = name == members[0]
            for blank in ("", None)[: 2 if first else 1] if ctx.asks("bodies.blank", operation) else ():
                blanked = _sent(ctx, operation, right, {**right["body"], name: blank})
                ctx.judge("bodies.blank", blanked, refuses(400, naming=name))
            if ctx.asks("bodies.wrong-type", operation):
                odd = _sent(ctx, operation, right, {**right["body"], name: 17 if first else ["text"]})
                ctx.judge("bodies.wrong-type", odd, answers(400))
        if ctx.asks("bodies.all-faults", operation) and len(members) > 1:
            exchange = _sent(ctx, operation, right, {})
            for name in members:
                ctx.judge("bodies.all-faults", exchange, refuses(400, naming=name))


def _sent(ctx: CheckContext, operation: Operation, right: Arguments, body: Any) -> Exchange:
    return ctx.call(operation, **{**right, "body": body})


@check(writes=True)
def writes_are_read_with_care(ctx: CheckContext) -> None:
    """A write under an unknown id is 404, a body that is no JSON or none at all 400; strangers in a body are ignored."""
    operations = ctx.over(
        "objects.unknown",
        "objects.unknown-write",
        "bodies.not-json",
        "bodies.none",
        "bodies.strangers",
        "bodies.accepted",
        "bodies.server-sets",
        "bodies.encodings",
        "bodies.unsupported",
        when=_writes,
    )
    for operation in ctx.some_of([each for each in operations if not each.body_required and "{" in each.path]):
        _unknown(ctx, operation, {})
    for operation, right in _known(ctx, ctx.some_of([each for each in operations if each.body], 6)):
        if operation.body_required and "{" in operation.path:
            _unknown(ctx, operation, right)
        elsewhere = {name: value for name, value in right.items() if name not in {"body", "form"}}
        if ctx.asks("bodies.not-json", operation):
            ctx.judge("bodies.not-json", ctx.call(operation, **elsewhere, raw=b'{"name": '), answers(400))
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
    """Change or delete under an id that no object has."""
    if not (ctx.asks("objects.unknown", operation) or ctx.asks("objects.unknown-write", operation)):
        return
    name = [parameter.name for parameter in operation.parameters if parameter.place == "path"][-1]
    nobody = unknown(ctx, operation, name)
    told = dict(right)
    if "body" in told and name in told.get("path", {}):
        # A body that repeats the id has to agree with the address.
        told["body"] = json.loads(json.dumps(told["body"]).replace(str(told["path"][name]), nobody))
    told["path"] = {**told.get("path", {}), name: nobody}
    exchange = ctx.call(operation, **told)
    ctx.judge("objects.unknown", exchange, answers(404))
    ctx.judge("objects.unknown-write", exchange, answers(404))


def _strangers(ctx: CheckContext, operation: Operation, right: Arguments) -> None:
    """Send members that the operation does not take beside those that it does."""
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
        exchange.succeeded and not kept,
        "what the server sets, whatever the body says",
        f"{', '.join(kept)} taken over" if kept else exchange.shortly,
    )
