"""Sends one request at a time, with limits on time and size that hold whatever the target does."""

from __future__ import annotations

import queue
import ssl
import threading
import time
from dataclasses import dataclass

import httpx

from understudy.conformance.evidence.errors import NoReplyError, UnsendableError, UsageError
from understudy.conformance.evidence.exchange import Reply, Request
from understudy.conformance.http.target import Target

LARGEST = 32 * 1024 * 1024


@dataclass(slots=True)
class _PendingRequest:
    request: Request
    deadline: float
    reply: queue.SimpleQueue[Reply | Exception]


class Transport:
    """Sends from a separate thread, so that a target that sends one byte per second cannot hold up the run.

    httpx limits the time of each read, not of the whole reply; a thread that is late is abandoned with its connections,
    and a new one takes over.
    """

    def __init__(self, target: Target, timeout: float | None = None) -> None:
        self.timeout = timeout or target.timeout
        self._target = target
        self._verify = _tls(target)
        self._queue: queue.SimpleQueue[_PendingRequest | None] = queue.SimpleQueue()
        self._start()

    def send(self, request: Request) -> Reply:
        """The reply to a request; raises NoReplyError if it is not complete in time."""
        reply: queue.SimpleQueue[Reply | Exception] = queue.SimpleQueue()
        self._queue.put(_PendingRequest(request, time.monotonic() + self.timeout, reply))
        try:
            outcome = reply.get(timeout=self.timeout + 0.5)
        except queue.Empty:
            self.close()
            self._queue = queue.SimpleQueue()
            self._start()
            raise NoReplyError(f"no complete reply within {self.timeout:g} s") from None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def close(self) -> None:
        """Let the thread end as soon as it is idle."""
        self._queue.put(None)

    def _start(self) -> None:
        threading.Thread(target=self._work, args=(self._queue,), name="understudy-wire", daemon=True).start()

    def _work(self, pending_requests: queue.SimpleQueue[_PendingRequest | None]) -> None:
        with httpx.Client(verify=self._verify, timeout=self.timeout, follow_redirects=False) as client:
            # The default headers of httpx (Accept-Encoding, User-Agent …) would differ from what is recorded.
            client.headers.clear()
            while (pending := pending_requests.get()) is not None:
                try:
                    pending.reply.put(_exchange(client, pending))
                except NoReplyError as error:
                    pending.reply.put(error)
                except (httpx.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError) as error:
                    pending.reply.put(UnsendableError(f"HTTP cannot carry this request: {error}"))
                except (httpx.HTTPError, ValueError, OSError) as error:
                    pending.reply.put(NoReplyError(_message(error)))
                except Exception as error:  # the thread must go on; the run reports the error
                    pending.reply.put(NoReplyError(f"{type(error).__name__}: {error}"))


def _exchange(client: httpx.Client, pending: _PendingRequest) -> Reply:
    sent = pending.request
    started = time.monotonic()
    pieces: list[bytes] = []
    size = 0
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.headers]
    with client.stream(sent.method, sent.url, headers=headers, content=sent.body) as response:
        for piece in response.iter_bytes():
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST:
                raise NoReplyError(f"the reply is larger than {LARGEST // 1024 // 1024} MB")
            if time.monotonic() > pending.deadline:
                raise NoReplyError(f"no complete reply within {client.timeout.read:g} s")
        received = tuple((name.lower(), value) for name, value in response.headers.multi_items())
    return Reply(response.status_code, received, b"".join(pieces), time.monotonic() - started)


def _tls(target: Target) -> ssl.SSLContext | bool:
    if target.insecure:
        return False
    if target.ca is None:
        # Loading the system's certificates takes longer than most requests, and plain HTTP does not need them.
        return target.url.lower().startswith("https:")
    try:
        return ssl.create_default_context(cafile=target.ca)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"the certificates in {target.ca} cannot be used: {error}") from error


def _message(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    match error:
        case httpx.TimeoutException():
            return f"the target took too long ({type(error).__name__})"
        case httpx.ConnectError():
            return f"no connection: {text}"
        case httpx.RemoteProtocolError() | httpx.ReadError():
            return f"the connection broke: {text}"
        case httpx.DecodingError():
            return f"the reply cannot be decoded: {text}"
        case _:
            return text
