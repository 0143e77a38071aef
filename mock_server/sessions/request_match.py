"""Which requests something is about: by API, method, path and operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Described(Protocol):
    """A request as far as it can be matched.

    `path` is as it was called, `below` without the API's own prefix; `slash_or_not` tells that the API answers the
    same with and without a final slash.
    """

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

    @property
    def slash_or_not(self) -> bool: ...


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
            and (self.path is None or any(_like(self.path, path) for path in _paths(request)))
            and (self.operation is None or self.operation == request.operation)
        )


def _paths(request: Described) -> tuple[str, ...]:
    """The forms in which somebody may write the path of a request."""
    paths = (request.path, request.below)
    if not request.slash_or_not:
        return paths
    return (*paths, *(path[:-1] if path.endswith("/") else f"{path}/" for path in paths))


def _like(wanted: str, path: str) -> bool:
    """Whether a path is like a pattern; every character stands for itself, except the asterisk.

    Each text between asterisks is taken where it first occurs, which leaves the most for those that follow.
    """
    if "*" not in wanted:
        return wanted == path
    start, *middle, end = wanted.split("*")
    place, last = len(start), len(path) - len(end)
    if place > last or not path.startswith(start) or not path.endswith(end):
        return False
    for text in middle:
        found = path.find(text, place, last)
        if found < 0:
            return False
        place = found + len(text)
    return True
