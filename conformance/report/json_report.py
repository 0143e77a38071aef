"""The report as JSON, for programs; `report.schema.json` describes it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from conformance.findings import SCHEMA_VERSION, Report, Result
from conformance.report.wording import conclusion


def as_json(report: Report) -> str:
    """The whole report as a JSON text."""
    return json.dumps(as_object(report), ensure_ascii=False, indent=1) + "\n"


def as_object(report: Report) -> dict[str, Any]:
    """The whole report as plain values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "api": report.api,
        "title": report.title,
        "target": report.target,
        "seed": report.seed,
        "version": report.version,
        "writes": report.writes,
        "conclusion": conclusion(report),
        "exit_code": report.exit_code,
        "summary": report.summary,
        "incomplete": report.incomplete,
        "waiver_findings": list(report.waiver_findings),
        "remarks": list(report.remarks),
        "leftovers": list(report.leftovers),
        "results": [_result(result) for result in report.results],
    }


def _result(result: Result) -> dict[str, Any]:
    first = ("clause", "level", "verdict", "check", "expected", "actual", "curl")
    told = asdict(result)
    told["verdict"] = str(result.verdict)
    for name in ("operations", "exchanges", "broken_by"):
        told[name] = list(told[name])
    return {name: told[name] for name in (*first, *(name for name in told if name not in first))}
