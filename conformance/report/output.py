"""Writes a report: a regular file is replaced as a whole or not at all; pipes and devices are written to directly."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.findings import Report

Write = Callable[[Report, Path], None]


def prepare(path: Path) -> None:
    """Raise UsageError, before a long run, if no report can be written to a path; creates missing folders."""
    if _is_pipe_or_device(path):
        good = os.access(path, os.W_OK)
    else:
        file = _resolved(path)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot write a report to {path}: {error.strerror}") from error
        # A path that is still a link here leads in a circle.
        usable = not (file.is_dir() or file.is_symlink()) and (not file.exists() or os.access(file, os.W_OK))
        good = usable and os.access(file.parent, os.W_OK)
    if not good:
        raise UsageError(f"cannot write a report to {path}")


def put(report: Report, path: Path, write: Write) -> None:
    """Write a report to a path; raises OSError, and then leaves an existing file as it was."""
    if _is_pipe_or_device(path):
        write(report, path)
        return
    file = _resolved(path)
    part = file.with_name(f".{file.name}.part")
    try:
        write(report, part)
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _is_pipe_or_device(path: Path) -> bool:
    """Whether a path is neither a file nor a folder (a pipe or a device), so that it cannot be replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _resolved(path: Path) -> Path:
    """The file that a path's links lead to, whether it exists or not."""
    return Path(os.path.realpath(path))
