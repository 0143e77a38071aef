"""Sends one request at a time, with limits on time and size that hold whatever the target does."""

from __future__ import annotations

import queue
import re
import ssl
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from understudy.conformance.evidence.body import BodyWriter
from understudy.conformance.evidence.errors import (
    ConnectionLostError,
    NoReplyError,
    TooSlowError,
    UnreachableError,
    UnsendableError,
    UsageError,
)
from understudy.conformance.evidence.exchange import Reply, Request
from understudy.conformance.http.target import Target

LARGEST = 32 * 1024 * 1024
_ERRNO = re.compile(r"\[Errno -?[0-9]+\] ")


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

    def __init__(self, target: Target) -> None:
        self._target = target
        self._verify = _tls(target)
        self._queue: queue.SimpleQueue[_PendingRequest | None] = queue.SimpleQueue()
        self._start()

    def send(self, request: Request) -> Reply:
        """The reply to a request; raises NoReplyError if it is not complete in time."""
        reply: queue.SimpleQueue[Reply | Exception] = queue.SimpleQueue()
        self._queue.put(_PendingRequest(request, time.monotonic() + self._target.timeout, reply))
        try:
            outcome = reply.get(timeout=self._target.timeout + 0.5)
        except queue.Empty:
            self.renew()
            raise TooSlowError(f"no complete reply within {self._target.timeout:g} s") from None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def renew(self) -> None:
        """Leave all connections behind, so that the next request opens its own."""
        self.close()
        self._queue = queue.SimpleQueue()
        self._start()

    def close(self) -> None:
        """Let the thread end as soon as it is idle."""
        self._queue.put(None)

    def _start(self) -> None:
        work = (self._connections(), self._queue)
        threading.Thread(target=self._work, args=work, name="understudy-transport", daemon=True).start()

    def _connections(self) -> httpx.HTTPTransport:
        """What sends a request as it is recorded, without what a client adds to it or does with a reply."""
        try:
            proxy = _proxy(self._target)
            return httpx.HTTPTransport(verify=self._verify, proxy=proxy and httpx.Proxy(proxy.address))
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise UnreachableError(_unusable_proxy(error)) from error

    def _work(
        self, connections: httpx.HTTPTransport, pending_requests: queue.SimpleQueue[_PendingRequest | None]
    ) -> None:
        with connections:
            while (pending := pending_requests.get()) is not None:
                try:
                    pending.reply.put(_exchange(connections, pending, self._target.timeout))
                except NoReplyError as error:
                    pending.reply.put(error)
                except (httpx.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError) as error:
                    pending.reply.put(UnsendableError(f"HTTP cannot carry this request: {error}"))
                except httpx.TimeoutException as error:
                    pending.reply.put(TooSlowError(_message(error, pending.request.url)))
                except (httpx.HTTPError, ValueError, OSError) as error:
                    pending.reply.put(NoReplyError(_message(error, pending.request.url) + _way(self._target)))
                except Exception as error:  # the thread must go on; the run reports the error
                    pending.reply.put(NoReplyError(f"{type(error).__name__}: {error}"))


def _exchange(connections: httpx.HTTPTransport, pending: _PendingRequest, patience: float) -> Reply:
    sent = pending.request
    started = time.monotonic()
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.headers]
    limits = {"timeout": httpx.Timeout(patience).as_dict()}
    request = httpx.Request(sent.method, sent.url, headers=headers, content=sent.body, extensions=limits)
    with BodyWriter() as written, ExitStack() as stack:
        try:
            response = connections.handle_request(request)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
            raise ConnectionLostError(_message(error, sent.url)) from error
        stack.callback(response.close)
        for piece in response.iter_bytes():
            if written.size + len(piece) > LARGEST:
                raise NoReplyError(f"the reply is larger than {LARGEST // 1024 // 1024} MB")
            if time.monotonic() > pending.deadline:
                raise TooSlowError(f"no complete reply within {patience:g} s")
            written.write(piece)
        words = response.headers.encoding
        received = tuple((name.decode(words).lower(), value.decode(words)) for name, value in response.headers.raw)
        return Reply(response.status_code, received, written.body(), time.monotonic() - started)


def as_sent(url: str) -> str:
    """An absolute address as it goes over the wire: percent-encoded, without a fragment and without `.` and `..`.

    What HTTP cannot carry stays as it is, so that sending it is refused.
    """
    scheme, _, rest = url.partition("://")
    host, slash, place = rest.partition("/")
    try:
        path = str(httpx.URL(f"http://h{slash}{place.replace('#', '%23')}")).removeprefix("http://h")
    except httpx.InvalidURL:
        return url
    return f"{scheme}://{host}{path}"


class _Proxy(NamedTuple):
    name: str
    address: str


def _proxy(target: Target) -> _Proxy | None:
    """The proxy on the way to a target that the environment names; none for one on this machine."""
    parts = urlsplit(target.url)
    found = next(((name, address) for name in (parts.scheme, "all") if (address := getproxies().get(name))), None)
    # A name in NO_PROXY may have a port.
    host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""
    if target.local or found is None or proxy_bypass(host):
        return None
    name, address = found
    return _Proxy(f"{name.upper()}_PROXY", address if "://" in address else f"http://{address}")


def _way(target: Target) -> str:
    """Which proxy is on the way to a target, for a message; empty if there is none."""
    proxy = _proxy(target)
    return f" (through the proxy that the environment names, {proxy.name})" if proxy else ""


def _unusable_proxy(error: Exception) -> str:
    """One sentence about a proxy of the environment; its address may hold a password, so it is not shown."""
    names = ", ".join(f"{name.upper()}_PROXY" for name in sorted(getproxies()) if name != "no")
    reason = "a package for SOCKS is missing" if isinstance(error, ImportError) else "its address cannot be used"
    return f"unreachable: the proxy that the environment names ({names}) is not usable: {reason}"


def _tls(target: Target) -> ssl.SSLContext | bool:
    if target.insecure:
        return False
    if target.ca is None:
        # Loading the system's certificates takes longer than most requests, and plain HTTP does not need them.
        return target.url.lower().startswith("https:")
    try:
        return ssl.create_default_context(cafile=target.ca)
    except (OSError, ssl.SSLError) as error:
        # An error of OpenSSL names a place in its source, not what is wrong with the file.
        reason = "it contains no certificates in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
        raise UsageError(f"the certificates in {target.ca} cannot be used: {reason}") from error


def _message(error: Exception, url: str) -> str:
    # Without the number of the system's error, which says less than the words after it.
    text = " ".join(_ERRNO.sub("", str(error)).split()) or type(error).__name__
    match error:
        case httpx.TimeoutException():
            return f"the target took too long ({type(error).__name__})"
        case httpx.ConnectError():
            return f"no connection to {urlsplit(url).netloc}: {text}"
        case httpx.RemoteProtocolError() | httpx.ReadError():
            return f"the connection broke: {text}"
        case httpx.DecodingError():
            return f"the reply cannot be decoded: {text}"
        case _:
            return text
