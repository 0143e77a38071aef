"""Which clauses of an API a generic rule judges: the data in `rules/<api>.yaml`, or what a register that was made says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from understudy.specs import Contract
from understudy.specs.reading.yaml_files import parse

Clauses = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClauseMapping:
    """The clauses that generic rules and schemas stand for.

    `aspects`: name of a generic rule -> clauses. `schemas`: `Component` or `Component.member` -> clauses.

    `settings`: name of a setting of the API's own rules -> its description. `causes`: clause -> clauses that are broken
    for the same reason, whenever it is broken.
    """

    aspects: Mapping[str, Clauses] = field(default_factory=dict)
    schemas: Mapping[str, Clauses] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    causes: Mapping[str, Clauses] = field(default_factory=dict)

    def of(self, aspect: str) -> Clauses:
        """The clauses of an aspect; `required.*` means every aspect of that topic."""
        if not aspect.endswith("*"):
            return self.aspects.get(aspect, ())
        return tuple(clause for name, ids in self.aspects.items() if name.startswith(aspect[:-1]) for clause in ids)

    def of_member(self, component: str, member: str, *, missing: bool = False, extra: bool = False) -> Clauses:
        """The clauses broken by a fault in a member: those of the member, else those of the nearest object around it.

        A missing member breaks those of its object as well; an extra one only those listed as `Component.+member`.
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


def mapping(contract: Contract) -> ClauseMapping:
    """The mapping of one API; empty if it has none."""
    return _of_register(contract) if contract.inferred else _of_rules(contract.api)


def _of_register(contract: Contract) -> ClauseMapping:
    """The mapping of a document that nobody prepared, each clause of which says what rule it states."""
    aspects: dict[str, list[str]] = {}
    for clause in contract.clauses:
        if clause.rule:
            aspects.setdefault(clause.rule, []).append(clause.id)
    return ClauseMapping({rule: tuple(ids) for rule, ids in aspects.items()})


@cache
def _of_rules(api: str) -> ClauseMapping:
    file = files("understudy.conformance.rules") / f"{api.replace('-', '_')}.yaml"
    if not file.is_file():
        return ClauseMapping()
    document = parse(file.read_bytes()) or {}
    aspects = {
        f"{topic}.{name}": _clauses(ids)
        for topic, part in (document.get("aspects") or {}).items()
        for name, ids in part.items()
    }
    schemas = {name: _clauses(ids) for name, ids in (document.get("schemas") or {}).items()}
    causes = {name: _clauses(ids) for name, ids in (document.get("causes") or {}).items()}
    return ClauseMapping(aspects, schemas, document.get("settings") or {}, causes)


def _clauses(ids: Any) -> Clauses:
    return (ids,) if isinstance(ids, str) else tuple(ids)
