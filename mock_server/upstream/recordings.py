"""Recordings: one file for each exchange with a real server, which `POST /_mock/replies` and scenarios take as it is."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from understudy.mock_server.upstream.redaction import key_of

#: What of an operation's name a file name does not take.
_UNUSABLE = re.compile(r"[^A-Za-z0-9._-]+")

#: Bytes of one recording, and recordings in one folder, that are read.
LARGEST, MOST = 32 * 1024 * 1024, 20_000


class Recorder:
    """Keeps exchanges in a folder, each under a name of its own: the same request has the same file, with the last reply.

    With `operations` only the exchanges of these are kept. Raises ValueError for a folder that cannot be used.
    """

    def __init__(self, folder: Path, operations: Sequence[str] = ()) -> None:
        self._folder = folder
        self.operations = frozenset(operations)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise ValueError(f"{folder}: recordings cannot be written there: {error.strerror}") from None

    def keep(self, asked: Mapping[str, Any], answered: Mapping[str, Any]) -> Path:
        """Write an exchange, as a whole or not at all. Raises OSError."""
        path = self._folder / name_of(asked)
        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(orjson.dumps({**asked, **answered, "times": None}, option=options))
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return path


def name_of(asked: Mapping[str, Any]) -> str:
    """The name of the file for a request."""
    operation = _UNUSABLE.sub("-", str(asked["operation"])).strip("-.")[:80] or "operation"
    return f"{operation}-{hashlib.sha256(key_of(asked)).hexdigest()[:12]}.json"


def recorded(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The exchanges in a folder by the names of their files. Raises ValueError for one that cannot be read."""
    if not folder.is_dir():
        raise ValueError(f"{folder}: there is no folder with recordings")
    files = sorted(folder.glob("*.json"))
    if len(files) > MOST:
        raise ValueError(f"{folder}: there are more than {MOST} recordings")
    for path in files:
        yield path, _read(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"{path}: the recording is larger than {LARGEST // 2**20} MiB")
        value = orjson.loads(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from None
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{path}: this is not valid JSON: {error.msg} at line {error.lineno}") from None
    if not isinstance(value, dict):
        raise ValueError(f"{path}: a recording is an object")
    return value
