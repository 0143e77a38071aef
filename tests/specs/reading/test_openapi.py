"""What openapi-spec-validator says of a document: the place, the reason, and once for each text."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from understudy.specs.reading import openapi
from understudy.specs.reading.openapi import OpenApiFault, openapi_faults

LENDING = yaml.safe_load((Path(__file__).parents[2] / "sixth" / "openapi.yaml").read_text(encoding="utf-8"))


def changed(value: Any, *steps: Any) -> dict[str, Any]:
    """The throw-away document with another value at a place; None deletes what stands there."""
    document = copy.deepcopy(LENDING)
    holder = document
    for step in steps[:-1]:
        holder = holder[step]
    if value is None:
        del holder[steps[-1]]
    else:
        holder[steps[-1]] = value
    return document


def test_a_valid_document_has_no_faults() -> None:
    assert openapi_faults(LENDING) == []


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (changed(None, "info", "title"), "/info: the member 'title' is missing"),
        (
            changed({"type": "string", "const": "x"}, "components", "schemas", "Shelf", "properties", "topic"),
            "components/schemas/Shelf/properties/topic: OpenAPI 3.0 does not know 'const' here",
        ),
        (
            changed("quary", "paths", "/shelves/{shelf_id}/books", "get", "parameters", 1, "in"),
            "/paths/~1shelves~1{shelf_id}~1books/get/parameters/1/in: 'quary' is not one of path, query, header, cookie",
        ),
        (changed({}, "paths", "/books", "post", "responses", "201"), "the member 'description' is missing"),
        (
            changed(7, "paths", "/books", "post", "operationId"),
            "/paths/~1books/post/operationId: 7 is not a text",
        ),
    ],
)
def test_a_wrong_shape_is_named_where_it_is(document: dict[str, Any], fault: str) -> None:
    (found,) = openapi_faults(document)

    assert str(found).endswith(fault)
    assert found.structural


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (
            changed("x", "components", "schemas", "Shelf", "properties", "books", "default"),
            "a default does not fit its schema: 'x' is not of type 'integer'",
        ),
        (changed([], "paths", "/books/{book_id}", "patch", "parameters"), "Path parameter 'book_id'"),
    ],
)
def test_what_only_contradicts_itself_leaves_the_shape_whole(document: dict[str, Any], fault: str) -> None:
    (found,) = openapi_faults(document)

    assert fault in found.message
    assert not found.structural


def test_a_fault_is_printed_with_its_place() -> None:
    assert str(OpenApiFault("info", "is wrong", True)) == "info: is wrong"
    assert str(OpenApiFault("", "is wrong", True)) == "is wrong"


def test_a_text_is_judged_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    judged: list[Any] = []
    document = changed("Once", "info", "title")
    monkeypatch.setattr("understudy.specs.reading.cache.cache_folder", lambda kind: tmp_path)
    monkeypatch.setattr(openapi, "_judge", lambda document: judged.append(document) or [])

    assert openapi_faults(document) == openapi_faults(document) == []
    assert len(judged) == 1


def test_a_later_start_does_not_import_the_validator() -> None:
    code = "import sys; from understudy.specs import load; load('consent-kit'); print('openapi_spec_validator' in sys.modules)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)]

    assert runs[1].stdout == "False\n"
