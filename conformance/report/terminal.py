"""The report on a terminal: a table of topics, then every finding with a command that reproduces it."""

from __future__ import annotations

import os
import sys
import textwrap

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from understudy.conformance.evidence.exchange import shorten
from understudy.conformance.evidence.findings import Breach, Report, Result, Verdict
from understudy.conformance.evidence.words import several
from understudy.conformance.report.wording import (
    BESIDE,
    FOLLOWING,
    MARKS,
    MORE,
    ORDER,
    UNSHOWN,
    WORDS,
    clauses,
    conclusion,
    effort,
    findings,
    following,
    left_out,
    legible,
    numbers,
    reach,
    remedies,
    topics,
    unshown,
    variables,
)

STYLES = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.WARNING: "yellow",
    Verdict.ERROR: "magenta",
    Verdict.NOT_SHOWN: "blue",
    Verdict.WAIVED: "cyan",
    Verdict.NOT_APPLICABLE: "dim",
}
ENDS = {0: "bold green", 1: "bold red", 4: "bold yellow"}
#: The width if stdout is not a terminal.
WIDTH = 110
#: The column at which the text of an entry begins.
INDENT = 12
#: The maximum number of characters that are shown of an expected or actual value.
CELL = 600


class ReportConsole(Console):
    """Stdout without markup; a reader that closes the pipe early does not change the exit code."""

    def __init__(self) -> None:
        super().__init__(highlight=False, markup=False, emoji=False)
        if not self.is_terminal:
            self.width = WIDTH

    def on_broken_pipe(self) -> None:
        """Discard the rest of the output."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show(report: Report, console: Console | None = None) -> None:
    """Print the report."""
    report = legible(report)
    out = console or ReportConsole()
    out.print(Text.assemble((report.title, "bold"), f" at {report.target}, {reach(report)}, seed {report.seed}"))
    out.print()
    out.print(_table(report))
    if report.notice:
        out.print(Text(report.notice, "bold red"))
    _list(out, MORE, [f"{remedy} ({several(count, 'clause')})" for remedy, count in remedies(report).items()], "bold")
    for result in findings(report):
        _finding(out, result, following(report, result.clause))
    _beside(out, report.unwaived)
    _unshown(out, report)
    reasons = [f"{count} not judged: {reason}" for reason, count in left_out(report).items()]
    if reasons:
        out.print()
        out.print(Text("\n".join(reasons), "dim"))
    waived = [result for result in report.results if result.verdict is Verdict.WAIVED]
    excused = [f"{each.operation}: {each.waiver}" for each in report.breaches if each.waiver]
    _list(out, "Waived", [*(f"{result.clause}: {result.waiver}" for result in waived), *excused], "cyan")
    _list(out, "Waivers that have expired or are not needed", report.waiver_findings, "bold red")
    _list(out, "Left on the target", report.leftovers, "yellow")
    _list(out, "Remarks", report.remarks, "dim")
    out.print()
    if report.incomplete:
        out.print(Text(f"The run ended early: {report.incomplete}", "yellow"))
    out.print(Text(f"{numbers(report)}; {effort(report)}"))
    out.print(Text(f"{report.title} {conclusion(report)}".replace(" incomplete", ": incomplete"), _end(report)))


def _end(report: Report) -> str:
    return ENDS[report.exit_code]


def _table(report: Report) -> Table:
    present = [verdict for verdict in ORDER if report.count(verdict)]
    table = Table(box=box.SIMPLE_HEAD, show_footer=True, pad_edge=False, header_style="bold", footer_style="bold")
    table.add_column("topic", "all")
    for verdict in present:
        table.add_column(WORDS[verdict], str(report.count(verdict)), justify="right", style=STYLES[verdict])
    for topic, results in topics(report.results).items():
        counts = [sum(result.verdict is verdict for result in results) for verdict in present]
        table.add_row(Text(topic), *(str(count) if count else "" for count in counts))
    return table


def _finding(out: Console, result: Result, others: list[Result]) -> None:
    style = STYLES[result.verdict]
    head = Text.assemble(
        (f"{MARKS[result.verdict]} {result.clause}", style),
        f"  {result.level} {WORDS[result.verdict]}" if result.verdict is not Verdict.FAIL else f"  {result.level}",
        ("  " + result.source, "dim"),
    )
    out.print()
    out.print(head)
    entries = {
        "": result.statement,
        "expected": result.expected,
        "actual": result.actual,
        "check": result.check,
        "waiver": result.waiver,
        FOLLOWING: f"{clauses(others)}, for the same reason" if others else "",
    }
    for name, value in entries.items():
        if value:
            _entry(out, name, shorten(value, CELL))
    _script(out, result.curl)


def _script(out: Console, curl: str) -> None:
    if not curl:
        return
    names = variables(curl)
    wants = f" (set {', '.join(names)} first)" if names else ""
    out.print(Text(f"  reproduce it{wants}:", "dim"))
    # The command must not be wrapped, so that it can be copied.
    out.print(Text(curl), soft_wrap=True)


def _beside(out: Console, breaches: tuple[Breach, ...]) -> None:
    """The faults that no clause states."""
    if breaches:
        out.print()
        out.print(Text(f"{BESIDE} ({len(breaches)})", "bold red"))
    for breach in breaches:
        out.print()
        out.print(Text(f"{MARKS[Verdict.FAIL]} {breach.operation}", STYLES[Verdict.FAIL]))
        for name in ("expected", "actual", "check"):
            _entry(out, name, shorten(getattr(breach, name), CELL))
        _script(out, breach.curl)


def _unshown(out: Console, report: Report) -> None:
    """The reasons why clauses could not be judged, each with its clauses and with what would help."""
    reasons = unshown(report)
    if not reasons:
        return
    out.print()
    out.print(Text.assemble((UNSHOWN, "bold"), f" ({sum(map(len, reasons.values()))})"))
    for (reason, remedy), results in reasons.items():
        out.print()
        _entry(out, "", shorten(reason, CELL), 2)
        _entry(out, "clauses", clauses(results))
        if remedy:
            _entry(out, "remedy", remedy)


def _entry(out: Console, name: str, text: str, indent: int = INDENT) -> None:
    """A name with an indented, wrapped text beside it."""
    for line in textwrap.wrap(text, max(30, out.width - indent), break_on_hyphens=False):
        out.print(Text.assemble((f"  {name:{indent - 2}}", "dim"), line), soft_wrap=True)
        name = ""


def _list(out: Console, heading: str, entries: tuple[str, ...] | list[str], style: str) -> None:
    if not entries:
        return
    out.print()
    out.print(Text(heading, style))
    for entry in entries:
        _entry(out, "-", entry, 4)
