"""The pages that a table remembers take a limited room, whatever is asked for."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
from stores import row

from understudy.mock_server.store.pages import ROOM, JoinedPages


def taken(text: bytes, condition: int) -> int:
    """The bytes that remain after many pages with a text, each under a condition of some length."""
    pages = JoinedPages()
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(4 * ROOM // (len(text) + condition + 100)):
            rows = [row(number, "id", body=text)] if text else []
            pages.join(((("name", f"{number}".zfill(condition)),), "created", 20, number), rows)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", [b"", b"[]" * 5_000], ids=["empty", "full"])
@pytest.mark.parametrize("condition", [5, 50_000])
def test_many_pages_take_no_more_than_their_room(text: bytes, condition: int) -> None:
    assert taken(text, condition) < 1.5 * ROOM


def test_a_page_is_joined_once() -> None:
    pages = JoinedPages()
    joined = pages.join("key", [row(0, "id0", body=b"0"), row(1, "id1", body=b"1")])

    assert joined == (2, b"0,1")
    assert pages.get("key") is joined


def test_a_page_without_room_is_joined_each_time() -> None:
    pages = JoinedPages()

    assert pages.join("key", [row(0, "id0", body=b"0" * (ROOM + 1))]).length == 1
    assert pages.get("key") is None
