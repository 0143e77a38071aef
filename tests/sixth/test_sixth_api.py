"""A further API is one folder of data and at most one module: nothing in the engine knows of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from live import TLS, running
from sixth import lending

from understudy.mock_server import create_app
from understudy.specs import load_folder

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    contract = load_folder(FOLDER)
    with running(create_app(contracts=[contract], behaviours={contract.api: lending})) as address:
        yield address


@pytest.fixture
def library(address: str, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Card card-1", "X-Mock-Session": re.sub(r"\W+", "-", request.node.name)}
    with httpx.Client(base_url=address, headers=headers, verify=TLS) as client:
        yield client


def test_its_own_scheme_is_asked_for(library: httpx.Client) -> None:
    reply = library.get("/shelves/1", headers={"Authorization": "Bearer card-1"})

    assert reply.status_code == 401
    assert reply.headers["www-authenticate"].startswith("Card")
    assert reply.json()["code"] == 401


def test_its_population_is_served_with_its_counts(library: httpx.Client) -> None:
    assert [library.get(f"/shelves/{n}").json() for n in (1, 2, 3)] == [
        {"id": 1, "topic": "Rivers", "books": 7},
        {"id": 2, "topic": "Mountains", "books": 7},
        {"id": 3, "topic": "Empty", "books": 0},
    ]


def test_its_lists_page_and_wrap_as_it_says(library: httpx.Client) -> None:
    page = library.get("/shelves/2/books", params={"p": 2, "per_page": 4}).json()

    assert [book["title"] for book in page["books"]] == ["Volume 14", "Volume 8", "Volume 9"]
    assert (page["total"], page["next"]) == (7, None)


def test_the_address_of_the_next_page_leads_on(library: httpx.Client) -> None:
    first = library.get("/shelves/1/books").json()
    second = library.get(first["next"]).json()

    assert len(first["books"]) == len(second["books"]) == 3
    assert not {book["id"] for book in first["books"]} & {book["id"] for book in second["books"]}


@pytest.mark.parametrize(
    ("query", "status"),
    [("p=0", 400), ("p=x", 400), ("per_page=6", 400), ("per_page=-1", 400), ("p=4", 404), ("lent=perhaps", 400)],
)
def test_its_own_rules_of_paging_refuse(library: httpx.Client, query: str, status: int) -> None:
    assert library.get(f"/shelves/1/books?{query}").status_code == status


def test_a_slash_at_the_end_makes_no_difference(library: httpx.Client) -> None:
    assert library.get("/shelves/1/").json() == library.get("/shelves/1").json()


def test_a_path_parameter_of_another_type_names_nothing(library: httpx.Client) -> None:
    assert library.get("/shelves/one").status_code == 404


def test_a_faulty_body_is_refused_in_its_shape(library: httpx.Client) -> None:
    reply = library.post("/books", json={"title": "", "shelf_id": "1", "colour": "red"})

    assert reply.status_code == 400
    assert {fault["member"] for fault in reply.json()["wrong"]} >= {"title", "shelf_id"}


def test_a_new_book_is_counted_on_its_shelf(library: httpx.Client) -> None:
    made = library.post("/books", json={"title": "Springs", "shelf_id": 3})

    assert made.status_code == 201
    assert library.get("/shelves/3").json()["books"] == 1
    assert library.get("/shelves/3/books").json()["books"] == [made.json()]


def test_a_changed_book_keeps_its_place(library: httpx.Client) -> None:
    book = library.get("/shelves/1/books").json()["books"][0]

    changed = library.patch(f"/books/{book['id']}", json={"title": "Deltas", "lent": True, "id": "mine"}).json()

    assert changed == {**book, "title": "Deltas"}


def test_its_own_function_answers_what_annotations_cannot_say(library: httpx.Client) -> None:
    book = library.get("/shelves/1/books").json()["books"][0]

    assert library.post(f"/books/{book['id']}/lend").json() == {**book, "lent": True}
    again = library.post(f"/books/{book['id']}/lend")
    assert again.status_code == 409
    assert again.json() == {"code": 409, "why": "Somebody else reads it."}
    assert [b["id"] for b in library.get("/shelves/1/books?lent=true").json()["books"]] == [book["id"]]


def test_a_shelf_with_books_stays(library: httpx.Client) -> None:
    assert library.delete("/shelves/1").status_code == 409
    assert library.delete("/shelves/3").status_code == 204
    assert library.get("/shelves/3").status_code == 404
