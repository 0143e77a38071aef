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
        ("", "", (["application/json"], ["*/*"])),
        ("{}: [text/csv]", "", (["text/csv"], ["text/csv"])),
        ("{}: [text/csv]", "{}: [text/plain], ", (["text/plain"], ["text/plain"])),
    ],
)
def test_media_types_are_those_of_the_operation_else_of_the_document(
    document: str, own: str, wanted: tuple[list[str], list[str]], tmp_path: Path
) -> None:
    sent = "parameters: [{name: a, in: body, description: all, schema: {type: string}}]"
    post = f"{own.format('consumes')}{own.format('produces')}{sent}, responses: {{200: {{schema: {{type: string}}}}}}"
    more = f"{document.format('consumes')}\n{document.format('produces')}"
    operation = replied(tmp_path, f"{{/a: {{post: {{{post}}}}}}}", more)["paths"]["/a"]["post"]

    assert ([*operation["requestBody"]["content"]], [*operation["responses"]["200"]["content"]]) == wanted
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


def one(tmp_path: Path, *parameters: str, **operation: str) -> dict[str, Any]:
    """The only operation of a document, which has these parameters and members."""
    return opened(tmp_path, *parameters, **operation)[0]


def opened(tmp_path: Path, *parameters: str, **operation: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The same, and what cannot be honoured in it, each without the path of the file."""
    members = {"responses": "{200: {description: done}}", **operation}
    lines = ["swagger: '2.0'", "info: {title: One, version: '1'}", "paths:", "  /one/{id}:", "    post:"]
    lines += [
        "      parameters:",
        *(f"        - {each}" for each in ["{name: id, in: path, type: string}", *parameters]),
    ]
    lines += [f"      {name}: {text}" for name, text in members.items()]
    path = tmp_path / "one.yaml"
    path.write_text("\n".join(lines), "utf-8")
    warnings = any_contract("one", str(path)).warnings
    return (
        open_document(str(path)).document["paths"]["/one/{id}"]["post"],
        tuple(each.partition("one.yaml: ")[2] for each in warnings),
    )


HERE = "/paths/~1one~1{id}/post"


@pytest.mark.parametrize(
    ("place", "way", "style", "explode"),
    [
        ("query", "csv", "form", False),
        ("query", "multi", "form", True),
        ("query", "ssv", "spaceDelimited", False),
        ("query", "tsv", "tabDelimited", False),
        ("query", "pipes", "pipeDelimited", False),
        ("header", "csv", "simple", False),
        ("header", "pipes", "pipeDelimited", False),
        ("path", "ssv", "spaceDelimited", False),
    ],
)
def test_a_list_is_separated_as_its_format_says(
    tmp_path: Path, place: str, way: str, style: str, explode: bool
) -> None:
    raw = f"{{name: n, in: {place}, type: array, items: {{type: integer}}, collectionFormat: {way}}}"
    parameter = one(tmp_path, raw)["parameters"][1]

    assert (parameter["style"], parameter["explode"]) == (style, explode)


def test_a_form_has_the_members_of_its_path_and_of_its_operation(tmp_path: Path) -> None:
    shared = "[{name: a, in: formData, type: string}, {name: b, in: formData, type: string}]"
    own = "[{name: b, in: formData, type: integer}]"
    text = f"paths: {{/x: {{parameters: {shared}, post: {{parameters: {own}}}}}}}"
    (tmp_path / "a.yaml").write_text(f"swagger: '2.0'\n{text}\n", "utf-8")
    document = open_document(str(tmp_path / "a.yaml")).document
    (media,) = document["paths"]["/x"]["post"]["requestBody"]["content"].values()

    assert media["schema"]["properties"] == {"a": {"type": "string"}, "b": {"type": "integer"}}


def test_a_list_in_a_form_is_separated_by_commas_unless_it_says_otherwise(tmp_path: Path) -> None:
    usual = "{name: a, in: formData, type: array, items: {type: integer}}"
    repeated = "{name: b, in: formData, type: array, items: {type: integer}, collectionFormat: multi}"
    (media,) = one(tmp_path, usual, repeated)["requestBody"]["content"].values()

    assert media["encoding"] == {"a": {"style": "form", "explode": False}, "b": {"style": "form", "explode": True}}
    (operation,) = any_contract("one", str(tmp_path / "one.yaml")).operations.values()
    assert operation.lists == {"a": ","}


def test_an_example_of_a_parameter_is_one_of_the_parameter(tmp_path: Path) -> None:
    (_, size) = one(tmp_path, "{name: size, in: query, type: integer, x-example: 3}")["parameters"]

    assert size == {"name": "size", "in": "query", "example": 3, "schema": {"type": "integer"}}


def test_a_reply_of_no_declared_type_may_have_any(tmp_path: Path) -> None:
    any_type = one(tmp_path, responses="{200: {description: done, schema: {type: string}}}")
    shown = one(tmp_path, responses="{200: {description: d, schema: {type: string}, examples: {text/csv: 'a,b'}}}")

    assert list(any_type["responses"]["200"]["content"]) == ["*/*"]
    assert shown["responses"]["200"]["content"] == {"text/csv": {"schema": {"type": "string"}, "example": "a,b"}}


@pytest.mark.parametrize(
    ("parameters", "warning"),
    [
        (["{name: a, in: body}"], "line 8: {HERE}/parameters/1: this body has no schema, so that anything fits it"),
        (
            ["{name: a, in: body, schema: {}}", "{name: b, in: body, schema: {}}"],
            "line 9: {HERE}/parameters/2: the body is described by another parameter, so this one (body) is left out",
        ),
        (
            ["{name: b, in: formData, type: string}", "{name: a, in: body, schema: {}}"],
            "line 8: {HERE}/parameters/1: the body is described by another parameter, so this one (formData) is left out",
        ),
        (["{name: a, in: query}"], "line 8: {HERE}/parameters/1: has no type, so that any value fits it"),
        (
            ["{name: a, in: query, schema: {type: integer}}"],
            "line 8: {HERE}/parameters/1: has no type, so that any value fits it; a schema is for what is in the body, "
            "and type, format and others stand right here",
        ),
        (
            ["{name: a, in: quary, type: string}"],
            'line 8: {HERE}/parameters/1/in: in: "quary" means nothing, so there is no such parameter',
        ),
        (
            ["{name: a, in: [], type: string}"],
            "line 8: {HERE}/parameters/1/in: in: [] means nothing, so there is no such parameter",
        ),
        (
            ["{name: a, in: query, type: array, items: {type: string}, collectionFormat: semicolons}"],
            'line 8: {HERE}/parameters/1/collectionFormat: collectionFormat: "semicolons" means nothing for a parameter in query',
        ),
        (
            ["{name: a, in: header, type: array, items: {type: string}, collectionFormat: multi}"],
            'line 8: {HERE}/parameters/1/collectionFormat: collectionFormat: "multi" means nothing for a parameter in header',
        ),
        (
            ["{name: a, in: query, type: array, items: {type: array, items: {type: string}}}"],
            "line 8: {HERE}/parameters/1/items: the lists in a list are not taken apart, so that any value fits them",
        ),
        (
            ["{name: a, in: body, schema: {properties: {f: {type: file}}}}"],
            "line 8: {HERE}/parameters/1/schema/properties/f/type: a file is a whole reply or in a form; here it is read "
            "as a text",
        ),
        # What moved is found where it was written.
        (["{name: a, in: query, type: thing}"], 'line 8: {HERE}/parameters/1/type: type: "thing" means nothing'),
        (
            ["{name: b, in: body, schema: {}}", "{name: a, in: query, type: thing}"],
            'line 9: {HERE}/parameters/2/type: type: "thing" means nothing',
        ),
        (["{name: a, in: formData, type: thing}"], 'line 8: {HERE}/parameters/1/type: type: "thing" means nothing'),
        (
            ["{name: a, in: body, schema: {properties: {f: {type: thing}}}}"],
            'line 8: {HERE}/parameters/1/schema/properties/f/type: type: "thing" means nothing',
        ),
        (["{$ref: '#/parameters/none'}"], "line 8: {HERE}/parameters/1: nothing stands at '#/parameters/none'"),
    ],
)
def test_what_a_parameter_cannot_mean_is_said_with_its_line(
    tmp_path: Path, parameters: list[str], warning: str
) -> None:
    assert opened(tmp_path, *parameters)[1] == (warning.replace("{HERE}", HERE),)


def test_what_a_reply_cannot_mean_is_said_where_it_is_written(tmp_path: Path) -> None:
    reply = "{200: {description: d, schema: {properties: {f: {type: thing}}}, headers: {X-A: {type: other}}}}"
    found = opened(tmp_path, responses=reply)[1]

    assert found == (
        f'line 8: {HERE}/responses/200/schema/properties/f/type: type: "thing" means nothing',
        f'line 8: {HERE}/responses/200/headers/X-A/type: type: "other" means nothing',
    )


@pytest.mark.parametrize(
    "parameter",
    [
        "{name: a, in: query, type: string, allowEmptyValue: true, x-anything: {type: file}}",
        "{name: a, in: formData, type: file}",
        "{name: a, in: header, type: array, items: {type: string}, collectionFormat: csv}",
        "{name: a, in: formData, type: array, items: {type: string}, collectionFormat: multi}",
        "{name: a, in: body, schema: {type: object, x-nullable: true, discriminator: kind}}",
    ],
)
def test_nothing_is_said_of_what_is_right(tmp_path: Path, parameter: str) -> None:
    assert opened(tmp_path, parameter, responses="{200: {schema: {type: file}}}")[1] == ()


def test_a_document_that_says_it_is_both_is_one_of_openapi_3(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("swagger: '2.0'\nopenapi: 3.0.3\nservers: [{url: /v7}]\npaths: {}\n", "utf-8")

    assert any_contract("a", str(tmp_path / "a.yaml")).prefix == "/v7"
