"""One cause, one finding: which clauses are broken, or were not shown, for the reason for which another one is broken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from understudy.conformance.evidence.findings import Judgement, Result, Verdict

#: The verdicts of clauses that are broken.
BROKEN = frozenset({Verdict.FAIL, Verdict.WARNING})


@dataclass(slots=True)
class Causes:
    """What is known of the reasons of findings.

    `stated` are clauses with those that follow from them, as the rules of an API list them. `faults` are faults of
    replies: the number of the exchange -> (clause that states it, name of the member).
    """

    stated: Mapping[str, Sequence[str]] = field(default_factory=dict)
    faults: dict[int, list[tuple[str, str]]] = field(default_factory=dict)

    def note(self, number: int, clause: str, member: str) -> None:
        """Remember that a reply broke a clause in a member."""
        self.faults.setdefault(number, []).append((clause, member.rpartition(".")[2]))

    def linked(self, results: Sequence[Result], deciding: Mapping[str, Judgement]) -> tuple[Result, ...]:
        """The results, each with the clause from whose breach it follows in `because`."""
        broken = {each.clause: each for each in results if each.verdict in BROKEN}
        causes: dict[str, str] = {}
        for result in results:
            if result.verdict in BROKEN or result.verdict is Verdict.NOT_SHOWN:
                found = self._cause(result, deciding.get(result.clause), broken)
                if found is not None and found != result.clause:
                    causes[result.clause] = found
        for group in _alike(broken.values(), deciding):
            first, *others = sorted(group, key=_breadth)
            for each in others:
                # What the narrowest one follows from is a cause already, so that two never follow from each other.
                if _root(first.clause, causes) != each.clause:
                    causes.setdefault(each.clause, first.clause)
        return tuple(replace(each, because=_root(each.clause, causes)) for each in results)

    def _cause(self, result: Result, judgement: Judgement | None, broken: Mapping[str, Result]) -> str | None:
        if judgement is not None and judgement.because in broken:
            return judgement.because
        for cause, followers in self.stated.items():
            if result.clause in followers and cause in broken:
                return cause
        for exchange in judgement.exchanges if judgement is not None else ():
            for clause, member in self.faults.get(exchange.number, ()):
                if clause in broken and clause != result.clause and _speaks_of(member, result):
                    return clause
        return None


def _speaks_of(member: str, result: Result) -> bool:
    """Whether a finding is about a member; a clause that was not shown for a faulty reply is about all of it."""
    if result.verdict is Verdict.NOT_SHOWN:
        return not result.lacking
    return bool(member) and re.search(rf"\b{re.escape(member)}\b", f"{result.expected} {result.actual}") is not None


def _alike(broken: Iterable[Result], deciding: Mapping[str, Judgement]) -> list[list[Result]]:
    """Findings with the same evidence and the same reason."""
    groups: dict[tuple[object, ...], list[Result]] = {}
    for result in broken:
        judgement = deciding.get(result.clause)
        if judgement is not None and judgement.exchanges:
            place = judgement.exchanges[-1].number
            groups.setdefault((place, result.actual), []).append(result)
    return [group for group in groups.values() if len(group) > 1]


def _breadth(result: Result) -> tuple[object, ...]:
    """What fails comes before what warns, the narrowest clause first."""
    return (result.verdict is not Verdict.FAIL, result.operations == ("*",), len(result.operations), result.clause)


def _root(clause: str, causes: Mapping[str, str]) -> str:
    """The clause at the beginning of a chain of causes; empty for a clause that follows from no other."""
    seen = {clause}
    while clause in causes and causes[clause] not in seen:
        clause = causes[clause]
        seen.add(clause)
    return "" if len(seen) == 1 else clause
