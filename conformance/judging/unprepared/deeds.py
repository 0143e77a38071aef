"""An object that a check makes on a target, and where it lies for the other operations on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import instant
from understudy.conformance.http.cleanup import ids
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.unprepared.addresses import names_in
from understudy.conformance.judging.unprepared.bodies import ways
from understudy.specs import Operation
from understudy.specs.reading.words import plain


@dataclass(frozen=True, slots=True)
class Made:
    """What an operation has created: the reply, the body that was sent, its parents and its id (empty if none was given)."""

    create: Operation
    exchange: Exchange
    body: Any
    parents: tuple[str, ...]
    name: str

    @classmethod
    def by(cls, ctx: CheckContext, create: Operation) -> Made:
        """An object of an operation, made once in a check; raises UnexpectedReplyError if no body is accepted."""
        made: Made = ctx.once(f"made by {create.id}", lambda: cls.anew(ctx, create))
        return made

    @classmethod
    def anew(cls, ctx: CheckContext, create: Operation) -> Made:
        """Another object of an operation; the one that it made before if its reply said no id, as that cannot be removed."""
        for earlier in ctx.run.cleanup.nameless.get(create.id, ()):
            return cls(create, earlier, None, (), "")
        path = {name: ctx.parameter(create, name) for name in names_in(create.route)}
        exchange, body = None, None
        for arguments in ways(ctx, create):
            exchange, body = ctx.call(create, **arguments, path=path), arguments.get("body")
            if exchange.succeeded:
                break
        assert exchange is not None
        name = next(iter(ids(ctx.contract, create, exchange)), "") if exchange.succeeded else ""
        return cls(create, exchange, body, tuple(path.values()), name)

    def rely(self, ctx: CheckContext) -> None:
        """Stop unless it was created, and its id is known."""
        reply = self.exchange
        ctx.rely(reply.succeeded, f"{reply.label} is not successful: {reply.summary}", reply)
        ctx.rely(self.name, f"{reply.label} does not say the id of what was created: {reply.summary}", reply)

    def address(self, ctx: CheckContext, operation: Operation) -> dict[str, str]:
        """Its address for an operation on it, or that of its collection for a list; stops if its id is not known."""
        self.rely(ctx)
        names = names_in(operation.route)
        if operation.action == "list":
            return dict(zip(names, self.parents, strict=False))
        # An operation that needs no parents names it by its id alone.
        values = (*self.parents, self.name) if len(names) > 1 else (self.name,)
        return dict(zip(names, values, strict=False))


def differences(sent: Any, shown: Any, place: str = "") -> Iterator[str]:
    """The members of a body that an object shows with another value; those that it does not show may be hidden."""
    if not (isinstance(sent, Mapping) and isinstance(shown, Mapping)):
        if not alike(sent, shown):
            yield place
        return
    known = {plain(name): name for name in shown}
    for name, value in sent.items():
        at = name if name in shown else known.get(plain(name))
        if at is not None and shown[at] is not None:
            yield from differences(value, shown[at], f"{place}.{name}" if place else str(name))


def alike(sent: Any, shown: Any) -> bool:
    """Whether a value is shown as it was sent, in another form perhaps: a number as text, a moment in another zone."""
    if isinstance(sent, Mapping) or isinstance(shown, Mapping):
        # A reference may be shown as the object that it names.
        return not (isinstance(sent, Mapping) and isinstance(shown, Mapping)) or not [*differences(sent, shown)]
    if isinstance(sent, list) or isinstance(shown, list):
        plain_values = (
            isinstance(sent, list)
            and isinstance(shown, list)
            and not any(isinstance(each, Mapping | list) for each in (*sent, *shown))
        )
        return not plain_values or sorted(map(_form, sent)) == sorted(map(_form, shown))
    if _form(sent) == _form(shown):
        return True
    one, other = instant(sent), instant(shown)
    return one is not None and one == other


def _form(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{float(value):g}"
    text = str(value).strip().casefold().rstrip("/")
    try:
        return f"{float(text):g}"
    except ValueError:
        return text
