"""Reads an API's folder and refuses, by name, whatever it does not know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from understudy.specs import contract as c
from understudy.specs.coherence import dangling, duplicates, incoherences, unknown_operations
from understudy.specs.promised import misplaced_choices, promised
from understudy.specs.reading.cache import cached, program
from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.objects import misled, objects
from understudy.specs.reading.openapi import JUDGES, openapi_faults
from understudy.specs.reading.read_only import REQUESTS, requested, used
from understudy.specs.reading.references import resolve
from understudy.specs.reading.schema import convert
from understudy.specs.reading.wording import pointer, quoted, sentence
from understudy.specs.reading.yaml_files import YamlError, parse
from understudy.specs.seed import seed_faults

HERE = Path(__file__).parent
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PRECEDENCE = (401, 405, 406, 415, 400)
FILES = ("openapi.yaml", "clauses.yaml", "seed.yaml")
#: The kind of what is kept of whole contracts.
KIND = "verdicts"


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


def load_readable() -> tuple[list[c.Contract], list[ContractError]]:
    """The contracts of all APIs that can be read, in their order, and what is wrong with the others."""
    contracts, broken = [], []
    for api in apis():
        try:
            contracts.append(load(api))
        except ContractError as error:
            broken.append(error)
    return contracts, broken


def load_folder(folder: Path) -> c.Contract:
    """Read the contract in a folder of the same form, named after its API. Raises ContractError and nothing else."""
    api = folder.name.replace("_", "-")
    texts = tuple(_read(folder / name) for name in FILES)
    # A text that was found in order before is not checked again.
    key = orjson.dumps(texts) + program(HERE, distributions=(*JUDGES, "jsonschema-rs"))
    fault = cached(KIND, key, lambda: _fault(api, *texts))
    if fault is not None:
        file, problem = fault
        raise ContractError(f"{shown(folder / file)}: {problem}")
    contract = _assemble(api, *texts)
    _tie(contract)
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
        contract = _assemble(api, document, clauses, seed)
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
    return {**schema["properties"][part], "$defs": schema["$defs"]} if part else schema


@cache
def _validator(name: str, part: str = "") -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_part(name, part), validate_formats=True)


def refuse(name: str, data: Any, part: str = "", steps: Iterable[Any] = ()) -> None:
    """Raise ContractError for data that does not fit a schema of `schemas/`, or the part of it for a kind of object.

    `steps` lead from the top of the file to the data.
    """
    error = next(iter(_validator(name, part).iter_errors(data)), None)
    if error is not None:
        raise ContractError(_placed((*steps, *error.instance_path), sentence(error, _part(name, part))))


def _placed(steps: Iterable[Any], problem: str) -> str:
    place = pointer(steps)
    return f"{place}: {problem}" if place else problem


def _assemble(api: str, document: dict[str, Any], clauses: list[Any], seed: Any) -> c.Contract:
    uri = f"urn:understudy:{api}"
    components = document.get("components", {}).get("schemas", {})
    schemas = {
        name: convert(schema, uri, pointer(("components", "schemas", name))) for name, schema in components.items()
    }
    own = {"schemas": schemas}
    if used(document):
        own[REQUESTS] = {
            name: convert(requested(schema, document), uri, pointer(("components", "schemas", name)))
            for name, schema in components.items()
        }
    reader = _Reader(document, uri, REQUESTS in own)
    operations = {op.id: op for op in reader.operations()}
    resources = {name: _resource(name, raw, uri) for name, raw in document["x-resources"].items()}
    return c.Contract(
        api=api,
        document=document,
        schemas={"components": own},
        operations=operations,
        resources=resources,
        errors=_errors(document["x-errors"]),
        trailing_slash=document.get("x-trailing-slash", "strict"),
        always_allows=document.get("x-allow") == "always",
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

    def __init__(self, document: Mapping[str, Any], uri: str, has_read_only: bool) -> None:
        self.document = document
        self.uri = uri
        self.has_read_only = has_read_only

    def operations(self) -> Iterator[c.Operation]:
        for path, item in self.document["paths"].items():
            place = pointer(("paths", path))
            if "$ref" in item:
                raise ContractError(f"{place}: a path is written out, not referred to")
            shared = list(self.parameters(item, place))
            for method in METHODS:
                if method in item:
                    yield self.operation(path, method, item[method], shared)

    def operation(self, path: str, method: str, raw: Mapping[str, Any], shared: list[c.Parameter]) -> c.Operation:
        options = raw["x-operation"]
        place = pointer(("paths", path, method))
        if not raw.get("operationId", "").strip():
            raise ContractError(f"{place}: an operationId is needed, a text that is not empty")
        body = self.resolve(raw.get("requestBody", {}))
        responses = {str(status): self.resolve(reply) for status, reply in raw["responses"].items()}
        for status in responses:
            if status != "default" and not status.isdigit():
                raise ContractError(f"{place}/responses: {status!r} is not a single status, such as '200'")
        security = raw.get("security", self.document.get("security", []))
        return c.Operation(
            id=raw["operationId"],
            method=method.upper(),
            path=path,
            parameters=(*shared, *self.parameters(raw, place)),
            body=self.content(self.requested(body), f"{place}/requestBody"),
            body_required=body.get("required", False),
            body_limit=raw.get("x-body-limit"),
            aliases=self.aliases(body),
            responses={status: self.content(r, f"{place}/responses/{status}") for status, r in responses.items()},
            security=tuple(name for requirement in security for name in requirement),
            action=options["action"],
            resource=options.get("resource"),
            filters=options.get("filters", {}),
            within={name: prop for name, prop in options.get("within", {}).items() if prop is not None},
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
            underscored=tuple(
                tuple(place.split("/")[1:]) for place in self.document.get("x-member-names", {}).get("underscored", ())
            ),
            checks_late=raw.get("x-body-check") == "late",
        )

    def parameters(self, raw: Mapping[str, Any], place: str) -> Iterator[c.Parameter]:
        for i, each in enumerate(raw.get("parameters", ())):
            yield self.parameter(each, f"{place}/parameters/{i}")

    def parameter(self, raw: Mapping[str, Any], place: str) -> c.Parameter:
        raw = self.resolve(raw)
        where = raw["in"]
        if not raw["name"].strip():
            raise ContractError(f"{place}/name: the name of a parameter is a text that is not empty")
        if "schema" not in raw:
            raise ContractError(f"{place}: the parameter {raw['name']!r} is described by a schema, not by content")
        style = raw.get("style", "form" if where in {"query", "cookie"} else "simple")
        return c.Parameter(
            name=raw["name"],
            place=where,
            required=raw.get("required", False),
            schema=convert(raw["schema"], self.uri, f"{place}/schema"),
            explode=raw.get("explode", style == "form"),
            default=self.resolve(raw["schema"]).get("default"),
            allow_empty=raw.get("allowEmptyValue", False),
        )

    def content(self, holder: Mapping[str, Any], place: str) -> dict[str, c.JsonObject]:
        return {
            media_type: convert(content["schema"], self.uri, f"{place}{pointer(('content', media_type, 'schema'))}")
            if "schema" in content
            else {}
            for media_type, content in holder.get("content", {}).items()
        }

    def requested(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """A request body without what only the server sets."""
        if not self.has_read_only or "content" not in body:
            return body
        content = {
            media_type: {**each, "schema": requested(each["schema"], self.document)} if "schema" in each else each
            for media_type, each in body["content"].items()
        }
        return {**body, "content": content}

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
        raise ContractError(
            f"{place}/responses: no successful response is declared; a status from 200 to 299 is needed"
        )
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
        kinds=raw.get("kinds", {}),
    )


def _tie(contract: c.Contract) -> None:
    """Write the ids of clauses beside each operation that they name."""
    named: dict[str, list[str]] = {name: [] for name in contract.operations}
    for clause in contract.clauses:
        for name in named if clause.operations == ("*",) else clause.operations:
            named[name].append(clause.id)
    for operation in contract.operations.values():
        contract.document["paths"][operation.path][operation.method.lower()]["x-clauses"] = named[operation.id]
