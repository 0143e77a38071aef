"""Bodies of forms as the values that a schema describes: nested by brackets or dots, repeated as lists, with types."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from python_multipart import FormParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, parse_options_header

from understudy.mock_server.http.errors import BadRequestError

#: The integers that JSON holds as such where it is read and written.
_64_BITS = range(-(2**63), 2**64)

#: Fields that one form may have, and levels of one name.
MOST, DEEPEST = 1000, 200

#: Finds the schema of a member: given that of an object and a name.
MemberOf = Callable[[Mapping[str, Any], str], Mapping[str, Any] | None]


def urlencoded(raw: bytes) -> list[tuple[str, str]]:
    """The fields of an urlencoded form. Raises BadRequestError."""
    try:
        return parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST, errors="strict")
    except ValueError as error:
        raise BadRequestError("The body is not a valid form.") from error


def multipart(raw: bytes, content_type: str) -> list[tuple[str, str]]:
    """The fields of a multipart form; of a file its text, or its name where it is not text. Raises BadRequestError."""
    fields: list[tuple[str, str]] = []
    kind, options = parse_options_header(content_type)

    def on_field(field: Field) -> None:
        fields.append(
            ((field.field_name or b"").decode("utf-8", "replace"), (field.value or b"").decode("utf-8", "replace"))
        )

    def on_file(file: File) -> None:
        file.file_object.seek(0)
        data, name = file.file_object.read(), (file.file_name or b"").decode("utf-8", "replace")
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = name
        fields.append(((file.field_name or b"").decode("utf-8", "replace"), text))

    try:
        parser = FormParser(kind.decode("latin-1"), on_field, on_file, boundary=options.get(b"boundary"))
        parser.write(raw)
        parser.finalize()
    except FormParserError as error:
        raise BadRequestError("The body is not a valid multipart form.") from error
    if len(fields) > MOST:
        raise BadRequestError(f"The body has more than {MOST} fields, the most that are accepted.")
    return fields


def form_value(
    fields: Iterable[tuple[str, str]],
    schema: Mapping[str, Any],
    member: MemberOf,
    separators: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """The object that the fields of a form describe, each value in the type of its schema. Raises BadRequestError.

    `separators` has what stands between the parts of the lists that are written into one field, by name.
    """
    out: dict[str, Any] = {}
    for name, text in _parted(fields, schema, member, separators):
        if name.count("[") + name.count(".") > DEEPEST:
            raise BadRequestError("The name of a field is nested too deeply.")
        way = _way(name, schema, member)
        _put(out, way, text, schema, member)
    return out


def _parted(
    fields: Iterable[tuple[str, str]], schema: Mapping[str, Any], member: MemberOf, separators: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The fields, with one for each part of a list; a list that is written as JSON is taken apart later."""
    for name, text in fields:
        parted = name in separators and text[:1] != "[" and "array" in _types(member(schema, name) or {})
        parts = text.split(separators[name]) if parted else [text]
        yield from ((name, part) for part in parts)


def _way(name: str, schema: Mapping[str, Any], member: MemberOf) -> list[str]:
    """The members that lead to a field: `a[b]` and `a.b` unless the object has a member of that very name."""
    if member(schema, name) is not None:
        return [name]
    bare = name.removesuffix("[]")
    if "[" in bare and bare.endswith("]"):
        first, _, rest = bare.partition("[")
        return [first, *rest[:-1].split("][")]
    if "." in bare:
        first, _, rest = bare.partition(".")
        below = member(schema, first)
        if below is not None:
            return [first, *_way(rest, below, member)]
    return [bare]


def _put(out: dict[str, Any], way: list[str], text: str, schema: Mapping[str, Any], member: MemberOf) -> None:
    name, rest = way[0], way[1:]
    below = member(schema, name) or {}
    if rest:
        inner = out.setdefault(name, {})
        if isinstance(inner, dict):
            _put(inner, rest, text, below, member)
        return
    if "array" in _types(below):
        items = below.get("items", {})
        parsed = _json(text, list)
        found = parsed if parsed is not None else [_typed(text, items if isinstance(items, Mapping) else {})]
        out[name] = [*out.get(name, []), *found] if isinstance(out.get(name, []), list) else found
        return
    out[name] = _typed(text, below)


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    types = _types(schema)
    if "object" in types or "properties" in schema:
        parsed = _json(text, dict)
        return text if parsed is None else parsed
    if types & {"integer", "number"}:
        try:
            return _integer(text) if "integer" in types or text.lstrip("-").isdecimal() else float(text)
        except (ValueError, OverflowError):
            return text
    if "boolean" in types:
        return {"true": True, "false": False, "1": True, "0": False, "on": True}.get(text.lower(), text)
    return text


def is_kept(number: int) -> bool:
    """Whether an integer is the same once it was written as JSON and read: it has 64 bits, or few digits before zeros."""
    if number in _64_BITS:
        return True
    try:
        return Decimal(repr(float(number))) == number
    except OverflowError:
        return False


def _json(text: str, kind: type) -> Any:
    """The JSON value of a field, None if it is not of that kind. Raises BadRequestError for one that cannot be read."""
    if text[:1] not in {"{", "["}:
        return None
    try:
        value = json.loads(text, parse_int=_integer, parse_constant=_refused)
    except ValueError:
        return None
    except RecursionError:
        raise BadRequestError("The body is nested too deeply.") from None
    return value if isinstance(value, kind) else None


def _integer(text: str) -> int | float:
    """An integer; as in JSON, one that does not fit into 64 bits is read as any number."""
    number = int(text)
    return float(number) if number not in _64_BITS and is_kept(number) else number


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    named = schema.get("type", ())
    return frozenset([named] if isinstance(named, str) else named)
