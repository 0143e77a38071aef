"""The settings that a target of an API can have: values that the kit cannot find out by itself."""

from __future__ import annotations

from collections.abc import Iterable

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.words import no_such
from understudy.conformance.scope.mapping import mapping
from understudy.specs import Contract


def known(contract: Contract) -> tuple[str, ...]:
    """The names of settings: required parameters first, then those that the API's rules define."""
    needed = sorted({name for _, name in _parameters(contract)})
    return tuple(dict.fromkeys([*needed, *mapping(contract).settings]))


def validate(contract: Contract, given: Iterable[str]) -> None:
    """Raise UsageError for an unknown setting; `operation.parameter` sets a value for that operation only."""
    names = {*known(contract), *(f"{operation}.{name}" for operation, name in _parameters(contract))}
    unknown = sorted(set(given) - names)
    if unknown:
        message = no_such("setting", unknown, known(contract), f"for {contract.title}")
        raise UsageError(f"{message} OPERATION.NAME sets one for a single operation.")


def _parameters(contract: Contract) -> list[tuple[str, str]]:
    return [
        (operation.id, parameter.name)
        for operation in contract.operations.values()
        for parameter in operation.parameters
        if parameter.place == "path" or parameter.required
    ]
