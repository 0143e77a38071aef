"""What changed between two JSON reports: a clause that was kept and is not kept any more is a regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from understudy.conformance.evidence.exchange import shorten
from understudy.conformance.evidence.findings import Verdict
from understudy.conformance.report.wording import WORDS, visible

#: How bad a verdict is; a clause that was not looked at has none.
RANKS = {Verdict.PASS: 0, Verdict.WAIVED: 1, Verdict.WARNING: 2, Verdict.ERROR: 3, Verdict.FAIL: 3}
#: Verdicts that tell whether a clause was kept.
TOLD = frozenset({Verdict.PASS, Verdict.WAIVED, Verdict.WARNING, Verdict.FAIL})
#: Heading of each group of changes, in the order in which they are shown.
HEADINGS = {
    "regression": "Regressions",
    "appeared": "Not kept, and not judged before",
    "changed": "Changed",
    "fixed": "Fixed",
    "gone": "No longer judged",
    "judged": "Kept, and not judged before",
}
STYLES = {"regression": "bold red", "appeared": "yellow", "fixed": "green"}


@dataclass(frozen=True, slots=True)
class Change:
    """One clause whose verdict differs; None stands for a report that does not have it. `group` is in HEADINGS."""

    clause: str
    group: str
    old: Verdict | None
    new: Verdict | None
    statement: str = ""
    actual: str = ""

    @property
    def regression(self) -> bool:
        """Whether the clause was kept and is not kept any more."""
        return self.group == "regression"


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The clauses whose verdict differs, regressions first."""
    before = {result["clause"]: result for result in old["results"]}
    after = {result["clause"]: result for result in new["results"]}
    found = []
    for clause in sorted(before.keys() | after.keys()):
        was, now = (_verdict(side.get(clause)) for side in (before, after))
        if was != now and (group := _group(was, now)):
            result = after.get(clause) or before[clause]
            told = str(result.get("actual") or "") if now is not Verdict.PASS else ""
            found.append(Change(clause, group, was, now, str(result.get("statement") or ""), told))
    places = list(HEADINGS)
    return sorted(found, key=lambda change: places.index(change.group))


def show(old: Mapping[str, Any], new: Mapping[str, Any], found: list[Change], out: Console) -> None:
    """Print what changed."""
    out.print(Text(f"{_told(old)}\n{_told(new)}"), soft_wrap=True)
    for group, heading in HEADINGS.items():
        mine = [change for change in found if change.group == group]
        if not mine:
            continue
        out.print()
        out.print(Text(f"{heading}: {len(mine)}", STYLES.get(group, "bold")))
        for change in mine:
            told = f"{change.clause}  {_word(change.old)} → {_word(change.new)}  {' '.join(change.statement.split())}"
            out.print(Text(f"  {visible(told)}".rstrip()), soft_wrap=True)
            if group in {"regression", "appeared"} and change.actual:
                out.print(Text(f"          {visible(shorten(change.actual))}", "dim"), soft_wrap=True)
    count = sum(change.regression for change in found)
    out.print()
    out.print(
        Text(f"{count or 'no'} regression{'' if count == 1 else 's'}", STYLES["regression" if count else "fixed"])
    )


def _verdict(result: Mapping[str, Any] | None) -> Verdict | None:
    return None if result is None else Verdict(result["verdict"])


def _group(old: Verdict | None, new: Verdict | None) -> str | None:
    """What a pair of different verdicts means; None when neither report tells anything about the clause."""
    if old is None or old not in TOLD:
        if new is not None and new in TOLD:
            return "judged" if new is Verdict.PASS else "appeared"
        return "changed" if Verdict.ERROR in {old, new} else None
    if new is None or new is Verdict.NOT_APPLICABLE:
        return "gone"
    if new is Verdict.PASS:
        return "fixed"
    # A finding that somebody answers for is a change, but none that has to stop anybody.
    worse = RANKS[new] > RANKS[old] and new is not Verdict.WAIVED
    return "regression" if worse else "changed"


def _word(verdict: Verdict | None) -> str:
    return "not there" if verdict is None else WORDS[verdict]


def _told(report: Mapping[str, Any]) -> str:
    """A report in one line."""
    reach = {"True": ", reads and writes", "False": ", read-only"}.get(str(report.get("writes")), "")
    end = f", incomplete: {report['incomplete']}" if report.get("incomplete") else ""
    name = report.get("title") or report.get("api")
    version = f"version {report.get('version')}, seed {report.get('seed')}"
    return visible(shorten(f"{name} at {report.get('target')}, {version}{reach}{end}"))
