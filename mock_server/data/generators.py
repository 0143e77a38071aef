"""The generators of a seed recipe, compiled to functions. `specs/README.md` lists them."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from understudy.mock_server.clock import timestamp, timestamp_at
from understudy.mock_server.values.faker_pools import UnknownLocaleError, pool
from understudy.mock_server.values.ids import BASE36, CODE, HEX, Permutation, as_uuid, spell
from understudy.specs import ContractError

OMIT = object()


@dataclass(slots=True)
class RecordDraft:
    """A record while it is generated: its index, the values it has so far, and the sources of others."""

    index: int
    record: dict[str, Any]
    now: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    referenced: Callable[[str], Mapping[str, Any]] = lambda name: {}
    number: int | None = None


Generator = Callable[[RecordDraft], Any]

_64 = 2**64 - 1


class PopulationIds(Sequence[Any]):
    """The ids of a population by position. `find` gives the position of an id, None if it is not in the population."""

    def __init__(self, ids: Sequence[Any], find: Callable[[Any], int | None]) -> None:
        self.ids = ids
        self.find = find

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, position: Any) -> Any:
        return self.ids[position]


class JoinedSequence(Sequence[Any]):
    """Several sequences as one, without copying them."""

    def __init__(self, parts: Iterable[Sequence[Any]]) -> None:
        self._parts: list[Sequence[Any]] = []
        #: The first position of each part.
        self._firsts: list[int] = []
        self._length = 0
        for part in parts:
            if part:
                self._parts.append(part)
                self._firsts.append(self._length)
                self._length += len(part)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, position: Any) -> Any:
        place = bisect_right(self._firsts, position) - 1
        return self._parts[place][position - self._firsts[place]]


@dataclass(frozen=True, slots=True)
class Source:
    """The inputs of generators: the key of the population, its epoch and locales, the ids of earlier populations."""

    key: str
    seed: int
    epoch: datetime
    locales: tuple[str, ...]
    members: Mapping[str, PopulationIds] = field(default_factory=dict)


class UnknownGeneratorError(ContractError):
    """A recipe uses a generator that does not exist."""


class UnusableGeneratorError(ValueError):
    """A member of the request fits its schema, but no value can be generated from it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def compile_generator(spec: Any, name: str, source: Source) -> Generator:
    """The function that generates the values of a property; its `name` is part of the key of random values."""
    if not isinstance(spec, Mapping):
        return lambda draft: spec
    if len(spec) != 1:
        raise UnknownGeneratorError(f"{name}: a generator has exactly one key, this has {sorted(spec)}")
    kind, options = next(iter(spec.items()))
    make = _KINDS.get(kind)
    if make is None:
        raise UnknownGeneratorError(f"{name}: there is no generator {kind!r}")
    return make(options, name, source)


def fill(values: Mapping[str, Generator], draft: RecordDraft) -> dict[str, Any]:
    """Run generators in order and add their values to the record, except omitted ones."""
    record = draft.record
    for name, generate in values.items():
        value = generate(draft)
        if value is not OMIT:
            record[name] = value
    return record


@lru_cache(maxsize=4096)
def slug(text: str) -> str:
    """Lower-case ASCII letters and digits with dots between words, never empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    return ".".join(words) or "x" + blake2b(text.encode(), digest_size=4).hexdigest()


def _draws(name: str, source: Source) -> Callable[[int], int]:
    """A function from an index to a random 64-bit number, keyed by seed, population and property.

    It is the finalizer of SplitMix64 on the keyed index: statistically sound, and a quarter of the cost of a digest.
    """
    key = int.from_bytes(blake2b(f"{source.seed}/{source.key}/{name}".encode(), digest_size=8).digest(), "big")

    def draw(index: int) -> int:
        z = (key + index * 0x9E3779B97F4A7C15) & _64
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _64
        return z ^ (z >> 31)

    return draw


def _const(options: Any, name: str, source: Source) -> Generator:
    return lambda draft: options


def _input(options: Any, name: str, source: Source) -> Generator:
    if isinstance(options, str):
        return lambda draft: draft.inputs.get(options, draft.record.get(name, OMIT))
    sent, otherwise = _input(options["member"], name, source), compile_generator(options["else"], name, source)

    def generate(draft: RecordDraft) -> Any:
        value = sent(draft)
        return otherwise(draft) if value is OMIT else value

    return generate


def _now(options: Any, name: str, source: Source) -> Generator:
    return lambda draft: draft.record.get(name) or draft.now


def _time(options: Any, name: str, source: Source) -> Generator:
    start, step = options.get("start", 0), options.get("step", 0)
    jitter = options.get("jitter", 0)
    draw = _draws(name, source)
    epoch = int(source.epoch.timestamp())

    def make(draft: RecordDraft) -> str:
        seconds = start + draft.index * step + (draw(draft.index) % jitter if jitter else 0)
        return timestamp_at(epoch + seconds)

    return make


def _after(options: Any, name: str, source: Source) -> Generator:
    low, high = options["seconds"]
    draw = _draws(name, source)

    def make(draft: RecordDraft) -> Any:
        earlier = draft.record.get(options["property"])
        if earlier is None:
            return None
        seconds = low + draw(draft.index) % (high - low + 1)
        return timestamp_at(int(datetime.fromisoformat(earlier).timestamp()) + seconds)

    return make


def _date(options: Any, name: str, source: Source) -> Generator:
    first, last = (date.fromisoformat(str(bound)) for bound in options)
    days = (last - first).days + 1
    draw = _draws(name, source)
    return lambda draft: (first + timedelta(days=draw(draft.index) % days)).isoformat()


def _pool(options: Any, name: str, source: Source) -> Generator:
    try:
        texts = pool(options, source.locales, source.seed)
    except UnknownLocaleError:
        raise
    except ValueError as error:
        raise UnknownGeneratorError(f"{name}: {error}") from error
    draw = _draws(name, source)
    return lambda draft: texts[draw(draft.index) % len(texts)]


_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?::(slug|first))?\}")
_FORMS: dict[str | None, Callable[[Any], str]] = {
    None: str,
    "slug": lambda value: slug(str(value)),
    "first": lambda value: _first(str(value)),
}


def _first(text: str) -> str:
    words = text.split(None, 1)
    return words[0] if words else text


def _template(options: Any, name: str, source: Source) -> Generator:
    whole = _PLACEHOLDER.fullmatch(options)
    if whole is not None and whole[2] is None:
        return _value(whole[1])

    # Texts and placeholders alternate, with a text at either end.
    texts, pieces, end = [], [], 0
    for match in _PLACEHOLDER.finditer(options):
        texts.append(options[end : match.start()].replace("%", "%%"))
        pieces.append((_value(match[1]), _FORMS[match[2]]))
        end = match.end()
    form = "%s".join([*texts, options[end:].replace("%", "%%")])
    return lambda draft: form % tuple([shape(value(draft)) for value, shape in pieces])


def _value(property: str) -> Generator:
    """A generator of the value that a placeholder in a template names."""
    if property == "index":
        return lambda draft: draft.index
    if property == "number":
        return lambda draft: draft.index + 1

    def value(draft: RecordDraft) -> Any:
        record = draft.record
        return record[property] if property in record else draft.inputs.get(property, "")

    return value


def _first_word(options: Any, name: str, source: Source) -> Generator:
    value = _value(options)
    return lambda draft: _first(str(value(draft)))


def _timestamp(options: Any, name: str, source: Source) -> Generator:
    def make(draft: RecordDraft) -> Any:
        value = draft.inputs.get(options, draft.record.get(options))
        try:
            return None if value is None else as_timestamp(value)
        except (ValueError, OverflowError) as error:
            raise UnusableGeneratorError(options) from error

    return make


def as_timestamp(text: str) -> str:
    """A date or date-time as a UTC timestamp; a date is its midnight, a time without zone is UTC."""
    moment = datetime.fromisoformat(text.upper())  # RFC 3339 allows t and z
    return timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _entries(options: Sequence[Any], name: str, source: Source) -> list[Generator]:
    return [compile_generator(entry, f"{name}/{i}", source) for i, entry in enumerate(options)]


def _cycle(options: Any, name: str, source: Source) -> Generator:
    entries = _entries(options, name, source)
    return lambda draft: entries[draft.index % len(entries)](draft)


def _choice(options: Any, name: str, source: Source) -> Generator:
    entries = _entries(options, name, source)
    draw = _draws(name, source)
    return lambda draft: entries[draw(draft.index) % len(entries)](draft)


def _integer(options: Any, name: str, source: Source) -> Generator:
    low, high = options
    draw = _draws(name, source)
    return lambda draft: low + draw(draft.index) % (high - low + 1)


def _decimal(options: Any, name: str, source: Source) -> Generator:
    low, high, places = options
    steps = round((high - low) * 10**places)
    draw = _draws(name, source)
    return lambda draft: round(low + (draw(draft.index) % (steps + 1)) / 10**places, places)


def _chance(options: Any, name: str, source: Source) -> Generator:
    draw = _draws(name, source)
    return lambda draft: draw(draft.index) < options * 2**64


def _code(options: Any, name: str, source: Source) -> Generator:
    length = options["length"]
    permutation = Permutation(f"{source.seed}/{source.key}/{name}".encode(), len(CODE) ** length)
    return lambda draft: spell(permutation.there(draft.index if draft.number is None else draft.number), CODE, length)


def _token(options: Any, name: str, source: Source) -> Generator:
    form, length = options["form"], options.get("length", 32)
    alphabet = {"hex": HEX, "base36": BASE36, "digits": "0123456789", "uuid": ""}[form]
    key = blake2b(f"{source.seed}/{source.key}/{name}".encode(), digest_size=32).digest()

    def make(draft: RecordDraft) -> str:
        digest = blake2b(draft.index.to_bytes(8, "big"), key=key, digest_size=64).digest()
        n = int.from_bytes(digest, "big")
        return as_uuid(n % 2**122) if form == "uuid" else spell(n, alphabet, length)

    return make


def _reference(options: Any, name: str, source: Source) -> Generator:
    names = options.get("populations") or [options["population"]]
    missing = [n for n in names if n not in source.members]
    if missing:
        raise UnknownGeneratorError(f"{name}: there is no population {missing[0]!r} before this one")
    groups = [source.members[n] for n in names]
    total = sum(len(group) for group in groups)
    if not 0 <= options.get("at", 0) < max(total, 1):
        raise UnknownGeneratorError(f"{name}: there is no record at {options['at']}; the population has {total}")
    draw = _draws(name, source)
    run = options.get("run", 1)
    ways: dict[str, Callable[[int], int]] = {
        "index": lambda index: options["at"],
        "drawn": lambda index: draw(index) % total,
        "block": lambda index: index // run % total,
        "spread": lambda index: index % total,
    }
    return ReferenceGenerator(groups, ways[options.get("by", "spread")])


class ReferenceGenerator:
    """Generates references, and finds the records that refer to given ones without generating them."""

    def __init__(self, groups: Sequence[PopulationIds], position: Callable[[int], int]) -> None:
        self._groups = groups
        self._position = position
        self._ids = groups[0] if len(groups) == 1 else JoinedSequence(groups)

    def __call__(self, draft: RecordDraft) -> Any:
        return self._ids[self._position(draft.index)]

    def to(self, ids: Iterable[Any], indexes: range) -> list[int]:
        """Those of the indexes whose records refer to one of the ids."""
        wanted = set()
        before = 0
        for group in self._groups:
            wanted |= {before + place for id in ids if (place := group.find(id)) is not None}
            before += len(group)
        position = self._position
        return [index for index in indexes if position(index) in wanted] if wanted else []


def _copy(options: Any, name: str, source: Source) -> Generator:
    return lambda draft: draft.referenced(options["reference"]).get(options["property"])


def _list(options: Any, name: str, source: Source) -> Generator:
    low, high = options["count"]
    draw = _draws(f"{name}/count", source)
    items = [compile_generator(options["of"], f"{name}/{i}", source) for i in range(high)]

    def make(draft: RecordDraft) -> list[Any]:
        count = low + draw(draft.index) % (high - low + 1)
        return [value for item in items[:count] if (value := item(draft)) is not OMIT]

    return make


def _sample(options: Any, name: str, source: Source) -> Generator:
    low, high = options["count"]
    entries = _entries(options["of"], name, source)
    count = _draws(f"{name}/count", source)
    ranks = [_draws(f"{name}/{i}/rank", source) for i in range(len(entries))]

    def make(draft: RecordDraft) -> list[Any]:
        wanted = low + count(draft.index) % (high - low + 1)
        chosen = sorted(range(len(entries)), key=lambda i: ranks[i](draft.index))[:wanted]
        return [value for i in sorted(chosen) if (value := entries[i](draft)) is not OMIT]

    return make


def _object(options: Any, name: str, source: Source) -> Generator:
    members = {key: compile_generator(part, f"{name}/{key}", source) for key, part in options.items()}

    def make(draft: RecordDraft) -> dict[str, Any]:
        return {key: value for key, part in members.items() if (value := part(draft)) is not OMIT}

    return make


def _maybe(options: Any, name: str, source: Source) -> Generator:
    inner = compile_generator(options["of"], f"{name}/of", source)
    decides = _chance(options["chance"], f"{name}/maybe", source)
    return lambda draft: inner(draft) if decides(draft) else None


def _omit(options: Any, name: str, source: Source) -> Generator:
    return lambda draft: OMIT


def _holds(options: Any, name: str, source: Source) -> Generator:
    present, absent = options.get("present", ()), options.get("absent", ())
    return lambda draft: (
        all(draft.record.get(p) is not None for p in present) and all(draft.record.get(p) is None for p in absent)
    )


_KINDS: dict[str, Callable[[Any, str, Source], Generator]] = {
    "after": _after,
    "chance": _chance,
    "changed": _now,
    "choice": _choice,
    "code": _code,
    "const": _const,
    "copy": _copy,
    "cycle": _cycle,
    "date": _date,
    "decimal": _decimal,
    "first_word": _first_word,
    "holds": _holds,
    "input": _input,
    "integer": _integer,
    "list": _list,
    "maybe": _maybe,
    "now": _now,
    "object": _object,
    "omit": _omit,
    "pool": _pool,
    "reference": _reference,
    "sample": _sample,
    "template": _template,
    "time": _time,
    "timestamp": _timestamp,
    "token": _token,
}
