"""The request that a control operation receives, and the reply that it returns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from understudy.mock_server.data.resource_types import ResourceType
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import FieldError, Header, NotFoundError
from understudy.mock_server.http.responses import Scope
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

    def match_errors(self, criteria: Mapping[str, Any], one: bool = False) -> list[FieldError]:
        """What is wrong with the `api`, `operation` and `method` of some match criteria: nothing that is served has them.

        With `one`, an operation that several APIs have is wrong, too, unless the API is named.
        """
        api, operation, method = (criteria.get(name) for name in ("api", "operation", "method"))
        errors = []
        if api is not None and api not in self.served_apis:
            errors.append(
                FieldError("api", f"there is no API {api!r} here; the APIs are {', '.join(self.served_apis)}")
            )
        asked = [name for name in self.served_apis if api in {None, name}] or list(self.served_apis)
        having = [name for name in asked if operation in self.served_apis[name].contract.operations]
        if operation is not None and not having:
            within = f" in {asked[0]}" if len(asked) == 1 else ""
            errors.append(FieldError("operation", f"there is no operation {operation!r}{within}"))
        elif operation is not None and one and len(having) > 1:
            errors.append(FieldError("api", f"is required: {', '.join(having)} have an operation {operation!r}"))
        if method is not None and method.upper() not in METHODS:
            errors.append(FieldError("method", f"there is no method {method!r}; the methods are {', '.join(METHODS)}"))
        return errors


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """A control request that passed the checks of the OpenAPI document.

    `name` is the session's name, `scope` the ASGI scope, `base` the address at which the client reached the server.
    """

    context: ControlContext
    name: str
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    scope: Scope
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
