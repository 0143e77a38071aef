"""What is refused in the body of a write, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.check import check
from conformance.matchers import answers, refuses, succeeds
from conformance.trial import Trial
from specs import Operation


def _takes_json(operation: Operation) -> bool:
    return any(name.partition(";")[0].endswith("json") for name in operation.body)


def _schema(t: Trial, operation: Operation) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = next(iter(operation.body.values()), {})
    while "$ref" in schema:
        schema = t.contract.schemas["components"]["schemas"][str(schema["$ref"]).rpartition("/")[2]]
    return schema


def _required(t: Trial, operation: Operation) -> list[str]:
    return list(_schema(t, operation).get("required", ()))


@check(writes=True)
def what_is_required_is_asked_for(t: Trial) -> None:
    """A body without a required member is refused with 400, and the reply names the member."""
    for operation in t.over(
        "required.*",
        "bodies.missing",
        "bodies.names-member",
        "bodies.blank",
        "bodies.wrong-type",
        "bodies.all-faults",
        when=_takes_json,
    ):
        right = t.right(operation)
        members = _required(t, operation)
        for name in members:
            body = {key: value for key, value in right["body"].items() if key != name}
            exchange = t.call(operation, **{**right, "body": body})
            t.judge(f"required.{name}", exchange, refuses(400, naming=name))
            t.judge("bodies.missing", exchange, answers(400))
            t.judge("bodies.names-member", exchange, refuses(400, naming=name))
            if isinstance(right["body"].get(name), str):
                for blank in ("", None)[: 2 if name == members[0] else 1] if t.asks("bodies.blank", operation) else ():
                    t.judge(
                        "bodies.blank",
                        t.call(operation, **{**right, "body": {**right["body"], name: blank}}),
                        refuses(400, naming=name),
                    )
                for value in (
                    ((17,) if name == members[0] else (["text"],)) if t.asks("bodies.wrong-type", operation) else ()
                ):
                    t.judge(
                        "bodies.wrong-type",
                        t.call(operation, **{**right, "body": {**right["body"], name: value}}),
                        answers(400),
                    )
        if t.asks("bodies.all-faults", operation) and len(members) > 1:
            exchange = t.call(operation, **{**right, "body": {}})
            for name in members:
                t.judge("bodies.all-faults", exchange, refuses(400, naming=name))


@check(writes=True)
def broken_bodies_are_refused(t: Trial) -> None:
    """A body that is no JSON, or is none at all where one is needed, is answered with 400."""
    for operation in t.over("bodies.not-json", "bodies.none", when=_takes_json):
        right = {name: value for name, value in t.right(operation).items() if name not in {"body", "form"}}
        if t.asks("bodies.not-json", operation):
            t.judge("bodies.not-json", t.call(operation, **right, raw=b'{"name": '), answers(400))
        if t.asks("bodies.none", operation):
            t.judge("bodies.none", t.call(operation, **right, raw=b""), answers(400))
            if _required(t, operation):
                t.judge("bodies.none", t.call(operation, **right, body={}), answers(400))


@check(writes=True)
def strangers_in_bodies_are_ignored(t: Trial) -> None:
    """A member that an operation does not take is ignored: it neither fails the call nor changes what is made."""
    for operation in t.over("bodies.strangers", "bodies.server-sets", "bodies.encodings", when=_takes_json):
        right = t.right(operation)
        if not isinstance(right.get("body"), dict):
            continue
        foreign = {"understudy_unknown": "x", "another": {"deep": [1]}}
        if t.asks("bodies.server-sets", operation):
            foreign |= {
                "id": "understudy-own-id",
                "created_at": "2001-02-03T04:05:06Z",
                "object": "understudy",
                "tags": ["understudy"],
            }
        exchange = t.call(operation, **{**right, "body": {**right["body"], **foreign}})
        t.judge("bodies.strangers", exchange, succeeds)
        t.judge("bodies.encodings", exchange, succeeds)
        made = exchange.json if isinstance(exchange.json, dict) else {}
        kept = [name for name, value in foreign.items() if name in made and made[name] == value]
        t.holds(
            "bodies.server-sets",
            exchange,
            exchange.succeeded and not kept,
            "what the server sets, whatever the body says",
            f"{', '.join(kept)} taken over" if kept else exchange.shortly,
        )


@check(writes=True)
def other_encodings_of_a_body(t: Trial) -> None:
    """JSON is taken, a form too where the contract says so, and anything else is refused with 415 (400 tolerated)."""
    for operation in t.over("bodies.encodings", "bodies.unsupported", when=_takes_json):
        right = t.right(operation)
        if t.asks("bodies.encodings", operation):
            kinds = [kind for kind in operation.body if kind == "application/x-www-form-urlencoded"]
            for kind in kinds:
                rest = {name: value for name, value in right.items() if name != "body"}
                t.judge("bodies.encodings", t.call(operation, **rest, form=right["body"], content_type=kind), succeeds)
        if t.asks("bodies.unsupported", operation):
            rest = {name: value for name, value in right.items() if name != "body"}
            t.judge(
                "bodies.unsupported",
                t.call(operation, **rest, raw=b"<a>1</a>", content_type="text/plain"),
                answers(415, 400),
            )
