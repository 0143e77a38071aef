"""The server as a whole: health, the list of APIs, the OpenAPI documents, reset."""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import Any

from understudy.mock_server.control.document import REFUSED, control_document
from understudy.mock_server.control.requests import NO_CONTENT, ControlReply, ControlRequest
from understudy.mock_server.engine.call import ControlOperation
from understudy.mock_server.http.errors import NotFoundError
from understudy.mock_server.http.hosts import document_url
from understudy.mock_server.http.security.credential import Credential
from understudy.specs import Contract


async def get_health(request: ControlRequest) -> ControlReply:
    """That the mock is up, and what it serves."""
    health: dict[str, Any] = {
        "status": "ok",
        "apis": {api: served_api.prefix or "/" for api, served_api in request.context.served_apis.items()},
        "session": request.name,
        "version": version("understudy"),
    }
    if request.context.last_reload is not None:
        health["watch"] = request.context.last_reload
    return ControlReply(200, health)


async def list_apis(request: ControlRequest) -> ControlReply:
    """The served APIs with their tokens."""
    apis = []
    for api, served_api in request.context.served_apis.items():
        contract = served_api.contract
        schemes = [scheme for each in contract.schemes.values() for scheme in each]
        apis.append(
            {
                "name": api,
                "title": contract.title,
                "path": served_api.prefix or "/",
                "operations": len(contract.operations),
                "document": f"openapi/{api}.json",
                "docs": f"docs/{api}",
                "scheme": schemes[0] if schemes else "Bearer",
                "tokens": [
                    {"role": raw["role"], "token": raw["token"], "credential": _credential(contract, raw["token"])}
                    for raw in contract.seed["callers"]
                ],
            }
        )
    return ControlReply(200, {"apis": apis})


async def get_control_document(request: ControlRequest) -> ControlReply:
    """The document of the control operations, including those that the served APIs add."""
    document = control_document()
    paths = dict(document["paths"])
    for api, served_api in request.context.served_apis.items():
        for path, methods in served_api.behaviours.controls.items():
            paths[f"/{api}{path}"] = {
                method.lower(): _operation_object(api, path, control) for method, control in methods.items()
            }
    servers = [{"url": document_url(request.scope, request.name, document["servers"][0]["url"])}]
    return ControlReply(200, {**document, "servers": servers, "paths": paths})


async def get_document(request: ControlRequest) -> ControlReply:
    """The document of an API."""
    file = request.path["file"]
    served_api = request.context.served_apis.get(file.removesuffix(".json"))
    if served_api is None or not file.endswith(".json"):
        names = ", ".join(f"{api}.json" for api in request.context.served_apis)
        raise NotFoundError(f"There is no document {file!r}. The documents are {names}.")
    return ControlReply(200, served_api.document(document_url(request.scope, request.name, served_api.path)))


async def reset(request: ControlRequest) -> ControlReply:
    """Reset the session to its initial state."""
    await (await request.session()).reset()
    return NO_CONTENT


def _credential(contract: Contract, token: str) -> dict[str, str]:
    credential = Credential.of(contract, token)
    return {"in": credential.place, "name": credential.name, "value": credential.value}


def _operation_object(api: str, path: str, control: ControlOperation) -> dict[str, Any]:
    """The OpenAPI object of a control operation that an API adds, made from its function and schema."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    function = control.function
    operation: dict[str, Any] = {
        "operationId": f"{api.replace('-', '_')}_{function.__name__}",
        "tags": [api],
        "summary": (inspect.getdoc(function) or function.__name__).partition("\n")[0],
        "parameters": [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names],
        "responses": {"2XX": control.response, "default": REFUSED},
    }
    return {**operation, "requestBody": control.request_body} if control.body else operation
