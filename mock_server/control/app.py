"""The control operations under `/_mock/`, outside every contract: `openapi.yaml` routes and checks them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import orjson

from understudy.mock_server.control import clock, journal, pages, replies, sessions, snapshots, surroundings
from understudy.mock_server.control.document import URI, control_document, control_schemas
from understudy.mock_server.control.requests import Answer, ControlContext, ControlRequest, opened
from understudy.mock_server.control.resources import records
from understudy.mock_server.data.resource_types import BASE, BASE_BYTES, ContractViolationError
from understudy.mock_server.engine.call import Control as Own
from understudy.mock_server.http.bodies import read
from understudy.mock_server.http.errors import BadRequestError, ConflictError, MethodNotAllowedError, NotFoundError
from understudy.mock_server.http.parameters import Parameters
from understudy.mock_server.http.responses import answer
from understudy.mock_server.http.routing import Route, Router
from understudy.mock_server.http.validation_errors import field_errors_in
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import Sessions, check_name
from understudy.specs import Parameter
from understudy.specs.reading.references import resolve
from understudy.specs.reading.schema import convert

Function = Callable[[ControlRequest], Awaitable[Answer]]
Validate = jsonschema_rs.Draft202012Validator

_PARTS = (surroundings, snapshots, records, journal, replies, clock, sessions, pages)
_METHODS = ("get", "put", "post", "patch", "delete")

#: What would change one process only where several serve.
_LOCAL = {
    "force_reply",
    "set_preferences",
    "set_network",
    "freeze_clock",
    "advance_clock",
    "play_scenario",
}


class Control:
    """The control operations as an ASGI application; compiled when one is first asked for."""

    def __init__(self, mounted: Sequence[ServedApi], sessions: Sessions, reports: Path | None = None) -> None:
        self._desk = ControlContext({each.contract.api: each for each in mounted}, sessions, reports)
        self._router: Router[_Operation] | None = None

    def tell(self, watched: str) -> None:
        """What became of the last edit, for the health reply."""
        self._desk.watched = watched

    async def __call__(self, scope: Any, receive: Any, send: Any, name: str, prefix: str) -> None:
        """Answer one control request; `name` is the session that the caller names. Raises ApiError."""
        method = scope["method"]
        root = f"{scope.get('root_path', '')}{prefix}"
        path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")[len(root) :]
        if not path:
            await answer(send, method, 307, [(b"location", f"{root}/".encode())])
            return
        self._router = self._router or self._compile()
        route, values = self._router.find(path)
        if route is None:
            raise NotFoundError(f"There is no such control operation; {root}/openapi.json lists them.")
        operation = route.methods.get("GET" if method == "HEAD" else method)
        if operation is None:
            raise MethodNotAllowedError(f"Allowed here: {route.allow}.", headers=[(b"allow", route.allow.encode())])
        if operation.local and self._desk.sessions.workers > 1:
            raise ConflictError(
                "Each worker has a clock, forced replies and a network of its own, and a change would reach one of "
                f"{self._desk.sessions.workers}. Start the mock without --workers for this."
            )
        check_name(name)
        headers = dict(scope["headers"])
        asked = ControlRequest(
            self._desk,
            name,
            dict(zip(route.names, values, strict=True)),
            operation.query(scope["query_string"]),
            operation.body(await read(receive, headers)),
            f"{scope.get('scheme', 'http')}://{headers.get(b'host', b'localhost').decode('latin-1')}"
            f"{scope.get('root_path', '')}",
        )
        try:
            reply = await operation.function(asked)
        except ContractViolationError as error:
            why = str(error).replace(BASE, asked.base)
            raise BadRequestError(f"The record does not fit its contract: {why}.") from error
        content = reply.content
        if reply.value is not None:
            mounted = self._desk.mounted.get(asked.path.get("api", ""))
            base = asked.base + (mounted.prefix if mounted else "")
            content = orjson.dumps(reply.value, option=orjson.OPT_NON_STR_KEYS).replace(BASE_BYTES, base.encode())
        told = [*reply.headers, (b"content-type", reply.media_type.encode())] if content else reply.headers
        await answer(send, method, reply.status, told, content)

    def _compile(self) -> Router[_Operation]:
        document = control_document()
        table: dict[str, dict[str, _Operation]] = {}
        for path, item in document["paths"].items():
            for method in _METHODS:
                if method in item:
                    told = [*item.get("parameters", ()), *item[method].get("parameters", ())]
                    function = _function(item[method]["operationId"])
                    table.setdefault(path, {})[method.upper()] = _Operation(document, item[method], told, function)
        for mounted in self._desk.mounted.values():
            for path, methods in getattr(mounted.behaviours, "CONTROL", {}).items():
                table[f"/{mounted.contract.api}{path}"] = {
                    method: _Operation(document, {"requestBody": told.request_body}, [], _behaviour(mounted, told))
                    for method, told in methods.items()
                }
        names = {path: tuple(part[1:-1] for part in path.split("/") if part.startswith("{")) for path in table}
        return Router([Route(path, names[path], methods) for path, methods in table.items()], "either")


class _Operation:
    """One control operation with what it takes."""

    def __init__(self, document: Any, raw: Mapping[str, Any], parameters: Sequence[Any], function: Function) -> None:
        self.function = function
        self.local = raw.get("operationId") in _LOCAL
        self._registry = jsonschema_rs.Registry([(URI, control_schemas())])
        told = [resolve(document, each) for each in parameters]
        query = [
            Parameter(each["name"], "query", False, convert(each["schema"], URI), True, each["schema"].get("default"))
            for each in told
            if each["in"] == "query"
        ]
        self._query = Parameters(query, self._validator)
        self._known = frozenset(each.name for each in query)
        body = resolve(document, raw.get("requestBody", {}))
        self._required = body.get("required", False)
        content = body.get("content", {}).get("application/json")
        self._body = self._validator(convert(content["schema"], URI)) if content else None

    def query(self, raw: bytes) -> Mapping[str, Any]:
        """The query's parameters. Raises BadRequestError for one that is wrong or unknown."""
        sent = {part.partition(b"=")[0].decode("latin-1") for part in raw.split(b"&") if part}
        unknown = sorted(sent - self._known)
        if unknown:
            known = f"; known are {', '.join(sorted(self._known))}" if self._known else ""
            raise BadRequestError(f"Unknown parameter {', '.join(unknown)}{known}.")
        return self._query.query(raw)

    def body(self, raw: bytes) -> Any:
        """The decoded and checked body. Raises BadRequestError."""
        if not raw:
            if self._required:
                raise BadRequestError("A body is required.")
            return None
        value = _decoded(raw)
        if self._body is None:
            if value not in (None, {}):
                what = ", ".join(value) if isinstance(value, dict) else "no object"
                raise BadRequestError(f"This takes no body, and the one that was sent holds {what}.")
            return None
        if field_errors := field_errors_in(self._body, value):
            raise BadRequestError(field_errors=field_errors)
        return value

    def _validator(self, schema: Any) -> Validate:
        return Validate(schema, registry=self._registry, validate_formats=True)


def _decoded(raw: bytes) -> Any:
    """The JSON value of a body. Raises BadRequestError."""
    try:
        return orjson.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise BadRequestError("The body is not UTF-8.") from error
    except orjson.JSONDecodeError as error:
        raise BadRequestError(f"The body is no JSON: {error.msg}.") from error


def _function(operation: str) -> Function:
    function: Function = next(getattr(part, operation) for part in _PARTS if hasattr(part, operation))
    return function


def _behaviour(mounted: ServedApi, told: Own) -> Function:
    """An API's own control operation: it works on the state, as nobody in particular."""

    async def operation(asked: ControlRequest) -> Answer:
        async with opened(asked, mounted, write=True) as state:
            status, value = await told.function(state, dict(asked.path), asked.body or {})
        return Answer(status, value)

    return operation
