"""What is known of a property without generating the records: values that repeat with the index.

`status: {cycle: [agreed, refused]}` repeats every two records, so that the 5,000th refused consent is found by
arithmetic. Random values have no pattern.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import lcm
from typing import Any

#: A value that is not null, but is not known without generating the record.
SOMETHING = object()

#: Longest pattern; longer ones are not worth their memory.
LONGEST = 1_000

Pattern = tuple[Any, ...]


def pattern(spec: Any, properties: Mapping[str, Any]) -> Pattern | None:
    """The values of a generator from index 0 until they repeat, None if they have no pattern.

    `properties` are the generators of the other properties of the record, by name.
    """
    if not isinstance(spec, Mapping):
        return (spec,)
    kind, options = next(iter(spec.items()))
    if kind == "const":
        return (options,)
    if kind == "cycle":
        return _cycle(options, properties)
    if kind == "after":
        return _after(options["property"], properties)
    if kind == "holds":
        return _holds(options, properties)
    return (SOMETHING,) if kind in _ALWAYS_THERE else None


_ALWAYS_THERE = frozenset(
    [
        "chance",
        "choice",
        "code",
        "date",
        "decimal",
        "integer",
        "list",
        "object",
        "pool",
        "reference",
        "sample",
        "template",
        "time",
        "token",
    ]
)


def _cycle(options: Sequence[Any], properties: Mapping[str, Any]) -> Pattern | None:
    entries = [pattern(entry, properties) for entry in options]
    if any(entry is None for entry in entries):
        return None
    period = lcm(len(options), *(len(entry) for entry in entries if entry is not None))
    if period > LONGEST:
        return None
    return tuple(_at(entries[i % len(options)], i) for i in range(period))


def _after(name: str, properties: Mapping[str, Any]) -> Pattern | None:
    """A time after that of another property, so null where that one is null."""
    other = pattern(properties.get(name), properties)
    return None if other is None else tuple(None if value is None else SOMETHING for value in other)


def _holds(options: Mapping[str, Any], properties: Mapping[str, Any]) -> Pattern | None:
    present = [pattern(properties.get(name), properties) for name in options.get("present", ())]
    absent = [pattern(properties.get(name), properties) for name in options.get("absent", ())]
    known = [*present, *absent]
    if any(each is None for each in known):
        return None
    period = lcm(1, *(len(each) for each in known if each is not None))
    if period > LONGEST:
        return None
    return tuple(
        all(_at(each, i) is not None for each in present) and all(_at(each, i) is None for each in absent)
        for i in range(period)
    )


def combined(
    names: Sequence[str], properties: Mapping[str, Any], value: Callable[[Mapping[str, Any]], Any]
) -> Pattern | None:
    """The pattern of what is worked out from some properties of a record, None if one of them has no pattern."""
    known = {name: pattern(properties.get(name), properties) for name in names}
    if any(each is None or SOMETHING in each for each in known.values()):
        return None
    period = lcm(1, *(len(each) for each in known.values() if each is not None))
    if period > LONGEST:
        return None
    return tuple(value({name: _at(each, index) for name, each in known.items()}) for index in range(period))


def _at(known: Pattern | None, index: int) -> Any:
    assert known is not None
    return known[index % len(known)]


@dataclass(frozen=True, slots=True)
class NumberedText:
    """Texts that differ only by the number of the record: `p1231234/{number}`."""

    before: str
    behind: str

    def at(self, index: int) -> str:
        """The text of the record at an index."""
        return f"{self.before}{index + 1}{self.behind}"

    def index(self, text: str) -> int | None:
        """The index of the record with a text, None if the text has another form."""
        number = text.removeprefix(self.before).removesuffix(self.behind)
        if not (number.isascii() and number.isdecimal() and len(number) < 19):
            return None
        index = int(number) - 1
        return index if self.at(index) == text else None


def numbered_text(spec: Any) -> NumberedText | None:
    """The texts of a generator, None if they differ by more than the number of the record."""
    options = spec.get("template", "") if isinstance(spec, Mapping) else ""
    before, number, behind = options.partition("{number}")
    varies = "{" in before or "{" in behind
    return None if not number or varies or not before + behind else NumberedText(before, behind)


@dataclass(frozen=True, slots=True)
class Progression:
    """Those of `count` consecutive numbers from `first` whose distance from `first`, modulo `period`, is in `residues`.

    `residues` is sorted.
    """

    first: int
    count: int
    period: int
    residues: tuple[int, ...]

    def __len__(self) -> int:
        rounds, rest = divmod(self.count, self.period)
        return rounds * len(self.residues) + bisect_left(self.residues, rest)

    def between(self, position: int, behind: int) -> Iterable[int]:
        """The numbers from a position, counted from 0, to the one before another."""
        first, period, residues = self.first, self.period, self.residues
        if period == 1:
            return range(first + position, first + behind)
        wide = len(residues)
        return [first + place // wide * period + residues[place % wide] for place in range(position, behind)]

    def rank(self, number: int) -> int:
        """How many of the numbers are less than a given one."""
        distance = min(max(number - self.first, 0), self.count)
        rounds, rest = divmod(distance, self.period)
        return rounds * len(self.residues) + bisect_left(self.residues, rest)

    def __contains__(self, number: int) -> bool:
        distance = number - self.first
        return 0 <= distance < self.count and distance % self.period in self.residues


class NumberList:
    """A list of numbers in ascending order."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def between(self, position: int, behind: int) -> Iterable[int]:
        """The numbers from a position to the one before another."""
        return self._numbers[position:behind]

    def rank(self, number: int) -> int:
        """How many of the numbers are less than a given one."""
        return bisect_left(self._numbers, number)

    def __contains__(self, number: int) -> bool:
        place = bisect_left(self._numbers, number)
        return place < len(self._numbers) and self._numbers[place] == number


class Selection:
    """Several ascending runs of numbers as one."""

    def __init__(self, parts: Iterable[Progression | NumberList]) -> None:
        self.parts = [part for part in parts if len(part)]
        self._length = sum(len(part) for part in self.parts)

    def __len__(self) -> int:
        return self._length

    def between(self, position: int, behind: int) -> Iterable[int]:
        """The numbers from a position to the one before another."""
        numbers: list[int] = []
        for part in self.parts:
            length = len(part)
            if position < length and behind > 0:
                numbers += part.between(max(position, 0), min(behind, length))
            position -= length
            behind -= length
        return numbers

    def rank(self, number: int) -> int:
        """How many of the numbers are less than a given one."""
        return sum(part.rank(number) for part in self.parts)

    def __contains__(self, number: int) -> bool:
        return any(number in part for part in self.parts)


def select(first: int, count: int, patterns: Mapping[str, Pattern], where: Mapping[str, Any]) -> Progression | None:
    """The numbers in a run of records whose properties have the wanted values (a list means any of them).

    None if a property has no pattern, or one in which values are unknown.
    """
    known = {}
    for name in where:
        values = patterns.get(name)
        if values is None or SOMETHING in values:
            return None
        known[name] = values
    period = lcm(1, *(len(values) for values in known.values()))
    if period > LONGEST:
        return None
    residues = tuple(
        i
        for i in range(period)
        if all(fits(known[name][i % len(known[name])], wanted) for name, wanted in where.items())
    )
    return Progression(first, count, period, residues) if residues else Progression(first, 0, 1, (0,))


def fits(value: Any, wanted: Any) -> bool:
    """Whether a value is the wanted one, or one of several wanted ones."""
    if isinstance(wanted, list | tuple | set | frozenset):
        return value is not None and value in wanted
    return bool(value == wanted)
