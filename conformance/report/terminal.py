"""The report on a terminal: findings first, then the numbers by topic."""

from __future__ import annotations

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.findings import Report, Result, Verdict

STYLES = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.WARNING: "yellow",
    Verdict.ERROR: "magenta",
    Verdict.WAIVED: "cyan",
    Verdict.NOT_APPLICABLE: "dim",
}
#: So many findings are told in full; the reports hold them all.
TOLD = 40


def show(report: Report, console: Console) -> None:
    """Print the report."""
    told = [each for each in report.results if each.verdict in {Verdict.FAIL, Verdict.WARNING, Verdict.ERROR}]
    for result in told[:TOLD]:
        console.print(_finding(result))
    if len(told) > TOLD:
        console.print(Text(f"… and {len(told) - TOLD} more; --report-html and --report-json hold them all\n", "dim"))
    console.print(_topics(report))
    for reason, count in _left_out(report):
        console.print(Text(f"not applicable: {count} {reason}", "dim"))
    for line in report.waiver_findings:
        console.print(Text(line, STYLES[Verdict.FAIL]))
    for line in report.remarks[:10]:
        console.print(Text(f"no clause speaks of it: {line}", "dim"))
    if report.leftovers:
        few = ", ".join(report.leftovers[:4])
        console.print(Text(f"left on the target, which has no way to remove it: {few}{' …' if len(report.leftovers) > 4 else ''}", "dim"))
    console.print(_verdict(report))


def _finding(result: Result) -> Group:
    style = STYLES[result.verdict]
    head = Text.assemble((f"{result.verdict.value:8}", style), (f"{result.clause}  ", "bold"), result.statement)
    lines = [
        Text.assemble(("expected ", "dim"), result.expected),
        Text.assemble(("actual   ", "dim"), result.actual),
        Text.assemble(("check    ", "dim"), f"{result.check} ({result.level})"),
    ]
    if result.curl:
        lines.append(Text(result.curl, "dim"))
    return Group(head, Padding(Group(*lines), (0, 0, 1, 8)))


def _topics(report: Report) -> Table:
    table = Table(title=f"{report.title} at {report.target}", title_justify="left", box=None, pad_edge=False)
    table.add_column("topic")
    for verdict in Verdict:
        table.add_column(verdict.value.replace("_", " "), justify="right", style=STYLES[verdict])
    for kind in sorted({result.kind for result in report.results}):
        mine = [result for result in report.results if result.kind == kind]
        table.add_row(kind, *(str(sum(each.verdict is verdict for each in mine) or "") for verdict in Verdict))
    table.add_section()
    table.add_row("all", *(str(report.count(verdict)) for verdict in Verdict))
    return table


def _left_out(report: Report) -> list[tuple[str, int]]:
    reasons: dict[str, int] = {}
    for result in report.results:
        if result.verdict is Verdict.NOT_APPLICABLE:
            reason = "excluded from judgement" if result.actual.startswith("excluded") else result.actual
            reasons[reason] = reasons.get(reason, 0) + 1
    return sorted(reasons.items(), key=lambda item: -item[1])


def _verdict(report: Report) -> Text:
    facts = f"{report.requests} requests in {report.seconds:.1f} s, seed {report.seed}"
    match report.exit_code:
        case 0:
            warned = report.count(Verdict.WARNING)
            return Text(f"{report.title} conforms{f', with {warned} warnings' if warned else ''}; {facts}", "bold green")
        case 4:
            return Text(f"{report.title} could not be judged completely: {report.incomplete or 'see the errors'}; {facts}", "bold magenta")
        case _:
            incomplete = f"; incomplete: {report.incomplete}" if report.incomplete else ""
            return Text(f"{report.title} does not conform: {report.count(Verdict.FAIL)} clauses fail; {facts}{incomplete}", "bold red")
