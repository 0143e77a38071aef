"""Reads an API's folder and refuses, by name, whatever it does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from understudy.specs import contract as c
from understudy.specs.assembling import assemble, rules_of, tie
from understudy.specs.coherence import dangling, duplicates, incoherences, unknown_in_rules, unknown_operations
from understudy.specs.documents.lines import Lines
from understudy.specs.later import as_of
from understudy.specs.own_schemas import placed, refuse, written
from understudy.specs.promised import misplaced_choices, promised
from understudy.specs.reading.cache import cached, program
from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.objects import misled, objects
from understudy.specs.reading.openapi import JUDGES, openapi_faults
from understudy.specs.reading.wording import pointer, quoted
from understudy.specs.reading.yaml_files import YamlError, parse
from understudy.specs.seed import seed_faults

HERE = Path(__file__).parent
FILES = ("openapi.yaml", "clauses.yaml", "seed.yaml")
#: What a folder may have besides: which clauses general rules judge, and what a document of others means.
RULES, OVERLAY = "rules.yaml", "overlay.yaml"
#: The name of an API, as part of an address.
NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._-]*")
#: The kind of what is kept of whole contracts.
KIND = "verdicts-2"


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


def load_readable(later: bool = False) -> tuple[list[c.Contract], list[ContractError]]:
    """The contracts of all APIs that can be read, in their order, and what is wrong with the others."""
    contracts, broken = [], []
    for api in apis():
        try:
            contracts.append(load(api, later))
        except ContractError as error:
            broken.append(error)
    return contracts, broken


def load_folder(folder: Path, later: bool = False) -> c.Contract:
    """Read the contract in a folder, named after it. Raises ContractError and nothing else.

    With a file `overlay.yaml` in it the document is read as others wrote it: what neither says is inferred.
    """
    api = folder.resolve().name.replace("_", "-")
    if not NAME.fullmatch(api):
        raise ContractError(f"{shown(folder)}: {api!r} cannot be the name of an API; use letters, digits, '-' and '_'")
    overlaid = (folder / OVERLAY).exists()
    written = {file: _read(folder / file) for file in (FILES[1:] if overlaid else FILES)}
    written[RULES] = _read(folder / RULES) if (folder / RULES).exists() else None
    contract = _overlaid(api, folder, written) if overlaid else _prepared(api, folder, written, later)
    tie(contract)
    sources = (folder, *(file for file in contract.sources if not file.is_relative_to(folder.resolve())))
    return replace(contract, folder=folder, sources=sources, rules=rules_of(written[RULES]))


def _prepared(api: str, folder: Path, written: Mapping[str, Any], later: bool) -> c.Contract:
    """A contract whose document says all that it means by annotations."""
    document, clauses, seed, rules = (written[file] for file in (*FILES, RULES))
    if isinstance(document, dict):
        try:
            document = as_of(document, later)
        except ContractError as error:
            raise in_file(folder / FILES[0], str(error)) from error
    # A text that was found in order before is not checked again.
    key = orjson.dumps([document, clauses, seed, rules]) + program(HERE, distributions=(*JUDGES, "jsonschema-rs"))
    fault = cached(KIND, key, lambda: _fault(api, document, clauses, seed, rules))
    if fault is not None:
        file, problem = fault
        raise in_file(folder / file, problem)
    return assemble(api, document, clauses, seed)


def _overlaid(api: str, folder: Path, written: Mapping[str, Any]) -> c.Contract:
    """A contract whose document is that of others, with what it means in an Overlay; the rest is inferred."""
    for file in (*FILES[1:], RULES):
        try:
            refuse(file.removesuffix(".yaml"), {} if written[file] is None and file == RULES else written[file])
        except ContractError as error:
            raise in_file(folder / file, str(error)) from error
    # Imported late: what reads documents that nobody prepared is a third of this package.
    from understudy.specs.unprepared.any_contract import any_contract

    contract = any_contract(
        api,
        str(folder / FILES[0]),
        [str(folder / OVERLAY)],
        clauses=written["clauses.yaml"],
        seed=written["seed.yaml"],
    )
    for file, problem in _named_wrongly(contract, written[RULES]):
        raise in_file(folder / file, problem)
    return contract


def _named_wrongly(contract: c.Contract, rules: Any) -> Iterator[tuple[str, str]]:
    """What the register, the seed and the rules name and the document does not have: the file, and what is wrong."""
    yield from (("clauses.yaml", problem) for problem in unknown_operations(contract))
    yield from (("seed.yaml", problem) for problem in seed_faults(contract))
    yield from ((RULES, problem) for problem in unknown_in_rules(replace(contract, rules=rules_of(rules))))


def in_folder(contract: c.Contract, file: str, problem: str) -> ContractError:
    """What is wrong in one of the files of a contract."""
    return in_file((contract.folder or Path(contract.api)) / file, problem)


def in_file(path: Path, problem: str) -> ContractError:
    """What is wrong in a file, with the line of the place that is named at the beginning of the problem."""
    place = problem.partition(": ")[0] if problem.startswith("/") else ""
    line = Lines(path.read_bytes()).line(place) if place and path.is_file() else None
    return ContractError(f"{shown(path)}: {problem}" + (f" (line {line})" if line else ""))


def shown(path: Path) -> str:
    """A path as errors name it: below the current directory it is relative to it."""
    with suppress(ValueError, OSError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def _fault(api: str, document: Any, clauses: Any, seed: Any, rules: Any) -> tuple[str, str] | None:
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
        file = RULES
        refuse("rules", rules or {})
        file = "openapi.yaml"
        contract = assemble(api, document, clauses, seed)
        for problem in incoherences(contract):
            raise ContractError(problem)
        promised(contract)
        wrong = next(_named_wrongly(contract, rules), None)
        if wrong is not None:
            return wrong
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
    known = written("annotations")["properties"]
    for steps, kind, node in objects(document):
        extensions = {name: value for name, value in node.items() if str(name).startswith("x-")}
        names = known.get(kind, {}).get("properties", {})
        for name in extensions:
            if name not in names:
                accepted = f"known are {', '.join(names)}" if names else f"none is known on this object ({kind})"
                raise ContractError(placed(steps, f"there is no annotation {name}; {accepted}"))
        if kind in known:
            refuse("annotations", extensions, kind, steps)


def _read(path: Path) -> Any:
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise ContractError(f"{shown(path)}: {error.strerror}") from error
    except YamlError as error:
        raise ContractError(f"{shown(path)}: {error}") from error
