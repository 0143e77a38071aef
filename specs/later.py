"""What came after the source of a contract: where the API of today contradicts it, and what it has besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from understudy.specs.contract import Contract
from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.wording import pointer, quoted

LATER = "x-later"
#: The provenance of operations that the source does not have.
PROVENANCE = "later"


def as_of(document: dict[str, Any], later: bool) -> dict[str, Any]:
    """A document as its source says, or with what each `x-later` puts in the place of the members beside it.

    The sentences at its top stay only where they hold. Raises ContractError for an `x-later` of another form.
    """
    sentences = document.get(LATER, [])
    if not isinstance(sentences, list) or not all(isinstance(each, str) for each in sentences):
        raise ContractError(f"/{LATER}: it must be a list of sentences, not {quoted(sentences)}")
    rest = _as_of({name: value for name, value in document.items() if name != LATER}, later, ())
    return {**rest, LATER: sentences} if later and sentences else dict(rest)


def judged(contract: Contract) -> Contract:
    """A contract without the operations that its source does not have, which an implementation may lack."""
    operations = {name: each for name, each in contract.operations.items() if each.provenance != PROVENANCE}
    paths: dict[str, Any] = {}
    for each in operations.values():
        item = contract.document["paths"][each.path]
        kept = {name: value for name, value in item.items() if name in {"parameters", each.method.lower()}}
        paths[each.path] = {**paths.get(each.path, {}), **kept}
    return replace(contract, operations=operations, document={**contract.document, "paths": paths})


def _as_of(node: Any, later: bool, steps: tuple[Any, ...]) -> Any:
    if isinstance(node, list):
        return [_as_of(part, later, (*steps, place)) for place, part in enumerate(node)]
    if not isinstance(node, Mapping):
        return node
    members = dict(node)
    instead = members.pop(LATER, {})
    if not isinstance(instead, Mapping):
        raise ContractError(f"{pointer((*steps, LATER))}: it must be an object, not {quoted(instead)}")
    if later:
        members = {
            name: value for name, value in {**members, **instead}.items() if value is not None or name not in instead
        }
    return {name: _as_of(value, later, (*steps, name)) for name, value in members.items()}
