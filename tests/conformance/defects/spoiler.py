"""An ASGI application between the kit and a correct mock that changes the requests and replies of a session.

The mock itself is not changed: a defect changes a request on its way to the mock, or the reply on its way back. The
session that the caller names says which defect is active, so that one server proves all of them; the requests of a
session without a defect pass unchanged.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

import httpx

from defects.messages import Answer, Json, Sent
from understudy.specs import Contract, Operation

#: Webhooks that a defect changes are sent to paths below this one, on their way to the kit.
RELAY = "/_relay/"


@dataclass(slots=True)
class Mock:
    """The correct mock as a defect sees it, in one session. `memory` is what the defect keeps during the session."""

    application: Any
    contract: Contract
    scope: Any
    memory: dict[str, Any] = field(default_factory=dict)

    async def ask(self, sent: Sent) -> Answer:
        """The correct answer to a request."""
        headers = {**sent.headers, "content-length": str(len(sent.body))} if sent.body else sent.headers
        scope = {
            **self.scope,
            "method": sent.method,
            "path": unquote(sent.path),
            "raw_path": sent.path.encode("latin-1"),
            "query_string": sent.query_string,
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        }
        answer = Answer(500, {})
        pieces: list[bytes] = []
        waiting = [{"type": "http.request", "body": sent.body, "more_body": False}]

        async def receive() -> Any:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                pairs = (
                    (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in message["headers"]
                )
                answer.headers = dict(pairs)
            elif message["type"] == "http.response.body":
                pieces.append(message.get("body", b""))

        await self.application(scope, receive, send)
        answer.body = b"".join(pieces)
        return answer

    async def get(self, sent: Sent, path: str, **query: Any) -> Json:
        """The JSON that the caller of a request would read at another path."""
        other = sent.like(method="GET", path=path, query=[], body=b"").with_query(**query)
        other.headers.pop("content-type", None)
        return (await self.ask(other)).json

    async def everything(self, sent: Sent) -> list[Json]:
        """All items of the list that a request asks a page of."""
        operation = self.operation(sent)
        assert operation is not None
        assert operation.pagination is not None
        size, page = operation.pagination.size, operation.pagination.page
        assert page is not None
        kept = [(name, value) for name, value in sent.query if name not in (*size.parameters, *page.parameters)]
        found: list[Json] = []
        step = min(size.maximum, 100)
        for number in range(1, 50):
            query = [*kept, (size.parameters[0], str(step)), (page.parameters[0], str(number))]
            answer = await self.ask(sent.like(query=query))
            items = answer.json if answer.ok else None
            for name in operation.pagination.items_at():
                items = (items or {}).get(name)
            found += items or []
            if len(items or []) < step:
                break
        return found

    def operation(self, sent: Sent) -> Operation | None:
        """The operation that a request calls."""
        return route(self.contract, sent.method, sent.path)

    def relay(self, url: str) -> str:
        """An address of this application that passes a webhook on to another address."""
        host = next(value.decode() for name, value in self.scope["headers"] if name == b"host")
        session = self.memory["session"]
        return f"http://{host}{RELAY}{session}/{urlsafe_b64encode(url.encode()).decode()}"


Act = Callable[[Sent, Mock], Awaitable[Answer]]
#: Changes a delivery of a webhook: its headers and body; no item holds it back.
Deliver = Callable[[dict[str, str], bytes], Iterable[tuple[dict[str, str], bytes]]]


@dataclass(frozen=True, slots=True)
class Defect:
    """One planted fault: what is wrong, the clauses that it breaks, the operations that it affects and what it does.

    `on` are operationIds or shell patterns, separated by spaces; `*` is every request, also to unknown paths.
    """

    api: str
    name: str
    about: str
    breaks: tuple[str, ...]
    on: str
    act: Act
    deliver: Deliver | None = None

    def concerns(self, operation: Operation | None) -> bool:
        """Whether it affects an operation."""
        if self.on == "*":
            return True
        return operation is not None and any(fnmatchcase(operation.id, pattern) for pattern in self.on.split())


class Spoiler:
    """The mock of one API with planted defects, one for each session."""

    def __init__(self, application: Any, contract: Contract) -> None:
        self._application = application
        self._contract = contract
        self._planted: dict[str, tuple[Defect, dict[str, Any]]] = {}
        #: Sessions whose defect raised an error of its own: what the kit saw there proves nothing.
        self.stumbles: dict[str, str] = {}

    def plant(self, session: str, defect: Defect) -> None:
        """Activate a defect for the requests of a session."""
        self._planted[session] = defect, {"session": session}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        body = await _whole(receive)
        sent = Sent.received(scope, body)
        if sent.path.startswith(RELAY):
            answer = await self._deliver(sent)
        else:
            defect, memory = self._planted.get(sent.headers.get("x-mock-session", ""), (None, {}))
            mock = Mock(self._application, self._contract, scope, memory)
            spoiled = defect is not None and defect.concerns(mock.operation(sent))
            answer = await self._spoil(defect, sent, mock) if defect is not None and spoiled else await mock.ask(sent)
        # A reply to HEAD and one of these statuses has no body, whatever a defect made of it.
        bare = sent.method == "HEAD" or answer.status in {204, 304}
        headers = answer.headers if bare else {**answer.headers, "content-length": str(len(answer.body))}
        if answer.status == 204:
            headers = {name: value for name, value in headers.items() if name not in {"content-length", "content-type"}}
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        await send({"type": "http.response.body", "body": b"" if bare else answer.body})

    async def _spoil(self, defect: Defect, sent: Sent, mock: Mock) -> Answer:
        try:
            return await defect.act(sent, mock)
        except Exception as error:
            message = f"{type(error).__name__}: {error} at {sent.method} {sent.path}?{sent.query_string.decode()}"
            self.stumbles[mock.memory["session"]] = message
            # A 500 here would count as a failure that the defect caused.
            return await mock.ask(sent)

    async def _deliver(self, sent: Sent) -> Answer:
        session, _, encoded = sent.path.removeprefix(RELAY).partition("/")
        defect = self._planted[session][0]
        assert defect.deliver is not None
        headers = {name: value for name, value in sent.headers.items() if name not in {"host", "content-length"}}
        status = 200
        async with httpx.AsyncClient(verify=False) as client:
            for changed, body in defect.deliver(headers, sent.body):
                reply = await client.post(urlsafe_b64decode(encoded).decode(), headers=changed, content=body)
                status = reply.status_code
        return Answer(status, {"content-type": "text/plain"})


def route(contract: Contract, method: str, path: str) -> Operation | None:
    """The operation of a method and a path, concrete paths before templated ones."""
    found = [
        operation
        for operation in contract.operations.values()
        if operation.method == method and _pattern(operation.path).fullmatch(path.rstrip("/"))
    ]
    return min(found, key=lambda each: each.path.count("{"), default=None)


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _pattern(path: str) -> re.Pattern[str]:
    if path not in _PATTERNS:
        steps = re.split(r"(\{[^}]+\})", path.rstrip("/"))
        _PATTERNS[path] = re.compile("".join("[^/]+" if s.startswith("{") else re.escape(s) for s in steps))
    return _PATTERNS[path]


async def _whole(receive: Any) -> bytes:
    pieces: list[bytes] = []
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)
