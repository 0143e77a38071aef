"""An API as it is served: its contract, its path, and the application that answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from understudy.mock_server.data.inferred import InferredRecords
from understudy.mock_server.data.resource_types import ResourceTypes
from understudy.mock_server.engine.registration import Behaviours
from understudy.mock_server.http.responses import App
from understudy.mock_server.http.routing import Route, Router
from understudy.specs import Contract, Operation, without_marks

#: The path of a document beside the operations of its API.
DOCUMENT = "/openapi.json"


@dataclass(frozen=True)
class ServedApi:
    """An API with its application and the path under which it is served."""

    contract: Contract
    prefix: str
    resources: ResourceTypes
    behaviours: Behaviours
    app: App
    #: What makes its records, where their meaning was inferred.
    records: InferredRecords | None = None

    @cached_property
    def document_path(self) -> str | None:
        """The path at which the API's document is served beside its operations; None if one of them is there."""
        return None if self.routes.find(DOCUMENT)[0] else f"{self.prefix}{DOCUMENT}"

    @cached_property
    def path(self) -> str:
        """The path below which the operations of the document are, without a final slash."""
        servers = self.contract.document.get("servers") or [{"url": "/"}]
        return f"{self.prefix}{urlsplit(str(servers[0]['url'])).path.rstrip('/')}"

    def document(self, url: str) -> dict[str, Any]:
        """The document as it is served: its server is the one at the address `url`."""
        return {**self._plain_document, "servers": [{"url": url}]}

    @cached_property
    def _plain_document(self) -> dict[str, Any]:
        """The contract's document without marks, which would be errors to other tools where they stand beside `$ref`."""
        return without_marks(self.contract.document)

    def operation(self, method: str, api_path: str) -> Operation | None:
        """The operation of a request by its method and its path without the API's prefix; None if there is none."""
        route, _ = self.routes.find(api_path)
        return route.answering(method) if route else None

    @cached_property
    def routes(self) -> Router[Operation]:
        """The operations by path, for the journal and forced replies; the application compiles its own router."""
        routes: dict[str, Route[Operation]] = {}
        for operation in self.contract.operations.values():
            form = re.sub(r"\{[^{}]*\}", "{}", operation.route)
            known = routes.get(form, Route(operation.open_route, ("",), {}))
            routes[form] = replace(known, methods={operation.method: operation, **known.methods})
        return Router(routes.values(), self.contract.trailing_slash)
