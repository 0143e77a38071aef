"""The summary of a GitHub job: Markdown in the file that GITHUB_STEP_SUMMARY names."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from understudy.conformance.evidence.exchange import shorten
from understudy.conformance.evidence.findings import Breach, Report, Result, Verdict
from understudy.conformance.evidence.words import several
from understudy.conformance.report.wording import (
    BESIDE,
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
    legible,
    reach,
    remedies,
    topics,
    unshown,
)

#: The environment variable in which GitHub names the file.
VARIABLE = "GITHUB_STEP_SUMMARY"
#: GitHub accepts one megabyte per step; at most this many findings are shown in full.
MOST = 60
#: The maximum number of characters of one cell, and of one script.
CELL = 300
SCRIPT = 4000


def markdown(report: Report) -> str:
    """The report as Markdown."""
    report = legible(report)
    shown = findings(report)
    lines = [
        f"## {_safe(report.title)}: {conclusion(report)}",
        "",
        f"{_safe(report.target)}, {reach(report)}, seed {report.seed}, {effort(report)}",
        "",
    ]
    if report.incomplete:
        lines += [f"**Incomplete:** {_safe(report.incomplete)}", ""]
    if report.notice:
        lines += [f"**{_safe(report.notice)}**", ""]
    more = [f"- {_safe(remedy)} ({several(count, 'clause')})" for remedy, count in remedies(report).items()]
    lines += [f"### {MORE}", "", *more, ""] if more else []
    lines += _table(report)
    if shown:
        lines += ["", "### Findings", "", "| | clause | statement | expected | actual |", "|---|---|---|---|---|"]
        lines += [_row(result, following(report, result.clause)) for result in shown[:MOST]]
        if len(shown) > MOST:
            lines += ["", f"The other reports have {several(len(shown) - MOST, 'more finding')}."]
        lines += [part for result in shown[:MOST] for part in _script(result.clause, result.curl)]
    if report.unwaived:
        lines += ["", f"### {BESIDE}", "", "| operation | expected | actual |", "|---|---|---|"]
        lines += [_breach(each) for each in report.unwaived[:MOST]]
        lines += [part for each in report.unwaived[:MOST] for part in _script(each.operation, each.curl)]
    waived = [f"{each.clause}: {each.waiver}" for each in report.results if each.verdict is Verdict.WAIVED]
    lacks = [
        f"{reason}: {clauses(results)}{f' ({remedy})' if remedy else ''}"
        for (reason, remedy), results in unshown(report).items()
    ]
    for heading, entries in (
        (UNSHOWN, lacks),
        ("Waived", waived),
        ("Waivers that have expired or are not needed", report.waiver_findings),
        ("Left on the target", report.leftovers),
        ("Remarks", report.remarks),
    ):
        if entries:
            lines += ["", f"### {heading}", "", *(f"- {_safe(shorten(each, CELL))}" for each in entries[:MOST])]
    return "\n".join(lines) + "\n"


def append(report: Report, environment: Mapping[str, str] = os.environ) -> None:
    """Append the summary to the file that the environment names, if it names one."""
    if path := environment.get(VARIABLE):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(markdown(report))


def _table(report: Report) -> list[str]:
    present = [verdict for verdict in ORDER if report.count(verdict)]
    lines = [
        "| topic | " + " | ".join(WORDS[verdict] for verdict in present) + " |",
        "|---|" + "---:|" * len(present),
    ]
    for topic, results in topics(report.results).items():
        counts = [sum(result.verdict is verdict for result in results) for verdict in present]
        lines.append(f"| {_safe(topic)} | " + " | ".join(str(count or "") for count in counts) + " |")
    total = [f"**{report.count(verdict)}**" for verdict in present]
    return [*lines, "| **all** | " + " | ".join(total) + " |"]


def _breach(breach: Breach) -> str:
    cells = (breach.operation, breach.expected, breach.actual)
    return f"| {' | '.join(_safe(shorten(cell, CELL)) for cell in cells)} |"


def _row(result: Result, others: list[Result]) -> str:
    sign = f"{MARKS[result.verdict]} {WORDS[result.verdict]}"
    level = "" if result.verdict is Verdict.FAIL else f" ({result.level})"
    also = f" Also, for the same reason: {clauses(others)}" if others else ""
    cells = (result.statement + also, result.expected, result.actual)
    return f"| {sign}{level} | {result.clause} | " + " | ".join(_safe(shorten(cell, CELL)) for cell in cells) + " |"


def _script(about: str, curl: str) -> list[str]:
    if not curl or len(curl) > SCRIPT:
        return []
    longest = max((len(run) for run in re.findall("`+", curl)), default=0)
    fence = "`" * max(3, longest + 1)
    head = f"<details><summary>{about}: reproduce it with curl</summary>"
    return ["", head, "", f"{fence}sh", curl, fence, "", "</details>"]


def _safe(text: str) -> str:
    """The text in one line, with character references in place of Markdown and HTML syntax."""
    return re.sub(r"[&<>|`*_~\[\]\\#!$@]", lambda found: f"&#{ord(found[0])};", " ".join(text.split()))
