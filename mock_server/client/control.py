"""The control operations of the mock, for one session."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, overload

from understudy.mock_server.client.records import Records
from understudy.mock_server.client.session_clock import SessionClock
from understudy.mock_server.clock import ticks

if TYPE_CHECKING:
    from typing import NotRequired, Unpack

    import httpx

    from understudy.mock_server.client.wire import Expectation, ForcedReply, Network, Reply, Request

R = TypeVar("R")

#: Seconds between two looks for a request that is expected.
LOOK = 0.02


class Filter(TypedDict):
    """Which requests of the journal are listed."""

    api: NotRequired[str]
    method: NotRequired[str]
    path: NotRequired[str]
    operation: NotRequired[str]
    status: NotRequired[int | str]
    session: NotRequired[str]
    since: NotRequired[int]
    limit: NotRequired[int]


class Control:
    """The control operations, for one session. Raises AssertionError with the mock's message when one is refused."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.clock = SessionClock(self)

    def __call__(self, method: str, path: str, json: Any = None, /, **params: Any) -> Any:
        """Any operation of the control document: `control("PUT", "network", {"latency": 0.2})`."""
        reply = self._client.request(method, f"/_mock/{path}", json=json, params=params)
        if not reply.is_success:
            raise AssertionError(reply.json()["error"]["message"])
        return reply.json() if reply.content else None

    def reset(self) -> None:
        """Go back to the beginning."""
        self("POST", "reset")

    def scenario(self, name: str) -> None:
        """Start again in a scenario."""
        self("PUT", "scenario", {"name": name})

    def force(self, **reply: Unpack[Reply]) -> ForcedReply:
        """Force the reply to the next requests that match: `force(path="/v1/studies", status=503, times=2)`."""
        forced: ForcedReply = self("POST", "replies", reply)
        return forced

    def prefer(self, preferences: str) -> None:
        """Give every later request a `Prefer` header."""
        self("PUT", "preferences", {"prefer": preferences})

    def network(self, **network: Unpack[Network]) -> None:
        """Slow replies down, let some fail: `network(latency=0.2, failure_rate=0.1, seed=1)`. Latency is in seconds."""
        self("PUT", "network", network)

    def latency(self, seconds: float) -> None:
        """Delay every later reply; the other network conditions stay as they are."""
        self.network(**{**self("GET", "network"), "latency": seconds})

    def requests(self, **match: Unpack[Filter]) -> list[Request]:
        """The requests of this session that match, newest last: `requests(method="POST", status="4xx")`."""
        entries: list[Request] = self("GET", "requests", **match)["requests"]
        return entries

    def assert_requests(self, count: int, **match: Unpack[Filter]) -> None:
        """Raise AssertionError unless exactly `count` requests match."""
        self("GET", "requests/count", exactly=count, **match)

    def expect_request(self, *, within: float = 0.0, **expected: Unpack[Expectation]) -> Request:
        """The last request that is as expected: `expect_request(method="POST", request_body={"name": "Diary study"})`.

        Raises AssertionError, which says where the closest request differs, unless one fits (exactly `times`, if
        given) within some seconds.
        """
        if expected.get("times") == 0:
            raise ValueError("expect_request(times=0) has no request to return; use expect_no_request")
        return self._expected(expected, within)[-1]

    def expect_no_request(self, **expected: Unpack[Expectation]) -> None:
        """Raise AssertionError, which lists them, if requests fit."""
        self._expected({**expected, "times": 0}, 0.0)

    @overload
    def records(self, api: str, resource: str) -> Records[dict[str, Any]]: ...
    @overload
    def records(self, api: str, resource: str, kind: type[R]) -> Records[R]: ...
    def records(self, api: str, resource: str, kind: type[Any] = dict) -> Records[Any]:
        """The records of a resource, whoever owns them: `records(api, "study").list()`.

        With a class as `kind` (a dataclass, a TypedDict, a pydantic model, …) they are of that type.
        """
        return Records(self, api, resource, kind)

    def snapshot(self, name: str) -> None:
        """Keep the present records under a name."""
        self("PUT", f"snapshots/{name}")

    def restore(self, name: str) -> None:
        """Go back to a snapshot."""
        self("POST", f"snapshots/{name}/restore")

    def _expected(self, expected: Expectation, within: float) -> list[Request]:
        deadline = ticks() + within
        while True:
            try:
                fitting: list[Request] = self("POST", "requests/expect", expected)["requests"]
                return fitting
            except AssertionError:
                if ticks() >= deadline:
                    raise
            time.sleep(LOOK)
