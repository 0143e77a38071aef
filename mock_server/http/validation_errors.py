"""Turns the errors of a JSON Schema validator into field errors in plain English."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jsonschema_rs
import orjson

from understudy.mock_server.http.errors import FieldError

Kind = jsonschema_rs.ValidationErrorKind

#: How many are reported: as many as a person can read, since a body can hold thousands of invalid rows.
MAX_FIELD_ERRORS = 50

#: How many values of an invalid body are looked at for more errors than the first: the validator collects all of them,
#: and each may take a millisecond.
MAX_VALUES = 500

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


def field_errors_in(
    validator: jsonschema_rs.Draft202012Validator, value: Any, root: str = "", holders: Sequence[str] = ()
) -> list[FieldError]:
    """The errors that a validator finds in a value, each with the name of the member that is wrong.

    `root` names the value itself (a parameter's name, "body"). If one of the `holders` is missing, the members that
    it requires are reported instead of it.
    """
    left = [MAX_VALUES]
    part = _beginning(value, left)
    # Objects are not cut, so that there may be far more values nevertheless.
    errors = list(validator.iter_errors(part)) if left[0] > -MAX_VALUES else []
    found: dict[tuple[str, str], FieldError] = {}
    for error in errors or _first_error(validator, value):
        for each in _required_by_holder(validator, part, error, holders) or _field_errors(error, root):
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


def _first_error(validator: jsonschema_rs.Draft202012Validator, value: Any) -> list[jsonschema_rs.ValidationError]:
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        return [error]
    return []


def _field_errors(error: jsonschema_rs.ValidationError, root: str) -> Iterator[FieldError]:
    path = list(error.instance_path)
    kind = error.kind
    if isinstance(kind, Kind.Required):
        yield _at([*path, kind.property], "is required", root)
    elif isinstance(kind, Kind.AdditionalProperties):
        yield from (_at([*path, name], "is not known", root) for name in kind.unexpected)
    else:
        yield _at(path, _message(error), root)


def _required_by_holder(
    validator: jsonschema_rs.Draft202012Validator,
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
        for field_error in _field_errors(each, "")
    ]


def _at(path: Sequence[str | int], message: str, root: str) -> FieldError:
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
    return FieldError(".".join(str(step) for step in path) or root or "body", message, pointer)


def _message(error: jsonschema_rs.ValidationError) -> str:
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
        return f"must be one of {', '.join(_quoted(option) for option in kind.options)}"
    if isinstance(kind, Kind.Constant):
        return f"must be {_quoted(kind.expected_value)}"
    if isinstance(kind, Kind.Pattern):
        return "does not match the required pattern"
    if isinstance(kind, Kind.AnyOf | Kind.OneOfNotValid):
        return _alternatives(kind, len(list(error.instance_path)))
    return _without_value(error)


def _alternatives(kind: Any, depth: int) -> str:
    """What the alternatives that come closest require; members are named relative to the value they apply to."""
    messages: dict[str, None] = {}
    for branch in _near(_near(kind.context, depth, _means_another_branch), depth, _lacks_required)[:MAX_FIELD_ERRORS]:
        required = [
            f"{name} {each.message}" if (name := ".".join(each.pointer.split("/")[depth + 1 :])) else each.message
            for error in branch
            for each in _field_errors(error, "")
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


def _types(types: Any) -> str:
    names = [types] if isinstance(types, str) else [str(t) for t in types]
    return " or ".join(f"of type {name}" for name in names)


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
        "FalseSchema": "is not known",
    }
    return fixed.get(name, "is not valid")
