"""Names that people have: letters beyond ASCII, other directions of writing, pictures, apostrophes and long texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from understudy.conformance.evidence.errors import OutOfScopeError, PrerequisiteError
from understudy.conformance.evidence.exchange import NOTHING, Exchange, find
from understudy.conformance.evidence.matchers import brief, same_letters
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.registry import check
from understudy.specs import Operation
from understudy.specs.reading.references import resolve

#: What people are called and what they write, in the composed form of Unicode (NFC).
NAMES = "Zoë O'Neill-Łukasiewicz, Ångström Nguyễn, 李雷, Ольга, مريم, רות, 👩🏽‍🔬"
#: Characters of a long text.
LONG = 200

Steps = tuple[str, ...]


@check("bodies.kept", writes=True)
def what_is_sent_comes_back(ctx: CheckContext) -> None:
    """Texts come back as they were sent, character by character, whatever language they are in; a long one, too."""
    for operation in ctx.contract.operations.values():
        if operation.action != "create" or not operation.body:
            continue
        try:
            right = ctx.right(operation)
        except (OutOfScopeError, PrerequisiteError):
            continue
        for steps in _free_texts(ctx, right.get("body")):
            longest = _longest(ctx, operation, steps)
            for text in (ctx.mark(NAMES), _long(ctx.mark())):
                _sent(ctx, operation, right, steps, text[:longest])


def _free_texts(ctx: CheckContext, value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """The places of texts in a sample that are free: those that bear the mark of the run among other words."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _free_texts(ctx, part, (*steps, name))
    elif isinstance(value, str) and ctx.run.mark in value and " " in value:
        yield steps


def _long(mark: str) -> str:
    text = f"{mark} {NAMES} "
    return (text * (LONG // len(text) + 1))[: LONG - 1] + "."


def _longest(ctx: CheckContext, operation: Operation, steps: Steps) -> int:
    """The number of characters that the contract allows at a place."""
    schema = resolve(ctx.contract.schemas, next(iter(operation.body.values())))
    for step in steps:
        schema = resolve(ctx.contract.schemas, schema.get("properties", {}).get(step, {}))
    return int(schema.get("maxLength", LONG))


def _sent(ctx: CheckContext, operation: Operation, right: dict[str, Any], steps: Steps, text: str) -> None:
    body = deepcopy(right["body"])
    inner = body
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = text
    made = ctx.call(operation, **{**right, "body": body})
    if not made.succeeded:
        # The source may leave open how long a text may be and which characters it may have.
        ctx.run.remark(operation, f"a text of {len(text)} characters at {steps[-1]}", made.summary)
        return
    _compare(ctx, operation, made, steps, text)
    reader = ctx.reader(operation.resource or "")
    name = next((found for place in (("id",), ("_id",), ("data", "id")) if (found := made.find(*place))), None)
    if reader is not None and isinstance(name, str | int) and reader.path_parameters:
        read = ctx.call(reader, path={reader.path_parameters[-1]: name}, role=made.request.role)
        if read.succeeded:
            _compare(ctx, operation, read, steps, text, made)


def _compare(
    ctx: CheckContext, operation: Operation, exchange: Exchange, steps: Steps, text: str, *before: Exchange
) -> None:
    """Judge a text where a reply shows it; a reply without it says nothing about it."""
    shown = find(exchange.json, *steps)
    if shown is NOTHING:
        return
    place = ".".join(steps)
    expected, actual = f"{place} to be {brief(text)}", _difference(text, shown)
    if ctx.clauses("bodies.kept", [operation.id]):
        ctx.holds("bodies.kept", (*before, exchange), same_letters(shown, text), expected, actual)
    elif not same_letters(shown, text):
        ctx.run.breach(operation, exchange, ctx.name, expected, actual, ctx.exchanges)


def _difference(wanted: str, shown: Any) -> str:
    """What is there instead, from the first character that differs."""
    if not isinstance(shown, str):
        return brief(shown)
    at = next((at for at, (one, other) in enumerate(zip(wanted, shown, strict=False)) if one != other), None)
    at = min(len(wanted), len(shown)) if at is None else at
    return (
        f"{brief(shown[at : at + 20])} instead of {brief(wanted[at : at + 20])} at character {at + 1} of {len(wanted)}"
    )
