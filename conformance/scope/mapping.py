"""Which clauses of an API a general rule judges: what the file of rules of its contract says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from understudy.specs import Contract

Clauses = tuple[str, ...]

#: Schemathesis's check -> the aspect that a contract's rules map to clauses. Its `ignored_auth` repeats requests
#: in a way that does not work with a WSGI application; the scenarios call every operation without a credential instead.
GENERATED = {
    "negative_data_rejection": "generated.bad-data-accepted",
    "positive_data_acceptance": "generated.good-data-refused",
    "use_after_free": "generated.use-after-free",
    "ensure_resource_availability": "generated.not-available",
    "unsupported_method": "generated.unsupported-method",
    "response_headers_conformance": "generated.reply-headers",
}


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
    rules = contract.rules
    return ClauseMapping(rules.aspects, rules.schemas, rules.settings, rules.causes)
