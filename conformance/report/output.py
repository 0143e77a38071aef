"""Where a report is put: regular files whole or not at all; a pipe, a device or a FIFO is written into as it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.findings import Report

Write = Callable[[Report, Path], None]


def prepare(path: Path) -> None:
    """Complain about a place that cannot be written before a long run, not after it; makes missing folders.

    Raises UsageError.
    """
    if _flows(path):
        good = os.access(path, os.W_OK)
    else:
        place = _resolved(path)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"no report can be written to {path}: {error.strerror}") from error
        # What still is a link here is one that leads in a circle.
        usable = not (place.is_dir() or place.is_symlink()) and (not place.exists() or os.access(place, os.W_OK))
        good = usable and os.access(place.parent, os.W_OK)
    if not good:
        raise UsageError(f"no report can be written to {path}")


def put(report: Report, path: Path, write: Write) -> None:
    """Write a report to a place; raises OSError, and leaves a file that was there before as it was."""
    if _flows(path):
        write(report, path)
        return
    place = _resolved(path)
    part = place.with_name(f".{place.name}.part")
    try:
        write(report, part)
        part.replace(place)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _flows(path: Path) -> bool:
    """Whether something is there that is no file and no folder, so that nothing can take its place."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _resolved(path: Path) -> Path:
    """The file at the end of a path's links, there or not."""
    return Path(os.path.realpath(path))
