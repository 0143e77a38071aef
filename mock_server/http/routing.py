"""Finds the operations of a path, segment by segment.

Text wins over text with parameters in it (`{id}.json`), which wins over whole parameters, and these win over those that
take all the rest of a path (`{path*}`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import parse_qsl, quote, unquote

T = TypeVar("T")

#: What one parameter takes of a segment: as little as possible.
ANY = "[^/]+?"
_WHOLE = re.compile(r"\{[^{}]*\}")
_PARTS = re.compile(r"\{[^{}]*\}|[^{}]+")

_ENCODED = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile("[A-Za-z0-9._~-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Route(Generic[T]):
    """A path of the contract: the names of its parameters in order, and the target of each method."""

    path: str
    names: tuple[str, ...]
    methods: Mapping[str, T]
    #: Method -> the targets that are meant where a query has certain parameters, which the contract writes in the path.
    asked: Mapping[str, Sequence[tuple[frozenset[tuple[str, str]], T]]] = field(default_factory=dict)

    def answering(self, method: str, query: bytes = b"") -> T | None:
        """The target of a method; HEAD has that of GET where it has none of its own."""
        if method in self.asked:
            sent = set(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
            for wanted, target in self.asked[method]:
                if wanted <= sent:
                    return target
        return self.methods.get(method, self.methods.get("GET") if method == "HEAD" else None)

    @property
    def allow(self) -> str:
        """The value of an Allow header."""
        methods = set(self.methods) | {"OPTIONS"} | ({"HEAD"} if "GET" in self.methods else set())
        return ", ".join(sorted(methods))


class _Node(Generic[T]):
    __slots__ = ("below", "mixed", "rest", "route", "wild")

    def __init__(self) -> None:
        self.below: dict[str, _Node[T]] = {}
        #: Segments of text and parameters, those with most text first.
        self.mixed: list[tuple[re.Pattern[str], _Node[T]]] = []
        self.wild: _Node[T] | None = None
        self.route: Route[T] | None = None
        #: The route of a parameter that takes all segments from here on.
        self.rest: Route[T] | None = None

    def mix(self, segment: str) -> _Node[T]:
        """The node behind a segment such as `{id}.json` or `{id}:cancel`."""
        pattern = re.compile(
            "".join(f"({ANY})" if part[:1] == "{" else re.escape(part) for part in _PARTS.findall(segment))
        )
        for known, below in self.mixed:
            if known.pattern == pattern.pattern:
                return below
        node: _Node[T] = _Node()
        self.mixed.append((pattern, node))
        self.mixed.sort(key=lambda each: -len(each[0].pattern.replace(ANY, "")))
        return node


#: How many paths are remembered, and of which length at most: one request looks for its path more than once.
MEMO, MEMO_LENGTH = 512, 512


class Router(Generic[T]):
    """A tree of path segments."""

    def __init__(
        self, routes: Iterable[Route[T]], trailing_slash: Literal["strict", "either", "redirect"] = "strict"
    ) -> None:
        self._root: _Node[T] = _Node()
        self._exact: dict[str, Route[T]] = {}
        #: Routes whose only parameter is the last segment, by the path before it: most items of most APIs.
        self._items: dict[str, Route[T]] = {}
        #: Paths below which a segment has text and parameters.
        self._mixed: set[str] = set()
        self._trailing_slash = trailing_slash
        #: What was found segment by segment.
        self._found: dict[str, tuple[Route[T] | None, tuple[str, ...]]] = {}
        for route in routes:
            self._add(route)

    def _add(self, route: Route[T]) -> None:
        node = self._root
        for segment in route.path.split("/")[1:]:
            if segment.endswith("*}"):
                node.rest = route
                return
            if _WHOLE.fullmatch(segment):
                node.wild = node.wild or _Node()
                node = node.wild
            elif "{" in segment:
                node = node.mix(segment)
            else:
                node = node.below.setdefault(segment, _Node())
        node.route = route
        head, _, last = route.path.rpartition("/")
        if not route.names:
            self._exact[route.path] = route
        elif len(route.names) == 1 and last == f"{{{route.names[0]}}}":
            self._items[head] = route
        if "{" in last and not _WHOLE.fullmatch(last):
            self._mixed.add(head)
        for each in self._mixed & self._items.keys():
            del self._items[each]  # what may be more than an item is looked for segment by segment

    def find(self, path: str) -> tuple[Route[T] | None, tuple[str, ...]]:
        """The route of a path as it was sent (percent-encoded), and the values of its parameters."""
        exact = self._exact.get(path)
        if exact is not None:
            return exact, ()
        head, _, last = path.rpartition("/")
        item = self._items.get(head)
        if item is not None and last:
            return item, (unquote(last) if "%" in last else last,)
        found = self._found.get(path)
        if found is None:
            found = self._search(path)
            if found[0] is not None and len(path) <= MEMO_LENGTH:
                if len(self._found) >= MEMO:
                    self._found.clear()
                self._found[path] = found
        return found

    def _search(self, path: str) -> tuple[Route[T] | None, tuple[str, ...]]:
        found = self._walk(self._root, path.split("/")[1:], ())
        if found[0] is None and self._trailing_slash == "either":
            return self._find_other(path)
        return found

    def redirect(self, path: str) -> str | None:
        """The path with (or without) a final slash to which the contract redirects, None if there is none."""
        if self._trailing_slash != "redirect":
            return None
        other = path[:-1] if path.endswith("/") else f"{path}/"
        return other if self._walk(self._root, other.split("/")[1:], ())[0] else None

    def _find_other(self, path: str) -> tuple[Route[T] | None, tuple[str, ...]]:
        other = path[:-1] if path.endswith("/") else f"{path}/"
        return self._walk(self._root, other.split("/")[1:], ())

    def _walk(
        self, node: _Node[T], segments: list[str], values: tuple[str, ...]
    ) -> tuple[Route[T] | None, tuple[str, ...]]:
        if not segments:
            return node.route, values
        first, rest = segments[0], segments[1:]
        concrete = node.below.get(first)
        if concrete is not None:
            found = self._walk(concrete, rest, values)
            if found[0] is not None:
                return found
        for pattern, below in node.mixed:
            match = pattern.fullmatch(first)
            if match is not None:
                found = self._walk(below, rest, (*values, *map(unquote, match.groups())))
                if found[0] is not None:
                    return found
        if node.wild is not None and first:
            found = self._walk(node.wild, rest, (*values, unquote(first)))
            if found[0] is not None:
                return found
        if node.rest is not None and first:
            return node.rest, (*values, unquote("/".join(segments)))
        return None, ()


def path_below(scope: Mapping[str, Any]) -> str:
    """The path below the API's mount, still percent-encoded so that an id may hold any character."""
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    if "%" in path:
        path = _ENCODED.sub(_unencoded, path)
    root = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(root) else path


def _unencoded(encoded: re.Match[str]) -> str:
    """A character that need not have been encoded means the same as itself (RFC 3986, 6.2.2.2)."""
    letter = chr(int(encoded[1], 16))
    return letter if _UNRESERVED.fullmatch(letter) else encoded[0].upper()
