"""Reads YAML, and keeps what it read: parsing is most of the cost of loading five contracts.

An edited file is a new one: results are kept under the digest of the text.
"""

from __future__ import annotations

import math
from typing import Any

import yaml

from understudy.specs.reading.cache import cached

#: The kind of what is kept; its number changes with what `parse` makes of a text.
KIND = "contracts-3"

#: So many levels are read; Python itself follows fewer.
DEEPEST = 1000


class YamlError(ValueError):
    """A text is not YAML, or holds what JSON cannot express; the message names line and column where they are known."""


class _Bounded:
    """Gives up on nesting that the parser in C would not survive: it would end the process."""

    _depth = 0

    def descend_resolver(self, node: Any, index: Any) -> None:
        """Called for each node before its parts. Raises RecursionError."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise RecursionError
        super().descend_resolver(node, index)  # type: ignore[misc] # of the loader beside it

    def ascend_resolver(self) -> None:
        """Called for each node after its parts."""
        self._depth -= 1
        super().ascend_resolver()  # type: ignore[misc]


# The loaders in C take a tenth of the time of the others; which ones there are is seen at run time.
class BaseLoader(_Bounded, getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Reads every scalar as text."""


class _Loader(_Bounded, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Refuses what JSON has no form for, and a key that occurs twice: the last one would win, and nobody would notice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _at(key, "a key is a text here, not a list or a mapping")
            if key.value in seen:
                raise _at(key, f"{key.value} occurs twice")
            seen |= {key.value} - {"", "<<"}
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep)
        except (ValueError, OverflowError, LookupError) as error:
            raise _at(node, f"{node.value!r} is not a valid {node.tag.rpartition(':')[2]}") from error
        if isinstance(value, float) and not math.isfinite(value):
            name = "NaN" if math.isnan(value) else "an infinite value"
            raise _at(node, f"{name} is not a number that JSON has")
        if isinstance(value, int) and not -(2**63) <= value < 2**64:
            raise _at(node, "this integer has more than 64 bits")
        if isinstance(value, bytes | set):
            raise _at(node, f"JSON has no form for !!{node.tag.rpartition(':')[2]}")
        return value


def _at(node: yaml.Node, problem: str) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(problem=problem, problem_mark=node.start_mark)


def parse(text: bytes) -> Any:
    """The value that a YAML text holds, as JSON has it. Raises YamlError."""
    try:
        return cached(KIND, text, lambda: _text_keys(load(text)))
    except RecursionError as error:
        raise YamlError("it is nested too deeply, or holds itself") from error
    except TypeError as error:
        raise YamlError("it holds something that JSON cannot express") from error


def load(text: bytes | str) -> Any:
    """The value that a YAML text holds, dates as dates. Raises YamlError, and RecursionError for endless nesting."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe one
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        context = f" {error.context}" if error.context and error.problem else ""
        raise YamlError(f"{place}{_plain(error.problem or error.context)}{context}") from error
    except yaml.reader.ReaderError as error:
        raise YamlError(_unreadable(text, error)) from error
    except yaml.YAMLError as error:
        raise YamlError(_plain(str(error))) from error


def _plain(problem: str | None) -> str:
    """What is wrong, on one line."""
    return " ".join((problem or "this is not YAML").split())


def _unreadable(text: bytes | str, error: yaml.reader.ReaderError) -> str:
    """A character or byte that YAML does not allow."""
    before = text[: error.position]
    feed = b"\n" if isinstance(before, bytes) else "\n"
    line = before.count(feed) + 1  # type: ignore[arg-type] # both are bytes, or both are text
    column = error.position - before.rfind(feed)  # type: ignore[arg-type]
    return f"line {line}, column {column}: {_plain(error.reason)}"


def _text_keys(node: Any) -> Any:
    """YAML reads `404:` as a number; in JSON every key is text."""
    if isinstance(node, dict):
        return {str(name): _text_keys(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_text_keys(part) for part in node]
    return node
