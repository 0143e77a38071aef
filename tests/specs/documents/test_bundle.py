"""One document out of many: what references lead to, what becomes of those that lead nowhere."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from understudy.specs.documents.bundle import Bundle
from understudy.specs.documents.fetching import FetchError, address_of, fetch, shown

OK = {"200": {"$ref": "#/ok"}}
HEAD = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}}


def written(folder: Path, files: dict[str, Any]) -> str:
    for name, value in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else yaml.safe_dump(value, sort_keys=False), "utf-8")
    return address_of(str(folder / next(iter(files))))


def bundled(folder: Path, root: dict[str, Any], **options: Any) -> tuple[dict[str, Any], list[str]]:
    files = options.pop("files", {})
    bundle = Bundle(written(folder, {"api.yaml": {**HEAD, **root}, **files}), **options)
    return bundle.whole(), bundle.warnings.lines()


def reply(schema: Any) -> dict[str, Any]:
    return {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}


def schema_of(document: dict[str, Any], path: str = "/a") -> Any:
    return document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]


def test_schemas_of_other_files_get_names_and_keep_their_own_references(tmp_path: Path) -> None:
    document, warnings = bundled(
        tmp_path,
        {"paths": {"/a": {"get": {"responses": reply({"$ref": "models/pet.yaml"})}}}},
        files={
            "models/pet.yaml": {"type": "object", "properties": {"owner": {"$ref": "people.yaml#/defs/Owner"}}},
            "models/people.yaml": {"defs": {"Owner": {"properties": {"pets": {"items": {"$ref": "pet.yaml"}}}}}},
        },
    )

    assert (schema_of(document), warnings) == ({"$ref": "#/components/schemas/pet"}, [])
    schemas = document["components"]["schemas"]
    assert schemas["pet"]["properties"]["owner"] == {"$ref": "#/components/schemas/people_Owner"}
    assert schemas["people_Owner"]["properties"]["pets"]["items"] == {"$ref": "#/components/schemas/pet"}


def test_path_items_operations_parameters_and_replies_stand_where_they_are_used(tmp_path: Path) -> None:
    document, warnings = bundled(
        tmp_path,
        {
            "paths": {"/a": {"$ref": "paths.yaml#/a"}, "/b": {"get": {"$ref": "paths.yaml#/operation"}}},
            "components": {"parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}}},
        },
        files={
            "paths.yaml": {
                "a": {
                    "get": {
                        "parameters": [{"$ref": "api.yaml#/components/parameters/Limit"}],
                        "responses": {"200": {"$ref": "#/ok"}},
                    }
                },
                "operation": {"operationId": "b", "responses": OK},
                "ok": {"description": "fine"},
            }
        },
    )

    assert warnings == []
    assert document["paths"]["/a"]["get"]["parameters"][0]["name"] == "limit"
    assert document["paths"]["/a"]["get"]["responses"]["200"] == {"description": "fine"}
    assert document["paths"]["/b"]["get"]["operationId"] == "b"


def test_pointers_lead_through_lists_escapes_and_percent_encoding(tmp_path: Path) -> None:
    item = {"type": "object", "properties": {"x": {"type": "string"}}}
    aim = "#/paths/~1a~1%7Bid%7D/get/responses/200/content/application~1json/schema/allOf/0"
    paths = {
        "/a/{id}": {"get": {"responses": reply({"allOf": [item]})}},
        "/b": {"get": {"responses": reply({"$ref": aim})}},
    }
    document, warnings = bundled(tmp_path, {"paths": paths})

    name = schema_of(document, "/b")["$ref"].rpartition("/")[2]
    assert (document["components"]["schemas"][name], warnings) == (item, [])


def test_an_anchor_names_a_schema(tmp_path: Path) -> None:
    document, warnings = bundled(
        tmp_path,
        {
            "paths": {"/a": {"get": {"responses": reply({"$ref": "#pet"})}}},
            "components": {"schemas": {"Pet": {"$anchor": "pet", "type": "object"}}},
        },
    )

    name = schema_of(document)["$ref"].rpartition("/")[2]
    assert (document["components"]["schemas"][name]["type"], warnings) == ("object", [])


def test_references_in_examples_and_properties_called_ref_are_data(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {"$ref": {"type": "string"}},
        "example": {"$ref": "#/nowhere"},
        "enum": [{"$ref": "x"}],
    }
    document, warnings = bundled(tmp_path, {"paths": {"/a": {"get": {"responses": reply(schema)}}}})

    assert (schema_of(document), warnings) == (schema, [])


def test_schemas_that_hold_themselves_stay_by_name(tmp_path: Path) -> None:
    tree = {"type": "object", "properties": {"below": {"items": {"$ref": "#/components/schemas/Tree"}}}}
    document, warnings = bundled(
        tmp_path,
        {
            "paths": {"/a": {"get": {"responses": reply({"$ref": "#/components/schemas/Tree"})}}},
            "components": {"schemas": {"Tree": tree}},
        },
    )

    assert (document["components"]["schemas"]["Tree"], warnings) == (tree, [])


def test_what_cannot_be_had_is_one_warning_and_an_empty_schema(tmp_path: Path) -> None:
    lost = {"$ref": "missing.yaml"}
    document, warnings = bundled(
        tmp_path,
        {
            "paths": {
                "/a": {"get": {"responses": reply(lost)}},
                "/b": {"get": {"responses": reply(lost)}},
                "/c": {"get": {"responses": reply({"$ref": "#/components/schemas/Nope"})}},
            }
        },
    )

    assert schema_of(document) == schema_of(document, "/c") == {}
    assert len(warnings) == 2
    assert warnings[0].endswith("No such file or directory (and 1 more)")
    assert warnings[1].endswith("nothing stands at '#/components/schemas/Nope'")


def test_a_warning_names_the_file_and_the_line_in_which_the_reference_is_written(tmp_path: Path) -> None:
    paths = "a:\n  get:\n    responses: {}\n    parameters:\n      - $ref: '#/gone'\n"
    pet = '{"type": "object",\n "properties": {\n  "owner": {"$ref": "nobody.yaml"}}}'
    _, warnings = bundled(
        tmp_path,
        {"paths": {"/a": {"$ref": "paths.yaml#/a"}, "/b": {"get": {"responses": reply({"$ref": "pet.json"})}}}},
        files={"paths.yaml": paths, "pet.json": pet},
    )

    assert f"{tmp_path / 'paths.yaml'}: line 5: /a/get/parameters/0: nothing stands at '#/gone'" in warnings
    assert any(f"{tmp_path / 'pet.json'}: line 3: /properties/owner: the reference" in line for line in warnings)


def test_a_part_of_the_whole_is_found_where_it_is_written(tmp_path: Path) -> None:
    root = {
        "paths": {
            "/a": {
                "get": {"parameters": [{"$ref": "#/components/parameters/P"}], "responses": reply({"$ref": "pet.yaml"})}
            }
        },
        "components": {"parameters": {"P": {"$ref": "p.yaml#/p"}, "Q": {"$ref": "#/components/parameters/Q"}}},
    }
    files = {"api.yaml": {**HEAD, **root}, "p.yaml": "p:\n  schema:\n    type: x\n", "pet.yaml": "\ntype: y\n"}
    bundle = Bundle(written(tmp_path, files))
    bundle.whole()

    assert bundle.place("/paths/~1a/get/parameters/0/schema/type") == f"{tmp_path / 'p.yaml'}: line 3: /p/schema/type"
    assert bundle.place("/components/schemas/pet/type") == f"{tmp_path / 'pet.yaml'}: line 2: /type"
    assert bundle.place("/paths/~1a/put") == f"{tmp_path / 'api.yaml'}: line 6: /paths/~1a/put"
    assert bundle.place("/components/parameters/Q/in").endswith("/components/parameters/Q/in")


@pytest.mark.parametrize("reference", ["http://[x", "file://h:[/x", "a%00b.yaml"])
@pytest.mark.parametrize("holder", ["path", "schema", "below"])
def test_a_reference_that_is_no_address_is_a_warning(tmp_path: Path, reference: str, holder: str) -> None:
    lost = {"$ref": reference}
    below = {"paths": {"/a": {"$ref": "other.yaml"}}}
    _, warnings = bundled(
        tmp_path,
        {"path": {"paths": {"/a": lost}}, "schema": {"paths": {"/a": {"get": {"responses": reply(lost)}}}}}.get(
            holder, below
        ),
        files={"other.yaml": {"get": {"responses": reply(lost)}}},
    )

    [line] = warnings
    assert f"the reference {reference!r} cannot be followed" in line
    assert "is not a valid address" in line


def test_references_in_a_circle_end_with_a_warning(tmp_path: Path) -> None:
    parts = {"parameters": {"A": {"$ref": "#/components/parameters/B"}, "B": {"$ref": "#/components/parameters/A"}}}
    _, warnings = bundled(
        tmp_path,
        {
            "paths": {"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/A"}], "responses": {}}}},
            "components": parts,
        },
    )

    assert any("leads back to itself" in line for line in warnings)


def test_an_outline_and_the_whole_agree(tmp_path: Path) -> None:
    root = {"paths": {"/a": {"$ref": "other/paths.yaml#/a"}}}
    files = {
        "other/paths.yaml": {
            "a": {"get": {"parameters": [{"$ref": "#/p"}], "responses": reply({"$ref": "pet.yaml"})}},
            "p": {"name": "x", "in": "query"},
        },
        "other/pet.yaml": {"type": "object"},
    }
    address = written(tmp_path, {"api.yaml": {**HEAD, **root}, **files})
    bundle = Bundle(address)
    outline = bundle.outline()

    assert "get" in outline["paths"]["/a"]
    assert bundle.whole(outline) == Bundle(address).whole()


def test_files_outside_of_the_folder_are_read_only_when_that_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("type: object\n", "utf-8")
    root = {"paths": {"/a": {"get": {"responses": reply({"$ref": "../secret.yaml"})}}}}
    inside = tmp_path / "api"
    document, warnings = bundled(inside, root)
    allowed, quiet = bundled(inside, root, outside=True)

    assert schema_of(document) == {}
    assert "it lies outside of" in warnings[0]
    assert (allowed["components"]["schemas"]["secret"], quiet) == ({"type": "object"}, [])


# --- over the network ----------------------------------------------------------------------------------------------


@contextmanager
def serving(pages: dict[str, tuple[int, dict[str, str], bytes]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = pages.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_documents_and_what_they_refer_to_are_read_over_http(tmp_path: Path) -> None:
    root = {**HEAD, "paths": {"/a": {"get": {"responses": reply({"$ref": "pet.json"})}}}}
    pages = {
        "/v1/api.json": (200, {}, json.dumps(root).encode()),
        "/v1/pet.json": (302, {"Location": "/moved.json"}, b""),
        "/moved.json": (200, {}, b'{"type": "object"}'),
    }
    with serving(pages) as address:
        bundle = Bundle(f"{address}/v1/api.json")
        document = bundle.whole()

    assert (document["components"]["schemas"]["pet"], bundle.warnings.lines()) == ({"type": "object"}, [])


def test_a_remote_document_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("type: object\n", "utf-8")
    aim = (tmp_path / "x.yaml").as_uri()
    root = {**HEAD, "paths": {"/a": {"get": {"responses": reply({"$ref": aim})}}}}
    with serving({"/api.json": (200, {}, json.dumps(root).encode())}) as address:
        bundle = Bundle(f"{address}/api.json")
        document = bundle.whole()

    assert schema_of(document) == {}
    assert "a document from the network does not lead to a file" in bundle.warnings.lines()[0]


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ((404, {}, b""), "the server answers 404"),
        ((302, {"Location": "https://example.invalid/x"}, b""), "it redirects to another scheme"),
        ((302, {"Location": "/api.json"}, b""), "it redirects more than 5 times"),
        ((302, {"Location": "http://["}, b""), "is not a valid address"),
        ((302, {}, b""), "the server answers 302"),
    ],
)
def test_an_address_without_a_document_is_refused(page: tuple[int, dict[str, str], bytes], problem: str) -> None:
    with serving({"/api.json": page}) as address, pytest.raises(FetchError, match=problem):
        Bundle(f"{address}/api.json")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_why_a_server_cannot_be_reached_is_said_in_the_words_of_the_system(host: str) -> None:
    with serving({}) as address:
        port = address.rpartition(":")[2]

    with pytest.raises(FetchError, match=r"api\.json: Connection refused$"):
        fetch(f"http://{host}:{port}/api.json")


def test_a_document_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("understudy.specs.documents.fetching.LARGEST", 1000)
    with serving({"/api.json": (200, {}, b" " * 5000)}) as address, pytest.raises(FetchError, match="larger than"):
        Bundle(f"{address}/api.json")


@contextmanager
def trickling(reply: bytes) -> Iterator[str]:
    """A server that sends a reply byte by byte."""

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):  # the client has left
            connection.recv(4096)
            for number in range(len(reply)):
                connection.sendall(reply[number : number + 1])
                if ended.wait(0.05):
                    return

    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api.json"
        ended.set()
        thread.join()


@pytest.mark.parametrize("end", ["\r\n\r\n", "\r\n\r\n{}"], ids=["head", "body"])
def test_the_limit_on_time_is_for_all_of_a_document(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr("understudy.specs.documents.fetching.LONGEST", 0.3)
    reply = f"HTTP/1.0 200 OK\r\nX: {end}".encode()
    with (
        trickling(reply) as address,
        pytest.raises(FetchError, match=r"api\.json: it takes longer than 0\.3 s"),
    ):
        fetch(address)


def test_messages_show_no_credentials_of_an_address() -> None:
    assert shown("https://user:secret@example.com/api.yaml?key=secret") == "https://example.com/api.yaml"
