"""Reads YAML, and keeps what it read: parsing is most of the cost of loading five contracts.

An edited file is a new one: results are kept under the digest of the text.
"""

from __future__ import annotations

from typing import Any

import yaml

from understudy.specs.reading.cache import cached

#: The kind of what is kept; its number changes with what `parse` makes of a text.
KIND = "contracts-2"


# The C loader takes a sixth of the time of the other.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # which one is known at run time
    """Refuses a key that occurs twice in one mapping: the last one would win, and nobody would notice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in seen:
                raise yaml.constructor.ConstructorError(problem=f"{name} occurs twice", problem_mark=key.start_mark)
            seen |= {name} - {"", "<<"}
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def parse(text: bytes) -> Any:
    """The value that a YAML text holds, as JSON has it.

    Raises yaml.YAMLError, also for what JSON cannot hold, and ValueError for a date that no calendar has.
    """
    try:
        return cached(KIND, text, lambda: _text_keys(yaml.load(text, Loader=_Loader)))  # noqa: S506 - a safe one
    except TypeError as error:
        raise yaml.YAMLError(f"it holds something that JSON cannot express: {error}") from error


def _text_keys(node: Any) -> Any:
    """YAML reads `404:` as a number; in JSON every key is text."""
    if isinstance(node, dict):
        return {str(name): _text_keys(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_text_keys(part) for part in node]
    return node
