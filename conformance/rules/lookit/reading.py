"""Lists and objects as a caller sees them, read through links, whatever the size of a page is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from understudy.conformance.evidence.exchange import Exchange
from understudy.conformance.evidence.matchers import moment
from understudy.conformance.judging.context import CheckContext, Item, attribute, identify
from understudy.specs import Operation

JSON_API = "application/vnd.api+json"
#: The largest page that is asked for; a server may give smaller ones.
LARGE = 100
#: A list of more pages is not read to its end.
FAR = 60
TYPES = {
    "children": ("list_children", "read_child", "child_id"),
    "demographics": ("list_demographics", "read_demographics", "demographic_data_id"),
    "feedback": ("list_feedback", "read_feedback", "feedback_id"),
    "labs": ("list_labs", "read_lab", "lab_id"),
    "responses": ("list_responses", "read_response", "response_id"),
    "studies": ("list_studies", "read_study", "study_id"),
    "users": ("list_users", "read_user", "user_id"),
}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as far as it was read; `complete` when its end was reached."""

    items: list[Item]
    pages: list[Exchange]
    complete: bool

    @property
    def names(self) -> list[str]:
        """The ids in order."""
        return [identify(each) for each in self.items]


def walk(ctx: CheckContext, operation: Operation, size: int | None = LARGE, far: int = FAR, **more: Any) -> Listing:
    """Read a list page by page until it has no next page, or until `far` pages are read.

    A size is a wish: how many objects a page holds is the server's affair.
    """
    items: list[Item] = []
    pages: list[Exchange] = []
    for number in range(1, far + 1):
        page = ctx.page(operation, page=number if number > 1 else None, size=size, **more)
        if number > 1 and page.status == 404:
            return Listing(items, pages, True)
        found = ctx.items(operation, page)
        pages.append(page)
        items += found
        if not found or not link(page, "next"):
            return Listing(items, pages, True)
    return Listing(items, pages, False)


def seen(ctx: CheckContext, kind: str, role: str) -> tuple[list[Item], Exchange]:
    """All objects of a type that a caller sees, with the first page as evidence.

    Raises PrerequisiteError for a list that is too long to be read whole.
    """
    read = walk(ctx, ctx.contract.operations[TYPES[kind][0]], role=role)
    ctx.need(read.complete, f"the {kind} that the caller {role} sees are too many to be read whole", read.pages[0])
    return read.items, read.pages[0]


def read(ctx: CheckContext, kind: str, name: str, role: str, *, fresh: bool = False) -> Exchange:
    """One object, as a caller sees it."""
    _, operation, parameter = TYPES[kind]
    return ctx.call(operation, path={parameter: name}, role=role, fresh=fresh)


def ids(items: list[Item]) -> set[str]:
    """The ids of some objects."""
    return {identify(each) for each in items}


def link(page: Exchange, name: str) -> str | None:
    """An address among the links of a page; None where there is none."""
    return target_of(page.find("links", name))


def target_of(found: Any) -> str | None:
    """The address of a JSON:API link, which is a text or an object with href; None if it has none."""
    if isinstance(found, dict):
        found = found.get("href")
    return found if isinstance(found, str) and found else None


def relation(item: Item, name: str) -> str | None:
    """The address of a relationship; None if it has none."""
    found = item.get("relationships") if isinstance(item, dict) else None
    part = found.get(name) if isinstance(found, dict) else None
    links = part.get("links") if isinstance(part, dict) else None
    return target_of(links.get("related")) if isinstance(links, dict) else None


def related(item: Item, name: str) -> str | None:
    """The id at the end of a relationship's address, or of the list below it; None if it has none."""
    address = relation(item, name)
    if address is None:
        return None
    steps = address.partition("?")[0].rstrip("/").split("/")
    return steps[-2] if steps[-1] in TYPES else steps[-1]


def within(reply: Exchange) -> Item:
    """The object in a reply; an empty one where there is none."""
    found = reply.find("data")
    return found if isinstance(found, dict) else {}


def by_latest(items: list[Item]) -> list[Any]:
    """The times of change of some objects, in their order."""
    return [moment(attribute(each, "date_modified")) for each in items]


def names(value: Any) -> Iterator[str]:
    """Every member name at any depth."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from names(part)
    elif isinstance(value, list):
        for part in value:
            yield from names(part)


def difference(wanted: set[str], got: set[str]) -> str:
    """What is missing and what is too much, in words."""
    missing, extra = sorted(wanted - got), sorted(got - wanted)
    if not missing and not extra:
        return f"{len(got)} of {len(wanted)}"
    return f"missing {', '.join(missing[:3]) or 'none'}; too many {', '.join(extra[:3]) or 'none'}"


def own_child(ctx: CheckContext, role: str) -> str:
    """A child of the caller with a role, which is not marked as deleted."""
    children = ctx.items(ctx.contract.operations["list_children"], page := ctx.call("list_children", role=role))
    mine = [each for each in children if attribute(each, "deleted") is not True]
    ctx.need(mine, f"the {role} has no child", page)
    return identify(mine[0])
