"""How documents that nobody prepared behave when they are served: what every GET answers, whole cycles, pages, refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote

import httpx
import jsonschema_rs
from live import running

from understudy.mock_server.app import create_app
from understudy.mock_server.data.inferred import InferredRecords, json_type, way_of
from understudy.specs import Contract, Operation, promised
from understudy.specs.reading.read_only import ReadOnlyMembers
from understudy.specs.unprepared.any_contract import any_contract, name_of

#: Values for path parameters that name no record.
NOTHING = "99999999"


@dataclass
class Measured:
    """Counts of one document: measure -> how often right, and how often tried; and what went wrong."""

    right: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, measure: str, held: bool, what: str) -> None:
        """Count one trial."""
        self.tried[measure] += 1
        self.right[measure] += held
        if not held:
            self.wrong.append(f"{measure}: {what}")


@contextmanager
def serving(document: str) -> Iterator[tuple[Contract, httpx.Client, InferredRecords]]:
    """A document, served, with a client that sends a credential."""
    contract = any_contract(name_of(document), document)
    records = InferredRecords(contract, 42, ("en_GB",))
    app = create_app(contracts=[contract])
    with running(app) as address, httpx.Client(base_url=address + contract.prefix, timeout=60) as client:
        yield contract, client, records


def last_of(operation: Operation) -> str:
    """The last parameter in the path of an operation."""
    return operation.path.rpartition("{")[2].partition("}")[0]


def credentials(contract: Contract, operation: Operation) -> dict[str, dict[str, str]]:
    """The headers, query parameters and cookies that meet the first requirement of an operation."""
    headers, params, cookies = {}, {}, {}
    for name in operation.requirements[0] if operation.requirements else ():
        scheme = contract.security.get(name)
        if scheme is None:
            continue
        if scheme.kind == "basic":
            headers["Authorization"] = "Basic dXNlcjpwYXNzd29yZA=="
        elif scheme.kind == "bearer":
            headers["Authorization"] = f"{scheme.words[0]} anything"
        elif scheme.kind == "apiKey":
            {"header": headers, "query": params, "cookie": cookies}[scheme.place][scheme.parameter] = "anything"
    return {"headers": headers, "params": params, "cookies": cookies}


class Trial:
    """One document at work."""

    def __init__(self, contract: Contract, client: httpx.Client, records: InferredRecords) -> None:
        self.contract, self.client, self.records = contract, client, records
        self.measured = Measured()
        #: What replies are measured by: no member is required in them that only a client sends.
        self.promised = promised(contract)
        self.registry = jsonschema_rs.Registry([(contract.uri, dict(self.promised.schemas))])

    def send(
        self, operation: Operation, path: Mapping[str, Any], *, body: Any = None, anonymous: bool = False, **query: Any
    ) -> httpx.Response:
        """Send a request to an operation."""
        url = operation.path.partition("?")[0].partition("#")[0]
        for name, value in path.items():
            url = url.replace(f"{{{name}}}", quote(str(value), safe=""))
        sent = {} if anonymous else credentials(self.contract, operation)
        params = {**self.required(operation), **sent.get("params", {}), **query}
        headers = {
            **sent.get("headers", {}),
            **{name: str(value) for name, value in self.required(operation, "header").items()},
        }
        more: dict[str, Any] = {}
        if body is not None:
            kind = next(iter(operation.body), "application/json")
            if "form-urlencoded" in kind and isinstance(body, dict):
                more["data"] = {
                    name: value for name, value in body.items() if isinstance(value, str | int | float | list)
                }
            elif "multipart" in kind and isinstance(body, dict):
                more["files"] = {name: (None, str(value)) for name, value in body.items()}
            else:
                more["json"] = body
                headers["Content-Type"] = "application/json" if "*" in kind or "multipart" in kind else kind
        cookies = {**self.required(operation, "cookie"), **sent.get("cookies", {})}
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        reply = self.client.request(operation.method, url, params=params, headers=headers, **more)
        self.measured.note(
            "no 5xx",
            reply.status_code < 500,
            f"{operation.method} {reply.request.url}: {reply.status_code} {reply.text[:200]}",
        )
        return reply

    def required(self, operation: Operation, place: str = "query") -> dict[str, Any]:
        """Values for required parameters."""
        return {
            each.name: self._plain(self.records.shaping.drawn(each.schema, f"parameter/{each.name}"))
            for each in operation.parameters
            if each.place == place and each.required
        }

    def _plain(self, value: Any) -> Any:
        return (
            ",".join(map(str, value)) if isinstance(value, list) else str(value) if isinstance(value, dict) else value
        )

    # --- paths -------------------------------------------------------------------------------------------------------

    def path(self, operation: Operation) -> dict[str, Any]:
        """Values for the path of an operation: records that exist, else drawn ones."""
        found: dict[str, Any] = {}
        for parameter in operation.path_parameters:
            found[parameter] = self._drawn(operation, parameter)
        for parameter, prop in operation.within.items():
            resource = self.contract.resources[operation.resource or ""].references[prop].resource
            found |= self.address_of(operation, parameter, resource)
        for parameter, resource in self.records.parents.get(operation.id, {}).items():
            found |= self.address_of(operation, parameter, resource)
        return found

    def _drawn(self, operation: Operation, parameter: str) -> Any:
        schema = next(each.schema for each in operation.parameters if each.name == parameter and each.place == "path")
        return self._plain(self.records.shaping.drawn(schema, f"path/{parameter}")) or "x"

    @cached_property
    def seeded(self) -> Mapping[str, list[dict[str, Any]]]:
        """The first records of each resource."""
        return {each["resource"]: each["records"] for each in self.records.seed(3)}

    def address_of(self, operation: Operation, parameter: str, resource: str) -> dict[str, Any]:
        """What leads to a seeded record: its id at one parameter, or the parts of its key at those up to there."""
        records, spec = self.seeded.get(resource), self.contract.resources[resource]
        if not records:
            return {}
        names = operation.path_parameters[: operation.path_parameters.index(parameter) + 1]
        key = spec.key or (spec.identity.property,)
        return dict(zip(names[-len(key) :], (records[0][part] for part in key), strict=False))

    def first(self, operation: Operation) -> dict[str, Any]:
        """A path at which a record of the operation's resource lies."""
        path = self.path(operation)
        records = self.seeded.get(operation.resource or "", [])
        if records and operation.path_parameters:
            record = records[0]
            names_it = operation.action not in {"list", "create"}
            if names_it and "/" not in operation.path.rpartition("}")[2].rstrip("/"):
                resource = self.contract.resources[operation.resource or ""]
                path[last_of(operation)] = record[resource.identity.property]
                free = [name for name in operation.path_parameters if name not in operation.within]
                path |= {
                    name: record[part] for part, name in zip(resource.key, free[-len(resource.key) :], strict=False)
                }
            for parameter, prop in operation.within.items():
                path[parameter] = record.get(prop, path.get(parameter))
        return path

    # --- measures ----------------------------------------------------------------------------------------------------

    def reads(self) -> None:
        """Every GET: no 5xx; those without a record in their path succeed and fit."""
        for operation in self.contract.operations.values():
            if operation.method != "GET" or "#" in operation.path:
                continue
            stateful = operation.action in {"read"} or "{" in operation.path
            reply = self.send(operation, self.first(operation) if stateful else {})
            fits = reply.status_code < 400 and self.fits(operation, reply)
            self.measured.note(
                "GET fits" if "{" not in operation.path else "GET of a record fits",
                fits,
                f"{operation.path}: {reply.status_code} {reply.text[:150]}",
            )

    def fits(self, operation: Operation, reply: httpx.Response) -> bool:
        """Whether a success has a body that its schema allows."""
        replies = self.promised.responses[operation.id]
        names = (str(reply.status_code), f"{reply.status_code // 100}XX", "default")
        declared = next((replies[name] for name in names if name in replies), None)
        if declared is None:
            return False
        schema = declared.get(json_type(operation))
        return not schema or jsonschema_rs.Draft202012Validator(schema, registry=self.registry).is_valid(reply.json())

    def cycles(self) -> None:
        """Create, read, list, update, delete, gone: as far as a resource has these."""
        by_resource: dict[str, dict[str, list[Operation]]] = {}
        for operation in self.contract.operations.values():
            if operation.resource:
                by_resource.setdefault(operation.resource, {}).setdefault(operation.action, []).append(operation)
        for resource, actions in by_resource.items():
            if "create" in actions and "read" in actions:
                self.cycle(resource, actions)

    def cycle(self, resource: str, actions: Mapping[str, list[Operation]]) -> None:
        """One whole cycle of one resource."""
        create, read = actions["create"][0], actions["read"][0]
        body = self.body(create)
        schema = next(iter(create.body.values()), {})
        if isinstance(body, dict) and schema:
            body = ReadOnlyMembers(schema, self.contract.schemas).removed(body)
        path = self.path(create)
        made = self.send(create, path, body=body)
        if not made.is_success:
            self.measured.note("cycle", False, f"{create.id}: {made.status_code} {made.text[:150]}")
            return
        id = self.made_id(create, made, resource)
        at = {**self.path(read), **{name: path[name] for name in read.path_parameters if name in path}}
        for parameter, prop in read.within.items():
            source = next((name for name, other in create.within.items() if other == prop), None)
            at[parameter] = path[source] if source else at[parameter]
        at[last_of(read)] = id
        got = self.send(read, at)
        held = got.is_success and self.shows(read, got, body)
        why = f"{read.id}: {got.status_code} {got.text[:200]} sent {str(body)[:150]}"
        if held and "delete" in actions and len(actions["delete"][0].path_parameters) == len(read.path_parameters):
            delete = actions["delete"][0]
            gone = self.send(
                delete,
                dict(zip(delete.path_parameters, at.values(), strict=False))
                | {n: v for n, v in at.items() if n in delete.path_parameters},
            )
            again = self.send(read, at)
            held, why = (
                gone.is_success and again.status_code == 404,
                f"{delete.id}: {gone.status_code}, then {again.status_code}",
            )
        self.measured.note("cycle", held, why)

    def made_id(self, create: Operation, made: httpx.Response, resource: str) -> Any:
        """The id of what was made: in the reply, or in its Location."""
        prop = self.contract.resources[resource].identity.property
        value: Any = made.json() if made.content and "json" in made.headers.get("content-type", "") else None
        for step in way_of(create.item):
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, dict) and prop in value:
            return value[prop]
        return unquote(made.headers.get("location", NOTHING).rpartition("/")[2])

    def shows(self, read: Operation, got: httpx.Response, body: Any) -> bool:
        """Whether a read shows the texts that were sent, as far as it has such members."""
        value: Any = got.json() if "json" in got.headers.get("content-type", "") else None
        for step in way_of(read.item):
            value = value.get(step) if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(body, dict):
            return True
        return all(
            value[name] == sent
            for name, sent in body.items()
            if isinstance(sent, str) and isinstance(value.get(name), str)
        )

    def body(self, operation: Operation) -> Any:
        """A body for an operation: the document's example if it fits, else a drawn one."""
        for kind, schema in operation.body.items():
            media = self.contract.document["paths"][operation.path][operation.method.lower()]["requestBody"]["content"][
                kind
            ]
            examples = [media["example"]] if "example" in media else []
            examples += [each["value"] for each in media.get("examples", {}).values() if "value" in each]
            fitting = [each for each in examples if self.records.shaping.fits(schema, each)]
            return fitting[0] if fitting else self.records.shaping.drawn(schema, f"body/{operation.id}")
        return None

    def refusals(self) -> None:
        """Unknown ids and parents are 404, missing credentials 401, bodies of another type refused."""
        for operation in self.contract.operations.values():
            if operation.action in {"read", "update", "delete"} and operation.path_parameters:
                path = self.path(operation)
                path[last_of(operation)] = NOTHING
                body = self.body(operation) if operation.method != "GET" else None
                reply = self.send(operation, path, body=body)
                self.measured.note(
                    "unknown id 404",
                    reply.status_code == 404,
                    f"{operation.id}: {reply.status_code} {reply.text[:100]}",
                )
            for parameter in operation.within if operation.action in {"list", "create"} else ():
                body = self.body(operation) if operation.method != "GET" else None
                reply = self.send(operation, {**self.path(operation), parameter: NOTHING}, body=body)
                self.measured.note(
                    "unknown parent 404",
                    reply.status_code == 404,
                    f"{operation.id}: {reply.status_code} {reply.text[:100]}",
                )
            if operation.security and all(self.contract.security.get(name) for name in operation.security):
                reply = self.send(operation, self.path(operation), anonymous=True)
                asked = any(self.contract.security[name].kind != "mutualTLS" for name in operation.security)
                self.measured.note(
                    "missing credential 401",
                    reply.status_code == 401 or not asked,
                    f"{operation.id}: {reply.status_code} {reply.text[:100]}",
                )
            if operation.body and any("json" in kind for kind in operation.body):
                schema = next(schema for kind, schema in operation.body.items() if "json" in kind)
                if schema and not self.records.shaping.fits(schema, 7):
                    reply = self.send(operation, self.first(operation), body=7)
                    self.measured.note(
                        "wrong body refused",
                        400 <= reply.status_code < 500,
                        f"{operation.id}: {reply.status_code} {reply.text[:100]}",
                    )

    def pages(self) -> None:
        """Pages of a list are disjoint and complete."""
        for operation in self.contract.operations.values():
            spec = operation.pagination
            if operation.action != "list" or spec is None or not spec.size.parameters or not json_type(operation):
                continue
            path, size = self.first(operation), spec.size.parameters[0]
            whole = self.items(operation, self.send(operation, path, **{size: min(20, spec.size.maximum)}))
            if len(whole) < 3 or len(whole) > 20:
                continue
            found: list[Any] = []
            cursor: Any = None
            for number in range(-(-len(whole) // 2)):
                query: dict[str, Any] = {size: 2}
                if spec.page is not None:
                    query[spec.page.parameters[0]] = spec.page.default + number
                elif spec.offset is not None:
                    query[spec.offset.parameters[0]] = number * 2
                elif spec.cursor is not None and number:
                    query[spec.cursor.after] = cursor
                elif spec.cursor is None:
                    break
                reply = self.send(operation, path, **query)
                found += self.items(operation, reply)
                cursor = self.cursor(operation, reply, found)
            else:
                self.measured.note("pages", found == whole, f"{operation.id}: {len(found)} of {len(whole)}")

    def cursor(self, operation: Operation, reply: httpx.Response, found: list[Any]) -> Any:
        """What leads to the next page: the reply's cursor, else the id of the last record."""
        assert operation.pagination is not None
        way = operation.pagination.cursor_at()
        if not way and found and isinstance(found[-1], dict):
            return found[-1].get(self.contract.resources[operation.resource or ""].identity.property)
        value: Any = reply.json() if reply.is_success else None
        for step in way:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    def items(self, operation: Operation, reply: httpx.Response) -> list[Any]:
        """The items of a list's reply."""
        value: Any = reply.json() if reply.is_success else []
        for step in operation.pagination.items_at() if operation.pagination and reply.is_success else ():
            value = value.get(step, [])
        return value if isinstance(value, list) else []


def measured(document: str) -> Measured:
    """All measures of one document."""
    with serving(document) as (contract, client, records):
        trial = Trial(contract, client, records)
        for part in (trial.reads, trial.cycles, trial.refusals, trial.pages):
            client.post(str(client.base_url).removesuffix("/").removesuffix(contract.prefix) + "/_mock/reset", json={})
            part()
        return trial.measured
