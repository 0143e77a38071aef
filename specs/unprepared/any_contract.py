"""The contract of a document that nobody prepared: its annotations where it has any, inference for the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import orjson

from understudy.specs.assembling import METHODS as ANSWERED
from understudy.specs.assembling import assemble
from understudy.specs.contract import Contract
from understudy.specs.documents.bundle import Warnings
from understudy.specs.documents.kinds import METHODS
from understudy.specs.documents.lifting import lifted, linked
from understudy.specs.documents.opening import Opened, open_document
from understudy.specs.inference.annotate import annotate, annotated
from understudy.specs.inference.errors import error_shape, own_shapes
from understudy.specs.inference.infer import infer
from understudy.specs.inference.view import View
from understudy.specs.reading.cache import cached, program
from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.wording import pointer
from understudy.specs.unprepared.foreign_members import without_foreign

#: The kind of what is kept, and the code that decides it.
KIND = "documents-3"
ROOM = Path(__file__).parents[1]
#: The start of what is drawn of time.
EPOCH = "2025-01-06T09:00:00Z"
#: The credential that is shown to people; any other is as good unless one is named.
TOKEN = "mock-token"  # noqa: S105 - made up


def any_contract(
    name: str,
    document: str,
    overlays: Sequence[str] = (),
    *,
    token: str | None = None,
    strict: bool = False,
    outside: bool = False,
    clauses: Sequence[Any] = (),
    seed: Mapping[str, Any] | None = None,
) -> Contract:
    """Open a document as a contract that is called `name`.

    `token` is the only credential that is accepted; None accepts any. With `strict` whatever cannot be honoured is an
    error; `outside` allows references to files outside of the document's folder. `clauses` and `seed` are its register and
    its seed where it has them; the callers of a seed are the only ones. Raises ContractError.
    """
    opened = open_document(document, overlays, outside=outside)
    read = _kept(opened.document)
    found = opened.unhonoured(read["warnings"])
    if strict and found:
        raise ContractError(found[0])
    return replace(
        assemble(name, read["document"], clauses, seed or first_seed(token or TOKEN), linked),
        prefix=read["prefix"],
        inferred=True,
        any_token=token is None and seed is None,
        warnings=found,
        sources=opened.files,
    )


def first_seed(token: str = TOKEN) -> dict[str, Any]:
    """The seed of a document that has none: one caller, and no record that is written down."""
    return {"epoch": EPOCH, "callers": [{"role": "default", "token": token, "values": {}}], "populations": []}


def unhonoured(opened: Opened) -> tuple[str, ...]:
    """One line for each thing in a document that cannot be honoured."""
    return opened.unhonoured(_kept(opened.document)["warnings"])


def _kept(document: dict[str, Any]) -> dict[str, Any]:
    """What is read off an opened document, from the last time if it is the same."""
    try:
        key = orjson.dumps(document) + program(ROOM)
        kept: dict[str, Any] = cached(KIND, key, lambda: _read(document))
    except TypeError:  # JSON as others read it cannot hold an integer of more than 64 bits
        return _read(document)
    return kept


def _read(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document with all its annotations, the path that it stands under, and what cannot be honoured."""
    warnings = Warnings()
    prepared = _completed(lifted(without_foreign(document, warnings), warnings), warnings)
    for place in _hidden(prepared):
        warnings.add(place, "another operation before it has the same method and address, and is the one that answers")
    view = View(prepared)
    served = annotated(prepared, annotate(view, infer(prepared)))
    served.setdefault("x-errors", error_shape(view))
    for each, shape in own_shapes(view, served["x-errors"]):
        served["paths"][each.path][each.method.lower()].setdefault("x-errors", shape)
    # Whatever a client accepts, it gets the form that is declared.
    served.setdefault("x-precedence", [401, 405, 415, 400])
    # The path of the first server is where it is served, and is said by whoever serves it.
    served["servers"] = [{"url": "/"}]
    return {"document": served, "prefix": prefix_of(prepared), "warnings": warnings.found()}


def name_of(document: str) -> str:
    """The name of a contract, made of the name of its file."""
    stem = PurePosixPath(re.split("[?#]", document)[0]).name.split(".")[0]
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "api"


def prefix_of(document: Mapping[str, Any]) -> str:
    """The path of a document's first server, its variables replaced by their defaults."""
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    if not isinstance(first, Mapping) or not isinstance(first.get("url"), str):
        return ""
    variables = first.get("variables")
    known = {
        name: str(each.get("default", ""))
        for name, each in (variables.items() if isinstance(variables, Mapping) else ())
        if isinstance(each, Mapping)
    }
    url = re.sub(r"\{([^{}]+)\}", lambda found: known.get(found[1], found[1]), first["url"])
    try:
        path = urlsplit(url if "//" in url or url.startswith("/") else f"/{url}").path
    except ValueError:
        return ""
    return "/" + path.strip("/") if path.strip("/") else ""


def _hidden(document: Mapping[str, Any]) -> Iterator[str]:
    """Operations that differ from one before them in nothing that a request says."""
    first: dict[tuple[str, str], str] = {}
    for path, item in document["paths"].items():
        for method in item:
            address = re.sub(r"\{[^{}]*\}", "{}", path.partition("#")[0])
            if first.setdefault((method, address), path) != path:
                yield pointer(("paths", path, method))


def _completed(document: dict[str, Any], warnings: Warnings) -> dict[str, Any]:
    """A document in which every operation has a name, a reply, and its parameters as its path says."""
    taken: set[str] = set()
    paths = {}
    for path, item in _mapping(document.get("paths")).items():
        if path.startswith("/") and isinstance(item, Mapping):
            paths[path] = _completed_item(path, item, taken, warnings)
    return {**document, "info": {"title": "API", "version": "0", **_mapping(document.get("info"))}, "paths": paths}


def _completed_item(path: str, item: Mapping[str, Any], taken: set[str], warnings: Warnings) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for steps, method in _unanswered(item):
        warnings.add(pointer(("paths", path, *steps)), f"the method {method} is not answered here")
    for method, raw in item.items():
        if method not in ANSWERED:
            continue
        if not isinstance(raw, Mapping):
            continue
        name = raw.get("operationId")
        if not isinstance(name, str) or not name.strip() or name in taken:
            other = f"{method.upper()} {path}"
            if name in taken:
                place = pointer(("paths", path, method, "operationId"))
                warnings.add(place, f"another operation before it is called {name!r}, so this one is {other!r}")
            name = other
        taken.add(name)
        parameters = _parameters(path, [*_list(item.get("parameters")), *_list(raw.get("parameters"))])
        replies = _replies(raw.get("responses"))
        responses = _responses(replies)
        out[method] = {**raw, "operationId": name, "parameters": parameters, "responses": responses}
        if replies.keys() != responses.keys():
            out[method]["x-declared"] = replies
    return out


def _unanswered(item: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The operations of a path whose methods are not answered: where they stand, and the methods."""
    yield from (((method,), method.upper()) for method in METHODS if method in item and method not in ANSWERED)
    yield from ((("additionalOperations", method), method) for method in _mapping(item.get("additionalOperations")))


def _parameters(path: str, raw: list[Any]) -> list[Mapping[str, Any]]:
    """The parameters of an operation: the later of two with one name and place counts, those of the path are complete."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for each in raw:
        if not isinstance(each, Mapping) or not isinstance(each.get("name"), str) or each.get("in") not in _PLACES:
            continue
        if not each["name"].strip():
            continue  # nothing can be sent under it
        key = (each["name"], each["in"])
        if each["in"] == "header" and each["name"].lower() in {"accept", "content-type", "authorization"}:
            continue
        content = _mapping(each.get("content"))
        schema = each.get("schema", next((media.get("schema", {}) for media in content.values()), {}))
        found[key] = {**each, "schema": _without_empty_default(schema) if isinstance(schema, Mapping) else {}}
    named = re.findall(r"\{([^{}]+)\}", path)
    out = [each for (name, place), each in found.items() if place != "path" or name in named]
    out += [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in named
        if (name, "path") not in found
    ]
    return out


def _without_empty_default(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a parameter; an empty text as the default of one says that there is none."""
    return {name: part for name, part in schema.items() if not (name == "default" and part == "")}


_PLACES = frozenset({"query", "path", "header", "cookie"})


def _replies(raw: Any) -> dict[str, Any]:
    """The replies of an operation as the document writes them: by status, class of statuses (`4XX`) or `default`."""
    found = {str(status): reply for status, reply in _mapping(raw).items() if isinstance(reply, Mapping)}
    return {
        status if status == "default" else status.upper(): reply
        for status, reply in found.items()
        if re.fullmatch(r"[1-5](\d\d|XX)|default", status, re.IGNORECASE)
    }


def _responses(found: Mapping[str, Any]) -> dict[str, Any]:
    """The replies of an operation by single statuses; one that declares no success succeeds with 200."""
    out: dict[str, Any] = {}
    for status, reply in found.items():
        if re.fullmatch(r"[1-5]\d\d", status):
            out[status] = reply
        elif status == "2XX" and not any(each[0] == "2" and each.isdigit() for each in found):
            out["200"] = reply
        elif status in {"4XX", "5XX", "default"}:
            out["default"] = reply
    if not any(status[0] == "2" for status in out):
        # What is declared for all statuses alone is what a success looks like, too.
        only = found.get("default") if len(found) == 1 else None
        redirects = [status for status in out if status[0] == "3"]
        if not redirects:
            out = {"200": only or {"description": ""}, **out}
    return out


def _mapping(node: Any) -> Mapping[str, Any]:
    return node if isinstance(node, Mapping) else {}


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []
