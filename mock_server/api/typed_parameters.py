"""Parameters with a type for Connexion's own stack, which reads each by its `type` and fails where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.specs.reading.objects import objects
from understudy.specs.reading.references import resolve


def type_parameters(document: dict[str, Any]) -> None:
    """Declare as text, in place, what no type is given to: parameters, and the items of those that are lists.

    This is how our own stack reads them. What else their schemas say stays and is checked.
    """
    for _, kind, node in objects(document):
        if kind == "parameter" and isinstance(node, dict) and "schema" in node:
            node["schema"] = _typed(document, node["schema"])


def _typed(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    own = {"type": "string", **resolve(document, schema)}
    if own["type"] == "array":
        own["items"] = {"type": "string", **resolve(document, own.get("items", {}))}
    return own
