"""What changed between two reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: How bad a verdict is; a clause that gets worse is a regression.
BADNESS = {"pass": 0, "waived": 1, "not_applicable": 1, "warning": 2, "error": 3, "fail": 3}


@dataclass(frozen=True, slots=True)
class Change:
    """One clause with another verdict than before; None where a report does not have it."""

    clause: str
    old: str | None
    new: str | None
    actual: str

    @property
    def regression(self) -> bool:
        """Whether it got worse: a new warning, error or failure. What is no longer judged is told, and no regression."""
        return self.new is not None and BADNESS[self.new] >= 2 and BADNESS[self.new] > BADNESS.get(self.old or "pass", 0)


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The clauses whose verdict differs, regressions first."""
    before = {each["clause"]: each["verdict"] for each in old["results"]}
    after = {each["clause"]: each for each in new["results"]}
    found = []
    for clause in dict.fromkeys([*after, *before]):
        verdict = after[clause]["verdict"] if clause in after else None
        if before.get(clause) != verdict:
            found.append(Change(clause, before.get(clause), verdict, str(after.get(clause, {}).get("actual", ""))))
    return sorted(found, key=lambda each: (not each.regression, each.clause))
