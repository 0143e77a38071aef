"""A running mock in one session: its addresses, HTTP clients with credentials, and its control operations."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import Any

import httpx

from understudy.mock_server.client.control import Control

#: Seconds to wait for a reply.
PATIENCE = 30.0


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
        credentials = {each["role"]: each["credential"] for each in served["tokens"]}
        if role == "":
            return self._open(self._path(api))
        if role is None:
            credential = served["tokens"][0]["credential"]
        elif role in credentials:
            credential = credentials[role]
        else:
            raise LookupError(
                f"There is no role {role!r} in {served['name']}. The roles are {', '.join(map(repr, credentials))}, "
                "and '' sends no credential."
            )
        return self._open(self._path(api), credential)

    def close(self) -> None:
        """Close all clients."""
        for client in self._clients:
            client.close()

    def _open(self, path: str, credential: Mapping[str, str] = MappingProxyType({})) -> httpx.Client:
        place, sent = credential.get("in"), {credential.get("name", ""): credential.get("value", "")}
        session = {"X-Mock-Session": self.session} if self.session else {}
        client = httpx.Client(
            base_url=self.root + path,
            headers={**session, **(sent if place == "header" else {})},
            cookies=sent if place == "cookie" else None,
            auth=partial(_with_key, *next(iter(sent.items()))) if place == "query" else None,
            timeout=PATIENCE,
            verify=_tls(),
            trust_env=False,
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


def _with_key(name: str, value: str, request: httpx.Request) -> httpx.Request:
    """A request with a key in its query, unless it has one. (The parameters of a client would replace the query.)"""
    if name not in request.url.params:
        request.url = request.url.copy_add_param(name, value)
    return request


@cache
def _tls() -> ssl.SSLContext:
    """Clients share it: making one takes longer than most tests."""
    return ssl.create_default_context()
