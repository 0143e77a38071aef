"""What a seed says of the records of a contract whose meaning was inferred; it may leave out whatever can be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from understudy.mock_server.data.population import Population
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.specs import Contract


@dataclass(frozen=True, slots=True)
class Written:
    """One record of a seed: `given` are the members that it says, `omitted` those that it must not have.

    `id` is what other records call it, and its id if `given` has one.
    """

    id: Any
    given: Mapping[str, Any]
    omitted: frozenset[str]


def written(contract: Contract, seed: int, size: int, locales: tuple[str, ...]) -> dict[str, list[Written]]:
    """The records that a seed describes, by resource; a resource of which it says nothing is missing."""
    resources = ResourceTypes(contract, seed, locales)
    population = Population(resources, seed, size, locales)
    found: dict[str, list[Written]] = {}
    for recipe in contract.seed["populations"]:
        found.setdefault(recipe["resource"], []).extend(
            _records(resources, population, recipe, size, len(found.get(recipe["resource"], ())))
        )
    return found


def _records(
    resources: ResourceTypes, population: Population, recipe: Mapping[str, Any], size: int, first: int
) -> Iterator[Written]:
    resource = resources[recipe["resource"]]
    by_hand = recipe.get("records", ())
    count = recipe.get("count", 0) * (1 if recipe.get("fixed") else size)
    for number in range(max(count, len(by_hand))):
        own = by_hand[number] if number < len(by_hand) else {}
        said = {*recipe.get("values", {}), *own, *resource.values}
        record = population.record(resource.name, first + number)
        yield Written(
            record[resource.id_property],
            {name: value for name, value in record.items() if name in said},
            frozenset(said - record.keys()),
        )
