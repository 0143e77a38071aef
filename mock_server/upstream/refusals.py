"""Refusals of what cannot be passed on, in the form of the API's own errors."""

from __future__ import annotations

from understudy.mock_server.http.errors import ApiError, ErrorRenderer
from understudy.mock_server.http.responses import Send, answer
from understudy.specs import Contract, Operation


class Refusals:
    """Writes the errors of one contract."""

    def __init__(self, contract: Contract) -> None:
        self._shape = contract.errors

    async def refuse(self, send: Send, method: str, operation: Operation, error: ApiError) -> None:
        """Answer with an error."""
        own = operation.errors
        errors = ErrorRenderer(own.get(str(error.status), own.get("default", self._shape)))
        headers = [*error.headers, (b"content-type", errors.media_type)]
        await answer(send, method, error.status, headers, errors.body(error.status, error))
