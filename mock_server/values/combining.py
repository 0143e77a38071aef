"""Two schemas of one value as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]


def both(one: Schema, other: Schema) -> dict[str, Any]:
    """Two schemas of one value as one; of keywords that cannot be put together the first one's counts."""
    out = {**other, **one}
    properties: dict[str, Any] = dict(other.get("properties", {}))
    for name, part in one.get("properties", {}).items():
        known = properties.get(name)
        properties[name] = part if known in (None, part) else {"allOf": [part, known]}
    if properties:
        out["properties"] = properties
    required = list(dict.fromkeys([*one.get("required", ()), *other.get("required", ())]))
    if required:
        out["required"] = required
    items = [part["items"] for part in (one, other) if isinstance(part.get("items"), Mapping)]
    if len(items) == 2 and items[0] != items[1]:
        out["items"] = {"allOf": items}
    return out
