"""Pages for people: the dashboard, the documents to read and to try, the reports of the kit."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from understudy.mock_server.control.requests import Answer, ControlRequest
from understudy.mock_server.http.errors import NotFoundError

_HERE = Path(__file__).parent.parent
DASHBOARD = _HERE / "dashboard"
DOCS = _HERE / "docs"

#: Nothing from elsewhere, nothing inline: what is stored is shown and never run.
_STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: Swagger UI sets styles on its elements.
_STYLED = _STRICT.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(
    "img-src 'self'", "img-src 'self' blob:"
)
#: A report is one file with everything inside; it runs on its own and can reach nothing.
_ENCLOSED = (
    "sandbox allow-scripts allow-popups allow-downloads; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; font-src data:"
)

_REPORTS = (".html", ".json", ".xml")


async def get_dashboard(asked: ControlRequest) -> Answer:
    """The dashboard."""
    return _page(DASHBOARD / "index.html", _STRICT)


async def get_dashboard_file(asked: ControlRequest) -> Answer:
    """A part of the dashboard."""
    return _file(DASHBOARD, asked.path["file"], _STRICT)


async def get_docs(asked: ControlRequest) -> Answer:
    """The operations of an API to read and to try."""
    asked.mounted()
    return _page(DOCS / "index.html", _STYLED)


async def get_docs_file(asked: ControlRequest) -> Answer:
    """A part of these pages: our own, else Swagger UI's."""
    name = asked.path["file"]
    if (DOCS / name).name == name and (DOCS / name).is_file():
        return _file(DOCS, name, _STYLED)
    from swagger_ui_bundle import swagger_ui_path  # only a person who reads needs it

    return _file(Path(swagger_ui_path), name, _STYLED)


async def list_reports(asked: ControlRequest) -> Answer:
    """The reports of the kit, newest first."""
    folder = asked.desk.reports
    found = [path for path in folder.iterdir() if path.suffix in _REPORTS] if folder and folder.is_dir() else []
    found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return Answer(200, {"reports": [path.name for path in found]})


async def get_report(asked: ControlRequest) -> Answer:
    """A report."""
    folder = asked.desk.reports
    if folder is None or not asked.path["file"].endswith(_REPORTS):
        raise _missing(asked.path["file"])
    return _file(folder, asked.path["file"], _ENCLOSED)


def _page(path: Path, policy: str) -> Answer:
    return _file(path.parent, path.name, policy)


def _file(folder: Path, name: str, policy: str) -> Answer:
    """A file of a folder; a name that is more than a name finds nothing."""
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
    return Answer(200, content=(folder / name).read_bytes(), media_type=media_type, headers=headers)


def _missing(name: str) -> NotFoundError:
    return NotFoundError(f"There is no file {name!r}.")
