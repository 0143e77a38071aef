"""The control operations under `/_mock/`, outside every contract: `openapi.yaml` routes and checks them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from understudy.mock_server.control import clock, journal, pages, replies, service, sessions, snapshots
from understudy.mock_server.control.document import URI, control_document, control_schemas
from understudy.mock_server.control.requests import ControlContext, ControlReply, ControlRequest, open_state
from understudy.mock_server.control.resources import changes, description, finding, records
from understudy.mock_server.data.resource_types import BASE, BASE_BYTES, ContractViolationError
from understudy.mock_server.engine.call import ControlOperation
from understudy.mock_server.http.bodies import LIMIT, WRITABLE, check_exact, decoded_json, has_body, read
from understudy.mock_server.http.errors import (
    BadRequestError,
    ConflictError,
    FieldError,
    ForbiddenError,
    MethodNotAllowedError,
    NotFoundError,
    UnsupportedMediaTypeError,
)
from understudy.mock_server.http.hosts import base_url
from understudy.mock_server.http.media_types import bare, is_json
from understudy.mock_server.http.parameters import Parameters
from understudy.mock_server.http.responses import InternalServerError, Receive, Scope, Send, answer
from understudy.mock_server.http.routing import Route, Router
from understudy.mock_server.http.validation_errors import Schemas, field_errors_in
from understudy.mock_server.sessions.forced_reply import forced_reply_errors, match_errors
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import Sessions, check_name
from understudy.specs import Parameter
from understudy.specs.assembling import METHODS
from understudy.specs.reading.references import resolve
from understudy.specs.reading.schema import convert

Function = Callable[[ControlRequest], Awaitable[ControlReply]]

#: What checks a body beyond its schema, by operation, so that all faults are reported together.
_FURTHER: Mapping[str, Callable[[ControlContext, Mapping[str, Any]], list[FieldError]]] = {
    "force_reply": lambda context, body: [*context.match_errors(body, one=True), *forced_reply_errors(body)],
    "expect_request": lambda context, body: [*context.match_errors(body), *match_errors(body)],
}

_PARTS = (service, snapshots, records, finding, changes, description, journal, replies, clock, sessions, pages)


class ControlApp:
    """The control operations as an ASGI application; compiled at the first request."""

    def __init__(
        self,
        served_apis: Sequence[ServedApi],
        sessions: Sessions,
        reports: Path | None = None,
        last_reload: str | None = None,
    ) -> None:
        by_name = {each.contract.api: each for each in served_apis}
        self._context = ControlContext(by_name, sessions, reports, last_reload)
        self._router: Router[_Operation] | None = None

    def report_reload(self, text: str) -> None:
        """Say in the health reply what became of the last edit."""
        self._context.last_reload = text

    async def __call__(self, scope: Scope, receive: Receive, send: Send, name: str, prefix: str) -> None:
        """Answer one control request; `name` is the session that the caller names. Raises ApiError."""
        method = scope["method"]
        root = f"{scope.get('root_path', '')}{prefix}"
        path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")[len(root) :]
        if not path:
            await answer(send, method, 307, [(b"location", f"{base_url(scope)}{prefix}/".encode())])
            return
        self._router = self._router or self._compile()
        route, values = self._router.find(path)
        if route is None:
            raise NotFoundError(f"There is no such control operation; see {root}/openapi.json for the list.")
        operation = route.methods.get("GET" if method == "HEAD" else method)
        if operation is None:
            raise MethodNotAllowedError(
                f"The methods allowed here are {route.allow}.", headers=[(b"allow", route.allow.encode())]
            )
        if operation.per_process and self._context.sessions.workers > 1:
            raise ConflictError(
                "Each worker has its own clock, forced replies and network, so the change would reach only one of "
                f"{self._context.sessions.workers}. Start the mock without --workers to use this operation."
            )
        check_name(name)
        headers = dict(scope["headers"])
        _check_site(headers, operation.is_page)
        _check_media_type(headers)
        request = ControlRequest(
            self._context,
            name,
            dict(zip(route.names, values, strict=True)),
            operation.query(scope["query_string"]),
            operation.body(await read(receive, headers, operation.body_limit), self._context),
            scope,
            base_url(scope),
        )
        try:
            reply = await operation.function(request)
        except ContractViolationError as error:
            reason = str(error).replace(BASE, request.base)
            raise BadRequestError(f"The record does not fit its contract: {reason}.") from error
        content = reply.content
        if reply.value is not None:
            served_api = self._context.served_apis.get(request.path.get("api", ""))
            base = request.base + (served_api.prefix if served_api else "")
            content = orjson.dumps(reply.value, option=orjson.OPT_NON_STR_KEYS).replace(BASE_BYTES, base.encode())
        headers_out = [*reply.headers, (b"content-type", reply.media_type.encode())] if content else reply.headers
        await answer(send, method, reply.status, headers_out, content)

    def _compile(self) -> Router[_Operation]:
        document = control_document()
        table: dict[str, dict[str, _Operation]] = {}
        for path, item in document["paths"].items():
            for method in filter(METHODS.__contains__, item):
                parameters = [*item.get("parameters", ()), *item[method].get("parameters", ())]
                function = _function(item[method]["operationId"])
                operation = _Operation(document, item[method], parameters, function)
                table.setdefault(path, {})[method.upper()] = operation
        for served_api in self._context.served_apis.values():
            for path, methods in served_api.behaviours.controls.items():
                table[f"/{served_api.contract.api}{path}"] = {
                    method: _Operation(
                        document, {"requestBody": control.request_body}, [], _api_operation(served_api, control)
                    )
                    for method, control in methods.items()
                }
        names = {path: tuple(part[1:-1] for part in path.split("/") if part.startswith("{")) for path in table}
        return Router([Route(path, names[path], methods) for path, methods in table.items()], "either")


class _Operation:
    """One control operation with its parameters and its body."""

    def __init__(self, document: Any, raw: Mapping[str, Any], parameters: Sequence[Any], function: Function) -> None:
        self.function = function
        #: Whether it would change only one process where several serve.
        self.per_process = raw.get("x-per-process", False)
        #: Bytes of a body.
        self.body_limit = raw.get("x-body-limit", LIMIT)
        #: Whether a link of another site may lead to it.
        self.is_page = raw.get("x-page", False)
        self._validator = Schemas(URI, control_schemas()).compile
        resolved = [resolve(document, each) for each in parameters]
        query = [
            Parameter(each["name"], "query", False, convert(each["schema"], URI), True, each["schema"].get("default"))
            for each in resolved
            if each["in"] == "query"
        ]
        self._query = Parameters(query, self._validator)
        self._known = frozenset(each.name for each in query)
        body = resolve(document, raw.get("requestBody", {}))
        self._required = body.get("required", False)
        content = body.get("content", {}).get("application/json")
        self._body = self._validator(convert(content["schema"], URI)) if content else None
        self._further = _FURTHER.get(raw.get("operationId", ""))

    def query(self, raw: bytes) -> Mapping[str, Any]:
        """The query parameters. Raises BadRequestError for one that is invalid or unknown."""
        sent = {part.partition(b"=")[0].decode("latin-1") for part in raw.split(b"&") if part}
        unknown = sorted(sent - self._known)
        if unknown:
            known = f". The query parameters are {', '.join(sorted(self._known))}" if self._known else ""
            raise BadRequestError(f"There is no query parameter {', '.join(unknown)}{known}.")
        return self._query.query(raw)

    def body(self, raw: bytes, context: ControlContext) -> Any:
        """The decoded and checked body. Raises BadRequestError."""
        if not raw:
            if self._required:
                raise BadRequestError("A body is required.")
            return None
        value = decoded_json(raw, WRITABLE)
        if self._body is None:
            if value not in (None, {}):
                content = f"contains {', '.join(value)}" if isinstance(value, dict) else "is not an object"
                raise BadRequestError(f"This operation takes no body, but the one sent {content}.")
            return None
        field_errors = field_errors_in(self._body, value)
        if self._further is not None and isinstance(value, dict):
            wrong = {error.pointer.split("/")[1] for error in field_errors if error.pointer}
            further = self._further(context, {name: each for name, each in value.items() if name not in wrong})
            # What the body as a whole lacks may be what is wrong with one of its members.
            field_errors += [error for error in further if error.name or not wrong]
        if field_errors:
            raise BadRequestError(field_errors=field_errors)
        check_exact(raw)
        return value


def _check_site(headers: Mapping[bytes, bytes], is_page: bool) -> None:
    """Raises ForbiddenError when a page of another site sent a request without its origin.

    Browsers send none with images, scripts, frames, and links; only a link may lead to a page of the mock.
    """
    if headers.get(b"sec-fetch-site") != b"cross-site" or b"origin" in headers:
        return
    if is_page and headers.get(b"sec-fetch-mode") == b"navigate" and headers.get(b"sec-fetch-dest") == b"document":
        return
    raise ForbiddenError(
        "A page of another site sent this request without its origin. The control operations answer scripts (fetch) of "
        "an origin that is allowed: start the mock with --allow-origin and the origin of that page"
    )


def _check_media_type(headers: Mapping[bytes, bytes]) -> None:
    """Raises UnsupportedMediaTypeError for a body that is not JSON: pages may send some types without a preflight."""
    sent = headers.get(b"content-type")
    if sent is not None and has_body(headers) and not is_json(name := bare(sent.decode("latin-1"))):
        raise UnsupportedMediaTypeError(
            f"The media type {name} is not supported; send the body as application/json, or send none.",
            headers=[(b"accept", b"application/json")],
        )


def _function(operation: str) -> Function:
    function: Function = next(getattr(part, operation) for part in _PARTS if hasattr(part, operation))
    return function


def _api_operation(served_api: ServedApi, control: ControlOperation) -> Function:
    """A control operation that an API adds: it works on the records of every caller, and its reply is checked."""
    validator = Schemas(URI, control_schemas()).compile(convert(dict(control.reply), URI))

    async def operation(request: ControlRequest) -> ControlReply:
        async with open_state(request, served_api, write=True) as state:
            status, value = await control.function(state, dict(request.path), request.body or {})
            if field_errors := field_errors_in(validator, value):
                wrong = BadRequestError(field_errors=field_errors).message
                raise InternalServerError(f"The reply of {control.function.__name__} does not fit its schema: {wrong}")
        return ControlReply(status, value)

    return operation
