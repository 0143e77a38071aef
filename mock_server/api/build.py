"""One API as a Connexion application: Connexion reads the document, our middleware answers the requests."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
from functools import partial
from types import ModuleType
from typing import Any

import orjson

from understudy.mock_server.api.framework import ConnexionMiddleware, InvalidSpecification, Resolution, Resolver
from understudy.mock_server.api.handler import ContractMiddleware
from understudy.mock_server.data.inferred import InferredRecords
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.engine.crud import OperationHandlers
from understudy.mock_server.engine.inferred.handlers import InferredHandlers
from understudy.mock_server.engine.registration import Behaviours, collect
from understudy.mock_server.http.responses import Message, Receive, Scope, Send
from understudy.specs import Contract, ContractError
from understudy.specs.loading import shown
from understudy.specs.reading.wording import pointer

#: The SHA-256 of each document that Connexion has read whole and accepted in this process: its checks and the following of
#: references, which take most of the time of a start, would end in the same way.
_ACCEPTED: set[bytes] = set()


class OperationResolver(Resolver):  # type: ignore[misc]  # Connexion ships no types
    """Leads Connexion from an operationId to the function that answers it."""

    def __init__(self, contract: Contract, handlers: OperationHandlers) -> None:
        super().__init__()
        self._contract = contract
        self._handlers = handlers

    def resolve(self, operation: Any) -> Resolution:
        """The function of an operation. Raises NoHandlerError."""
        operation_id = operation.operation_id
        return Resolution(self._handlers.handler(self._contract.operations[operation_id]), operation_id)


def build(
    contract: Contract, resources: ResourceTypes, behaviours: Behaviours, records: InferredRecords | None = None
) -> ConnexionMiddleware:
    """The application of one contract, ready for its first request. `records` are those of an inferred one.

    Raises ContractError when Connexion refuses the document, and NoHandlerError.
    """
    app = ConnexionMiddleware(
        _never_reached,
        import_name=__name__,
        middlewares=[
            partial(ContractMiddleware, contract=contract, resources=resources, own=frozenset(behaviours.operations))
        ],
    )
    inferred = InferredHandlers(resources, records) if records is not None else None
    resolver = OperationResolver(contract, OperationHandlers(contract, resources, behaviours, inferred))
    written = b"" if contract.inferred else orjson.dumps(contract.document)
    mark = hashlib.sha256(written).digest()
    whole = bool(written) and mark not in _ACCEPTED
    try:
        # A copy, since Connexion adds to what it reads.
        app.add_api(orjson.loads(written) if whole else _skeleton(contract), resolver=resolver)
        _start(app)
    except InvalidSpecification as error:
        place = pointer(error.absolute_path)
        raise ContractError(f"{_file(contract)}: {place}: Connexion refuses this: {error.message}") from error
    except RecursionError as error:
        raise ContractError(f"{_file(contract)}: Connexion cannot follow a reference that leads in a circle") from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        if isinstance(error, ContractError):
            raise
        raise ContractError(f"{_file(contract)}: Connexion cannot read this document: {error}") from error
    if whole:
        _ACCEPTED.add(mark)
    return app


def _skeleton(contract: Contract) -> dict[str, Any]:
    """A document as Connexion needs it for the operations: their addresses and names; our middleware does the rest."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in contract.operations.values():
        replies = {str(operation.success): {"description": ""}}
        described = {"operationId": operation.id, "responses": replies}
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    # Without preparation the paths begin with that of the server.
    servers = [] if contract.inferred else contract.document.get("servers", [])
    return {"openapi": "3.0.3", "info": {"title": contract.api, "version": "0"}, "servers": servers, "paths": paths}


def _file(contract: Contract) -> str:
    """The name of the document in errors."""
    return shown(contract.folder / "openapi.yaml") if contract.folder else f"{contract.api}/openapi.yaml"


def behaviours_of(contract: Contract, module: ModuleType | None = None) -> Behaviours:
    """What an API's own functions answer: those of `module`, else of its folder in `behaviours`, which need not exist.

    Raises ContractError for a function that is registered for what the contract does not have.
    """
    name = f"understudy.mock_server.behaviours.{contract.module}"
    if module is None and importlib.util.find_spec(name):
        module = importlib.import_module(name)
    return Behaviours() if module is None else collect(contract, module)


def _start(app: ConnexionMiddleware) -> None:
    """Send the ASGI event of a server's start: Connexion resolves its operations at the first event of all.

    Nothing in the stack waits for anything then, so that the call ends in its first step.
    """
    call = app({"type": "lifespan", "asgi": {"version": "3.0"}}, _no_message, _never_sent)
    try:
        call.send(None)
    except StopIteration:
        return
    raise AssertionError("the stack waits for a message before it is built")


async def _no_message() -> Message:
    return {"type": "lifespan.startup"}


async def _never_sent(message: Message) -> None:
    raise AssertionError("nothing is sent before the first request")


async def _never_reached(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("every path is answered by the middleware")
