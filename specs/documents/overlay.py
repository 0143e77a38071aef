"""OpenAPI Overlay 1.0 and 1.1: changes to a document that one cannot edit, applied in their order."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonpath

from understudy.specs.documents.bundle import Warnings
from understudy.specs.documents.text import TextError, read_text
from understudy.specs.reading.wording import pointer, quoted

_PATHS = jsonpath.JSONPathEnvironment(strict=True)  # RFC 9535, without extensions
VERSIONS = ("1.0", "1.1")
MEMBERS = frozenset({"overlay", "info", "extends", "actions"})
ACTIONS = frozenset({"target", "description", "update", "remove", "copy"})
SCHEMA = Path(__file__).parents[1] / "schemas" / "annotations.schema.json"
#: Annotations that a document writes itself and an overlay does not change.
OURS = frozenset(
    name for part in json.loads(SCHEMA.read_text("utf-8"))["properties"].values() for name in part.get("properties", {})
)


class OverlayError(ValueError):
    """An overlay is not one, or its changes do not fit; the message names the overlay and the action."""


@dataclass(frozen=True, slots=True)
class Action:
    """One change: where, and what becomes of it."""

    place: str
    target: str
    nodes: Any
    update: Any
    has_update: bool
    source: Any
    remove: bool


@dataclass(frozen=True, slots=True)
class Overlay:
    """The changes of one file."""

    name: str
    extends: str
    actions: tuple[Action, ...]


def read_overlay(name: str, data: bytes) -> Overlay:
    """Read an overlay. `name` is what messages call it. Raises OverlayError."""
    try:
        value = read_text(data).value
    except TextError as error:
        raise OverlayError(f"{name}: {error}") from error
    if not isinstance(value, Mapping) or not isinstance(value.get("overlay"), str | float):
        raise OverlayError(f"{name}: it is not an OpenAPI Overlay: the member 'overlay' with a version is missing")
    version = str(value["overlay"])
    if not version.startswith(VERSIONS):
        raise OverlayError(f"{name}: /overlay: {version} is not a version that is read here; use 1.0.0 or 1.1.0")
    for member in value:
        if member not in MEMBERS and not member.startswith("x-"):
            raise OverlayError(f"{name}: there is no member {member!r}; known are {', '.join(sorted(MEMBERS))}")
    actions = value.get("actions")
    if not isinstance(actions, list) or not actions:
        raise OverlayError(f"{name}: /actions: a list with at least one action is needed")
    return Overlay(
        name, str(value.get("extends") or ""), tuple(_action(name, i, each) for i, each in enumerate(actions))
    )


def _action(name: str, number: int, raw: Any) -> Action:
    place = f"{name}: /actions/{number}"
    if not isinstance(raw, Mapping):
        raise OverlayError(f"{place}: an action is an object, not {quoted(raw)}")
    for member in raw:
        if member not in ACTIONS and not member.startswith("x-"):
            raise OverlayError(f"{place}: there is no member {member!r}; known are {', '.join(sorted(ACTIONS))}")
    target, remove = raw.get("target"), raw.get("remove", False)
    if not isinstance(target, str):
        raise OverlayError(f"{place}/target: a JSONPath is needed, such as $.paths['/things'].get")
    if not isinstance(remove, bool):
        raise OverlayError(f"{place}/remove: {quoted(remove)} is not true or false")
    if not remove and ("update" in raw) == ("copy" in raw):
        raise OverlayError(f"{place}: one of update, copy and remove: true is needed")
    source = _compiled(f"{place}/copy", raw["copy"]) if "copy" in raw else None
    nodes = _compiled(f"{place}/target", target)
    return Action(place, target, nodes, raw.get("update"), "update" in raw, source, remove)


def _compiled(place: str, path: Any) -> Any:
    if not isinstance(path, str):
        raise OverlayError(f"{place}: a JSONPath is a text, not {quoted(path)}")
    try:
        return _PATHS.compile(path)
    except (jsonpath.JSONPathError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise OverlayError(f"{place}: {path!r} is not a JSONPath: {reason}") from error


def overlaid(document: Mapping[str, Any], overlay: Overlay, warnings: Warnings) -> dict[str, Any]:
    """A document with the changes of an overlay; the given one stays as it is. Raises OverlayError."""
    # The holder lets an action replace the document as a whole like any other node.
    holder: dict[str, Any] = {"": copy.deepcopy(dict(document))}
    for action in overlay.actions:
        places = list(_places(action.nodes, holder[""]))
        if not places:
            warnings.add(action.place, f"the target {action.target} selects nothing")
        elif action.remove:
            _remove(holder, places)
        else:
            value = action.update if action.has_update else _copied(action, holder[""])
            for place in places:
                _change(holder, place, value, action.place, warnings)
    if not isinstance(holder.get(""), dict):
        raise OverlayError(f"{overlay.name}: nothing is left of the document")
    changed: dict[str, Any] = holder[""]
    return changed


def _places(query: Any, document: Any) -> Iterator[tuple[Any, ...]]:
    try:
        for match in query.finditer(document):
            yield tuple(match.parts)
    except jsonpath.JSONPathError as error:
        raise OverlayError(str(error).partition("\n")[0]) from error


def _copied(action: Action, document: Any) -> Any:
    found = list(action.source.finditer(document))
    if len(found) != 1:
        raise OverlayError(f"{action.place}/copy: it must select one node, and selects {len(found)}")
    return copy.deepcopy(found[0].obj)


def _parent(holder: Any, place: tuple[Any, ...]) -> tuple[Any, Any]:
    steps = ("", *place)
    node = holder
    for step in steps[:-1]:
        node = node[step]
    return node, steps[-1]


def _remove(holder: Any, places: list[tuple[Any, ...]]) -> None:
    # From the back, so that the places of list entries still to come stay what they are.
    for place in sorted(places, key=lambda steps: [(isinstance(step, int), step) for step in steps], reverse=True):
        parent, last = _parent(holder, place)
        if last in parent if isinstance(parent, dict) else last < len(parent):
            del parent[last]


def _change(holder: Any, place: tuple[Any, ...], value: Any, action: str, warnings: Warnings) -> None:
    parent, last = _parent(holder, place)
    target = parent[last]
    if isinstance(target, list):
        target += copy.deepcopy(value) if isinstance(value, list) else [copy.deepcopy(value)]
    elif isinstance(target, dict):
        if not isinstance(value, Mapping):
            raise OverlayError(f"{action}: an object is changed by an object, not by {quoted(value)}")
        _merge(target, value, place, action, warnings)
    elif isinstance(value, Mapping | list):
        raise OverlayError(f"{action}: {pointer(place)} is a single value, which {quoted(value)} cannot replace")
    else:
        parent[last] = value


def _merge(
    target: dict[str, Any], value: Mapping[str, Any], place: tuple[Any, ...], action: str, warnings: Warnings
) -> None:
    for name, part in value.items():
        here = (*place, name)
        if name not in target:
            target[name] = copy.deepcopy(part)
        elif name in OURS:
            if target[name] != part:
                warnings.add(action, f"{name} is written in the document itself, which counts")
        elif isinstance(target[name], dict) and isinstance(part, Mapping):
            _merge(target[name], part, here, action, warnings)
        elif isinstance(target[name], list) and isinstance(part, list):
            target[name] += copy.deepcopy(part)
        elif isinstance(target[name], dict | list) or isinstance(part, Mapping | list):
            raise OverlayError(
                f"{action}: {pointer(here)}: {quoted(target[name])} and {quoted(part)} do not go together"
            )
        else:
            target[name] = part
