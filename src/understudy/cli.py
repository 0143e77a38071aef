"""The command `understudy`. Its subcommands are found by entry point, so that no package has to import another."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

GROUP = "understudy.commands"
#: The commands with the first sentence of their help: to list them takes a fraction of the time of importing them.
COMMANDS = {
    "apis": "List the APIs with their operations and clauses.",
    "check": "Judge a target by the clauses of an API.",
    "diff": "Compare two JSON reports.",
    "explain": "Explain clauses and checks.",
    "infer": "Print what the operations of an OpenAPI document were understood to do.",
    "init": "Start a folder for a contract of one's own: document, overlay, seed, clauses and rules.",
    "record": "Keep what a real server answers, for `understudy serve --replay`.",
    "serve": "Serve the mock APIs until Ctrl-C or SIGTERM.",
}
#: How help and errors are shown.
PLAIN: dict[str, Any] = {"pretty_exceptions_enable": False, "rich_markup_mode": None}
#: Exit code of a command that needs a contract which cannot be read: wrong usage.
BROKEN_CONTRACT = 2


class Commands(TyperGroup):
    """The commands, of which only the one that is called, or whose options are completed, is imported."""

    # The types are those of the Click inside of Typer, which has no public name.
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The name, the command and the rest of its words."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else _imported(name), rest


def main() -> None:
    """Run `understudy`."""
    _fill_standard_streams()
    app = typer.Typer(name="understudy", cls=Commands, no_args_is_help=True, **PLAIN)
    for name, sentence in COMMANDS.items():
        app.command(name, help=sentence)(_listed)
    app.callback()(_understudy)
    try:
        app(prog_name="understudy")
    except ValueError as error:
        # Imported late: help needs no contract, and to import what reads them takes as long as Python and Typer together.
        from understudy.specs import ContractError
        from understudy.specs.reading.wording import printable

        if not isinstance(error, ContractError):
            raise
        print(f"understudy: {printable(str(error))}", file=sys.stderr)
        raise SystemExit(BROKEN_CONTRACT) from None


def _imported(name: str) -> Any:
    """A command with its options."""
    app = typer.Typer(add_completion=False, **PLAIN)
    (entry,) = metadata.entry_points(group=GROUP, name=name)
    app.command(name)(entry.load())
    return typer.main.get_command(app)


def _listed() -> None:
    """What stands in a list of commands for one that is not imported."""


def apis(
    later: Annotated[
        bool, typer.Option("--later", help="Also list what the option --later of the other commands changes.")
    ] = False,
) -> None:
    """List the APIs with their operations and clauses."""
    from understudy.specs.loading import load_readable  # imported late, as above

    contracts, broken = load_readable(later)
    for contract in contracts:
        clauses = sum(not clause.retired for clause in contract.clauses)
        print(f"{contract.api:16} {contract.title}: {len(contract.operations)} operations, {clauses} clauses")
        for sentence in contract.later:
            print(f"{'':16} {sentence}")
    for error in broken:
        print(f"understudy: {error}", file=sys.stderr)
    if broken:
        raise SystemExit(1)


def _fill_standard_streams() -> None:
    """Open the standard streams that the caller closed: a socket in their place would be taken for one of them."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"understudy {metadata.version('understudy')}")
        raise typer.Exit


def _understudy(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """A mock server and conformance kit for the APIs that run research with people."""
