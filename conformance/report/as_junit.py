"""The report as JUnit XML: one testcase a clause, so that CI shows clauses."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as Xml

from conformance.findings import Report, Result, Verdict

#: Characters that XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def tree(report: Report) -> Xml.Element:
    """The report as an XML tree."""
    suite = Xml.Element(
        "testsuite",
        name=f"understudy check {report.api}",
        tests=str(len(report.results)),
        failures=str(report.count(Verdict.FAIL)),
        errors=str(report.count(Verdict.ERROR)),
        skipped=str(report.count(Verdict.NOT_APPLICABLE) + report.count(Verdict.WAIVED)),
        time=f"{report.seconds:.3f}",
    )
    properties = Xml.SubElement(suite, "properties")
    for name, value in (("target", report.target), ("seed", str(report.seed)), ("version", report.version)):
        Xml.SubElement(properties, "property", name=name, value=clean(value))
    for result in report.results:
        _case(suite, report.api, result)
    suites = Xml.Element("testsuites", name="understudy")
    suites.append(suite)
    return suites


def _case(suite: Xml.Element, api: str, result: Result) -> None:
    case = Xml.SubElement(
        suite, "testcase", classname=f"{api}.{result.kind}", name=clean(f"{result.clause}: {result.statement}"), time="0"
    )
    told = f"expected {result.expected}\nbut {result.actual}\n\n{result.curl}".strip()
    match result.verdict:
        case Verdict.FAIL:
            found = Xml.SubElement(case, "failure", message=clean(result.actual), type=result.level)
            found.text = clean(told)
        case Verdict.ERROR:
            Xml.SubElement(case, "error", message=clean(result.actual), type=result.level).text = clean(told)
        case Verdict.WAIVED:
            Xml.SubElement(case, "skipped", message=clean(f"waived: {result.waiver}"))
        case Verdict.NOT_APPLICABLE:
            Xml.SubElement(case, "skipped", message=clean(result.actual))
        case Verdict.WARNING:
            Xml.SubElement(case, "system-out").text = clean(f"warning ({result.level} clause): {told}")
        case Verdict.PASS:
            pass


def clean(text: str) -> str:
    """The text without what XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)


def write(report: Report, path: str) -> None:
    """Write the report to a file."""
    root = tree(report)
    Xml.indent(root)
    Path(path).write_bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")
