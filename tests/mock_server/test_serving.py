"""Signals, as the server takes them; what a whole server does with them is in `test_durability.py` and `test_scale.py`."""

from __future__ import annotations

import os
import signal

from mock_server import create_app
from mock_server.serving import _Serving


def told_twice(parent: int | None) -> tuple[bool, bool]:
    """Whether a server that is told to end by its parent and by a terminal ends, and whether it drops everything."""
    server = _Serving(create_app(["consent-kit"]), lambda: None, parent)
    server.handle_exit(signal.SIGTERM, None)
    server.handle_exit(signal.SIGINT, None)
    return server.should_exit, server.force_exit


def test_a_worker_that_hears_of_ctrl_c_twice_ends_in_peace() -> None:
    reading, writing = os.pipe()
    try:
        assert told_twice(reading) == (True, False)
    finally:
        os.close(reading)
        os.close(writing)


def test_a_second_ctrl_c_ends_a_server_at_once() -> None:
    assert told_twice(None) == (True, True)
