"""Parameters as the contract declares them: defaults, arrays, numbers, and one field error for each invalid one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from understudy.mock_server.http.errors import BadRequestError, FieldError
from understudy.mock_server.http.validation_errors import SchemaValidator, field_errors_in
from understudy.specs import Parameter

#: Python accepts numbers that JSON does not (underscores, blanks, nan).
_INTEGER = re.compile(r"-?[0-9]+", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{12}", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", re.ASCII)

#: Integers that every store can hold; others are refused.
_INT64 = range(-(2**63), 2**63)

#: How many values a parameter may have.
MAX_VALUES = 1000

#: How many query strings, and how many paths, are remembered for each operation; a front end sends the same few.
MEMO = 2048

#: The length of what is remembered, at most: a request may be 64 kB long.
MEMO_LENGTH = 1024


@dataclass(frozen=True, slots=True)
class CompiledParameter:
    """A parameter with its validator."""

    spec: Parameter
    validator: SchemaValidator
    types: frozenset[str]

    @property
    def is_uuid(self) -> bool:
        """Whether its values are UUIDs."""
        return self.spec.schema.get("format") == "uuid"


class Parameters:
    """Reads the parameters of one operation."""

    def __init__(self, parameters: Sequence[Parameter], compiler: Callable[[Any], SchemaValidator]) -> None:
        compiled = [CompiledParameter(p, compiler(p.schema), _types(p.schema)) for p in parameters]
        self._query = [p for p in compiled if p.spec.place == "query"]
        self._path = {p.spec.name: p for p in compiled if p.spec.place == "path"}
        self._headers = [p for p in compiled if p.spec.place == "header"]
        self._memo: dict[bytes, dict[str, Any]] = {}
        self._paths: dict[tuple[str, ...], dict[str, Any]] = {}

    def path(self, names: Sequence[str], values: tuple[str, ...]) -> Mapping[str, Any] | None:
        """The path's parameters, None if one of them is not valid, so that the path leads nowhere."""
        known = self._paths.get(values)
        if known is None:
            known = self._read_path(names, values)
            if known is not None and len(self._paths) < MEMO and sum(map(len, values)) <= MEMO_LENGTH:
                self._paths[values] = known
        return known

    def _read_path(self, names: Sequence[str], values: tuple[str, ...]) -> dict[str, Any] | None:
        out: dict[str, Any] = {}
        for name, text in zip(names, values, strict=True):
            parameter = self._path.get(name)
            if parameter is None:
                out[name] = text
                continue
            value = plain_uuid(text) if parameter.is_uuid else _typed(text, parameter.types)
            if _is_too_large(value) or not parameter.validator.is_valid(value):
                return None
            out[name] = value
        return out

    def query(self, raw: bytes) -> Mapping[str, Any]:
        """The query's declared parameters with defaults. Raises BadRequestError with a field error for each invalid one."""
        known = self._memo.get(raw)
        if known is None:
            known = self._read(raw)
            if len(self._memo) < MEMO and len(raw) <= MEMO_LENGTH:
                self._memo[raw] = known
        return known

    def check_headers(self, headers: Mapping[bytes, bytes]) -> None:
        """Raises BadRequestError for declared headers that are missing or invalid."""
        field_errors: list[FieldError] = []
        for parameter in self._headers:
            raw = headers.get(parameter.spec.name.lower().encode())
            field_errors += self._field_errors(parameter, [] if raw is None else [raw.decode("latin-1")])[1]
        if field_errors:
            raise BadRequestError(field_errors=field_errors)

    def _read(self, raw: bytes) -> dict[str, Any]:
        sent: dict[str, list[str]] = {}
        for name, value in parse_qsl(raw.decode("latin-1"), keep_blank_values=True):
            sent.setdefault(name, []).append(value)
        out: dict[str, Any] = {}
        field_errors: list[FieldError] = []
        for parameter in self._query:
            values = sent.get(parameter.spec.name, [])
            if parameter.spec.allow_empty and values[-1:] == [""]:
                values = []
            value, wrong = self._field_errors(parameter, values)
            field_errors += wrong
            if value is not None:
                out[parameter.spec.name] = value
        if field_errors:
            raise BadRequestError(field_errors=field_errors)
        return out

    def _field_errors(self, parameter: CompiledParameter, sent: list[str]) -> tuple[Any, list[FieldError]]:
        spec = parameter.spec
        if not sent:
            missing = [FieldError(spec.name, "is required")] if spec.required else []
            return spec.default, missing
        value = _value(parameter, sent)
        if isinstance(value, list) and len(value) > MAX_VALUES:
            return value, [FieldError(spec.name, f"must have at most {MAX_VALUES} values")]
        if any(map(_is_too_large, value if isinstance(value, list) else [value])):
            return value, [FieldError(spec.name, f"must be from {_INT64.start} to {_INT64.stop - 1}")]
        return value, [
            FieldError(error.name, error.message, kind=error.kind)
            for error in field_errors_in(parameter.validator, value, spec.name)
        ]


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    types = schema.get("type", ())
    return frozenset([types] if isinstance(types, str) else types)


def _value(parameter: CompiledParameter, sent: list[str]) -> Any:
    if parameter.is_uuid:
        return plain_uuid(sent[-1])
    if "array" not in parameter.types:
        return _typed(sent[-1], parameter.types)
    texts = sent if parameter.spec.explode else sent[-1].split(",")
    items = _types(parameter.spec.schema.get("items", {}))
    return [_typed(text, items) for text in texts]


def plain_uuid(text: str) -> str:
    """A UUID in its usual form, whether it is sent in capitals or without dashes; any other text as it is."""
    return str(UUID(text)) if _UUID.fullmatch(text) else text


def _typed(text: str, types: frozenset[str]) -> Any:
    """The text as a value of one of the types; the text itself if it is not one."""
    if "integer" in types or "number" in types:
        return _number(text, types)
    if "boolean" in types:
        return {"true": True, "false": False}.get(text.lower(), text)
    return text


def _is_too_large(value: Any) -> bool:
    return type(value) is int and value not in _INT64


def _number(text: str, types: frozenset[str]) -> Any:
    if _INTEGER.fullmatch(text):
        # 20 digits are too large already, and converting thousands of them would take long.
        number = int(text.lstrip("-0")[:20] or "0")
        return -number if text.startswith("-") else number
    if "number" in types and _DECIMAL.fullmatch(text):
        return float(text)
    return text
