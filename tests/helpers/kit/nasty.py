"""A server that answers as no server should, over a raw socket because no framework would."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: What is sent on one connection once a request has arrived.
Speech = Callable[[socket.socket, bytes], None]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def reply(body: bytes, *lines: bytes, status: bytes = b"200 OK", length: int | None = None) -> bytes:
    """A reply with a length, right or wrong."""
    head = [b"HTTP/1.1 " + status, *lines, b"Content-Length: %d" % (len(body) if length is None else length), b"", b""]
    return b"\r\n".join(head) + body


def says(message: bytes) -> Speech:
    """Always the same bytes."""
    return lambda connection, request: connection.sendall(message)


def hangs(connection: socket.socket, request: bytes) -> None:
    """Nothing, ever."""
    time.sleep(30)


def drips(connection: socket.socket, request: bytes) -> None:
    """One byte now and then, for as long as it is listened to."""
    connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n{")
    for _ in range(300):
        connection.sendall(b" ")
        time.sleep(0.1)


def drips_headers(connection: socket.socket, request: bytes) -> None:
    """A header that does not end."""
    connection.sendall(HEAD + b"X-Long: ")
    for _ in range(300):
        connection.sendall(b"x")
        time.sleep(0.1)


def floods(connection: socket.socket, request: bytes) -> None:
    """Fifty megabytes."""
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % (50 * 1024 * 1024))
    piece = b'{"a":"' + b"x" * 65530
    for _ in range(800):
        connection.sendall(piece)


def goes(connection: socket.socket, request: bytes) -> None:
    """Goes away without a word."""


def breaks_off(connection: socket.socket, request: bytes) -> None:
    """Goes away in the middle."""
    connection.sendall(reply(b'{"data": [', b"Content-Type: application/json", length=500))


def packs_badly(connection: socket.socket, request: bytes) -> None:
    """Says gzip and sends something else."""
    connection.sendall(
        reply(gzip.compress(b"{}")[:-6] + b"junk!!", b"Content-Type: application/json", b"Content-Encoding: gzip")
    )


def lists_without_end(connection: socket.socket, request: bytes) -> None:
    """A page of always the same object, with always another page."""
    host = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"host:"))[5:].strip().decode()
    link = f"http://{host}/api/v1/labs/?page=2"
    body = (
        f'{{"links": {{"first": "{link}", "last": "{link}", "next": "{link}", "prev": null, '
        f'"meta": {{"page": 1, "pages": 9, "count": 90}}}}, "data": [{{"type": "labs", "id": "1"}}]}}'
    ).encode()
    connection.sendall(reply(body, b"Content-Type: application/vnd.api+json"))


@contextmanager
def speaking(speech: Speech) -> Iterator[str]:
    """Run the server; yields its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            threading.Thread(target=_one, args=(connection, speech, over), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        thread.join(2)
        listening.close()


def _one(connection: socket.socket, speech: Speech, over: threading.Event) -> None:
    with connection:
        connection.settimeout(35)
        try:
            while not over.is_set():
                request = b""
                while b"\r\n\r\n" not in request:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    request += piece
                speech(connection, request)
                if speech in {goes, breaks_off}:
                    return
        except OSError:
            return
