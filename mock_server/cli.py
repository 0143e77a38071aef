"""`understudy serve`: its options, the start screen, the line that says ready, and the exit code."""

from __future__ import annotations

import importlib
import os
import shlex
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table as Sheet
from rich.text import Text

from understudy.mock_server.app import RECORDS, create_app
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.http.errors import ApiError
from understudy.mock_server.serving.server import CONTROL_PATH, Server
from understudy.mock_server.serving.uvicorn_server import run
from understudy.mock_server.sessions.journal import JOURNAL_BYTES
from understudy.mock_server.sessions.sessions import IDLE, LIMIT
from understudy.mock_server.store import StoreError
from understudy.mock_server.upstream.server import Upstream
from understudy.specs import Contract, ContractError, Operation
from understudy.specs.contract import SecurityScheme

#: Exit code for wrong usage.
USAGE = 2


def serve(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="API|FILE|URL|NAME=FILE",
            help="APIs to serve, or OpenAPI documents; all APIs if none is named.",
        ),
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
    overlay: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="An OpenAPI Overlay for a document, or NAME=FILE; can be repeated."),
    ] = None,
    records: Annotated[
        int, typer.Option(metavar="N", min=0, help="Seeded records of each resource of a document.")
    ] = RECORDS,
    token: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", help="The only credential that a document's operations accept; any by default."),
    ] = None,
    handlers: Annotated[
        str | None,
        typer.Option(metavar="MODULE", help="A module whose functions answer the operations of their names."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Do not start when something in a document cannot be honoured.")
    ] = False,
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
    trust_proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="Also believe the proxy at this address or in this network (10.0.0.0/8) when it says under which "
            "address clients reach it; can be repeated. Proxies on this machine are believed.",
        ),
    ] = None,
    later: Annotated[
        bool,
        typer.Option("--later", help="Behave as the live API does where it contradicts the source of its contract."),
    ] = False,
    upstream: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="A real server that is asked first; the mock answers what it does not have yet."
        ),
    ] = None,
    passed: Annotated[
        list[str] | None,
        typer.Option("--pass", metavar="OPERATION", help="Ask the real server only for this; can be repeated."),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Answer what `understudy record` kept there before anything else."),
    ] = None,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Number of processes; more than one needs --store.")
    ] = 1,
) -> None:
    """Serve the mock APIs until Ctrl-C or SIGTERM."""
    if passed and upstream is None:
        fail("--pass needs --upstream URL")
    if workers > 1 and store is None:
        fail("--workers needs a shared store: add --store sqlite:///PATH or --store postgresql://…")
    if workers > 1 and watch:
        fail("--watch cannot be used with more than one worker")
    if workers > 1 and not hasattr(os, "fork"):
        fail("--workers is not available on this system: it needs Linux, macOS or WSL")
    listening = listen(host, port)
    try:
        app = create_app(
            names or (),
            seed=seed,
            size=size,
            locales=locale or ["en_GB"],
            store=store,
            scenario=scenario,
            watch=watch,
            records=records,
            overlays=overlay or (),
            token=token,
            strict=strict,
            handlers=_imported(handlers),
            max_sessions=max_sessions,
            session_idle=session_idle,
            journal_bytes=journal_bytes,
            reports=reports,
            webhooks=Webhooks(allow_webhooks or ()),
            allow_origins=allow_origin or (),
            allow_hosts=[*filter(None, [host]), *(allow_host or ())],
            trust_proxies=trust_proxy or (),
            later=later,
            upstream=None if upstream is None else Upstream(upstream, passed or ()),
            replay=replay,
        )
    except (StoreError, ContractError, ValueError, ApiError) as error:
        fail(str(error))
    start(app, host, listening, workers)


def start(app: Server, host: str, listening: socket.socket, workers: int = 1) -> NoReturn:
    """Show the start screen and serve until a signal; ends with the exit code."""
    for served_api in app.served_apis:
        for line in served_api.contract.warnings:
            print(f"understudy: {line}", file=sys.stderr)
    address = _address(host, listening)
    _welcome(app, address)
    raise SystemExit(run(app, listening, workers, lambda: print(f"ready {address}", flush=True)))


def _imported(name: str | None) -> ModuleType | None:
    """A module of the user's, looked for in the current directory first."""
    if name is None:
        return None
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ImportError as error:
        fail(f"--handlers {name}: {error}")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; ends the command where that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        fail(f"cannot listen on {host}:{port}: {error.strerror or error}")
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
        known = "\n".join(f"{raw['token']} [dim]({raw['role']})[/dim]" for raw in callers)
        tokens = "any" if served_api.contract.any_token else known
        sheet.add_row(served_api.contract.api, f"{address}{served_api.prefix}", tokens)
    console.print(sheet)
    for served_api in app.served_apis:
        contract = served_api.contract
        if contract.inferred:
            console.print(_understood(contract))
            examples = sum(op.action == "custom" for op in contract.operations.values())
            console.print(f"{len(contract.operations) - examples} operations keep state, {examples} answer examples")
    _tell_of(app.upstream, console)
    console.print(f"[dim]dashboard[/dim]  {address}{CONTROL_PATH}/")
    example = _example(app, address)
    if example:
        console.print(f"[dim]try[/dim]        {example}", soft_wrap=True, markup=True)
    for served_api in app.served_apis:
        for sentence in served_api.contract.later:
            console.print(f"[dim]later[/dim]      {served_api.contract.api}: {sentence}", soft_wrap=True)


def _tell_of(upstream: Upstream | None, console: Console) -> None:
    """What a real server behind the mock answers, and what it means that there is only one of it."""
    if upstream is None:
        return
    which = ", ".join(upstream.passed) if upstream.passed else "all operations"
    rest = "the mock answers what it does not have yet" if upstream.falls_back else "nothing else answers"
    lines = [f"{upstream.address.url} is asked for {which}; {rest}", "it has one state, which all sessions share"]
    if upstream.address.sends_openly:
        lines.append("credentials are sent to it over plain HTTP")
    for line in lines:
        console.print(Text.assemble(("upstream", "dim"), "   ", line), soft_wrap=True)


def _example(app: Server, address: str) -> str:
    """A curl command that works as it stands; empty where there is nothing to ask for."""
    served_api = app.served_apis[0]
    operations = [op for op in served_api.contract.operations.values() if "{" not in op.path and op.method == "GET"]
    plain = [op for op in operations if not _required(op)]
    operation = next((op for op in plain if op.action == "list"), next(iter(plain), None))
    if operation is None:
        return ""
    url, options = f"{address}{served_api.prefix}{operation.path}", []
    for scheme in _schemes(served_api.contract, operation):
        token = served_api.contract.seed["callers"][0]["token"]
        if scheme.kind == "basic":
            options.append(f"-u user:{token}")
        elif scheme.kind == "bearer":
            options.append(f"-H {shlex.quote(f'Authorization: {scheme.words[0]} {token}')}")
        elif scheme.place == "query":
            url += f"{'&' if '?' in url else '?'}{scheme.parameter}={token}"
        else:
            header = (
                f"Cookie: {scheme.parameter}={token}" if scheme.place == "cookie" else f"{scheme.parameter}: {token}"
            )
            options.append(f"-H {shlex.quote(header)}")
    return " ".join(["curl", *options, url if "?" not in url and "&" not in url else shlex.quote(url)])


def _required(operation: Operation) -> bool:
    return any(each.required and each.place == "query" for each in operation.parameters)


def _schemes(contract: Contract, operation: Operation) -> list[SecurityScheme]:
    """How a credential is sent to an operation."""
    first = operation.requirements[0] if operation.requirements else ()
    found = [contract.security[name] for name in first if name in contract.security]
    return [each for each in found if each.kind != "mutualTLS"]


def _understood(contract: Contract) -> Sheet:
    """What was inferred of a document: its resources, and how many operations keep state."""
    sheet = Sheet(box=None, pad_edge=False, header_style="bold")
    for heading in ("resource", "id", "operations", "paging"):
        sheet.add_column(heading, overflow="fold")
    for name, resource in contract.resources.items():
        about = [op for op in contract.operations.values() if op.resource == name]
        actions = ", ".join(dict.fromkeys(op.action.removeprefix("singleton-") for op in about))
        pages = {
            style
            for op in about
            if op.pagination is not None and op.action == "list"
            for style in ("page", "offset", "cursor")
            if getattr(op.pagination, style) is not None
        }
        sheet.add_row(name, "" if resource.singleton else resource.identity.property, actions, ", ".join(sorted(pages)))
    return sheet


def fail(message: str) -> NoReturn:
    """End the command because of how it was called."""
    print(f"understudy: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(USAGE)
