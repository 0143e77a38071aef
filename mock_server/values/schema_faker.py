"""Random values that fit a schema, for replies for which there is neither an example nor a record."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from re import _constants as tokens  # there is no public API for the parts of a pattern
from re import _parser as parser
from typing import Any
from uuid import UUID

from understudy.mock_server.values.combining import both
from understudy.mock_server.values.faker_pools import pool
from understudy.mock_server.values.plausible import in_order, is_bound, is_whole, likely_format

Schema = Mapping[str, Any]
Resolve = Callable[[Schema], Schema]

#: Below this depth only required members are generated, since a schema may contain itself.
DEPTH = 6
#: Below this depth even what is required is left out: some schemas require themselves without end.
DEEPEST = 8
#: No list, object or text gets longer, whatever its schema asks for; texts beyond a few words repeat themselves.
MOST_ITEMS, MOST_LETTERS, FEW_LETTERS = 1000, 1_000_000, 1000

#: The most items of a list whose schema sets no smaller limit.
ITEMS = 5

#: How many attempts there are for each item of a list whose items must be unique.
TRIES = 8

#: So many more repetitions than a pattern needs are drawn at most: at the first attempt, and while a length does not fit.
REPETITIONS = (8, 4, 2, 1, 16, 32, 64, 0) * 8

#: The width of the range of numbers that have only one limit.
RANGE = 1000

_EPOCH = datetime(2025, 1, 6, 9, tzinfo=UTC)
_PRINTABLE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
_CATEGORIES = {
    tokens.CATEGORY_DIGIT: "0123456789",
    tokens.CATEGORY_WORD: "abcdefghijklmnopqrstuvwxyz0123456789",
    tokens.CATEGORY_NOT_SPACE: "abcdefghijklmnopqrstuvwxyz0123456789",
    tokens.CATEGORY_NOT_DIGIT: "abcdefghijklmnopqrstuvwxyz",
    tokens.CATEGORY_SPACE: " ",
    tokens.CATEGORY_NOT_WORD: "-",
}


class SchemaFaker:
    """Generates a value. The same key gives the same value."""

    def __init__(self, key: str, resolve: Resolve, locales: tuple[str, ...]) -> None:
        self._random = random.Random(key)  # noqa: S311 - test data, no secret
        self._resolve = resolve
        self._locales = locales

    def value(self, schema: Schema, name: str = "", depth: int = 0) -> Any:
        """A value that fits a schema; `name` is the name of the member."""
        schema = self._merged(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice([each for each in schema["enum"] if each is not None] or [None])
        if schema.get("nullable") and (depth > DEPTH or self._random.random() < 0.2):
            return None
        return self._typed(schema, name, depth)

    def _merged(self, schema: Schema, component: str = "") -> Schema:
        """A schema merged with its `allOf` parts and with one of its alternatives; `component` is what it is a part of."""
        component = component or _component(schema)
        schema = self._resolve(schema)
        if isinstance(schema, bool):
            return {}
        parts = [(part, component) for part in schema.get("allOf", ())]
        for each in ("oneOf", "anyOf"):
            real = [part for part in schema.get(each, ()) if part != {"type": "null"}]
            if real:
                chosen = self._random.choice(real)
                component = _component(chosen)
                parts.append((chosen, component))
        return self._marked(schema, self._joined(schema, parts) if parts else schema, component)

    def _marked(self, schema: Schema, merged: Schema, component: str) -> Schema:
        """A schema whose objects say by a member which component they are, as its `discriminator` has it."""
        member, value = self._discriminated(schema, component)
        known = self._merged(merged.get("properties", {}).get(member, {})) if value else {}
        if not value or "const" in known or value not in known.get("enum", [value]):
            return merged
        if known.get("type", "string") != "string":
            return merged
        properties = {**merged.get("properties", {}), member: {**known, "const": value}}
        return {**merged, "properties": properties, "required": [*merged.get("required", ()), member]}

    def _discriminated(self, schema: Schema, component: str) -> tuple[str, str]:
        """A member and its value, the name of a component unless the document has another one; empty for none."""
        mark = schema.get("discriminator")
        if not isinstance(mark, Mapping) or not component:
            return "", ""
        mapping = {str(target).rpartition("/")[2]: str(value) for value, target in (mark.get("mapping") or {}).items()}
        named = mapping.get(component, component)
        if component not in mapping and mapping and not {"oneOf", "anyOf"} & schema.keys():
            # No object is just that; it is one of those that build on it.
            named = self._random.choice(list(mapping.values()))
        return str(mark.get("propertyName", "")), named

    def _joined(self, schema: Schema, parts: list[tuple[Schema, str]]) -> Schema:
        merged = {name: value for name, value in schema.items() if name not in {"allOf", "oneOf", "anyOf"}}
        found = [self._merged(part, component) for part, component in parts]
        # A schema without a type allows null if all its parts allow it.
        nullable = merged.get("nullable") or ("type" not in merged and all(part.get("nullable") for part in found))
        for part in found:
            merged = both(part, merged)
        return {**merged, "nullable": nullable}

    def _typed(self, schema: Schema, name: str, depth: int) -> Any:
        kind = schema.get("type") or _kind(schema)
        if isinstance(kind, list):
            kind = next((each for each in kind if each != "null"), "null")
        draws: dict[str, Callable[[Schema, str, int], Any]] = {
            "null": lambda *_: None,
            "object": self._object,
            "array": self._array,
            "integer": self._integer,
            "number": self._decimal,
            "boolean": lambda *_: self._random.random() < 0.5,
            "string": self._text,
        }
        return draws[kind](schema, name, depth)

    def _object(self, schema: Schema, name: str, depth: int) -> dict[str, Any]:
        required, properties = frozenset(schema.get("required", ())), schema.get("properties", {})
        out = {}
        for member, below in properties.items():
            if self._is_write_only(below):
                continue
            if (member in required and depth < DEEPEST) or (depth < DEPTH and self._random.random() < 0.7):
                out[member] = self.value(below, member, depth + 1)
        out = in_order(out, [member for member in out if is_bound(properties[member], self._resolve)])
        more = schema.get("additionalProperties")
        if more is False or depth >= DEEPEST:
            return out
        for member in sorted(required - properties.keys()):
            # Promised, and described nowhere.
            out[member] = self.value(more if isinstance(more, Mapping) else {"type": "string"}, member, depth + 1)
        while isinstance(more, Mapping) and len(out) < min(schema.get("minProperties", 0), MOST_ITEMS):
            out[f"{self._word()}_{len(out)}"] = self.value(more, "", depth + 1)
        return out

    def _is_write_only(self, schema: Schema) -> bool:
        """Whether only a client sends the value; what is drawn is what a server sends."""
        schema = self._resolve(schema)
        return isinstance(schema, Mapping) and (
            schema.get("writeOnly") is True or any(map(self._is_write_only, schema.get("allOf", ())))
        )

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        low = min(schema.get("minItems", 0), MOST_ITEMS) if depth < DEEPEST else 0
        high = max(low, min(schema.get("maxItems", ITEMS), ITEMS if depth < DEPTH else low))
        wanted = self._random.randint(max(low, min(1, high)), high)
        unique = bool(schema.get("uniqueItems"))
        items: list[Any] = []
        for _ in range(wanted * TRIES if unique else wanted):
            item = self.value(schema.get("items", {}), name, depth + 1)
            if not unique or item not in items:
                items.append(item)
            if len(items) == wanted:
                break
        return items

    def _integer(self, schema: Schema, name: str, depth: int) -> int:
        step = schema.get("multipleOf", 1)
        low, high = (int(each) for each in _bounds(schema, max(RANGE, step)))
        low += _is_excluded(schema, "exclusiveMinimum", low)
        high -= _is_excluded(schema, "exclusiveMaximum", high)
        return int(self._random.randint(-(-low // step), max(-(-low // step), high // step)) * step)

    def _decimal(self, schema: Schema, name: str, depth: int) -> float:
        low, high = _bounds(schema, RANGE)
        drawn = round(self._random.uniform(low, high), None if is_whole(name) else 2)
        return drawn if low <= drawn <= high else low

    def _text(self, schema: Schema, name: str, depth: int) -> str:
        formatted = self._formatted(schema.get("format", ""))
        if formatted is not None:
            return formatted
        if "pattern" in schema:
            return self._patterned(schema["pattern"], schema.get("minLength", 0), schema.get("maxLength"))
        if isinstance(schema.get("example"), str):
            return str(schema["example"])
        text: str = self._named(name)
        least: int = min(schema.get("minLength", 0), MOST_LETTERS)
        while len(text) < min(least, FEW_LETTERS):
            text = f"{text} {self._word()}".strip()
        text += f" {text}" * (max(least - len(text), 0) // (len(text) + 1) + (len(text) < least))
        most: int = schema.get("maxLength", len(text))
        return text[:most]

    def _formatted(self, form: str) -> str | None:
        moment = _EPOCH + timedelta(seconds=self._random.randrange(365 * 86400))
        forms: dict[str, Callable[[], str]] = {
            "date-time": lambda: moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "date": lambda: (date(1950, 1, 1) + timedelta(days=self._random.randrange(20000))).isoformat(),
            "time": lambda: moment.time().isoformat() + "Z",
            "uuid": lambda: str(UUID(int=self._random.getrandbits(128), version=4)),
            "email": lambda: f"{self._word()}.{self._random.randrange(1000)}@example.com",
            "ipv4": lambda: str(IPv4Address(self._random.randrange(0xC0000200, 0xC0000300))),
            "ipv6": lambda: str(IPv6Address(0x20010DB8 << 96 | self._random.getrandbits(64))),
            "uri": lambda: f"https://example.com/{self._word()}/{self._random.randrange(1000)}",
            "url": lambda: f"https://example.com/{self._word()}/{self._random.randrange(1000)}",
        }
        return forms[form]() if form in forms else None

    def _named(self, name: str) -> str:
        likely = self._formatted(form) if (form := likely_format(name)) else None
        if likely is not None:
            return likely
        providers = {"first_name": "first_name", "last_name": "last_name", "name": "name", "city": "city"}
        drawn = pool(providers.get(name, "word"), self._locales, 0)
        return str(self._random.choice(drawn))

    def _word(self) -> str:
        words = pool("word", ("en_GB",), 0)
        return re.sub("[^a-z]", "", self._random.choice(words).lower()) or "word"

    def _patterned(self, pattern: str, least: int, most: int | None) -> str:
        """A text that fits a pattern, drawn again with other repetitions while its length does not fit."""
        anchored = pattern.startswith("^")
        try:
            for more in REPETITIONS:
                text = "".join(self._part(part, more) for part in _parts(pattern))
                if least <= len(text) and (most is None or len(text) <= most):
                    break
        except (re.error, ValueError, OverflowError, IndexError, KeyError):
            return self._word()  # written in another dialect
        longer = f"{self._word()}{text}"
        return text if anchored or (most is not None and len(longer) > most) else longer

    def _part(self, part: tuple[Any, Any], more: int) -> str:
        kind, argument = part
        if kind is tokens.LITERAL:
            return chr(argument)
        if kind is tokens.IN:
            return self._member(argument)
        if kind in {tokens.MAX_REPEAT, tokens.MIN_REPEAT}:
            low, high, below = argument
            times = self._random.randint(low, min(int(high), low + more))
            return "".join(self._part(each, more) for _ in range(times) for each in below)
        if kind is tokens.SUBPATTERN:
            return "".join(self._part(each, more) for each in argument[-1])
        if kind is tokens.BRANCH:
            return "".join(self._part(each, more) for each in self._random.choice(argument[1]))
        if kind is tokens.ANY:
            return self._random.choice(_PRINTABLE)
        if kind is tokens.NOT_LITERAL:
            return self._random.choice([each for each in _PRINTABLE if each != chr(argument)])
        return ""

    def _member(self, members: Sequence[tuple[Any, Any]]) -> str:
        """One character of a character class."""
        if members[0][0] is tokens.NEGATE:
            excluded = "".join(self._characters(each) for each in members[1:])
            return self._random.choice([each for each in _PRINTABLE if each not in excluded])
        return self._random.choice(self._characters(self._random.choice(members)))

    def _characters(self, member: tuple[Any, Any]) -> str:
        """All characters of one member of a character class."""
        kind, value = member
        if kind is tokens.RANGE:
            return "".join(map(chr, range(value[0], value[1] + 1)))
        return _CATEGORIES[value] if kind is tokens.CATEGORY else chr(value)


def _kind(schema: Schema) -> str:
    """The type of a schema that does not say it."""
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    return "array" if "items" in schema or "prefixItems" in schema else "string"


def _is_excluded(schema: Schema, keyword: str, limit: Any) -> bool:
    """Whether a limit itself is excluded, as OpenAPI 3.0 or as JSON Schema writes it."""
    excluded = schema.get(keyword)
    return excluded is True or (excluded is not None and excluded is not False and excluded == limit)


def _bounds(schema: Schema, width: int) -> tuple[Any, Any]:
    """The smallest and the greatest number; without a limit the smallest is zero if that is possible."""
    low, high = (
        schema.get(name, limit if not isinstance(limit := schema.get(other), bool) else None)
        for name, other in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
    )
    if low is None:
        low = 0 if high is None or high > 0 else high - width
    return low, low + width if high is None else high


@cache
def _parts(pattern: str) -> Any:
    return parser.parse(pattern)


def _component(schema: Schema) -> str:
    """The name of the component to which a schema refers; empty for none."""
    return str(schema.get("$ref", "")).rpartition("/")[2] if isinstance(schema, Mapping) else ""
