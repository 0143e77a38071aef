"""What the two Kits call things, bodies with which their creates succeed, and how their lists are read.

What Participant Kit calls a study is called an event in Consent Kit; here it is an activity. The aspects of these
checks are mapped to the clauses of each Kit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from understudy.conformance.evidence.exchange import Exchange, find
from understudy.conformance.evidence.matchers import Mismatch, leaves
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.context import CheckContext
from understudy.conformance.judging.lists import Item, identify, whole
from understudy.conformance.judging.samples import sample

KITS = ("participant-kit", "consent-kit")
PLURALS = {"study": "studies", "event": "events"}
#: Lists are read up to this many pages of a hundred.
FAR = 20
#: Names that people have: beyond ASCII, from right to left, with an apostrophe, and long.
PEOPLE = ("Zoë Łukasiewicz-Ångström", "محمد بن العربي", "Siobhán O’Brien-O'Hara", f"Nguyễn {'Thị ' * 45}Hòa")
NAME = "Amara Jane Holt"


def activity(ctx: CheckContext) -> str:
    """What the Kit calls an activity."""
    return "study" if "study" in ctx.contract.resources else "event"


def list_operation(ctx: CheckContext) -> str:
    """The operation that lists activities."""
    return f"list_{PLURALS[activity(ctx)]}"


def operation_on(ctx: CheckContext, verb: str) -> str:
    """An operation on one activity."""
    return f"{verb}_{activity(ctx)}"


def opting_in(ctx: CheckContext) -> dict[str, str]:
    """The query with which a participant is shown with email and first name."""
    return {"include": "pii"} if activity(ctx) == "study" else {}


def asking(ctx: CheckContext, body: dict[str, Any]) -> dict[str, Any]:
    """The arguments with which a creation shows email and first name: the word may belong to the query or the body."""
    return {"query": opting_in(ctx), "body": {**body, **opting_in(ctx)}}


def project(ctx: CheckContext, other_than: str = "") -> str:
    """The id of a project that exists."""
    return str(ctx.some("project", like=lambda each: str(each.get("id")) != other_than)["id"])


def person(ctx: CheckContext, event: str, **more: Any) -> dict[str, Any]:
    """The body of a new participant, with an address that nobody else has."""
    return {"name": NAME, "email": f"{ctx.word()}@example.org", "event_id": event, **more}


def link(ctx: CheckContext, participant: str, **more: Any) -> dict[str, Any]:
    """The body of a new data link, with an address that no other link has."""
    place = f"https://files.example.com/{ctx.word()}"
    return {"url": place, "recorded_at": "2025-03-04", "participant_id": participant, **more}


def _activity(ctx: CheckContext) -> dict[str, Any]:
    return {"body": {"project_id": project(ctx), "name": ctx.mark("diary")}}


def _participant(ctx: CheckContext) -> dict[str, Any]:
    return {"body": person(ctx, ctx.once("activity", lambda: ctx.make(operation_on(ctx, "create")).at("id")))}


def _link(ctx: CheckContext) -> dict[str, Any]:
    own = ctx.once("participant", lambda: ctx.make("create_participant").at("id"))
    return {"body": link(ctx, own, title=ctx.mark("recording"))}


for _kit in KITS:
    sample(_kit, "create_study", "create_event")(_activity)
    sample(_kit, "create_participant")(_participant)
    sample(_kit, "create_data_link", "create_data_link_hyphenated")(_link)


# --- lists ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """The objects of a list as far as it was read; `whole` says whether that is to its end."""

    items: list[Item]
    page: Exchange
    whole: bool

    @property
    def names(self) -> list[str]:
        """Their ids."""
        return [identify(item) for item in self.items]


def shown(ctx: CheckContext, operation: str, role: str = "default", **query: str) -> Shown:
    """Read a list, to its end if that is not too far."""
    read = whole(ctx, ctx.contract.operations[operation], far=FAR, role=role, query=query)
    return Shown(read.part, read.pages[-1], read.complete)


def stands(
    ctx: CheckContext,
    what: str,
    operation: str,
    like: Mapping[str, Any],
    times: int,
    *seen: Exchange,
    role: str = "default",
) -> None:
    """Judge that a list holds so many objects with these members; not shown if it cannot be read to its end."""
    query = opting_in(ctx) if operation == "list_participants" else {}
    read = shown(ctx, operation, role, **query)
    found = [item for item in read.items if all(item.get(name) == value for name, value in like.items())]
    wanted = f"{several(times, 'object')} with {', '.join(f'{name} {value}' for name, value in like.items())}"
    if not read.whole and len(found) <= times:
        ctx.lacks(what, f"a list of at most {FAR} pages, to look for {wanted}", *seen, read.page)
        return
    ctx.holds(what, (*seen, read.page), len(found) == times, wanted, several(len(found), "object"))


# --- matchers ---------------------------------------------------------------------------------------------------------


def deleted(exchange: Exchange) -> Mismatch | None:
    """The reply to a deletion is a success and an object with a member `deleted` that is not false or null."""
    if not exchange.succeeded:
        return Mismatch("a 2xx status", exchange.summary)
    if find(exchange.json, "deleted") in (False, None) or not isinstance(exchange.json, Mapping):
        return Mismatch("an object with deleted", exchange.summary)
    return None if "deleted" in exchange.json else Mismatch("an object with deleted", exchange.summary)


def reveals_nothing(*texts: str) -> Callable[[Exchange], Mismatch | None]:
    """No value at any depth of a reply holds one of these texts; letters within a word or an id, such as an x, are none."""
    # Most texts are nowhere in a reply, which a plain search says at a tenth of a pattern's cost.
    wanted = {word: re.compile(rf"(?<![a-z0-9_]){re.escape(word)}(?![a-z0-9_])") for word in map(plain, texts) if word}

    def match(exchange: Exchange) -> Mismatch | None:
        for leaf in leaves(exchange.json):
            if isinstance(leaf, str):
                said = plain(leaf)
                if any(word in said and alone.search(said) for word, alone in wanted.items()):
                    return Mismatch("no email and no name of a person", leaf)
        return None

    return match


def plain(text: str) -> str:
    """A text in one Unicode form, without regard to case and to blanks around it."""
    return unicodedata.normalize("NFC", text).strip().casefold()


def beginning(name: str, first: Any) -> bool:
    """Whether a first name is a leading part of a full name."""
    return isinstance(first, str) and bool(first.strip()) and plain(name).startswith(plain(first))


def listed(names: Iterable[Any]) -> str:
    """The first few of some ids, for a report."""
    return ", ".join(str(name) for name in list(names)[:3])
