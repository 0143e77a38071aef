"""Members of other makers that are called like annotations of ours: they mean something else, and are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from understudy.specs.documents.bundle import Warnings
from understudy.specs.documents.kinds import METHODS
from understudy.specs.own_schemas import refuse
from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.wording import pointer


def without_foreign(document: Mapping[str, Any], warnings: Warnings) -> dict[str, Any]:
    """A document whose annotations all have the form that `specs/README.md` gives them."""

    def kept(holder: Mapping[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
        ours = OURS if not place else OURS_OF_OPERATIONS
        foreign = {name: fault for name, find in ours.items() if name in holder and (fault := find(holder[name]))}
        for name, fault in foreign.items():
            warnings.add(pointer((*place, name)), f"it does not have the form of our annotation of this name: {fault}")
        return {name: part for name, part in holder.items() if name not in foreign}

    out = kept(document, ())
    if isinstance(document.get("paths"), Mapping):
        out["paths"] = {
            path: {
                method: kept(raw, ("paths", path, method)) if method in METHODS and isinstance(raw, Mapping) else raw
                for method, raw in item.items()
            }
            if isinstance(item, Mapping)
            else item
            for path, item in document["paths"].items()
        }
    return out


def _fault(name: str, value: Any) -> str:
    """What is wrong with a member that is called like an annotation of ours, empty for nothing."""
    try:
        refuse("annotations", value, f"$defs/{name}")
    except ContractError as error:
        return str(error)
    return ""


def _by_status(value: Any) -> str:
    """What is wrong with the shapes of the errors of one operation, which are given by status."""
    if not isinstance(value, Mapping):
        return "it is not an object"
    return next((fault for each in value.values() if (fault := _fault("errors", each))), "")


def _resources(value: Any) -> str:
    if not isinstance(value, Mapping):
        return "it is not an object"
    return next((fault for each in value.values() if (fault := _fault("resource", each))), "")


#: Annotation -> what is wrong with a value of it.
OURS: Mapping[str, Callable[[Any], str]] = {
    "x-operation": partial(_fault, "operation"),
    "x-pagination": partial(_fault, "pagination"),
    "x-errors": partial(_fault, "errors"),
    "x-resources": _resources,
    "x-precedence": partial(_fault, "precedence"),
    "x-body-limit": lambda part: "" if isinstance(part, int) and part > 0 else "it is not a number of bytes",
    "x-settings": lambda part: "" if isinstance(part, Mapping) else "it is not an object",
    "x-spellings": lambda part: (
        ""
        if isinstance(part, Mapping) and all(isinstance(each, list) for each in part.values())
        else "it is not an object of lists"
    ),
    "x-member-names": lambda part: (
        ""
        if isinstance(part, Mapping) and isinstance(part.get("underscored", []), list)
        else "it is not an object with a list"
    ),
    "x-later": lambda part: "" if isinstance(part, list) else "it is not a list",
}
#: The same on an operation, whose errors are given by status.
OURS_OF_OPERATIONS = {**OURS, "x-errors": _by_status}
