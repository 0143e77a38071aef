"""The schemas of our own files, and what they say of data that does not fit them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.wording import pointer, sentence

SCHEMAS = Path(__file__).parent / "schemas"


@cache
def written(name: str) -> dict[str, Any]:
    """A JSON Schema of `schemas/`. What it takes from that of seeds is put into it."""
    text = (SCHEMAS / f"{name}.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text.replace("seed.schema.json#/", "#/"))
    if "seed.schema.json#/" in text:
        schema["$defs"] |= written("seed")["$defs"]
    return schema


def _part(name: str, part: str) -> dict[str, Any]:
    schema = written(name)
    section, _, own = part.rpartition("/")
    return {**schema[section or "properties"][own], "$defs": schema["$defs"]} if part else schema


@cache
def _validator(name: str, part: str = "") -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_part(name, part), validate_formats=True)


def refuse(name: str, data: Any, part: str = "", steps: Iterable[Any] = ()) -> None:
    """Raise ContractError for data that does not fit a schema of `schemas/`, or the part of it for a kind of object.

    A part may be one of the schema's definitions, as `$defs/operation`. `steps` lead from the top of the file to the data.
    """
    error = next(iter(_validator(name, part).iter_errors(data)), None)
    if error is not None:
        raise ContractError(placed((*steps, *error.instance_path), sentence(error, _part(name, part))))


def placed(steps: Iterable[Any], problem: str) -> str:
    """A problem with the place in its file."""
    place = pointer(steps)
    return f"{place}: {problem}" if place else problem
