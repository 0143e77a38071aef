"""Who calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a role and what the seed says of it (organisation, user id, rights)."""

    role: str
    values: Mapping[str, Any]


#: Who calls where no credential is asked for, and in control operations, which see everybody's records.
NOBODY = Caller("nobody", {})
