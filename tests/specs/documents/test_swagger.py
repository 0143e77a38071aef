"""Documents of Swagger 2.0: the same contract as if it had been written for OpenAPI 3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from understudy.specs import ContractError
from understudy.specs.documents.opening import open_document
from understudy.specs.unprepared.any_contract import any_contract

LIBRARY = """
swagger: '2.0'
info: {title: Library, version: '1'}
host: library.example
basePath: /v2
schemes: [https]
consumes: [application/json]
produces: [application/json]
securityDefinitions:
  login: {type: basic}
  key: {type: apiKey, in: header, name: X-Key}
  code: {type: oauth2, flow: accessCode, authorizationUrl: 'https://library.example/in', scopes: {}}
  app: {type: oauth2, flow: application, tokenUrl: 'https://library.example/token', scopes: {read: r}}
parameters:
  shelf: {name: shelf, in: query, type: array, items: {type: string}, collectionFormat: pipes}
responses:
  Missing: {description: none, schema: {$ref: '#/definitions/Fault'}}
paths:
  /books:
    parameters: [{$ref: '#/parameters/shelf'}]
    get:
      operationId: listBooks
      responses:
        200:
          description: some
          schema: {type: array, items: {$ref: '#/definitions/Book'}}
          headers: {X-Total: {type: integer, description: how many}}
          examples: {application/json: [{id: 1, title: Emma}]}
    post:
      operationId: addBook
      parameters: [{name: book, in: body, required: true, schema: {$ref: '#/definitions/Book'}}]
      responses: {201: {description: made, schema: {$ref: '#/definitions/Book'}}}
  /books/{id}:
    get:
      operationId: getBook
      parameters: [{name: id, in: path, required: true, type: integer, minimum: 1}]
      responses: {200: {description: one, schema: {$ref: '#/definitions/Book'}}, 404: {$ref: '#/responses/Missing'}}
  /books/{id}/cover:
    post:
      operationId: addCover
      parameters:
        - {name: id, in: path, required: true, type: integer}
        - {name: picture, in: formData, required: true, type: file}
        - {name: caption, in: formData, type: string, description: below it}
      responses: {204: {description: kept}}
  /search:
    post:
      operationId: search
      parameters: [{name: words, in: formData, type: string}]
      responses: {200: {description: found, schema: {type: file}}}
definitions:
  Book:
    type: object
    required: [title]
    discriminator: kind
    properties:
      id: {type: integer, readOnly: true}
      title: {type: string}
      kind: {type: string}
      lent: {type: string, format: date, x-nullable: true}
  Fault: {type: object, required: [why], properties: {why: {type: string}}}
"""


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    """The library in the form of OpenAPI 3."""
    (tmp_path / "library.yaml").write_text(LIBRARY, "utf-8")
    return open_document(str(tmp_path / "library.yaml")).document


def test_its_address_is_that_of_a_server(document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": "https://library.example/v2"}]


def test_a_document_without_a_host_stands_under_its_base_path(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("swagger: 2.0\nbasePath: /v3/\npaths: {}\n", "utf-8")

    assert any_contract("a", str(tmp_path / "a.yaml")).prefix == "/v3"


def test_a_parameter_for_the_body_is_the_body(document: dict[str, Any]) -> None:
    operation = document["paths"]["/books"]["post"]

    assert operation["parameters"] == []
    assert operation["requestBody"] == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Book"}}},
    }


def test_parameters_of_a_form_are_the_members_of_the_body(document: dict[str, Any]) -> None:
    with_file = document["paths"]["/books/{id}/cover"]["post"]["requestBody"]
    plain = document["paths"]["/search"]["post"]["requestBody"]

    assert with_file["content"]["multipart/form-data"]["schema"] == {
        "type": "object",
        "required": ["picture"],
        "properties": {
            "picture": {"type": "string", "format": "binary"},
            "caption": {"type": "string", "description": "below it"},
        },
    }
    assert (with_file["required"], plain["required"]) == (True, False)
    assert list(plain["content"]) == ["application/x-www-form-urlencoded"]


def test_what_a_parameter_says_of_its_value_is_a_schema(document: dict[str, Any]) -> None:
    (id,) = document["paths"]["/books/{id}"]["get"]["parameters"]
    (shelf,) = document["paths"]["/books"]["parameters"]

    assert id == {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
    assert (shelf["style"], shelf["explode"]) == ("pipeDelimited", False)
    assert shelf["schema"] == {"type": "array", "items": {"type": "string"}}


def replied(tmp_path: Path, paths: str, more: str = "") -> dict[str, Any]:
    """A document with some paths, in the form of OpenAPI 3."""
    (tmp_path / "a.yaml").write_text(f"swagger: '2.0'\n{more}\npaths: {paths}\n", "utf-8")
    return open_document(str(tmp_path / "a.yaml")).document


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("", ("form", False)),
        (", collectionFormat: ssv", ("spaceDelimited", False)),
        (", collectionFormat: multi", ("form", True)),
    ],
)
def test_a_list_in_a_query_is_separated_as_before(given: str, wanted: tuple[str, bool], tmp_path: Path) -> None:
    parameter = f"{{name: tag, in: query, type: array, items: {{type: string}}{given}}}"
    document = replied(tmp_path, f"{{/a: {{get: {{parameters: [{parameter}], responses: {{200: {{}}}}}}}}}}")
    (tag,) = document["paths"]["/a"]["get"]["parameters"]

    assert (tag["style"], tag["explode"]) == wanted


@pytest.mark.parametrize(
    ("document", "own", "wanted"),
    [
        ("", "", ["application/json"]),
        ("{}: [text/csv]", "", ["text/csv"]),
        ("{}: [text/csv]", "{}: [text/plain], ", ["text/plain"]),
    ],
)
def test_media_types_are_those_of_the_operation_else_of_the_document(
    document: str, own: str, wanted: list[str], tmp_path: Path
) -> None:
    sent = "parameters: [{name: a, in: body, description: all, schema: {type: string}}]"
    post = f"{own.format('consumes')}{own.format('produces')}{sent}, responses: {{200: {{schema: {{type: string}}}}}}"
    more = f"{document.format('consumes')}\n{document.format('produces')}"
    operation = replied(tmp_path, f"{{/a: {{post: {{{post}}}}}}}", more)["paths"]["/a"]["post"]

    assert [*operation["requestBody"]["content"]] == [*operation["responses"]["200"]["content"]] == wanted
    assert operation["requestBody"]["description"] == "all"


def test_a_body_of_a_path_is_that_of_its_operations(tmp_path: Path) -> None:
    shared = "parameters: [{name: a, in: body, schema: {type: string}}, {name: b, in: query, type: string}]"
    item = replied(tmp_path, f"{{/a: {{{shared}, post: {{responses: {{200: {{}}}}}}}}, x-note: [1]}}")["paths"]

    assert [each["name"] for each in item["/a"]["parameters"]] == ["b"]
    assert item["/a"]["post"]["requestBody"] == {"content": {"application/json": {"schema": {"type": "string"}}}}
    assert item["x-note"] == [1]


def test_a_reply_may_have_examples_alone(tmp_path: Path) -> None:
    document = replied(tmp_path, "{/a: {get: {responses: {200: {examples: {text/plain: hello}}}}}}")

    assert document["paths"]["/a"]["get"]["responses"]["200"]["content"] == {"text/plain": {"example": "hello"}}


def test_the_first_scheme_is_that_of_the_server(tmp_path: Path) -> None:
    assert replied(tmp_path, "{}", "host: a.example\nschemes: [http]")["servers"] == [{"url": "http://a.example/"}]


def test_nothing_of_the_older_form_is_left(document: dict[str, Any]) -> None:
    assert set(document) == {"openapi", "info", "servers", "paths", "components"}


def test_replies_have_their_schema_examples_and_headers(document: dict[str, Any]) -> None:
    reply = document["paths"]["/books"]["get"]["responses"]["200"]

    assert reply["content"]["application/json"] == {
        "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Book"}},
        "example": [{"id": 1, "title": "Emma"}],
    }
    assert reply["headers"] == {"X-Total": {"schema": {"type": "integer"}, "description": "how many"}}


def test_members_with_another_form_are_translated_in_schemas(document: dict[str, Any]) -> None:
    book = document["components"]["schemas"]["Book"]

    assert book["discriminator"] == {"propertyName": "kind"}
    assert book["properties"]["lent"]["nullable"] is True


def test_ways_to_sign_in_are_those_of_today(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]

    assert schemes["login"] == {"type": "http", "scheme": "basic"}
    assert schemes["key"] == {"type": "apiKey", "in": "header", "name": "X-Key"}
    assert list(schemes["app"]["flows"]) == ["clientCredentials"]
    assert list(schemes["code"]["flows"]) == ["authorizationCode"]


def test_what_cannot_be_honoured_is_said_with_its_own_line(tmp_path: Path) -> None:
    text = LIBRARY.replace("title: {type: string}\n      kind", "title: {type: thing}\n      kind")
    (tmp_path / "library.yaml").write_text(text, "utf-8")

    (line,) = any_contract("library", str(tmp_path / "library.yaml")).warnings
    number = text[: text.index("thing")].count("\n") + 1
    assert f"line {number}: /definitions/Book/properties/title/type" in line


def test_definitions_of_other_files_are_followed(tmp_path: Path) -> None:
    text = LIBRARY.replace("'#/definitions/Fault'", "'faults.yaml#/definitions/Fault'")
    (tmp_path / "library.yaml").write_text(text, "utf-8")
    (tmp_path / "faults.yaml").write_text("definitions: {Fault: {type: object, x-nullable: true}}", "utf-8")

    opened = open_document(str(tmp_path / "library.yaml"))
    assert opened.document["components"]["schemas"]["faults_Fault"] == {"type": "object", "nullable": True}


def test_an_older_version_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text("info: {}\nswagger: '1.2'\n", "utf-8")

    with pytest.raises(ContractError, match=r"old\.yaml: line 2: /swagger: 1\.2 is not a version that is read here"):
        open_document(str(tmp_path / "old.yaml"))
