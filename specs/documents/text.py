"""The value that a JSON or YAML text holds, as JSON has it.

YAML is read by the core schema of YAML 1.2, as OpenAPI asks: `no` and `12:30` are texts, every key is text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from understudy.specs.reading.yaml_files import BaseLoader

#: The tag of a scalar that is written plainly, so that its form decides what it is.
PLAIN = "!plain"
WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
KINDS: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}
TEXT = "tag:yaml.org,2002:str"


class TextError(ValueError):
    """A text is neither JSON nor YAML, or holds what JSON cannot express; the message names line and column."""


@dataclass(slots=True)
class Text:
    """What was read, and the keys that stand twice in one object, of which the last one counts."""

    value: Any = None
    twice: list[str] = field(default_factory=list)


class _Loader(BaseLoader):
    """Composes nodes; what is written plainly is marked, and everything else is text."""


_Loader.add_implicit_resolver(PLAIN, re.compile(""), None)


def read_text(data: bytes) -> Text:
    """Read a text. Raises TextError."""
    text = _decoded(data)
    stripped = text.lstrip()
    if stripped[:1] in {"{", "["}:
        try:
            return _json(text)
        except json.JSONDecodeError as error:
            try:
                return _yaml(text)  # YAML's flow style begins like JSON
            except TextError:
                raise TextError(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    return _yaml(text)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TextError(f"line {line}: byte 0x{data[error.start]:02x} is not valid {error.encoding.upper()}") from error


def _json(text: str) -> Text:
    result = Text()

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(members)
        if len(found) < len(members):
            result.twice += _twice(name for name, _ in members)
        return found

    def constant(name: str) -> Any:
        raise TextError(f"{name} is not a number that JSON has")

    try:
        result.value = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except RecursionError as error:
        raise TextError("it is nested too deeply") from error
    return result


def _yaml(text: str) -> Text:
    try:
        node = yaml.compose(text, Loader=_Loader)
        result = Text()
        result.value = _Values(result).value(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise TextError(f"{place}{_plain(error.problem or error.context)}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise TextError(f"line {line}: {_plain(error.reason)}") from error
    except yaml.YAMLError as error:
        raise TextError(_plain(str(error))) from error
    except RecursionError as error:
        raise TextError("it is nested too deeply") from error
    return result


class _Values:
    """Makes values of composed nodes; a node that aliases name is made once."""

    def __init__(self, result: Text) -> None:
        self._result = result
        self._made: dict[int, Any] = {}
        self._under_way: set[int] = set()

    def value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        number = id(node)
        if number in self._made:
            return self._made[number]
        if number in self._under_way:
            raise TextError(f"{_at(node)}: it holds itself")
        self._under_way.add(number)
        made: Any
        if isinstance(node, yaml.MappingNode):
            made = self._mapping(node)
        else:
            made = [self.value(part) for part in node.value]
        self._under_way.discard(number)
        self._made[number] = made
        return made

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        made: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, part in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise TextError(f"{_at(key)}: a key is a text here, not a list or a mapping")
            if key.tag == PLAIN and key.value == "<<":
                found = self.value(part)
                for each in found if isinstance(found, list) else [found]:
                    merged = {**(each if isinstance(each, dict) else {}), **merged}
                continue
            if key.value in made:
                self._result.twice.append(f"{key.value} ({_at(key)})")
            made[key.value] = self.value(part)
        return {**merged, **made} if merged else made


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.tag == PLAIN:
        if text in WORDS:
            return WORDS[text]
        if INTEGER.fullmatch(text):
            return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
        if FLOAT.fullmatch(text):
            number = float(text)
            return number if math.isfinite(number) else text
        return text
    if node.tag.startswith("tag:yaml.org,2002:") and node.tag not in {TEXT, PLAIN}:
        return _tagged(node)
    return text


def _tagged(node: yaml.ScalarNode) -> Any:
    """A scalar whose tag says what it is (`!!int "3"`)."""
    kind = node.tag.rpartition(":")[2]
    value = _scalar(yaml.ScalarNode(PLAIN, node.value))
    accepted = KINDS.get(kind)
    if accepted is None:
        raise TextError(f"{_at(node)}: JSON has no form for !!{kind}")
    if not isinstance(value, accepted):
        raise TextError(f"{_at(node)}: {node.value!r} is not a valid {kind}")
    return value


def _at(node: yaml.Node) -> str:
    return f"line {node.start_mark.line + 1}, column {node.start_mark.column + 1}"


def _twice(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]


def _plain(problem: str | None) -> str:
    return " ".join((problem or "this is not YAML").split())
