"""What the mock says besides requests, on stderr: to a person, or as JSON where the requests are."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import orjson

from understudy.mock_server.clock import timestamp
from understudy.mock_server.terminal.request_log import Form


def set_up(form: Form) -> None:
    """Have everything that is logged written to stderr, as JSON if that is the form."""
    handler = logging.StreamHandler()
    handler.setFormatter(_AsJson() if form is Form.JSON else logging.Formatter("%(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def show(lines: Sequence[str]) -> None:
    """Show some lines. Raises BrokenPipeError when nobody reads them."""
    if sys.stderr is None:  # closed by the caller: there is nothing to write to
        return
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    sys.stderr.flush()


def leave_quietly() -> None:
    """Write nothing more: nobody reads it, and Python shall not try again at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            os.dup2(nowhere, stream.fileno())


class _AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """A record as a JSON object on one line."""
        line = {
            "time": timestamp(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()
