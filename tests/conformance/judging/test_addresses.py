"""Records that two parts of an address name together are found in their list, and kept distinct there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from live import running
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from unprepared.judging import broken

from understudy.conformance import Profile, Report, Target, run
from understudy.conformance.frontends.contracts import named

#: No part of a key names an issue by itself.
ISSUES = [{"year": year, "number": number, "pages": 64} for year in (1998, 1999) for number in (1, 2, 3)]


def _integer(name: str, place: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "integer", **more}}


def _reply(schema: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": "Found.", "content": {"application/json": {"schema": schema}}}}


ISSUE = {
    "type": "object",
    "required": ["year", "number", "pages"],
    "properties": {name: {"type": "integer"} for name in ("year", "number", "pages")},
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Magazine", "version": "1"},
    "paths": {
        "/issues": {
            "get": {
                "operationId": "list",
                "parameters": [
                    _integer("limit", "query", minimum=1, maximum=50),
                    _integer("offset", "query", minimum=0),
                ],
                "responses": _reply({"type": "array", "items": {"$ref": "#/components/schemas/Issue"}}),
            }
        },
        "/issues/{year}/{number}": {
            "get": {
                "operationId": "read",
                "parameters": [_integer("year", "path"), _integer("number", "path")],
                "responses": {
                    **_reply({"$ref": "#/components/schemas/Issue"}),
                    "404": {"description": "There is no such issue."},
                },
            }
        },
    },
    "components": {"schemas": {"Issue": ISSUE}},
}


def judged(folder: Path, fault: str = "") -> Report:
    def listed(request: Request) -> JSONResponse:
        limit, offset = int(request.query_params.get("limit", 20)), int(request.query_params.get("offset", 0))
        first = max(0, offset - 1) if fault == "overlapping" else offset
        return JSONResponse(ISSUES[first : first + limit])

    def read(request: Request) -> JSONResponse:
        asked = request.path_params
        found = [each for each in ISSUES if each["year"] == asked["year"] and each["number"] == asked["number"]]
        if not found:
            return JSONResponse(None, 404)
        return JSONResponse({**found[0], "pages": "many"} if fault == "untyped" else found[0])

    (folder / "magazine.json").write_text(json.dumps(DOCUMENT))
    service = Starlette(routes=[Route("/issues", listed), Route("/issues/{year:int}/{number:int}", read)])
    with running(service) as address:
        return run(named(str(folder / "magazine.json")), Target(address), Profile(strict=True), generate=False)


def test_everything_is_shown_of_a_service_whose_addresses_have_two_parts(tmp_path: Path) -> None:
    report = judged(tmp_path)

    assert broken(report) == {}
    assert report.exit_code == 0


@pytest.mark.parametrize(("fault", "clause"), [("untyped", "DOC-read-schema"), ("overlapping", "DOC-list-pages")])
def test_a_fault_of_such_a_service_is_found(fault: str, clause: str, tmp_path: Path) -> None:
    assert clause in broken(judged(tmp_path, fault))
