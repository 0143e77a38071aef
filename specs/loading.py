"""Reads an API's folder and refuses, by name, whatever it does not know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from understudy.specs import contract as c
from understudy.specs.coherence import dangling, duplicates, incoherences
from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.openapi import OpenApiFault, openapi_faults
from understudy.specs.reading.references import resolve
from understudy.specs.reading.schema import convert
from understudy.specs.reading.yaml_files import parse

HERE = Path(__file__).parent
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PRECEDENCE = (401, 405, 406, 415, 400)


@cache
def apis() -> tuple[str, ...]:
    """The names of all APIs that have a contract, sorted."""
    return tuple(sorted(p.parent.name.replace("_", "-") for p in HERE.glob("*/openapi.yaml")))


@cache
def load(api: str) -> c.Contract:
    """Read the contract of one API.

    `api` is a name from `apis()`. Raises ContractError for an unknown name, and for a contract that contradicts itself.
    """
    if api not in apis():
        raise ContractError(f"There is no API {api!r}. The APIs are {', '.join(apis())}.")
    return load_folder(HERE / api.replace("-", "_"))


def load_folder(folder: Path) -> c.Contract:
    """Read the contract in a folder of the same form, named after its API. Raises ContractError and nothing else."""
    api = folder.name.replace("_", "-")
    file = f"{api}/openapi.yaml"
    document = _read(folder / "openapi.yaml")
    clauses = _read(folder / "clauses.yaml")
    seed = _read(folder / "seed.yaml")
    with _naming(file):
        _check_document(document)
    structure, others = _openapi(document)
    for fault in structure:
        raise ContractError(f"{file}: {fault}")
    _refuse(_validator("clauses.schema.json"), clauses, f"{api}/clauses.yaml")
    _refuse(_validator("seed.schema.json"), seed, f"{api}/seed.yaml")
    for section, extensions in _annotations(document):
        _refuse(_validator("annotations.schema.json", section), extensions, file)
    with _naming(file):
        for problem in duplicates(document):
            raise ContractError(problem)
        contract = _assemble(api, document, clauses, seed)
    with _naming(f"{api}/clauses.yaml"):
        _tie(document, contract.operations, contract.clauses)
    for problem in incoherences(contract):
        raise ContractError(f"{api}: {problem}")
    for fault in others:
        raise ContractError(f"{file}: {fault}")
    return contract


@contextmanager
def _naming(file: str) -> Iterator[None]:
    """Put the file's name before an error."""
    try:
        yield
    except ContractError as error:
        raise ContractError(f"{file}: {error}") from error


def _check_document(document: Any) -> None:
    """What must hold before a validator looks at a document: its version, and that it stays within itself."""
    if not isinstance(document, dict):
        raise ContractError("is not an OpenAPI document, which is an object")
    version = document.get("openapi")
    if not isinstance(version, str) or not version.startswith("3.0."):
        raise ContractError(f"openapi: {version!r} is not a version that is read here; use 3.0.0 to 3.0.4")
    components = document.get("components")
    sections = components.items() if isinstance(components, dict) else ()
    for section, named in [
        ("paths", document.get("paths")),
        *((f"components/{name}", part) for name, part in sections),
    ]:
        for name, part in named.items() if isinstance(named, dict) else ():
            if not isinstance(part, dict):
                raise ContractError(f"{section}/{name}: {part!r} is not an object")
    for problem in dangling(document):
        raise ContractError(problem)


def _openapi(document: dict[str, Any]) -> tuple[list[OpenApiFault], list[OpenApiFault]]:
    """What OpenAPI does not allow: first where the document has the wrong shape, then everything else."""
    faults = openapi_faults(document)
    return [fault for fault in faults if fault.structural], [fault for fault in faults if not fault.structural]


def _read(path: Path) -> Any:
    name = f"{path.parent.name}/{path.name}"
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise ContractError(f"{name}: {error.strerror}") from error
    except RecursionError as error:
        raise ContractError(f"{name}: it is nested too deeply, or holds itself") from error
    # A date that no calendar has is a ValueError of the parser.
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise ContractError(f"{name}: {error}") from error


@cache
def _validator(name: str, part: str = "") -> jsonschema_rs.Draft202012Validator:
    schema = json.loads((HERE / "schemas" / name).read_bytes())
    if part:
        schema = {**schema["properties"][part], "$defs": schema["$defs"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def _refuse(validator: jsonschema_rs.Draft202012Validator, data: Any, what: str) -> None:
    error = next(iter(validator.iter_errors(data)), None)
    if error is not None:
        place = "/".join(str(step) for step in error.instance_path)
        raise ContractError(f"{what}: {place or 'top level'}: {error.message}")


def _extensions(node: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if isinstance(name, str) and name.startswith("x-")}


def _annotations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every member whose name begins with `x-`, with the kind of object that it belongs to."""
    yield "document", _extensions(document)
    for item in document["paths"].values():
        for method, operation in item.items():
            if method in METHODS:
                yield "operation", _extensions(operation)
    for scheme in document.get("components", {}).get("securitySchemes", {}).values():
        yield "security_scheme", _extensions(scheme)


def _assemble(api: str, document: dict[str, Any], clauses: list[Any], seed: Any) -> c.Contract:
    uri = f"urn:understudy:{api}"
    components = document.get("components", {}).get("schemas", {})
    schemas = {name: convert(schema, uri, f"/components/schemas/{name}") for name, schema in components.items()}
    reader = _Reader(document, uri)
    operations = {op.id: op for op in reader.operations()}
    resources = {name: _resource(name, raw, uri) for name, raw in document["x-resources"].items()}
    return c.Contract(
        api=api,
        document=document,
        schemas={"components": {"schemas": schemas}},
        operations=operations,
        resources=resources,
        errors=_errors(document["x-errors"]),
        trailing_slash=document.get("x-trailing-slash", "strict"),
        schemes={
            name: tuple(scheme.get("x-schemes", [scheme.get("scheme", "Bearer")]))
            for name, scheme in document.get("components", {}).get("securitySchemes", {}).items()
        },
        settings=document.get("x-settings", {}),
        clauses=tuple(_clause(raw) for raw in clauses),
        seed=seed,
    )


class _Reader:
    """Walks the paths of one document and follows its references to parameters, bodies and responses."""

    def __init__(self, document: Mapping[str, Any], uri: str) -> None:
        self.document = document
        self.uri = uri

    def operations(self) -> Iterator[c.Operation]:
        for path, item in self.document["paths"].items():
            if "$ref" in item:
                raise ContractError(f"paths/{path}: a path is written out, not referred to")
            shared = item.get("parameters", [])
            for method in METHODS:
                if method in item:
                    yield self.operation(path, method, item[method], shared)

    def operation(self, path: str, method: str, raw: Mapping[str, Any], shared: Iterable[Any]) -> c.Operation:
        options = raw["x-operation"]
        place = f"{method.upper()} {path}"
        if "operationId" not in raw:
            raise ContractError(f"{place}: no operationId")
        body = self.resolve(raw.get("requestBody", {}))
        responses = {str(status): self.resolve(reply) for status, reply in raw["responses"].items()}
        for status in responses:
            if status != "default" and not status.isdigit():
                raise ContractError(f"{place}/responses: {status!r} is not a single status")
        security = raw.get("security", self.document.get("security", []))
        return c.Operation(
            id=raw["operationId"],
            method=method.upper(),
            path=path,
            parameters=tuple(self.parameter(p, place) for p in [*shared, *raw.get("parameters", [])]),
            body=self.content(body, f"{place}/requestBody"),
            body_required=body.get("required", False),
            body_limit=raw.get("x-body-limit"),
            aliases=self.aliases(body),
            responses={status: self.content(r, f"{place}/{status}") for status, r in responses.items()},
            security=tuple(name for requirement in security for name in requirement),
            action=options["action"],
            resource=options.get("resource"),
            filters=options.get("filters", {}),
            within=options.get("within", {}),
            where=options.get("where", {}),
            optional=options.get("optional"),
            order=options.get("order", "created"),
            success=options.get("success") or _success(responses, place),
            pagination=self.pagination(raw) if options["action"] in {"list", "custom"} else None,
            precedence=tuple(raw.get("x-precedence") or self.document.get("x-precedence") or PRECEDENCE),
            holders=tuple(self.document["x-errors"].get("holders", ())),
            provenance=raw.get("x-provenance", "documented"),
            tags=tuple(raw.get("tags", ())),
            summary=raw.get("summary", ""),
        )

    def parameter(self, raw: Mapping[str, Any], place: str) -> c.Parameter:
        raw = self.resolve(raw)
        where = raw["in"]
        if "schema" not in raw:
            raise ContractError(f"{place}/{raw['name']}: a parameter is described by a schema, not by content")
        style = raw.get("style", "form" if where in {"query", "cookie"} else "simple")
        return c.Parameter(
            name=raw["name"],
            place=where,
            required=raw.get("required", False),
            schema=convert(raw["schema"], self.uri, f"{place}/{raw['name']}"),
            explode=raw.get("explode", style == "form"),
            default=self.resolve(raw["schema"]).get("default"),
        )

    def content(self, holder: Mapping[str, Any], place: str) -> dict[str, c.JsonObject]:
        return {
            media_type: convert(content["schema"], self.uri, f"{place}/{media_type}") if "schema" in content else {}
            for media_type, content in holder.get("content", {}).items()
        }

    def aliases(self, body: Mapping[str, Any]) -> dict[str, str]:
        """Other names of body members -> the member's own name."""
        aliases: dict[str, str] = {}
        for content in body.get("content", {}).values():
            schema = self.resolve(content.get("schema", {}))
            for name, part in schema.get("properties", {}).items():
                if "x-alias" in part:
                    aliases[part["x-alias"]] = name
        return aliases

    def pagination(self, raw: Mapping[str, Any]) -> c.Pagination | None:
        options = raw.get("x-pagination") or self.document.get("x-pagination")
        return _pagination(options) if options else None

    def resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        return resolve(self.document, node)


def _success(responses: Mapping[str, Any], place: str) -> int:
    successes = [int(status) for status in responses if status.startswith("2")]
    if not successes:
        raise ContractError(f"{place}: declares no successful response")
    return successes[0]


def _pagination(raw: Mapping[str, Any]) -> c.Pagination:
    def given(name: str) -> dict[str, Any] | None:
        part = raw.get(name)
        return part and {key: tuple(v) if isinstance(v, list) else v for key, v in part.items()}

    page, size, offset = given("page"), given("size"), given("offset")
    return c.Pagination(
        size=c.PageSize(**size) if size else c.PageSize((), 1, 1),
        envelope=raw["envelope"],
        page=c.PageNumber(**page) if page else None,
        offset=c.PageOffset(**offset) if offset else None,
    )


def _resource(name: str, raw: Mapping[str, Any], uri: str) -> c.Resource:
    return c.Resource(
        name=name,
        schema=raw.get("schema"),
        identity=c.Identity(**raw.get("id", {})),
        owner=raw.get("owner"),
        references={key: c.Reference(**value) for key, value in raw.get("references", {}).items()},
        embeds=raw.get("embeds", {}),
        counts={key: c.Count(**value) for key, value in raw.get("counts", {}).items()},
        optional={key: tuple(value) for key, value in raw.get("optional", {}).items()},
        indexes=tuple(raw.get("indexes", ())),
        values=raw.get("values", {}),
        view=raw.get("view"),
        mentions={
            key: (value,) if isinstance(value, str) else tuple(value) for key, value in raw.get("mentions", {}).items()
        },
        kept=convert(raw.get("kept", {}), uri, f"/x-resources/{name}/kept"),
    )


def _clause(raw: Mapping[str, Any]) -> c.Clause:
    return c.Clause(**{**raw, "operations": tuple(raw["operations"])})


def _errors(raw: Mapping[str, Any]) -> c.ErrorShape:
    return c.ErrorShape(
        media_type=raw["media_type"],
        body=raw["body"],
        fault=raw.get("fault", {}),
        reasons={int(status): reason for status, reason in raw["reasons"].items()},
    )


def _tie(document: dict[str, Any], operations: Mapping[str, c.Operation], clauses: Iterable[c.Clause]) -> None:
    """Check that each clause names operations that exist, and write its id beside each of them."""
    named: dict[str, list[str]] = {name: [] for name in operations}
    seen: set[str] = set()
    for clause in clauses:
        if clause.id in seen:
            raise ContractError(f"clause {clause.id} occurs twice")
        seen.add(clause.id)
        for name in operations if clause.operations == ("*",) else clause.operations:
            if name not in named:
                raise ContractError(f"clause {clause.id} names an unknown operation {name!r}")
            named[name].append(clause.id)
    for item in document["paths"].values():
        for method in METHODS:
            if method in item:
                item[method]["x-clauses"] = named[item[method]["operationId"]]
