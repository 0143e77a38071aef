"""The documents that are sent to Lookit."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def linkage(kind: str, name: str) -> Document:
    """A relationship of a request."""
    return {"data": {"type": kind, "id": name}}


def comment(text: str | None, response: str | None, **more: Any) -> Document:
    """The document that creates feedback; None leaves a part out."""
    attributes = {} if text is None else {"comment": text}
    relationships = {} if response is None else {"response": linkage("responses", response)}
    return {"data": {"type": "feedback", "attributes": attributes, "relationships": relationships, **more}}


def answer(child: str | None, study: str | None, attributes: Document | None = None, **more: Any) -> Document:
    """The document that creates a response."""
    relationships = {}
    if child is not None:
        relationships["child"] = linkage("children", child)
    if study is not None:
        relationships["study"] = linkage("studies", study)
    return {"data": {"type": "responses", "attributes": attributes or {}, "relationships": relationships, **more}}


def change(kind: str, name: str, attributes: Document, **more: Any) -> Document:
    """The document that updates an object."""
    return {"data": {"type": kind, "id": name, "attributes": attributes, **more}}
