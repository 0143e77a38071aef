"""One test for each clause; `understudy.conformance.frontends.pytest_plugin` supplies the API, target and clauses."""

from __future__ import annotations

from understudy.conformance.frontends.pytest_plugin import Judge


def test_clause(clause: str, understudy_judge: Judge) -> None:
    """The target keeps the promise that the clause states."""
    understudy_judge(clause)
