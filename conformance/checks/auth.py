"""Who is let in."""

from __future__ import annotations

from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers, header, refuses_somehow, succeeds
from understudy.conformance.http.client import Credential
from understudy.conformance.judging.context import Trial
from understudy.conformance.judging.registry import check
from understudy.specs import Operation

#: A credential that no target knows.
WRONG = "understudy-not-a-token"
NOBODY = "understudy-nobody"


def _harmless(t: Trial, operation: Operation) -> dict[str, Any]:
    """Arguments that touch nothing on a target which wrongly lets the call in: ids of nothing, an empty body."""
    if not operation.writes:
        return {}
    names = [parameter.name for parameter in operation.parameters if parameter.place == "path"]
    told: dict[str, Any] = {"path": {name: t.run.settings.get(name, NOBODY) for name in names}}
    if operation.body:
        told["body"] = {}
    return told


def _plain(t: Trial, *aspects: str) -> Operation:
    """A reading operation that is quick to call and needs no more than a list does."""
    operations = [each for each in t.over(*aspects) if each.method == "GET" and each.security]
    t.need(operations, "no reading operation wants a credential")
    return min(operations, key=lambda each: (each.action != "list", each.path.count("{")))


@check()
def nobody_is_let_in_anonymously(t: Trial) -> None:
    """Without a credential every operation answers 401 (or 403), and a 401 names its scheme."""
    operations = t.over("auth.required", "auth.challenge", "auth.lists", when=lambda each: bool(each.security))
    reading, writing = [each for each in operations if not each.writes], [each for each in operations if each.writes]
    challenged = not t.asks("auth.challenge")
    for operation in t.some_of(reading, 24) + t.some_of(writing, 4):
        exchange = t.call(operation, role=None, **_harmless(t, operation))
        t.judge("auth.required", exchange, answers(401, 403))
        if operation.action == "list":
            t.judge("auth.lists", exchange, answers(401, 403))
        if exchange.status == 401 or not t.asks("auth.required"):
            t.judge("auth.challenge", exchange, header("WWW-Authenticate", rf"\b{_word(t)}\b"))
            challenged = True
    t.need(challenged or not operations, "nothing without a credential was answered with 401", *t.exchanges[-1:])


@check()
def a_wrong_token_is_refused(t: Trial) -> None:
    """A token that the target does not know is answered with 401."""
    operations = t.over("auth.invalid", "auth.unknown-token", when=lambda each: bool(each.security))
    # One object and one write stand for all of them: a token is looked at before the address is.
    rest = [each for each in operations if each.writes or "{" in each.path]
    for operation in operations:
        if operation in rest[2:]:
            continue
        exchange = t.call(operation, credential=Credential(_word(t), WRONG), **_harmless(t, operation))
        t.judge("auth.invalid", exchange, answers(401))
        t.judge("auth.unknown-token", exchange, answers(401, 403))


@check()
def the_token_is_what_lets_in(t: Trial) -> None:
    """With the token a call succeeds that fails without it; in another place or under another scheme it is no good."""
    operation = _plain(t, "auth.accepts", "auth.api-key", "auth.scheme", "auth.scheme-case", "auth.malformed")
    token = t.run.target.tokens.get("default", "")
    t.need(token, "no token was given")
    word = _word(t)
    t.judge("auth.accepts", t.call(operation), succeeds)
    t.judge("auth.accepts", t.call(operation, role=None), answers(401, 403))
    if t.asks("auth.api-key"):
        t.judge("auth.api-key", t.call(operation, role=None, headers={"X-API-Key": token}), answers(401, 403))
        t.judge("auth.api-key", t.call(operation, credential=Credential("ApiKey", token)), answers(401, 403))
    if t.asks("auth.scheme"):
        other = "Bearer" if word != "Bearer" else "Token"
        t.judge("auth.scheme", t.call(operation, credential=Credential(other, token)), answers(401, 403))
    if t.asks("auth.scheme-case"):
        for spelt in (word.lower(), word.upper()):
            t.judge("auth.scheme-case", t.call(operation, credential=Credential(spelt, token)), succeeds)
    if t.asks("auth.malformed"):
        for scheme, given in ((word, ""), ("Basic", token), ("", token)):
            t.judge("auth.malformed", t.call(operation, credential=Credential(scheme, given)), answers(401, 403))


@check()
def the_caller_is_looked_at_first(t: Trial) -> None:
    """An anonymous caller is refused before ids are looked up."""
    for operation in t.over(
        "auth.first", when=lambda each: not each.writes and "{" in each.path and bool(each.security)
    ):
        names = [parameter.name for parameter in operation.parameters if parameter.place == "path"]
        path = dict.fromkeys(names, NOBODY)
        known = t.call(operation, role=None)
        unknown = t.call(operation, path=path, role=None)
        t.judge("auth.first", unknown, answers(401, 403), known)
        t.holds(
            "auth.first",
            (known, unknown),
            _same(known, unknown),
            "the same answer for an id that exists and one that does not",
            f"{known.shortly} and {unknown.shortly}",
        )


@check(writes=True)
def the_caller_is_looked_at_before_the_body(t: Trial) -> None:
    """An anonymous caller learns nothing about what is wrong with a body."""
    for operation in t.over(
        "auth.first", "auth.before-body", when=lambda each: bool(each.body) and bool(each.security)
    ):
        exchange = t.call(operation, role=None, **_harmless(t, operation))
        t.judge("auth.first", exchange, answers(401, 403))
        t.judge("auth.before-body", exchange, answers(401, 403))


@check(writes=True)
def an_anonymous_write_is_refused(t: Trial) -> None:
    """A verb that a path does not have is no way around the credential."""
    reads = t.over("auth.methods", when=lambda each: each.method == "GET" and bool(each.security))
    for operation in reads[:3]:
        names = {parameter.name: NOBODY for parameter in operation.parameters if parameter.place == "path"}
        method = "DELETE" if operation.path.rstrip("/").endswith("}") else "POST"
        if method not in _methods(t, operation.path):
            exchange = t.call(operation, path=names, role=None, method=method)
            t.judge("auth.methods", exchange, refuses_somehow)


def _methods(t: Trial, path: str) -> set[str]:
    return {each.method for each in t.contract.operations.values() if each.path == path}


def _same(one: Exchange, other: Exchange) -> bool:
    return (one.status, one.reply.body) == (other.status, other.reply.body)


def _word(t: Trial) -> str:
    return next(iter(t.contract.schemes.values()), ("Bearer",))[0]
