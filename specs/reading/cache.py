"""Results that cost much to make, kept as JSON in the user's cache folder under the digest of what they were made from.

Where the folder cannot be used, or a file in it cannot be read, the result is made again.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson


def cached(kind: str, key: bytes, make: Callable[[], Any]) -> Any:
    """What `make` makes, as JSON has it: the same the first time as every other.

    `kind` says what is made, and in which form; `key` holds everything that it is made from. Raises TypeError for what
    JSON cannot hold, and what `make` raises.
    """
    folder = cache_folder(kind)
    kept = folder and folder / f"{blake2b(key, digest_size=16).hexdigest()}.json"
    if kept is not None:
        with contextlib.suppress(OSError, orjson.JSONDecodeError):
            return orjson.loads(kept.read_bytes())
    data = orjson.dumps(make())
    if kept is not None:
        with contextlib.suppress(OSError):
            _keep(kept, data)
    return orjson.loads(data)


@cache
def program(*folders: Path, distributions: tuple[str, ...] = ()) -> bytes:
    """A digest of the code and the JSON Schemas below some folders, and of the versions of some distributions.

    It belongs into the key of whatever they decide: a result of other code is not taken for theirs.
    """
    digest = blake2b(digest_size=16)
    for folder in folders:
        for file in sorted(file for file in folder.rglob("*") if file.suffix in {".py", ".json"}):
            digest.update(file.read_bytes())
    for name in distributions:
        digest.update(version(name).encode())
    return digest.digest()


@cache
def cache_folder(kind: str) -> Path | None:
    """Where results of a kind are kept, None where that is impossible."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = base / "understudy" / kind
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
