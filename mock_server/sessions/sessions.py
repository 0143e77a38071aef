"""Sessions: each is an isolated copy of the state, created from the seed when its name is first used."""

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

#: The key of a request's session in its ASGI scope.
SESSION = "understudy.session"
#: The key in the ASGI scope that is set when an internal error is to be raised instead of answered.
RAISING = "understudy.raising"

#: Sessions at a time besides the default one, and seconds without a request after which one is removed.
LIMIT = 500
IDLE = 1800.0

_NAME = re.compile(r"[A-Za-z0-9._~-]{1,128}", re.ASCII)


class Session:
    """One isolated state with its own clock, journal and overrides."""

    __slots__ = ("clock", "journal", "made", "name", "overrides", "scenario", "state", "used", "webhooks")

    def __init__(self, name: str, scenario: str, state: SessionStore, overrides: Overrides, webhooks: Webhooks) -> None:
        self.name = name
        self.scenario = scenario
        self.state = state
        self.overrides = overrides
        self.clock = Clock()
        self.journal = Journal()
        self.webhooks = webhooks
        self.made = self.used = ticks()

    async def reset(self) -> None:
        """Return to the seed and the overrides of the scenario, an empty journal and the machine's time."""
        await self.state.reset()
        self.overrides.reset()
        self.journal.clear()
        self.clock.resume()


def check_name(name: str) -> None:
    """Raises BadRequestError for an invalid session name; the default session has the empty name."""
    if name and not _NAME.fullmatch(name):
        raise BadRequestError(
            "The session name is not valid: it takes 1 to 128 letters, digits, dots, dashes, underscores or tildes."
        )


class Sessions:
    """All sessions of a server.

    `limit` is the greatest number of sessions besides the default one. `idle` is in seconds; it is None for a lasting
    store, whose sessions are kept until they are deleted.
    """

    def __init__(
        self, scenario_stores: ScenarioStores, webhooks: Webhooks, limit: int = LIMIT, idle: float | None = IDLE
    ) -> None:
        self.scenario_stores = scenario_stores
        self.limit = limit
        #: Processes that serve; each has its own copy of what is not in the store.
        self.workers = 1
        self.idle = None if scenario_stores.lasting else idle
        self._webhooks = webhooks
        self._known: dict[str, Session] = {}

    async def get(self, name: str) -> Session:
        """The session of a name, created at first use; the default one has the empty name.

        Raises BadRequestError for an invalid name and ServiceUnavailableError when there are too many.
        """
        now = ticks()
        known = self._known.get(name)
        if known is not None and self._is_expired(known, now):
            await self.drop(name)
            known = None
        if known is None:
            known = await self.make(name, self.scenario_stores.first)
        known.used = now
        return known

    async def make(self, name: str, scenario: str) -> Session:
        """Create a session in a scenario, or restart the one of that name.

        Raises the errors of `get`, NotFoundError for an unknown scenario and ConflictError for one with another seed.
        """
        check_name(name)
        initial, store = self.scenario_stores.initial(scenario), self.scenario_stores.store(scenario)
        if name not in self._known:
            await self._make_room(name)
            state = await store.session(name)
            # Another request may have created it meanwhile.
            return self._known.setdefault(name, Session(name, scenario, state, Overrides(initial), self._webhooks))
        session = self._known[name]
        session.scenario = scenario
        session.state = await store.session(name)
        session.overrides.set_initial(initial)
        await session.reset()
        return session

    async def names(self) -> list[str]:
        """The names of all sessions, sorted, the default one first."""
        await self._expire()
        stored = await self.scenario_stores.store(self.scenario_stores.first).sessions()
        return stored if self.scenario_stores.lasting else sorted({"", *self._known, *stored})

    def known(self, name: str) -> Session | None:
        """A session that was used since the server started, else None."""
        return self._known.get(name)

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._known.values()))

    async def drop(self, name: str) -> bool:
        """Delete a session; False when there is none with that name. Raises ConflictError for the default one."""
        if not name:
            raise ConflictError("The default session cannot be deleted; reset it instead.")
        session = self._known.pop(name, None)
        stored = await self.scenario_stores.drop(name)
        return stored or session is not None

    async def _make_room(self, name: str) -> None:
        if not name:
            return
        await self._expire()
        if await self._others(name) >= self.limit:
            raise ServiceUnavailableError(
                f"The limit of {self.limit} sessions is reached. Delete one with DELETE /_mock/sessions/NAME, "
                "or start the mock with a larger --max-sessions."
            )

    async def _others(self, name: str) -> int:
        """The number of sessions besides the default one and this one."""
        if not self.scenario_stores.lasting:
            return sum(1 for known in self._known if known)
        try:
            stored = set(await self.scenario_stores.store(self.scenario_stores.first).sessions())
        except StoreError:
            return 0  # no session can be created in a store that does not respond
        # Another process may have deleted some that were used here.
        self._known = {known: session for known, session in self._known.items() if known in stored or not known}
        return len(stored - {"", name})

    async def _expire(self) -> None:
        now = ticks()
        for session in self:
            if self._is_expired(session, now):
                await self.drop(session.name)

    def _is_expired(self, session: Session, now: float) -> bool:
        """Whether a session has had no request for longer than `idle`."""
        return self.idle is not None and session.used < now - self.idle and session.name != ""
