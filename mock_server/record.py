"""`understudy record`: a proxy in front of a real server that keeps the exchanges, without credentials."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from understudy.mock_server.app import create_app
from understudy.mock_server.cli import fail, listen, start
from understudy.mock_server.http.errors import ApiError
from understudy.mock_server.store import StoreError
from understudy.mock_server.upstream.recordings import Recorder
from understudy.mock_server.upstream.server import Upstream
from understudy.specs import ContractError


def record(
    name: Annotated[str, typer.Argument(metavar="API|FILE|URL", help="The API, or the OpenAPI document of it.")],
    upstream: Annotated[str, typer.Option(metavar="URL", help="The real server that is asked.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER", help="Where exchanges are kept.")],
    passed: Annotated[
        list[str] | None,
        typer.Option("--pass", metavar="OPERATION", help="Keep only exchanges of this; can be repeated."),
    ] = None,
    overlay: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="An OpenAPI Overlay for a document; can be repeated.")
    ] = None,
    outside: Annotated[
        bool, typer.Option("--outside", help="Also read files outside of the document's folder that it refers to.")
    ] = False,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="PORT", min=0, max=65535, help="The port to listen on; 0 picks a free one.")
    ] = 8000,
) -> None:
    """Keep what a real server answers, for `understudy serve --replay`."""
    listening = listen(host, port)
    try:
        server = Upstream(upstream, recorder=Recorder(output, passed or ()), falls_back=False)
        app = create_app(
            [name], overlays=overlay or (), outside=outside, upstream=server, allow_hosts=[host] if host else ()
        )
    except (StoreError, ContractError, ValueError, ApiError) as error:
        fail(str(error))
    start(app, host, listening)
