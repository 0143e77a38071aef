"""The pages of a table that clients read again, as they are sent."""

from __future__ import annotations

from typing import Any

from understudy.mock_server.store.interface import JoinedViews, Row

#: How many bytes of pages a table remembers; a longer page is joined each time.
ROOM = 512 * 1024
#: What each takes beside its text and its condition: requests may ask for any number of pages that are empty.
ENTRY = 512


class JoinedPages:
    """The default views of some pages, joined, until a row of the table changes."""

    __slots__ = ("_pages", "_room")

    def __init__(self) -> None:
        self._pages: dict[Any, JoinedViews] = {}
        self._room = ROOM

    def get(self, key: Any) -> JoinedViews | None:
        """The page under a key."""
        return self._pages.get(key)

    def join(self, key: Any, rows: list[Row]) -> JoinedViews:
        """A page of rows, remembered under a key."""
        page = JoinedViews(len(rows), b",".join([row[3] for row in rows]))
        size = len(page.text) + len(repr(key)) + ENTRY
        if size <= ROOM:
            if size > self._room:
                self.clear()
            self._room -= size
            self._pages[key] = page
        return page

    def clear(self) -> None:
        """Forget them all."""
        if self._pages:
            self._pages.clear()
            self._room = ROOM
