"""The seeded population of one API: the same seed, size and locales give the same bytes on every machine.

Nothing is stored here: a record is generated from its number whenever it is needed. A store generates all records of a
small resource at once, and those of a large one when they are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any

import orjson

from understudy.mock_server.clock import timestamp
from understudy.mock_server.data.generators import (
    Generator,
    JoinedSequence,
    PopulationIds,
    RecordDraft,
    ReferenceGenerator,
    Source,
    UnknownGeneratorError,
    compile_generator,
    fill,
)
from understudy.mock_server.data.periodic import (
    SOMETHING,
    NumberedText,
    NumberList,
    Pattern,
    Progression,
    Selection,
    combined,
    fits,
    numbered_text,
    pattern,
    select,
)
from understudy.mock_server.data.resource_types import Record, ResourceType, ResourceTypes
from understudy.mock_server.store import Row, Table, Where
from understudy.specs.contract import DUE_AT

#: How many generated rows are remembered, some 1.5 kB each. Somebody who turns 400 pages of a list and begins again
#: finds all of them; with fewer, each page would push out the one that is needed next.
ROWS = 16_384
#: How many records are remembered, since others refer to them.
RECORDS = 4096

#: Up to `SINGLE_COUNTS` counts of one kind are computed one by one; beyond that all records are counted in one pass, unless there
#: are more than `SCANNED_RECORDS`.
SINGLE_COUNTS = 100
SCANNED_RECORDS = 200_000


#: So many generated records of each population are proved at its beginning.
SAMPLED = 12


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one population with consecutive numbers and the same generators.

    `makers` holds one pair of generators for all records, or one pair for each record that was written by hand: those
    of the recipe, then those of the resource for the properties that the recipe leaves out. `before` is the number of
    records of the same population in the group before. `patterns` is None for records written by hand. `numbered_ids`
    converts between index and id if the ids in the recipe differ only by the number of the record.
    """

    resource_type: ResourceType
    first: int
    before: int
    count: int
    makers: Sequence[tuple[Mapping[str, Generator], Mapping[str, Generator]]]
    patterns: Mapping[str, Pattern] | None
    has_ids: bool
    numbered_ids: NumberedText | None
    #: The index of its recipe in the seed.
    recipe: int


class Population:
    """Generates the records of a seed recipe."""

    def __init__(self, resources: ResourceTypes, seed: int, size: int, locales: tuple[str, ...]) -> None:
        self._resources = resources
        self._seed = seed
        self._size = size
        self._locales = locales
        self._epoch = datetime.fromisoformat(resources.contract.seed["epoch"])
        self._began = timestamp(self._epoch)
        self._groups: dict[str, list[Group]] = {resource_type.name: [] for resource_type in resources}
        self._numbers: dict[str, dict[str, int]] = {resource_type.name: {} for resource_type in resources}
        self._members: dict[str, PopulationIds] = {}
        self._tallies: dict[tuple[str, str], dict[str, int]] = {}
        self._counted: dict[tuple[str, str], int] = {}
        self._by_table = {resource_type.table.name: resource_type for resource_type in resources}
        self._record = lru_cache(RECORDS)(self._derive)
        self._row = lru_cache(ROWS)(self._make_row)
        for index, recipe in enumerate(resources.contract.seed["populations"]):
            self._recipe = index
            try:
                self._add(recipe)
            except UnknownGeneratorError as error:
                raise UnknownGeneratorError(f"/populations/{index}/values/{error}") from error

    @property
    def key(self) -> str:
        """A text that is different for every population."""
        contract = self._resources.contract
        content = orjson.dumps(
            [contract.seed, contract.document["x-resources"], self._seed, self._size, self._locales],
            option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS,
        )
        return f"{contract.api}:{blake2b(content, digest_size=6).hexdigest()}"

    @property
    def tables(self) -> list[Table]:
        """The tables of its records."""
        return self._resources.tables

    def total(self, table: Table) -> int:
        """The number of records of a table; they are numbered from 0."""
        return sum(group.count for group in self._groups[self._by_table[table.name].name])

    def rows(self, table: Table) -> Iterator[Row]:
        """All rows of a table."""
        resource_type = self._by_table[table.name]
        for number in range(self.total(table)):
            yield self._make_row(resource_type.name, number)

    def row(self, table: Table, number: int) -> Row:
        """One row of a table."""
        return self._row(self._by_table[table.name].name, number)

    def record(self, name: str, number: int) -> Record:
        """One record of a resource, with all that the seed says of it."""
        return self._record(name, number)

    def number(self, table: Table, id: str) -> int | None:
        """The number of the record with an id, None if the seed has none."""
        return self._find(self._by_table[table.name], id)

    def select(self, table: Table, where: Where) -> Selection | None:
        """The numbers of the records that match a condition, None if that is known only after generating them."""
        parts: list[Progression | NumberList] = []
        for group in self._groups[self._by_table[table.name].name]:
            if group.patterns is None:
                # Written by hand, so there are few enough to check each one.
                part: Progression | NumberList | None = self._among(group, range(group.count), where)
            else:
                part = select(group.first, group.count, group.patterns, where)
                part = self._referring(group, where) if part is None else part
            if part is None:
                return None
            parts.append(part)
        return Selection(parts)

    def least(self, table: Table, column: str) -> tuple[bool, Any]:
        """Whether the least value of a column is known without generating the records, and that value."""
        resource_type = self._by_table[table.name]
        place = table.columns.index(column)
        values: list[Any] = []
        for group in self._groups[resource_type.name]:
            if group.patterns is None:
                numbers = range(group.first, group.first + group.count)
                values += [self._row(resource_type.name, number).columns[place] for number in numbers]
            elif column not in group.patterns or SOMETHING in group.patterns[column]:
                return False, None
            else:
                values += group.patterns[column][: group.count]
        return True, min((value for value in values if value is not None), default=None)

    def samples(self) -> Iterator[tuple[int, ResourceType, Callable[[], Row]]]:
        """Some records of every population: the index of its recipe, the type, and a function that makes the row."""
        for groups in self._groups.values():
            for group in groups:
                for place in _some(group.count, written=group.patterns is None):
                    number = group.first + place
                    yield group.recipe, group.resource_type, partial(self._make_row, group.resource_type.name, number)

    def _referring(self, group: Group, where: Where) -> NumberList | None:
        """The records of a group that match a condition on a reference, None if the condition has no reference."""
        from_recipe = group.makers[0][0]
        for name, wanted in where.items():
            refers = from_recipe.get(name)
            if isinstance(refers, ReferenceGenerator):
                ids = wanted if isinstance(wanted, list | tuple | set | frozenset) else [wanted]
                indexes = refers.to(ids, range(group.before, group.before + group.count))
                return self._among(group, [index - group.before for index in indexes], where)
        return None

    def _among(self, group: Group, places: Iterable[int], where: Where) -> NumberList:
        """The numbers of the records at some places in a group that match a condition."""
        resource_type = group.resource_type
        numbers = [group.first + place for place in places]
        records = {number: self._record(resource_type.name, number) for number in numbers}
        if DUE_AT in where:
            records = {number: {**record, DUE_AT: resource_type.due_at(record)} for number, record in records.items()}
        return NumberList([number for number, record in records.items() if _fit(record, where)])

    def _add(self, recipe: Mapping[str, Any]) -> None:
        resource_type = self._resources[recipe["resource"]]
        key = f"{self._resources.contract.api}/{recipe['name']}"
        source = Source(key, self._seed, self._epoch, self._locales, self._members)
        specs = {
            name: self._constant_reference(spec)
            for name, spec in {**resource_type.spec.values, **recipe.get("values", {})}.items()
        }
        records = recipe.get("records", ())
        shared = _compiled(recipe.get("values", {}), source)
        by_hand = [{**(own := _compiled(record, source)), **_without(shared, own)} for record in records]
        drawn = recipe.get("count", 0) * (1 if recipe.get("fixed") else self._size) - len(records)
        has_ids = resource_type.id_property in recipe.get("values", {})
        ids: Sequence[Any] = []
        if by_hand:
            given = has_ids or any(resource_type.id_property in record for record in records)
            ids = self._grow(resource_type, by_hand, 0, len(by_hand), None, given, None)
        if drawn > 0:
            patterns = _patterns(resource_type, specs, len(records))
            numbered_ids = numbered_text(recipe["values"][resource_type.id_property]) if has_ids else None
            rest = self._grow(resource_type, [shared], len(records), drawn, patterns, has_ids, numbered_ids)
            ids = JoinedSequence([ids, rest]) if ids else rest
        first = self._first(resource_type) - len(ids)
        self._members[recipe["name"]] = PopulationIds(ids, lambda id: self._place(resource_type, id, first, len(ids)))

    def _grow(
        self,
        resource_type: ResourceType,
        makers: Sequence[Mapping[str, Generator]],
        before: int,
        count: int,
        patterns: Mapping[str, Pattern] | None,
        has_ids: bool,
        numbered_ids: NumberedText | None,
    ) -> Sequence[Any]:
        """Add a group after the others of its resource; returns its ids."""
        groups = self._groups[resource_type.name]
        first = self._first(resource_type)
        pairs = [(maker, _without(resource_type.values, maker)) for maker in makers]
        groups.append(Group(resource_type, first, before, count, pairs, patterns, has_ids, numbered_ids, self._recipe))
        return self._ids(groups[-1])

    def _first(self, resource_type: ResourceType) -> int:
        """The number of the next record of a resource."""
        groups = self._groups[resource_type.name]
        return groups[-1].first + groups[-1].count if groups else 0

    def _place(self, resource_type: ResourceType, id: Any, first: int, count: int) -> int | None:
        number = self._find(resource_type, str(id))
        return number - first if number is not None and first <= number < first + count else None

    def _constant_reference(self, spec: Any) -> Any:
        """The spec of a property, in which a reference to one given record becomes a constant."""
        options = spec.get("reference") if isinstance(spec, Mapping) else None
        if not isinstance(options, Mapping) or options.get("by") != "index" or "population" not in options:
            return spec
        return {"const": self._members[options["population"]][options["at"]]}

    def _ids(self, group: Group) -> Sequence[Any]:
        """The ids of a group by position; those in the recipe are collected once."""
        resource_type = group.resource_type
        if not group.has_ids:
            return _ComputedIds(resource_type.ids.at, group.first, group.count)
        if group.numbered_ids is not None:
            return _ComputedIds(group.numbered_ids.at, group.before, group.count)
        ids = [
            self._record(resource_type.name, group.first + index)[resource_type.id_property]
            for index in range(group.count)
        ]
        self._numbers[resource_type.name].update((str(id), group.first + index) for index, id in enumerate(ids))
        return ids

    def _find(self, resource_type: ResourceType, id: str) -> int | None:
        given = self._numbers[resource_type.name].get(id)
        if given is not None:
            return given
        for group in self._groups[resource_type.name]:
            index = None if group.numbered_ids is None else group.numbered_ids.index(id)
            if index is not None and group.before <= index < group.before + group.count:
                return group.first + index - group.before
        number = resource_type.ids.number(id)
        found = None if number is None else self._group(resource_type.name, number)
        if found is None or (
            found.has_ids and self._record(resource_type.name, number)[resource_type.id_property] != id
        ):
            return None
        return number

    def _group(self, name: str, number: int) -> Group | None:
        found = None
        for group in self._groups[name]:
            if group.first <= number < group.first + group.count:
                found = group
        return found

    def _derive(self, name: str, number: int) -> Record:
        group = self._group(name, number)
        assert group is not None
        resource_type, place = group.resource_type, number - group.first
        from_recipe, set_by_server = group.makers[place if group.patterns is None else 0]
        draft = RecordDraft(place + group.before, {}, self._began, number=number)
        draft.referenced = lambda prop: self._referenced(resource_type, prop, draft.record.get(prop))
        if resource_type.id_property not in from_recipe:
            draft.record[resource_type.id_property] = resource_type.ids.at(number)
        fill(from_recipe, draft)
        draft.now = draft.record.get("created_at") or draft.now
        return fill(set_by_server, draft)

    def _referenced(self, resource_type: ResourceType, prop: str, id: Any) -> Mapping[str, Any]:
        target = self._resources[resource_type.spec.references[prop].resource]
        number = None if id is None else self._find(target, str(id))
        return {} if number is None else self._record(target.name, number)

    def _make_row(self, name: str, number: int) -> Row:
        resource_type = self._resources[name]
        record = self._record(name, number)
        return resource_type.row(number, record, self._parts(resource_type, record))

    def _parts(self, resource_type: ResourceType, record: Record) -> dict[str, Any]:
        parts: dict[str, Any] = {}
        for prop, (reference, embedded) in resource_type.embeds.items():
            parts[prop] = self._view(embedded, record.get(reference))
        for prop, (count, counted) in resource_type.counts.items():
            parts[prop] = self._count(counted, {count.by: record[resource_type.id_property], **count.where})
        return parts

    def _view(self, resource_type: ResourceType, id: Any) -> bytes | None:
        number = None if id is None else self._find(resource_type, str(id))
        return None if number is None else self._row(resource_type.name, number).body

    def _count(self, counted: ResourceType, where: Mapping[str, Any]) -> int:
        by, wanted = next(iter(where.items()))
        others = {name: value for name, value in where.items() if name != by}
        key = counted.name, orjson.dumps([by, others]).decode()
        if key not in self._tallies:
            # A few counts are found by arithmetic; for many it is less work to look at every record once.
            self._counted[key] = self._counted.get(key, 0) + 1
            few = self._counted[key] <= SINGLE_COUNTS or self.total(counted.table) > SCANNED_RECORDS
            selection = self.select(counted.table, where) if few else None
            if selection is not None:
                return len(selection)
            self._tallies[key] = self._tally(counted, by, others)
        return self._tallies[key].get(str(wanted), 0)

    def _tally(self, counted: ResourceType, by: str, others: Where) -> dict[str, int]:
        """The number of records for each value of a property; every record is generated once for it."""
        tally: dict[str, int] = {}
        for number in range(self.total(counted.table)):
            record = self._record(counted.name, number)
            if _fit(record, others):
                owner = str(record.get(by))
                tally[owner] = tally.get(owner, 0) + 1
        return tally


class Populations:
    """The populations of several APIs as one seed."""

    def __init__(self, populations: Sequence[Population]) -> None:
        self._populations = populations
        self._by_table = {table.name: population for population in populations for table in population.tables}

    @property
    def key(self) -> str:
        """A text that is different for every seed."""
        return ",".join(population.key for population in self._populations)

    def total(self, table: Table) -> int:
        """The number of records of a table."""
        return self._by_table[table.name].total(table)

    def rows(self, table: Table) -> Iterable[Row]:
        """All rows of a table."""
        return self._by_table[table.name].rows(table)

    def row(self, table: Table, number: int) -> Row:
        """One row of a table."""
        return self._by_table[table.name].row(table, number)

    def number(self, table: Table, id: str) -> int | None:
        """The number of the record with an id."""
        return self._by_table[table.name].number(table, id)

    def least(self, table: Table, column: str) -> tuple[bool, Any]:
        """Whether the least value of a column is known without generating the records, and that value."""
        return self._by_table[table.name].least(table, column)

    def select(self, table: Table, where: Where) -> Selection | None:
        """The numbers of the records that match a condition."""
        return self._by_table[table.name].select(table, where)


class _ComputedIds(Sequence[Any]):
    """Ids by position, computed when they are needed."""

    def __init__(self, at: Callable[[int], Any], first: int, count: int) -> None:
        self._at = at
        self._first = first
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, position: Any) -> Any:
        if not 0 <= position < self._count:
            raise IndexError(position)
        return self._at(self._first + position)


def _some(count: int, written: bool) -> Iterable[int]:
    """The places of some records in a group: all that were written by hand, else the first ones, the middle, the last."""
    return range(count) if written else sorted({*range(min(count, SAMPLED)), count // 2, count - 1} - {-1})


def _fit(record: Record, where: Where) -> bool:
    return all(fits(record.get(name), wanted) for name, wanted in where.items())


def _compiled(values: Mapping[str, Any], source: Source) -> dict[str, Generator]:
    return {name: compile_generator(spec, name, source) for name, spec in values.items()}


def _patterns(resource_type: ResourceType, specs: Mapping[str, Any], before: int) -> dict[str, Pattern]:
    """The patterns of columns, rotated so that they begin with the record at index `before`."""
    found = {name: pattern(specs.get(name), specs) for name in resource_type.table.columns if name != DUE_AT}
    if resource_type.due:
        found[DUE_AT] = combined(resource_type.due_on, specs, resource_type.due_at)
    return {
        name: tuple(values[(i + before) % len(values)] for i in range(len(values)))
        for name, values in found.items()
        if values is not None
    }


def _without(values: Mapping[str, Generator], taken: Mapping[str, Any]) -> dict[str, Generator]:
    return {name: generate for name, generate in values.items() if name not in taken}
