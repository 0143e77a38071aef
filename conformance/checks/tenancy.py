"""Objects of other organisations are not visible. Needs a second credential, of another organisation."""

from __future__ import annotations

import re
from random import Random
from urllib.parse import unquote, urlsplit

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import answers
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import whole
from understudy.conformance.judging.registry import check
from understudy.specs import Operation

#: Lists are compared over this many pages.
FAR = 5


@check("tenancy.lists", roles=("other",))
def lists_hold_own_objects_only(ctx: CheckContext) -> None:
    """No object appears in the lists of two organisations."""
    for operation in ctx.over("tenancy.lists", when=lambda each: each.lists_all):
        mine, theirs = whole(ctx, operation, far=FAR), whole(ctx, operation, far=FAR, role="other")
        shared = set(mine.part_names) & set(theirs.part_names)
        ctx.holds(
            "tenancy.lists",
            (*mine.pages[:1], *theirs.pages[:1]),
            not shared,
            "lists of two organisations without a common object",
            f"{several(len(shared), 'object')} in both{f', such as {min(shared)}' if shared else ''}",
            vacuous=not mine.part,
        )


@check("tenancy.objects", roles=("other",))
def objects_of_others_are_not_found(ctx: CheckContext) -> None:
    """An id of another organisation is answered with 404, exactly like an id that does not exist."""
    for operation in ctx.over("tenancy.objects", when=lambda each: each.method == "GET" and "{" in each.path):
        foreign = ctx.call(operation, role="other")
        nobody = ctx.call(operation, path={name: unknown(ctx, operation, name) for name in operation.path_parameters})
        ctx.judge("tenancy.objects", foreign, answers(404))
        ctx.holds(
            "tenancy.objects",
            (nobody, foreign),
            _alike(foreign, nobody),
            "the reply to an unknown id",
            f"{foreign.summary} instead of {nobody.summary}",
        )


def _alike(one: Exchange, other: Exchange) -> bool:
    """Whether two replies are the same, except that each may repeat the id that its request named."""
    if one.reply.content == other.reply.content:
        return True
    paths = [urlsplit(exchange.request.url).path.split("/") for exchange in (one, other)]
    texts = [one.text, other.text]
    for ids in zip(*paths, strict=False):
        if ids[0] != ids[1]:
            texts = [
                re.sub(rf"\b{re.escape(unquote(id))}\b", "{id}", text) for id, text in zip(ids, texts, strict=True)
            ]
    return texts[0] == texts[1]


def unknown(ctx: CheckContext, operation: Operation, parameter: str) -> str:
    """An id in the right format that does not exist."""
    # The same id for every check, so that a cached reading serves the next one.
    draw = Random(f"{ctx.run.seed}/{operation.resource}/{parameter}")  # noqa: S311 - repeatable, not secret
    name = ctx.finder.resource_of(operation, parameter)
    identity = ctx.contract.resources[name].identity if name else None
    if identity is None:
        return "0" * 24
    match identity.form:
        case "uuid":
            return f"00000000-0000-4000-8000-{draw.getrandbits(48):012x}"
        case "serial":
            return "999999999"
        case "hex":
            return identity.prefix + f"{draw.getrandbits(4 * identity.length):0{identity.length}x}"
        case _:
            return identity.prefix + "".join(
                draw.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(identity.length)
            )
