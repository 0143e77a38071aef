"""The caller of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Caller:
    """A role and the values that the seed gives it (organisation, user id, rights)."""

    role: str
    values: Mapping[str, Any]


#: The caller if no credential is required, and in control operations, which see the records of all owners.
NOBODY = Caller("nobody", {})
