"""Reads YAML, and remembers what it read: parsing is most of what loading five contracts costs.

The result is kept as JSON in the user's cache folder under the digest of the text, so an edited file is a new one.
Where the folder cannot be used, every start parses anew.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson
import yaml

#: Changes with what `parse` makes of a text.
FORM = 2


# The C loader takes a sixth of the time of the other.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # which one is known at run time
    """Refuses a key that stands twice in one mapping: the last one would win, and nobody would know."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in seen:
                raise yaml.constructor.ConstructorError(problem=f"{name} stands twice", problem_mark=key.start_mark)
            seen |= {name} - {"", "<<"}
        told: dict[Any, Any] = super().construct_mapping(node, deep)
        return told


def parse(text: bytes) -> Any:
    """The value that a YAML text holds, as JSON has it. Raises yaml.YAMLError, also for what JSON cannot hold."""
    folder = _folder()
    kept = folder and folder / f"{blake2b(text, digest_size=16).hexdigest()}.json"
    if kept is not None:
        with contextlib.suppress(OSError, orjson.JSONDecodeError):
            return orjson.loads(kept.read_bytes())
    try:
        data = orjson.dumps(_text_keys(yaml.load(text, Loader=_Loader)))  # noqa: S506 - it is a safe one
    except TypeError as error:
        raise yaml.YAMLError(f"there is no JSON for it: {error}") from error
    if kept is not None:
        with contextlib.suppress(OSError):
            _keep(kept, data)
    # A date is a text in JSON: what is read the first time is what is read from then on.
    return orjson.loads(data)


@cache
def _folder() -> Path | None:
    """Where results are kept, None where that is impossible."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = base / "understudy" / f"contracts-{FORM}"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder


def _keep(path: Path, data: bytes) -> None:
    """Write whole or not at all; several processes may start at once."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(temporary, path)


def _text_keys(node: Any) -> Any:
    """YAML reads `404:` as a number; in JSON every key is text."""
    if isinstance(node, dict):
        return {str(name): _text_keys(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_text_keys(part) for part in node]
    return node
