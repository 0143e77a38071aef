"""The address of a real server: what may be named, and where its replies lead."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from understudy.mock_server.http.hosts import is_loopback

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class UpstreamAddress:
    """An address without the path of the contract's first server and without a final slash."""

    url: str

    @classmethod
    def of(cls, text: str) -> UpstreamAddress:
        """The address that a user names. Raises ValueError for one that cannot be used."""
        try:
            parts = urlsplit(text)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise ValueError(f"--upstream: the address is not valid: {error}") from None
        if parts.scheme not in _PORTS or not host or not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError("--upstream takes an address such as http://localhost:3000 or https://staging.example.com")
        if parts.username is not None or parts.password is not None:
            raise ValueError("--upstream takes an address without a credential; clients send theirs with each request")
        if parts.query or parts.fragment:
            raise ValueError("--upstream takes an address without a query and without a fragment")
        return cls(parts.geturl().rstrip("/"))

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine."""
        return is_loopback(urlsplit(self.url).hostname or "")

    @property
    def sends_openly(self) -> bool:
        """Whether what is sent can be read on its way over a network."""
        return urlsplit(self.url).scheme == "http" and not self.is_loopback

    def below(self, prefix: str) -> str:
        """The address of an API whose operations have this path before theirs, whether or not the user named it, too."""
        return f"{self.url.removesuffix(prefix)}{prefix}" if prefix else self.url

    def led(self, location: str, requested: str, prefix: str, base: str) -> str:
        """Where a `Location` leads for a client: `base` stands for the API, if it is on this server, else unchanged.

        `requested` is the address of the request, to which a location may be relative.
        """
        try:
            aim = urljoin(requested, location)
            parts, own = urlsplit(aim), urlsplit(self.below(prefix).removesuffix(prefix))
            if _origin(parts) != _origin(own):
                return location
        except ValueError:
            return location
        path = parts._replace(scheme="", netloc="").geturl()
        if path != own.path and not path.startswith((f"{own.path}/", f"{own.path}?", f"{own.path}#")):
            return location
        return base.removesuffix(prefix) + path[len(own.path) :]


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
