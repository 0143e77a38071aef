"""Every clause is judged by a check, and every check judges a clause."""

from __future__ import annotations

import subprocess
import sys

import pytest

from understudy.conformance.judging.registry import ASPECT, CLAUSE, checks, every
from understudy.conformance.scope.mapping import mapping
from understudy.specs import Contract, apis, load


def judged(contract: Contract) -> set[str]:
    return set().union(*(each.clauses(contract) for each in checks(contract)))


def due(contract: Contract) -> set[str]:
    return {clause.id for clause in contract.clauses if not (clause.excluded or clause.retired)}


@pytest.mark.parametrize("api", apis())
def test_every_clause_is_judged_by_a_check_or_excluded_with_a_reason(api: str) -> None:
    contract = load(api)

    assert judged(contract) == due(contract)


@pytest.mark.parametrize("api", apis())
def test_nine_in_ten_documented_clauses_are_judged(api: str) -> None:
    documented = [clause for clause in load(api).clauses if clause.level == "documented" and not clause.retired]
    excluded = [clause for clause in documented if clause.excluded]

    assert len(excluded) <= len(documented) / 10


def test_every_check_judges_a_clause_of_some_api() -> None:
    contracts = [load(api) for api in apis()]
    idle = [each.name for each in every() if not any(each.clauses(contract) for contract in contracts)]

    assert idle == []


def test_no_check_names_an_unknown_clause() -> None:
    known = {clause.id for api in apis() for clause in load(api).clauses}
    named = {name for each in every() for name in each.named if CLAUSE.fullmatch(name)}

    assert named - known == set()


def test_no_check_names_an_excluded_or_retired_clause() -> None:
    gone = {clause.id for api in apis() for clause in load(api).clauses if clause.excluded or clause.retired}
    named = {name for each in every() for name in each.named}

    assert named & gone == set()


@pytest.mark.parametrize("api", apis())
def test_every_aspect_that_is_mapped_is_judged_by_a_check(api: str) -> None:
    named = {name for each in every() for name in each.named}
    topics = {name[:-1] for name in named if name.endswith(".*")}
    # Told by what is no check: replies that are no valid reply at all, and what the generator finds.
    by_others = ("reply.media-type", "reply.status", "reply.json", "generated.")
    idle = [
        aspect
        for aspect in mapping(api).aspects
        if aspect not in named and not aspect.startswith((*topics, *by_others))
    ]

    assert idle == []


@pytest.mark.parametrize("api", apis())
def test_the_mapping_names_clauses_and_schemas_that_exist(api: str) -> None:
    contract, mapped = load(api), mapping(api)
    clauses = {clause.id for clause in contract.clauses}
    named = {name for ids in (*mapped.aspects.values(), *mapped.schemas.values()) for name in ids}
    components = {name.partition(".")[0] for name in mapped.schemas}

    assert named - clauses == set()
    assert components - set(contract.schemas["components"]["schemas"]) == set()


@pytest.mark.parametrize("api", apis())
def test_what_needs_no_writes_is_judged_without_them(api: str) -> None:
    contract = load(api)
    reached = set().union(*(each.clauses(contract) for each in checks(contract) if not each.writes))
    readable = {clause.id for clause in contract.clauses if clause.profile == "read-only"} & due(contract)

    assert readable - reached == set()


def test_checks_say_what_holds_when_they_pass() -> None:
    assert [each.name for each in every() if len(each.about) < 20 or not each.about.endswith(".")] == []


def test_names_of_aspects_do_not_look_like_names_of_clauses() -> None:
    assert not CLAUSE.fullmatch("paging.maximum")
    assert ASPECT.fullmatch("paging.maximum")
    assert not ASPECT.fullmatch("PK-027")


@pytest.mark.parametrize("first", ["understudy.conformance.checks.paging", "understudy.conformance.rules.lookit"])
def test_the_order_of_checks_does_not_depend_on_who_was_imported_first(first: str) -> None:
    program = (
        f"import {first}; from understudy.conformance.judging.registry import every; "
        "print(*[each.name for each in every()])"
    )

    completed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert completed.stdout.split() == [each.name for each in every()]
