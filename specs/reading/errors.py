"""The one error that reading a contract ends in."""

from __future__ import annotations

from pathlib import Path


class ContractError(ValueError):
    """A contract cannot be read, says something unknown, or contradicts itself; `sources` are the files that may mend it."""

    def __init__(self, problem: str, sources: tuple[Path, ...] = ()) -> None:
        super().__init__(problem)
        self.sources = sources
