"""Bodies for the operations of a document that nobody prepared: its example if that fits, else one that is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from understudy.conformance.evidence.body import FORM
from understudy.conformance.evidence.errors import OutOfScopeError, PrerequisiteError
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.unprepared.drawing import Drawing, one_kind
from understudy.conformance.judging.unprepared.register import body_of
from understudy.specs import Contract, Operation
from understudy.specs.reading.references import resolve


def right(ctx: CheckContext, operation: Operation) -> dict[str, Any]:
    """The arguments for an operation, with the first body; raises OutOfScopeError if the kit cannot write one."""
    return next(ways(ctx, operation))


def ways(ctx: CheckContext, operation: Operation) -> Iterator[dict[str, Any]]:
    """The arguments with each body that may be right, the document's own example first; without a body just none."""
    if not operation.body:
        yield {}
        return
    found = body_of(operation)
    if found is None:
        if operation.body_required:
            raise OutOfScopeError(f"the kit does not write bodies of type {' or '.join(operation.body)}")
        yield {}
        return
    kind, schema = found
    known, word = _known(ctx, operation), ctx.word()
    telling = operation.action == "update"
    draw = partial(Drawing, ctx.contract, ctx.run.seed, word, known, filled=FORM in kind, telling=telling)
    tried: list[Any] = []
    for body in _bodies(ctx, operation, schema, draw):
        if body is not None and body not in tried and (FORM not in kind or isinstance(body, Mapping)):
            tried.append(body)
            yield {"body": body, "content_type": kind}
    if not tried:
        raise OutOfScopeError(f"no body was found that fits the schema of {operation.id}")


def choices(contract: Contract, operation: Operation, member: str) -> list[Any]:
    """The values that a member of a body may have, where the schema lists them; a boolean has two."""
    found = body_of(operation)
    parts = [each.get("properties", {}).get(member) for each in contract.parts(found[1])] if found else []
    schema = next((one_kind(contract, each) for each in parts if isinstance(each, Mapping)), {})
    return [False, True] if schema.get("type") == "boolean" else [*schema.get("enum", ())]


def _bodies(ctx: CheckContext, operation: Operation, schema: Any, draw: Callable[..., Drawing]) -> Iterator[Any]:
    drawing = draw()
    yield next((each for each in _examples(ctx, operation) if drawing.fits(schema, each)), None)
    yield drawing.plain(schema) if schema else {}
    # What the examples name may be taken already, so a last body has nothing of them.
    yield draw(fresh=True).plain(schema) if schema else None


def _examples(ctx: CheckContext, operation: Operation) -> Iterator[Any]:
    described = ctx.contract.document["paths"][operation.path][operation.method.lower()].get("requestBody", {})
    content = resolve(ctx.contract.document, described).get("content", {})
    for media in content.values():
        if "example" in media:
            yield media["example"]
        named = media.get("examples")
        for each in named.values() if isinstance(named, Mapping) else ():
            yield resolve(ctx.contract.document, each).get("value")
        schema = media.get("schema")
        if isinstance(schema, Mapping):
            whole = resolve(ctx.contract.document, schema)
            yield from [whole["example"]] if "example" in whole else []
            yield from whole["examples"] if isinstance(whole.get("examples"), list) else []


def _known(ctx: CheckContext, operation: Operation) -> dict[str, Any]:
    """Members of a body that name another object -> the id of one that the target has."""
    resource = ctx.contract.resources.get(operation.resource or "")
    found = {}
    for name, reference in resource.references.items() if resource else ():
        try:
            lister = ctx.lister(reference.resource)
            item = next(iter(ctx.finder.existing(ctx, reference.resource)), None)
        except PrerequisiteError:
            continue
        if item is not None:
            prop = ctx.contract.resources[reference.resource].identity.property
            found[name] = item.get(prop, ctx.identify(item, lister))
    return found
