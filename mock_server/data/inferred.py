"""Records of a contract whose meaning was inferred: drawn from its schemas and examples, changed as requests ask."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote

from understudy.mock_server.data.written import Written
from understudy.mock_server.values.ids import Ids
from understudy.mock_server.values.plausible import in_order
from understudy.mock_server.values.shaping import UNKNOWN, Shaping
from understudy.specs import Contract, Operation
from understudy.specs.reading.references import resolve
from understudy.specs.reading.words import plain, words

Record = dict[str, Any]

#: Bytes for replies that are files.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d"
    "4944415478da63f8ffff3f0005fe02fea72d81bb0000000049454e44ae426082"
)
ZIP = bytes.fromhex("504b0506") + bytes(18)
FILES = {"image/png": PNG, "application/zip": ZIP, "application/pdf": b"%PDF-1.4\n%%EOF\n"}
#: The type of a file of which nothing is known.
FILE = "application/octet-stream"
#: A record of which a seed says nothing.
NOTHING_SAID = Written(None, {}, frozenset())
#: Attempts to find an id that is not taken.
ATTEMPTS = 30
#: So many values have the first parts of keys, so that several records share each.
SHARING = 3
CREATED, UPDATED = frozenset({"created"}), frozenset({"updated", "modified", "changed"})


class InferredRecords:
    """Makes the records of one contract. The same seed gives the same ones."""

    def __init__(self, contract: Contract, seed: int, locales: tuple[str, ...]) -> None:
        self.contract = contract
        self.shaping = Shaping(contract.uri, contract.schemas, seed, locales)
        self._seed = seed
        self._schemas: dict[str, list[Mapping[str, Any]]] = {}
        self._untaken: dict[str, frozenset[str]] = {}
        for operation in contract.operations.values():
            schema = self._record_schema(operation)
            if operation.resource and schema:
                self._schemas.setdefault(operation.resource, []).append(schema)

    # --- what a record has -------------------------------------------------------------------------------------------

    def names(self, resource: str) -> Mapping[str, str]:
        """The names of a record's members by their plain form."""
        return self._names.get(resource, {})

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        return {
            resource: {
                plain(name): name
                for schema in reversed(schemas)
                for name in sorted(self.shaping.members(schema), reverse=True)
            }
            for resource, schemas in self._schemas.items()
        }

    def _record_schema(self, operation: Operation) -> Mapping[str, Any]:
        """The schema of the records that an operation shows, {} where it shows none."""
        declared = json_schema(operation)
        if operation.action == "list" and operation.pagination is not None:
            return self.shaping.items(self.shaping.at(declared, operation.pagination.items_at()))
        if operation.action in {"read", "create", "update", "upsert", "singleton-read", "singleton-update"}:
            return self.shaping.at(declared, way_of(operation.item))
        return {}

    def untaken(self, operation: Operation) -> frozenset[str]:
        """The members of a record that its replies mark as read-only and that the operation's body does not have."""
        if operation.id not in self._untaken:
            names, found = self.names(operation.resource or ""), set[str]()
            for schema in self._schemas.get(operation.resource or "", ()):
                for name, part in self.shaping.merged(schema, UNKNOWN).get("properties", {}).items():
                    if isinstance(part, Mapping) and self.shaping.merged(part, UNKNOWN).get("readOnly") is True:
                        found.add(names[plain(name)])
            sent = (name for schema in operation.body.values() for name in self.shaping.members(schema))
            self._untaken[operation.id] = frozenset(found - {names.get(plain(name), name) for name in sent})
        return self._untaken[operation.id]

    # --- making and changing -----------------------------------------------------------------------------------------

    def made(self, resource: str, known: Mapping[str, Any], now: str, key: str) -> Record:
        """A record with all that is known of it; what any view promises and nobody set is drawn."""
        record = dict(known)
        for schema in self._schemas.get(resource, ()):
            times = self._times(schema, (CREATED, UPDATED), now)
            drawn = self.shaping.fitting(schema, {**times, **record}, f"{resource}/{key}")
            if not isinstance(drawn, Mapping):
                continue
            record = {**drawn, **record} | {name: value for name, value in drawn.items() if name not in known}
        return record

    def defaults(self, resource: str, sent: Mapping[str, Any], bodies: Iterable[Mapping[str, Any]] = ()) -> Record:
        """What the document says of members that are not sent: the schemas of bodies before those of records."""
        names, found = self.names(resource), {}
        for schema in (*self._schemas.get(resource, ()), *bodies):
            for name, part in self.shaping.merged(schema, sent).get("properties", {}).items():
                value = (
                    self.shaping.merged(part, UNKNOWN).get("default", UNKNOWN) if isinstance(part, Mapping) else UNKNOWN
                )
                if plain(name) in names and value is not UNKNOWN and self.shaping.fits(part, value):
                    found[names[plain(name)]] = value
        return {name: value for name, value in found.items() if name not in sent}

    def merged(self, operation: Operation, record: Mapping[str, Any], sent: Mapping[str, Any], now: str = "") -> Record:
        """A record with what an update sent: PUT replaces all that its body describes, anything else merges."""
        kept = dict(record)
        if operation.method == "PUT":
            described = frozenset[str]().union(*(self.shaping.members(schema) for schema in operation.body.values()))
            names = self.names(operation.resource or "")
            gone = {names.get(plain(name), name) for name in described} - sent.keys()
            kept = {name: value for name, value in record.items() if name not in gone}
            kept = {**self.defaults(operation.resource or "", {**kept, **sent}, operation.body.values()), **kept}
        times: dict[str, Any] = {}
        for schema in self._schemas.get(operation.resource or "", ()):
            times |= self._times(schema, (UPDATED,), now)
        changed = {**kept, **times, **sent}
        return self.made(operation.resource or "", changed, now, str(record.get("id", "")))

    def _times(self, schema: Mapping[str, Any], kinds: tuple[frozenset[str], ...], now: str) -> dict[str, str]:
        """The members of a record that say when it was made, or changed last."""
        properties = self.shaping.merged(schema, UNKNOWN).get("properties", {})
        return {
            name: now
            for name, part in properties.items()
            if now
            and isinstance(part, Mapping)
            and self.shaping.merged(part, UNKNOWN).get("format") == "date-time"
            and any(kind & set(words(name)) for kind in kinds)
        }

    def fitting_id(self, resource: str, id: str | int, key: str) -> Any:
        """An id as it is, or one that fits what the contract says of ids."""
        record, address = self._id_schemas.get(resource, []), self._addresses.get(resource, [])

        def allowed(each: Any) -> bool:
            return all(self.shaping.fits(schema, each, formats=True) for schema in record) and all(
                self._names_it(schema, each) for schema in address
            )

        if allowed(id):
            return id
        for attempt, schema in itertools.product(range(4), [*reversed(address), *reversed(record)]):
            drawn = self.shaping.drawn(schema, f"{resource}/id/{key}/{attempt}")
            drawn = int(drawn) if isinstance(drawn, float) else drawn
            if isinstance(drawn, str | int) and allowed(drawn):
                return drawn
        # Where the address and the record contradict each other the address decides; views convert.
        drawn = self.shaping.drawn(address[-1], f"{resource}/id/{key}") if address else id
        return drawn if address and isinstance(drawn, str | int) and self._names_it(address[-1], drawn) else id

    def _names_it(self, schema: Mapping[str, Any], id: str | int) -> bool:
        """Whether an id can stand in an address: there a number is a text, and a text of digits is a number."""
        text = str(id)
        forms = (text, int(text)) if text.isdecimal() and text.isascii() and len(text) < 19 else (text,)
        return any(self.shaping.fits(schema, form, formats=True) for form in forms)

    @cached_property
    def _id_schemas(self) -> dict[str, list[Mapping[str, Any]]]:
        """Resource -> what its records say of their ids."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for resource, schemas in self._schemas.items():
            id = self.contract.resources[resource].identity.property
            for schema in schemas:
                part = self.shaping.merged(schema, UNKNOWN).get("properties", {}).get(id)
                if isinstance(part, Mapping) and part:
                    found.setdefault(resource, []).append(part)
        return found

    @cached_property
    def _addresses(self) -> dict[str, list[Mapping[str, Any]]]:
        """Resource -> what the addresses say that hold an id of it, as that of an item or of a parent."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for operation in self.contract.operations.values():
            if operation.action in {"read", "update", "delete", "upsert"} and operation.resource:
                last = operation.path.rpartition("{")[2].partition("}")[0]
                found.setdefault(operation.resource, []).extend(_in_path(operation, last))
            for parameter, prop in operation.within.items():
                parent = self.contract.resources[operation.resource or ""].references[prop].resource
                found.setdefault(parent, []).extend(_in_path(operation, parameter))
        return found

    def chosen_id(self, operation: Operation, sent: Mapping[str, Any]) -> Any:
        """The id that a client chose; None where the server does."""
        resource = self.contract.resources[operation.resource or ""]
        if resource.key:
            return key_of(sent[name] for name in resource.key) if sent.keys() >= set(resource.key) else None
        value = sent.get(resource.identity.property) if resource.client_ids else None
        if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
            return None
        # What no address can name would be lost as soon as it is stored.
        return value if all(self._names_it(each, value) for each in self._addresses.get(resource.name, ())) else None

    def keyed(self, name: str, record: Mapping[str, Any], drawn: Any) -> Record:
        """A record with all parts of its key, those that nobody set made of a drawn id, and the id that they make."""
        resource = self.contract.resources[name]
        parts = {
            part: self._fitting_part(name, part, drawn) if record.get(part) is None else record[part]
            for part in resource.key
        }
        return {**record, **parts, resource.identity.property: key_of(parts.values())}

    def _fitting_part(self, resource: str, part: str, id: Any) -> Any:
        """An id as part of a key, changed as little as the contract demands."""
        schemas = [
            schema
            for each in self._schemas.get(resource, ())
            if isinstance(schema := self.shaping.merged(each, UNKNOWN).get("properties", {}).get(part), Mapping)
        ]
        # Many names must not begin with a digit.
        others = (self.shaping.drawn(schema, f"{resource}/{part}/{id}") for schema in schemas)
        for each in itertools.chain([id, f"x{id}"], others):
            if all(self.shaping.fits(schema, each, formats=True) for schema in schemas):
                return each
        return id

    def singleton(self, resource: str, key: str) -> Record:
        """What stands alone below some parents, as long as nobody wrote it."""
        return {**self.made(resource, {}, "", key), "_id": key}

    # --- seeds -------------------------------------------------------------------------------------------------------

    def seed(self, count: int, described: Mapping[str, Sequence[Written]] | None = None) -> list[dict[str, Any]]:
        """The populations of all resources: first the records in the contract's examples, then drawn ones.

        There are `count` records of each resource, or those that are described, with whatever is not said of them.
        """

        def constant(value: Any) -> Any:
            return {"const": value} if isinstance(value, Mapping | list) else value

        described = described or {}
        made: dict[str, list[Record]] = {}
        #: Resource -> what descriptions call a record -> its id.
        called: dict[str, dict[str, Any]] = {}
        for name in self._ordered():
            records = described[name] if name in described else [NOTHING_SAID] * max(count, 0)
            made[name] = list(self._population(name, records, made, called))
        return [
            {
                "name": name,
                "resource": name,
                "fixed": True,
                "records": [{member: constant(value) for member, value in each.items()} for each in records],
            }
            for name, records in made.items()
            if records
        ]

    def _ordered(self) -> list[str]:
        """Resources with those that they refer to before them."""
        ordered: list[str] = []

        def visit(name: str, above: frozenset[str]) -> None:
            if name in ordered or name in above:
                return
            for reference in self.contract.resources[name].references.values():
                visit(reference.resource, above | {name})
            ordered.append(name)

        for name in self.contract.resources:
            visit(name, frozenset())
        return ordered

    def _population(
        self,
        name: str,
        described: Sequence[Written],
        made: Mapping[str, list[Record]],
        called: dict[str, dict[str, Any]],
    ) -> Iterator[Record]:
        resource = self.contract.resources[name]
        if resource.singleton:
            return
        id = resource.identity.property
        ids = Ids(resource.identity, f"{self._seed}/{self.contract.api}/{name}".encode())
        taken = {str(each.given[id]) for each in described if id in each.given}
        # What the document shows as the body of a create is left for those who try it.
        kept_free = {self._named(name, each) for each in self._sent_examples(name)}
        examples = iter(
            [each for each in self._examples(name) if self._named(name, each) not in {"", *kept_free, *taken}]
        )
        bound = frozenset[str]().union(*(self.shaping.bound(each) for each in self._schemas.get(name, ())))
        first: list[Record] = []
        for number, each in enumerate(described):
            known: dict[str, Any] = dict(each.given or next(examples, {}))
            for attempt in itertools.count():
                if id in each.given or (id in known and str(known[id]) not in taken):
                    break
                if resource.key:
                    known[id] = ids.at(number)
                    break
                if attempt == ATTEMPTS:
                    return  # there are no more ids of this form
                known[id] = self.fitting_id(name, ids.at(number), f"{number}/{attempt}")
            for prop, reference in resource.references.items():
                parents = made.get(reference.resource, [])
                if prop in each.given:
                    known[prop] = called.get(reference.resource, {}).get(str(known[prop]), known[prop])
                elif parents:
                    parent = parents[number % min(3, len(parents)) if number < 6 else number % len(parents)]
                    known[prop] = parent[self.contract.resources[reference.resource].identity.property]
            for part in resource.key[:-1] if len(first) == SHARING else ():
                known.setdefault(part, first[number % SHARING].get(part))
            fixed = bound.union(known)
            for schema in self._schemas.get(name, ()):
                # A seeded record has most of what it may have.
                drawn = self.shaping.drawn(schema, f"{name}/seed/{number}")
                if isinstance(drawn, Mapping):
                    known = {**{prop: value for prop, value in drawn.items() if prop not in each.omitted}, **known}
            record = in_order(self.made(name, known, _moment(number), f"seed/{number}"), fixed)
            if resource.key:
                record = self.keyed(name, record, ids.at(number))
                if str(record[id]) in taken:
                    continue
            if str(record[id]) in taken:
                record[id] = known[id]  # it does not fit, but names this record alone
            taken.add(str(record[id]))
            called.setdefault(name, {})[str(each.id)] = record[id]
            first = first if len(first) == SHARING else [*first, record]
            yield record

    def _examples(self, name: str) -> list[Record]:
        """The records in the examples of the contract, each id once."""
        found: dict[str, Record] = {}
        for operation in self.contract.operations.values():
            if operation.resource != name or operation.action not in {"list", "read", "create", "update"}:
                continue
            for value in self.named_examples(operation):
                for record in self._records_in(operation, value):
                    found.setdefault(self._named(name, record), record)
        return list(found.values())

    def _named(self, name: str, record: Mapping[str, Any]) -> str:
        """What an address says of a record, empty where the record does not say it."""
        resource = self.contract.resources[name]
        if resource.key:
            return key_of(record[part] for part in resource.key) if record.keys() >= set(resource.key) else ""
        return str(record.get(resource.identity.property) or "")

    def _sent_examples(self, name: str) -> Iterator[Mapping[str, Any]]:
        """The examples of the bodies with which records of a resource are created."""
        for operation in self.contract.operations.values():
            if operation.resource == name and operation.action == "create":
                raw = self.contract.document["paths"][operation.path][operation.method.lower()].get("requestBody", {})
                for media in resolve(self.contract.document, raw).get("content", {}).values():
                    yield from (each for each in _examples_of(media) if isinstance(each, Mapping))

    def _records_in(self, operation: Operation, value: Any) -> list[Record]:
        is_list = operation.action == "list" and operation.pagination is not None
        way = operation.pagination.items_at() if is_list and operation.pagination else way_of(operation.item)
        for step in way:
            value = value.get(step) if isinstance(value, Mapping) else None
        found = value if isinstance(value, list) else [value]
        schema = self._record_schema(operation)
        return [
            dict(each)
            for each in found
            if isinstance(each, Mapping) and (not schema or self.shaping.fits(schema, each))
        ]

    # --- examples ----------------------------------------------------------------------------------------------------

    def named_examples(self, operation: Operation) -> list[Any]:
        """The examples of an operation's success, as JSON."""
        found: list[Any] = []
        for media_type, media in self._content(operation).items():
            if "json" not in media_type or not isinstance(media, Mapping):
                continue
            found += _examples_of(media)
            schema = media.get("schema")
            if isinstance(schema, Mapping):
                merged = self.shaping.merged(_own(schema, self.contract.uri), UNKNOWN)
                if "example" in merged:
                    found.append(merged["example"])
        return found

    def _content(self, operation: Operation) -> Mapping[str, Any]:
        """What the document says of the body of an operation's success, by media type."""
        raw = self.contract.document["paths"][operation.path][operation.method.lower()]["responses"]
        content: Mapping[str, Any] = resolve(self.contract.document, raw.get(str(operation.success), {})).get(
            "content", {}
        )
        return content

    def _written(self, operation: Operation, media_type: str) -> bytes:
        """A body that is not JSON: the text that the document shows of it, else the smallest one of that type."""
        bare = media_type.partition(";")[0]
        media = self._content(operation).get(media_type)
        texts = [each for each in _examples_of(media) if isinstance(each, str)] if isinstance(media, Mapping) else []
        if bare in FILES or not texts:
            return FILES.get(bare, b"example\n" if bare.startswith("text/") else b"\x00")
        return texts[0].encode()

    def example(self, operation: Operation) -> tuple[str, Any]:
        """The media type of a success that keeps no state, and its example, or a value that is drawn; bytes for a file."""
        declared = operation.responses[str(operation.success)]
        if not declared:
            return "", None
        media_type = json_type(operation)
        if not media_type:
            first = next(iter(declared))
            return first, self._written(operation, first)
        schema = declared[media_type]
        if "*" in media_type and schema.get("format") == "binary":
            return FILE, self._written(operation, media_type)
        fitting = [value for value in self.named_examples(operation) if not schema or self.shaping.fits(schema, value)]
        drawn = self.shaping.drawn(schema, operation.id) if schema and not fitting else {}
        # Fitted once more, since what only a client sends may be drawn.
        value = fitting[0] if fitting else self.shaping.fitting(schema, drawn, operation.id)
        return ("application/json" if "*" in media_type else media_type), value

    @cached_property
    def parents(self) -> Mapping[str, Mapping[str, str]]:
        """Operation that answers an example -> path parameter -> the resource whose record it names."""
        items = {
            each.path: each.resource
            for each in self.contract.operations.values()
            if each.action in {"read", "update", "delete"} and each.resource
        }
        found: dict[str, dict[str, str]] = {}
        for operation in self.contract.operations.values():
            if operation.action == "custom":
                for path, resource in items.items():
                    if operation.path.startswith((f"{path}/", f"{path}:")) and path.endswith("}"):
                        found.setdefault(operation.id, {})[path.rpartition("{")[2][:-1]] = resource
        return found


def _examples_of(media: Mapping[str, Any]) -> list[Any]:
    """The examples of one media type."""
    examples = media.get("examples")
    named = examples.values() if isinstance(examples, Mapping) else ()
    found = [each["value"] for each in named if isinstance(each, Mapping) and "value" in each]
    return [media["example"], *found] if "example" in media else found


def _in_path(operation: Operation, parameter: str) -> list[Mapping[str, Any]]:
    """What an operation's path says of the values of a parameter."""
    return [each.schema for each in operation.parameters if each.place == "path" and each.name == parameter]


def json_type(operation: Operation) -> str:
    """The media type of JSON that a success has, `*/*` included; empty for none."""
    offered = operation.responses[str(operation.success)]
    return next((each for each in offered if "json" in each), "*/*" if "*/*" in offered else "")


def json_schema(operation: Operation) -> Mapping[str, Any]:
    """The schema of the JSON of a success, {} for none."""
    return operation.responses[str(operation.success)].get(json_type(operation), {})


def way_of(template: Any) -> tuple[str, ...]:
    """The members that lead to the record in the template of a reply."""
    way: tuple[str, ...] = ()
    while isinstance(template, Mapping):
        name = next(iter(template))
        way, template = (*way, name), template[name]
    return way


def _own(schema: Mapping[str, Any], uri: str) -> Mapping[str, Any]:
    """A schema of the document with a reference at its top as the compiled schemas have it."""
    reference = schema.get("$ref")
    return (
        {**schema, "$ref": f"{uri}{reference}"} if isinstance(reference, str) and reference.startswith("#") else schema
    )


def key_of(parts: Iterable[Any]) -> str:
    """The id of a record that has several in its address."""
    return "/".join(quote(str(part), safe="") for part in parts)


def _moment(number: int) -> str:
    return f"2025-01-{number % 28 + 1:02d}T09:00:00.000Z"
