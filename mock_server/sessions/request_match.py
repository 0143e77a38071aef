"""Matching of requests by API, method, path and operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class MatchableRequest(Protocol):
    """The properties of a request that can be matched.

    `path` is the path as it was called, `api_path` the one without the API's prefix; `ignores_trailing_slash` says that
    the API treats paths with and without a trailing slash alike.
    """

    @property
    def api(self) -> str | None: ...

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def api_path(self) -> str: ...

    @property
    def operation(self) -> str | None: ...

    @property
    def ignores_trailing_slash(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Match:
    """Conditions on a request; those that are None are not checked. In `path` an asterisk stands for any text."""

    api: str | None = None
    method: str | None = None
    path: str | None = None
    operation: str | None = None

    def fits(self, request: MatchableRequest) -> bool:
        """Whether a request meets all conditions."""
        return (
            (self.api is None or self.api == request.api)
            and (self.method is None or self.method.upper() == request.method)
            and (self.path is None or any(_like(self.path, path) for path in _paths(request)))
            and (self.operation is None or self.operation == request.operation)
        )


def _paths(request: MatchableRequest) -> tuple[str, ...]:
    """The ways in which the path of a request may be written."""
    paths = (request.path, request.api_path)
    if not request.ignores_trailing_slash:
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
