"""One Connexion middleware in place of Connexion's nine: each operation is compiled once, a request runs through it.

The code follows the order in which a request is handled: route, the contract's checks in its order of precedence,
parameters, body, the answer inside a transaction, the reply checked and written. Connexion reads the document and
resolves the function of each operation; what its own middlewares do per request (route, authenticate, validate,
serialise) happens here from compiled plans. `docs/connexion.md` lists what is replaced, and why.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from understudy.mock_server.api.framework import Resolver, Specification, SpecMiddleware
from understudy.mock_server.data.resource_types import BASE_BYTES, ContractViolationError, ResourceTypes
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import Handler
from understudy.mock_server.engine.store_errors import unavailable
from understudy.mock_server.http.bodies import Bodies, ClientDisconnectedError, InvalidBodyError
from understudy.mock_server.http.errors import (
    ApiError,
    BadRequestError,
    ErrorRenderer,
    MethodNotAllowedError,
    NotAcceptableError,
    NotFoundError,
)
from understudy.mock_server.http.hosts import FORWARDED, base_url
from understudy.mock_server.http.media_types import VARY_ACCEPT, bare, choose, is_json
from understudy.mock_server.http.parameters import MEMO_LENGTH, Parameters
from understudy.mock_server.http.responses import App, Receive, Scope, Send
from understudy.mock_server.http.routing import Route, Router, path_below
from understudy.mock_server.http.security.schemes import SecuritySchemes
from understudy.mock_server.http.security.tokens import NOBODY, Caller, Security
from understudy.mock_server.http.validation_errors import Schemas, SchemaValidator
from understudy.mock_server.sessions.journal import ENTRY
from understudy.mock_server.sessions.repetition import is_wanted
from understudy.mock_server.sessions.sessions import RAISING, SESSION, Session
from understudy.mock_server.store import StoreError
from understudy.specs import Contract, Operation
from understudy.specs.assembling import METHODS

log = logging.getLogger("understudy")


#: How many addresses are remembered, and how many Accept headers of each operation; clients use few.
MEMO = 256


class Plan:
    """One operation. Its validators are compiled at its first request: most servers are asked for few operations."""

    def __init__(self, operation: Operation, answer: Handler, compiler: Callable[[Any], SchemaValidator]) -> None:
        self.operation = operation
        #: The names of the parameters in its path.
        self.names = names_in(operation.route)
        self.answer = answer
        self.secured = bool(operation.security)
        self.writes = operation.writes
        self.precedence = operation.precedence
        self.takes_body = bool(operation.body)
        #: The status for a request that is not valid: 422 where that alone is declared.
        self.bad_request = 422 if "422" in operation.responses and "400" not in operation.responses else 400
        #: The checks that every request to this operation goes through, in their order.
        self.checks = tuple(status for status in operation.precedence if status in self._checked())
        #: What writes its errors, by status, where they have forms of their own.
        self.errors = {status: ErrorRenderer(shape) for status, shape in operation.errors.items()}
        self._compiler = compiler
        self.offered = list(operation.responses[str(operation.success)])
        #: Whether replies depend on the Accept header (RFC 9110, 12.5.5).
        self.varies = operation.varies
        self._negotiated: dict[bytes, str] = {}

    @cached_property
    def parameters(self) -> Parameters:
        """What reads the path, the query and the headers."""
        return Parameters(self.operation.parameters, self._compiler)

    @cached_property
    def bodies(self) -> Bodies:
        """What reads the body."""
        return Bodies(self.operation, self._compiler)

    @cached_property
    def replies(self) -> dict[int, dict[str, SchemaValidator | None]]:
        """What checks a reply, by status and media type; None where there is no JSON to check."""
        return {
            int(status): {
                media_type: self._compiler(schema) if schema and is_json(bare(media_type)) else None
                for media_type, schema in content.items()
            }
            for status, content in self.operation.responses.items()
            if status.isdigit()
        }

    def _checked(self) -> set[int]:
        return {406, *([401] if self.secured else []), *([415] if self.takes_body else [])}

    def negotiate(self, accept: bytes | None) -> str | None:
        """The media type of the reply. Raises NotAcceptableError when the client accepts none of those offered."""
        if not self.offered:
            return None
        if accept is None or accept == b"*/*":
            return self.offered[0]
        known = self._negotiated.get(accept)
        if known is not None:
            return known
        chosen = choose(accept.decode("latin-1"), self.offered)
        if chosen is None:
            raise NotAcceptableError(f"This operation answers only {' or '.join(self.offered)}.")
        if len(self._negotiated) < MEMO and len(accept) <= MEMO_LENGTH:
            self._negotiated[accept] = chosen
        return chosen

    def write(self, reply: Reply, chosen: str | None) -> tuple[bytes, str | None]:
        """The reply's bytes and media type. Raises ContractViolationError when it does not fit the contract."""
        declared = self.replies.get(reply.status)
        if declared is None and reply.undeclared:
            return reply.raw or b"", reply.media_type
        if declared is None:
            raise ContractViolationError(
                f"{self.operation.id} answers {reply.status}, which its contract does not declare"
            )
        if not declared:
            if reply.body is not None or reply.raw:
                raise ContractViolationError(f"{self.operation.id} answers {reply.status} with a body")
            return b"", None
        media_type = reply.media_type or (chosen if chosen in declared else next(iter(declared)))
        if reply.raw is not None:
            return reply.raw, media_type
        validator = declared[media_type]
        if validator is None:
            text = isinstance(reply.body, str) or "json" not in media_type
            return str(reply.body).encode() if text else orjson.dumps(reply.body), media_type
        if not validator.is_valid(reply.body):
            error = next(iter(validator.iter_errors(reply.body)))
            place = "/".join(str(step) for step in error.instance_path)
            raise ContractViolationError(f"{self.operation.id} {reply.status} {place}: {error.message}")
        return orjson.dumps(reply.body), media_type


class _Target(NamedTuple):
    """The path of a request, its route, the values of the path's parameters, and the operation; None if there is none."""

    path: str
    route: Route[Plan] | None
    values: tuple[str, ...]
    plan: Plan | None


def names_in(path: str) -> tuple[str, ...]:
    """The names of the parameters in a path, in order."""
    return tuple(re.findall(r"\{([^}]+)\}", path))


class ContractMiddleware(SpecMiddleware):  # type: ignore[misc]  # Connexion ships no types
    """Answers one API."""

    def __init__(
        self, app: App, contract: Contract, resources: ResourceTypes, own: frozenset[str] = frozenset()
    ) -> None:
        self.app = app  # never reached: every path is answered here
        #: The operations that functions of the API answer.
        self._own = own
        self._contract = contract
        self._resources = resources
        self._security = SecuritySchemes(contract) if contract.inferred else Security(contract)
        self._errors = ErrorRenderer(contract.errors)
        self._router: Router[Plan] = Router([])
        self._bases: dict[tuple[Any, ...], str] = {}
        self._has_base = "{base}" in str(contract.document["x-resources"]) + str(
            contract.document.get("x-pagination", "")
        )
        self._compiler = Schemas(contract.uri, contract.schemas, resources.registry).compile

    def add_api(self, specification: Specification, **options: Any) -> None:
        """Compile every operation of the document; Connexion calls this once, before the first request."""
        resolver: Resolver = options["resolver"]
        routes: dict[str, Route[Plan]] = {}
        for path, item in specification["paths"].items():
            bare, _, query = path.partition("#")[0].partition("?")
            # Paths that differ in the names of their parameters alone are one route; each operation has its own names.
            form = re.sub(r"\{[^{}]*\}", "{}", bare)
            known = routes.get(form)
            methods, asked = (dict(known.methods), dict(known.asked)) if known else ({}, {})
            for method in filter(METHODS.__contains__, item):
                operation = specification.operation_cls.from_spec(
                    specification, path=path, method=method, resolver=resolver
                )
                declared = self._contract.operations[operation.operation_id]
                plan = Plan(declared, operation.function, self._compiler)
                # Of what stands at one address the first is meant, or the one whose query is sent.
                methods.setdefault(method.upper(), plan)
                if query:
                    wanted = frozenset(parse_qsl(query, keep_blank_values=True))
                    asked[method.upper()] = (*asked.get(method.upper(), ()), (wanted, plan))
                known = known or Route(specification.base_path + declared.open_route, names_in(bare), methods)
            if known:
                routes[form] = replace(known, methods=methods, asked=asked)
        self._router = Router(routes.values(), self._contract.trailing_slash)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the server's start and end have been dealt with outside."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        base = self._base(scope, headers)
        target = self._find(scope)
        try:
            if target.plan is None:
                status, out, body, stream = self._unanswered(target, scope, headers, base)
            else:
                status, out, body, stream = await self._answered(target.plan, target, scope, receive, headers, base)
        except ApiError as error:
            if ENTRY in scope:
                scope[ENTRY].refuse(error)
            status, out, body, stream = self._refuse(error, target.plan)
        except ClientDisconnectedError:
            return
        except Exception as error:
            if RAISING in scope:
                raise
            status, out, body, stream = self._fail(error, scope)
        if self._contract.always_allows and not any(name == b"allow" for name, _ in out):
            out += self._allowed(scope)
        if self._has_base and body:
            body = body.replace(BASE_BYTES, base.encode())
        if status == 406 or (target.plan is not None and target.plan.varies):
            out.append(VARY_ACCEPT)
        await _send(send, scope["method"] == "HEAD", status, out, body, stream, base)

    def _find(self, scope: Scope) -> _Target:
        """What a request asks for."""
        method = scope["method"]
        path = path_below(scope)
        route, values = self._router.find(path)
        return _Target(path, route, values, route.answering(method, scope["query_string"]) if route else None)

    def _unanswered(
        self, target: _Target, scope: Scope, headers: Mapping[bytes, bytes], base: str
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes, Any]:
        """The reply where the contract has no operation."""
        path, route, _, _ = target
        if route is None:
            return self._no_route(scope, path, base)
        if scope["method"] == "OPTIONS":
            return 204, [(b"allow", route.allow.encode())], b"", None
        raise self._wrong_method(route, headers, scope["query_string"])

    async def _answered(
        self,
        plan: Plan,
        target: _Target,
        scope: Scope,
        receive: Receive,
        headers: Mapping[bytes, bytes],
        base: str,
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes, Any]:
        caller, chosen, sent = self._check(plan, headers, scope["query_string"])
        operation = plan.operation
        path_values = plan.parameters.path(plan.names, target.values) if target.values else {}
        if path_values is None:
            raise NotFoundError("There is nothing at this address.")
        query_string = scope["query_string"]
        query = plan.parameters.query(query_string)
        plan.parameters.check_headers(headers)
        session: Session = scope[SESSION]
        if session.is_due():
            await session.catch_up()
        try:
            body, fault = await plan.bodies.read(receive, headers, sent) if plan.takes_body else (None, None)
        except InvalidBodyError as error:
            raise await self._with_references(operation, session, caller, error) from None
        version = session.state.version if not plan.writes and is_wanted(scope) else None
        reads = session.clock.reads
        async with session.state.transaction(plan.writes) as tx:
            state = session.state_in(tx, self._resources, caller)
            call = Call(
                operation,
                caller,
                state,
                path_values,
                query,
                headers,
                body,
                base,
                base + target.path,
                query_string,
                chosen,
                fault,
            )
            reply = await plan.answer(call)
            content, media_type = (b"", reply.media_type) if reply.stream else plan.write(reply, chosen)
        state.committed()
        if version is not None and reply.stream is None and session.clock.reads == reads:
            scope[ENTRY].version = version
        out = []
        if reply.headers:
            out = [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]
        if media_type is not None:
            out.append((b"content-type", media_type.encode()))
        return reply.status, out, content, reply.stream

    async def _with_references(
        self, operation: Operation, session: Session, caller: Caller, error: InvalidBodyError
    ) -> ApiError:
        """An error with all that is wrong with a body: references to nothing, too, where the generic answer finds them."""
        resource, value = operation.resource, error.value
        if operation.id in self._own or operation.action not in {"create", "update"} or not isinstance(value, dict):
            return error
        assert resource is not None
        async with session.state.transaction(write=False) as tx:
            references = await session.state_in(tx, self._resources, caller).reference_errors(resource, value)
        known = {each.name.partition(".")[0] for each in error.field_errors}
        more = [each for each in references if each.name not in known]
        return BadRequestError(field_errors=[*error.field_errors, *more]) if more else error

    def _allowed(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """The methods of the address, if it leads anywhere."""
        route, _ = self._router.find(path_below(scope))
        return [] if route is None else [(b"allow", route.allow.encode())]

    def _base(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
        """The address under which the client reached the API."""
        host = headers.get(b"host", b"")
        key = scope.get("scheme"), host, scope.get("root_path", ""), scope.get(FORWARDED)
        known = self._bases.get(key)
        if known is None:
            known = base_url(scope)
            if len(self._bases) < MEMO and len(host) <= MEMO_LENGTH:
                self._bases[key] = known
        return known

    def _check(self, plan: Plan, headers: Mapping[bytes, bytes], query: bytes) -> tuple[Caller, str | None, str | None]:
        """The checks that need no body, in the contract's order: caller, reply's and body's media types."""
        caller, chosen, sent = NOBODY, None, None
        for status in plan.checks:
            if status == 401:
                caller = self._security.admit(plan.operation, headers, query)
            elif status == 406:
                chosen = plan.negotiate(headers.get(b"accept"))
            else:
                sent = plan.bodies.media_type(headers)
        return caller, chosen, sent

    def _wrong_method(self, route: Route[Plan], headers: Mapping[bytes, bytes], query: bytes) -> ApiError:
        """405, unless a check that the contract puts first fails."""
        plan = next(iter(route.methods.values()))
        for status in plan.precedence:
            if status == 405:
                break
            if status == 401 and plan.secured:
                self._security.admit(plan.operation, headers, query)
            elif status == 406:
                plan.negotiate(headers.get(b"accept"))
        return MethodNotAllowedError(
            f"The methods allowed here are {route.allow}.", headers=[(b"allow", route.allow.encode())]
        )

    def _no_route(self, scope: Scope, path: str, base: str) -> tuple[int, list[tuple[bytes, bytes]], bytes, Any]:
        other = self._router.redirect(path) if scope["method"] in {"GET", "HEAD"} else None
        if other is None:
            raise NotFoundError("There is nothing at this address.")
        query = scope["query_string"]
        location = (base + other).encode() + (b"?" + query if query else b"")
        return 301, [(b"location", location)], b"", None

    def _refuse(self, error: ApiError, plan: Plan | None = None) -> tuple[int, list[tuple[bytes, bytes]], bytes, Any]:
        own = plan.errors if plan else {}
        if plan is not None and isinstance(error, BadRequestError):
            error.status = plan.bad_request
        errors = own.get(str(error.status), own.get("default", self._errors))
        body = errors.body(error.status, error)
        return error.status, [*error.headers, (b"content-type", errors.media_type)], body, None

    def _fail(self, error: Exception, scope: Scope) -> tuple[int, list[tuple[bytes, bytes]], bytes, Any]:
        """An error of the mock or of its store, in the API's own shape; the details go to the log alone."""
        if isinstance(error, StoreError):
            log.error("the store cannot answer: %s", error)
            return self._refuse(unavailable(error))
        log.error("%s %s failed", scope["method"], scope["path"], exc_info=error)
        body = self._errors.body(500, ApiError("The mock failed; its log says why."))
        return 500, [(b"content-type", self._errors.media_type)], body, None


async def _send(
    send: Send,
    head: bool,
    status: int,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
    stream: Any,
    base: str,
) -> None:
    if stream is None:
        if status != 204:
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else body})
        return
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if not head:
        try:
            async for piece in stream:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except StoreError as error:
            # The status is out already; a reply that is cut off shows the client that it is not complete.
            log.error("the store failed in the middle of a reply: %s", error)
            return
    await send({"type": "http.response.body", "body": b""})
