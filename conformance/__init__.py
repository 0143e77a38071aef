"""The conformance kit: judges over HTTP, clause by clause, whether a target keeps its contract."""

from understudy.conformance.evidence.findings import Report, Result, Verdict
from understudy.conformance.http.target import Target
from understudy.conformance.judging.judge import run
from understudy.conformance.scope.profile import Profile

__all__ = ["Profile", "Report", "Result", "Target", "Verdict", "run"]
