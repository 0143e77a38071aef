"""Bytes out, bytes in: one exchange at a time, bounded in time and size whatever the other side does."""

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
class _Errand:
    request: Request
    until: float
    done: queue.SimpleQueue[Reply | Exception]


class Transport:
    """Sends from a thread of its own, so that a target that drips one byte a second cannot hold the run.

    httpx bounds each read, not the whole; a thread that is late is left behind with its connections, and a new one
    takes over.
    """

    def __init__(self, target: Target, timeout: float | None = None) -> None:
        self.timeout = timeout or target.timeout
        self._target = target
        self._verify = _tls(target)
        self._errands: queue.SimpleQueue[_Errand | None] = queue.SimpleQueue()
        self._start()

    def send(self, request: Request) -> Reply:
        """The reply to a request; raises NoReplyError when there is none within the time."""
        done: queue.SimpleQueue[Reply | Exception] = queue.SimpleQueue()
        self._errands.put(_Errand(request, time.monotonic() + self.timeout, done))
        try:
            outcome = done.get(timeout=self.timeout + 0.5)
        except queue.Empty:
            self.close()
            self._errands = queue.SimpleQueue()
            self._start()
            raise NoReplyError(f"no complete reply within {self.timeout:g} s") from None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def close(self) -> None:
        """Let the thread end once it is free."""
        self._errands.put(None)

    def _start(self) -> None:
        threading.Thread(target=self._work, args=(self._errands,), name="understudy-wire", daemon=True).start()

    def _work(self, errands: queue.SimpleQueue[_Errand | None]) -> None:
        with httpx.Client(verify=self._verify, timeout=self.timeout, follow_redirects=False) as client:
            # The defaults of httpx (Accept-Encoding, User-Agent …) would differ from what is recorded.
            client.headers.clear()
            while (errand := errands.get()) is not None:
                try:
                    errand.done.put(_exchange(client, errand))
                except NoReplyError as error:
                    errand.done.put(error)
                except (httpx.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError) as error:
                    errand.done.put(UnsendableError(f"HTTP has no way to say this: {error}"))
                except (httpx.HTTPError, ValueError, OSError) as error:
                    errand.done.put(NoReplyError(_told(error)))
                except Exception as error:  # the thread has to live on; the run tells what happened
                    errand.done.put(NoReplyError(f"{type(error).__name__}: {error}"))


def _exchange(client: httpx.Client, errand: _Errand) -> Reply:
    sent = errand.request
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
            if time.monotonic() > errand.until:
                raise NoReplyError(f"no complete reply within {client.timeout.read:g} s")
        received = tuple((name.lower(), value) for name, value in response.headers.multi_items())
    return Reply(response.status_code, received, b"".join(pieces), time.monotonic() - started)


def _tls(target: Target) -> ssl.SSLContext | bool:
    if target.insecure:
        return False
    if target.ca is None:
        # Reading the system's certificates takes longer than most requests, and plain HTTP has no use for them.
        return target.url.lower().startswith("https:")
    try:
        return ssl.create_default_context(cafile=target.ca)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"the certificates in {target.ca} cannot be used: {error}") from error


def _told(error: Exception) -> str:
    told = " ".join(str(error).split()) or type(error).__name__
    match error:
        case httpx.TimeoutException():
            return f"the target took too long ({type(error).__name__})"
        case httpx.ConnectError():
            return f"no connection: {told}"
        case httpx.RemoteProtocolError() | httpx.ReadError():
            return f"the connection broke: {told}"
        case httpx.DecodingError():
            return f"the reply cannot be decoded: {told}"
        case _:
            return told
