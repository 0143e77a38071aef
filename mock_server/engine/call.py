"""A request that was accepted, under the contract's names, and the reply before it becomes HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import ApiError
from understudy.mock_server.http.security.tokens import Caller
from understudy.specs import Operation

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Call(NamedTuple):
    """A request that passed every check of the contract.

    `path` and `query` hold the parameters under the contract's names, with defaults filled in. `body` is the decoded
    JSON value (or the form as an object), None if no body was sent. `base` is the address under which the client
    reached the API, without a final slash; `url` is the address of this request without its query. `query_string` is
    the query as it was sent, including parameters that the contract does not declare. `accepts` is the media type
    that was negotiated. `fault` is what is wrong with the body, where the contract leaves it to the operation when to
    raise it (`x-body-check: late`); until then the body may have any form.
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
    query_string: bytes
    accepts: str | None
    fault: ApiError | None = None

    def others(self, *names: str) -> list[tuple[str, str]]:
        """The query's parameters in the order in which they were sent, except those with the given names."""
        if not self.query_string:
            return []
        sent = parse_qsl(self.query_string.decode("latin-1"), keep_blank_values=True)
        return [(name, value) for name, value in sent if name not in names]


class ControlOperation(NamedTuple):
    """A control operation of an API: its function, and the OpenAPI schemas of its body and its reply; {} for none."""

    function: Callable[[State, dict[str, str], dict[str, Any]], Awaitable[tuple[int, Any]]]
    body: Mapping[str, Any] = MappingProxyType({})
    reply: Mapping[str, Any] = MappingProxyType({})

    @property
    def response(self) -> dict[str, Any]:
        """The response of the operation in OpenAPI, whichever status of success it has."""
        if not self.reply:
            return {"description": "The request was carried out."}
        return {"description": "The result.", "content": {"application/json": {"schema": dict(self.reply)}}}

    @property
    def request_body(self) -> dict[str, Any]:
        """The `requestBody` of the operation in OpenAPI; empty if the operation takes no body."""
        if not self.body:
            return {}
        schema = {"type": "object", "additionalProperties": False, **self.body}
        return {"required": "required" in self.body, "content": {"application/json": {"schema": schema}}}


class Reply(NamedTuple):
    """A reply to a call.

    `body` is a JSON value, which is checked against the contract; or `raw` holds bytes of records that were
    checked when they were written; or `stream` yields such bytes piece by piece. If `media_type` is None, it is the
    first one that the contract declares for the status. `undeclared` says that the status need not be declared.
    """

    status: int
    body: Any = None
    raw: bytes | None = None
    stream: AsyncIterator[bytes] | None = None
    media_type: str | None = None
    headers: Mapping[str, str] = NO_HEADERS
    undeclared: bool = False
