"""Reads YAML files that were written by hand."""

from __future__ import annotations

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
        raise UsageError(f"{path} cannot be used: its YAML is nested without end") from None
    except YamlError as error:
        raise UsageError(f"{path} is not valid YAML: {error}") from error
    return value


def _finite(value: Any) -> None:
    """Raise RecursionError for a value that contains itself."""
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _finite(part)
