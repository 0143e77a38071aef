"""What a `$ref` leads to: the one place that follows JSON pointers (RFC 6901).

A reference is `#/…` in a document, or `urn:understudy:API#/…` in a converted schema. Every document is whole: a
reference to another file or address is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.wording import pointer

OUR_URI = "urn:understudy:"

_INDEX = re.compile("0|[1-9][0-9]*", re.ASCII)


@lru_cache(4096)
def steps_of(reference: str) -> tuple[str, ...]:
    """The names that lead from the top of a document to what a reference names. Raises ContractError."""
    uri, mark, fragment = reference.partition("#")
    if not mark or (uri and not uri.startswith(OUR_URI)):
        raise ContractError(f"the reference {reference!r} leaves the document; references begin with #/")
    pointer = unquote(fragment)
    if pointer and not pointer.startswith("/"):
        raise ContractError(f"the reference {reference!r} is not a JSON pointer; references begin with #/")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def component_name(reference: str) -> str:
    """The name of the component that a reference leads to. Raises ContractError."""
    steps = steps_of(reference)
    return steps[-1] if steps else ""


def look_up(document: Any, reference: str) -> Any:
    """What stands at a reference. Raises ContractError when there is nothing."""
    target = document
    for step in steps_of(reference):
        if isinstance(target, Mapping) and step in target:
            target = target[step]
        elif _is_list(target) and _INDEX.fullmatch(step) and int(step) < len(target):
            target = target[int(step)]
        else:
            raise ContractError(f"nothing stands at {reference!r}")
    return target


def resolve(document: Any, node: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object, or the one that its `$ref` leads to, through any number of references.

    Raises ContractError when that is nothing, no object, or the way leads in a circle.
    """
    seen: set[str] = set()
    while "$ref" in node:
        reference = node["$ref"]
        if not isinstance(reference, str):
            raise ContractError(f"a $ref is a text, not {reference!r}")
        if reference in seen:
            raise ContractError(f"the reference {reference!r} leads back to itself")
        seen.add(reference)
        node = look_up(document, reference)
        if not isinstance(node, Mapping):
            raise ContractError(f"what stands at {reference!r} is not an object")
    return node


def references(node: Any, place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object with a `$ref`, and where it stands. A property that is called `$ref` is none."""
    if isinstance(node, Mapping):
        if "$ref" in node and not isinstance(node["$ref"], Mapping):
            yield place, node
        for name, part in node.items():
            yield from references(part, f"{place}{pointer((name,))}")
    elif _is_list(node):
        for i, part in enumerate(node):
            yield from references(part, f"{place}/{i}")


def _is_list(node: Any) -> bool:
    return isinstance(node, Sequence) and not isinstance(node, str | bytes)
