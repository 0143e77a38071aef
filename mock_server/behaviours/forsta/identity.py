"""Logging in: a client's id and secret for an access token."""

from __future__ import annotations

import binascii
from base64 import b64decode

from understudy.mock_server.engine.call import Call, Reply
from understudy.mock_server.engine.registration import operation
from understudy.mock_server.http.errors import UnauthenticatedError

#: Lifetime of a token in seconds.
EXPIRES = 3600


@operation
async def create_token(call: Call) -> Reply:
    """The token of the caller whose client id was sent; of the default one for any other id."""
    client, secret = _basic(call.headers.get(b"authorization", b""))
    client = client or call.body.get("client_id", "")
    secret = secret or call.body.get("client_secret", "")
    if not client or not secret:
        raise UnauthenticatedError(
            "client_id and client_secret are required.", headers=[(b"www-authenticate", b"Basic")]
        )
    callers = call.state.resources.contract.seed["callers"]
    known = {caller["values"]["client_id"]: caller for caller in callers}
    caller = known.get(client, callers[0])
    return Reply(200, {"access_token": caller["token"], "expires_in": EXPIRES, "token_type": "Bearer"})


def _basic(header: bytes) -> tuple[str, str]:
    """Id and secret from Basic authentication, blank when there are none that can be read."""
    scheme, _, credentials = header.partition(b" ")
    if scheme.lower() != b"basic":
        return "", ""
    try:
        client, _, secret = b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client, secret
