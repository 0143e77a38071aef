"""The OpenAPI document of the control operations."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from understudy.specs.assembling import METHODS
from understudy.specs.reading.schema import convert
from understudy.specs.reading.yaml_files import parse

#: The base URI of the references between the schemas.
URI = "urn:understudy:control"

#: The response that any operation may have.
REFUSED = {"$ref": "#/components/responses/Refused"}

_FILE = Path(__file__).with_name("openapi.yaml")


@cache
def control_document() -> dict[str, Any]:
    """The OpenAPI document of the control operations, without those of the APIs.

    Each may be refused for reasons that have nothing to do with it: a page of another site, a name that is not valid, a
    body that is too long or not JSON. This is added to all of them.
    """
    document: dict[str, Any] = parse(_FILE.read_bytes())
    for item in document["paths"].values():
        for method in filter(item.__contains__, METHODS):
            item[method]["responses"].setdefault("default", REFUSED)
    return document


@cache
def control_schemas() -> dict[str, Any]:
    """The document's schemas, converted to JSON Schema 2020-12."""
    schemas = control_document()["components"]["schemas"]
    return {"components": {"schemas": {name: convert(schema, URI) for name, schema in schemas.items()}}}
