"""Credentials as a contract's security schemes ask for them: API keys, basic, and all that stands behind a word."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import parse_qs

from understudy.mock_server.http.errors import UnauthenticatedError
from understudy.mock_server.http.parameters import cookies_of
from understudy.mock_server.http.security.tokens import Caller
from understudy.specs import Contract, Operation
from understudy.specs.contract import SecurityScheme


class SecuritySchemes:
    """Admits the requests of one contract: to any credential of the right form, or to its callers' tokens alone."""

    def __init__(self, contract: Contract) -> None:
        self._schemes = contract.security
        self._any = contract.any_token
        self._callers = {raw["token"]: Caller(raw["role"], raw.get("values", {})) for raw in contract.seed["callers"]}
        self._default = next(iter(self._callers.values()))

    def admit(self, operation: Operation, headers: Mapping[bytes, bytes], query: bytes) -> Caller:
        """The caller of a request that meets one of the alternatives. Raises UnauthenticatedError."""
        wrong = False
        for requirement in operation.requirements:
            found = [self._credential(name, headers, query) for name in requirement]
            if all(found):
                tokens = [each for each in found if each and each is not _UNKNOWN_SCHEME]
                if self._any or not tokens or all(token in self._callers for token in tokens):
                    return self._callers.get(tokens[0], self._default) if tokens else self._default
                wrong = True
        raise self._refusal(operation, wrong)

    def _credential(self, name: str, headers: Mapping[bytes, bytes], query: bytes) -> str:
        """The credential of a scheme, empty when it was not sent."""
        scheme = self._schemes.get(name)
        if scheme is None or scheme.kind == "mutualTLS":
            return _UNKNOWN_SCHEME  # not declared, or not to be seen here: nothing is asked for
        if scheme.kind == "apiKey":
            return _api_key(scheme, headers, query)
        word, _, credential = headers.get(b"authorization", b"").decode("latin-1").strip().partition(" ")
        credential = credential.strip()
        if word.lower() not in {each.lower() for each in scheme.words}:
            return ""
        return _password(credential, self._callers) if scheme.kind == "basic" else credential

    def _refusal(self, operation: Operation, wrong: bool) -> UnauthenticatedError:
        schemes = [self._schemes[name] for name in operation.security if name in self._schemes]
        first = schemes[0] if schemes else SecurityScheme("bearer")
        challenge = "ApiKey" if first.kind == "apiKey" else first.words[0].capitalize() if first.words else "Bearer"
        if challenge == "Basic":
            challenge = 'Basic realm="mock"'
        message = "The credential is not valid." if wrong else f"Send {_described(first)}."
        reason = {} if wrong else {"missing_credential": True}
        return UnauthenticatedError(message, headers=[(b"www-authenticate", challenge.encode())], reason=reason)


_UNKNOWN_SCHEME = "-"


def _api_key(scheme: SecurityScheme, headers: Mapping[bytes, bytes], query: bytes) -> str:
    if scheme.place == "query":
        return parse_qs(query.decode("latin-1")).get(scheme.parameter, [""])[-1]
    if scheme.place == "cookie":
        return cookies_of(headers).get(scheme.parameter, "")
    return headers.get(scheme.parameter.lower().encode(), b"").decode("latin-1").strip()


def _password(credential: str, callers: Mapping[str, Caller]) -> str:
    """What of a basic credential counts: the whole of it if that is known, else the password, else the user."""
    try:
        text = base64.b64decode(credential, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    user, colon, password = text.partition(":")
    if not colon:
        return ""
    return next((each for each in (text, password, user) if each in callers), password or user)


def _described(scheme: SecurityScheme) -> str:
    if scheme.kind == "apiKey":
        what = {"header": "header", "query": "query parameter", "cookie": "cookie"}[scheme.place]
        return f"the {what} {scheme.parameter} with an API key"
    if scheme.kind == "basic":
        return 'the header "Authorization: Basic CREDENTIALS", CREDENTIALS being USER:PASSWORD in Base64'
    return f'the header "Authorization: {scheme.words[0] if scheme.words else "Bearer"} TOKEN"'
