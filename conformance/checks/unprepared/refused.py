"""What a document says of requests that are not right: without a credential, with a wrong body, for what does not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from understudy.conformance.checks.unprepared.trying import concerned, guessed, trying
from understudy.conformance.evidence.body import FORM
from understudy.conformance.evidence.errors import OutOfScopeError, PrerequisiteError
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import Matcher, Mismatch, answers, refuses_somehow
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.conformance.judging.unprepared.deeds import Made
from understudy.conformance.judging.unprepared.drawing import Drawing, one_kind, unlike
from understudy.conformance.judging.unprepared.register import body_of, creator, methods, refused_as_declared
from understudy.specs import Operation

#: An id for where none is known: of no form in particular.
NOBODY = "understudy-nobody"


def _strangers(ctx: CheckContext, operation: Operation, *, all_of_them: bool = False) -> dict[str, str]:
    """An address of the right form that names nothing; only its last parameter is changed, unless all of them are."""
    try:
        known = {name: ctx.parameter(operation, name) for name in operation.path_parameters}
    except (PrerequisiteError, OutOfScopeError):
        if not all_of_them:
            raise
        known = {}
    draw = Random(f"{ctx.run.seed}/{operation.route}")  # noqa: S311 - repeatable, not secret
    last = operation.path_parameters[-1:]
    return {
        name: unlike(known[name], draw) if name in known else NOBODY
        for name in operation.path_parameters
        if all_of_them or name in last
    } | {name: value for name, value in known.items() if not all_of_them and name not in last}


@check("document.credential")
def nobody_gets_in_without_a_credential(ctx: CheckContext) -> None:
    """Without a credential an operation that needs one is refused, with 401 or with 403 where that is declared."""
    for operation in concerned(ctx, "document.credential"):
        with trying(ctx, operation, "document.credential"):
            if operation.writes:
                # Nothing is changed by a target that wrongly takes it; and it may be refused for another reason first.
                path = _strangers(ctx, operation, all_of_them=True)
                body: dict[str, Any] = {"body": {}} if body_of(operation) else {}
                exchange = ctx.call(operation, role=None, path=path, **body)
                ctx.judge("document.credential", exchange, refuses_somehow)
                continue
            exchange = ctx.call(operation, role=None)
            if guessed(ctx, operation) or not refused_as_declared(operation):
                ctx.judge("document.credential", exchange, refuses_somehow)
                continue
            declared = operation.declared or operation.responses
            statuses = (401, 403) if "403" in declared else (401,)
            ctx.judge("document.credential", exchange, answers(*statuses))


@check("document.unknown")
def what_does_not_exist_is_not_found(ctx: CheckContext) -> None:
    """An id that does not exist is answered with 404, or 410."""
    for operation in concerned(ctx, "document.unknown"):
        with trying(ctx, operation, "document.unknown"):
            body = ctx.right(operation) if operation.writes else {}
            exchange = ctx.call(operation, **body, path=_strangers(ctx, operation))
            if exchange.status in {401, 403}:
                ctx.lacks("document.unknown", "an id that the caller might see", exchange)
                continue
            ctx.judge("document.unknown", exchange, answers(404, 410, *_malformed(operation)))


def _malformed(operation: Operation) -> tuple[int, ...]:
    """The statuses with which a server may also refuse an id, if it finds fault with its form."""
    declared = operation.declared or operation.responses
    return tuple(status for status in (400, 422) if str(status) in declared)


@check("document.method")
def other_methods_are_refused(ctx: CheckContext) -> None:
    """A method that a path does not have is refused with 405."""
    for operation in ctx.contract.operations.values():
        if not ctx.asks("document.method", operation):
            continue
        offered = methods(ctx.contract, operation)
        method = "GET" if "GET" not in offered else next((each for each in ("PATCH", "PUT") if each not in offered), "")
        with trying(ctx, operation, "document.method"):
            ctx.reach(method, "the path has every method that would change nothing")
            path = _strangers(ctx, operation, all_of_them=True)
            body: dict[str, Any] = {} if method == "GET" else {"body": {}, "content_type": "application/json"}
            exchange = ctx.call(operation, method=method, path=path, query=[], **body)
            ctx.judge("document.method", exchange, _no_such_method, of=[operation.id])


def _no_such_method(exchange: Exchange) -> Mismatch | None:
    """The status is 405; what else is in another reply differs from path to path, and tells nothing."""
    return None if exchange.status == 405 else Mismatch("status 405", str(exchange.status))


@check("document.body", writes=True)
def wrong_bodies_are_refused(ctx: CheckContext) -> None:
    """A body that lacks a required member, or has one of another type, is refused with a 4xx that is declared."""
    for operation in concerned(ctx, "document.body"):
        with trying(ctx, operation, "document.body"):
            right = ctx.right(operation)
            create = creator(ctx.contract, operation) if operation.action == "update" else None
            address = Made.by(ctx, create).address(ctx, operation) if create else None
            sent = {**right, **({"path": address} if address else {})}
            tried = 0
            for body in _wrong(ctx, operation, right.get("body")):
                exchange = ctx.call(operation, **{**sent, "body": body})
                ctx.judge("document.body", exchange, _refused(ctx, operation))
                tried += 1
            if not tried:
                raise OutOfScopeError("no body was found that breaks the schema in a way that a server can see")


def _wrong(ctx: CheckContext, operation: Operation, right: Any) -> Iterator[Any]:
    """Bodies that differ from a right one in one thing that the schema does not allow."""
    found = body_of(operation)
    if found is None or not isinstance(right, Mapping):
        return
    kind, schema = found
    drawing = Drawing(ctx.contract, ctx.run.seed)
    required = [name for name in ctx.contract.required(schema) if name in right]
    candidates = [{name: value for name, value in right.items() if name != each} for each in sorted(required)[:1]]
    if FORM not in kind:
        types = {name: part for each in ctx.contract.parts(schema) for name, part in each.get("properties", {}).items()}
        typed = (name for name in [*sorted(required), *types] if name in types and _type(ctx, types[name]))
        name = next(typed, None)
        if name is not None:
            odd: Any = {"odd": ["text"]} if _type(ctx, types[name]) != "object" else "text"
            candidates.append({**right, name: odd})
    for each in candidates:
        # A form without fields is the same as no body at all.
        if not drawing.fits(schema, each) and (each or FORM not in kind or operation.body_required):
            yield each


def _type(ctx: CheckContext, schema: Any) -> str:
    """The one type of a member beside null; empty if it may have several or is not said."""
    found = one_kind(ctx.contract, schema).get("type") if isinstance(schema, Mapping) else None
    return found if isinstance(found, str) else ""


def _refused(ctx: CheckContext, operation: Operation) -> Matcher:
    """The status is a 4xx, and one of those that are declared, if any is for a wrong request."""
    declared = [each for each in operation.declared or operation.responses if each[0] == "4" or each == "default"]
    if not {"400", "422", "4XX", "default"} & set(declared):
        return refuses_somehow

    def match(exchange: Exchange) -> Mismatch | None:
        if (mismatch := refuses_somehow(exchange)) is not None:
            return mismatch
        if ctx.run.response_validator.declares(operation, exchange.status):
            return None
        return Mismatch(f"one of the refusals {', '.join(declared)}", exchange.summary)

    return match
