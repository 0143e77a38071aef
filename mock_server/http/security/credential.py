"""A token as a client sends it: in a header, in a cookie or as a parameter of the query."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Literal

from understudy.specs import Contract
from understudy.specs.contract import SecurityScheme


@dataclass(frozen=True, slots=True)
class Credential:
    """Where a token stands in a request, under which name, and what is written there."""

    place: Literal["header", "query", "cookie"]
    name: str
    value: str

    @classmethod
    def of(cls, contract: Contract, token: str) -> Credential:
        """A token under the first security scheme of a contract."""
        return cls.under(next(iter(contract.security.values()), SecurityScheme("bearer")), token)

    @classmethod
    def under(cls, scheme: SecurityScheme, token: str) -> Credential:
        """A token under a security scheme."""
        if scheme.kind == "apiKey":
            return cls(scheme.place, scheme.parameter, token)
        if scheme.kind == "basic":
            return cls("header", "Authorization", f"Basic {b64encode(f'user:{token}'.encode()).decode()}")
        return cls("header", "Authorization", f"{scheme.words[0]} {token}")
