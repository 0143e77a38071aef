"""The outermost ASGI application: finds the session and the API of a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import orjson

from mock_server.control import Control
from mock_server.errors import NotFound, Refusal
from mock_server.framework import ConnexionMiddleware
from mock_server.records import Resources
from mock_server.sessions import SESSION, Sessions
from mock_server.store import Store
from mock_server.webhooks import Webhooks
from specs import Contract

SESSION_HEADER = b"x-mock-session"
SESSION_PATH = "/_session/"
CONTROL_PATH = "/_mock"


@dataclass(frozen=True, slots=True)
class Mounted:
    """An API with its application and the path under which it is served."""

    contract: Contract
    prefix: str
    resources: Resources
    behaviours: ModuleType | None
    app: ConnexionMiddleware


class Server:
    """All served APIs and the control operations, over one store."""

    def __init__(self, mounted: Sequence[Mounted], store: Store, webhooks: Webhooks) -> None:
        self.mounted = tuple(mounted)
        self.store = store
        self.webhooks = webhooks
        self.sessions = Sessions(store, webhooks)
        self._root = self.mounted[0].app if len(self.mounted) == 1 else None
        self._apps = {m.prefix: m.app for m in self.mounted}
        self._control = Control(self.mounted, self.sessions)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._route(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.webhooks.close()
        await self.store.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _route(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        name = ""
        if path.startswith(SESSION_PATH):
            name, scope = _entered(scope)
            path = scope["path"][len(scope["root_path"]) :]
        else:
            for key, value in scope["headers"]:
                if key == SESSION_HEADER:
                    name = unquote(value.decode("latin-1"))
                    break
        try:
            scope[SESSION] = await self.sessions.get(name)
            if path.startswith(CONTROL_PATH) and path[len(CONTROL_PATH) :][:1] in {"", "/"}:
                await self._control(scope, receive, send)
            else:
                await self._find(scope, path)(scope, receive, send)
        except Refusal as refusal:
            await _refuse(send, refusal)

    def _find(self, scope: Any, path: str) -> Any:
        """The application of a path; it finds its own part of the path behind `root_path`."""
        if self._root is not None:
            return self._root
        prefix = "/" + path[1:].partition("/")[0]
        app = self._apps.get(prefix)
        if app is None:
            served = ", ".join(self._apps)
            raise NotFound(f"Nothing is served here; served are {served}, and {CONTROL_PATH}/ for control.")
        scope["root_path"] = scope.get("root_path", "") + prefix
        return app


def _entered(scope: Any) -> tuple[str, dict[str, Any]]:
    """The session that a path names, and the scope below that prefix."""
    name = scope["path"][len(SESSION_PATH) :].partition("/")[0]
    root = f"{scope.get('root_path', '')}{SESSION_PATH}{name}"
    return name, {**scope, "root_path": root}


async def _refuse(send: Any, refusal: Refusal) -> None:
    """A refusal outside every contract."""
    body = orjson.dumps({"error": {"status": refusal.status, "message": refusal.message}})
    headers = [
        *refusal.headers,
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
