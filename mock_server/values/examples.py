"""The named examples of the responses in a contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.mock_server.http.media_types import bare, choose
from understudy.specs import Contract, Operation
from understudy.specs.reading.references import resolve

#: Media type -> value.
Example = Mapping[str, Any]


class Examples:
    """Finds the examples of an operation by status and name; read from the document at first use."""

    def __init__(self, contract: Contract) -> None:
        self._document = contract.document
        self._read: dict[str, dict[int, dict[str, Example]]] = {}

    def of(self, operation: Operation) -> Mapping[int, Mapping[str, Example]]:
        """All examples of an operation: status -> name -> example."""
        found = self._read.get(operation.id)
        if found is None:
            found = self._read[operation.id] = self._collect(operation)
        return found

    def schema(self, operation: Operation, status: int, accept: str | None) -> tuple[str, Any] | None:
        """The media type and (unresolved) schema of a status, None if it has no body."""
        content = self.content(operation, status)
        if not content:
            return None
        media_type = preferred(list(content), accept)
        return media_type, content[media_type].get("schema", {})

    def content(self, operation: Operation, status: int) -> Mapping[str, Any]:
        """The `content` of a status: media type -> media type object."""
        reply = self._node(operation)["responses"].get(str(status), {})
        content: Mapping[str, Any] = self.resolve(reply).get("content", {})
        return content

    def resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """The object that a `$ref` points to; any other object itself."""
        return resolve(self._document, node)

    def _node(self, operation: Operation) -> Mapping[str, Any]:
        node: Mapping[str, Any] = self._document["paths"][operation.path][operation.method.lower()]
        return node

    def _collect(self, operation: Operation) -> dict[int, dict[str, Example]]:
        found: dict[int, dict[str, Example]] = {}
        for status in operation.responses:
            if not status.isdigit():
                continue
            named: dict[str, dict[str, Any]] = {}
            for media_type, content in self.content(operation, int(status)).items():
                for name, example in content.get("examples", {}).items():
                    named.setdefault(name, {})[media_type] = self.resolve(example).get("value")
            found[int(status)] = dict(named)
        return found


def preferred(offered: list[str], accept: str | None) -> str:
    """The offered media type that a client prefers; the first if it accepts none."""
    if accept is None:
        return offered[0]
    return choose(accept, offered) or next((each for each in offered if bare(each) == bare(accept)), offered[0])
