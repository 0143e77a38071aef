"""Functions of a user's own that answer operations: ordinary Connexion handlers, named by operationId."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import orjson

from understudy.mock_server.api.framework import NoContent, ProblemException, pythonic
from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.registration import Behaviours, OperationFunction
from understudy.mock_server.http.errors import ApiError
from understudy.specs import Contract, Operation
from understudy.specs.reading.wording import nearest


def with_handlers(contract: Contract, behaviours: Behaviours, module: ModuleType | None) -> Behaviours:
    """Behaviours in which the functions of a module answer the operations of their names."""
    if module is None:
        return behaviours
    functions = {
        operation.id: function
        for operation in contract.operations.values()
        if callable(function := getattr(module, name_in_python(operation.id), None))
    }
    operations = {name: _answering(contract.operations[name], function) for name, function in functions.items()}
    return Behaviours(
        {**behaviours.operations, **operations},
        behaviours.scopes,
        behaviours.checks,
        behaviours.recoveries,
        behaviours.controls,
    )


def unheard(module: ModuleType, contracts: Sequence[Contract]) -> Iterator[str]:
    """A sentence for each function of a module that answers no operation, those that begin with `_` aside."""
    names = {name_in_python(operation) for contract in contracts for operation in contract.operations}
    functions = {name: value for name, value in vars(module).items() if inspect.isfunction(value)}
    answering = {function for name, function in functions.items() if name in names}
    for name, function in functions.items():
        if function not in answering and not name.startswith("_") and _is_of(function, module):
            yield (
                f"--handlers {module.__name__}: the function {name} answers no operation (if it is a helper, begin its"
                f" name with _); {nearest(name, names)}"
            )


def _is_of(function: Callable[..., Any], module: ModuleType) -> bool:
    """Whether a function was written in a module, or in the package that it is."""
    return f"{function.__module__}.".startswith(f"{module.__name__}.")


def name_in_python(operation_id: str) -> str:
    """The name of the function for an operation: its id, with `_` for what a name in Python cannot have."""
    return re.sub(r"\W", "_", operation_id)


def _answering(operation: Operation, function: Callable[..., Any]) -> OperationFunction:
    parameters = inspect.signature(function).parameters
    takes_all = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values())

    async def handle(call: Call) -> Reply:
        given = _arguments(call)
        arguments = {name: value for name, value in given.items() if takes_all or name in parameters}
        if "state" in parameters:
            arguments["state"] = call.state
        try:
            answer = function(**arguments)
            if isinstance(answer, Awaitable):
                answer = await answer
        except ProblemException as problem:
            raise _refusal(problem) from problem
        return _reply(operation, answer)

    return handle


def _arguments(call: Call) -> dict[str, Any]:
    """The arguments that Connexion would pass: parameters under names that Python can have, and the body."""
    given = {**{pythonic(name): value for name, value in call.query.items()}, **call.query}
    given |= {**{pythonic(name): value for name, value in call.path.items()}, **call.path}
    if call.operation.body:
        given["body"] = call.body
    return {name: value for name, value in given.items() if name.isidentifier()}


def _reply(operation: Operation, answer: Any) -> Reply:
    """What a handler returned: a body, `(body, status)`, `(body, status, headers)`, or a response of Connexion's."""
    if hasattr(answer, "status_code") and hasattr(answer, "body"):
        body, status, headers = answer.body, answer.status_code, dict(answer.headers or {})
        media_type = answer.content_type or answer.mimetype
    else:
        parts = answer if isinstance(answer, tuple) else (answer,)
        body, status, headers = (*parts, *(operation.success, {})[len(parts) - 1 :])[:3]
        media_type = None
    sent = {str(name): str(value) for name, value in (headers or {}).items()}
    media_type = media_type or next((sent.pop(name) for name in list(sent) if name.lower() == "content-type"), None)
    if body is NoContent or (body is None and not operation.responses.get(str(status))):
        return Reply(int(status), headers=sent)
    if isinstance(body, bytes | str) and media_type is not None:
        raw = body if isinstance(body, bytes) else body.encode()
        return Reply(int(status), raw=raw, media_type=media_type, headers=sent, undeclared=True)
    if str(status) not in operation.responses:
        # What the contract does not declare is sent as it is: the function is the user's own.
        kind = media_type or "application/json"
        return Reply(int(status), raw=orjson.dumps(body), media_type=kind, headers=sent, undeclared=True)
    return Reply(int(status), body, media_type=media_type, headers=sent)


def _refusal(problem: ProblemException) -> ApiError:
    error = ApiError(str(problem.detail or problem.title or ""), headers=_encoded(problem.headers or {}))
    error.status = problem.status
    return error


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
