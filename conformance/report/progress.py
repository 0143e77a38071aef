"""A progress bar on stderr if that is a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from understudy.conformance.judging.scenario_runner import Progress as RunProgress


@contextmanager
def shown(console: Console | None = None) -> Iterator[RunProgress]:
    """The progress functions for a run; the bar disappears at the end."""
    out = console or Console(stderr=True, highlight=False)
    if not out.is_terminal:
        yield RunProgress()
        return
    columns = (BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=out, transient=True) as display:
        task = display.add_task("looking for the target", total=None)

        def started(name: str, number: int, total: int) -> None:
            display.update(task, description=name, completed=number - 1, total=total)

        def finished(name: str) -> None:
            display.advance(task)

        yield RunProgress(started, finished)
