"""The conformance kit: judges, clause by clause, which promises of a contract a target keeps, over HTTP alone."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.findings import Report, Result, Verdict
    from conformance.profile import Profile
    from conformance.run import run
    from conformance.target import Target

__all__ = ["Profile", "Report", "Result", "Target", "Verdict", "run"]

#: Where each public name lives. Imported when asked for: pytest loads the plugin of this package in every project that
#: has it installed, and most of those runs judge nothing.
_HOMES = {
    "Profile": "profile",
    "Report": "findings",
    "Result": "findings",
    "Target": "target",
    "Verdict": "findings",
    "run": "run",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"conformance.{_HOMES[name]}"), name)
