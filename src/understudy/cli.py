"""The command `understudy`. Its subcommands are found by entry point, so that no package has to import another."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from typing import Annotated

import typer

from understudy.specs import ContractError
from understudy.specs.loading import load_readable
from understudy.specs.reading.wording import printable

GROUP = "understudy.commands"
#: The variable with which a shell asks for completions.
COMPLETE = "_UNDERSTUDY_COMPLETE"
#: Exit code of a command that needs a contract which cannot be read: wrong usage.
BROKEN_CONTRACT = 2


def main() -> None:
    """Run `understudy`. Only the subcommand that is called is imported; all of them for the help."""
    _fill_standard_streams()
    app = typer.Typer(
        name="understudy",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    commands = {entry.name: entry for entry in metadata.entry_points(group=GROUP)}
    first = _first_word()
    for name in [] if first == "--version" else [first] if first in commands else sorted(commands):
        app.command(name)(commands[name].load())
    app.callback()(_understudy)
    try:
        app(prog_name="understudy")
    except ContractError as error:
        print(f"understudy: {printable(str(error))}", file=sys.stderr)
        raise SystemExit(BROKEN_CONTRACT) from None


def apis(
    later: Annotated[
        bool, typer.Option("--later", help="Also list what the option --later of the other commands changes.")
    ] = False,
) -> None:
    """List the APIs with their operations and clauses."""
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


def _first_word() -> str:
    """The word after `understudy`, in this command or in the one that a shell wants completed."""
    words = os.environ["COMP_WORDS"].split() if COMPLETE in os.environ and "COMP_WORDS" in os.environ else sys.argv
    return words[1] if len(words) > 1 else ""


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
