"""Which requests something is about: by API, method, path and operation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol


class Described(Protocol):
    """A request as far as it can be matched. `path` is as it was called, `below` without the API's own prefix."""

    @property
    def api(self) -> str | None: ...

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def below(self) -> str: ...

    @property
    def operation(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Match:
    """A condition; what is None is not looked at. In `path` an asterisk stands for any text."""

    api: str | None = None
    method: str | None = None
    path: str | None = None
    operation: str | None = None

    def fits(self, request: Described) -> bool:
        """Whether a request meets the condition."""
        return (
            (self.api is None or self.api == request.api)
            and (self.method is None or self.method.upper() == request.method)
            and (self.path is None or _like(self.path, request.path) or _like(self.path, request.below))
            and (self.operation is None or self.operation == request.operation)
        )


def _like(wanted: str, path: str) -> bool:
    return _pattern(wanted).fullmatch(path) is not None


@lru_cache
def _pattern(wanted: str) -> re.Pattern[str]:
    """Every character stands for itself, except the asterisk."""
    return re.compile(".*".join(re.escape(part) for part in wanted.split("*")), re.DOTALL)
