"""The conformance kit: judges, clause by clause, which promises of a contract a target keeps, over HTTP alone."""

from conformance.findings import Report, Result, Verdict
from conformance.judge import run
from conformance.profile import Profile
from conformance.target import Target

__all__ = ["Profile", "Report", "Result", "Target", "Verdict", "run"]
