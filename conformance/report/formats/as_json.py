"""The report as JSON, for programs; `report.schema.json` describes it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.findings import SCHEMA_VERSION, Report, Result, Verdict
from understudy.conformance.evidence.words import no_such
from understudy.conformance.report.wording import conclusion, legible


def document(report: Report) -> dict[str, Any]:
    """The report as plain values."""
    report = legible(report)
    return {
        "schema_version": SCHEMA_VERSION,
        "api": report.api,
        "title": report.title,
        "target": report.target,
        "seed": report.seed,
        "version": report.version,
        "writes": report.writes,
        "partial": report.partial,
        "conclusion": conclusion(report),
        "exit_code": report.exit_code,
        "summary": report.summary,
        "incomplete": report.incomplete,
        "notice": report.notice,
        "waiver_findings": list(report.waiver_findings),
        "breaches": [{**asdict(each), "exchanges": list(asdict(each)["exchanges"])} for each in report.breaches],
        "remarks": list(report.remarks),
        "leftovers": list(report.leftovers),
        "results": [_result(result) for result in report.results],
    }


def write(report: Report, path: str | Path) -> None:
    """Write the report to a file."""
    Path(path).write_text(json.dumps(document(report), ensure_ascii=False, indent=1) + "\n", "utf-8")


def read(path: str | Path) -> dict[str, Any]:
    """The report in a file; raises UsageError if it is not one, or has another version of the format."""
    try:
        report = json.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"the report cannot be read: {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the report cannot be read: {path} is not valid UTF-8 at byte {error.start + 1}") from error
    except ValueError as error:
        raise UsageError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(report, dict) or not isinstance(report.get("results"), list):
        raise UsageError(f"{path} is not a report of understudy check")
    if report.get("schema_version") != SCHEMA_VERSION:
        raise UsageError(
            f"{path} has schema_version {report.get('schema_version')!r}; the supported version is {SCHEMA_VERSION}"
        )
    for result in report["results"]:
        if not isinstance(result, dict) or not isinstance(result.get("clause"), str):
            raise UsageError(f"{path} has a result without a clause")
        if result.get("verdict") not in set(Verdict):
            message = no_such("verdict", [str(result.get("verdict"))], Verdict, f"(of {result['clause']})")
            raise UsageError(f"{path}: {message}")
    return report


def _result(result: Result) -> dict[str, Any]:
    first = ("clause", "level", "verdict", "check", "expected", "actual", "curl")
    members = asdict(result)
    members["verdict"] = str(result.verdict)
    for name in ("operations", "exchanges", "broken_by"):
        members[name] = list(members[name])
    return {name: members[name] for name in (*first, *(name for name in members if name not in first))}
