"""The report as one HTML page that needs nothing but itself."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import jinja2

from conformance.findings import Report, Verdict

#: The verdicts in the order in which a reader wants them, with their names.
NAMES = {
    Verdict.FAIL: "fails",
    Verdict.WARNING: "warning",
    Verdict.ERROR: "error",
    Verdict.WAIVED: "waived",
    Verdict.PASS: "passes",
    Verdict.NOT_APPLICABLE: "not applicable",
}


def page(report: Report) -> str:
    """The page."""
    here = files("conformance.report")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string((here / "page.html").read_text("utf-8"))
    kinds = sorted({result.kind for result in report.results})
    order = list(NAMES)
    return template.render(
        report=report,
        names={str(verdict): name for verdict, name in NAMES.items()},
        counts={str(verdict): report.count(verdict) for verdict in NAMES},
        kinds=kinds,
        table=[(kind, [sum(r.kind == kind and r.verdict is v for r in report.results) for v in NAMES]) for kind in kinds],
        results=sorted(report.results, key=lambda result: order.index(result.verdict)),
        style=(here / "page.css").read_text("utf-8"),
        script=(here / "page.js").read_text("utf-8"),
    )


def write(report: Report, path: str) -> None:
    """Write the page to a file."""
    Path(path).write_text(page(report), "utf-8")
