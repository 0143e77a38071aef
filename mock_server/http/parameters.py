"""Parameters as the contract declares them: defaults, arrays, numbers, and one field error for each invalid one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import orjson

from understudy.mock_server.http.errors import BadRequestError, FieldError
from understudy.mock_server.http.validation_errors import SchemaValidator, field_errors_in
from understudy.specs import Parameter

#: Python accepts numbers that JSON does not (underscores, blanks, nan).
_INTEGER = re.compile(r"-?[0-9]+", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{12}", re.ASCII)
_PLAIN_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", re.ASCII)

#: `name[member]` and `name[member][]`.
_MEMBER = re.compile(r"([^\[\]]+)\[([^\[\]]+)\](\[\])?")

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

    @property
    def is_object(self) -> bool:
        """Whether its value is an object alone, written as its style says."""
        return self.types == {"object"} and not self.spec.is_json


class Parameters:
    """Reads the parameters of one operation."""

    def __init__(self, parameters: Sequence[Parameter], compiler: Callable[[Any], SchemaValidator]) -> None:
        compiled = [CompiledParameter(p, compiler(p.schema), _types(p.schema)) for p in parameters]
        self._query = [p for p in compiled if p.spec.place == "query"]
        self._path = {p.spec.name: p for p in compiled if p.spec.place == "path"}
        self._headers = [p for p in compiled if p.spec.place == "header"]
        self._cookies = [p for p in compiled if p.spec.place == "cookie"]
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
            value = _in_path(parameter, text)
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
        """Raises BadRequestError for declared headers and cookies that are missing or invalid."""
        field_errors: list[FieldError] = []
        for parameter in self._headers:
            raw = headers.get(parameter.spec.name.lower().encode())
            field_errors += self._field_errors(parameter, [] if raw is None else [raw.decode("latin-1")])[1]
        cookies = cookies_of(headers) if self._cookies else {}
        for parameter in self._cookies:
            name = parameter.spec.name
            field_errors += self._field_errors(parameter, [cookies[name]] if name in cookies else [])[1]
        if field_errors:
            raise BadRequestError(field_errors=field_errors)

    def _read(self, raw: bytes) -> dict[str, Any]:
        sent: dict[str, list[str]] = {}
        for name, text in parse_qsl(raw.decode("latin-1"), keep_blank_values=True):
            sent.setdefault(name, []).append(text)
        out: dict[str, Any] = {}
        field_errors: list[FieldError] = []
        for parameter in self._query:
            value: Any
            values = sent.get(parameter.spec.name, [])
            if parameter.spec.allow_empty and values[-1:] == [""]:
                values = []
            if parameter.spec.style == "deepObject" and not values:
                value, wrong = self._nested(parameter, sent)
            elif parameter.is_object:
                found = _spread(parameter, sent) if parameter.spec.explode else _paired(parameter, values)
                value, wrong = self._as_object(parameter, found)
            else:
                value, wrong = self._field_errors(parameter, values or self._bracketed(parameter, sent))
            field_errors += wrong
            if value is not None:
                out[parameter.spec.name] = value
        if field_errors:
            raise BadRequestError(field_errors=field_errors)
        return out

    def _bracketed(self, parameter: CompiledParameter, sent: Mapping[str, list[str]]) -> list[str]:
        """The values of a list whose name was sent with brackets, as many clients do."""
        name = parameter.spec.name
        return [] if "array" not in parameter.types or name.endswith("[]") else sent.get(f"{name}[]", [])

    def _nested(
        self, parameter: CompiledParameter, sent: Mapping[str, list[str]]
    ) -> tuple[Mapping[str, Any] | None, list[FieldError]]:
        """An object whose members were sent as `name[member]=value`."""
        name, properties = parameter.spec.name, parameter.spec.schema.get("properties", {})
        value: dict[str, Any] = {}
        for key, texts in sent.items():
            found = _MEMBER.fullmatch(key)
            if found is None or found[1] != name:
                continue
            schema = properties.get(found[2], {})
            types = _types(schema if isinstance(schema, Mapping) else {})
            if "array" in types or found[3]:
                items = schema.get("items", {}) if isinstance(schema, Mapping) else {}
                value[found[2]] = [_typed(text, _types(items if isinstance(items, Mapping) else {})) for text in texts]
            else:
                value[found[2]] = _typed(texts[-1], types)
        return self._as_object(parameter, value)

    def _as_object(
        self, parameter: CompiledParameter, value: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any] | None, list[FieldError]]:
        """An object that was put together of the members that were sent, or what is said where there were none."""
        if not value:
            missing = [FieldError(parameter.spec.name, "is required")] if parameter.spec.required else []
            return parameter.spec.default, missing
        return value, self._judged(parameter, value)

    def _judged(self, parameter: CompiledParameter, value: Any) -> list[FieldError]:
        name = parameter.spec.name
        above = f"{name}." if isinstance(value, Mapping | list) else ""
        return [
            FieldError(
                error.name if error.name == name else above + error.name,
                error.message,
                kind=error.kind,
                rule=error.rule,
            )
            for error in field_errors_in(parameter.validator, value, name)
        ]

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
        return value, self._judged(parameter, value)


def cookies_of(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """The cookies of a request by name; none where they cannot be read."""
    try:
        read = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return {}
    return {name: each.value for name, each in read.items()}


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    types = schema.get("type", ())
    return frozenset([types] if isinstance(types, str) else types)


def _value(parameter: CompiledParameter, sent: list[str]) -> Any:
    if parameter.spec.is_json:
        return _json(sent[-1])
    if parameter.is_uuid:
        return plain_uuid(sent[-1])
    if "array" not in parameter.types:
        return _typed(sent[-1], parameter.types)
    texts = sent if parameter.spec.explode else sent[-1].split(parameter.spec.delimiter)
    items = _types(parameter.spec.schema.get("items", {}))
    return [_typed(text, items) for text in texts]


def _in_path(parameter: CompiledParameter, text: str) -> Any:
    """The value of a parameter in a path, written as its style says: `5`, `.5`, `;id=5`, `3,4`, `a=1,b=2`."""
    spec = parameter.spec
    between = spec.delimiter
    if spec.style == "label":
        text, between = text.removeprefix("."), "." if spec.explode else ","
    elif spec.style == "matrix":
        text, between = text.removeprefix(";"), ";" if spec.explode else ","
        if not (spec.explode and parameter.is_object):
            parts = text.split(between) if spec.explode else [text]
            text = between.join(part.removeprefix(f"{spec.name}=") for part in parts)
    if parameter.is_uuid:
        return plain_uuid(text)
    if parameter.types == {"array"}:
        items = _types(spec.schema.get("items", {}))
        return [_typed(part, items) for part in text.split(between)]
    if not parameter.is_object:
        return _typed(text, parameter.types)
    parts = text.split(between)
    pairs = [part.partition("=")[::2] for part in parts] if spec.explode else zip(parts[::2], parts[1::2], strict=False)
    return {name: _typed(each, _member_types(spec, name)) for name, each in pairs}


def _spread(parameter: CompiledParameter, sent: Mapping[str, list[str]]) -> dict[str, Any]:
    """An object whose members were sent as parameters of their own (`explode`)."""
    names = parameter.spec.schema.get("properties", {})
    return {name: _typed(sent[name][-1], _member_types(parameter.spec, name)) for name in names if name in sent}


def _paired(parameter: CompiledParameter, sent: list[str]) -> dict[str, Any]:
    """An object that was sent as names and values in turn: `R,100,G,200`."""
    parts = sent[-1].split(parameter.spec.delimiter) if sent else []
    pairs = zip(parts[::2], parts[1::2], strict=False)
    return {name: _typed(text, _member_types(parameter.spec, name)) for name, text in pairs}


def _member_types(spec: Parameter, name: str) -> frozenset[str]:
    schema = spec.schema.get("properties", {}).get(name, {})
    return _types(schema if isinstance(schema, Mapping) else {})


def _json(text: str) -> Any:
    """JSON that stands in a parameter; the text itself if it is none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def plain_uuid(text: str) -> str:
    """A UUID in its usual form, whether it is sent in capitals or without dashes; any other text as it is."""
    return str(UUID(text)) if _UUID.fullmatch(text) and not _PLAIN_UUID.fullmatch(text) else text


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
