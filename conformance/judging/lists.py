"""Lists of any length: where a reply has its items, how to identify them, and how all of them are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from understudy.conformance.evidence.errors import PrerequisiteError
from understudy.conformance.evidence.exchange import NOTHING, Exchange
from understudy.conformance.evidence.words import several
from understudy.specs import Contract, Operation
from understudy.specs.reading.references import resolve

Item = Any
Query = Mapping[str, Any] | Sequence[tuple[str, Any]]
#: The page size in which lists are read.
LARGE = 100
#: Lists are read up to this many pages; a longer one is not read to its end.
FAR = 200


class PageSource(Protocol):
    """What gets the pages of lists (`CheckContext` in `context.py`)."""

    contract: Contract

    def page(self, operation: Operation, page: Any = None, size: Any = None, **more: Any) -> Exchange:
        """One page of a list."""

    def items(self, operation: Operation, exchange: Exchange) -> list[Item]:
        """The items of a page; raises UnexpectedReplyError if there are none where the contract says so."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as far as it was read.

    Whoever uses it says what incompleteness means. `items`, `names` and `found` speak of the whole list, and stop the
    check (its clauses are not shown) if the end was not reached. `part` and `part_names` are what was read, for what
    holds of each object by itself. `pages` are the replies with objects, `complete` tells whether the end was reached,
    and `again` is the reply after them if it was that of the page before.
    """

    operation: Operation
    identity: tuple[str, ...]
    part: list[Item]
    pages: list[Exchange]
    complete: bool
    again: Exchange | None = None

    @property
    def items(self) -> list[Item]:
        """All items; raises PrerequisiteError if the list is too long to be read whole."""
        self._rely_on_the_end()
        return self.part

    @property
    def names(self) -> list[str]:
        """The ids of all items; raises PrerequisiteError if the list is too long to be read whole."""
        self._rely_on_the_end()
        return self.part_names

    @property
    def part_names(self) -> list[str]:
        """The ids of the items that were read."""
        return [identify(item, *self.identity) for item in self.part]

    def found(self, like: Callable[[Item], bool]) -> Item | None:
        """The first item that fits, None if no item does; raises PrerequisiteError if that cannot be said."""
        for item in self.part:
            if like(item):
                return item
        self._rely_on_the_end()
        return None

    def _rely_on_the_end(self) -> None:
        if not self.complete:
            read = f"{several(len(self.part), 'object')} on {several(len(self.pages), 'page')} were read"
            raise PrerequisiteError(
                f"the list of {self.operation.id} is too long to be read whole: {read}",
                *self.pages[-1:],
                remedy="judge a target that holds fewer objects",
            )


def whole(ctx: PageSource, operation: Operation | str, size: int | None = None, far: int = FAR, **more: Any) -> Listing:
    """Read a list page by page, in the largest size allowed, or in one call if it has no pages.

    A server may cap sizes lower than asked, so a short page is the end only if it is shorter than the one before it, or
    than a page without a size.
    """
    op = ctx.contract.operations[operation] if isinstance(operation, str) else operation
    step = size or _largest(op)
    items: list[Item] = []
    pages: list[Exchange] = []
    identity = identity_of(ctx.contract, op)

    # How many objects a page holds at least that is not the last one; what was inferred of sizes says nothing of that.
    full = 0 if ctx.contract.inferred else min(step or 0, _usual(op))
    query = list(as_items(more.pop("query", ())))
    onward = _first(op)
    announced = False

    def read(complete: bool, again: Exchange | None = None) -> Listing:
        return Listing(op, identity, items, pages, complete, again)

    for number in range(1, far + 1):
        page = ctx.page(op, size=step, query=[*onward, *query], **more)
        if number > 1 and (_is_past_the_end(ctx.contract, op, page) or (announced and 400 <= page.status < 500)):
            return read(complete=True)
        if number == 1 and ctx.contract.inferred and page.status == 404:
            # So some answer for a list without objects; where a document says that they do not, its status is judged.
            return read(complete=True)
        found = ctx.items(op, page)
        if number > 1 and not found:
            return read(complete=True)
        if number > 1 and found == ctx.items(op, pages[-1]):
            # Always the same page: it has no end that could be reached.
            return read(complete=False, again=page)
        items += found
        pages.append(page)
        total = count_of(op, page)
        # A count of the page instead of the list ends at a full page as well; the page after it tells them apart.
        announced = total == len(items)
        if not found or (announced and len(found) != step) or len(found) < full:
            return read(complete=True)
        full = 0 if ctx.contract.inferred else len(found)
        following = _next(op, page, len(pages), items, identity)
        if following is None:
            return read(complete=step is None or (total is None and len(found) < step))
        if not following:
            return read(complete=True)
        onward = following
    return read(complete=False)


def as_items(query: Query) -> list[tuple[str, Any]]:
    """A query as pairs."""
    return list(query.items() if isinstance(query, Mapping) else query)


def _first(operation: Operation) -> list[tuple[str, Any]]:
    """The query parameters for the first page."""
    pagination = operation.pagination
    if takes_page_number(operation) and pagination is not None and pagination.page is not None:
        return [(pagination.page.parameters[0], pagination.page.default)]
    return []


def _next(
    operation: Operation, page: Exchange, read: int, items: list[Item], identity: tuple[str, ...]
) -> list[tuple[str, Any]] | None:
    """The query parameters for the page after a page; none of them after the last one, None if no page can be asked for."""
    pagination = operation.pagination
    if pagination is None:
        return None
    if first := _first(operation):
        return [(first[0][0], first[0][1] + read)]
    if pagination.offset is not None and _takes(operation, pagination.offset.parameters):
        return [(pagination.offset.parameters[0], len(items))]
    if pagination.cursor is None:
        return None
    if any(page.find(*place) is False for place in places(operation, "has_more")):
        return []
    known = [page.find(*place) for name in ("next_cursor", "next") for place in places(operation, name)]
    if not known:
        return [(pagination.cursor.after, identify(items[-1], *identity))]
    found = next((each for each in known if isinstance(each, str | int) and str(each)), None)
    return [] if found is None else [(pagination.cursor.after, _cursor_in(str(found), pagination.cursor.after))]


def _cursor_in(text: str, parameter: str) -> str:
    """A cursor, which a reply may give as it is or as a part of the address of the next page."""
    return dict(parse_qsl(urlsplit(text).query)).get(parameter, text)


def _largest(operation: Operation) -> int | None:
    return (
        min(operation.pagination.size.maximum, LARGE) if operation.pagination and takes_page_size(operation) else None
    )


def _usual(operation: Operation) -> int:
    return operation.pagination.size.default if operation.pagination else 0


def _is_past_the_end(contract: Contract, operation: Operation, page: Exchange) -> bool:
    if contract.inferred and 400 <= page.status < 500:
        return True
    pagination = operation.pagination
    missing = pagination is not None and pagination.page is not None and pagination.page.past_end == "missing"
    return missing and page.status == 404


def count_of(operation: Operation, page: Exchange) -> int | None:
    """The number of objects in the whole list as a page gives it, at the places in the contract's envelope."""
    for place in places(operation, "count"):
        found = page.find(*place)
        if isinstance(found, int) and not isinstance(found, bool):
            return found
    return None


def places(operation: Operation, name: str) -> Iterator[tuple[str, ...]]:
    """The paths of member names at which the envelope of a list has a value (`count`, `next`, …)."""
    yield from _places(operation.pagination.envelope if operation.pagination else {}, name)


def _places(envelope: Mapping[str, Any], name: str, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in envelope.items() if isinstance(envelope, Mapping) else ():
        if value in (f"{{{name}}}", f"{{{name}?}}"):
            yield (*before, key)
        elif isinstance(value, Mapping):
            yield from _places(value, name, (*before, key))


def items_path(operation: Operation) -> tuple[str | int, ...]:
    """The path of member names to a list's items."""
    return operation.pagination.items_at() if operation.pagination else ()


def takes_page_size(operation: Operation) -> bool:
    """Whether a list has a parameter for the page size."""
    return operation.pagination is not None and _takes(operation, operation.pagination.size.parameters)


def takes_page_number(operation: Operation) -> bool:
    """Whether a list has a parameter for the page number."""
    pagination = operation.pagination
    return pagination is not None and pagination.page is not None and _takes(operation, pagination.page.parameters)


def _takes(operation: Operation, names: Iterable[str]) -> bool:
    return bool({parameter.name for parameter in operation.parameters} & set(names))


def paging(operation: Operation, page: Any = None, size: Any = None) -> list[tuple[str, Any]]:
    """The query parameters for a page number and a page size, under the contract's names."""
    pagination = operation.pagination
    found: list[tuple[str, Any]] = []
    if pagination is not None and size is not None:
        found.append((pagination.size.parameters[0], size))
    if pagination is not None and page is not None and pagination.page is not None:
        found.append((pagination.page.parameters[0], page))
    return found


def identity_of(contract: Contract, operation: Operation) -> tuple[str, ...]:
    """The members that identify the objects which an operation shows, the first that is there.

    These are the property that the contract names, and the first one of the shown schema that is called an id.
    """
    resource = contract.resources.get(operation.resource or "")
    named = [resource.identity.property] if resource else []
    shown = [name for name in _shown(contract, operation) if name.lower().endswith("id")]
    return tuple(dict.fromkeys([*named, *shown[:1]])) or ("id",)


def _shown(contract: Contract, operation: Operation) -> list[str]:
    """The members of the objects that an operation shows, in the contract's order."""
    content = next((each for status, each in operation.responses.items() if status.startswith("2") and each), {})
    schema: Mapping[str, Any] = next(iter(content.values()), {})
    for step in items_path(operation):
        schema = _members(contract, schema).get(str(step), {})
    schema = resolve(contract.schemas, schema)
    return list(_members(contract, schema.get("items", schema)))


def _members(contract: Contract, schema: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in contract.parts(schema):
        found.update(part.get("properties", {}))
    return found


def identify(item: Item, *names: str) -> str:
    """The id of an item, by the first of some members that it has (`id` if none is named); else the item as JSON."""
    if isinstance(item, Mapping):
        for name in names or ("id",):
            if item.get(name, NOTHING) is not NOTHING:
                return str(item[name])
    return json.dumps(item, sort_keys=True, default=str)
