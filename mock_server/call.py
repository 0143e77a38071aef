"""An accepted request in the contract's own names, and the answer before HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from mock_server.caller import Caller
from mock_server.state import State
from specs import Operation

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
