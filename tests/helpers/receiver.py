"""Somebody to receive webhooks."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """A server that keeps what it is sent."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        #: Posts whose body has arrived, whether or not they were answered.
        self.arrived = 0
        self.status = 200
        self.location: str | None = None
        self.delay = 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                outer.arrived += 1
                time.sleep(outer.delay)
                outer.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def wait(self, count: int, seconds: float = 5.0) -> list[tuple[dict[str, str], bytes]]:
        """What was received, once that is as much as expected."""
        deadline = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.received) >= count, f"{len(self.received)} of {count} posts arrived"
        return self.received

    def wait_for_arrivals(self, count: int, seconds: float = 5.0) -> None:
        """Wait until so many posts have arrived."""
        deadline = time.monotonic() + seconds
        while self.arrived < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert self.arrived >= count, f"{self.arrived} of {count} posts arrived"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
