"""Connexion as it comes: its own nine middlewares, its own validators, over the same document and the same answers.

What is ours here is an adapter of a page: it builds the `Call` that an answer takes from what Connexion hands to a
function, and writes the `Reply` as Connexion wants it. Everything else, from the router to the check of the reply, is
Connexion's.
"""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from understudy.mock_server.api.build import behaviours_of
from understudy.mock_server.data.population import Population, Populations
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.engine.call import Call
from understudy.mock_server.engine.crud import OperationHandlers
from understudy.mock_server.engine.state import State
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.http.caller import Caller
from understudy.mock_server.http.errors import ApiError
from understudy.mock_server.store.opening import open_store
from understudy.specs import Contract, Operation

with warnings.catch_warnings():
    # Connexion's own imports are deprecated by their makers.
    warnings.simplefilter("ignore")
    import connexion
    from connexion.exceptions import ProblemException
    from connexion.resolver import Resolution, Resolver

# It tells every refusal as a warning.
logging.getLogger("connexion").setLevel(logging.CRITICAL)

#: Token -> caller, for Connexion's security function, which gets nothing but the token.
_CALLERS: dict[str, Caller] = {}


def known(token: str) -> dict[str, Any] | None:
    """What Connexion asks about a bearer token."""
    return {"token": token} if token in _CALLERS else None


class Stock(Resolver):  # type: ignore[misc]  # Connexion ships no types
    """The same answers for Connexion's own application."""

    def __init__(self, contract: Contract, session: Any) -> None:
        super().__init__()
        resources = ResourceTypes(contract, 42, ("en_GB",))
        self._contract = contract
        self._session = session
        self._resources = resources
        self._answers = OperationHandlers(contract, resources, behaviours_of(contract))
        self._store = open_store(None, resources.tables, Populations([Population(resources, 42, 1, ("en_GB",))]))
        _CALLERS.update({raw["token"]: Caller(raw["role"], raw.get("values", {})) for raw in contract.seed["callers"]})

    def resolve(self, operation: Any) -> Resolution:
        """A function for an operation, under the parameters' names that Connexion passes."""
        told = self._contract.operations[operation.operation_id]
        return Resolution(self._adapted(told), operation.operation_id)

    def _adapted(self, told: Operation) -> Callable[..., Any]:
        answer = self._answers.handler(told)

        async def function(**passed: Any) -> Any:
            request = connexion.request
            caller = _CALLERS[passed["token_info"]["token"]]
            stored = await self._store.session(self._session().name)
            try:
                async with stored.transaction(told.writes) as tx:
                    state = State(
                        tx, self._resources, caller, self._session().clock.now, stored.transaction, Webhooks()
                    )
                    call = Call(
                        told,
                        caller,
                        state,
                        _placed(told, "path", passed),
                        _placed(told, "query", passed),
                        dict(request.scope["headers"]),
                        passed.get("body"),
                        "http://mock",
                        f"http://mock{request.url.path}",
                        request.scope["query_string"],
                        None,
                    )
                    reply = await answer(call)
            except ApiError as refusal:
                raise ProblemException(status=refusal.status, detail=refusal.message) from refusal
            body = orjson.loads(reply.raw) if reply.raw is not None else reply.body
            return body, reply.status, {"content-type": "application/json", **reply.headers}

        return function


def application(contract: Contract, session: Callable[[], Any]) -> Any:
    """Connexion's application for a contract; `session` gives the session whose name and clock are used."""
    document = copy.deepcopy(contract.document)
    for scheme in document["components"]["securitySchemes"].values():
        scheme["x-bearerInfoFunc"] = f"{known.__module__}.known"
    app = connexion.AsyncApp(__name__)
    app.add_api(document, resolver=Stock(contract, session), validate_responses=True)
    return app


def _placed(told: Operation, place: str, passed: Mapping[str, Any]) -> dict[str, Any]:
    return {p.name: passed[p.name] for p in told.parameters if p.place == place and p.name in passed}
