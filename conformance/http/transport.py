"""Sends one request at a time, with limits on time and size that hold whatever the target does."""

from __future__ import annotations

import http.cookiejar
import queue
import re
import ssl
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
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
        work = (self._client(), self._queue)
        threading.Thread(target=self._work, args=work, name="understudy-transport", daemon=True).start()

    def _client(self) -> httpx.Client:
        """A client that sends what a request says and nothing else: no redirects, no cookies of earlier replies."""
        try:
            client = httpx.Client(
                verify=self._verify,
                timeout=self._target.timeout,
                follow_redirects=False,
                cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
                # With a transport of its own, a client leaves the environment's proxies aside.
                transport=httpx.HTTPTransport(verify=self._verify) if self._target.local else None,
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise UnreachableError(_unusable_proxy(error)) from error
        # The default headers of httpx (Accept-Encoding, User-Agent …) would differ from what is recorded.
        client.headers.clear()
        return client

    def _work(self, client: httpx.Client, pending_requests: queue.SimpleQueue[_PendingRequest | None]) -> None:
        with client:
            while (pending := pending_requests.get()) is not None:
                try:
                    pending.reply.put(_exchange(client, pending))
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


def _exchange(client: httpx.Client, pending: _PendingRequest) -> Reply:
    sent = pending.request
    started = time.monotonic()
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.headers]
    with BodyWriter() as written, ExitStack() as stack:
        try:
            response = stack.enter_context(client.stream(sent.method, sent.url, headers=headers, content=sent.body))
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
            raise ConnectionLostError(_message(error, sent.url)) from error
        for piece in response.iter_bytes():
            if written.size + len(piece) > LARGEST:
                raise NoReplyError(f"the reply is larger than {LARGEST // 1024 // 1024} MB")
            if time.monotonic() > pending.deadline:
                raise TooSlowError(f"no complete reply within {client.timeout.read:g} s")
            written.write(piece)
        received = tuple((name.lower(), value) for name, value in response.headers.multi_items())
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


def _way(target: Target) -> str:
    """Which proxy is on the way to a target, for a message; empty if there is none."""
    scheme = urlsplit(target.url).scheme
    named = [name for name in (scheme, "all") if getproxies().get(name)]
    if target.local or not named or proxy_bypass(urlsplit(target.url).hostname or ""):
        return ""
    return f" (through the proxy that the environment names, {named[0].upper()}_PROXY)"


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
