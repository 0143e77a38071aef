"""The conformance kit: judges over HTTP, clause by clause, whether a target keeps its contract."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from understudy.conformance.evidence.findings import Report, Result, Verdict
    from understudy.conformance.http.target import Target
    from understudy.conformance.judging.judge import run
    from understudy.conformance.scope.profile import Profile

#: Imported at first use: pytest imports this package in every run, whether or not it judges a target.
_HOMES = {
    "Profile": "understudy.conformance.scope.profile",
    "Report": "understudy.conformance.evidence.findings",
    "Result": "understudy.conformance.evidence.findings",
    "Target": "understudy.conformance.http.target",
    "Verdict": "understudy.conformance.evidence.findings",
    "run": "understudy.conformance.judging.judge",
}

__all__ = ["Profile", "Report", "Result", "Target", "Verdict", "run"]

if not TYPE_CHECKING:  # a type checker reads the imports above, and reports a name that is not among them

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)
