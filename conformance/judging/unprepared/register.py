"""The register of a document that nobody prepared: what it promises, and what its operations seem to mean, as clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from understudy.conformance.evidence.body import FORM
from understudy.conformance.http.cleanup import below, shape
from understudy.specs import Clause, Contract, Operation
from understudy.specs.contract import Rules
from understudy.specs.reading.wording import pointer

Level = Literal["documented", "inferred", "ambiguous"]
#: Why operations are not called.
UNKNOWN_EFFECT = "what a call would change is not known from the document, so it is not called"
NOT_OURS = "it could only be called on what the kit did not make"
STAYS = "the document has no operation that would remove what it creates"


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of clause: the end of its id, what it states, and the general rule that checks judge it by."""

    name: str
    rule: str
    kind: str
    level: Level
    statement: str


STATUS = Topic("status", "reply.status", "status", "documented", "Every reply has a status that the document declares.")
MEDIA_TYPE = Topic(
    "media-type", "reply.media-type", "content-type", "documented", "Every body has a media type that is declared."
)
SCHEMA = Topic("schema", "reply.schema", "schema", "documented", "Every body fits the schema that is declared for it.")
HEADERS = Topic("headers", "reply.headers", "content-type", "documented", "Replies have the headers that are required.")
CREDENTIAL = Topic("credential", "document.credential", "auth", "documented", "Nobody gets in without a credential.")
BODY = Topic(
    "body", "document.body", "error", "documented", "A body that breaks the schema is refused with a declared 4xx."
)
UNKNOWN = Topic("unknown", "document.unknown", "error", "documented", "An id that does not exist is answered with 404.")
METHOD = Topic(
    "method",
    "document.method",
    "method-not-allowed",
    "ambiguous",
    "A method that the path does not have is refused with 405.",
)
KEPT = Topic("kept", "deeds.kept", "state", "inferred", "What was created can be read, with what was sent.")
LISTED = Topic("listed", "deeds.listed", "state", "inferred", "What was created is in the list.")
CHANGED = Topic(
    "changed", "deeds.changed", "state", "inferred", "A change is shown afterwards, and leaves the rest as it was."
)
GONE = Topic("gone", "deeds.gone", "state", "inferred", "What was deleted is gone.")
PAGES = Topic(
    "pages", "cuts.pages", "pagination", "inferred", "Pages hold every object of the list, and none of them twice."
)
SIZE = Topic("size", "cuts.size", "pagination", "inferred", "A page holds no more objects than were asked for.")
FILTER = Topic("filter", "cuts.filter", "filter", "inferred", "Every object that is shown has the value filtered by.")
PARENT = Topic("parent", "cuts.parent", "state", "inferred", "What belongs to one parent is not under another one.")


def registered(contract: Contract) -> Contract:
    """The contract of a document that nobody prepared, with the register and the rules that are made from it."""
    made = list(_Register(contract).clauses())
    aspects: dict[str, tuple[str, ...]] = {}
    for topic, clause in made:
        aspects[topic.rule] = (*aspects.get(topic.rule, ()), clause.id)
    return replace(contract, clauses=tuple(clause for _, clause in made), rules=Rules(aspects))


def not_ours(contract: Contract) -> frozenset[str]:
    """The operations that would change what the kit did not make, or make what stays; there are none in a contract of ours."""
    if not contract.inferred:
        return frozenset()
    register = _Register(contract)
    return frozenset(name for name, each in contract.operations.items() if register.reason_against(each))


class _Register:
    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._slugs = _slugs(contract)
        first: dict[tuple[str, tuple[str, ...]], str] = {}
        for each in contract.operations.values():
            first.setdefault((each.method, shape(each)), each.id)
        #: Operations that no request can reach.
        self._hidden = contract.operations.keys() - first.values()

    def clauses(self) -> Iterator[tuple[Topic, Clause]]:
        seen: set[str] = set()
        for operation in self._contract.operations.values():
            for topic, place in self._topics(operation):
                yield topic, self._clause(operation, topic, place)
            if operation.route not in seen:
                seen.add(operation.route)
                yield METHOD, self._clause(operation, METHOD, pointer(("paths", operation.path)))

    def _topics(self, operation: Operation) -> Iterator[tuple[Topic, str]]:
        """What an operation promises or seems to mean, with the place in the document that says so."""
        at = ("paths", operation.path, operation.method.lower())
        replies = self._raw(operation)
        successes = [status for status in operation.declared or operation.responses if status.startswith("2")]
        content = [operation.responses.get(status) or operation.declared.get(status, {}) for status in successes]
        yield STATUS, pointer((*at, "responses"))
        if any(content):
            yield MEDIA_TYPE, pointer((*at, "responses"))
        if any("json" in name and schema for each in content for name, schema in each.items()):
            yield SCHEMA, pointer((*at, "responses"))
        if operation.headers:
            yield HEADERS, pointer((*at, "responses"))
        if self._secured(operation):
            topic = CREDENTIAL if refused_as_declared(operation) else replace(CREDENTIAL, level="inferred")
            yield topic, pointer((*at, "security") if "security" in self._described(operation) else ("security",))
        if operation.writes and breakable(self._contract, operation):
            yield BODY, pointer((*at, "requestBody"))
        if self._names_one(operation):
            yield UNKNOWN, pointer((*at, "responses", next(each for each in _MISSING if each in replies)))
        yield from ((topic, pointer(at)) for topic in self._meant(operation))

    def _meant(self, operation: Operation) -> Iterator[Topic]:
        """What follows from the meaning of an operation."""
        contract = self._contract
        if operation.action == "create":
            if reader(contract, operation):
                yield KEPT
            if lister(contract, operation):
                yield LISTED
        elif operation.action in {"update", "delete"} and (maker := creator(contract, operation)):
            # Without a read there is nothing to see a change by; what is gone is also missing from the list.
            if reader(contract, maker) or (operation.action == "delete" and lister(contract, maker)):
                yield CHANGED if operation.action == "update" else GONE
        elif operation.action == "list" and operation.pagination is not None:
            pagination = operation.pagination
            named = {each.name for each in operation.parameters}
            if named & set(pagination.size.parameters):
                yield SIZE
            if pagination.page or pagination.offset or pagination.cursor:
                yield PAGES
            if operation.filters:
                yield FILTER
            if operation.within:
                yield PARENT

    def _clause(self, operation: Operation, topic: Topic, place: str) -> Clause:
        writes = operation.writes if topic is not METHOD else "GET" in methods(self._contract, operation)
        return Clause(
            id=f"DOC-{self._slugs[operation.id]}-{topic.name}",
            operations=(operation.id,),
            statement=f"{operation.method} {operation.route}: {topic.statement}",
            source=f"{operation.method} {operation.path}",
            kind=topic.kind,
            level=topic.level,
            profile="full" if writes else "read-only",
            place=place,
            excluded=self._excluded(operation, topic),
        )

    def _excluded(self, operation: Operation, topic: Topic) -> str | None:
        """Why a clause cannot be judged, or not without changing what the kit did not make."""
        if operation.id in self._hidden:
            return "another operation of the document has the same method and address"
        return None if topic in {CREDENTIAL, UNKNOWN, METHOD} else self.reason_against(operation)

    def reason_against(self, operation: Operation) -> str | None:
        """Why an operation is not called in a way that may succeed."""
        if not operation.writes:
            return None
        if operation.action == "create":
            return None if removable(self._contract, operation) else STAYS
        if operation.action in {"update", "delete"}:
            return None if creator(self._contract, operation) else NOT_OURS
        return NOT_OURS if operation.resource else UNKNOWN_EFFECT

    def _secured(self, operation: Operation) -> bool:
        """Whether the document says that a credential is needed that the kit can leave out."""
        schemes = [self._contract.security.get(name) for name in operation.security]
        return bool(schemes) and not any(each is None or each.kind == "mutualTLS" for each in schemes)

    def _names_one(self, operation: Operation) -> bool:
        """Whether an operation is about one record, and the document says how an unknown one is answered."""
        about = operation.action in {"read", "update", "delete"} and bool(operation.path_parameters)
        return about and bool(set(_MISSING) & set(self._raw(operation)))

    def _described(self, operation: Operation) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._contract.document["paths"][operation.path][operation.method.lower()]
        return found

    def _raw(self, operation: Operation) -> Mapping[str, Any]:
        """The replies of an operation as the document describes them."""
        described = self._described(operation)
        found: Mapping[str, Any] = described.get("x-declared", described["responses"])
        return found


_MISSING = ("404", "4XX", "default")


def _slugs(contract: Contract) -> dict[str, str]:
    """Operation -> its name in ids of clauses; two that differ in their signs alone are numbered."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in contract.operations:
        stem = re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-") or "operation"
        slug, number = stem, 2
        while slug.upper() in taken:
            slug, number = f"{stem}-{number}", number + 1
        taken.add(slug.upper())
        found[name] = slug
    return found


def methods(contract: Contract, operation: Operation) -> set[str]:
    """The methods of a path, whatever its parameters are called."""
    return {each.method for each in contract.operations.values() if shape(each) == shape(operation)}


def refused_as_declared(operation: Operation) -> bool:
    """Whether the document says how a missing credential is answered, or nothing of any refusal."""
    refusals = [each for each in operation.declared or operation.responses if each[0] == "4" or each == "default"]
    return not refusals or bool({"401", "403", "4XX", "default"} & set(refusals))


def body_of(operation: Operation) -> tuple[str, Any] | None:
    """The media type in which the kit sends the body of an operation, with its schema; None if there is none it can write."""
    kinds = {name.partition(";")[0].strip().lower(): name for name in operation.body}
    json = next((each for each in kinds if each.endswith("json") and "patch" not in each), None)
    chosen = json or next((each for each in kinds if each in {FORM, "*/*", "application/*"}), None)
    if chosen is None:
        return None
    return ("application/json" if "*" in chosen else kinds[chosen]), operation.body[kinds[chosen]]


def breakable(contract: Contract, operation: Operation) -> bool:
    """Whether a body can break the schema of an operation in a way that a server can see."""
    found = body_of(operation)
    if found is None:
        return False
    kind, schema = found
    return bool(contract.required(schema)) or (FORM not in kind and bool(contract.members(schema)))


# --- operations that belong together ---------------------------------------------------------------------------------


def _of_made(contract: Contract, create: Operation, action: str) -> list[Operation]:
    """The operations on one record that can be called with what a creation gives: its own path and an id, or an id alone."""
    found = [
        each for each in contract.operations.values() if each.action == action and each.resource == create.resource
    ]
    near = [each for each in found if below(create, each)]
    return near or [each for each in found if len(each.path_parameters) == 1]


def removable(contract: Contract, create: Operation) -> bool:
    """Whether what an operation creates can be removed again."""
    return bool(removers(contract, create))


def reader(contract: Contract, create: Operation) -> Operation | None:
    """The operation that reads what another one creates."""
    return next(iter(_of_made(contract, create, "read")), None)


def lister(contract: Contract, create: Operation) -> Operation | None:
    """The operation that lists what another one creates: at the same path, else where what it creates is read."""
    read = reader(contract, create)
    places = [shape(create), *([shape(read)[:-1]] if read else [])]
    found = [
        each for each in contract.operations.values() if each.action == "list" and each.resource == create.resource
    ]
    return next((each for place in places for each in found if shape(each) == place), None)


def creator(contract: Contract, operation: Operation) -> Operation | None:
    """The operation that creates what another one changes or deletes, if what it creates can be removed again."""
    for each in contract.operations.values():
        makes = each.action == "create" and each.resource == operation.resource and removable(contract, each)
        if makes and operation in _of_made(contract, each, operation.action):
            return each
    return None


def changers(contract: Contract, create: Operation) -> list[Operation]:
    """The operations that change what another one creates."""
    return _of_made(contract, create, "update")


def removers(contract: Contract, create: Operation) -> list[Operation]:
    """The operations that delete what another one creates."""
    return _of_made(contract, create, "delete")
