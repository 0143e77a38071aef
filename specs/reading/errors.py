"""The one error that reading a contract ends in."""

from __future__ import annotations


class ContractError(ValueError):
    """A contract cannot be read, says something unknown, or contradicts itself."""
