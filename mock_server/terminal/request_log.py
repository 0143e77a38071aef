"""The log of requests: one line each, for a person or as JSON."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TextIO
from urllib.parse import urlencode

import orjson

from understudy.mock_server.clock import timestamp, wall
from understudy.mock_server.sessions.journal import JournalEntry
from understudy.mock_server.terminal.lines import Lines

#: Letters of a path, and of a reason, that a line shows.
SHOWN = 200

#: What a terminal could take for a command, and what would begin another line.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

#: Colours of the classes of a status.
_COLOURS = {2: "32", 3: "36", 4: "33", 5: "31"}


class Form(StrEnum):
    """The forms of the log; `auto` is `text`, and `off` where the environment says CI."""

    AUTO = "auto"
    TEXT = "text"
    JSON = "json"
    OFF = "off"

    def chosen(self, environment: Mapping[str, str] = os.environ) -> Form:
        """The form that is meant."""
        if self is not Form.AUTO:
            return self
        return Form.TEXT if environment.get("CI", "").lower() in {"", "0", "false"} else Form.OFF


class RequestLog:
    """Logs each request once it is answered."""

    def __init__(self, form: Form, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._lines = Lines(self._stream, _stopping(os.getpid()))
        self._line: Callable[[JournalEntry, str], str] = (
            as_json if form is Form.JSON else coloured if has_colours(self._stream) else as_text
        )

    def __call__(self, entry: JournalEntry, session: str) -> None:
        """Log a request of a session."""
        self._lines.add(lambda: self._line(entry, session))

    def end(self) -> None:
        """Write what is left."""
        self._lines.end()


def has_colours(stream: TextIO) -> bool:
    """Whether a stream shows colours: a terminal, unless NO_COLOR or TERM says otherwise."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def as_text(entry: JournalEntry, session: str) -> str:
    """A request as a line for a person."""
    return _text(entry, session, str(entry.status or "cut"))


def coloured(entry: JournalEntry, session: str) -> str:
    """The same with the colour of its status."""
    colour = _COLOURS.get((entry.status or 500) // 100, "0")
    return _text(entry, session, f"\x1b[{colour}m{entry.status or 'cut'}\x1b[0m")


def as_json(entry: JournalEntry, session: str) -> str:
    """A request as a JSON object on one line."""
    line = {
        "time": timestamp(wall(entry.started)),
        "method": entry.method,
        "path": entry.path,
        "query": entry.parameters,
        "status": entry.status,
        "seconds": entry.seconds,
        "session": session,
        "api": entry.api,
        "operation": entry.operation,
        "refused": entry.reason,
        "forced": entry.forced,
    }
    return orjson.dumps(line).decode()


def _text(entry: JournalEntry, session: str, status: str) -> str:
    time = wall(entry.started).astimezone().strftime("%H:%M:%S")
    query = urlencode(entry.parameters, safe="[],:*/")
    notes = [
        f"({session})" if session else "",
        f"forced: {entry.forced}" if entry.forced else "",
        entry.reason or "",
    ]
    path = entry.path + (f"?{query}" if query else "")
    columns = [time, f"{_plain(entry.method):<7}", status, f"{_milliseconds(entry):>7}", _plain(path)]
    return "  ".join([" ".join(columns), *map(_plain, filter(None, notes))])


def _milliseconds(entry: JournalEntry) -> str:
    seconds = entry.seconds
    return "" if seconds is None else f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.0f} s"


def _plain(text: str) -> str:
    """A text of a client's, which may hold anything, for a terminal."""
    shown = _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"


def _stopping(process: int) -> Callable[[], None]:
    """Ends the server as Ctrl-C does: that of several workers, too, by the process that started them."""
    return lambda: os.kill(process, signal.SIGTERM)
