"""An API as it is served: its contract, its path, and the application that answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.engine.registration import Behaviours
from understudy.mock_server.http.responses import App
from understudy.mock_server.http.routing import Route, Router
from understudy.specs import Contract, Operation


@dataclass(frozen=True)
class ServedApi:
    """An API with its application and the path under which it is served."""

    contract: Contract
    prefix: str
    resources: ResourceTypes
    behaviours: Behaviours
    app: App

    def operation(self, method: str, api_path: str) -> Operation | None:
        """The operation of a request by its method and its path without the API's prefix; None if there is none."""
        route, _ = self.routes.find(api_path)
        return route.methods.get("GET" if method == "HEAD" else method) if route else None

    @cached_property
    def routes(self) -> Router[Operation]:
        """The operations by path, for the journal and forced replies; the application compiles its own router."""
        paths: dict[str, dict[str, Operation]] = {}
        for operation in self.contract.operations.values():
            paths.setdefault(operation.path, {})[operation.method] = operation
        return Router([Route(path, ("",), methods) for path, methods in paths.items()], self.contract.trailing_slash)
