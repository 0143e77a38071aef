"""The report as JSON: the form that other programs and `understudy diff` read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.findings import SCHEMA_VERSION, Report, Result, Verdict


def document(report: Report) -> dict[str, Any]:
    """The report as plain values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "api": report.api,
        "target": report.target,
        "seed": report.seed,
        "version": report.version,
        "summary": report.summary,
        "writes": report.writes,
        "incomplete": report.incomplete,
        "waiver_findings": list(report.waiver_findings),
        "remarks": list(report.remarks),
        "leftovers": list(report.leftovers),
        "results": [_result(each) for each in report.results],
    }


def _result(result: Result) -> dict[str, Any]:
    told = {
        "clause": result.clause,
        "level": result.level,
        "verdict": str(result.verdict),
        "check": result.check,
        "expected": result.expected,
        "actual": result.actual,
        "curl": result.curl,
        "kind": result.kind,
        "operations": list(result.operations),
        "statement": result.statement,
        "source": result.source,
        "judgements": result.judgements,
    }
    return {**told, "waiver": result.waiver} if result.waiver else told


def write(report: Report, path: str) -> None:
    """Write the report to a file."""
    Path(path).write_text(json.dumps(document(report), ensure_ascii=False, indent=1) + "\n", "utf-8")


def read(path: str) -> dict[str, Any]:
    """The report in a file; raises UsageError for what is none, or of another schema."""
    try:
        told = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as a report: {error}") from error
    if not isinstance(told, dict) or not isinstance(told.get("results"), list):
        raise UsageError(f"{path} is no report of `understudy check`")
    if told.get("schema_version") != SCHEMA_VERSION:
        raise UsageError(f"{path} is of schema version {told.get('schema_version')}; this is version {SCHEMA_VERSION}")
    verdicts = {str(each) for each in Verdict}
    for each in told["results"]:
        if not isinstance(each, dict) or each.get("verdict") not in verdicts or not isinstance(each.get("clause"), str):
            raise UsageError(f"{path} has a result without clause or verdict")
    return told
