"""Obtains a credential where a target gives it out: OAuth client credentials and logins that work like them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote_plus, urlencode, urljoin, urlsplit

from understudy.conformance.evidence.body import FORM
from understudy.conformance.evidence.errors import NoReplyError, RunStoppedError, UnreachableError, UsageError
from understudy.conformance.http.client import Client
from understudy.conformance.http.target import Target
from understudy.conformance.scope.profile import Profile

#: What a form holds that does not say otherwise (RFC 6749, 4.4.2).
GRANT = {"grant_type": "client_credentials"}


def logged_in(target: Target, role: str = "default") -> Target:
    """The target with the token that its login gives out; the same target if it has none, or a token already.

    Raises UnreachableError if no token is given out.
    """
    login = target.login
    if login is None or target.tokens.get(role):
        return target
    parts = urlsplit(urljoin(f"{target.url}/", login.url))
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise UsageError("the address of the login is neither a path nor an http or https address")
    at = replace(target, url=f"{parts.scheme}://{parts.netloc}", tokens={}, login=None, paths={}, parameters={})
    client = Client(at, Profile(writes=True))
    fields, headers = _sent(login.fields, login.basic)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        exchange = client.send(client.request("POST", path, headers=headers, body=urlencode(fields).encode()))
    except (NoReplyError, RunStoppedError) as error:
        raise UnreachableError(f"the login is unreachable: {error}") from error
    finally:
        client.close()
    token = exchange.find("access_token")
    if not exchange.succeeded or not isinstance(token, str) or not token:
        reason = exchange.find("error")
        message = f", {reason}" if isinstance(reason, str) and reason.isprintable() and len(reason) < 60 else ""
        lacks = "its reply has no access_token" if exchange.succeeded else f"it answers {exchange.status}{message}"
        raise UnreachableError(f"unauthorised: the login at {parts.netloc}{parts.path} gives no token: {lacks}")
    return replace(target, tokens={**target.tokens, role: token})


def _sent(fields: Mapping[str, str], basic: bool) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The form and the headers; a client identifies itself in the form or by Basic authentication (RFC 6749, 2.3.1)."""
    form = {**GRANT, **fields}
    headers = [("Content-Type", FORM), ("Accept", "application/json")]
    if basic:
        pair = f"{quote_plus(form.pop('client_id', ''))}:{quote_plus(form.pop('client_secret', ''))}"
        headers.append(("Authorization", f"Basic {b64encode(pair.encode()).decode()}"))
    return form, headers
