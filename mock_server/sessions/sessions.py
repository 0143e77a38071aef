"""Sessions: each is an isolated copy of the state, created from the seed when its name is first used."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from understudy.mock_server.clock import Clock, ticks
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.engine.state import Begin, State
from understudy.mock_server.engine.timetable import TimedApi, Timetable
from understudy.mock_server.engine.webhooks import Outbox, Webhooks
from understudy.mock_server.http.errors import BadRequestError, ConflictError, ServiceUnavailableError
from understudy.mock_server.http.security.tokens import NOBODY, Caller
from understudy.mock_server.sessions.journal import JOURNAL_BYTES, Journal, JournalBudget
from understudy.mock_server.sessions.journal import LIMIT as JOURNAL_REQUESTS
from understudy.mock_server.sessions.overrides import InitialOverrides, Overrides
from understudy.mock_server.sessions.scenarios import ScenarioStores
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.store import SessionStore, Store, StoreError, TooManySessionsError, Transaction

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

    __slots__ = ("clock", "journal", "made", "name", "overrides", "scenario", "state", "timetable", "used", "webhooks")

    def __init__(
        self,
        name: str,
        scenario: str,
        state: SessionStore,
        overrides: Overrides,
        webhooks: Outbox,
        journal_budget: JournalBudget,
        apis: Callable[[], Iterable[TimedApi]] = tuple,
        shared: bool = False,
    ) -> None:
        self.name = name
        self.scenario = scenario
        self.state = state
        self.overrides = overrides
        self.clock = Clock()
        self.journal = Journal(journal_budget)
        self.webhooks = webhooks
        self.timetable = Timetable(
            apis, self.state_in, lambda: self.state.transaction, self.clock.now, self.clock, shared
        )
        self.made = self.used = ticks()

    def state_in(
        self, tx: Transaction, resources: ResourceTypes, caller: Caller = NOBODY, begin: Begin | None = None
    ) -> State:
        """The records of an API in a transaction as a caller may use them.

        `begin` opens the further transactions of this state; if it is not given, they are those of the session.
        """
        begin = begin or self.state.transaction
        return State(tx, resources, caller, self.clock.now, begin, self.webhooks, self.timetable.agenda)

    def is_due(self) -> bool:
        """Whether time may have changed records since the last request."""
        return self.timetable.is_due()

    async def catch_up(self) -> None:
        """Change the records whose moment has come."""
        await self.timetable.catch_up()

    async def reset(self) -> None:
        """Return to the seed and the overrides of the scenario, an empty journal and the machine's time."""
        async with self.webhooks.held():
            await self._reset()

    async def restart(self, scenario: str, state: SessionStore, initial: InitialOverrides) -> None:
        """Begin anew in a scenario, with its store and its overrides."""
        async with self.webhooks.held():
            self.scenario = scenario
            self.state = state
            self.overrides.set_initial(initial)
            await self._reset()

    async def restore(self, label: str) -> bool:
        """Return to the records of a snapshot; False if there is none with that label."""
        if label not in await self.state.snapshots():
            return False
        async with self.webhooks.held():
            restored = await self.state.restore_snapshot(label)
        self.timetable.agenda.forget()
        return restored

    async def end(self) -> None:
        """End what is under way, and empty the journal."""
        await self.timetable.end()
        await self.webhooks.end()
        self.journal.clear()

    async def _reset(self) -> None:
        # First, since the store gives back what is free after its own reset.
        self.journal.clear()
        await self.state.reset()
        self.overrides.reset()
        self.clock.resume()
        self.timetable.agenda.forget()


def check_name(name: str) -> None:
    """Raises BadRequestError for an invalid session name; the default session has the empty name."""
    if name and not _NAME.fullmatch(name):
        raise BadRequestError(
            "The session name is not valid: it takes 1 to 128 letters, digits, dots, dashes, underscores or tildes."
        )


class Sessions:
    """All sessions of a server.

    `limit` is the greatest number of sessions besides the default one, in all processes that share a store. `idle` is in
    seconds; it is None for a lasting store, whose sessions are kept until they are deleted. `journal_bytes` is for the
    journals of all sessions together, `journal_requests` for each. `ended` is called with the name of each session that
    was deleted.
    """

    def __init__(
        self,
        scenario_stores: ScenarioStores,
        webhooks: Webhooks,
        limit: int = LIMIT,
        idle: float | None = IDLE,
        journal_bytes: int = JOURNAL_BYTES,
        journal_requests: int = JOURNAL_REQUESTS,
        ended: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.scenario_stores = scenario_stores
        self.limit = limit
        #: Processes that serve; each has its own copy of what is not in the store.
        self.workers = 1
        self.idle = None if scenario_stores.lasting else idle
        #: The APIs whose background work is recovered when a session of a lasting store is first used.
        self.served_apis: Sequence[ServedApi] = ()
        self._webhooks = webhooks
        self._ended = ended
        self.journal_budget = JournalBudget(journal_bytes, journal_requests)
        self._known: dict[str, Session] = {}
        # Only one session is created or deleted at a time, so that none is counted twice or not at all.
        self._changing = asyncio.Lock()

    async def get(self, name: str) -> Session:
        """The session of a name, created at first use; the default one has the empty name.

        Raises BadRequestError for an invalid name and ServiceUnavailableError when there are too many.
        """
        found = self.ready(name)
        if found is None:
            found, _ = await self._found(name, self.scenario_stores.first)
            found.used = ticks()
        return found

    def ready(self, name: str) -> Session | None:
        """The session of a name, which counts as used; None if it has to be created first."""
        found = self._known.get(name)
        now = ticks()
        if found is None or self._is_expired(found, now):
            return None
        found.used = now
        return found

    async def make(self, name: str, scenario: str) -> Session:
        """Create a session in a scenario, or restart the one of that name.

        Raises the errors of `get`, NotFoundError for an unknown scenario and ConflictError for one with another seed.
        """
        initial, store = self.scenario_stores.initial(scenario), self.scenario_stores.store(scenario)
        session, created = await self._found(name, scenario)
        if not created:
            await session.restart(scenario, await store.session(name), initial)
        return session

    async def names(self) -> list[str]:
        """The names of all sessions, sorted, the default one first."""
        async with self._changing:
            await self._expire()
        stored = await self.scenario_stores.store(self.scenario_stores.first).sessions()
        return stored if self.scenario_stores.lasting else sorted({"", *self._known, *stored})

    def known(self, name: str) -> Session | None:
        """A session that was used since the server started, else None."""
        return self._known.get(name)

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._known.values()))

    async def end_timers(self) -> None:
        """Change nothing any more that is due later, because the server stops."""
        for session in self:
            await session.timetable.end()

    async def drop(self, name: str) -> bool:
        """Delete a session; False when there is none with that name. Raises ConflictError for the default one."""
        if not name:
            raise ConflictError("The default session cannot be deleted; reset it instead.")
        async with self._changing:
            return await self._drop(name)

    async def _found(self, name: str, scenario: str) -> tuple[Session, bool]:
        """The session of a name, and whether it was created by this call, in that scenario."""
        check_name(name)
        initial, store = self.scenario_stores.initial(scenario), self.scenario_stores.store(scenario)
        async with self._changing:
            await self._expire()
            known = self._known.get(name)  # another request may have created it meanwhile
            if known is not None:
                return known, False
            state = await self._opened(store, name)
            outbox = self._webhooks.outbox(lambda: self._recover(session))
            session = self._known[name] = Session(
                name,
                scenario,
                state,
                Overrides(initial),
                outbox,
                self.journal_budget,
                self._timed_apis,
                self.scenario_stores.lasting,
            )
        if self.scenario_stores.lasting:
            session.webhooks.watch()
        return session, True

    def _timed_apis(self) -> list[TimedApi]:
        return [TimedApi(each.resources, each.behaviours.dues) for each in self.served_apis]

    async def _recover(self, session: Session) -> float | None:
        """Settle work that was abandoned; the seconds until the next look, None when there is nothing to wait for."""
        lapses = []
        for served_api in self.served_apis:
            for recover in served_api.behaviours.recoveries.values():
                async with session.state.transaction(write=True) as tx:
                    state = session.state_in(tx, served_api.resources)
                    lapses.append(await recover(state))
                state.committed()
        return min((each for each in lapses if each is not None), default=None)

    async def _opened(self, store: Store, name: str) -> SessionStore:
        """The records of a session, created if there is room for it. Raises ServiceUnavailableError."""
        full = ServiceUnavailableError(
            f"The limit of {self.limit} sessions is reached. Delete one with DELETE /_mock/sessions/NAME, "
            "or start the mock with a larger --max-sessions."
        )
        if not self.scenario_stores.lasting:
            # Sessions in the memory lie in the stores of several scenarios.
            if name and len(self._known.keys() - {""}) >= self.limit:
                raise full
            return await store.session(name)
        await self._forget_deleted(store)
        try:
            return await store.session(name, self.limit)
        except TooManySessionsError:
            raise full from None

    async def _forget_deleted(self, store: Store) -> None:
        """End the sessions that were used here and that another process has deleted."""
        with contextlib.suppress(StoreError):  # while it does not respond, nothing is known of them
            stored = await store.sessions()
            for name in self._known.keys() - {"", *stored}:
                await self._end(name)

    async def _drop(self, name: str) -> bool:
        was_known = await self._end(name)
        stored = await self.scenario_stores.drop(name)
        return stored or was_known

    async def _end(self, name: str) -> bool:
        """End a session that is deleted, as far as it was used here; False if it was not."""
        session = self._known.pop(name, None)
        if session is None:
            return False
        await session.end()
        self._ended(name)
        return True

    async def _expire(self) -> None:
        now = ticks()
        for session in self:
            if self._is_expired(session, now):
                await self._drop(session.name)

    def _is_expired(self, session: Session, now: float) -> bool:
        """Whether a session has had no request for longer than `idle`."""
        return self.idle is not None and session.used < now - self.idle and session.name != ""
