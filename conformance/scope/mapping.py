"""Which clauses of an API a generic rule stands for: the data in `rules/<api>.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from understudy.specs.reading.yaml_files import parse

Clauses = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """`aspects`: name of a generic rule -> clauses. `schemas`: `Component` or `Component.member` -> clauses.

    `settings`: what a target can tell the API's own rules -> what it is.
    """

    aspects: Mapping[str, Clauses] = field(default_factory=dict)
    schemas: Mapping[str, Clauses] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    def of(self, aspect: str) -> Clauses:
        """The clauses of an aspect; `required.*` stands for every aspect of that topic."""
        if not aspect.endswith("*"):
            return self.aspects.get(aspect, ())
        return tuple(clause for name, ids in self.aspects.items() if name.startswith(aspect[:-1]) for clause in ids)

    def of_member(self, component: str, member: str, *, missing: bool = False, extra: bool = False) -> Clauses:
        """The clauses broken by a fault in a member: those of the member, else of what it lies in.

        A missing member breaks those of the object as well; an extra one only what says so (`Component.+member`).
        """
        if extra:
            head, dot, last = member.rpartition(".")
            return self.schemas.get(f"{component}.{head}{dot}+{last}", ())
        found: list[str] = []
        parts = [component, *member.split(".")] if member else [component]
        for length in range(len(parts), 0, -1):
            here = self.schemas.get(".".join(parts[:length]), ())
            found += here
            if here and not (missing and length == len(parts)):
                break
        return tuple(dict.fromkeys(found))


@cache
def mapping(api: str) -> Judged:
    """The mapping of one API; empty when it has none."""
    place = files("understudy.conformance.rules") / f"{api.replace('-', '_')}.yaml"
    if not place.is_file():
        return Judged()
    told = parse(place.read_bytes()) or {}
    aspects = {
        f"{topic}.{name}": _clauses(ids)
        for topic, part in (told.get("aspects") or {}).items()
        for name, ids in part.items()
    }
    schemas = {name: _clauses(ids) for name, ids in (told.get("schemas") or {}).items()}
    return Judged(aspects, schemas, told.get("settings") or {})


def _clauses(ids: Any) -> Clauses:
    return (ids,) if isinstance(ids, str) else tuple(ids)
