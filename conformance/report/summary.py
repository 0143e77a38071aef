"""The report as Markdown for the step summary of a CI service."""

from __future__ import annotations

import os
from collections.abc import Mapping

from conformance.findings import Report, Verdict

SHOWN = 30


def markdown(report: Report) -> str:
    """The report in Markdown."""
    lines = [f"## {report.title}: {'conforms' if report.exit_code == 0 else 'does not conform'}", ""]
    lines += ["| " + " | ".join(verdict.value.replace("_", " ") for verdict in Verdict) + " |", "|" + "--:|" * len(Verdict)]
    lines += ["| " + " | ".join(str(report.count(verdict)) for verdict in Verdict) + " |", ""]
    if report.incomplete:
        lines += [f"Incomplete: {escape(report.incomplete)}", ""]
    told = [each for each in report.results if each.verdict in {Verdict.FAIL, Verdict.ERROR, Verdict.WARNING}]
    if told:
        lines += ["| clause | verdict | statement | expected | actual |", "|---|---|---|---|---|"]
        lines += [
            f"| {each.clause} | {each.verdict.value} | {escape(each.statement)} | {escape(each.expected)} | {escape(each.actual)} |"
            for each in told[:SHOWN]
        ]
        if len(told) > SHOWN:
            lines.append(f"\n… and {len(told) - SHOWN} more.")
    return "\n".join([*lines, ""])


def escape(text: str) -> str:
    """Text that stays within a cell of a table."""
    short = text if len(text) < 240 else f"{text[:239]}…"
    return short.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'").replace("\n", " ")


def append(report: Report, environment: Mapping[str, str] = os.environ) -> None:
    """Add the summary where the CI service wants it, when there is one."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(markdown(report))
