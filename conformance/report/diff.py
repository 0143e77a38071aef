"""What changed between two JSON reports; a verdict that got worse is a regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from understudy.conformance.evidence.exchange import shorten
from understudy.conformance.evidence.findings import Verdict
from understudy.conformance.report.wording import WORDS, visible

#: How bad a verdict is; a clause that was not judged has no rank.
RANKS = {Verdict.PASS: 0, Verdict.WAIVED: 1, Verdict.WARNING: 2, Verdict.ERROR: 3, Verdict.FAIL: 3}
#: Verdicts that say whether a clause was kept.
JUDGED = frozenset({Verdict.PASS, Verdict.WAIVED, Verdict.WARNING, Verdict.FAIL})
#: Group of changes -> its heading, in the order in which they are shown.
HEADINGS = {
    "regression": "Regressions",
    "appeared": "Broken, and not judged before",
    "changed": "Changed",
    "fixed": "Fixed",
    "gone": "No longer judged",
    "judged": "Passed, and not judged before",
}
STYLES = {"regression": "bold red", "appeared": "yellow", "fixed": "green"}


@dataclass(frozen=True, slots=True)
class Change:
    """One clause whose verdict differs; None if a report does not have the clause. `group` is a key of HEADINGS."""

    clause: str
    group: str
    old: Verdict | None
    new: Verdict | None
    statement: str = ""
    actual: str = ""

    @property
    def regression(self) -> bool:
        """Whether the verdict got worse."""
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
            actual = str(result.get("actual") or "") if now is not Verdict.PASS else ""
            found.append(Change(clause, group, was, now, str(result.get("statement") or ""), actual))
    places = list(HEADINGS)
    return sorted(found, key=lambda change: places.index(change.group))


def show(old: Mapping[str, Any], new: Mapping[str, Any], found: list[Change], out: Console) -> None:
    """Print what changed."""
    out.print(Text(f"{_headline(old)}\n{_headline(new)}"), soft_wrap=True)
    for group, heading in HEADINGS.items():
        mine = [change for change in found if change.group == group]
        if not mine:
            continue
        out.print()
        out.print(Text(f"{heading}: {len(mine)}", STYLES.get(group, "bold")))
        for change in mine:
            line = f"{change.clause}  {_word(change.old)} → {_word(change.new)}  {' '.join(change.statement.split())}"
            out.print(Text(f"  {visible(line)}".rstrip()), soft_wrap=True)
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
    """The group of a pair of different verdicts; None if neither report says anything about the clause."""
    if old is None or old not in JUDGED:
        if new is not None and new in JUDGED:
            return "judged" if new is Verdict.PASS else "appeared"
        return "changed" if Verdict.ERROR in {old, new} else None
    if new is None or new in {Verdict.NOT_APPLICABLE, Verdict.NOT_SHOWN}:
        return "gone"
    if new is Verdict.PASS:
        return "fixed"
    # A waived finding is a change, but not a regression.
    worse = RANKS[new] > RANKS[old] and new is not Verdict.WAIVED
    return "regression" if worse else "changed"


def _word(verdict: Verdict | None) -> str:
    return "not in the report" if verdict is None else WORDS[verdict]


def _headline(report: Mapping[str, Any]) -> str:
    """A report in one line."""
    reach = {"True": ", reads and writes", "False": ", read-only"}.get(str(report.get("writes")), "")
    end = f", incomplete: {report['incomplete']}" if report.get("incomplete") else ""
    name = report.get("title") or report.get("api")
    version = f"version {report.get('version')}, seed {report.get('seed')}"
    return visible(shorten(f"{name} at {report.get('target')}, {version}{reach}{end}"))
