"""The report as one HTML page that needs nothing else: no server, no network, and no script to be read."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from conformance.check import every
from conformance.findings import Report, Result
from conformance.report.wording import (
    MARKS,
    ORDER,
    WORDS,
    conclusion,
    effort,
    findings,
    reach,
    topic,
    topics,
    variables,
)


def as_html(report: Report) -> str:
    """The report as a page.

    Everything that came from the target is escaped as text; should an escape ever be missing, the page's own policy
    lets no script and no style run but the two that are printed in it, and lets nothing be fetched.
    """
    page = {name: (files("conformance.report") / "page" / name).read_text("utf-8") for name in NAMES}
    environment = Environment(
        loader=DictLoader({"page": page["page.html"]}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    present = [verdict for verdict in ORDER if report.count(verdict)]
    return environment.get_template("page").render(
        report=report,
        policy=_policy(page),
        # Ours, not the target's; an escaped style or script would be another one.
        style=Markup(page["page.css"]),  # noqa: S704
        script=Markup(page["page.js"]),  # noqa: S704
        conclusion=conclusion(report),
        reach=reach(report),
        effort=effort(report),
        findings=findings(report),
        topics=topics(report.results),
        topic=topic,
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


NAMES = ("page.html", "page.css", "page.js")


def _policy(page: dict[str, str]) -> str:
    """A content security policy that names the page's own style and script by what they say."""
    digests = {name: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for name, text in page.items()}
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
    """What a topic holds, in words."""
    told = [(verdict, sum(result.verdict is verdict for result in results)) for verdict in ORDER]
    return ", ".join(f"{count} {WORDS[verdict]}" for verdict, count in told if count)
