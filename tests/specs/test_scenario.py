"""Scenarios as files: patches of a seed, refused by name where they do not fit."""

from __future__ import annotations

from typing import Any

import pytest

from understudy.specs import ContractError, Scenario, apis, load, scenario, scenarios


def test_an_unknown_scenario_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ContractError, match="maintenance"):
        scenario("prolific", "coffee-break")


@pytest.mark.parametrize(("api", "name"), [(api, name) for api in apis() for name in scenarios(api)])
def test_every_scenario_fits_its_seed(api: str, name: str) -> None:
    assert scenario(api, name).cast(load(api)).seed["epoch"] == load(api).seed["epoch"]


def test_an_unknown_population_is_refused_by_name() -> None:
    with pytest.raises(ContractError, match="coffee drinkers"):
        _seed({"coffee drinkers": {"count": 1}})


def test_a_count_is_exact_whatever_the_size() -> None:
    assert _seed({"projects": {"count": 3}})["projects"]["fixed"] is True


def test_records_beyond_the_count_go() -> None:
    assert len(_seed({"panels": {"count": 1}})["panels"]["records"]) == 1


def test_values_are_laid_over_values_and_records() -> None:
    panels = _seed({"panels": {"values": {"title": "One for all"}}})["panels"]

    assert (panels["values"]["title"], [each for each in panels["records"] if "title" in each]) == ("One for all", [])


def test_a_star_stands_for_every_population_that_is_not_named() -> None:
    seed = _seed({"*": {"count": 0}, "projects": {"count": 2}})

    assert {name: population["count"] for name, population in seed.items() if population["count"]} == {"projects": 2}


def test_a_scenario_without_populations_leaves_the_contract_as_it_is() -> None:
    contract = load("participant-kit")

    assert Scenario("plain", "", "").cast(contract) is contract


def _seed(populations: dict[str, Any]) -> dict[str, Any]:
    cast = Scenario("tried", "", "", populations).cast(load("participant-kit"))
    return {population["name"]: population for population in cast.seed["populations"]}
