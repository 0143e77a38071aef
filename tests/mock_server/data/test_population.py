"""Seeded populations: the same bytes for the same seed, any size, references that resolve, and what scripts rely on."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from understudy.mock_server.data.population import Population
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.store import Row
from understudy.specs import Contract, apis, load
from understudy.specs.contract import DUE_AT

each_api = pytest.mark.parametrize("api", apis())


def population(contract: Contract, seed: int = 42, size: int = 1, locales: tuple[str, ...] = ("en_GB",)) -> Population:
    return Population(ResourceTypes(contract, seed, locales), seed, size, locales)


def rows(made: Population) -> dict[str, list[Row]]:
    return {table.name.partition(".")[2]: list(made.rows(table)) for table in made.tables}


def records(made: Population) -> dict[str, list[dict[str, Any]]]:
    return {name: [json.loads(row.document) for row in found] for name, found in rows(made).items()}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


@each_api
def test_the_same_seed_gives_the_same_bytes(api: str) -> None:
    assert rows(population(load(api))) == rows(population(load(api)))


@each_api
def test_another_seed_gives_other_records_and_another_key(api: str) -> None:
    one, other = population(load(api), 42), population(load(api), 43)

    assert rows(one) != rows(other)
    assert one.key != other.key


@each_api
def test_a_row_made_alone_is_the_one_in_the_table(api: str) -> None:
    made = population(load(api))

    for table in made.tables:
        listed = list(made.rows(table))
        assert len(listed) == made.total(table)
        for row in listed[:: max(1, len(listed) // 7)]:
            assert population(load(api)).row(table, row.seq) == row
            assert made.number(table, row.id) == row.seq


@each_api
def test_what_the_seed_does_not_have_has_no_number(api: str) -> None:
    made = population(load(api))

    for table in made.tables:
        for id in ("x", "", "0", "\x00", "prj_000000000000", "99999999999"):
            number = made.number(table, id)
            assert number is None or made.row(table, number).id == id


@each_api
def test_every_record_fits_its_schema(api: str) -> None:
    made = population(load(api))

    for table in made.tables:
        for row in made.rows(table):  # a row that does not fit is not made
            assert json.loads(row.body) is not None


@each_api
def test_every_reference_resolves_to_a_record_made_of_the_same_owner(api: str) -> None:
    contract = load(api)
    made = records(population(contract))
    by_id = {
        name: {str(record[resource.identity.property]): record for record in made[name]}
        for name, resource in contract.resources.items()
    }

    for name, resource in contract.resources.items():
        for record in made[name]:
            for prop, reference in resource.references.items():
                if record.get(prop) is None:
                    continue
                target = by_id[reference.resource].get(str(record[prop]))
                assert target is not None, (name, prop, record[prop])
                owner = contract.resources[reference.resource].owner
                if owner is not None and owner == resource.owner:
                    assert record[owner] == target[owner]


@each_api
def test_ids_are_unique(api: str) -> None:
    for name, found in rows(population(load(api))).items():
        assert max(Counter(row.id for row in found).values(), default=1) == 1, name


@each_api
def test_everybody_is_reached_under_a_domain_set_aside_for_examples(api: str) -> None:
    made = records(population(load(api)))

    addresses = [text for found in made.values() for text in texts(found) if "@" in text and " " not in text]
    assert bool(addresses) == ("{number}@" in str(load(api).seed) or api in {"forsta", "prolific"})
    assert {text.rpartition("@")[2].rpartition(".")[0].rpartition(".")[2] for text in addresses} <= {"example"}


@each_api
def test_twice_the_size_has_twice_of_all_that_is_not_fixed_and_the_same_records_first(api: str) -> None:
    contract = load(api)
    one, two = population(contract, size=1), population(contract, size=2)
    wanted: Counter[str] = Counter()
    for recipe in contract.seed["populations"]:
        by_hand = len(recipe.get("records", ()))
        drawn = recipe.get("count", 0) * (1 if recipe.get("fixed") else 2)
        wanted[recipe["resource"]] += max(by_hand, drawn)

    assert {name: len(found) for name, found in rows(two).items() if found} == {n: c for n, c in wanted.items() if c}
    first = {recipe["resource"]: recipe for recipe in reversed(contract.seed["populations"])}
    for name, recipe in first.items():
        kept = max(recipe.get("count", 0), len(recipe.get("records", ())))
        assert [row.id for row in rows(one)[name][:kept]] == [row.id for row in rows(two)[name][:kept]]


@each_api
@pytest.mark.parametrize("locales", [("de_DE",), ("ja_JP", "fr_FR"), ("ar_EG",)], ids="+".join)
def test_any_locale_makes_records_that_fit_and_differ_where_pools_are_drawn_from(
    api: str, locales: tuple[str, ...]
) -> None:
    contract = load(api)
    made = population(contract, locales=locales)

    assert (rows(made) != rows(population(contract))) == ("'pool'" in str(contract.seed["populations"]))
    assert made.key != population(contract).key


def test_names_are_those_of_the_locale() -> None:
    made = records(population(load("consent-kit"), locales=("ja_JP",)))

    assert all(any(ord(letter) > 0x3000 for letter in record["name"]) for record in made["participant"])
    assert all(record["email"].isascii() for record in made["participant"])


@pytest.mark.parametrize("api", ["participant-kit", "consent-kit"])
def test_a_further_property_in_a_recipe_changes_no_other_value(api: str) -> None:
    contract = load(api)
    recipes = [
        {**recipe, "values": {"_before": {"integer": [0, 9]}, **recipe.get("values", {}), "_after": {"pool": "city"}}}
        for recipe in contract.seed["populations"]
    ]
    changed = replace(contract, seed={**contract.seed, "populations": recipes})

    def without(made: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
        return {
            name: [{k: v for k, v in record.items() if k not in {"_before", "_after"}} for record in found]
            for name, found in made.items()
        }

    assert without(records(population(changed))) == without(records(population(contract)))


@pytest.mark.parametrize("api", ["participant-kit", "consent-kit"])
def test_a_further_population_changes_no_other_value(api: str) -> None:
    contract = load(api)
    further = {"name": "further", "resource": "project", "count": 3, "values": {"organisation": "org_third"}}
    changed = replace(contract, seed={**contract.seed, "populations": [*contract.seed["populations"], further]})

    before, after = records(population(contract)), records(population(changed))

    assert {name: found[: len(before[name])] for name, found in after.items()} == before
    assert len(after["project"]) == len(before["project"]) + 3


@pytest.mark.parametrize("api", ["participant-kit", "consent-kit"])
def test_records_rise_in_time_with_their_number_and_are_younger_than_what_they_refer_to(api: str) -> None:
    contract = load(api)
    made = records(population(contract))
    by_id = {name: {record["id"]: record for record in found} for name, found in made.items()}

    for name, resource in contract.resources.items():
        for organisation in ("org_main", "org_other"):
            own = [record["created_at"] for record in made[name] if record["organisation"] == organisation]
            assert name == "panellist" or own == sorted(own)
        for record in made[name]:
            for prop, reference in resource.references.items():
                assert record["created_at"] > by_id[reference.resource][record[prop]]["created_at"]


def test_what_scripts_rely_on_is_there_in_participant_kit() -> None:
    made = records(population(load("participant-kit")))
    own = {name: [r for r in found if r["organisation"] == "org_main"] for name, found in made.items()}
    subscribed = Counter(r["panel_id"] for r in own["panellist"] if r["subscribed"])
    consents = Counter(r["status"] for r in own["consent"])

    assert len(own["project"]) >= 45
    assert len(own["panel"]) >= 3
    assert max(subscribed.values()) > 130
    assert any(r["opted_out_at"] for r in own["panellist"])
    assert any(r["opted_in_at"] is None for r in own["panellist"])
    assert len(own["study"]) >= 130
    assert len(own["participant"]) >= 130
    assert min(consents["agreed"], consents["refused"]) >= 30
    assert sorted(r["datatype"] for r in own["field"]) == [
        "date", "datetime", "multiple_options", "number", "single_option", "string", "telephone", "text",
    ]  # fmt: skip


def test_what_scripts_rely_on_is_there_in_consent_kit() -> None:
    made = records(population(load("consent-kit")))
    own = {name: [r for r in found if r["organisation"] == "org_main"] for name, found in made.items()}
    consents = Counter(r["status"] for r in own["consent"])

    assert len(own["project"]) >= 45
    assert len(own["event"]) >= 130
    assert len(own["participant"]) >= 130
    assert min(consents["agreed"], consents["refused"]) >= 30


@pytest.mark.parametrize("api", ["participant-kit", "consent-kit"])
def test_what_is_known_without_making_records_agrees_with_the_records(api: str) -> None:
    made = population(load(api), size=3)

    for table in made.tables:
        kept = list(made.rows(table))
        for column, name in enumerate(table.columns):
            for wanted in {row.columns[column] for row in kept if not isinstance(row.columns[column], list)}:
                numbers = made.select(table, {name: wanted})
                if numbers is not None:
                    found = [row.seq for row in kept if row.columns[column] == wanted]
                    assert list(numbers.between(0, len(numbers))) == found, (table.name, name, wanted)
                    assert all((row.seq in numbers) == (row.seq in found) for row in kept)
                    assert [numbers.rank(n) for n in found] == list(range(len(found)))


def below_zero(value: Any, name: str = "") -> Iterator[str]:
    """The names of the members that are negative numbers."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from below_zero(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from below_zero(part, name)
    elif isinstance(value, int | float) and value < 0:
        yield name


def may_be_negative(schema: Any, name: str = "") -> Iterator[str]:
    """The names of the properties whose schemas give a minimum below zero."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("minimum"), int | float) and schema["minimum"] < 0:
            yield name
        for key, part in schema.items():
            yield from may_be_negative(part, name if key in {"anyOf", "oneOf", "allOf", "items"} else key)
    elif isinstance(schema, list):
        for part in schema:
            yield from may_be_negative(part, name)


@each_api
@pytest.mark.parametrize(("seed", "size"), [(1, 1), (42, 3), (2**63, 2)])
def test_no_seeded_number_is_negative_unless_its_schema_says_so(api: str, seed: int, size: int) -> None:
    contract = load(api)
    negative = {name for found in records(population(contract, seed, size)).values() for name in below_zero(found)}

    assert negative <= set(may_be_negative(contract.schemas))


def test_the_earliest_change_of_a_seed_is_known_without_making_its_records() -> None:
    made = population(load("prolific"), size=3)
    timed = [table for table in made.tables if DUE_AT in table.columns]
    earliest = {}
    for table in timed:
        moments = [row.columns[-1] for row in made.rows(table)]
        earliest[table.name] = min((moment for moment in moments if moment is not None), default=None)
        assert made.least(table, DUE_AT) == (True, earliest[table.name])
        assert len(made.select(table, {DUE_AT: earliest[table.name]}) or ()) == moments.count(earliest[table.name])

    assert earliest["prolific.study"] == "2050-02-28T13:45:00.000Z"
    assert earliest["prolific.submission"] is None
