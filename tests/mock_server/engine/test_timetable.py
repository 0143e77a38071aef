"""What time changes: at its moment, once, whoever moves the clock and wherever the records are kept."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from live import TLS, running
from postgresql import Postgres
from postgresql import running as database
from sixth import lending

from understudy.mock_server import create_app
from understudy.mock_server.clock import timestamp
from understudy.mock_server.engine.registration import due
from understudy.mock_server.engine.state import State
from understudy.mock_server.engine.timetable import BATCH
from understudy.specs import load_folder
from understudy.specs.contract import Due

FOLDER = Path(__file__).parents[2] / "sixth"
LENDING = load_folder(FOLDER)
#: A lent book comes back at the moment that stands beside it.
BACK = Due(
    "come_back", at="added_at", where={"lent": True}, set={"lent": False, "title": {"template": "{title}, back"}}
)
TIMED = replace(LENDING, resources={**LENDING.resources, "book": replace(LENDING.resources["book"], due=(BACK,))})
BOOKS = "/_mock/resources/sixth/book"
CARD = {"Authorization": "Card card-1"}

_NUMBERS = itertools.count(1)


def functions(*more: Any) -> dict[str, ModuleType]:
    """The functions of the API, and some more."""
    module = ModuleType("timed_lending")
    for function in (lending.lend_book, *more):
        setattr(module, function.__name__, function)
    return {"sixth": module}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with database() as server:
        yield server


@pytest.fixture(params=["memory", "file", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        return server.address(f"timed{next(_NUMBERS)}")
    return None if request.param == "memory" else f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture
def client(store: str | None) -> Iterator[httpx.Client]:
    app = create_app([], contracts=[TIMED], behaviours=functions(), store=store)
    with running(app) as url, httpx.Client(base_url=url, headers=CARD, verify=TLS) as made:
        yield made


def lend(client: httpx.Client, until: str, title: str = "Volume 99") -> str:
    """A book that is lent until a moment."""
    id = f"b-{next(_NUMBERS):08x}"
    made = client.put(f"{BOOKS}/{id}", json={"shelf_id": 3, "title": title, "lent": True, "added_at": until})
    assert made.status_code == 201, made.text
    return id


def clock(client: httpx.Client, name: str, **body: Any) -> str:
    moved = client.post(f"/_mock/clock/{name}", json=body) if body else client.post(f"/_mock/clock/{name}")
    assert moved.status_code == 200, moved.text
    return str(moved.json()["now"])


def on_the_shelf(client: httpx.Client) -> list[tuple[str, bool]]:
    """What the API itself lists."""
    listed = client.get("/shelves/3/books").json()["books"]
    return [(book["title"], book["lent"]) for book in listed]


def test_a_record_is_as_it_was_before_its_moment_and_changed_after_it(client: httpx.Client) -> None:
    clock(client, "freeze", at="2030-01-01T00:00:00Z")
    lend(client, "2030-01-01T01:00:00Z")

    clock(client, "advance", seconds=3599)
    assert on_the_shelf(client) == [("Volume 99", True)]
    clock(client, "advance", seconds=1)
    assert on_the_shelf(client) == [("Volume 99, back", False)]
    clock(client, "advance", seconds=1e6)
    assert on_the_shelf(client) == [("Volume 99, back", False)]


def test_the_moment_may_be_written_with_any_offset(client: httpx.Client) -> None:
    clock(client, "freeze", at="2030-06-01T00:00:00Z")
    lend(client, "2030-06-01T03:00:00+02:00", "early")
    lend(client, "2030-06-01T01:00:00-00:30", "late")

    clock(client, "advance", seconds=3600)
    assert on_the_shelf(client) == [("early, back", False), ("late", True)]


def test_what_is_written_with_a_moment_in_the_past_changes_before_it_is_read(client: httpx.Client) -> None:
    lend(client, "2020-01-01T00:00:00Z")

    assert on_the_shelf(client) == [("Volume 99, back", False)]


def test_the_time_of_the_machine_changes_records_without_a_request(store: str | None) -> None:
    seen: list[tuple[str, datetime]] = []

    @due("book", "come_back")
    async def note(state: State, book: dict[str, Any]) -> None:
        seen.append((state.now(), datetime.now(UTC)))
        await state.save("book", {**book, "lent": False})

    app = create_app([], contracts=[TIMED], behaviours=functions(note), store=store)
    with running(app) as url, httpx.Client(base_url=url, headers=CARD, verify=TLS) as client:
        until = timestamp(datetime.now(UTC) + timedelta(seconds=0.4))
        lend(client, until)
        deadline = time.monotonic() + 5
        while not seen and time.monotonic() < deadline:
            time.sleep(0.02)

    ((moment, happened),) = seen
    assert moment == until
    assert happened >= datetime.fromisoformat(until)


def test_a_frozen_clock_keeps_everything_as_it_is(store: str | None) -> None:
    app = create_app([], contracts=[TIMED], behaviours=functions(), store=store)
    with running(app) as url, httpx.Client(base_url=url, headers=CARD, verify=TLS) as client:
        now = datetime.fromisoformat(clock(client, "freeze"))
        lend(client, (now + timedelta(milliseconds=50)).isoformat())
        time.sleep(0.1)
        assert on_the_shelf(client) == [("Volume 99", True)]
        clock(client, "resume")
        assert on_the_shelf(client) == [("Volume 99, back", False)]


def test_many_change_in_the_order_of_their_moments_and_each_sees_its_own(store: str | None) -> None:
    seen: list[tuple[str, str]] = []

    @due("book", "come_back")
    async def note(state: State, book: dict[str, Any]) -> None:
        seen.append((book["title"], state.now()))
        await state.save("book", {**book, "lent": False})

    app = create_app([], contracts=[TIMED], behaviours=functions(note), store=store)
    with running(app) as url, httpx.Client(base_url=url, headers=CARD, verify=TLS) as client:
        clock(client, "freeze", at="2030-01-01T00:00:00Z")
        for number in (3, 1, 2, 4):
            lend(client, f"2030-01-01T0{number}:00:00Z", str(number))
        clock(client, "advance", seconds=3.5 * 3600)

        assert seen == [(str(number), f"2030-01-01T0{number}:00:00.000Z") for number in (1, 2, 3)]


def test_more_change_at_once_than_one_transaction_takes(client: httpx.Client) -> None:
    clock(client, "freeze", at="2030-01-01T00:00:00Z")
    rest = {"shelf_id": 3, "lent": True, "added_at": "2030-01-01T01:00:00Z"}
    books = {str(n): {"id": f"b-{n:08x}", "title": f"Volume {n}", **rest} for n in range(1000, 1000 + BATCH + 50)}
    content = {"understudy": 1, "apis": {"sixth": {"book": {"next": 2000, "records": books}}}}
    assert client.put("/_mock/snapshots/full", json=content).is_success
    assert client.post("/_mock/snapshots/full/restore").is_success
    clock(client, "advance", seconds=7200)

    assert client.get(BOOKS, params={"where": "lent:true"}).json()["count"] == 0
    assert client.get(BOOKS, params={"where": "lent:false"}).json()["count"] == BATCH + 50


def test_a_restored_snapshot_and_a_reset_are_looked_at_anew(client: httpx.Client) -> None:
    clock(client, "freeze", at="2030-01-01T00:00:00Z")
    lend(client, "2030-01-01T01:00:00Z")
    client.put("/_mock/snapshots/lent")
    clock(client, "advance", seconds=7200)
    assert on_the_shelf(client) == [("Volume 99, back", False)]

    client.post("/_mock/snapshots/lent/restore")
    assert on_the_shelf(client) == [("Volume 99, back", False)]
    client.post("/_mock/reset")
    assert on_the_shelf(client) == []


def test_two_servers_of_one_store_change_a_record_once(store: str | None) -> None:
    if store is None:
        return  # nobody else has the records of a store in memory

    @due("book", "come_back")
    async def copy(state: State, book: dict[str, Any]) -> None:
        await state.save("book", {**book, "lent": False})
        await state.make("book", {"shelf_id": 3, "title": f"Copy of {book['title']}"})

    apps = [create_app([], contracts=[TIMED], behaviours=functions(copy), store=store) for _ in range(2)]
    with running(apps[0]) as first, running(apps[1]) as second, ThreadPoolExecutor(8) as pool:
        clients = [httpx.Client(base_url=url, headers=CARD, verify=TLS) for url in (first, second)]
        soon = time.time() + 0.3
        until = timestamp(datetime.fromtimestamp(soon, UTC))
        for number in range(5):
            lend(clients[0], until, str(number))

        def ask(number: int) -> None:
            while time.time() < soon + 0.3:
                assert clients[number % 2].get("/shelves/3/books").status_code == 200

        list(pool.map(ask, range(8)))
        listed = clients[1].get(BOOKS, params={"limit": 100}).json()["records"]
        for each in clients:
            each.close()

    assert sorted(book["title"] for book in listed if book["title"].startswith("Copy")) == [
        f"Copy of {number}" for number in range(5)
    ]


def test_what_would_be_due_again_at_once_is_an_error_of_the_mock(caplog: pytest.LogCaptureFixture) -> None:
    @due("book", "come_back")
    async def forget(state: State, book: dict[str, Any]) -> None:
        pass

    app = create_app([], contracts=[TIMED], behaviours=functions(forget))
    with running(app) as url, httpx.Client(base_url=url, headers=CARD, verify=TLS) as client:
        lend(client, "2020-01-01T00:00:00Z")
        assert client.get("/shelves/3/books").status_code == 500
    assert "is due again at once after come_back" in caplog.text
