"""The credential of a role travels as the document says."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from understudy import serve

SCHEMES = {
    "a key in the query": {"type": "apiKey", "in": "query", "name": "api_key"},
    "a key in a header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "a key in a cookie": {"type": "apiKey", "in": "cookie", "name": "key"},
    "a password": {"type": "http", "scheme": "basic"},
    "a bearer token": {"type": "http", "scheme": "bearer"},
}


def document(scheme: dict[str, str], folder: Path) -> str:
    note = {"type": "object", "required": ["id", "text"], "properties": {"id": {"type": "integer"}, "text": {}}}
    listed = {"content": {"application/json": {"schema": {"type": "array", "items": note}}}, "description": "Notes."}
    size = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
    file = folder / "notes.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "openapi": "3.1.0",
                "info": {"title": "Notes", "version": "1"},
                "security": [{"own": []}],
                "paths": {
                    "/notes": {"get": {"operationId": "list", "parameters": [size], "responses": {"200": listed}}}
                },
                "components": {"securitySchemes": {"own": scheme}},
            }
        )
    )
    return str(file)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_a_client_sends_its_credential_where_the_document_wants_it(scheme: dict[str, str], tmp_path: Path) -> None:
    with serve(document(scheme, tmp_path)) as mock:
        replies = [mock.client(role=role).get("/notes?limit=2") for role in (None, "")]

        assert [reply.status_code for reply in replies] == [200, 401]
        assert len(replies[0].json()) == 2


def test_a_request_may_have_another_key_in_its_query(tmp_path: Path) -> None:
    with serve(document(SCHEMES["a key in the query"], tmp_path)) as mock:
        client = mock.client()

        assert client.get("/notes?api_key=").status_code == 401
        assert client.put("/notes").status_code == 405
