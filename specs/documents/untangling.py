"""Makes schemas of a lifted document usable that are right by the letter, and that no value or no program can meet.

A schema that is made of itself says nothing: the reference that closes the circle is left out. A part of `allOf` that
allows no members but its own forbids those of its neighbours: what it says of other members is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from understudy.specs.documents.bundle import Warnings
from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.references import look_up
from understudy.specs.reading.wording import pointer

#: Keywords whose schemas apply to the same value as the one that holds them.
LISTS = ("allOf", "anyOf", "oneOf")
SINGLE = ("not", "if", "then", "else")

Place = tuple[Any, ...]


def untangle(document: Mapping[str, Any], schemas: Sequence[tuple[Place, dict[str, Any]]], warnings: Warnings) -> None:
    """Change the schemas of a lifted document in place; each comes with where it stands."""
    untangling = _Untangling(document, warnings)
    for place, each in schemas:
        untangling.cut(each, place)
    for place, each in schemas:
        if "allOf" in each:
            untangling.let_in(each, place)


class _Untangling:
    def __init__(self, document: Mapping[str, Any], warnings: Warnings) -> None:
        self._document = document
        self._warnings = warnings
        self._done: set[int] = set()
        self._open: set[int] = set()

    # --- circles -----------------------------------------------------------------------------------------------------

    def cut(self, schema: dict[str, Any], place: Place) -> bool:
        """Cut every circle that a schema leads into; False if it is in the middle of one itself."""
        if id(schema) in self._open:
            return False
        if id(schema) in self._done:
            return True
        self._open.add(id(schema))
        target = self._target(schema)
        if target is not None and not self.cut(target, place):
            self._warnings.add(pointer(place), f"the reference {schema.pop('$ref')!r} leads back to itself")
        cut = [self.cut(part, place) for part in _beside(schema)]
        self._open.discard(id(schema))
        if all(cut):
            self._done.add(id(schema))
        return all(cut)

    def _target(self, schema: Mapping[str, Any]) -> dict[str, Any] | None:
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return None
        try:
            found = look_up(self._document, reference)
        except ContractError:
            return None
        return found if isinstance(found, dict) else None

    # --- parts that shut out each other ------------------------------------------------------------------------------

    def let_in(self, schema: dict[str, Any], place: Place) -> None:
        """Leave out whatever a part of `allOf`, or the schema around it, says against members of the others."""
        parts = [part for part in schema["allOf"] if isinstance(part, dict)]
        named = [self._names(part) for part in parts]
        own = frozenset(schema.get("properties", ()))
        for at, part in enumerate(parts):
            others = own.union(*named[:at], *named[at + 1 :])
            self._loosen(self._followed(part), others, (*place, "allOf", at))
        self._loosen(schema, frozenset[str]().union(*named), place)

    def _loosen(self, part: dict[str, Any], others: frozenset[str], place: Place) -> None:
        """Leave out what a part says of members that it does not know, where others have such members."""
        more = part.get("additionalProperties", True)
        if more not in (True, {}) and others - frozenset(part.get("properties", ())):
            del part["additionalProperties"]
            self._warnings.add(
                pointer(place), "additionalProperties of one part of allOf shuts out members of the others"
            )
        for at, below in enumerate(part.get("allOf", ())):
            if isinstance(below, dict):
                self._loosen(self._followed(below), others, (*place, "allOf", at))

    def _followed(self, schema: dict[str, Any]) -> dict[str, Any]:
        while (target := self._target(schema)) is not None:
            schema = target
        return schema

    def _names(self, schema: dict[str, Any]) -> frozenset[str]:
        """The members that a schema describes, in all its parts."""
        schema = self._followed(schema)
        parts = [part for name in LISTS for part in schema.get(name, ()) if isinstance(part, dict)]
        return frozenset(schema.get("properties", ())).union(*map(self._names, parts))


def _beside(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas in a schema that apply to the same value."""
    for name in LISTS:
        yield from (part for part in schema.get(name, ()) if isinstance(part, dict))
    yield from (schema[name] for name in SINGLE if isinstance(schema.get(name), dict))
