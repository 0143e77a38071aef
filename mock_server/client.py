"""The mock from a client's side: addresses, HTTP clients with credentials, and the control operations."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpx

#: Seconds to wait for a reply.
PATIENCE = 30.0


#: What names the hosts that are reached without a proxy; clients differ in which of the two they read.
_EXEMPTIONS = ("no_proxy", "NO_PROXY")

#: This machine, as addresses of the mock name it.
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Control:
    """The control operations, for one session. Raises AssertionError with the mock's message when one is refused."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def __call__(self, method: str, path: str, json: Any = None, /, **params: Any) -> Any:
        """Any operation of the control document: `control("PUT", "network", {"latency": 0.2})`."""
        reply = self._client.request(method, f"/_mock/{path}", json=json, params=params)
        if not reply.is_success:
            raise AssertionError(reply.json()["error"]["message"])
        return reply.json() if reply.content else None

    def reset(self) -> None:
        """Go back to the beginning."""
        self("POST", "reset")

    def scenario(self, name: str) -> None:
        """Start again in a scenario."""
        self("PUT", "scenario", {"name": name})

    def force(self, **reply: Any) -> None:
        """Force the reply to the next requests that match: `force(path="/v1/studies", status=503, times=2)`."""
        self("POST", "replies", reply)

    def prefer(self, preferences: str) -> None:
        """Give every later request a `Prefer` header."""
        self("PUT", "preferences", {"prefer": preferences})

    def network(self, **network: Any) -> None:
        """Slow replies down, let some fail: `network(latency=0.2, failure_rate=0.1, seed=1)`. Latency is in seconds."""
        self("PUT", "network", network)

    def requests(self, **match: Any) -> list[dict[str, Any]]:
        """The requests of this session that match, newest last: `requests(method="POST", status="4xx")`."""
        entries: list[dict[str, Any]] = self("GET", "requests", **match)["requests"]
        return entries

    def assert_requests(self, count: int, **match: Any) -> None:
        """Raise AssertionError unless exactly `count` requests match."""
        self("GET", "requests/count", exactly=count, **match)

    def snapshot(self, name: str) -> None:
        """Keep the present records under a name."""
        self("PUT", f"snapshots/{name}")

    def restore(self, name: str) -> None:
        """Go back to a snapshot."""
        self("POST", f"snapshots/{name}/restore")

    def advance(self, seconds: float) -> None:
        """Move the session's clock forward."""
        self("POST", "clock/advance", {"seconds": seconds})


class Understudy:
    """A running mock in one session.

    `root` is the server's address, `session` the name of the session (empty for the default one), `control` its control
    operations. The clients ignore the proxy settings of the environment: the mock runs on this machine.
    """

    def __init__(self, root: str, session: str = "") -> None:
        self.root = root
        self.session = session
        self._clients: list[httpx.Client] = []
        self.control = Control(self._open(""))
        self._served: dict[str, dict[str, Any]] | None = None

    def url(self, api: str | None = None) -> str:
        """The address of an API in this session, for code that cannot send a header. Raises LookupError.

        `api` may be left out when the mock serves only one.
        """
        session = f"/_session/{self.session}" if self.session else ""
        return f"{self.root}{session}{self._path(api)}"

    def client(self, api: str | None = None, role: str | None = None) -> httpx.Client:
        """An HTTP client of an API with the credential of a role. Raises LookupError for an unknown API or role.

        Without a role it is the API's first one; "" sends no credential. The client is closed with the mock.
        """
        served = self._find(api)
        tokens = {each["role"]: each["token"] for each in served["tokens"]}
        if role == "":
            return self._open(self._path(api))
        if role is None:
            token = served["tokens"][0]["token"]
        elif role in tokens:
            token = tokens[role]
        else:
            raise LookupError(
                f"There is no role {role!r} in {served['name']}. The roles are {', '.join(map(repr, tokens))}, "
                "and '' sends no credential."
            )
        return self._open(self._path(api), Authorization=f"{served['scheme']} {token}")

    def close(self) -> None:
        """Close all clients."""
        for client in self._clients:
            client.close()

    def _open(self, path: str, **headers: str) -> httpx.Client:
        session = {"X-Mock-Session": self.session} if self.session else {}
        client = httpx.Client(
            base_url=self.root + path, headers={**session, **headers}, timeout=PATIENCE, verify=_tls(), trust_env=False
        )
        self._clients.append(client)
        return client

    def _path(self, api: str | None) -> str:
        return str(self._find(api)["path"]).rstrip("/")

    def _find(self, api: str | None) -> dict[str, Any]:
        """What the mock says about an API that it serves."""
        if self._served is None:
            self._served = {each["name"]: each for each in self.control("GET", "apis")["apis"]}
        if api is None and len(self._served) == 1:
            return next(iter(self._served.values()))
        if api is None:
            raise LookupError(f"The mock serves several APIs; name one. The APIs are {', '.join(self._served)}.")
        if api not in self._served:
            raise LookupError(f"There is no API {api!r} here. The APIs are {', '.join(self._served)}.")
        return self._served[api]


@contextmanager
def without_proxies() -> Iterator[None]:
    """Exempt this machine from the proxies that the environment names, for all clients of this process, until the end.

    A proxy elsewhere cannot reach a mock on the loopback interface. What was exempted before stays so.
    """
    before = {name: os.environ.get(name) for name in _EXEMPTIONS}
    known = next(filter(None, before.values()), "")
    if known != "*":
        os.environ.update(dict.fromkeys(_EXEMPTIONS, ",".join([*filter(None, [known]), *_LOOPBACK])))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@cache
def _tls() -> ssl.SSLContext:
    """Clients share it: making one takes longer than most tests."""
    return ssl.create_default_context()
