"""Values that fit a schema: the simplest that people would write, else what Schemathesis generates."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from random import Random
from typing import Any

import jsonschema_rs

from understudy.specs import Contract
from understudy.specs.reading.references import resolve

DRAFT = "https://json-schema.org/draft/2020-12/schema"
#: How deep optional members are filled in, and how deep anything is.
OPTIONAL, DEEPEST = 1, 8
#: Times at which another value is tried that Schemathesis generates.
TRIES = 5
MOMENT = dt.datetime(2030, 5, 6, 7, 8, 9, tzinfo=dt.UTC)
#: Format of a text -> one of that format, made of a unique word.
FORMATS: dict[str, Callable[[str], str]] = {
    "date-time": lambda word: MOMENT.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "date": lambda word: str(MOMENT.date()),
    "time": lambda word: "07:08:09Z",
    "email": lambda word: f"{word.lower()}@example.com",
    "uri": lambda word: f"https://example.com/{word}",
    "url": lambda word: f"https://example.com/{word}",
    "hostname": lambda word: f"{word.lower().replace('_', '-')}.example.com",
    "ipv4": lambda word: "192.0.2.7",
    "ipv6": lambda word: "2001:db8::7",
    "uuid": lambda word: str(uuid.uuid5(uuid.NAMESPACE_URL, word)),
    "duration": lambda word: "P1D",
    "byte": lambda word: "dW5kZXJzdHVkeQ==",
}
#: Names of members whose texts are of a format, whether or not the schema says so.
NAMED = {"email": "email", "url": "uri", "uri": "uri", "website": "uri", "date": "date"}


class _Stuck(Exception):
    """A schema asks for what is not drawn simply."""


class Drawing:
    """Draws values for the schemas of one contract; the same seed and word give the same values."""

    def __init__(
        self,
        contract: Contract,
        seed: int,
        word: str = "understudy",
        known: Mapping[str, Any] | None = None,
        filled: bool = False,
        fresh: bool = False,
        telling: bool = False,
    ) -> None:
        self._contract = contract
        self._seed = seed
        self._word = word
        #: Member -> a value that it is given wherever the schema allows: ids of objects that exist.
        self._known = known or {}
        #: Whether no list is left empty, as one that is is the same as none in a form.
        self._filled = filled
        #: Whether a text is made of the word wherever that fits, also where the document has an example.
        self._fresh = fresh
        #: Whether an object has a member at least, if it may have any.
        self._telling = telling
        components = {"$schema": DRAFT, "components": contract.schemas["components"]}
        self._registry = jsonschema_rs.Registry([(contract.uri, components)])

    def fits(self, schema: Any, value: Any) -> bool:
        """Whether a value fits a schema."""
        try:
            validator = jsonschema_rs.Draft202012Validator(schema, registry=self._registry, validate_formats=True)
            return bool(validator.is_valid(value))
        except ValueError:
            return False

    def plain(self, schema: Any) -> Any:
        """The simplest value that fits; None if no value was found."""
        try:
            value = self._value(schema, "", 0)
        except _Stuck:
            value = None
        if value is not None and self.fits(schema, value):
            return value
        return next((each for each in self._generated(schema) if self.fits(schema, each)), None)

    def _value(self, schema: Any, name: str, depth: int) -> Any:
        if schema is True or schema == {}:
            return self._word
        if not isinstance(schema, Mapping) or depth > DEEPEST:
            raise _Stuck
        schema = self._merged(schema)
        if self._fresh and (word := self._patterned(schema)) is not None:
            return word
        for fixed in self._fixed(schema):
            if self.fits(schema, fixed):
                return fixed
        for word in ("oneOf", "anyOf"):
            for part in schema.get(word, ()):
                rest = {key: value for key, value in schema.items() if key != word}
                try:
                    value = self._value({"allOf": [rest, part]}, name, depth + 1)
                except _Stuck:
                    continue
                if self.fits(schema, value):
                    return value
        return self._typed(schema, name, depth)

    def _typed(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        kinds = schema.get("type", "object" if "properties" in schema else "string")
        kind = next((each for each in [kinds] if isinstance(each, str)), None) or next(
            (each for each in kinds if each != "null"), "null"
        )
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._list(schema, name, depth)
            case "integer" | "number":
                return self._number(schema, kind)
            case "boolean":
                return True
            case "null":
                return None
        return self._text(schema, name)

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        members = schema.get("properties", {})
        required = [name for name in schema.get("required", ()) if isinstance(name, str)]
        out = {}
        for name in dict.fromkeys([*required, *(members if depth <= OPTIONAL else ())]):
            part = members.get(name, {})
            if isinstance(part, Mapping) and part.get("readOnly") is True:
                continue
            if name in self._known and self.fits(part, self._known[name]):
                out[name] = self._known[name]
            elif name in required:
                out[name] = self._value(part, name, depth + 1)
            elif self._harmless(name, part):
                out[name] = self._value(part, name, DEEPEST)
        return out or (self._first(members, depth) if self._telling and not depth else {})

    def _first(self, members: Mapping[str, Any], depth: int) -> dict[str, Any]:
        """The first member for which a value is found."""
        for name, part in members.items():
            if isinstance(part, Mapping) and part.get("readOnly") is not True:
                try:
                    return {name: self._value(part, name, depth + 1)}
                except _Stuck:
                    continue
        return {}

    def _harmless(self, name: str, part: Any) -> bool:
        """Whether an optional member is plain text, a number or a boolean that hardly means anything to a server."""
        if not isinstance(part, Mapping):
            return False
        part = one_kind(self._contract, self._merged(part))
        plain = part.get("type") == "string" and not {"enum", "const", "pattern", "format", "not"} & part.keys()
        return plain and name.lower() in {"name", "title", "label", "description", "note", "notes", "comment"}

    def _list(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        count = max(schema.get("minItems", 0) or 0, self._filled)
        if count > 1 and schema.get("uniqueItems"):
            raise _Stuck
        return [self._value(schema.get("items", {}), name, depth + 1) for _ in range(count)]

    def _number(self, schema: Mapping[str, Any], kind: str) -> int | float:
        low = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1 if "exclusiveMinimum" in schema else None)
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        value = low if low is not None else min(1, high) if high is not None else 1
        step = schema.get("multipleOf")
        if step:
            value = -(-value // step) * step
        return int(value) if kind == "integer" else value

    def _text(self, schema: Mapping[str, Any], name: str) -> str:
        form = schema.get("format") or NAMED.get(name.lower().rpartition("_")[2], "")
        if "pattern" in schema:
            word = self._patterned(schema)
            if word is None:
                raise _Stuck
            return word
        text = FORMATS[form](self._word) if form in FORMATS else self._word
        least: int = schema.get("minLength", 0)
        most: int | None = schema.get("maxLength")
        text += "x" * (least - len(text))
        # The end of the word tells one from another.
        return text if most is None or len(text) <= most else text[len(text) - most :]

    def _patterned(self, schema: Mapping[str, Any]) -> str | None:
        """The word in the first form that fits a pattern, cut to the length that is allowed; None without any."""
        if "pattern" not in schema or "enum" in schema or "const" in schema:
            return None
        bare = "".join(filter(str.isalnum, self._word))
        digits = "".join(filter(str.isdigit, bare))
        forms = (self._word, self._word.replace("_", "-"), bare, bare.upper(), digits)
        cut = (each[-schema.get("maxLength", len(each)) :] for each in forms)
        return next((each for each in cut if self.fits(schema, each)), None)

    @staticmethod
    def _fixed(schema: Mapping[str, Any]) -> Iterator[Any]:
        if "const" in schema:
            yield schema["const"]
        yield from (each for each in schema.get("enum", ()) if each is not None)
        if "pattern" in schema or "oneOf" in schema or "anyOf" in schema:
            yield from ([schema["example"]] if "example" in schema else ())
            yield from schema.get("examples", ()) if isinstance(schema.get("examples"), list) else ()
            yield from ([schema["default"]] if schema.get("default") is not None else ())

    def _merged(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """A schema with its references followed and what it is all of put together."""
        whole = dict(resolve(self._contract.schemas, schema))
        if "$ref" in schema:
            whole |= {name: part for name, part in schema.items() if name != "$ref"}
        parts = [self._merged(each) for each in whole.pop("allOf", ()) if isinstance(each, Mapping)]
        return reduce(_together, parts, whole)

    def _generated(self, schema: Any) -> Iterator[Any]:
        """What Schemathesis generates for a body, in the same order each time; nothing where it is not installed."""
        try:
            from hypothesis import HealthCheck, Phase, given, settings
            from hypothesis import seed as seeded
            from schemathesis.openapi import from_dict
        except ImportError:
            return
        document = {
            "openapi": "3.1.0",
            "info": {"title": "one body", "version": "0"},
            "components": _local(self._contract.schemas["components"], self._contract.uri),
            "paths": {
                "/": {
                    "post": {
                        "requestBody": {
                            "required": True,
                            "content": {"application/json": {"schema": _local(schema, self._contract.uri)}},
                        },
                        "responses": {"200": {"description": ""}},
                    }
                }
            },
        }
        found: list[Any] = []
        try:
            operation = from_dict(document)["/"]["POST"]

            @seeded(self._seed)
            @settings(
                max_examples=TRIES,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def collect(case: Any) -> None:
                found.append(case.body)

            collect()
        except Exception:  # what a library cannot generate is not drawn
            return
        yield from found


def one_kind(contract: Contract, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of what is not null, where a value is either null or of one other kind."""
    known: Mapping[str, Any] = resolve(contract.schemas, schema)
    for word in ("anyOf", "oneOf"):
        parts = [resolve(contract.schemas, each) for each in known.get(word, ()) if isinstance(each, Mapping)]
        others = [each for each in parts if each.get("type") != "null"]
        if len(others) == 1 and len(parts) > 1:
            return {**{name: part for name, part in known.items() if name != word}, **others[0]}
    kinds = known.get("type")
    others = [each for each in kinds if each != "null"] if isinstance(kinds, list) else []
    return {**known, "type": others[0]} if len(others) == 1 else known


def _together(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    out = {**one, **other}
    out["properties"] = {**one.get("properties", {}), **other.get("properties", {})}
    out["required"] = list(dict.fromkeys([*one.get("required", ()), *other.get("required", ())]))
    return {name: part for name, part in out.items() if part not in ({}, [])}


def _local(node: Any, uri: str) -> Any:
    """Schemas whose references stay within their document."""
    if isinstance(node, Mapping):
        return {
            name: part.removeprefix(uri) if name == "$ref" and isinstance(part, str) else _local(part, uri)
            for name, part in node.items()
        }
    return [_local(each, uri) for each in node] if isinstance(node, list) else node


def plain_example(contract: Contract, schema: Mapping[str, Any], raw: Mapping[str, Any]) -> Any:
    """The document's example of a parameter, its default, or the first of the values that it may have; None without any."""
    named = raw.get("examples")
    listed = (
        [each.get("value") for each in named.values() if isinstance(each, Mapping)]
        if isinstance(named, Mapping)
        else []
    )
    known = resolve(contract.schemas, schema)
    more = known.get("examples") if isinstance(known.get("examples"), list) else []
    written = [raw.get("example"), *listed, known.get("const"), *known.get("enum", ())]
    written += [known.get("example"), *(more or ()), known.get("default")]
    items = known.get("items")
    if isinstance(items, Mapping):
        written += [[each] for each in resolve(contract.schemas, items).get("enum", ())[:1]]
    return next((each for each in written if each is not None and not isinstance(each, dict)), None)


def unlike(text: str, random: Random) -> str:
    """A text of the same form as an id, which names nothing."""
    if text.lstrip("-").isdigit():
        return str(10 ** min(max(len(text), 8), 9) - 1 - random.randrange(1000))
    out = []
    for letter in text:
        if letter.isdigit():
            out.append(random.choice("0123456789"))
        elif letter in "abcdef" and all(each in "0123456789abcdef-" for each in text):
            out.append(random.choice("abcdef"))
        elif letter.isascii() and letter.isalpha():
            out.append(random.choice("bcdfghjkmnpqrstvwxz" if letter.islower() else "BCDFGHJKMNPQRSTVWXZ"))
        else:
            out.append(letter)
    # A prefix (`usr_`) belongs to the form.
    head = text[: text.find("_") + 1] if 0 < text.find("_") < 8 else ""
    return head + "".join(out)[len(head) :]
