"""`understudy infer`: what a document was understood to mean, as a table and as an Overlay to edit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from understudy.specs.documents.opening import open_document
from understudy.specs.inference.annotate import annotate
from understudy.specs.inference.infer import Inference
from understudy.specs.inference.infer import infer as infer_document
from understudy.specs.inference.overlay_text import overlay_text, rows
from understudy.specs.inference.view import View
from understudy.specs.reading.wording import printable
from understudy.specs.unprepared.any_contract import unhonoured

#: Columns where the output is not a terminal.
WIDE = 200
USAGE = 2


def infer(
    document: Annotated[
        str, typer.Argument(metavar="FILE_OR_URL", help="An OpenAPI document, 3.0 to 3.2, or one of Swagger 2.0.")
    ],
    overlay: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="An Overlay to lay over it first; can be repeated.")
    ] = None,
    outside: Annotated[
        bool, typer.Option("--outside", help="Also read files outside of the document's folder that it refers to.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write an Overlay that can be edited.")
    ] = None,
) -> None:
    """Print what the operations of an OpenAPI document were understood to do."""
    opened = open_document(document, overlay or (), outside=outside)
    for line in unhonoured(opened):
        print(f"understudy: {line}", file=sys.stderr)
    inference = infer_document(opened.document)
    if output is None:
        _print(inference)
        return
    _write(output, overlay_text(opened.title, inference, annotate(View(opened.document), inference)))
    stateful = sum(each.deed.action != "custom" or bool(each.effect) for each in inference.operations)
    count, whole = len(inference.resources), len(inference.operations)
    kept = "all operations keep state"
    if stateful < whole:
        kept = f"{stateful} of {whole} operations keep state, the others answer examples"
    print(f"{output}: {count} {'resource' if count == 1 else 'resources'}; {kept}")


def _write(output: Path, text: str) -> None:
    """Write a text where none is lost by it: an overlay has been edited, as a rule."""
    try:
        if output.is_file() and output.stat().st_size:
            _fail(f"{output}: it exists already, and is not overwritten; remove it first, or name another file")
        output.write_text(text, "utf-8")
    except OSError as error:
        _fail(f"{output}: {error.strerror}")


def _print(inference: Inference) -> None:
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("operation", "action", "resource", "id", "paging", "filters", "rule"):
        table.add_column(heading, overflow="fold")
    for row in rows(inference):
        table.add_row(*(_data(cell) for cell in row))
    console.print(table)


def _data(text: str) -> str:
    """A text of the document as it is: no markup, nothing that a terminal obeys."""
    return printable(text).replace("[", r"\[")


def _fail(message: str) -> NoReturn:
    print(f"understudy: {message}", file=sys.stderr)
    raise SystemExit(USAGE)
