"""What time changes in one session: records become what the contract says once their moment has come.

It happens before the next request is answered, when a test moves the clock, and without either when the machine's time
gets there. Several processes may find the same record due: each looks again inside a writing transaction, which only one
has at a time, so that nothing happens twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

import orjson

from understudy.mock_server.clock import Clock
from understudy.mock_server.data.resource_types import ContractViolationError, ResourceType, ResourceTypes
from understudy.mock_server.engine.agenda import NEVER, Agenda
from understudy.mock_server.engine.registration import DueFunction
from understudy.mock_server.engine.state import Begin, State
from understudy.mock_server.store import StoreError, Transaction
from understudy.specs.contract import DUE_AT

log = logging.getLogger("understudy")

#: Opens the state of an API in a transaction.
OpenState = Callable[[Transaction, ResourceTypes], State]

#: How many records change in one transaction, between which other requests are served.
BATCH = 200
#: Seconds after which a timer looks again, at the latest and after a failure of the store.
LONGEST, RETRY = 3600.0, 5.0


class TimedApi(NamedTuple):
    """An API whose records time changes, with the functions that are registered for that, by resource and name."""

    resources: ResourceTypes
    functions: Mapping[tuple[str, str], DueFunction]

    @property
    def resource_types(self) -> list[ResourceType]:
        """The types of resource that time changes."""
        return [resource_type for resource_type in self.resources if resource_type.due]


class Timetable:
    """What time changes in one session.

    `begin` gives what opens a transaction, `clock` is what a timer goes by (without one there is no timer), and `shared`
    says that other processes work on the same records.
    """

    def __init__(
        self,
        apis: Callable[[], Iterable[TimedApi]],
        open_state: OpenState,
        begin: Callable[[], Begin],
        now: Callable[[], datetime],
        clock: Clock | None = None,
        shared: bool = False,
    ) -> None:
        self.agenda = Agenda(shared, self._rearm)
        self._apis = apis
        self._open_state = open_state
        self._begin = begin
        self._now = now
        self._clock = clock
        self._one = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def is_due(self) -> bool:
        """Whether `catch_up` may have something to do."""
        return self.agenda.is_due(self._now)

    async def catch_up(self) -> None:
        """Change every record whose moment has come, the earliest first. Raises StoreError."""
        async with self._one:
            if not self.is_due():
                return
            apis = [api for api in self._apis() if api.resource_types]
            if not apis:
                self.agenda.rest()
                return
            while await self._look(apis) <= self._now():
                await self._change_some(apis)
        self._rearm()

    async def moved(self) -> None:
        """The clock was moved, or stopped, or goes on: change what is due now."""
        self.agenda.forget()
        await self.catch_up()

    async def end(self) -> None:
        """Change nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _look(self, apis: Iterable[TimedApi]) -> datetime:
        version = self.agenda.version
        async with self._begin()(False) as tx:
            moment, _, _ = await _earliest(tx, apis)
        self.agenda.learn(moment, version)
        return moment

    async def _change_some(self, apis: Iterable[TimedApi]) -> None:
        states = []
        async with self._begin()(True) as tx:
            for _ in range(BATCH):
                moment, api, resource_type = await _earliest(tx, apis)
                if api is None or resource_type is None or moment > self._now():
                    break
                state = self._open_state(tx, api.resources).at(moment)
                states.append(state)
                await _change(state, api, resource_type, moment)
        for state in states:
            state.committed()

    def _rearm(self) -> None:
        """Wake up at the next moment, without a request."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        moment = self.agenda.next
        if self._clock is None or self._clock.frozen or moment is None or moment is NEVER:
            return
        delay = (moment - self._now()).total_seconds()
        self._wake_in(min(max(delay, 0.0), LONGEST))

    def _wake_in(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._wake)

    def _wake(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._caught_up())

    async def _caught_up(self) -> None:
        try:
            if self.is_due():
                await self.catch_up()
            else:
                self._rearm()
        except StoreError as error:
            log.warning("what is due could not be changed: %s", error)
            self._wake_in(RETRY)
        except Exception:
            log.exception("what is due could not be changed")


async def _earliest(tx: Transaction, apis: Iterable[TimedApi]) -> tuple[datetime, TimedApi | None, ResourceType | None]:
    """The next moment at which a record changes, with its API and type; NEVER if there is none."""
    found: tuple[datetime, TimedApi | None, ResourceType | None] = (NEVER, None, None)
    for api in apis:
        for resource_type in api.resource_types:
            least = await tx.least(resource_type.table, DUE_AT)
            if least is not None and (moment := datetime.fromisoformat(least)) < found[0]:
                found = moment, api, resource_type
    return found


async def _change(state: State, api: TimedApi, resource_type: ResourceType, moment: datetime) -> None:
    """Change the first record of a type that is due at a moment."""
    row = (await state.tx.rows(resource_type.table, {DUE_AT: state.now()}, limit=1))[0]
    record = orjson.loads(row.document)
    change = next(each for each in resource_type.due if each.moment(record) == state.now())
    function = api.functions.get((resource_type.name, change.spec.name))
    if function is not None:
        await function(state, record)
    else:
        await state.save(resource_type.name, record | change.applied(record, state.now()))
    after = await state.tx.get(resource_type.table, row.id)
    again = None if after is None else resource_type.due_at(orjson.loads(after.document))
    if again is not None and datetime.fromisoformat(again) <= moment:
        raise ContractViolationError(f"{resource_type.name} {row.id} is due again at once after {change.spec.name}")
