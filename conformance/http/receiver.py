"""A local HTTP server that receives webhooks from the target."""

from __future__ import annotations

import http.server
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request that arrived. Header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Keeps deliveries, and answers with the status that their path begins with (`/500/…`), else with 200."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._arrived: list[Delivery] = []
        self._news = threading.Condition()

    def take(self, delivery: Delivery) -> None:
        """Keep a delivery."""
        with self._news:
            self._arrived.append(delivery)
            self._news.notify_all()

    def below(self, path: str) -> list[Delivery]:
        """The deliveries that have arrived below a path."""
        with self._news:
            return [each for each in self._arrived if each.path.startswith(path)]

    def wait(self, path: str, count: int = 1, seconds: float = 4.0) -> list[Delivery]:
        """The deliveries below a path, as soon as there are `count` or `seconds` have passed."""
        until = time.monotonic() + seconds
        with self._news:
            while len(found := [each for each in self._arrived if each.path.startswith(path)]) < count:
                left = until - time.monotonic()
                if left <= 0:
                    return found
                self._news.wait(left)
            return found


@contextmanager
def listening(address: str = "") -> Iterator[Receiver]:
    """A receiver on a free port of the loopback interface, or on the port of `address`, an address of this machine."""
    host, port = ("127.0.0.1", 0) if not address else ("0.0.0.0", int(address.rstrip("/").rpartition(":")[2]))  # noqa: S104
    server = http.server.ThreadingHTTPServer((host, port), _Handler)
    server.daemon_threads = True
    receiver = Receiver(address.rstrip("/") or f"http://127.0.0.1:{server.server_port}")
    server.receiver = receiver  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(2)


class _Handler(http.server.BaseHTTPRequestHandler):
    timeout = 5

    def do_POST(self) -> None:
        announced = self.headers.get("Content-Length", "0")
        if not re.fullmatch("[0-9]{1,9}", announced):
            self.send_error(400)
            return
        body = self.rfile.read(min(int(announced), 1_000_000))
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        receiver.take(Delivery(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        status = self.path.strip("/").partition("/")[0]
        self.send_response(int(status) if re.fullmatch("[1-5][0-9]{2}", status) else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""
