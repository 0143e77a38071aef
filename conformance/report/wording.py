"""The wording that all reports share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from understudy.conformance.evidence.findings import Breach, RedactedExchange, Report, Result, Verdict
from understudy.conformance.evidence.words import several

#: Verdicts from the most to the least urgent.
ORDER = (
    Verdict.FAIL,
    Verdict.ERROR,
    Verdict.WARNING,
    Verdict.NOT_SHOWN,
    Verdict.WAIVED,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)
#: Verdicts for which a report always shows the evidence.
FINDINGS = (Verdict.FAIL, Verdict.ERROR, Verdict.WARNING)
WORDS = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.WARNING: "warning",
    Verdict.ERROR: "error",
    Verdict.NOT_SHOWN: "not shown",
    Verdict.WAIVED: "waived",
    Verdict.NOT_APPLICABLE: "not applicable",
}
MARKS = {
    Verdict.PASS: "✓",
    Verdict.FAIL: "✗",
    Verdict.WARNING: "!",
    Verdict.ERROR: "?",
    Verdict.NOT_SHOWN: "○",
    Verdict.WAIVED: "~",
    Verdict.NOT_APPLICABLE: "–",
}
#: Kind of clauses -> its heading, in the order of a report.
TOPICS = {
    "auth": "Authentication",
    "privacy": "Privacy",
    "status": "Statuses",
    "schema": "Schemas",
    "state": "State",
    "pagination": "Pages",
    "ordering": "Ordering",
    "filter": "Filters",
    "bulk": "Bulk changes",
    "error": "Refusals",
    "method-not-allowed": "Methods",
    "content-type": "Content types",
    "webhook": "Webhooks",
    "other": "Other",
}
#: The heading of clauses that are neither shown to hold nor broken.
UNSHOWN = "Not shown"
#: The heading of the findings that are worth fixing first, and the kinds of clauses that come before all others.
FIRST = "Worth fixing first"
URGENT = frozenset({"auth", "privacy"})
#: The heading of faults that no clause states.
BESIDE = "Faults that no clause states"
#: What comes before the clauses that are broken for the same reason.
FOLLOWING = "also"
#: The heading of what would let more clauses be shown.
MORE = "What would show more"
CONCLUSIONS = {0: "conforms", 1: "does not conform", 4: "incomplete"}
PARTLY = "conforms as far as it could be shown"

#: Control characters, changes of text direction, surrogates and noncharacters.
_ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def visible(text: str) -> str:
    """The text with control characters escaped as in JSON; line ends and tabs stay."""
    return _ACTIVE.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\r\n", "\n"))


def legible(report: Report) -> Report:
    """The report with control characters escaped in every text that may come from a target."""
    return rewrite(report, visible)


def rewrite(report: Report, text: Callable[[str], str]) -> Report:
    """The report with a function applied to every text that may come from a target."""
    return replace(
        report,
        target=text(report.target),
        incomplete=text(report.incomplete),
        notice=text(report.notice),
        waiver_findings=tuple(text(each) for each in report.waiver_findings),
        breaches=tuple(_rewrite_breach(each, text) for each in report.breaches),
        remarks=tuple(text(each) for each in report.remarks),
        leftovers=tuple(text(each) for each in report.leftovers),
        results=tuple(_rewrite(each, text) for each in report.results),
    )


def _rewrite(result: Result, text: Callable[[str], str]) -> Result:
    return replace(
        result,
        expected=text(result.expected),
        actual=text(result.actual),
        curl=text(result.curl),
        waiver=text(result.waiver),
        remedy=text(result.remedy),
        remark=text(result.remark),
        exchanges=tuple(RedactedExchange(text(each.request), text(each.reply)) for each in result.exchanges),
    )


def _rewrite_breach(breach: Breach, text: Callable[[str], str]) -> Breach:
    return replace(
        breach,
        expected=text(breach.expected),
        actual=text(breach.actual),
        curl=text(breach.curl),
        waiver=text(breach.waiver),
        exchanges=tuple(RedactedExchange(text(each.request), text(each.reply)) for each in breach.exchanges),
    )


def topics(results: Iterable[Result]) -> dict[str, list[Result]]:
    """The results by topic, topics in the order of a report."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.kind, []).append(result)
    places = {kind: place for place, kind in enumerate(TOPICS)}
    return {topic(kind): found[kind] for kind in sorted(found, key=lambda kind: (places.get(kind, len(places)), kind))}


def topic(kind: str) -> str:
    """The heading of a kind of clauses."""
    return TOPICS.get(kind, kind.replace("-", " ").capitalize() or "Other")


def findings(report: Report) -> list[Result]:
    """The results that need attention, the worst first, each verdict in the order of the register.

    What follows from another one of them is left out (`following`).
    """
    found = [result for verdict in FINDINGS for result in report.results if result.verdict is verdict]
    causes = {result.clause for result in found}
    return [result for result in found if result.because not in causes]


def origin(result: Result) -> str:
    """The heading of the source, and the place below it."""
    return f"{result.source}: {result.place}" if result.place else result.source


def first(report: Report) -> list[Result]:
    """The findings worth fixing first, if there are several: what lets people in or out, then what causes most others."""
    found = [result for result in findings(report) if result.verdict is Verdict.FAIL]
    caused = {result.clause: len(following(report, result.clause)) for result in found}
    ordered = sorted(found, key=lambda result: (result.kind not in URGENT, -caused[result.clause]))
    return ordered[:3] if len(found) > 1 else []


def following(report: Report, clause: str) -> list[Result]:
    """The results that follow from the breach of a clause."""
    return [result for result in report.results if result.because == clause]


def unshown(report: Report) -> dict[tuple[str, str], list[Result]]:
    """What was not shown: (reason, remedy) -> results, the most first."""
    found: dict[tuple[str, str], list[Result]] = {}
    causes = {result.clause for result in findings(report)}
    for result in report.results:
        if result.verdict is Verdict.NOT_SHOWN and result.because not in causes:
            found.setdefault((result.actual, result.remedy), []).append(result)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def remedies(report: Report) -> dict[str, int]:
    """What would show more, and of how many clauses, the most first."""
    hidden = [result for results in unshown(report).values() for result in results]
    writing = len(hidden) if not report.writes else 0
    found = Counter({"let the kit make the data itself: --allow-writes": writing} if writing else {})
    found.update(result.remedy or _general(result) for result in hidden)
    return dict(found.most_common())


def _general(result: Result) -> str:
    """What helps where no check knows anything better."""
    return "put more data on the target" if result.lacking else "see the replies under the clauses that are not shown"


def clauses(results: Iterable[Result]) -> str:
    """The clauses of results in one line, those that are not documented with their level."""
    found = (each.clause if each.level == "documented" else f"{each.clause} ({each.level})" for each in results)
    return ", ".join(found)


def left_out(report: Report) -> dict[str, int]:
    """Why clauses were not judged, and how many for each reason, the most frequent first."""
    out = [result for result in report.results if result.verdict is Verdict.NOT_APPLICABLE]
    excluded = [result.clause for result in out if result.actual.startswith("excluded: ")]
    # Each exclusion has its own reason.
    hold, reason = ("it holds", "reason") if len(excluded) == 1 else ("they hold", "reasons")
    shared = f"no reply can show whether {hold}; understudy explain {' '.join(excluded)} gives the {reason}"
    reasons = Counter(shared if result.clause in excluded else result.actual for result in out)
    return dict(reasons.most_common())


def conclusion(report: Report) -> str:
    """The outcome of the whole run in a few words."""
    whole = report.incomplete or report.count(Verdict.ERROR) or report.exit_code == 1
    return PARTLY if report.open and not whole else CONCLUSIONS[report.exit_code]


def reach(report: Report) -> str:
    """What the run was allowed to do."""
    return "reads and writes" if report.writes else "read-only"


def numbers(report: Report) -> str:
    """The counts that are not zero, in one line."""
    counts = [f"{report.count(verdict)} {WORDS[verdict]}" for verdict in ORDER if report.count(verdict)]
    if report.unwaived:
        counts.append(several(len(report.unwaived), "fault that no clause states", "faults that no clause states"))
    return ", ".join(counts) or "nothing judged"


def effort(report: Report) -> str:
    """The number of requests and the duration of the run."""
    return f"{several(report.requests, 'request')} in {report.seconds:.1f} s"


def variables(curl: str) -> list[str]:
    """The variables for credentials that a script needs."""
    return list(dict.fromkeys(re.findall(r"\$\{?(TOKEN(?:_[A-Z]+)?)\b", curl)))
