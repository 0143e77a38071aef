"""Puts a contract together: a document with its annotations, as frozen values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from understudy.specs import contract as c
from understudy.specs.later import LATER
from understudy.specs.reading.errors import ContractError
from understudy.specs.reading.read_only import REQUESTS, requested, used
from understudy.specs.reading.references import resolve
from understudy.specs.reading.schema import convert
from understudy.specs.reading.wording import pointer
from understudy.specs.reading.words import plain

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
NO_CONTENT = frozenset({"204", "205", "304"})
#: Plain names of parameters whose values are paths themselves.
PATHS = frozenset({"path", "filepath"})
PRECEDENCE = (401, 405, 406, 415, 400)

#: Makes JSON Schema of a schema of the document; given it, the address of the document, and the schema's place in it.
Convert = Callable[[Mapping[str, Any], str, str], dict[str, Any]]


def assemble(
    api: str, document: dict[str, Any], clauses: Sequence[Any], seed: Any, convert: Convert = convert
) -> c.Contract:
    """The contract of a document with its annotations, a register and a seed.

    `convert` makes JSON Schema of the document's schemas. Raises ContractError.
    """
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
    reader = _Reader(document, uri, REQUESTS in own, convert)
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
        security={
            name: _security(scheme)
            for name, scheme in document.get("components", {}).get("securitySchemes", {}).items()
        },
        settings=document.get("x-settings", {}),
        later=tuple(document.get(LATER, ())),
        spellings={step: tuple(others) for step, others in document.get("x-spellings", {}).items()},
        clauses=tuple(_clause(raw) for raw in clauses),
        seed=seed,
    )


class _Reader:
    """Walks the paths of one document and follows its references to parameters, bodies and responses."""

    def __init__(self, document: Mapping[str, Any], uri: str, has_read_only: bool, convert: Convert) -> None:
        self.document = document
        self.uri = uri
        self.has_read_only = has_read_only
        self.convert = convert

    def operations(self) -> Iterator[c.Operation]:
        for path, item in self.document["paths"].items():
            place = pointer(("paths", path))
            if "$ref" in item:
                raise ContractError(f"{place}: a path is written out, not referred to")
            shared = tuple(self.parameters(item, place))
            for method in METHODS:
                if method in item:
                    yield self.operation(path, method, item[method], shared)

    def operation(self, path: str, method: str, raw: Mapping[str, Any], shared: tuple[c.Parameter, ...]) -> c.Operation:
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
        requirements = tuple(tuple(each) for each in security if isinstance(each, Mapping))
        return c.Operation(
            id=raw["operationId"],
            method=method.upper(),
            path=path,
            # Those of the path, except where the operation has one of that name and place itself.
            parameters=tuple(
                {(each.name, each.place): each for each in (*shared, *self.parameters(raw, place))}.values()
            ),
            body=self.content(self.requested(body), f"{place}/requestBody"),
            body_required=body.get("required", False),
            body_limit=raw.get("x-body-limit"),
            aliases=self.aliases(body),
            lists=_lists(body),
            responses={
                # These statuses have no body, whatever a document says (RFC 9110, 15.3.5, 15.3.6 and 15.4.5).
                status: {} if status in NO_CONTENT else self.content(r, f"{place}/responses/{status}")
                for status, r in responses.items()
            },
            security=tuple(name for each in requirements for name in each) if () not in requirements else (),
            requirements=requirements,
            action=options["action"],
            resource=options.get("resource"),
            filters={name: prop for name, prop in options.get("filters", {}).items() if isinstance(prop, str)},
            comparisons={
                name: c.Comparison(**each)
                for name, each in options.get("filters", {}).items()
                if not isinstance(each, str)
            },
            effect=c.Effect(**options["effect"]) if "effect" in options else None,
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
            item=options.get("item"),
            sort=_sort(options["sort"]) if "sort" in options else None,
            headers={
                str(status): found
                for status, reply in {**raw["responses"], **raw.get("x-declared", {})}.items()
                if (found := dict(self.headers(self.resolve(reply), f"{place}/responses/{status}")))
            },
            errors={status: _errors(shape) for status, shape in raw.get("x-errors", {}).items()},
            declared={
                status: self.content(self.resolve(reply), f"{place}/x-declared/{status}")
                for status, reply in raw.get("x-declared", {}).items()
            },
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
            schema=self.convert(raw["schema"], self.uri, f"{place}/schema"),
            explode=raw.get("explode", style == "form"),
            allow_empty=raw.get("allowEmptyValue", False),
            default=self.resolve(raw["schema"]).get("default"),
            style=style,
            slashes=where == "path" and (raw.get("allowReserved", False) or plain(raw["name"]) in PATHS),
            is_json=any("json" in media_type for media_type in raw.get("content", ())),
        )

    def content(self, holder: Mapping[str, Any], place: str) -> dict[str, c.JsonObject]:
        return {
            media_type: self.convert(
                content["schema"], self.uri, f"{place}{pointer(('content', media_type, 'schema'))}"
            )
            if "schema" in content
            else {}
            for media_type, content in holder.get("content", {}).items()
        }

    def headers(self, reply: Mapping[str, Any], place: str) -> Iterator[tuple[str, c.JsonObject]]:
        """The headers that a reply must have; that its body has a media type says its content."""
        for name, raw in reply.get("headers", {}).items():
            header = self.resolve(raw)
            if header.get("required") is True and name.lower() != "content-type":
                schema = {**header.get("schema", {}), **({"example": header["example"]} if "example" in header else {})}
                yield name, self.convert(schema, self.uri, f"{place}{pointer(('headers', name, 'schema'))}")

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
        cursor=c.PageCursor(**raw["cursor"]) if "cursor" in raw else None,
    )


def _lists(body: Mapping[str, Any]) -> dict[str, str]:
    """The members of a form that are lists written into one field, with what stands between their parts."""
    return {
        name: c.DELIMITERS.get(each.get("style", "form"), ",")
        for content in body.get("content", {}).values()
        for name, each in (content.get("encoding") or {}).items()
        if isinstance(each, Mapping) and not each.get("explode", each.get("style", "form") == "form")
    }


def _sort(raw: Mapping[str, Any]) -> c.Sort:
    return c.Sort(raw["by"], raw.get("direction", ""), tuple(raw.get("fields", ())))


def _security(raw: Mapping[str, Any]) -> c.SecurityScheme:
    kind, scheme = raw.get("type"), str(raw.get("scheme", "Bearer"))
    if kind == "apiKey" and raw.get("name") and "x-schemes" not in raw:
        return c.SecurityScheme("apiKey", (), raw.get("in", "header"), str(raw["name"]))
    if kind == "mutualTLS":
        return c.SecurityScheme("mutualTLS", ())
    if kind == "http" and scheme.lower() == "basic":
        return c.SecurityScheme("basic", ("Basic",))
    words = tuple(raw.get("x-schemes", [scheme if kind == "http" else "Bearer"]))
    return c.SecurityScheme("bearer", words)


def _resource(name: str, raw: Mapping[str, Any], uri: str) -> c.Resource:
    return c.Resource(
        name=name,
        schema=raw.get("schema"),
        identity=c.Identity(**{name: part for name, part in raw.get("id", {}).items() if name != "client"}),
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
        singleton=raw.get("singleton", False),
        key=tuple(raw.get("key", ())),
        unique=tuple(tuple(group) for group in raw.get("unique", ())),
        client_ids=raw.get("id", {}).get("client", "may") == "may",
        due=tuple(c.Due(key, value["at"], value["where"], value["set"]) for key, value in raw.get("due", {}).items()),
    )


def _clause(raw: Mapping[str, Any]) -> c.Clause:
    return c.Clause(**{**raw, "operations": tuple(raw["operations"])})


def rules_of(raw: Any) -> c.Rules:
    """The rules that a file of rules says; None for one that is empty."""

    def clauses(ids: Any) -> tuple[str, ...]:
        return (ids,) if isinstance(ids, str) else tuple(ids)

    raw = raw or {}
    return c.Rules(
        {
            f"{topic}.{name}": clauses(ids)
            for topic, part in raw.get("aspects", {}).items()
            for name, ids in part.items()
        },
        {name: clauses(ids) for name, ids in raw.get("schemas", {}).items()},
        raw.get("settings", {}),
        {name: clauses(ids) for name, ids in raw.get("causes", {}).items()},
    )


def _errors(raw: Mapping[str, Any]) -> c.ErrorShape:
    return c.ErrorShape(
        media_type=raw["media_type"],
        body=raw["body"],
        fault=raw.get("fault", {}),
        reasons={int(status): reason for status, reason in raw["reasons"].items()},
        kinds=raw.get("kinds", {}),
    )


def tie(contract: c.Contract) -> None:
    """Write the ids of clauses beside each operation that they name."""
    named: dict[str, list[str]] = {name: [] for name in contract.operations}
    for clause in contract.clauses:
        for name in named if clause.operations == ("*",) else clause.operations:
            named[name].append(clause.id)
    for operation in contract.operations.values():
        contract.document["paths"][operation.path][operation.method.lower()]["x-clauses"] = named[operation.id]
