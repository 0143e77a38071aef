"""What a contract says, as frozen values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from understudy.specs.reading.references import resolve

Json = Any
JsonObject = Mapping[str, Any]

Action = Literal[
    "list",
    "read",
    "create",
    "update",
    "delete",
    "upsert",
    "singleton-read",
    "singleton-update",
    "singleton-delete",
    "custom",
]
Unusable = Literal["default", "refuse", "missing"]

NOTHING: JsonObject = {}

#: The column of the moment at which a record changes next; records have no property of that name.
DUE_AT = "due_at"


#: Style -> what stands between the values of a list where it is not a comma; Swagger 2.0 has tabs, too.
DELIMITERS = {"spaceDelimited": " ", "tabDelimited": "\t", "pipeDelimited": "|"}


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
    #: How a list or an object is written: `form`, `spaceDelimited`, `tabDelimited`, `pipeDelimited`, `deepObject`, `simple`.
    style: str = "form"
    #: Whether the value is JSON (a parameter that is described by `content`).
    is_json: bool = False
    #: Whether its value may hold slashes that are sent as they are, at the end of a path.
    slashes: bool = False

    @property
    def delimiter(self) -> str:
        """What stands between the values of a list."""
        return DELIMITERS.get(self.style, ",")


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
class PageCursor:
    """The parameters that start a page behind, or end it before, the record that a cursor stands for."""

    after: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Sort:
    """The parameters that order a list; `fields` are the values that `by` takes, `-` before one for descending."""

    by: str
    direction: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a query parameter asks of a property of the records that a list shows."""

    property: str
    op: Literal["ne", "gt", "gte", "lt", "lte", "in", "contains", "prefix"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an operation of its own kind does to the record that its path names."""

    #: Property -> the value or generator that it gets.
    set: JsonObject = field(default_factory=dict)
    #: Whether a further record like it is made, and changed instead.
    copy: bool = False


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """How a credential is sent.

    `kind` is `bearer` for all that stand behind a word in Authorization except `basic`; `place` and `parameter` say where
    an API key lies.
    """

    kind: Literal["bearer", "basic", "apiKey", "mutualTLS"]
    words: tuple[str, ...] = ("Bearer",)
    place: Literal["header", "query", "cookie"] = "header"
    parameter: str = "Authorization"


@dataclass(frozen=True, slots=True)
class Pagination:
    """How a list is cut into pages and wrapped."""

    size: PageSize
    #: A template; the text `{items}` alone for a bare array.
    envelope: Json
    page: PageNumber | None = None
    offset: PageOffset | None = None
    cursor: PageCursor | None = None

    def items_at(self) -> tuple[str, ...]:
        """The member names that lead from the envelope to the array of items."""
        path = _find(self.envelope, "{items}")
        return () if path is None else path

    def cursor_at(self) -> tuple[str, ...]:
        """The member names that lead from the envelope to the cursor of the next page; none if it has no such member."""
        return _find(self.envelope, "{next_cursor?}") or _find(self.envelope, "{next_cursor}") or ()


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
class Due:
    """What becomes of a record at a moment that one of its properties names, while the record fits `where`."""

    name: str
    at: str
    where: JsonObject
    #: Property -> the value or generator that it gets then.
    set: JsonObject


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
    #: What time changes.
    due: tuple[Due, ...] = ()
    #: Whether there is one record below each parent, which has no id in its address.
    singleton: bool = False
    #: The properties that name a record together, in the order in which an address has them.
    key: tuple[str, ...] = ()
    #: Groups of properties of which no two records have the same values.
    unique: tuple[tuple[str, ...], ...] = ()
    #: Whether a client may choose the id of a new record.
    client_ids: bool = True

    @property
    def named_by(self) -> str:
        """The property that the last parameter of an address names; the same in two records where the key has more parts."""
        return self.key[-1] if self.key else self.identity.property

    def columns(self) -> tuple[str, ...]:
        """The properties that are looked up by equality, each once, in a stable order."""
        names = [self.owner] if self.owner else []
        names += [*self.references, *self.indexes, *self.key, *(name for group in self.unique for name in group)]
        if self.due:
            names.append(DUE_AT)
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
    #: Member of a form -> what stands between the parts of its list, which are written into one field.
    lists: Mapping[str, str]
    responses: Mapping[str, Mapping[str, JsonObject]]
    security: tuple[str, ...]
    #: Alternatives, of each of which all schemes are needed; an empty one needs none.
    requirements: tuple[tuple[str, ...], ...]
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
    provenance: Literal["documented", "implied", "later"]
    tags: tuple[str, ...]
    summary: str
    #: The template of a reply with one record; None where the record is the reply.
    item: Json = None
    sort: Sort | None = None
    #: Query parameter -> what it asks of records otherwise than by equality; `created[gt]` is a member of `created`.
    comparisons: Mapping[str, Comparison] = field(default_factory=dict)
    #: What an operation of its own kind does to a record, None for nothing.
    effect: Effect | None = None
    #: The objects in a body whose members have names in any form, as the steps that lead to them.
    underscored: tuple[tuple[str, ...], ...] = ()
    #: Whether the operation itself says when a body that does not fit is refused.
    checks_late: bool = False
    #: Its replies under the statuses that the document writes, where these are not those of `responses` (`4XX`).
    declared: Mapping[str, Mapping[str, JsonObject]] = field(default_factory=dict)
    #: Status -> the headers that a reply must have, with their schemas.
    headers: Mapping[str, Mapping[str, JsonObject]] = field(default_factory=dict)
    #: Status, or `default` -> the form of its errors, where not all of them have the one of the contract.
    errors: Mapping[str, ErrorShape] = field(default_factory=dict)

    @property
    def varies(self) -> bool:
        """Whether its success has several media types, so that the client's Accept header chooses one."""
        return len(self.responses[str(self.success)]) > 1

    @property
    def writes(self) -> bool:
        """Whether its method may change the target."""
        return self.method not in {"GET", "HEAD", "OPTIONS"}

    @property
    def route(self) -> str:
        """Its path without a query or fragment, by which a document tells apart what stands at one address."""
        return self.path.partition("?")[0].partition("#")[0]

    @property
    def open_route(self) -> str:
        """Its route, with a star behind a last parameter that takes all the rest of an address (`/files/{path*}`)."""
        rest = next((each.name for each in self.parameters if each.place == "path" and each.slashes), "")
        return f"{self.route[:-1]}*}}" if rest and self.route.endswith(f"/{{{rest}}}") else self.route

    @property
    def item_at(self) -> tuple[str, ...]:
        """The member names that lead from a reply with one record to the record."""
        return _find(self.item, "{item}") or ()

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
    level: Literal["documented", "implied", "inferred", "ambiguous"]
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
class Rules:
    """Which clauses of a register the general rules of the kit judge.

    `aspects`: name of a general rule -> clauses. `schemas`: `Component` or `Component.member` -> clauses. `settings`: name
    of a setting of the API's own rules -> what it is. `causes`: clause -> clauses that are broken for the same reason.
    """

    aspects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    schemas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    causes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """The one form of an API's errors."""

    media_type: str
    #: A template of an object; one of a text where errors are no more than a message.
    body: Json
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
    #: Step of a path that the source does not write -> other spellings that it may have.
    spellings: Mapping[str, tuple[str, ...]]
    schemes: Mapping[str, tuple[str, ...]]
    settings: JsonObject
    clauses: tuple[Clause, ...]
    seed: JsonObject
    #: Whether every reply says which methods its address has (`Allow`), not a refusal of one alone.
    always_allows: bool = False
    #: What is otherwise than the source says, in sentences; empty for a contract as its source has it.
    later: tuple[str, ...] = ()
    security: Mapping[str, SecurityScheme] = field(default_factory=dict)
    #: The folder that it was read from, None for a document alone and for one that was put together in memory.
    folder: Path | None = None
    #: The files that it was read from, and the folders of which every file counts.
    sources: tuple[Path, ...] = ()
    rules: Rules = field(default_factory=Rules)
    #: The path of its first server, for a document that nobody prepared.
    prefix: str = ""
    #: Whether what its operations mean was inferred, so that whatever nobody sets is drawn.
    inferred: bool = False
    #: Whether any credential of the right form is accepted.
    any_token: bool = False
    #: One line for each thing of the document that cannot be honoured.
    warnings: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """The API's name where Python needs an identifier."""
        return self.api.replace("-", "_")

    @property
    def title(self) -> str:
        """The API's name for people."""
        return str(self.document["info"]["title"])

    @property
    def respelt(self) -> frozenset[str]:
        """The operations that only repeat others under another spelling of a step."""
        others = {step for steps in self.spellings.values() for step in steps}
        return frozenset(
            name for name, each in self.operations.items() if others and others & set(each.path.split("/"))
        )

    @property
    def keys(self) -> frozenset[str]:
        """The parameters, in lower case, in which API keys lie."""
        return frozenset(each.parameter.lower() for each in self.security.values() if each.kind == "apiKey")

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
