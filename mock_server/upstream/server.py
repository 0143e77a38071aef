"""The real server behind the mock: one client for it, with limits, and the errors of a server that does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING

from understudy.mock_server.http.errors import ApiError, Header
from understudy.mock_server.http.responses import is_field
from understudy.mock_server.upstream.address import UpstreamAddress
from understudy.mock_server.upstream.recordings import Recorder

if TYPE_CHECKING:
    import httpx

#: Fields that concern one connection alone (RFC 9110, 7.6.1), besides those that `Connection` names.
HOP_BY_HOP = frozenset(
    [
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    ]
)
#: What the connection to the real server has of its own, what speaks of the address of the mock, and what is the mock's.
_OWN = frozenset(
    [
        b"accept-encoding",
        b"content-length",
        b"expect",
        b"forwarded",
        b"host",
        b"via",
        b"x-mock-session",
    ]
)
_FORWARDED = b"x-forwarded-"


class BadGatewayError(ApiError):
    """The real server cannot be reached, or what it sends cannot be passed on."""

    status = 502


class GatewayTimeoutError(ApiError):
    """The real server does not answer in time."""

    status = 504


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds until a connection is made, until the next piece of a reply and until a whole reply; bytes of a reply."""

    connect: float = 5.0
    idle: float = 30.0
    whole: float = 60.0
    size: int = 32 * 1024 * 1024


class Upstream:
    """A real server, and what of it is used.

    `passed` are the operations that are sent on, all if there are none; `recorder` keeps their exchanges. With
    `falls_back` the mock answers what the server does not have yet. Raises ValueError for an address that cannot be used.
    """

    def __init__(
        self,
        url: str,
        passed: Sequence[str] = (),
        *,
        recorder: Recorder | None = None,
        falls_back: bool = True,
        limits: Limits | None = None,
    ) -> None:
        self.address = UpstreamAddress.of(url)
        self.passed = tuple(dict.fromkeys(passed))
        self.recorder = recorder
        self.falls_back = falls_back
        self.limits = limits or Limits()
        #: How this mock is known to itself (RFC 9110, 7.6.3): a request that comes back has gone in a circle.
        self._pseudonym = f"understudy-{token_hex(8)}".encode()
        self._client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def exchange(
        self, method: str, url: str, headers: Sequence[Header], body: bytes
    ) -> AsyncIterator[httpx.Response]:
        """Send a request and give its reply, whose body is still to be read. Raises BadGatewayError and GatewayTimeoutError.

        What goes wrong while the body is read is raised in the same way.
        """
        import httpx  # imported late: most servers have none behind them

        if any(self._pseudonym in value for name, value in headers if name == b"via"):
            raise BadGatewayError("The upstream of the mock leads back to the mock itself.")
        client = self._client = self._client or self._made()
        try:
            request = httpx.Request(method, url, headers=self._sent(headers), content=body or None)
            async with asyncio.timeout(self.limits.whole):
                reply = await client.send(request, stream=True)
            try:
                _check_head(reply)
                yield reply
            finally:
                await reply.aclose()
        except httpx.ConnectTimeout:
            raise BadGatewayError(f"The upstream {self.address.url} cannot be reached in time.") from None
        except (httpx.TimeoutException, TimeoutError):
            raise GatewayTimeoutError(f"The upstream {self.address.url} does not answer in time.") from None
        except httpx.DecodingError:
            raise BadGatewayError("The body of the upstream's reply is not encoded as its headers say.") from None
        except (httpx.TransportError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            failure = "cannot be reached" if isinstance(error, httpx.ConnectError) else "did not answer as it should"
            raise BadGatewayError(f"The upstream {self.address.url} {failure}: {reason}.") from None

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _sent(self, headers: Iterable[Header]) -> list[Header]:
        passed = [each for each in end_to_end(headers) if each[0] not in _OWN and not each[0].startswith(_FORWARDED)]
        host = self.address.url.partition("://")[2].partition("/")[0].encode()
        via = b", ".join([*(value for name, value in headers if name == b"via"), b"1.1 " + self._pseudonym])
        return [(b"host", host), *passed, (b"accept-encoding", b"gzip, deflate"), (b"via", via)]

    def _made(self) -> httpx.AsyncClient:
        """A client that follows no redirects, which could lead anywhere, and checks certificates."""
        import httpx

        return httpx.AsyncClient(
            timeout=httpx.Timeout(self.limits.idle, connect=self.limits.connect),
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
            follow_redirects=False,
            # Also where proxies of the environment are left aside, its certificates count (SSL_CERT_FILE).
            verify=httpx.create_ssl_context(),
            trust_env=not self.address.is_loopback,
        )


def _check_head(reply: httpx.Response) -> None:
    """Raises BadGatewayError for a status or a field that cannot be sent."""
    if not 200 <= reply.status_code <= 599:
        raise BadGatewayError(f"The upstream's reply has the status {reply.status_code}, which HTTP does not have.")
    if not all(is_field(*each) for each in reply.headers.raw):
        raise BadGatewayError("The upstream's reply has a header that is not valid in HTTP.")


def end_to_end(headers: Iterable[Header]) -> list[Header]:
    """The fields of a message, in lower case, that concern more than one connection."""
    lower = [(name.lower(), value) for name, value in headers]
    listed = {token.strip().lower() for name, value in lower if name == b"connection" for token in value.split(b",")}
    return [each for each in lower if each[0] not in HOP_BY_HOP and each[0] not in listed]
