"""The report as JUnit XML: one test case per clause, one suite per topic."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Tree

from understudy.conformance.evidence.findings import Report, Result, Verdict
from understudy.conformance.report.wording import BESIDE, WORDS, conclusion, effort, legible, reach, topics

#: The maximum length of a name: most readers of JUnit XML show it on one line.
LONGEST = 140


def document(report: Report) -> str:
    """The report as XML."""
    report = legible(report)
    counts = _counts(report.results)
    if report.breaches:
        more = {"tests": len(report.breaches), "failures": len(report.unwaived)}
        more["skipped"] = more["tests"] - more["failures"]
        counts |= {name: str(int(counts[name]) + count) for name, count in more.items()}
    root = Tree.Element("testsuites", {"name": f"{report.title} {conclusion(report)}", **counts})
    root.set("time", f"{report.seconds:.3f}")
    for number, (topic, results) in enumerate(topics(report.results).items()):
        suite = Tree.SubElement(root, "testsuite", {"name": f"{report.title}: {topic}", **_counts(results)})
        if number == 0:
            _properties(suite, report)
        for result in results:
            _testcase(suite, report, result)
        if number == 0 and (remarks := _remarks(report)):
            Tree.SubElement(suite, "system-err").text = remarks
    _beside(root, report)
    Tree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Tree.tostring(root, encoding="unicode") + "\n"


def write(report: Report, path: str | Path) -> None:
    """Write the report to a file."""
    Path(path).write_text(document(report), "utf-8")


def _counts(results: tuple[Result, ...] | list[Result]) -> dict[str, str]:
    def count(*verdicts: Verdict) -> str:
        return str(sum(result.verdict in verdicts for result in results))

    return {
        "tests": str(len(results)),
        "failures": count(Verdict.FAIL),
        "errors": count(Verdict.ERROR),
        "skipped": count(Verdict.NOT_APPLICABLE, Verdict.NOT_SHOWN, Verdict.WAIVED),
    }


def _properties(suite: Tree.Element, report: Report) -> None:
    properties = Tree.SubElement(suite, "properties")
    values = {
        "target": report.target,
        "profile": reach(report),
        "seed": str(report.seed),
        "version": report.version,
        "effort": effort(report),
    }
    for name, value in values.items():
        Tree.SubElement(properties, "property", {"name": name, "value": value})


def _testcase(suite: Tree.Element, report: Report, result: Result) -> None:
    name = f"{result.clause} {result.statement}"
    name = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    case = Tree.SubElement(suite, "testcase", {"classname": f"{report.api}.{result.kind or 'other'}", "name": name})
    because = f"for the same reason as {result.because}: " if result.because else ""
    message = " ".join(f"{because}expected {result.expected}, got {result.actual}".split())
    match result.verdict:
        case Verdict.FAIL:
            Tree.SubElement(case, "failure", {"type": result.level, "message": message}).text = _evidence(result)
        case Verdict.ERROR:
            Tree.SubElement(case, "error", {"type": "error", "message": message}).text = _evidence(result)
        case Verdict.WAIVED:
            Tree.SubElement(case, "skipped", {"message": f"waived: {result.waiver}"})
            Tree.SubElement(case, "system-out").text = _evidence(result)
        case Verdict.NOT_APPLICABLE:
            Tree.SubElement(case, "skipped", {"message": result.actual})
        case Verdict.NOT_SHOWN:
            remedy = f" (remedy: {result.remedy})" if result.remedy else ""
            Tree.SubElement(case, "skipped", {"message": f"not shown: {result.actual}{remedy}"})
        case Verdict.WARNING:
            Tree.SubElement(case, "system-out").text = f"{WORDS[result.verdict]}: {_evidence(result)}"


def _beside(root: Tree.Element, report: Report) -> None:
    """A suite with one test case for each fault that no clause states."""
    if not report.breaches:
        return
    tests, failures = len(report.breaches), len(report.unwaived)
    counts = {"tests": tests, "failures": failures, "errors": 0, "skipped": tests - failures}
    texts = {name: str(count) for name, count in counts.items()}
    suite = Tree.SubElement(root, "testsuite", {"name": f"{report.title}: {BESIDE}", **texts})
    for breach in report.breaches:
        name = f"{breach.operation}: {breach.expected}"
        name = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        case = Tree.SubElement(suite, "testcase", {"classname": f"{report.api}.beside", "name": name})
        if breach.waiver:
            Tree.SubElement(case, "skipped", {"message": f"waived: {breach.waiver}"})
            continue
        message = " ".join(f"expected {breach.expected}, got {breach.actual}".split())
        shown = [breach.curl, *(f"{each.request}\n\n{each.reply}" for each in breach.exchanges)]
        Tree.SubElement(case, "failure", {"type": "breach", "message": message}).text = "\n\n".join(shown)


def _evidence(result: Result) -> str:
    parts = [
        f"{result.clause} ({result.level}): {result.statement}",
        f"source:   {result.source}",
        f"check:    {result.check}",
        f"expected: {result.expected}",
        f"actual:   {result.actual}",
        f"because:  {result.because}" if result.because else "",
        f"remedy:   {result.remedy}" if result.remedy else "",
        f"waiver:   {result.waiver}" if result.waiver else "",
        result.curl,
        *(f"{each.request}\n\n{each.reply}" for each in result.exchanges),
    ]
    return "\n\n".join(part for part in ("\n".join(part for part in parts[:8] if part), *parts[8:]) if part)


def _remarks(report: Report) -> str:
    """The texts that are not about a single clause."""
    parts = [report.notice] if report.notice else []
    parts += [f"incomplete: {report.incomplete}"] if report.incomplete else []
    parts += [*report.waiver_findings, *(f"left on the target: {each}" for each in report.leftovers), *report.remarks]
    return "\n".join(parts)
