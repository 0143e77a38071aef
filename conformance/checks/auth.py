"""Authentication: which callers are accepted."""

from __future__ import annotations

from typing import Any

from understudy.conformance.checks.methods import offered
from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, header, refuses_somehow, succeeds
from understudy.conformance.http.client import Credential
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.specs import Operation

#: A credential that no target knows.
WRONG = "understudy-not-a-token"
NOBODY = "understudy-nobody"
#: Why clauses about the header and scheme of a credential are left out.
OWN_WAY = "the target takes its credential in a way of its own (--auth)"


def _harmless(ctx: CheckContext, operation: Operation) -> dict[str, Any]:
    """Arguments that change nothing on a target that wrongly accepts the call: unknown ids, an empty body."""
    if not operation.writes:
        return {}
    arguments: dict[str, Any] = {
        "path": {name: ctx.run.settings.get(name, NOBODY) for name in operation.path_parameters}
    }
    if operation.body:
        arguments["body"] = {}
    return arguments


def _plain(ctx: CheckContext, *aspects: str) -> Operation:
    """A reading operation that is cheap to call: a list, if there is one."""
    operations = [each for each in ctx.over(*aspects) if each.method == "GET" and each.security]
    ctx.need(operations, "no reading operation needs a credential")
    return min(operations, key=lambda each: (each.action != "list", each.path.count("{")))


def _as_documented(ctx: CheckContext) -> bool:
    """Whether the target takes its credential where the contract says."""
    return ctx.run.target.auth is None


@check("auth.challenge", "auth.lists", "auth.required")
def nobody_is_let_in_anonymously(ctx: CheckContext) -> None:
    """Without a credential every operation is refused with 401 (or 403), and a 401 names the authentication scheme."""
    operations = ctx.over("auth.required", "auth.challenge", "auth.lists", when=lambda each: bool(each.security))
    # What came after the source may be missing from a target, and with it the objects to call it with.
    operations = [each for each in operations if each.provenance != "later" or ctx.lacking(each) is None]
    reading, writing = [each for each in operations if not each.writes], [each for each in operations if each.writes]
    challenged = not (ctx.asks("auth.challenge") and _as_documented(ctx))
    for operation in ctx.some_of(reading, 24) + ctx.some_of(writing, 4):
        exchange = ctx.call(operation, role=None, **_harmless(ctx, operation))
        # A write without a right body may be refused for its body first, which lets nobody in either.
        ctx.judge("auth.required", exchange, refuses_somehow if operation.writes else answers(401, 403))
        if operation.action == "list":
            ctx.judge("auth.lists", exchange, answers(401, 403))
        if _as_documented(ctx) and (exchange.status == 401 or not ctx.asks("auth.required")):
            ctx.judge("auth.challenge", exchange, header("WWW-Authenticate", rf"\b{_word(ctx)}\b"))
            challenged = True
    ctx.reach(_as_documented(ctx), OWN_WAY)
    ctx.need(challenged or not operations, "no call without a credential was answered with 401", *ctx.exchanges[-1:])


@check("auth.invalid")
def a_wrong_token_is_refused(ctx: CheckContext) -> None:
    """A token that the target does not know is refused with 401."""
    operations = ctx.over("auth.invalid", when=lambda each: bool(each.security))
    # One object and one write stand for all of them: the token is checked before the path.
    lists = [each for each in operations if not each.writes and "{" not in each.path]
    objects = [each for each in operations if not each.writes and "{" in each.path]
    writes = [each for each in operations if each.writes]
    for operation in [*lists, *objects[:1], *writes[:1]]:
        exchange = ctx.call(operation, credential=ctx.run.credential_of(WRONG), **_harmless(ctx, operation))
        ctx.judge("auth.invalid", exchange, refuses_somehow if operation.writes else answers(401))


@check("auth.accepts", "auth.api-key", "auth.scheme", "auth.scheme-case")
def only_the_token_grants_access(ctx: CheckContext) -> None:
    """A call succeeds with the token and fails without it; in another header or under another scheme the token is refused."""
    operation = _plain(ctx, "auth.accepts", "auth.api-key", "auth.scheme", "auth.scheme-case")
    token = ctx.run.target.tokens.get("default", "")
    ctx.need(token, "no token was given")
    ctx.reach(_as_documented(ctx), OWN_WAY)
    word = _word(ctx)
    ctx.judge("auth.accepts", ctx.call(operation), succeeds)
    ctx.judge("auth.accepts", ctx.call(operation, role=None), answers(401, 403))
    if ctx.asks("auth.api-key"):
        ctx.judge("auth.api-key", ctx.call(operation, role=None, headers={"X-API-Key": token}), answers(401, 403))
        ctx.judge("auth.api-key", ctx.call(operation, credential=Credential("ApiKey", token)), answers(401, 403))
    if ctx.asks("auth.scheme"):
        other = "Bearer" if word != "Bearer" else "Token"
        ctx.judge("auth.scheme", ctx.call(operation, credential=Credential(other, token)), answers(401, 403))
    if ctx.asks("auth.scheme-case"):
        for spelt in (word.lower(), word.upper()):
            ctx.judge("auth.scheme-case", ctx.call(operation, credential=Credential(spelt, token)), succeeds)


@check("auth.first")
def the_caller_is_checked_first(ctx: CheckContext) -> None:
    """An anonymous caller is refused before ids are looked up."""
    for operation in ctx.over(
        "auth.first", when=lambda each: not each.writes and "{" in each.path and bool(each.security)
    ):
        path = dict.fromkeys(operation.path_parameters, NOBODY)
        known = ctx.call(operation, role=None)
        unknown = ctx.call(operation, path=path, role=None)
        ctx.judge("auth.first", unknown, answers(401, 403), known)
        ctx.holds(
            "auth.first",
            (known, unknown),
            _same(known, unknown),
            "the same answer for an id that exists and one that does not",
            f"{known.summary} and {unknown.summary}",
        )


@check("auth.first", writes=True)
def the_caller_is_checked_before_the_body(ctx: CheckContext) -> None:
    """An anonymous caller is refused before the body is validated."""
    for operation in ctx.over("auth.first", when=lambda each: bool(each.body) and bool(each.security)):
        exchange = ctx.call(operation, role=None, **_harmless(ctx, operation))
        ctx.judge("auth.first", exchange, answers(401, 403))


@check("auth.methods", writes=True)
def an_anonymous_write_is_refused(ctx: CheckContext) -> None:
    """An anonymous caller cannot write with a method that a path does not have."""
    reads = ctx.over("auth.methods", when=lambda each: each.method == "GET" and bool(each.security))
    for operation in reads[:3]:
        names = dict.fromkeys(operation.path_parameters, NOBODY)
        method = "DELETE" if operation.path.rstrip("/").endswith("}") else "POST"
        if method not in offered(ctx, operation.path):
            exchange = ctx.call(operation, path=names, role=None, method=method)
            ctx.judge("auth.methods", exchange, refuses_somehow)


def _same(one: Exchange, other: Exchange) -> bool:
    return (one.status, one.reply.content) == (other.status, other.reply.content)


def _word(ctx: CheckContext) -> str:
    return next(iter(ctx.contract.schemes.values()), ("Bearer",))[0]
