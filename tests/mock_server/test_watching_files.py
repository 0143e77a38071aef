"""`--watch` with files of a user's own: every file that counts is taken over, and a broken one leaves what there was."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import PATIENCE, TLS, Served, served, understudy

DOCUMENT = """\
openapi: 3.1.0
info: {title: Notes, version: "1"}
paths:
  /notes:
    get:
      operationId: listNotes
      responses:
        "200":
          description: Notes.
          content: {application/json: {schema: {type: array, items: {$ref: "note.yaml"}}}}
    post:
      operationId: addNote
      requestBody: {content: {application/json: {schema: {$ref: "note.yaml"}}}}
      responses:
        "201": {description: The note., content: {application/json: {schema: {$ref: "note.yaml"}}}}
  /notes/{id}:
    get:
      operationId: getNote
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        "200": {description: The note., content: {application/json: {schema: {$ref: "note.yaml"}}}}
  /hello:
    get:
      operationId: hello
      responses:
        "200": {description: A word., content: {application/json: {example: {said: by the document}}}}
"""
NOTE = "{type: object, required: [id, text], properties: {id: {type: integer}, text: {type: string}}}\n"
OVERLAY = """\
overlay: 1.0.0
info: {title: More, version: "1"}
actions:
  - target: $.paths['/hello'].get.responses['200'].content['application/json']
    update: {example: {said: by the overlay}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"notes.yaml": DOCUMENT, "note.yaml": NOTE, "more.yaml": OVERLAY}
    files["answers.py"] = 'def hello():\n    return {"said": "by a function"}\n'
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.chdir(folder)
    with served("notes.yaml", "--overlay", "more.yaml", "--watch") as server:
        _reported(server)
        yield server


def got(server: Served, path: str, **headers: str) -> Any:
    return httpx.get(f"{server.address}{path}", headers=headers, timeout=PATIENCE, verify=TLS).json()


def posted(server: Served, path: str, body: Any) -> httpx.Response:
    return httpx.post(f"{server.address}{path}", json=body, timeout=PATIENCE, verify=TLS)


def _reported(server: Served) -> str:
    """What became of the last edit, once files are watched."""
    deadline = time.monotonic() + PATIENCE
    while "watch" not in (health := got(server, "/_mock/health")) and time.monotonic() < deadline:
        time.sleep(0.02)
    return str(health["watch"])


def edited(server: Served, file: Path, before: str, after: str) -> str:
    """Replace a text in a file; what the mock says of it."""
    said = _reported(server)
    text = file.read_text() if file.exists() else ""
    assert before in text
    aside = file.with_suffix(".aside")
    aside.write_text(text.replace(before, after) if before else after)
    aside.replace(file)
    deadline = time.monotonic() + PATIENCE
    while (now := _reported(server)) == said and time.monotonic() < deadline:
        time.sleep(0.02)
    return now.partition(" ")[2]


def test_an_edited_document_is_taken_over_with_what_was_posted(server: Served, folder: Path) -> None:
    note = posted(server, "/notes", {"id": 77, "text": "kept"}).json()

    assert edited(server, folder / "notes.yaml", "/notes/{id}:", "/note/{id}:") == "notes.yaml was reloaded"
    assert got(server, f"/note/{note['id']}")["text"] == "kept"


def test_an_edited_overlay_is_taken_over(server: Served, folder: Path) -> None:
    before = got(server, "/hello")
    edited(server, folder / "more.yaml", "by the overlay", "by its edit")

    assert (before, got(server, "/hello")) == ({"said": "by the overlay"}, {"said": "by its edit"})


def test_an_edited_file_that_the_document_refers_to_is_taken_over(server: Served, folder: Path) -> None:
    said = edited(server, folder / "note.yaml", "required: [id, text]", "required: [id, text, by]")

    assert said == "note.yaml was reloaded"
    assert posted(server, "/notes", {"id": 99, "text": "no author"}).status_code == 400


def test_what_an_edit_asks_for_in_vain_is_reported(server: Served, folder: Path) -> None:
    said = edited(server, folder / "notes.yaml", "/hello:", "/hallo:")

    assert said.startswith("notes.yaml was reloaded; more.yaml: /actions/0: the target ")


@pytest.mark.parametrize("name", ["notes.yaml", "note.yaml", "more.yaml"])
def test_a_broken_edit_is_reported_in_one_sentence_and_changes_nothing(server: Served, folder: Path, name: str) -> None:
    before = got(server, "/notes")

    said = edited(server, folder / name, "", "paths: [")

    assert said.startswith(f"{name} was not reloaded, the last valid contract stays in use: {name}: line 2")
    assert got(server, "/notes") == before


def test_a_file_that_an_edit_refers_to_is_watched_from_then_on_broken_or_not(server: Served, folder: Path) -> None:
    (folder / "other.yaml").write_text("[")
    before = "{example: {said: by the document}}"
    assert "was not reloaded" in edited(server, folder / "notes.yaml", before, "{schema: {$ref: other.yaml}}")

    assert edited(server, folder / "other.yaml", "[", "{const: {said: by it}}") == "other.yaml was reloaded"
    edited(server, folder / "more.yaml", "{example: {said: by the overlay}}", "{}")

    assert got(server, "/hello") == {"said": "by it"}


def test_edited_handlers_answer_and_broken_ones_leave_the_old(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with served("notes.yaml", "--handlers", "answers", "--watch") as server:
        _reported(server)
        assert edited(server, folder / "answers.py", "by a function", "by its edit") == "answers.py was reloaded"
        assert got(server, "/hello") == {"said": "by its edit"}

        assert "answers.py was not reloaded" in edited(server, folder / "answers.py", "return", "return return")
        assert got(server, "/hello") == {"said": "by its edit"}


def test_edited_files_of_a_folder_are_taken_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert understudy("init", "notes.yaml", "own").returncode == 0
    seed = folder / "own" / "seed.yaml"
    with served("own", "--watch") as server:
        _reported(server)
        assert edited(server, seed, "count: 10", "records: [{text: by hand}]") == "seed.yaml was reloaded"
        fresh = got(server, "/notes", **{"X-Mock-Session": "fresh"})
        assert [each["text"] for each in fresh] == ["by hand"]

        said = edited(server, seed, "resource: note,", "resource: nota,")
        fault = "own/seed.yaml: /populations/0/resource: there is no resource 'nota'; did you mean note?"
        assert said == f"seed.yaml was not reloaded, the last valid contract stays in use: {fault} (line 12)"
