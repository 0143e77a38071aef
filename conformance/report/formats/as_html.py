"""The report as one self-contained HTML page that can be read without a server, network or scripts."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from understudy.conformance.evidence.findings import Report, Result
from understudy.conformance.evidence.words import several
from understudy.conformance.judging.registry import every
from understudy.conformance.report.wording import (
    BESIDE,
    MARKS,
    MORE,
    ORDER,
    UNSHOWN,
    WORDS,
    conclusion,
    effort,
    findings,
    following,
    legible,
    origin,
    reach,
    remedies,
    topic,
    topics,
    unshown,
    variables,
)

#: Characters of an id that fit into the narrow column.
SHORT = 8
PARTS = ("page.html", "page.css", "page.js")


def page(report: Report) -> str:
    """The report as a page.

    Everything that came from the target is escaped; should an escape ever be missing, the content security policy of
    the page allows only its own script and style, and nothing may be fetched.
    """
    report = legible(report)
    parts = {name: (files("understudy.conformance.report.formats") / name).read_text("utf-8") for name in PARTS}
    environment = Environment(
        loader=DictLoader({"page": parts["page.html"]}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    present = [verdict for verdict in ORDER if report.count(verdict)]
    return environment.get_template("page").render(
        report=report,
        policy=_policy(parts),
        # Ids that are made of a document's are longer than those of a register.
        long=any(len(result.clause) > SHORT for result in report.results),
        # These do not come from the target; escaping would change them.
        style=Markup(parts["page.css"]),  # noqa: S704
        script=Markup(parts["page.js"]),  # noqa: S704
        conclusion=conclusion(report),
        reach=reach(report),
        effort=effort(report),
        findings=findings(report),
        following={each.clause: following(report, each.clause) for each in findings(report)},
        beside=BESIDE,
        unshown=unshown(report),
        unshown_heading=UNSHOWN,
        remedies={remedy: several(count, "clause") for remedy, count in remedies(report).items()},
        more=MORE,
        topics=topics(report.results),
        topic=topic,
        origin=origin,
        verdicts=present,
        bars=_bars(report),
        marks=MARKS,
        words=WORDS,
        levels=sorted({result.level for result in report.results}),
        kinds=list(dict.fromkeys(each.kind for group in topics(report.results).values() for each in group)),
        about={each.name: each.about for each in every()},
        variables=variables,
        counts=_counts,
    )


def write(report: Report, path: str | Path) -> None:
    """Write the page to a file."""
    Path(path).write_text(page(report), "utf-8")


def _policy(parts: dict[str, str]) -> str:
    """A content security policy with the hashes of the page's own style and script."""
    digests = {name: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for name, text in parts.items()}
    return (
        f"default-src 'none'; script-src 'sha256-{digests['page.js']}'; style-src 'sha256-{digests['page.css']}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _bars(report: Report) -> list[tuple[str, float, float]]:
    """(verdict, start, width) of each part of the bar, in percent."""
    total, start, found = len(report.results) or 1, 0.0, []
    for verdict in ORDER:
        width = 100 * report.count(verdict) / total
        if width:
            found.append((str(verdict), round(start, 3), round(width, 3)))
        start += width
    return found


def _counts(results: list[Result]) -> str:
    """The verdicts of a topic in words."""
    counts = [(verdict, sum(result.verdict is verdict for result in results)) for verdict in ORDER]
    return ", ".join(f"{count} {WORDS[verdict]}" for verdict, count in counts if count)
