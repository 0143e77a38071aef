"""`understudy serve`: its options, the line that says ready, and the exit code."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import socket
import sys
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Annotated, NoReturn

import typer

from understudy.mock_server.app import RECORDS, create_app
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.http.errors import ApiError
from understudy.mock_server.serving.server import Server
from understudy.mock_server.serving.uvicorn_server import run
from understudy.mock_server.sessions.journal import JOURNAL_BYTES
from understudy.mock_server.sessions.journal import LIMIT as JOURNAL_REQUESTS
from understudy.mock_server.sessions.sessions import IDLE, LIMIT
from understudy.mock_server.store import StoreError
from understudy.mock_server.terminal.messages import leave_quietly, set_up, show
from understudy.mock_server.terminal.request_log import Form, RequestLog
from understudy.mock_server.terminal.start_screen import start_screen
from understudy.mock_server.upstream.server import Upstream
from understudy.specs import ContractError, apis

warnings = logging.getLogger("understudy")

#: The names of documents that a shell completes.
DOCUMENTS = ("*.yaml", "*.yml", "*.json")

#: Exit code for wrong usage.
USAGE = 2


def serve(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="API|FILE|URL|NAME=FILE",
            help="APIs to serve, or OpenAPI documents; all APIs if none is named.",
            autocompletion=lambda: [
                *apis(),
                *(str(file) for pattern in DOCUMENTS for file in Path.cwd().glob(pattern)),
            ],
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
    outside: Annotated[
        bool, typer.Option("--outside", help="Also read files outside of the document's folder that it refers to.")
    ] = False,
    scenario: Annotated[
        str,
        typer.Option(metavar="NAME", help="The scenario that every session starts with; the plain seed by default."),
    ] = "",
    watch: Annotated[
        bool, typer.Option("--watch", help="Take over edits of contracts, documents, overlays, seeds and handlers.")
    ] = False,
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
    journal_requests: Annotated[
        int, typer.Option(metavar="N", min=1, help="Greatest number of requests in the journal of each session.")
    ] = JOURNAL_REQUESTS,
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
    log: Annotated[
        Form,
        typer.Option(metavar="FORM", help="The log of requests: text, json or off; auto is text, and off under CI."),
    ] = Form.AUTO,
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
    # Nearly all that is made from here on stays until the end; to look through it again and again takes as long as making it.
    gc.disable()
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
            outside=outside,
            handlers=_imported(handlers, watch),
            max_sessions=max_sessions,
            session_idle=session_idle,
            journal_bytes=journal_bytes,
            journal_requests=journal_requests,
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
    finally:
        gc.enable()
    start(app, host, listening, workers, log)


def start(app: Server, host: str, listening: socket.socket, workers: int = 1, log: Form = Form.AUTO) -> NoReturn:
    """Show the start screen and serve until a signal; ends with the exit code."""
    address = _address(host, listening)
    form = log.chosen()
    set_up(form)
    for served_api in app.served_apis:
        for line in served_api.contract.warnings:
            warnings.warning("understudy: %s", line)
    if form is not Form.OFF and sys.stderr is not None:
        app.log_requests(RequestLog(form))
    try:
        show([] if form is Form.JSON else start_screen(app, address))
        code = run(app, listening, workers, lambda: print(f"ready {address}", flush=True))
    except BrokenPipeError:
        code = 0
    leave_quietly()
    raise SystemExit(code)


def _imported(name: str | None, watch: bool) -> ModuleType | None:
    """A module of the user's, looked for in the current directory first."""
    if name is None:
        return None
    # A compiled file counts as current if its source is of the same second and size; two edits may be.
    sys.dont_write_bytecode |= watch
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except (ImportError, SyntaxError) as error:  # they say where they are
        fail(f"--handlers {name}: {error}")
    except Exception as error:  # whatever the module does when it is imported
        *_, last = extract_tb(error.__traceback__)
        fail(f"--handlers {name}: {type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno})")


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


def fail(message: str) -> NoReturn:
    """End the command because of how it was called."""
    print(f"understudy: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(USAGE)
