"""Pages of a contract whose meaning was inferred: by number, offset or cursor, in the frame that its reply declares."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

from understudy.mock_server.data.resource_types import ResourceType
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.inferred.comparisons import compared
from understudy.mock_server.engine.pagination import FAR, Pager
from understudy.mock_server.http.errors import BadRequestError, FieldError
from understudy.mock_server.http.template import compile_template
from understudy.mock_server.store import Row, Where
from understudy.mock_server.store.columns import key
from understudy.specs import Operation
from understudy.specs.reading.template_names import names_in
from understudy.specs.reading.words import plain, sort_key

#: What stands before and behind the content of a reply, by what is rendered of the rest.
Frame = Callable[[Any], tuple[bytes, bytes]]
MARK = b"after:"

#: What a frame may say of where other pages are.
LINKS = frozenset(["self", "first", "last", "next", "previous"])


class InferredPager:
    """Pages one list."""

    def __init__(
        self,
        operation: Operation,
        resource_type: ResourceType,
        frame: Frame | None,
        media_type: str,
        mark: Callable[[str], str | int],
    ) -> None:
        assert operation.pagination is not None
        self._spec = operation.pagination
        self._operation = operation
        self._type = resource_type
        self._frame = frame
        self._media_type = media_type
        self._mark = mark
        self._numbers = Pager(operation.pagination)
        self._render = compile_template(operation.pagination.envelope)
        cursor = operation.pagination.cursor
        #: What the cursor says at the first page.
        self._beginning = {
            None,
            "",
            *(str(each.default) for each in operation.parameters if cursor is not None and each.name == cursor.after),
        }
        self._leads = not LINKS.isdisjoint(names_in(operation.pagination.envelope))

    async def page(self, call: Call, where: Where, shown: Callable[[bytes], bytes]) -> Reply:
        """One page of the records that match a condition."""
        rows = await call.state.tx.rows(self._type.table, where, self._operation.order)
        rows = self._sorted(call, compared(rows, self._operation.comparisons, call.query))
        start, size, number = self._start(call, rows)
        taken = rows[start : start + size]
        items = b"[%b]" % b",".join(shown(row.document) for row in taken)
        values = self._values(call, rows, start, size, number)
        if self._frame is None:
            body, headers = items, self._links(call, start, size, len(rows), number, values)
        else:
            before, after = self._frame(self._render({**values, "items": None}))
            body, headers = b"".join((before, items, after)), {}
        return Reply(self._operation.success, raw=body, media_type=self._media_type, headers=headers)

    def _sorted(self, call: Call, rows: list[Row]) -> list[Row]:
        """The rows in the order that the query asks for; those without a value come last."""
        sort = self._operation.sort
        wanted = call.query.get(sort.by) if sort is not None else None
        if sort is None or not isinstance(wanted, str | list):
            return rows
        direction = str(call.query.get(sort.direction, "")).lower()
        for value in reversed(wanted if isinstance(wanted, list) else wanted.split(",")):
            name, own = sort_key(str(value))
            prop = next((each for each in self._type.table.columns if plain(each) == plain(name)), None)
            if prop is not None:
                rows = _by(rows, self._type.table.columns.index(prop), (own or direction).startswith("desc"))
        return rows

    def _start(self, call: Call, rows: list[Row]) -> tuple[int, int, int]:
        """Where the page begins, how many records it has at most, and its number."""
        cursor = self._spec.cursor
        page_range = self._numbers.slice(call.query)
        size = page_range.limit
        if cursor is not None:
            after, before = call.query.get(cursor.after), call.query.get(cursor.before)
            if after not in self._beginning:
                start = self._place(cursor.after, str(after), rows) + 1
                return start, size, start // size + 1
            if before not in (None, ""):
                end = self._place(cursor.before, str(before), rows)
                start = max(0, end - size)
                return start, min(size, end - start), start // size + 1
        first = self._spec.page.default if self._spec.page is not None else 1
        offset = page_range.offset
        if page_range.page is not None and first == 0:
            offset = min(page_range.page * size, FAR)
        return offset, size, page_range.page if page_range.page is not None else offset // size + 1

    def _place(self, parameter: str, text: str, rows: list[Row]) -> int:
        """The position of the record that a cursor stands for: its id, or what a page gave for it."""
        for position, row in enumerate(rows):
            if text in {row.id, str(self._mark(row.id))}:
                return position
        raise BadRequestError(field_errors=[FieldError(parameter, "does not stand for a record of this list")])

    def _values(self, call: Call, rows: list[Row], start: int, size: int, number: int) -> dict[str, Any]:
        count = len(rows)
        end = min(start + size, count)
        more = end < count
        taken = rows[start:end]
        pages = max(1, -(-count // size))
        values: dict[str, Any] = {
            "item_count": max(0, end - start),
            "count": count,
            "page": number,
            "pages": pages,
            "size": size,
            "offset": start,
            "has_more": more,
            "base": call.base,
            "next_cursor": self._mark(taken[-1].id) if more and taken else None,
            "previous_cursor": self._mark(taken[0].id) if start > 0 and taken else None,
            "first_id": taken[0].id if taken else None,
            "last_id": taken[-1].id if taken else None,
            "next_page": number + 1 if more else None,
            "next_offset": end if more else None,
        }
        return values | self._addresses(call, start, size, count, number, values) if self._leads else values

    def _addresses(
        self, call: Call, start: int, size: int, count: int, number: int, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The links to other pages, None where there is no such page."""
        first = self._spec.page.default if self._spec.page is not None else 1
        last = first + max(1, -(-count // size)) - 1
        more, before = values["has_more"], start > 0
        aims: Mapping[str, Mapping[str, Any] | None]
        if self._spec.page is not None:
            name = self._spec.page.parameters[0]
            aims = {
                "self": {name: number},
                "first": {name: first},
                "last": {name: last},
                "next": {name: number + 1} if more else None,
                "previous": {name: number - 1} if before else None,
            }
        elif self._spec.offset is not None:
            name = self._spec.offset.parameters[0]
            aims = {
                "self": {name: start},
                "first": {name: 0},
                "last": {name: max(0, (count - 1) // size * size)},
                "next": {name: start + size} if more else None,
                "previous": {name: max(0, start - size)} if before else None,
            }
        elif self._spec.cursor is not None:
            name = self._spec.cursor.after
            aims = {"self": {}, "first": {name: None}, "next": {name: values["next_cursor"]} if more else None}
        else:
            aims = {"self": {}, "first": {}, "last": {}}
        return {link: None if aim is None else self._address(call, aim) for link, aim in aims.items()}

    def _address(self, call: Call, changed: Mapping[str, Any]) -> str:
        spec = self._spec
        names = [*(spec.page.parameters if spec.page else ()), *(spec.offset.parameters if spec.offset else ())]
        names += [spec.cursor.after, spec.cursor.before] if spec.cursor else []
        pairs = (
            [*call.others(*names), *((name, str(value)) for name, value in changed.items() if value is not None)]
            if changed
            else [(name, value) for name, value in call.others()]
        )
        query = urlencode(pairs, quote_via=quote_plus)
        return f"{call.url}?{query}" if query else call.url

    def _links(
        self, call: Call, start: int, size: int, count: int, number: int, values: Mapping[str, Any]
    ) -> dict[str, str]:
        """The header that leads on where a reply is a bare array (RFC 8288)."""
        if not self._spec.page and not self._spec.offset and not self._spec.cursor:
            return {}
        found = self._addresses(call, start, size, count, number, values)
        names = {"first": "first", "previous": "prev", "next": "next", "last": "last"}
        return {"Link": ", ".join(f'<{found[name]}>; rel="{rel}"' for name, rel in names.items() if found.get(name))}


def _by(rows: list[Row], column: int, descending: bool) -> list[Row]:
    valued = [row for row in rows if row.columns[column] is not None]
    without = [row for row in rows if row.columns[column] is None]
    return [*sorted(valued, key=lambda row: key(row.columns[column]) or b"", reverse=descending), *without]


def as_text(id: str) -> str:
    """The cursor for a record."""
    return base64.urlsafe_b64encode(MARK + id.encode()).decode().rstrip("=")


def as_number(id: str) -> int:
    """The cursor for a record where the reply has a number for it."""
    return zlib.crc32(MARK + id.encode())
