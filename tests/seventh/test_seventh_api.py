"""Conditions are put together, never overridden; what is addressed below a parent belongs to it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from live import TLS, running
from postgresql import running as postgres

from understudy.mock_server import create_app
from understudy.specs import load_folder

FOLDER = Path(__file__).parent
NONE = ModuleType("no_behaviours")

#: Integers of every magnitude: around the limits of stored numbers, doubles and Python's own limit on digits.
MAGNITUDES = [*(sign * 2**bits + step for sign in (1, -1) for bits in (31, 53, 62, 63, 64, 128) for step in (-1, 0, 1))]
LARGE = [*map(str, MAGNITUDES), "9" * 18, "9" * 19, "9" * 20, "0" * 30 + "1", "9" * 400, "9" * 5000, "-" + "9" * 5000]


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with store_of(request.param, tmp_path_factory) as store:
        contract = load_folder(FOLDER)
        with running(create_app(contracts=[contract], behaviours={contract.api: NONE}, store=store)) as found:
            yield found


@contextmanager
def store_of(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str | None]:
    if kind == "postgresql":
        with postgres() as server:
            yield server.address("notes")
    else:
        yield f"sqlite:///{tmp_path_factory.mktemp('notes')}/notes.db" if kind == "sqlite" else None


@pytest.fixture
def notes(address: str, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    session = re.sub(r"\W+", "-", request.node.name)[:40].strip("-")
    headers = {"Authorization": "Bearer token-a", "X-Mock-Session": session}
    with httpx.Client(base_url=address, headers=headers, timeout=30, verify=TLS) as client:
        yield client


def ids(client: httpx.Client, path: str) -> list[int]:
    reply = client.get(path)
    assert reply.status_code == 200, reply.text
    assert reply.json()["total"] == len(reply.json()["notes"])
    return [note["id"] for note in reply.json()["notes"]]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/notes", [1, 3]),
        ("/notes?archived=false", [1, 3]),
        ("/notes?archived=true", []),
        ("/notes?organisation=a", [1, 3]),
        ("/notes?organisation=b", []),
        ("/notes?folder=2", [3]),
        ("/notes?folder=3", []),
        ("/notes?rank=7&folder=1", [1]),
        ("/notes?rank=7&folder=2", []),
        ("/folders/1/notes", [1, 2]),
        ("/folders/1/notes?folder=1", [1, 2]),
        ("/folders/1/notes?folder=2", []),
        ("/folders/1/notes?organisation=b", []),
    ],
)
def test_all_conditions_on_a_property_hold(notes: httpx.Client, path: str, found: list[int]) -> None:
    assert ids(notes, path) == found


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/folders/2/notes/1", "/folders/9/notes/1", "/folders/3/notes/4", "/folders/1/notes/4"]
)
def test_a_record_is_found_only_below_its_own_parent(notes: httpx.Client, method: str, path: str) -> None:
    body = {"rank": 1} if method == "PATCH" else None

    assert notes.request(method, path, json=body).status_code == 404
    assert notes.get("/folders/1/notes/1").json()["rank"] == 7


def test_below_its_parent_a_record_is_read_changed_and_deleted(notes: httpx.Client) -> None:
    note = notes.get("/folders/1/notes/1").json()

    assert notes.patch("/folders/1/notes/1", json={"rank": 8}).json() == {**note, "rank": 8}
    assert notes.delete("/folders/1/notes/1").status_code == 204
    assert notes.get("/folders/1/notes/1").status_code == 404


@pytest.mark.parametrize("body", [{}, {"folder_id": 2}])
def test_a_new_record_belongs_to_the_parent_in_its_address(notes: httpx.Client, body: dict[str, int]) -> None:
    made = notes.post("/folders/2/notes", json=body)

    assert made.status_code == 201
    assert made.json()["folder_id"] == 2
    assert notes.get(f"/folders/2/notes/{made.json()['id']}").json() == made.json()


@pytest.mark.parametrize("folder", [3, 9])
def test_nothing_is_made_below_a_parent_that_is_unknown(notes: httpx.Client, folder: int) -> None:
    assert notes.post(f"/folders/{folder}/notes", json={}).status_code == 404


def test_a_body_cannot_name_another_parent_than_the_address(notes: httpx.Client) -> None:
    reply = notes.post("/folders/1/notes", json={"folder_id": 2})

    assert reply.status_code == 400
    assert [wrong["member"] for wrong in reply.json()["wrong"]] == ["folder_id"]


@pytest.mark.parametrize("folder", [3, 9, 2**70])
def test_a_change_refers_to_what_exists_for_the_caller(notes: httpx.Client, folder: int) -> None:
    reply = notes.patch("/folders/1/notes/1", json={"folder_id": folder})

    assert reply.status_code == 400
    assert [wrong["member"] for wrong in reply.json()["wrong"]] == ["folder_id"]
    assert ids(notes, "/folders/1/notes") == [1, 2]


def test_a_change_may_move_a_record_to_another_parent(notes: httpx.Client) -> None:
    assert notes.patch("/folders/1/notes/1", json={"folder_id": 2}).json()["folder_id"] == 2
    assert (ids(notes, "/folders/1/notes"), ids(notes, "/folders/2/notes")) == ([2], [1, 3])


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_no_request_gives_a_record_to_another_owner(notes: httpx.Client, method: str) -> None:
    path = {"POST": "/folders/1/notes", "PATCH": "/folders/1/notes/1"}[method]

    assert notes.request(method, path, json={"organisation": "b"}).json()["organisation"] == "a"


@pytest.mark.parametrize("place", ["offset", "limit", "rank", "folder", "offset&limit"])
def test_integers_of_any_magnitude_in_a_query_are_answered(notes: httpx.Client, place: str) -> None:
    for number in LARGE:
        query = "&".join(f"{name}={number}" for name in place.split("&"))
        reply = notes.get(f"/notes?{query}")
        assert reply.status_code in {200, 400}, (number[:50], reply.status_code, reply.text)
        if place in {"rank", "folder"} and int(number[:40]) not in range(-(2**63), 2**63):
            assert (reply.status_code, reply.json()["wrong"][0]["member"]) == (400, place)


def test_integers_of_any_magnitude_in_a_path_are_answered(notes: httpx.Client) -> None:
    for number in LARGE:
        for path in (f"/folders/{number}/notes", f"/folders/{number}/notes/1", f"/folders/1/notes/{number}"):
            reply = notes.get(path)
            assert reply.status_code in {200, 404}, (path[:50], reply.status_code, reply.text)


def test_integers_of_any_magnitude_in_a_column_are_answered(notes: httpx.Client) -> None:
    for number in LARGE:
        for request in ("POST", "PATCH"):
            path = {"POST": "/folders/1/notes", "PATCH": "/folders/1/notes/1"}[request]
            for member in ("rank", "folder_id"):
                content = f'{{"{member}": {number}}}'
                reply = notes.request(request, path, content=content, headers={"Content-Type": "application/json"})
                assert reply.status_code in {200, 201, 400}, (content[:50], reply.status_code, reply.text)


@pytest.mark.parametrize("number", LARGE)
def test_control_lists_records_from_any_offset(notes: httpx.Client, number: str) -> None:
    for query in (f"offset={number}", f"limit={number}", f"where=rank:{number}"):
        reply = notes.get(f"/_mock/resources/seventh/note?{query}")
        assert reply.status_code in {200, 400}, (query[:50], reply.status_code, reply.text)


def test_control_finds_records_by_any_number(notes: httpx.Client) -> None:
    for number in LARGE:
        for method in ("GET", "PATCH", "DELETE"):
            body = {} if method == "PATCH" else None
            reply = notes.request(method, f"/_mock/resources/seventh/note/{number}", json=body)
            assert reply.status_code < 500, (number[:50], reply.status_code, reply.text)
