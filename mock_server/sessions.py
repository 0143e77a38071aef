"""Sessions: each an isolated copy of the state, made from the seed when its name is first used."""

from __future__ import annotations

import re

from mock_server.clock import Clock
from mock_server.errors import BadRequest
from mock_server.store import Session as StoredState
from mock_server.store import Store
from mock_server.webhooks import Webhooks

#: Where the session of a request stands in its ASGI scope.
SESSION = "understudy.session"

_NAME = re.compile(r"[A-Za-z0-9._~-]{1,128}", re.ASCII)


class Session:
    """One isolated state with its own clock."""

    __slots__ = ("clock", "name", "state", "webhooks")

    def __init__(self, name: str, state: StoredState, webhooks: Webhooks) -> None:
        self.name = name
        self.state = state
        self.clock = Clock()
        self.webhooks = webhooks


class Sessions:
    """All sessions of a server."""

    def __init__(self, store: Store, webhooks: Webhooks) -> None:
        self._store = store
        self._webhooks = webhooks
        self._known: dict[str, Session] = {}

    async def get(self, name: str) -> Session:
        """The session of a name, made at first use; the default one has the empty name. Raises BadRequest."""
        known = self._known.get(name)
        if known is not None:
            return known
        if name and not _NAME.fullmatch(name):
            raise BadRequest("A session's name has 1 to 128 letters, digits, dots, dashes, underscores or tildes.")
        session = self._known[name] = Session(name, await self._store.session(name), self._webhooks)
        return session
