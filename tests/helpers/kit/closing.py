"""A server that closes each connection in the moment in which it is used again, without having said so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


@contextmanager
def closing(address: str) -> Iterator[str]:
    """Stand before a server; yields the address."""
    behind = urlsplit(address)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            threading.Thread(target=_one, args=(connection, behind.hostname, behind.port), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        thread.join(2)
        listening.close()


def _one(connection: socket.socket, host: str, port: int) -> None:
    """Pass one exchange on; then wait for the next request and close."""
    with connection:
        connection.settimeout(20)
        try:
            connection.sendall(_passed_on(_message(connection), host, port))
            connection.recv(1)
        except OSError:
            return


def _message(connection: socket.socket) -> bytes:
    """One request with its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _piece(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += _piece(connection)
    return head + b"\r\nConnection: close\r\n\r\n" + body


def _piece(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise ConnectionError("the client went away")
    return piece


def _passed_on(request: bytes, host: str, port: int) -> bytes:
    """The reply of the server behind, without the word that the connection ends."""
    with socket.create_connection((host, port)) as behind:
        behind.sendall(request)
        pieces = []
        while piece := behind.recv(65536):
            pieces.append(piece)
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
