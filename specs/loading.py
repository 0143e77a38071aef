"""Reads an API's folder and refuses, by name, whatever it does not know."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from understudy.specs import contract as c
from understudy.specs.assembling import assemble, tie
from understudy.specs.coherence import dangling, duplicates, incoherences, unknown_operations
from understudy.specs.later import as_of
from understudy.specs.promised import misplaced_choices, promised
from understudy.specs.reading.cache import cached, program
from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.objects import misled, objects
from understudy.specs.reading.openapi import JUDGES, openapi_faults
from understudy.specs.reading.wording import pointer, quoted, sentence
from understudy.specs.reading.yaml_files import YamlError, parse
from understudy.specs.seed import seed_faults

HERE = Path(__file__).parent
FILES = ("openapi.yaml", "clauses.yaml", "seed.yaml")
#: The kind of what is kept of whole contracts.
KIND = "verdicts"


@cache
def apis() -> tuple[str, ...]:
    """The names of all APIs that have a contract, sorted."""
    return tuple(sorted(p.parent.name.replace("_", "-") for p in HERE.glob("*/openapi.yaml")))


@cache
def load(api: str, later: bool = False) -> c.Contract:
    """Read the contract of one API, as its source says or, where that contradicts it, as the API of today behaves.

    `api` is a name from `apis()`. Raises ContractError for an unknown name, and for a contract that contradicts itself.
    """
    if api not in apis():
        raise ContractError(f"There is no API {api!r}. The APIs are {', '.join(apis())}.")
    return load_folder(HERE / api.replace("-", "_"), later)


def load_readable() -> tuple[list[c.Contract], list[ContractError]]:
    """The contracts of all APIs that can be read, in their order, and what is wrong with the others."""
    contracts, broken = [], []
    for api in apis():
        try:
            contracts.append(load(api))
        except ContractError as error:
            broken.append(error)
    return contracts, broken


def load_folder(folder: Path, later: bool = False) -> c.Contract:
    """Read the contract in a folder of the same form, named after its API. Raises ContractError and nothing else."""
    api = folder.name.replace("_", "-")
    document, *others = (_read(folder / name) for name in FILES)
    if isinstance(document, dict):
        try:
            document = as_of(document, later)
        except ContractError as error:
            raise ContractError(f"{shown(folder / FILES[0])}: {error}") from error
    texts = (document, *others)
    # A text that was found in order before is not checked again.
    key = orjson.dumps(texts) + program(HERE, distributions=(*JUDGES, "jsonschema-rs"))
    fault = cached(KIND, key, lambda: _fault(api, *texts))
    if fault is not None:
        file, problem = fault
        raise ContractError(f"{shown(folder / file)}: {problem}")
    contract = assemble(api, *texts)
    tie(contract)
    return replace(contract, folder=folder)


def shown(path: Path) -> str:
    """A path as errors name it: below the current directory it is relative to it."""
    with suppress(ValueError, OSError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def _fault(api: str, document: Any, clauses: Any, seed: Any) -> tuple[str, str] | None:
    """The first thing that is wrong with a contract: the file, and what and where it is."""
    file = "openapi.yaml"
    try:
        _check_document(document)
        faults = openapi_faults(document)
        for fault in faults:
            if fault.structural:
                raise ContractError(str(fault))
        _check_annotations(document)
        for problem in [*misled(document), *duplicates(document), *misplaced_choices(document)]:
            raise ContractError(problem)
        file = "clauses.yaml"
        refuse("clauses", clauses)
        file = "seed.yaml"
        refuse("seed", seed)
        file = "openapi.yaml"
        contract = assemble(api, document, clauses, seed)
        for problem in incoherences(contract):
            raise ContractError(problem)
        promised(contract)
        file = "clauses.yaml"
        for problem in unknown_operations(contract):
            raise ContractError(problem)
        file = "seed.yaml"
        for problem in seed_faults(contract):
            raise ContractError(problem)
        file = "openapi.yaml"
        for fault in faults:
            raise ContractError(str(fault))
    except ContractError as error:
        return file, str(error)
    except RecursionError:
        return file, "it is nested too deeply"
    return None


def _check_document(document: Any) -> None:
    """What must hold before a validator looks at a document: its version, and that it stays within itself."""
    if not isinstance(document, dict):
        raise ContractError(f"an OpenAPI document is an object, not {quoted(document)}")
    version = document.get("openapi")
    if not isinstance(version, str) or not version.startswith("3.0."):
        raise ContractError(f"/openapi: {quoted(version)} is not a version that is read here; use 3.0.0 to 3.0.4")
    components = document.get("components")
    sections = components.items() if isinstance(components, dict) else ()
    for section, named in [
        (("paths",), document.get("paths")),
        *((("components", name), part) for name, part in sections),
    ]:
        for name, part in named.items() if isinstance(named, dict) else ():
            if not isinstance(part, dict):
                raise ContractError(f"{pointer((*section, name))}: {quoted(part)} is not an object")
    for problem in dangling(document):
        raise ContractError(problem)


def _check_annotations(document: dict[str, Any]) -> None:
    """Every member whose name begins with `x-` must be known where it stands, and have the form that is described."""
    known = _schema("annotations")["properties"]
    for steps, kind, node in objects(document):
        extensions = {name: value for name, value in node.items() if str(name).startswith("x-")}
        names = known.get(kind, {}).get("properties", {})
        for name in extensions:
            if name not in names:
                accepted = f"known are {', '.join(names)}" if names else f"none is known on this object ({kind})"
                raise ContractError(_placed(steps, f"there is no annotation {name}; {accepted}"))
        if kind in known:
            refuse("annotations", extensions, kind, steps)


def _read(path: Path) -> Any:
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise ContractError(f"{shown(path)}: {error.strerror}") from error
    except YamlError as error:
        raise ContractError(f"{shown(path)}: {error}") from error


@cache
def _schema(name: str) -> dict[str, Any]:
    """A JSON Schema of `schemas/`. What it takes from that of seeds is put into it."""
    text = (HERE / "schemas" / f"{name}.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text.replace("seed.schema.json#/", "#/"))
    if "seed.schema.json#/" in text:
        schema["$defs"] |= _schema("seed")["$defs"]
    return schema


def _part(name: str, part: str) -> dict[str, Any]:
    schema = _schema(name)
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
        raise ContractError(_placed((*steps, *error.instance_path), sentence(error, _part(name, part))))


def _placed(steps: Iterable[Any], problem: str) -> str:
    place = pointer(steps)
    return f"{place}: {problem}" if place else problem
