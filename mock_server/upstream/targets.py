"""Which operation a request is for, and with which values in its path."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from understudy.mock_server.http.responses import Scope
from understudy.mock_server.http.routing import Route, Router, path_below
from understudy.specs import Contract, Operation

_NAMES = re.compile(r"\{([^}]+)\}")

#: Segments that mean another path (RFC 3986, 6.2.2.3), which need not be that of the operation.
_DOTS = frozenset({".", ".."})


class Target(NamedTuple):
    """An operation, the path of a request below the API's mount, and the names and values of what it holds."""

    operation: Operation
    path: str
    names: tuple[str, ...]
    values: tuple[str, ...]

    def path_with(self, values: tuple[str, ...]) -> str:
        """The path of the operation with these values."""
        left = iter(values)
        return _NAMES.sub(lambda _: quote(next(left), safe=":@!$&'()*+,;=[]"), self.operation.path)


class Targets:
    """The operations of one contract by path and method."""

    def __init__(self, contract: Contract) -> None:
        paths: dict[str, dict[str, Operation]] = {}
        for operation in contract.operations.values():
            paths.setdefault(operation.path, {})[operation.method] = operation
        routes = [Route(path, tuple(_NAMES.findall(path)), methods) for path, methods in paths.items()]
        self._router = Router(routes, contract.trailing_slash)

    def find(self, scope: Scope) -> Target | None:
        """What a request asks for, None if the contract does not have it."""
        path = path_below(scope)
        route, values = self._router.find(path)
        operation = route.answering(scope["method"]) if route is not None else None
        if route is None or operation is None or not _DOTS.isdisjoint(values):
            return None
        return Target(operation, path, route.names, values)
