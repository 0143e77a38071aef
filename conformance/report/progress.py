"""A progress bar on stderr if that is a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from understudy.conformance.judging.registry import checks
from understudy.conformance.judging.scenario_runner import Progress as RunProgress
from understudy.conformance.report.wording import topic
from understudy.specs import Contract


@contextmanager
def shown(console: Console | None = None, contract: Contract | None = None) -> Iterator[RunProgress]:
    """The progress functions for a run, which name the topic of each check; the bar disappears at the end."""
    about = _topics(contract) if contract else {}
    out = console or Console(stderr=True, highlight=False)
    if not out.is_terminal:
        yield RunProgress()
        return
    columns = (BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=out, transient=True) as display:
        task = display.add_task("looking for the target", total=None)

        def started(name: str, number: int, total: int) -> None:
            display.update(
                task, description=f"{about[name]}: {name}" if name in about else name, completed=number - 1, total=total
            )

        def finished(name: str) -> None:
            display.advance(task)

        yield RunProgress(started, finished)


def _topics(contract: Contract) -> dict[str, str]:
    """Check -> the topic that most of its clauses belong to."""
    kinds = {clause.id: clause.kind for clause in contract.clauses}
    found = {each.name: Counter(kinds[clause] for clause in each.clauses(contract)) for each in checks(contract)}
    return {name: topic(counts.most_common(1)[0][0]) for name, counts in found.items()}
