"""An accepted request in the contract's own names, and the answer before HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from understudy.mock_server.engine.state import State
from understudy.mock_server.http.caller import Caller
from understudy.specs import Operation

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Call(NamedTuple):
    """A request that passed every check of the contract.

    `path` and `query` hold the parameters under the contract's names, defaults filled in; `body` is the
    decoded JSON value (or the form as an object), None when there was none; `base` is the address under which
    the client reached the API, without a final slash; `url` is that of this request without its query, `asked` the
    query as it was sent, with what the contract does not speak of.
    """

    operation: Operation
    caller: Caller
    state: State
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[bytes, bytes]
    body: Any
    base: str
    url: str
    asked: bytes
    accepts: str | None

    def others(self, *names: str) -> list[tuple[str, str]]:
        """The query's parameters in the order in which they were sent, without some."""
        told = parse_qsl(self.asked.decode("latin-1"), keep_blank_values=True)
        return [(name, value) for name, value in told if name not in names]


class Control(NamedTuple):
    """A control operation of an API: its function, and the schema that OpenAPI gives the body; {} takes none."""

    function: Callable[[State, dict[str, str], dict[str, Any]], Awaitable[tuple[int, Any]]]
    body: Mapping[str, Any] = MappingProxyType({})

    @property
    def request_body(self) -> dict[str, Any]:
        """The same as OpenAPI describes it at an operation, empty when no body is taken."""
        if not self.body:
            return {}
        schema = {"type": "object", "additionalProperties": False, **self.body}
        return {"required": "required" in self.body, "content": {"application/json": {"schema": schema}}}


class Reply(NamedTuple):
    """An answer.

    `body` is a JSON value, which is checked against the contract; or `raw` holds bytes of records that were
    checked when they were written; or `stream` yields such bytes piece by piece. `media_type` None means the
    first that the contract declares for the status.
    """

    status: int
    body: Any = None
    raw: bytes | None = None
    stream: AsyncIterator[bytes] | None = None
    media_type: str | None = None
    headers: Mapping[str, str] = NO_HEADERS
