"""What is served, and back to the beginning."""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import Any

from understudy.mock_server.control.document import control_document
from understudy.mock_server.control.requests import NO_CONTENT, Answer, ControlRequest
from understudy.mock_server.engine.call import ControlOperation
from understudy.mock_server.http.errors import NotFoundError


async def get_health(asked: ControlRequest) -> Answer:
    """Whether the mock is up, and what it serves."""
    told: dict[str, Any] = {
        "status": "ok",
        "apis": {api: mounted.prefix or "/" for api, mounted in asked.desk.mounted.items()},
        "session": asked.name,
        "version": version("understudy"),
    }
    if asked.desk.watched is not None:
        told["watch"] = asked.desk.watched
    return Answer(200, told)


async def list_apis(asked: ControlRequest) -> Answer:
    """The served APIs with their tokens."""
    apis = []
    for api, mounted in asked.desk.mounted.items():
        contract = mounted.contract
        schemes = [scheme for each in contract.schemes.values() for scheme in each]
        apis.append(
            {
                "name": api,
                "title": contract.title,
                "path": mounted.prefix or "/",
                "operations": len(contract.operations),
                "document": f"openapi/{api}.json",
                "docs": f"docs/{api}",
                "scheme": schemes[0] if schemes else "Bearer",
                "tokens": [{"role": raw["role"], "token": raw["token"]} for raw in contract.seed["callers"]],
            }
        )
    return Answer(200, {"apis": apis})


async def get_control_document(asked: ControlRequest) -> Answer:
    """The document of the control operations, those of the served APIs included."""
    document = control_document()
    paths = dict(document["paths"])
    for api, mounted in asked.desk.mounted.items():
        for path, methods in mounted.behaviours.controls.items():
            paths[f"/{api}{path}"] = {method.lower(): _told(api, path, own) for method, own in methods.items()}
    return Answer(200, {**document, "paths": paths})


async def get_document(asked: ControlRequest) -> Answer:
    """The document of an API."""
    file = asked.path["file"]
    mounted = asked.desk.mounted.get(file.removesuffix(".json"))
    if mounted is None or not file.endswith(".json"):
        raise NotFoundError(f"Served are {', '.join(f'{api}.json' for api in asked.desk.mounted)}.")
    return Answer(200, mounted.contract.document)


async def reset(asked: ControlRequest) -> Answer:
    """Back to the beginning."""
    await (await asked.session()).reset()
    return NO_CONTENT


def _told(api: str, path: str, own: ControlOperation) -> dict[str, Any]:
    """An API's own control operation, as far as its function tells of itself."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    function = own.function
    told: dict[str, Any] = {
        "operationId": f"{api.replace('-', '_')}_{function.__name__}",
        "tags": [api],
        "summary": (inspect.getdoc(function) or function.__name__).partition("\n")[0],
        "parameters": [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names],
        "responses": {"default": {"description": "What became of it.", "content": {"application/json": {}}}},
    }
    return {**told, "requestBody": own.request_body} if own.body else told
