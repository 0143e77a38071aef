"""Freed memory goes back to the system, where the C library keeps it otherwise."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


@cache
def _trim() -> Callable[[int], object] | None:
    """`malloc_trim` of glibc, None where the C library is another one."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def give_back() -> None:
    """Give memory that is free back to the system; this takes some milliseconds."""
    trim = _trim()
    if trim is not None:
        trim(0)
