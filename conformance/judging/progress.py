"""How a run reports its progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Progress:
    """Functions that a run calls for each check; by default they do nothing.

    `started` gets the name, the number of the check and the number of all checks; `finished` gets the name. `begun` gets
    the run (`scenario_runner.Run`) when its target has been found, before the first check.
    """

    started: Callable[[str, int, int], None] = lambda name, number, total: None
    finished: Callable[[str], None] = lambda name: None
    begun: Callable[[Any], None] = lambda run: None
