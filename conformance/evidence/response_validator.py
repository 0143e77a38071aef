"""Validates replies against what the source promises of them: the contract's response schemas without what we chose.

The schemas are translated by the contract's loader and compiled once, in the validator that Schemathesis itself uses
(jsonschema-rs). Compiled here, they take microseconds instead of milliseconds per reply, name
the component and member at fault (which is how a violation finds its clause), and validate ndjson line by line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jsonschema_rs

from understudy.conformance.evidence.body import FORM, read
from understudy.conformance.evidence.exchange import NOTHING, Exchange, Request, shorten
from understudy.conformance.evidence.words import expectation, subject
from understudy.specs import Contract, Operation, promised
from understudy.specs.reading.references import component_name, look_up
from understudy.specs.reading.words import word_set, words

Kind = jsonschema_rs.ValidationErrorKind
DRAFT = "https://json-schema.org/draft/2020-12/schema"
#: A longer message says little: it begins with all of the value.
BRIEF = 200
#: Words in the names of parameters that choose what of an object is shown.
CHOOSING = word_set("fields select only omit exclude projection")
#: Statuses that any server may use although the contract does not list them: its own limits.
ALWAYS = frozenset({413, 414, 429, 431, 503})


@dataclass(frozen=True, slots=True)
class Violation:
    """Something in a reply that the contract does not allow.

    `about` is `status`, `media-type`, `body` (a failure has none), `json` or `schema`. For a schema: `component` and
    `member` (dotted, empty for the object itself) say where in the contract; `missing` that a required member is absent;
    `extra` that a member is present that the contract does not list. `around` are the components and members that
    contain the faulty component, the nearest first. `place` leads to the fault in the body.
    """

    about: str
    expected: str
    actual: str
    component: str = ""
    member: str = ""
    missing: bool = False
    extra: bool = False
    around: tuple[tuple[str, str], ...] = ()
    place: tuple[str | int, ...] = ()


class ResponseValidator:
    """Validates the replies of one contract's operations."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._promised = promised(contract)
        self._replies = _registry(contract.uri, self._promised.schemas)
        self._requests = _registry(contract.uri, contract.schemas)
        self._compiled: dict[tuple[str, str, str], jsonschema_rs.Draft202012Validator] = {}

    def examine(self, operation: Operation, exchange: Exchange) -> list[Violation]:
        """Everything in the reply that breaks what is promised of the operation."""
        status = self._status(operation, exchange)
        if status is None:
            if exchange.status in ALWAYS or (
                self._contract.inferred and (exchange.status >= 300 or self.expects(operation, exchange.status))
            ):
                # Few documents list every refusal and redirect; which one a request deserves is judged where it is known.
                return []
            known = ", ".join(operation.responses)
            return [Violation("status", f"one of the statuses {known}", exchange.summary)]
        declared = self._promised.responses[operation.id][status]
        if exchange.request.method == "HEAD" or not declared:
            return []
        if exchange.status >= 400 and not exchange.reply.content:
            return [Violation("body", "a failure with a body", "none")]
        media_type = self.media_type(declared, exchange)
        if media_type is None:
            content_type = exchange.header("content-type") or "no Content-Type"
            return [Violation("media-type", f"a body of type {' or '.join(declared)}", content_type)]
        return list(self._bodies(operation, status, media_type, exchange))

    def _status(self, operation: Operation, exchange: Exchange) -> str | None:
        """The declared status whose reply this is: its own, one of its class that is merely chosen, or the default."""
        declared, own = self._promised.responses[operation.id], str(exchange.status)
        if own in declared:
            return own
        alike = (each for each in sorted(self._promised.chosen[operation.id]) if each[0] == own[0])
        return next(alike, next((each for each in (f"{own[0]}XX", "default") if each in declared), None))

    def expects(self, operation: Operation, status: int) -> bool:
        """Whether a status fits what the contract says of an operation: declared, of any server, or a success if none is."""
        known = self._promised.responses[operation.id]
        open_ended = 200 <= status < 300 and not any(each[0] == "2" for each in known)
        return status in ALWAYS or open_ended or self.declares(operation, status)

    def declares(self, operation: Operation, status: int) -> bool:
        """Whether a status is one that the contract has for an operation, by itself, by its class or by default."""
        declared = self._promised.responses[operation.id]
        return bool({str(status), f"{status // 100}XX", "default"} & declared.keys())

    def allows(self, operation: Operation, request: Request) -> bool:
        """Whether the body of a request, JSON or a form, fits the schema of the operation."""
        content_type = next((value for name, value in request.headers if name.lower() == "content-type"), "")
        kind = content_type.partition(";")[0].strip().lower()
        schema = next(
            (declared for name, declared in operation.body.items() if name.partition(";")[0].strip() == kind), None
        )
        if schema is None:
            return False
        validator = self._validator((operation.id, "request", kind), schema, self._requests, formats=True)
        return any(value is not NOTHING and validator.is_valid(value) for value in _meant(kind, request.body or b""))

    def media_type(self, declared: Mapping[str, Any], exchange: Exchange) -> str | None:
        """The declared media type that the reply has, parameters aside; every type of JSON is one of `application/json`."""
        bare = {name.partition(";")[0].strip(): name for name in declared}
        any_json = ["application/json"] if exchange.media_type.endswith("+json") else []
        names = [exchange.media_type, *any_json, f"{exchange.media_type.partition('/')[0]}/*", "*/*"]
        return next((bare[name] for name in names if name in bare), None)

    def _bodies(self, operation: Operation, status: str, media_type: str, exchange: Exchange) -> Iterator[Violation]:
        schema = self._promised.responses[operation.id][status][media_type]
        if not schema or (self._contract.inferred and "json" not in exchange.media_type):
            return
        # What a document that nobody prepared calls a format is often no more than a note.
        formats = not self._contract.inferred
        validator = self._validator((operation.id, status, media_type), schema, self._replies, formats)
        for value, problem in bodies(exchange):
            if value is NOTHING:
                yield Violation("json", "a JSON body", problem or "none")
            else:
                asked = self._contract.inferred and _chooses_members(exchange.request)
                yield from (
                    self._placed(_violation(error), self._around(schema, error), error)
                    for error in validator.iter_errors(value)
                    if not (asked and _lacks(error))
                )

    def _placed(
        self, violation: Violation, around: tuple[tuple[str, str], ...], error: jsonschema_rs.ValidationError
    ) -> Violation:
        """A violation with what is around it; that of a single value names the member which has the value."""
        named = self._contract.schemas["components"]["schemas"].get(violation.component, {})
        if not around or violation.member or "properties" in named:
            return replace(violation, around=around)
        steps = list(error.evaluation_path)
        items = steps[len(steps) - 2 - steps[::-1].index("$ref")] == "items"
        component, member = around[0]
        rest = violation.expected.removeprefix(subject(violation.component, ()))
        return replace(violation, around=around, expected=f"{subject(component, member.split('.'), items)}{rest}")

    def _around(self, schema: Any, error: jsonschema_rs.ValidationError) -> tuple[tuple[str, str], ...]:
        """What refers to the component at fault, for example `Participant`, `study` for a fault in `Study`."""
        found: list[tuple[str, str]] = []
        component = ""
        members: list[str] = []
        steps = list(error.evaluation_path)
        for at, step in enumerate(steps):
            if step == "$ref" and isinstance(schema, Mapping):
                if component and members:
                    found.append((component, ".".join(members)))
                component, members = component_name(schema["$ref"]), []
                schema = look_up(self._promised.schemas, schema["$ref"])
                continue
            if at and steps[at - 1] == "properties":
                members.append(str(step))
            try:
                schema = schema[step]
            except (KeyError, IndexError, TypeError):
                break
        return tuple(reversed(found))

    def _validator(
        self, key: tuple[str, str, str], schema: Any, registry: jsonschema_rs.Registry, formats: bool
    ) -> jsonschema_rs.Draft202012Validator:
        if key not in self._compiled:
            self._compiled[key] = jsonschema_rs.Draft202012Validator(
                schema, registry=registry, validate_formats=formats
            )
        return self._compiled[key]

    def components(self, operation: Operation, exchange: Exchange) -> frozenset[str]:
        """The components and their members (`Project`, `Project.app_url`) that the reply has values for."""
        status = self._status(operation, exchange)
        declared = self._promised.responses[operation.id][status] if status is not None else {}
        media_type = self.media_type(declared, exchange)
        if media_type is None or not declared[media_type]:
            return frozenset()
        found: set[str] = set()
        for value, _ in bodies(exchange):
            if value is not NOTHING:
                self._visit(declared[media_type], value, ("",), found)
        return frozenset(found)

    def _visit(self, schema: Mapping[str, Any], value: Any, places: tuple[str, ...], found: set[str]) -> None:
        if "$ref" in schema:
            name = component_name(schema["$ref"])
            found.add(name)
            self._visit(look_up(self._promised.schemas, schema["$ref"]), value, (*places, name), found)
            return
        for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
            self._visit(part, value, places, found)
        if isinstance(value, dict):
            for name, part in schema.get("properties", {}).items():
                if name in value:
                    below = tuple(f"{place}.{name}" for place in places if place)
                    found.update(below)
                    self._visit(part, value[name], below or ("",), found)
        elif isinstance(value, list) and isinstance(schema.get("items"), Mapping):
            for each in value:
                self._visit(schema["items"], each, places, found)


def _registry(uri: str, schemas: Mapping[str, Any]) -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(uri, {"$schema": DRAFT, "components": schemas["components"]})])


def bodies(exchange: Exchange) -> Iterator[tuple[Any, str | None]]:
    """The values of a reply: one, or one per line of ndjson, each with the reason if it is not JSON; other types are text."""
    if "json" not in exchange.media_type:
        yield exchange.text, None
        return
    if exchange.media_type != "application/x-ndjson":
        yield exchange.json, exchange.problem
        return
    for number, line in enumerate(exchange.reply.body.split(b"\n"), 1):
        if line.strip():
            reading = read(line)
            yield reading.value, f"line {number}: {reading.problem}"


def _chooses_members(request: Request) -> bool:
    """Whether a request may ask for some members of an object alone: by a parameter, or by a member of one that is JSON."""
    for name, text in parse_qsl(urlsplit(request.url).query, keep_blank_values=True):
        value = read(text.encode()).value
        if isinstance(value, bool | int | float):
            continue  # a switch or a number names no member
        names = (name, *value) if isinstance(value, Mapping) else (name,)
        if any(CHOOSING & set(words(each)) for each in names):
            return True
    return False


def _lacks(error: jsonschema_rs.ValidationError) -> bool:
    """Whether a member is missing, also in one of several forms of which a value fits none."""
    branches = getattr(error.kind, "context", None) or ()
    return isinstance(error.kind, Kind.Required) or any(_lacks(below) for branch in branches for below in branch)


def _violation(error: jsonschema_rs.ValidationError) -> Violation:
    steps = [str(step) for step in error.schema_path]
    component = ""
    for at in range(len(steps) - 2):
        if steps[at] == "components" and steps[at + 1] == "schemas":
            component, steps = steps[at + 2], steps[at + 3 :]
            break
    members = [steps[at + 1] for at in range(len(steps) - 1) if steps[at] == "properties"]
    fault = _deepest(error)
    place = "/".join(str(step) for step in fault.instance_path) or "the body"
    kind = error.kind
    missing, extra = isinstance(kind, Kind.Required), isinstance(kind, Kind.AdditionalProperties)
    # The subject is the object, of which the member is missing or too much.
    where = subject(component, members, items="items" in steps[_last("properties", steps) + 2 :])
    if isinstance(kind, Kind.Required):
        members.append(str(kind.property))
        expected = expectation("required", members[-1])
    elif isinstance(kind, Kind.AdditionalProperties):
        members.append(str(kind.unexpected[0]))
        expected = expectation("additionalProperties", kind.unexpected[:1])
    else:
        expected = expectation(kind.name, kind.value)
    expected = f"{where} {expected}"
    # Of a long value the reason stands at its end, so the value is cut by itself.
    reason = fault.message if len(fault.message) <= BRIEF else shorten(json.dumps(fault.instance, ensure_ascii=False))
    return Violation(
        "schema",
        expected,
        shorten(f"{place}: {reason}"),
        component,
        ".".join(members),
        missing,
        extra,
        place=tuple(fault.instance_path),
    )


def _deepest(error: jsonschema_rs.ValidationError) -> jsonschema_rs.ValidationError:
    """Of a value that fits none of several forms, the fault that lies deepest in it; else the error itself."""
    for branch in getattr(error.kind, "context", None) or ():
        for below in map(_deepest, branch):
            if len(below.instance_path) > len(error.instance_path):
                return below
    return error


def _last(word: str, steps: list[str]) -> int:
    """The last position of a word; one before the beginning, less the name that would follow, if there is none."""
    return next((at for at in reversed(range(len(steps))) if steps[at] == word), -2)


def _meant(kind: str, body: bytes) -> Iterator[Any]:
    """The values that a body may stand for; the members of a form are texts, of which some are meant as numbers."""
    if kind != FORM:
        yield read(body).value
        return
    texts = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    values = {name: [_value_of(text) for text in sent] for name, sent in texts.items()}
    for members in (texts, values):
        yield {name: sent[0] if len(sent) == 1 else sent for name, sent in members.items()}


def _value_of(text: str) -> Any:
    """The JSON value that a text is, or the text itself."""
    value = read(text.encode()).value
    return text if value is NOTHING else value
