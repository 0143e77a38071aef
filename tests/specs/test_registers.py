"""The registers: each operation has clauses, each clause operations, and ids that stay what they are."""

import re

import pytest

from understudy.specs import apis, load

each_api = pytest.mark.parametrize("api", apis())
PREFIXES = {"consent-kit": "CK", "forsta": "FO", "lookit": "LK", "participant-kit": "PK", "prolific": "PR"}


@each_api
def test_every_operation_has_a_clause(api: str) -> None:
    contract = load(api)
    clauses = [
        operation["x-clauses"]
        for item in contract.document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
    ]

    assert len(clauses) == len(contract.operations)
    assert all(clauses)


@each_api
def test_every_operation_has_a_clause_of_its_own_beside_those_that_hold_for_all(api: str) -> None:
    contract = load(api)
    own = {name for clause in contract.clauses if "*" not in clause.operations for name in clause.operations}

    assert set(contract.operations) - own == set()


@each_api
def test_every_clause_names_operations_that_exist(api: str) -> None:
    contract = load(api)

    for clause in contract.clauses:
        assert clause.operations == ("*",) or set(clause.operations) <= set(contract.operations), clause.id


@each_api
def test_ids_bear_the_prefix_of_their_api_and_stand_in_order(api: str) -> None:
    ids = [clause.id for clause in load(api).clauses]

    assert all(re.fullmatch(rf"{PREFIXES[api]}-\d{{3,4}}", id) for id in ids)
    assert ids == sorted(ids)


@each_api
def test_no_number_was_left_out(api: str) -> None:
    numbers = [int(clause.id[3:]) for clause in load(api).clauses]

    assert numbers == list(range(1, len(numbers) + 1))


@each_api
def test_an_ambiguous_clause_names_the_decision_or_explains_itself(api: str) -> None:
    assert [
        clause.id
        for clause in load(api).clauses
        if clause.level == "ambiguous"
        and not (clause.decision or clause.reason or clause.notes or clause.excluded or clause.retired)
    ] == []


@each_api
def test_a_clause_that_holds_for_a_write_alone_is_not_judged_by_reading(api: str) -> None:
    contract = load(api)
    wrong = [
        clause.id
        for clause in contract.clauses
        if clause.kind == "state"
        and clause.profile == "read-only"
        and clause.operations != ("*",)
        and all(contract.operations[name].writes for name in clause.operations)
    ]

    assert wrong == []
