"""Records as a JSON value: everything comes back, and what cannot be taken changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sixth import lending

from understudy.mock_server import create_app
from understudy.mock_server.data.resource_types import ContractViolationError, ResourceTypes
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import Session
from understudy.mock_server.sessions.snapshot_files import (
    Check,
    Dump,
    dump,
    dump_snapshot,
    in_order,
    load,
    load_snapshot,
)
from understudy.specs import apis, load_folder
from understudy.specs import load as contract_of

T = TypeVar("T")

LENDING = load_folder(Path(__file__).parents[2] / "sixth")


class Library:
    """The throw-away API in a fresh session."""

    def __init__(self) -> None:
        self.server = create_app(contracts=[LENDING], behaviours={LENDING.api: lending})
        self.session: Session = asyncio.run(self.server.sessions.get("library"))

    def dump(self) -> Dump:
        return asyncio.run(dump(self.session, self.server.served_apis))

    def load(self, content: Dump) -> None:
        asyncio.run(load(self.session, self.server.served_apis, content))

    def run(self, work: Callable[[State], Awaitable[T]]) -> T:
        """What the work gives in a transaction of its own."""

        async def transacted() -> T:
            async with self.session.state.transaction(write=True) as tx:
                return await work(self.session.state_in(tx, self.server.served_apis[0].resources))

        return asyncio.run(transacted())

    def shelf(self, id: int) -> Any:
        return self.run(lambda state: state.get("shelf", id))


@pytest.fixture
def library() -> Library:
    return Library()


def held(content: Dump, resource: str) -> dict[str, Any]:
    """What a dump says of one resource."""
    found: dict[str, Any] = content["apis"]["sixth"][resource]
    return found


def test_what_waits_for_the_commit_of_a_load_is_done_and_never_for_a_draft_or_a_refusal(library: Library) -> None:
    done: list[str] = []

    def checking(name: str, refused: bool = False) -> Check:
        async def check(served_api: ServedApi, session: Session, state: State, resources: Any) -> None:
            state.after_commit.append(lambda: done.append(name))
            if refused:
                raise BadRequestError("No.")

        return check

    async def loads() -> None:
        content, served_apis = await dump(library.session, library.server.served_apis), library.server.served_apis
        await load(library.session, served_apis, content, checking("loaded"))
        await load_snapshot(library.session, served_apis, "mine", content, checking("drafted"))
        with pytest.raises(BadRequestError):
            await load(library.session, served_apis, content, checking("refused", refused=True))

    asyncio.run(loads())

    assert done == ["loaded"]


def test_a_dump_tells_every_record_by_number_and_the_next_number(library: Library) -> None:
    content = held(library.dump(), "book")

    assert (list(content["records"]), content["next"]) == ([str(number) for number in range(14)], 14)


def test_a_dump_takes_no_number(library: Library) -> None:
    assert library.dump() == library.dump()


def test_what_was_dumped_is_loaded_and_dumped_alike(library: Library) -> None:
    content = library.dump()
    library.run(lambda state: state.remove("book", *[book["id"] for book in held(content, "book")["records"].values()]))

    library.load(content)

    assert library.dump() == content


def test_counts_are_made_anew(library: Library) -> None:
    content = library.dump()
    books = held(content, "book")["records"]
    first = next(number for number, book in books.items() if book["shelf_id"] == 1)
    one = {"apis": {"sixth": {"book": {"next": 14, "records": {first: books[first]}}}}}

    library.load(one)

    async def shown(state: State) -> list[int]:
        return [(await state.shown("shelf", shelf))["books"] for shelf in await state.find("shelf")]

    assert library.run(shown) == [1, 0, 0]


def test_numbers_go_on_behind_what_was_loaded(library: Library) -> None:
    library.load({"apis": {"sixth": {"book": {"next": 100, "records": {}}}}})

    assert held(library.dump(), "book")["next"] == 100


def test_a_next_number_may_be_written_as_a_decimal(library: Library) -> None:
    library.load({"apis": {"sixth": {"book": {"next": 100.0, "records": {}}}}})

    assert repr(held(library.dump(), "book")["next"]) == "100"


@pytest.mark.parametrize("next", [10**18, 1e30])
def test_a_next_number_beyond_what_stores_count_is_refused(library: Library, next: float) -> None:
    with pytest.raises(BadRequestError, match="too large"):
        library.load({"apis": {"sixth": {"book": {"next": next, "records": {}}}}})


def test_numbers_never_go_back(library: Library) -> None:
    library.load({"apis": {"sixth": {"book": {"next": 0, "records": {}}}}})

    assert held(library.dump(), "book") == {"next": 14, "records": {}}


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ({"coffee": {}}, BadRequestError),
        ({"sixth": {"book": {"next": 0, "records": {}}, "cup": {"next": 0, "records": {}}}}, BadRequestError),
        (
            {"sixth": {"shelf": {"next": 0, "records": {}}, "book": {"next": 0, "records": {"one": {}}}}},
            BadRequestError,
        ),
        ({"sixth": {"shelf": {"next": 0, "records": {}}, "book": {"next": 0, "records": {"0": {}}}}}, BadRequestError),
        (
            {"sixth": {"shelf": {"next": 0, "records": {}}, "book": {"next": 0, "records": {"0": {"id": "x"}}}}},
            ContractViolationError,
        ),
    ],
)
def test_what_cannot_be_taken_changes_nothing(
    library: Library, content: dict[str, Any], refusal: type[Exception]
) -> None:
    before = library.dump()

    with pytest.raises(refusal):
        library.load({"apis": content})

    assert library.dump() == before


@pytest.mark.parametrize("number", ["²", "-1", "01", "1.0", "", "1" * 30, "9" * 5000])
def test_a_text_that_is_no_number_of_a_record_is_refused(library: Library, number: str) -> None:
    book = held(library.dump(), "book")["records"]["0"]

    with pytest.raises(BadRequestError, match="not a valid record number"):
        library.load({"apis": {"sixth": {"book": {"next": 0, "records": {number: book}}}}})


def test_a_number_that_was_loaded_is_not_given_again(library: Library) -> None:
    books = held(library.dump(), "book")["records"]
    library.load({"apis": {"sixth": {"book": {"next": 0, "records": {"15": books["0"]}}}}})

    async def make(state: State) -> list[Any]:
        return [(await state.make("book", {"title": f"New {number}", "shelf_id": 1}))["id"] for number in range(3)]

    made = library.run(make)

    assert [book["id"] for book in held(library.dump(), "book")["records"].values()] == [books["0"]["id"], *made]


def test_one_id_under_two_numbers_is_refused_and_changes_nothing(library: Library) -> None:
    before = library.dump()
    book = held(before, "book")["records"]["0"]

    with pytest.raises(BadRequestError, match=book["id"]):
        library.load({"apis": {"sixth": {"book": {"next": 2, "records": {"0": book, "1": book}}}}})

    assert library.dump() == before


def test_loading_changes_nothing_in_what_it_was_given(library: Library) -> None:
    content = library.dump()
    kept = deepcopy(content)

    library.load(content)

    assert content == kept


def test_a_snapshot_is_dumped_as_it_was_taken(library: Library) -> None:
    before = library.dump()

    async def change() -> tuple[Dump, list[str]]:
        await library.session.state.save_snapshot("full")
        await load(
            library.session, library.server.served_apis, {"apis": {"sixth": {"book": {"next": 0, "records": {}}}}}
        )
        content = await dump_snapshot(library.session, library.server.served_apis, "full")
        return content, await library.session.state.snapshots()

    content, snapshots = asyncio.run(change())

    assert (content, snapshots, held(library.dump(), "book")["records"]) == (before, ["full"], {})


def test_an_upload_that_is_refused_leaves_no_snapshot(library: Library) -> None:
    before = library.dump()

    async def refuse(*_: object) -> None:
        raise BadRequestError("no")

    content = {"apis": {"sixth": {"book": {"next": 99, "records": {}}}}}
    with pytest.raises(BadRequestError, match="no"):
        asyncio.run(load_snapshot(library.session, library.server.served_apis, "file", content, refuse))

    assert (library.dump(), asyncio.run(library.session.state.snapshots())) == (before, [])


def test_an_upload_is_checked_in_the_state_that_it_would_make(library: Library) -> None:
    seen = []

    async def look(served_api: ServedApi, session: Session, state: State, resources: object) -> None:
        seen.append([await state.count("book"), len(held(await dump(session, [served_api]), "book")["records"])])

    content = {"apis": {"sixth": {"book": {"next": 99, "records": {}}}}}
    asyncio.run(load_snapshot(library.session, library.server.served_apis, "file", content, look))

    assert seen == [[0, 14]]


def test_a_snapshot_that_is_not_there_has_no_dump(library: Library) -> None:
    assert asyncio.run(dump_snapshot(library.session, library.server.served_apis, "none")) is None


@pytest.mark.parametrize("api", apis())
def test_what_is_shown_or_counted_stands_before_what_shows_it(api: str) -> None:
    resources = ResourceTypes(contract_of(api), 42, ("en_GB",))
    ordered = in_order(resources)
    place = {kept.name: number for number, kept in enumerate(ordered)}

    late = [
        (kept.name, other.name)
        for kept in ordered
        for _, other in [*kept.embeds.values(), *kept.counts.values()]
        if place[other.name] > place[kept.name] and kept.name not in _below(other)
    ]
    assert (sorted(place), late) == (sorted(kept.name for kept in resources), [])


def _below(kept: Any, seen: frozenset[str] = frozenset()) -> set[str]:
    """What a resource shows or counts, whatever it takes to reach it: in a circle nothing can be first."""
    others = [other for _, other in [*kept.embeds.values(), *kept.counts.values()] if other.name not in seen]
    names = {other.name for other in others}
    return names.union(*(_below(other, seen | {kept.name} | names) for other in others))
