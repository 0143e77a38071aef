"""Compiled schemas, and their errors as field errors in plain English."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import jsonschema_rs
import orjson

from understudy.mock_server.http.errors import FieldError
from understudy.specs.reading.read_only import REQUESTS, ReadOnlyMembers
from understudy.specs.reading.references import look_up, resolve

Kind = jsonschema_rs.ValidationErrorKind

#: How many are reported: as many as a person can read, since a body can hold thousands of invalid rows.
MAX_FIELD_ERRORS = 50

#: How many values of an invalid body are looked at for more errors than the first: the validator collects all of them,
#: and each may take a millisecond.
MAX_VALUES = 500

#: How many accepted members are named to a client that sent another one.
MAX_NAMES = 12

#: What the formats of the contracts are called.
_FORMATS = {
    "date-time": "date and time",
    "email": "email address",
    "hostname": "host name",
    "ipv4": "IPv4 address",
    "ipv6": "IPv6 address",
    "uri": "URI",
    "uuid": "UUID",
}

#: What the types of JSON Schema are called.
_TYPES = {
    "array": "a list",
    "boolean": "a boolean",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


class Schemas:
    """Compiles schemas that refer to those of one document by its `uri`."""

    def __init__(self, uri: str, document: Any, registry: jsonschema_rs.Registry | None = None) -> None:
        self._uri = uri
        self._document = document
        #: What finds the schemas that others refer to; whoever has it already saves the memory of another.
        self._registry = registry or jsonschema_rs.Registry([(uri, document)])

    def compile(self, schema: Any) -> SchemaValidator:
        """The validator of a schema."""
        validator = jsonschema_rs.Draft202012Validator(schema, registry=self._registry, validate_formats=True)
        return SchemaValidator(validator, schema, self._uri, self._document)


class SchemaValidator:
    """A compiled schema that finds the part of it that an error is about."""

    def __init__(
        self,
        validator: jsonschema_rs.Draft202012Validator,
        schema: Any,
        uri: str,
        document: Any,
    ) -> None:
        self.is_valid = validator.is_valid
        self.iter_errors = validator.iter_errors
        self.validate = validator.validate
        self.schema = self._schema = schema
        self._uri = uri
        self._document = document

    @cached_property
    def read_only(self) -> ReadOnlyMembers:
        """What removes the members that only the server sets from a value."""
        return ReadOnlyMembers(self._schema, self._document)

    def member(self, schema: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
        """What a schema says of a member, in any of its combinations; None if it does not have it."""
        waiting, seen = [schema], set[int]()
        while waiting:
            part = resolve(self._document, waiting.pop(0))
            if id(part) in seen:
                continue
            seen.add(id(part))
            found = part.get("properties", {}).get(name)
            if isinstance(found, Mapping):
                return _whole(resolve(self._document, found), self._document)
            waiting += [each for word in ("allOf", "anyOf", "oneOf") for each in part.get(word, ())]
        return None

    def part(self, error: jsonschema_rs.ValidationError) -> Mapping[str, Any]:
        """The schema whose keyword an error is about."""
        part = self._schema
        for step in list(error.evaluation_path)[:-1]:
            part = part[step]
            if step == "$ref" and isinstance(part, str):
                part = look_up(self._document, part.removeprefix(self._uri))
        return part if isinstance(part, Mapping) else {}


def _whole(schema: Mapping[str, Any], document: Any) -> Mapping[str, Any]:
    """A schema with the type that its alternatives have, where it has none itself."""
    if "type" in schema:
        return schema
    parts = [resolve(document, part) for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word, ())]
    typed = next((part for part in parts if part.get("type") not in {None, "null"}), None)
    return schema if typed is None else {**typed, **schema}


def field_errors_in(
    validator: SchemaValidator, value: Any, root: str = "", holders: Sequence[str] = ()
) -> list[FieldError]:
    """The errors that a validator finds in a value, each with the name of the member that is wrong.

    `root` names the value itself (a parameter's name; without one it is the body, which has no name). If one of the
    `holders` is missing, the members that it requires are reported instead of it.
    """
    left = [MAX_VALUES]
    part = _beginning(value, left)
    # Objects are not cut, so that there may be far more values nevertheless.
    errors = list(validator.iter_errors(part)) if left[0] > -MAX_VALUES else []
    found: dict[tuple[str, str], FieldError] = {}
    for error in errors or _first_error(validator, value):
        for each in _required_by_holder(validator, part, error, holders) or _field_errors(error, root, validator.part):
            found.setdefault((each.name, each.message), each)
            if len(found) >= MAX_FIELD_ERRORS:
                return list(found.values())
    return list(found.values())


def _beginning(value: Any, left: list[int]) -> Any:
    """A value whose arrays end once so many values were seen; objects are kept whole, since none may lack a member.

    Each array keeps its first item, so that what is wrong with the beginning is wrong with the whole too.
    """
    left[0] -= 1
    if isinstance(value, dict):
        return {name: _beginning(part, left) for name, part in value.items()}
    if not isinstance(value, list):
        return value
    kept = []
    for part in value:
        kept.append(_beginning(part, left))
        if left[0] <= 0:
            break
    return kept


def _first_error(validator: SchemaValidator, value: Any) -> list[jsonschema_rs.ValidationError]:
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        return [error]
    return []


#: Finds the schema that an error is about.
Part = Callable[[jsonschema_rs.ValidationError], Mapping[str, Any]]


def _field_errors(error: jsonschema_rs.ValidationError, root: str, part: Part) -> Iterator[FieldError]:
    path = list(error.instance_path)
    kind = error.kind
    if isinstance(kind, Kind.Required):
        yield field_error_at([*path, kind.property], "is required", root, "required", _rule(error))
    elif isinstance(kind, Kind.AdditionalProperties):
        message = _unknown(part(error).get("properties", {}))
        yield from (field_error_at([*path, name], message, root, rule=_rule(error)) for name in kind.unexpected)
    elif len(branches := _nearest(error)) == 1:
        for each in branches[0]:
            yield from _field_errors(each, root, part)
    else:
        message = _message(error, part)
        shown = message if path or root else message.replace("an object", "a JSON object")
        yield field_error_at(path, shown, root, _kind(error), _rule(error))


def _required_by_holder(
    validator: SchemaValidator,
    value: Any,
    error: jsonschema_rs.ValidationError,
    holders: Sequence[str],
) -> list[FieldError]:
    """What a missing holder requires, found by validating an empty one; nothing if the error is another one."""
    kind = error.kind
    if not isinstance(kind, Kind.Required) or kind.property not in holders:
        return []
    tried = copy.deepcopy(value)
    parent = tried
    for step in error.instance_path:
        parent = parent[step]
    parent[kind.property] = {}
    inside = [*error.instance_path, kind.property]
    return [
        field_error
        for each in validator.iter_errors(tried)
        if isinstance(each.kind, Kind.Required) and list(each.instance_path) == inside
        for field_error in _field_errors(each, "", validator.part)
    ]


def _kind(error: jsonschema_rs.ValidationError) -> str:
    """The kind of a fault, as `x-errors` may name it; empty if it has none of its own."""
    kind, value = error.kind, error.instance
    if value is None:
        return "null"
    if isinstance(kind, Kind.Type):
        return "list" if "array" in _names(kind.types) else ""
    if isinstance(kind, Kind.Not):
        return "excluded"
    if isinstance(kind, Kind.Pattern | Kind.MinLength) and isinstance(value, str) and not value.strip():
        return "blank"
    return ""


def _rule(error: jsonschema_rs.ValidationError) -> str:
    """The place in the document of the keyword that refused a value; empty in a schema that has no name there."""
    _, named, place = (error.absolute_keyword_location or "").partition("#/")
    return named + re.sub(f"^components/{REQUESTS}/", "components/schemas/", place)


def field_error_at(
    path: Sequence[str | int], message: str, root: str = "", kind: str = "", rule: str = ""
) -> FieldError:
    """What is wrong with the member that a path leads to; `root` names the value itself."""
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
    return FieldError(".".join(str(step) for step in path) or root, message, pointer, kind, rule)


def _unknown(accepted: Iterable[str]) -> str:
    """What is said of a member that a closed object does not have."""
    names = list(accepted)
    if not names:
        return "is not a member that is accepted here"
    listed = ", ".join([*names[:MAX_NAMES], *(["…"] if len(names) > MAX_NAMES else [])])
    return f"is not a member that is accepted here; accepted are {listed}"


def _message(error: jsonschema_rs.ValidationError, part: Part) -> str:
    kind = error.kind
    if error.instance is None and isinstance(kind, Kind.Type | Kind.AnyOf | Kind.OneOfNotValid | Kind.Enum):
        return "may not be null"
    if isinstance(kind, Kind.Pattern) and isinstance(error.instance, str) and not error.instance.strip():
        return "may not be blank"
    if isinstance(kind, Kind.MinLength) and not error.instance:
        return "may not be blank"
    if isinstance(kind, Kind.Type):
        return f"must be {_types(kind.types)}"
    if isinstance(kind, Kind.Format):
        return f"is not a valid {_FORMATS.get(kind.format, kind.format)}"
    if isinstance(kind, Kind.Enum):
        return one_of(kind.options)
    if isinstance(kind, Kind.Constant):
        return one_of([kind.expected_value])
    if isinstance(kind, Kind.Pattern):
        accepted = part(error).get("x-accepts")
        return f"must be {accepted}" if accepted else f"must match the pattern {kind.pattern}"
    if isinstance(kind, Kind.Not) and (title := part(error).get("not", {}).get("title")):
        return f"may not be {title}"
    if isinstance(kind, Kind.AnyOf | Kind.OneOfNotValid):
        return _alternatives(error, part)
    return _without_value(error)


def _nearest(error: jsonschema_rs.ValidationError) -> Sequence[Branch]:
    """The alternatives that come closest to the value; none if the error is not about alternatives."""
    if error.instance is None or not isinstance(error.kind, Kind.AnyOf | Kind.OneOfNotValid):
        return []
    depth = len(list(error.instance_path))
    branches = error.kind.context
    telling = [
        [each for each in branch if _means_another_branch(each.kind, _below(each, depth))] for branch in branches
    ]
    if all(telling):
        # The value is meant for none of them, so that what else they require says nothing.
        return telling[:MAX_FIELD_ERRORS]
    near = [branch for branch, others in zip(branches, telling, strict=True) if not others]
    return _near(near, depth, _lacks_required)[:MAX_FIELD_ERRORS]


def _alternatives(error: jsonschema_rs.ValidationError, part: Part) -> str:
    """What the alternatives that come closest require; members are named relative to the value they apply to."""
    messages: dict[str, None] = {}
    depth = len(list(error.instance_path))
    for branch in _nearest(error):
        required = [
            f"{name} {each.message}" if (name := ".".join(each.pointer.split("/")[depth + 1 :])) else each.message
            for error in branch
            for each in _field_errors(error, "", part)
        ]
        messages[" and ".join(required[:MAX_FIELD_ERRORS])] = None
    return ", or ".join(messages)


#: The errors of one alternative of `anyOf` or `oneOf`.
Branch = Sequence[jsonschema_rs.ValidationError]


def _near(branches: Sequence[Branch], depth: int, far: Callable[[Any, int], bool]) -> Sequence[Branch]:
    """The alternatives without an error that `far` finds; all of them if each has one."""
    near = [branch for branch in branches if not any(far(error.kind, _below(error, depth)) for error in branch)]
    return near or branches


def _below(error: jsonschema_rs.ValidationError, depth: int) -> int:
    return len(list(error.instance_path)) - depth


def _means_another_branch(kind: Any, below: int) -> bool:
    """Whether the value is meant for another alternative: its type, or a constant in it, is a different one."""
    return isinstance(kind, Kind.Type) if below == 0 else below == 1 and isinstance(kind, Kind.Constant | Kind.Enum)


def _lacks_required(kind: Any, below: int) -> bool:
    """Whether the value lacks a required member of this alternative."""
    return below == 0 and isinstance(kind, Kind.Required)


def _names(types: Any) -> list[str]:
    return [types] if isinstance(types, str) else [str(name) for name in types]


def _types(types: Any) -> str:
    names = sorted(_names(types), key=lambda name: (name == "null", name))
    return " or ".join(_TYPES[name] for name in names)


def one_of(options: Iterable[Any]) -> str:
    """What is said of a value that is none of the options."""
    quoted = [_quoted(option) for option in options]
    return f"must be {quoted[0]}" if len(quoted) == 1 else f"must be one of {', '.join(quoted)}"


def _quoted(option: Any) -> str:
    return repr(option) if isinstance(option, str) else orjson.dumps(option).decode()


def _without_value(error: jsonschema_rs.ValidationError) -> str:
    """A message without the value, which may be very long."""
    kind = error.kind
    limits = {
        "Minimum": "must be at least {}",
        "Maximum": "must be at most {}",
        "ExclusiveMinimum": "must be more than {}",
        "ExclusiveMaximum": "must be less than {}",
        "MinItems": "must have at least {} items",
        "MaxItems": "must have at most {} items",
        "MinLength": "must have at least {} characters",
        "MaxLength": "must have at most {} characters",
        "MinProperties": "must have at least {} members",
        "MaxProperties": "must have at most {} members",
        "MultipleOf": "must be a multiple of {}",
    }
    name = type(kind).__name__
    if name in limits:
        text = limits[name].format(kind.value)
        return text.removesuffix("s") if kind.value == 1 and name.startswith(("Min", "Max")) else text
    fixed = {
        "UniqueItems": "must not contain the same item twice",
        "OneOfMultipleValid": "matches more than one of the alternatives, of which exactly one is allowed",
        "Not": "is not allowed here",
        "FalseSchema": _unknown(()),
    }
    return fixed.get(name, "is not valid")
