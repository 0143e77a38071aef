"""`understudy serve`: its options, the start screen, the line that says ready, and the exit code."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table as Sheet

from understudy.mock_server.app import create_app
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.http.errors import ApiError
from understudy.mock_server.serving.server import CONTROL_PATH, Server
from understudy.mock_server.serving.uvicorn_server import run
from understudy.mock_server.sessions.journal import JOURNAL_BYTES
from understudy.mock_server.sessions.sessions import IDLE, LIMIT
from understudy.mock_server.store import StoreError
from understudy.specs import ContractError, apis

#: Exit code for wrong usage.
USAGE = 2


def serve(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="API", help="APIs to serve; all of them if none is named.")
    ] = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="PORT", min=0, max=65535, help="The port to listen on; 0 picks a free one.")
    ] = 8000,
    seed: Annotated[
        int, typer.Option(metavar="N", help="Seed of the generated records; the same seed gives the same records.")
    ] = 42,
    size: Annotated[int, typer.Option(metavar="N", min=1, help="Multiplies the number of seeded records.")] = 1,
    locale: Annotated[
        list[str] | None,
        typer.Option(metavar="LOCALE", help="Faker locale of the records; can be repeated. [default: en_GB]"),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Where records are kept: sqlite:///PATH or postgresql://…; in memory by default."
        ),
    ] = None,
    scenario: Annotated[
        str,
        typer.Option(metavar="NAME", help="The scenario that every session starts with; the plain seed by default."),
    ] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Reload contracts and seeds when they are edited.")] = False,
    max_sessions: Annotated[
        int, typer.Option(metavar="N", min=0, help="Greatest number of sessions besides the default one.")
    ] = LIMIT,
    session_idle: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=1, help="Seconds without a request after which a session is removed."),
    ] = IDLE,
    journal_bytes: Annotated[
        int, typer.Option(metavar="N", min=0, help="Greatest size of the journals of all sessions together, in bytes.")
    ] = JOURNAL_BYTES,
    reports: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder with conformance reports to show on the dashboard.")
    ] = None,
    allow_webhooks: Annotated[
        list[str] | None, typer.Option(metavar="HOST", help="Also send webhooks to this host; can be repeated.")
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="Also give pages of this origin (https://app.example) the control operations, credentials and access "
            "to a private network; can be repeated. Pages on this machine have them.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Also answer control operations under this host name; can be repeated."),
    ] = None,
    later: Annotated[
        bool,
        typer.Option("--later", help="Behave as the live API does where it contradicts the source of its contract."),
    ] = False,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Number of processes; more than one needs --store.")
    ] = 1,
) -> None:
    """Serve the mock APIs until Ctrl-C or SIGTERM."""
    unknown = [name for name in names or () if name not in apis()]
    if unknown:
        _fail(f"There is no API {unknown[0]!r}. The APIs are {', '.join(apis())}.")
    if workers > 1 and store is None:
        _fail("--workers needs a shared store: add --store sqlite:///PATH or --store postgresql://…")
    if workers > 1 and watch:
        _fail("--watch cannot be used with more than one worker")
    if workers > 1 and not hasattr(os, "fork"):
        _fail("--workers is not available on this system: it needs Linux, macOS or WSL")
    try:
        listening = _listen(host, port)
    except OSError as error:
        _fail(f"cannot listen on {host}:{port}: {error.strerror or error}")
    try:
        app = create_app(
            names or (),
            seed=seed,
            size=size,
            locales=locale or ["en_GB"],
            store=store,
            scenario=scenario,
            watch=watch,
            max_sessions=max_sessions,
            session_idle=session_idle,
            journal_bytes=journal_bytes,
            reports=reports,
            webhooks=Webhooks(allow_webhooks or ()),
            allow_origins=allow_origin or (),
            allow_hosts=[*filter(None, [host]), *(allow_host or ())],
            later=later,
        )
    except (StoreError, ContractError, ValueError, ApiError) as error:
        _fail(str(error))
    address = _address(host, listening)
    _welcome(app, address)
    raise SystemExit(run(app, listening, workers, lambda: print(f"ready {address}", flush=True)))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(1024)
    return listening


def _address(host: str, listening: socket.socket) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listening.getsockname()[1]}"


def _welcome(app: Server, address: str) -> None:
    """The start screen, on stderr."""
    console = Console(stderr=True, highlight=False)
    sheet = Sheet(box=None, pad_edge=False, header_style="bold")
    for heading in ("API", "address"):
        sheet.add_column(heading, no_wrap=True)  # so that each can be copied as a whole
    sheet.add_column("tokens", overflow="fold")
    for served_api in app.served_apis:
        callers = served_api.contract.seed["callers"]
        tokens = "\n".join(f"{raw['token']} [dim]({raw['role']})[/dim]" for raw in callers)
        sheet.add_row(served_api.contract.api, f"{address}{served_api.prefix}", tokens)
    console.print(sheet)
    console.print(f"[dim]dashboard[/dim]  {address}{CONTROL_PATH}/")
    console.print(f"[dim]try[/dim]        {_example(app, address)}", soft_wrap=True)
    for served_api in app.served_apis:
        for sentence in served_api.contract.later:
            console.print(f"[dim]later[/dim]      {served_api.contract.api}: {sentence}", soft_wrap=True)


def _example(app: Server, address: str) -> str:
    """A curl command that works as it stands."""
    served_api = app.served_apis[0]
    contract = served_api.contract
    operation = next(
        (op for op in contract.operations.values() if op.action == "list" and "{" not in op.path),
        next(iter(contract.operations.values())),
    )
    scheme = next(iter(contract.schemes.values()), ("Bearer",))[0]
    token = contract.seed["callers"][0]["token"]
    return f"curl -H 'Authorization: {scheme} {token}' {address}{served_api.prefix}{operation.path}"


def _fail(message: str) -> NoReturn:
    print(f"understudy: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(USAGE)
