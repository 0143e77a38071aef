"""The register of Prolific: every clause that can be judged is shown by a scenario here."""

from __future__ import annotations

import re
from pathlib import Path

from understudy.specs import Contract, judged


def test_every_clause_is_shown(contract: Contract) -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))
    shown = set(re.findall(r"PR-\d{3}", text))
    wanted = {clause.id for clause in contract.clauses if clause.excluded is None and clause.retired is None}

    assert wanted - shown == set()


def test_no_scenario_names_a_clause_that_does_not_exist(contract: Contract) -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))

    assert set(re.findall(r"PR-\d{3}", text)) <= {clause.id for clause in contract.clauses}


def test_the_contract_has_all_operations_and_schemas(contract: Contract) -> None:
    assert len(judged(contract).operations) == 79
    assert len(contract.operations) == 115
    assert len([op for op in contract.operations.values() if op.provenance == "documented"]) == 28
