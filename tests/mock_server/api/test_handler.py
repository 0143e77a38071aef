"""What surrounds an answer: faults of ours, what is undone, what happens after, and under which address."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from live import Serve

from understudy.mock_server import Call, Reply, create_app
from understudy.mock_server.engine.registration import operation, recovery, scope
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import ConflictError, ForbiddenError
from understudy.mock_server.store import StoreError
from understudy.specs import load_folder

LENDING = load_folder(Path(__file__).parents[2] / "sixth")
CARD = {"Authorization": "Card card-1"}


def behaving(lend_book: Callable[[Call], Any], *registered: Any, store: str | None = None, **operations: Any) -> Any:
    """The throw-away API with another function for its custom operation, and more functions."""
    module = ModuleType("lending")
    for name, function in {"lend_book": lend_book, **operations}.items():
        setattr(module, name, operation(name)(function))
    for function in registered:
        setattr(module, function.__name__, function)
    return create_app(contracts=[LENDING], behaviours={LENDING.api: module}, store=store)


def sent(
    app: Any, *requests: tuple[str, str], headers: Mapping[str, str] = CARD, base: str = "http://mock"
) -> list[Any]:
    """The replies to some requests, one after the other."""

    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=base, headers=headers) as client:
            return [await client.request(method, path) for method, path in requests]

    return asyncio.run(run())


LEND = ("POST", "/books/b-00000000/lend")
SHELF = ("GET", "/shelves/3")


async def _add(call: Call) -> Any:
    return await call.state.make("book", {"title": "Springs", "shelf_id": 3})


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {"id": "b-1"}),
        Reply(200, None),
        Reply(202, {}),
        Reply(204),
    ],
    ids=["a member lacks", "no body", "a status that is not declared", "another one"],
)
def test_a_reply_that_does_not_fit_the_contract_is_a_500_in_its_shape_and_a_line_in_the_log(
    reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    async def lend_book(call: Call) -> Reply:
        await _add(call)
        return reply

    app = behaving(lend_book)
    with caplog.at_level(logging.ERROR, "understudy"):
        wrong, shelf = sent(app, LEND, SHELF)

    assert wrong.status_code == 500
    assert wrong.json() == {"code": 500, "why": "The mock failed; its log says why."}
    assert shelf.json()["books"] == 0
    assert "lend_book" in str(caplog.records[0].exc_info)


def test_a_function_that_fails_is_a_500_that_reveals_nothing_and_keeps_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def lend_book(call: Call) -> Reply:
        await _add(call)
        raise ZeroDivisionError("secret")

    with caplog.at_level(logging.CRITICAL, "understudy"):
        wrong, shelf = sent(behaving(lend_book), LEND, SHELF)

    assert wrong.status_code == 500
    assert "secret" not in wrong.text
    assert shelf.json()["books"] == 0


def test_a_store_that_cannot_answer_is_a_503(caplog: pytest.LogCaptureFixture) -> None:
    async def lend_book(call: Call) -> Reply:
        raise StoreError("disk on fire")

    with caplog.at_level(logging.ERROR, "understudy"):
        (reply,) = sent(behaving(lend_book), LEND)

    assert reply.status_code == 503
    assert "fire" not in reply.text
    assert "disk on fire" in caplog.text


@pytest.mark.parametrize("kind", [ConflictError, ForbiddenError])
def test_a_refusal_undoes_everything(kind: Any) -> None:
    async def lend_book(call: Call) -> Reply:
        await _add(call)
        raise kind("No.", headers=[(b"x-why", b"because")], extra={"more": 1})

    refusal, shelf = sent(behaving(lend_book), LEND, SHELF)

    assert refusal.status_code == kind.status
    assert refusal.json() == {"code": kind.status, "why": "No.", "more": 1}
    assert refusal.headers["x-why"] == "because"
    assert shelf.json()["books"] == 0


def test_what_comes_after_happens_once_the_change_is_kept_and_never_when_it_is_undone() -> None:
    happened: list[str] = []

    async def lend_book(call: Call) -> Reply:
        book = await _add(call)
        call.state.after_commit.append(lambda: happened.append(call.path["book_id"]))
        if call.path["book_id"] == "b-2":
            raise ConflictError("No.")
        return Reply(200, await call.state.shown("book", book))

    sent(behaving(lend_book), ("POST", "/books/b-1/lend"), ("POST", "/books/b-2/lend"))

    assert happened == ["b-1"]


def test_what_waits_for_the_commit_of_a_recovery_is_done(tmp_path: Path) -> None:
    done = asyncio.Event()

    async def lend_book(call: Call) -> Reply:
        raise ConflictError("No.")

    @recovery("book")
    async def recover(state: State) -> float | None:
        await state.make("book", {"title": "Springs", "shelf_id": 3})
        state.after_commit.append(done.set)
        return None

    app = behaving(lend_book, recover, store=f"sqlite:///{tmp_path / 'state.db'}")

    async def used() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mock") as client:
            await client.get("/shelves/3", headers=CARD)
            await asyncio.wait_for(done.wait(), 10)

    asyncio.run(used())

    assert done.is_set()


def test_a_call_holds_the_request_under_the_names_of_the_contract() -> None:
    calls: list[Call] = []

    async def list_books(call: Call) -> Reply:
        calls.append(call)
        return Reply(200, {"books": [], "total": 0, "next": None})

    async def lend_book(call: Call) -> Reply:
        raise ConflictError("No.")

    sent(behaving(lend_book, list_books=list_books), ("GET", "/shelves/3/books?p=2&lent=true&other=1"))

    (call,) = calls
    assert (call.operation.id, dict(call.path), dict(call.query)) == (
        "list_books",
        {"shelf_id": 3},
        {"p": "2", "lent": True},
    )
    assert (call.caller.role, call.body, call.accepts) == ("default", None, "application/json")
    assert (call.base, call.url) == ("http://mock", "http://mock/shelves/3/books")


@pytest.mark.parametrize(
    ("base", "headers", "address"),
    [
        ("http://books.example:8080", {}, "http://books.example:8080/shelves"),
        ("http://mock/_session/ci", {}, "http://mock/_session/ci/shelves"),
    ],
)
def test_addresses_are_those_under_which_the_client_came(base: str, headers: dict[str, str], address: str) -> None:
    async def lend_book(call: Call) -> Reply:
        raise ConflictError("No.")

    (page,) = sent(behaving(lend_book), ("GET", "/shelves/1/books"), headers={**CARD, **headers}, base=base)

    assert page.json()["next"].startswith(address)


@pytest.mark.parametrize("path", ["/shelve%73/3/%62ooks", "/shelves/%33/books"])
def test_a_letter_that_is_encoded_without_need_is_that_letter(path: str) -> None:
    async def lend_book(call: Call) -> Reply:
        raise ConflictError("No.")

    plain, encoded = (sent(behaving(lend_book), ("GET", each))[0] for each in ("/shelves/3/books", path))

    assert (encoded.status_code, encoded.json()) == (200, plain.json())


def test_a_stream_is_sent_piece_by_piece_after_its_transaction() -> None:
    async def lend_book(call: Call) -> Reply:
        async def pieces() -> AsyncIterator[bytes]:
            for n in range(1, 4):
                async with call.state.reading() as fresh:
                    shelf = await fresh.get("shelf", n)
                assert shelf is not None
                yield shelf["topic"].encode() + b"\n"

        return Reply(200, stream=pieces(), media_type="text/plain", headers={"X-Count": "3"})

    streamed, shelf = sent(behaving(lend_book), LEND, SHELF)

    assert streamed.text == "Rivers\nMountains\nEmpty\n"
    assert (streamed.headers["content-type"], streamed.headers["x-count"]) == ("text/plain", "3")
    assert shelf.status_code == 200


def test_a_further_condition_of_an_api_narrows_the_generic_list() -> None:
    async def lend_book(call: Call) -> Reply:
        raise ConflictError("No.")

    @scope("book")
    async def scope_book(call: Call) -> dict[str, Any]:
        return {"title": ["Volume 1", "Volume 2"]}

    (page,) = sent(behaving(lend_book, scope_book), ("GET", "/shelves/1/books"))

    assert [book["title"] for book in page.json()["books"]] == ["Volume 1", "Volume 2"]
    assert page.json()["total"] == 2


@pytest.mark.parametrize(
    ("project", "wrong"),
    [("prj_nothing", ["name", "project_id"]), (7, ["name", "project_id"]), ("{project}", ["name"]), (None, ["name"])],
    ids=["nothing", "a number", "a project", "of nobody"],
)
@pytest.mark.parametrize(("api", "path"), [("participant-kit", "/v1/studies"), ("consent-kit", "/v1/events")])
def test_references_to_nothing_are_reported_with_all_else_that_is_wrong(
    serve: Serve, api: str, path: str, project: Any, wrong: list[str]
) -> None:
    client = serve(api)
    known = client.get("/v1/projects").json()["data"][0]["id"]
    body = {"name": 5, "project_id": known if project == "{project}" else project}

    error = client.post(path, json=body).json()["error"]

    assert {each["param"] for each in error["errors"]} == {*wrong, *(["project_id"] if project is None else [])}
