"""The control operations under `/_mock/`, outside every contract. They act on the session that the caller names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from mock_server.bodies import read
from mock_server.call import NOBODY
from mock_server.errors import BadRequest, MethodNotAllowed, NotFound
from mock_server.routing import Route, Router
from mock_server.sessions import Session, Sessions
from mock_server.state import State

if TYPE_CHECKING:
    from mock_server.mounted import Mounted

#: What a control operation gets: the session, the path's values by name, the body's bytes.
Operation = Callable[[Session, dict[str, str], bytes], Awaitable[tuple[int, Any]]]


class Control:
    """The control operations as an ASGI application."""

    def __init__(self, mounted: Sequence[Mounted], sessions: Sessions, reports: str | None) -> None:
        self._mounted = {m.contract.api: m for m in mounted}
        self._sessions = sessions
        table: dict[str, dict[str, Operation]] = {
            "/health": {"GET": self._health},
            "/reset": {"POST": self._reset},
            "/snapshots": {"GET": self._snapshots},
            "/snapshots/{name}": {"PUT": self._save, "DELETE": self._drop},
            "/snapshots/{name}/restore": {"POST": self._restore},
            "/openapi/{file}": {"GET": self._document},
        }
        for m in mounted:
            for path, methods in getattr(m.behaviours, "CONTROL", {}).items():
                table[f"/{m.contract.api}{path}"] = {
                    method: self._behaviour(m, function) for method, function in methods.items()
                }
        self._router = Router(
            [
                Route(path, tuple(part[1:-1] for part in path.split("/") if part.startswith("{")), methods)
                for path, methods in table.items()
            ],
            "either",
        )

    async def __call__(self, scope: Any, receive: Any, send: Any, name: str, path: str) -> None:
        """Answer one control request."""
        route, values = self._router.find(path)
        if route is None:
            raise NotFound("There is no such control operation.")
        operation = route.methods.get("GET" if scope["method"] == "HEAD" else scope["method"])
        if operation is None:
            raise MethodNotAllowed(f"Allowed here: {route.allow}.", headers=[(b"allow", route.allow.encode())])
        body = await read(receive, dict(scope["headers"]))
        status, reply = await operation(
            await self._sessions.get(name), dict(zip(route.names, values, strict=True)), body
        )
        content = b"" if reply is None else orjson.dumps(reply)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": status, "headers": headers[reply is None :]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})

    def _behaviour(self, mounted: Mounted, function: Any) -> Operation:
        """An API's own control operation: it works on the state, as nobody in particular."""

        async def operation(session: Session, path: dict[str, str], body: bytes) -> tuple[int, Any]:
            try:
                told = orjson.loads(body) if body else {}
            except orjson.JSONDecodeError as error:
                raise BadRequest(f"The body is no JSON: {error.msg}.") from error
            if not isinstance(told, dict):
                raise BadRequest("The body must be a JSON object.")
            async with session.state.transaction(write=True) as tx:
                state = State(
                    tx,
                    mounted.resources,
                    NOBODY,
                    session.clock.now,
                    session.state.transaction,
                    session.webhooks,
                )
                reply: tuple[int, Any] = await function(state, path, told)
            for then in state.after_commit:
                then()
            return reply

        return operation

    async def _health(self, session: Session, path: dict[str, str], body: bytes) -> tuple[int, Any]:
        served = {api: m.prefix or "/" for api, m in self._mounted.items()}
        return 200, {"status": "ok", "apis": served, "session": session.name}

    async def _reset(self, session: Session, path: dict[str, str], body: bytes) -> tuple[int, Any]:
        await session.reset()
        return 204, None

    async def _snapshots(self, session: Session, path: dict[str, str], body: bytes) -> tuple[int, Any]:
        return 200, {"snapshots": await session.state.snapshots()}

    async def _save(self, session: Session, path: dict[str, str], body: bytes) -> tuple[int, Any]:
        await session.state.save_snapshot(path["name"])
        return 204, None

    async def _drop(self, session: Session, path: dict[str, str], body: bytes) -> tuple[int, Any]:
        if not await session.state.drop_snapshot(path["name"]):
            raise NotFound(f"There is no snapshot {path['name']!r} in this session.")
        return 204, None

    async def _restore(self, session: Session, path: dict[str, str], body: bytes) -> tuple[int, Any]:
        if not await session.state.restore_snapshot(path["name"]):
            raise NotFound(f"There is no snapshot {path['name']!r} in this session.")
        return 204, None

    async def _document(self, session: Session, path: dict[str, str], body: bytes) -> tuple[int, Any]:
        mounted = self._mounted.get(path["file"].removesuffix(".json"))
        if mounted is None or not path["file"].endswith(".json"):
            raise NotFound(f"Served are {', '.join(f'{api}.json' for api in self._mounted)}.")
        return 200, mounted.contract.document
