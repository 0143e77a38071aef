"""What a run tells while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Progress:
    """Functions to be called on the way; each may be left as it is.

    `started` gets a name, its number and how many there are; `finished` the name.
    """

    started: Callable[[str, int, int], None] = lambda name, number, total: None
    finished: Callable[[str], None] = lambda name: None
