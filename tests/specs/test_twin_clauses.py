"""Clauses of two APIs whose sources use the same words, and what every live clause says of itself."""

import pytest

from understudy.specs import Clause, apis, load

CLAUSES = {clause.id: clause for api in apis() for clause in load(api).clauses}
TWINS = [clause for clause in CLAUSES.values() if clause.twin]
KITS = ("participant-kit", "consent-kit")


def test_there_are_many_twins() -> None:
    assert len(TWINS) > 100


def test_twins_have_one_level() -> None:
    apart = {f"{each.id} {each.level}, {each.twin} {CLAUSES[str(each.twin)].level}" for each in TWINS}

    assert apart == {f"{each.id} {each.level}, {each.twin} {each.level}" for each in TWINS}


def test_a_twin_is_a_live_clause_of_another_api_and_has_no_second_one() -> None:
    named = [str(each.twin) for each in TWINS]

    assert len(named) == len(set(named))
    assert [each.id for each in TWINS if CLAUSES[str(each.twin)].retired or each.retired] == []
    assert [each.id for each in TWINS if str(each.twin)[:2] == each.id[:2]] == []


def live(api: str) -> list[Clause]:
    return [clause for clause in load(api).clauses if not clause.retired]


@pytest.mark.parametrize("api", KITS)
def test_every_live_clause_names_its_place(api: str) -> None:
    assert [clause.id for clause in live(api) if not clause.place] == []


@pytest.mark.parametrize("api", KITS)
def test_every_clause_below_documented_gives_its_reason(api: str) -> None:
    assert [clause.id for clause in live(api) if clause.level != "documented" and not clause.reason] == []
