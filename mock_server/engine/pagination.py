"""Cuts a list into pages as the contract says, and wraps a page in its envelope."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from urllib.parse import quote_plus, urlencode

import orjson

from understudy.mock_server.engine.call import Call
from understudy.mock_server.http.errors import BadRequestError, FieldError, NotFoundError
from understudy.mock_server.http.template import compile_template
from understudy.specs import Pagination
from understudy.specs.reading.template_names import names_in

_WHOLE = re.compile(r"0*([0-9]+)", re.ASCII)

#: Behind the end of every list; a longer number of a client counts as this one.
FAR = 2**62

#: Envelope names that can only be told when the whole set was counted.
NEEDS_COUNT = frozenset({"count", "pages", "last", "next"})


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of a list is wanted: `limit` records from `offset`; `page` is None when an offset was sent.

    `last` asks for the last page, whichever that is.
    """

    offset: int
    limit: int
    page: int | None
    last: bool = False


class Pager:
    """The paging of one operation."""

    def __init__(self, told: Pagination) -> None:
        self._told = told
        self._envelope = compile_template(told.envelope)
        names = names_in(told.envelope)
        self._links = names & {"first", "last", "next", "previous", "self"}
        missing_past_end = told.page is not None and told.page.past_end == "missing"
        self.counts = bool(names & NEEDS_COUNT) or missing_past_end

    def slice(self, query: Mapping[str, Any]) -> Slice:
        """The part of the list that the parameters ask for. Raises BadRequestError or NotFoundError as the contract says."""
        limit = self._size(query)
        offset = self._offset(query)
        if offset is not None:
            return Slice(offset, limit, None)
        number = self._page(query)
        if number is None:
            return Slice(0, limit, None, last=True)
        return Slice(min((number - 1) * limit, FAR), limit, number)

    def settle(self, part: Slice, count: int) -> Slice:
        """The slice once the number of records is known. Raises NotFoundError for a page past the end."""
        pages = max(1, -(-count // part.limit))
        if part.last:
            return Slice((pages - 1) * part.limit, part.limit, pages)
        page = self._told.page
        if page is not None and page.past_end == "missing" and part.page is not None and part.page > pages:
            raise NotFoundError("Invalid page.")
        return part

    def wrap(self, call: Call, items: Sequence[bytes], part: Slice, count: int | None) -> bytes:
        """The envelope around items that are JSON already."""
        told: dict[str, Any] = {
            "items": orjson.Fragment(b"[" + b",".join(items) + b"]"),
            "item_count": len(items),
            "base": call.base,
            "size": part.limit,
            "page": part.page,
        }
        if count is not None:
            told["count"] = count
            told["pages"] = max(1, -(-count // part.limit))
        if self._links:
            told |= self._addresses(call, part, count or 0)
        return orjson.dumps(self._envelope(told))

    def _size(self, query: Mapping[str, Any]) -> int:
        size = self._told.size
        name, text = _sent(query, size.parameters)
        if text is None:
            return size.default
        number = _number(text)
        if number is None or number < 1:
            return self._unusable(size.unusable, name, size.default, "must be a whole number of at least 1")
        if number <= size.maximum:
            return number
        if size.above == "refuse":
            raise BadRequestError(field_errors=[FieldError(name, f"must be at most {size.maximum}")])
        return size.maximum if size.above == "clamp" else size.default

    def _page(self, query: Mapping[str, Any]) -> int | None:
        """The number of the page, None for the last one."""
        page = self._told.page
        if page is None:
            return 1
        name, text = _sent(query, page.parameters)
        if text is None:
            return page.default
        if text in page.words:
            return None
        number = _number(text)
        if number is None or number < 1:
            return self._unusable(page.unusable, name, page.default, "must be a whole number of at least 1")
        return number

    def _offset(self, query: Mapping[str, Any]) -> int | None:
        offset = self._told.offset
        if offset is None:
            return None
        name, text = _sent(query, offset.parameters)
        if text is None:
            return None
        number = _number(text)
        if number is None:
            return self._unusable(offset.unusable, name, 0, "must be a whole number of at least 0")
        return number

    def _unusable(self, rule: str, name: str, default: int, message: str) -> int:
        if rule == "refuse":
            raise BadRequestError(field_errors=[FieldError(name, message)])
        if rule == "missing":
            raise NotFoundError("Invalid page.")
        return default

    def _addresses(self, call: Call, part: Slice, count: int) -> dict[str, str | None]:
        if part.page is None:
            return self._by_offset(call, part, count)
        pages = max(1, -(-count // part.limit))
        assert self._told.page is not None
        return _addresses(
            call,
            self._told.page.parameters[0],
            (),
            {
                "self": part.page,
                "first": 1,
                "last": pages,
                "next": part.page + 1 if part.page < pages else None,
                "previous": min(part.page - 1, pages) if part.page > 1 else None,
            },
        )

    def _by_offset(self, call: Call, part: Slice, count: int) -> dict[str, str | None]:
        assert self._told.offset is not None
        name = self._told.offset.parameters[0]
        behind = part.offset + part.limit
        return _addresses(
            call,
            name,
            self._told.page.parameters if self._told.page else (),
            {
                "self": part.offset,
                "first": 0,
                "last": max(0, (count - 1) // part.limit * part.limit),
                "next": behind if behind < count else None,
                "previous": max(0, part.offset - part.limit) if part.offset > 0 else None,
            },
        )


#: By the identity of what was compiled, which is kept beside it so that no other thing gets that identity.
_COMPILED: dict[int, tuple[Pagination, Pager]] = {}


def pager_of(told: Pagination) -> Pager:
    """The paging of an operation, compiled once."""
    known = _COMPILED.get(id(told))
    if known is None:
        known = _COMPILED[id(told)] = told, Pager(told)
    return known[1]


def _sent(query: Mapping[str, Any], parameters: Sequence[str]) -> tuple[str, str | None]:
    for name in parameters:
        if name in query:
            return name, str(query[name])
    return parameters[0] if parameters else "", None


def _number(text: str) -> int | None:
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        return None
    return int(whole[1]) if len(whole[1]) <= 18 else FAR


def _addresses(
    call: Call, name: str, dropped: Sequence[str], numbers: Mapping[str, int | None]
) -> dict[str, str | None]:
    """This request's address with another number under a name; parameters stay sorted by name."""
    others = sorted(call.others(name, *dropped), key=itemgetter(0))
    before = urlencode([pair for pair in others if pair[0] < name], safe=",")
    behind = urlencode([pair for pair in others if pair[0] > name], safe=",")
    start = f"{call.url}?{before}{'&' if before else ''}{quote_plus(name)}="
    end = f"&{behind}" if behind else ""
    return {link: None if number is None else f"{start}{number}{end}" for link, number in numbers.items()}
