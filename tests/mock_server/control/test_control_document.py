"""The control operations and their document say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jsonschema_rs
import pytest
from live import Serve
from openapi_spec_validator import validate

from understudy.mock_server.control.app import _PARTS
from understudy.mock_server.control.document import control_document
from understudy.specs.assembling import METHODS
from understudy.specs.reading.references import resolve
from understudy.specs.reading.schema import convert


def test_the_document_is_valid_openapi() -> None:
    validate(control_document())


def test_the_served_document_with_the_operations_of_the_apis_is_valid_too(serve: Serve) -> None:
    validate(serve("all").get("/_mock/openapi.json").json())


def test_every_reply_of_every_operation_has_a_schema(serve: Serve) -> None:
    document = serve("all").get("/_mock/openapi.json").json()

    for path, method, operation in _operations(document):
        responses = {status: resolve(document, each) for status, each in operation["responses"].items()}
        assert "default" in responses, (method, path)
        for status, response in responses.items():
            schemas = [media_type.get("schema") for media_type in response.get("content", {}).values()]
            assert all(schemas), (method, path, status)
            assert schemas or "was carried out" in response["description"] or status == "204", (method, path, status)


def test_every_operation_has_its_function_and_every_function_its_operation() -> None:
    declared = {operation["operationId"] for _, _, operation in _operations(control_document())}
    there = {
        name
        for part in _PARTS
        for name, value in vars(part).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", "") == part.__name__
    }

    assert declared == there


def test_every_documented_operation_is_served(serve: Serve) -> None:
    client = serve("all")
    document = client.get("/_mock/openapi.json").json()

    lost = []
    for path, method, _ in _operations(document):
        reply = client.request(method, f"/_mock{re.sub('[{}]', '', path)}", json={})
        if reply.status_code == 405 or "no such control operation" in reply.text:
            lost.append((method, path))
    assert lost == []


#: One request an operation, in an order in which each finds what it needs.
REQUESTS = [
    ("GET", "health", None),
    ("GET", "apis", None),
    ("GET", "openapi.json", None),
    ("GET", "openapi/participant-kit.json", None),
    ("GET", "openapi/nothing.json", None),
    ("PUT", "snapshots/one", None),
    ("GET", "snapshots", None),
    ("GET", "snapshots/one", None),
    ("POST", "snapshots/one/restore", None),
    ("DELETE", "snapshots/one", None),
    ("DELETE", "snapshots/one", None),
    ("GET", "resources", None),
    ("PUT", "resources/participant-kit/project/prj_here", {"organisation": "org_main"}),
    ("PATCH", "resources/participant-kit/project/prj_here", {"organisation": "org_other"}),
    ("GET", "resources/participant-kit/project/prj_here", None),
    ("GET", "resources/participant-kit/project?limit=2", None),
    ("POST", "resources/participant-kit/project", {}),
    ("DELETE", "resources/participant-kit/project/prj_here", None),
    ("DELETE", "resources/participant-kit/project/prj_here", None),
    ("GET", "resources/participant-kit/nothing", None),
    ("PUT", "resources/participant-kit/project/prj_here", {"organisation": "org_main"}),
    ("GET", "search/participant-kit/project?text=prj_here&where=organisation:org_main", None),
    ("GET", "search/participant-kit/project?where=:org_main", None),
    ("GET", "changes/participant-kit/project", None),
    ("GET", "changes/participant-kit/project?against=nobody", None),
    ("GET", "seed/participant-kit/project/prj_here", None),
    ("GET", "schemas/participant-kit/study", None),
    ("GET", "samples/participant-kit", None),
    ("GET", "requests", None),
    ("GET", "requests/overview", None),
    ("GET", "requests/none", None),
    ("GET", "requests/count", None),
    ("GET", "requests/count?at_least=10000", None),
    ("GET", "requests?session=nobody", None),
    ("POST", "requests/expect", {"method": "DELETE", "times": 0}),
    ("POST", "requests/expect", {"method": "DELETE"}),
    ("POST", "requests/expect", {"status": "many"}),
    ("DELETE", "requests", None),
    ("POST", "replies", {"status": 503}),
    ("POST", "replies", {"status": "many"}),
    ("GET", "replies", None),
    ("DELETE", "replies/none", None),
    ("DELETE", "replies", None),
    ("PUT", "preferences", {"prefer": "wait=0"}),
    ("GET", "preferences", None),
    ("DELETE", "preferences", None),
    ("PUT", "network", {"latency": 0.001}),
    ("GET", "network", None),
    ("DELETE", "network", None),
    ("GET", "clock", None),
    ("POST", "clock/freeze", {"at": "2025-06-01T12:00:00Z"}),
    ("POST", "clock/freeze", {"at": "noon"}),
    ("POST", "clock/advance", {"seconds": 60}),
    ("POST", "clock/resume", None),
    ("GET", "scenarios", None),
    ("PUT", "scenario", {"name": "empty"}),
    ("PUT", "scenario", {"name": "nothing"}),
    ("PUT", "sessions/new", None),
    ("GET", "sessions", None),
    ("GET", "sessions/new", None),
    ("POST", "sessions/new/reset", None),
    ("DELETE", "sessions/new", None),
    ("GET", "sessions/new", None),
    ("GET", "reports", None),
    ("GET", "reports/none.html", None),
    ("POST", "reset", None),
]


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS, ids=[f"{m} {p} {b or ''}" for m, p, b in REQUESTS])
def test_a_reply_is_one_that_the_document_declares(client: httpx.Client, method: str, path: str, body: Any) -> None:
    sent = {} if body is None else {"json": body}
    reply = client.request(method, f"/_mock/{path}", **sent)

    declared = _declared(method.lower(), f"/{path.partition('?')[0]}")[str(reply.status_code)]
    content = resolve(control_document(), declared).get("content", {})
    if not content:
        assert reply.content == b""
        return
    schema = convert(content["application/json"]["schema"], "urn:control")
    registry = jsonschema_rs.Registry([("urn:control", _schemas())])
    validator = jsonschema_rs.Draft202012Validator(schema, registry=registry, validate_formats=True)
    assert [str(error) for error in validator.iter_errors(reply.json())] == []


def test_an_operation_says_that_it_sets_what_each_process_has_for_itself(serve: Serve) -> None:
    client = serve("participant-kit")
    name = client.headers["X-Mock-Session"]
    setting = set()
    for number, (method, path, body) in enumerate(REQUESTS):
        client.headers["X-Mock-Session"] = f"{name}-{number}"
        before = _own(client)
        client.request(method, f"/_mock/{path}", **({} if body is None else {"json": body}))
        if _own(client) != before:
            setting.add(_operation(method.lower(), f"/{path.partition('?')[0]}")["operationId"])
        client.delete(f"/_mock/sessions/{name}-{number}")

    marked = {each["operationId"] for _, _, each in _operations(control_document()) if each.get("x-per-process")}
    assert setting == marked


@pytest.fixture(scope="module")
def client(addresses: Any) -> Iterator[httpx.Client]:
    headers = {"X-Mock-Session": "document"}
    with httpx.Client(base_url=addresses("participant-kit"), headers=headers, timeout=30) as client:
        yield client


def _operations(document: Any) -> list[tuple[str, str, Any]]:
    return [(path, m, item[m]) for path, item in document["paths"].items() for m in item if m in METHODS]


def _own(client: httpx.Client) -> list[Any]:
    """What a process has of a session besides its records: clock, forced replies, preferences, network, scenario."""
    clock = client.get("/_mock/clock").json()
    scenario = client.get(f"/_mock/sessions/{client.headers['X-Mock-Session']}").json()["scenario"]
    overrides = [client.get(f"/_mock/{each}").json() for each in ("replies", "preferences", "network")]
    ahead = datetime.fromisoformat(clock["now"]) - datetime.now(UTC)
    return [clock["frozen"], round(ahead / timedelta(seconds=30)), scenario, *overrides]


def _declared(method: str, path: str) -> Any:
    """The replies of the operation that serves a path."""
    return _operation(method, path)["responses"]


def _operation(method: str, path: str) -> Any:
    """The operation that serves a path, the concrete one first."""
    fitting = [
        (template.count("{"), item[method])
        for template, item in control_document()["paths"].items()
        if method in item and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path)
    ]
    return min(fitting, key=lambda each: each[0])[1]


def _schemas() -> Any:
    schemas = control_document()["components"]["schemas"]
    return {"components": {"schemas": {name: convert(schema, "urn:control") for name, schema in schemas.items()}}}
