"""What a contract says, as frozen values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from understudy.specs.reading.references import resolve

Json = Any
JsonObject = Mapping[str, Any]

Action = Literal["list", "read", "create", "update", "delete", "custom"]
Unusable = Literal["default", "refuse", "missing"]

NOTHING: JsonObject = {}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation, with its schema as JSON Schema 2020-12."""

    name: str
    place: Literal["query", "path", "header", "cookie"]
    required: bool
    schema: JsonObject
    explode: bool
    default: Json = None
    #: Whether an empty value counts as none (`allowEmptyValue`).
    allow_empty: bool = False


@dataclass(frozen=True, slots=True)
class PageNumber:
    """The parameter that names a page."""

    parameters: tuple[str, ...]
    default: int = 1
    unusable: Unusable = "default"
    past_end: Literal["empty", "missing"] = "empty"
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageSize:
    """The parameter that bounds a page, with what happens above its maximum."""

    parameters: tuple[str, ...]
    default: int
    maximum: int
    above: Literal["clamp", "refuse", "default"] = "clamp"
    unusable: Unusable = "default"


@dataclass(frozen=True, slots=True)
class PageOffset:
    """The parameter that starts a page at a record instead of at a page number."""

    parameters: tuple[str, ...]
    unusable: Unusable = "default"


@dataclass(frozen=True, slots=True)
class Pagination:
    """How a list is cut into pages and wrapped."""

    size: PageSize
    envelope: JsonObject
    page: PageNumber | None = None
    offset: PageOffset | None = None

    def items_at(self) -> tuple[str, ...]:
        """The member names that lead from the envelope to the array of items."""
        path = _find(self.envelope, "{items}")
        return () if path is None else path


@dataclass(frozen=True, slots=True)
class Reference:
    """A property that names a record of another resource."""

    resource: str
    on_delete: Literal["cascade", "clear", "refuse", "keep"] = "keep"


@dataclass(frozen=True, slots=True)
class Identity:
    """How the ids of a resource look."""

    form: Literal["base36", "hex", "uuid", "serial"] = "uuid"
    prefix: str = ""
    length: int = 16
    property: str = "id"


@dataclass(frozen=True, slots=True)
class Count:
    """A property that says how many records of another resource belong to this one."""

    resource: str
    by: str
    where: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resource:
    """One type of object: what the store keeps of it, and how it is shown."""

    name: str
    schema: str | None
    identity: Identity
    owner: str | None
    references: Mapping[str, Reference]
    embeds: Mapping[str, str]
    counts: Mapping[str, Count]
    optional: Mapping[str, tuple[str, ...]]
    indexes: tuple[str, ...]
    values: JsonObject
    view: JsonObject | None
    #: Further members that hold an id, or a list of ids, of one of some resources.
    mentions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The schema of members that no view shows.
    kept: JsonObject = field(default_factory=dict)

    def columns(self) -> tuple[str, ...]:
        """The properties that are looked up by equality, each once, in a stable order."""
        names = [self.owner] if self.owner else []
        names += [*self.references, *self.indexes]
        return tuple(dict.fromkeys(names))

    def hidden(self) -> frozenset[str]:
        """The wire properties that are shown only when an opt-in token asks for them."""
        return frozenset(name for names in self.optional.values() for name in names)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document with its annotations."""

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Mapping[str, JsonObject]
    body_required: bool
    #: Bytes of a body that are accepted, None for the server's default.
    body_limit: int | None
    aliases: Mapping[str, str]
    responses: Mapping[str, Mapping[str, JsonObject]]
    security: tuple[str, ...]
    action: Action
    resource: str | None
    filters: Mapping[str, str]
    within: Mapping[str, str]
    where: JsonObject
    optional: str | None
    order: str
    success: int
    pagination: Pagination | None
    precedence: tuple[int, ...]
    holders: tuple[str, ...]
    provenance: Literal["documented", "implied"]
    tags: tuple[str, ...]
    summary: str
    #: The objects in a body whose members have names in any form, as the steps that lead to them.
    underscored: tuple[tuple[str, ...], ...] = ()
    #: Whether the operation itself says when a body that does not fit is refused.
    checks_late: bool = False

    @property
    def writes(self) -> bool:
        """Whether its method may change the target."""
        return self.method not in {"GET", "HEAD", "OPTIONS"}

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """The names of the parameters in its path, in the order of their declaration."""
        return tuple(parameter.name for parameter in self.parameters if parameter.place == "path")

    @property
    def lists_all(self) -> bool:
        """Whether it lists a resource as a whole, not what lies below a parent."""
        return self.action == "list" and not self.path_parameters


@dataclass(frozen=True, slots=True)
class Clause:
    """One testable statement of a source."""

    id: str
    operations: tuple[str, ...]
    statement: str
    source: str
    kind: str
    level: Literal["documented", "implied", "ambiguous"]
    profile: Literal["read-only", "full"]
    #: What of the source carries it: an attribute, a parameter, what is returned; below the heading `source`.
    place: str | None = None
    #: Why it has its level.
    reason: str | None = None
    #: The clause of another API that says the same; both have one level.
    twin: str | None = None
    decision: str | None = None
    notes: str | None = None
    excluded: str | None = None
    retired: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """The one form of an API's errors."""

    media_type: str
    body: JsonObject
    fault: JsonObject
    reasons: Mapping[int, JsonObject]
    #: Kind of a fault -> members that it overrides.
    kinds: Mapping[str, JsonObject] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contract:
    """One API: its document, everything the annotations say, its register and its seed recipe."""

    api: str
    document: dict[str, Any]
    schemas: dict[str, Any]
    operations: Mapping[str, Operation]
    resources: Mapping[str, Resource]
    errors: ErrorShape
    trailing_slash: Literal["strict", "either", "redirect"]
    schemes: Mapping[str, tuple[str, ...]]
    settings: JsonObject
    clauses: tuple[Clause, ...]
    seed: JsonObject
    #: Whether every reply says which methods its address has (`Allow`), not a refusal of one alone.
    always_allows: bool = False
    #: Where it was read from, None for one that was put together in memory.
    folder: Path | None = None

    @property
    def module(self) -> str:
        """The API's name where Python needs an identifier."""
        return self.api.replace("-", "_")

    @property
    def title(self) -> str:
        """The API's name for people."""
        return str(self.document["info"]["title"])

    def members(self, schema: JsonObject) -> frozenset[str]:
        """The names of the members that a (converted) object schema declares, through references and combinations."""
        return frozenset(name for part in self.parts(schema) for name in part.get("properties", {}))

    def required(self, schema: JsonObject) -> frozenset[str]:
        """The names of the members that every object of a (converted) schema has."""
        return frozenset(name for part in self.parts(schema, ("allOf",)) for name in part.get("required", ()))

    def parts(
        self, schema: JsonObject, combinations: tuple[str, ...] = ("allOf", "anyOf", "oneOf")
    ) -> Iterator[JsonObject]:
        """The schemas that a (converted) schema is combined of, references followed, each once."""
        seen: list[int] = []
        waiting = [schema]
        while waiting:
            part = resolve(self.schemas, waiting.pop(0))
            if id(part) not in seen:
                seen.append(id(part))
                yield part
                waiting += [below for name in combinations for below in part.get(name, ())]

    @property
    def uri(self) -> str:
        """The address under which the schemas refer to each other."""
        return f"urn:understudy:{self.api}"


def _find(node: Json, text: str) -> tuple[str, ...] | None:
    if isinstance(node, Mapping):
        for name, value in node.items():
            if value == text:
                return (name,)
            below = _find(value, text)
            if below is not None:
                return (name, *below)
    return None
