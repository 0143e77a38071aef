"""Reads YAML files that were written by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from understudy.conformance.evidence.errors import UsageError
from understudy.specs.reading.yaml_files import YamlError, load


def read(path: str | Path, what: str) -> Any:
    """The value in a file; raises UsageError, which says `what` the file is, if it cannot be read or is not valid YAML.

    A value that contains itself (an alias within its own anchor) is refused too.
    """
    try:
        text = Path(path).read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{what} cannot be read: {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{what} cannot be read: {path} is not valid UTF-8 at byte {error.start + 1}") from error
    try:
        value = load(text)
        _finite(value)
    except RecursionError:
        raise UsageError(f"{path} cannot be used: its YAML is nested too deeply, or holds itself") from None
    except YamlError as error:
        raise UsageError(f"{path} is not valid YAML: {error}") from error
    return value


def plain(value: Any) -> Any:
    """The value with names and dates as strings, whether they were quoted in the YAML or not."""
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _finite(value: Any) -> None:
    """Raise RecursionError for a value that contains itself."""
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _finite(part)
