"""Callers and their authentication: credentials under the schemes of the contract, compared with the callers of the seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from understudy.mock_server.http.errors import Header, UnauthenticatedError
from understudy.specs import Contract, Operation

#: How many header values are remembered; a client always sends the same one.
MEMO = 1024


@dataclass(frozen=True, slots=True)
class Caller:
    """A role and the values that the seed gives it (organisation, user id, rights)."""

    role: str
    values: Mapping[str, Any]


#: The caller if no credential is required, and in control operations, which see the records of all owners.
NOBODY = Caller("nobody", {})


class Security:
    """Authenticates the callers of one contract."""

    def __init__(self, contract: Contract) -> None:
        accepted = [scheme for schemes in contract.schemes.values() for scheme in schemes] or ["Bearer"]
        self._schemes = frozenset(scheme.lower() for scheme in accepted)
        self._challenge = accepted[0].capitalize()
        self._remedy = f'Send the header "Authorization: {accepted[0]} TOKEN".'
        self._callers = {raw["token"]: Caller(raw["role"], raw.get("values", {})) for raw in contract.seed["callers"]}
        self._memo: dict[bytes, Caller] = {}

    def admit(self, operation: Operation, headers: Mapping[bytes, bytes], query: bytes) -> Caller:
        """The caller of a request to an operation. Raises UnauthenticatedError."""
        return self.caller(headers)

    def caller(self, headers: Mapping[bytes, bytes]) -> Caller:
        """The caller whose credential the Authorization header holds. Raises UnauthenticatedError."""
        value = headers.get(b"authorization")
        if value is None:
            raise UnauthenticatedError(self._remedy, headers=[self._header()], reason=_MISSING)
        known = self._memo.get(value)
        return known if known is not None else self._recognise(value)

    def _recognise(self, value: bytes) -> Caller:
        scheme, _, token = value.decode("latin-1").strip().partition(" ")
        if scheme.lower() not in self._schemes or not token.strip():
            raise UnauthenticatedError(self._remedy, headers=[self._header()], reason=_MISSING)
        caller = self._callers.get(token.strip())
        if caller is None:
            raise UnauthenticatedError("The token is not valid.", headers=[self._header(invalid=True)])
        if len(self._memo) < MEMO:
            self._memo[value] = caller
        return caller

    def _header(self, invalid: bool = False) -> Header:
        value = f'{self._challenge} error="invalid_token"' if invalid and self._is_bearer else self._challenge
        return b"www-authenticate", value.encode()

    @property
    def _is_bearer(self) -> bool:
        return self._challenge == "Bearer"


#: Lets an error shape distinguish a missing credential from a wrong one.
_MISSING: dict[str, Any] = {"missing_credential": True}
