"""The seeded population of one API: the same seed, size and locales give the same bytes on every machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

import orjson

from mock_server.clock import timestamp
from mock_server.generators import Generator, Making, Members, Source, compile_generator, fill
from mock_server.records import Kept, Record, Resources
from mock_server.store import Row, Table


class Population:
    """Makes all records of a seed recipe, in the order in which it is written."""

    def __init__(self, resources: Resources, seed: int, size: int, locales: tuple[str, ...]) -> None:
        self._resources = resources
        self._seed = seed
        self._size = size
        self._locales = locales
        self._recipe = resources.contract.seed
        self._epoch = datetime.fromisoformat(self._recipe["epoch"])
        self._members: dict[str, Members] = {}
        self._made: dict[str, dict[str, Record]] = {}
        self._views: dict[str, dict[str, Any]] = {}
        self._counters: dict[str, int] = {}
        self._tallies: dict[tuple[str, str], dict[str, int]] = {}

    @property
    def key(self) -> str:
        """Tells this population from every other."""
        contract = self._resources.contract
        told = orjson.dumps(
            [contract.seed, contract.document["x-resources"], self._seed, self._size, self._locales],
            option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS,
        )
        return f"{contract.api}:{blake2b(told, digest_size=6).hexdigest()}"

    def rows(self) -> Iterator[tuple[Table, Iterable[Row]]]:
        """All rows, table by table."""
        for recipe in self._recipe["populations"]:
            self._make(recipe)
        for kept in self._in_order():
            records = self._made.get(kept.name, {})
            yield kept.table, self._keep(kept, records)

    def counters(self) -> Mapping[str, int]:
        """Where each counter goes on."""
        return {self._resources[name].table.name: value for name, value in self._counters.items()}

    def _make(self, recipe: Mapping[str, Any]) -> None:
        kept = self._resources[recipe["resource"]]
        source = Source(
            f"{self._resources.contract.api}/{recipe['name']}",
            self._seed,
            self._epoch,
            self._locales,
            self._members,
        )
        shared = _compiled(recipe.get("values", {}), source)
        literal = [_compiled(record, source) for record in recipe.get("records", ())]
        drawn = recipe.get("count", 0) * (1 if recipe.get("fixed") else self._size)
        count = max(len(literal), drawn)
        first = self._counters.get(kept.name, 0)
        made = self._made.setdefault(kept.name, {})
        ids = []
        for index in range(count):
            own = literal[index] if index < len(literal) else {}
            record = self._record(kept, index, first + index, {**own, **_without(shared, own)})
            made[str(record[kept.id_property])] = record
            ids.append(record[kept.id_property])
        self._counters[kept.name] = first + count
        self._members[recipe["name"]] = Members(ids)

    def _record(self, kept: Kept, index: int, number: int, values: Mapping[str, Generator]) -> Record:
        making = Making(index, {}, timestamp(self._epoch), number=number)
        making.referenced = lambda name: self._referenced(kept, making.record.get(name), name)
        if kept.id_property not in values:
            making.record[kept.id_property] = kept.ids.at(number)
        fill(values, making)
        making.now = making.record.get("created_at") or making.now
        return fill(_without(kept.values, making.record), making)

    def _referenced(self, kept: Kept, id: Any, name: str) -> Mapping[str, Any]:
        resource = kept.told.references[name].resource
        return self._made.get(resource, {}).get(str(id), {})

    def _keep(self, kept: Kept, records: Mapping[str, Record]) -> Iterator[Row]:
        needed = bool(kept.embedders)
        views = self._views.setdefault(kept.name, {})
        for seq, (id, record) in enumerate(records.items()):
            parts = self._parts(kept, id, record)
            if needed:
                views[id] = kept.view(record, parts)
            yield kept.row(seq, record, parts)

    def _parts(self, kept: Kept, id: str, record: Record) -> dict[str, Any]:
        parts: dict[str, Any] = {}
        for prop, (reference, embedded) in kept.embeds.items():
            parts[prop] = self._views[embedded.name].get(str(record.get(reference)))
        for prop, (count, counted) in kept.counts.items():
            if (kept.name, prop) not in self._tallies:
                self._tallies[kept.name, prop] = self._tally(counted, count.by, count.where)
            parts[prop] = self._tallies[kept.name, prop].get(id, 0)
        return parts

    def _tally(self, counted: Kept, by: str, where: Mapping[str, Any]) -> dict[str, int]:
        tally: dict[str, int] = {}
        for record in self._made.get(counted.name, {}).values():
            if all(record.get(name) == value for name, value in where.items()):
                owner = str(record.get(by))
                tally[owner] = tally.get(owner, 0) + 1
        return tally

    def _in_order(self) -> Sequence[Kept]:
        """Resources with what they embed before them."""
        ordered: dict[str, Kept] = {}

        def visit(kept: Kept, above: tuple[str, ...]) -> None:
            for _, embedded in kept.embeds.values():
                if embedded.name not in above:
                    visit(embedded, (*above, kept.name))
            ordered.setdefault(kept.name, kept)

        for kept in self._resources:
            visit(kept, ())
        return list(ordered.values())


class Populations:
    """Several populations as one seed."""

    def __init__(self, populations: Sequence[Population]) -> None:
        self._populations = populations

    @property
    def key(self) -> str:
        """Tells this seed from every other."""
        return ",".join(population.key for population in self._populations)

    def rows(self) -> Iterator[tuple[Table, Iterable[Row]]]:
        """All rows, table by table."""
        for population in self._populations:
            yield from population.rows()

    def counters(self) -> Mapping[str, int]:
        """Where each counter goes on."""
        return {name: value for p in self._populations for name, value in p.counters().items()}


def _compiled(values: Mapping[str, Any], source: Source) -> dict[str, Generator]:
    return {name: compile_generator(told, name, source) for name, told in values.items()}


def _without(values: Mapping[str, Generator], taken: Mapping[str, Any]) -> dict[str, Generator]:
    return {name: generate for name, generate in values.items() if name not in taken}
