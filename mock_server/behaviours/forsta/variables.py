"""Variables: the columns of a survey's respondent table, and what may be written into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from understudy.mock_server.behaviours.forsta import values

#: The largest number of columns of a respondent table.
MAX_COLUMNS = 1000

#: The length of a text variable that does not declare one.
DEFAULT_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a survey."""

    name: str
    type: str  # numeric | text | date | boolean
    level: str = "respondent"
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    system: bool = False

    @property
    def writable(self) -> bool:
        """Whether a call may set it: what the system counts and what a response holds is only read."""
        return self.level == "respondent" and not self.system

    def read(self) -> values.Read:
        """The function from a datapoint as sent to the value that is stored. It raises InvalidValueError."""
        return _read(self.type, self.length, self.precision, self.scale)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Variable:
        """The variable that a stored record describes."""
        return cls(
            name=record["name"],
            type=record["variableType"],
            level=record["level"],
            length=record.get("length"),
            precision=record.get("precision"),
            scale=record.get("scale"),
            system="isSystemVariable" in record,
        )


@lru_cache(maxsize=1024)
def _read(kind: str, length: int | None, precision: int | None, scale: int | None) -> values.Read:
    if kind == "text":
        return values.bounded_text(length if length is not None else DEFAULT_LENGTH)
    if kind == "date":
        return values.date
    if kind == "boolean":
        return values.boolean
    return values.number if precision is None and scale is None else values.bounded_number(precision, scale)
