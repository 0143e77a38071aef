"""Pages for people: the dashboard, interactive API documentation, and the conformance kit's reports."""

from __future__ import annotations

import mimetypes
from importlib.util import find_spec
from pathlib import Path

from understudy.mock_server.control.requests import ControlReply, ControlRequest
from understudy.mock_server.http.errors import NotFoundError

_HERE = Path(__file__).parent.parent
DASHBOARD = _HERE / "dashboard"
DOCS = _HERE / "docs"

#: Nothing from other hosts and nothing inline, so that stored text is shown and never run.
_STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: Swagger UI sets styles on its elements.
_STYLED = _STRICT.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(
    "img-src 'self'", "img-src 'self' blob:"
)
#: A report is one self-contained file; it runs in a sandbox and cannot reach anything else.
_ENCLOSED = (
    "sandbox allow-scripts allow-popups allow-downloads; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; font-src data:"
)

_REPORTS = (".html", ".json", ".xml")


async def get_dashboard(request: ControlRequest) -> ControlReply:
    """The dashboard."""
    return _page(DASHBOARD / "index.html", _STRICT)


async def get_dashboard_file(request: ControlRequest) -> ControlReply:
    """A file of the dashboard."""
    return _file(DASHBOARD, request.path["file"], _STRICT)


async def get_docs(request: ControlRequest) -> ControlReply:
    """The interactive documentation of an API."""
    request.served_api()
    return _page(DOCS / "index.html", _STYLED)


async def get_docs_file(request: ControlRequest) -> ControlReply:
    """A file of the documentation pages: our own, or else Swagger UI's."""
    name = request.path["file"]
    if (DOCS / name).name == name and (DOCS / name).is_file():
        return _file(DOCS, name, _STYLED)
    return _file(_swagger_ui(), name, _STYLED)


async def list_reports(request: ControlRequest) -> ControlReply:
    """The conformance kit's reports, newest first."""
    folder = request.context.reports
    files = [path for path in folder.iterdir() if path.suffix in _REPORTS] if folder and folder.is_dir() else []
    files.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return ControlReply(200, {"reports": [path.name for path in files]})


async def get_report(request: ControlRequest) -> ControlReply:
    """A report."""
    folder = request.context.reports
    if folder is None or not request.path["file"].endswith(_REPORTS):
        raise _missing(request.path["file"])
    return _file(folder, request.path["file"], _ENCLOSED)


def _swagger_ui() -> Path:
    """The folder of Swagger UI's files; nothing of the package around them is used."""
    package = find_spec("flask_swagger_ui")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "dist"


def _page(path: Path, policy: str) -> ControlReply:
    return _file(path.parent, path.name, policy)


def _file(folder: Path, name: str, policy: str) -> ControlReply:
    """A file directly in a folder. Raises NotFoundError, also for a name that contains a path."""
    if not folder.is_dir() or name not in {path.name for path in folder.iterdir() if path.is_file()}:
        raise _missing(name)
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if media_type.startswith("text/") or media_type.endswith(("javascript", "json")):
        media_type += "; charset=utf-8"
    headers = (
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-cache"),
    )
    return ControlReply(200, content=(folder / name).read_bytes(), media_type=media_type, headers=headers)


def _missing(name: str) -> NotFoundError:
    return NotFoundError(f"There is no file {name!r}.")
