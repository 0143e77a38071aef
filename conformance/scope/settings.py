"""Which settings a target of an API can have: what the kit cannot find out by itself."""

from __future__ import annotations

from collections.abc import Iterable

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.scope.mapping import mapping
from understudy.specs import Contract


def known(contract: Contract) -> tuple[str, ...]:
    """The names of settings: parameters that a request cannot do without, then those that the API's rules name."""
    needed = sorted({name for _, name in _parameters(contract)})
    return tuple(dict.fromkeys([*needed, *mapping(contract.api).settings]))


def proven(contract: Contract, given: Iterable[str]) -> None:
    """Raise UsageError for a name that says nothing about an API; `operation.parameter` is for that operation alone."""
    names = {*known(contract), *(f"{operation}.{name}" for operation, name in _parameters(contract))}
    unknown = sorted(set(given) - names)
    if unknown:
        raise UsageError(
            f"{contract.title} has no setting {', '.join(unknown)}; known are {', '.join(known(contract))}, and "
            "OPERATION.NAME for one operation alone"
        )


def _parameters(contract: Contract) -> list[tuple[str, str]]:
    return [
        (operation.id, parameter.name)
        for operation in contract.operations.values()
        for parameter in operation.parameters
        if parameter.place == "path" or parameter.required
    ]
