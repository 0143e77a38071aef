"""What a control operation gets, and what it gives back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from understudy.mock_server.data.resource_types import ResourceType
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.caller import NOBODY
from understudy.mock_server.http.errors import BadRequestError, Header, NotFoundError
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import Session, Sessions

#: What requests can be described by.
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT")


@dataclass(slots=True)
class ControlContext:
    """What control operations work on. `watched` tells what became of the last edit of a contract."""

    mounted: Mapping[str, ServedApi]
    sessions: Sessions
    reports: Path | None
    watched: str | None = None


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """A control request that passed the document's checks.

    `name` is the session's name, `base` the address under which the client reached the server.
    """

    desk: ControlContext
    name: str
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    base: str

    async def session(self) -> Session:
        """The session that the caller names, made at first use."""
        return await self.desk.sessions.get(self.name)

    def mounted(self) -> ServedApi:
        """The API that the path names. Raises NotFoundError."""
        found = self.desk.mounted.get(self.path["api"])
        if found is None:
            raise NotFoundError(
                f"There is no API {self.path['api']!r} here; served are {', '.join(self.desk.mounted)}."
            )
        return found

    def check_match(self, told: Mapping[str, Any]) -> None:
        """Raises BadRequestError when what requests are described by (`api`, `operation`, `method`) is nowhere served."""
        api, operation, method = (told.get(name) for name in ("api", "operation", "method"))
        mounted = self.desk.mounted
        if api is not None and api not in mounted:
            raise BadRequestError(f"There is no API {api!r} here; served are {', '.join(mounted)}.")
        known = [each.contract.operations for name, each in mounted.items() if api in {None, name}]
        if operation is not None and not any(operation in operations for operations in known):
            raise BadRequestError(f"There is no operation {operation!r}{f' of {api}' if api else ''}.")
        if method is not None and method.upper() not in METHODS:
            raise BadRequestError(f"There is no method {method!r}; there are {', '.join(METHODS)}.")

    def kept(self) -> ResourceType:
        """The resource that the path names. Raises NotFoundError."""
        names = [kept.name for kept in self.mounted().resources]
        if self.path["resource"] not in names:
            raise NotFoundError(f"There is no resource {self.path['resource']!r}; there are {', '.join(names)}.")
        return self.mounted().resources[self.path["resource"]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON value, or a file's content."""

    status: int = 200
    value: Any = None
    content: bytes = b""
    media_type: str = "application/json"
    headers: tuple[Header, ...] = ()


NO_CONTENT = Answer(204)


@asynccontextmanager
async def opened(asked: ControlRequest, mounted: ServedApi, write: bool = False) -> AsyncIterator[State]:
    """The records of an API in the caller's session, in a transaction, as seen by nobody in particular: all of them."""
    session = await asked.session()
    async with session.state.transaction(write) as tx:
        state = State(tx, mounted.resources, NOBODY, session.clock.now, session.state.transaction, session.webhooks)
        yield state
    for then in state.after_commit:
        then()
