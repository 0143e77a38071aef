"""Sessions: each an isolated copy of the state, made from the seed when its name is first used."""

from __future__ import annotations

import re
from collections.abc import Iterator

from understudy.mock_server.clock import Clock, ticks
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.http.errors import BadRequestError, ConflictError, ServiceUnavailableError
from understudy.mock_server.sessions.journal import Journal
from understudy.mock_server.sessions.overrides import Overrides
from understudy.mock_server.sessions.scenarios import ScenarioStores
from understudy.mock_server.store import SessionStore, StoreError

#: Where the session of a request stands in its ASGI scope.
SESSION = "understudy.session"
#: Set there where a fault of ours is to be raised instead of answered.
RAISING = "understudy.raising"

#: Sessions at a time beside the default one, and seconds without a request after which one is forgotten.
LIMIT = 500
IDLE = 1800.0

_NAME = re.compile(r"[A-Za-z0-9._~-]{1,128}", re.ASCII)


class Session:
    """One isolated state with its own clock, journal and script."""

    __slots__ = ("clock", "journal", "made", "name", "overrides", "scenario", "state", "used", "webhooks")

    def __init__(self, name: str, scenario: str, state: SessionStore, script: Overrides, webhooks: Webhooks) -> None:
        self.name = name
        self.scenario = scenario
        self.state = state
        self.overrides = script
        self.clock = Clock()
        self.journal = Journal()
        self.webhooks = webhooks
        self.made = self.used = ticks()

    async def reset(self) -> None:
        """Back to the beginning: the seed of its scenario, an empty journal, nothing forced, the machine's time."""
        await self.state.reset()
        self.overrides.reset()
        self.journal.clear()
        self.clock.resume()


def check_name(name: str) -> None:
    """Raises BadRequestError for what cannot be the name of a session; the default one has the empty name."""
    if name and not _NAME.fullmatch(name):
        raise BadRequestError("A session's name has 1 to 128 letters, digits, dots, dashes, underscores or tildes.")


class Sessions:
    """All sessions of a server.

    `limit` bounds how many there are beside the default one. `idle` is None where sessions are kept until they are
    deleted, which those of a lasting store are.
    """

    def __init__(
        self, scenes: ScenarioStores, webhooks: Webhooks, limit: int = LIMIT, idle: float | None = IDLE
    ) -> None:
        self.scenes = scenes
        self.limit = limit
        #: Processes that serve; what is not in the store each of them has for itself.
        self.workers = 1
        self.idle = None if scenes.lasting else idle
        self._webhooks = webhooks
        self._known: dict[str, Session] = {}

    async def get(self, name: str) -> Session:
        """The session of a name, made at first use; the default one has the empty name.

        Raises BadRequestError for what is no name, Unavailable when there are too many.
        """
        now = ticks()
        known = self._known.get(name)
        if known is not None and self._forgotten(known, now):
            await self.drop(name)
            known = None
        if known is None:
            known = await self.make(name, self.scenes.first)
        known.used = now
        return known

    async def make(self, name: str, scenario: str) -> Session:
        """A session in a scenario; one of that name starts anew. Raises also NotFoundError and ConflictError."""
        check_name(name)
        start, store = self.scenes.start(scenario), self.scenes.store(scenario)
        if name not in self._known:
            await self._make_room(name)
            state = await store.session(name)
            # Another request may have been as quick.
            return self._known.setdefault(name, Session(name, scenario, state, Overrides(start), self._webhooks))
        session = self._known[name]
        session.scenario = scenario
        session.state = await store.session(name)
        session.overrides.begin(start)
        await session.reset()
        return session

    async def names(self) -> list[str]:
        """The names of all sessions, sorted, the default one first."""
        await self._expire()
        stored = await self.scenes.store(self.scenes.first).sessions()
        return stored if self.scenes.lasting else sorted({"", *self._known, *stored})

    def known(self, name: str) -> Session | None:
        """A session that was used since the server started."""
        return self._known.get(name)

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._known.values()))

    async def drop(self, name: str) -> bool:
        """Delete a session; False when there is none of that name. Raises ConflictError for the default one."""
        if not name:
            raise ConflictError("The default session cannot be deleted; reset it.")
        session = self._known.pop(name, None)
        there = await self.scenes.drop(name)
        return there or session is not None

    async def _make_room(self, name: str) -> None:
        if not name:
            return
        await self._expire()
        if await self._others(name) >= self.limit:
            raise ServiceUnavailableError(
                f"There are {self.limit} sessions, which is the limit. Delete one with DELETE /_mock/sessions/NAME, "
                "or start the mock with a larger --max-sessions."
            )

    async def _others(self, name: str) -> int:
        """How many sessions there are beside the default one and this."""
        if not self.scenes.lasting:
            return sum(1 for known in self._known if known)
        try:
            stored = set(await self.scenes.store(self.scenes.first).sessions())
        except StoreError:
            return 0  # nothing is made in a store that does not answer
        # Another process may have dropped some that were used here.
        self._known = {known: session for known, session in self._known.items() if known in stored or not known}
        return len(stored - {"", name})

    async def _expire(self) -> None:
        now = ticks()
        for session in self:
            if self._forgotten(session, now):
                await self.drop(session.name)

    def _forgotten(self, session: Session, now: float) -> bool:
        """Whether nobody has used a session for too long."""
        return self.idle is not None and session.used < now - self.idle and session.name != ""
