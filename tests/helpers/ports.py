"""Ports for servers that have to know theirs before they start."""

from __future__ import annotations

import random
import socket

#: Below what Linux, macOS and Windows give to connections and to servers that ask for any port. A port from there could
#: be somebody's before the server has started; a client that waits for the server could even be connected with itself.
PORTS = range(20_000, 32_768)

#: Of the system, since tests in several processes may be given the same seed.
_DRAWN = random.SystemRandom()


def free_port() -> int:
    """A port of this machine that nobody listens on, and that nobody is given by chance."""
    for port in _DRAWN.sample(PORTS, 100):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise RuntimeError(f"a hundred ports between {PORTS.start} and {PORTS.stop} are taken")
