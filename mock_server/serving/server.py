"""The outermost ASGI application: origin, session and API of a request, and the journal that it passes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from understudy.mock_server.api.forced_replies import ForcedReplies
from understudy.mock_server.control.app import Control
from understudy.mock_server.engine.store_errors import unavailable
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.http.errors import ApiError, NotFoundError
from understudy.mock_server.http.responses import ConnectionCutError, InternalServerError, answer, cutter, refuse
from understudy.mock_server.serving.cors import preflight, shared
from understudy.mock_server.serving.reload import Reloader
from understudy.mock_server.sessions.scenarios import ScenarioStores
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import IDLE, LIMIT, SESSION, Sessions
from understudy.mock_server.store import Store, StoreError

log = logging.getLogger("understudy")

SESSION_HEADER = b"x-mock-session"
SESSION_PATH = "/_session/"
CONTROL_PATH = "/_mock"


class Server:
    """All served APIs and the control operations, over one store a scenario."""

    def __init__(
        self,
        mounted: Sequence[ServedApi],
        scenes: ScenarioStores,
        webhooks: Webhooks,
        *,
        seed: int = 42,
        locales: Sequence[str] = ("en_GB",),
        max_sessions: int = LIMIT,
        session_idle: float = IDLE,
        reports: Path | None = None,
        watch: Reloader | None = None,
    ) -> None:
        self.webhooks = webhooks
        self.sessions = Sessions(scenes, webhooks, max_sessions, session_idle)
        self._seed = seed
        self._locales = tuple(locales)
        self._reports = reports
        self._watch = watch
        self.mount(mounted)

    @property
    def store(self) -> Store:
        """The store of the scenario that the server plays."""
        scenes = self.sessions.scenes
        return scenes.store(scenes.first)

    def mount(self, mounted: Sequence[ServedApi]) -> None:
        """Serve these APIs from now on."""
        self.mounted = tuple(mounted)
        self._alone = self.mounted[0] if len(self.mounted) == 1 else None
        self._by_prefix = {each.prefix: each for each in self.mounted}
        self._forced = {each.contract.api: ForcedReplies(each, self._seed, self._locales) for each in self.mounted}
        self._control = Control(self.mounted, self.sessions, self._reports)

    async def take_up(self, mounted: Sequence[ServedApi], scenes: ScenarioStores) -> None:
        """Serve these APIs over other stores. The sessions keep what does not lie in a store."""
        before, self.sessions.scenes = self.sessions.scenes, scenes
        self.mount(mounted)
        await before.close()

    def watched(self, text: str) -> None:
        """Tell in the health reply what became of the last edit."""
        self._control.tell(text)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._route(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        watching = asyncio.create_task(self._watch.run(self)) if self._watch else None
        await receive()
        if watching is not None:
            watching.cancel()
        await self.webhooks.close()
        await self.sessions.scenes.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _route(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        raw = send
        origin = headers.get(b"origin")
        if origin is not None:
            if scope["method"] == "OPTIONS" and (told := preflight(headers)) is not None:
                await answer(send, "OPTIONS", 204, told)
                return
            send = shared(send, origin)
        path = scope["path"]
        if path.startswith(SESSION_PATH):
            name, scope = _entered(scope)
            path = scope["path"][len(scope["root_path"]) :] or "/"
        else:
            sent = headers.get(SESSION_HEADER)
            name = "" if sent is None else unquote(sent.decode("latin-1"))
        try:
            if path.startswith(CONTROL_PATH) and path[len(CONTROL_PATH) :][:1] in {"", "/"}:
                await self._control(scope, receive, send, name, CONTROL_PATH)
            else:
                await self._play(scope, receive, send, headers, name, path, raw)
        except ApiError as refusal:
            await refuse(send, scope["method"], refusal)
        except StoreError as error:
            log.error("the store cannot answer: %s", error)
            await refuse(send, scope["method"], unavailable(error))
        except ConnectionCutError:
            raise
        except Exception:
            log.exception("%s %s failed", scope["method"], path)
            await refuse(send, scope["method"], InternalServerError("The mock failed; its log says why."))

    async def _play(
        self, scope: Any, receive: Any, send: Any, headers: Mapping[bytes, bytes], name: str, path: str, raw: Any
    ) -> None:
        """Lead a request to its API, through the journal, and past the API where a reply is forced."""
        session = await self.sessions.get(name)
        mounted = self._alone or self._by_prefix.get("/" + path[1:].partition("/")[0])
        entry = session.journal.open(scope, path, mounted, receive, send)
        try:
            if mounted is None:
                served = ", ".join(self._by_prefix)
                refusal = NotFoundError(
                    f"Nothing is served here; served are {served}, and {CONTROL_PATH}/ for control."
                )
                await refuse(entry.send, scope["method"], refusal)
                return
            if mounted.prefix:
                scope["root_path"] = scope.get("root_path", "") + mounted.prefix
            scope[SESSION] = session
            if b"prefer" in headers or session.overrides.active:
                wishes = [value.decode("latin-1") for key, value in scope["headers"] if key == b"prefer"]
                forced = self._forced[mounted.contract.api]
                await forced(scope, entry, session.overrides, wishes, cutter(raw))
            else:
                await mounted.app(scope, entry.receive, entry.send)
        finally:
            entry.close()


def _entered(scope: Any) -> tuple[str, dict[str, Any]]:
    """The session that a path names, and the scope below that prefix."""
    name = scope["path"][len(SESSION_PATH) :].partition("/")[0]
    root = f"{scope.get('root_path', '')}{SESSION_PATH}{name}"
    return name, {**scope, "root_path": root}
