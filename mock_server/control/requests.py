"""The request that a control operation receives, and the reply that it returns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from understudy.mock_server.data.resource_types import ResourceType
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import BadRequestError, Header, NotFoundError
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import Session, Sessions

#: Methods that a recorded request can be matched by.
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT")


@dataclass(slots=True)
class ControlContext:
    """What control operations work on. `last_reload` says what became of the last edit of a contract."""

    served_apis: Mapping[str, ServedApi]
    sessions: Sessions
    reports: Path | None
    last_reload: str | None = None


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """A control request that passed the checks of the OpenAPI document.

    `name` is the session's name, `base` the address at which the client reached the server.
    """

    context: ControlContext
    name: str
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    base: str

    async def session(self) -> Session:
        """The session that the caller names, created at first use."""
        return await self.context.sessions.get(self.name)

    async def present_session(self) -> Session:
        """The same, after everything that is due by now. Not to be called while a transaction is open."""
        session = await self.session()
        if session.is_due():
            await session.catch_up()
        return session

    def served_api(self) -> ServedApi:
        """The API that the path names. Raises NotFoundError."""
        found = self.context.served_apis.get(self.path["api"])
        if found is None:
            raise NotFoundError(
                f"There is no API {self.path['api']!r} here. The APIs are {', '.join(self.context.served_apis)}."
            )
        return found

    def check_match(self, criteria: Mapping[str, Any]) -> None:
        """Raises BadRequestError when no served API has the `api`, `operation` or `method` of some match criteria."""
        api, operation, method = (criteria.get(name) for name in ("api", "operation", "method"))
        served_apis = self.context.served_apis
        if api is not None and api not in served_apis:
            raise BadRequestError(f"There is no API {api!r} here. The APIs are {', '.join(served_apis)}.")
        known = [each.contract.operations for name, each in served_apis.items() if api in {None, name}]
        if operation is not None and not any(operation in operations for operations in known):
            raise BadRequestError(f"There is no operation {operation!r}{f' in {api}' if api else ''}.")
        if method is not None and method.upper() not in METHODS:
            raise BadRequestError(f"There is no method {method!r}. The methods are {', '.join(METHODS)}.")

    def resource_type(self) -> ResourceType:
        """The resource type that the path names. Raises NotFoundError."""
        names = [resource_type.name for resource_type in self.served_api().resources]
        if self.path["resource"] not in names:
            raise NotFoundError(
                f"There is no resource {self.path['resource']!r}. The resources are {', '.join(names)}."
            )
        return self.served_api().resources[self.path["resource"]]


@dataclass(frozen=True, slots=True)
class ControlReply:
    """A status with a JSON value, or with the content of a file."""

    status: int = 200
    value: Any = None
    content: bytes = b""
    media_type: str = "application/json"
    headers: tuple[Header, ...] = ()


NO_CONTENT = ControlReply(204)


@asynccontextmanager
async def open_state(request: ControlRequest, served_api: ServedApi, write: bool = False) -> AsyncIterator[State]:
    """All records of an API in the caller's session, whoever owns them, in a transaction."""
    session = await request.present_session()
    async with session.state.transaction(write) as tx:
        state = session.state_in(tx, served_api.resources)
        yield state
    state.committed()
