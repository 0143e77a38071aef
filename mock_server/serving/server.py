"""The outermost ASGI application: CORS, access to control, the session and the API of a request, and the journal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

import orjson

from understudy.mock_server.api.forced_replies import STOPPING, ForcedReplies
from understudy.mock_server.control.app import ControlApp
from understudy.mock_server.engine.store_errors import unavailable
from understudy.mock_server.engine.webhooks import Webhooks
from understudy.mock_server.http.bodies import ClientDisconnectedError
from understudy.mock_server.http.errors import ApiError, Header, MethodNotAllowedError, NotFoundError
from understudy.mock_server.http.hosts import FORWARDED, SESSION_PATH, document_url
from understudy.mock_server.http.responses import (
    ConnectionCutError,
    InternalServerError,
    Receive,
    Scope,
    Send,
    abort_function,
    answer,
    refuse,
)
from understudy.mock_server.serving.access import Access
from understudy.mock_server.serving.channel import Channel
from understudy.mock_server.serving.cors import ANYONE, is_preflight, preflight, trusted
from understudy.mock_server.serving.forwarded import FIELDS as FORWARDING
from understudy.mock_server.serving.forwarded import TrustedProxies
from understudy.mock_server.serving.header_fields import joined
from understudy.mock_server.serving.protocol.repeats import Repeats
from understudy.mock_server.serving.refusals import ANYTHING, METHODS, refusal
from understudy.mock_server.serving.reload import Reloader
from understudy.mock_server.sessions.journal import ENTRY, JOURNAL_BYTES, JournalEntry
from understudy.mock_server.sessions.journal import LIMIT as JOURNAL_REQUESTS
from understudy.mock_server.sessions.repetition import REPEAT, Repetition
from understudy.mock_server.sessions.scenarios import ScenarioStores
from understudy.mock_server.sessions.served_api import ServedApi
from understudy.mock_server.sessions.sessions import IDLE, LIMIT, SESSION, Sessions
from understudy.mock_server.store import Store, StoreError
from understudy.mock_server.upstream.server import Upstream

log = logging.getLogger("understudy")

SESSION_HEADER = b"x-mock-session"
CONTROL_PATH = "/_mock"

#: The request headers on which every reply depends: a cache must not give one page what another may read, nor pass on
#: as the API's own reply what a client preferred to it (RFC 7240, 2), nor to one session what another holds.
VARY_OF_CONTROL, VARY_OF_APIS = b"Origin", b"Origin, Prefer, X-Mock-Session"


class Log(Protocol):
    """What is called with each request that an API was asked, and with the name of its session."""

    def __call__(self, entry: JournalEntry, session: str) -> None: ...

    def end(self) -> None:
        """Write what is left; the server ends."""


class Server:
    """All served APIs and the control operations, with one store for each scenario."""

    def __init__(
        self,
        served_apis: Sequence[ServedApi],
        scenario_stores: ScenarioStores,
        webhooks: Webhooks,
        *,
        seed: int = 42,
        locales: Sequence[str] = ("en_GB",),
        max_sessions: int = LIMIT,
        session_idle: float = IDLE,
        journal_bytes: int = JOURNAL_BYTES,
        journal_requests: int = JOURNAL_REQUESTS,
        reports: Path | None = None,
        watch: Reloader | None = None,
        access: Access | None = None,
        proxies: TrustedProxies | None = None,
        upstream: Upstream | None = None,
        at_once: bool = False,
    ) -> None:
        self.webhooks = webhooks
        self.sessions = Sessions(
            scenario_stores, webhooks, max_sessions, session_idle, journal_bytes, journal_requests, self._forget
        )
        self._seed = seed
        self._locales = tuple(locales)
        self._reports = reports
        self._watch = watch
        self._access = access or Access()
        self._proxies = proxies or TrustedProxies()
        self.upstream = upstream
        #: Whether a request may be answered outside of a task, as far as nothing has to be waited for.
        self.at_once = at_once
        #: Replies that may be given again; functions that others wrote may answer anything.
        self.repeats = Repeats() if at_once else None
        self._last_reload: str | None = None
        self._log: Log | None = None
        self.serve_apis(served_apis)

    @property
    def store(self) -> Store:
        """The store of the scenario that the server starts with."""
        scenario_stores = self.sessions.scenario_stores
        return scenario_stores.store(scenario_stores.first)

    def serve_apis(self, served_apis: Sequence[ServedApi]) -> None:
        """Serve these APIs from now on."""
        self.served_apis = self.sessions.served_apis = tuple(served_apis)
        self._alone = self.served_apis[0] if len(self.served_apis) == 1 else None
        self._by_prefix = {"/" + each.prefix[1:].partition("/")[0]: each for each in self.served_apis}
        self._below_control = [each.prefix for each in self.served_apis if each.prefix.startswith(f"{CONTROL_PATH}/")]
        self._forced = {each.contract.api: ForcedReplies(each, self._seed, self._locales) for each in self.served_apis}
        self._control = ControlApp(self.served_apis, self.sessions, self._reports, self._last_reload)
        if self.repeats is not None:
            self.repeats.clear()

    def _forget(self, session: str) -> None:
        if self.repeats is not None:
            self.repeats.forget(session)

    async def reload(self, served_apis: Sequence[ServedApi], scenario_stores: ScenarioStores) -> None:
        """Serve these APIs with other stores. The sessions keep what is not in a store."""
        before, self.sessions.scenario_stores = self.sessions.scenario_stores, scenario_stores
        self.serve_apis(served_apis)
        await before.close()

    def report_reload(self, text: str) -> None:
        """Say in the health reply what became of the last edit."""
        self._last_reload = text
        self._control.report_reload(text)

    def log_requests(self, log: Log) -> None:
        """Have each request logged once it is answered."""
        self._log = log

    def log(self, entry: JournalEntry, session: str) -> None:
        """Log a request that was answered, if that is wanted."""
        if self._log is not None:
            self._log(entry, session)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the start and the end of the server."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif scope["type"] == "http":
            await self._route(scope, receive, send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        # Requests get a copy of this state: what delays a reply ends when the server does.
        scope.get("state", {})[STOPPING] = asyncio.Event()
        await send({"type": "lifespan.startup.complete"})
        watching = asyncio.create_task(self._watch.run(self)) if self._watch else None
        await receive()
        if watching is not None:
            watching.cancel()
        await self.sessions.end_timers()
        await self.webhooks.close()
        if self.upstream is not None:
            await self.upstream.close()
        await self.sessions.scenario_stores.close()
        if self._log is not None:
            self._log.end()
        await send({"type": "lifespan.shutdown.complete"})

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        if len(headers) != len(scope["headers"]):
            scope["headers"] = joined(scope["headers"])
            headers = dict(scope["headers"])
        if not FORWARDING.isdisjoint(headers):
            scope[FORWARDED] = self._proxies.forwarded(scope, headers)
        path = scope["path"]
        if path.startswith(SESSION_PATH):
            name, scope = _enter_session(scope)
            path = scope["path"][len(scope["root_path"]) :] or "/"
        else:
            header = headers.get(SESSION_HEADER)
            name = "" if header is None else unquote(header.decode("latin-1"))
        is_control = (
            path.startswith(CONTROL_PATH)
            and path[len(CONTROL_PATH) :][:1] in {"", "/"}
            # A contract may say that it is served there itself.
            and not any(path.startswith(f"{prefix}/") for prefix in self._below_control)
        )
        refused = refusal(scope, headers)
        grant = self._grant(headers, is_control, refused is not None)
        channel = Channel(receive, send, grant, VARY_OF_CONTROL if is_control else VARY_OF_APIS)
        try:
            if is_control:
                if refused is not None:
                    raise refused
                self._access.check(scope, headers)
            if refused is None and is_preflight(scope["method"], headers):
                await answer(send, "OPTIONS", 204, preflight(headers, grant))
            elif is_control:
                await self._control(scope, channel.receive, channel.send, name, CONTROL_PATH)
            else:
                await self._call_api(scope, channel, headers, name, path, send, refused)
        except ApiError as error:
            await refuse(channel.send, scope["method"], error)
        except StoreError as error:
            log.error("the store cannot answer: %s", error)
            await refuse(channel.send, scope["method"], unavailable(error))
        except ClientDisconnectedError:
            pass  # nobody is left to answer
        except ConnectionCutError:
            raise
        except Exception:
            log.exception("%s %s failed", scope["method"], path)
            await refuse(channel.send, scope["method"], InternalServerError("The mock failed; its log says why."))

    def _grant(self, headers: Mapping[bytes, bytes], is_control: bool, is_refused: bool) -> Sequence[Header]:
        """What the page that sent a request may do; control has nothing for pages that are not trusted."""
        origin = headers.get(b"origin")
        if origin is None:
            # The origin may be in a part of the request that was not read.
            return ANYONE if is_refused and not is_control else ()
        if self._access.trusts_origin(origin):
            return trusted(origin)
        return () if is_control else ANYONE

    async def _call_api(
        self,
        scope: Scope,
        channel: Channel,
        headers: Mapping[bytes, bytes],
        name: str,
        path: str,
        client: Send,
        refused: ApiError | None,
    ) -> None:
        """Pass a request through the journal to its API, or to the forced replies of the API."""
        session = self.sessions.ready(name) or await self.sessions.get(name)
        served_api = None if path == ANYTHING else self._alone or self._by_prefix.get("/" + path[1:].partition("/")[0])
        entry = scope[ENTRY] = channel.entry = session.journal.open(scope, path, served_api)
        try:
            if path == ANYTHING and refused is None:
                await answer(channel.send, "OPTIONS", 204, [(b"allow", METHODS.encode())])
                return
            if served_api is None:
                prefixes = ", ".join(self._by_prefix)
                missing = NotFoundError(
                    f"No API is served at this path. The paths are {prefixes}, and {CONTROL_PATH}/ for control."
                )
                entry.refuse(refused or missing)
                await refuse(channel.send, scope["method"], refused or missing)
                return
            if refused is not None:
                route, _ = served_api.routes.find(entry.api_path)
                if isinstance(refused, MethodNotAllowedError) and route is not None:
                    refused.headers = ((b"allow", route.allow.encode()),)
                await self._forced[served_api.contract.api].refuse(entry, channel.send, refused)
                return
            if path == served_api.document_path and scope["method"] in {"GET", "HEAD"}:
                document = served_api.document(document_url(scope, name, served_api.path))
                headers_out = [(b"content-type", b"application/json")]
                await answer(channel.send, scope["method"], 200, headers_out, orjson.dumps(document))
                return
            if served_api.prefix:
                if path != served_api.prefix and not path.startswith(f"{served_api.prefix}/"):
                    elsewhere = NotFoundError(f"This API is served below {served_api.prefix}/.")
                    await self._forced[served_api.contract.api].refuse(entry, channel.send, elsewhere)
                    return
                scope["root_path"] = scope.get("root_path", "") + served_api.prefix
            scope[SESSION] = session
            if b"prefer" in headers or session.overrides.active:
                prefer = [value.decode("latin-1") for key, value in scope["headers"] if key == b"prefer"]
                forced = self._forced[served_api.contract.api]
                await forced(scope, channel.receive, channel.send, session.overrides, prefer, abort_function(client))
            else:
                await served_api.app(scope, channel.receive, channel.send)
                # Whether a client is believed what a proxy says depends on its connection.
                if entry.version is not None and FORWARDED not in scope:
                    scope["state"][REPEAT] = Repetition(self.sessions, name, entry, self.log)
        finally:
            entry.close()
            self.log(entry, name)


def _enter_session(scope: Scope) -> tuple[str, Scope]:
    """The session that a path names, and the scope below that prefix."""
    name = scope["path"][len(SESSION_PATH) :].partition("/")[0]
    root = f"{scope.get('root_path', '')}{SESSION_PATH}{name}"
    return name, {**scope, "root_path": root}
