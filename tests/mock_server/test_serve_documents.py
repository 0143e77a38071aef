"""Documents that nobody prepared, served: state, pages, parents, refusals, credentials, examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
import yaml
from live import running, served
from openapi_spec_validator import validate

from understudy import State
from understudy.mock_server.app import create_app
from understudy.specs import ContractError

LIBRARY = """
openapi: 3.1.0
info: {title: Library, version: '1'}
servers: [{url: 'https://library.example/v2'}]
security: [{key: []}]
paths:
  /books:
    get:
      operationId: listBooks
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 1}}
        - {name: per_page, in: query, schema: {type: integer, minimum: 1, maximum: 50, default: 4}}
        - {name: status, in: query, schema: {type: string}}
      responses:
        '200':
          description: some
          content:
            application/json:
              schema:
                type: object
                required: [books, meta]
                properties:
                  books: {type: array, items: {$ref: '#/components/schemas/Book'}}
                  meta:
                    type: object
                    required: [total]
                    properties: {total: {type: integer}, pages: {type: integer}}
    post:
      operationId: addBook
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
      responses:
        '201': {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/OneBook'}}}}
        '422': {$ref: '#/components/responses/Refused'}
  /books/{bookId}:
    parameters: [{name: bookId, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getBook
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/OneBook'}}}}
        '404': {$ref: '#/components/responses/Refused'}
    patch:
      operationId: changeBook
      requestBody: {content: {application/merge-patch+json: {schema: {type: object}}}}
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/OneBook'}}}}
    delete: {operationId: removeBook, responses: {'204': {description: gone}}}
  /books/{bookId}/loans:
    parameters: [{name: bookId, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: listLoans
      responses:
        '200':
          description: bare
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Loan'}}}}
    post:
      operationId: lend
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {type: object, required: [reader], properties: {reader: {type: string}, days: {type: integer}}}
      responses:
        '201': {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Loan'}}}}
  /books/{bookId}:renew:
    post:
      operationId: renew
      parameters: [{name: bookId, in: path, required: true, schema: {type: integer}}]
      responses:
        '200':
          description: an example
          content: {application/json: {schema: {type: object}, example: {renewed: true}}}
  /opening-hours:
    get:
      operationId: hours
      security: []
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Hours'}}}}
    put:
      operationId: setHours
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Hours'}}}}
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Hours'}}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
  responses:
    Refused: {description: no, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
  schemas:
    Book:
      type: object
      required: [id, title, status]
      properties:
        id: {type: integer, readOnly: true}
        title: {type: string}
        status: {type: string, enum: [in, out]}
        pages: {type: integer, minimum: 1}
        created_at: {type: string, format: date-time, readOnly: true}
    OneBook: {type: object, required: [book], properties: {book: {$ref: '#/components/schemas/Book'}}}
    Loan:
      type: object
      required: [id, bookId, reader]
      properties: {id: {type: string, format: uuid}, bookId: {type: integer}, reader: {type: string}, days: {type: integer}}
    Hours: {type: object, required: [opens], properties: {opens: {type: string}, closes: {type: string}}}
    Error:
      type: object
      required: [error]
      properties: {error: {type: object, properties: {code: {type: string}, message: {type: string}}}}
"""
KEY = {"X-Key": "whatever"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("documents") / "library.yaml"
    path.write_text(LIBRARY, "utf-8")
    return path


@pytest.fixture(scope="module")
def address(document: Path) -> Iterator[str]:
    with running(create_app(str(document))) as address:
        yield address


@pytest.fixture
def client(address: str, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    session = {"X-Mock-Session": f"t{abs(hash(request.node.nodeid))}"}
    with httpx.Client(base_url=f"{address}/v2", headers={**KEY, **session}) as client:
        yield client


def made(client: httpx.Client, **members: Any) -> dict[str, Any]:
    reply = client.post("/books", json={"title": "Walks", "status": "in", **members})
    assert reply.status_code == 201, reply.text
    book: dict[str, Any] = reply.json()["book"]
    return book


def test_what_is_posted_can_be_read_changed_listed_and_deleted(client: httpx.Client) -> None:
    book = made(client, pages=7)
    path = f"/books/{book['id']}"

    assert client.get(path).json() == {"book": book}
    assert (book["title"], book["pages"]) == ("Walks", 7)
    changed = client.patch(path, content=b'{"title": "Runs"}', headers={"Content-Type": "application/merge-patch+json"})
    assert changed.json()["book"] == {**book, "title": "Runs"}
    assert client.get("/books?per_page=50").json()["books"][-1]["title"] == "Runs"
    assert client.delete(path).status_code == 204
    assert (client.get(path).status_code, client.delete(path).status_code) == (404, 404)


def test_ten_records_are_seeded_and_page_in_the_documents_own_envelope(client: httpx.Client) -> None:
    first = client.get("/books").json()
    pages = [client.get(f"/books?page={page}").json()["books"] for page in (1, 2, 3, 4)]

    assert first["meta"] == {"total": 10, "pages": 3}
    assert [len(page) for page in pages] == [4, 4, 2, 0]
    ids = [book["id"] for page in pages for book in page]
    assert len(set(ids)) == 10
    assert {book["status"] for page in pages for book in page} == {"in", "out"}


def test_a_filter_holds_for_every_record(client: httpx.Client) -> None:
    for status in ("in", "out"):
        found = client.get("/books", params={"status": status, "per_page": 50}).json()
        assert {book["status"] for book in found["books"]} == {status}
        assert found["meta"]["total"] == len(found["books"])


def test_records_lie_below_their_parent(client: httpx.Client) -> None:
    book, other = made(client), made(client)
    loan = client.post(f"/books/{book['id']}/loans", data={"reader": "Zoë", "days": "14"})

    assert (loan.status_code, loan.json()["bookId"], loan.json()["days"]) == (201, book["id"], 14)
    assert client.get(f"/books/{book['id']}/loans").json() == [loan.json()]
    assert client.get(f"/books/{other['id']}/loans").json() == []
    for method in ("GET", "POST"):
        assert client.request(method, "/books/999999/loans", data={"reader": "x"}).status_code == 404


def test_wrong_requests_are_refused_in_the_documents_own_shape(client: httpx.Client) -> None:
    reply = client.post("/books", json={"title": 7})

    assert reply.status_code == 422
    assert set(reply.json()["error"]) == {"code", "message"}
    assert "title" in reply.json()["error"]["message"]
    assert "status" in reply.json()["error"]["message"]
    missing = client.get("/books/999999")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")


def test_the_journal_names_the_place_in_the_document_that_refused_a_body(client: httpx.Client) -> None:
    client.post("/books", json={"title": 7, "status": "in"})

    root = str(client.base_url).partition("/v2")[0]
    session = {"X-Mock-Session": client.headers["X-Mock-Session"]}
    serial = httpx.get(f"{root}/_mock/requests/overview", headers=session).json()["requests"][0]["serial"]
    entry = httpx.get(f"{root}/_mock/requests/{serial}", headers=session).json()
    assert [fault["rule"] for fault in entry["faults"]] == ["#/components/schemas/Book/properties/title/type"]


def test_what_only_the_server_sets_is_not_taken(client: httpx.Client) -> None:
    book = made(client, id=123456, created_at="1999-01-01T00:00:00Z")

    assert book["id"] != 123456
    assert not book.get("created_at", "").startswith("1999")


LENDERS = """
openapi: 3.0.3
info: {title: Lenders, version: '1'}
paths:
  /lenders:
    get:
      operationId: list
      responses:
        '200':
          description: all
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Lender'}}}}
    post:
      operationId: add
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NewLender'}}}}
      responses:
        '201': {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Lender'}}}}
  /lenders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]
    get:
      operationId: get
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Lender'}}}}
    put:
      operationId: put
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NewLender'}}}}
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Lender'}}}}
  /lenders/{id}/welcome:
    parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]
    post:
      operationId: welcome
      responses:
        '200':
          description: drawn
          content:
            application/json:
              schema:
                type: object
                required: [sent, secret]
                properties: {sent: {type: boolean}, secret: {type: string, writeOnly: true}}
components:
  schemas:
    Secret: {type: string, minLength: 3, writeOnly: true}
    NewLender:
      type: object
      required: [name, password]
      properties:
        name: {type: string}
        password: {$ref: '#/components/schemas/Secret'}
        login: {type: object, properties: {with: {type: string}, pin: {$ref: '#/components/schemas/Secret'}}}
    Lender:
      allOf:
        - {$ref: '#/components/schemas/NewLender'}
        - type: object
          required: [id]
          properties:
            id: {type: string, ID}
            joined: {type: string, format: date-time, readOnly: true}
"""
ANA = {"name": "Ana", "password": "hush", "login": {"with": "card", "pin": "1234"}}


@pytest.fixture
def lenders(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    path = tmp_path / "lenders.yaml"
    path.write_text(LENDERS.replace("ID", getattr(request, "param", "readOnly: true")), "utf-8")
    with running(create_app(str(path))) as address, httpx.Client(base_url=address) as client:
        yield client


def test_what_only_a_client_sends_is_kept_and_never_shown(lenders: httpx.Client) -> None:
    shown = {"name": "Ana", "login": {"with": "card"}}
    ana = lenders.post("/lenders", json=ANA).json()
    address = f"/lenders/{ana['id']}"

    assert {name: ana.get(name) for name in shown} == shown
    for reply in (
        ana,
        lenders.get(address).json(),
        lenders.put(address, json=ANA).json(),
        *lenders.get("/lenders").json(),
    ):
        assert "password" not in reply
        assert "pin" not in reply.get("login", {})
    assert lenders.post(f"{address}/welcome").json().keys() == {"sent"}
    kept = lenders.get(f"/_mock/resources/lenders/lender/{ana['id']}").json()["record"]
    assert (kept["password"], kept["login"]) == (ANA["password"], ANA["login"])


def test_what_only_the_server_sets_is_not_taken_by_a_body_that_does_not_have_it(lenders: httpx.Client) -> None:
    sent = {"id": "00000000-0000-4000-8000-000000000001", "joined": "1999-01-01T00:00:00Z"}
    ana = lenders.post("/lenders", json={**ANA, **sent}).json()
    changed = lenders.put(f"/lenders/{ana['id']}", json={**ANA, **sent}).json()

    for reply in (ana, changed):
        assert not reply.items() & sent.items()


@pytest.mark.parametrize("lenders", ["minLength: 1"], indirect=True)
def test_an_id_of_a_clients_own_is_taken_where_an_address_can_name_it(lenders: httpx.Client) -> None:
    own = "00000000-0000-4000-8000-000000000001"

    assert lenders.post("/lenders", json={**ANA, "id": own}).json()["id"] == own
    other = lenders.post("/lenders", json={**ANA, "id": "mine"})
    assert lenders.get(other.headers["Location"]).json() == other.json()


def test_any_credential_of_the_right_form_is_taken_and_a_missing_one_refused(address: str) -> None:
    assert httpx.get(f"{address}/v2/books").status_code == 401
    assert httpx.get(f"{address}/v2/books", headers={"Authorization": "Bearer x"}).status_code == 401
    assert httpx.get(f"{address}/v2/books", headers=KEY).status_code == 200
    assert httpx.get(f"{address}/v2/opening-hours").status_code == 200


def test_only_the_token_that_is_named_is_taken(document: Path) -> None:
    with running(create_app(str(document), token="s3cret")) as address:
        assert httpx.get(f"{address}/v2/books", headers=KEY).status_code == 401
        assert httpx.get(f"{address}/v2/books", headers={"X-Key": "s3cret"}).status_code == 200


def test_a_singleton_keeps_what_was_put(client: httpx.Client) -> None:
    before = client.get("/opening-hours").json()
    client.put("/opening-hours", json={"opens": "9", "closes": "5"})

    assert "opens" in before
    assert client.get("/opening-hours").json() == {"opens": "9", "closes": "5"}


def test_everything_else_answers_its_example(client: httpx.Client) -> None:
    book = made(client)

    assert client.post(f"/books/{book['id']}:renew").json() == {"renewed": True}


def test_sessions_snapshots_the_journal_and_preferences_work_as_for_the_prepared(
    client: httpx.Client, address: str
) -> None:
    book = made(client)
    session = {"X-Mock-Session": client.headers["X-Mock-Session"]}

    assert client.get(f"/books/{book['id']}", headers={"X-Mock-Session": "another"}).status_code == 404
    assert client.get("/books", headers={"Prefer": "code=404"}).status_code == 404
    journal = httpx.get(f"{address}/_mock/requests", headers=session).json()["requests"]
    assert "addBook" in {each["operation"] for each in journal}
    httpx.post(f"{address}/_mock/reset", headers=session)
    assert client.get(f"/books/{book['id']}").status_code == 404


def test_state_lasts_in_a_store(document: Path, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'state.db'}"
    with (
        running(create_app(str(document), store=store)) as address,
        httpx.Client(base_url=f"{address}/v2", headers=KEY) as client,
    ):
        book = made(client)
    with running(create_app(str(document), store=store)) as address:
        assert httpx.get(f"{address}/v2/books/{book['id']}", headers=KEY).json() == {"book": book}


def test_the_number_of_records_is_an_option(document: Path) -> None:
    with running(create_app(str(document), records=25)) as address:
        assert httpx.get(f"{address}/v2/books", headers=KEY).json()["meta"]["total"] == 25


def test_functions_of_ones_own_answer_the_operations_of_their_names(document: Path) -> None:
    module = ModuleType("answers")

    async def renew(bookId: int, state: State) -> Any:
        return {"known": await state.get("book", bookId) is not None}

    def removeBook(book_id: int) -> Any:
        return {"error": {"message": f"Book {book_id} stays."}}, 403, {"X-Why": "library"}

    module.__dict__.update({"renew": renew, "removeBook": removeBook})
    with running(create_app(str(document), handlers=module)) as address:
        book = httpx.get(f"{address}/v2/books", headers=KEY).json()["books"][0]["id"]

        assert httpx.post(f"{address}/v2/books/{book}:renew", headers=KEY).json() == {"known": True}
        assert httpx.post(f"{address}/v2/books/999999:renew", headers=KEY).json() == {"known": False}
        kept = httpx.delete(f"{address}/v2/books/{book}", headers=KEY)
        assert (kept.status_code, kept.headers["X-Why"]) == (403, "library")
        assert kept.json() == {"error": {"message": f"Book {book} stays."}}


def test_an_overlay_changes_what_is_served(document: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "o.yaml"
    actions = [{"target": "$.paths['/opening-hours']", "remove": True}]
    overlay.write_text(
        yaml.safe_dump({"overlay": "1.0.0", "info": {"title": "x", "version": "1"}, "actions": actions}), "utf-8"
    )
    with running(create_app(str(document), overlays=[str(overlay)])) as address:
        assert httpx.get(f"{address}/v2/opening-hours").status_code == 404
        assert httpx.get(f"{address}/v2/books", headers=KEY).status_code == 200


def test_the_command_serves_several_under_their_names(document: Path) -> None:
    with served(str(document), f"second={document}", "forsta") as server:
        for name in ("library", "second"):
            assert httpx.get(f"{server.address}/{name}/v2/books", headers=KEY).status_code == 200
        token = {"Authorization": "Bearer mock-token"}
        assert (
            httpx.get(f"{server.address}/forsta/v1/surveys/p1231234/respondents/data", headers=token).status_code == 200
        )


@pytest.mark.parametrize("name", ["nothing.yaml", "participant-kitt"])
def test_what_cannot_be_served_is_one_sentence(name: str) -> None:
    with pytest.raises(ContractError, match=r"There is no API .*, and no file of that name"):
        create_app(name)


@pytest.mark.parametrize("version", ["openapi: 3.0.3", "swagger: '2.0'"])
def test_the_document_that_is_shown_is_valid_in_the_version_that_it_names(version: str, tmp_path: Path) -> None:
    is_openapi = version.startswith("openapi")
    nullable = "nullable" if is_openapi else "x-nullable"
    schema = f"{{type: array, items: {{type: integer, minimum: 0, exclusiveMinimum: true, {nullable}: true}}}}"
    content = f"content: {{application/json: {{schema: {schema}}}}}" if is_openapi else f"schema: {schema}"
    file = tmp_path / "old.yaml"
    file.write_text(
        f"{version}\ninfo: {{title: Old, version: '1'}}\n"
        f"paths: {{/sizes: {{get: {{responses: {{'200': {{description: all, {content}}}}}}}}}}}\n"
    )
    with running(create_app(str(file))) as address:
        shown = httpx.get(f"{address}/openapi.json").json()

    validate(shown)
    (body,) = shown["paths"]["/sizes"]["get"]["responses"]["200"]["content"].values()
    assert (shown["openapi"], body["schema"]["items"]["type"]) == ("3.1.0", ["integer", "null"])
