"""The names in templates of JSON values: texts with `{name}` in them, as `specs/README.md` defines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: A name in a text, with a question mark when its member is dropped without a value.
NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)(\??)\}")


def names_in(template: Any) -> frozenset[str]:
    """All names that a template asks for."""
    if isinstance(template, str):
        return frozenset(name for name, _ in NAME.findall(template))
    if isinstance(template, Mapping):
        return frozenset().union(*(names_in(part) for part in template.values()))
    if isinstance(template, list):
        return frozenset().union(*(names_in(part) for part in template))
    return frozenset()
