"""One API as an ASGI application: Connexion reads the document, our middleware answers it."""

from __future__ import annotations

import importlib
import importlib.util
from functools import partial
from types import ModuleType
from typing import Any

import jsonschema_rs
import orjson

from understudy.mock_server.api.framework import API, ConnexionMiddleware, OpenAPISpecification, Resolution, Resolver
from understudy.mock_server.api.handler import ContractMiddleware
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.engine.crud import OperationHandlers
from understudy.mock_server.engine.registration import Behaviours, collect
from understudy.specs import Contract, ContractError


class Document(OpenAPISpecification):  # type: ignore[misc]  # Connexion ships no types
    """Connexion's view of a document, checked against Connexion's own OpenAPI schema by a compiled validator.

    Connexion's pure-Python check of the same schema takes a hundred times as long. Its references stay as they are:
    the plans are compiled from the contract, which follows them by pointer, and inlining them means to copy the
    largest document three times.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._set_defaults(document)
        self._validate_spec(document)
        self._raw_spec = self._spec = document
        self._base_uri = ""

    @classmethod
    def _validate_spec(cls, spec: dict[str, Any]) -> None:
        validator = _openapi_validator()
        error = next(iter(validator.iter_errors(spec)), None)
        if error is not None:
            place = "/".join(str(step) for step in error.instance_path)
            raise ContractError(f"the document is no OpenAPI 3.0 at {place}: {error.message}")


class AnswerResolver(Resolver):  # type: ignore[misc]  # Connexion ships no types
    """Leads Connexion from an operationId to what answers it."""

    def __init__(self, contract: Contract, answers: OperationHandlers) -> None:
        super().__init__()
        self._contract = contract
        self._answers = answers

    def resolve(self, operation: Any) -> Resolution:
        """The answer of an operation."""
        told = self._contract.operations[operation.operation_id]
        return Resolution(self._answers.handler(told), operation.operation_id)


def build(contract: Contract, resources: ResourceTypes, behaviours: Behaviours) -> Any:
    """The ASGI application of one contract."""
    middleware = ConnexionMiddleware(
        _unreached, middlewares=[partial(ContractMiddleware, contract=contract, resources=resources)]
    )
    resolver = AnswerResolver(contract, OperationHandlers(contract, resources, behaviours))
    # A copy, since Connexion adds to what it reads.
    specification = Document(orjson.loads(orjson.dumps(contract.document)))
    # What `add_api` does after it has read a file; it offers no way to hand over a specification.
    middleware.apis.append(
        API(specification, base_path=None, name=None, **middleware.options.replace(resolver=resolver).__dict__)
    )
    # The stack itself: Connexion's own `__call__` builds it at the first request and then only passes on.
    app, _ = middleware._build_middleware_stack()
    return app


def behaviours_of(contract: Contract, module: ModuleType | None = None) -> Behaviours:
    """What an API's own functions answer: those of `module`, else of its folder in `behaviours`, which need not exist.

    Raises ContractError for a function that is registered for what the contract does not have.
    """
    name = f"understudy.mock_server.behaviours.{contract.module}"
    if module is None and importlib.util.find_spec(name):
        module = importlib.import_module(name)
    return Behaviours() if module is None else collect(contract, module)


def _openapi_validator() -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator(OpenAPISpecification.openapi_schema)


async def _unreached(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("every path is answered by the middleware")
