"""The cost of a page, a POST and a new session in collections of a thousand, a hundred thousand and a million records.

Run: `python benchmarks/size.py`. Inside the application, without a network; the best of several turns.
"""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator

from inside import Mock, took

#: 130 participants at size 1.
SIZES = 8, 770, 7693
LIST, PAGE = "/v1/participants", 100
TURNS, RUNS = 10, 30

Row = tuple[str, ...]
HEAD: Row = (
    "records",
    "first page",
    "a page in the middle",
    "the last page",
    "first read of a page",
    "POST",
    "first page, new session",
)


def main() -> None:
    """Print the table."""
    for row in [HEAD, *sizes()]:
        print("".join(f"{cell:>22}" for cell in row))


def sizes() -> Iterator[Row]:
    """A row for each size: the number of records, then microseconds of CPU."""
    for size in SIZES:
        yield _row(Mock(["participant-kit"], size=size, max_sessions=10**6), size * 130)


def _row(mock: Mock, total: int) -> Row:
    pages = total // PAGE
    event = mock.read(_page(1))["data"][0]["study"]["id"]
    sent = {"name": "Ada Lovelace", "email": "ada@example.org", "event_id": event}
    unread = range(2, min(7, pages // 2))
    names = itertools.count()
    gc.collect()
    first = min(took(mock.request("GET", _page(number))) for number in unread)
    read = [took(mock.request("GET", _page(number)), RUNS, TURNS) for number in (1, pages // 2, pages)]
    posted = took(mock.request("POST", LIST, body=sent), RUNS, TURNS)
    session = took(lambda: mock.request("GET", _page(1), session=f"s{next(names)}")(), RUNS, TURNS)
    return f"{total:,}", *(f"{micros:,.0f}" for micros in (*read, first, posted, session))


def _page(number: int) -> str:
    return f"{LIST}?limit={PAGE}&page={number}"


if __name__ == "__main__":
    main()
