"""Records that a test makes for itself are like those that a client posts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from understudy import serve

PATTERN = "^jrn_[a-z0-9]{8}$"


@pytest.fixture
def document(tmp_path: Path) -> str:
    journal = {
        "type": "object",
        "required": ["id", "title", "language", "pages"],
        "properties": {
            "id": {"type": "string", "pattern": PATTERN, "readOnly": True},
            "title": {"type": "string"},
            "language": {"type": "string", "enum": ["de", "fr", "en"], "default": "en"},
            "pages": {"type": "integer", "minimum": 8},
        },
    }
    shown = {"description": "", "content": {"application/json": {"schema": journal}}}
    id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": PATTERN}}
    file = tmp_path / "own.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "openapi": "3.1.0",
                "info": {"title": "Journals", "version": "1"},
                "paths": {
                    "/journals/{id}": {"get": {"operationId": "get", "parameters": [id], "responses": {"200": shown}}}
                },
            }
        )
    )
    return str(file)


def test_a_record_that_a_test_makes_has_all_that_the_document_promises(document: str) -> None:
    with serve(document) as mock:
        made = mock.control.records("own", "journal").make(title="Made")

        assert re.fullmatch(PATTERN, made["id"])
        assert (made["title"], made["language"]) == ("Made", "en")
        assert mock.client().get(f"/journals/{made['id']}").json() == made
