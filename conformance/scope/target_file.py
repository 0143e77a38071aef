"""Reads the file that describes a target: everything that the options of a run hold."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.words import expectation, no_such
from understudy.conformance.scope import yaml_file

Members = dict[str, Any]
#: Members whose values may be taken from the environment.
_EXPANDED = ("tokens", "headers", "settings", "login")
#: Members that name a file; a relative name starts at the folder of the target file.
_FILES = ("ca", "waivers", "report_json", "report_junit", "report_html")
#: Members that are merged with what options give, name by name.
MAPPINGS = ("tokens", "headers", "settings", "paths", "parameters", "bodies", "login")


def read(path: str | Path, environment: Mapping[str, str] = os.environ) -> Members:
    """The members of a target file (YAML), with `$NAME` taken from the environment in credentials, headers and settings.

    Raises UsageError, which names the member, for anything that `target.schema.json` does not allow.
    """
    members = yaml_file.plain(yaml_file.read(path, "the target file"))
    if not isinstance(members, dict):
        raise UsageError(f"{path} must be a mapping. Its members are {', '.join(names())}.")
    # A member without a value is as good as none.
    members = {name: value for name, value in members.items() if value is not None}
    for fault in _validator().iter_errors(members):
        raise UsageError(f"{path}: {_sentence(fault)}")
    for name in _EXPANDED:
        if name in members:
            members[name] = {key: _expand(value, environment, path) for key, value in members[name].items()}
    for name in _FILES:
        if name in members:
            members[name] = str(Path(path).parent / members[name])
    return members


def names() -> list[str]:
    """The names of all members."""
    return sorted(_schema()["properties"])


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> Members:
    """Two mappings as one; what both have is taken from the new one, member by member."""
    both = {name: merged(old[name], value) for name, value in new.items() if _are_mappings(old.get(name), value)}
    return {**old, **new, **both}


def _are_mappings(*values: Any) -> bool:
    return all(isinstance(value, Mapping) for value in values)


def value(text: str) -> Any:
    """The value that a text stands for: JSON, or else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _sentence(fault: Any) -> str:
    """What is wrong, without the value, which may be a credential."""
    place = ".".join(str(step) for step in fault.instance_path)
    if isinstance(fault.kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        return no_such("member", fault.kind.unexpected, names())
    kind, value = fault.kind.name, getattr(fault.kind, "value", None)
    if isinstance(fault.kind, jsonschema_rs.ValidationErrorKind.Required):
        value = fault.kind.property
    elif isinstance(fault.kind, jsonschema_rs.ValidationErrorKind.Type):
        value = fault.kind.types
    elif isinstance(fault.kind, jsonschema_rs.ValidationErrorKind.PropertyNames):
        return f"{place} has a name that contains / or ? or #; each name is one step of a path"
    quotes = "; write it in quotes" if kind == "type" and "string" in (value or ()) else ""
    return f"{place} is expected {expectation(kind, value)}{quotes}"


def _expand(value: Any, environment: Mapping[str, str], path: str | Path) -> Any:
    text = json.dumps(value) if isinstance(value, bool | int | float) else str(value)
    if not text.startswith("$"):
        return value if isinstance(value, bool) else text
    name = text.strip("${}")
    if name not in environment:
        raise UsageError(f"{path} refers to the environment variable {name}, which is not set")
    return environment[name]


@cache
def _schema() -> dict[str, Any]:
    text = (files("understudy.conformance.scope") / "target.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_schema())
