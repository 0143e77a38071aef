"""One document out of many: every reference followed, schemas kept by name, everything else put where it is used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

from understudy.specs.documents.fetching import FetchError, fetch, is_remote, led_to, path_of, shown
from understudy.specs.documents.kinds import MEMBERS
from understudy.specs.documents.lines import Lines
from understudy.specs.documents.text import TextError, read_text
from understudy.specs.reading.wording import pointer, printable

_INDEX = re.compile("0|[1-9][0-9]*", re.ASCII)
_MISSING: Any = object()
HERE = "#/components/schemas/"
#: So many references are followed to where something is written.
DEEPEST = 20
#: The address of a text, and a pointer into it.
Place = tuple[str, str]


class Warnings:
    """What cannot be honoured: each kind once, with the first place and how often."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def add(self, place: str, problem: str, times: int = 1) -> None:
        """Note a problem at a place."""
        self._first.setdefault(problem, place)
        self._counts[problem] += times

    def found(self) -> list[list[Any]]:
        """What `add` takes, once for each kind of problem."""
        return [[place, problem, self._counts[problem]] for problem, place in self._first.items()]

    def lines(self) -> list[str]:
        """One line for each kind of problem."""
        return [
            printable(f"{place}: {problem}") + (f" (and {times - 1} more)" if times > 1 else "")
            for place, problem, times in self.found()
        ]


class Bundle:
    """Reads a document and all that it refers to.

    `root` is an absolute address. `outside` allows references to files that lie outside of the document's folder. `asked`
    gets the address of everything that is sought, there or not. Raises FetchError if the document itself cannot be had,
    and TextError if it or a file that it refers to cannot be read.
    """

    def __init__(
        self, root: str, *, outside: bool = False, text: bytes | None = None, asked: list[str] | None = None
    ) -> None:
        self.root = root
        self.warnings = Warnings()
        #: Address -> text, of everything that was read.
        self.texts: dict[str, bytes] = {}
        self._asked = asked if asked is not None else []
        self._outside = outside
        self._values: dict[str, Any] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self._waiting: list[tuple[str, tuple[str, Any, str]]] = []
        self._inlined: dict[tuple[str, str, str], Any] = {}
        self._under_way: set[tuple[str, str, str]] = set()
        self._anchors: dict[str, dict[str, Any]] = {}
        self._lines: dict[str, Lines] = {}
        self._written = self._values[root] = self._read(root, text)

    @property
    def value(self) -> Any:
        """The root as it was read."""
        return self._values[self.root]

    def outline(self) -> dict[str, Any]:
        """The root with all its paths and operations in it, so that an overlay finds each; other references stay."""
        root = dict(self.value)
        paths = root.get("paths")
        if isinstance(paths, Mapping):
            root["paths"] = {
                name: item
                if name.startswith("x-")
                else self._outlined(item, "path", self.root, f"/paths{pointer((name,))}")
                for name, item in paths.items()
            }
        return root

    def whole(self, outline: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The root, or its outline as it was changed, in one piece.

        Its references lead to `#/components/schemas/NAME` alone.
        """
        root = self._values[self.root] = self.value if outline is None else dict(outline)
        schemas = root.get("components", {}).get("schemas", {}) if isinstance(root.get("components"), Mapping) else {}
        self._taken = set(schemas) if isinstance(schemas, Mapping) else set()
        bundled: dict[str, Any] = self._copy(root, "document", self.root, "")
        components = bundled.setdefault("components", {})
        named = components.setdefault("schemas", {})
        while self._waiting:
            name, (address, node, place) = self._waiting.pop()
            named[name] = self._copy(node, "schema", address, place)
        return bundled

    def place(self, pointed: str) -> str:
        """Where a part of the bundled document is written, as messages name it: file, line and pointer."""
        return self._shown(self.root, pointed)

    # --- the outline -----------------------------------------------------------------------------------------------

    def _outlined(self, node: Any, kind: str, address: str, place: str) -> Any:
        """A path item or an operation in place of the references to it; what it refers to itself becomes absolute."""
        seen: set[str] = set()
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            aim, fragment = led_to(address, node["$ref"])
            found = self._found(aim, fragment, (address, place), node["$ref"])
            key = f"{aim}#{fragment}"
            if not isinstance(found, Mapping) or key in seen:
                return {name: part for name, part in node.items() if name != "$ref"}
            seen.add(key)
            beside = {name: part for name, part in node.items() if name != "$ref"}
            address, place = aim, fragment
            node = {**found, **beside}
        if not isinstance(node, Mapping):
            return node
        members = MEMBERS[kind]
        return {
            name: self._outlined(part, "operation", address, f"{place}/{name}")
            if members.get(name) == "operation"
            else self._rebased(part, members.get(name, ""), address)
            for name, part in node.items()
        }

    def _rebased(self, node: Any, kind: str, address: str) -> Any:
        """The same with references that lead to the same places from the root."""
        if not kind or address == self.root:
            return node
        if kind[0] == "[":
            return [self._rebased(part, kind[1:-1], address) for part in node] if isinstance(node, list) else node
        if not isinstance(node, Mapping):
            return node
        if kind[0] == "{":
            return {name: self._rebased(part, kind[1:-1], address) for name, part in node.items()}
        members = MEMBERS[kind]
        return {
            name: _absolute(address, part)
            if name == "$ref" and isinstance(part, str)
            else self._rebased(part, members.get(name, ""), address)
            for name, part in node.items()
        }

    # --- copying ---------------------------------------------------------------------------------------------------

    def _copy(self, node: Any, kind: str, address: str, place: str) -> Any:
        if kind[0] == "[":
            if not isinstance(node, list):
                return node
            return [self._copy(part, kind[1:-1], address, f"{place}/{i}") for i, part in enumerate(node)]
        if not isinstance(node, Mapping):
            return node
        if kind[0] == "{":
            return {
                name: part
                if name.startswith("x-") and kind not in {"{schema}", "{header}"}
                else self._copy(part, kind[1:-1], address, f"{place}{pointer((name,))}")
                for name, part in node.items()
            }
        reference = node.get("$ref")
        if isinstance(reference, str):
            return self._followed(node, reference, kind, address, place)
        members = MEMBERS[kind]
        return {
            name: self._copy(part, members[name], address, f"{place}{pointer((name,))}") if name in members else part
            for name, part in node.items()
        }

    def _followed(self, node: Mapping[str, Any], reference: str, kind: str, address: str, place: str) -> Any:
        """What stands in the place of a reference."""
        aim, fragment = led_to(address, reference)
        # Beside a reference a schema keeps its keywords; elsewhere texts may override those of what is referred to.
        beside = {name: part for name, part in node.items() if name != "$ref"}
        if kind == "schema":
            target = self._named(aim, fragment, (address, place), reference)
            rest = self._copy(beside, kind, address, place)
            return {"$ref": target, **rest} if target else rest
        key = (aim, fragment, kind)
        if key not in self._inlined:
            found = self._found(aim, fragment, (address, place), reference)
            if found is _MISSING or key in self._under_way:
                if found is not _MISSING:
                    self._warn((address, place), f"the reference {reference!r} leads back to itself")
                return beside
            self._under_way.add(key)
            self._inlined[key] = self._copy(found, kind, aim, fragment)
            self._under_way.discard(key)
        copied = self._inlined[key]
        over = {name: part for name, part in beside.items() if name in {"summary", "description"} or kind == "path"}
        if not over or not isinstance(copied, Mapping):
            return copied
        return {**copied, **self._copy(over, kind, address, place)}

    def _named(self, aim: str, fragment: str, place: Place, reference: str) -> str:
        """The reference by which a schema is known in the bundle; empty when there is none."""
        if aim == self.root and fragment.startswith("/components/schemas/") and fragment.count("/") == 3:
            name = _step(fragment.rpartition("/")[2])
            if name in self._taken:
                return HERE + fragment.rpartition("/")[2]
        key = (aim, fragment)
        if key not in self._names:
            found = self._found(aim, fragment, place, reference)
            if found is _MISSING:
                return ""
            name = self._names[key] = self._new_name(aim, fragment)
            self._waiting.append((name, (aim, found, fragment)))
        return HERE + self._names[key]

    def _new_name(self, aim: str, fragment: str) -> str:
        stem = PurePosixPath(urlsplit(aim).path).stem if aim != self.root else ""
        last = fragment.rpartition("/")[2]
        parts = [part for part in (stem, last) if part]
        base = re.sub(r"[^A-Za-z0-9._-]+", "_", "_".join(dict.fromkeys(parts))).strip("_") or "Schema"
        if base.isdigit():
            base = f"Schema_{base}"
        name, number = base, 2
        while name in self._taken:
            name, number = f"{base}_{number}", number + 1
        self._taken.add(name)
        return name

    # --- places ----------------------------------------------------------------------------------------------------

    def _warn(self, place: Place, problem: str) -> None:
        self.warnings.add(self._shown(*place), problem)

    def _shown(self, address: str, pointed: str) -> str:
        address, pointed = self._origin(address, pointed)
        if address not in self._lines:
            self._lines[address] = Lines(self.texts[address])
        line = self._lines[address].line(pointed) if pointed.startswith("/") else None
        return f"{shown(address)}: {f'line {line}: ' if line else ''}{pointed}"

    def _origin(self, address: str, pointed: str, followed: int = 0) -> Place:
        """Where something is written that the bundle has in the place of a reference to it; else the same place."""
        steps = _steps(pointed)
        if address == self.root and steps[:2] == ["components", "schemas"]:
            aim = next((each for each, name in self._names.items() if steps[2:3] == [name]), None)
            if aim is not None:
                return self._origin(aim[0], aim[1] + pointer(steps[3:]), followed)
        node = self._written if address == self.root else self._values[address]
        for at, step in enumerate(steps):
            if isinstance(node, Mapping) and step in node:
                node = node[step]
            elif isinstance(node, list) and _INDEX.fullmatch(step) and int(step) < len(node):
                node = node[int(step)]
            elif isinstance(node, Mapping) and isinstance(node.get("$ref"), str) and followed < DEEPEST:
                beyond, fragment = led_to(address, node["$ref"])
                if beyond in self._values:
                    return self._origin(beyond, fragment + pointer(steps[at:]), followed + 1)
                break
            else:
                break
        return address, pointed

    # --- looking up ------------------------------------------------------------------------------------------------

    def _found(self, aim: str, fragment: str, place: Place, reference: str) -> Any:
        """What stands at an address; `_MISSING`, with a warning, when there is nothing."""
        try:
            value = self._document(aim)
        except (FetchError, TextError) as error:
            if isinstance(error, TextError) and not is_remote(aim):
                raise  # a file of the user's own, which can be mended
            self._warn(place, f"the reference {reference!r} cannot be followed: {error}")
            return _MISSING
        target = self._at(aim, value, fragment)
        if target is _MISSING:
            self._warn(place, f"nothing stands at {reference!r}")
        return target

    def _document(self, aim: str) -> Any:
        if aim not in self._values:
            if is_remote(self.root) and not is_remote(aim):
                raise FetchError("a document from the network does not lead to a file")
            folder = path_of(self.root).parent.resolve()
            if not is_remote(aim) and not self._outside and not path_of(aim).resolve().is_relative_to(folder):
                raise FetchError(f"it lies outside of {shown(folder.as_uri())}; --outside allows that")
            self._values[aim] = self._read(aim)
        return self._values[aim]

    def _read(self, address: str, data: bytes | None = None) -> Any:
        self._asked.append(address)
        self.texts[address] = data = fetch(address) if data is None else data
        try:
            text = read_text(data)
        except TextError as error:
            raise TextError(f"{shown(address)}: {error}") from error
        for name in text.twice:
            self.warnings.add(shown(address), f"the key {name} stands twice; the last one counts")
        return text.value

    def _at(self, aim: str, value: Any, fragment: str) -> Any:
        if not fragment:
            return value
        if not fragment.startswith("/"):
            if aim not in self._anchors:
                self._anchors[aim] = _anchors(value)
            return self._anchors[aim].get(fragment, _MISSING)
        for step in fragment[1:].split("/"):
            name = _step(step)
            if isinstance(value, Mapping) and name in value:
                value = value[name]
            elif isinstance(value, list) and _INDEX.fullmatch(name) and int(name) < len(value):
                value = value[int(name)]
            elif isinstance(value, Mapping) and isinstance(value.get("$ref"), str):
                # A pointer that goes on below a reference.
                below, inner = led_to(aim, value["$ref"])
                value = self._at(below, self._document(below), inner)
                if not isinstance(value, Mapping) or name not in value:
                    return _MISSING
                value = value[name]
            else:
                return _MISSING
        return value


def _absolute(address: str, reference: str) -> str:
    try:
        return urljoin(address, reference)
    except ValueError:
        return reference


def _steps(pointed: str) -> list[str]:
    return [_step(each) for each in pointed.split("/")[1:]]


def _step(text: str) -> str:
    """A step of a JSON pointer as the name that it stands for."""
    return text.replace("~1", "/").replace("~0", "~")


def _anchors(node: Any) -> dict[str, Any]:
    """The schemas of a document that have an `$anchor`."""
    found: dict[str, Any] = {}
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            if isinstance(part.get("$anchor"), str):
                found.setdefault(part["$anchor"], part)
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return found
