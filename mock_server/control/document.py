"""The OpenAPI document of the control operations."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from understudy.specs.reading.schema import convert
from understudy.specs.reading.yaml_files import parse

#: The base URI of the references between the schemas.
URI = "urn:understudy:control"

_FILE = Path(__file__).with_name("openapi.yaml")


@cache
def control_document() -> dict[str, Any]:
    """The OpenAPI document of the control operations, without those of the APIs."""
    document: dict[str, Any] = parse(_FILE.read_bytes())
    return document


@cache
def control_schemas() -> dict[str, Any]:
    """The document's schemas, converted to JSON Schema 2020-12."""
    schemas = control_document()["components"]["schemas"]
    return {"components": {"schemas": {name: convert(schema, URI) for name, schema in schemas.items()}}}
