"""The records of one resource in a session, from a client's side, as values of a type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Generic, TypeVar, cast, is_typeddict
from urllib.parse import quote

R = TypeVar("R")

#: Records that one request lists at most.
PAGE = 1000


class Records(Generic[R]):
    """The complete records of a resource, whoever owns them, as they are stored."""

    def __init__(self, control: Callable[..., Any], api: str, resource: str, kind: type[R]) -> None:
        self._control = control
        self._path = f"resources/{quote(api, safe='')}/{quote(resource, safe='')}"
        self._kind = kind

    def count(self) -> int:
        """The number of records."""
        return int(self._control("GET", self._path, limit=1)["count"])

    def list(self, **where: str) -> list[R]:
        """All records, oldest first; `list(status="ACTIVE")`: those with a value of an indexed property."""
        conditions = [f"{name}:{value}" for name, value in where.items()]
        found: list[R] = []
        while True:
            page = self._control("GET", self._path, where=conditions, limit=PAGE, offset=len(found))
            found += [self._typed(record) for record in page["records"]]
            if not page["records"] or len(found) >= page["count"]:
                return found

    def get(self, id: str) -> R:
        """A record as it is stored."""
        return self._typed(self._control("GET", self._at(id))["record"])

    def make(self, **properties: Any) -> R:
        """Create a record as the API does, for any owner."""
        return self._typed(self._control("POST", self._path, properties)["record"])

    def put(self, id: str, record: Mapping[str, Any]) -> R:
        """Replace a record, or create one with this id."""
        return self._typed(self._control("PUT", self._at(id), dict(record))["record"])

    def change(self, id: str, **properties: Any) -> R:
        """Change some properties of a record."""
        return self._typed(self._control("PATCH", self._at(id), properties)["record"])

    def remove(self, id: str) -> None:
        """Delete a record, and those that depend on it."""
        self._control("DELETE", self._at(id))

    def _at(self, id: str) -> str:
        return f"{self._path}/{quote(id, safe='')}"

    def _typed(self, record: dict[str, Any]) -> R:
        """A record as a value of the type: a dataclass takes the properties that it has."""
        if self._kind is dict or is_typeddict(self._kind):
            return cast(R, record)
        if is_dataclass(self._kind):
            names = {field.name for field in fields(self._kind) if field.init}
            return self._kind(**{name: value for name, value in record.items() if name in names})
        return self._kind(**record)
