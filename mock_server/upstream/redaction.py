"""Exchanges without credentials, in the form of a forced reply (`POST /_mock/replies`): what was asked, what came back.

The journal shows what it holds to whoever runs the mock; recordings are committed and shared. Here more names count
as those of secrets, and what a request sends as its credential is replaced wherever it occurs again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote

import orjson

from understudy.mock_server.http.bodies import FORM, MULTIPART, InexactError, check_exact
from understudy.mock_server.http.errors import BadRequestError, Header
from understudy.mock_server.http.forms import multipart, urlencoded
from understudy.mock_server.http.media_types import bare, is_json
from understudy.mock_server.http.parameters import cookies_of
from understudy.mock_server.sessions.redaction import REDACTED, is_too_deep, redacted_body
from understudy.mock_server.upstream.checks import SentRequest
from understudy.mock_server.upstream.targets import Target
from understudy.specs import Contract

#: What stands in a recording for the address of the API.
BASE = "{base}"

#: Values shorter than this are too common to be looked for in texts.
SHORT = 4

_NAMES = re.compile(
    r"authori[sz]ation|^auth$|auth[-_]?(?:key|code|token)|cookie|credentials?$|pass(?:word|wd|phrase|code)|^pwd$|secret"
    r"|token|(?:api|access|private|signing|client)[-_]?key|session[-_]?(?:id|key)|signature|csrf|xsrf|jwt|^otp$|^pin$",
    re.IGNORECASE,
)
#: Texts that are credentials by their form: signed tokens, bearer tokens, keys of known services, private keys.
_FORMS = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|(?<=Bearer )[\w.~+/=-]{16,}"
    r"|\b(?:sk|pk|rk)_(?:live|test)_\w+|\bgh[pousr]_\w{20,}|\bxox[a-z]-[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
#: A parameter of an address within a text.
_PARAMETER = re.compile(r"(?<=[?&;])([^=&;?#\s]++)=([^&;#\s\"'<>]*+)")

#: Fields of a reply that belong to one exchange, to its connection, or to a credential.
_LEFT_OUT = frozenset(
    [b"age", b"authentication-info", b"content-encoding", b"content-length", b"date", b"server", b"set-cookie", b"via"]
)


class Unkept(Exception):
    """An exchange cannot be kept; the message says why."""


class Redactor:
    """Writes the exchanges of one contract without credentials."""

    def __init__(self, contract: Contract, address: str = "") -> None:
        self._keys = contract.keys
        #: The address of the API at the real server; where it occurs, the mock's own is put when it is answered.
        self._address = re.compile(rf"{re.escape(address)}(?![\w-]|[.:@]\w)") if address else None

    def asked(self, target: Target, method: str, sent: SentRequest) -> dict[str, Any]:
        """What was asked. Two requests that differ in their credentials alone ask the same."""
        secrets = self._credentials(sent)
        values = tuple(
            REDACTED if self._is_secret(name) else self._text(value, secrets)
            for name, value in zip(target.names, target.values, strict=True)
        )
        asked = {"operation": target.operation.id, "method": method, "path": target.path_with(values)}
        query = self._members(parse_qsl(sent.query.decode("latin-1"), keep_blank_values=True), secrets)
        body = self._sent_body(sent, secrets)
        return {**asked, **({"query": query} if query else {}), **({"request_body": body} if sent.body else {})}

    def answered(self, sent: SentRequest, status: int, headers: Sequence[Header], body: bytes) -> dict[str, Any]:
        """What came back. Raises Unkept for what is not text."""
        secrets = self._credentials(sent)
        kept = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in headers
            if name not in _LEFT_OUT
            and not name.startswith(b"access-control-")
            and not self._is_secret(name.decode("latin-1"))
        ]
        answered = {"status": status, "headers": self._members(kept, secrets)}
        if not body:
            return answered
        media_type = next((value for name, value in kept if name == "content-type"), "")
        return {**answered, "body": self._received_body(body, media_type, secrets)}

    def has_credential(self, sent: SentRequest) -> bool:
        """Whether a request has a credential, right or wrong, at one of the places where the contract may want it."""
        fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in sent.headers.items()]
        query = parse_qsl(sent.query.decode("latin-1"), keep_blank_values=True)
        places = {"authorization", "cookie", *self._keys}
        return any(value.strip() and name.lower() in places for name, value in [*fields, *query])

    def _sent_body(self, sent: SentRequest, secrets: Iterable[str]) -> Any:
        content_type = sent.headers.get(b"content-type", b"application/json").decode("latin-1")
        media_type = bare(content_type)
        try:
            if media_type in {FORM, MULTIPART}:
                fields = urlencoded(sent.body) if media_type == FORM else multipart(sent.body, content_type)
                return self._members(fields, secrets)
            return self._received_body(sent.body, content_type, secrets)
        except (BadRequestError, Unkept):
            return f"sha256:{hashlib.sha256(sent.body).hexdigest()}"

    def _received_body(self, body: bytes, media_type: str, secrets: Iterable[str]) -> Any:
        try:
            body.decode()
        except UnicodeDecodeError:
            raise Unkept("its body is not text") from None
        if is_json(bare(media_type)):
            try:
                value = orjson.loads(body)
                if is_too_deep(value):
                    raise Unkept("its body is nested too deeply")
                check_exact(body)
                return self._value(value, secrets)
            except orjson.JSONDecodeError:
                pass
            except InexactError:
                raise Unkept("its body has an integer of more than 64 bits, which would not be kept exactly") from None
        return self._text(str(redacted_body(body, media_type, complete=False)), secrets)

    def _value(self, node: Any, secrets: Iterable[str], secret: bool = False) -> Any:
        """A JSON value of the same form without secrets."""
        if isinstance(node, dict):
            return {
                self._text(name, secrets): self._value(part, secrets, secret or self._is_secret(name))
                for name, part in node.items()
            }
        if isinstance(node, list):
            return [self._value(part, secrets, secret) for part in node]
        if isinstance(node, str):
            return REDACTED if secret else self._text(node, secrets)
        # A boolean only says whether there is a secret; a number may be one.
        return 0 if secret and isinstance(node, int | float) and not isinstance(node, bool) else node

    def _members(self, pairs: Iterable[tuple[str, str]], secrets: Iterable[str]) -> dict[str, str]:
        out: dict[str, str] = {}
        for name, value in pairs:
            shown = REDACTED if self._is_secret(name) else self._text(value, secrets)
            out[name] = f"{out[name]}, {shown}" if name in out else shown
        return out

    def _text(self, text: str, secrets: Iterable[str]) -> str:
        for secret in secrets:
            text = text.replace(secret, REDACTED)
        text = _FORMS.sub(REDACTED, text)
        if self._address is not None:
            text = self._address.sub(BASE, text)
        if "=" not in text:
            return text
        return _PARAMETER.sub(lambda each: f"{each[1]}={REDACTED if self._is_secret(each[1]) else each[2]}", text)

    def _is_secret(self, name: str) -> bool:
        name = unquote(name)
        return name.lower() in self._keys or _NAMES.search(name) is not None

    def _credentials(self, sent: SentRequest) -> list[str]:
        """What a request sends as its credential, in every form in which it may come back, the longest first."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent.headers.items()}
        found = {value for name, value in headers.items() if name != "cookie" and self._is_secret(name)}
        found |= {value.partition(" ")[2].strip() for value in found}
        found |= {part for value in found for part in _basic(value)}
        found |= set(cookies_of(sent.headers).values())
        query = parse_qsl(sent.query.decode("latin-1"), keep_blank_values=True)
        found |= {value for name, value in query if self._is_secret(name)}
        found |= {written for value in found for written in (quote(value, safe=""), quote_plus(value))}
        return sorted((each for each in found if len(each) >= SHORT), key=len, reverse=True)


def key_of(asked: Mapping[str, Any]) -> bytes:
    """What makes two requests the same: method, operation, path, query and body."""
    names = ("operation", "method", "path", "query", "request_body")
    return orjson.dumps({name: asked[name] for name in names if name in asked}, option=orjson.OPT_SORT_KEYS)


def _basic(credential: str) -> tuple[str, ...]:
    """The user and the password of a basic credential; nothing of another one."""
    try:
        user, colon, password = base64.b64decode(credential, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ()
    return (f"{user}:{password}", password) if colon else ()
