"""Connexion's `MockResolver` with a memory: what an application has not implemented is answered from our state."""

from __future__ import annotations

import copy
import logging
import pkgutil
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from traceback import walk_tb
from types import ModuleType
from typing import Any

import orjson

from understudy.mock_server.api.build import behaviours_of
from understudy.mock_server.api.framework import (
    NoContent,
    ProblemException,
    Resolution,
    Resolver,
    ResolverError,
    pythonic,
    request,
    sanitized,
)
from understudy.mock_server.api.typed_parameters import type_parameters
from understudy.mock_server.clock import Clock
from understudy.mock_server.data.population import Population, Populations
from understudy.mock_server.data.proof import prove
from understudy.mock_server.data.resource_types import BASE_BYTES, ResourceTypes
from understudy.mock_server.data.seed_options import SeedOptions
from understudy.mock_server.engine.agenda import Agenda
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.crud import Handler, NoHandlerError, OperationHandlers
from understudy.mock_server.engine.state import State
from understudy.mock_server.engine.timetable import TimedApi, Timetable
from understudy.mock_server.engine.webhooks import Outbox, Webhooks
from understudy.mock_server.http.errors import ApiError, UnauthenticatedError, phrase_of
from understudy.mock_server.http.media_types import bare, is_json
from understudy.mock_server.http.security.tokens import NOBODY, Caller, Security
from understudy.mock_server.store import SessionStore, Transaction
from understudy.mock_server.store.opening import open_store
from understudy.specs import Contract, ContractError, Operation, load, load_folder

log = logging.getLogger("understudy")

#: Under these names Connexion looks for the handler of a security scheme.
_SCHEMES = ("basic", "bearer", "apiKey", "oauth2", "openIdConnect")


class StatefulResolver(Resolver):  # type: ignore[misc]  # Connexion ships no types
    """A drop-in for Connexion's `MockResolver` whose answers remember what was written.

    `contract` is the name of one of our APIs, the folder of a contract, or a loaded one. An operation that Connexion
    can resolve is the application's own; every other one is answered by a handler over a state in memory, which
    begins with the seed; their list is logged once. With `mock_all` our state answers all of them. `root_path` is the
    module (or its name) that holds the application's functions, as in Connexion's `RelativeResolver`;
    `function_resolver` is Connexion's own argument. `behaviours` holds functions for custom operations; `seed`, `size`
    and `locales` are those of `create_app`. It serves an `AsyncApp`. Raises ContractError, ContractViolationError for
    a seed that does not fit, and TypeError and ValueError for options that it cannot use.
    """

    def __init__(
        self,
        contract: Contract | Path | str,
        *,
        mock_all: bool = False,
        root_path: ModuleType | str = "",
        function_resolver: Callable[[str], Callable[..., Any]] | None = None,
        behaviours: ModuleType | None = None,
        seed: int = 42,
        size: int = 1,
        locales: Sequence[str] = ("en_GB",),
    ) -> None:
        options = SeedOptions.of(seed, size, locales)
        if behaviours is not None and not isinstance(behaviours, ModuleType):
            raise TypeError(f"behaviours must be a module, not {behaviours!r}")
        super().__init__(*(() if function_resolver is None else (function_resolver,)))
        self.mock_all = mock_all
        self._checks_root = function_resolver is None
        self._importable: set[str] = set()
        self._resolved: set[str] = set()
        self._from_state: list[str] = []
        self._logged = False
        self.root_path = root_path.__name__ if isinstance(root_path, ModuleType) else root_path
        self.contract = contract = _loaded(contract)
        self.clock = Clock()
        answers = behaviours_of(contract, behaviours)
        # Records are made when they are asked for; a seed that cannot make them is refused before.
        prove(contract, options.seed, options.locales, frozenset(answers.operations))
        self._resources = ResourceTypes(contract, options.seed, options.locales)
        self._handlers = OperationHandlers(contract, self._resources, answers)
        population = Population(self._resources, options.seed, options.size, options.locales)
        self._store = open_store(None, self._resources.tables, Populations([population]))
        self._security = Security(contract)
        self._timed = TimedApi(self._resources, answers.dues)
        #: What time changes in each session.
        self._timetables: dict[str, Timetable] = {}
        #: The deliveries of each session.
        self._outboxes: defaultdict[str, Outbox] = defaultdict(Webhooks().outbox)
        first = contract.seed["callers"][0]
        self._default_caller = Caller(first["role"], first.get("values", {}))
        self._operations = {(op.method, op.path): op for op in contract.operations.values()}

    @property
    def document(self) -> dict[str, Any]:
        """A copy of the contract's document, for `add_api`, which adds to what it is given; each parameter has a type."""
        document = copy.deepcopy(self.contract.document)
        type_parameters(document)
        return document

    @property
    def security_map(self) -> dict[str, Callable[[], CallerCheck]]:
        """Connexion's `security_map` for an application that takes the tokens of the contract's seed."""
        return dict.fromkeys(_SCHEMES, lambda: CallerCheck(self._security))

    def session_name(self) -> str:
        """The name of the state that the present request works on; override it to keep several apart."""
        return ""

    def now(self) -> datetime:
        """The time that answers work with; `clock` can be frozen and moved."""
        return self.clock.now()

    async def reset(self) -> None:
        """Go back to the seed."""
        name = self.session_name()
        async with self._outboxes[name].held():
            await (await self._store.session(name)).reset()

    @asynccontextmanager
    async def state(self, writes: bool = True) -> AsyncIterator[State]:
        """The state in one transaction, for functions of the application that share it; an exception undoes it all."""
        async with self._state(_caller_of(self._security, self._default_caller), writes) as state:
            yield state

    def resolve_operation_id(self, operation: Any) -> str:
        """The dotted name of an operation's function."""
        root = operation.router_controller or self.root_path
        return f"{root}.{operation.operation_id}" if root else str(operation.operation_id)

    def resolve(self, operation: Any) -> Resolution:
        """The application's own function, else a handler over our state.

        Raises ResolverError when there is neither, and ImportError when a module of the application cannot be imported.
        """
        operation_id = self.resolve_operation_id(operation)
        self._log_at_the_second_pass(f"{operation.method.upper()} {operation.path}")
        if not self.mock_all:
            self._import_root(operation.router_controller or self.root_path)
            try:
                return Resolution(self.resolve_function_from_operation_id(operation_id), operation_id)
            except ResolverError as error:
                _raise_if_a_module_is_broken(operation_id, error)
                log.debug("%s is answered from the state: %s", operation_id, error)
        declared = self._operations.get((operation.method.upper(), operation.path))
        if declared is None:
            raise ResolverError(
                f"{operation_id} is not implemented, and the contract {self.contract.api} does not declare "
                f"{operation.method.upper()} {operation.path}"
            )
        try:
            answer = self._handlers.handler(declared)
        except NoHandlerError as error:
            raise ResolverError(f"{operation_id} is not implemented, and it is a custom operation") from error
        if declared.id not in self._from_state:
            self._from_state.append(declared.id)
        return Resolution(self._handler(declared, answer), operation_id)

    def _log_at_the_second_pass(self, operation: str) -> None:
        """Log what the state answers. Each of Connexion's middlewares resolves every operation, so all are known when
        one comes for the second time.
        """
        if operation in self._resolved and self._from_state and not self._logged:
            self._logged = True
            log.info("%s: answered from the state: %s", self.contract.api, ", ".join(self._from_state))
        self._resolved.add(operation)

    def _import_root(self, root: str) -> None:
        """Raises ImportError with the reason when the application's functions cannot be where it says they are."""
        if not root or root in self._importable or not self._checks_root:
            return
        try:
            try:
                pkgutil.resolve_name(root)
            except AttributeError:
                import_module(root)  # the module itself may have failed, and this says why
        except (ImportError, AttributeError, ValueError) as error:
            raise ImportError(f"root_path {root!r} cannot be imported: {error}") from error
        self._importable.add(root)

    def _handler(self, operation: Operation, answer: Handler) -> Callable[..., Awaitable[Any]]:
        async def handler(**arguments: Any) -> Any:
            caller = _caller_of(self._security, self._default_caller) if operation.security else NOBODY
            base = str(request.base_url).rstrip("/")
            try:
                async with self._state(caller, operation.writes) as state:
                    call = Call(
                        operation,
                        caller,
                        state,
                        _given(operation, "path", arguments),
                        _given(operation, "query", arguments),
                        dict(request.scope["headers"]),
                        arguments.get("body"),
                        base,
                        str(request.url).partition("?")[0],
                        request.scope["query_string"],
                        None,
                    )
                    reply = await answer(call)
            except ApiError as error:
                raise _problem(error) from error
            return await _response(operation, reply, base)

        return handler

    @asynccontextmanager
    async def _state(self, caller: Caller, writes: bool) -> AsyncIterator[State]:
        name = self.session_name()
        stored = await self._store.session(name)
        timetable = self._timetables.get(name)
        if timetable is None:
            timetable = self._timetables[name] = self._timetable(stored)
        if timetable.is_due():
            await timetable.catch_up()
        async with stored.transaction(writes) as tx:
            state = self._opened(stored, tx, caller, timetable.agenda)
            yield state
        state.committed()

    def _timetable(self, stored: SessionStore) -> Timetable:
        """What time changes in a session; the application has no moment at which a timer would have to end."""
        timetable = Timetable(
            lambda: [self._timed],
            lambda tx, _: self._opened(stored, tx, NOBODY, timetable.agenda),
            lambda: stored.transaction,
            self.now,
        )
        return timetable

    def _opened(self, stored: SessionStore, tx: Transaction, caller: Caller, agenda: Agenda) -> State:
        outbox = self._outboxes[stored.name]
        return State(tx, self._resources, caller, self.now, stored.transaction, outbox, agenda)


class CallerCheck:
    """A security handler of Connexion's that knows the callers of a contract's seed."""

    def __init__(self, security: Security) -> None:
        self._security = security

    def get_fn(self, security_scheme: Mapping[str, Any], required_scopes: Sequence[str]) -> Callable[[Any], Any]:
        """What Connexion calls with each request; the result is the handlers' `token_info`."""

        def verify(received: Any) -> dict[str, Any]:
            try:
                caller = self._security.caller(dict(received.scope["headers"]))
            except UnauthenticatedError as error:
                raise _problem(error) from error
            return {"sub": caller.role, **caller.values}

        return verify


def _loaded(contract: Contract | Path | str) -> Contract:
    if isinstance(contract, Contract):
        return contract
    if isinstance(contract, Path):
        return load_folder(contract)
    if "/" in contract or "\\" in contract:
        raise ContractError(f"{contract!r} is a path; pass the folder of a contract as Path({contract!r})")
    return load(contract)


def _raise_if_a_module_is_broken(operation_id: str, error: ResolverError) -> None:
    """Raises ImportError when a function was not found because its module stopped while it was imported."""
    reason = error.__context__
    if reason is not None and any(frame.f_code.co_name == "<module>" for frame, _ in walk_tb(reason.__traceback__)):
        raise ImportError(f"the module of {operation_id} cannot be imported: {reason}") from reason


def _caller_of(security: Security, default: Caller) -> Caller:
    """Whose records are meant: those of the default caller where no token of the seed was sent, or no request at all."""
    try:
        return security.caller(dict(request.scope["headers"]))
    except (UnauthenticatedError, RuntimeError):
        return default


def _given(operation: Operation, place: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a place, which Connexion passes under names that Python can have."""
    found = {}
    for parameter in operation.parameters:
        if parameter.place == place:
            names = (parameter.name, sanitized(parameter.name), pythonic(parameter.name))
            name = next((name for name in names if name in arguments), None)
            if name is not None:
                found[parameter.name] = arguments[name]
    return found


async def _response(operation: Operation, reply: Reply, base: str) -> Any:
    """What a handler of Connexion's returns: the body, the status, the headers."""
    declared = operation.responses.get(str(reply.status), {})
    media_type = reply.media_type or next(iter(declared), None)
    headers = dict(reply.headers)
    if reply.stream is not None:
        content = b"".join([piece async for piece in reply.stream])
    elif reply.raw is None and reply.body is None and not declared:
        return NoContent, reply.status, headers
    else:
        content = orjson.dumps(reply.body) if reply.raw is None else reply.raw
    if media_type is not None:
        headers["content-type"] = media_type
    content = content.replace(BASE_BYTES, base.encode())
    if media_type is None or (is_json(bare(media_type)) and reply.stream is None):
        return orjson.loads(content), reply.status, headers
    text = content.decode()
    return (text if reply.raw is not None or reply.stream is not None else str(reply.body)), reply.status, headers


def _problem(error: ApiError) -> ProblemException:
    """An error in the form in which the rest of the application reports its own."""
    headers = {name.decode(): value.decode() for name, value in error.headers}
    return ProblemException(status=error.status, title=phrase_of(error.status), detail=error.message, headers=headers)
