"""A proxy in front of a server that cuts a connection in the middle of a certain message."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Cutting:
    """Forwards everything until `word` is set: whoever sends it is cut off, before or after it was delivered."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.word: bytes | None = None
        self.delivered = True
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more connections."""
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            back = threading.Thread(target=self._forward, args=(server, client, False), daemon=True)
            back.start()
            self._forward(client, server, True)
            back.join()

    def _forward(self, source: socket.socket, target: socket.socket, watched: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                cut = watched and self.word is not None and self.word in data
                if cut:
                    # The server may get the message, but nobody hears the answer.
                    source.shutdown(socket.SHUT_RDWR)
                if not cut or self.delivered:
                    target.sendall(data)
                if cut:
                    break
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@contextmanager
def cutting(port: int) -> Iterator[Cutting]:
    """A proxy in front of a port of this machine."""
    proxy = Cutting(port)
    try:
        yield proxy
    finally:
        proxy.close()
