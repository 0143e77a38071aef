"""Pagination as the contract declares it: which part of a list a request asks for, and the envelope around it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

import orjson

from understudy.mock_server.engine.call import Call
from understudy.mock_server.http.errors import BadRequestError, FieldError, NotFoundError
from understudy.mock_server.http.template import compile_template
from understudy.mock_server.store import JoinedViews
from understudy.specs import Pagination
from understudy.specs.reading.template_names import names_in

_WHOLE = re.compile(r"[0-9]+", re.ASCII)

#: Beyond the end of every list; a greater number in a request counts as this one.
FAR = 2**62

#: Names of the envelope whose values are known only after all records were counted.
NEEDS_COUNT = frozenset({"count", "pages", "last", "next"})


class PageRange(NamedTuple):
    """The part of a list that a request asks for: `limit` records from `offset`.

    `page` is the number of the page, None if an offset was sent. `last` asks for the last page.
    """

    offset: int
    limit: int
    page: int | None
    last: bool = False


#: How many envelopes each pager remembers, and of requests with a query of which length at most.
MEMO, MEMO_LENGTH = 256, 1024

#: Stands for the items in an envelope; orjson writes no such character.
_ITEMS = b"\x00"


class Pager:
    """Pages the list of one operation."""

    def __init__(self, spec: Pagination) -> None:
        self._spec = spec
        self._envelope = compile_template(spec.envelope)
        names = names_in(spec.envelope)
        self._links = names & {"first", "last", "next", "previous", "self"}
        missing_past_end = spec.page is not None and spec.page.past_end == "missing"
        self.counts = bool(names & NEEDS_COUNT) or missing_past_end
        #: Whether the envelope depends on nothing but the items.
        self._constant = names <= {"items"}
        #: What stands around the items, by everything that it depends on.
        self._frames: dict[Any, list[bytes]] = {}

    def slice(self, query: Mapping[str, Any]) -> PageRange:
        """The part of the list that the query asks for. Raises BadRequestError or NotFoundError as the contract declares."""
        limit = self._size(query)
        offset = self._offset(query)
        if offset is not None:
            return PageRange(offset, limit, None)
        number = self._page(query)
        if number is None:
            return PageRange(0, limit, None, last=True)
        return PageRange(min((number - 1) * limit, FAR), limit, number)

    def settle(self, page_range: PageRange, count: int) -> PageRange:
        """The same once the number of records is known. Raises NotFoundError for a page past the end."""
        pages = max(1, -(-count // page_range.limit))
        if page_range.last:
            return PageRange((pages - 1) * page_range.limit, page_range.limit, pages)
        page = self._spec.page
        if page is not None and page.past_end == "missing" and page_range.page is not None and page_range.page > pages:
            raise NotFoundError("Invalid page.", reason={"invalid_page": True})
        return page_range

    def wrap(self, call: Call, items: Sequence[bytes], page_range: PageRange, count: int | None) -> bytes:
        """The envelope around items that are already JSON."""
        return self.around(call, JoinedViews(len(items), b",".join(items)), page_range, count)

    def around(self, call: Call, items: JoinedViews, page_range: PageRange, count: int | None) -> bytes:
        """The envelope around items that are already joined."""
        if self._constant:
            key: Any = None
        else:
            key = call.base, call.url, call.query_string, page_range, items.length, count
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frame(call, items.length, page_range, count)
            if len(call.query_string) <= MEMO_LENGTH and len(call.url) <= MEMO_LENGTH:
                if len(self._frames) >= MEMO:
                    self._frames.clear()
                self._frames[key] = frame
        return items.text.join(frame)

    def _frame(self, call: Call, item_count: int, page_range: PageRange, count: int | None) -> list[bytes]:
        """The pieces of the envelope between which the items stand."""
        values: dict[str, Any] = {
            "items": orjson.Fragment(b"[" + _ITEMS + b"]"),
            "item_count": item_count,
            "base": call.base,
            "size": page_range.limit,
            "page": page_range.page,
        }
        if count is not None:
            values["count"] = count
            values["pages"] = max(1, -(-count // page_range.limit))
        if self._links:
            values |= self._addresses(call, page_range, count or 0)
        return orjson.dumps(self._envelope(values)).split(_ITEMS)

    def _size(self, query: Mapping[str, Any]) -> int:
        size = self._spec.size
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
        """The number of the page, None for the last page."""
        page = self._spec.page
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
        offset = self._spec.offset
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
            raise NotFoundError("Invalid page.", reason={"invalid_page": True})
        return default

    def _addresses(self, call: Call, page_range: PageRange, count: int) -> dict[str, str | None]:
        if page_range.page is None:
            return self._by_offset(call, page_range, count)
        pages = max(1, -(-count // page_range.limit))
        assert self._spec.page is not None
        return _addresses(
            call,
            self._spec.page.parameters[0],
            (),
            {
                "self": page_range.page,
                "first": 1,
                "last": pages,
                "next": page_range.page + 1 if page_range.page < pages else None,
                "previous": min(page_range.page - 1, pages) if page_range.page > 1 else None,
            },
        )

    def _by_offset(self, call: Call, page_range: PageRange, count: int) -> dict[str, str | None]:
        assert self._spec.offset is not None
        name = self._spec.offset.parameters[0]
        behind = page_range.offset + page_range.limit
        return _addresses(
            call,
            name,
            self._spec.page.parameters if self._spec.page else (),
            {
                "self": page_range.offset,
                "first": 0,
                "last": max(0, (count - 1) // page_range.limit * page_range.limit),
                "next": behind if behind < count else None,
                "previous": max(0, page_range.offset - page_range.limit) if page_range.offset > 0 else None,
            },
        )


#: By the identity of the annotation, which is kept beside its pager so that no other object gets the same identity.
_COMPILED: dict[int, tuple[Pagination, Pager]] = {}


def pager_of(spec: Pagination) -> Pager:
    """The pager of an operation, compiled once."""
    known = _COMPILED.get(id(spec))
    if known is None:
        known = _COMPILED[id(spec)] = spec, Pager(spec)
    return known[1]


def _sent(query: Mapping[str, Any], parameters: Sequence[str]) -> tuple[str, str | None]:
    for name in parameters:
        if name in query:
            return name, str(query[name])
    return parameters[0] if parameters else "", None


def _number(text: str) -> int | None:
    if not _WHOLE.fullmatch(text):
        return None
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) <= 18 else FAR


def _addresses(
    call: Call, name: str, dropped: Sequence[str], numbers: Mapping[str, int | None]
) -> dict[str, str | None]:
    """The address of this request with other numbers in the parameter `name`; parameters are sorted by name."""
    others = sorted(call.others(name, *dropped), key=itemgetter(0))
    before = urlencode([pair for pair in others if pair[0] < name], safe=",")
    behind = urlencode([pair for pair in others if pair[0] > name], safe=",")
    start = f"{call.url}?{before}{'&' if before else ''}{quote_plus(name)}="
    end = f"&{behind}" if behind else ""
    return {link: None if number is None else f"{start}{number}{end}" for link, number in numbers.items()}
