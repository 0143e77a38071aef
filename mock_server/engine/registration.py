"""How the functions of an API are registered for what they answer, and how they are collected from its modules."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType, ModuleType
from typing import Any, NamedTuple, TypeVar, overload

from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.call import Call, ControlOperation, Reply
from understudy.mock_server.engine.state import State
from understudy.mock_server.store import Where
from understudy.specs import Contract, ContractError

OperationFunction = Callable[[Call], Awaitable[Reply]]
ScopeFunction = Callable[[Call], Awaitable[Where | None]]
RecordCheck = Callable[[State, Record], Awaitable[None]]
DueFunction = Callable[[State, Record], Awaitable[None]]
RecoveryFunction = Callable[[State], Awaitable[float | None]]
ControlFunction = Callable[[State, dict[str, str], dict[str, Any]], Awaitable[tuple[int, Any]]]

_Operation = TypeVar("_Operation", bound=OperationFunction)
_Scope = TypeVar("_Scope", bound=ScopeFunction)
_Check = TypeVar("_Check", bound=RecordCheck)
_Due = TypeVar("_Due", bound=DueFunction)
_Recovery = TypeVar("_Recovery", bound=RecoveryFunction)
_Control = TypeVar("_Control", bound=ControlFunction)

_NOTHING: Mapping[str, Any] = MappingProxyType({})
#: The attribute of a function that lists what it is registered for.
_MARKS = "__understudy_registrations__"


class _Mark(NamedTuple):
    """One registration of a function: `name` is an operationId, a resource or a path.

    `detail` is the method of a control, or the name of what is due.
    """

    kind: str
    name: str
    detail: str = ""
    body: Mapping[str, Any] = _NOTHING
    reply: Mapping[str, Any] = _NOTHING


@dataclass(frozen=True, slots=True)
class Behaviours:
    """What an API's own functions answer.

    `operations` by operationId, `scopes`, `checks` and `recoveries` by resource, `controls` by path and then by method,
    `dues` by resource and name.
    """

    operations: Mapping[str, OperationFunction] = field(default_factory=dict)
    scopes: Mapping[str, ScopeFunction] = field(default_factory=dict)
    checks: Mapping[str, RecordCheck] = field(default_factory=dict)
    recoveries: Mapping[str, RecoveryFunction] = field(default_factory=dict)
    controls: Mapping[str, Mapping[str, ControlOperation]] = field(default_factory=dict)
    dues: Mapping[tuple[str, str], DueFunction] = field(default_factory=dict)


@overload
def operation(function: _Operation, /) -> _Operation: ...
@overload
def operation(operation_id: str, /) -> Callable[[_Operation], _Operation]: ...
def operation(target: Any, /) -> Any:
    """Register a function as the answer of the operation of its name: `@operation`, or `@operation("operationId")`."""
    if isinstance(target, str):
        return lambda function: _marked(function, _Mark("operation", target))
    return _marked(target, _Mark("operation", target.__name__))


def scope(resource: str) -> Callable[[_Scope], _Scope]:
    """Register a further condition for the generic list of a resource."""
    return lambda function: _marked(function, _Mark("scope", resource))


def check_record(resource: str) -> Callable[[_Check], _Check]:
    """Register what must hold of a record that was written by hand; the function raises BadRequestError."""
    return lambda function: _marked(function, _Mark("check", resource))


def recovery(resource: str) -> Callable[[_Recovery], _Recovery]:
    """Register what settles the records of a resource whose work in the background was abandoned.

    The function returns after how many seconds it is to be called again, None for never.
    """
    return lambda function: _marked(function, _Mark("recovery", resource))


def due(resource: str, name: str) -> Callable[[_Due], _Due]:
    """Register what happens to a record at the moment that the contract calls by this name.

    The function is given the record and the state at that moment, and stores what it changes.
    """
    return lambda function: _marked(function, _Mark("due", resource, name))


def control(
    method: str, path: str, body: Mapping[str, Any] = _NOTHING, reply: Mapping[str, Any] = _NOTHING
) -> Callable[[_Control], _Control]:
    """Register a control operation, served at `/_mock/<api><path>`.

    `body` and `reply` are the schemas of its body and of its reply, {} for none.
    """
    return lambda function: _marked(function, _Mark("control", path, method, body, reply))


def collect(contract: Contract, module: ModuleType) -> Behaviours:
    """The registered functions of a module, or of all modules of a package.

    Raises ContractError for a function whose operation or resource the contract does not have, and for two functions
    that are registered for the same.
    """
    found: dict[tuple[str, str, str], tuple[Callable[..., Any], _Mark]] = {}
    for function in _registered(module):
        for mark in getattr(function, _MARKS):
            key = (mark.kind, mark.name, mark.detail)
            what = f"{contract.api}: {function.__module__}.{function.__qualname__} is registered for {_described(mark)}"
            if key in found:
                raise ContractError(f"{what}, and so is {found[key][0].__module__}.{found[key][0].__qualname__}")
            if not _is_known(contract, mark):
                raise ContractError(f"{what}, which the contract does not have")
            found[key] = (function, mark)
    controls: dict[str, dict[str, ControlOperation]] = {}
    for (kind, path, method), (function, mark) in found.items():
        if kind == "control":
            controls.setdefault(path, {})[method] = ControlOperation(function, mark.body, mark.reply)
    operations, scopes, checks, recoveries = (
        {name: function for (each, name, _), (function, _) in found.items() if each == kind}
        for kind in ("operation", "scope", "check", "recovery")
    )
    dues = {(name, detail): function for (kind, name, detail), (function, _) in found.items() if kind == "due"}
    return Behaviours(operations, scopes, checks, recoveries, controls, dues)


def _marked(function: Any, mark: _Mark) -> Any:
    marks = getattr(function, _MARKS, ())
    if mark not in marks:
        setattr(function, _MARKS, (*marks, mark))
    return function


def _registered(module: ModuleType) -> list[Callable[..., Any]]:
    """The functions with a registration, each once, in the order of the modules and in them of the definitions."""
    functions = {
        id(value): value for part in _modules(module) for value in vars(part).values() if hasattr(value, _MARKS)
    }
    return list(functions.values())


def _modules(module: ModuleType) -> Iterator[ModuleType]:
    yield module
    for each in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{module.__name__}."):
        yield importlib.import_module(each.name)


def _is_known(contract: Contract, mark: _Mark) -> bool:
    if mark.kind == "control":
        return True
    if mark.kind == "due":
        resource = contract.resources.get(mark.name)
        return resource is not None and any(each.name == mark.detail for each in resource.due)
    return mark.name in (contract.operations if mark.kind == "operation" else contract.resources)


def _described(mark: _Mark) -> str:
    return {
        "operation": f"the operation {mark.name}",
        "scope": f"the scope of the resource {mark.name}",
        "check": f"the check of the resource {mark.name}",
        "recovery": f"the recovery of the resource {mark.name}",
        "due": f"what is due as {mark.detail} of the resource {mark.name}",
        "control": f"the control operation {mark.detail} {mark.name}",
    }[mark.kind]
