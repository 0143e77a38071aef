"""Tells a record that a real server does not have from an operation that it does not have yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from understudy.mock_server.http.media_types import bare
from understudy.specs import Contract, Operation

NOT_FOUND, NOT_ALLOWED, NOT_IMPLEMENTED = 404, 405, 501


class Lacking:
    """Judges the refusals of one real server.

    405 and 501 say that an operation is not there. 404 says so where the path has no parameter that could name a record,
    or where the reply does not have the form of the API's own errors: then a framework has written it. Once an operation
    has succeeded, 404 is about a record.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._present: set[str] = set()

    def saw(self, operation: Operation, status: int) -> None:
        """Remember that an operation has succeeded."""
        if 200 <= status < 300:
            self._present.add(operation.id)

    def lacks(self, operation: Operation, status: int, media_type: str, body: bytes | None) -> bool:
        """Whether a reply says that the server does not have the operation; `body` is None where it is not JSON."""
        if status in {NOT_ALLOWED, NOT_IMPLEMENTED}:
            return True
        if status != NOT_FOUND or operation.id in self._present:
            return False
        return not operation.path_parameters or not self._is_own(operation, media_type, body)

    def _is_own(self, operation: Operation, media_type: str, body: bytes | None) -> bool:
        """Whether an error has the form that the API gives to its errors."""
        shape = operation.errors.get(str(NOT_FOUND), operation.errors.get("default", self._contract.errors))
        if media_type != bare(shape.media_type):
            return False
        if isinstance(shape.body, str):
            return True
        try:
            return _alike(shape.body, orjson.loads(body or b""))
        except orjson.JSONDecodeError:
            return False


def _alike(template: Any, value: Any) -> bool:
    """Whether a value has members of a template, of the same kinds."""
    if isinstance(template, Mapping):
        common = template.keys() & value.keys() if isinstance(value, dict) else ()
        return bool(common) and all(_alike(template[name], value[name]) for name in common)
    if isinstance(template, list):
        return isinstance(value, list)
    # What stands in a text may be a list or an object: the template names it.
    return not (isinstance(template, str) and not template.startswith("{") and isinstance(value, dict | list))
