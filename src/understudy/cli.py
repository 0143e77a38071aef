"""The command `understudy`: its parts are found by entry point, so that no package needs to import another."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer

from understudy.specs.loading import apis as known_apis
from understudy.specs.loading import load

GROUP = "understudy.commands"


def main() -> None:
    """Run `understudy`; only the part that is asked for is imported."""
    app = typer.Typer(
        name="understudy",
        help="A mock server and conformance kit for the APIs that run research with people.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    for name in [asked] if asked in found else sorted(found):
        app.command(name)(found[name].load())
    app.callback()(_understudy)
    app()


def apis() -> None:
    """List the APIs that have a contract, with their operations and clauses."""
    for name in known_apis():
        contract = load(name)
        clauses = sum(not clause.retired for clause in contract.clauses)
        print(f"{name:16} {contract.title}: {len(contract.operations)} operations, {clauses} clauses")


def _understudy() -> None:
    """A mock server and conformance kit for the APIs that run research with people."""
