"""Signals, as the server takes them; what a whole server does with them is in `test_durability.py` and `test_scale.py`."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

from live import served

from understudy.mock_server import create_app
from understudy.mock_server.serving.uvicorn_server import _Serving


def told_twice(parent: int | None) -> tuple[bool, bool]:
    """Whether a server that gets a stop signal from its parent and from a terminal ends, and whether it aborts requests."""
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


def test_a_connection_that_was_silent_for_a_while_is_used_again() -> None:
    with served("consent-kit") as server, closing(HTTPConnection(urlsplit(server.address).netloc)) as client:
        for pause in (0, 6):
            # Python's, Node's and browsers' clients keep connections for five seconds and more.
            time.sleep(pause)
            client.request("GET", "/_mock/health")
            assert client.getresponse().read()
