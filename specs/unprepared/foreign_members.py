"""Members of other makers that are called like annotations of ours: they mean something else, and are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from understudy.specs.documents.bundle import Warnings
from understudy.specs.documents.kinds import METHODS
from understudy.specs.reading.wording import pointer


def without_foreign(document: Mapping[str, Any], warnings: Warnings) -> dict[str, Any]:
    """A document whose annotations all have the form that `specs/README.md` gives them."""

    def kept(holder: Mapping[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
        ours = OURS if not place else OURS_OF_OPERATIONS
        foreign = [name for name, is_ours in ours.items() if name in holder and not is_ours(holder[name])]
        for name in foreign:
            warnings.add(pointer((*place, name)), "it does not have the form of our annotation of this name")
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


def _object_with(*names: str) -> Callable[[Any], bool]:
    return lambda part: isinstance(part, Mapping) and part.keys() >= set(names)


def _statuses(part: Any) -> bool:
    return isinstance(part, list) and all(isinstance(each, int) for each in part)


#: Annotation -> whether a value can be one.
OURS: Mapping[str, Callable[[Any], bool]] = {
    "x-operation": _object_with("action"),
    "x-pagination": _object_with("envelope"),
    "x-errors": _object_with("media_type", "body", "reasons"),
    "x-resources": lambda part: isinstance(part, Mapping) and all(isinstance(each, Mapping) for each in part.values()),
    "x-precedence": _statuses,
    "x-body-limit": lambda part: isinstance(part, int) and part > 0,
    "x-settings": _object_with(),
    "x-spellings": lambda part: isinstance(part, Mapping) and all(isinstance(each, list) for each in part.values()),
    "x-member-names": lambda part: isinstance(part, Mapping) and isinstance(part.get("underscored", []), list),
    "x-later": lambda part: isinstance(part, list),
}
#: The same on an operation, whose errors are given by status.
OURS_OF_OPERATIONS = {
    **OURS,
    "x-errors": lambda part: isinstance(part, Mapping) and all(map(OURS["x-errors"], part.values())),
}
