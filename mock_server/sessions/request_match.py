"""Matching of requests by API, method, path, operation, query, header fields and body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

from understudy.mock_server.http.errors import Header

#: Marks a body that is not compared; None is a body.
ANY = object()


class MatchableRequest(Protocol):
    """The properties of a request that can be matched.

    `path` is the path as it was called, `api_path` the one without the API's prefix; `ignores_trailing_slash` says that
    the API treats paths with and without a trailing slash alike. The names of `headers` are in lower case.
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

    @property
    def query(self) -> bytes: ...

    @property
    def headers(self) -> Sequence[Header]: ...


@dataclass(frozen=True, slots=True)
class Match:
    """Conditions on a request; those that are None are not checked. In `path` an asterisk stands for any text.

    `query` holds values of query parameters and `request_headers` those of header fields, whose names are compared
    without regard to case. `request_body` is a part of the JSON body; ANY does not look at the body.
    """

    api: str | None = None
    method: str | None = None
    path: str | None = None
    operation: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    request_headers: Mapping[str, str] = field(default_factory=dict)
    request_body: Any = ANY

    def fits(self, request: MatchableRequest) -> bool:
        """Whether a request meets all conditions except that on its body."""
        return (
            (self.api is None or self.api == request.api)
            and (self.method is None or self.method.upper() == request.method)
            and (self.path is None or any(_like(self.path, path) for path in _paths(request)))
            and (self.operation is None or self.operation == request.operation)
            and (not self.query or _has_all(self.query, parse_qsl(request.query.decode("latin-1"), True)))
            and (not self.request_headers or _has_all(_lower(self.request_headers), _decoded(request.headers)))
        )

    def fits_body(self, body: Any) -> bool:
        """Whether a JSON body contains the part that is asked for; ANY is a body that is not JSON."""
        return self.request_body is ANY or (body is not ANY and contains(body, self.request_body))


def _paths(request: MatchableRequest) -> tuple[str, ...]:
    """The ways in which the path of a request may be written."""
    paths = (request.path, request.api_path)
    if not request.ignores_trailing_slash:
        return paths
    return (*paths, *(path[:-1] if path.endswith("/") else f"{path}/" for path in paths))


def _has_all(wanted: Mapping[str, str], pairs: Sequence[tuple[str, str]]) -> bool:
    return all(pair in pairs for pair in wanted.items())


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _decoded(headers: Sequence[Header]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def contains(value: Any, part: Any) -> bool:
    """Whether a JSON value contains a part: of an object the members that the part has, of a list every item."""
    if isinstance(part, dict):
        return isinstance(value, dict) and all(
            name in value and contains(value[name], wanted) for name, wanted in part.items()
        )
    if isinstance(part, list):
        return isinstance(value, list) and len(value) == len(part) and all(map(contains, value, part))
    # In Python true is 1; in JSON it is not, and 1.0 is.
    return isinstance(value, bool) == isinstance(part, bool) and bool(value == part)


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
